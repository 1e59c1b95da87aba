"""JSON lines: read as they come, whatever stands in them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import claude_kit as ck
from claude_kit.client.json_lines import JsonLines

# What `str.splitlines` takes for the end of a line too.
SEPARATORS = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"


def awaited(chunks: list[bytes]) -> list[Any]:
    """Read chunks that are awaited."""

    async def coming() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return asyncio.run(JsonLines().aread(coming()))


@given(st.data())
def test_any_chunking_gives_the_same_values(data: st.DataObject) -> None:
    """Blank lines are passed over, the last needs no end, and no separator of Unicode ends one."""
    values = [{"text": SEPARATORS}, {"n": 1}, [], "é"]
    text = "\r\n\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    whole = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert JsonLines().read(chunks) == values
    assert awaited(chunks) == values


def test_a_line_that_was_cut_is_an_error_of_the_answer() -> None:
    """It says which line it is."""
    with pytest.raises(ck.APIError, match=r"line 2 of the answer is no JSON\. Ask for it again"):
        JsonLines().read([b'{"a": 1}\n{"b": '])
