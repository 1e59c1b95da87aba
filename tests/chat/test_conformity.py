"""Values against JSON schemas: the same verdict as a validator made for it, with a sentence that names the place."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.chat.forms.conformity import misfits

ORDER = {
    "type": "object",
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "minItems": 1},
        "paid": {"enum": ["cash", "card", None]},
        "note": {"type": ["string", "null"], "maxLength": 5},
    },
    "required": ["lines"],
    "additionalProperties": False,
    "$defs": {"Line": {"type": "object", "properties": {"price": {"type": "number", "exclusiveMinimum": 0}}}},
}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"lines": [{"price": 1.5}], "paid": None}, []),
        ({"paid": "cash"}, ["lines: field required"]),
        ({"lines": []}, ["lines: should have 1 items or more, not []"]),
        ({"lines": [{}, {"price": 0}]}, ["lines.1.price: should be more than 0, not 0"]),
        ({"lines": [{}], "paid": "gold"}, ['paid: should be "cash" or "card" or null, not "gold"']),
        ({"lines": [{}], "note": "too long"}, ['note: should have 5 characters or less, not "too long"']),
        ({"lines": [{}], "note": 5}, ["note: should be string or null, not 5"]),
        ({"lines": [{}], "tip": 1}, ["tip: should not be there, not 1"]),
        ([], ["the whole: should be object, not []"]),
    ],
)
def test_what_does_not_fit_is_named(value: object, said: list[str]) -> None:
    """With its place, why, and what stands there."""
    assert misfits(value, ORDER) == said


def test_a_schema_may_refer_to_itself() -> None:
    """A tree is checked to its leaves; one that refers to nothing but itself comes to an end."""
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#"}}, "required": ["name"]}
    assert misfits({"name": "a", "next": {"name": "b", "next": {}}}, tree) == ["next.next.name: field required"]
    assert misfits(1, {"$ref": "#"}) == []


def test_true_is_not_one() -> None:
    """As JSON has it, and Python has not; 1.0 is 1 in both."""
    assert misfits(True, {"const": 1}) == ["the whole: should be 1, not true"]
    assert misfits([1], {"enum": [[True], 2]}) == ["the whole: should be [true] or 2, not [1]"]
    assert misfits(1.0, {"const": 1}) == []
    assert misfits([1, True], {"uniqueItems": True}) == []


def test_of_several_ways_to_fit_the_nearest_is_told() -> None:
    """What lacks least is likely what was meant."""
    ways = [{"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["a"]}]
    assert misfits({}, {"anyOf": ways}) == misfits({}, {"anyOf": ways[::-1]}) == ["a: field required"]


numbers = st.integers(-3, 3) | st.sampled_from([0.5, 1.0, -2.5])
texts = st.sampled_from(["", "a", "ab", "abc", "1"])
plain = st.none() | st.booleans() | numbers | texts
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))

bounds = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
        | st.just(["string", "integer"]),
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "exclusiveMaximum": numbers,
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "pattern": st.sampled_from(["a", "^b", "c$"]),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "required": st.lists(texts, max_size=2, unique=True),
        "const": plain,
        "enum": st.lists(plain, min_size=1, max_size=3, unique_by=json.dumps),
    },
)
schemas = st.recursive(
    bounds,
    lambda inner: st.tuples(
        bounds,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(texts, inner, max_size=3),
                "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=2),
                "additionalProperties": inner | st.booleans(),
                "items": inner | st.booleans(),
                "prefixItems": st.lists(inner, min_size=1, max_size=2),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "oneOf": st.lists(inner, min_size=1, max_size=2),
                "allOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
            },
        ),
    ).map(lambda both: {**both[0], **both[1]}),
    max_leaves=5,
)


@given(values, schemas)
@settings(max_examples=200, deadline=None)
def test_the_verdict_is_that_of_jsonschema(value: Any, schema: dict[str, Any]) -> None:
    """Whatever the schema and the value, both find that it fits or both find that it does not."""
    assert (not misfits(value, schema)) == jsonschema.Draft202012Validator(schema).is_valid(value)
