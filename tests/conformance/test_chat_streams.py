"""Recorded chat completions: each makes what OpenAI's own SDK makes of it, and the message that was behind it."""

import json
from typing import Any

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from claude_kit import errors, wire
from claude_kit.reply import Accumulator, Reply
from claude_kit.wire import chat_decoding, sse
from tests.conformance import recordings

RECORDED = [row for row in recordings.lines("streams/index.jsonl") if row["flavour"] == "openai-chat-chunks"]
THROUGH_GATEWAY = sorted(path.stem for path in (recordings.FOLDER / "gateway").glob("cc-*-st.sse"))

# What Anthropic calls it -> what else a chat completion calls it.
REASONS = {"end_turn": {"stop"}, "max_tokens": {"length"}, "tool_use": {"tool_calls"}, "stop_sequence": {"stop"}}

# Messages that were recorded on both routes.
BOTH = ("cache", "citations", "redacted", "servertool", "text", "thinking", "tools")

pytestmark = recordings.needed


def stream(name: str) -> bytes:
    """Return a recorded stream."""
    return (recordings.FOLDER / name).read_bytes()


def ours(data: bytes, dialect: wire.Dialect = "chat") -> Reply:
    """Return what we make of a stream, also where it did not say how it ended."""
    accumulator = Accumulator()
    for event in wire.decode([data], dialect):
        accumulator.feed(event)
    return accumulator.reply()


def theirs(data: bytes) -> Any:
    """Return what OpenAI's SDK accumulates: the message, and why it ended."""
    state: Any = ChatCompletionStreamState()
    reason = None
    for _, text in sse.events([data]):
        if text == "[DONE]":
            break
        chunk = json.loads(text)
        for choice in chunk["choices"]:
            reason = choice.get("finish_reason") or reason
            choice["finish_reason"] = None  # a reason that it does not know, or "length", it refuses
        state.handle_chunk(ChatCompletionChunk.construct(**json.loads(json.dumps(chunk))))
    return state.current_completion_snapshot.choices[0].message, reason


def assert_alike(reply: Reply, message: Any, reason: str | None) -> None:
    """Compare an answer with what OpenAI's SDK made of the same bytes."""
    assert reply.text == (message.content or message.refusal or "")
    calls = [(block["id"], block["name"], block["input"]) for block in reply.blocks if block["type"] == "tool_use"]
    called = [
        (call.id, call.function.name, json.loads(call.function.arguments or "{}")) for call in message.tool_calls or ()
    ]
    assert calls == called
    assert reply.stop_reason == reason or reason in REASONS.get(reply.stop_reason or "", ())


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["id"])
def test_a_recorded_stream_is_what_openai_makes_of_it(row: dict[str, Any]) -> None:
    """Text, calls of tools and the reason of the end."""
    data = stream(f"streams/{row['file']}")
    assert_alike(ours(data), *theirs(data))


@pytest.mark.parametrize("name", THROUGH_GATEWAY)
def test_a_stream_through_the_gateway_is_what_openai_makes_of_it(name: str) -> None:
    """The text, which comes twice, is there once; the calls of servers' tools are none of ours."""
    data = stream(f"gateway/{name}.sse")
    message, reason = theirs(without_servers_tools(data))
    assert_alike(ours(data), message, reason)


def without_servers_tools(data: bytes) -> bytes:
    """Leave out calls with the index -1, which OpenAI's SDK takes for the last of its list."""
    lines = []
    for _, text in sse.events([data]):
        if text != "[DONE]":
            chunk = json.loads(text)
            for choice in chunk["choices"]:
                calls = [call for call in choice["delta"].pop("tool_calls", ()) if call["index"] >= 0]
                choice["delta"].update({"tool_calls": calls} if calls else {})
            text = json.dumps(chunk)
        lines.append(f"data: {text}\n\n")
    return "".join(lines).encode()


@pytest.mark.parametrize("name", BOTH)
def test_a_stream_through_the_gateway_is_the_message_behind_it(name: str) -> None:
    """Types, signatures, redacted data, citations, servers' tools and usage come back as they were."""
    chat, native = (
        ours(stream(f"gateway/cc-{name}-loose-st.sse")),
        ours(stream(f"gateway/ms-{name}-st.sse"), "messages"),
    )
    assert sorted(map(settled, chat.blocks)) == sorted(map(settled, native.blocks))
    assert chat.stop_reason == native.stop_reason
    assert chat.usage.total_input_tokens == native.usage.total_input_tokens
    assert chat.usage.cache_read_input_tokens == native.usage.cache_read_input_tokens
    assert chat.complete


@pytest.mark.parametrize("name", [*BOTH, "interleaved", "omitted", "emptytool", "thinking-tools"])
def test_streamed_or_not_it_is_the_same_message(name: str) -> None:
    """The complete answer of the gateway makes what its stream makes."""
    whole = json.loads(stream(f"gateway/cc-{name}-loose-ns.json"))["response"]["json"]
    reply = Reply.from_events(chat_decoding.decode_completion(whole))
    streamed = ours(stream(f"gateway/cc-{name}-loose-st.sse"))
    assert sorted(map(settled, reply.blocks)) == sorted(map(settled, streamed.blocks))
    assert (reply.stop_reason, reply.usage) == (streamed.stop_reason, streamed.usage)


def settled(block: Any) -> str:
    """Write a block so that it compares: what is empty is as good as absent."""
    return json.dumps({name: value for name, value in block.items() if value not in (None, "", [])}, sort_keys=True)


def test_the_end_is_told_from_a_cut() -> None:
    """A stream that the gateway ended in silence is interrupted, and an error in the middle is raised."""
    with pytest.raises(errors.StreamInterrupted) as cut:
        Reply.from_events(wire.decode([stream("gateway/st-cc-mid_cut.sse")], "chat"))
    assert not cut.value.reply.complete
    with pytest.raises(errors.OverloadedError) as failed:
        Reply.from_events(wire.decode([stream("gateway/st-cc-mid_error.sse")], "chat"))
    assert failed.value.reply is not None
    assert not failed.value.reply.complete
