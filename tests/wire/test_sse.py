"""Server-sent events: whatever the chunks, the line ends and the decoration, the same events come out."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from anthropic._streaming import SSEDecoder
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.wire.sse import events

LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
LINE_END = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw lines of any kind, each with any end: events, comments, blank lines, other fields, half an event."""
    name = st.sampled_from(["data", "event", "id", "retry", "", "dat", "more"])
    field = st.builds(lambda name, colon, value: f"{name}{colon}{value}", name, st.sampled_from([":", ": "]), LINE)
    lines = draw(st.lists(st.tuples(st.one_of(field, LINE, st.just("")), LINE_END), max_size=20))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    return (bom + "".join(line + end for line, end in lines) + draw(LINE)).encode()


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """Cut at some places, which gives empty chunks too."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return (data[start:end] for start, end in pairwise(edges))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"event: ping\ndata: {}\n\n", [("ping", "{}")]),
        (b"data: {}\n\n", [("", "{}")]),
        (b"event: a\r\ndata: 1\r\n\r\nevent: b\r\ndata: 2\r\n\r\n", [("a", "1"), ("b", "2")]),
        (b"event: a\rdata: 1\r\rdata: 2\r\r", [("a", "1"), ("", "2")]),
        (b"\xef\xbb\xbfdata: 1\n\n", [("", "1")]),
        (b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", [("", "1")]),
        (b": keep-alive\n\n:\ndata: 1\n: inside\n\n", [("", "1")]),
        (b"data: 1\ndata: 2\ndata:\n\n", [("", "1\n2\n")]),
        (b"data:no blank\n\ndata:  two blanks\n\n", [("", "no blank"), ("", " two blanks")]),
        (b"data\n\n", [("", "")]),
        (b"id: 7\nretry: 10\nevent: lonely\n\ndata: 1\n\n", [("", "1")]),
        ("data: one\u2028line\u0085still\n\n".encode(), [("", "one\u2028line\u0085still")]),
        (b"data: \xff\n\n", [("", "\ufffd")]),
        (b"", []),
        (b"\n\n\n", []),
    ],
)
def test_reads_as_the_standard_says(stream: bytes, expected: list[tuple[str, str]]) -> None:
    """Line ends, comments, byte order mark, several data lines: as the HTML standard says, also byte by byte."""
    assert list(events([stream])) == expected
    assert list(events(stream[at : at + 1] for at in range(len(stream)))) == expected


def test_passes_on_an_event_whose_blank_line_never_came() -> None:
    """A server that closes right after its last line has still sent that line."""
    assert list(events([b"event: a\ndata: 1\n\nevent: b\ndata: 2"])) == [("a", "1"), ("b", "2")]


@settings(deadline=None)
@given(stream=streams(), places=st.lists(st.integers(0, 10_000), max_size=30))
def test_any_chunking_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    """It does not matter where the bytes are cut, inside a character or a CRLF, or one by one."""
    whole = list(events([stream]))
    assert list(events(cut(stream, places))) == whole
    assert list(events(stream[at : at + 1] for at in range(len(stream)))) == whole


@settings(deadline=None)
@given(
    sent=st.lists(st.tuples(st.sampled_from(["", "ping", "message_start"]), st.lists(LINE, min_size=1, max_size=3))),
    end=LINE_END,
    comment=LINE,
)
def test_agrees_with_the_vendor_sdk(sent: list[tuple[str, list[str]]], end: str, comment: str) -> None:
    """Events come out as the `anthropic` SDK's own decoder reads them."""
    stream = ""
    for name, data in sent:
        lines = [f":{comment}", *([f"event: {name}"] if name else []), *(f"data: {line}" for line in data), "", ""]
        stream += end.join(lines)
    theirs = [(event.event or "", event.data) for event in SSEDecoder().iter_bytes(iter([stream.encode()]))]
    assert list(events([stream.encode()])) == theirs


def test_gives_each_event_before_the_next_chunk_is_read() -> None:
    """An event is shown when it is there, not when more comes, also when a lone CR ends it."""
    read = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"data: 1\n\n", b"data: 2\r\r", b"data: 3\n\n"):
            read.append(chunk)
            yield chunk

    stream = events(chunks())
    assert (next(stream), len(read)) == (("", "1"), 1)
    assert (next(stream), len(read)) == (("", "2"), 2)


def test_a_long_line_in_small_chunks_takes_no_longer_than_its_length() -> None:
    """A megabyte that arrives byte by byte is one event, and is not copied for every byte."""
    line = b"data: " + b"x" * 1_000_000 + b"\n\n"
    ((_, data),) = events(line[at : at + 1] for at in range(len(line)))
    assert len(data) == 1_000_000
