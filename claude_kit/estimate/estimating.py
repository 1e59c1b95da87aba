"""What will a request cost? Its tokens counted, priced for the day, with the range the bill can lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from claude_kit import models
from claude_kit.content import Pdf
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import asking, prices, texts, turns
from claude_kit.estimate.count import Count
from claude_kit.estimate.prices import Money, Price
from claude_kit.estimate.request import Line, Via, lines
from claude_kit.estimate.result import Estimate
from claude_kit.estimate.terms import of_request
from claude_kit.models import Model

if TYPE_CHECKING:
    from claude_kit.client import Client

__all__ = ["ASSUMED_OUTPUT", "DEFAULT_MAX_TOKENS", "count_text", "estimate", "priced_model"]

#: A request's cap where none is given: room for thinking and a long answer, tokens.
DEFAULT_MAX_TOKENS: Final = 8192

#: What an answer is assumed to take where nobody says: a page and a half with some thinking, tokens.
ASSUMED_OUTPUT: Final = 800

# How far a tokenizer that nobody has measured yet may be off: the two that are known differ by 0 to 47 %.
_UNKNOWN_TOKENIZER: Final = 0.4


def estimate(
    *content: object,
    model: str | Model | None = None,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: Mapping[str, Any] | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    max_tokens: int | None = None,
    expect_output: int | None = None,
    cache: Literal["5m", "1h"] | None = None,
    batch: bool = False,
    speed: Literal["standard", "fast"] | None = None,
    inference_geo: Literal["global", "us"] | None = None,
    via: Via = "anthropic",
    at: datetime | date | None = None,
    price: Price | None = None,
    exact: bool = False,
    client: Client | None = None,
) -> Estimate:
    """Estimate tokens and dollars of a request, offline, before it is sent.

    Parameters
    ----------
    *content : part, str, any source or a block of the API
        What the next user turn will hold; a plain string is the question.
    model : str, optional
        By default `claude_kit.default_model`.
    system, tools, tool_choice, messages
        As the API takes them; `messages` are earlier turns, whose content may hold parts.
    max_tokens : int, optional
        The request's cap on the answer, thinking included; by default 8,192.
    expect_output : int, optional
        Tokens you expect as answer, thinking included; by default 800, an assumption: a page and a half.
    cache : {"5m", "1h"}, optional
        Price the input as a first request that writes the prompt cache. Below the model's minimum nothing is cached.
        For the questions after it see `claude_kit.plan`.
    batch : bool
        Price as a Message Batch (half).
    speed : {"standard", "fast"}, optional
        The request's ``speed``.
    inference_geo : {"global", "us"}, optional
        The request's ``inference_geo``; in the US everything costs a tenth more, from Opus 4.6 on.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route. Tokens are counted, and priced, as Anthropic does on all of them; regional endpoints of Bedrock and
        Google Cloud charge 10 % more.
    at : datetime.date or datetime.datetime, optional
        When it will be sent, for the price of that day (UTC); by default now.
    price : Price, optional
        Of a model that no price list knows. A model that is not known at all is then counted like the newest of its
        line, with a wider range.
    exact : bool
        Ask Anthropic's free ``count_tokens`` for the sum, which sends the content there. Needs a key.
    client : Client, optional
        Through which to ask; by default the one the environment's keys make.

    Returns
    -------
    Estimate

    Raises
    ------
    ContentError
        If a source cannot be read.
    UnknownModelError
        If there is no such model, or no price for it, and none is given.
    ValueError
        If an option is not one of those above, or the model does not offer it.
    APIError, ClaudeKitError
        With `exact`, if ``count_tokens`` cannot be asked.

    Examples
    --------
    >>> told = estimate("What are the key findings?", model="claude-sonnet-5-5")
    >>> told.expected_output, told.max_output
    (800, 8192)
    >>> estimate("What are the key findings?", model="claude-sonnet-7", price=Price(input=3, output=15)).output_cost
    Decimal('0.012')
    """
    if via not in get_args(Via):
        raise ValueError(f"via={via!r}: give one of {', '.join(get_args(Via))}")
    if cache not in ("5m", "1h", None):
        raise ValueError(f'cache={cache!r}: give "5m", "1h" or None')
    chosen, known = priced_model(model, price)
    terms = of_request(batch=batch, speed=speed, inference_geo=inference_geo)
    asked = [{"role": "user", "content": list(content)}] if content else []
    conversation = turns.read([*(messages or ()), *asked])
    counted = lines(conversation, chosen, system=system, tools=tools, tool_choice=tool_choice)
    if not known:
        counted = [replace(line, count=_widened(line.count)) for line in counted]
    if exact:
        fields = {"system": system, "tools": tools, "tool_choice": tool_choice}
        counted = asking.reconciled(counted, asking.total(conversation, chosen, client, fields))
    expected, cap = _output(expect_output, max_tokens, chosen)

    def money(count: int, output: int) -> Money:
        return prices.price(chosen, _usage(count, output, cache, chosen), **terms, at=at, own=price)

    likely = money(sum(line.count.tokens for line in counted), expected)
    low, high = sum(line.count.low for line in counted), sum(line.count.high for line in counted)
    least, most = money(low, 0), money(high, cap)
    return Estimate(
        model=chosen,
        lines=tuple(counted),
        expected_output=expected,
        max_output=cap,
        input_cost=likely.input,
        output_cost=likely.output,
        input_cost_range=(least.input, most.input),
        cost_range=(least.total, most.total),
        pages=sum(item.page_count for item in turns.items(conversation) if isinstance(item, Pdf)),
        assumed_output=expect_output is None,
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
    return texts.count(text, models.find(model)).tokens


def priced_model(name: str | Model | None, price: Price | None) -> tuple[Model, bool]:
    """Return the model, and whether it is known; with a price, an unknown one is taken to be like its line's newest."""
    try:
        return models.find(name), True
    except UnknownModelError:
        if price is None or not isinstance(name, str):
            raise
        return models.unknown(name), False


def _widened(count: Count) -> Count:
    low, high = count.low * (1 - _UNKNOWN_TOKENIZER), count.high * (1 + _UNKNOWN_TOKENIZER)
    return Count(count.tokens, round(low), round(high), "heuristic" if count.method != "uncounted" else "uncounted")


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
