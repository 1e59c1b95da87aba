"""What is sent: one request, written so that it can be sent again."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

from claude_kit.client.retrying import OnWait
from claude_kit.client.steps import Call
from claude_kit.wire import Dialect
from claude_kit.wire.body import Written

__all__ = ["Outgoing"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, written: to be sent, and sent again.

    Attributes
    ----------
    method, path : str
    body : claude_kit.wire.body.Written or None
        Gone through once for each attempt.
    headers : mapping
        Of this request alone.
    query : mapping
    dialect : {"messages", "chat"}
        What the answer will be in.
    on_wait : callable or None
        Is told of every wait before asking anew.
    """

    method: str
    path: str
    body: Written | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # there may be a key in it
    query: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = "messages"
    on_wait: OnWait | None = None

    @classmethod
    def of(cls, call: Call) -> Outgoing:
        """Write a call."""
        return cls(call.method, call.path, None if call.body is None else Written(call.body), call.headers, call.query)

    @property
    def content(self) -> Iterable[bytes] | None:
        """The body's pieces, for a client that waits."""
        return self.body

    @property
    def async_content(self) -> AsyncIterable[bytes] | None:
        """The body's pieces, for an async client."""
        return None if self.body is None else _Awaited(self.body)


class _Awaited:
    """A body's pieces for whoever awaits them, though none of them keeps anybody waiting."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
