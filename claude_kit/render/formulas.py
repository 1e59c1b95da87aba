r"""Which dollar signs stand around a formula, and which are money.

A formula is ``$…$`` with no space inside the signs, no letter or digit before and no digit after them, or ``$$…$$``. It
is left as text, in an element of its own, for the page's MathJax. MathJax reads the rest of the page too, so every
dollar sign and backslash outside a formula is wrapped where it looks at none: "$5 and $10" is no formula, and
``\(``, ``\[`` and ``\begin`` open none.

The limits are pandoc's (manual, extension ``tex_math_dollars``) but for the letter, which keeps "US$5 to C$x" money.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from claude_kit.render.html import QUIET_FOR_MATH, escape

__all__ = ["plugin", "quiet"]

_FORMULA: Final = re.compile(
    r"""
      \$\$ (?! \s*\$ ) (?: [^\\$`] | \\. | \$(?!\$) )++ \$\$ (?!\$)
    | \$ (?! [\s$] ) (?: [^\\$`] | \\. )++ (?<!\s) \$ (?! [\d$] )
    """,
    re.S | re.X,
)
_NOT_BEFORE: Final = re.compile(r"[A-Za-z0-9$]")

# A line that is a whole formula.
_BLOCK_LINE: Final = re.compile(r"\$\$(?!\s*\$)((?!\$\$).)+(?<!\$)\$\$")
_FENCE: Final = re.compile(r"```|~~~")

_MEANT_FOR_TEX: Final = re.compile(r"[$\\]+")

# JupyterLab's MathJax is set up to refuse these, others (an exported page) are not: they make links with any address,
# put style or a class on the page, name a macro for everything below, or load more of TeX.
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)")
_UNSAFE_COMMANDS: Final = frozenset(
    (
        *("href", "url", "html", "htmlClass", "htmlData", "htmlId", "htmlStyle", "data", "mmlToken", "includegraphics"),
        *("bbox", "class", "cssId", "style", "unicode"),
        *("csname", "DeclareMathOperator", "def", "edef", "gdef", "xdef", "futurelet", "let", "newcommand"),
        *("newenvironment", "providecommand", "renewcommand", "renewenvironment"),
        *("require",),
    )
)


def plugin(parser: MarkdownIt) -> None:
    """Teach a markdown parser what a formula is, and how it and the text around it are written."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before(
        "fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.add_render_rule("formula", _render)
    parser.add_render_rule("formula_block", _render_block)
    parser.add_render_rule("text", _render_text)


def quiet(text: str) -> str:
    """Return `text` as HTML in which MathJax finds no formula."""
    return _MEANT_FOR_TEX.sub(rf'<span class="{QUIET_FOR_MATH}">\g<0></span>', escape(text, quote=False))


def _inline(state: StateInline, silent: bool) -> bool:
    match = _FORMULA.match(state.src, state.pos)
    if not match or (state.pos and _NOT_BEFORE.match(state.src, state.pos - 1)):
        return False
    if not silent:
        state.push("formula", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take lines from one that begins with ``$$`` to one that ends with it, or else to a blank one.

    What is never closed is a paragraph, but its lines are kept together all the same: while an answer is being
    written, the closing signs may be yet to come, and a line that begins with "+" or "-" must not become a list.
    """
    if state.is_code_block(start) or not _line(state, start).startswith("$$"):
        return False
    first = _line(state, start)
    one_line = _BLOCK_LINE.fullmatch(first)
    if "$$" in first[2:] and not one_line:
        return False  # more than a formula stands on the line: the inline rule finds it
    if silent:
        return True
    last = start if one_line else _last_line(state, start, end)
    content = state.getLines(start, last + 1, state.sCount[start], False).strip()
    state.line = last + 1
    if one_line or (last > start and content.endswith("$$")):
        token = state.push("formula_block", "", 0)
        token.content, token.block, token.map = content, True, [start, state.line]
    else:
        _push_paragraph(state, content, [start, state.line])
    return True


def _last_line(state: StateBlock, start: int, end: int) -> int:
    """Return the line that closes the block, or else the one before the first that cannot belong to it."""
    for line in range(start + 1, end):
        text = _line(state, line)
        if not text or state.sCount[line] < state.blkIndent or _FENCE.match(text):
            return line - 1
        if "$$" in text:
            return line
    return end - 1


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _push_paragraph(state: StateBlock, content: str, lines: list[int]) -> None:
    state.push("paragraph_open", "p", 1).map = lines
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, lines, []
    state.push("paragraph_close", "p", -1)


def _render(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    formula = tokens[index].content
    if any(command in _UNSAFE_COMMANDS for command in _COMMAND.findall(formula)):
        return f"<code>{escape(formula, quote=False)}</code>"
    return f"<span>{escape(formula, quote=False)}</span>"


def _render_block(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return f"<p>{_render(renderer, tokens, index, options, env)}</p>\n"


def _render_text(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return quiet(tokens[index].content)
