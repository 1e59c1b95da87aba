"""What a conversation holds: the parts and blocks of every message, each source read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claude_kit.content import Part, part
from claude_kit.errors import ContentError
from claude_kit.wire.messages import part_of

__all__ = ["Item", "Message", "inside", "items", "read", "source_of"]

#: A part, or an API block that carries none.
Item = Part | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: who says it, and the parts and blocks it holds."""

    role: str
    content: tuple[Item, ...]


def read(messages: Iterable[Mapping[str, Any] | Message]) -> tuple[Message, ...]:
    """Read messages as the API takes them, whose content may also hold parts and sources.

    Base64 images and PDFs and plain text blocks become parts; all other blocks stay as they are, and what a tool result
    or a document holds is read too. Reading what has been read costs nothing.

    Raises
    ------
    ContentError
        If a source cannot be read, base64 data is damaged, or a message lacks its role or content.
    """
    return tuple(
        message if isinstance(message, Message) else _message(message, number)
        for number, message in enumerate(messages, start=1)
    )


def items(messages: Iterable[Message]) -> Iterator[Item]:
    """Yield every part and block, those inside tool results and documents after the block that holds them."""
    for message in messages:
        yield from _flat(message.content)


def inside(block: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return what a block of a read message holds: a tool result's content, or a document's."""
    held = block.get("content") if block.get("type") == "tool_result" else source_of(block).get("content")
    return held if isinstance(held, tuple) else ()


def source_of(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a block has its data from; empty where it has none."""
    source = block.get("source")
    return source if isinstance(source, Mapping) else {}


def _message(message: Mapping[str, Any], number: int) -> Message:
    for key in ("role", "content"):
        if key not in message:
            raise ContentError(f'message {number} has no "{key}"; it needs "role" and "content"')
    try:
        return Message(str(message["role"]), _content(message["content"]))
    except ValueError as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(f"message {number}: a block's data is not base64 ({error})") from None


def _content(content: object) -> tuple[Item, ...]:
    # Strings and bytes are sequences too; here each is one source.
    if isinstance(content, str | bytes | bytearray | memoryview) or not isinstance(content, Sequence):
        return (_item(content),)
    return tuple(_item(item) for item in content)


def _item(item: object) -> Item:
    if not isinstance(item, Mapping):
        return part(item)
    source = source_of(item)
    if item.get("type") == "tool_result":
        return {**item, "content": _content(item.get("content") or ())}
    if source.get("type") == "content":
        return {**item, "source": {**source, "content": _content(source.get("content") or ())}}
    if source.get("type") == "text":
        return item
    return part_of(item) or item


def _flat(content: Iterable[Item]) -> Iterator[Item]:
    for item in content:
        yield item
        if isinstance(item, Mapping):
            yield from _flat(inside(item))
