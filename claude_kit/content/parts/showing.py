"""How a part shows itself in a cell or at the end of one: as its card, with what the upper floors know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_kit.render import cards

if TYPE_CHECKING:
    from claude_kit.content.parts import Part

__all__ = ["show"]


def show(self: Part, include: object = None, exclude: object = None) -> dict[str, str]:
    """Answer IPython, which asks an object for what it shows: with its card, its tokens and what a check would find."""
    # The one call upwards of the package: a part knows nothing of tokens and limits, and is asked to show them.
    from claude_kit.preflight.cards import card_of

    card = card_of(self)
    return {"text/html": cards.html_card(card), "text/plain": cards.text_card(card)}
