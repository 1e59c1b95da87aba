"""The offline model as an httpx transport: the client's own code runs, but no socket is opened."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import httpx

from claude_kit.offline.endpoint import Endpoint, Given
from claude_kit.offline.exchange import HangUp, Outcome, Request, Silence

__all__ = ["AsyncOfflineTransport", "OfflineTransport"]

# About as fast as Claude writes; nobody watches in static mode.
_PACE_S: Final = 0.05

# In httpx's own words.
_HUNG_UP: Final = "peer closed connection without sending complete message body (incomplete chunked read)"


class _Offline:
    """What both transports are made of."""

    def __init__(
        self,
        pace_s: float | None = None,
        *,
        faults: Given | None = None,
        batch_polls: int = 1,
        log: list[Request] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = Endpoint(pace_s=_pace_s(pace_s), faults=faults, batch_polls=batch_polls, log=log, clock=clock)


class OfflineTransport(_Offline, httpx.BaseTransport):
    """Answers every request by the offline model.

    Parameters
    ----------
    pace_s : float, optional
        Seconds before each event of a stream; by default 0.05, and 0 under ``CLAUDE_KIT_STATIC=1``.
    faults : Fault, str or iterable of them, optional
        What goes wrong, on every request or on one after the other; see `claude_kit.offline.faults`.
    batch_polls : int
        How often a Message Batch is still at work when it is asked for.
    log : list of Request, optional
        To which every request is added as it comes.
    clock : callable
        Tells the time in seconds, by which what was cached lapses.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        outcome = self._endpoint.respond(_received(request, request.read()))
        return _response(outcome, _Pieces(outcome))


class AsyncOfflineTransport(_Offline, httpx.AsyncBaseTransport):
    """Answers every request by the offline model, without keeping an event loop waiting.

    Parameters
    ----------
    pace_s, faults, batch_polls, log, clock
        As `OfflineTransport` takes them.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        received = _received(request, await request.aread())
        # A PDF of many pages takes a while to read.
        outcome = await asyncio.to_thread(self._endpoint.respond, received)
        return _response(outcome, _AsyncPieces(outcome))


class _Pieces(httpx.SyncByteStream):
    def __init__(self, outcome: Outcome) -> None:
        self._pieces = outcome.pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Silence):
                time.sleep(piece.seconds)
            elif isinstance(piece, HangUp):
                raise httpx.RemoteProtocolError(_HUNG_UP)
            else:
                yield piece


class _AsyncPieces(httpx.AsyncByteStream):
    def __init__(self, outcome: Outcome) -> None:
        self._pieces = outcome.pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Silence):
                await asyncio.sleep(piece.seconds)
            elif isinstance(piece, HangUp):
                raise httpx.RemoteProtocolError(_HUNG_UP)
            else:
                yield piece


def _received(request: httpx.Request, body: bytes) -> Request:
    return Request.of(request.method, request.url.raw_path.decode("ascii"), request.headers, body)


def _response(outcome: Outcome, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    return httpx.Response(
        outcome.status, headers={"content-type": outcome.content_type, **outcome.headers}, stream=stream
    )


def _pace_s(chosen: float | None) -> float:
    if chosen is not None:
        return chosen
    return 0.0 if os.environ.get("CLAUDE_KIT_STATIC") else _PACE_S
