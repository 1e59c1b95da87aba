"""What a text costs: to the token where ctok can be installed, within a stated range elsewhere."""

import sys

import pytest

from claude_kit.errors import UnknownModelError
from claude_kit.estimate import count_text, texts
from claude_kit.models import find

OLD, MIDDLE, NEW = "claude-sonnet-4-5", "claude-opus-4-7", "claude-sonnet-5-5"

needs_ctok = pytest.mark.skipif(sys.version_info < (3, 12), reason="ctok needs Python 3.12")


def test_where_python_allows_texts_are_counted_exactly():
    """Python 3.12 and later have the exact counter, 3.11 has not."""
    assert texts.is_exact() == (sys.version_info >= (3, 12))


def test_no_text_costs_nothing():
    """The empty string has no token in any tokenizer: a page without text is its image alone."""
    assert [texts.count("", find(model)).tokens for model in (OLD, MIDDLE, NEW)] == [0, 0, 0]


@needs_ctok
def test_a_recorded_request_is_counted_to_the_token():
    """“Hello, world!” was billed 11 tokens by Claude 3.7, its frame of 7 among them."""
    assert count_text("Hello, world!", "claude-3-7-sonnet-20250219") == 11 - 7


@needs_ctok
@pytest.mark.parametrize("text", ["", "Hello, world!", " It’s 12,345 o'clock\n\n", "\ud800", "日本語"])
def test_the_count_is_ctoks_without_the_frame(text):
    """For any tokenizer, the count and the frame together are what ctok says of the message."""
    import ctok

    for model, version in ((OLD, "3.0"), (MIDDLE, "4.7"), (NEW, "4.8")):
        chosen = find(model)
        assert count_text(text, chosen) + texts.FRAME[chosen.tokenizer] == ctok.token_count(text, version=version)


def test_the_newer_vocabulary_takes_more_tokens_for_prose():
    """From Opus 4.7 on English prose takes clearly more tokens, whichever way they are counted."""
    prose = "The committee met on Tuesday to discuss the budget, and adjourned without reaching a decision. " * 20
    ratio = count_text(prose, NEW) / count_text(prose, OLD)
    assert 1.1 < ratio < 1.7


def test_a_count_says_how_it_was_got():
    """An exact count has no range; an estimated one holds its own number."""
    counted = texts.count("Is it counted or estimated?", find(NEW))
    assert counted.method == ("exact" if texts.is_exact() else "heuristic")
    assert counted.low <= counted.tokens <= counted.high
    assert (counted.low == counted.high) == texts.is_exact()


def test_odd_characters_are_counted_too():
    """A null, half a surrogate pair, an emoji and a mile of one letter all have a count."""
    for text in ("a\0b", "\ud800", "👩‍👩‍👧‍👦", "a" * 20_000):
        assert count_text(text, NEW) >= 1


def test_an_unknown_model_is_refused():
    """A misspelt model does not fall back to some tokenizer."""
    with pytest.raises(UnknownModelError):
        count_text("Hello", "claude-sonet-5-5")


def test_what_no_window_holds_is_counted_whole():
    """A text of many millions of characters is counted like any other: what it repeats, it costs as often."""
    chapter = "".join(f"{number} apples and {number * 7 % 1000} pears were counted.\n" for number in range(5_000))
    model, chapters = find(NEW), 25
    once, often = texts.count(chapter, model), texts.count(chapter * chapters, model)
    assert len(chapter) * chapters > 4_000_000
    assert often.method == once.method
    assert often.tokens == pytest.approx(once.tokens * chapters, abs=chapters)


def test_long_texts_are_not_kept(monkeypatch):
    """What is remembered of a text takes the same few bytes however long it is, and no more than so many are."""
    monkeypatch.setattr(texts, "_REMEMBERED", 8)
    for number in range(30):
        texts.count(f"{number} " * 10_000, find(NEW))
    assert len(texts._counts) <= 8
    assert {len(key) for key, _ in texts._counts} == {16}
