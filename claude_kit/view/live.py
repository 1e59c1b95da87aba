"""The live view in a notebook: one small widget an answer, replaced by static HTML when the answer is done.

Measured in a real browser against eleven other ways to stream: the kernel renders markdown block by block and sends at
most fifteen messages a second; the page puts the pieces in place. A message for each delta would be dropped by the
server above a thousand a second, and the widget itself would not be there after a reload.
"""

from __future__ import annotations

import threading
import time
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import anywidget
import traitlets
from IPython.display import display, update_display

from claude_kit.estimate import Estimate
from claude_kit.render import units
from claude_kit.render.answer import OFFLINE_MARK, Call
from claude_kit.render.html import style
from claude_kit.reply import OFFLINE_ID
from claude_kit.view.growing import Growing
from claude_kit.view.viewable import Bundled
from claude_kit.wire import events as e

__all__ = ["LiveView"]

_FLUSH_S: Final = 1 / 15

# A snapshot holds all so far, so it is sent ever more rarely: all snapshots together stay below twice the answer.
_FIRST_SNAPSHOT_S: Final = 0.4
_SNAPSHOT_GROWTH: Final = 2.0

_STATIC: Final = Path(str(files(__package__).joinpath("static")))


class _Widget(anywidget.AnyWidget):
    """The page's half: what it is made of, and what it is told."""

    _esm = _STATIC / "stream.js"
    _css = style("answer") + (_STATIC / "stream.css").read_text(encoding="utf-8")
    answering_model = traitlets.Unicode().tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    blocking = traitlets.Bool(True).tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "<claude_kit answer>"


class LiveView:
    """Shows events as they come; used as a context manager around the stream.

    Events are only noted where they arrive. A thread of its own sends what is new, fifteen times a second, so that
    neither a burst nor a pause of the stream keeps the reader waiting.
    """

    def __init__(self, estimate: Estimate | None = None) -> None:
        self._estimate = estimate
        self._widget = _Widget(answering_model=estimate.model.id if estimate else "")
        self._display_id = f"ck-{self._widget.model_id}"
        self._sender = threading.Thread(target=self._send_until_over, name="claude_kit view", daemon=True)
        self._over = threading.Event()
        self._news = threading.Event()
        # What has come, written where events arrive and read by the sender.
        self._lock = threading.Lock()
        self._growing = Growing()
        self._notice = ""
        self._dirty = False
        # What has been sent; the sender's own.
        self._sent = 0
        self._next_snapshot = time.monotonic() + _FIRST_SNAPSHOT_S
        self._snapshot_gap_s = _FIRST_SNAPSHOT_S

    def __enter__(self) -> Self:
        self._widget.snapshot = self._whole()
        display(self._widget, display_id=self._display_id)  # type: ignore[no-untyped-call]
        self._sender.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._news.set()
        self._sender.join()

    def wait(self, notice: str) -> None:
        """Note what it waits for, to be shown until something comes."""
        with self._lock:
            self._notice = notice
            self._dirty = True
            self._news.set()

    def feed(self, event: e.Event) -> None:
        """Note an event, to be shown within a fifteenth of a second."""
        match event:
            case e.MessageStart(message):
                self._notice = ""
                self._widget.answering_model = str(message.get("model", ""))
                self._widget.mark = OFFLINE_MARK if str(message.get("id", "")).startswith(OFFLINE_ID) else ""
        with self._lock:
            self._growing.feed(event)
            self._news.set()

    def called(self, call: Call) -> None:
        """Note that a call of a tool has begun or ended; one with the same id is the same call."""
        with self._lock:
            self._growing.called(call)
            self._news.set()

    def note(self, words: str) -> None:
        """Note what was done before the request was sent, to stand above the answer."""
        with self._lock:
            self._growing.note(words)
            self._news.set()

    def finish(self, answer: Bundled) -> None:
        """Replace the widget by the answer's static form."""
        self._replace(answer.bundle())

    def withdraw(self) -> None:
        """Take the widget away: the request was refused before an answer began."""
        self._replace({"text/plain": ""})

    def _replace(self, bundle: dict[str, str]) -> None:
        self._over.set()
        self._news.set()
        self._sender.join()
        update_display(bundle, raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]
        self._widget.close()

    def _send_until_over(self) -> None:
        while True:
            self._news.wait()  # what comes after a pause is shown at once
            self._news.clear()
            if self._over.is_set():
                return
            self._flush()
            self._over.wait(_FLUSH_S)

    def _flush(self) -> None:
        with self._lock:
            changes = self._growing.news()
            if not (changes or self._dirty):
                return
            self._dirty = False
            self._sent += 1
            patch = {"n": self._sent, "p": changes, "s": self._status()}
            due = time.monotonic() > self._next_snapshot
            whole = self._whole() if due else {}
        self._widget.send(patch)
        if due:
            self._widget.snapshot = whole
            self._snapshot_gap_s *= _SNAPSHOT_GROWTH
            self._next_snapshot = time.monotonic() + self._snapshot_gap_s

    def _whole(self) -> dict[str, Any]:
        return {"n": self._sent, "p": self._growing.whole(), "s": self._status()}

    def _status(self) -> dict[str, Any]:
        return {"phase": self._growing.phase, "facts": self._facts()}

    def _facts(self) -> list[str]:
        noticed = [self._notice] if self._notice else []
        if self._estimate is None:
            return noticed
        return [*noticed, f"in {units.count(self._estimate.input_tokens)}", f"about {units.usd(self._estimate.cost)}"]
