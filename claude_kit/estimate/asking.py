"""What does Anthropic itself count? Its free ``count_tokens``, asked through the client.

A client stands above estimates, which need none of it but this; it is imported when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from claude_kit.errors import ClaudeKitError
from claude_kit.estimate.count import Count
from claude_kit.estimate.request import Line
from claude_kit.estimate.turns import Message
from claude_kit.models import Model

if TYPE_CHECKING:
    from claude_kit.client import Client

__all__ = ["reconciled", "total"]

_NO_KEY: Final = (
    "exact=True asks Anthropic's count_tokens, which is free but needs a key: set ANTHROPIC_API_KEY or "
    "PORTKEY_API_KEY, give client=…, or leave exact out and count offline"
)


def total(messages: Sequence[Message], model: str | Model, client: Client | None, fields: Mapping[str, Any]) -> int:
    """Ask how many input tokens a request is.

    Raises
    ------
    ClaudeKitError
        If there is no key to ask with, or nothing to count.
    APIError
        If the answer is an error.
    """
    from claude_kit.client import Client

    if not messages:
        raise ClaudeKitError("exact=True: there is no message to count; give content or messages")
    asked = Client() if client is None else client
    try:
        if client is None and asked.provider == "offline":
            raise ClaudeKitError(_NO_KEY)
        said = [{**message.fields, "role": message.role, "content": list(message.content)} for message in messages]
        return asked.count_tokens(said, model=model, **fields)
    finally:
        if client is None:
            asked.close()


def reconciled(lines: Sequence[Line], told: int) -> list[Line]:
    """Bring lines that were counted offline to the sum that was told.

    What is in doubt takes the difference, each line as much of it as its range is wide on that side; where nothing is
    in doubt there, a line of its own does.

    Examples
    --------
    >>> sure, unsure = Line("frame", "", Count.exactly(7)), Line("report.pdf", "", Count(100, 90, 120, "measured"))
    >>> [line.count.tokens for line in reconciled([sure, unsure], 112)]
    [7, 105]
    """
    off = told - sum(line.count.tokens for line in lines)
    counts = [line.count for line in lines]
    widths = [count.high - count.tokens if off > 0 else count.tokens - count.low for count in counts]
    if off and not any(widths):
        rest = Line("not foreseen" if off > 0 else "not billed", "", Count.exactly(0))
        lines, widths = [*lines, rest], [0] * len(lines) + [1]
    asked = []
    for line, width in zip(lines, widths, strict=True):
        share = round(off * width / sum(widths)) if off else 0
        off, widths = off - share, widths[1:]
        tokens = line.count.tokens + share
        asked.append(replace(line, count=Count(tokens, tokens, tokens, "count_tokens")))
    return asked
