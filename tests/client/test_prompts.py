"""The prompt library and feedback as operations: which calls they make, and what comes of the answers."""

from typing import Any

import pytest

from claude_kit import errors
from claude_kit.client import prompts
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
    prompt, calls = carried_out(prompts.render("pp-1", {"a": ["b"]}, max_tokens=9), RENDERED)
    assert calls == [Call("POST", "/prompts/pp-1/render", {"variables": {"a": '["b"]'}, "max_tokens": 9})]
    assert prompt.model == "gpt-4"
    assert prompt.messages == ({"role": "user", "content": "Hi"},)


def test_a_prompt_is_answered() -> None:
    """What comes back is a chat completion; its stream would be asked for by the same path and body."""
    completion = {"object": "chat.completion", "choices": []}
    answer, calls = carried_out(prompts.complete("pp-1@2", {"a": "b"}), completion)
    assert answer is completion
    assert calls == [Call("POST", "/prompts/pp-1@2/completions", {"variables": {"a": "b"}, "stream": False})]
    assert prompts.completion("pp-1@2", {"a": "b"}, stream=True) == (
        "/prompts/pp-1@2/completions",
        {"variables": {"a": "b"}, "stream": True},
    )


def test_a_gateway_without_a_library_is_said_to_have_none() -> None:
    """The open-source one answers 500 and "Something went wrong"; any other failure stays what it is."""
    unknown = errors.ServerError("prompt completions error: Something went wrong", status=500, type="error")
    for steps in (prompts.render("pp-1"), prompts.complete("pp-1")):
        with pytest.raises(errors.ClaudeKitError, match="this gateway has no prompt library") as caught:
            carried_out(steps, unknown)
        assert caught.value.__cause__ is unknown
    broken = errors.ServerError("Internal server error", status=500, type="api_error")
    with pytest.raises(errors.ServerError, match="Internal server error"):
        carried_out(prompts.render("pp-1"), broken)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (lambda: prompts.render("pp-1"), "no prompt in the answer"),
        (lambda: prompts.complete("pp-1"), "no chat completion in the answer"),
        (lambda: prompts.feedback("t", 1), "no answer to feedback"),
        (lambda: prompts.update_feedback("id", 1), "no answer to feedback"),
    ],
)
def test_an_answer_that_is_none_is_an_error_of_the_api(steps: Any, told: str) -> None:
    """Whatever else the provider behind a gateway may have answered."""
    for answer in ({"type": "message"}, [], None):
        with pytest.raises(errors.APIError, match=told):
            carried_out(steps(), answer)


def test_feedback_is_given_and_changed() -> None:
    """One call each; the id that comes back is what changes it."""
    ids, calls = carried_out(prompts.feedback("run-7", 5, 0.5, {"who": "ada"}), {"feedback_ids": ["f1"]})
    assert ids == ("f1",)
    body = {"trace_id": "run-7", "value": 5, "weight": 0.5, "metadata": {"who": "ada"}}
    assert calls == [Call("POST", "/feedback", body)]
    ids, calls = carried_out(prompts.update_feedback("f1", -2), {"feedback_ids": ["f1"]})
    assert calls == [Call("PUT", "/feedback/f1", {"value": -2, "weight": 1.0})]


def test_feedback_on_several_answers_returns_all_ids() -> None:
    """In the order they were given."""
    given = [Feedback("a", 1), Feedback("b", -1)]
    ids, calls = carried_out(prompts.feedback_on_several(given), {"feedback_ids": ["f1"]}, {"feedback_ids": ["f2"]})
    assert ids == ("f1", "f2")
    assert calls == [Call("POST", "/feedback", each.body()) for each in given]


def test_a_call_that_went_past_the_gateway_is_logged() -> None:
    """Without its keys; there is nothing to return."""
    value, calls = carried_out(prompts.log({"url": "u", "headers": {"x-api-key": "k"}}, {"status": 200}), {})
    assert value is None
    assert calls == [Call("POST", "/logs", {"request": {"url": "u", "headers": {}}, "response": {"status": 200}})]
