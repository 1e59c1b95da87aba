"""In what order content goes, and how much of it the API shall keep.

Content here is parts and mappings mixed: a mapping is a block, in whichever dialect, and is told by its ``type``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

from claude_kit.content import Image, Part, Pdf, part
from claude_kit.content.sources import is_upload

__all__ = ["Cache", "Item", "best_order", "breakpoint_at", "cache_control", "items"]

#: How long the API keeps what stands before a breakpoint.
Cache = Literal["5m", "1h"]

Item = Part | Mapping[str, Any]

_T = TypeVar("_T", bound=Item)

_RESULT, _DOCUMENT, _IMAGE, _REST = range(4)

# Results of tools come first, or the API refuses the message (Anthropic docs, tool use, 2026-08-22).
_RANKS: Final = {
    "tool_result": _RESULT,
    "document": _DOCUMENT,
    "search_result": _DOCUMENT,
    "file": _DOCUMENT,
    "image": _IMAGE,
    "image_url": _IMAGE,
}


def items(content: Iterable[object]) -> list[Item]:
    """Read content: sources become parts, blocks stay as they are.

    Raises
    ------
    ContentError
        If a source cannot be read.
    """
    # An upload of ipywidgets is a mapping too, but one that holds a file.
    return [item if isinstance(item, Mapping) and not is_upload(item) else part(item) for item in content]


def best_order(content: Iterable[_T]) -> list[_T]:
    """Sort documents (PDFs and files of text) before images before plain strings, keeping the given order within each.

    Anthropic docs, PDF support and vision, 2026-08-22: "place PDFs before text", "images before text".
    """
    return sorted(content, key=_rank)


def breakpoint_at(content: Sequence[Item]) -> int | None:
    """Say which item ends what the next question shares: the last document or image, or the last of all."""
    files = [at for at, item in enumerate(content) if _rank(item) in (_DOCUMENT, _IMAGE)]
    return files[-1] if files else len(content) - 1 if content else None


def cache_control(cache: Cache | None) -> dict[str, str] | None:
    """Return what marks a breakpoint, None if there shall be none; five minutes are the API's default.

    Raises
    ------
    ValueError
        If the API keeps nothing for so long.
    """
    if cache is None:
        return None
    if cache not in ("5m", "1h"):
        raise ValueError(f'cache={cache!r}: the API keeps content for "5m" or "1h"')
    return {"type": "ephemeral"} if cache == "5m" else {"type": "ephemeral", "ttl": cache}


def _rank(item: Item) -> int:
    if isinstance(item, Mapping):
        rank = _RANKS.get(str(item.get("type")), _REST)
        return _DOCUMENT if rank == _IMAGE and _holds_a_pdf(item) else rank
    if isinstance(item, Image):
        return _IMAGE
    return _DOCUMENT if isinstance(item, Pdf) or item.name is not None else _REST


def _holds_a_pdf(block: Mapping[str, Any]) -> bool:
    """Tell the form that carries a cached PDF through the gateway: an ``image_url`` that is none."""
    address = block.get("image_url")
    url = address.get("url") if isinstance(address, Mapping) else address
    return isinstance(url, str) and url.startswith("data:application/pdf")
