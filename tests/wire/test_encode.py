"""`ck.encode`: any content, in either dialect, in the best order, with what shall be cached marked."""

import io
import json
import subprocess
import sys
import warnings
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit import wire
from claude_kit.content import Text
from tests.content import making

NOTES = Text("some notes", "notes.txt")
FIVE_MINUTES = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def kinds(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the types."""
    return [block["type"] for block in blocks]


def marks(blocks: list[dict[str, Any]]) -> list[object]:
    """Return each block's breakpoint."""
    return [block.get("cache_control") for block in blocks]


def png() -> bytes:
    """Return an image file."""
    return making.encoded(making.corners(), "PNG")


@pytest.mark.parametrize("dialect", ["messages", "chat"])
def test_the_blocks_are_plain_json(dialect: Any) -> None:
    """Whatever SDK they are pasted into can write them: strings, numbers, lists and dictionaries."""
    blocks = ck.encode(making.pdf(), png(), NOTES, "Why?", dialect=dialect, cache="5m")
    assert json.loads(json.dumps(blocks)) == blocks


@pytest.mark.parametrize(
    ("dialect", "best"),
    [
        ("messages", ["document", "document", "image", "text"]),
        ("chat", ["file", "text", "image_url", "text"]),
    ],
)
def test_documents_go_before_images_before_the_question(dialect: Any, best: list[str]) -> None:
    """Anthropic recommends that order, so it is the default of both dialects; the caller's can be kept."""
    content = ("Why?", png(), making.pdf(), NOTES)
    assert kinds(ck.encode(*content, dialect=dialect)) == best
    assert kinds(ck.encode(*content, dialect=dialect, order="given")) == [best[3], best[2], best[0], best[1]]


def test_within_a_kind_the_given_order_stays() -> None:
    """The first file stays the first, and the first question too."""
    blocks = ck.encode("Which?", Text("first", "1.txt"), png(), making.pdf(), Text("second", "2.txt"), "And why?")
    assert [block.get("title") for block in blocks[:3]] == ["1.txt", None, "2.txt"]
    assert [block["text"] for block in blocks[4:]] == ["Which?", "And why?"]


def test_blocks_are_sorted_among_parts() -> None:
    """A block goes where a part of its kind would; a tool's result first, where the API wants it; the rest stays."""
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    document = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    text = {"type": "text", "text": "And?"}
    blocks = ck.encode("Why?", text, image, png(), document, making.pdf(), result)
    assert kinds(blocks) == ["tool_result", "document", "document", "image", "image", "text", "text"]
    assert [blocks[0], blocks[1], blocks[3], blocks[6]] == [result, document, image, text]


def test_parts_of_the_chat_dialect_are_sorted_too() -> None:
    """An ``image_url`` that holds a PDF, as a cached one does, is a document."""
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    document = {"type": "image_url", "image_url": {"url": "data:application/pdf;base64,AAAA"}}
    file = {"type": "file", "file": {"file_url": "https://example.com/a.pdf"}}
    odd = {"type": "image_url", "image_url": "https://example.com/bare.png"}
    assert ck.encode("Why?", odd, image, document, file, dialect="chat")[:4] == [document, file, odd, image]


@pytest.mark.parametrize("dialect", ["messages", "chat"])
@pytest.mark.parametrize(
    ("content", "at"),
    [
        (("Why?", png(), making.pdf()), 1),
        (("Why?", making.pdf()), 0),
        (("Why?", NOTES), 0),
        (("Why?", {"type": "text", "text": "And how?"}), 1),
        (("Why?", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}), 0),
    ],
)
def test_the_breakpoint_is_on_the_last_file(dialect: Any, content: tuple[Any, ...], at: int) -> None:
    """What the next question on the same files shares is everything up to there; without a file it is everything."""
    blocks = ck.encode(*content, dialect=dialect, cache="5m")
    assert marks(blocks) == [FIVE_MINUTES if number == at else None for number in range(len(blocks))]


def test_an_hour_is_told_to_the_api() -> None:
    """Five minutes are its default, an hour is not."""
    assert marks(ck.encode("Why?", png(), cache="1h")) == [HOUR, None]
    assert marks(ck.encode("Why?", png())) == [None, None]
    assert ck.encode(cache="1h") == []


def test_the_callers_own_blocks_are_left_alone() -> None:
    """A breakpoint is put on a copy, and one that a block brings along stays."""
    block = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    marked = {"type": "text", "text": "A long introduction", "cache_control": HOUR}
    assert marks(ck.encode(block, marked, cache="5m")) == [FIVE_MINUTES, HOUR]
    assert "cache_control" not in block


@pytest.mark.parametrize("dialect", ["messages", "chat"])
def test_an_upload_is_a_file_though_it_is_a_mapping(dialect: Any) -> None:
    """An item of an ipywidgets upload is read, not sent as it stands."""
    upload = {"name": "chart.png", "type": "image/png", "size": 9, "content": memoryview(png()), "last_modified": 0}
    assert ck.encode(upload, dialect=dialect) == ck.encode(png(), dialect=dialect)


def test_messages_carry_title_and_citations() -> None:
    """What a PDF says about itself goes along where there is a place for it, without a warning."""
    (block,) = ck.encode(ck.pdf(making.pdf(), title="Review", citations=True))
    assert (block["title"], block["citations"]) == ("Review", {"enabled": True})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dialect": "morse"}, "no dialect 'morse'; there is messages, chat"),
        ({"order": "random"}, 'order=\'random\': give "best" or "given"'),
        ({"cache": "2h"}, 'cache=\'2h\': the API keeps content for "5m" or "1h"'),
        ({"cache": "2h", "dialect": "chat"}, "cache='2h'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(options: Any, sentence: str) -> None:
    """A wrong word never silently means the default."""
    with pytest.raises(ValueError, match=sentence):
        ck.encode("Hi", **options)


def test_decode_says_what_it_reads() -> None:
    """A stream in a dialect that does not exist is refused before its first byte is looked at."""
    with pytest.raises(ValueError, match=r"no stream of dialect 'morse' can be read; decodes messages and chat"):
        wire.decode([], dialect="morse")  # type: ignore[arg-type]


def test_a_warning_points_at_the_line_that_encoded() -> None:
    """It is the caller's line that a person can change."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ck.encode(ck.pdf(making.pdf(), title="Review"), dialect="chat")
    assert [warning.filename for warning in caught] == [__file__]


def test_sources_are_taken_as_they_are() -> None:
    """Files, pictures and strings need no wrapping."""
    picture = pil.new("RGB", (8, 6), "teal")
    assert kinds(ck.encode(io.BytesIO(making.pdf()), picture, "Why?")) == ["document", "image", "text"]


def test_decode_takes_all_bytes_at_once() -> None:
    """A body that was read needs no list around it; text is told what to do."""
    assert [type(event).__name__ for event in wire.decode(b'data: {"type": "ping"}\n\n')] == ["Ping"]
    with pytest.raises(TypeError, match=r"is bytes, not str; of text, text.encode"):
        list(wire.decode(["data: {}"]))  # type: ignore[list-item]


def test_what_a_dialect_is_made_of_is_there() -> None:
    """`ck.wire.portkey` needs no import of its own."""
    told = subprocess.run(
        [sys.executable, "-c", "import claude_kit as ck; print(ck.wire.portkey.headers(provider='anthropic'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "{'x-portkey-provider': 'anthropic'}\n"
