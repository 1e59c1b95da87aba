"""Which recorded answer belongs to a request, and at what pace does it come?"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from claude_kit import access, errors
from claude_kit.client.cassettes import differences, files
from claude_kit.client.cassettes.asked import asked
from claude_kit.client.cassettes.exchange import Asked, Chunk, Exchange
from claude_kit.client.cassettes.scrubbing import Scrubber
from claude_kit.client.cassettes.tape import behind
from claude_kit.wire import limits

__all__ = ["RECORDED", "Player", "Playing"]

#: The header that every replayed answer has: the date on which it was recorded.
RECORDED: Final = "x-claude-kit-recorded"

# Nobody waits longer: for the next piece of an answer, for all of one, and before asking again.
_LONGEST_PIECE_S: Final = 5.0
_LONGEST_ANSWER_S: Final = 30.0
_LONGEST_RETRY_S: Final = 10.0
# What a client takes for a time to wait; 0 would let it choose one itself.
_SHORTEST_RETRY_S: Final = 0.001

_TRIED_AGAIN: Final = (408, 409, 429)

_STOPPED: Final = "the recording ends here, where its reader stopped"


@dataclass(frozen=True, slots=True)
class Playing:
    """An answer as it is to be replayed.

    Attributes
    ----------
    status : int
    headers : mapping of str to str
    wait_s : float
        Seconds until it begins.
    chunks : tuple of Chunk
        Each with the seconds to wait before it.
    error : httpx.RequestError or None
        What is raised after them.
    """

    status: int
    headers: Mapping[str, str]
    wait_s: float = 0.0
    chunks: tuple[Chunk, ...] = ()
    error: httpx.RequestError | None = field(default=None, repr=False)


class Player:
    """Answers requests out of a cassette, which it reads once.

    The same request asked several times gets its recorded answers in order, then the last one again.

    Parameters
    ----------
    path : str or Path
    pace : float, optional
        What the recorded times are multiplied by: 1 is as it was, 0 is at once. By default 1, and 0 under
        ``CLAUDE_KIT_STATIC=1``. However it was, a piece takes at most 5 seconds and an answer 30.

    Attributes
    ----------
    name : str
        The file, as it was given.
    origin : Origin
        Who was asked.

    Raises
    ------
    ClaudeKitError
        If the file cannot be read.
    """

    def __init__(self, path: str | Path, pace: float | None = None) -> None:
        is_number = isinstance(pace, int | float) and not isinstance(pace, bool)
        if pace is not None and not (is_number and 0 <= pace < float("inf")):
            raise ValueError(
                f"pace={pace!r}: give 0 to get answers at once, 1 for their own time, 2 for half the speed"
            )
        cassette = files.load(Path(path).expanduser())
        self.name = str(path)
        self.origin = cassette.origin
        self._pace = _pace() if pace is None else pace
        self._base = httpx.URL(access.checked_url(cassette.origin.base_url))
        self._recorded: defaultdict[str, list[Exchange]] = defaultdict(list)
        for exchange in cassette.exchanges:
            self._recorded[exchange.asked.key].append(exchange)
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def answer(self, method: str, url: httpx.URL, body: bytes) -> Playing:
        """Return the answer to a request.

        Raises
        ------
        NotRecorded
            If there is none.
        """
        told = asked(method, behind(self._base, url), url.query.decode("ascii"), body, Scrubber())
        exchanges = self._recorded.get(told.key)
        if not exchanges:
            raise self._not_recorded(told)
        with self._lock:
            turn = self._asked[told.key]
            self._asked[told.key] += 1
        return played(exchanges[min(turn, len(exchanges) - 1)], self._pace)

    def _not_recorded(self, told: Asked) -> errors.NotRecorded:
        recorded = [exchanges[0].asked for exchanges in self._recorded.values()]
        return errors.NotRecorded(
            differences.sentence(told, recorded, self.name), recorded=differences.questions(recorded)
        )


def played(exchange: Exchange, pace: float) -> Playing:
    """Return an exchange as it is to be replayed.

    Parameters
    ----------
    exchange : Exchange
    pace : float

    Examples
    --------
    >>> slow = Exchange(Asked("GET", "/models"), "2026-11-23", 200, {}, 90.0, (Chunk(0.5, b"{}"),))
    >>> played(slow, 1.0).wait_s, played(slow, 0.1).chunks[0].wait_s
    (5.0, 0.05)
    """
    waits = [min(wait_s * pace, _LONGEST_PIECE_S) for wait_s in (exchange.wait_s, *(c.wait_s for c in exchange.chunks))]
    hurry = min(1.0, _LONGEST_ANSWER_S / (sum(waits) or 1.0))
    first, *rest = (wait_s * hurry for wait_s in waits)
    chunks = tuple(Chunk(wait_s, chunk.data) for wait_s, chunk in zip(rest, exchange.chunks, strict=True))
    headers = {**_asking_to_wait(exchange, pace), RECORDED: exchange.recorded}
    return Playing(exchange.status, headers, first, chunks, _error(exchange))


def _asking_to_wait(exchange: Exchange, pace: float) -> Mapping[str, str]:
    """Return the headers, with a time to wait before asking again that suits the pace."""
    if exchange.status < 500 and exchange.status not in _TRIED_AGAIN:
        return exchange.headers
    seconds = limits.retry_after(exchange.headers)
    if seconds is None and pace:
        return exchange.headers
    shortened_s = max(_SHORTEST_RETRY_S, min((seconds or 0.0) * pace, _LONGEST_RETRY_S))
    return {**exchange.headers, "retry-after": f"{shortened_s:g}"}


def _error(exchange: Exchange) -> httpx.RequestError | None:
    if exchange.end == "whole":
        return None
    if exchange.end == "stopped":
        return httpx.RemoteProtocolError(_STOPPED)
    name, _, words = exchange.problem.partition(": ")
    kind = getattr(httpx, name, None)
    if isinstance(kind, type) and issubclass(kind, httpx.RequestError):
        return kind(words)
    return httpx.RemoteProtocolError(exchange.problem)


def _pace() -> float:
    return 0.0 if os.environ.get("CLAUDE_KIT_STATIC") else 1.0
