"""What will the next question cost, and what did the conversation? Said below it, while the question is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from claude_kit.chat import Chat, ledger, table
from claude_kit.chat.asking import Asking, Outgoing
from claude_kit.chat.course import Question
from claude_kit.chat.turns import Turn
from claude_kit.content import Part, Pdf, Text
from claude_kit.errors import ClaudeKitError
from claude_kit.estimate import Estimate, estimate
from claude_kit.render import units
from claude_kit.wire import order
from claude_kit.wire.order import Item

__all__ = ["foreseen", "outgoing", "spent"]


def outgoing(chat: Chat, content: Sequence[Item], before: Sequence[Turn]) -> Outgoing:
    """Return what would be sent for a question, as the chat itself makes it up; raise why it would not be."""
    return Asking(chat, Question(tuple(content), tuple(before))).outgoing()


def foreseen(chat: Chat, words: str, files: Sequence[Part], before: Sequence[Turn]) -> dict[str, str]:
    """Say what a question would cost if it were sent now, as the chat itself reckons before it sends.

    Parameters
    ----------
    chat : Chat
    words : str
    files : sequence of part
    before : sequence of Turn
        What it would go on from.

    Returns
    -------
    dict
        ``next``: the price; ``problem``: why it would not be sent. Both empty where there is nothing to ask.

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> foreseen(Chat("claude-sonnet-5-5", Client.offline(pace_s=0)), "Hello", [], [])["problem"]
    ''
    """
    content: list[Part] = [*files, *([Text(words)] if words.strip() else [])]
    if not content:
        return {"next": "", "problem": ""}
    try:
        expected = outgoing(chat, order.best_order(order.items(content)), before).estimate
    except (ClaudeKitError, ValueError) as error:
        return {"next": "", "problem": str(error)}
    return {"next": _next(chat, expected, before), "problem": ""}


def spent(chat: Chat) -> dict[str, Any]:
    """Return what the conversation cost, in words and as a share of its budget; None where it has none."""
    cost = table.cost(chat.log)
    if chat.budget is None:
        return {"spent": f"spent {cost}", "share": None}
    known = [usd for turn in chat.log if (usd := ledger.priced(turn)) is not None]
    share = float(sum(known, Decimal(0)) / chat.budget) if chat.budget else 1.0
    return {"spent": f"spent {cost} of {_round(chat.budget)}", "share": min(1.0, share)}


def _round(usd: Decimal) -> str:
    """Write a budget as people give it: in cents, where it is whole cents."""
    return f"${usd:,.2f}" if usd == round(usd, 2) else units.usd(usd)


def _next(chat: Chat, expected: Estimate, before: Sequence[Turn]) -> str:
    """Return the price; what was cheaper because it is kept by the API is said."""
    amount = f"next answer ~{units.usd(expected.cost)}"
    return f"{amount} ({_kept(before)} read from cache)" if _saves(chat, expected) else amount


def _saves(chat: Chat, expected: Estimate) -> bool:
    """Tell whether the input costs less than its tokens would without a cache."""
    plain = estimate(model=chat.model, messages=[{"role": "user", "content": ""}], max_tokens=1)
    a_token = plain.input_cost / max(plain.input_tokens, 1)
    return bool(chat.cache) and expected.input_cost < a_token * expected.input_tokens * Decimal("0.95")


def _kept(before: Sequence[Turn]) -> str:
    """Return what of it the API keeps, in the word that a person has for it."""
    items = [item for turn in before for item in turn.content]
    return "PDF" if any(isinstance(item, Pdf) for item in items) else "what came before"
