"""How a part shows itself in a cell or at the end of one: as its card."""

from __future__ import annotations

from typing import Protocol

from claude_kit.render import cards

__all__ = ["show"]


class _Part(Protocol):
    def card(self) -> cards.Card: ...


def show(self: _Part, include: object = None, exclude: object = None) -> dict[str, str]:
    """Answer IPython, which asks an object for what it shows."""
    card = self.card()
    return {"text/html": cards.html_card(card), "text/plain": cards.text_card(card)}
