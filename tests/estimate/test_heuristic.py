"""What a text costs where no tokenizer can be installed."""

import tomllib
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.estimate import heuristic
from claude_kit.estimate.heuristic import Guess, Vocabulary, count

SAMPLES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "data" / "token_counts.toml").read_text(encoding="utf-8")
)["text"]

# Lone surrogates, controls and unassigned code points included: whatever a str can hold.
any_text = st.text(st.characters(exclude_categories=()))
each_vocabulary = pytest.mark.parametrize("vocabulary", ["v3", "v4.7"])


def error(guess: Guess, true: int) -> float:
    return abs(guess.tokens - true) / true


# ------------------------------------------------------------------------------------------------------- any text


@each_vocabulary
def test_no_text_is_no_tokens(vocabulary: Vocabulary) -> None:
    """The empty text is exactly nothing."""
    assert count("", vocabulary) == Guess(0, 0, 0)


@each_vocabulary
@given(text=any_text)
def test_every_str_has_a_count_inside_its_range(vocabulary: Vocabulary, text: str) -> None:
    """Any str, lone surrogates and NULs too, has the same count each time, and its range holds it."""
    guess = count(text, vocabulary)
    assert 0 <= guess.low <= guess.tokens <= guess.high
    assert guess == count(text, vocabulary)


@each_vocabulary
@given(text=any_text, line=any_text)
def test_a_further_line_never_makes_it_cheaper(vocabulary: Vocabulary, text: str, line: str) -> None:
    """A line appended lowers the count by no more than rounding does."""
    assert count(f"{text}\n{line}", vocabulary).tokens >= count(text, vocabulary).tokens - 1


@each_vocabulary
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_the_count_grows_with_the_text(vocabulary: Vocabulary, sample: dict[str, Any]) -> None:
    """Character by character the count grows, but for the few tokens that the end of the last word can save."""
    text, most = sample["text"], 0
    for end in range(0, len(text), 3):
        tokens = count(text[:end], vocabulary).tokens
        assert tokens >= most - 4
        most = max(most, tokens)


@each_vocabulary
@pytest.mark.parametrize("unit", ["\0", "\ud800", "é", "中", "😀", "=", " ", "\n ", "a'", "ab1", "\u0301"])
def test_repetition_is_no_trap(vocabulary: Vocabulary, unit: str) -> None:
    """A hundred thousand of anything are counted in one pass: a quadratic step would not come back from it."""
    few, many = count(unit * 1_000, vocabulary), count(unit * 100_000, vocabulary)
    assert 90 * few.low <= many.tokens <= 110 * few.high


# ------------------------------------------------------------------------------------------------- what costs what


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, world!", 4),
        ("1234567", 3),
        ("the\n\n\nend", 3),
        (" " * 40, 3),
        ("it's", 2),
        ("it’s", 2),
        ("one\x02two\r\n", 4),
        ("人人生而自由", 6),
    ],
)
def test_short_texts_cost_what_ctok_counts(text: str, tokens: int) -> None:
    """Where the older vocabulary leaves no doubt, neither does the estimate, by more than a token."""
    assert abs(count(text, "v3").tokens - tokens) <= 1


def test_composed_and_decomposed_letters_cost_the_same() -> None:
    """An é that a file system took apart is still one letter."""
    assert count("cafe\u0301 cre\u0300me", "v4.7") == count("café crème", "v4.7")


def test_carriage_returns_are_free() -> None:
    """The text of a PDF's page costs the same with either kind of line end."""
    assert count("one\r\n\r\ntwo\r\n", "v4.7") == count("one\n\ntwo\n", "v4.7")


def test_the_range_narrows_as_the_text_grows() -> None:
    """A token or two is much for a word and nothing for a page."""
    page = " ".join(sample["text"] for sample in SAMPLES)
    word, long = count("Hello", "v4.7"), count(page, "v4.7")
    assert (word.high - word.low) / word.tokens > 5 * (long.high - long.low) / long.tokens


# ------------------------------------------------------------------------------------------------- against the truth


@each_vocabulary
def test_typical_texts_are_within_six_percent(vocabulary: Vocabulary) -> None:
    """Half of the texts of many kinds are nearer to ctok's count than 6 %."""
    assert median(error(count(s["text"], vocabulary), s[vocabulary]) for s in SAMPLES) < 0.06


@each_vocabulary
def test_the_range_holds_the_truth(vocabulary: Vocabulary) -> None:
    """The range is honest: ctok's count is inside for 95 of 100 texts."""
    guesses = [(count(s["text"], vocabulary), s[vocabulary]) for s in SAMPLES]
    assert sum(guess.low <= true <= guess.high for guess, true in guesses) >= 0.95 * len(guesses)


@each_vocabulary
def test_the_typed_counts_are_those_of_ctok(vocabulary: Vocabulary) -> None:
    """Where ctok can be installed, it counts the texts as typed in, give or take its next release."""
    ctok = pytest.importorskip("ctok", reason="ctok needs Python 3.12")
    version, frame = {"v3": ("3.0", 7), "v4.7": ("4.8", 6)}[vocabulary]
    for sample in SAMPLES:
        true = ctok.token_count(sample["text"], version=version) - frame
        assert true == pytest.approx(sample[vocabulary], rel=0.02, abs=2)


@each_vocabulary
def test_parts_of_texts_are_within_the_range_of_ctok(vocabulary: Vocabulary) -> None:
    """Where ctok can be installed, it counts inside the range for 95 of 100 pieces of the texts, too."""
    ctok = pytest.importorskip("ctok", reason="ctok needs Python 3.12")
    version, frame = {"v3": ("3.0", 7), "v4.7": ("4.8", 6)}[vocabulary]
    pieces = [s["text"][at : at + 120] for s in SAMPLES for at in range(0, len(s["text"]), 120)]
    guesses = [(count(piece, vocabulary), ctok.token_count(piece, version=version) - frame) for piece in pieces]
    assert sum(guess.low <= true <= guess.high for guess, true in guesses) >= 0.95 * len(guesses)
    assert median(error(guess, true) for guess, true in guesses if true) < 0.06


# --------------------------------------------------------------------------------------------------------- the data


@each_vocabulary
def test_the_weights_say_where_they_come_from(vocabulary: Vocabulary) -> None:
    """Date, tool, corpus and the errors on files held out stand beside the weights, and are as good as promised."""
    table = heuristic._table()
    assert table["fitted"].keys() >= {"date", "with", "corpus"}
    everything = table["measured"][vocabulary]["all"]
    assert everything["median"] < 6
    assert everything["inside"] >= 95
