"""What did it cost, against what was foreseen? By turn, by conversation, and in all of this process."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from claude_kit import models
from claude_kit.chat.history import is_sent
from claude_kit.chat.turns import Turn
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import price
from claude_kit.estimate.money import Money
from claude_kit.estimate.terms import of_usage
from claude_kit.reply import Reply, Usage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame", "note", "priced", "state", "total_cost"]

_COLUMNS: Final = (
    "turn",
    "question",
    "model",
    "state",
    "requests",
    "estimate",
    "actual",
    "error",
    "cached_share",
    "usd",
    "at_least",
    "estimated_input_tokens",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "thinking_tokens",
    "asked_at",
)


def frame(log: Sequence[Turn], turns: Sequence[Turn]) -> pd.DataFrame:
    """Return one row a turn.

    Parameters
    ----------
    log : sequence of Turn
        All that was asked.
    turns : sequence of Turn
        Those of them that the conversation goes on from.
    """
    import pandas as pd

    rows = [{"turn": number, **_row(turn, turns)} for number, turn in enumerate(log, start=1)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def state(turn: Turn, turns: Sequence[Turn]) -> str:
    """Say what has become of a turn: ``"kept"``, ``"set aside"``, ``"incomplete"``, ``"refused"`` or ``"failed"``."""
    if not any(turn is one for one in turns):
        return "set aside" if turn.complete else "failed"
    if is_sent(turn):
        return "kept"
    return "refused" if turn.reply.stop_reason == "refusal" else "incomplete"


def priced(turn: Turn | Reply) -> Decimal | None:
    """Return what it cost; None where that has no known price, which is no reason not to show it."""
    try:
        return turn.cost
    except (UnknownModelError, ValueError):
        return None


def _row(turn: Turn, turns: Sequence[Turn]) -> dict[str, Any]:
    billed, replies = turn.billed, [step.reply for step in turn.steps]
    foreseen = [reply.estimate for reply in replies if reply.estimate is not None]
    estimate = sum((each.input_cost for each in foreseen), Decimal(0)) if foreseen else None
    actual = _input_cost(replies)
    total = billed.total_input_tokens
    cost = priced(turn)
    return {
        "question": turn.label,
        "model": turn.reply.model,
        "state": state(turn, turns),
        "requests": len(turn.steps),
        "estimate": _dollars(estimate),
        "actual": _dollars(actual),
        "error": float(estimate / actual) - 1 if estimate is not None and actual else None,
        "cached_share": billed.cache_read_input_tokens / total if total else None,
        "usd": _dollars(cost),
        "at_least": turn.at_least,
        "estimated_input_tokens": sum(each.input_tokens for each in foreseen) if foreseen else None,
        "input_tokens": total,
        "cache_read_input_tokens": billed.cache_read_input_tokens,
        "cache_creation_input_tokens": billed.cache_creation_input_tokens,
        "output_tokens": billed.output_tokens,
        "thinking_tokens": sum(reply.usage.thinking_tokens or 0 for reply in replies),
        "asked_at": turn.asked_at,
    }


def _input_cost(replies: Iterable[Reply]) -> Decimal | None:
    try:
        return sum((_priced(reply.model, reply.usage).input for reply in replies if reply.usage), Decimal(0))
    except (UnknownModelError, ValueError):
        return None


def _priced(model: str, usage: Usage) -> Money:
    return price(models.find(model), usage, **of_usage(usage))


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


# ---- in all of this process -------------------------------------------------------------------------------------


class _Total:
    """What all conversations have cost, those that are gone too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usd = Decimal(0)
        self._unpriced = 0

    def add(self, cost: Decimal | None) -> None:
        with self._lock:
            if cost is None:
                self._unpriced += 1
            else:
                self._usd += cost

    def told(self) -> tuple[Decimal, int]:
        with self._lock:
            return self._usd, self._unpriced


_TOTAL: Final = _Total()


def note(turn: Turn) -> None:
    """Add a turn to what all of them cost."""
    _TOTAL.add(priced(turn))


def total_cost() -> Decimal:
    """Return what all conversations of this process have cost: every `Chat` and every `claude_kit.ask`, in US dollars.

    Answers of the offline model count as what Claude would have cost; what was replayed, as what it did cost; those
    that broke off, as the least that they can have cost, see `claude_kit.Reply.cost`.

    Warns
    -----
    UserWarning
        If there are answers without a known price, which are not in it.

    Examples
    --------
    >>> total_cost() >= 0
    True
    """
    usd, unpriced = _TOTAL.told()
    if unpriced:
        warnings.warn(f"{unpriced} of the answers have no known price, and are not in this sum", stacklevel=2)
    return usd
