"""What comes in and what goes out: a request, and an answer in pieces.

Nothing in here waits or hangs up. A `Silence` or a `HangUp` among the pieces asks whoever carries the bytes to do it:
a thread, an event loop or a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

__all__ = ["EVENT_STREAM", "HangUp", "Outcome", "Piece", "Request", "Silence", "as_json"]

EVENT_STREAM: Final = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request as it was received.

    Attributes
    ----------
    method, path : str
        Such as ``"POST"`` and ``"/v1/messages"``.
    headers : mapping of str to str
        With lower-case names.
    body : bytes
    query : mapping of str to sequence of str
        What stood behind the path.
    id : str
        What the answer tells as its ``request-id``.

    Examples
    --------
    >>> Request.of("GET", "/v1/models?limit=2")
    <Request GET /v1/models, 0 bytes>
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    id: str = ""

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Request:
        """Take apart what the first line of a request names: the path, and the query behind it."""
        path, _, query = target.partition("?")
        named = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method, path, named, body, parse_qs(query))

    @property
    def json(self) -> Any:
        """The body, decoded.

        Raises
        ------
        ValueError
            If it is no JSON.
        """
        return json.loads(self.body)

    def __repr__(self) -> str:
        # The headers hold a key, and the body may be long.
        return f"<Request {self.method} {self.path}, {len(self.body):,} bytes>"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing comes for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """The connection ends here, in the middle of the answer."""


Piece = bytes | Silence | HangUp


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes back.

    Attributes
    ----------
    status : int
    pieces : iterator of Piece
        The body; the pieces of a stream are its events.
    content_type : str
    headers : mapping of str to str
        Further ones.
    """

    status: int
    pieces: Iterator[Piece]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def streamed(self) -> bool:
        """Whether it is a stream of events."""
        return self.content_type == EVENT_STREAM

    def read(self) -> bytes:
        """Return the whole body, as far as it comes; the silences are skipped."""
        return b"".join(piece for piece in self.pieces if isinstance(piece, bytes))


def as_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Outcome:
    """Return an answer of one JSON object.

    Examples
    --------
    >>> as_json({"input_tokens": 9}).read()
    b'{"input_tokens": 9}'
    """
    return Outcome(status, iter([json.dumps(body).encode()]), headers=headers or {})
