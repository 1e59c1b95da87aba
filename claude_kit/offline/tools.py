"""Which tools does it call, and with what? Those that are forced or named in the question, with the least they may get.

The input is made from the tool's JSON schema: what is required, and of that the first or smallest value there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.refusals import Refusal

__all__ = ["ToolCall", "choose", "minimal"]

_ID: Final = "toolu_offline_"
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
    "hostname": "example.com",
}

# Schemas may refer to themselves; nobody needs more of one than this.
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What it asks the client to run."""

    id: str
    name: str
    input: Mapping[str, Any]


def choose(body: Mapping[str, Any], words: str, model: Model, digest: str) -> tuple[ToolCall, ...]:
    """Choose the tools to call: the one that is forced, or those that the question names, in its order.

    Parameters
    ----------
    body : mapping
        The request.
    words : str
        The question.
    model : Model
    digest : str
        Of the request, for the ids of the calls.

    Raises
    ------
    Refusal
        If a tool is forced that is not there, or on a model that cannot be forced.
    """
    tools = {tool["name"]: tool for tool in body.get("tools") or () if _is_clients(tool)}
    choice = body.get("tool_choice") or {"type": "auto"}
    named = _named(tools, words)
    if choice["type"] in ("any", "tool") and not model.forced_tool_choice:
        raise Refusal(400, f'"tool_choice.type.{choice["type"]}" is not supported for this model')
    match choice["type"]:
        case "tool" if choice.get("name") not in tools:
            raise Refusal(400, f"tool_choice.name: Tool '{choice.get('name')}' not found in provided tools")
        case "tool":
            called = [choice["name"]]
        case "any":
            called = named or list(tools)[:1]
        case "auto":
            called = named
        case _:
            called = []
    if choice.get("disable_parallel_tool_use"):
        called = called[:1]
    return tuple(
        ToolCall(f"{_ID}{digest[:16]}{number:02}", name, minimal(tools[name].get("input_schema") or {}))
        for number, name in enumerate(called)
    )


def _named(tools: Iterable[str], words: str) -> list[str]:
    """Return the tools that a question names, in the order in which it does."""
    found = {name: re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.I) for name in tools}
    places = {name: match.start() for name, match in found.items() if match}
    return sorted(places, key=places.__getitem__)


def _is_clients(tool: Any) -> bool:
    """Whether the client runs it; the others run on Anthropic's servers, which nobody asks here."""
    return isinstance(tool, Mapping) and "name" in tool and tool.get("type", "custom") == "custom"


def minimal(schema: Mapping[str, Any]) -> Any:
    """Return the least that fits a JSON schema.

    Parameters
    ----------
    schema : mapping
        Of the keywords, those that say what a value is; a pattern may be missed.

    Examples
    --------
    >>> minimal({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
    {'city': 'offline'}
    """
    return _least(schema, schema, 0)


def _least(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    for stated in ("const", "default"):
        if stated in schema:
            return schema[stated]
    for several in ("enum", "examples"):
        if schema.get(several):
            return schema[several][0]
    if "$ref" in schema:
        return _least(_referred(str(schema["$ref"]), root), root, depth + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return _least(schema[several][0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            parts: Mapping[str, Any] = schema.get("properties") or {}
            return {name: _least(parts.get(name, {}), root, depth + 1) for name in schema.get("required") or ()}
        case "array":
            return [_least(schema.get("items"), root, depth + 1)] * _length(schema)
        case "string" if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        case "string":
            return "offline"[: schema.get("maxLength")].ljust(int(schema.get("minLength", 0)), ".")
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case _:
            return None


def _length(schema: Mapping[str, Any]) -> int:
    """One to look at, where none would do: of a list that is empty nobody learns what it may hold."""
    return max(int(schema.get("minItems", 0)), min(1, int(schema.get("maxItems", 1))))


def _number(schema: Mapping[str, Any]) -> Any:
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1
    return min(schema.get("minimum", 0), schema.get("maximum", schema.get("minimum", 0)))


def _referred(path: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    steps: Sequence[str] = path.removeprefix("#/").split("/") if path.startswith("#/") else ()
    for step in steps:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if steps else None
