"""What will it cost? Tokens counted offline as the API bills them, and priced per model and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from claude_kit import models
from claude_kit.content import Pdf, part
from claude_kit.estimate import prices, texts, turns
from claude_kit.estimate.count import Count
from claude_kit.estimate.prices import Money, price
from claude_kit.estimate.request import Line, Via, lines
from claude_kit.estimate.result import Estimate
from claude_kit.models import Model

__all__ = [
    "DEFAULT_MAX_TOKENS",
    "Count",
    "Estimate",
    "Line",
    "Money",
    "Via",
    "count_text",
    "estimate",
    "lines",
    "price",
]

#: A request's cap where none is given: room for thinking and a long answer, tokens.
DEFAULT_MAX_TOKENS: Final = 8192

#: What an answer is assumed to take where nobody says: a page and a half with some thinking, tokens.
ASSUMED_OUTPUT: Final = 800


def estimate(
    *content: object,
    model: str | Model | None = None,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    max_tokens: int | None = None,
    expect_output: int | None = None,
    cache: Literal["5m", "1h"] | None = None,
    batch: bool = False,
    via: Via = "anthropic",
) -> Estimate:
    """Estimate tokens and dollars of a request, offline, before it is sent.

    Parameters
    ----------
    *content : part, str or any source
        What the next user turn will hold; a plain string is the question.
    model : str, optional
        By default `claude_kit.default_model`.
    system, tools, messages
        As the API takes them; `messages` are earlier turns, whose content may hold parts.
    max_tokens : int, optional
        The request's cap on the answer, thinking included; by default 8,192.
    expect_output : int, optional
        Tokens you expect as answer, thinking included; by default 800, an assumption.
    cache : {"5m", "1h"}, optional
        Price the input as a first request that writes the prompt cache. Below the model's minimum nothing is cached.
    batch : bool
        Price as a Message Batch (half).
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route. Tokens are counted, and priced, as Anthropic does on all of them; regional endpoints of Bedrock and
        Google Cloud charge 10 % more.

    Returns
    -------
    Estimate

    Raises
    ------
    ContentError
        If a source cannot be read.
    UnknownModelError
        If there is no such model, or no price for it.
    ValueError
        If an option is not one of those above.

    Examples
    --------
    >>> told = estimate("What are the key findings?", model="claude-sonnet-5-5")
    >>> told.expected_output, told.max_output
    (800, 8192)
    """
    if via not in get_args(Via):
        raise ValueError(f"via={via!r}: give one of {', '.join(get_args(Via))}")
    if cache not in ("5m", "1h", None):
        raise ValueError(f'cache={cache!r}: give "5m", "1h" or None')
    chosen = models.find(model)
    parts = [part(item) for item in content]
    conversation = turns.read([*(messages or ()), *([{"role": "user", "content": parts}] if parts else ())])
    counted = lines(conversation, chosen, system=system, tools=tools)
    expected, cap = _output(expect_output, max_tokens, chosen)

    def money(count: int, output: int) -> Money:
        return prices.price(chosen, _usage(count, output, cache, chosen), batch=batch)

    likely = money(sum(line.count.tokens for line in counted), expected)
    least = money(sum(line.count.low for line in counted), 0)
    most = money(sum(line.count.high for line in counted), cap)
    return Estimate(
        model=chosen,
        lines=tuple(counted),
        expected_output=expected,
        max_output=cap,
        input_cost=likely.input,
        output_cost=likely.output,
        cost_range=(least.total, most.total),
        pages=sum(item.page_count for item in turns.items(conversation) if isinstance(item, Pdf)),
    )


def count_text(text: str, model: str | Model | None = None) -> int:
    """Count the tokens of a text alone, offline, without the frame of a message around it.

    Exact on Python 3.12 and later, a calibrated estimate on 3.11.

    Parameters
    ----------
    text : str
    model : str, optional
        By default `claude_kit.default_model`.

    Raises
    ------
    UnknownModelError
        If there is no such model.

    Examples
    --------
    >>> count_text("", "claude-sonnet-5-5")
    0
    """
    return texts.whole(text, models.find(model)).tokens


def _output(expected: int | None, cap: int | None, model: Model) -> tuple[int, int]:
    """Return the expected output and its cap, each within what the model can answer."""
    for name, value in (("expect_output", expected), ("max_tokens", cap)):
        if value is not None and value < 0:
            raise ValueError(f"{name}={value}: give 0 or more")
    if cap is None:
        cap = max(DEFAULT_MAX_TOKENS, expected or 0)
    cap = min(cap, model.max_output)
    return min(ASSUMED_OUTPUT if expected is None else expected, cap), cap


def _usage(tokens: int, output: int, cache: str | None, model: Model) -> dict[str, Any]:
    if cache is None or model.cache_minimum_tokens is None or tokens < model.cache_minimum_tokens:
        return {"input_tokens": tokens, "output_tokens": output}
    written = {f"ephemeral_{cache}_input_tokens": tokens}
    return {"cache_creation_input_tokens": tokens, "cache_creation": written, "output_tokens": output}
