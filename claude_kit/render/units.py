"""How numbers are written: with their unit, in as few digits as still tell."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["count", "listed", "percent", "plural", "seconds", "size", "usd"]


def count(number: int) -> str:
    """Write a whole number with thousands separators.

    Examples
    --------
    >>> count(10627)
    '10,627'
    """
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> plural(1, "page"), plural(1200, "page")
    ('1 page', '1,200 pages')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(number: float) -> str:
    """Write a number of bytes, in the decimal units the API's limits are given in (1 MB = 1,000,000 bytes).

    Examples
    --------
    >>> size(812), size(187_400), size(32_000_000), size(3_250_000)
    ('812 bytes', '187 KB', '32 MB', '3.2 MB')
    """
    if number < 999.5:
        return plural(round(number), "byte")
    for unit in ("KB", "MB", "GB"):
        number /= 1000
        if number < 999.5 or unit == "GB":
            break
    return f"{number:.1f} {unit}".replace(".0 ", " ") if number < 9.95 else f"{number:,.0f} {unit}"


def usd(amount: Decimal, *, like: Decimal | None = None) -> str:
    """Write an amount of US dollars: four decimals below ten dollars, two significant digits when tiny.

    Parameters
    ----------
    amount : decimal.Decimal
    like : decimal.Decimal, optional
        Write with as many decimals as this amount would have, to stand in one column with it.

    Examples
    --------
    >>> usd(Decimal("0.011742")), usd(Decimal("0.0000031")), usd(Decimal("1234.5")), usd(Decimal(0))
    ('$0.0117', '$0.0000031', '$1,234.50', '$0')
    >>> usd(Decimal("0.000014"), like=Decimal("0.0259")), usd(Decimal("-0.5"))
    ('$0.0000', '-$0.5000')
    """
    magnitude = abs(amount if like is None else like)
    if magnitude == 0:
        return "$0"
    sign = "-" if amount < 0 else ""
    if magnitude >= 10:
        return f"{sign}${abs(amount):,.2f}"
    decimals = 4 if magnitude >= Decimal("0.001") else 1 - magnitude.adjusted()
    return f"{sign}${abs(amount):.{decimals}f}"


def percent(fraction: float) -> str:
    """Write a fraction as a percentage without its sign, with the precision its size deserves.

    Examples
    --------
    >>> percent(0.0003), percent(-0.034), percent(0.25), percent(0)
    ('0.03 %', '3.4 %', '25 %', '0 %')
    """
    value = abs(fraction) * 100
    if value == 0:
        return "0 %"
    if value < 0.005:
        return "<0.01 %"
    if value < 1:
        return f"{value:.2f} %"
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def seconds(duration_s: float) -> str:
    """Write a duration.

    Examples
    --------
    >>> seconds(7.24), seconds(71), seconds(0.31)
    ('7.2 s', '1 min 11 s', '0.3 s')
    """
    if round(duration_s, 1) < 60:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes} min {rest} s"


def listed(names: Sequence[str]) -> str:
    """Join names as in a sentence.

    Examples
    --------
    >>> listed(["a PDF", "an image", "a text"])
    'a PDF, an image and a text'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
