"""A body is written once: the JSON that it stands for, byte by byte, and its size is known before."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.content import Image, Text
from claude_kit.wire import body
from claude_kit.wire.body import Base64
from claude_kit.wire.messages import encode_request

TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\ud83d", "é\udc00 ü", '"\\\n\0'])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.binary().map(Base64)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)
BODIES = st.dictionaries(TEXTS, JSON, max_size=3)  # more would take long to draw, and nest no deeper


def spelled(value: Any) -> Any:
    """Return JSON with the base64 written out."""
    if isinstance(value, Base64):
        return base64.b64encode(value.data).decode()
    if isinstance(value, dict):
        return {key: spelled(inner) for key, inner in value.items()}
    return [spelled(inner) for inner in value] if isinstance(value, list) else value


@given(BODIES)
def test_a_body_is_written_as_the_json_it_stands_for(given_body: dict[str, Any]) -> None:
    """Byte by byte what `json.dumps` writes of it with the base64 as strings; half a surrogate pair becomes "?"."""
    written = json.dumps(spelled(given_body), ensure_ascii=False).encode("utf-8", "replace")
    assert body.encode(given_body) == written


@given(BODIES)
def test_the_size_is_exact(given_body: dict[str, Any]) -> None:
    """The bytes that are counted are those that are written, whatever the body holds."""
    assert body.size(given_body) == len(body.encode(given_body))


@pytest.mark.parametrize("around", [-1, 0, 1, 2])
@pytest.mark.parametrize("slices", [1, 2])
def test_slices_in_a_row_are_the_base64_of_the_whole(slices: int, around: int) -> None:
    """Data is encoded in slices; around the seams of them nothing is lost, padded or added."""
    data = bytes(range(256)) * (slices * body._SLICE_BYTES // 256 + 1)
    held = Base64(data[: slices * body._SLICE_BYTES + around])
    assert json.loads(body.encode({"data": held})) == {"data": held.text()}
    assert held.text() == base64.b64encode(held.data).decode()
    assert held.size == len(held.text())


def test_the_same_data_may_stand_twice() -> None:
    """An image that is sent twice is written twice, each in its place."""
    held = Base64(b"twice")
    text = held.text()
    assert json.loads(body.encode({"a": held, "b": [held, "c", Base64(b"")]})) == {"a": text, "b": [text, "c", ""]}


@pytest.mark.parametrize("measure", [body.encode, body.size])
def test_what_is_no_json_is_named(measure: Any) -> None:
    """A stray object is refused by its type, and told where it belongs."""
    with pytest.raises(TypeError, match=r"holds a builtins\.bytes, which is not JSON: .* files go into the content"):
        measure({"system": b"words"})


def test_a_request_holds_its_files_as_bytes_until_it_is_written() -> None:
    """Nothing of 24 MB is turned into a string on the way to the body, and the body is the same as if it were."""
    picture = Image(b"\x89PNG\r\n\x1a\n...", "image/png", 8, 6)
    request = encode_request(
        [{"role": "user", "content": [picture, Text("Why?")]}], model="claude-haiku-4-5", max_tokens=9
    )
    source = request["messages"][0]["content"][0]["source"]
    assert isinstance(source["data"], Base64)
    assert source["data"].data is picture.data
    assert json.loads(body.encode(request)) == spelled(request)


def test_a_marker_says_how_much_it_holds_and_never_what() -> None:
    """Printing a request shows no bytes of a file."""
    assert repr({"data": Base64(b"secret" * 1000)}) == "{'data': <Base64 of 6,000 bytes>}"
