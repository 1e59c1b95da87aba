"""What tokens cost, per model and day.

Prices are kept by others in `genai-prices` and refreshed with ``pip install -U genai-prices``. It does not know the
multiplier for inference in the US, nor batches before October 2026, and ignores options it does not know, so those are
checked and applied here. A model that it has no price for takes a `Price`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from claude_kit.errors import UnknownModelError
from claude_kit.estimate.money import Money, Price
from claude_kit.models import Model
from claude_kit.wire import usage as usages

__all__ = ["price", "thresholds"]

_BATCH: Final = Decimal("0.5")  # input, output and cache alike (Anthropic docs, pricing, 2026-08-22)
_US_INFERENCE: Final = Decimal("1.1")  # all token categories, models from 4.6 on (same)

# Model -> (dollars a million tokens read from the cache, before this day), where genai-prices 0.2.3 knows today's only.
_READ_BEFORE: Final = {"claude-sonnet-5-5": (Decimal("0.20"), date(2026, 10, 7))}  # release notes 2026-10-07

_SEARCH: Final = Decimal("0.01")  # each (same)
_MILLION: Final = 1_000_000


def price(
    model: Model,
    usage: Mapping[str, Any],
    *,
    batch: bool = False,
    fast: bool = False,
    us_inference: bool = False,
    at: datetime | date | None = None,
    own: Price | None = None,
) -> Money:
    """Price a usage.

    Parameters
    ----------
    model : Model
    usage : mapping
        With Anthropic's field names: ``input_tokens`` (what was neither read from nor written to the cache),
        ``output_tokens``, ``cache_read_input_tokens``, ``cache_creation_input_tokens``, ``cache_creation`` and
        ``server_tool_use``; or a chat completion's usage, see `claude_kit.wire.usage`.
    batch, fast, us_inference : bool
        Message Batches; ``speed="fast"``; ``inference_geo="us"``. See `claude_kit.estimate.terms`.
    at : datetime.datetime or datetime.date, optional
        When the request is made, in UTC if it does not say; by default now.
    own : Price, optional
        Taken instead of the price list's.

    Returns
    -------
    Money
        US dollars.

    Raises
    ------
    ValueError
        If the model does not offer what is asked for.
    UnknownModelError
        If no price is known for the model.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> price(find("claude-sonnet-4-6"), {"input_tokens": 1_000_000}, batch=True).input
    Decimal('1.500')
    """
    moment = _moment(at)
    if us_inference and not model.us_inference:
        raise ValueError(f'{model}: inference_geo="us" is not offered for it')
    if fast and batch:
        raise ValueError(f'{model}: speed="fast" is not offered in batches')
    native = usages.native(usage)
    money = _listed(model, native, fast, moment) if own is None else _own(own, native, fast)
    factor = (_BATCH if batch else Decimal(1)) * (_US_INFERENCE if us_inference else Decimal(1))
    return Money(money.input * factor, money.output * factor, money.searches)


@cache
def thresholds(model: Model) -> tuple[int, ...]:
    """Return the lengths of a prompt, in tokens, above which every token of it has another price; mostly none.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> thresholds(find("claude-sonnet-5-5"))
    ()
    """
    from genai_prices import Usage, calc_price
    from genai_prices.types import TieredPrices

    found = calc_price(Usage(), model.priced_as or model.id, provider_id="anthropic").model_price
    rates = [rate for rate in vars(found).values() if isinstance(rate, TieredPrices)]
    return tuple(sorted({tier.start for rate in rates for tier in rate.tiers}))


def _listed(model: Model, usage: Mapping[str, Any], fast: bool, moment: datetime) -> Money:
    """Price by genai-prices."""
    if fast and not model.offers_fast(moment.date()):
        raise ValueError(f'{model}: speed="fast" is not offered for it')
    flat = _flat(model, moment.date(), fast)
    return _priced(model, usage, fast, moment) if flat is None else _own(flat, usage, False)


# genai-prices finds and validates a price anew at each call, which takes 0.13 ms; a survey asks three times a file.
@lru_cache(maxsize=1024)
def _flat(model: Model, day: date, fast: bool) -> Price | None:
    """Return a model's price on a day as one of ours; None where it depends on how long the prompt is."""
    from genai_prices import Usage, calc_price
    from genai_prices.types import TieredPrices

    noon = datetime.combine(day, time(12), UTC)
    kinds = (
        {"input_tokens": _MILLION},
        {"output_tokens": _MILLION},
        {"cache_read_input_tokens": _MILLION},
        {"cache_creation_input_tokens": _MILLION},
        {"cache_creation": {"ephemeral_1h_input_tokens": _MILLION}},
    )
    fresh, output, read, five_minutes, hour = (_priced(model, kind, fast, noon).total for kind in kinds)
    rates = calc_price(
        Usage(),
        model.priced_as or model.id,
        provider_id="anthropic",
        genai_request_timestamp=noon,
        price_context={"speed": "fast"} if fast else None,
    ).model_price
    if any(isinstance(rate, TieredPrices) for rate in vars(rates).values()):
        return None
    return Price(fresh, output, cache_read=read, cache_write_5m=five_minutes, cache_write_1h=hour)


def _priced(model: Model, usage: Mapping[str, Any], fast: bool, moment: datetime) -> Money:
    """Ask genai-prices."""
    from genai_prices import calc_price

    reads = _earlier_reads(model, usage, moment)
    try:
        found = calc_price(
            _Tokens.of(usage if reads is None else {**usage, "cache_read_input_tokens": 0}).listed(),
            model.priced_as or model.id,
            provider_id="anthropic",
            genai_request_timestamp=moment,
            price_context={"speed": "fast"} if fast else None,
        )
    except LookupError:
        way_out = "Give one, in dollars a million tokens: price=ck.Price(input=…, output=…)"
        raise UnknownModelError(f"{model}: no price is known for it. {way_out}", model=model.id) from None
    searches = found.total_price - found.input_price - found.output_price
    return Money(found.input_price + (reads or 0), found.output_price, searches)


def _own(own: Price, usage: Mapping[str, Any], fast: bool) -> Money:
    """Price by a price of one's own."""
    if fast and own.fast is None:
        raise ValueError(f'speed="fast" is not offered by {own}; give Price(…, fast=Price(…))')
    per = own.fast if fast and own.fast is not None else own
    tokens = _Tokens.of(usage)
    spent = (
        tokens.fresh * per.input
        + tokens.read * per.cache_read
        + tokens.written_5m * per.cache_write_5m
        + tokens.written_1h * per.cache_write_1h
    )
    return Money(spent / _MILLION, tokens.output * per.output / _MILLION, tokens.searches * _SEARCH)


def _earlier_reads(model: Model, usage: Mapping[str, Any], moment: datetime) -> Decimal | None:
    """Price reads from the cache by themselves, where genai-prices knows only what they cost later."""
    per_million, until = _READ_BEFORE.get(model.id, (Decimal(0), date.min))
    if moment.date() >= until:
        return None
    return per_million * (usage.get("cache_read_input_tokens") or 0) / _MILLION


@dataclass(frozen=True, slots=True)
class _Tokens:
    """A usage in plain numbers."""

    fresh: int
    read: int
    written_5m: int
    written_1h: int
    output: int
    searches: int

    @classmethod
    def of(cls, usage: Mapping[str, Any]) -> _Tokens:
        split = usage.get("cache_creation") or {}
        written = usage.get("cache_creation_input_tokens") or sum(tokens or 0 for tokens in split.values())
        hour = split.get("ephemeral_1h_input_tokens") or 0
        return cls(
            fresh=usage.get("input_tokens") or 0,
            read=usage.get("cache_read_input_tokens") or 0,
            written_5m=written - hour,
            written_1h=hour,
            output=usage.get("output_tokens") or 0,
            searches=(usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
        )

    def listed(self) -> Any:
        """Return them as genai-prices wants them: its ``input_tokens`` count the cached ones too."""
        from genai_prices import Usage

        written = self.written_5m + self.written_1h
        return Usage(
            input_tokens=self.fresh + self.read + written,
            output_tokens=self.output,
            cache_read_tokens=self.read,
            cache_write_tokens=written,
            cache_write_5m_tokens=self.written_5m,
            cache_write_1h_tokens=self.written_1h,
            web_searches=self.searches,
        )


def _moment(at: datetime | date | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if not isinstance(at, date):
        raise TypeError(f"at={at!r}: give a datetime.date or a datetime.datetime")
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(12), UTC)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
