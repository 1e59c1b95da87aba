"""In what order content goes, and how much of it the API shall keep.

Content here is parts and mappings mixed: a mapping is a block, in whichever dialect, and is told by its ``type``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

from claude_kit.content import Image, Part, Pdf, Text, part
from claude_kit.content.sources import is_upload

__all__ = [
    "Cache",
    "Item",
    "best_order",
    "breakpoint_at",
    "cache_control",
    "document_name",
    "held",
    "holding",
    "is_cited",
    "items",
    "several",
]

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
    """Read content: sources become parts, blocks stay as they are; what a block holds is read too.

    Raises
    ------
    ContentError
        If a source cannot be read.
    """
    return [_read(item) for item in content]


def _read(item: object) -> Item:
    # An upload of ipywidgets is a mapping too, but one that holds a file.
    if not isinstance(item, Mapping) or is_upload(item):
        return part(item)
    inner = held(item)
    return item if inner is None else holding(item, items(inner))


def several(content: object) -> Sequence[object]:
    """Return content as a sequence of items: one item needs no list."""
    # Bytes are a sequence too, of numbers; here they are one source.
    if isinstance(content, bytes | bytearray | memoryview) or not isinstance(content, Sequence):
        return (content,)
    return content


def held(block: Mapping[str, Any]) -> Sequence[object] | None:
    """Return the items that a block holds, a tool result's or a document's; None where it holds none but words."""
    inner = block.get("content")
    if block.get("type") != "tool_result":
        source = block.get("source")
        inner = source.get("content") if isinstance(source, Mapping) and source.get("type") == "content" else None
    return None if inner is None or isinstance(inner, str) else several(inner)


def holding(block: Mapping[str, Any], content: object) -> dict[str, Any]:
    """Return a block that holds other content in the same place."""
    if block.get("type") == "tool_result":
        return {**block, "content": content}
    return {**block, "source": {**block["source"], "content": content}}


def best_order(content: Iterable[_T]) -> list[_T]:
    """Sort documents (PDFs and files of text) before images before plain strings, keeping the given order within each.

    Anthropic docs, PDF support and vision, 2026-08-22: "place PDFs before text", "images before text".
    """
    return sorted(content, key=_rank)


def breakpoint_at(content: Sequence[Item]) -> int | None:
    """Say which item ends what the next question shares: the last document or image, or the last of all."""
    files = [at for at, item in enumerate(content) if _rank(item) in (_DOCUMENT, _IMAGE)]
    return files[-1] if files else len(content) - 1 if content else None


def is_cited(item: Item) -> bool:
    """Tell whether Claude shall cite pages or passages of an item."""
    if isinstance(item, Mapping):
        asked = item.get("citations")
        return isinstance(asked, Mapping) and bool(asked.get("enabled"))
    return isinstance(item, Pdf) and item.citations


def document_name(item: Item) -> str | None:
    """Return what a document is called; None for what is none."""
    if isinstance(item, Mapping):
        return str(item.get("title") or "document") if item.get("type") == "document" else None
    return item.label if isinstance(item, Pdf) or (isinstance(item, Text) and item.name is not None) else None


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
