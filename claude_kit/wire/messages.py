"""The Messages dialect: Anthropic's own JSON and event stream.

Knows JSON and nothing of HTTP. Sources: Anthropic API reference, Messages, version 2026-10-21; block and delta kinds
as the `anthropic` SDK 2.12.0 types them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import pybase64

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.wire import events as e
from claude_kit.wire import order, sse
from claude_kit.wire.body import Base64, decoded
from claude_kit.wire.order import Cache

__all__ = [
    "API_VERSION",
    "NOT_MESSAGES",
    "OFFLINE_ID",
    "Decoder",
    "asked",
    "content_blocks",
    "damaged",
    "decode",
    "decode_message",
    "encode_count",
    "encode_message",
    "encode_request",
    "event",
    "part_of",
]

API_VERSION: Final = "2026-10-21"

#: What to say of anything else in the place of messages.
NOT_MESSAGES: Final = 'messages must be a list such as [{"role": "user", "content": "Hello"}]'

#: How the ids of the offline model's messages begin; the one mark of it that survives every route and file.
OFFLINE_ID: Final = "msg_offline_"

# Characters of what cannot be read that an error shows.
_SHOWN: Final = 80


# ---- encoding ---------------------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    return pybase64.b64encode_as_string(data)


def content_blocks(
    content: Iterable[object], *, cache: Cache | None = None, data: Callable[[bytes], object] = _text
) -> list[dict[str, Any]]:
    """Encode content as blocks; mappings are taken as blocks already and copied, but for the parts that they hold.

    Parameters
    ----------
    content : iterable of part, str, source or mapping
    cache : {"5m", "1h"}, optional
        Put a cache breakpoint on the last document or image, or on the last block if there is none.
    data : callable
        What stands for the bytes of a file: by default their base64, `Base64` in a body that `body.encode` writes.

    Raises
    ------
    ContentError
        If a source cannot be read.

    Examples
    --------
    >>> content_blocks(["Hello"])
    [{'type': 'text', 'text': 'Hello'}]
    """
    mark = order.cache_control(cache)
    items = order.items(content)
    blocks = [_copy(item, data) if isinstance(item, Mapping) else _block(item, data) for item in items]
    at = order.breakpoint_at(items)
    if mark and at is not None:
        blocks[at]["cache_control"] = mark
    return blocks


def encode_message(message: Mapping[str, Any], *, data: Callable[[bytes], object] = _text) -> dict[str, Any]:
    """Encode one message whose content may hold parts; a plain string stays one, and one item needs no list.

    Parameters
    ----------
    message : mapping
        ``role`` and ``content``.
    data : callable
        As `content_blocks` takes it.

    Raises
    ------
    ContentError
        If a source among the content cannot be read.

    Examples
    --------
    >>> encode_message({"role": "user", "content": ["Hi", {"type": "text", "text": "there"}]})
    {'role': 'user', 'content': [{'type': 'text', 'text': 'Hi'}, {'type': 'text', 'text': 'there'}]}
    """
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    return {"role": message["role"], "content": content_blocks(order.several(content), data=data)}


def encode_request(
    messages: Iterable[Mapping[str, Any]],
    *,
    model: str,
    max_tokens: int,
    stream: bool = True,
    cache: Cache | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Encode a request body, for `claude_kit.wire.body` to write or to measure: its files stay bytes until then.

    Parameters
    ----------
    messages : iterable of mapping
        ``role`` and ``content``, which may hold parts.
    model : str
    max_tokens : int
    stream : bool
    cache : {"5m", "1h"}, optional
        Put a cache breakpoint on the last block: the whole conversation so far is what the next request shares.
    **fields
        Further fields of the request, as the API names them; those that are None are left out.

    Raises
    ------
    ContentError
        If a source among the content cannot be read.
    TypeError
        If `messages` is no list of messages.

    Examples
    --------
    >>> encode_request([{"role": "user", "content": "Hi"}], model="claude-sonnet-5-5", max_tokens=99, system=None)
    {'model': 'claude-sonnet-5-5', 'max_tokens': 99, 'stream': True, 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    listed, given = asked(messages, fields)
    encoded = [encode_message(message, data=Base64) for message in listed]
    mark = order.cache_control(cache)
    if mark and encoded and encoded[-1]["content"]:
        _mark(encoded[-1], mark)
    return {"model": model, "max_tokens": max_tokens, "stream": stream, **given, "messages": encoded}


def asked(
    messages: Iterable[Mapping[str, Any]], fields: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """Return messages as a list, and the fields that say something.

    Raises
    ------
    TypeError
        If `messages` is no list of messages.
    """
    listed = list(messages)
    if not all(isinstance(message, Mapping) for message in listed):
        raise TypeError(NOT_MESSAGES)
    return listed, {name: value for name, value in fields.items() if value is not None}


def encode_count(messages: Iterable[Mapping[str, Any]], *, model: str, **fields: Any) -> dict[str, Any]:
    """Encode the body of a request that only counts: as `encode_request` does, but for what answers alone need."""
    body = encode_request(messages, model=model, max_tokens=0, **fields)
    return {name: value for name, value in body.items() if name not in ("max_tokens", "stream")}


def _mark(message: dict[str, Any], mark: Mapping[str, str]) -> None:
    if isinstance(message["content"], str):
        message["content"] = [{"type": "text", "text": message["content"]}]
    message["content"][-1]["cache_control"] = mark


def _copy(block: Mapping[str, Any], data: Callable[[bytes], object]) -> dict[str, Any]:
    inner = order.held(block)
    return dict(block) if inner is None else order.holding(block, content_blocks(inner, data=data))


def _block(item: Part, data: Callable[[bytes], object]) -> dict[str, Any]:
    if isinstance(item, Text):
        if item.name is None:
            return {"type": "text", "text": item.text}
        source: dict[str, object] = {"type": "text", "media_type": "text/plain", "data": item.text}
        return {"type": "document", "source": source, "title": item.name}
    if isinstance(item, Image):
        source = {"type": "base64", "media_type": item.media_type, "data": data(item.data)}
        return {"type": "image", "source": source}
    source = {"type": "base64", "media_type": PDF_TYPE, "data": data(item.data)}
    block: dict[str, Any] = {"type": "document", "source": source}
    if item.title:
        block["title"] = item.title
    if item.citations:
        block["citations"] = {"enabled": True}
    return block


def part_of(block: Mapping[str, Any]) -> Part | None:
    """Decode a content block into the part it carries; None for a block that carries none."""
    source = block.get("source")
    kind = block.get("type")
    if kind == "text":
        return Text(str(block.get("text", "")))
    if not isinstance(source, Mapping):
        return None
    if source.get("type") == "text":
        return Text(str(source.get("data", "")), block.get("title") or "document.txt")
    if source.get("type") != "base64":
        return None
    data = decoded(source.get("data") or "")
    if kind == "image":
        from claude_kit.content import image

        return image(data)
    if kind == "document":
        asked = block.get("citations")
        citations = isinstance(asked, Mapping) and bool(asked.get("enabled"))
        return Pdf(data, title=block.get("title"), citations=citations)
    return None


# ---- decoding ---------------------------------------------------------------------------------------------------


def decode(chunks: Iterable[bytes]) -> Iterator[e.Event]:
    r"""Decode an event stream, in whatever chunks its bytes arrive.

    Parameters
    ----------
    chunks : iterable of bytes

    Yields
    ------
    Event
        In the order of the stream. Data that is no JSON object comes as `Unknown` with the text under ``"text"``; as
        `StreamError` where a piece of the message was lost with it.

    Examples
    --------
    >>> list(decode([b'data: {"type": "ping"}\n\n']))
    [Ping()]
    """
    return sse.pulled(Decoder(), chunks)


class Decoder:
    r"""Takes the bytes of an event stream as they come, and returns the events that they complete.

    Examples
    --------
    >>> decoder = Decoder()
    >>> decoder.feed(b'data: {"type": "pi'), decoder.feed(b'ng"}\n\n'), decoder.close()
    ([], [Ping()], [])
    """

    __slots__ = ("_parser",)

    def __init__(self) -> None:
        self._parser = sse.Parser()

    def feed(self, chunk: bytes) -> list[e.Event]:
        """Return the events that end in a chunk."""
        return [_read(name, data, ended=True) for name, data in self._parser.feed(chunk)]

    def close(self) -> list[e.Event]:
        """Return what is left when the stream has ended."""
        return [_read(name, data, ended=False) for name, data in self._parser.close()]


def _read(name: str, data: str, *, ended: bool) -> e.Event:
    payload = sse.json_object(data)
    if payload is not None:
        return event(payload if "type" in payload else {"type": name, **payload})
    if ended and name in _EVENTS and name != "ping":  # a piece of the message is in it, and lost
        return damaged(f"an event {name}", data)
    return e.Unknown(name, {"text": data})


def damaged(what: str, data: str) -> e.StreamError:
    """Return the error that a piece of an answer is which came, and cannot be read."""
    return e.StreamError("api_error", f"{what} came damaged, its data is no JSON: {data[:_SHOWN]}")


def event(data: Mapping[str, Any]) -> e.Event:
    """Turn the data of one event into the neutral event it is."""
    kind = str(data.get("type", ""))
    build = _EVENTS.get(kind)
    try:
        return build(data) if build else e.Unknown(kind, data)
    except (KeyError, TypeError):
        return e.Unknown(kind, data)  # right name, wrong shape: kept rather than lost


def decode_message(message: Mapping[str, Any]) -> Iterator[e.Event]:
    """Turn a complete message, as a request without streaming returns it, into the events it stands for.

    Text and thinking come as deltas, so that a view need not know how the answer came. What is no message, such as an
    error's body, is one event by itself.
    """
    if not isinstance(message.get("content"), list):
        yield event(message)
        return
    yield e.MessageStart({**message, "content": []})
    for index, block in enumerate(message["content"]):
        match block:
            case {"type": "text", "text": str(text)}:
                yield e.BlockStart(index, {**block, "text": ""})
                yield e.TextDelta(index, text)
            case {"type": "thinking", "thinking": str(thinking)}:
                yield e.BlockStart(index, {**block, "thinking": ""})
                yield e.ThinkingDelta(index, thinking)
            case _:
                yield e.BlockStart(index, block)
        yield e.BlockStop(index)
    delta = {key: message[key] for key in ("stop_reason", "stop_sequence") if key in message}
    yield e.MessageDelta(delta, message.get("usage") or {})
    yield e.MessageStop()


# The builders look at the shape of what they pass on, so that what receives the events need not.


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return value


def _index(data: Mapping[str, Any]) -> int:
    index = data["index"]
    if not isinstance(index, int):
        raise TypeError("not a number")
    return index


def _message_start(data: Mapping[str, Any]) -> e.Event:
    message = _object(data["message"])
    _object(message.get("usage") or {})
    return e.MessageStart(message)


def _delta(data: Mapping[str, Any]) -> e.Event:
    # Nearly all events of a stream are these, and nearly all of these text.
    index, delta = data["index"], data["delta"]
    if isinstance(index, int) and isinstance(delta, dict):
        build, name = _DELTAS.get(delta.get("type"), _OTHER)
        value = delta[name] if name else delta
        if isinstance(value, dict if name in _OBJECTS else str):
            return build(index, value)
    raise TypeError("not a delta")


def _message_delta(data: Mapping[str, Any]) -> e.Event:
    # Some of what became of the message stands beside `delta`, such as `context_management`.
    beside = {key: value for key, value in data.items() if key not in ("type", "delta", "usage")}
    return e.MessageDelta({**_object(data["delta"]), **beside}, _object(data.get("usage") or {}))


def _error(data: Mapping[str, Any]) -> e.Event:
    error = data.get("error") or data.get("message")
    if not isinstance(error, Mapping):
        error = {"message": error}
    request_id = data.get("request_id")
    return e.StreamError(
        str(error.get("type") or "api_error"),
        str(error.get("message") or ""),
        request_id if isinstance(request_id, str) else None,
    )


_EVENTS: Final[dict[str, Callable[[Mapping[str, Any]], e.Event]]] = {
    "message_start": _message_start,
    "content_block_start": lambda data: e.BlockStart(_index(data), _object(data["content_block"])),
    "content_block_delta": _delta,
    "content_block_stop": lambda data: e.BlockStop(_index(data)),
    "message_delta": _message_delta,
    "message_stop": lambda data: e.MessageStop(),
    "ping": lambda data: e.Ping(),
    "error": _error,
}

# Kind of delta -> the event it is, and the field that holds what is new; of kinds not known here, the whole delta.
_DELTAS: Final[dict[Any, tuple[Callable[[int, Any], e.Event], str]]] = {
    "text_delta": (e.TextDelta, "text"),
    "thinking_delta": (e.ThinkingDelta, "thinking"),
    "signature_delta": (e.SignatureDelta, "signature"),
    "citations_delta": (e.CitationDelta, "citation"),
    "input_json_delta": (e.InputJsonDelta, "partial_json"),
}
_OTHER: Final = (e.OtherDelta, "")
_OBJECTS: Final = ("", "citation")
