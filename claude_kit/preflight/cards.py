"""The card of a part with what the upper floors know of it: tokens, and what a check would find."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from claude_kit import models
from claude_kit.content import Part, Pdf
from claude_kit.errors import ClaudeKitError
from claude_kit.estimate import quick
from claude_kit.models import Model
from claude_kit.preflight.checking import of_part
from claude_kit.preflight.report import Finding
from claude_kit.render import units
from claude_kit.render.cards import Card

__all__ = ["card_of"]

# What the part's own card says already.
_SAID_BY_THE_PART: Final = ("text.encoding", "image.animated")


def card_of(part: Part) -> Card:
    """Return the card of a part, with its tokens and findings for the default model.

    A card is drawn whenever a cell ends with a part, so it never fails, and of a long document only a sample is read.
    """
    card = part.card()
    try:
        model = models.find(None)
        tokens = _tokens(part, model)
        found = of_part(part, model, quick=quick.is_long(part))
    except ClaudeKitError:
        return card  # an unknown default model, a damaged page: the check says it better
    news = [finding for finding in found if finding.rule not in _SAID_BY_THE_PART]
    facts = " · ".join(fact for fact in (card.facts, tokens) if fact)
    return replace(card, facts=facts, labels=(*card.labels, *((_label(finding), finding.level) for finding in news)))


def _tokens(part: Part, model: Model) -> str:
    if isinstance(part, Pdf) and part.locked:
        return ""
    number, counted = quick.tokens(part, model)
    return f"{'' if counted else 'about '}{units.plural(number, 'token')} for {model}"


def _label(finding: Finding) -> str:
    return f"{finding.measured}, the limit is {finding.limit}" if finding.limit else finding.measured
