"""Values of the offline model: they fit the schema that was asked for, by what others make of it."""

from datetime import date
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

import claude_kit as ck
from claude_kit.offline.patterns import examples
from claude_kit.offline.values import minimal

SCHEMAS: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 3, "multipleOf": 5},
    {"type": "integer", "exclusiveMinimum": -8, "exclusiveMaximum": -5},
    {"type": "integer", "minimum": 2.5, "maximum": 3.5},
    {"type": "integer", "maximum": -2},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "exclusiveMaximum": 0},
    {"type": "number", "minimum": 0.4, "multipleOf": 0.25},
    {"type": "string", "minLength": 12, "maxLength": 13},
    {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"},
    {"type": "string", "pattern": "[a-f0-9]+", "minLength": 20},
    {"type": "string", "pattern": r"^\d{4}-\d\d$"},
    {"type": "string", "pattern": r"^(?:ISBN |isbn:)?[^a-z\s]{3,}\.$"},
    {"type": "string", "pattern": "yes|no"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "items": False},
    {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}]},
    {"$ref": "#/$defs/n", "minimum": 7, "$defs": {"n": {"type": "integer"}}},
    {"anyOf": [{"type": "integer"}], "minimum": 7},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_value_fits_its_schema(schema: dict[str, Any]) -> None:
    """As another implementation of JSON schema sees it."""
    jsonschema.validate(minimal(schema), schema)


@given(low=st.integers(-99, 99), span=st.integers(0, 50), step=st.integers(1, 9))
def test_a_number_is_within_its_bounds_wherever_there_is_one(low: int, span: int, step: int) -> None:
    """Of all multiples between two bounds, the one nearest to zero."""
    among = [number for number in range(low, low + span + 1) if number % step == 0]
    found = minimal({"type": "integer", "minimum": low, "maximum": low + span, "multipleOf": step})
    if among:
        assert abs(found) == min(map(abs, among))
        assert found in among


@given(st.from_regex(r"\A[a-z(){}\[\]|?*+.^$0-9,-]{0,12}\Z"))
def test_a_pattern_however_odd_ends(pattern: str) -> None:
    """With texts that fit, or with none."""
    assert len(list(examples(pattern))) <= 8


class Part(BaseModel):
    """What a structured output cannot hold to is told in the description."""

    code: str = Field(pattern=r"^[A-Z]{2} (\d{3}|x)$", description="As on the plate (in steel).")
    pages: int = Field(ge=5, le=9)
    share: float = Field(gt=0, lt=1)
    name: str = Field(min_length=10, max_length=12)
    tags: list[Annotated[str, Field(min_length=9)]] = Field(min_length=2)
    seen: date


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-haiku-4-5"])
def test_what_is_extracted_offline_fits_at_once(model: str) -> None:
    """Bounds, lengths and patterns reach the offline model the way they reach Claude."""
    chat = ck.Chat(model, ck.Client.offline(pace_s=0))
    part = chat.extract(Part, "Which part is it?")
    assert (part.code, part.pages, len(part.tags)) == ("AA 000", 5, 2)
    assert len(chat.turns[0].steps) == 1


@pytest.mark.parametrize("said", ["At best (minimum: low).", "(minimum: low)", "A number (minimum: 3", "(minimal)"])
def test_other_brackets_of_a_description_say_nothing(said: str) -> None:
    """Only the words of a schema, with what they can hold."""
    assert minimal({"type": "integer", "description": said}) == 0
