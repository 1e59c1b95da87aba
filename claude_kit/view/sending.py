"""How does what arrives get to a page? Noted where it arrives, and sent by a thread, ten times a second.

Measured in a real browser against eleven other ways to stream: the kernel renders markdown block by block and sends at
most fifteen messages a second; the page puts the pieces in place. A message for each delta would be dropped by the
server above a thousand a second.

What goes wrong in drawing is said, and costs the answer nothing: what comes goes on to whoever asked.
"""

from __future__ import annotations

import threading
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from claude_kit.estimate import Estimate
from claude_kit.render.answer import Call
from claude_kit.render.html import frame
from claude_kit.view.growing import Change, Growing
from claude_kit.view.status import Status
from claude_kit.wire import events as e

__all__ = ["Patch", "Sender"]

#: What a page is to do: its number ``n``, changes of pieces ``p``, new sources ``c``, the status line ``s``.
Patch = dict[str, Any]

_Delta = e.TextDelta | e.ThinkingDelta | e.InputJsonDelta

# Fifteen are allowed. Each is wrapped in 570 bytes by Jupyter, and more than ten look no smoother.
_FLUSH_S: Final = 1 / 10

_NOT_SHOWN: Final = "some of the answer could not be shown as it came"

# Numbers that change faster cannot be read.
_STATUS_S: Final = 1 / 2


class Sender:
    """Takes what happens to an answer, and sends what a page has to do for it; see ``static/answer.js``.

    Parameters
    ----------
    send : callable
        Is given each `Patch`, from a thread of its own: neither a burst nor a pause of the stream keeps the reader
        waiting.
    estimate : Estimate, optional
        What had been estimated before sending, for the status line.
    """

    def __init__(self, send: Callable[[Patch], None], estimate: Estimate | None = None) -> None:
        self._send = send
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._news = threading.Event()
        self._hurry = threading.Event()
        # What has come, written where events arrive and read by the thread. Most of it is more of a text that began: it
        # only waits where it arrives, and what came in a tenth of a second is taken as one.
        self._waiting: deque[tuple[type[_Delta], int, str]] = deque()
        self._began = False
        self._lock = threading.Lock()
        self._problem = ""
        self._growing = Growing()
        self._status = Status(estimate)
        # What has been sent.
        self._sent = 0
        self._told: dict[str, Any] = {}
        self._told_s = -_STATUS_S
        self._open: dict[int, str] = {}

    def feed(self, event: e.Event) -> None:
        """Note an event, to be sent within a tenth of a second; the last of a message at once."""
        began, self._began = self._began, False
        match event:
            case e.TextDelta(index, more) | e.ThinkingDelta(index, more) | e.InputJsonDelta(index, more):
                self._began = True
                if began:
                    self._waiting.append((type(event), index, more))
                    self._wake()
                    return
        with self._noting():
            self._take(event)
            if isinstance(event, e.MessageDelta):
                self._hurry.set()  # the last words have come

    def called(self, call: Call) -> None:
        """Note that a call of a tool has begun or ended; one with the same id is the same call."""
        with self._noting():
            self._growing.called(call)

    def note(self, words: str) -> None:
        """Note what was done before the request was sent, to stand above the answer."""
        with self._noting():
            self._growing.note(words)

    def wait(self, notice: str) -> None:
        """Note what is being waited for, to be shown until something comes."""
        with self._noting():
            self._status.wait(notice)
            self._told_s = -_STATUS_S

    def recorded(self, day: str) -> None:
        """Note the day of the recording that the answer is replayed from."""
        with self._noting():
            self._status.recorded(day)
            self._told_s = -_STATUS_S

    def whole(self) -> Patch:
        """Return what a page has to do that knows nothing, to know what the last patch told."""
        with self._lock:
            return {
                "n": self._sent,
                "p": self._growing.whole(),
                "c": self._growing.sources_whole(),
                "s": self._line(),
            }

    def html(self) -> str:
        """Return what the last patch told as static, sanitised, framed HTML."""
        with self._lock:
            return frame(self._growing.html() + self._status.html(), kind="answer")

    def close(self) -> None:
        """Send what has not been sent, and that this is all; may be called twice."""
        if self._over.is_set():
            return
        self._over.set()
        self._news.set()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join()
        with self._noting():
            self._growing.end()
        self._flush()
        if self._problem:
            warnings.warn(f"{_NOT_SHOWN}: {self._problem}. The answer itself is not touched", stacklevel=2)

    @contextmanager
    def _carefully(self) -> Iterator[None]:
        """Note what goes wrong; the first of it is said in the status line, and once more when all is over."""
        try:
            yield
        except Exception as error:
            if not self._problem:
                self._problem = _told(error)
                self._status.fail(f"{_NOT_SHOWN}: {self._problem}")

    @contextmanager
    def _noting(self) -> Iterator[None]:
        with self._lock:
            self._take_waiting()
            with self._carefully():
                yield
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._send_until_over, name="claude_kit view", daemon=True)
                self._thread.start()
        self._wake()

    def _wake(self) -> None:
        if not self._news.is_set():
            self._news.set()

    def _take(self, event: e.Event) -> None:
        self._growing.feed(event)
        self._status.feed(event)

    def _take_waiting(self) -> None:
        """Take what waits, in the order in which it came; call it with the lock."""
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for (kind, index), run in groupby(waiting, key=itemgetter(0, 1)):
            with self._carefully():
                self._take(kind(index, "".join(more for _, _, more in run)))

    def _send_until_over(self) -> None:
        while not self._over.is_set():
            self._news.wait(_FLUSH_S if self._growing.held else None)  # what comes after a pause is shown at once
            self._news.clear()
            self._hurry.clear()
            if not self._over.is_set():
                self._flush()
                self._hurry.wait(_FLUSH_S)

    def _flush(self) -> None:
        with self._carefully():
            with self._lock:
                patch = self._patch()
            if patch:
                self._send(patch)

    def _patch(self) -> Patch:
        """Return what has changed; nothing when nothing has."""
        self._take_waiting()
        patch: Patch = {}
        if changes := self._growing.news():
            patch["p"] = [self._shortened(change) for change in changes]
        if sources := self._growing.sources_news():
            patch["c"] = sources
        if line := self._new_line():
            patch["s"] = line
        if patch:
            self._sent += 1
            patch["n"] = self._sent
        return patch

    def _shortened(self, change: Change) -> Change:
        """Leave out what the page has: words that are open are told again and again, each time a little longer."""
        if change["k"] != "answer":
            return change
        before, self._open[change["i"]] = self._open.get(change["i"], ""), change["o"]
        name = next((name for name in ("g", "f", "o") if change.get(name)), "o")
        kept = _common(before, change[name])
        if not kept:
            return change
        units = len(kept.encode("utf-16-le", "surrogatepass")) // 2  # as JavaScript counts
        return {**change, name: change[name][len(kept) :], "x": [name, units]}

    def _new_line(self) -> dict[str, Any]:
        now = time.monotonic()
        if now - self._told_s < _STATUS_S and self._growing.phase == self._told.get("phase"):
            return {}
        line = self._line()
        new = {name: value for name, value in line.items() if value != self._told.get(name) and name != "elapsed"}
        self._told, self._told_s = line, now
        return new

    def _line(self) -> dict[str, Any]:
        return {"phase": self._growing.phase, **self._status.line()}


def _told(error: Exception) -> str:
    """Return what an error says, and where it was raised."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"


def _common(one: str, other: str) -> str:
    """Return what both begin with."""
    differs = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differs, min(len(one), len(other)))]
