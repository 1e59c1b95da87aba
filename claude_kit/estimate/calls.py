"""How many tokens calls of tools and their results cost, as they stand in the turns of a conversation.

Claude reads them in tags: the calls of a message in one block, a result bare, or with its tool's name where its turn
holds several. So written, 110 recorded steps of a conversation (Claude 4 to 4.6, 7 repositories; those of two, three
and four calls at once among them) come within two tokens of their bill. Opus 4.7 was recorded three times with the same
tags. From Opus 4.8 on a call costs less (n = 6, of one tool each), as if its tags had no prefix.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from claude_kit.content import Image, Pdf
from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.estimate.turns import Item, Message
from claude_kit.models import Model

__all__ = ["CALLS", "RESULT_SEAM", "asked", "call", "is_result", "names", "result", "results"]

#: The types of blocks that are calls, of our tools and of Anthropic's.
CALLS: Final = ("tool_use", "server_tool_use", "mcp_tool_use")

# Tokenizer -> what the names of a call's tags begin with.
_PREFIX: Final = {"v3": "antml:", "v4.7": "antml:", "v4.8": ""}

# Tokenizer -> what a call costs beside its text in tags.
_CALL: Final[dict[str, Count]] = {
    "v3": Count(0, -1, 1, "measured"),
    "v4.7": Count(0, -2, 2, "interpolated"),
    "v4.8": Count(-3, -10, 5, "interpolated"),
}

# Tokenizer -> what the results of a message cost together, beside what stands below.
_RESULT: Final[dict[str, Count]] = {
    "v3": Count(2, 0, 3, "measured"),
    "v4.7": Count(3, 0, 5, "interpolated"),
    "v4.8": Count(2, 0, 7, "interpolated"),
}

# What each text, image and PDF in a result costs more than outside (n = 100, 10 and 3).
_IN_RESULT_TEXT: Final = Count(4, 2, 6, "measured")
_IN_RESULT_IMAGE: Final = Count(10, 9, 12, "measured")
_IN_RESULT_PDF: Final = Count(2, 1, 4, "measured")

# A result that holds an image or a PDF costs this more, however many they are (n = 22).
_IN_RESULT_FILES: Final = Count(3, 2, 4, "measured")

# One of several results stands between tags with its tool's name (n = 14 turns, met within 2 tokens).
_NAMED: Final = "<result>\n<name>{}</name>\n<output></output>\n</result>\n"
_NAMED_DOUBT: Final = Count(1, 0, 2, "measured")
_NAMELESS: Final = Count(26, 22, 40, "interpolated")

# A result that is marked as an error (n = 3).
_ERROR: Final = Count(8, 0, 10, "measured")

#: Between a result and what comes after it in the same message (n = 14).
RESULT_SEAM: Final = Count(3, 0, 4, "measured")


def call(block: Mapping[str, Any], model: Model, *, further: bool = False) -> Count:
    """Count a call of a tool; a further one of the same message stands in the block of the first.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> asked = {"type": "tool_use", "name": "get_weather", "input": {"city": "Paris"}}
    >>> opus = find("claude-opus-4-6")
    >>> call(asked, opus, further=True).tokens < call(asked, opus).tokens
    True
    """
    tag = _PREFIX[model.tokenizer]
    given = block.get("input")
    arguments = given.items() if isinstance(given, Mapping) else ()
    said = "".join(f'<{tag}parameter name="{name}">{_argument(value)}</{tag}parameter>\n' for name, value in arguments)
    written = f'\n<{tag}invoke name="{block.get("name", "")}">\n{said}</{tag}invoke>\n'
    whole = written if further else f"<{tag}function_calls>{written}</{tag}function_calls>"
    return texts.count(whole, model) + _CALL[model.tokenizer]


def asked(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat completion's call as the block that means the same."""
    function = call.get("function")
    told = function if isinstance(function, Mapping) else {}
    written = told.get("arguments", "")
    try:
        arguments = json.loads(written) if isinstance(written, str) else written
    except ValueError:
        arguments = None
    given = arguments if isinstance(arguments, Mapping) else {"arguments": written}
    return {"type": "tool_use", "id": call.get("id"), "name": told.get("name", "a tool"), "input": given}


def result(
    held: Sequence[Item], model: Model, *, tool: str | None = None, further: bool = False, failed: bool = False
) -> Count:
    """Count what a tool's result costs beside what its content would outside of it.

    Parameters
    ----------
    held : sequence of part or mapping
    model : Model
    tool : str, optional
        Of one of several results in a turn, the name of the tool; empty where it is not known.
    further : bool
        Whether another result of the same message stands before it.
    failed : bool
        Whether it is marked as an error.
    """
    total = Count.exactly(0) if further else _RESULT[model.tokenizer]
    if tool is not None:
        total += _named(tool, model)
    if any(isinstance(item, Image | Pdf) for item in held):
        total += _IN_RESULT_FILES
    for item in held:
        if isinstance(item, Image):
            total += _IN_RESULT_IMAGE
        elif isinstance(item, Pdf):
            total += _IN_RESULT_PDF
        elif not further:
            total += _IN_RESULT_TEXT
    return total + _ERROR if failed else total


def is_result(item: Item) -> bool:
    """Tell whether an item of a message is a tool's result."""
    return isinstance(item, Mapping) and item.get("type") == "tool_result"


def names(conversation: Sequence[Message]) -> dict[str, str]:
    """Return the name of the tool for the id of each call."""
    blocks = [item for message in conversation for item in message.content if isinstance(item, Mapping)]
    blocks += [asked(given) for message in conversation for given in message.fields.get("tool_calls") or ()]
    return {str(block.get("id")): str(block.get("name", "")) for block in blocks if block.get("type") in CALLS}


def results(conversation: Sequence[Message]) -> list[int]:
    """Return for every message how many results its turn holds."""
    told: list[int] = []
    for _, turn in groupby(conversation, lambda message: message.role == "assistant"):
        held = list(turn)
        told += [sum(map(_held, held))] * len(held)
    return told


def _held(message: Message) -> int:
    if message.role == "tool":
        return 1
    return sum(map(is_result, message.content))


def _named(tool: str, model: Model) -> Count:
    return texts.count(_NAMED.format(tool), model) + _NAMED_DOUBT if tool else _NAMELESS


def _argument(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
