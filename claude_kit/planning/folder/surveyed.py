"""What did a survey of files find? A frame of one row a file that shows itself as a table, a plot and a sum."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final, Self

import pandas as pd

from claude_kit.errors import BudgetExceeded
from claude_kit.estimate.money import Dollars, dollars
from claude_kit.estimate.tariff import Bill
from claude_kit.models import Model
from claude_kit.planning.folder.pricing import Pricing
from claude_kit.planning.folder.tally import Tally
from claude_kit.planning.result import ROWS_SHOWN, ResultFrame, said_of_answer
from claude_kit.render import plots, units
from claude_kit.render.html import escape, tag
from claude_kit.render.tables import Cell, Column, Row

__all__ = ["Survey", "Totals"]

_COLUMNS: Final = (
    Column("file"),
    Column("pages", numeric=True),
    Column("tokens", numeric=True, bar=True),
    Column("USD", numeric=True),
    Column("counted"),
)

# The columns of the frame, with the types that hold what is not known too.
_TYPES: Final = {
    "file": "object",
    "kind": "object",
    "pages": "int64",
    "scanned_pages": "int64",
    "bytes": "int64",
    "text_tokens": "Int64",
    "image_tokens": "Int64",
    "input_tokens": "Int64",
    "low": "Int64",
    "high": "Int64",
    "method": "object",
    "input_usd": "float64",
    "output_usd": "float64",
    "cost_usd": "float64",
    "cost_low_usd": "float64",
    "cost_high_usd": "float64",
    "findings": "object",
    "ok": "bool",
    "error": "object",
}

# Files that cannot be read have their say below the costliest ones.
_UNREAD_SHOWN: Final = 5

# So many files have a bar each; more are one curve.
_BARS: Final = 20


@dataclass(frozen=True, slots=True)
class Totals:
    """All files of a survey together; those that could not be read count only in `files`, `unread` and `bytes`.

    Attributes
    ----------
    files, unread, refused : int
        Files; those that could not be counted; those that the API would refuse as they are, the unread ones among them.
    pages, scanned_pages, bytes, text_tokens, image_tokens : int
    input_tokens, low, high : int
        Of all requests, with question and frame; and the range they are expected in.
    input_cost, output_cost, cost : decimal.Decimal
        US dollars.
    cost_range : tuple of decimal.Decimal
        From the input alone at its lowest, to the input at its highest with all answers at their cap.
    """

    files: int
    unread: int
    refused: int
    pages: int
    scanned_pages: int
    bytes: int
    text_tokens: int
    image_tokens: int
    input_tokens: int
    low: int
    high: int
    input_cost: Decimal
    output_cost: Decimal
    cost: Decimal
    cost_range: tuple[Decimal, Decimal]


class Survey(ResultFrame):
    """One row a file, in the order they were asked for.

    Columns: ``file``, ``kind`` (pdf, image, text), ``pages``, ``scanned_pages`` (without text), ``bytes``,
    ``text_tokens``, ``image_tokens``, ``input_tokens`` (with question and frame), ``low``, ``high``, ``method``,
    ``input_usd``, ``output_usd``, ``cost_usd``, ``cost_low_usd``, ``cost_high_usd``, ``findings`` (ids of
    `claude_kit.preflight.RULES`, worst first), ``ok`` (whether Claude would take it as it is) and ``error`` (why it
    could not be counted; None where it was). What is not known is missing, never 0.

    Attributes
    ----------
    model : Model
    totals : Totals
    """

    _metadata = ["model", "totals", "answer"]  # noqa: RUF012 (what pandas asks for)

    model: Model
    totals: Totals
    answer: str

    @classmethod
    def of(cls, billed: Sequence[tuple[str, Tally, Bill | None]], pricing: Pricing) -> Self:
        """Make the frame of counted and priced files, in their order."""
        rows = [_row(file, tally, bill) for file, tally, bill in billed]
        columns = {name: pd.Series([row[name] for row in rows], dtype=type) for name, type in _TYPES.items()}
        made = cls(columns)
        made.model = pricing.model
        made.answer = said_of_answer(pricing.tariff.expected_output, pricing.tariff.assumed_output)
        made.totals = _totals([(tally, bill) for _, tally, bill in billed])
        return made

    def to_json_data(self) -> dict[str, Any]:
        """Return plain data for JSON: model, totals and rows; dollars as floats, what is missing as None."""
        together = {
            f"{name}_usd" if "cost" in name else name: _plain(value) for name, value in asdict(self.totals).items()
        }
        whole = self.to_frame().astype(object)
        rows = whole.where(whole.notna(), None).to_dict(orient="records")
        return {"model": self.model.id, "totals": together, "files": rows}

    def require(self, *, max_usd: Dollars) -> Self:
        """Return the survey if all of it certainly costs no more; else raise.

        Parameters
        ----------
        max_usd : decimal.Decimal, float or str
            US dollars.

        Raises
        ------
        BudgetExceeded
            With the most it can cost, and what it likely does.
        ValueError
            If `max_usd` is no amount of dollars.
        """
        budget = dollars("max_usd", max_usd)
        if self.totals.cost_range[1] <= budget:
            return self
        raise BudgetExceeded(
            f"{self._headline()}, and the budget is {units.usd(budget)}. "
            "Survey fewer files, cap the answers with max_tokens=…, or take a cheaper model: ck.compare(...)"
        )

    def plot(self, ax: Any = None) -> Any:  # type: ignore[override]
        """Draw what each file costs, costliest first: a bar for each of few, one curve for many; return the axes."""
        known = self.to_frame()
        known = known[known["error"].isna()].sort_values("cost_usd", ascending=False, kind="stable")
        shown = _shortened(known["file"])
        if len(known) > _BARS:
            return _drawn_curve(list(known["cost_usd"]), self._headline(), ax)
        money = known[["input_usd", "output_usd", "cost_usd", "cost_high_usd"]].itertuples(index=False)
        bars = [
            plots.Bar(name, (spent, answered), units.usd(_dollars(cost)), most)
            for name, (spent, answered, cost, most) in zip(shown, money, strict=True)
        ]
        names = ("input", "answer", "up to its cap")
        return plots.bars(bars, title=self._headline(), unit="US dollars a file", names=names, dollars=True, ax=ax)

    def _headline(self) -> str:
        all_of = self.totals
        pages = f", {units.plural(all_of.pages, 'page')}" if all_of.pages else ""
        cost, most = units.usd(all_of.cost), units.usd(all_of.cost_range[1])
        return f"{units.plural(all_of.files, 'file')}{pages}: {cost} (up to {most})"

    def _note(self) -> str:
        return " ".join([f"{self.model}.", self.answer, *(f"{fault}." for fault in self._faults())])

    def _faults(self) -> list[str]:
        """Say how many files are no use as they are."""
        found = ((self.totals.unread, "cannot be read"), (self.totals.refused, "would be refused"))
        return [f"{units.count(number)} {what}" for number, what in found if number]

    def _caption(self) -> str:
        faults = "".join(f" {tag(fault, 'error')}" for fault in self._faults())
        note = f'<span class="ck-dim">{escape(self.model.id)}. {escape(self.answer)}</span>'
        return f"<b>{escape(self._headline())}</b>{faults}<br>{note}"

    def _table(self) -> tuple[Sequence[Column], Sequence[Row]]:
        whole = self.to_frame().assign(shown=_shortened(self["file"]))
        picked = whole
        if len(whole) > ROWS_SHOWN:
            unread = whole[whole["error"].notna()][:_UNREAD_SHOWN]
            costliest = whole.sort_values("cost_usd", ascending=False, kind="stable", na_position="last")
            picked = pd.concat([costliest[costliest["error"].isna()][: ROWS_SHOWN - len(unread)], unread])
        most = int(whole["input_tokens"].max()) if whole["input_tokens"].notna().any() else 1
        rows = [_shown_row(row, most, self.totals.cost) for row in picked.itertuples()]
        if more := len(whole) - len(picked):
            rows.append(Row((Cell(f"… and {units.count(more)} more: .to_frame()"), *[Cell("")] * 4), "quiet"))
        return _COLUMNS, [*rows, self._sum()]

    def _sum(self) -> Row:
        all_of = self.totals
        doubt = max(all_of.high - all_of.input_tokens, all_of.input_tokens - all_of.low) / max(all_of.input_tokens, 1)
        tokens = Cell(units.count(all_of.input_tokens), f"± {units.percent(doubt)}" if doubt else "")
        files = Cell(units.plural(all_of.files, "file"), f"{units.size(all_of.bytes)}")
        up_to = Cell("", f"up to {units.usd(all_of.cost_range[1])}")
        pages = Cell(units.count(all_of.pages) if all_of.pages else "", _scanned(all_of.scanned_pages))
        return Row((files, pages, tokens, Cell(units.usd(all_of.cost)), up_to), "total")


def _row(file: str, tally: Tally, bill: Bill | None) -> dict[str, Any]:
    """Return a row of the frame; of a file that could not be read there is no count and no price."""
    row: dict[str, Any] = dict.fromkeys(_TYPES)
    row |= {"file": file, "kind": tally.kind or None, "bytes": tally.bytes}
    row |= {"pages": tally.pages, "scanned_pages": tally.scanned_pages}
    row |= {"findings": ", ".join(tally.findings), "ok": not tally.refused, "error": tally.error or None}
    if bill is None:
        return row
    count = bill.count
    row |= {"text_tokens": tally.text_tokens, "image_tokens": tally.image_tokens}
    row |= {"input_tokens": count.tokens, "low": count.low, "high": count.high, "method": count.method}
    row |= {"input_usd": float(bill.input), "output_usd": float(bill.output), "cost_usd": float(bill.total)}
    row |= {"cost_low_usd": float(bill.range[0]), "cost_high_usd": float(bill.range[1])}
    return row


def _totals(counted: Sequence[tuple[Tally, Bill | None]]) -> Totals:
    read = [(tally, bill) for tally, bill in counted if bill is not None]
    bills = [bill for _, bill in read]
    spent, answered = sum((bill.input for bill in bills), Decimal(0)), sum((bill.output for bill in bills), Decimal(0))
    return Totals(
        files=len(counted),
        unread=len(counted) - len(read),
        refused=sum(tally.refused for tally, _ in read),
        pages=sum(tally.pages for tally, _ in read),
        scanned_pages=sum(tally.scanned_pages for tally, _ in read),
        bytes=sum(tally.bytes for tally, _ in counted),
        text_tokens=sum(tally.text_tokens for tally, _ in read),
        image_tokens=sum(tally.image_tokens for tally, _ in read),
        input_tokens=sum(bill.count.tokens for bill in bills),
        low=sum(bill.count.low for bill in bills),
        high=sum(bill.count.high for bill in bills),
        input_cost=spent,
        output_cost=answered,
        cost=spent + answered,
        cost_range=(
            sum((bill.range[0] for bill in bills), Decimal(0)),
            sum((bill.range[1] for bill in bills), Decimal(0)),
        ),
    )


def _shown_row(row: Any, most: int, like: Decimal) -> Row:
    if row.error is not None:
        return Row((Cell(row.shown, f"· {row.error}"), *[Cell("")] * 3, Cell("not read", level="error")))
    pages = Cell(units.count(row.pages) if row.kind == "pdf" else "", _scanned(row.scanned_pages))
    tokens = Cell(units.count(row.input_tokens), share=row.input_tokens / max(most, 1))
    money = Cell(units.usd(_dollars(row.cost_usd), like=like))
    return Row((Cell(row.shown), pages, tokens, money, Cell(row.method, row.findings, level="plain")))


def _scanned(pages: int) -> str:
    return f"{units.count(pages)} scanned" if pages else ""


def _shortened(names: Any) -> list[str]:
    """Return the files without the folder that all of them are in."""
    listed = list(names)
    folders = {os.path.dirname(name) for name in listed}  # noqa: PTH120 (names may be any kind of path)
    try:
        common = os.path.commonpath(folders) if folders else ""
    except ValueError:  # absolute and relative ones, or several drives
        common = ""
    return [os.path.relpath(name, common) if common else name for name in listed]


def _drawn_curve(costs: Sequence[float], title: str, ax: Any) -> Any:
    """Draw many costs, highest first, and mark how few files make half of the sum."""
    half = next((at for at, so_far in enumerate(accumulate(costs), start=1) if so_far * 2 >= sum(costs)), 1)
    mark = (half, costs[half - 1], f"half of the money: {units.plural(half, 'file')}")
    curve = plots.Curve("", costs)
    ax = plots.curves(
        [curve], title=title, unit="US dollars a file", over="files, costliest first", mark=mark, dollars=True, ax=ax
    )
    ax.fill_between(range(1, len(costs) + 1), costs, color=plots.ACCENT, alpha=0.15, linewidth=0)
    return ax


def _dollars(amount: float) -> Decimal:
    return Decimal(str(amount))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
