"""The prompt library and feedback as operations: which calls they make, and what comes of the answers."""

import asyncio
from typing import Any

import pytest

import claude_kit as ck
from claude_kit import errors
from claude_kit.client import portkey
from claude_kit.client.steps import Call, Pause, Steps
from claude_kit.wire.portkey import Feedback

RENDERED = {"success": True, "data": {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}}


def carried_out(steps: Steps[Any], *answers: object) -> tuple[Any, list[Call | Pause]]:
    """Carry out an operation with these answers; return its value and the calls it made."""
    calls: list[Call | Pause] = []
    try:
        calls.append(next(steps))
        for answer in answers:
            calls.append(steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer))
    except StopIteration as end:
        return end.value, calls
    raise AssertionError("it asks for more")


def test_a_prompt_is_rendered() -> None:
    """One call, with variables and overrides in its body."""
    prompt, calls = carried_out(portkey.render("pp-1", {"a": ["b"]}, max_tokens=9), RENDERED)
    assert calls == [Call("POST", "/prompts/pp-1/render", {"variables": {"a": '["b"]'}, "max_tokens": 9})]
    assert prompt.model == "gpt-4"
    assert prompt.messages == ({"role": "user", "content": "Hi"},)


def test_an_answer_to_a_prompt_is_asked_for() -> None:
    """By path and body, streamed or not."""
    path, body = portkey.completion("pp-1@2", {"a": "b"}, stream=True)
    assert (path, body) == ("/prompts/pp-1@2/completions", {"variables": {"a": "b"}, "stream": True})
    assert portkey.completion("pp-1@2", {"a": "b"})[1]["stream"] is False


def test_a_gateway_without_a_library_is_said_to_have_none() -> None:
    """The open-source one answers 500 and "Something went wrong"; any other failure stays what it is."""
    unknown = errors.ServerError("prompt completions error: Something went wrong", status=500, type="error")
    with pytest.raises(errors.ClaudeKitError, match="this gateway has no prompt library") as caught:
        carried_out(portkey.render("pp-1"), unknown)
    assert caught.value.__cause__ is unknown
    broken = errors.ServerError("Internal server error", status=500, type="api_error")
    with pytest.raises(errors.ServerError, match="Internal server error"):
        carried_out(portkey.render("pp-1"), broken)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (lambda: portkey.render("pp-1"), "no prompt in the answer"),
        (lambda: portkey.feedback("t", 1), "no answer to feedback"),
        (lambda: portkey.update_feedback("id", 1), "no answer to feedback"),
    ],
)
def test_an_answer_that_is_none_is_an_error_of_the_api(steps: Any, told: str) -> None:
    """Whatever else the provider behind a gateway may have answered."""
    for answer in ({"type": "message"}, [], None):
        with pytest.raises(errors.APIError, match=told):
            carried_out(steps(), answer)


def test_feedback_is_given_and_changed() -> None:
    """One call each; the id that comes back is what changes it."""
    ids, calls = carried_out(portkey.feedback("run-7", 5, 0.5, {"who": "ada"}), {"feedback_ids": ["f1"]})
    assert ids == ("f1",)
    body = {"trace_id": "run-7", "value": 5, "weight": 0.5, "metadata": {"who": "ada"}}
    assert calls == [Call("POST", "/feedback", body)]
    ids, calls = carried_out(portkey.update_feedback("f1", -2), {"feedback_ids": ["f1"]})
    assert calls == [Call("PUT", "/feedback/f1", {"value": -2, "weight": 1.0})]


def test_feedback_on_several_answers_returns_all_ids() -> None:
    """In the order they were given."""
    given = [Feedback("a", 1), Feedback("b", -1)]
    ids, calls = carried_out(portkey.feedback_on_several(given), {"feedback_ids": ["f1"]}, {"feedback_ids": ["f2"]})
    assert ids == ("f1", "f2")
    assert calls == [Call("POST", "/feedback", each.body()) for each in given]


def test_a_call_that_went_past_the_gateway_is_logged() -> None:
    """Without its keys; there is nothing to return."""
    value, calls = carried_out(portkey.log({"url": "u", "headers": {"x-api-key": "k"}}, {"status": 200}), {})
    assert value is None
    assert calls == [Call("POST", "/logs", {"request": {"url": "u", "headers": {}}, "response": {"status": 200}})]


def test_an_async_answer_that_streams_has_a_method_of_its_own() -> None:
    """``complete`` says which; that it shall not stream may be said."""

    async def ask() -> ck.Reply:
        async with ck.AsyncClient.offline(pace_s=0) as client:
            with pytest.raises(TypeError, match=r"client\.prompts\.stream"):
                await client.prompts.complete("pp-summary", {"text": "Ants."}, stream=True)
            return await client.prompts.complete("pp-summary", {"text": "Ants."}, stream=False)

    assert asyncio.run(ask()).offline


def test_logs_are_told_of_a_call() -> None:
    """By the client too, which needs no Portkey for its own calls."""
    received: list[Any] = []
    with ck.Client.offline(log=received) as client:
        client.log({"url": "https://api.anthropic.com"}, {"status": 200}, {"_user": "ada"})
    assert [exchange.path for exchange in received] == ["/v1/logs"]
