"""What will it cost? Tokens counted offline as the API bills them, and priced per model and day."""

from __future__ import annotations

from claude_kit.estimate.billing import cost
from claude_kit.estimate.count import Count
from claude_kit.estimate.estimating import count_text, estimate
from claude_kit.estimate.money import Money, Price
from claude_kit.estimate.prices import price
from claude_kit.estimate.request import Line, Via, lines
from claude_kit.estimate.result import Estimate
from claude_kit.estimate.tariff import DEFAULT_MAX_TOKENS

__all__ = [
    "DEFAULT_MAX_TOKENS",
    "Count",
    "Estimate",
    "Line",
    "Money",
    "Price",
    "Via",
    "cost",
    "count_text",
    "estimate",
    "lines",
    "price",
]
