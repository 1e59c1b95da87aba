"""A long block that is cut while it grows: whatever it is, a page puts it together as the final form says it."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.direction import directed
from claude_kit.render.markdown import to_html
from claude_kit.view.growing import Growing
from claude_kit.view.sending import Sender
from claude_kit.wire import events as e
from tests.render.attacks import ATTACKS
from tests.render.reading import violations, words
from tests.render.test_markdown import LINES, cut
from tests.view.applying import Page

# Blocks are cut from 1,500 characters on; whatever stands in one line more is of no interest.
PADDING = " and so on in many words" * 3

HEADS = {
    "list": "- one\n",
    "numbers": "7. one\n",
    "table": "| a | b |\n|---|--:|\n",
    "code": "```py\n",
    "tildes": "~~~~\n",
}
ROWS = {"list": "- {}", "numbers": "8. {}", "table": "| {} | 2 |", "code": "{}", "tildes": "{}"}

LINE = st.one_of(
    LINES, st.sampled_from(("</ul>", "</code></pre>", "</tbody></table>", "😀 é ﬃ", "\x00", "\u2028", *ATTACKS))
)


@st.composite
def long_blocks(draw: st.DrawFn) -> str:
    """Return a few blocks that may be cut, with rows of all kinds, some of which end them."""
    blocks = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(sorted(HEADS)))
        rows = draw(st.lists(st.tuples(LINE, st.integers(0, 5)), min_size=18, max_size=30))
        # One in six is no row of it, and ends or bends what was begun.
        lines = [ROWS[kind].format(line) + PADDING if bends else line for line, bends in rows]
        blocks.append(HEADS[kind] + "\n".join(lines))
    return draw(st.sampled_from(("\n", "\n\n", "\n```\n", "\n~~~~\n\n"))).join(blocks)


def telling() -> tuple[Sender, Growing, Page]:
    """Return what tells a page, the answer that it tells, and the page."""
    page = Page()
    sender = Sender(page.apply)
    sender._growing = growing = Growing(count().__next__)  # a second between any two: nothing is held back
    return sender, growing, page


@settings(max_examples=60, deadline=None)
@given(long_blocks(), st.lists(st.integers(0, 10_000), max_size=12))
def test_a_page_shows_what_the_final_form_says(source: str, places: list[int]) -> None:
    """Whatever is cut, and wherever the deltas end: safe and well-formed at every step, and in the end all of it."""
    sender, growing, page = telling()
    for chunk in cut(source, places):
        growing.feed(e.TextDelta(0, chunk))
        sender._flush()
        shown = "".join(page.html.values())
        assert violations(shown) == []
        assert directed(shown) in growing.html() or not shown  # as it would be saved now
    growing.end()
    sender._flush()
    assert words("".join(page.html.values())) == words(to_html(source))
    assert page.source == source


@pytest.mark.parametrize("size", [9, 70, 300])
@pytest.mark.parametrize("kind", HEADS)
def test_an_even_block_is_the_same_to_the_letter(kind: str, size: int) -> None:
    """A long list, table or piece of code that nothing bends is what it would be in one piece."""
    source = HEADS[kind] + "".join(ROWS[kind].format(f"row {at} < *{at}*") + PADDING + "\n" for at in range(30))
    sender, growing, page = telling()
    for at in range(0, len(source), size):
        growing.feed(e.TextDelta(0, source[at : at + size]))
        sender._flush()
    growing.end()
    sender._flush()
    assert "".join(page.html.values()) == to_html(source)


def test_half_a_line_behind_a_block_that_was_cut_waits() -> None:
    """It begins another list, which is no part of the first: shown when its line is whole, or nothing more comes."""
    source = "".join(f"{at}. row{PADDING}\n" for at in range(30))
    sender, growing, page = telling()
    for piece in (source, "- x"):
        growing.feed(e.TextDelta(0, piece))
        sender._flush()
        assert violations(page.html[0]) == []
    assert "<li>x</li>" not in page.html[0]
    growing.end()
    sender._flush()
    assert page.html[0] == to_html(f"{source}- x")


@pytest.mark.parametrize("kind", HEADS)
def test_words_below_a_block_that_was_cut_are_shown_as_they_come(kind: str) -> None:
    """Below a blank line they are no part of it; only what may yet become the next item of a list waits."""
    rows = "".join(ROWS[kind].format(f"row {at}") + PADDING + "\n" for at in range(30))
    block = HEADS[kind] + rows + {"code": "```\n", "tildes": "~~~~\n"}.get(kind, "") + "\n"
    sender, growing, page = telling()
    below = {block: "", "1": "", "00 rows": "<p>100 rows</p>\n", " *in* all": "<p>100 rows <em>in</em> all</p>\n"}
    for piece, shown in below.items():
        growing.feed(e.TextDelta(0, piece))
        sender._flush()
        assert page.html[0] == to_html(block) + shown


def test_what_follows_code_that_has_ended_is_none() -> None:
    """Also half a line that comes with its end, and is the last."""
    source = "```py\n" + f"x = 1  #{PADDING}\n" * 30 + "```\nText"
    sender, growing, page = telling()
    growing.feed(e.TextDelta(0, source))
    sender._flush()
    growing.end()
    sender._flush()
    assert page.html[0] == to_html(source)


@pytest.mark.parametrize("kind", HEADS)
def test_a_block_that_comes_at_once_and_ends_stands_there_whole(kind: str) -> None:
    """As when a tool is called behind a table that a proxy held back; also behind another block that is cut."""
    rows = "".join(ROWS[kind].format(f"row {at}") + PADDING + "\n" for at in range(30))
    source = "- one\n- two\n\nThen:\n\n" + HEADS[kind] + rows
    sender, growing, page = telling()
    growing.feed(e.TextDelta(0, source))
    growing.end()
    sender._flush()
    assert page.html[0] == to_html(source)
