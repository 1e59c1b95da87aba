"""How a model's markdown becomes safe HTML, whole or while it is still being written.

The way is the same for both: markdown-it (CommonMark, tables, strikethrough; raw HTML is shown, not obeyed),
then an allow-list. TeX between dollar signs is left as text for the page's own MathJax; every other dollar sign is
wrapped so that MathJax cannot pair it with the next one ("$5 and $10" is no formula).
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin

from claude_kit.render.html import QUIET_FOR_MATH, escape, sanitise

__all__ = ["MarkdownStream", "to_html"]

_DOLLAR = f'<span class="{QUIET_FOR_MATH}">$</span>'

# Pygments names dozens of token types; the style sheet colours these five groups.
_CODE_CLASSES = (
    ("Comment", "ck-c"),
    ("Literal.String", "ck-s"),
    ("Literal.Number", "ck-m"),
    ("Name.Function", "ck-f"),
    ("Name.Class", "ck-f"),
    ("Keyword", "ck-k"),
    ("Operator.Word", "ck-k"),
)


def to_html(source: str) -> str:
    r"""Render markdown to sanitised HTML.

    Examples
    --------
    >>> to_html("**bold** <b onclick=x>raw</b>")
    '<p><strong>bold</strong> &lt;b onclick=x&gt;raw&lt;/b&gt;</p>\n'
    """
    return sanitise(_parser().render(source))


class MarkdownStream:
    r"""Markdown that is still being written, rendered block by block.

    A block that can no longer change is *frozen*: rendered once, never touched again. Only the last, open block is
    rendered anew as it grows, so the cost of a long answer stays proportional to its length.

    Examples
    --------
    >>> stream = MarkdownStream()
    >>> stream.feed("# One\n\nTwo\nand th")
    >>> stream.take_frozen(), stream.open_html()
    ('<h1>One</h1>\n', '<p>Two\nand th</p>\n')
    """

    def __init__(self) -> None:
        self._open = ""
        self._frozen: list[str] = []

    def feed(self, text: str) -> None:
        """Append `text`, which may end anywhere, also inside a word or a formula."""
        self._open += text

    def take_frozen(self) -> str:
        """Return the HTML of the blocks finished since the last call, and freeze them."""
        # Only whole lines decide: "1" may yet become "10. next item" of the list before it.
        complete = self._open[: self._open.rfind("\n") + 1]
        starts = [token.map[0] for token in _parser().parse(complete) if token.level == 0 and token.map]
        if len(set(starts)) < 2:
            return ""
        lines = self._open.split("\n")
        done = "\n".join(lines[: starts[-1]])
        self._open = "\n".join(lines[starts[-1] :])
        return to_html(done)

    def open_html(self) -> str:
        """Return the HTML of the block that is still open."""
        return to_html(self._open) if self._open.strip() else ""


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    parser.enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    for name, rule in {
        "math_inline": _math("$"),
        "math_inline_double": _math("$$"),
        "math_block": _math("$$", block=True),
        "math_block_label": _math("$$", block=True),
        "text": _text,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


def _math(fence: str, *, block: bool = False) -> Any:
    def rule(
        renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        formula = f"{fence}{escape(tokens[index].content, quote=False)}{fence}"
        return f"<p>{formula}</p>\n" if block else formula

    return rule


def _text(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return escape(tokens[index].content, quote=False).replace("$", _DOLLAR)


def _highlight(code: str, language: str, attributes: str) -> str:
    """Colour a code block whose language is known; markdown-it escapes it plainly when this returns ''."""
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.token import string_to_tokentype
    from pygments.util import ClassNotFound

    if not language:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    groups = [(string_to_tokentype(name), css) for name, css in _CODE_CLASSES]
    pieces = []
    for kind, text in lex(code, lexer):
        css = next((css for group, css in groups if kind in group), "")
        pieces.append(f'<span class="{css}">{escape(text, quote=False)}</span>' if css else escape(text, quote=False))
    return "".join(pieces)
