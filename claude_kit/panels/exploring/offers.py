"""What does each model ask for the documents as they are set? The prices of `claude_kit.plan`, summed over all of them.

A pile of documents is billed alike within a range of lengths: below or above the least that a model caches, and the
lengths where a price changes. So each range is priced by its mean, exactly: of n documents, some are as long as the
mean rounded down, the others a token longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import Final

import numpy as np

from claude_kit import models
from claude_kit.estimate import prices
from claude_kit.estimate.count import Count, Method
from claude_kit.estimate.request import Via
from claude_kit.estimate.terms import of_request
from claude_kit.models import Model
from claude_kit.panels.exploring import limits
from claude_kit.panels.exploring.settings import Settings
from claude_kit.panels.exploring.subject import ENDS, Numbers, Subject
from claude_kit.planning.questions import prompts
from claude_kit.planning.questions.prompts import Asking, Keep, Prompt
from claude_kit.planning.verdict import Verdict, verdict
from claude_kit.preflight import Finding

__all__ = ["OTHER_CACHE", "Offer", "best", "offers"]

#: The cache that is spoken of where none is chosen.
OTHER_CACHE: Final[Keep] = "5m"

# What is sent for every question.
_Sending = Callable[[Asking], list[Prompt]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What one model asks.

    Attributes
    ----------
    model : Model
    input : Count
        Tokens of one question with its document, the mean of all.
    answer : int
        Tokens of an answer; no model answers more than it can.
    document, cost, low, high : decimal.Decimal
        US dollars for all questions about one document, on average, and about all of them; and the range that the
        doubt about the input gives.
    first : decimal.Decimal
        US dollars for the first question about each.
    without, cached : decimal.Decimal
        The cost without the cache, and with it: with the one that is chosen, else with the 5-minute cache.
    refusal : Finding or None
        Why the API would refuse some of it.
    """

    model: Model
    input: Count
    answer: int
    document: Decimal
    cost: Decimal
    low: Decimal
    high: Decimal
    first: Decimal
    without: Decimal
    cached: Decimal
    refusal: Finding | None

    @property
    def verdict(self) -> Verdict:
        """Say it in a word."""
        return verdict(self.refusal)


def offers(subject: Subject, settings: Settings, via: Via) -> list[Offer]:
    """Return what each model asks: those that take it first, the cheapest first."""
    made = [_offer(subject, settings, models.find(name), via) for name in settings.models]
    return sorted(made, key=lambda offer: (offer.refusal is not None, offer.cost))


def _offer(subject: Subject, settings: Settings, model: Model, via: Via) -> Offer:
    measured = subject.measured(model)
    prefix = measured.prefix(subject.stretch(settings.pages))
    answer = min(settings.expect_output, model.max_output)
    question = [getattr(measured.question, end) for end in ENDS]
    keep = settings.cache or OTHER_CACHE
    ways: dict[bool, _Sending] = {
        False: prompts.plain,
        True: partial(prompts.cached, keep=keep, minimum=model.cache_minimum_tokens),
    }

    def priced(sent: _Sending, end: int) -> tuple[Decimal, Decimal]:
        sums = _sums(prefix[end], question[end], answer, settings.batch, model, sent)
        first, all_of = sums[0], sums[0] + sums[1] * (settings.questions - 1)
        return _scaled(first, settings, subject), _scaled(all_of, settings, subject)

    chosen = ways[settings.cache is not None]
    sure = bool((prefix[0] == prefix[2]).all()) and question[0] == question[2]
    first, cost = priced(chosen, 1)
    doubted = [cost] if sure else [cost, priced(chosen, 0)[1], priced(chosen, 2)[1]]
    other = priced(ways[settings.cache is None], 1)[1]
    cached, without = (other, cost) if settings.cache is None else (cost, other)
    tokens = prefix + np.array(question)[:, None]
    method: Method = measured.method if subject.stretch(settings.pages) == 1 else _beyond_measured(measured.method)
    return Offer(
        model=model,
        input=_mean(tokens, method),
        answer=answer,
        document=cost / settings.documents,
        cost=cost,
        low=min(doubted),
        high=max(doubted),
        first=first,
        without=without,
        cached=cached,
        refusal=limits.refusal(subject, settings.pages, tokens, model, via),
    )


def _beyond_measured(method: Method) -> Method:
    """Return how pages that nobody saw were counted: between measured cases, at best."""
    return "interpolated" if method in ("count_tokens", "exact", "measured") else method


def _sums(
    prefix: Numbers, question: int, answer: int, batch: bool, model: Model, sent: _Sending
) -> tuple[Decimal, Decimal]:
    """Return the dollars of the first question about every measured document, and of each one after it."""
    first = later = Decimal(0)
    for tokens, number in _groups(prefix, question, model):
        one, two = sent(Asking(tokens, question, answer, 0, 2, conversation=False))
        first += number * _price(model.id, one, batch, date.today())
        later += number * _price(model.id, two, batch, date.today())
    return first, later


@lru_cache(maxsize=4096)
def _price(name: str, prompt: Prompt, batch: bool, day: date) -> Decimal:
    return prices.price(models.find(name), prompt.usage, **of_request(batch=batch), at=day).total


def _groups(prefix: Numbers, question: int, model: Model) -> Iterator[tuple[int, int]]:
    """Part documents by how they are billed; yield lengths and how many of them there are, their sum unchanged."""
    if len(prefix) == 1:
        yield int(prefix[0]), 1
        return
    edges = {model.cache_minimum_tokens or 0, *(start - question + 1 for start in prices.thresholds(model))}
    places = np.digitize(prefix, sorted(edges))
    for place in np.unique(places):
        alike = prefix[places == place]
        mean, longer = divmod(int(alike.sum()), len(alike))
        yield mean, len(alike) - longer
        if longer:
            yield mean + 1, longer


def _scaled(amount: Decimal, settings: Settings, subject: Subject) -> Decimal:
    """Return what all documents cost, from what those that were measured do."""
    if settings.documents == subject.rows:
        return amount
    return amount * settings.documents / subject.rows


def _mean(tokens: Numbers, method: Method) -> Count:
    low, likely, high = (round(float(row.mean())) for row in tokens)
    return Count(likely, low, high, method)


def best(made: Sequence[Offer]) -> Offer | None:
    """Return the cheapest that is taken; None if there is none."""
    return next((offer for offer in made if offer.refusal is None), None)
