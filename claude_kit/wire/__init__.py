"""How does it travel? Dialects: parts into JSON, and bytes back into neutral events. Nothing in here does IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

from claude_kit.wire import chat_completions, chat_decoding, messages, portkey, thinking
from claude_kit.wire.events import Event
from claude_kit.wire.order import Cache, best_order, items
from claude_kit.wire.sse import Takes, pulled

__all__ = ["Cache", "Dialect", "Event", "best_order", "decode", "decoder", "encode", "portkey", "thinking"]

Dialect = Literal["messages", "chat"]

_ENCODERS: Final[dict[str, Callable[..., list[dict[str, Any]]]]] = {
    "messages": messages.content_blocks,
    "chat": chat_completions.content_parts,
}
_DECODERS: Final[dict[str, Callable[[], Takes[Event]]]] = {
    "messages": messages.Decoder,
    "chat": chat_decoding.Decoder,
}


def encode(
    *content: object,
    dialect: Dialect = "messages",
    order: Literal["best", "given"] = "best",
    cache: Cache | None = None,
) -> list[dict[str, Any]]:
    """Encode content as the blocks to paste into any SDK's request.

    Parameters
    ----------
    *content : part, str, any source, or mapping
        A mapping is a block of the API already.
    dialect : {"messages", "chat"}
        Whose JSON: Anthropic's Messages, or chat completions as Portkey's gateway takes them for Claude. The latter
        translates Anthropic's blocks.
    order : {"best", "given"}
        ``"best"``: documents before images before the question, which Anthropic recommends; ``"given"``: as given.
    cache : {"5m", "1h"}, optional
        Let the API keep everything up to the last document or image (all, if there is none), for that long: that is
        what the next question on the same files shares with this one.

    Returns
    -------
    list of dict

    Raises
    ------
    ContentError
        If a source cannot be read.
    ValueError
        If there is no such dialect, order or time to keep.

    Warns
    -----
    ContentWarning
        If the dialect cannot carry something: ``"chat"`` has no place for titles and citations, and keeps nothing for
        an hour.

    Examples
    --------
    >>> encode("What is this?")
    [{'type': 'text', 'text': 'What is this?'}]
    >>> encode("A long story", cache="5m")
    [{'type': 'text', 'text': 'A long story', 'cache_control': {'type': 'ephemeral'}}]
    """
    if order not in ("best", "given"):
        raise ValueError(f'order={order!r}: give "best" or "given"')
    if dialect not in _ENCODERS:
        raise ValueError(f"no dialect {dialect!r}; there is {', '.join(_ENCODERS)}")
    read = items(content)
    return _ENCODERS[dialect](best_order(read) if order == "best" else read, cache=cache)


def decode(chunks: Iterable[bytes] | bytes, dialect: Dialect = "messages") -> Iterator[Event]:
    r"""Decode the bytes of an event stream, in any chunking, into neutral events.

    Parameters
    ----------
    chunks : iterable of bytes, or bytes
    dialect : {"messages", "chat"}
        Whose stream it is: Anthropic's Messages, or a chat completion as Portkey's gateway answers.

    Yields
    ------
    Event
        See `claude_kit.wire.events`. What is not known comes as `Unknown`, and is never an error.

    Raises
    ------
    ValueError
        If there is no such dialect.

    Examples
    --------
    >>> [type(event).__name__ for event in decode([b'event: ping\ndata: {"type": "ping"}\n', b'\n'])]
    ['Ping']
    """
    if isinstance(chunks, bytes | bytearray | memoryview):
        chunks = [bytes(chunks)]
    return pulled(decoder(dialect), chunks)


def decoder(dialect: Dialect = "messages") -> Takes[Event]:
    r"""Return what decodes the bytes of an event stream as they come: `decode`, the other way round.

    Parameters
    ----------
    dialect : {"messages", "chat"}

    Returns
    -------
    decoder
        ``.feed(chunk)`` returns the events that end in a chunk of bytes, ``.close()`` what is left at the end.

    Raises
    ------
    ValueError
        If there is no such dialect.

    Examples
    --------
    >>> taking = decoder()
    >>> taking.feed(b'data: {"type": '), taking.feed(b'"ping"}\n\n'), taking.close()
    ([], [Ping()], [])
    """
    if dialect not in _DECODERS:
        raise ValueError(f"no stream of dialect {dialect!r} can be read; decodes {' and '.join(_DECODERS)}")
    return _DECODERS[dialect]()
