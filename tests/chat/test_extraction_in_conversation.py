"""Extraction in a conversation: what is asked once more, or in another way, is one turn, and the talk goes on."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.chat.tools import ANSWER
from tests.chat.test_extraction import Point
from tests.chat.validity import calls, roles, texts
from tests.content.making import pdf
from tests.wire.replay import ENDED, STARTED, Exchange, Served, block, delta, serving, sse, text_block

MODEL = "claude-haiku-5-5"
STOPPED = [{**ENDED[0], "delta": {"stop_reason": "tool_use", "stop_sequence": None}}, ENDED[1]]
TOO_LARGE = {
    "type": "error",
    "error": {"type": "invalid_request_error", "message": "The compiled grammar is too large"},
}

Extract = Callable[..., Any]


def answering(request: dict[str, Any], given: str) -> bytes:
    """Return an answer in the way that it was asked for: in words, or by calling the tool."""
    called = request.get("tool_choice") not in ("none", {"type": "none"})
    if not called or "record_answer" not in json.dumps(request.get("tools", "")):
        return sse(STARTED, *text_block(given), *ENDED)
    call = {"type": "tool_use", "id": f"toolu_{len(request['messages'])}", "name": ANSWER, "input": {}}
    return sse(STARTED, *block(delta("input_json_delta", partial_json=given), **call), *STOPPED)


@contextmanager
def giving(*given: str) -> Iterator[Served]:
    """Serve answers one after the other; an empty one is a refusal of the schema."""
    left = list(given)

    def respond(exchange: Exchange) -> None:
        words = left.pop(0)
        if words:
            exchange.begin(200, "text/event-stream")
            exchange.send(answering(json.loads(exchange.body), words))
        else:
            exchange.begin(400, "application/json")
            exchange.send(json.dumps(TOO_LARGE).encode())

    with serving(respond) as served:
        yield served


@contextmanager
def talking(served: Served, way: str = "anthropic", **options: Any) -> Iterator[ck.Chat]:
    """Return a chat with the server, which holds an answer to a schema, or has a tool for it."""
    address = served.address.removesuffix("/v1")
    with (
        ck.Client.anthropic("sk-ant-test", base_url=address, max_retries=0)
        if way == "anthropic"
        else ck.Client.portkey("pk", base_url=address, provider="anthropic", authorization="sk-test")
    ) as client:
        yield ck.Chat(MODEL, client, **options)


def at_once(chat: ck.Chat, *asked: Any) -> Any:
    return chat.extract(*asked)


def awaited(chat: ck.Chat, *asked: Any) -> Any:
    return asyncio.run(chat.aextract(*asked))


@pytest.mark.parametrize("extract", [at_once, awaited])
@pytest.mark.parametrize("way", ["anthropic", "portkey"])
def test_what_is_asked_once_more_is_no_turn_of_the_users(way: str, extract: Extract) -> None:
    """One turn of two requests, with a note of what did not fit; the complaint stands between, where Claude sees it."""
    with giving('{"x": "left"}', '{"x": 7}', "Fine.") as served, talking(served, way) as chat:
        assert extract(chat, Point, "Where is it?") == Point(7)
        (turn,) = chat.turns
        assert chat.ask("Thank you").text == "Fine."
    assert len(turn.steps) == 2
    assert turn.label.startswith("Where is it?")
    assert turn.notes == (
        "The answer did not fit Point, and was asked for once more: x: should be a valid integer, unable to parse "
        'string as an integer, not "left".',
    )
    assert [message["role"] for message in chat.history] == ["user", "assistant"] * 3
    assert "- x: should be a valid integer" in json.dumps(served.requests[1].json["messages"][2])
    assert served.requests[1].json.get("tool_choice") == served.requests[0].json.get("tool_choice")
    for request in served.requests:
        assert [*roles(request.json), *texts(request.json), *calls(request.json)] == []


@pytest.mark.parametrize("way", ["anthropic", "portkey"])
def test_retry_asks_the_question_and_not_the_complaint(way: str) -> None:
    """In the same form again, and its turn takes the place of the corrected one."""
    with giving('{"x": "left"}', '{"x": 7}', '{"x": 8}') as served, talking(served, way) as chat:
        chat.extract(Point, "Where is it?")
        chat.retry()
    assert len(chat.turns) == 1
    first, _, again = (request.json for request in served.requests)
    assert again == first


def test_it_is_asked_once_more_and_not_twice() -> None:
    """Then the error names what does not fit, and the turn holds both answers."""
    with (
        giving('{"x": "left"}', '{"x": "right"}') as served,
        talking(served) as chat,
        pytest.raises(ck.ExtractionError, match='not "right"'),
    ):
        chat.extract(Point, "Where is it?")
    assert [len(turn.steps) for turn in chat.turns] == [2]
    assert len(served.requests) == 2


def test_one_round_is_enough_to_correct_an_answer() -> None:
    """The limit is for calls of tools."""
    with giving("What?", '{"x": 7}') as served, talking(served, max_rounds=1) as chat:
        assert chat.extract(Point, "Where is it?") == Point(7)
    assert len(served.requests) == 2


def test_a_correction_is_paid_from_the_budget() -> None:
    """What it could cost is looked at first; what was answered by then is in the costs."""
    with giving('{"x": "left"}') as served, talking(served, max_tokens=500) as chat:
        chat.budget = Decimal("0.0003")
        with pytest.raises(ck.BudgetExceeded, match="request 2 of this question"):
            chat.extract(Point, "Where is it?")
        assert chat.cost > 0
        assert chat.history == []


@pytest.mark.parametrize("extract", [at_once, awaited])
def test_a_schema_that_is_too_large_is_asked_for_by_a_tool(extract: Extract) -> None:
    """The API says so only when it has it; the refused request is no turn, and none of the log."""
    with giving("", '{"x": 7}') as served, talking(served) as chat:
        assert extract(chat, Point, "Where is it?") == Point(7)
    assert len(chat.turns) == len(chat.log) == 1
    first, second = (request.json for request in served.requests)
    assert "output_config" in first
    assert "output_config" not in second
    assert second["tool_choice"] == {"type": "tool", "name": ANSWER}


def test_another_refusal_is_raised() -> None:
    """As it is, and nothing is asked once more."""
    with (
        ck.offline.serve(pace_s=0, faults=["status=400"]) as address,
        ck.Client.anthropic("sk", base_url=address) as client,
        pytest.raises(ck.BadRequestError),
    ):
        ck.Chat(MODEL, client).extract(Point, "Where is it?")


def test_the_form_of_an_answer_is_no_change_of_the_tools() -> None:
    """What the cache and bound thinking lose by it is told as what it is, in the question itself and in the next."""
    report = ck.pdf(pdf(["It grew by 12 percent. " * 200] * 3), citations=True)
    chat = ck.Chat("claude-sonnet-5-5", ck.Client.offline(pace_s=0), cache="5m", thinking="adaptive")
    chat.ask(report, "What is it about?")
    chat.extract(list[int], "Which numbers record_answer?")
    chat.ask("And now?")
    told = [" ".join(turn.notes) for turn in chat.turns]
    assert told[0] == ""
    for words in told[1:]:
        assert "read from the cache: the form of the answer has changed." in words
        assert "is not sent: the form of the answer has changed" in words
    assert "tools have changed" not in str(told)
    chat.tools = [at_once_more]
    chat.ask("And with tools?")
    assert "the tools have changed" in " ".join(chat.turns[-1].notes)


def at_once_more(times: int) -> int:
    """Do it again."""
    return times + 1


def test_how_to_answer_is_no_words_of_the_users() -> None:
    """Where a tool can only be offered, Claude is told to call it; what is exported and listed is what was asked."""
    with giving('{"x": 7}') as served, talking(served, "portkey") as chat:
        chat.model = "claude-sonnet-5-5"
        chat.extract(Point, "Where is it?")
    assert "calling the tool record_answer" in served.requests[0].json["messages"][0]["content"][-1]["text"]
    assert chat.turns[0].label == "Where is it?"
    assert "calling the tool" not in chat.export("md") + chat.export("html")


def test_nothing_is_nothing_to_extract_from() -> None:
    """By a tool too, where a word on how to answer would be added."""
    with giving() as served, talking(served, "portkey") as chat:
        chat.model = "claude-sonnet-5-5"
        with pytest.raises(ValueError, match="nothing to ask"):
            chat.extract(Point)
