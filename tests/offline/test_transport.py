"""The offline transport: the client's own code runs, and no socket is opened."""

import asyncio
import socket
import time
from contextlib import suppress
from itertools import islice, pairwise
from typing import Any

import httpx
import pytest

import claude_kit as ck
from claude_kit.offline import Request
from claude_kit.offline.transport import AsyncOfflineTransport, OfflineTransport

QUESTION: list[dict[str, Any]] = [{"role": "user", "content": "What is this?"}]


def test_the_client_answers_without_a_key_or_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole answer with thinking, marked offline, while every socket is forbidden."""

    def no_socket(*args: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    reply = ck.Client.offline(pace_s=0).send(QUESTION, model="claude-sonnet-5-5", thinking="adaptive")
    assert (reply.complete, reply.offline, reply.request_id) == (True, True, "req_offline_0001")
    assert reply.thinking
    assert "no Claude was asked" in reply.text
    assert repr(ck.Client.offline()) == "<Client offline: no Claude is asked>"


def test_events_come_at_a_pace() -> None:
    """Each event is waited for, so that one can watch the answer arrive."""
    stream = ck.Client.offline(pace_s=0.02).stream(QUESTION, model="claude-sonnet-5-5")
    moments = []
    # The client looks at the first ones together, to see whether it had better ask again.
    for _ in islice(stream, 3, 9):
        moments.append(time.monotonic())
    assert all(later - earlier >= 0.015 for earlier, later in pairwise(moments))


@pytest.mark.parametrize(("static", "paced"), [("", True), ("1", False)])
def test_nobody_watches_in_static_mode(monkeypatch: pytest.MonkeyPatch, static: str, paced: bool) -> None:
    """Under CLAUDE_KIT_STATIC the answer is there at once; else it takes its time."""
    monkeypatch.setenv("CLAUDE_KIT_STATIC", static)
    stream = ck.Client.offline().stream(QUESTION, model="claude-sonnet-5-5", max_tokens=5)
    began = time.monotonic()
    events = len(list(stream))
    assert (time.monotonic() - began > 0.02 * events) is paced


def test_refusals_are_the_errors_of_the_api() -> None:
    """What the API would refuse, the offline model refuses, with the same class of error."""
    client = ck.Client.offline(pace_s=0, preflight=False)
    with pytest.raises(ck.BadRequestError, match="max_tokens: Input should be greater than or equal to 0"):
        client.send(QUESTION, model="claude-sonnet-5-5", max_tokens=-1)
    with pytest.raises(ck.BadRequestError, match="at least one message"):
        client.send([], model="claude-sonnet-5-5")


def test_faults_batches_and_a_log_are_there_too() -> None:
    """What the server offers, the transport does."""
    log: list[Request] = []
    transport = OfflineTransport(0, faults=["status=529", "cut"], batch_polls=2, log=log)
    with httpx.Client(transport=transport, base_url="http://offline.invalid/v1") as client:
        assert client.get("/models?limit=1").status_code == 529
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            client.get("/models")
        assert len(client.get("/models", params={"limit": 1}).json()["data"]) == 1
        assert client.post("/messages/batches", json={"requests": []}).status_code == 400
    assert [one.path for one in log] == ["/v1/models"] * 3 + ["/v1/messages/batches"]


def test_the_async_transport_says_the_same() -> None:
    """Byte for byte, streamed and not; a cut is an error of httpx's here too."""
    whole = {"model": "claude-sonnet-5-5", "max_tokens": 500, "messages": QUESTION}

    async def asked() -> list[bytes]:
        transport = AsyncOfflineTransport(0, faults=[None, None, "cut; after=3"])
        async with httpx.AsyncClient(transport=transport, base_url="http://offline.invalid/v1") as client:
            answers = [
                (await client.post("/messages", json={**whole, "stream": stream})).content for stream in (False, True)
            ]
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                await client.post("/messages", json={**whole, "stream": True})
        return answers

    with httpx.Client(transport=OfflineTransport(0), base_url="http://offline.invalid/v1") as client:
        expected = [client.post("/messages", json={**whole, "stream": stream}).content for stream in (False, True)]
    assert asyncio.run(asked()) == expected


def test_an_async_stream_that_is_silent_keeps_nobody_waiting() -> None:
    """While one says nothing for an hour, another comes to its end."""
    body = {"model": "claude-sonnet-5-5", "max_tokens": 50, "messages": QUESTION, "stream": True}

    async def ask() -> None:
        transport = AsyncOfflineTransport(0, faults=["stall=3600; after=1"])
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://offline.invalid/v1") as client,
            client.stream("POST", "/messages", json=body) as silent,
        ):
            pieces = silent.aiter_bytes()
            await anext(pieces)
            waiting = asyncio.ensure_future(anext(pieces))
            assert b"message_stop" in (await client.post("/messages", json=body)).content
            assert not waiting.done()
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting

    asyncio.run(asyncio.wait_for(ask(), 60))
