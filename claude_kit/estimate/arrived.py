"""How many tokens is what had arrived of an answer that broke off?

The API tells what an answer took at its start, where it is a token or so, and at its end; of one that is stopped or
whose connection is lost nobody is told, and all that was written is billed. What can be read of it is counted here: in
204 recorded answers never more than was billed, and of those that are text alone 3 tokens less. What cannot be read,
such as thinking that is summarised, omitted or encrypted, is billed too, so that the number is the least it can be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from claude_kit.estimate import texts
from claude_kit.models import Model

__all__ = ["least_tokens"]

# What holds the words of a block that Claude wrote; of calls the API bills some forty tokens besides.
_WORDS: Final[Mapping[str, str]] = {"text": "text", "thinking": "thinking"}
_CALLS: Final = ("tool_use", "server_tool_use", "mcp_tool_use")


def least_tokens(blocks: Iterable[Mapping[str, Any]], model: Model) -> int:
    """Count what can be read of an answer, as far as it has come.

    Parameters
    ----------
    blocks : iterable of mapping
        The content blocks.
    model : Model
        Who wrote them.

    Returns
    -------
    int
        The low end of the count, where a text cannot be counted exactly.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> said = [{"type": "text", "text": "The sky is blue because "}, {"type": "redacted_thinking", "data": "Ev8B"}]
    >>> 0 < least_tokens(said, find("claude-sonnet-5-5")) < 10
    True
    """
    return sum(texts.count(words, model).low for words in _written(blocks))


def _written(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        kind = str(block.get("type"))
        if kind in _CALLS and block.get("input"):
            yield json.dumps(block["input"], ensure_ascii=False, separators=(",", ":"), default=str)
        words = block.get(_WORDS.get(kind, ""))
        if isinstance(words, str):
            yield words
