"""How a value gets into a page: escaped, in one frame, with the kit's style beside it."""

from __future__ import annotations

import html
import re
from functools import cache
from importlib.resources import files

import nh3

from claude_kit.render.plain import mend

__all__ = ["QUIET_FOR_MATH", "compact", "escape", "frame", "is_address", "sanitise", "style", "tag"]

#: MathJax leaves elements of these classes alone (2 and 3); without it "$0.02 of $0.03" is typeset as a formula.
QUIET_FOR_MATH = "mathjax_ignore tex2jax_ignore"

# What an answer may consist of. No `img`: a picture that a model names is a request that leaves the page.
_TAGS = (nh3.ALLOWED_TAGS - {"area", "img", "map"}) | {"div", "span", "details", "summary"}
_ATTRIBUTES = {"*": {"class"}, "a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}

# Without a scheme an address is one of the notebook server's own, or, after "//", of anyone.
_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.I)

# What `claude_kit.render.markdown` writes. An answer that could name others could dress as the kit, or as Jupyter.
_CLASSES = {*QUIET_FOR_MATH.split(), "ck-cite", "ck-right", "ck-center", "ck-c", "ck-f", "ck-k", "ck-m", "ck-s"}


def escape(text: str, quote: bool = True) -> str:
    """Return `text` as HTML; with `quote` also fit for an attribute."""
    return html.escape(mend(text), quote)


@cache
def style(kind: str) -> str:
    """Return the style sheet of one `kind` of output (``"card"``, ``"table"``, ``"answer"``), without comments."""
    css = "".join(
        files(__package__).joinpath("css", f"{name}.css").read_text(encoding="utf-8") for name in ("base", kind)
    )
    return compact(css)


def compact(css: str) -> str:
    """Return a style sheet without comments and blanks.

    Examples
    --------
    >>> compact("/* red */ .ck b { color: red; }")
    '.ck b{color: red}'
    """
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
    """Return a small label; `level` (``"ok"``, ``"note"``, ``"warning"``, ``"error"``, ``"offline"``) colours it."""
    coloured = f" ck-is-{escape(level)}" if level else ""
    return f'<span class="ck-tag{coloured}">{escape(text)}</span>'


def is_address(url: str) -> bool:
    """Tell whether an answer may link there: a whole address with the scheme http, https or mailto."""
    return _ADDRESS.match(url) is not None


def sanitise(html: str) -> str:
    """Reduce HTML to what an answer may consist of.

    No scripts, styles, pictures or forms; no attributes but ``href``, ``start`` and the few classes of
    a rendered answer; no addresses but whole ones of the schemes http, https and mailto.

    Examples
    --------
    >>> sanitise('<p onclick="x()">hi<script>bad()</script><img src=//x.test/a></p>')
    '<p>hi</p>'
    """
    return nh3.clean(
        mend(html),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def _attribute(element: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if word in _CLASSES) or None
    if name == "href":
        return value if is_address(value) else None
    return value
