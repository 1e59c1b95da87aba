"""Numbers with their units."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render import units


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (999.7, "1 KB"),
        (1000, "1 KB"),
        (1_500, "1.5 KB"),
        (9_960, "10 KB"),
        (999_499, "999 KB"),
        (999_500, "1 MB"),
        (32_000_000, "32 MB"),
        (1_000_000_000, "1 GB"),
        (1_234_000_000_000, "1,234 GB"),
    ],
)
def test_size(number: float, written: str) -> None:
    """Sizes are in decimal units, as the API's limits are, with a digit after the point below ten."""
    assert units.size(number) == written


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_size_never_shows_a_thousand(number: int) -> None:
    """A number of four digits moves on to the next unit, while there is one."""
    digits, unit = units.size(number).split()
    assert unit == "GB" or float(digits) < 1000


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "$0"),
        ("0.0000031", "$0.0000031"),
        ("0.00099", "$0.00099"),
        ("0.0117", "$0.0117"),
        ("9.5", "$9.5000"),
        ("10", "$10.00"),
        ("1234.5", "$1,234.50"),
        ("-0.5", "-$0.5000"),
        ("-1234.5", "-$1,234.50"),
    ],
)
def test_usd(amount: str, written: str) -> None:
    """Amounts have as many digits as still tell, and the sign stands before the dollar."""
    assert units.usd(Decimal(amount)) == written


def test_usd_in_a_column() -> None:
    """An amount can be written with the decimals of another, to stand below it."""
    assert units.usd(Decimal("0.5"), like=Decimal(20)) == "$0.50"
    assert units.usd(Decimal(0), like=Decimal(1)) == "$0.0000"


@pytest.mark.parametrize(
    ("fraction", "written"),
    [(0, "0 %"), (1e-6, "<0.01 %"), (0.0003, "0.03 %"), (-0.034, "3.4 %"), (0.25, "25 %"), (1.5, "150 %")],
)
def test_percent(fraction: float, written: str) -> None:
    """A share has the precision its size deserves and no sign; only nothing is called 0 %."""
    assert units.percent(fraction) == written


@pytest.mark.parametrize(
    ("duration_s", "written"),
    [(0.31, "0.3 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (71, "1 min 11 s"), (3600, "60 min 0 s")],
)
def test_seconds(duration_s: float, written: str) -> None:
    """A minute is never written as sixty seconds."""
    assert units.seconds(duration_s) == written


def test_counts() -> None:
    """Whole numbers have separators, and one of a thing is singular."""
    assert units.count(1_234_567) == "1,234,567"
    assert [units.plural(number, "page") for number in (0, 1, 2, 1000)] == [
        "0 pages",
        "1 page",
        "2 pages",
        "1,000 pages",
    ]
