"""How a model's markdown becomes safe HTML, whole or while it is still being written.

The way is the same for both: markdown-it (CommonMark, tables, strikethrough; raw HTML is shown, not obeyed),
then an allow-list. Formulas are `claude_kit.render.formulas`', the colours of code `claude_kit.render.code`'s.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from claude_kit.render import formulas
from claude_kit.render.code import html_code
from claude_kit.render.cutting import find_cut
from claude_kit.render.html import is_address, sanitise
from claude_kit.render.marks import html_marks, text_marks
from claude_kit.render.plain import mend

__all__ = ["MarkdownStream", "to_html"]

_LINE_END = re.compile(r"\r\n?")

# In characters; a block that is shorter is rendered as a whole.
_LONG = 1_500

# Half a line that may yet begin an item.
_MAYBE_ITEM = re.compile(r" *(?:[-+*]|\d{0,9}[.)]?)")


def to_html(source: str) -> str:
    r"""Render markdown to sanitised HTML.

    Examples
    --------
    >>> to_html("**bold** <b onclick=x>raw</b>")
    '<p><strong>bold</strong> &lt;b onclick=x&gt;raw&lt;/b&gt;</p>\n'
    """
    return _render(source, {})


class MarkdownStream:
    r"""Markdown that is still being written, rendered block by block.

    A block that can no longer change is *frozen*: rendered once, never touched again. Only the last, open block is
    rendered anew as it grows, so the cost of a long answer stays proportional to its length.

    Together the pieces say what `to_html` would make of the whole, but for a link whose address is defined below it,
    and for the spacing of a long list that turns loose only after its beginning was frozen.
    A long list, table or piece of code is frozen in parts (`take_part`); then what is frozen next, and what is open, is
    rendered as a block of its own, and belongs inside the last frozen one.

    Attributes
    ----------
    continues : bool
        Whether what comes next belongs inside the last frozen block.

    Examples
    --------
    >>> stream = MarkdownStream()
    >>> stream.feed("# One\n\nTwo\nand th")
    >>> stream.take_frozen(), stream.open_html()
    ('<h1>One</h1>\n', '<p>Two\nand th</p>\n')
    """

    def __init__(self) -> None:
        self.continues = False
        self._open = ""
        self._again = ""
        self._half_line_end = ""
        self._addresses: dict[str, Any] = {}

    @property
    def open_length(self) -> int:
        """How many characters are open."""
        return len(self._open)

    def feed(self, text: str) -> None:
        """Append `text`, which may end anywhere, also inside a word or a formula."""
        text = self._half_line_end + text
        self._half_line_end = "\r" if text.endswith("\r") else ""
        self._open += _LINE_END.sub("\n", text.removesuffix("\r"))

    def end(self) -> None:
        """Note that nothing more comes: what half a line behind a block that continues has begun is no part of it."""
        if self._behind:
            self.feed("\n")

    def take_frozen(self) -> str:
        """Return the HTML of the blocks finished since the last call, and freeze them.

        Of one that continues it is the rest, and nothing of those behind it.
        """
        at = _last_block(self._complete + self._apart, dict(self._addresses), first=self.continues)
        if at == 0:
            return ""
        done = self._take(at)
        self._again, self.continues = "", False
        return _render(done, self._addresses)

    def take_part(self) -> str:
        """Return the HTML of what is finished of a long open block, and freeze it; nothing where that cannot be cut."""
        if len(self._open) < _LONG:
            return ""
        complete = self._complete
        cut = find_cut(complete, _block_parser().parse(complete, {"references": dict(self._addresses)}))
        if cut is None:
            return ""
        done = self._take(cut.line) + "\n"
        self._again, self.continues = cut.again, True
        return _render(done, self._addresses)

    def open_html(self) -> str:
        """Return the HTML of the block that is still open; of one that continues, nothing of a half line behind it."""
        if not self._open.strip():
            return ""
        shown = self._again + self._open
        if behind := self._behind:
            shown = "\n".join(shown.split("\n")[:behind])
        # With a copy: an address that is only half written must not be kept.
        return _render(shown, dict(self._addresses))

    @property
    def _behind(self) -> int:
        """The line on which another block begins behind the one that continues; 0 where none does."""
        return _last_block(self._again + self._open, dict(self._addresses), first=True) if self.continues else 0

    @property
    def _complete(self) -> str:
        """What is open, as far as its lines are whole: "1" may yet become "10. next item" of the list before it."""
        return self._again + self._open[: self._open.rfind("\n") + 1]

    @property
    def _apart(self) -> str:
        """Half a line that is no part of the block which continues: below a blank line, and surely no item."""
        lines, _, half = self._open.rpartition("\n")
        return half if self.continues and lines.endswith("\n") and not _MAYBE_ITEM.fullmatch(half) else ""

    def _take(self, line: int) -> str:
        """Return what stands before a line, and keep the rest."""
        lines = (self._again + self._open).split("\n")
        self._open = "\n".join(lines[line:])
        return "\n".join(lines[:line])


def _render(source: str, addresses: dict[str, Any]) -> str:
    """Render markdown; the links it defines are added to `addresses`, and those that are there are known to it."""
    return text_marks(sanitise(_parser().render(mend(source), {"references": addresses})))


def _last_block(source: str, addresses: dict[str, Any], *, first: bool) -> int:
    """Return the line the last block begins on, or the second if it is about the `first`; 0 if none is finished."""
    tokens = _block_parser().parse(source, {"references": addresses})
    blocks = [token.map for token in tokens if token.level == 0 and token.map]
    if len(blocks) < 2:
        return 0
    (_, ended), (begins, _) = blocks[:2] if first else blocks[-2:]
    # Lines of neither block define a link, whose title may go on in what looks like the next block.
    defines = ended < begins and source.split("\n")[begins - 1].strip()
    return 0 if defines else begins


def _new_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": html_code})
    # What is no whole address is shown as it was written, not as a link that leads nowhere.
    parser.validateLink = is_address  # type: ignore[method-assign]
    return parser.enable(["table", "strikethrough"]).use(formulas.plugin)


@cache
def _parser() -> MarkdownIt:
    parser = _new_parser()
    parser.add_render_rule("image", _image)
    parser.add_render_rule("text", _text)
    parser.add_render_rule("th_open", _cell)
    parser.add_render_rule("td_open", _cell)
    return parser


@cache
def _block_parser() -> MarkdownIt:
    """Return a parser that stops at the blocks, in a third of the time."""
    return _new_parser().disable("inline")


def _text(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return html_marks(formulas.quiet(tokens[index].content))


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Say what an image shows; to fetch it would tell its server that, and when, the answer was read."""
    return formulas.quiet(renderer.renderInlineAsText(tokens[index].children or [], options, env))


def _cell(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Align a table's cell by class, as no style passes the allow-list."""
    style = str(tokens[index].attrs.get("style", ""))
    side = style.removeprefix("text-align:")
    css = f' class="ck-{side}"' if side in ("right", "center") else ""
    return f"<{tokens[index].tag}{css}>"
