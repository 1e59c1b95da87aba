"""What input tokens cost on the terms of one request: likeliest, least and most."""

from datetime import date
from decimal import Decimal

import pytest

from claude_kit.estimate import Price
from claude_kit.estimate.count import Count
from claude_kit.estimate.money import dollars
from claude_kit.estimate.tariff import Tariff

SONNET = "claude-sonnet-4-6"  # $3 and $15 a million, writes at $3.75; nothing below 1,024 tokens is cached
DAY = date(2026, 11, 22)


def test_a_bill_has_its_least_and_its_most():
    """The input alone at its lowest; at its highest with an answer at its cap."""
    bill = Tariff.of(SONNET, max_tokens=2000, expect_output=1000, at=DAY).bill(Count(1000, 900, 1200, "measured"))
    assert (bill.input, bill.output, bill.total) == (Decimal("0.003"), Decimal("0.015"), Decimal("0.018"))
    assert bill.input_range == (Decimal("0.0027"), Decimal("0.0036"))
    assert bill.range == (Decimal("0.0027"), Decimal("0.0336"))


@pytest.mark.parametrize(("below", "written"), [(1, False), (0, True)])
def test_what_is_below_the_minimum_is_not_cached(below, written):
    """Just as many tokens as it takes are; one fewer are billed as ever."""
    tariff = Tariff.of(SONNET, cache="5m", at=DAY)
    tokens = (tariff.model.cache_minimum_tokens or 0) - below
    assert tariff.money(tokens, 0).input == tokens * Decimal("3.75" if written else "3") / 1_000_000


@pytest.mark.parametrize("method", ["measured", "uncounted"])
def test_a_model_that_nobody_knows_widens_the_range(method):
    """By 40 % either way; what could not be counted still says so."""
    tariff = Tariff.of("claude-sonnet-9", price=Price(1, 5))
    count = tariff.widened(Count(1000, 900, 1200, method))
    assert (count.tokens, count.low, count.high) == (1000, 540, 1680)
    assert count.method == ("uncounted" if method == "uncounted" else "heuristic")


def test_nothing_is_an_amount_of_dollars():
    """A model may be free, and a budget may be none."""
    assert dollars("max_usd", 0) == 0
    assert Tariff.of(SONNET, price=Price(0, 0)).money(1000, 1000).total == 0
