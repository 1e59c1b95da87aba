"""What of a conversation is sent again: what the API takes, verbatim, and nothing that it refuses."""

from typing import Any

import pytest
from PIL import Image as pil

from claude_kit import Image, Reply, image, text
from claude_kit.chat import Step, Turn, history
from claude_kit.chat.history import Setting, compose, extended, fingerprint, message_of
from claude_kit.content import Text
from claude_kit.models import find

BOUND, FREE, OLD = "claude-sonnet-5-5", "claude-opus-4-8", "claude-haiku-4-5"
SAID = {"type": "text", "text": "Yes."}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
LOCKED = {"type": "redacted_thinking", "data": "d"}
CALL = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
SEARCH = {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srv", "content": []}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "rain"}


def step(*blocks: dict[str, Any], model: str = BOUND, results: tuple[Any, ...] = (), **fields: Any) -> Step:
    """An answer of these blocks."""
    return Step(Reply(blocks=blocks, model=model, stop_reason=fields.pop("stop_reason", "end_turn"), **fields), results)


def turn(*steps: Step, question: str = "What?", prefix: str = "") -> Turn:
    """A turn that asked a question."""
    return Turn((Text(question),), steps, prefix=prefix)


def composed(*turns: Turn, model: str = BOUND, **options: Any) -> history.History:
    """Put together what is sent of these turns."""
    return compose(turns, Setting(find(model)), **options)


def sent(*turns: Turn, **options: Any) -> list[Any]:
    """The content of every message that is sent of these turns."""
    return [message["content"] for message in composed(*turns, **options).messages]


def test_blocks_go_back_verbatim_and_in_order() -> None:
    """Signatures, redacted thinking, citations and blocks of servers' tools too."""
    cited = {**SAID, "citations": [{"type": "page_location", "start_page_number": 3}]}
    blocks = (THOUGHT, LOCKED, SEARCH, FOUND, cited, {"type": "new", "x": 1})
    assert sent(turn(step(*blocks)))[1] == list(blocks)


@pytest.mark.parametrize(
    "answer",
    [
        step(SAID, complete=False),
        step(SAID, stop_reason="refusal"),
        step(),
        step({"type": "text", "text": " \n"}),
        step(THOUGHT),
        step({"type": "thinking", "thinking": "cut"}, stop_reason="max_tokens"),
    ],
)
def test_a_turn_without_a_whole_answer_is_left_out(answer: Step) -> None:
    """Its question would stand there alone; the turns around it are sent."""
    around = turn(step(SAID), question="First")
    assert sent(around, turn(answer)) == sent(around)


def test_thinking_without_its_signature_is_left_out() -> None:
    """The API refuses it; what else was said goes back."""
    assert sent(turn(step({"type": "thinking", "thinking": "Hm.", "signature": ""}, SAID)))[1] == [SAID]


@pytest.mark.parametrize(("model", "kept"), [(BOUND, True), (FREE, False), (OLD, False)])
def test_thinking_of_another_model_is_left_out(model: str, kept: bool) -> None:
    """And told of by the number of its turn."""
    told = composed(turn(step(SAID)), turn(step(THOUGHT, LOCKED, SAID)), model=model)
    assert told.messages[3]["content"] == ([THOUGHT, LOCKED, SAID] if kept else [SAID])
    assert told.switched == (() if kept else (2,))
    note = f"The thinking of turn 2 is not sent: it is another model's than {find(model)}."
    assert history.told(told, find(model), kept=False) == ([] if kept else [note])


def test_another_spelling_is_no_other_model() -> None:
    """Answers name the dated snapshot, and gateways have names of their own."""
    assert sent(turn(step(THOUGHT, SAID, model="claude-haiku-4-5-20251001")), model=OLD)[1] == [THOUGHT, SAID]


def test_thinking_that_is_bound_goes_back_while_nothing_has_changed() -> None:
    """The digest of what stood before it tells; cache breakpoints and thinking are no part of it."""
    first = turn(step(THOUGHT, SAID), question="First")
    before = composed(first)
    second = turn(step(THOUGHT, SAID), prefix=extended(before.prefix, message_of((Text("What?"),))))
    assert composed(first, second).changed == ()
    undone = composed(second)
    assert (undone.changed, undone.why) == ((1,), "an earlier turn has changed")
    changed = compose([first, second], Setting(find(BOUND), system="Be brief."))
    assert (changed.changed, changed.why) == ((2,), "the system prompt has changed")
    assert changed.messages[3]["content"] == [SAID]
    assert compose([first, second], Setting(find(BOUND), "New"), keep_changed=True).messages[3]["content"][0] == THOUGHT


def test_where_thinking_is_not_bound_a_change_does_not_matter() -> None:
    """It goes back verbatim."""
    there = turn(step(THOUGHT, SAID, model=FREE), prefix="of something else")
    assert composed(there, model=FREE).changed == ()
    assert sent(there, model=FREE)[1] == [THOUGHT, SAID]


def test_what_the_api_refused_is_left_out_from_then_on() -> None:
    """Of those turns alone."""
    first, second = turn(step(THOUGHT, SAID)), turn(step(THOUGHT, SAID))
    assert sent(first, second, refused=[first])[1::2] == [[SAID], [THOUGHT, SAID]]


def test_calls_and_results_stand_next_to_each_other() -> None:
    """As they were sent, thinking between them kept."""
    called = turn(step(THOUGHT, CALL, stop_reason="tool_use", results=(RESULT,)), step(THOUGHT, SAID))
    assert sent(called) == [[Text("What?")], [THOUGHT, CALL], [RESULT], [THOUGHT, SAID]]


def test_a_call_that_nobody_answered_is_answered_with_the_next_question() -> None:
    """The API refuses a call without its result."""
    told = composed(turn(step(CALL, stop_reason="tool_use")))
    assert told.open_calls == {"t1": "look"}
    filled = {"type": "tool_result", "tool_use_id": "t1", "content": "This tool was not run."}
    assert message_of((Text("Go on"),), told.open_calls)["content"] == [filled, Text("Go on")]
    assert message_of((RESULT, Text("Go on")), told.open_calls)["content"] == [RESULT, Text("Go on")]


def test_an_answer_that_paused_is_one_message() -> None:
    """Roles alternate."""
    paused = turn(step(SEARCH, stop_reason="pause_turn"), step(FOUND, SAID))
    assert [message["role"] for message in composed(paused).messages] == ["user", "assistant"]
    assert sent(paused)[1] == [SEARCH, FOUND, SAID]


def test_a_call_of_a_servers_tool_goes_back_with_its_result_or_not_at_all() -> None:
    """Where the answer was left in the middle of it, nobody can answer it any more."""
    assert sent(turn(step(SAID, SEARCH, stop_reason="pause_turn")))[1] == [SAID]
    assert sent(turn(step(SEARCH, stop_reason="max_tokens"))) == []


def test_what_follows_an_empty_answer_to_a_result_stands_in_one_message_with_it() -> None:
    """Claude may have nothing to say to what a tool gave; roles alternate all the same."""
    called = turn(step(CALL, stop_reason="tool_use", results=(RESULT,)), step({"type": "text", "text": "\n"}))
    assert sent(called, turn(step(SAID)))[2] == [RESULT, Text("What?")]


def test_results_that_a_question_ends_with_stand_in_one_message_with_the_next() -> None:
    """A turn that ended with results, and a question after it, are both the user's."""
    called = turn(step(CALL, stop_reason="tool_use", results=(RESULT,)), step(SAID))
    assert [message["role"] for message in composed(called, turn(step(SAID))).messages] == [
        *("user", "assistant", "user", "assistant"),
        *("user", "assistant"),
    ]


def test_a_fingerprint_is_of_what_is_sent_not_of_how_it_is_held() -> None:
    """A part and its block are the same; another picture is another, and so is another title."""
    red, blue = (image(pil.new("RGB", (9, 9), colour)) for colour in ("red", "blue"))
    assert isinstance(red, Image)
    assert fingerprint("", red) == fingerprint("", image(red.data)) != fingerprint("", blue)
    assert fingerprint("", text("a")) != fingerprint("b", text("a"))
    assert fingerprint("", [SAID, THOUGHT]) == fingerprint("", [{**SAID, "cache_control": {"type": "ephemeral"}}])
