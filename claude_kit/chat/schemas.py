"""How is a Python type described to Claude, and what of it can a structured output hold to?

A tool takes any JSON schema, as an object. ``output_config.format`` takes fewer words, and holds the answer to them
(Anthropic docs, structured outputs, 2026-10; the ``anthropic`` SDK 2.12.0 makes the same of a schema): what it does
not know is moved into the description, where the model reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

__all__ = ["ANSWER", "adapter", "as_object", "called", "json_schema", "obstacle", "problems", "structured"]

#: Under which name an answer stands that is no object by itself.
ANSWER: Final = "answer"

_DEFINITIONS: Final = ("$defs", "definitions")

# What a structured output's strings may be held to.
_FORMATS: Final = (*("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"),)

# Of a value of several types, what is said of one of them.
_OF_ONE_TYPE: Final = ("properties", "required", "items", "minItems", "format")

# Words that say nothing to whoever fills in a value: OpenAPI's, and those of the schema itself.
_SILENT: Final = ("discriminator", "$schema", "$id", "$comment", "additionalProperties")

# With more of them the API answers 400: the grammar would be too large (github.com/anthropics/claude-code#55539).
_MOST_OPTIONAL: Final = 24
_MOST_UNIONS: Final = 16

# Of a value that does not fit, in characters.
_GIVEN: Final = 80


def adapter(of: Any) -> TypeAdapter[Any]:
    """Return what validates a type, and describes it.

    Raises
    ------
    TypeError
        If values of it cannot be read from JSON.
    """
    from pydantic import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError, TypeAdapter

    try:
        found: TypeAdapter[Any] = TypeAdapter(of)
        json_schema(found)
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError) as error:
        # Of pydantic's advice the first sentence: the rest is about its own settings.
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise TypeError(f"{called(of)}: {reason[:1].lower()}{reason[1:]}") from None
    return found


def called(of: Any) -> str:
    """Return what people call a type.

    Examples
    --------
    >>> called(int), called(list[int])
    ('int', 'list[int]')
    """
    return of.__name__ if isinstance(of, type) and "[" not in str(of) else str(of).replace("typing.", "")


def json_schema(of: TypeAdapter[Any]) -> dict[str, Any]:
    """Return the JSON schema of what a type is read from, without titles that only repeat a name."""
    return of.json_schema(schema_generator=_generator())


@cache
def _generator() -> Any:
    from pydantic.json_schema import GenerateJsonSchema

    class Untitled(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

        def emit_warning(self, kind: Any, detail: str) -> None:
            pass  # of a default that JSON cannot say: it is left out, which is all there is to do

    return Untitled


def as_object(schema: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a schema whose root is an object, and whether the value had to be put under `ANSWER` for it.

    Examples
    --------
    >>> as_object({"type": "integer"})[0]["properties"]
    {'answer': {'type': 'integer'}}
    >>> as_object({"type": "object", "properties": {}})
    ({'type': 'object', 'properties': {}}, False)
    """
    root = _at_the_root(schema)
    if root.get("type") == "object":
        return root, False
    inner = {name: value for name, value in root.items() if name not in _DEFINITIONS}
    outer: dict[str, Any] = {name: root[name] for name in _DEFINITIONS if name in root}
    return {"type": "object", "properties": {ANSWER: inner}, "required": [ANSWER], **outer}, True


def _at_the_root(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without a reference at its root, as one that contains itself has."""
    if "$ref" not in schema:
        return dict(schema)
    inner = _referred(str(schema["$ref"]), schema)
    return dict(schema) if inner is None else {**inner, **{k: v for k, v in schema.items() if k != "$ref"}}


def _referred(path: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind, _, name = path.removeprefix("#/").partition("/")
    found = root.get(kind, {}).get(name) if path.startswith("#/") and kind in _DEFINITIONS else None
    return found if isinstance(found, Mapping) else None


# ---- structured outputs -----------------------------------------------------------------------------------------


def structured(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in the words that ``output_config.format`` takes.

    Parameters
    ----------
    schema : mapping
        Whose root is an object, see `as_object`.

    Examples
    --------
    >>> structured({"type": "integer", "minimum": 1, "description": "A page."})
    {'type': 'integer', 'description': 'A page. (minimum: 1)'}
    """
    left = {name: value for name, value in schema.items() if name not in _SILENT}
    kept: dict[str, Any] = {name: _each(left.pop(name)) for name in _DEFINITIONS if name in left}
    said = left.pop("description", "")
    if "title" in left:
        kept["title"] = left.pop("title")
    if "$ref" in left:
        kept |= _reference(left, bool(said))
    elif "enum" in left or "const" in left:
        left.pop("type", None)
        kept |= {name: left.pop(name) for name in ("enum", "const") if name in left}
    elif variants := left.pop("anyOf", None) or left.pop("oneOf", None):
        left.pop("type", None)
        kept["anyOf"] = [structured(variant) for variant in variants]
    elif "allOf" in left:
        kept["allOf"] = [structured(variant) for variant in left.pop("allOf")]
    else:
        kept |= _typed(left)
    moved = ", ".join(f"{name}: {_written(value)}" for name, value in left.items())
    if words := " ".join(filter(None, (said, f"({moved})" if moved else ""))):
        kept["description"] = words
    return kept


def _each(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: structured(schema) for name, schema in schemas.items()}


def _reference(left: dict[str, Any], described: bool) -> dict[str, Any]:
    """Take a reference out; nothing may stand beside one, so that what does needs a schema around it."""
    reference = {"$ref": left.pop("$ref")}
    return {"anyOf": [reference]} if described or left else reference


def _typed(left: dict[str, Any]) -> dict[str, Any]:
    """Take out what a structured output knows of a value of one type, or of several."""
    kind = left.pop("type", None)
    if isinstance(kind, list):
        beside: dict[str, Any] = {name: left.pop(name) for name in _OF_ONE_TYPE if name in left}
        return {"anyOf": [_typed({"type": one, **beside}) for one in kind]}
    kept: dict[str, Any] = {} if kind is None else {"type": kind}
    if kind == "object":
        kept |= {"properties": _each(left.pop("properties", {})), "additionalProperties": False}
        kept |= {name: list(left.pop(name)) for name in ("required",) if name in left}
    if kind == "string" and left.get("format") in _FORMATS:
        kept["format"] = left.pop("format")
    if kind == "array":
        kept |= {name: structured(left.pop(name)) for name in ("items",) if isinstance(left.get(name), Mapping)}
        kept |= {name: left.pop(name) for name in ("minItems",) if left.get(name) in (0, 1)}
    return kept


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


# ---- what it cannot hold ----------------------------------------------------------------------------------------


def obstacle(schema: Mapping[str, Any]) -> str:
    """Say why a structured output cannot hold to a schema, so that a tool has to; empty if it can.

    Examples
    --------
    >>> obstacle({"type": "object", "additionalProperties": {"type": "integer"}})
    'it has keys that are not named in advance'
    """
    if _contains_itself(schema):
        return "it contains itself"
    optional = unions = 0
    for part in _parts(schema):
        properties = part.get("properties") or {}
        if part.get("type") == "object" and (part.get("patternProperties") or _is_open(part, properties)):
            return "it has keys that are not named in advance"
        if not any(word in part for word in ("type", "$ref", "enum", "const", "anyOf", "oneOf", "allOf")):
            return "it has a value that may be anything"
        if part.get("prefixItems") or isinstance(part.get("items"), list):
            return "it has a list whose places differ"
        if "$ref" in part and _referred(str(part["$ref"]), schema) is None:
            return f"it refers to {part['$ref']}"
        optional += len(set(properties) - set(part.get("required", ())))
        unions += "anyOf" in part or "oneOf" in part or isinstance(part.get("type"), list)
    if optional > _MOST_OPTIONAL:
        return f"it has {optional} optional fields, and {_MOST_OPTIONAL} are taken"
    return f"it has {unions} unions, and {_MOST_UNIONS} are taken" if unions > _MOST_UNIONS else ""


def _is_open(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> bool:
    beyond = schema.get("additionalProperties")
    return isinstance(beyond, Mapping) or (not properties and beyond is not False)


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that are in it."""
    yield schema
    inner = [*_values(schema, *_DEFINITIONS, "properties")]
    inner += [one for word in ("anyOf", "oneOf", "allOf", "prefixItems") for one in schema.get(word) or ()]
    inner += [schema["items"]] if isinstance(schema.get("items"), Mapping) else []
    for one in inner:
        if isinstance(one, Mapping):
            yield from _parts(one)


def _values(schema: Mapping[str, Any], *words: str) -> Iterator[Any]:
    for word in words:
        yield from (schema.get(word) or {}).values()


def _contains_itself(schema: Mapping[str, Any]) -> bool:
    """Tell whether a definition leads back to itself."""
    defined = {f"#/{word}/{name}": one for word in _DEFINITIONS for name, one in (schema.get(word) or {}).items()}
    leads = {path: {str(part["$ref"]) for part in _parts(one) if "$ref" in part} for path, one in defined.items()}
    for path in leads:
        reached: set[str] = set()
        ahead = set(leads[path])
        while ahead:
            reached |= ahead
            ahead = {further for step in ahead for further in leads.get(step, ())} - reached
        if path in reached:
            return True
    return False


# ---- what does not fit ------------------------------------------------------------------------------------------


def problems(error: ValidationError) -> list[str]:
    """Say in a line each what of a value does not fit: where it stands, why, and what was given."""
    found = []
    for detail in error.errors(include_url=False, include_context=False):
        where = ".".join(map(str, detail["loc"])) or "the whole"
        given = "" if detail["type"] == "missing" else f", not {_cut(json.dumps(detail['input'], default=str))}"
        found.append(f"{where}: {_reason(detail['msg'])}{given}")
    return found


def _reason(message: str) -> str:
    reason = message.removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return reason[:1].lower() + reason[1:]


def _cut(text: str) -> str:
    return text if len(text) <= _GIVEN else f"{text[:_GIVEN]}…"
