"""What is kept of one request and its answer?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from claude_kit.access import Provider
from claude_kit.wire import Dialect

__all__ = ["KEPT_HEADERS", "Asked", "Cassette", "Chunk", "End", "Exchange", "Origin"]

#: The headers of an answer that a client goes by. Left out are those that tell of an account (its organisation and its
#: rate limits), of a person's connection (cookies, cf-ray), and how long or how packed the body was on its way.
KEPT_HEADERS: Final = (
    "content-type",
    "request-id",
    "retry-after",
    "x-should-retry",
    "x-portkey-cache-status",
    "x-portkey-last-used-option-index",
    "x-portkey-provider",
    "x-portkey-retry-attempt-count",
    "x-portkey-trace-id",
)

#: How an answer ended: to its end, because nobody read on, or because the connection broke.
End = Literal["whole", "stopped", "broken"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who was asked, so that a client that replays is like the one that recorded.

    Attributes
    ----------
    provider : str
    base_url : str
    dialect : str
    """

    provider: Provider
    base_url: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as it is kept and compared.

    Attributes
    ----------
    method, path : str
        The path is what follows the base address.
    query : tuple of (str, str)
        Sorted.
    body : JSON
        As `claude_kit.client.cassettes.asked` leaves it.
    key : str
        The same for two requests that one answer will do for.

    Examples
    --------
    >>> one, other = Asked("POST", "/x", body={"a": 1, "b": 2}), Asked("POST", "/x", body={"b": 2, "a": 1})
    >>> one.key == other.key
    True
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    key: str = field(init=False, repr=False, compare=False, default="")

    def __post_init__(self) -> None:
        whole = json.dumps([self.method, self.path, self.query, self.body], sort_keys=True)
        object.__setattr__(self, "key", hashlib.sha256(whole.encode()).hexdigest())

    @property
    def target(self) -> str:
        """Method and path, to be read."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}{query and '?'}{query}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that came together.

    Attributes
    ----------
    wait_s : float
        Seconds that were waited for them.
    data : bytes
    """

    wait_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    Attributes
    ----------
    asked : Asked
    recorded : str
        The date, such as ``"2026-11-23"``.
    status : int
    headers : mapping of str to str
        Of the answer; see `KEPT_HEADERS`.
    wait_s : float
        Seconds until the answer began.
    chunks : tuple of Chunk
        The answer as it came.
    end : {"whole", "stopped", "broken"}
    problem : str
        How the connection broke: httpx's name for it, a colon, its words.
    """

    asked: Asked
    recorded: str
    status: int
    headers: Mapping[str, str]
    wait_s: float
    chunks: tuple[Chunk, ...]
    end: End = "whole"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Cassette:
    """What a file holds.

    Attributes
    ----------
    origin : Origin
    exchanges : tuple of Exchange
        The answers to one and the same request are in the order in which they came.
    """

    origin: Origin
    exchanges: tuple[Exchange, ...] = ()
