"""Schemas: in the words that structured outputs take, with everything else moved to where the model reads it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import jsonschema
import pydantic
import pytest
from anthropic import transform_schema
from pydantic import Field

from claude_kit.chat import schemas


class Unit(Enum):
    """What it is measured in."""

    PIECE = "piece"
    METRE = "m"


class Line(pydantic.BaseModel):
    """A line of an invoice."""

    article: str = Field(min_length=1, max_length=40, description="As printed.")
    pieces: int = Field(ge=1, default=1)
    unit: Unit = Field(default=Unit.PIECE, description="Of the pieces.")
    price: Decimal


class Card(pydantic.BaseModel):
    """Paid by card."""

    kind: Literal["card"]
    last_digits: Annotated[str, Field(pattern=r"^\d{4}$")]


class Cash(pydantic.BaseModel):
    """Paid in cash."""

    kind: Literal["cash"]


class Invoice(pydantic.BaseModel):
    """An invoice."""

    number: str
    issued: date
    seen: datetime | None = None
    lines: list[Line] = Field(min_length=1)
    few: list[int] = Field(max_length=3, min_length=2)
    paid: Card | Cash = Field(discriminator="kind")
    id: UUID
    site: pydantic.AnyUrl | None = None
    title: str = Field(title="The heading")


@dataclass
class Node:
    """A tree."""

    name: str
    inner: list["Node"]


def described(of: Any) -> dict[str, Any]:
    """Return a type's schema."""
    return schemas.json_schema(schemas.adapter(of))


def undescribed(schema: Any) -> Any:
    """Take descriptions out, and what stands around a reference only to bear one."""
    if isinstance(schema, list):
        return [undescribed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if list(schema.get("anyOf", [])) and len(schema["anyOf"]) == 1:
        return undescribed(schema["anyOf"][0])
    # A property may be called description.
    return {
        name: {field: undescribed(one) for field, one in inner.items()} if name == "properties" else undescribed(inner)
        for name, inner in schema.items()
        if name != "description"
    }


@pytest.mark.parametrize(
    "of", [Invoice, Line, Card, list[Invoice] | None, Literal["a", "b"], dict[str, Line] | Line, tuple[int, ...], bool]
)
def test_the_sdk_makes_the_same_of_a_schema(of: Any) -> None:
    """Anthropic's own transformation differs in descriptions alone: which of them bear what was moved."""
    schema, _ = schemas.as_object(described(of))
    assert undescribed(schemas.structured(schema)) == undescribed(transform_schema(schema))


def test_what_cannot_be_held_to_is_said() -> None:
    """Every word that structured outputs do not know stands in the description, after what was written there."""
    taken = schemas.structured(described(Invoice))
    line = taken["$defs"]["Line"]["properties"]
    assert line["article"]["description"] == "As printed. (maxLength: 40, minLength: 1)"
    assert line["pieces"] == {"type": "integer", "description": "(default: 1, minimum: 1)"}
    assert line["unit"]["anyOf"] == [{"$ref": "#/$defs/Unit"}]
    assert line["unit"]["description"] == "Of the pieces. (default: piece)"
    assert taken["$defs"]["Card"]["properties"]["last_digits"]["description"] == r"(pattern: ^\d{4}$)"
    assert taken["properties"]["few"]["description"] == "(maxItems: 3, minItems: 2)"
    assert taken["properties"]["lines"]["minItems"] == 1
    assert taken["properties"]["issued"] == {"type": "string", "format": "date"}
    assert taken["properties"]["site"]["anyOf"][0]["format"] == "uri"
    assert "discriminator" not in str(taken)


def allowed(schema: Any) -> None:
    """Walk through a schema, and find nothing that structured outputs do not know."""
    known = {"type", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "properties", "required"}
    known |= {"additionalProperties", "items", "minItems", "format", "title", "description"}
    assert set(schema) <= known
    if schema.get("type") == "object":
        assert schema["additionalProperties"] is False
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    for one in [*inner, *schema.get("anyOf", []), *schema.get("allOf", []), *filter(None, [schema.get("items")])]:
        allowed(one)


@pytest.mark.parametrize(
    "of", [Invoice, list[Invoice], Line | None, {"type": ["integer", "null"], "minimum": 3}, {"oneOf": [{"const": 1}]}]
)
def test_nothing_else_is_left(of: Any) -> None:
    """Objects are closed, and every word is one that the API takes."""
    schema, _ = schemas.as_object(of if isinstance(of, dict) else described(of))
    taken = schemas.structured(schema)
    allowed(taken)
    jsonschema.Draft202012Validator.check_schema(taken)


def test_titles_that_repeat_a_name_are_left_out() -> None:
    """They cost tokens and say nothing; one that somebody wrote stays, and so does a field of that name."""
    properties = described(Invoice)["properties"]
    assert properties["number"] == {"type": "string"}
    assert properties["title"] == {"type": "string", "title": "The heading"}


def test_a_root_that_is_no_object_is_put_into_one() -> None:
    """With its definitions where references find them; a type that contains itself begins with itself."""
    schema, wrapped = schemas.as_object(described(list[Line]))
    assert wrapped
    assert schema["required"] == [schemas.ANSWER]
    assert set(schema["$defs"]) == {"Line", "Unit"}
    jsonschema.validate({schemas.ANSWER: [{"article": "a", "price": 1}]}, schema)
    tree, wrapped = schemas.as_object(described(Node))
    assert (tree["type"], wrapped) == ("object", False)
    jsonschema.validate({"name": "a", "inner": [{"name": "b", "inner": []}]}, tree)


def optional(count: int) -> type:
    """Return a model of so many optional fields."""
    return pydantic.create_model("Many", **{f"f{at}": (int, 0) for at in range(count)})  # type: ignore[call-overload]


def unions(count: int) -> type:
    """Return a model of so many fields with two types."""
    return pydantic.create_model("Many", **{f"f{at}": (int | None, ...) for at in range(count)})  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (Invoice, ""),
        (list[Literal["a"]], ""),
        (Node, "it contains itself"),
        (dict[str, int], "keys that are not named in advance"),
        (list[dict[str, Any]], "keys that are not named in advance"),
        (dict, "keys that are not named in advance"),
        ({"type": "object"}, "keys that are not named in advance"),
        (list[Any], "a value that may be anything"),
        (tuple[int, str], "a list whose places differ"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.org/a.json"}}}, "refers to https://example"),
        (optional(24), ""),
        (optional(25), "25 optional fields, and 24 are taken"),
        (unions(16), ""),
        (unions(17), "17 unions, and 16 are taken"),
    ],
    ids=str,
)
def test_what_a_structured_output_cannot_hold_is_told(of: Any, words: str) -> None:
    """So that a tool is used, instead of an answer that is refused or lacks what could not be said."""
    found = schemas.obstacle(of if isinstance(of, dict) else schemas.as_object(described(of))[0])
    assert words in found
    assert bool(found) == bool(words)
