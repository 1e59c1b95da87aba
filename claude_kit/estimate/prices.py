"""What tokens cost, per model and day.

Prices are kept by others in `genai-prices` and refreshed with ``pip install -U genai-prices``. It does not know the
multiplier for inference in the US, nor batches before October 2026, and ignores options it does not know, so those are
checked and applied here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from claude_kit.errors import UnknownModelError
from claude_kit.models import Model

__all__ = ["Money", "price"]

_BATCH: Final = Decimal("0.5")  # input, output and cache alike (Anthropic docs, pricing, 2026-08-22)
_US_INFERENCE: Final = Decimal("1.1")  # all token categories, models from 4.6 on (same)

# Model -> (dollars a million tokens read from the cache, before this day), where genai-prices 0.2.3 knows today's only.
_READ_BEFORE: Final = {"claude-sonnet-5-5": (Decimal("0.20"), date(2026, 10, 7))}  # release notes 2026-10-07


@dataclass(frozen=True, slots=True)
class Money:
    """What a request costs, in US dollars.

    Attributes
    ----------
    input : decimal.Decimal
        Cache reads and writes included.
    output : decimal.Decimal
        Thinking included.
    searches : decimal.Decimal
        Web searches the server did, which no discount applies to.
    """

    input: Decimal
    output: Decimal
    searches: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """All together."""
        return self.input + self.output + self.searches


def price(
    model: Model,
    usage: Mapping[str, Any],
    *,
    batch: bool = False,
    fast: bool = False,
    us_inference: bool = False,
    at: datetime | None = None,
) -> Money:
    """Price a usage.

    Parameters
    ----------
    model : Model
    usage : mapping
        With Anthropic's field names: ``input_tokens`` (what was neither read from nor written to the cache),
        ``output_tokens``, ``cache_read_input_tokens``, ``cache_creation_input_tokens``, ``cache_creation`` and
        ``server_tool_use``.
    batch, fast, us_inference : bool
        Message Batches; ``speed="fast"``; ``inference_geo="us"``.
    at : datetime.datetime, optional
        When the request is made, in UTC if it does not say; by default now.

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
    from genai_prices import calc_price

    moment = at or datetime.now(UTC)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if us_inference and not model.us_inference:
        raise ValueError(f'{model}: inference_geo="us" is not offered for it')
    if fast and (batch or not model.offers_fast(moment.date())):
        raise ValueError(f'{model}: speed="fast" is not offered ' + ("in batches" if batch else "for it"))
    reads = _earlier_reads(model, usage, moment)
    try:
        found = calc_price(
            _tokens(usage if reads is None else {**usage, "cache_read_input_tokens": 0}),
            model.priced_as or model.id,
            provider_id="anthropic",
            genai_request_timestamp=moment,
            price_context={"speed": "fast"} if fast else None,
        )
    except LookupError:
        raise UnknownModelError(f"{model}: no price is known for it", model=model.id) from None
    factor = (_BATCH if batch else Decimal(1)) * (_US_INFERENCE if us_inference else Decimal(1))
    searches = found.total_price - found.input_price - found.output_price
    return Money((found.input_price + (reads or 0)) * factor, found.output_price * factor, searches)


def _earlier_reads(model: Model, usage: Mapping[str, Any], moment: datetime) -> Decimal | None:
    """Price reads from the cache by themselves, where genai-prices knows only what they cost later."""
    dollars, until = _READ_BEFORE.get(model.id, (Decimal(0), date.min))
    if moment.date() >= until:
        return None
    return dollars * (usage.get("cache_read_input_tokens") or 0) / 1_000_000


def _tokens(usage: Mapping[str, Any]) -> Any:
    """Turn Anthropic's usage into genai-prices', where ``input_tokens`` counts the cached ones too."""
    from genai_prices import Usage

    read = usage.get("cache_read_input_tokens") or 0
    split = usage.get("cache_creation") or {}
    written = usage.get("cache_creation_input_tokens") or sum(split.values())
    hour = split.get("ephemeral_1h_input_tokens") or 0
    return Usage(
        input_tokens=(usage.get("input_tokens") or 0) + read + written,
        output_tokens=usage.get("output_tokens") or 0,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_5m_tokens=written - hour,
        cache_write_1h_tokens=hour,
        web_searches=(usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
    )
