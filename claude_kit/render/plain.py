"""How a text gets into a terminal: without what would steer it.

File names, answers and error texts come from others. A terminal obeys control sequences among them (it clears the
screen, retitles the window, writes the clipboard), and a lone half of a surrogate pair cannot be written at all.
"""

from __future__ import annotations

import re
import shutil
import sys

__all__ = ["mend", "one_line", "plain", "terminal_width"]

_SURROGATES = re.compile("[\ud800-\udfff]")

# C0, DEL and C1 but for tab and newline.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    r"""Return `text` without control characters but for tabs and newlines.

    Examples
    --------
    >>> plain("\x1b[2Jgone\r\n")
    '[2Jgone\n'
    """
    return _CONTROL.sub("", mend(text))


def one_line(text: str) -> str:
    r"""Return `text` as one line: what cannot be printed becomes a space or a question mark in a diamond.

    Examples
    --------
    >>> one_line("a\nb\x1b[2J.pdf")
    'a b�[2J.pdf'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in mend(text))


def mend(text: str) -> str:
    r"""Join the halves of surrogate pairs; a half without its other becomes U+FFFD.

    JSON may spell a character outside the basic plane as two escapes, and a stream may be cut between them.

    Examples
    --------
    >>> mend("\ud83d\ude00 \ud83d")
    '😀 �'
    """
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def terminal_width() -> int | None:
    """Return the columns of the terminal that is printed to; None where it is a file, a notebook or another program."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
