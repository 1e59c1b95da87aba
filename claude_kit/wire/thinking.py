"""What to send so that a model thinks, and shows it.

Models differ: from 4.7 on a budget is refused and the thinking text is empty unless ``display`` asks for a
summary; older ones know only a budget (Anthropic docs, extended thinking, 2026-08-22). Which takes what stands in
``models.toml``; here one wish becomes what the model at hand takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from claude_kit.models import Model

__all__ = ["MIN_BUDGET", "parameter", "thinks"]

#: The least budget the API takes (tokens).
MIN_BUDGET: Final = 1024

# Of max_tokens, where adaptive thinking is asked of a model that knows only budgets.
_BUDGET_SHARE: Final = 0.5

# Kinds of thinking; the others say not to think, or when, and take no `display` (the `anthropic` SDK 2.12.0).
_KINDS: Final = ("adaptive", "enabled")


def parameter(
    thinking: str | int | Mapping[str, Any] | None, model: Model, *, max_tokens: int
) -> dict[str, Any] | None:
    """Return the request's ``thinking`` field for a model.

    Parameters
    ----------
    thinking : {"adaptive"}, int, mapping or None
        ``"adaptive"``: as much as the model finds right, shown; a model that knows only budgets gets half of
        `max_tokens`, and one that cannot think, or has no room for it, is not told to. An int: a budget in tokens,
        where the model takes one; others think adaptively instead. A mapping: the field itself, in which adaptive
        thinking and a budget are translated alike; what else it holds stays as it is. Where the model's own default is
        thinking without text, ``display`` asks for a summary, if nothing was said of it.

        None: not said, the model's own default. That may be to think, and newer models then show nothing of it: the
        field stays out all the same, as whoever compares a request with Anthropic's documentation expects.
    model : Model
    max_tokens : int
        The request's cap, which a budget must stay below.

    Raises
    ------
    ValueError
        For an int under 1,024 or not below `max_tokens`, and for any other value.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> parameter("adaptive", find("claude-sonnet-5-5"), max_tokens=4096)
    {'type': 'adaptive', 'display': 'summarized'}
    >>> parameter("adaptive", find("claude-haiku-4-5"), max_tokens=4096)
    {'type': 'enabled', 'budget_tokens': 2048}

    What was written for an older model, or found in a guide:

    >>> parameter({"type": "enabled", "budget_tokens": 2030}, find("claude-sonnet-5-5"), max_tokens=4096)
    {'type': 'adaptive', 'display': 'summarized'}
    """
    if thinking is None:
        return None
    if isinstance(thinking, Mapping):
        return _shown(_translated(thinking, model, max_tokens), model)
    wish = _field(thinking)
    if not thinks(model):
        return None
    if isinstance(thinking, int) and "enabled" in model.thinking and not MIN_BUDGET <= thinking < max_tokens:
        raise ValueError(
            f"thinking={thinking}: a budget is at least {MIN_BUDGET:,} tokens and less than max_tokens={max_tokens:,}. "
            'Give a budget within, a larger max_tokens, or thinking="adaptive"'
        )
    return _shown(_translated(wish, model, max_tokens), model)


def thinks(model: Model) -> bool:
    """Tell whether a model can be told to think."""
    return not set(_KINDS).isdisjoint(model.thinking)


def _field(thinking: str | int) -> dict[str, Any]:
    """Return the field that a shorthand stands for."""
    if thinking == "adaptive":
        return {"type": "adaptive"}
    if isinstance(thinking, int) and not isinstance(thinking, bool):
        if thinking == 0:
            raise ValueError('thinking=0: to turn it off, where the model can, give {"type": "disabled"}')
        return {"type": "enabled", "budget_tokens": thinking}
    raise ValueError(f'thinking={thinking!r}: give "adaptive", a budget in tokens, the field itself, or None')


def _translated(field: Mapping[str, Any], model: Model, max_tokens: int) -> dict[str, Any] | None:
    """Return a field in the kind of thinking that the model has; None where there is no room for it."""
    if field.get("type") in model.thinking:
        return dict(field)
    match field.get("type"):
        case "enabled" if "adaptive" in model.thinking:
            kept = {name: value for name, value in field.items() if name != "budget_tokens"}
            return {**kept, "type": "adaptive"}
        case "adaptive" if "enabled" in model.thinking:
            budget = max(MIN_BUDGET, int(max_tokens * _BUDGET_SHARE))
            return {**field, "type": "enabled", "budget_tokens": budget} if budget < max_tokens else None
    return dict(field)


def _shown(field: dict[str, Any] | None, model: Model) -> dict[str, Any] | None:
    """Ask for a summary of what is thought, where the model would show nothing and nobody said what to show.

    Left out where it is the default anyway: the oldest models that take a budget were made before the field was.
    """
    if field is None or field.get("type") not in _KINDS or model.thinking_display_default != "omitted":
        return field
    return {**field, "display": field.get("display", "summarized")}
