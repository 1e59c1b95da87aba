"""How many tokens tools cost: the prompt that goes with them, and each as Claude reads it.

The prompt is documented per model (Anthropic docs, tool use, 2026-08-22). Claude reads a tool as a line of JSON between
tags, its schema under the name ``parameters``: with prompt, question and frame that is the documentation's own example
to the token (403, on Claude 4), and explains why some 220 recorded requests cost 9 to 20 tokens a tool more than its
compact JSON. What their calls and results cost: `claude_kit.estimate.calls`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["definitions"]

# What forces a call; "required" and "function" are a chat completion's words for any and tool.
_FORCED: Final = ("any", "tool", "required", "function")

# How far requests (n about 220 all together) lay from the documented prompt and the line of a small tool: auto from -3
# to +2, none some 7 above, any and tool from 0 to +22.
_AUTO_DOUBT: Final = Count(0, -6, 8, "measured")
_FORCED_DOUBT: Final = Count(6, -4, 22, "measured")

# Where no prompt is documented: Opus 4.8, Opus 5 and Sonnet 5 have 286 to 354, forced 406 to 474.
_PROMPT_UNKNOWN: Final = Count(310, 250, 420, "interpolated")
_FORCED_UNKNOWN: Final = Count(430, 370, 540, "interpolated")

# What a tool costs at the least: its JSON without blanks, and these for its tags.
_LEAST_TAGS: Final = 6

# Tools that Anthropic defines, by the beginning of their type. Bash, text editor and computer use as documented for
# Claude 4 (Anthropic docs, pricing). The web search was billed 1,707 to 1,712 in 15 requests of 5 repositories (up to
# Claude 4.6), 2,173 in three and some 2,425 in one of Opus 4.8. The others are what first calls cost beside the prompt.
_DEFINED: Final[dict[str, Count]] = {
    "bash": Count(245, 230, 260, "interpolated"),
    "text_editor": Count(700, 600, 800, "interpolated"),
    "computer": Count(735, 680, 1250, "interpolated"),  # and up to 499 of prompt
    "web_search": Count(1710, 1690, 2500, "interpolated"),
    "web_fetch": Count(520, 350, 700, "interpolated"),  # n = 6
    "code_execution": Count(1750, 1200, 2400, "interpolated"),  # n = 7
    "tool_search": Count(225, 110, 310, "interpolated"),  # n = 17
    "memory": Count(1070, 1000, 1200, "interpolated"),  # n = 3
    "advisor": Count(700, 300, 1000, "interpolated"),  # n = 1
}
_DEFINED_UNKNOWN: Final = Count(700, 50, 4000, "interpolated")

# A tool with ``defer_loading`` is not told to Claude until it is searched for (n = 10, Claude 4.5 and 4.6); but models
# of v4.8 were billed some 94 where one was deferred (n = 3).
_DEFERRED: Final = Count(94, 0, 120, "interpolated")


def definitions(tools: Sequence[Mapping[str, Any]], choice: Mapping[str, Any] | str | None, model: Model) -> Count:
    """Count what a request with these tools is billed for them.

    Parameters
    ----------
    tools : sequence of mapping
        As the API takes them; none costs nothing.
    choice : mapping or str, optional
        The request's ``tool_choice``: any and tool have another prompt than auto and none.
    model : Model

    Examples
    --------
    The documentation's example, less the frame of its message (7) and its question (9 tokens):

    >>> from claude_kit.models import find
    >>> schema = {"type": "object", "properties": {"location": {"type": "string", "description":
    ...     "The city and state, e.g. San Francisco, CA"}}, "required": ["location"]}
    >>> weather = {"name": "get_weather", "description": "Get the current weather in a given location"}
    >>> count = definitions([{**weather, "input_schema": schema}], None, find("claude-sonnet-4"))
    >>> count.low <= 403 - 7 - 9 <= count.high
    True
    """
    if not tools:
        return Count.exactly(0)
    told = [tool for tool in map(_native, tools) if not tool.get("defer_loading")]
    own = [tool for tool in told if _kind(tool) == "custom"]
    total = _prompt(choice, model) + _definitions(own, model)
    for tool in told:
        if _kind(tool) != "custom":
            total += _defined(_kind(tool))
    return total + _DEFERRED if len(told) < len(tools) and model.tokenizer == "v4.8" else total


def _prompt(choice: Mapping[str, Any] | str | None, model: Model) -> Count:
    kind = choice.get("type") if isinstance(choice, Mapping) else choice
    known = model.tool_tokens
    if kind in _FORCED:
        return _FORCED_DOUBT + Count.exactly(known.any) if known and known.any else _FORCED_UNKNOWN
    return _AUTO_DOUBT + Count.exactly(known.auto) if known and known.auto else _PROMPT_UNKNOWN


def _native(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a chat completion's tool as the API has it; any other as it is."""
    called = tool.get("function")
    if tool.get("type") != "function" or not isinstance(called, Mapping):
        return tool
    return {**called, "input_schema": called.get("parameters")}


def _kind(tool: Mapping[str, Any]) -> str:
    return str(tool.get("type") or "custom")


def _definitions(tools: Sequence[Mapping[str, Any]], model: Model) -> Count:
    """Count tools of one's own, as Claude reads them."""
    if not tools:
        return Count.exactly(0)
    told = [_told(tool) for tool in tools]
    lines = texts.count("".join(f"<function>{json.dumps(one, ensure_ascii=False)}</function>\n" for one in told), model)
    packed = (texts.count(json.dumps(one, separators=(",", ":"), ensure_ascii=False), model).low for one in told)
    return Count(lines.tokens, min(sum(packed) + _LEAST_TAGS * len(told), lines.low), lines.high, lines.method)


def _told(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": tool.get("description") or "",
        "name": tool.get("name", ""),
        "parameters": tool.get("input_schema") or {},
    }


def _defined(kind: str) -> Count:
    return next((count for start, count in _DEFINED.items() if kind.startswith(start)), _DEFINED_UNKNOWN)
