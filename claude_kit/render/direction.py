"""Which way does a block of an answer read? As its first letter says: from right to left in Hebrew or in Arabic."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["directed"]

_TAG: Final = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>""")
_VOID: Final = ("br", "hr")

# The browser looks for the first letter. Code reads from left to right in every language.
_WAYS: Final = {"pre": "ltr", "hr": ""}


def directed(html: str) -> str:
    r"""Return sanitised HTML whose outermost elements say which way they read.

    What is inside follows: an element that decides for itself would not count for the one around it.

    Examples
    --------
    >>> directed("<p>שלום <b>x</b></p>\n<pre><code>1</code></pre>\n")
    '<p dir="auto">שלום <b>x</b></p>\n<pre dir="ltr"><code>1</code></pre>\n'
    """
    depth = 0

    def said(found: re.Match[str]) -> str:
        nonlocal depth
        closing, name, attributes = found.groups()
        if closing:
            depth -= 1
            return found[0]
        outermost = depth == 0
        depth += name not in _VOID
        way = _WAYS.get(name, "auto") if outermost else ""
        return f'<{name} dir="{way}"{attributes}>' if way else found[0]

    return _TAG.sub(said, html)
