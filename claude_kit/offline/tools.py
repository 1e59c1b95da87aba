"""Which tools does it call, and with what? Those that are forced or named in the question, with the least they may get.

The input is made from the tool's JSON schema, see `claude_kit.offline.values`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.refusals import Refusal
from claude_kit.offline.values import minimal

__all__ = ["ToolCall", "choose"]

_ID: Final = "toolu_offline_"


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
