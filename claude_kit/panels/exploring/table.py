"""What the models ask, as a table, a sentence and a frame."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from claude_kit.panels.exploring.offers import OTHER_CACHE, Offer, best
from claude_kit.panels.exploring.settings import Settings
from claude_kit.planning import verdict as verdicts
from claude_kit.planning.questions.planned import CALLED
from claude_kit.render import units
from claude_kit.render.tables import Cell, Column, Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns", "doubt", "frame", "rows", "summary"]

# A doubt below this is told by the digits that are shown.
_WORTH_TELLING: Final = 0.005


def columns(settings: Settings) -> tuple[Column, ...]:
    """Return the columns; the last is the way that is not chosen: without the cache, or with one."""
    everything = f"all {units.count(settings.documents)}" if settings.documents > 1 else "all questions"
    document = (Column("a document", numeric=True),) if settings.documents > 1 else ()
    return (
        Column("model"),
        Column("input tokens", numeric=True),
        *document,
        Column(everything, numeric=True, bar=True),
        Column(CALLED[OTHER_CACHE] if settings.cache is None else "no cache", numeric=True),
    )


def rows(made: Sequence[Offer], settings: Settings) -> list[Row]:
    """Return a row for each model; the cheapest that is taken stands out, what is refused steps back."""
    cheapest = best(made)
    most = max((offer.cost for offer in made), default=Decimal(1)) or Decimal(1)
    each = max((offer.document for offer in made), default=Decimal(1))
    return [_row(offer, settings, offer is cheapest, most, each) for offer in made]


def summary(made: Sequence[Offer], settings: Settings) -> str:
    """Say what it costs, in a sentence."""
    cheapest = best(made)
    if cheapest is None:
        none = f"{made[0].model} refuses it" if len(made) == 1 else f"none of {len(made)} models takes it"
        return f"{settings.amount()}: {none}"
    taking = sum(offer.refusal is None for offer in made)
    those = f"{taking}" if taking == len(made) else f"the {taking} that take it"
    taken = f", the cheapest of {those}" if taking > 1 else ", the only one that takes it" if len(made) > 1 else ""
    return f"{settings.amount()}: {units.usd(cheapest.cost)}{_between(cheapest)} on {cheapest.model}{taken}"


def doubt(offer: Offer) -> str:
    """Say how far the number of input tokens may be off; nothing where that is little."""
    count = offer.input
    off = max(count.high - count.tokens, count.tokens - count.low) / max(count.tokens, 1)
    return f"± {units.percent(off)}" if off > _WORTH_TELLING else ""


def frame(made: Sequence[Offer], settings: Settings) -> pd.DataFrame:
    """Return one row a model, as numbers; see `claude_kit.CostExplorer.to_frame`."""
    import pandas as pd

    kept = settings.cache or OTHER_CACHE
    return pd.DataFrame([_record(offer) for offer in made]).rename(columns={"cached": f"with_{kept}_cache_usd"})


def _between(offer: Offer) -> str:
    """Say the range of a cost, where it is worth it."""
    if not offer.cost or max(offer.high - offer.cost, offer.cost - offer.low) / offer.cost < Decimal("0.05"):
        return ""
    return f" ({units.usd(offer.low, like=offer.cost)} to {units.usd(offer.high, like=offer.cost)})"


def _row(offer: Offer, settings: Settings, cheapest: bool, most: Decimal, each: Decimal) -> Row:
    other = offer.cached if settings.cache is None else offer.without
    refused = f"{offer.verdict}: {verdicts.why(offer.refusal)}" if offer.refusal else ""
    document = (Cell(units.usd(offer.document, like=each)),) if settings.documents > 1 else ()
    cells = (
        Cell(offer.model.id, "cheapest" if cheapest else refused),
        Cell(units.count(offer.input.tokens), doubt(offer)),
        *document,
        Cell(units.usd(offer.cost, like=most), share=float(offer.cost / most)),
        Cell(units.usd(other, like=most) if other != offer.cost else "same"),
    )
    return Row(cells, "total" if cheapest else "quiet" if refused else "normal")


def _record(offer: Offer) -> dict[str, Any]:
    return {
        "model": offer.model.id,
        "input_tokens": offer.input.tokens,
        "low": offer.input.low,
        "high": offer.input.high,
        "method": offer.input.method,
        "document_usd": float(offer.document),
        "cost_usd": float(offer.cost),
        "cost_low_usd": float(offer.low),
        "cost_high_usd": float(offer.high),
        "without_cache_usd": float(offer.without),
        "cached": float(offer.cached),
        "verdict": offer.verdict,
        "finding": verdicts.why(offer.refusal),
    }
