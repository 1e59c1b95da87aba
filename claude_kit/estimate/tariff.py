"""What do so many input tokens cost: most likely, at least and at most, on the terms of one request?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from operator import index
from typing import Any, Final, Literal

from claude_kit import models
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import prices
from claude_kit.estimate.count import Count
from claude_kit.estimate.money import Money, Price
from claude_kit.estimate.terms import Terms, of_request
from claude_kit.models import Model

__all__ = ["ASSUMED_OUTPUT", "DEFAULT_MAX_TOKENS", "Bill", "Cached", "Tariff", "priced_model"]

#: A request's cap where none is given: room for thinking and a long answer, tokens.
DEFAULT_MAX_TOKENS: Final = 8192

#: What an answer is assumed to take where nobody says: a page and a half with some thinking, tokens.
ASSUMED_OUTPUT: Final = 800

# How far a tokenizer that nobody has measured yet may be off: the two that are known differ by 0 to 47 %.
_UNKNOWN_TOKENIZER: Final = 0.4

#: How long the prompt cache keeps what a request writes; None writes nothing.
Cached = Literal["5m", "1h"] | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a request is expected to cost, in US dollars.

    Attributes
    ----------
    count : Count
        Of the input.
    input, output : decimal.Decimal
        For the likeliest count, and the expected answer.
    input_range : tuple of decimal.Decimal
        The input at its lowest and at its highest.
    range : tuple of decimal.Decimal
        From the input alone at its lowest, to the input at its highest with an answer at its cap.
    """

    count: Count
    input: Decimal
    output: Decimal
    input_range: tuple[Decimal, Decimal]
    range: tuple[Decimal, Decimal]

    @property
    def total(self) -> Decimal:
        """Input and expected output."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms that a request is priced on.

    Attributes
    ----------
    model : Model
    known : bool
        Whether the model is; else its tokenizer is anybody's guess.
    expected_output, max_output : int
        Tokens of the answer, as expected and at most.
    assumed_output : bool
        Whether the expected answer is the kit's assumption, since nobody said.
    cache : {"5m", "1h"} or None
        Whether the request writes the prompt cache.
    terms : Terms
    at : datetime.datetime, datetime.date or None
    own : Price or None
    cached : int
        Tokens that the cache holds already.
    """

    model: Model
    known: bool
    expected_output: int
    max_output: int
    assumed_output: bool
    cache: Cached
    terms: Terms
    at: datetime | date | None
    own: Price | None
    cached: int = 0

    @classmethod
    def of(
        cls,
        model: str | Model | None,
        *,
        max_tokens: int | None = None,
        expect_output: int | None = None,
        cache: Cached = None,
        cached: int = 0,
        batch: bool = False,
        speed: str | None = None,
        inference_geo: str | None = None,
        at: datetime | date | None = None,
        price: Price | None = None,
    ) -> Tariff:
        """Return the tariff for options as `claude_kit.estimate` takes them.

        Raises
        ------
        UnknownModelError
            If there is no such model, and no price is given.
        ValueError
            If an option is none of those that exist.
        """
        if cache not in ("5m", "1h", None):
            raise ValueError(f'cache={cache!r}: give "5m", "1h" or None')
        chosen, known = priced_model(model, price)
        expected, cap = _output(expect_output, max_tokens, chosen)
        terms = of_request(batch=batch, speed=speed, inference_geo=inference_geo)
        return cls(
            chosen,
            known,
            expected,
            cap,
            expect_output is None,
            cache,
            terms,
            at,
            price,
            _tokens("cached_tokens", cached) or 0,
        )

    def widened(self, count: Count) -> Count:
        """Return a count with the doubt of a model that is not known; as it is, of one that is."""
        if self.known:
            return count
        low, high = count.low * (1 - _UNKNOWN_TOKENIZER), count.high * (1 + _UNKNOWN_TOKENIZER)
        return Count(count.tokens, round(low), round(high), "heuristic" if count.method != "uncounted" else "uncounted")

    def bill(self, count: Count) -> Bill:
        """Price a request of so many input tokens.

        Raises
        ------
        UnknownModelError
            If no price is known for the model.
        ValueError
            If the model does not offer what is asked for.
        """
        likely = self.money(count.tokens, self.expected_output)
        # At most, for the cache may have lost what it held.
        least, most = self.money(count.low, 0), replace(self, cached=0).money(count.high, self.max_output)
        return Bill(count, likely.input, likely.output, (least.input, most.input), (least.total, most.total))

    def money(self, tokens: int, output: int) -> Money:
        """Price a request of so many tokens in and out."""
        usage = _usage(tokens, output, self.cache, self.model, self.cached)
        return prices.price(self.model, usage, **self.terms, at=self.at, own=self.own)


def priced_model(name: str | Model | None, price: Price | None) -> tuple[Model, bool]:
    """Return the model, and whether it is known; with a price, an unknown one is taken to be like its line's newest.

    Raises
    ------
    UnknownModelError
        If there is no such model, and no price is given.
    TypeError
        If the price is none.
    """
    if price is not None and not isinstance(price, Price):
        raise TypeError(f"price={price!r}: give dollars a million tokens, price=ck.Price(input=…, output=…)")
    try:
        found = models.find(name)
    except UnknownModelError:
        if price is None or not isinstance(name, str) or not name.strip():
            raise
        found = models.unknown(name)
    return found, any(found.id == model.id for model in models.all_models())


def _output(expected: int | None, cap: int | None, model: Model) -> tuple[int, int]:
    """Return the expected output and its cap, each within what the model can answer."""
    expected, cap = _tokens("expect_output", expected), _tokens("max_tokens", cap)
    if cap is None:
        cap = max(DEFAULT_MAX_TOKENS, expected or 0)
    cap = min(cap, model.max_output)
    return min(ASSUMED_OUTPUT if expected is None else expected, cap), cap


def _tokens(name: str, given: int | None) -> int | None:
    """Return a number of tokens as a plain one: a whole number of any kind will do, such as NumPy's."""
    if given is None:
        return None
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise ValueError(f"{name}={given!r}: give a whole number of tokens")
    if given < 0:
        raise ValueError(f"{name}={given}: give 0 or more")
    return index(given)


def _usage(tokens: int, output: int, cache: Cached, model: Model, cached: int) -> dict[str, Any]:
    if cache is None or model.cache_minimum_tokens is None or tokens < model.cache_minimum_tokens:
        return {"input_tokens": tokens, "output_tokens": output}
    read = min(cached, tokens)
    written = tokens - read
    return {
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {f"ephemeral_{cache}_input_tokens": written},
        "output_tokens": output,
    }
