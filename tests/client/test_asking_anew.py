"""What fails before anything of the answer has come is asked anew, by both clients; what fails later is not."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.client.retrying import Waiting
from tests.wire.replay import ENDED, STARTED, Exchange, answer, endless, serving, sse, text_block

MODEL = "claude-haiku-4-5"
QUESTION = [{"role": "user", "content": "How many?"}]
STREAM = "text/event-stream"
FAILED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

Answer = Callable[[Exchange], None]
Ask = Callable[..., ck.Reply]


def with_client(address: str, **options: Any) -> ck.Reply:
    """Ask with the client that waits."""
    on_wait = options.pop("on_wait", None)
    with ck.Client.anthropic("sk-ant-test", base_url=address, **options) as client:
        return client.send(QUESTION, model=MODEL, on_wait=on_wait)


def with_async_client(address: str, **options: Any) -> ck.Reply:
    """Ask with the client for async code."""
    on_wait = options.pop("on_wait", None)

    async def ask() -> ck.Reply:
        async with ck.AsyncClient.anthropic("sk-ant-test", base_url=address, **options) as client:
            return await client.send(QUESTION, model=MODEL, on_wait=on_wait)

    return asyncio.run(ask())


@pytest.fixture(params=[with_client, with_async_client])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Return a way to ask."""
    way: Ask = request.param
    return way


def saying(*events: dict[str, Any]) -> Answer:
    """Return what answers with a stream of these events."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, STREAM)
        exchange.send(sse(*events))

    return respond


def refusing(status: int, body: dict[str, Any] = FAILED, **headers: str) -> Answer:
    """Return what answers with an error, to be asked anew at once."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(status, "application/json", **{"retry_after_ms": "1", **headers})
        exchange.send(json.dumps(body).encode())

    return respond


def hanging_up(exchange: Exchange) -> None:
    """Answer nothing."""


def in_turn(*answers: Answer) -> Answer:
    """Return what answers the first request with the first, and so on; the last one answers all others."""
    number = 0

    def respond(exchange: Exchange) -> None:
        nonlocal number
        now = answers[min(number, len(answers) - 1)]
        number += 1
        now(exchange)

    return respond


SPENT = {
    "error": {"type": "rate_limit_error", "message": "Spent", "details": {"error_code": "enforced_spend_limit_reached"}}
}


@pytest.mark.parametrize(
    "first",
    [
        refusing(429),
        refusing(529),
        refusing(500),
        refusing(408),
        refusing(409),
        refusing(400, x_should_retry="true"),
        saying(STARTED),
        saying(FAILED),
        saying(STARTED, FAILED),
    ],
)
def test_what_may_pass_is_asked_anew(ask: Ask, first: Answer) -> None:
    """An error answer, an error or a cut before the first word: the second answer is the one that counts."""
    waits: list[Waiting] = []
    with serving(in_turn(first, saying(*answer("Twelve.")))) as served:
        reply = ask(served.address, on_wait=waits.append)
    assert (reply.text, reply.complete, len(served.requests), len(waits)) == ("Twelve.", True, 2, 1)
    assert served.requests[0].body == served.requests[1].body


@pytest.mark.parametrize(
    "first",
    [
        refusing(400),
        refusing(401),
        refusing(413),
        refusing(529, x_should_retry="false"),
        refusing(429, SPENT),
        refusing(429, retry_after_ms="3600000"),
        saying(STARTED, *text_block("Twel")[:2]),
        saying(STARTED, *text_block("Twel")[:2], FAILED),
    ],
)
def test_what_will_not_pass_or_has_begun_is_not(ask: Ask, first: Answer) -> None:
    """A refusal stays one; an answer that has begun is paid for, and what came of it is on the error."""
    with (
        serving(in_turn(first, saying(*answer("Twelve.")))) as served,
        pytest.raises((ck.APIError, ck.StreamInterrupted)),
    ):
        ask(served.address)
    assert len(served.requests) == 1


def test_it_is_given_up_with_the_last_error(ask: Ask) -> None:
    """As often as was said, and the error tells how often that was."""
    with serving(in_turn(refusing(529))) as served, pytest.raises(ck.OverloadedError) as caught:
        ask(served.address, max_retries=1)
    assert len(served.requests) == 2
    assert caught.value.__notes__ == ["Asked 2 times."]


def test_no_answer_at_all_is_asked_anew(ask: Ask) -> None:
    """A connection that broke off before the head of the answer."""
    with serving(in_turn(hanging_up, saying(STARTED, *text_block("Twelve."), *ENDED))) as served:
        assert ask(served.address).text == "Twelve."
    assert len(served.requests) == 2


def test_a_wait_is_told_in_words(ask: Ask) -> None:
    """Before it begins, with how long and why."""
    told: list[str] = []
    with serving(in_turn(refusing(529), saying(*answer("Twelve.")))) as served:
        ask(served.address, on_wait=lambda waiting: told.append(str(waiting)))
    assert told == ["waiting 0 s (overloaded)"]


def test_opening_and_reading_share_the_retries(ask: Ask) -> None:
    """A request that was refused twice, and then broke off, has been asked as often as it may be."""
    broken = in_turn(refusing(529), refusing(529), saying(STARTED), saying(*answer("Too late.")))
    with serving(broken) as served, pytest.raises(ck.StreamInterrupted) as caught:
        ask(served.address)
    assert len(served.requests) == 3
    assert caught.value.__notes__ == ["Asked 3 times."]


def test_the_answer_that_failed_is_hung_up_before_the_next() -> None:
    """Its connection is not left open beside the new one."""
    with (
        serving(in_turn(endless(STARTED, FAILED), endless(*answer("Twelve.")[:3]))) as served,
        ck.Client.anthropic("sk-ant-test", base_url=served.address) as client,
        client.stream(QUESTION, model=MODEL) as stream,
    ):
        events = iter(stream)
        while len(served.requests) < 2:
            next(events)
        assert served.hung_up.wait(5)


# ---- once closed --------------------------------------------------------------------------------------------------


def test_a_stream_that_was_left_unread_is_not_asked_anew() -> None:
    """After its ``with`` block it brings nothing more, and nothing is paid for twice."""
    with (
        serving(saying(*answer("Twelve."))) as served,
        ck.Client.anthropic("sk-ant-test", base_url=served.address) as client,
    ):
        with client.stream(QUESTION, model=MODEL) as stream:
            pass
        assert list(stream) == []
        assert stream.read().problem == "Stopped before the answer was complete."
    assert len(served.requests) == 1


def test_an_async_stream_that_was_left_unread_is_not_asked_anew() -> None:
    """Nor is one sent that was closed before."""

    async def read_late(address: str) -> list[object]:
        async with ck.AsyncClient.anthropic("sk-ant-test", base_url=address) as client:
            async with client.stream(QUESTION, model=MODEL) as left:
                pass
            closed = client.stream(QUESTION, model=MODEL)
            await closed.aclose()
            return [event async for event in left] + [event async for event in closed]

    with serving(saying(*answer("Twelve."))) as served:
        assert asyncio.run(read_late(served.address)) == []
    assert len(served.requests) == 1


def test_a_stream_that_is_closed_while_it_is_read_just_ends() -> None:
    """Before the first word came, too, where a connection that breaks is a reason to ask anew."""
    with (
        serving(endless(STARTED)) as served,
        ck.Client.anthropic("sk-ant-test", base_url=served.address) as client,
    ):
        stream = client.stream(QUESTION, model=MODEL)
        for number, _ in enumerate(stream):
            if number == 2:
                stream.close()
        assert (stream.reply.complete, stream.reply.problem) == (False, "Stopped before the answer was complete.")
    assert len(served.requests) == 1


def test_closing_a_stream_wakes_the_thread_that_reads_from_it() -> None:
    """It ends at once, and not with the next byte, which may take minutes."""
    silent = threading.Event()

    def stalling(exchange: Exchange) -> None:
        exchange.begin(200, STREAM)
        exchange.send(sse(STARTED, *text_block("Twelve")[:2]))
        silent.wait(10)

    read: list[ck.Reply] = []
    with (
        serving(stalling) as served,
        ck.Client.anthropic("sk-ant-test", base_url=served.address) as client,
    ):
        stream = client.stream(QUESTION, model=MODEL)
        reading = threading.Thread(target=lambda: read.append(stream.read()))
        reading.start()
        while not stream.reply.text:
            time.sleep(0.01)
        stream.close()
        reading.join(5)
        silent.set()
    assert [(reply.text, reply.complete) for reply in read] == [("Twelve", False)]


# ---- what must be done once ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "times"), [(500, 1), (502, 1), (504, 1), (408, 1), (503, 2), (529, 2), (429, 2)])
def test_a_batch_that_may_have_arrived_is_not_submitted_again(status: int, times: int) -> None:
    """After a gateway's timeout nobody knows; a server that has no room has not begun."""
    with (
        serving(refusing(status)) as served,
        ck.Client.anthropic("sk-ant-test", base_url=served.address, max_retries=1) as client,
        pytest.raises(ck.APIError) as caught,
    ):
        client.batches.submit(["How many?"], model=MODEL)
    assert len(served.requests) == times
    unknown = "It may have arrived all the same, so it was not sent again."
    assert (unknown in caught.value.__notes__) == (times == 1)
