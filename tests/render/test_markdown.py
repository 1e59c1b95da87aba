"""Markdown of a model: safe whatever it holds, and the same whole or in pieces."""

import re
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.markdown import MarkdownStream, to_html
from tests.render.attacks import ATTACKS
from tests.render.reading import violations, words

# ---------------------------------------------------------------------------------------------------------- safety

NOISE = st.text("<>\"'`~[]()!$&;#:/\\*_-|\n\t abjs1=", max_size=20)
ATTACK_SOUP = st.lists(st.one_of(st.sampled_from(ATTACKS), NOISE, st.just("\n\n")), max_size=6).map("".join)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_shown_and_not_obeyed(attack: str) -> None:
    """No element, attribute, class or address outside the allow-list, no tag left open."""
    assert violations(to_html(attack)) == []


@settings(max_examples=300, deadline=None)
@given(ATTACK_SOUP)
def test_no_mixture_of_attacks_gets_through(source: str) -> None:
    """Neither does any combination of them, with any rubbish between."""
    assert violations(to_html(source)) == []


@settings(max_examples=200, deadline=None)
@given(ATTACK_SOUP, st.lists(st.integers(0, 10_000), max_size=6))
def test_every_piece_of_a_stream_is_safe_by_itself(source: str, places: list[int]) -> None:
    """Each piece is put into the page alone: a tag opened in one cannot be closed in another."""
    stream = MarkdownStream()
    for chunk in cut(source, places):
        stream.feed(chunk)
        assert violations(stream.take_frozen()) == []
        assert violations(stream.open_html()) == []


# ------------------------------------------------------------------------------------------------------- rendering


def test_what_a_link_leads_to_is_kept_or_shown() -> None:
    """A whole address is a link; anything else stays on the page as it was written, for the reader to judge."""
    link = '<a href="https://x.test/a_b?c=d" rel="noopener noreferrer">x</a>'
    assert link in to_html('[x](https://x.test/a_b?c=d "t")')
    assert words(to_html("[x](javascript:alert(1))")) == "[x](javascript:alert(1))"
    assert words(to_html("[x](/api/shutdown)")) == "[x](/api/shutdown)"


def test_a_picture_is_its_description() -> None:
    """Nothing is fetched, and what the picture shows is still said."""
    assert to_html("see ![the *chart*](http://x.test/a.png)!") == "<p>see the chart!</p>\n"


def test_a_table_keeps_its_alignment() -> None:
    """Columns of numbers stand right, as the markdown asks, by class and not by style."""
    html = to_html("|a|b|c|\n|:-|-:|:-:|\n|1|2|3|")
    assert '<td>1</td>\n<td class="ck-right">2</td>\n<td class="ck-center">3</td>' in html


def test_code_is_coloured_or_plain() -> None:
    """A known language is coloured, any other is escaped, and no class of the answer's own choosing is left."""
    assert to_html("```python\nif 1: pass\n```").startswith('<pre><code><span class="ck-k">if</span>')
    assert to_html("```nonsense\n<b>\n```") == "<pre><code>&lt;b&gt;\n</code></pre>\n"


def test_half_a_character_does_not_stop_an_answer() -> None:
    """A surrogate without its other half becomes a replacement character."""
    assert to_html("a\ud83d") == "<p>a\ufffd</p>\n"


# ------------------------------------------------------------------------------------------------------- streaming

LINES = st.one_of(
    st.sampled_from(
        (
            *("", "", "", "text", "more *text* here", "# Head", "Head", "===", "---", "***", "\\", "  "),
            *("- a", "- b", "+ c", "* d", "  e", "    f", "1. one", "2) two", "10. x", "\t- tab"),
            *("> q", ">> r", "> ```", "> $$", "- ```", "- $$", "```", "```py", "~~~", "x = 1 # $a$"),
            *("|a|b|", "|-|-:|", "a|b", "-|-", "$$", "   $$", "$$x$$", "$$ y", "z $$", "x_1 + y", "= 2", "$a$ and $5"),
            *("see [x] or [x][] there", "<b>", "![i](http://i.test)", "`code", "**b", "[l](http://l.test)", "~~s~~"),
        )
    ),
    st.text("a*_`[]()$\\|-+#>:!~ 1.\t", max_size=12),
)


def cut(text: str, places: list[int]) -> list[str]:
    """Cut at some places, which gives empty chunks too."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def streamed(chunks: list[str]) -> str:
    """Return all that a view would show in the end."""
    stream = MarkdownStream()
    frozen = []
    for chunk in chunks:
        stream.feed(chunk)
        frozen.append(stream.take_frozen())
        stream.open_html()
    return "".join(frozen) + stream.open_html()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(LINES, max_size=14),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_in_pieces_an_answer_says_the_same(lines: list[str], end: str, defines: bool, places: list[int]) -> None:
    """Whatever the chunks and the line ends, frozen blocks and the open one say what the whole says."""
    source = end.join(["[x]: http://d.test", "", *lines] if defines else lines)
    assert words(streamed(cut(source, places))) == words(to_html(source))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_ordinary_answer_is_the_same_to_the_letter(size: int) -> None:
    """Headings, lists, code, tables, formulas and quotes, in chunks of any size."""
    source = (
        "# Findings\n\nIt grew by **12 %**, from $5 to $10:\n\n1. one\n   - a\n   - b\n\n10. ten\n\n"
        "```python\nx = {'a': 1}\n\n\n# end\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
        "The sum is\n$$\na_1\n+ b_1\n$$\nas [said][1] above.\n\n> quoted\n> twice\n\nDone."
    )
    source = f"[1]: http://x.test 'title'\n\n{source}"
    chunks = [source[at : at + size] for at in range(0, len(source), size)]
    assert streamed(chunks) == to_html(source)


def test_a_finished_block_is_given_out_once() -> None:
    """A block is frozen when the next begins, and then it is gone from the open part."""
    stream = MarkdownStream()
    stream.feed("one\n\ntwo\n")
    assert stream.take_frozen() == "<p>one</p>\n"
    assert stream.take_frozen() == ""
    assert stream.open_html() == "<p>two</p>\n"


def test_half_a_line_decides_nothing() -> None:
    """A "1" at the end may yet become the next item of the list before it."""
    stream = MarkdownStream()
    stream.feed("9. nine\n\n1")
    assert stream.take_frozen() == ""
    stream.feed("0. ten\n")
    assert stream.open_html().count("<li>") == 2


def test_lines_of_an_open_formula_are_not_frozen() -> None:
    """A formula that is still being written may hold lines that look like a list."""
    stream = MarkdownStream()
    stream.feed("Sum:\n\n$$\na\n- b\n+ c\n")
    assert stream.take_frozen() == "<p>Sum:</p>\n"
    stream.feed("$$\n")
    assert stream.open_html() == "<p><span>$$\na\n- b\n+ c\n$$</span></p>\n"


def test_a_link_knows_an_address_that_was_frozen_before() -> None:
    """And an address that is only half written is not the one that is kept."""
    stream = MarkdownStream()
    stream.feed("a\n\n[x]: http://x.te")
    stream.open_html()
    stream.feed("st\n\nb\n\nsee [x]\n\n")
    frozen = stream.take_frozen()
    assert '<a href="http://x.test" rel="noopener noreferrer">x</a>' in frozen + stream.open_html()


def test_an_address_is_not_cut_off_its_title() -> None:
    """A title may begin on the line after the address, and look like the next paragraph until it ends."""
    source = "a\n\n[x]: http://x.test\n'a title\nof two lines'\n\nsee [x]\n\nend\n"
    assert streamed(source.splitlines(keepends=True)) == to_html(source)


def test_nothing_yet_is_nothing() -> None:
    """An empty stream, or one of blank lines, has no HTML."""
    stream = MarkdownStream()
    assert (stream.take_frozen(), stream.open_html()) == ("", "")
    stream.feed("\n \r\n")
    assert (stream.take_frozen(), stream.open_html()) == ("", "")


def calls(work: Callable[[], object]) -> int:
    """Count the Python calls that some work takes, which unlike its seconds is always the same."""
    number = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal number
        number += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return number


def test_the_work_grows_with_the_length_and_not_with_its_square() -> None:
    """Of a long answer only the open end is looked at again: four times as many blocks are four times the work."""
    block = "A paragraph of *some* words.\n\n- with a\n- short list\n\n"

    def show(blocks: int) -> None:
        stream = MarkdownStream()
        for _ in range(blocks):
            for chunk in re.findall(".{1,20}", block, re.S):
                stream.feed(chunk)
                stream.take_frozen()
                stream.open_html()

    show(1)  # the parsers are built once
    assert calls(lambda: show(40)) < 4.4 * calls(lambda: show(10))
