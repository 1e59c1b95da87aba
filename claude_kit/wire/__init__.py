"""How does it travel? Dialects: parts into JSON, and bytes back into neutral events. Nothing in here does IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

from claude_kit.content import Image, Part, Pdf, part
from claude_kit.wire import messages
from claude_kit.wire.events import Event

__all__ = ["Dialect", "Event", "best_order", "decode", "encode"]

Dialect = Literal["messages"]


def encode(
    *content: object, dialect: Dialect = "messages", order: Literal["best", "given"] = "best"
) -> list[dict[str, Any]]:
    """Encode content as the blocks to paste into any SDK's request.

    Parameters
    ----------
    *content : part, str or any source
    dialect : {"messages"}
        Whose JSON: Anthropic's Messages.
    order : {"best", "given"}
        ``"best"``: documents before images before the question, which Anthropic recommends; ``"given"``: as given.

    Returns
    -------
    list of dict

    Raises
    ------
    ContentError
        If a source cannot be read.
    ValueError
        If there is no such dialect.

    Examples
    --------
    >>> encode("What is this?")
    [{'type': 'text', 'text': 'What is this?'}]
    """
    parts = [part(item) for item in content]
    return _dialect(dialect).content_blocks(best_order(parts) if order == "best" else parts)


def decode(chunks: Iterable[bytes], dialect: Dialect = "messages") -> Iterator[Event]:
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

    Examples
    --------
    >>> [type(event).__name__ for event in decode([b'event: ping\ndata: {"type": "ping"}\n', b'\n'])]
    ['Ping']
    """
    return _dialect(dialect).decode(chunks)


def best_order(parts: Iterable[Part]) -> list[Part]:
    """Sort documents (PDFs and files of text) before images before plain strings, keeping the given order within each.

    Anthropic docs, PDF support and vision, 2026-08-22: "place PDFs before text", "images before text".
    """
    return sorted(parts, key=_rank)


def _rank(item: Part) -> int:
    if isinstance(item, Image):
        return 1
    return 0 if isinstance(item, Pdf) or item.name is not None else 2


class _Dialect(Protocol):
    """What every dialect's module offers."""

    def content_blocks(self, content: Iterable[object]) -> list[dict[str, Any]]: ...

    def decode(self, chunks: Iterable[bytes]) -> Iterator[Event]: ...


_DIALECTS: dict[str, _Dialect] = {"messages": messages}


def _dialect(name: str) -> _Dialect:
    if name not in _DIALECTS:
        raise ValueError(f"no dialect {name!r}; there is {', '.join(_DIALECTS)}")
    return _DIALECTS[name]
