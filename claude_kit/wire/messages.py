"""The Messages dialect: Anthropic's own JSON and event stream.

Knows JSON and nothing of HTTP. Sources: Anthropic API reference, Messages, version 2026-10-21; block and delta kinds
as the `anthropic` SDK 2.12.0 types them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pybase64

from claude_kit.content import Image, Part, Pdf, Text, part
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.wire import events as e
from claude_kit.wire import sse

__all__ = [
    "API_VERSION",
    "PATH",
    "content_blocks",
    "decode",
    "decode_message",
    "encode_message",
    "encode_request",
    "part_of",
]

API_VERSION: Final = "2026-10-21"
PATH: Final = "/v1/messages"


# ---- encoding ---------------------------------------------------------------------------------------------------


def content_blocks(content: Iterable[object]) -> list[dict[str, Any]]:
    """Encode content as blocks; mappings are taken as blocks already and copied.

    Parameters
    ----------
    content : iterable of part, str, source or mapping

    Examples
    --------
    >>> content_blocks(["Hello"])
    [{'type': 'text', 'text': 'Hello'}]
    """
    return [dict(item) if isinstance(item, Mapping) else _block(part(item)) for item in content]


def encode_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """Encode one message whose content may hold parts; a plain string stays one."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    items = content if isinstance(content, Sequence) else [content]
    return {"role": message["role"], "content": content_blocks(items)}


def encode_request(
    messages: Iterable[Mapping[str, Any]], *, model: str, max_tokens: int, stream: bool = True, **fields: Any
) -> dict[str, Any]:
    """Encode a request body.

    Parameters
    ----------
    messages : iterable of mapping
        ``role`` and ``content``, which may hold parts.
    model : str
    max_tokens : int
    stream : bool
    **fields
        Further fields of the request, as the API names them; those that are None are left out.

    Examples
    --------
    >>> encode_request([{"role": "user", "content": "Hi"}], model="claude-sonnet-5-5", max_tokens=99, system=None)
    {'model': 'claude-sonnet-5-5', 'max_tokens': 99, 'stream': True, 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    given = {name: value for name, value in fields.items() if value is not None}
    encoded = [encode_message(message) for message in messages]
    return {"model": model, "max_tokens": max_tokens, "stream": stream, **given, "messages": encoded}


def _block(item: Part) -> dict[str, Any]:
    if isinstance(item, Text):
        if item.name is None:
            return {"type": "text", "text": item.text}
        source = {"type": "text", "media_type": "text/plain", "data": item.text}
        return {"type": "document", "source": source, "title": item.name}
    if isinstance(item, Image):
        return {"type": "image", "source": _base64(item.media_type, item.data)}
    block: dict[str, Any] = {"type": "document", "source": _base64(PDF_TYPE, item.data)}
    if item.title:
        block["title"] = item.title
    if item.citations:
        block["citations"] = {"enabled": True}
    return block


def _base64(media_type: str, data: bytes) -> dict[str, str]:
    return {"type": "base64", "media_type": media_type, "data": pybase64.b64encode(data).decode("ascii")}


def part_of(block: Mapping[str, Any]) -> Part | None:
    """Decode a content block into the part it carries; None for a block that carries none."""
    source = block.get("source") or {}
    kind = block.get("type")
    if kind == "text":
        return Text(str(block.get("text", "")))
    if source.get("type") == "text":
        return Text(str(source.get("data", "")), block.get("title") or "document.txt")
    if source.get("type") != "base64":
        return None
    data = pybase64.b64decode(source["data"])
    if kind == "image":
        from claude_kit.content import image

        return image(data)
    if kind == "document":
        citations = bool((block.get("citations") or {}).get("enabled"))
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
        In the order of the stream. Data that is no JSON object comes as `Unknown` with the text under ``"text"``.

    Examples
    --------
    >>> list(decode([b'data: {"type": "ping"}\n\n']))
    [Ping()]
    """
    for name, data in sse.events(chunks):
        try:
            payload = json.loads(data)
        except ValueError:
            yield e.Unknown(name, {"text": data})
            continue
        if isinstance(payload, dict):
            yield event(payload)
        else:
            yield e.Unknown(name, {"text": data})


def event(data: Mapping[str, Any]) -> e.Event:
    """Turn the data of one event into the neutral event it is."""
    kind = str(data.get("type", ""))
    build = _EVENTS.get(kind)
    try:
        return build(data) if build else e.Unknown(kind, data)
    except (KeyError, TypeError):
        return e.Unknown(kind, data)  # right name, wrong shape: kept rather than lost


def decode_message(message: Mapping[str, Any]) -> Iterator[e.Event]:
    """Turn a complete message, as a request without streaming returns it, into the events it stands for."""
    yield e.MessageStart({**message, "content": []})
    for index, block in enumerate(message.get("content", ())):
        yield e.BlockStart(index, block)
        yield e.BlockStop(index)
    delta = {key: message.get(key) for key in ("stop_reason", "stop_sequence")}
    yield e.MessageDelta(delta, message.get("usage", {}))
    yield e.MessageStop()


def _delta(data: Mapping[str, Any]) -> e.Event:
    delta = data["delta"]
    index = data["index"]
    build = _DELTAS.get(delta.get("type", ""))
    return build(index, delta) if build else e.OtherDelta(index, delta)


def _error(data: Mapping[str, Any]) -> e.Event:
    error = data["error"]
    return e.StreamError(str(error.get("type", "api_error")), str(error.get("message", "")), data.get("request_id"))


_EVENTS: Final[dict[str, Callable[[Mapping[str, Any]], e.Event]]] = {
    "message_start": lambda data: e.MessageStart(data["message"]),
    "content_block_start": lambda data: e.BlockStart(data["index"], data["content_block"]),
    "content_block_delta": _delta,
    "content_block_stop": lambda data: e.BlockStop(data["index"]),
    "message_delta": lambda data: e.MessageDelta(data["delta"], data.get("usage") or {}),
    "message_stop": lambda data: e.MessageStop(),
    "ping": lambda data: e.Ping(),
    "error": _error,
}

_DELTAS: Final[dict[str, Callable[[int, Mapping[str, Any]], e.Event]]] = {
    "text_delta": lambda index, delta: e.TextDelta(index, delta["text"]),
    "thinking_delta": lambda index, delta: e.ThinkingDelta(index, delta["thinking"]),
    "signature_delta": lambda index, delta: e.SignatureDelta(index, delta["signature"]),
    "citations_delta": lambda index, delta: e.CitationDelta(index, delta["citation"]),
    "input_json_delta": lambda index, delta: e.InputJsonDelta(index, delta["partial_json"]),
}
