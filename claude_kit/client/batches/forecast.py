"""What will a batch cost? The estimates of its requests, at half price, taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from claude_kit.client.batches.requests import named
from claude_kit.client.questions import as_request
from claude_kit.errors import BudgetExceeded
from claude_kit.estimate import Estimate, Via, estimate
from claude_kit.estimate.money import Dollars, dollars
from claude_kit.render import units

__all__ = ["Forecast", "forecast"]

# What of a request has a say in its price.
_PRICED: Final = (
    *("messages", "model", "system", "tools", "tool_choice", "thinking"),
    *("output_config", "max_tokens", "cache", "inference_geo"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Forecast:
    """What many requests would cost as a batch.

    Attributes
    ----------
    requests : int
    input_tokens : int
    input_range : (int, int)
    cost : decimal.Decimal
        US dollars for the input and the expected answers, at the price of batches.
    cost_range : (decimal.Decimal, decimal.Decimal)
        Up to every answer as long as its ``max_tokens``.
    """

    requests: int
    input_tokens: int
    input_range: tuple[int, int]
    cost: Decimal
    cost_range: tuple[Decimal, Decimal]

    def require(self, *, max_usd: Dollars) -> Self:
        """Return it if the batch cannot cost more than a budget.

        Raises
        ------
        BudgetExceeded
            If it could.
        ValueError
            If `max_usd` is no amount of dollars.
        """
        budget = dollars("max_usd", max_usd)
        if self.cost_range[1] <= budget:
            return self
        raise BudgetExceeded(
            f"{self}, and the budget is {units.usd(budget)}. Submit fewer requests, lower max_tokens, or take a "
            "cheaper model: ck.compare(...)"
        )

    def __str__(self) -> str:
        tokens, most = units.count(self.input_tokens), units.usd(self.cost_range[1])
        return f"{units.plural(self.requests, 'request')}, {tokens} tokens in: {units.usd(self.cost)} (up to {most})"

    def __repr__(self) -> str:
        return f"<Forecast: {self}>"


def forecast(
    requests: Iterable[object] | Mapping[str, object],
    fields: Mapping[str, Any],
    *,
    expect_output: int | None = None,
    via: Via = "anthropic",
) -> Forecast:
    """Estimate many requests at the price of batches.

    Parameters
    ----------
    requests
        As ``client.batches.submit`` takes them.
    fields : mapping
        What is the same for all.
    expect_output : int, optional
        Tokens expected as answer to each.
    via : str
        The route.

    Examples
    --------
    >>> forecast(["What is 1 + 1?"] * 1000, {"model": "claude-sonnet-5-5"}, expect_output=10).requests
    1000
    """
    told = [_estimate(as_request(request, fields), expect_output, via) for _, request in named(requests)]
    return Forecast(
        requests=len(told),
        input_tokens=sum(each.input_tokens for each in told),
        input_range=(sum(each.input_range[0] for each in told), sum(each.input_range[1] for each in told)),
        cost=sum((each.cost for each in told), Decimal(0)),
        cost_range=(
            sum((each.cost_range[0] for each in told), Decimal(0)),
            sum((each.cost_range[1] for each in told), Decimal(0)),
        ),
    )


def _estimate(request: Mapping[str, Any], expect_output: int | None, via: Via) -> Estimate:
    priced = {name: value for name, value in request.items() if name in _PRICED}
    return estimate(**priced, expect_output=expect_output, batch=True, via=via)
