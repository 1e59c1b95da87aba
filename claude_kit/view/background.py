"""What is there of an answer that still comes while its cell is over? What has come, a way to wait, and a Stop.

What is awaited in the background runs in one event loop, in a thread of its own; what is read by waiting, in a thread
for each answer. When the interpreter ends, all of it is stopped, as an interrupt would.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, ExitStack
from contextvars import Context, copy_context
from typing import Any, Final, TypeVar

from claude_kit.render.surfaces import surface
from claude_kit.reply import Reply
from claude_kit.view.watched import Watched

__all__ = ["BackgroundReply", "awaited_in_background", "begun", "read_in_background", "running_loop"]

T = TypeVar("T")

# How long the interpreter waits at its end for what was stopped.
_ENDING_S: Final = 2.0


class BackgroundReply:
    """An answer that streams on, in the cell that asked, while other cells run.

    ``await`` it, or ask for its `result`. As the last line of a later cell it shows what has come by then. When its
    cell is run again it is stopped, as nobody would see it any more.

    Examples
    --------
    >>> from claude_kit import Chat, Client
    >>> chat = Chat("claude-sonnet-5-5", client=Client.offline(pace_s=0))
    >>> coming = chat.ask("Hello", background=True)  # doctest: +ELLIPSIS
    ...
    >>> coming.result().complete, coming.done  # doctest: +ELLIPSIS
    [...
    (True, True)
    """

    def __init__(self, watched: Watched, ending: Future[Reply], loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._watched = watched
        self._ending = ending
        self._loop = loop
        _coming.add(self)
        ending.add_done_callback(lambda _: _coming.discard(self))

    @property
    def reply(self) -> Reply:
        """The answer, as far as it has come."""
        if self._ending.done() and not self._ending.cancelled():
            error = self._ending.exception()
            reply = self._ending.result() if error is None else getattr(error, "reply", None)
            if isinstance(reply, Reply):
                return reply
        reply = self._watched.reply
        self._watched.mark(reply)
        return reply

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._ending.done()

    def result(self, timeout: float | None = None) -> Reply:
        """Wait for the end of the answer, and return it; ``complete`` is false if it was stopped.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait; by default as long as it takes.

        Raises
        ------
        TimeoutError
            If it is not there by then; it goes on coming.
        APIError, StreamInterrupted, …
            What asking without ``background=True`` would have raised.
        RuntimeError
            If it comes in the event loop that runs here, which waiting would hold up: ``await`` it instead.
        """
        if not self.done and self._loop is not None and self._loop is running_loop():
            raise RuntimeError("an AsyncClient answers in the event loop of this thread: await it instead of .result()")
        return self._ending.result(timeout)

    def stop(self) -> None:
        """End it, as its Stop button does: what had come stays. Returns at once."""
        self._watched.stop()

    def __await__(self) -> Generator[Any, None, Reply]:
        # Whoever gives up waiting does not take the answer from the others.
        return asyncio.shield(asyncio.wrap_future(self._ending)).__await__()

    def _ipython_display_(self) -> None:
        self.reply._ipython_display_()

    def __str__(self) -> str:
        return str(self.reply)

    def __repr__(self) -> str:
        return f"<BackgroundReply, {'ended' if self.done else 'still coming'}: {self.reply!r}>"


_coming: Final[set[BackgroundReply]] = set()


def begun(block: AbstractContextManager[T]) -> tuple[T, ExitStack, Context]:
    """Enter a block here that is left in the background.

    Returns
    -------
    tuple
        What the block gives; what leaves it; and the context that it was entered in, a copy of this one, where what it
        sets for itself is set: it is to be left there too.
    """
    context, leaving = copy_context(), ExitStack()
    return context.run(leaving.enter_context, block), leaving, context


def awaited_in_background(
    watched: Watched,
    answering: Coroutine[Any, Any, Reply],
    context: Context,
    loop: asyncio.AbstractEventLoop | None = None,
) -> BackgroundReply:
    """Let an answer come in an event loop.

    Parameters
    ----------
    watched : Watched
    answering : coroutine
        Returns the answer.
    context : Context
        What it runs in.
    loop : asyncio.AbstractEventLoop, optional
        By default one of its own, in a thread that all share.
    """
    loop = loop or _shared_loop()

    async def answer() -> Reply:
        return await asyncio.create_task(answering, context=context)

    return _settled(BackgroundReply(watched, asyncio.run_coroutine_threadsafe(answer(), loop), loop))


def read_in_background(watched: Watched, answer: Callable[[], Reply], context: Context) -> BackgroundReply:
    """Let an answer come in a thread of its own.

    Parameters
    ----------
    watched : Watched
    answer : callable
        Waits for the answer, and returns it.
    context : Context
        What it runs in.
    """
    _at_the_end()
    ending: Future[Reply] = Future()

    def read() -> None:
        try:
            ending.set_result(answer())
        except BaseException as error:
            ending.set_exception(error)

    coming = BackgroundReply(watched, ending)
    threading.Thread(target=context.run, args=(read,), name="claude_kit background", daemon=True).start()
    return _settled(coming)


def _settled(coming: BackgroundReply) -> BackgroundReply:
    """Wait where no page is open: what comes after the cell would not be in its output."""
    if surface() == "static" and coming._loop is not running_loop():
        wait([coming._ending])
    return coming


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, as one does in a notebook."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


# ---- where it runs ----------------------------------------------------------------------------------------------

_STARTING: Final = threading.Lock()


class _Loop:
    """An event loop in a thread of its own, until it is told to end."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(),), name="claude_kit event loop", daemon=True
        )
        self._thread.start()
        self._begun.wait()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._begun.set()
        await self._over.wait()

    @property
    def runs(self) -> bool:
        """Whether it does: in a process that was forked off it does not."""
        return self._thread.is_alive()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_ENDING_S)


_shared: list[_Loop] = []
_watching_the_end: list[threading.Thread] = []


def _shared_loop() -> asyncio.AbstractEventLoop:
    _at_the_end()
    with _STARTING:
        if not (_shared and _shared[0].runs):
            _shared[:] = [_Loop()]
        return _shared[0].loop


def _at_the_end() -> None:
    """Have all that is still coming stopped when the interpreter ends.

    A thread that writes at that time would bring it down, and one that a tool has left idle would hold it up.
    """
    with _STARTING:
        if not (_watching_the_end and _watching_the_end[0].is_alive()):
            _watching_the_end[:] = [threading.Thread(target=_end, name="claude_kit end")]
            _watching_the_end[0].start()


def _end() -> None:
    threading.main_thread().join()
    still = tuple(_coming)
    for coming in still:
        coming.stop()
    wait([coming._ending for coming in still], _ENDING_S)
    for shared in _shared:
        shared.end()
