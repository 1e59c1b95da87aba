"""An answer that comes in while other things go on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from claude_kit.client import retrying
from claude_kit.client.incoming import Arriving, Incoming
from claude_kit.client.outgoing import Outgoing
from claude_kit.estimate import Estimate
from claude_kit.reply import Reply
from claude_kit.wire import events as e

if TYPE_CHECKING:
    from claude_kit.client.aio import AsyncClient

__all__ = ["AsyncStream"]


class AsyncStream(Arriving):
    """An answer while it comes in: iterate it once with ``async for``, then read `reply`.

    Where it fails before anything of the answer itself has come, it is asked for anew, and begins a second time.
    Leaving the ``async with`` block, or a cancellation, closes the connection at once; `reply` then holds what had
    arrived, marked incomplete.

    Attributes
    ----------
    estimate : Estimate or None
        What had been estimated before sending.
    """

    def __init__(self, client: AsyncClient, question: Outgoing, estimate: Estimate | None = None) -> None:
        super().__init__(question, estimate)
        self._client = client

    async def read(self) -> Reply:
        """Wait for the rest of the answer and return it.

        Raises
        ------
        APIError, StreamInterrupted
            If the API or the connection broke off.
        """
        async for _ in self:
            pass
        return self.reply

    def __aiter__(self) -> AsyncIterator[e.Event]:
        return self._iterated()

    async def _iterated(self) -> AsyncGenerator[e.Event, None]:
        if self._begun or self._closed:
            return
        self._begun = True
        try:
            await self._send()
            attempts = retrying.attempts(self._client.max_retries, self._question.on_wait, asked=self._asked - 1)
            async for attempt in attempts:
                with attempt:
                    if attempt.number > 1 and not self._closed:
                        await self._open()
                    async for event in self._received():
                        yield event
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; what has not come by then never will."""
        self._closed = True
        self._incoming.stop()
        if self._response is not None:
            await self._response.aclose()

    async def __aenter__(self) -> Self:
        await self._send()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _send(self) -> None:
        """Send the request, once."""
        if self._response is not None or self._closed:
            return
        async for attempt in retrying.attempts(self._client.max_retries, self._question.on_wait):
            with attempt:
                await self._open()

    async def _open(self) -> None:
        if self._response is not None:
            await self._response.aclose()
        self._asked += 1
        self._response = await self._client._open(self._question)
        self._incoming = Incoming(self._response.headers, self._question.dialect, self.estimate)
        if self._closed:  # by another task, while it was asked anew
            await self.aclose()

    async def _received(self) -> AsyncGenerator[e.Event, None]:
        """Yield the events as they come, each added to the reply first."""
        incoming, response, broken = self._incoming, self._response, None
        if response is None:
            return
        try:
            async for chunk in response.aiter_bytes():
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
