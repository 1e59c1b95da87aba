r"""Where can a block be cut that is still being written? Between items of a list, rows of a table, lines of code.

What stands before the cut is finished, and is rendered once; otherwise a list of a thousand items would be rendered
anew with each word of it. What follows the cut is a block of the same kind, which goes on inside the first.

Examples
--------
>>> from claude_kit.render.markdown import to_html
>>> inner(to_html("11. eleven\n12. twelve\n"))
'<li>eleven</li>\n<li>twelve</li>\n'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it.token import Token

__all__ = ["Cut", "find_cut", "inner", "tail"]

# What a list keeps open: whether it is set loosely is seen between two items.
_ITEMS_KEPT: Final = 2

_HEAD: Final = re.compile(r"<[uo]l[^>]*>\n|<pre><code[^>]*>|<table>.*?(?:<tbody>\n|(?=</table>))", re.S)
_TAIL: Final = re.compile(r"</[uo]l>\n\Z|</code></pre>\n\Z|(?:</tbody>\n)?</table>\n\Z")


@dataclass(frozen=True, slots=True)
class Cut:
    """A place to cut.

    Attributes
    ----------
    line : int
        The first line behind it.
    again : str
        The lines that what follows needs before it: of a table its head, of code its fence.
    """

    line: int
    again: str = ""


def find_cut(source: str, tokens: Sequence[Token]) -> Cut | None:
    """Return the last place where a block can be cut; None where there is none.

    Parameters
    ----------
    source : str
        Whole lines.
    tokens : sequence of Token
        What a parser finds in them: one block.
    """
    first = next((token for token in tokens if token.map), None)
    if first is None or first.map is None:
        return None
    lines = source.split("\n")
    match first.type:
        case "bullet_list_open" | "ordered_list_open":
            items = [
                token.map[0] for token in tokens if token.type == "list_item_open" and token.level == 1 and token.map
            ]
            return Cut(items[-_ITEMS_KEPT]) if len(items) > _ITEMS_KEPT else None
        case "table_open":
            rows = [token.map[0] for token in tokens if token.type == "tr_open" and token.map]
            return Cut(rows[-1], "\n".join(lines[: first.map[0] + 2]) + "\n") if len(rows) > 2 else None
        case "fence" if not _is_closed(lines[first.map[0] + 1 : first.map[1]], first.markup):
            end = len(lines) - 1
            while not lines[end - 1].strip():  # blank lines at the end of code that is not closed are left out
                end -= 1
            return Cut(end, lines[first.map[0]] + "\n") if end > first.map[0] + 1 else None
    return None


def _is_closed(code: Sequence[str], fence: str) -> bool:
    """Tell whether code has ended: then what follows it is none."""
    last = code[-1].strip() if code else ""
    return last.startswith(fence) and not last.strip(fence[0])


def inner(html: str) -> str:
    """Return what stands inside a list, a table's body or code, which `claude_kit.render.markdown` has rendered."""
    head, end = _HEAD.match(html), _TAIL.search(html)
    return html[head.end() : end.start()] if head and end else ""


def tail(html: str) -> str:
    """Return how HTML ends whose last block is such a one: what closes it, and nothing of what is inside."""
    end = _TAIL.search(html)
    return end[0] if end else ""
