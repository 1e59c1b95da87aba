"""How many tokens tools cost: the prompt that goes with them, each as Claude reads it, their calls and results.

The prompt is documented per model (Anthropic docs, tool use, 2026-08-22). Claude reads a tool as a line of JSON between
tags, its schema under the name ``parameters``: with prompt, question and frame that is the documentation's own example
to the token (403, on Claude 4), and explains why some 220 recorded requests cost 9 to 20 tokens a tool more than its
compact JSON. Calls and results are written in tags too; their constants come from 30 recorded requests, which they
meet within 1.2 %. 25 of these are of one model, with three small tools: the ranges are wider than that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from claude_kit.content import Image, Pdf
from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.estimate.turns import Item
from claude_kit.models import Model

__all__ = ["RESULT_SEAM", "call", "definitions", "result"]

_FORCED: Final = ("any", "tool")

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
# Claude 4 (Anthropic docs, pricing). The others are what first calls in recorded streams cost beside the prompt, less a
# guess for their question, which is not recorded.
_DEFINED: Final[dict[str, Count]] = {
    "bash": Count(245, 230, 260, "interpolated"),
    "text_editor": Count(700, 600, 800, "interpolated"),
    "computer": Count(735, 680, 1250, "interpolated"),  # and up to 499 of prompt
    "web_search": Count(1950, 1500, 2400, "interpolated"),  # n = 9
    "web_fetch": Count(520, 350, 700, "interpolated"),  # n = 2
    "code_execution": Count(1750, 1200, 2400, "interpolated"),  # n = 2
    "tool_search": Count(150, 50, 300, "interpolated"),  # n = 2
    "advisor": Count(700, 300, 1000, "interpolated"),  # n = 1
}
_DEFINED_UNKNOWN: Final = Count(700, 50, 4000, "interpolated")

# What a call costs beside its text in tags. v3: n = 26 requests of four tools, together with their results; v4.8: the
# one conversation recorded took 20 fewer than call and result do in v3. For v4.7 none was recorded.
_CALL: Final[dict[str, Count]] = {
    "v3": Count(0, -4, 6, "measured"),
    "v4.7": Count(-5, -14, 6, "interpolated"),
    "v4.8": Count(-10, -16, 4, "interpolated"),
}

# What a result costs beside its content, and each text, image and PDF in it more than outside (n = 15, 10 and 3).
_RESULT: Final[dict[str, Count]] = {
    "v3": Count(17, 14, 22, "measured"),
    "v4.7": Count(12, 0, 22, "interpolated"),
    "v4.8": Count(7, 0, 19, "interpolated"),
}
_IN_RESULT_TEXT: Final = Count(4, 3, 7, "measured")
_IN_RESULT_IMAGE: Final = Count(10, 9, 11, "measured")
_IN_RESULT_PDF: Final = Count(2, 1, 3, "measured")

# Before Claude 4 a result also named its tool, as the published format had it (n = 2 results of one request).
_NAMED_UNTIL: Final = date(2025, 5, 1)
_NAMED: Final = Count(20, 0, 28, "interpolated")

#: Between a result and the text after it in the same message (n = 2 conversations).
RESULT_SEAM: Final = Count(2, 0, 3, "measured")


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
    total = _prompt(choice, model)
    for tool in tools:
        total += _definition(tool, model)
    return total


def call(block: Mapping[str, Any], model: Model) -> Count:
    """Count a call of a tool, as it stands in an earlier turn."""
    given = block.get("input")
    arguments = given.items() if isinstance(given, Mapping) else ()
    said = "".join(f'<parameter name="{name}">{_argument(value)}</parameter>\n' for name, value in arguments)
    written = f'<function_calls>\n<invoke name="{block.get("name", "")}">\n{said}</invoke>\n</function_calls>'
    return texts.count(written, model) + _CALL[model.tokenizer]


def result(content: Sequence[Item], model: Model) -> Count:
    """Count what a tool's result costs beside what its content would outside of it."""
    total = _RESULT[model.tokenizer]
    for item in content:
        if isinstance(item, Image):
            total += _IN_RESULT_IMAGE
        else:
            total += _IN_RESULT_PDF if isinstance(item, Pdf) else _IN_RESULT_TEXT
    named = model.released is not None and model.released < _NAMED_UNTIL
    return total + _NAMED if named else total


def _prompt(choice: Mapping[str, Any] | str | None, model: Model) -> Count:
    kind = choice.get("type") if isinstance(choice, Mapping) else choice
    known = model.tool_tokens
    if kind in _FORCED:
        return _FORCED_DOUBT + Count.exactly(known.any) if known and known.any else _FORCED_UNKNOWN
    return _AUTO_DOUBT + Count.exactly(known.auto) if known and known.auto else _PROMPT_UNKNOWN


def _definition(tool: Mapping[str, Any], model: Model) -> Count:
    kind = str(tool.get("type") or "custom")
    if kind == "function" and isinstance(tool.get("function"), Mapping):  # as a chat completion has it
        called = tool["function"]
        return _definition({**called, "input_schema": called.get("parameters")}, model)
    if kind != "custom":
        return next((count for start, count in _DEFINED.items() if kind.startswith(start)), _DEFINED_UNKNOWN)
    told = {
        "description": tool.get("description") or "",
        "name": tool.get("name", ""),
        "parameters": tool.get("input_schema") or {},
    }
    line = texts.count(f"<function>{json.dumps(told, ensure_ascii=False)}</function>\n", model)
    packed = texts.count(json.dumps(told, separators=(",", ":"), ensure_ascii=False), model)
    return Count(line.tokens, min(packed.low + _LEAST_TAGS, line.low), line.high, line.method)


def _argument(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
