"""Whether messages fit together: what the API refuses, the offline model refuses, in the same words."""

from typing import Any

import pytest

import claude_kit as ck
from claude_kit.offline.triggers import REFUSAL
from tests.offline.asking import Desk, text, user, words

TOOL = {"name": "look_up", "description": "d", "input_schema": {"type": "object"}}
ASKED = user("Why?")
ANSWERED = {"role": "assistant", "content": [text("So.")]}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}
OTHER = {**CALL, "id": "toolu_2"}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12 °C"}
SECOND = {**RESULT, "tool_use_id": "toolu_2"}


def called(*calls: Any) -> dict[str, Any]:
    """Return an answer that calls tools."""
    return {"role": "assistant", "content": [text("I look it up."), *calls]}


REFUSED: dict[str, tuple[list[Any], str]] = {
    "no message": ([], "messages: at least one message is required"),
    "the assistant first": ([ANSWERED, ASKED], 'messages: first message must use the "user" role'),
    "another role": ([ASKED, {"role": "tool", "content": "x"}], "messages.1.role: Input should be 'user' or"),
    "empty": ([user()], "messages.0: all messages must have non-empty content except"),
    "empty in between": ([ASKED, {"role": "assistant", "content": []}, ASKED], "messages.1: all messages must have"),
    "an empty string": ([user("")], "messages.0: all messages must have non-empty content"),
    "an empty text": ([user(text(""))], "messages: text content blocks must be non-empty"),
    "a blank text": ([user(text(" \n"))], "messages: text content blocks must contain non-whitespace text"),
    "a blank string": ([user("  ")], "messages: text content blocks must contain non-whitespace text"),
    "thinking of the user": (
        [user({"type": "thinking", "thinking": "Hm.", "signature": "x"})],
        "messages.0.content.0: `thinking` blocks can only be in `assistant` messages",
    ),
    "a call without a result": (
        [ASKED, called(CALL), user("Well?")],
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each",
    ),
    "a call at the end": ([ASKED, called(CALL)], "messages.1: `tool_use` ids were found without"),
    "one result of two": (
        [ASKED, called(CALL, OTHER), user(RESULT)],
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_2. Each",
    ),
    "a result after a text": ([ASKED, called(CALL), user(text("Here."), RESULT)], "messages.1: `tool_use` ids were"),
    "a result without a call": (
        [user(RESULT)],
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each",
    ),
    "a result of an earlier call": (
        [ASKED, called(CALL), user(RESULT), ANSWERED, user(RESULT)],
        "messages.4.content.0: unexpected `tool_use_id`",
    ),
    "a result twice": ([ASKED, called(CALL), user(RESULT, RESULT)], "messages.2.content.0: each tool_use must have"),
    "a call twice": ([ASKED, called(CALL, CALL), user(RESULT)], "messages.1.content.2: `tool_use` ids must be unique"),
    "a call of the user": ([user(CALL)], "messages.0: `tool_use` blocks can only be in `assistant` messages"),
    "a prefill": ([ASKED, ANSWERED], "This model does not support assistant message prefill. The conversation must"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(case: str) -> None:
    """In the API's words, with the place."""
    messages, refusal = REFUSED[case]
    assert Desk().refusal(messages, tools=[TOOL]).startswith(refusal)


def test_a_system_prompt_has_words_too() -> None:
    """An empty block of it is refused, no block at all is none."""
    assert Desk().refusal([ASKED], system=[text("")]) == "system: text content blocks must be non-empty"
    Desk().ask([ASKED], system=[])


@pytest.mark.parametrize(
    "messages",
    [
        [ASKED, user("And?"), user("Well?")],
        [ASKED, ANSWERED, ANSWERED, ASKED],
        [ASKED, called(CALL, OTHER), user(RESULT), user(SECOND), user("Well?")],
        [ASKED, called(CALL, OTHER), user(SECOND, RESULT, text("Well?"))],
        [ASKED, called(CALL), user(RESULT), called(OTHER), user(SECOND)],
    ],
)
def test_messages_of_one_role_are_one(messages: list[Any]) -> None:
    """They are merged and not refused, as a chat completion's results of tools have to be."""
    Desk().ask(messages, tools=[TOOL])


def test_an_answer_may_be_begun_where_the_model_takes_it() -> None:
    """Up to 4.5; not with thinking, nor with a blank at its end."""
    desk = Desk("claude-haiku-4-5")
    desk.ask([ASKED, ANSWERED])
    budget = {"type": "enabled", "budget_tokens": 1024}
    assert "Expected `thinking`" in desk.refusal([ASKED, ANSWERED], thinking=budget)
    blank = {"role": "assistant", "content": "So, "}
    assert "cannot end with trailing whitespace" in desk.refusal([ASKED, blank])


def test_an_answer_that_paused_may_go_on() -> None:
    """It ends with a tool of the server's, and is no prefill."""
    paused = [text("I search."), {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]
    Desk().ask([ASKED, {"role": "assistant", "content": paused}])


def test_forcing_a_tool_does_not_go_with_a_budget() -> None:
    """The API lets nobody think and force."""
    fields = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "tools": [TOOL], "tool_choice": {"type": "any"}}
    assert Desk("claude-haiku-4-5").refusal([ASKED], **fields).startswith("Thinking may not be enabled when")


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False])
def test_it_declines_on_request(stream: bool) -> None:
    """Anthropic's test string; nothing is said, and why stands beside the reason."""
    asked = {"role": "user", "content": f"Why? {REFUSAL}"}
    reply = ck.Client.offline(pace_s=0).send([asked], model="claude-sonnet-5-5", stream=stream)
    assert (reply.stop_reason, reply.text, list(reply.blocks)) == ("refusal", "", [])
    assert reply.message["stop_details"]["category"] == "general_harms"
    assert reply.usage.output_tokens == 0


def test_a_conversation_that_was_declined_stays_so() -> None:
    """Until the question is taken out of it."""
    desk = Desk()
    assert desk.ask([user(REFUSAL), ANSWERED, ASKED])["stop_reason"] == "refusal"
    assert desk.ask([ASKED])["stop_reason"] == "end_turn"


# ---- tools ----------------------------------------------------------------------------------------------------------

TIME = {"name": "get_time", "input_schema": {"type": "object"}}


def test_two_tools_are_called_at_once() -> None:
    """In the order in which the question names them, each with an id of its own; or only one, if that is asked."""
    desk = Desk()
    message = desk.ask([user("Use get_time and look_up")], tools=[TOOL, TIME])
    calls = [block for block in message["content"] if block["type"] == "tool_use"]
    assert [call["name"] for call in calls] == ["get_time", "look_up"]
    assert len({call["id"] for call in calls}) == 2
    assert "“get_time” and “look_up”" in words(message)
    alone = {"type": "auto", "disable_parallel_tool_use": True}
    message = desk.ask([user("Use get_time and look_up")], tools=[TOOL, TIME], tool_choice=alone)
    assert [block["name"] for block in message["content"] if block["type"] == "tool_use"] == ["get_time"]


def test_it_says_what_the_tools_gave() -> None:
    """By name, shortened, and that one failed; the question is the one that they were called for."""
    failed = {**SECOND, "content": [text("No such\ncity")], "is_error": True}
    turns = [user("Use look_up twice"), called(CALL, {**OTHER, "name": "get_time"}), user(RESULT, failed)]
    said = words(Desk().ask(turns, tools=[TOOL, TIME]))
    assert "1. **look_up**: “12 °C”." in said
    assert "2. **get_time** failed: “No such city”." in said
    assert "You asked: “Use look_up twice”." in said
    assert "of the conversation" not in said, "a result is no question"


@pytest.mark.parametrize("dialect", ["messages", "chat"])
def test_a_loop_goes_round_in_both_dialects(dialect: str) -> None:
    """The calls of an answer, and their results, go back through the gateway as they do directly."""
    with ck.offline.serve() as address:
        options: dict[str, Any] = {"base_url": address, "provider": "anthropic", "dialect": dialect}
        with ck.Client.portkey("none", **options) as client:
            asked: list[dict[str, Any]] = [{"role": "user", "content": "Use get_time and look_up"}]
            fields: dict[str, Any] = {"model": "claude-sonnet-5-5", "tools": [TOOL, TIME], "thinking": "adaptive"}
            reply = client.send(asked, **fields)
            calls = [block for block in reply.blocks if block["type"] == "tool_use"]
            results = [{"type": "tool_result", "tool_use_id": call["id"], "content": call["name"]} for call in calls]
            turns = [*asked, {"role": "assistant", "content": list(reply.blocks)}, {"role": "user", "content": results}]
            answer = client.send(turns, **fields)
    assert "1. **get_time**: “get_time”.\n2. **look_up**: “look_up”." in answer.text
