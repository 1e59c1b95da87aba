"""An answer that comes in while one waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from claude_kit.client import retrying
from claude_kit.client.connections import shut_down
from claude_kit.client.incoming import Arriving, Incoming
from claude_kit.client.outgoing import Outgoing
from claude_kit.estimate import Estimate
from claude_kit.reply import Reply
from claude_kit.wire import events as e

if TYPE_CHECKING:
    from claude_kit.client.sync import Client

__all__ = ["Stream"]


class Stream(Arriving):
    """An answer while it comes in: iterate it once for its events, then read `reply`.

    Where it fails before anything of the answer itself has come, it is asked for anew, and begins a second time.
    Leaving the ``with`` block, or an interrupt while iterating, closes the connection at once; `reply` then holds what
    had arrived, marked incomplete.

    Attributes
    ----------
    estimate : Estimate or None
        What had been estimated before sending.
    """

    def __init__(self, client: Client, question: Outgoing, estimate: Estimate | None = None) -> None:
        super().__init__(question, estimate)
        self._client = client
        for attempt in retrying.attempts(client.max_retries, question.on_wait):
            with attempt:
                self._open()

    def read(self) -> Reply:
        """Wait for the rest of the answer and return it.

        Raises
        ------
        APIError, StreamInterrupted
            If the API or the connection broke off.
        KeyboardInterrupt
            When interrupted; its ``reply`` holds what had arrived.
        """
        try:
            for _ in self:
                pass
        except KeyboardInterrupt as interrupt:
            interrupt.reply = self.reply  # type: ignore[attr-defined]
            raise
        return self.reply

    def __iter__(self) -> Iterator[e.Event]:
        if self._begun or self._closed:
            return
        self._begun = True
        attempts = retrying.attempts(self._client.max_retries, self._question.on_wait, asked=self._asked - 1)
        try:
            for attempt in attempts:
                with attempt:
                    if attempt.number > 1 and not self._closed:
                        self._open()
                    yield from self._received()
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; what has not come by then never will. Another thread that waits for it is woken."""
        self._closed = True
        self._incoming.stop()
        if self._response is not None:
            connection = self._response.extensions.get("network_stream")
            if connection is not None and not self._response.is_closed:
                shut_down(connection)
            self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        if self._response is not None:
            self._response.close()
        self._asked += 1
        self._response = self._client._open(self._question)
        self._incoming = Incoming(self._response.headers, self._question.dialect, self.estimate)
        if self._closed:  # by another thread, while it was asked anew
            self.close()

    def _received(self) -> Iterator[e.Event]:
        """Yield the events as they come, each added to the reply first."""
        incoming, response, broken = self._incoming, self._response, None
        if response is None:
            return
        try:
            for chunk in response.iter_bytes():
                for event in incoming.feed(chunk):
                    incoming.take(event)
                    yield event
            for event in incoming.close():
                incoming.take(event)
                yield event
        except (httpx.RequestError, httpx.StreamError) as error:
            broken = incoming.broken(error)
        if broken is not None:
            raise broken  # only here: else it would hold that error, and with it the keys that were sent
        incoming.require_end()
