"""The live view in a notebook: one small widget an answer, replaced by static HTML when the answer is done.

It is an island (`claude_kit.view.island`): what stands in the notebook is at any time the HTML of what had arrived, so
that a notebook that is saved and opened again in the middle of an answer shows it. A page that is loaded again learns
from the widget's state what its file does not hold yet, and puts it into the cell; see ``static/stream.js``.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import traitlets

from claude_kit.estimate import Estimate
from claude_kit.render.answer import Call
from claude_kit.render.html import style
from claude_kit.view.hearing import hear, unhear
from claude_kit.view.island import Island, asset, script
from claude_kit.view.sending import Patch, Sender
from claude_kit.view.viewable import Bundled
from claude_kit.wire import events as e

__all__ = ["LiveView"]

# Seconds from one to the next, and how much longer each further one takes: they hold all that has come, and all of them
# together must stay well below the answer itself. A snapshot is for a page whose script was still loading when the
# answer began; what is saved, for a reader who opens the notebook later.
_SNAPSHOTS_S: Final = (0.4, 0.4, 0.8)
_SNAPSHOTS_GROW: Final = 32.0
_SAVES_S: Final = (1.5, 4.5, 16.0)
_SAVES_GROW: Final = 2.0

# While a cell runs its kernel tells a page that was loaded anew nothing, and afterwards there is no display to update.
# So the last answers that no page has kept stay open, for such a page to find what became of them.
_ENDED_KEPT: Final = 3
_ended: Final[deque[_Widget]] = deque()

# Several answers of one cell stand there in this order.
_order: Final = itertools.count()


class _Widget(Island):
    """The page's half."""

    _esm = script(asset("answer.js"), asset("stream.js"))
    _css = style("answer") + asset("stream.css")
    blocking = traitlets.Bool(True).tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, sender: Sender) -> None:
        self.stop: Callable[[], None] | None = None
        self._sender = sender
        self._final: dict[str, str] | None = None
        self._at = next(_order)
        super().__init__(snapshot=sender.whole())
        self.on_msg(self._asked)

    def static_html(self) -> str:
        return self._sender.html() if self._final is None else self._final["text/html"]

    def static_text(self) -> str:
        return repr(self) if self._final is None else self._final["text/plain"]

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return what a page is told; one that asks for everything has been loaded late."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is None:
            state |= {"snapshot": self._sender.whole(), "ended": self._final is not None}
            state |= {"home": self._home(), "data": self._final or (self.marked_bundle() if self._home() else None)}
        return state

    def end(self, bundle: dict[str, str]) -> None:
        """Put what stays in its place."""
        self._final = bundle
        if self.comm is None:  # its cell was run again
            return
        if self._place != "jupyter" or self.island_caught:
            self.replace(bundle)
            return
        self.update_place(bundle)
        self.send({"ended": self._home() or {}})
        _ended.append(self)
        if len(_ended) > _ENDED_KEPT:
            _ended[0].close()

    def close(self) -> None:
        """End it for good, and what still comes: its cell was run again, and nobody would see it or could stop it."""
        stop, self.stop = self.stop, None
        if stop is not None:
            stop()
        with suppress(ValueError):
            _ended.remove(self)
        super().close()

    def _home(self) -> dict[str, Any] | None:
        """Return where it belongs; None where that is not known, or it is not displayed yet."""
        if self._run is None or self._place != "jupyter" or self.island_caught:
            return None
        return {"cell": self._run.cell, "count": self._run.execution_count, "at": self._at}

    def _asked(self, _: object, message: dict[str, Any], __: object) -> None:
        match message.get("k"):
            case "stop" if self.stop is not None:
                self.stop()
            case "whole":
                self.send({"whole": self._sender.whole()})
            case "final" if self._final is not None:
                self.send({"final": self._final})
            case "kept" if self._final is not None:
                self.close()

    def __repr__(self) -> str:
        return "<claude_kit answer>"


class LiveView:
    """Shows events as they come; used as a context manager around the stream.

    Parameters
    ----------
    estimate : Estimate, optional
        What had been estimated before sending.
    """

    def __init__(self, estimate: Estimate | None = None) -> None:
        self._sender = Sender(self._send, estimate)
        self._widget = _Widget(self._sender)
        self._snapshots = _Dates(_SNAPSHOTS_S, _SNAPSHOTS_GROW)
        self._saves = _Dates(_SAVES_S, _SAVES_GROW)

    def __enter__(self) -> Self:
        self._widget._ipython_display_()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        """Let the Stop button call this; where a cell waits, its kernel hears no button and the page interrupts it."""
        self._widget.stop = stop
        hear(self._widget.island, stop)
        self._widget.blocking = blocking

    def wait(self, notice: str) -> None:
        """Show what it waits for until something comes."""
        self._sender.wait(notice)

    def feed(self, event: e.Event) -> None:
        """Show an event within a tenth of a second."""
        self._sender.feed(event)

    def called(self, call: Call) -> None:
        """Show that a call of a tool has begun or ended; one with the same id is the same call."""
        self._sender.called(call)

    def note(self, words: str) -> None:
        """Show what was done before the request was sent."""
        self._sender.note(words)

    def recorded(self, day: str) -> None:
        """Show the day of the recording that the answer is replayed from."""
        self._sender.recorded(day)

    def finish(self, answer: Bundled) -> None:
        """Replace the widget by the answer's static form."""
        try:
            self._close()
        finally:  # whatever fails while it is live, the answer stays
            self._widget.end(answer.bundle())

    def withdraw(self) -> None:
        """Take the widget away: the request was refused before an answer began."""
        self._close()
        self._widget.replace({"text/plain": ""})

    def _close(self) -> None:
        unhear(self._widget.island)
        self._widget.stop = None
        self._widget.blocking = False  # from here on an interrupt would end another cell
        self._sender.close()

    def _send(self, patch: Patch) -> None:
        self._widget.send(patch)
        if self._snapshots.due():
            self._widget.snapshot = self._sender.whole()
        if self._saves.due():
            self._widget.update_saved()


class _Dates:
    """Moments that lie ever further apart."""

    def __init__(self, gaps_s: tuple[float, ...], growth: float) -> None:
        self._gaps_s = list(gaps_s)
        self._gap_s = self._gaps_s.pop(0)
        self._growth = growth
        self._next = time.monotonic() + self._gap_s

    def due(self) -> bool:
        """Tell whether the next one has come; it is then taken."""
        if time.monotonic() < self._next:
            return False
        self._gap_s = self._gaps_s.pop(0) if self._gaps_s else self._gap_s * self._growth
        self._next = time.monotonic() + self._gap_s
        return True
