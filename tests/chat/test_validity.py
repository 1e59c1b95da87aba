"""The judge of requests finds what the API refuses, so that what it lets pass means something."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chat.traffic import Exchange
from tests.chat.validity import Judge

PDF = b"%PDF-1.7 of a kind"
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "signed"}
SAID = {"type": "text", "text": "Yes."}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
FILE = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(PDF).decode()},
}


def text(words: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **fields}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def assistant(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


FIRST = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 4096,
    "system": "Be brief.",
    "tools": [{"name": "lookup", "input_schema": {"type": "object"}}],
    "messages": [user(FILE, text("Look it up"))],
}
SECOND = {**FIRST, "messages": [*FIRST["messages"], assistant(THOUGHT, SAID, CALL), user(RESULT)]}
THIRD = {
    **FIRST,
    "messages": [*SECOND["messages"], assistant(SAID), user(text("And now?"))],
}


def judged(body: dict[str, Any]) -> list[str]:
    """Judge a request that comes after two answers."""
    judge = Judge(PDF)
    judge.learn(Exchange(FIRST, 200, blocks=[THOUGHT, SAID, CALL], model="claude-sonnet-5-5", ended=True))
    judge.learn(Exchange(SECOND, 200, blocks=[SAID], model="claude-sonnet-5-5", ended=True))
    return judge.judge(body)


def changed(body: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Return a request with something done to it."""
    other = copy.deepcopy(body)
    change(other)
    return other


def to_message(at: int, change: Callable[[list[Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda body: change(body["messages"][at]["content"])


@pytest.mark.parametrize("body", [FIRST, SECOND, THIRD])
def test_what_the_api_takes_is_let_pass(body: dict[str, Any]) -> None:
    """A file, a call with its thinking, its result, and one more question."""
    assert judged(body) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda body: body["messages"].pop(0), "is not to speak"),
        (lambda body: body["messages"].pop(), "the last word is not the user's"),
        (to_message(4, list.clear), "empty"),
        (to_message(4, lambda content: content.append(text(" \n"))), "a text without a word"),
        (to_message(2, lambda content: content[0].update(content=[text("")])), "a text without a word"),
        (to_message(2, lambda content: content[0].update(text("Well?"))), "wait"),
        (to_message(2, lambda content: content.insert(0, text("Well?"))), "a result after something else"),
        (to_message(4, lambda content: content.insert(0, RESULT)), "results for"),
        (to_message(1, lambda content: content[0].update(thinking="h")), "thinking was changed"),
        (to_message(1, lambda content: content[0].update(signature="")), "nobody signed"),
        (to_message(1, lambda content: content[1].update(text="No.")), "no model has answered that"),
        (to_message(1, lambda content: content.reverse()), "no model has answered that"),
        (to_message(0, lambda content: content.reverse()), "bound to a different conversation"),
        (lambda body: body.update(system="Be long."), "bound to a different conversation"),
        (lambda body: body.update(tools=[{"name": "lookup"}]), "bound to a different conversation"),
        (lambda body: body.update(model="claude-opus-4-8"), "thinking of claude-sonnet-5-5 sent to claude-opus-4-8"),
        (to_message(0, lambda content: content[0]["source"].update(data="AAAA")), "a file that was not given"),
        (to_message(0, lambda content: content[0]["source"].update(type="url")), "a file by url"),
        (to_message(1, lambda content: content[0].update(MARK)), "a breakpoint on thinking"),
        (lambda body: body["messages"].append(user(*[text("a", **MARK)] * 5)), "5 breakpoints"),
        (lambda body: body["messages"].append(user(text("a", **MARK), text("b", **HOUR))), "breakpoints of"),
        (lambda body: body.update(thinking={"type": "enabled", "budget_tokens": 2000}), "thinking of type enabled"),
        (lambda body: body.update(thinking={"type": "between_tools", "display": "omitted"}), "with more than that"),
        (lambda body: body.update(max_tokens=1_000_000), "max_tokens"),
        (lambda body: body.update(output_config={"effort": "huge"}), "effort huge"),
    ],
)
def test_what_the_api_refuses_is_found(change: Callable[[dict[str, Any]], Any], problem: str) -> None:
    """Each by itself, in a request that is fine otherwise."""
    found = judged(changed(THIRD, change))
    assert any(problem in one for one in found), found


def test_a_call_of_a_tool_that_nobody_defines_is_noticed() -> None:
    """What was called once is defined, also where it may not be called any more."""
    assert "lookup is called, and no tools are defined" in judged({**SECOND, "tools": []})


def test_thinking_that_goes_with_a_call_is_missed() -> None:
    """While the tool is run; in a later turn it may be left out."""
    without = to_message(1, lambda content: content.pop(0))
    assert judged(changed(SECOND, without)) == ["the thinking before a call is missing when its result is sent"]
    assert judged(changed(THIRD, without)) == []


def test_a_budget_wants_thinking_before_the_call() -> None:
    """The API says so of the last answer alone."""
    budget = {"thinking": {"type": "enabled", "budget_tokens": 2000}, "model": "claude-opus-4-5"}
    bare = changed(SECOND, to_message(1, lambda content: content.pop(0)))
    assert judged({**bare, **budget}) == ["a result is sent for a call before which nothing was thought"]
    assert judged({**bare, **budget, "thinking": {"type": "disabled"}}) == []
