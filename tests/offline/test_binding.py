"""Thinking that comes back to the offline model: taken as it was, where it was, by the model that thought it."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.estimate import texts
from claude_kit.models import find
from claude_kit.offline.prefix import Prefix
from claude_kit.offline.seals import Broken, Seal
from claude_kit.offline.triggers import REDACTED
from tests.offline.asking import BETA, SHOWN, Desk, said, text, user, words

TOOL = {"name": "look_up", "description": "d", "input_schema": {"type": "object"}}
DROP = {**SHOWN, "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
INVALID = "messages.1.content.0: Invalid `signature` in `thinking` block"
BOUND = "The block is bound to a different conversation. Remove the block, or set"


def begun(desk: Desk, **fields: Any) -> list[dict[str, Any]]:
    """Return a conversation of one turn and the next question."""
    first = desk.ask([user("Why?")], **{"thinking": SHOWN, **fields})
    assert [block["type"] for block in first["content"]] == ["thinking", "text"]
    return [user("Why?"), said(first), user("And then?")]


def changed(turns: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    """Return a conversation whose first thinking was changed."""
    other = copy.deepcopy(turns)
    other[1]["content"][0] |= fields
    return other


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-opus-4-8", "claude-sonnet-4-6"])
def test_a_conversation_goes_on_with_its_thinking(model: str) -> None:
    """Turn after turn, with everything as it was."""
    desk = Desk(model)
    turns = begun(desk)
    for _ in range(3):
        turns += [said(desk.ask(turns, thinking=SHOWN)), user("And then?")]
    assert desk.ask(turns, thinking=SHOWN)["stop_reason"] == "end_turn"


@pytest.mark.parametrize("display", ["summarized", "omitted"])
def test_the_signature_weighs_what_the_thinking_did(display: str) -> None:
    """So that the next turn is counted alike, whether the thinking was shown or not."""
    model = find("claude-opus-4-8")
    desk = Desk(model.id)
    turns = begun(desk, thinking={"type": "adaptive", "display": display})
    block = turns[1]["content"][0]
    shown = begun(desk)[1]["content"][0]["thinking"]
    assert bool(block["thinking"]) is (display == "summarized")
    with_it, without = (desk.ask(one)["usage"]["input_tokens"] for one in (turns, [turns[0], cut(turns[1]), turns[2]]))
    assert abs(with_it - without - texts.count(shown, model).tokens) <= 5


def cut(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without its thinking."""
    kept = [block for block in message["content"] if block["type"] not in ("thinking", "redacted_thinking")]
    return {**message, "content": kept}


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-sonnet-4-6"])
def test_thinking_that_was_changed_is_refused(model: str) -> None:
    """Its text or its signature; both in the API's words."""
    desk = Desk(model)
    turns = begun(desk)
    signature = turns[1]["content"][0]["signature"]
    for fields in ({"thinking": "Something else."}, {"signature": ""}, {"signature": signature[:-9]}):
        assert desk.refusal(changed(turns, **fields), thinking=SHOWN) == INVALID
    assert BOUND not in INVALID


def test_a_signature_that_was_written_anew_is_noticed() -> None:
    """Also where it still can be read."""
    seal = Seal.on("Hm.", model="claude-opus-5", prefix=Prefix("a", "b", "c"))
    signature = seal.write(50)
    assert Seal.read(signature) == seal
    held = base64.urlsafe_b64decode(signature.removeprefix("offline-")).replace(b"opus", b"mine")
    with pytest.raises(Broken):
        Seal.read("offline-" + base64.urlsafe_b64encode(held).decode())


def test_thinking_without_its_fields_is_refused() -> None:
    """The place is named."""
    desk = Desk()
    turns = begun(desk)
    del turns[1]["content"][0]["signature"]
    assert desk.refusal(turns) == "messages.1.content.0.thinking.signature: Field required"
    turns[1]["content"][0] = {"type": "redacted_thinking"}
    assert desk.refusal(turns) == "messages.1.content.0.redacted_thinking.data: Field required"


def test_thinking_of_another_model_is_refused() -> None:
    """It has to be left out when a conversation changes models."""
    desk = Desk("claude-opus-4-8")
    turns = begun(desk)
    desk.model = "claude-sonnet-5-5"
    assert desk.refusal(turns) == INVALID
    desk.ask([turns[0], cut(turns[1]), turns[2]])


CHANGES: dict[str, tuple[Callable[[list[dict[str, Any]]], list[dict[str, Any]]], dict[str, Any], str]] = {
    "system": (lambda turns: turns, {"system": "Be long."}, "The `system` prompt differs from the one"),
    "tools": (lambda turns: turns, {"tools": [TOOL, {**TOOL, "name": "b"}]}, "The `tools` differ from the ones"),
    "question": (lambda turns: [user("Why not?"), *turns[1:]], {}, "The messages before it differ"),
    "inserted": (lambda turns: [user(text("Why?"), text("Hm?")), *turns[1:]], {}, "The messages before it differ"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_thinking_is_bound_to_what_came_before_it(change: str) -> None:
    """A changed system prompt, tool or earlier message is refused on models that look; others take it."""
    change_turns, fields, hint = CHANGES[change]
    asked = {"system": "Be brief.", "tools": [TOOL], "thinking": SHOWN}
    for model, looks in (("claude-sonnet-5-5", True), ("claude-opus-5", False)):
        desk = Desk(model)
        turns = change_turns(begun(desk, **asked))
        if looks:
            refusal = desk.refusal(turns, **{**asked, **fields})
            assert refusal.startswith(f"{INVALID}. {BOUND}")
            assert BETA in refusal, "the header that is missing is named"
            assert hint in refusal
        else:
            desk.ask(turns, **{**asked, **fields})


def test_what_is_no_change_is_none() -> None:
    """A breakpoint, a block in place of a string, ``citations: null`` of an SDK, another cap or effort."""
    desk = Desk()
    turns = begun(desk, system="Be brief.")
    same = copy.deepcopy(turns)
    same[0]["content"] = [text("Why?", cache_control={"type": "ephemeral"})]
    same[1]["content"][1]["citations"] = None
    desk.ask(same, system=[text("Be brief.")], max_tokens=99, output_config={"effort": "low"}, thinking=SHOWN)


def test_thinking_may_be_left_out_from_the_beginning_on() -> None:
    """What is left stays bound; but none may be missing in between."""
    desk = Desk()
    turns = begun(desk)
    for _ in range(2):
        turns += [said(desk.ask(turns, thinking=SHOWN)), user("And then?")]
    desk.ask([cut(turn) if turn["role"] == "assistant" else turn for turn in turns])
    desk.ask([turns[0], cut(turns[1]), *turns[2:]])
    refusal = desk.refusal([*turns[:3], cut(turns[3]), *turns[4:]])
    assert refusal.startswith("messages.5.content.0: Invalid `signature` in `thinking` block. The block is bound")


def test_unbound_thinking_is_dropped_on_request() -> None:
    """With the beta; the answer tells what was dropped, and the conversation goes on."""
    desk = Desk()
    turns = begun(desk)
    message = desk.ask(turns, system="New.", thinking=DROP, betas=f"some-other, {BETA}")
    assert message["input_transformations"] == [
        {"type": "thinking_dropped", "path": "messages.1.content.0", "reason": "prefix_binding_mismatch"}
    ]
    bare = desk.ask([turns[0], cut(turns[1]), turns[2]], system="New.")
    assert message["usage"]["input_tokens"] == bare["usage"]["input_tokens"]
    turns += [said(message), user("More?")]
    dropped = desk.ask(turns, system="New.", thinking=DROP, betas=BETA)["input_transformations"]
    assert [one["path"] for one in dropped] == ["messages.1.content.0"], "the later one is bound to the new prompt"
    assert desk.refusal(turns, thinking=DROP) == "thinking.adaptive.block_binding: Extra inputs are not permitted"
    assert "input_transformations" not in desk.ask([user("Hi")], thinking=DROP, betas=BETA)


def test_signatures_of_others_are_taken() -> None:
    """What was recorded of Claude cannot be judged here."""
    block = {"type": "thinking", "thinking": "Hm.", "signature": "EqkECkYIBxgCKkA8AZ4noDfV5VcOJe"}
    sealed = {"type": "redacted_thinking", "data": "EqkECkYIBxgC"}
    Desk().ask([user("Why?"), {"role": "assistant", "content": [block, sealed, text("So.")]}, user("And?")])


# ---- in a tool's loop -----------------------------------------------------------------------------------------------


def looped(desk: Desk, thinking: Any) -> list[dict[str, Any]]:
    """Return a question, the call that answers it, and its result."""
    message = desk.ask([user("Use look_up")], tools=[TOOL], thinking=thinking)
    call = message["content"][-1]
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "12 °C"}
    return [user("Use look_up"), said(message), user(result)]


def test_the_latest_thinking_of_a_loop_cannot_be_modified() -> None:
    """In words of its own."""
    desk = Desk()
    turns = looped(desk, SHOWN)
    refusal = desk.refusal(changed(turns, thinking="Hm."), tools=[TOOL], thinking=SHOWN)
    assert refusal.startswith("messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant")
    assert "12 °C" in words(desk.ask(turns, tools=[TOOL], thinking=SHOWN))


def test_a_loop_with_a_budget_needs_its_thinking() -> None:
    """The answer that called has to begin with it; adaptive thinking does not ask for it."""
    budget = {"type": "enabled", "budget_tokens": 1024}
    desk = Desk("claude-haiku-4-5")
    turns = looped(desk, budget)
    bare = [turns[0], cut(turns[1]), turns[2]]
    desk.ask(turns, tools=[TOOL], thinking=budget)
    refusal = desk.refusal(bare, tools=[TOOL], thinking=budget)
    assert refusal.startswith("messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`")
    called = [turns[0], {**bare[1], "content": bare[1]["content"][1:]}, turns[2]]
    assert "but found `tool_use`" in desk.refusal(called, tools=[TOOL], thinking=budget)
    desk.ask(called, tools=[TOOL])
    adaptive = Desk()
    turns = looped(adaptive, SHOWN)
    adaptive.ask([turns[0], cut(turns[1]), turns[2]], tools=[TOOL], thinking=SHOWN)


# ---- sealed ---------------------------------------------------------------------------------------------------------


def test_omitted_thinking_is_streamed_as_a_signature_alone() -> None:
    """A block begins, its signature comes, it ends; no text."""
    stream = ck.Client.offline(pace_s=0).stream([{"role": "user", "content": "Why?"}], model="claude-sonnet-5-5")
    events = [event for event in stream if getattr(event, "index", None) == 0]
    assert [type(event).__name__ for event in events] == ["BlockStart", "SignatureDelta", "BlockStop"]
    block = stream.reply.blocks[0]
    assert (block["type"], block["thinking"]) == ("thinking", "")
    assert len(block["signature"]) > 320
    assert stream.reply.usage.output_tokens_details["thinking_tokens"] > 0


@pytest.mark.parametrize("stream", [True, False])
def test_thinking_is_redacted_on_request(stream: bool) -> None:
    """Anthropic's test string; the block comes back as it is, and not changed."""
    client = ck.Client.offline(pace_s=0)
    asked = {"role": "user", "content": f"Why? {REDACTED}"}
    reply = client.send([asked], model="claude-sonnet-5-5", thinking="adaptive", stream=stream)
    sealed, answered = reply.blocks
    assert (sorted(sealed), sealed["type"]) == (["data", "type"], "redacted_thinking")
    assert answered["type"] == "text"
    turns: list[dict[str, Any]] = [asked, {"role": "assistant", "content": list(reply.blocks)}]
    turns.append({"role": "user", "content": "And?"})
    assert client.send(turns, model="claude-sonnet-5-5").complete
    refusal = Desk().refusal([asked, {"role": "assistant", "content": [{**sealed, "data": "offline-x"}]}, turns[2]])
    assert refusal == "messages.1.content.0: Invalid `data` in `redacted_thinking` block"


@pytest.mark.parametrize(
    ("model", "thinking", "refusal"),
    [
        ("claude-sonnet-5-5", {"type": "disabled"}, '"thinking.type.disabled" is not supported'),
        ("claude-opus-5", {"type": "between_tools"}, '"thinking.type.between_tools" is not supported'),
        ("claude-haiku-4-5", {"type": "enabled"}, "thinking.enabled.budget_tokens: Field required"),
        (
            "claude-haiku-4-5",
            {"type": "enabled", "budget_tokens": 1023},
            "thinking.enabled.budget_tokens: Input should",
        ),
        ("claude-haiku-4-5", {"type": "enabled", "budget_tokens": 2000}, "`max_tokens` must be greater than"),
    ],
)
def test_thinking_that_cannot_be_asked_for_is_refused(model: str, thinking: Any, refusal: str) -> None:
    """By kind, or by its budget."""
    assert Desk(model).refusal([user("Why?")], thinking=thinking).startswith(refusal)
