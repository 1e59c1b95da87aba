"""What fails before anything of the answer has come is asked anew, by both clients; what fails later is not."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.client.retrying import Waiting
from tests.wire.replay import ENDED, STARTED, Exchange, answer, serving, sse, text_block

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
