r"""The sign that stands in a markdown text for the number of a source.

It is a caret, a number and around it two characters that Unicode keeps for a program's own use: an answer that
brings them loses them. The caret is punctuation, so that emphasis may end before it: in ``**grew.**[1]`` the asterisks
would be asterisks if a letter followed.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["html_marks", "mark", "text_marks", "unmarked"]

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_OWN: Final = re.compile(f"[{_OPEN}{_CLOSE}]")
_MARK: Final = re.compile(rf"\^{_OPEN}([0-9]{{1,6}}){_CLOSE}")


def mark(number: int) -> str:
    """Return the sign for a number."""
    return f"^{_OPEN}{number}{_CLOSE}"


def unmarked(text: str) -> str:
    """Return `text` without anything that could pass for a sign."""
    return _OWN.sub("", text)


def html_marks(html: str) -> str:
    """Return escaped text with its signs as superscripts."""
    return _MARK.sub(r'<sup class="ck-cite">[\1]</sup>', html)


def text_marks(text: str) -> str:
    """Return a text, or HTML in which signs are left where no element can stand, with the signs as plain numbers."""
    return _MARK.sub(r"[\1]", text)
