"""How much of an answer fits into ``max_tokens``? Block after block, and as many whole words as there is room for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claude_kit.estimate import texts
from claude_kit.models import Model

__all__ = ["Fitted", "fitted"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is left of an answer.

    Attributes
    ----------
    blocks : tuple of mapping
        None of them without words.
    tokens, thinking_tokens : int
        Of all blocks, and of those that are thinking.
    cut : bool
        Whether something is missing.
    """

    blocks: tuple[Mapping[str, Any], ...]
    tokens: int
    thinking_tokens: int
    cut: bool


def fitted(room: int, blocks: Sequence[Mapping[str, Any]], model: Model) -> Fitted:
    """Say blocks until there is no room; after a cut comes nothing.

    Parameters
    ----------
    room : int
        Tokens.
    blocks : sequence of mapping
        Thinking, texts and calls.
    model : Model
    """
    said: list[Mapping[str, Any]] = []
    tokens = thinking_tokens = 0
    for block in blocks:
        left, spent = _block(room - tokens, block, model)
        tokens += spent
        thinking_tokens += spent if block["type"] == "thinking" else 0
        said += [] if left is None else [left]
        if left != block:
            return Fitted(tuple(said), tokens, thinking_tokens, cut=True)
    return Fitted(tuple(said), tokens, thinking_tokens, cut=False)


def _block(room: int, block: Mapping[str, Any], model: Model) -> tuple[Mapping[str, Any] | None, int]:
    """Return as much of a block as fits, None if nothing does, and its tokens."""
    kind = block["type"]
    if kind == "tool_use":
        tokens = texts.count(f"{block['name']} {json.dumps(block['input'])}", model).tokens
        return (block, tokens) if tokens <= room else (None, 0)
    words, tokens = _within(room, block[kind], model)
    if words == block[kind]:
        return block, tokens
    # What is cut is no longer what was cited.
    cut = {name: value for name, value in block.items() if name != "citations"}
    return ({**cut, kind: words} if words else None), tokens


def _within(room: int, text: str, model: Model) -> tuple[str, int]:
    """Return as many whole words as `room` tokens hold, and their tokens."""
    tokens = texts.count(text, model).tokens
    if tokens <= room:
        return text, tokens
    words = re.findall(r"\s*\S+", text)
    fits, fits_not = 0, len(words) + 1
    while fits_not - fits > 1:
        middle = (fits + fits_not) // 2
        if texts.count("".join(words[:middle]), model).tokens <= room:
            fits = middle
        else:
            fits_not = middle
    beginning = "".join(words[:fits])
    return beginning, texts.count(beginning, model).tokens
