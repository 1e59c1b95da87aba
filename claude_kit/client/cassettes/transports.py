"""Between a client and the network, to record; in its place, to replay. The only part of this package that does IO."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import anyio
import anyio.to_thread
import httpx

from claude_kit.client.cassettes.playing import Player, Playing
from claude_kit.client.cassettes.tape import Session, Take

__all__ = ["AsyncRecordingTransport", "RecordingTransport", "ReplayingTransport"]

# What is recorded is unpacked: bytes that a person can read.
_OF_THE_PACKING = ("content-encoding", "content-length")


class RecordingTransport(httpx.BaseTransport):
    """Sends requests by a client of its own, so that proxies and all else are as without recording, and records them.

    Parameters
    ----------
    http : httpx.Client
        Closed with this transport.
    session : Session
    """

    def __init__(self, http: httpx.Client, session: Session) -> None:
        self._http = http
        self._session = session

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpx calls this. Where no answer comes at all, there is nothing to record."""
        take = self._session.take(request.method, request.url, request.headers, request.read())
        take.waits()
        response = self._http.send(request, auth=None, stream=True)
        take.begins(response.status_code, response.headers)
        return _passed_on(response, _Recorded(response, take))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncRecordingTransport(httpx.AsyncBaseTransport):
    """As `RecordingTransport`, for ``async`` code."""

    def __init__(self, http: httpx.AsyncClient, session: Session) -> None:
        self._http = http
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpx calls this."""
        body = await request.aread()
        # The hash of a PDF of many pages takes a while.
        take = await anyio.to_thread.run_sync(self._session.take, request.method, request.url, request.headers, body)
        take.waits()
        response = await self._http.send(request, auth=None, stream=True)
        take.begins(response.status_code, response.headers)
        return _passed_on(response, _AsyncRecorded(response, take))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class ReplayingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests out of a cassette; no connection is ever opened.

    Parameters
    ----------
    player : Player
    """

    def __init__(self, player: Player) -> None:
        self._player = player

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        playing = self._player.answer(request.method, request.url, request.read())
        time.sleep(playing.wait_s)
        return httpx.Response(playing.status, headers=playing.headers, stream=_Replayed(playing))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        body = await request.aread()
        playing = await anyio.to_thread.run_sync(self._player.answer, request.method, request.url, body)
        await anyio.sleep(playing.wait_s)
        return httpx.Response(playing.status, headers=playing.headers, stream=_AsyncReplayed(playing))


class _Recorded(httpx.SyncByteStream):
    def __init__(self, response: httpx.Response, take: Take) -> None:
        self._response = response
        self._take = take

    def __iter__(self) -> Iterator[bytes]:
        self._take.waits()
        try:
            for data in self._response.iter_bytes():
                self._take.comes(data)
                yield data
                self._take.waits()  # not for whoever reads it
        except httpx.RequestError as error:
            self._take.ends("broken", error)
            raise
        self._take.ends("whole")

    def close(self) -> None:
        self._response.close()
        self._take.ends("stopped")


class _AsyncRecorded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, take: Take) -> None:
        self._response = response
        self._take = take

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._take.waits()
        try:
            async with aclosing(self._response.aiter_bytes()) as pieces:  # type: ignore[type-var]  # it is a generator
                async for data in pieces:
                    self._take.comes(data)
                    yield data
                    self._take.waits()
        except httpx.RequestError as error:
            self._take.ends("broken", error)
            raise
        self._take.ends("whole")

    async def aclose(self) -> None:
        try:
            await self._response.aclose()
        finally:  # also if that is cancelled
            self._take.ends("stopped")


class _Replayed(httpx.SyncByteStream):
    def __init__(self, playing: Playing) -> None:
        self._playing = playing
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._playing.chunks:
            if self._closed.wait(chunk.wait_s):
                raise httpx.ReadError("closed while it was read")
            yield chunk.data
        if self._playing.error:
            raise self._playing.error

    def close(self) -> None:
        self._closed.set()  # wakes another thread that waits


class _AsyncReplayed(httpx.AsyncByteStream):
    def __init__(self, playing: Playing) -> None:
        self._playing = playing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._playing.chunks:
            await anyio.sleep(chunk.wait_s)
            yield chunk.data
        if self._playing.error:
            raise self._playing.error


def _passed_on(response: httpx.Response, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_PACKING]
    return httpx.Response(response.status_code, headers=headers, stream=stream, extensions=response.extensions)
