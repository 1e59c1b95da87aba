"""A cassette that is being recorded: what replaces what, and when it is written.

Recorded again into the same file, an answer takes the place of those that an earlier session recorded to the same
request; what is not asked again stays. So a notebook that is run again does not make its cassette grow, and one cell
can be recorded anew without the others. Within a session the same request may be asked several times, and each answer
is kept, in order; but of several looks at the same thing (GET, such as the state of a batch) only the first and the
last, so that nobody waits again as long as the batch took.

An answer that was stopped by its reader is kept until the same is asked again and answered to the end.

A session begins where a client is made, and whom that one asks is what the file says of its client. To begin with
nothing, delete the file first.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final
from weakref import WeakValueDictionary

import httpx

from claude_kit.client.cassettes import files
from claude_kit.client.cassettes.asked import asked
from claude_kit.client.cassettes.exchange import KEPT_HEADERS, Asked, Chunk, End, Exchange, Origin
from claude_kit.client.cassettes.scrubbing import Scrubber
from claude_kit.errors import ClaudeKitError
from claude_kit.wire import limits

__all__ = ["Session", "Take", "Tape", "behind"]

_DIGITS: Final = 3  # of seconds: nobody sees less than a millisecond


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    asked: Asked
    end: End
    answer: str  # as it stands in the file, which is written anew after every exchange


class Tape:
    """One file, and what it holds; all clients of a process that record into it share it."""

    _open: ClassVar[WeakValueDictionary[Path, Tape]] = WeakValueDictionary()
    _opening: ClassVar = threading.Lock()

    def __init__(self, path: Path, origin: Origin) -> None:
        self.path = path
        self._origin = origin
        self._lock = threading.Lock()
        self._written: tuple[int, int] | None = None
        self._count = 0
        self._kept: list[_Kept] = []
        # The same message of several requests as one object, which is written once.
        self._messages: dict[str, Any] = {}
        for exchange in files.load(path).exchanges if path.exists() else ():
            self._append(exchange)

    @classmethod
    def at(cls, path: Path, origin: Origin) -> Tape:
        """Return the tape of a file, and write that it is this client's now."""
        path = path.expanduser().resolve()
        if origin.provider == "offline" and path.exists():
            _refuse_to_overwrite(path)
        with cls._opening:
            tape = cls._open.get(path)
            if tape is None or not tape._is_as_it_was_left():
                tape = cls._open[path] = cls(path, origin)
        with tape._lock:
            tape._origin = origin
            tape._write()
        return tape

    @property
    def count(self) -> int:
        """How many exchanges were recorded by now; those that were replaced count too."""
        return self._count

    def add(self, exchange: Exchange, since: int) -> None:
        """Add an exchange in the place of those that it replaces, and write all.

        Parameters
        ----------
        exchange : Exchange
        since : int
            What `count` was when the session began.
        """
        with self._lock:
            replaced = [kept for kept in self._kept if _replaces(exchange, kept, since)]
            at = self._kept.index(replaced[0]) if replaced else len(self._kept)
            self._append(exchange)
            self._kept.insert(at, self._kept.pop())
            looks = [kept for kept in self._kept if kept.asked.key == exchange.asked.key]
            if exchange.asked.method == "GET":
                replaced += looks[1:-1]
            self._kept = [kept for kept in self._kept if kept not in replaced]
            self._write()

    def _append(self, exchange: Exchange) -> None:
        body = exchange.asked.body
        if isinstance(body, dict) and isinstance(body.get("messages"), list):
            body["messages"] = [self._messages.setdefault(json.dumps(each), each) for each in body["messages"]]
        self._kept.append(_Kept(self._count, exchange.asked, exchange.end, files.answer(exchange)))
        self._count += 1

    def _write(self) -> None:
        files.save(files.assembled(self._origin, [(kept.asked, kept.answer) for kept in self._kept]), self.path)
        self._written = _stamp(self.path)

    def _is_as_it_was_left(self) -> bool:
        """Tell whether the file is still the one that was written: it may be deleted, or come from elsewhere."""
        return self._written == _stamp(self.path)


def _refuse_to_overwrite(path: Path) -> None:
    """Refuse to put answers of the offline model into the place of real ones, as where a key is not set today."""
    recorded = files.load(path)
    if recorded.origin.provider != "offline" and recorded.exchanges:
        raise ClaudeKitError(
            f"{path}: holds answers of {recorded.origin.provider}, and this client is the offline model, for there is "
            "no key. Set the key to record again, use Client.replay(...) to hear them, or record into another file"
        )


class Session:
    """What one client records.

    Parameters
    ----------
    path : str or Path
        The cassette; made if it is not there.
    origin : Origin
        Who is asked.

    Raises
    ------
    ClaudeKitError
        If the file is there and no cassette, or cannot be written.
    """

    def __init__(self, path: str | Path, origin: Origin) -> None:
        self.name = str(path)
        # An address has no query; if one is given by mistake, there may be a key in it.
        self._tape = Tape.at(Path(path), replace(origin, base_url=origin.base_url.partition("?")[0]))
        self._base = httpx.URL(origin.base_url)
        self._since = self._tape.count

    def take(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Take:
        """Begin to record an exchange, when its request leaves."""
        scrubber = Scrubber(headers)
        kept = asked(method, behind(self._base, url), url.query.decode("ascii"), body, scrubber)
        return Take(self, kept, scrubber)

    def add(self, exchange: Exchange) -> None:
        """Add an exchange that has ended."""
        self._tape.add(exchange, self._since)


class Take:
    """One exchange while it is recorded; is told of each step, and measures how long was waited for it."""

    def __init__(self, session: Session, kept: Asked, scrubber: Scrubber) -> None:
        self._session = session
        self._asked = kept
        self._scrubber = scrubber
        self._status = 0
        self._headers: dict[str, str] = {}
        self._wait_s = 0.0
        self._chunks: list[Chunk] = []
        self._ended = threading.Lock()
        self._left_at = time.perf_counter()

    def waits(self) -> None:
        """Take note that from now on something is waited for."""
        self._left_at = time.perf_counter()

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of the answer's head."""
        self._wait_s = self._waited_s()
        self._scrubber.learn_from_answer(headers)
        self._status = status
        self._headers = {name: headers[name] for name in KEPT_HEADERS if name in headers}
        seconds = limits.retry_after(headers)
        if seconds is not None:  # a date would be over when it is replayed
            self._headers["retry-after"] = f"{seconds:.10g}"

    def comes(self, data: bytes) -> None:
        """Take note of bytes that came."""
        self._chunks.append(Chunk(self._waited_s(), data))

    def ends(self, end: End, error: Exception | None = None) -> None:
        """Take note of the end, and write the file; only the first end counts."""
        if not self._ended.acquire(blocking=False):
            return
        came = self._scrubber.chunks([chunk.data for chunk in self._chunks])
        exchange = Exchange(
            self._asked,
            datetime.now(UTC).date().isoformat(),
            self._status,
            {name: self._scrubber.text(value) for name, value in self._headers.items()},
            self._wait_s,
            tuple(Chunk(chunk.wait_s, data) for chunk, data in zip(self._chunks, came, strict=True)),
            end,
            self._scrubber.text(f"{type(error).__name__}: {error}") if error else "",
        )
        self._session.add(exchange)

    def _waited_s(self) -> float:
        return round(time.perf_counter() - self._left_at, _DIGITS)


def _replaces(exchange: Exchange, kept: _Kept, since: int) -> bool:
    """Tell whether what is kept goes when an exchange comes: it is of an earlier session, or was stopped by its reader.

    Who stopped an answer and asked again wants the class to see it whole.
    """
    again = kept.asked.key == exchange.asked.key
    return again and (kept.number < since or (kept.end == "stopped" and exchange.end == "whole"))


def behind(base: httpx.URL, url: httpx.URL) -> str:
    """Return what follows the base address in a path.

    Examples
    --------
    >>> behind(httpx.URL("https://api.anthropic.com/v1"), httpx.URL("https://api.anthropic.com/v1/models?limit=2"))
    '/models'
    """
    return url.path.removeprefix(base.path.rstrip("/"))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
