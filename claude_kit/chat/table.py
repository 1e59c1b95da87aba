"""How does a conversation show itself? As a table: a row a turn, what it took and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from claude_kit.chat import ledger
from claude_kit.chat.turns import Turn
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table
from claude_kit.reply import Usage

__all__ = ["bundle", "cost"]

_COLUMNS = (
    Column("turn"),
    Column("in", numeric=True),
    Column("out", numeric=True),
    Column("USD", numeric=True, bar=True),
)


def bundle(model: Model, turns: Sequence[Turn], log: Sequence[Turn]) -> dict[str, str]:
    """Return a conversation as a table.

    Parameters
    ----------
    model : Model
    turns : sequence of Turn
        Those that go on, a row each.
    log : sequence of Turn
        All that was asked; those that do not go on are one row together.
    """
    rows = _rows(model, turns, log)
    return {"text/html": html_table(_COLUMNS, rows), "text/plain": text_table(_COLUMNS, rows)}


def cost(turns: Sequence[Turn]) -> str:
    """Write what some turns cost together; one without a known price is no reason not to show the others."""
    return _least(turns) + _usd(_summed(ledger.priced(turn) for turn in turns))


def _rows(model: Model, turns: Sequence[Turn], log: Sequence[Turn]) -> list[Row]:
    costs = [ledger.priced(turn) for turn in turns]
    most = max((usd for usd in costs if usd is not None), default=Decimal(0)) or Decimal(1)
    rows = []
    for number, (turn, usd) in enumerate(zip(turns, costs, strict=True), start=1):
        state = ledger.state(turn, turns)
        note = "" if state == "kept" else f"{state}, not sent again"
        if not any(turn is one for one in log):
            note = "from before the fork, not in the sum"
        shown = Cell(_least([turn]) + _usd(usd), share=float((usd or 0) / most))
        rows.append(Row((Cell(f"{number}. {turn.label}", note), *_tokens([turn]), shown)))
    aside = [turn for turn in log if not any(turn is one for one in turns)]
    if aside:
        label = Cell(units.plural(len(aside), "turn"), "set aside or failed")
        rows.append(Row((label, *_tokens(aside), Cell(cost(aside))), "quiet"))
    rows.append(Row((Cell(model.id), *_tokens(log), Cell(cost(log))), "total"))
    return rows


def _tokens(turns: Iterable[Turn]) -> tuple[Cell, Cell]:
    billed = sum((turn.billed for turn in turns), Usage())
    return Cell(units.count(billed.total_input_tokens)), Cell(units.count(billed.output_tokens))


def _least(turns: Iterable[Turn]) -> str:
    """Say so where more was billed than can be known."""
    return "at least " if any(turn.at_least for turn in turns) else ""


def _summed(costs: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum; None where one of them has no known price."""
    total = Decimal(0)
    for usd in costs:
        if usd is None:
            return None
        total += usd
    return total


def _usd(amount: Decimal | None) -> str:
    return "price unknown" if amount is None else units.usd(amount)
