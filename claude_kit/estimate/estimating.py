"""What will a request cost? Its tokens counted, priced for the day, with the range the bill can lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from claude_kit import models
from claude_kit.content import Pdf
from claude_kit.content.sources import warn_of_paths
from claude_kit.estimate import asking, texts, turns
from claude_kit.estimate.count import Count
from claude_kit.estimate.money import Price
from claude_kit.estimate.request import Via, lines
from claude_kit.estimate.result import Estimate
from claude_kit.estimate.tariff import Tariff
from claude_kit.models import Model
from claude_kit.wire import thinking as thinking_field

if TYPE_CHECKING:
    from claude_kit.client import Client

__all__ = ["count_text", "estimate"]


def estimate(
    *content: object,
    model: str | Model | None = None,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: Mapping[str, Any] | None = None,
    thinking: str | int | Mapping[str, Any] | None = None,
    output_config: Mapping[str, Any] | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    max_tokens: int | None = None,
    expect_output: int | None = None,
    cache: Literal["5m", "1h"] | None = None,
    cached_tokens: int = 0,
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
    system, tools, tool_choice, output_config, messages
        As the API takes them; `messages` are earlier turns, whose content may hold parts.
    thinking : {"adaptive"}, int, mapping or None
        See `claude_kit.wire.thinking.parameter`. A budget costs some tokens of input, what is thought is output.
    max_tokens : int, optional
        The request's cap on the answer, thinking included; by default 8,192.
    expect_output : int, optional
        Tokens you expect as answer, thinking included; by default 800, an assumption: a page and a half.
    cache : {"5m", "1h"}, optional
        Price the input as a first request that writes the prompt cache, all of it; a ``cache_control`` in content or
        system has no say here. Below the model's minimum nothing is cached. For the questions after it see
        `claude_kit.plan`.
    cached_tokens : int
        With `cache`, how much of the input the cache holds already: it is read at a tenth, the rest is written. The
        most it can cost leaves that out, for nothing is promised of a cache.
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

    Warns
    -----
    ContentWarning
        If a plain string names a file: it is counted as those words.

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
    warn_of_paths(content)
    if via not in get_args(Via):
        raise ValueError(f"via={via!r}: give one of {', '.join(get_args(Via))}")
    tariff = Tariff.of(
        model,
        max_tokens=max_tokens,
        expect_output=expect_output,
        cache=cache,
        cached=cached_tokens,
        batch=batch,
        speed=speed,
        inference_geo=inference_geo,
        at=at,
        price=price,
    )
    asked = [{"role": "user", "content": list(content)}] if content else []
    conversation = turns.read([*(messages or ()), *asked])
    fields: dict[str, Any] = {
        "system": system,
        "tools": tools,
        "tool_choice": tool_choice,
        "thinking": thinking_field.parameter(thinking, tariff.model, max_tokens=tariff.max_output),
        "output_config": output_config,
    }
    counted = [replace(line, count=tariff.widened(line.count)) for line in lines(conversation, tariff.model, **fields)]
    if exact:
        # A gateway finds its way by the name as it is spelled: "@anthropic-prod/claude-sonnet-5-5".
        spelled = model if tariff.known and model is not None else tariff.model
        counted = asking.reconciled(counted, asking.total(conversation, spelled, client, fields))
    bill = tariff.bill(sum((line.count for line in counted), Count.exactly(0)))
    return Estimate(
        model=tariff.model,
        lines=tuple(counted),
        expected_output=tariff.expected_output,
        max_output=tariff.max_output,
        input_cost=bill.input,
        output_cost=bill.output,
        input_cost_range=bill.input_range,
        cost_range=bill.range,
        pages=sum(item.page_count for item in turns.items(conversation) if isinstance(item, Pdf)),
        assumed_output=tariff.assumed_output,
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
    TypeError
        If `text` is no string.

    Examples
    --------
    >>> count_text("", "claude-sonnet-5-5")
    0
    """
    if not isinstance(text, str):
        raise TypeError(f"count_text counts a str, not a {type(text).__name__}; anything else: ck.estimate(…)")
    return texts.alone(text, models.find(model)).tokens
