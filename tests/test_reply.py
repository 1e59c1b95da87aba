"""One answer: put together from its events, verbatim, at any time, and what it cost."""

import pickle
from decimal import Decimal
from typing import Any

import pytest

from claude_kit import OverloadedError, Reply, StreamInterrupted, UnknownModelError, Usage, estimate
from claude_kit.estimate import price, texts
from claude_kit.models import find
from claude_kit.reply import Accumulator
from claude_kit.wire import decode
from claude_kit.wire import events as e
from claude_kit.wire.messages import OFFLINE_ID
from tests.wire.replay import ENDED, MESSAGE, STARTED, answer, block, delta, sse, text_block


def rebuilt(*stream: dict[str, Any]) -> Reply:
    """Return the reply that a stream makes."""
    return Reply.from_events(decode([sse(*stream)]))


def message(**changes: Any) -> dict[str, Any]:
    """Return the event that begins an answer, changed."""
    return {"type": "message_start", "message": {**MESSAGE, **changes}}


def ended(**usage: Any) -> list[dict[str, Any]]:
    """Return the events that end an answer."""
    return [{**ENDED[0], "usage": usage}, ENDED[1]]


# ---- blocks -----------------------------------------------------------------------------------------------------


def test_an_answer_is_put_together_from_its_pieces() -> None:
    """Thinking, signature and text are joined, in the blocks they belong to."""
    thinking = block(
        delta("thinking_delta", thinking="Let me "),
        delta("thinking_delta", thinking="see."),
        delta("signature_delta", signature="abc"),
        type="thinking",
        thinking="",
        signature="",
    )
    reply = rebuilt(STARTED, *thinking, {"type": "ping"}, *text_block("Twelve in all.", index=1), *ENDED)
    assert reply.blocks == (
        {"type": "thinking", "thinking": "Let me see.", "signature": "abc"},
        {"type": "text", "text": "Twelve in all."},
    )
    assert (reply.thinking, reply.text, str(reply)) == ("Let me see.", "Twelve in all.", "Twelve in all.")
    assert (reply.complete, reply.problem, reply.stop_reason) == (True, "", "end_turn")
    assert (reply.id, reply.model) == ("msg_01", "claude-haiku-4-5-20251001")


def test_blocks_are_told_apart_by_their_index() -> None:
    """Pieces of two blocks may come in turns; the blocks stand in the order of their numbers."""
    starts = [block(index=at, type="text", text="")[0] for at in (1, 0)]
    pieces = [delta("text_delta", at, text=text) for at, text in ((0, "a"), (1, "x"), (0, "b"), (1, "y"))]
    assert [found["text"] for found in rebuilt(STARTED, *starts, *pieces, *ENDED).blocks] == ["ab", "xy"]


def test_a_block_may_begin_with_words() -> None:
    """What stands in the block's start comes before what is added."""
    assert rebuilt(STARTED, *block(delta("text_delta", text="lo"), type="text", text="Hel"), *ENDED).text == "Hello"


def test_a_call_s_input_is_read_from_its_pieces() -> None:
    """The pieces are cut anywhere; the input is the JSON they make together."""
    pieces = [delta("input_json_delta", partial_json=piece) for piece in ("", '{"ci', 'ty": "Os', 'lo"}')]
    (call,) = rebuilt(STARTED, *block(*pieces, type="tool_use", id="t", name="f", input={}), *ENDED).blocks
    assert call == {"type": "tool_use", "id": "t", "name": "f", "input": {"city": "Oslo"}}


def test_a_call_without_arguments_has_an_empty_input_and_no_more() -> None:
    """The API sends one empty piece then; nothing is added that it would refuse when it is sent back."""
    pieces = [delta("input_json_delta", partial_json="")]
    (call,) = rebuilt(STARTED, *block(*pieces, type="tool_use", id="t", name="f", input={}), *ENDED).blocks
    assert call == {"type": "tool_use", "id": "t", "name": "f", "input": {}}


def test_a_call_cut_by_max_tokens_keeps_what_was_finished() -> None:
    """The block has the fields of the API and no other, so it can be sent back."""
    pieces = [delta("input_json_delta", partial_json='{"city": "Oslo", "unit": "cel')]
    (call,) = rebuilt(STARTED, *block(*pieces, type="tool_use", id="t", name="f", input={}), *ENDED).blocks
    assert call == {"type": "tool_use", "id": "t", "name": "f", "input": {"city": "Oslo"}}


def test_citations_are_gathered() -> None:
    """Each citation is appended to its block's list, also where the list began as null."""
    cited = [delta("citations_delta", citation={"page": page}) for page in (1, 2)]
    reply = rebuilt(STARTED, *block(*cited, type="text", text="", citations=None), *ENDED)
    assert reply.blocks == ({"type": "text", "text": "", "citations": [{"page": 1}, {"page": 2}]},)


def test_kinds_that_are_not_known_are_kept() -> None:
    """An unknown block is kept verbatim, an unknown delta's fields are kept on its block, an unknown event passes."""
    novel = block(delta("new_delta", content="summed up", sealed="xyz"), type="new_kind", content=None, more=[1])
    reply = rebuilt(STARTED, {"type": "new_event"}, *novel, *ENDED)
    assert reply.blocks == ({"type": "new_kind", "content": "summed up", "sealed": "xyz", "more": [1]},)


def test_redacted_thinking_is_kept_verbatim() -> None:
    """It must be sent back unchanged, and there is nothing of it to show."""
    reply = rebuilt(STARTED, *block(type="redacted_thinking", data="opaque"), *ENDED)
    assert reply.blocks == ({"type": "redacted_thinking", "data": "opaque"},)
    assert reply.thinking == ""


def test_a_delta_without_a_block_begins_one() -> None:
    """A server that forgets to start a block loses no word."""
    accumulator = Accumulator()
    for event in (e.TextDelta(1, "Hi"), e.SignatureDelta(0, "abc"), e.OtherDelta(7, {"x": 1})):
        accumulator.feed(event)
    assert accumulator.reply().blocks == (
        {"type": "thinking", "thinking": "", "signature": "abc"},
        {"type": "text", "text": "Hi"},
    )


def test_the_model_that_took_over_is_the_one_that_answered() -> None:
    """After a fallback the message's model is the one that went on."""
    reply = rebuilt(STARTED, *block(type="fallback", to={"model": "claude-sonnet-4-5"}), *text_block("Hi", 1), *ENDED)
    assert reply.model == reply.message["model"] == "claude-sonnet-4-5"


# ---- usage ------------------------------------------------------------------------------------------------------


def test_usage_is_the_last_value_never_the_sum() -> None:
    """The counts of a ``message_delta`` are totals: they replace what was said before; null takes nothing back."""
    begun = message(usage={"input_tokens": 12, "cache_read_input_tokens": 100, "output_tokens": 1})
    middle = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 5}}
    told = {"input_tokens": 20, "cache_read_input_tokens": None, "output_tokens": 9}
    reply = rebuilt(begun, middle, *ended(**told))
    assert dict(reply.usage) == {"input_tokens": 20, "cache_read_input_tokens": 100, "output_tokens": 9}


def test_null_takes_nothing_back() -> None:
    """A field of the message that a delta repeats as null keeps its value."""
    begun = message(container={"id": "c"})
    told = {**ENDED[0], "delta": {"stop_reason": "end_turn", "container": None, "stop_details": None}}
    found = rebuilt(begun, told, ENDED[1]).message
    assert found["container"] == {"id": "c"}
    assert found["stop_details"] is None


def test_usage_reads_as_mapping_and_by_name() -> None:
    """Counts that were not told are 0 by name and absent as a mapping; other fields that were not told are None."""
    usage = Usage(
        {"input_tokens": 12, "output_tokens_details": {"thinking_tokens": 7}, "cache_read_input_tokens": None}
    )
    assert (usage.input_tokens, usage["input_tokens"], usage.cache_read_input_tokens) == (12, 12, 0)
    assert usage.thinking_tokens == 7
    assert usage.total_input_tokens == 12
    assert usage.service_tier is None
    with pytest.raises(KeyError):
        usage["output_tokens"]
    assert pickle.loads(pickle.dumps(usage)) == usage


def test_usages_add_up() -> None:
    """Two answers' counts are summed, each field by itself."""
    total = Usage({"input_tokens": 1, "output_tokens": 2}) + Usage({"input_tokens": 10, "cache_read_input_tokens": 5})
    assert dict(total) == {"input_tokens": 11, "output_tokens": 2, "cache_read_input_tokens": 5}
    assert total.total_input_tokens == 16


# ---- answers that broke off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("events_kept", range(len(answer("Hello there")) - 1))
def test_a_cut_stream_is_an_error_that_holds_what_came(events_kept: int) -> None:
    """Wherever the stream ends before its last event, what had arrived is on the error, marked incomplete."""
    stream = answer("Hello there")[:events_kept]
    with pytest.raises(StreamInterrupted, match="ended before the answer did") as caught:
        rebuilt(*stream)
    reply = caught.value.reply
    said = "".join(event["delta"]["text"] for event in stream if event["type"] == "content_block_delta")
    assert (reply.complete, reply.text) == (False, said)
    assert reply.problem
    assert "incomplete" in repr(reply)


def test_an_error_in_the_middle_is_raised_with_what_came() -> None:
    """The class tells the kind of the error, and its reply holds the words before it."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(OverloadedError) as caught:
        rebuilt(*answer("Hello there")[:3], error)
    assert caught.value.reply is not None
    assert caught.value.reply.text == "Hello "
    assert caught.value.reply.problem == "The API broke off: Overloaded"


def test_the_reply_may_be_asked_for_at_any_time() -> None:
    """Each is a picture of its moment: what comes later changes none that was taken before."""
    accumulator = Accumulator()
    pictures = []
    for event in decode([sse(*answer("one two three"))]):
        accumulator.feed(event)
        pictures.append(accumulator.reply())
    texts = [picture.text for picture in pictures]
    assert texts == ["", "", "one ", "one two ", "one two three", "one two three", "one two three", "one two three"]
    assert [picture.blocks[0]["text"] for picture in pictures[1:]] == texts[1:]
    assert [picture.complete for picture in pictures] == [False] * 7 + [True]
    assert pictures[0].message["stop_reason"] is None


def test_a_reply_without_any_word_cost_nothing_that_is_known() -> None:
    """Stopped before the first event there is no model and no usage, and a conversation can still be summed."""
    reply = Accumulator().reply()
    assert (reply.cost, reply.model, reply.complete) == (Decimal(0), "", False)
    assert repr(reply) == "<Reply of no model: 0 words, incomplete>"


# ---- what it tells ------------------------------------------------------------------------------------------------


def test_the_cost_is_the_usage_at_the_model_s_price() -> None:
    """A million tokens in and out of Haiku 4.5: 1 + 5 dollars (Anthropic's price list, 2026-08-22)."""
    reply = rebuilt(message(usage={"input_tokens": 1_000_000, "output_tokens": 1}), *ended(output_tokens=1_000_000))
    assert reply.cost == Decimal(6)


def broken_off(*stream: dict[str, Any]) -> Reply:
    """Return what there is of an answer that ends before it should."""
    with pytest.raises(StreamInterrupted) as caught:
        rebuilt(*stream)
    reply = caught.value.reply
    assert isinstance(reply, Reply)
    return reply


def test_an_answer_that_broke_off_costs_what_had_arrived_of_it() -> None:
    """The API told its first token alone; thinking, text and a call as far as they had come are billed as well."""
    model = find("claude-haiku-4-5")
    thinking = block(delta("thinking_delta", thinking="It scatters. " * 40), type="thinking", thinking="")
    text = text_block("Because the air scatters blue light most of all. " * 40, index=1)
    call = block(delta("input_json_delta", 2, partial_json='{"city": "Oslo", "da'), index=2, type="tool_use", id="t")
    told = [STARTED, *thinking]
    assert broken_off(STARTED).billed.output_tokens == 1
    replies = [broken_off(*told), broken_off(*told, *text[:-1]), broken_off(*told, *text, *call[:-1])]
    thought, said, called = (reply.billed.output_tokens for reply in replies)
    assert thought == texts.count("It scatters. " * 40, model).low > 100
    assert said == thought + texts.count(replies[1].text, model).low
    assert said < called < said + 20
    for reply in replies:
        assert reply.at_least
        assert reply.usage == {"input_tokens": 12, "output_tokens": 1}  # what the API told stays what it is
        assert reply.cost == price(model, {"input_tokens": 12, "output_tokens": reply.billed.output_tokens}).total
        assert f"out at least {reply.billed.output_tokens} · at least $0.00" in reply.bundle()["text/plain"]


def test_what_was_told_is_not_counted_again() -> None:
    """An answer that ended, or broke off after its usage was told, costs that, whatever it says."""
    whole = rebuilt(STARTED, *text_block("word " * 100), *ended(output_tokens=9))
    late = broken_off(STARTED, *text_block("word " * 100), ended(output_tokens=9)[0])
    for reply in (whole, late):
        assert (reply.at_least, reply.billed.output_tokens) == (False, 9)
    assert "at least" not in late.bundle()["text/plain"]


def test_where_not_even_the_input_was_told_it_is_the_least_that_was_estimated() -> None:
    """A chat completion tells all of its usage at the end; one that broke off is not free for that."""
    expected = estimate("Why is the sky blue?", model="claude-haiku-4-5")
    blocks = ({"type": "text", "text": "Because the air scatters blue light most."},)
    reply = Reply(blocks=blocks, model="claude-haiku-4-5", complete=False, problem="cut", estimate=expected)
    assert reply.usage == {}
    assert reply.billed.input_tokens == expected.input_range[0]
    assert reply.cost > expected.input_cost / 2


def test_what_an_unknown_model_had_said_is_not_counted() -> None:
    """Nobody knows its tokens: what was told is all there is, and it still shows."""
    reply = broken_off(message(model="another-model"), *text_block("Hi " * 100))
    assert reply.billed == reply.usage
    assert "out at least 1 · price unknown" in reply.bundle()["text/plain"]


def test_an_unknown_model_s_price_is_unknown_and_the_reply_still_shows() -> None:
    """The cost raises; the line of facts says so instead of a number."""
    reply = rebuilt(message(model="another-model"), *text_block("Hi"), *ended(output_tokens=9))
    with pytest.raises(UnknownModelError):
        _ = reply.cost
    assert "price unknown" in reply.bundle()["text/plain"]


def test_how_long_it_thought_is_measured() -> None:
    """From the first thinking to the first other block, or to the end."""
    now = iter([10.0, 12.5, 20.0, 21.0])
    accumulator = Accumulator(clock=lambda: next(now))
    for index, kind in enumerate(("thinking", "redacted_thinking", "text", "thinking")):
        accumulator.feed(e.BlockStart(index, {"type": kind}))
    accumulator.feed(e.MessageStop())
    assert accumulator.reply().thinking_s == 3.5


@pytest.mark.parametrize(
    ("stop_reason", "told"),
    [
        ("max_tokens", "cut at max_tokens"),
        ("model_context_window_exceeded", "context window is full"),
        ("refusal", "declined"),
        ("pause_turn", "paused"),
    ],
)
def test_an_answer_that_did_not_end_by_itself_says_why(stop_reason: str, told: str) -> None:
    """It is complete as far as the API goes, and the reader is told all the same."""
    stop = {**ENDED[0], "delta": {"stop_reason": stop_reason}}
    reply = rebuilt(STARTED, *text_block("Hi"), stop, ENDED[1])
    assert reply.complete
    for form in reply.bundle().values():
        assert told in form


def test_the_offline_model_is_known_by_its_id() -> None:
    """The mark survives the wire, pickling and the saved message."""
    reply = rebuilt(message(id=f"{OFFLINE_ID}1"), *text_block("Hi"), *ENDED)
    assert reply.offline
    assert pickle.loads(pickle.dumps(reply)).offline
    assert not rebuilt(*answer("Hi")).offline
    for form in reply.bundle().values():
        assert "no Claude was asked" in form


def test_a_reply_can_be_pickled_and_compared() -> None:
    """Equal means the same answer, whatever time it took."""
    reply = rebuilt(*answer("Hi"))
    assert pickle.loads(pickle.dumps(reply)) == reply == rebuilt(*answer("Hi"))
    assert reply != rebuilt(*answer("Ho"))


def test_markup_of_an_answer_is_shown_not_obeyed() -> None:
    """The HTML form holds no script, wherever in the reply it came."""
    evil = "<script>alert(1)</script>"
    thought = block(delta("thinking_delta", thinking=evil), type="thinking", thinking="", signature="")
    html = rebuilt(message(model=evil), *thought, *text_block(evil, 1), *ENDED).bundle()["text/html"]
    assert "<script" not in html


def test_an_id_that_is_no_text_is_shown_all_the_same() -> None:
    """Some gateways number their answers."""
    assert repr(Reply(id=7, model="m")) == "<Reply m: 0 words, incomplete>"  # type: ignore[arg-type]
