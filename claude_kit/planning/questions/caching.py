"""Cached or not? Many questions about the same content: one by one, with the prompt cache, or as a batch.

The rules (Anthropic docs, prompt caching and pricing, 2026-08-22): what stands before a cache breakpoint is written at
1.25 times the price of input (twice to keep it for an hour) and read by later requests at a tenth or less; it is kept
from its last use on for five minutes or an hour; a prefix below the model's minimum is silently not cached; in a
Message Batch everything costs half, and whether a request there hits the cache is best effort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache as remembering
from functools import partial
from typing import Any, Final, Literal

from claude_kit.content import Part, Text, part
from claude_kit.content.sources import warn_of_paths
from claude_kit.estimate import Estimate, Price, estimate, frames, prices
from claude_kit.estimate.count import METHODS, Count
from claude_kit.estimate.request import Via
from claude_kit.estimate.terms import of_request
from claude_kit.models import Model
from claude_kit.planning.questions import prompts
from claude_kit.planning.questions.notes import notes
from claude_kit.planning.questions.planned import CALLED, Plan, Step, Way
from claude_kit.planning.questions.prompts import Asking, Keep, Prompt
from claude_kit.wire import best_order

__all__ = ["ASSUMED_QUESTION", "Plan", "plan"]

#: What a question is assumed to take where nobody says: two sentences, tokens.
ASSUMED_QUESTION: Final = 40

_KEPT_MINUTES: Final[dict[Keep, int]] = {"5m": 5, "1h": 60}

#: What is sent for every question.
Sending = Callable[[Asking], list[Prompt]]

#: What one costs.
Cost = Callable[[Prompt], Decimal]


def plan(
    *content: object,
    model: str | Model | None = None,
    questions: int = 20,
    cache: Keep = "5m",
    question: str | int | None = None,
    expect_output: int | None = None,
    conversation: bool = False,
    pause_minutes: float = 0.0,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    speed: Literal["standard", "fast"] | None = None,
    inference_geo: Literal["global", "us"] | None = None,
    via: Via = "anthropic",
    at: datetime | date | None = None,
    price: Price | None = None,
) -> Plan:
    """Plan many questions about the same content: what they cost without and with prompt caching, and as a batch.

    Parameters
    ----------
    *content : part, str or any source
        What all questions share. A plain string beside files is the question, unless `question` is given.
    model : str, optional
        By default `claude_kit.default_model`.
    questions : int
        How many are asked.
    cache : {"5m", "1h"}
        How long the content is to be kept; ``ck.encode(..., cache=)`` and ``ck.Chat(cache=)`` mark it so.
    question : str or int, optional
        A typical question, or its tokens; by default 40 tokens, an assumption.
    expect_output : int, optional
        Tokens of each answer, thinking included; by default 800, an assumption.
    conversation : bool
        Whether each question follows the ones before it, which are sent along with their answers, as in
        `claude_kit.Chat`: without caching the bill then grows with the square of the questions. Else each question
        stands alone with the content.
    pause_minutes : float
        Time between two questions. Where it is longer than the content is kept, each question writes it anew.
    system, tools, messages
        As the API takes them; they are shared as well.
    speed, inference_geo, via, at, price
        As `claude_kit.estimate` takes them.

    Returns
    -------
    Plan

    Raises
    ------
    ContentError
        If a source cannot be read.
    UnknownModelError
        If there is no such model, or no price for it, and none is given.
    ValueError
        If an option is none, or there is nothing to ask about.

    Examples
    --------
    >>> found = plan("A long story. " * 5000, model="claude-sonnet-5-5", questions=10)
    >>> found.break_even, found.cost_with < found.cost_without
    (2, True)
    """
    warn_of_paths(content)
    _refuse(questions, cache, question, pause_minutes)
    shared, asked = _apart([part(item) for item in content], question)
    if not (shared or system or tools or messages):
        raise ValueError("nothing to plan: give the content that all questions are about")
    request: dict[str, Any] = {"model": model, "system": system, "tools": tools, "messages": messages, "via": via}
    request |= {"speed": speed, "inference_geo": inference_geo, "at": at, "price": price}
    told = estimate(*shared, **request, expect_output=expect_output)
    prefix = _count(told)
    if isinstance(asked, int):
        each = Count.exactly(asked)
    else:
        each = _beyond(_count(estimate(*shared, *asked, **request)), prefix)

    @remembering
    def cost(batch: bool, prompt: Prompt) -> Decimal:
        terms = of_request(batch=batch, speed=speed, inference_geo=inference_geo)
        return prices.price(told.model, prompt.usage, **terms, at=at, own=price).total

    minimum = told.model.cache_minimum_tokens
    likely = Asking(prefix.tokens, each.tokens, told.expected_output, _exchange(told.model), questions, conversation)
    askings = [likely, *_others(likely, prefix, each, minimum)]
    caches: dict[Keep, Sending] = {
        keep: partial(prompts.cached, keep=keep, minimum=minimum, alive=pause_minutes <= minutes)
        for keep, minutes in _KEPT_MINUTES.items()
    }

    # The next question of a conversation waits for the answer before it, and fast mode is not offered in batches.
    batches = not conversation and speed != "fast"
    steps = [
        Step(number, alone, kept, cost(False, alone), cost(False, kept))
        for number, (alone, kept) in enumerate(zip(prompts.plain(likely), caches[cache](likely), strict=True), start=1)
    ]
    ways = _ways(askings, caches, partial(cost, False))
    if batches:
        ways += _batches(askings, minimum, partial(cost, True))
    found = Plan(told.model, cache, prefix, each, told.expected_output, conversation, tuple(steps), tuple(ways))
    return replace(found, notes=notes(found, pause_minutes > _KEPT_MINUTES[cache], told.assumed_output))


def _others(likely: Asking, prefix: Count, each: Count, minimum: int | None) -> list[Asking]:
    """Return what else may be asked: the fewest and the most tokens, and those where caching begins."""
    begins = () if minimum is None else (minimum - 1, minimum)
    shared = [prefix.low, prefix.high, *(tokens for tokens in begins if prefix.low < tokens < prefix.high)]
    asked = [replace(likely, prefix=tokens, question=own) for tokens in shared for own in (each.low, each.high)]
    return [other for other in dict.fromkeys(asked) if other != likely]


def _ways(askings: Sequence[Asking], caches: Mapping[Keep, Sending], cost: Cost) -> list[Way]:
    """Return the ways to ask one by one, each with what it costs most likely, at least and at most."""
    alone = _way("no cache", askings, prompts.plain, cost)
    return [alone, *(_way(CALLED[keep], askings, sent, cost) for keep, sent in caches.items())]


def _batches(askings: Sequence[Asking], minimum: int | None, cost: Cost) -> list[Way]:
    """Return the ways to ask all at once, where no pause matters."""
    ways = [_way("batch", askings, prompts.plain, cost)]
    if askings[0].questions > 1:
        # A batch may take an hour to be answered.
        sent = partial(prompts.cached, keep="1h", minimum=minimum)
        ways.append(_way("batch with cache", askings, sent, cost, certain=False))
    return ways


def _way(name: str, askings: Sequence[Asking], sent: Sending, cost: Cost, certain: bool = True) -> Way:
    sums = [sum(map(cost, sent(asking)), Decimal(0)) for asking in askings]
    return Way(name, cost=sums[0], low=min(sums), high=max(sums), certain=certain)


def _refuse(questions: int, cache: object, question: object, pause_minutes: float) -> None:
    if isinstance(questions, bool) or not hasattr(questions, "__index__") or questions < 1:
        raise ValueError(f"questions={questions!r}: give a whole number, 1 or more")
    if cache not in _KEPT_MINUTES:
        raise ValueError(f'cache={cache!r}: the API keeps content for "5m" or "1h"')
    asked = isinstance(question, str) or (isinstance(question, int) and question >= 0)
    if question is not None and (not asked or isinstance(question, bool)):
        raise ValueError(f"question={question!r}: give its tokens, 0 or more, or the question itself")
    if not pause_minutes >= 0:  # so that NaN is refused too
        raise ValueError(f"pause_minutes={pause_minutes}: give 0 or more")


def _apart(parts: Sequence[Part], question: str | int | None) -> tuple[list[Part], list[Part] | int]:
    """Tell what all questions share from the question itself: its text, or its tokens."""
    if isinstance(question, int):
        return best_order(parts), question
    if question is not None:
        return best_order(parts), [Text(question)]
    files = best_order(item for item in parts if not _is_question(item))
    asked = [item for item in parts if _is_question(item)]
    return (files, asked) if files and asked else (list(parts), ASSUMED_QUESTION)


def _is_question(item: Part) -> bool:
    return isinstance(item, Text) and item.name is None


def _count(told: Estimate) -> Count:
    return Count(told.input_tokens, *told.input_range, told.method)


def _beyond(whole: Count, prefix: Count) -> Count:
    """Return what a question adds to the prefix."""
    method = max(whole.method, prefix.method, key=METHODS.index)
    return Count(whole.tokens - prefix.tokens, whole.low - prefix.low, whole.high - prefix.high, method)


def _exchange(model: Model) -> int:
    """Return what frames one more answer and question."""
    first, second = (frames.conversation(roles, model).tokens for roles in (["user"], ["user", "assistant", "user"]))
    return second - first
