"""What to send so that a model thinks, and shows it.

Models differ: from 4.7 on a budget is refused and the thinking text is empty unless ``display`` asks for a
summary; older ones know only a budget (Anthropic docs, extended thinking, 2026-08-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from claude_kit.models import Model

__all__ = ["parameter"]

#: The least budget the API takes (tokens).
MIN_BUDGET: Final = 1024

# Of max_tokens, where the caller asks for adaptive thinking on a model that knows only budgets.
_BUDGET_SHARE: Final = 0.5


def parameter(
    thinking: str | int | Mapping[str, Any] | None, model: Model, *, max_tokens: int
) -> dict[str, Any] | None:
    """Return the request's ``thinking`` field for a model.

    Parameters
    ----------
    thinking : {"adaptive"}, int, mapping or None
        ``"adaptive"``: as much as the model finds right, shown; a model that knows only budgets gets half of
        `max_tokens`, and one that cannot think, or has no room for it, is not told to. An int: a budget in tokens,
        where the model takes one; others think adaptively instead. A mapping is sent as it is. None: not said, the
        model's own default.
    model : Model
    max_tokens : int
        The request's cap, which a budget must stay below.

    Raises
    ------
    ValueError
        For a budget under 1,024 tokens or not below `max_tokens`, and for any other value.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> parameter("adaptive", find("claude-sonnet-5-5"), max_tokens=4096)
    {'type': 'adaptive', 'display': 'summarized'}
    >>> parameter("adaptive", find("claude-haiku-4-5"), max_tokens=4096)
    {'type': 'enabled', 'budget_tokens': 2048}
    """
    if thinking is None:
        return None
    if isinstance(thinking, Mapping):
        return dict(thinking)
    if thinking != "adaptive" and (isinstance(thinking, bool) or not isinstance(thinking, int)):
        raise ValueError(f'thinking={thinking!r}: give "adaptive", a budget in tokens, the field itself, or None')
    if "adaptive" in model.thinking and (thinking == "adaptive" or "enabled" not in model.thinking):
        return {"type": "adaptive", "display": "summarized"}
    if "enabled" not in model.thinking:
        return None
    if isinstance(thinking, str):
        budget = max(MIN_BUDGET, int(max_tokens * _BUDGET_SHARE))
        if budget >= max_tokens:
            return None
    else:
        budget = thinking
        if not MIN_BUDGET <= budget < max_tokens:
            raise ValueError(
                f"thinking={budget}: a budget is at least {MIN_BUDGET:,} tokens and less than max_tokens={max_tokens:,}"
            )
    field: dict[str, Any] = {"type": "enabled", "budget_tokens": budget}
    # Left out where it is the default anyway: the oldest models that take a budget were made before the field was.
    return field if model.thinking_display_default == "summarized" else {**field, "display": "summarized"}
