"""JSON that was cut off: what was finished is read, as the vendor's SDK reads it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jiter import from_json

from claude_kit.wire.partial_json import parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12)


@settings(deadline=None)
@given(value=st.dictionaries(TEXT, VALUES), escaped=st.booleans(), share=st.floats(0, 1))
def test_reads_any_beginning_as_the_vendor_sdk_does(value: dict[str, Any], escaped: bool, share: float) -> None:
    """Wherever a tool call's input is cut, the same is left of it as in the `anthropic` SDK."""
    text = json.dumps(value, ensure_ascii=escaped)
    beginning = text[: max(1, round(share * len(text)))]
    assert parse(beginning) == from_json(beginning.encode(), partial_mode=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"city": "Oslo", "unit": "cel', {"city": "Oslo"}),
        ('{"city": "Oslo", "un', {"city": "Oslo"}),
        ('{"a": [1, {"b": 2, "c": tru', {"a": [1, {"b": 2}]}),
        ('{"a": "}]{[,', {}),
        ('{"a": "\\', {}),
        ('{"a": 12', {"a": 12}),
        ("{", {}),
        (' {"a": 1} ', {"a": 1}),
    ],
)
def test_leaves_out_what_was_not_finished(text: str, value: object) -> None:
    """A cut string, number, word or key is left out; brackets inside strings are no brackets."""
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "  ", "nonsense", '"cut'])
def test_refuses_what_never_was_json(text: str) -> None:
    """Of nothing, nothing can be read."""
    with pytest.raises(ValueError, match="Expecting value"):
        parse(text)
