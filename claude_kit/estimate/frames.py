"""How many tokens a request costs beside what it says: the frame of its turns, their seams, the system prompt.

Measured on some 470 recorded requests. A turn has a header, and so has the answer that is to come; turns of one role in
a row are combined into one (Anthropic API reference, Messages).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Final

from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["BLOCK_SEAM", "conversation", "system"]

# Tokenizer -> tokens of a header: 13, 19 and 25 tokens frame 3, 5 and 7 turns in v3, 10 and 14 frame 3 and 5 in v4.8.
# For v4.7 single turns alone were recorded; taken as v3's.
_HEADER: Final[dict[str, int]] = {"v3": 3, "v4.7": 3, "v4.8": 2}

# Where a message is combined with the one before it (n = 2 in v3, 2 in v4.8), and a text comes after an image (n = 2).
_MESSAGE_SEAM: Final = Count(1, 0, 2, "measured")

# A conversation that the assistant begins cost 12 more than its turns (n = 1).
_ASSISTANT_FIRST: Final = Count(12, 0, 14, "interpolated")

#: Between an image and the text after it (n = 2); none the other way round (n = 10), nor between texts (n = 4).
BLOCK_SEAM: Final = Count(1, 0, 1, "measured")

# Between the blocks of a system prompt (n = 2), and after it, from Opus 4.6 on, unless it has a line break there of its
# own (n = 5 prompts with it, 7 without; none of 20 prompts before 4.6).
_SYSTEM_SEAM: Final = Count(1, 0, 1, "measured")
_NO_SYSTEM_SEAM: Final = Count(0, 0, 1, "measured")
_SYSTEM_SEAM_SINCE: Final = date(2026, 2, 5)


def conversation(roles: Sequence[str], model: Model) -> Count:
    """Count the frame of messages of these roles, in order.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> conversation(["user"], find("claude-sonnet-4-5")).tokens
    7
    >>> conversation(["user", "assistant", "user"], find("claude-sonnet-5-5")).tokens
    10
    """
    if not roles:
        return Count.exactly(0)
    turns = [role for role, _ in groupby(roles)]
    # An answer that begins with the last turn, as a prefill does, needs no header of its own.
    further = len(turns) - 1 - (turns[-1] == "assistant")
    frame = Count.exactly(texts.FRAME[model.tokenizer] + _HEADER[model.tokenizer] * further)
    for _ in range(len(roles) - len(turns)):
        frame += _MESSAGE_SEAM
    # A prefill alone, as no API takes it, is part of something that is being counted.
    return frame + _ASSISTANT_FIRST if turns[0] == "assistant" and len(turns) > 1 else frame


def system(blocks: Sequence[str], model: Model) -> Count:
    """Count a system prompt, given as the texts of its blocks."""
    total = Count.exactly(0)
    for number, text in enumerate(blocks):
        total += texts.count(text, model)
        if number:
            total += _SYSTEM_SEAM
    if not blocks:
        return total
    later = model.released is not None and model.released >= _SYSTEM_SEAM_SINCE
    own_break = blocks[0].startswith("\n") or blocks[-1].endswith("\n")
    return total + (_SYSTEM_SEAM if later and not own_break else _NO_SYSTEM_SEAM)
