"""The client for async code: the same calls, awaited, many at a time."""

import asyncio
import json
import pickle
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.wire import events as e
from tests.wire.replay import STARTED, Exchange, answer, serving, sse, text_block

MODEL = "claude-sonnet-5-5"
KEY = "sk-ant-test-0123456789"
QUESTION = [{"role": "user", "content": "How many?"}]


def streaming(exchange: Exchange) -> None:
    """Answer with a stream."""
    exchange.begin(200, "text/event-stream", request_id="req_1")
    exchange.send(sse(*answer("Twelve of them.")))


def beginning(exchange: Exchange) -> None:
    """Answer with the beginning of a stream, until somebody hangs up."""
    exchange.begin(200, "text/event-stream")
    exchange.send(sse(STARTED, *text_block("Twelve of them.")[:3]))
    while True:
        exchange.send(sse({"type": "ping"}))
        exchange.server.served.hung_up.wait(0.01)


def of(address: str, **options: Any) -> ck.AsyncClient:
    """Return a client of Anthropic's API at another address."""
    return ck.AsyncClient.anthropic(KEY, base_url=address, **options)


def test_an_answer_comes_as_events_and_as_a_whole() -> None:
    """`stream` and `send` make the reply that the client that waits makes of the same bytes."""

    async def ask(address: str) -> tuple[list[e.Event], ck.Reply, ck.Reply]:
        async with of(address) as client:
            async with client.stream(QUESTION, model=MODEL) as stream:
                assert stream.request_id == "req_1"
                events = [event async for event in stream]
            return events, stream.reply, await client.send(QUESTION, model=MODEL)

    with serving(streaming) as served:
        events, streamed, sent = asyncio.run(ask(served.address))
        with ck.Client.anthropic(KEY, base_url=served.address) as client:
            assert streamed == sent == client.send(QUESTION, model=MODEL)
    assert sum(isinstance(event, e.TextDelta) for event in events) == 3
    assert sent.text == "Twelve of them."
    assert len({request.body for request in served.requests}) == 1


def test_many_are_asked_at_a_time() -> None:
    """Fifty answers of the offline model, in one thread."""

    async def ask() -> list[ck.Reply]:
        async with ck.AsyncClient.offline(pace_s=0) as client:
            return await asyncio.gather(*(client.send(QUESTION, model=MODEL) for _ in range(50)))

    replies = asyncio.run(ask())
    assert len(replies) == 50
    assert all(reply.offline and reply.complete for reply in replies)


def test_a_cancellation_hangs_up_and_keeps_what_came() -> None:
    """The connection is closed at once; the reply holds the words so far, marked incomplete."""
    streams: list[ck.AsyncStream] = []

    async def ask(address: str) -> None:
        async with of(address) as client, client.stream(QUESTION, model=MODEL) as stream:
            streams.append(stream)
            async for _ in stream:
                pass

    async def cancel(address: str) -> None:
        task = asyncio.create_task(ask(address))
        while not (streams and streams[0].reply.text):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with serving(beginning) as served:
        asyncio.run(cancel(served.address))
        assert served.hung_up.wait(5)
    reply = streams[0].reply
    assert (reply.text, reply.complete) == ("Twelve of ", False)
    assert reply.problem == "Stopped before the answer was complete."


def test_what_the_api_would_refuse_is_not_sent() -> None:
    """Preflight comes before the first byte, when the stream is made."""

    async def ask(address: str) -> None:
        async with of(address) as client:
            with pytest.raises(ck.PreflightError):
                client.stream([], model=MODEL)

    with serving(streaming) as served:
        asyncio.run(ask(served.address))
    assert served.requests == []


def test_tokens_are_counted() -> None:
    """By the offline model too."""

    async def count() -> int:
        async with ck.AsyncClient.offline() as client:
            return await client.count_tokens(QUESTION, model=MODEL)

    with ck.Client.offline() as client:
        assert asyncio.run(count()) == client.count_tokens(QUESTION, model=MODEL)


def test_no_key_is_shown_or_pickled() -> None:
    """Neither by repr nor by vars; a client cannot be pickled."""

    async def look() -> None:
        async with of("http://127.0.0.1:9/v1") as client:
            assert KEY not in f"{client!r} {vars(client)} {vars(client._http)}"
            assert repr(client) == "<AsyncClient anthropic: http://127.0.0.1:9/v1>"
            with pytest.raises(TypeError, match="holds a key"):
                pickle.dumps(client)

    asyncio.run(look())


@pytest.mark.parametrize(("variable", "make"), [("ANTHROPIC_API_KEY", ck.Client), ("PORTKEY_API_KEY", ck.AsyncClient)])
def test_a_key_that_cannot_be_sent_is_in_no_frame_of_the_error(
    variable: str, make: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracebacks may show variables; where the key comes from the environment, nobody has seen it before."""
    monkeypatch.setenv(variable, f"{KEY}\u2026")
    with pytest.raises(ck.ClaudeKitError, match="a character outside ASCII") as caught:
        make()
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(told.format())


def test_more_streams_are_open_than_httpx_has_connections_by_default() -> None:
    """The hundred-and-first does not wait for the end of another."""

    async def opened(address: str) -> int:
        async with of(address, max_retries=0, timeout_s=5) as client:
            streams = [client.stream(QUESTION, model=MODEL, preflight=False) for _ in range(101)]
            async with AsyncExitStack() as stack:
                for stream in streams:
                    await stack.enter_async_context(stream)
            return len(streams)

    with ck.offline.serve(pace_s=0.05) as address:
        assert asyncio.run(opened(address)) == 101


def test_what_had_arrived_goes_with_a_cancellation() -> None:
    """It was paid for: whoever cancels may want to read it."""

    async def cancelled(address: str) -> object:
        async with of(address) as client:
            asking = asyncio.create_task(client.send(QUESTION, model=MODEL))
            while not served.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            asking.cancel()
            try:
                await asking
            except asyncio.CancelledError as error:
                return getattr(error, "reply", None)
            return None

    with serving(beginning) as served:
        reply = asyncio.run(cancelled(served.address))
    assert isinstance(reply, ck.Reply)
    assert (reply.text, reply.complete) == ("Twelve of ", False)


def test_a_key_that_a_server_repeats_is_masked() -> None:
    """In the error's words, its body and what is pickled of it; whatever the key looks like."""
    key, inner = "pk-very-own-key", "sk-of-the-provider"

    def echo(exchange: Exchange) -> None:
        told = {name: value for name, value in exchange.headers.items() if name.startswith("x-portkey")}
        body = json.dumps({"error": {"type": "invalid_request_error", "message": f"Bad headers: {told}"}}).encode()
        exchange.begin(400, "application/json", content_length=str(len(body)))
        exchange.send(body)

    config = {"provider": "anthropic", "api_key": inner}
    with (
        serving(echo) as served,
        ck.Client.portkey(key, base_url=served.address, config=config) as client,
        pytest.raises(ck.BadRequestError) as caught,
    ):
        client.send(QUESTION, model=MODEL)
    told = f"{caught.value} {vars(caught.value)}".encode() + pickle.dumps(caught.value)
    assert b"Bad headers" in told
    assert key.encode() not in told
    assert inner.encode() not in told
