"""Packing: every request within its room, nothing lost, nothing out of order."""

from hypothesis import given
from hypothesis import strategies as st

from claude_kit.content import Image, Text
from claude_kit.models import find
from claude_kit.preflight.packing import Load, load_of, packed

MODEL = find("claude-sonnet-5-5")
SIZES = st.lists(st.integers(1, 5_000), max_size=40)


def block(size: int) -> Image:
    """Return something that takes so many bytes and counts as one image."""
    return Image(bytes(size), "image/png", 28, 28)


@given(SIZES, st.integers(2, 6))
def test_every_request_is_within_its_room(sizes: list[int], images: int) -> None:
    """Whatever the sizes: no request is over a limit, and none could have taken the next part."""
    room = Load(body_bytes=10_000, tokens=1_000, pages=0, images=images)
    parts = list(enumerate(map(block, sizes)))
    requests = packed(parts, room, MODEL)
    loads = [sum((load_of(part, MODEL) for _, part in held), Load()) for held in requests]
    assert [one for held in requests for one in held] == parts
    assert all(load.within(room) for load in loads)
    for load, following in zip(loads, requests[1:], strict=False):
        assert not (load + load_of(following[0][1], MODEL)).within(room)


def test_a_load_says_what_is_too_much() -> None:
    """Both numbers, with their unit, for each limit that is exceeded."""
    need = Load(body_bytes=4_000_000, tokens=1200, pages=3)
    assert need.beyond(Load(body_bytes=1_000_000, tokens=1000, pages=3)) == (
        "4 MB as JSON, and 1 MB are left; 1,200 tokens, and 1,000 are left in a request"
    )


def test_a_text_is_measured_as_json() -> None:
    """A line break takes two bytes in JSON, a control character six."""
    plain, broken = load_of(Text("a" * 100), MODEL), load_of(Text("\n" * 100), MODEL)
    assert broken.body_bytes - plain.body_bytes == 100
