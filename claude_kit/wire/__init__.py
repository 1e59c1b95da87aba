"""How does it travel? Dialects: parts into JSON, and bytes back into neutral events. Nothing in here does IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

from claude_kit.wire import chat_completions, messages
from claude_kit.wire.events import Event
from claude_kit.wire.order import Cache, best_order, items

__all__ = ["Cache", "Dialect", "Event", "best_order", "decode", "encode"]

Dialect = Literal["messages", "chat"]

_ENCODERS: Final[dict[str, Callable[..., list[dict[str, Any]]]]] = {
    "messages": messages.content_blocks,
    "chat": chat_completions.content_parts,
}
_DECODERS: Final[dict[str, Callable[[Iterable[bytes]], Iterator[Event]]]] = {"messages": messages.decode}


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


def decode(chunks: Iterable[bytes], dialect: Literal["messages"] = "messages") -> Iterator[Event]:
    r"""Decode the bytes of an event stream, in any chunking, into neutral events.

    Parameters
    ----------
    chunks : iterable of bytes
    dialect : {"messages"}
        Whose stream it is.

    Yields
    ------
    Event
        See `claude_kit.wire.events`.

    Raises
    ------
    ValueError
        If there is no decoder for that dialect.

    Examples
    --------
    >>> [type(event).__name__ for event in decode([b'event: ping\ndata: {"type": "ping"}\n', b'\n'])]
    ['Ping']
    """
    if dialect not in _DECODERS:
        raise ValueError(f"no stream of dialect {dialect!r} can be read; decodes only {', '.join(_DECODERS)}")
    return _DECODERS[dialect](chunks)
