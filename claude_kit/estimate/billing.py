"""What did an answer cost? Priced from its real usage, whoever brought it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from claude_kit.estimate import prices
from claude_kit.estimate.money import Money, Price
from claude_kit.estimate.tariff import priced_model
from claude_kit.estimate.terms import of_usage
from claude_kit.models import Model

__all__ = ["cost"]


def cost(
    answer: object,
    model: str | Model | None = None,
    *,
    at: datetime | date | None = None,
    price: Price | None = None,
) -> Money:
    """Price an answer by what it was billed.

    Parameters
    ----------
    answer : Reply, mapping or object
        An answer or its usage: ours, the JSON of the Messages API or of a chat completion, or an object of the
        ``anthropic``, ``openai`` or ``portkey_ai`` package. Both conventions for cached tokens in a chat completion are
        told apart, see `claude_kit.wire.usage`.
    model : str, optional
        By default the one that the answer names.
    at : datetime.date or datetime.datetime, optional
        When it was asked, for the price of that day (UTC); by default now.
    price : Price, optional
        Of a model that no price list knows.

    Returns
    -------
    Money
        US dollars: ``.input``, ``.output``, ``.total``.

    Raises
    ------
    TypeError
        If there is no usage in it.
    UnknownModelError
        If the model is named nowhere, or has no known price.
    ValueError
        If it was billed on terms without a known price, such as a priority tier.

    Examples
    --------
    >>> cost({"input_tokens": 1_000_000, "output_tokens": 0}, "claude-sonnet-4-6").total == 3
    True
    """
    fields = _fields(answer)
    inner = _fields(fields.get("usage"))
    usage = inner or fields
    if not any(str(name).endswith("_tokens") for name in usage):
        kind = type(answer).__name__
        raise TypeError(f"no usage in this {kind}: give an answer, or its usage with input_tokens or prompt_tokens")
    named = model or (fields.get("model") if inner else None)
    if not named:
        raise ValueError("which model was it? cost(usage, model)")
    return prices.price(priced_model(named, price)[0], usage, **of_usage(usage), at=at, own=price)


def _fields(answer: object) -> Mapping[str, Any]:
    """Return the fields of an answer or a usage, whatever kind of object it is; none where there are none."""
    if isinstance(answer, Mapping):
        return answer
    if hasattr(answer, "model_dump"):
        dumped = answer.model_dump()
        return dumped if isinstance(dumped, Mapping) else {}
    names = ("usage", "model")
    return {name: getattr(answer, name) for name in names if hasattr(answer, name)}
