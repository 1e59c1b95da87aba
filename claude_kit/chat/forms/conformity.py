"""Does a value fit a JSON schema? Checked word by word, for answers that were asked for by a schema and not by a type.

The words are those of JSON Schema 2020-12 (Validation vocabulary); ``format`` is taken as a remark, which it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

__all__ = ["misfits"]

# Of a value that does not fit, in characters; and how deep schemas may refer to themselves.
_GIVEN: Final = 80
_DEEPEST: Final = 100

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
}

# A word, of what it speaks, whether it holds, and what to say where it does not.
_NUMBERS: Final[Mapping[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "minimum": (lambda value, bound: value >= bound, "should be {} or more"),
    "maximum": (lambda value, bound: value <= bound, "should be {} or less"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "should be more than {}"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "should be less than {}"),
    "multipleOf": (lambda value, step: _is_multiple(value, step), "should be a multiple of {}"),
}
_STRINGS: Final[Mapping[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "minLength": (lambda text, least: len(text) >= least, "should have {} characters or more"),
    "maxLength": (lambda text, most: len(text) <= most, "should have {} characters or less"),
    "pattern": (lambda text, pattern: re.search(pattern, text) is not None, "should match {}"),
}
_ARRAYS: Final[Mapping[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "minItems": (lambda items, least: len(items) >= least, "should have {} items or more"),
    "maxItems": (lambda items, most: len(items) <= most, "should have {} items or less"),
    "uniqueItems": (lambda items, asked: not asked or _are_unique(items), "should have no item twice"),
}


def misfits(value: object, schema: Mapping[str, Any]) -> list[str]:
    """Say in a line each what of a value does not fit a schema; nothing if it fits.

    Parameters
    ----------
    value : object
        As `json.loads` gives it.
    schema : mapping

    Examples
    --------
    >>> misfits({"pages": 0}, {"type": "object", "properties": {"pages": {"type": "integer", "minimum": 1}}})
    ['pages: should be 1 or more, not 0']
    """
    return list(_misfits(value, schema, "", schema, 0))


def _misfits(value: Any, schema: Any, where: str, root: Mapping[str, Any], depth: int) -> Iterator[str]:
    if schema is True or depth > _DEEPEST:
        return
    if not isinstance(schema, Mapping):
        yield _said(where, "should not be there", value)
        return
    if "$ref" in schema:
        yield from _misfits(value, _referred(str(schema["$ref"]), root), where, root, depth + 1)
    kinds = schema.get("type", ())
    listed = [kinds] if isinstance(kinds, str) else kinds
    if listed and not any(_TYPES.get(kind, _anything)(value) for kind in listed):
        yield _said(where, f"should be {' or '.join(listed)}", value)
        return
    if "const" in schema and not _same(value, schema["const"]):
        yield _said(where, f"should be {_written(schema['const'])}", value)
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield _said(where, f"should be {' or '.join(map(_written, schema['enum']))}", value)
    yield from _bounds(value, schema, where)
    yield from _combined(value, schema, where, root, depth)
    if isinstance(value, dict):
        yield from _in_object(value, schema, where, root, depth)
    if isinstance(value, list):
        yield from _in_array(value, schema, where, root, depth)


def _bounds(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    table = _STRINGS if isinstance(value, str) else _ARRAYS if isinstance(value, list) else _NUMBERS
    if table is _NUMBERS and not _is_number(value):
        return
    for word, (holds, sentence) in table.items():
        if word in schema and not holds(value, schema[word]):
            yield _said(where, sentence.format(_written(schema[word])), value)


def _combined(value: Any, schema: Mapping[str, Any], where: str, root: Mapping[str, Any], depth: int) -> Iterator[str]:
    def found(one: Any) -> list[str]:
        return list(_misfits(value, one, where, root, depth + 1))

    for one in schema.get("allOf", ()):
        yield from found(one)
    for word in ("anyOf", "oneOf"):
        tried = [found(one) for one in schema.get(word, ())]
        if tried and all(tried):
            # Of several ways to fit, what the nearest lacks.
            yield from min(tried, key=len)
        elif word == "oneOf" and sum(not lacks for lacks in tried) > 1:
            yield _said(where, "should fit one of several shapes, and fits more", value)
    if "not" in schema and not found(schema["not"]):
        yield _said(where, f"should not be {_written(schema['not'])}", value)


def _in_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], where: str, root: Mapping[str, Any], depth: int
) -> Iterator[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{_inside(where, name)}: field required"
    for name, inner in value.items():
        place = _inside(where, name)
        fitting = [one for pattern, one in patterns.items() if re.search(pattern, name)]
        if name in known:
            fitting.append(known[name])
        for one in fitting or [schema.get("additionalProperties", True)]:
            yield from _misfits(inner, one, place, root, depth + 1)


def _in_array(
    value: Sequence[Any], schema: Mapping[str, Any], where: str, root: Mapping[str, Any], depth: int
) -> Iterator[str]:
    places = schema.get("prefixItems", ())
    for at, inner in enumerate(value):
        one = places[at] if at < len(places) else schema.get("items", True)
        yield from _misfits(inner, one, _inside(where, at), root, depth + 1)


def _referred(path: str, root: Any) -> Any:
    found = root
    for step in path.removeprefix("#").strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name, True) if step and isinstance(found, Mapping) else found
    return found


def _inside(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)


def _said(where: str, why: str, value: object) -> str:
    text = _written(value)
    return f"{where or 'the whole'}: {why}, not {text if len(text) <= _GIVEN else text[:_GIVEN] + '…'}"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_multiple(value: Any, step: Any) -> bool:
    # Of fractions the quotient is nearer to the truth than the rest is.
    return bool(value % step == 0 if isinstance(value, int) and isinstance(step, int) else (value / step) % 1 == 0)


def _anything(_: object) -> bool:
    return True


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does, where true is not 1 and 1.0 is."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _are_unique(items: Sequence[Any]) -> bool:
    return not any(_same(one, other) for at, one in enumerate(items) for other in items[:at])
