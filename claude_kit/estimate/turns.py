"""What a conversation holds: the parts and blocks of every message, each source read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from claude_kit.content import Part, Pdf, images, part
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.content.sources import is_upload
from claude_kit.errors import ContentError
from claude_kit.wire import order
from claude_kit.wire.body import Base64, decoded
from claude_kit.wire.messages import NOT_MESSAGES, part_of

__all__ = ["Entry", "Item", "Message", "entries", "examine", "inside", "items", "read", "source_of"]

#: A part, or an API block that carries none.
Item = Part | Mapping[str, Any]

#: An item, and the part or block that was given for it; a string where the string was all the content.
Entry = tuple[Item, Part | Mapping[str, Any] | str]

# What a block holds that does not say so.
_DECLARED: Final = {"image": "image/*", "document": PDF_TYPE}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: who says it, and the parts and blocks it holds.

    Attributes
    ----------
    role : str
    content : tuple of part or mapping
    given : tuple
        The same as it was given: the API's block, with the media type it claims and its ``cache_control``, where
        there was one; else the part; the string, where that was all the content. See `entries`.
    fields : mapping
        What the message has beside role and content, such as a chat completion's ``tool_calls``.
    damaged : tuple of ContentError
        What was left out of `content`, since its bytes are damaged or of a kind that Claude does not take.
    """

    role: str
    content: tuple[Item, ...]
    given: tuple[Part | Mapping[str, Any] | str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    damaged: tuple[ContentError, ...] = ()


def read(messages: Iterable[Mapping[str, Any] | Message]) -> tuple[Message, ...]:
    """Read messages as the API takes them, whose content may also hold parts and sources.

    Base64 images and PDFs and plain text blocks become parts, in either dialect's form; all other blocks stay as they
    are, and what a tool result or a document holds is read too. Reading what has been read costs nothing.

    Raises
    ------
    ContentError
        If a source cannot be read or understood, base64 data is damaged, or a message lacks its role or content.
    """
    given = list(messages)
    conversation = examine(given)
    for message, before in zip(conversation, given, strict=True):
        if message is not before and message.damaged:
            raise message.damaged[0]
    return conversation


def examine(messages: Iterable[Mapping[str, Any] | Message]) -> tuple[Message, ...]:
    """Read messages as `read` does, but set aside what is damaged or of a kind that Claude does not take.

    Raises
    ------
    ContentError
        If there is nothing to read at all: a file that is missing, a message without its role or content.
    TypeError
        If `messages` is no list of messages.
    """
    return tuple(
        message if isinstance(message, Message) else _message(message, number)
        for number, message in enumerate(messages, start=1)
    )


def items(messages: Iterable[Message]) -> Iterator[Item]:
    """Yield every part and block, those inside tool results and documents after the block that holds them."""
    for item, _ in entries(messages):
        yield item


def entries(messages: Iterable[Message]) -> Iterator[Entry]:
    """Yield every part and block with what was given for it, in the order of `items`."""
    for message in messages:
        yield from _flat(message.content, message.given or message.content)


def inside(block: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return what a block of a read message holds: a tool result's content, or a document's."""
    held = block.get("content") if block.get("type") == "tool_result" else source_of(block).get("content")
    return held if isinstance(held, tuple) else ()


def source_of(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a block has its data from; empty where it has none."""
    source = block.get("source")
    return source if isinstance(source, Mapping) else {}


def _message(message: Mapping[str, Any], number: int) -> Message:
    if not isinstance(message, Mapping):
        raise TypeError(NOT_MESSAGES)
    for key in ("role", "content"):
        # A chat completion's answer may be calls of tools alone.
        if key not in message and not (key == "content" and message.get("tool_calls")):
            raise ContentError(f'message {number} has no "{key}"; it needs "role" and "content"')
    reader = _Reader(number)
    content, given = reader.content(message.get("content"))
    fields = {key: value for key, value in message.items() if key not in ("role", "content")}
    return Message(str(message["role"]), content, given, fields, tuple(reader.damaged))


class _Reader:
    """Reads the content of one message, and remembers what of it is damaged."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.damaged: list[ContentError] = []

    def content(self, content: object) -> tuple[tuple[Item, ...], tuple[Any, ...]]:
        """Return the items of a content, and what each was given as."""
        if isinstance(content, str):
            return (part(content),), (content,)
        read: list[tuple[Item, Any]] = []
        for given in () if content is None else order.several(content):
            try:
                read.append(self._item(given))
            except ContentError as error:
                if error.media_type is None:
                    raise
                self.damaged.append(_alone(error))
        return tuple(item for item, _ in read), tuple(given for _, given in read)

    def _item(self, given: object) -> tuple[Item, Any]:
        if not isinstance(given, Mapping) or is_upload(given):
            item = _legible(part(given))
            return item, item
        block = _native(given)
        source = source_of(block)
        if block.get("type") == "tool_result" or source.get("type") == "content":
            held = (block if block.get("type") == "tool_result" else source).get("content")
            if held is None:
                return block, given
            content, raw = self.content(() if isinstance(held, str) and not held else held)
            return order.holding(block, content), order.holding(given, raw)
        if source.get("type") == "text":
            return block, given
        if source.get("type") == "base64":
            return self._from_base64(block, source), given
        return part_of(block) or block, given

    def _from_base64(self, block: Mapping[str, Any], source: Mapping[str, Any]) -> Item:
        """Read a block's data exactly as the API gets it: not turned, not converted."""
        kind = str(block.get("type"))
        name = block.get("filename")
        where = str(name or block.get("title") or f"{kind} in message {self._number}")
        declared = str(source.get("media_type") or _DECLARED.get(kind, "application/octet-stream"))
        data = source.get("data")
        try:
            if isinstance(data, str) and data[:5].lower() == "data:":
                raise ContentError("its data is a data: URL. Give what stands after the comma alone")
            if isinstance(data, bytes):
                raise ContentError("its data are bytes. Give their base64 as text, or the file itself: ck.attach(...)")
            if not isinstance(data, str | Base64) or not data:
                raise ContentError("it holds no data. Give the file in base64")
            if kind == "image":
                return images.as_sent(decoded(data))
            item = part_of(block)
            if item is None:
                return block
            return _legible(replace(item, name=name) if name else item)
        except ContentError as error:
            # The block has no name of its own to be called by.
            sentence = str(error).removeprefix(f"{error.where}: ") if error.where else str(error)
            raise ContentError(f"{where}: {sentence}", media_type=error.media_type or declared, where=where) from None
        except ValueError as error:
            raise ContentError(
                f"{where}: a block's data is not base64 ({error})", media_type=declared, where=where
            ) from None


def _alone(error: ContentError) -> ContentError:
    """Return an error to be kept: its traceback, and those it came from, would keep the file's bytes alive."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _legible(item: Part) -> Part:
    """Return a part whose text can be read: a PDF may turn out to be damaged only then."""
    if isinstance(item, Pdf):
        _ = item.page_texts  # kept by the document: it is counted and checked anyway
    return item


def _flat(content: Sequence[Item], given: Sequence[Any]) -> Iterator[Entry]:
    for item, raw in zip(content, given, strict=True):
        yield item, raw
        if isinstance(item, Mapping):
            held = inside(item)
            yield from _flat(held, inside(raw) if isinstance(raw, Mapping) else held)


def _native(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a chat completion's part as the block that means the same; any other block as it is."""
    kind = block.get("type")
    if kind == "image_url":
        address = block.get("image_url")
        url = address.get("url") if isinstance(address, Mapping) else address
        return _from_address(str(url or ""))
    if kind == "file" and isinstance(block.get("file"), Mapping):
        return _from_file(block["file"])
    return block


def _from_address(url: str) -> Mapping[str, Any]:
    if url[:5].lower() != "data:":
        return {"type": "image", "source": {"type": "url", "url": url}}
    header, _, data = url[5:].partition(",")
    media_type = header.split(";")[0].strip().lower()
    kind = "document" if media_type == PDF_TYPE else "image"
    return {"type": kind, "source": {"type": "base64", "media_type": media_type, "data": data}}


def _from_file(file: Mapping[str, Any]) -> Mapping[str, Any]:
    if file.get("file_url"):
        return {"type": "document", "source": {"type": "url", "url": file["file_url"]}}
    data = file.get("file_data")
    if not isinstance(data, str):
        return {"type": "document", "source": {"type": "file", "file_id": file.get("file_id")}}
    media_type = str(file.get("mime_type") or PDF_TYPE)
    if data[:5].lower() == "data:":
        data = data.partition(",")[2]  # what the gateway makes of it is a rule's concern
    if media_type.startswith("text/"):
        source = {"type": "text", "media_type": "text/plain", "data": data}
        return {"type": "document", "source": source, "title": file.get("filename")}
    # A PDF's file name is not told to Claude, as its title is.
    source = {"type": "base64", "media_type": media_type, "data": data}
    return {"type": "document", "source": source, "filename": file.get("filename")}
