"""How does what is shown begin and end? In one view, until the answer has come, breaks off or is stopped."""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeVar

from claude_kit.estimate import Estimate
from claude_kit.render.answer import Call
from claude_kit.render.html import escape, frame
from claude_kit.render.plain import plain
from claude_kit.render.surfaces import surface
from claude_kit.reply import STOPPED_BEFORE, Reply
from claude_kit.shown import titled
from claude_kit.view.interrupts import interrupted_by
from claude_kit.view.viewable import AsyncViewable, Bundled, Viewable
from claude_kit.wire.events import CitationDelta, Event, MessageStart, Ping, Unknown

__all__ = ["Attended", "View", "Watched", "is_placed", "watching", "within"]

T = TypeVar("T")

#: Who is there for the end: a cell that waits, one that awaits, or nobody, as what asked goes on at once.
Attended = Literal["waiting", "awaiting", "background"]


class View(AbstractContextManager["View"], Protocol):
    """What shows an answer while it comes: a widget, a terminal, a place of one's own (`within`)."""

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        """Take note, before the block is entered, of what its Stop calls, in any thread.

        Parameters
        ----------
        stop : callable
        blocking : bool
            Whether a cell waits for the answer. The kernel reads no messages then: only an interrupt gets through.
        """

    def wait(self, notice: str) -> None:
        """Show what is being waited for."""

    def note(self, words: str) -> None:
        """Show what was done before the request was sent."""

    def recorded(self, day: str) -> None:
        """Show the day of the recording that it is replayed from, in ISO 8601."""

    def feed(self, event: Event) -> None:
        """Show what has come."""

    def called(self, call: Call) -> None:
        """Show that a tool is run, or what it gave."""

    def finish(self, answer: Bundled) -> None:
        """Leave this, and be over."""

    def withdraw(self) -> None:
        """Leave nothing, and be over."""


# ---- where it is shown ------------------------------------------------------------------------------------------

Place = Callable[[Estimate | None], View]

_PLACE: Final[ContextVar[Place | None]] = ContextVar("claude_kit_place", default=None)


@contextmanager
def within(place: Place) -> Iterator[None]:
    r"""Show what is asked in this block in a place of one's own.

    Parameters
    ----------
    place : callable
        Is given the estimate, or None, and returns the view of one answer.

    Examples
    --------
    >>> from io import StringIO
    >>> from claude_kit.view import show
    >>> from claude_kit.view.terminal import TerminalView
    >>> page = StringIO()
    >>> with within(lambda estimate: TerminalView(page)):
    ...     reply = show({"content": [{"type": "text", "text": "Yes."}], "model": "claude-sonnet-5-5"})
    >>> page.getvalue()
    'Yes.\n\n[claude-sonnet-5-5]\n'
    """
    before = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(before)


def is_placed() -> bool:
    """Tell whether what is asked here is shown in a place of one's own, and not in the cell that runs."""
    return _PLACE.get() is not None


def _view(estimate: Estimate | None) -> View:
    place = _PLACE.get()
    if place is not None:
        return place(estimate)
    where = surface()
    if where == "live":
        from claude_kit.view.live import LiveView

        return LiveView(estimate)
    if where == "static":
        from claude_kit.view.once import OnceView

        return OnceView()
    from claude_kit.view.terminal import TerminalView

    return TerminalView()


# ---- what is shown ----------------------------------------------------------------------------------------------


@contextmanager
def watching(estimate: Estimate | None = None, attended: Attended = "waiting") -> Iterator[Watched]:
    """Show what the block follows; an interrupt ends the block, and any other error leaves what had come on the page.

    Parameters
    ----------
    estimate : Estimate, optional
        What it is expected to cost, to be shown while waiting.
    attended : {"waiting", "awaiting", "background"}
        Who is there for the end. What is awaited runs in `Watched.run`. In the background an error is shown too, as
        nobody is there to be told.
    """
    view = _view(estimate)
    watched = Watched(view, attended)
    blocking = attended == "waiting" and threading.current_thread() is threading.main_thread()
    view.stoppable(watched.stop, blocking=blocking)
    with view:
        try:
            yield watched
        except KeyboardInterrupt:
            watched.interrupted = True
        except BaseException as error:
            if attended == "background" and isinstance(error, Exception):
                watched.problem = f"{type(error).__name__}: {error}".removesuffix(": ")
                watched.finish()
            else:
                watched.withdraw_or_finish()
            raise
        watched.finish()


class Watched:
    """What is being shown in one view: the answer to one request, or to several that belong together.

    Attributes
    ----------
    final : callable or None
        Returns what stays on the page; by default the reply.
    interrupted : bool
        Whether the person who watched had enough.
    problem : str
        Why it broke off, where nobody is there to be told.
    documents : sequence of str
        What the documents of the request are called, in their order, for citations of those without a title.
    """

    def __init__(self, view: View, attended: Attended = "waiting") -> None:
        self.final: Callable[[], Bundled] | None = None
        self.interrupted = False
        self.problem = ""
        self.documents: Sequence[str] = ()
        self._attended = attended
        self._begun = False
        self._cell = _execution_count()
        self._reply: Reply | None = None
        self._stopped = False
        self._stream: Viewable | AsyncViewable | None = None
        self._task: asyncio.Task[Any] | None = None
        self._view = view

    @property
    def reply(self) -> Reply:
        """The newest answer, as far as it has come."""
        if self.partial is None and self.problem and self._reply is None:
            return Reply(complete=False, problem=self.problem)
        coming = None if self._stream is None else self._stream.reply
        return coming or self._reply or Reply(complete=False, problem=STOPPED_BEFORE)

    @property
    def partial(self) -> Reply | None:
        """The answer that is still coming, or broke off; None when none is, or nothing has come of it."""
        coming = None if self._stream is None else self._stream.reply
        return coming if coming is not None and (coming.blocks or coming.envelope) else None

    # ---- following it ------------------------------------------------------------------------------------------

    def follow(self, stream: Viewable) -> Reply:
        """Show a stream to its end, and return the reply."""
        self._stream = stream
        try:
            self._heed()
            for event in stream:
                self._feed(event)
                self._heed()
        except Exception:
            self._heed()  # what is closed while it is read may complain
            raise
        if not stream.reply.complete:
            self._heed()
        return self._ended(stream)

    async def follow_async(self, stream: Viewable | AsyncViewable) -> Reply:
        """Do what `follow` does, in an event loop."""
        self._stream = stream
        async with aclosing(_events(stream)) as events:
            async for event in events:
                self._feed(event)
        return self._ended(stream)

    def called(self, call: Call) -> None:
        """Show that a tool is run, and later what it gave."""
        self._heed()
        self._view.called(call)

    def note(self, words: str) -> None:
        """Show what was done before the request was sent."""
        self._view.note(words)

    def wait(self, notice: object) -> None:
        """Show what is being waited for."""
        self._heed()
        self._view.wait(str(notice))

    def _feed(self, event: Event) -> None:
        self._begun = self._begun or not isinstance(event, Ping | Unknown)
        if isinstance(event, MessageStart) and (recorded := self.reply.recorded):
            self._view.recorded(recorded[:10])
        if isinstance(event, CitationDelta):
            event = replace(event, citation=titled(event.citation, self.documents))
        self._view.feed(event)

    def _ended(self, stream: Viewable | AsyncViewable) -> Reply:
        self._reply, self._stream = stream.reply, None
        return self._reply

    # ---- stopping it -------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End it as an interrupt would: what had come stays. Returns at once; may be called in any thread, and twice.

        What is awaited ends at once. Elsewhere a thread that reads a stream of ours is woken; one that waits for
        another's, or runs a tool, ends when that goes on.
        """
        self._stopped = True
        if self._task is not None:
            with suppress(RuntimeError):  # the loop is closed: it has ended
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)
            return
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await what is watched, so that `stop` ends it, or an interrupt; any other cancellation goes on up.

        Raises
        ------
        KeyboardInterrupt
            When it was stopped.
        """
        self._task = task = asyncio.ensure_future(self._caught(work))
        if self._stopped:
            task.cancel()
        try:
            # What comes in the background is not what the cell that runs waits for.
            with interrupted_by(self.stop) if self._attended == "awaiting" else nullcontext():
                return await task
        except asyncio.CancelledError:
            if self._stopped and not _is_cancelled_itself():
                raise KeyboardInterrupt from None
            raise
        finally:
            if task.done():
                work.close()  # what was stopped before its first step never began

    async def _caught(self, work: Coroutine[Any, Any, T]) -> T:
        """Let no interrupt out of a task, for it would end the loop: one that comes between two awaits is a stop."""
        try:
            return await work
        except KeyboardInterrupt:
            self._stopped = True
            raise asyncio.CancelledError from None

    def _heed(self) -> None:
        """End here what was stopped by another thread; what is awaited is cancelled instead."""
        if self._stopped and self._task is None:
            raise KeyboardInterrupt

    # ---- what stays --------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Leave the final form on the page; where that cannot be drawn, the words.

        It can take a while, in which another interrupt would only lose what had come.
        """
        with interrupted_by(lambda: None):
            try:
                self._view.finish(self.final() if self.final else self.reply)
            except Exception as error:
                warnings.warn(f"the answer is shown as plain text: {type(error).__name__}: {error}", stacklevel=2)
                self._view.finish(_Words(self.reply.text))

    def withdraw_or_finish(self) -> None:
        """Leave what had come; where nothing had, leave nothing."""
        if self._begun:
            self.finish()
        else:
            self._view.withdraw()

    def mark(self, reply: Reply) -> None:
        """Note in which run of a cell the reply was shown, so that the same cell does not show it again."""
        reply.__dict__["shown_in"] = self._cell


@dataclass(frozen=True, slots=True)
class _Words:
    """An answer as nothing but text."""

    text: str

    def bundle(self) -> dict[str, str]:
        return {"text/html": frame(f"<pre>{escape(self.text)}</pre>", kind="answer"), "text/plain": plain(self.text)}


def _is_cancelled_itself() -> bool:
    """Tell whether the task that runs is asked to end, and not only what it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _events(stream: Viewable | AsyncViewable) -> AsyncGenerator[Event, None]:
    if hasattr(stream, "__iter__"):
        for event in stream:
            yield event
        return
    iterator = aiter(stream)
    try:
        async for event in iterator:
            yield event
    finally:
        # An iterator that is left early ends when it is told to, and not before.
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def _execution_count() -> int | None:
    """Return the number of the cell that runs; None outside of IPython."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "execution_count", None)
