"""How a value gets into a page: escaped, in one frame, with the kit's style beside it."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files

import nh3

__all__ = ["QUIET_FOR_MATH", "escape", "frame", "sanitise", "style", "tag"]

#: MathJax leaves elements of these classes alone (2 and 3); without it "$0.02 of $0.03" is typeset as a formula.
QUIET_FOR_MATH = "mathjax_ignore tex2jax_ignore"

# What an answer may consist of. No `img`: a picture that a model names is a request that leaves the page.
_TAGS = (nh3.ALLOWED_TAGS - {"img"}) | {"div", "span", "details", "summary"}
_ATTRIBUTES = {"*": {"class"}, "a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


@cache
def style(kind: str) -> str:
    """Return the style sheet of one `kind` of output (``"card"``, ``"table"``, ``"answer"``), without comments."""
    css = "".join(
        files(__package__).joinpath("css", f"{name}.css").read_text(encoding="utf-8") for name in ("base", kind)
    )
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?", r"\1", css).replace(";}", "}").strip()


def frame(inner: str, *, kind: str) -> str:
    """Put finished, safe HTML into the kit's frame, with the style of its `kind` beside it.

    The style stands in every output because each must read on its own: a notebook shows outputs in any
    order, and an export may hold just one.
    """
    return f'<div class="ck"><style>{style(kind)}</style>{inner}</div>'


def tag(text: str, level: str = "") -> str:
    """Return a small label; `level` (``"ok"``, ``"warning"``, ``"error"``, ``"offline"``) colours it."""
    coloured = f" ck-is-{escape(level)}" if level else ""
    return f'<span class="ck-tag{coloured}">{escape(text)}</span>'


def sanitise(html: str) -> str:
    """Reduce HTML to what an answer may consist of: no scripts, styles, pictures, forms or odd addresses.

    Examples
    --------
    >>> sanitise('<p onclick="x()">hi<script>bad()</script><img src=//x.test/a></p>')
    '<p>hi</p>'
    """
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer")
