"""What is an amount of dollars, and what is a price?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from claude_kit.render import units

__all__ = ["Dollars", "Money", "Price", "dollars"]

# What the cache costs, times the input, where a price of one's own does not say (Anthropic docs,
# pricing, 2026-08-22; newer models read for less).
_READ: Final = Decimal("0.1")
_WRITE_5M: Final = Decimal("1.25")
_WRITE_1H: Final = Decimal(2)

#: An amount of US dollars as people write it.
Dollars = Decimal | int | float | str


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

    def __str__(self) -> str:
        searches = f", {units.usd(self.searches)} searches" if self.searches else ""
        return f"{units.usd(self.total)} ({units.usd(self.input)} in, {units.usd(self.output)} out{searches})"


@dataclass(frozen=True, slots=True, init=False)
class Price:
    """A price of your own, for a model that no price list knows: a new one, or one you have a contract for.

    Numbers are given as int, float, str or `decimal.Decimal`; a float means what is written.

    Attributes
    ----------
    input, output : decimal.Decimal
        US dollars a million tokens.
    cache_read, cache_write_5m, cache_write_1h : decimal.Decimal
        The same for cached tokens; by default a tenth of the input, 1.25 times and twice.
    fast : Price or None
        With ``speed="fast"``, where there is such a mode.

    Raises
    ------
    ValueError
        If a number is none, or negative.

    Examples
    --------
    >>> Price(input=3, output=15).cache_write_1h
    Decimal('6')
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    fast: Price | None

    def __init__(
        self,
        input: Dollars,
        output: Dollars,
        *,
        cache_read: Dollars | None = None,
        cache_write_5m: Dollars | None = None,
        cache_write_1h: Dollars | None = None,
        fast: Price | None = None,
    ) -> None:
        base = dollars("Price.input", input)

        def cached(name: str, given: Dollars | None, factor: Decimal) -> Decimal:
            return base * factor if given is None else dollars(f"Price.{name}", given)

        values = {
            "input": base,
            "output": dollars("Price.output", output),
            "cache_read": cached("cache_read", cache_read, _READ),
            "cache_write_5m": cached("cache_write_5m", cache_write_5m, _WRITE_5M),
            "cache_write_1h": cached("cache_write_1h", cache_write_1h, _WRITE_1H),
            "fast": fast,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def dollars(name: str, given: Dollars) -> Decimal:
    """Return an amount of US dollars; a float means what is written.

    Raises
    ------
    ValueError
        If it is none, or negative; names it.

    Examples
    --------
    >>> dollars("max_usd", 0.1)
    Decimal('0.1')
    """
    try:
        amount = Decimal(str(given).removeprefix("$"))
    except InvalidOperation:
        raise ValueError(f"{name}={given!r} is no amount of dollars") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{name}={given!r} is no amount of dollars: give 0 or more")
    return amount
