"""The Messages dialect: parts become the blocks the API takes, and its events become neutral ones."""

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pil

import claude_kit as ck
from claude_kit.content import Image, Pdf, Text
from claude_kit.wire import events as e
from claude_kit.wire import messages
from tests.content import making
from tests.wire.replay import ENDED, STARTED, answer, block, delta, sse, text_block


def png(width: int = 8, height: int = 6) -> bytes:
    """Return an image file."""
    buffer = io.BytesIO()
    pil.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def pdf_file(pages: int = 1) -> bytes:
    """Return a PDF file of blank pages."""
    return making.pdf([""] * pages)


# ---- encoding ---------------------------------------------------------------------------------------------------


def test_an_image_becomes_an_image_block() -> None:
    """The block holds the image's own bytes and the type they really are."""
    data = png()
    (encoded,) = messages.content_blocks([Image(data, "image/png", 8, 6, name="chart.png")])
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(data).decode()}
    assert encoded == {"type": "image", "source": source}


def test_a_pdf_becomes_a_document_with_title_and_citations_where_given() -> None:
    """What is not asked for is not sent: a file's name stays here, a title goes along."""
    data = pdf_file()
    source = {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(data).decode()}
    (plain,) = messages.content_blocks([Pdf(data, name="secret-name.pdf")])
    assert plain == {"type": "document", "source": source}
    (cited,) = messages.content_blocks([Pdf(data, title="Review", citations=True)])
    assert cited == {"type": "document", "source": source, "title": "Review", "citations": {"enabled": True}}


def test_a_string_becomes_text_and_a_file_of_text_a_document() -> None:
    """A question is a text block; a file is told apart from it by being a document with its name."""
    question, file = messages.content_blocks(["Why?", Text("some notes", "notes.txt")])
    assert question == {"type": "text", "text": "Why?"}
    source = {"type": "text", "media_type": "text/plain", "data": "some notes"}
    assert file == {"type": "document", "source": source, "title": "notes.txt"}


def test_a_block_passes_verbatim_as_a_copy() -> None:
    """Blocks of an earlier answer are sent back as they came, and the caller's own are never changed."""
    thinking = {"type": "thinking", "thinking": "hm", "signature": "abc", "later_field": [1]}
    (encoded,) = messages.content_blocks([thinking])
    assert encoded == thinking
    encoded["cache_control"] = {"type": "ephemeral"}
    assert "cache_control" not in thinking


def test_what_a_block_holds_may_be_parts_too() -> None:
    """A tool that draws gives a picture, a document may be made of strings; the caller's own are never changed."""
    picture, words = ck.image(png()), {"type": "text", "text": "done"}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [picture, words]}
    made_of = {"type": "document", "source": {"type": "content", "content": ["One.", "Two."]}, "title": "T"}
    one = {"type": "tool_result", "tool_use_id": "t", "content": picture}
    several, document, alone = messages.content_blocks([result, made_of, one])
    assert several == {**result, "content": [*messages.content_blocks([picture]), words]}
    assert document["source"]["content"] == [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    assert alone["content"] == several["content"][:1]
    assert result["content"] == [picture, words]


@pytest.mark.parametrize("content", ["42", None])
def test_a_tool_result_of_words_or_nothing_stays(content: str | None) -> None:
    """The API takes a plain string there, and no content at all."""
    given = {"type": "tool_result", "tool_use_id": "t", **({} if content is None else {"content": content})}
    assert messages.content_blocks([given]) == [given]


@pytest.mark.parametrize("wrap", [lambda data: data, bytearray, memoryview, io.BytesIO, lambda data: [data]])
def test_one_source_needs_no_list(wrap: Any) -> None:
    """A message's content may be a single source, also bytes, which Python takes for a sequence of numbers."""
    encoded = messages.encode_message({"role": "user", "content": wrap(png())})
    assert [found["type"] for found in encoded["content"]] == ["image"]


def test_a_message_keeps_a_plain_string() -> None:
    """The shortest form the API takes stays that."""
    assert messages.encode_message({"role": "user", "content": "Hi"}) == {"role": "user", "content": "Hi"}


def test_a_request_holds_what_was_given_and_nothing_else() -> None:
    """Fields that are None are left out, all others go as they are, and every part is encoded."""
    body = messages.encode_request(
        [{"role": "user", "content": [Text("Hi")]}],
        model="claude-haiku-4-5",
        max_tokens=9,
        stream=False,
        system=None,
        temperature=0,
        stop_sequences=[],
    )
    assert body == {
        "model": "claude-haiku-4-5",
        "max_tokens": 9,
        "stream": False,
        "temperature": 0,
        "stop_sequences": [],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }


@pytest.mark.parametrize("mistake", ["Hello", {"role": "user", "content": "Hello"}, ["Hello"]])
def test_says_what_messages_look_like(mistake: Any) -> None:
    """Whoever gives a string, or one message, reads how a list of messages is written."""
    with pytest.raises(TypeError, match=r'\[\{"role": "user", "content": "Hello"\}\]'):
        messages.encode_request(mistake, model="claude-haiku-4-5", max_tokens=9)


def test_a_part_survives_the_way_through_json() -> None:
    """What a block carries is read back as the part it was made from."""
    parts = [Text("Why?"), Text("notes", "n.txt"), ck.image(png()), Pdf(pdf_file(2), title="T", citations=True)]
    decoded = [messages.part_of(json.loads(json.dumps(made))) for made in messages.content_blocks(parts)]
    assert decoded == parts


def test_a_part_is_read_back_from_a_body_that_is_not_written_yet() -> None:
    """A request can be looked at before its files are base64."""
    image = ck.image(png())
    body = messages.encode_request([{"role": "user", "content": [image]}], model="claude-haiku-4-5", max_tokens=9)
    assert messages.part_of(body["messages"][0]["content"][0]) == image


@pytest.mark.parametrize(
    "carries_none",
    [
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}},
        {"type": "search_result", "source": "https://example.org", "content": []},
        {"type": "thinking", "thinking": "hm"},
    ],
)
def test_a_block_that_carries_no_part_is_none(carries_none: dict[str, Any]) -> None:
    """An address, a file id, a call: nothing to open in here."""
    assert messages.part_of(carries_none) is None


# ---- decoding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (STARTED, e.MessageStart(STARTED["message"])),
        (block(type="text", text="")[0], e.BlockStart(0, {"type": "text", "text": ""})),
        (block(index=3, type="new_kind", x=1)[0], e.BlockStart(3, {"type": "new_kind", "x": 1})),
        (delta("text_delta", text="Hi"), e.TextDelta(0, "Hi")),
        (delta("thinking_delta", thinking="hm"), e.ThinkingDelta(0, "hm")),
        (delta("signature_delta", signature="abc"), e.SignatureDelta(0, "abc")),
        (delta("citations_delta", citation={"x": 1}), e.CitationDelta(0, {"x": 1})),
        (delta("input_json_delta", 2, partial_json='{"a'), e.InputJsonDelta(2, '{"a')),
        (delta("new_delta", text="Hi"), e.OtherDelta(0, {"type": "new_delta", "text": "Hi"})),
        ({"type": "content_block_stop", "index": 1}, e.BlockStop(1)),
        (
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            e.MessageDelta({"stop_reason": "end_turn"}, {}),
        ),
        ({"type": "message_stop"}, e.MessageStop()),
        ({"type": "ping"}, e.Ping()),
        ({"type": "new_event", "x": 1}, e.Unknown("new_event", {"type": "new_event", "x": 1})),
    ],
)
def test_every_event_has_its_neutral_form(data: dict[str, Any], expected: e.Event) -> None:
    """Known events are typed; unknown events, blocks and deltas are kept as they came."""
    assert list(ck.wire.decode([sse(data)])) == [expected]


def test_what_stands_beside_the_delta_is_kept() -> None:
    """The API tells some things of the message beside ``delta``, such as ``context_management``."""
    data = {**ENDED[0], "context_management": {"applied_edits": []}}
    (event,) = ck.wire.decode([sse(data)])
    assert isinstance(event, e.MessageDelta)
    assert event.delta["context_management"] == {"applied_edits": []}
    assert event.usage == {"output_tokens": 9}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"},
            e.StreamError("overloaded_error", "Overloaded", "req_1"),
        ),
        ({"type": "error", "error": {"message": "no type"}}, e.StreamError("api_error", "no type")),
        ({"type": "error", "error": "just words"}, e.StreamError("api_error", "just words")),
        ({"type": "error", "message": "just words"}, e.StreamError("api_error", "just words")),
        ({"type": "error"}, e.StreamError("api_error", "")),
    ],
)
def test_an_error_is_an_error_in_whatever_shape(data: dict[str, Any], expected: e.Event) -> None:
    """An error is never mistaken for an unknown event, however a gateway writes it."""
    assert list(ck.wire.decode([sse(data)])) == [expected]


def test_data_without_a_type_takes_the_name_of_the_event() -> None:
    """Some servers tell the kind of an event only in its name."""
    assert list(messages.decode([b"event: message_stop\ndata: {}\n\n"])) == [e.MessageStop()]


@pytest.mark.parametrize("data", ["[DONE]", "17", "[1]", "null", '{"type": "message_sto'])
def test_data_that_is_no_object_is_kept_as_text(data: str) -> None:
    """Nothing that comes is lost, and nothing that comes is an error here."""
    assert list(messages.decode([f"event: x\ndata: {data}\n\n".encode()])) == [e.Unknown("x", {"text": data})]


def test_a_damaged_piece_of_the_message_is_an_error() -> None:
    """It would be missing without a word; one that the connection's end cut is for whoever asked to tell."""
    damaged = b'event: content_block_delta\ndata: {"type": "content_block_delta", "ind\n\n'
    (event,) = messages.decode([damaged])
    assert isinstance(event, e.StreamError)
    assert event.message.startswith("an event content_block_delta came damaged, its data is no JSON: {")
    assert [type(event) for event in messages.decode([damaged.strip()])] == [e.Unknown]
    assert [type(event) for event in messages.decode([b"event: ping\ndata:\n\n"])] == [e.Unknown]


@pytest.mark.parametrize(
    "data",
    [
        {"type": "message_start"},
        {"type": "message_start", "message": None},
        {"type": "message_start", "message": {"usage": [1]}},
        {"type": "content_block_start", "index": 0, "content_block": None},
        {"type": "content_block_start", "index": "0", "content_block": {}},
        {"type": "content_block_delta", "index": 0, "delta": "text"},
        delta("text_delta", text=None),
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": None},
    ],
)
def test_a_known_name_with_a_wrong_shape_is_kept_as_unknown(data: dict[str, Any]) -> None:
    """Whoever receives the events need not check them again."""
    (event,) = ck.wire.decode([sse(data)])
    assert event == e.Unknown(data["type"], data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
TEXT = st.text(max_size=3)
INDEX = st.integers(0, 1)
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "thinking", "tool_use", "fallback", "new_kind"])},
    optional=dict.fromkeys(("text", "thinking", "input", "citations", "to"), TEXT | JSON),
)
DELTA = st.fixed_dictionaries(
    {"type": st.sampled_from([*messages._DELTAS, "new_delta"])},
    optional=dict.fromkeys(("text", "thinking", "signature", "citation", "partial_json"), TEXT | JSON),
)
EVENTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("content_block_start"), "index": INDEX, "content_block": BLOCK}),
    st.fixed_dictionaries({"type": st.just("content_block_delta"), "index": INDEX, "delta": DELTA}),
    st.fixed_dictionaries(
        {"type": st.sampled_from([*messages._EVENTS, "new_event"])},
        optional=dict.fromkeys(("index", "message", "content_block", "delta", "usage", "error"), JSON),
    ),
)


@settings(deadline=None, max_examples=400)
@given(st.lists(EVENTS, max_size=8))
def test_no_stream_makes_anything_but_a_reply_or_an_error_of_ours(stream: list[dict[str, Any]]) -> None:
    """Whatever a server sends under known names, the answer is a Reply, an APIError or a StreamInterrupted."""
    try:
        reply = ck.Reply.from_events(ck.wire.decode([sse(*stream)]))
    except (ck.APIError, ck.StreamInterrupted) as error:
        reply = error.reply or pytest.fail("the error holds no reply")
    assert isinstance(reply.text, str)
    assert isinstance(reply.thinking, str)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.lists(st.integers(1, 40)),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_any_chunking_gives_the_same_events(text: str, sizes: list[int], line_end: str) -> None:
    """Bytes in any chunks, in any line ends, one at a time too, decode to the same events."""
    stream = sse(*answer(text)).replace(b"\n", line_end.encode())
    whole = list(ck.wire.decode([stream]))
    chunks, at = [], 0
    for size in [*sizes, len(stream)]:
        chunks.append(stream[at : at + size])
        at += size
    assert list(ck.wire.decode(chunks)) == whole
    assert list(ck.wire.decode(stream[at : at + 1] for at in range(len(stream)))) == whole
    assert ck.Reply.from_events(whole).text == text


# ---- a message that did not come as a stream ----------------------------------------------------------------------


def test_a_whole_message_makes_the_reply_a_stream_would() -> None:
    """Without streaming, the same reply comes out, and the message itself again."""
    message = {
        **STARTED["message"],
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "abc"},
            {"type": "text", "text": "Hi", "citations": [{"x": 1}]},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 12, "output_tokens": 9},
        "container": None,
    }
    events = list(messages.decode_message(message))
    assert e.TextDelta(1, "Hi") in events, "a view shows deltas"
    assert e.ThinkingDelta(0, "hm") in events
    reply = ck.Reply.from_events(events)
    assert reply.message == message
    assert (reply.thinking, reply.text, reply.stop_reason) == ("hm", "Hi", "tool_use")


def test_the_body_of_an_error_is_no_message() -> None:
    """An error that came with a good status becomes an error, not an empty answer."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert list(messages.decode_message(body)) == [e.StreamError("overloaded_error", "Overloaded")]
    with pytest.raises(ck.OverloadedError):
        ck.Reply.from_events(messages.decode_message(body))


def test_a_stream_without_a_word_is_whole() -> None:
    """An answer may have no content at all."""
    assert ck.Reply.from_events(ck.wire.decode([sse(STARTED, *ENDED)])).blocks == ()
    assert ck.Reply.from_events(ck.wire.decode([sse(STARTED, *text_block(""), *ENDED)])).text == ""


def test_a_cache_breakpoint_is_on_the_last_block() -> None:
    """The last block of the newest message carries it, also where that is a plain string; no earlier one does."""
    earlier = [{"role": "user", "content": ["What?"]}, {"role": "assistant", "content": "That."}]
    for content in (["Look.", "Why?"], "Why?"):
        asked = [*earlier, {"role": "user", "content": content}]
        body = messages.encode_request(asked, model="claude-sonnet-5-5", max_tokens=9, cache="1h")
        last = body["messages"][2]["content"][-1]
        assert last == {"type": "text", "text": "Why?", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
        plain = messages.encode_request(earlier, model="claude-sonnet-5-5", max_tokens=9)
        assert body["messages"][:2] == plain["messages"]
        assert "cache" not in body
