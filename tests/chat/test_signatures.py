"""Functions as Claude is told of them: names, types, words; and what it gives, in the types they ask for."""

import asyncio
import functools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anthropic
import jsonschema
import pydantic
import pytest
from typing_extensions import TypedDict

from claude_kit.chat.tools.signatures import Function

if TYPE_CHECKING:
    from decimal import Decimal


class Unit(Enum):
    """A unit."""

    CELSIUS = "c"
    FAHRENHEIT = "f"


@dataclass
class Place:
    """A place."""

    name: str
    height: float = 0.0


class Station(pydantic.BaseModel):
    """A station."""

    id: int
    at: Place


def everything(
    city: str,
    day: date,
    /,
    mode: Literal["short", "long"],
    unit: Unit = Unit.CELSIUS,
    places: list[Place] | None = None,
    *,
    station: Station | None = None,
    schema: Annotated[int, "A name that pydantic's models have, too."] = 3,
    factor: Annotated[float, pydantic.Field(gt=0, description="By how much.")] = 0.5,
) -> dict[str, Any]:
    """Take everything.

    And give it back.

    Parameters
    ----------
    city, day
        Where and when.
    factor
        Said in another place already.
    """
    return dict(locals())


def test_a_function_is_described_by_its_signature() -> None:
    """Types, defaults and what is required; words from Annotated, from Field, and from the docstring."""
    tool = Function.of(everything).definition
    assert (tool["name"], tool["description"]) == ("everything", "Take everything.")
    schema = tool["input_schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["required"] == ["city", "day", "mode"]
    told = schema["properties"]
    assert told["city"] == {"type": "string", "description": "Where and when."}
    assert told["day"] == {"type": "string", "format": "date", "description": "Where and when."}
    assert told["mode"] == {"type": "string", "enum": ["short", "long"]}
    assert told["unit"] == {"$ref": "#/$defs/Unit", "default": "c"}
    assert told["places"]["default"] is None
    assert told["schema"]["description"] == "A name that pydantic's models have, too."
    assert (told["factor"]["description"], told["factor"]["exclusiveMinimum"]) == ("By how much.", 0)
    assert set(schema["$defs"]) == {"Place", "Station", "Unit"}


def test_what_claude_gives_reaches_the_function_in_its_own_types() -> None:
    """A date is a date, an enum a member, objects are dataclasses and models; defaults are the function's own."""
    given = {
        "city": "Oslo",
        "day": "2026-01-02",
        "mode": "long",
        "unit": "f",
        "places": [{"name": "A"}],
        "station": {"id": 1, "at": {"name": "B", "height": 2}},
    }
    places, named = Function.of(everything).arguments(given)
    taken = everything(*places, **named)
    assert taken == {
        "city": "Oslo",
        "day": date(2026, 1, 2),
        "mode": "long",
        "unit": Unit.FAHRENHEIT,
        "places": [Place("A")],
        "station": Station(id=1, at=Place("B", 2.0)),
        "schema": 3,
        "factor": 0.5,
    }
    places, named = Function.of(everything).arguments({"city": "Oslo", "day": "2026-01-02", "mode": "long"})
    assert everything(*places, **named)["unit"] is Unit.CELSIUS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"day": "2026-01-02", "mode": "long"}, ["city: field required"]),
        ({"city": "Oslo", "day": "tomorrow", "mode": "long"}, ["day: should be a valid date", 'not "tomorrow"']),
        ({"city": 5, "day": "2026-01-02", "mode": "odd"}, ["city: should be a valid string, not 5", "mode: should be"]),
        ({"city": "O", "day": "2026-01-02", "mode": "long", "wind": 1}, ["wind: there is no such parameter"]),
        (
            {"city": "O", "day": "2026-01-02", "mode": "long", "places": [{"name": "A"}, {"height": "x"}]},
            ["places.1.name: field required", "places.1.height: should be a valid number"],
        ),
        (
            {"city": "O", "day": "2026-01-02", "mode": "long", "factor": -1},
            ["factor: should be greater than 0, not -1"],
        ),
        (None, ["the whole: should be an object, not null"]),
        ("Oslo", ["the whole: should be an object"]),
    ],
)
def test_what_does_not_fit_is_named(given: Any, said: list[str]) -> None:
    """The argument, why, and what was given, without a word about Python's ways."""
    with pytest.raises(ValueError, match=":") as caught:
        Function.of(everything).arguments(given)
    for words in said:
        assert words in str(caught.value)
    assert "pydantic" not in str(caught.value)


class Weather:
    """Looks the weather up."""

    def __init__(self, station: str) -> None:
        self.station = station

    def __call__(self, city: str) -> str:
        return f"{city} by {self.station}"

    def at(self, city: str, days: int = 1) -> str:
        """Look it up."""
        return f"{city} by {self.station} for {days}"


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@functools.cache
def cached(city: str) -> str:
    """Look it up once."""
    return city


async def later(city: str) -> str:
    """Look it up, later."""
    return city


@pytest.mark.parametrize(
    ("run", "name", "description", "parameters"),
    [
        (Weather("S").at, "at", "Look it up.", ["city", "days"]),
        (Weather("S"), "Weather", "Looks the weather up.", ["city"]),
        (functools.partial(Weather("S").at, days=3), "at", "Look it up.", ["city"]),
        (functools.partial(functools.partial(Weather("S").at, "Oslo"), days=3), "at", "Look it up.", []),
        (logged(Weather("S").at), "at", "Look it up.", ["city", "days"]),
        (cached, "cached", "Look it up once.", ["city"]),
        (later, "later", "Look it up, later.", ["city"]),
    ],
    ids=["method", "object", "partial", "partial of partial", "wrapped", "cached", "async"],
)
def test_whatever_can_be_called_is_read(
    run: Callable[..., Any], name: str, description: str, parameters: list[str]
) -> None:
    """What a partial has set, and ``self``, are not Claude's to give."""
    function = Function.of(run)
    assert (function.name, function.description) == (name, description)
    assert list(function.schema["properties"]) == parameters
    places, named = function.arguments({"city": "Oslo"} if "city" in parameters else {})
    given = function.run(*places, **named)
    assert "Oslo" in (asyncio.run(given) if run is later else given)


def no_hint(city) -> str:  # type: ignore[no-untyped-def]
    """Have no hint."""
    return str(city)


def starred(*cities: str) -> None:
    """Take any number."""


def double_starred(**cities: str) -> None:
    """Take any names."""


def unknown_type(amount: "Decimal") -> None:
    """Name a type that is not there."""


def no_json(of: Callable[[], int]) -> None:
    """Take what JSON cannot say."""


def old_field(city: str = pydantic.Field("Oslo", description="Where.")) -> None:
    """Say it in the default."""


def bad_hint(city: "math.nowhere") -> None:  # type: ignore[name-defined]
    """Name what a module has not."""


def aliased(city: Annotated[str, pydantic.Field(alias="town")]) -> None:
    """Have another name."""


def ünicode(city: str) -> None:
    """Have a name of its own."""


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (no_hint, TypeError, "no_hint: the parameter 'city' has no type hint.*Write its type: city: str"),
        (starred, TypeError, r"starred: .*\*cities.*take a list or a dict: cities: list\[str\]"),
        (double_starred, TypeError, r"double_starred: .*\*\*cities.*cities: dict\[str, str\]"),
        (unknown_type, TypeError, "unknown_type: its type hints name 'Decimal', which is not there. Import"),
        (no_json, TypeError, "no_json: .*the parameter 'of'.*bind with functools.partial"),
        (old_field, TypeError, "old_field: the default of 'city' is a pydantic Field. Put it beside the type"),
        (bad_hint, TypeError, "bad_hint: its type hints cannot be read .*nowhere"),
        (aliased, TypeError, "aliased: the parameter 'city' has an alias"),
        (ünicode, ValueError, "'ünicode' is no name of a tool: .*Rename the function"),
        (lambda city: city, ValueError, "a lambda has no name .* Write it as a def with type hints"),
        (Place, TypeError, r"Place is a class, not a function.*chat.extract\(Place, ...\)"),
        (math.sqrt, TypeError, "sqrt: the parameter 'x' has no type hint"),
        (dict.fromkeys, TypeError, "fromkeys: "),
        (3, TypeError, "3 is no tool"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or "",
)
def test_what_claude_cannot_call_says_so(run: Any, error: type[Exception], words: str) -> None:
    """The message names the function and the parameter, and the way out."""
    with pytest.raises(error, match=words):
        Function.of(run)


def test_a_parameter_that_json_cannot_give_is_fine_when_bound() -> None:
    """As the message says."""
    assert Function.of(functools.partial(no_json, of=int)).schema["properties"] == {}


class Row(TypedDict):
    """A row."""

    name: str


def compared(city: str, days: int = 1, rows: list[Row] | None = None, unit: Literal["c", "f"] = "c") -> str:
    """Look the weather up.

    Args:
        city: As on the map.
        days: How many.
    """
    return city


def test_the_sdk_describes_the_same() -> None:
    """Anthropic's own `beta_tool` has the same schema, but for titles that repeat a name, and a word on what else."""
    peer = json.loads(json.dumps(anthropic.beta_tool(compared).to_dict()["input_schema"]))
    ours = Function.of(compared).definition["input_schema"]
    assert ours == {word: value for word, value in _untitled(peer).items() if word != "additionalProperties"}


def _untitled(schema: Any) -> Any:
    """Take out the titles of fields, which say their names once more."""
    for one in (schema, *schema.get("$defs", {}).values()):
        for field in one.get("properties", {}).values():
            field.pop("title", None)
    return schema
