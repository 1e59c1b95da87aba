"""A chat completion's stream becomes the events of the message behind it, however it is cut."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit import errors, wire
from claude_kit.reply import Reply
from claude_kit.wire import chat_decoding
from claude_kit.wire import events as e
from claude_kit.wire.chat_decoding import Chunks


def chunk(delta: dict[str, Any], reason: str | None = None, **beside: Any) -> dict[str, Any]:
    """Return a chunk as the gateway sends it."""
    return {
        "id": "anthropic-1",
        "model": "claude-sonnet-5-5",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        **beside,
    }


def block(index: int, **delta: Any) -> dict[str, Any]:
    """Return the delta of one of Claude's own blocks; text comes a second time beside it."""
    again = {"content": delta["text"]} if delta.get("text") else {}
    return {**again, "content_blocks": [{"index": index, "delta": delta}]}


def call(index: int, arguments: str, **named: str) -> dict[str, Any]:
    """Return the delta of a tool's call."""
    function = {"arguments": arguments, **({"name": named["name"]} if named else {})}
    return {"tool_calls": [{"index": index, **({"id": named["id"]} if named else {}), "function": function}]}


ANSWER = [
    chunk({"role": "assistant", "content": ""}),
    chunk(block(0, thinking="", signature="")),
    chunk(block(0, thinking="Let me ")),
    chunk(block(0, thinking="think é😀.")),
    chunk(block(0, signature="EqoB")),
    chunk(block(1, data="EmwK")),
    chunk(block(2, text="", citations=[])),
    chunk(block(2, text="27 is ")),
    chunk(block(2, text="odd.")),
    chunk(block(2, citation={"type": "char_location", "cited_text": "27"})),
    chunk(block(3, id="srvtoolu_1", name="web_search", input={})),
    chunk(call(-1, '{"query": ')),
    chunk(call(-1, '"27"}')),
    chunk(block(4, tool_use_id="srvtoolu_1", content=[])),
    chunk(call(0, "", id="toolu_1", name="add")),
    chunk(call(0, '{"a": 1}')),
    chunk(call(1, "", id="toolu_2", name="now")),
    chunk({}, "tool_use", usage={"prompt_tokens": 25, "completion_tokens": 15, "total_tokens": 40}),
]
BLOCKS = (
    {"type": "thinking", "thinking": "Let me think é😀.", "signature": "EqoB"},
    {"type": "redacted_thinking", "data": "EmwK"},
    {"type": "text", "text": "27 is odd.", "citations": [{"type": "char_location", "cited_text": "27"}]},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "27"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 1}},
    {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
)


def written(chunks: list[dict[str, Any]], *, end: str = "data: [DONE]\n\n", line_end: str = "\n") -> bytes:
    """Return a stream's bytes."""
    lines = "".join(f"data: {json.dumps(item, ensure_ascii=False)}\n\n" for item in chunks) + end
    return lines.replace("\n", line_end).encode()


def reply(chunks: list[dict[str, Any]]) -> Reply:
    """Return the answer that chunks make."""
    return Reply.from_events(wire.decode([written(chunks)], "chat"))


# ---- what was sent ----------------------------------------------------------------------------------------------


def test_every_kind_of_block_comes_back() -> None:
    """Types are told by keys, text that comes twice is taken once, a server's tool gets its input."""
    answer = reply(ANSWER)
    assert answer.blocks == BLOCKS
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("tool_use", 25, 15)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf", b": comment\n\n", b"\n\n"])
def test_line_ends_marks_and_comments_change_nothing(line_end: str, begin: bytes) -> None:
    """What the standard of event streams allows is read."""
    data = begin + written(ANSWER, line_end=line_end)
    assert Reply.from_events(wire.decode([data], "chat")).blocks == BLOCKS


@given(st.lists(st.integers(0, len(written(ANSWER))), max_size=12))
def test_however_it_is_cut_it_is_the_same(cuts: list[int]) -> None:
    """Bytes in any chunking give the same events."""
    data = written(ANSWER)
    ends = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(ends)]
    assert list(wire.decode(pieces, "chat")) == list(wire.decode([data], "chat"))


def test_every_single_cut_is_the_same() -> None:
    """In the middle of a character, a line end or a number too."""
    data = written(ANSWER[-4:], line_end="\r\n")
    whole = list(wire.decode([data], "chat"))
    assert all(list(wire.decode([data[:at], data[at:]], "chat")) == whole for at in range(len(data)))


@pytest.mark.parametrize(
    ("said", "meant"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("tool_calls", "tool_use"), ("content_filter", "refusal")]
    + [
        (word, word) for word in ("end_turn", "stop_sequence", "pause_turn", "refusal", "model_context_window_exceeded")
    ],
)
def test_both_vocabularies_are_understood(said: str, meant: str) -> None:
    """OpenAI's words for the end, and Anthropic's own."""
    assert reply([chunk({"content": "Hi"}), chunk({}, said)]).stop_reason == meant


def test_calls_of_tools_are_told_apart() -> None:
    """By their index, also when they alternate; by their id, where all have the same index."""
    alternating = [chunk(call(at, "", id=f"t{at}", name="f")) for at in (0, 1)]
    alternating += [chunk(call(at, piece)) for piece in ('{"x"', ": 1}") for at in (0, 1)]
    same = [chunk(call(0, '{"x": 1}', id=name, name="f")) for name in ("t0", "t1")]
    for chunks in (alternating, same):
        blocks = reply([*chunks, chunk({}, "tool_calls")]).blocks
        assert [(found["id"], found["input"]) for found in blocks] == [("t0", {"x": 1}), ("t1", {"x": 1})]


@pytest.mark.parametrize(
    "deltas",
    [
        [{"reasoning_content": "Hm"}, {"reasoning_content": "m."}],
        [{"reasoning": "Hm"}, {"reasoning": "m."}],
        [
            {"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "index": 0}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "m.", "signature": "S", "index": 0}]},
        ],
    ],
)
def test_thinking_in_the_words_of_others_is_thinking(deltas: list[dict[str, Any]]) -> None:
    """DeepSeek's word, OpenRouter's, and its list with signatures; what comes twice is taken once."""
    answer = reply([*map(chunk, deltas), chunk({"content": "Yes"}), chunk({}, "stop")])
    assert (answer.thinking, answer.text) == ("Hmm.", "Yes")


# ---- what went wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "data: [DO"])
@pytest.mark.parametrize("chunks", [ANSWER, ANSWER[:-1]])
def test_without_its_end_it_is_interrupted(chunks: list[dict[str, Any]], end: str) -> None:
    """The gateway ends a stream that was cut as if nothing had happened; what had arrived is on the error."""
    with pytest.raises(errors.StreamInterrupted) as caught:
        Reply.from_events(wire.decode([written(chunks, end=end)], "chat"))
    assert caught.value.reply.text == "27 is odd."


def test_without_a_reason_it_is_interrupted() -> None:
    """`[DONE]` alone says that the stream is over, and nothing of the answer."""
    with pytest.raises(errors.StreamInterrupted):
        reply(ANSWER[:-1])


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (chunk({"content": ""}, "overloaded_error"), errors.OverloadedError),
        ({"error": {"type": "rate_limit_error", "message": "Slow down"}}, errors.RateLimitError),
        (chunk({}, None, error={"type": "api_error", "message": "Broken"}), errors.ServerError),
    ],
)
def test_an_error_in_the_middle_is_raised(last: dict[str, Any], kind: type[errors.APIError]) -> None:
    """As a reason, as an event of its own, or beside a choice; what had arrived is on the error."""
    with pytest.raises(kind) as caught:
        reply([*ANSWER[:9], last])
    assert caught.value.reply is not None
    assert caught.value.reply.text == "27 is odd."


@pytest.mark.parametrize(
    "strange",
    [
        {"choices": []},
        {"choices": None},
        {"choices": [{"delta": None}]},
        {"choices": ["x"]},
        chunk({"content_blocks": [{"index": 7, "delta": {"new": 1}}]}),
        chunk({"content_blocks": "x", "tool_calls": [3]}),
        {"object": "something.else"},
    ],
)
def test_what_is_strange_is_no_error(strange: dict[str, Any]) -> None:
    """Gateways add things without notice; the answer is what is known of it."""
    assert reply([*ANSWER[:9], strange, *ANSWER[9:]]).blocks == BLOCKS


def test_what_is_no_json_is_kept() -> None:
    """A line that is no JSON is an event of its own, with its text."""
    assert list(wire.decode([b"data: oops\n\n"], "chat")) == [e.Unknown("", {"text": "oops"})]


# ---- whole answers ----------------------------------------------------------------------------------------------


def test_a_whole_completion_is_the_same_message() -> None:
    """Claude's own blocks where they are there, else the words; then the calls of tools."""
    message = {"content": "27 is odd.", "content_blocks": list(BLOCKS[:5])}
    message["tool_calls"] = [
        {"id": "toolu_1", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"id": "toolu_2", "function": {"name": "now", "arguments": ""}},
    ]
    completion = {"id": "msg_1", "model": "m", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    assert Reply.from_events(chat_decoding.decode_completion(completion)).blocks == BLOCKS
    del message["content_blocks"]
    assert Reply.from_events(chat_decoding.decode_completion(completion)).text == "27 is odd."


def test_chunks_of_an_sdk_need_no_bytes() -> None:
    """An SDK's chunks, as mappings, end when they are closed."""
    chunks = Chunks()
    events = [event for item in ANSWER for event in chunks.feed(item)] + chunks.close()
    assert Reply.from_events(events).blocks == BLOCKS


def test_a_damaged_chunk_is_an_error() -> None:
    """The piece of the answer that was in it would be missing without a word; one that was cut is for whoever asked."""
    damaged = b'data: {"choices": [{"delta": {"content": "oo\n\n'
    (event,) = wire.decode([damaged], "chat")
    assert isinstance(event, e.StreamError)
    assert event.message == 'a chunk came damaged, its data is no JSON: {"choices": [{"delta": {"content": "oo'
    assert [type(event) for event in wire.decode([damaged.strip()], "chat")] == [e.Unknown]
