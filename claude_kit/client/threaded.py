"""How is an answer awaited that a client brings which waits? In a thread of its own, while the event loop goes on."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Final

from claude_kit.client.retrying import OnWait, Waiting
from claude_kit.client.sync_stream import Stream
from claude_kit.estimate import Estimate
from claude_kit.reply import STOPPED_BEFORE, Reply
from claude_kit.wire.events import Event

__all__ = ["Threaded"]

_END: Final = object()


class Threaded:
    """An answer for ``async for``, of a client that waits.

    Where whoever awaits is cancelled, the connection is closed at once, and nothing is asked any more.

    Parameters
    ----------
    send : callable
        Sends the request and returns its stream; called in the thread, with what is to be told of waits.
    on_wait : callable
        Is told of them.
    estimate : Estimate, optional
    """

    def __init__(self, send: Callable[[OnWait], Stream], on_wait: OnWait, estimate: Estimate | None = None) -> None:
        self.estimate = estimate
        self._send = send
        self._stream: Stream | None = None
        self._waits = _Waits(on_wait)

    @property
    def reply(self) -> Reply:
        """The answer, as far as it has come."""
        return Reply(complete=False, problem=STOPPED_BEFORE) if self._stream is None else self._stream.reply

    async def __aiter__(self) -> AsyncGenerator[Event, None]:
        loop, came = asyncio.get_running_loop(), asyncio.Queue[object]()

        def tell(what: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(came.put_nowait, what)

        thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._read, tell), name="claude_kit answer", daemon=True
        )
        thread.start()
        try:
            while (what := await came.get()) is not _END:
                if isinstance(what, BaseException):
                    raise what
                yield what  # type: ignore[misc]
        finally:
            self._waits.given_up = True
            if self._stream is not None:
                self._stream.close()

    def _read(self, tell: Callable[[object], None]) -> None:
        try:
            self._stream = self._send(self._waits)
            with self._stream as stream:
                if self._waits.given_up:
                    return
                for event in stream:
                    tell(event)
        except BaseException as error:
            tell(error)
        finally:
            tell(_END)


class _Waits:
    """Tells of waits, as long as anybody wants the answer."""

    def __init__(self, on_wait: OnWait) -> None:
        self._on_wait = on_wait
        self.given_up = False

    def __call__(self, waiting: Waiting) -> None:
        if not self.given_up:
            self._on_wait(waiting)
