"""Texts of others, made harmless for a terminal."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.plain import mend, one_line, plain

ANYTHING = st.text(st.characters(exclude_categories=[]))


@settings(deadline=None)
@given(ANYTHING)
def test_no_control_character_reaches_a_terminal(text: str) -> None:
    """Of the control characters only tab and newline are left, and all of it can be encoded."""
    left = plain(text)
    assert {c for c in left if unicodedata.category(c) in ("Cc", "Cs")} <= {"\t", "\n"}
    left.encode()


def test_an_escape_sequence_loses_its_escape() -> None:
    """What would clear the screen or write the clipboard is shown as the letters it is made of."""
    assert plain("a\x1b[2Jb\x1b]52;c;aGk=\x07\x9b1m") == "a[2Jb]52;c;aGk=1m"


def test_ordinary_text_passes() -> None:
    """Letters of any script, emoji, tabs and line ends pass unchanged."""
    text = "naïve 中文 👩‍🔬\tcolumn\n"
    assert plain(text) == mend(text) == text


@settings(deadline=None)
@given(ANYTHING)
def test_one_line_is_one_printable_line(text: str) -> None:
    """It has no line end of any kind, and nothing that cannot be printed."""
    line = one_line(text)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1


def test_a_name_cannot_be_written_backwards() -> None:
    """The sign that turns the writing direction, which makes "fdp.exe" of "exe.pdf", does not pass."""
    assert "\u202e" not in one_line("report\u202efdp.exe")


@settings(deadline=None)
@given(ANYTHING)
def test_mended_text_can_be_encoded(text: str) -> None:
    """It differs from the original only where that holds halves of surrogate pairs."""
    mended = mend(text)
    mended.encode()
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert mended == text


@settings(deadline=None)
@given(st.text(min_size=1), st.text())
def test_two_halves_are_joined(before: str, after: str) -> None:
    """A character that JSON spelled as two escapes is that character; half of one is a replacement character."""
    assert mend(f"{before}\ud83d\ude00{after}") == f"{before}😀{after}"
    assert mend(f"{before}\ud83d{after}") == f"{before}\ufffd{after}"
