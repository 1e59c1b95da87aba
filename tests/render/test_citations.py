"""Numbers in a text, and the sources they stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.render.citations import Numbers, html_sources, text_sources
from claude_kit.render.markdown import MarkdownStream, to_html
from claude_kit.render.marks import text_marks
from claude_kit.render.pieces import Said, Source
from tests.render.reading import violations, words

PAGE = Source("report.pdf", "p. 2", "up 12 %")
ONE = '<sup class="ck-cite">[1]</sup>'


def html(*texts: str) -> str:
    """Return the HTML of texts, each of which rests on the same page."""
    return to_html(Numbers().flowing(Said(text, (PAGE,)) for text in texts))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("It **grew.**", " **More.**"), f"<p>It <strong>grew.</strong>{ONE} <strong>More.</strong>{ONE}</p>\n"),
        (("_a_", "b"), f"<p><em>a</em>{ONE}b{ONE}</p>\n"),
        (("one.\n\n", "two."), f"<p>one.{ONE}</p>\n<p>two.{ONE}</p>\n"),
        (("# Title\n", "two."), f"<h1>Title{ONE}</h1>\n<p>two.{ONE}</p>\n"),
        (("- one\n", "- two"), f"<ul>\n<li>one{ONE}</li>\n<li>two{ONE}</li>\n</ul>\n"),
        (("`x`", "(https://x.test)"), f"<p><code>x</code>{ONE}(https://x.test){ONE}</p>\n"),
        (("```\nx\n```\n", "two."), f"<pre><code>x\n</code></pre>\n<p>{ONE}</p>\n<p>two.{ONE}</p>\n"),
    ],
    ids=["emphasis", "underscore", "paragraphs", "heading", "list", "no link", "fence"],
)
def test_a_number_changes_nothing_around_it(texts: tuple[str, ...], expected: str) -> None:
    """It stands right after the words, before the end of the paragraph, row or item they end."""
    assert html(*texts) == expected


def test_in_a_table_it_stands_in_the_last_cell() -> None:
    """A row that ends with a bar keeps its cells."""
    found = html("| a |\n|---|\n", "| 1 |\n", "| 2 |")
    assert found.count("<td>") == 2
    assert f"<td>1{ONE}</td>" in found
    assert f"<td>2{ONE}</td>" in found


def test_a_rule_stays_one() -> None:
    """Under a title or a table's head no number can stand: it waits for later words, or else for the end."""
    assert html("Title\n===\n", "words") == f"<h1>Title</h1>\n<p>words{ONE}</p>\n"
    assert html("Title\n---\n") == f"<h2>Title</h2>\n<p>{ONE}</p>\n"


def test_the_same_place_has_one_number() -> None:
    """However often it is cited, in whatever words; its quotes are kept, each once."""
    numbers = Numbers()
    again = Source("report.pdf", "p. 2", "in all regions")
    other = Source("report.pdf", "p. 3", "margins")
    flowing = numbers.flowing([Said("a", (PAGE,)), Said("b", (other, PAGE)), Said("c", (again, again))])
    assert text_marks(flowing) == "a[1]b[2][1]c[1]"
    assert numbers.sources == (Source("report.pdf", "p. 2", "up 12 % … in all regions"), other)


def test_where_no_superscript_can_stand_the_number_is_text() -> None:
    """In code, or in the name of an image, it is what it says."""
    numbers = Numbers()
    found = to_html(
        numbers.flowing([Said("`co", (PAGE,)), Said("de` and ![pic", (PAGE,)), Said("ture](https://x.test)")])
    )
    assert found == "<p><code>co[1]de</code> and pic[1]ture</p>\n"


@given(st.lists(st.tuples(st.text("a1 \n|*_`#-[](){}$\\^~<>!\ufdd0\ufdd1", max_size=20), st.booleans()), max_size=6))
def test_no_text_makes_more_of_a_number_than_a_superscript(pieces: list[tuple[str, bool]]) -> None:
    """Whatever stands around it, the HTML is harmless, and no sign is left in it."""
    numbers = Numbers()
    found = to_html(numbers.flowing(Said(text, (PAGE,) if cited else ()) for text, cited in pieces))
    assert violations(found) == []
    assert not {"\ufdd0", "\ufdd1"} & set(found)
    assert found.count("<sup") <= sum(cited for _, cited in pieces)


@given(st.lists(st.tuples(st.text("ab \n|*`", max_size=12), st.booleans()), max_size=6), st.integers(1, 5))
def test_a_text_that_comes_in_pieces_has_the_same_numbers(pieces: list[tuple[str, bool]], size: int) -> None:
    """Cut anywhere, the text and its numbers are those of the whole."""
    whole = Numbers().flowing(Said(text, (PAGE,) if cited else ()) for text, cited in pieces)
    numbers, came = Numbers(), ""
    for text, cited in pieces:
        for at in range(0, len(text), size):
            came += numbers.text(text[at : at + size])
        came += numbers.marks((PAGE,) if cited else ())
    assert came + numbers.rest() == whole
    stream = MarkdownStream()
    stream.feed(whole)
    assert words(stream.take_frozen() + stream.open_html()) == words(to_html(whole))


def test_long_sources_are_shortened() -> None:
    """A quote is a reminder, not the page; a line is one line."""
    source = Source("t\n" * 300, "https://x.test/" + "a" * 3000, "q\n" * 3000)
    (line,) = text_sources([source]).split("\n")
    assert len(line) < 400
    assert f'href="{source.place}"' in html_sources([source])
    assert html_sources([]) == text_sources([]) == ""
