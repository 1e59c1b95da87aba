"""Which value fits a JSON schema? The least that does: the first that is stated, the smallest, the shortest.

The keywords are those that schemas of pydantic are made of. Those that the API's structured outputs do not know stand
in the description, at its end and in brackets, where Claude reads them: ``A page. (minimum: 1)``; so does this. What
asks for more than can be found in a few tries, such as a pattern with a look-ahead, may be missed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit.offline import patterns

__all__ = ["minimal"]

# What a string of a format is.
_FORMATS: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "offline@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "hostname": "example.com",
}
_WORD: Final = "offline"

# What a description may say of a value: numbers, and words.
_NUMBERS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems"),
)
_NAMES: Final = "|".join((*_NUMBERS, "pattern", "format", "uniqueItems", "default", "examples"))
_BRACKET: Final = re.compile(rf"(?:^|\s)\((?=(?:{_NAMES}): )")
_NAME: Final = re.compile(rf"(?:^|, )({_NAMES}): ")

# Schemas may refer to themselves; nobody needs more of one than this.
_DEEPEST: Final = 8


def minimal(schema: Mapping[str, Any]) -> Any:
    """Return the least that fits a JSON schema.

    Parameters
    ----------
    schema : mapping

    Examples
    --------
    >>> minimal({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
    {'city': 'offline'}
    >>> minimal({"type": "array", "items": {"type": "integer", "minimum": 2.5, "multipleOf": 4}, "minItems": 2})
    [4, 4]
    >>> minimal({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"})
    'AA-0000'
    """
    return _least(schema, schema, 0)


def _least(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    schema = {**_said(str(schema.get("description", ""))), **schema}
    for stated in ("const", "default"):
        if stated in schema:
            return schema[stated]
    for several in ("enum", "examples"):
        if schema.get(several):
            return schema[several][0]
    if "$ref" in schema:
        return _least({**_mapping(_referred(str(schema["$ref"]), root)), **_without(schema, "$ref")}, root, depth + 1)
    if schema.get("allOf"):
        return _least(_merged([_without(schema, "allOf"), *schema["allOf"]], root), root, depth + 1)
    for several in ("anyOf", "oneOf"):
        if schema.get(several):
            return _least({**_without(schema, several), **_mapping(schema[several][0])}, root, depth + 1)
    return _of_type(schema, root, depth)


def _said(description: str) -> dict[str, Any]:
    """Read what a description says of a value in the words of a schema."""
    *_, words = _BRACKET.split(description)
    if words == description or not words.endswith(")"):
        return {}
    _, *found = _NAME.split(words[:-1])
    told = {name: _read(value) for name, value in zip(found[::2], found[1::2], strict=True)}
    return {name: value for name, value in told.items() if name not in _NUMBERS or isinstance(value, int | float)}


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            parts: Mapping[str, Any] = schema.get("properties") or {}
            return {name: _least(parts.get(name, {}), root, depth + 1) for name in schema.get("required") or ()}
        case "array":
            return _array(schema, root, depth)
        case "string":
            return _string(schema)
        case "integer":
            return _integer(schema)
        case "number":
            return _number(schema)
        case "boolean":
            return False
        case _:
            return None


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> list[Any]:
    """Return one item to look at, where none would do: of a list that is empty nobody learns what it may hold."""
    least = int(schema.get("minItems", 0))
    first = schema.get("prefixItems") or ()
    length = max(least, len(first), min(1, int(schema.get("maxItems", 1))))
    items = [_least(item, root, depth + 1) for item in first]
    rest = schema.get("items")
    items += [_least(rest, root, depth + 1) for _ in range(length - len(items))]
    return _different(items, _mapping(rest)) if schema.get("uniqueItems") else items


def _different(items: list[Any], schema: Mapping[str, Any]) -> list[Any]:
    """Return items that are not the same, as far as there are others."""
    if schema.get("enum"):
        return list(schema["enum"][: len(items)])
    numbers = all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)
    if numbers:
        return [item + at * schema.get("multipleOf", 1) for at, item in enumerate(items)]
    return [f"{item}{at or ''}" if isinstance(item, str) else item for at, item in enumerate(items)]


def _string(schema: Mapping[str, Any]) -> str:
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    if "pattern" in schema:
        for text in patterns.examples(str(schema["pattern"])):
            if len(text) >= least and (most is None or len(text) <= most):
                return text
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    return _WORD[:most].ljust(least, ".")


def _integer(schema: Mapping[str, Any]) -> int:
    step = schema.get("multipleOf", 1)
    return int(_in_steps(schema, step if step >= 1 and step == int(step) else 1))


def _number(schema: Mapping[str, Any]) -> Any:
    if schema.get("multipleOf"):
        return _in_steps(schema, schema["multipleOf"])
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    found = _nearest_zero(low, high)
    if found not in (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")):
        return found
    if math.isfinite(low) and math.isfinite(high):
        return (low + high) / 2
    return low + 1 if math.isfinite(low) else high - 1


def _in_steps(schema: Mapping[str, Any], step: Any) -> Any:
    """Return the multiple of a step that is nearest to zero."""
    low = [math.ceil(schema["minimum"] / step)] if "minimum" in schema else []
    low += [math.floor(schema["exclusiveMinimum"] / step) + 1] if "exclusiveMinimum" in schema else []
    high = [math.floor(schema["maximum"] / step)] if "maximum" in schema else []
    high += [math.ceil(schema["exclusiveMaximum"] / step) - 1] if "exclusiveMaximum" in schema else []
    return _nearest_zero(max(low, default=-math.inf), min(high, default=math.inf)) * step


def _nearest_zero(low: Any, high: Any) -> Any:
    return max(low, min(0, high)) if low <= high else low


def _merged(schemas: Sequence[Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """Return what several schemas ask for together."""
    merged: dict[str, Any] = {}
    for schema in map(_mapping, schemas):
        asked = _mapping(_referred(str(schema["$ref"]), root)) if "$ref" in schema else schema
        required = [*merged.get("required", ()), *(asked.get("required") or ())]
        parts = {**merged.get("properties", {}), **_mapping(asked.get("properties"))}
        merged |= {**asked, **({"required": required} if required else {}), **({"properties": parts} if parts else {})}
    return merged


def _without(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _referred(path: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    steps: Sequence[str] = path.removeprefix("#/").split("/") if path.startswith("#/") else ()
    for step in steps:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if steps else None
