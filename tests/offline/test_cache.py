"""The prompt cache of the offline model: what is written, read, kept how long, and lost by which change."""

from collections.abc import Callable
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.offline import prefix
from claude_kit.offline.cache import PromptCache
from tests.content import making
from tests.offline.asking import SHOWN, Desk, said, text, user

MARK: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
HOUR: dict[str, Any] = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
LONG = "A sentence that is here to be kept. " * 200
SHORT = "A sentence that is too short to be kept."
TOOL = {"name": "look_up", "description": LONG, "input_schema": {"type": "object"}}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}


def told(message: Any) -> tuple[int, int, int]:
    """Return the tokens that were neither, those written, those read."""
    usage = message["usage"]
    assert sum(usage["cache_creation"].values()) == usage["cache_creation_input_tokens"]
    return usage["input_tokens"], usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


def sum_of(message: Any) -> int:
    """Return all input tokens."""
    return sum(told(message))


def test_without_a_breakpoint_nothing_is_kept() -> None:
    """Asked twice, all of it is input twice."""
    desk = Desk()
    first, again = desk.ask([user(LONG)]), desk.ask([user(LONG)])
    assert told(first) == told(again)
    assert told(first)[1:] == (0, 0)


def test_what_was_written_is_read_the_next_time() -> None:
    """The sum is what it was without a cache, and what comes after the breakpoint is not in it."""
    desk = Desk()
    plain = desk.ask([user(text(LONG), text("Why?"))])
    first = desk.ask([user(text(LONG, **MARK), text("Why?"))])
    again = desk.ask([user(text(LONG, **MARK), text("Why not?"))])
    fresh, written, read = told(first)
    assert written > fresh > 0 == read
    assert told(again)[1:] == (0, written)
    assert sum_of(first) == sum_of(plain)


def test_a_conversation_reads_what_it_wrote_and_writes_what_is_new() -> None:
    """With the breakpoint on each last block, only the new turn is written."""
    desk = Desk()
    turns = [user(text(LONG, **MARK))]
    first = desk.ask(turns, thinking=SHOWN)
    turns = [user(text(LONG)), said(first), user(text("And this?", **MARK))]
    second = desk.ask(turns, thinking=SHOWN)
    assert told(second)[2] == told(first)[1]
    assert 0 < told(second)[1] < 500
    assert 0 < told(second)[0] < 10, "after the last block comes only the frame of the answer"
    plain = Desk().ask([user(text(LONG)), said(first), user(text("And this?"))], thinking=SHOWN)
    assert sum_of(second) == sum_of(plain)


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{**TOOL, **MARK}]},
        {"system": [text(LONG, **MARK)]},
        {"system": LONG, "cache_control": {"type": "ephemeral"}},
    ],
    ids=["tools", "system", "automatic"],
)
def test_a_breakpoint_may_stand_anywhere(fields: Any) -> None:
    """On a tool, on a block of the system prompt, or on the request itself for its last block."""
    desk = Desk()
    first, again = desk.ask([user("Why?")], **fields), desk.ask([user("Why?")], **fields)
    assert told(first)[1] > 500
    assert told(again)[1:] == (0, told(first)[1])


@pytest.mark.parametrize("inside", [True, False])
def test_a_breakpoint_may_stand_on_a_tool_s_result_or_inside_it(inside: bool) -> None:
    """Both end with the result."""
    desk = Desk()
    call = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}
    given = [text(LONG, **(MARK if inside else {}))]
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": given, **({} if inside else MARK)}
    turns = [user("Use look_up"), {"role": "assistant", "content": [call]}, user(result)]
    first, again = desk.ask(turns), desk.ask(turns)
    assert told(again)[2] == told(first)[1] > 1000


@pytest.mark.parametrize(("model", "minimum"), [("claude-sonnet-5-5", 512), ("claude-opus-4-6", 4096)])
def test_a_short_prefix_is_silently_not_kept(model: str, minimum: int) -> None:
    """Below the minimum of the model; at the minimum it is."""
    cache, chosen = PromptCache(), ck.models.find(model)
    assert chosen.cache_minimum_tokens == minimum
    body = {"messages": [user(text("Some words", **MARK))]}
    for tokens, written in ((minimum - 1, 0), (minimum, minimum)):
        usage = cache.bill(body, prefix.blocks(body), chosen, total=minimum + 9, up_to=lambda _, n=tokens: n)  # type: ignore[misc]
        assert usage["cache_creation_input_tokens"] == written
    assert told(Desk(model).ask([user(text(SHORT, **MARK))]))[1:] == (0, 0)


@pytest.mark.parametrize(("mark", "ttl_s"), [(MARK, 300), (HOUR, 3600)])
def test_it_is_kept_for_as_long_as_was_said_and_longer_if_it_is_used(mark: Any, ttl_s: int) -> None:
    """The time counts from the start of the request that wrote or read it last."""
    desk = Desk()
    turns = [user(text(LONG, **mark))]
    written = told(desk.ask(turns))[1]
    for _ in range(3):
        desk.now_s += ttl_s - 1
        assert told(desk.ask(turns))[1:] == (0, written)
    desk.now_s += ttl_s
    assert told(desk.ask(turns))[1:] == (written, 0)


def test_what_is_written_for_how_long_is_told_apart() -> None:
    """An hour for the system prompt, five minutes for the question."""
    usage = Desk().ask([user(text(LONG, **MARK))], system=[text(LONG + "!", **HOUR)])["usage"]
    created = usage["cache_creation"]
    assert created["ephemeral_1h_input_tokens"] > 500
    assert created["ephemeral_5m_input_tokens"] > 500


@pytest.mark.parametrize(("between", "found"), [(18, True), (19, False)])
def test_it_looks_back_twenty_blocks(between: int, found: bool) -> None:
    """Its own is the first of them."""
    desk = Desk()
    desk.ask([user(text(LONG, **MARK))])
    blocks = [text(f"Block {number}.") for number in range(between)]
    again = desk.ask([user(text(LONG), *blocks, text("The last one.", **MARK))])
    assert (told(again)[2] > 0) is found


def test_models_share_nothing() -> None:
    """What one wrote the other has to write itself; and so it is with servers."""
    desk = Desk()
    turns = [user(text(LONG, **MARK))]
    desk.ask(turns)
    desk.model = "claude-fable-5-2"  # which thinks as much by itself
    assert told(desk.ask(turns))[2] == 0
    assert told(Desk().ask(turns))[2] == 0


BASE: dict[str, Any] = {"tools": [{**TOOL, **MARK}], "system": [text(LONG, **MARK)], "thinking": {"type": "adaptive"}}
CHANGES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], int]] = {
    "nothing": (lambda asked: asked, 3),
    "how much thinking is shown": (lambda asked: {**asked, "thinking": SHOWN}, 3),
    "the cap": (lambda asked: {**asked, "max_tokens": 99}, 3),
    "a tool": (lambda asked: {**asked, "tools": [{**TOOL, "description": LONG + "!", **MARK}]}, 0),
    "the system prompt": (lambda asked: {**asked, "system": [text(LONG + "!", **MARK)]}, 1),
    "the choice of tools": (lambda asked: {**asked, "tool_choice": {"type": "none"}}, 2),
    "thinking": (lambda asked: {**asked, "thinking": {"type": "between_tools"}}, 2),
    "effort": (lambda asked: {**asked, "output_config": {"effort": "low"}}, 2),
    "an image": (lambda asked: {**asked, "messages": [*asked["messages"], user(IMAGE)]}, 2),
    "an earlier message": (lambda asked: {**asked, "messages": [user(text(LONG + "!", **MARK)), user("Why?")]}, 2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_loses_what_depends_on_it(change: str) -> None:
    """A tool loses everything, the system prompt what comes after the tools, thinking and the like the messages."""
    desk = Desk()
    asked = {**BASE, "messages": [user(text(LONG, **MARK)), user("Why?")]}
    desk.ask(**asked)
    changed, kept = CHANGES[change]
    usage = desk.ask(**changed(asked))
    prefixes = [0, *(told(Desk().ask([user("Why?")], **part))[1] for part in ({"tools": BASE["tools"]}, BASE))]
    whole = told(Desk().ask(**asked))[1]
    assert told(usage)[2] == [*prefixes, whole][kept]


def test_five_breakpoints_are_too_many() -> None:
    """The request's own counts as one."""
    desk = Desk()
    blocks = [text(f"Block {number}.", **MARK) for number in range(5)]
    for fields in (
        {"messages": [user(*blocks)]},
        {"messages": [user(*blocks[:4])], "cache_control": {"type": "ephemeral"}},
    ):
        assert desk.refusal(**fields) == "A maximum of 4 blocks with cache_control may be provided. Found 5."
    desk.ask([user(*blocks[:4])])


def test_an_hour_does_not_come_after_five_minutes() -> None:
    """And nothing is kept for a day."""
    desk = Desk()
    assert "must not come after a ttl='5m'" in desk.refusal([user(text("a", **MARK), text("b", **HOUR))])
    day = {"cache_control": {"type": "ephemeral", "ttl": "1d"}}
    assert "Input should be '5m' or '1h'" in desk.refusal([user(text("a", **day))])


def test_a_stream_tells_it_at_its_beginning() -> None:
    """In `message_start`; a client sums up the same usage."""
    client = ck.Client.offline(pace_s=0)
    content = [making.pdf(("one", "two", "three")), "Why?"]
    first, again = (client.send([{"role": "user", "content": content}], cache="5m") for _ in range(2))
    assert first.usage.cache_creation_input_tokens == again.usage.cache_read_input_tokens > 3000
    assert again.usage.cache_creation == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}


def test_who_is_refused_or_turned_away_writes_nothing() -> None:
    """An overload, or a request that is wrong, leaves the cache as it was."""
    client = ck.Client.offline(pace_s=0, faults=["status=529; retry-after=0.001", None])
    reply = client.send([{"role": "user", "content": LONG}], cache="5m")
    assert reply.usage.cache_creation_input_tokens > 500


def test_what_is_kept_is_not_counted_again() -> None:
    """A prefix may be a long file: its tokens are kept with it."""
    counted: list[prefix.Block] = []
    cache, model = PromptCache(), ck.models.find("claude-sonnet-5-5")
    blocks = [text(LONG + str(number), **MARK) for number in range(4)]
    body = {"messages": [user(*blocks)]}

    def up_to(block: prefix.Block) -> int:
        counted.append(block)
        return 1000 * len(counted)

    for _ in range(2):
        cache.bill(body, prefix.blocks(body), model, total=9000, up_to=up_to)
    assert len(counted) == 4
