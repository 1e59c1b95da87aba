"""The estimate itself: tokens and dollars, line by line, and how it shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from claude_kit.errors import BudgetExceeded
from claude_kit.estimate.count import METHODS, Count, Method
from claude_kit.estimate.money import Dollars, dollars
from claude_kit.estimate.request import Line
from claude_kit.models import Model
from claude_kit.render import plots, units
from claude_kit.render.plain import terminal_width
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate"]

_COLUMNS = (
    Column("part"),
    Column("tokens", numeric=True, bar=True),
    Column("USD", numeric=True),
    Column("counted", unbroken=True),
)


# More lines than this say no more; the frame has them all.
_LINES_SHOWN: Final = 24


@dataclass(frozen=True, slots=True, repr=False)
class Estimate:
    """What a request will cost, before it is sent.

    Attributes
    ----------
    model : Model
    lines : tuple of Line
        What is counted, each with its tokens, their range and the method.
    expected_output, max_output : int
        Tokens assumed to be answered (thinking included), and the request's cap ``max_tokens``.
    input_cost, output_cost : decimal.Decimal
        US dollars, the output for `expected_output`.
    input_cost_range : tuple of decimal.Decimal
        The input at its lowest and at its highest.
    cost_range : tuple of decimal.Decimal
        From the input alone at its lowest, to the input at its highest with `max_output`.
    pages : int
        Of all PDFs together.
    assumed_output : bool
        Whether `expected_output` is the kit's assumption, since nobody said.
    """

    model: Model
    lines: tuple[Line, ...]
    expected_output: int
    max_output: int
    input_cost: Decimal
    output_cost: Decimal
    input_cost_range: tuple[Decimal, Decimal]
    cost_range: tuple[Decimal, Decimal]
    pages: int
    assumed_output: bool = True

    @property
    def input_tokens(self) -> int:
        """The likeliest number of input tokens."""
        return sum(line.count.tokens for line in self.lines)

    @property
    def input_range(self) -> tuple[int, int]:
        """The range the number of input tokens is expected in."""
        return sum(line.count.low for line in self.lines), sum(line.count.high for line in self.lines)

    @property
    def method(self) -> Method:
        """How the least sure line was counted; see `claude_kit.estimate.count.METHODS`."""
        return max((line.count.method for line in self.lines), key=METHODS.index, default="exact")

    @property
    def cost(self) -> Decimal:
        """US dollars for the input and the expected output."""
        return self.input_cost + self.output_cost

    def require(self, *, max_usd: Dollars) -> Self:
        """Make sure that the request cannot cost more than a budget, whatever the answer.

        The most it can cost is `cost_range`'s second: the input at its highest, what cannot be counted from here taken
        at its largest, and an answer of all `max_output`.

        Parameters
        ----------
        max_usd : decimal.Decimal, float or str
            US dollars.

        Returns
        -------
        Estimate
            The same, to go on with.

        Raises
        ------
        BudgetExceeded
            If it could cost more; says what would keep the budget.
        ValueError
            If `max_usd` is no amount of dollars.

        Examples
        --------
        >>> from claude_kit.estimate import estimate
        >>> estimate("Hello", model="claude-haiku-5-5").require(max_usd=0.50).max_output
        8192
        """
        budget, most = dollars("max_usd", max_usd), self.cost_range[1]
        if most <= budget:
            return self
        answer = f"{units.usd(self.cost)} if the answer is {units.count(self.expected_output)} tokens"
        over = f"could cost {units.usd(most)} with all of max_tokens={units.count(self.max_output)} ({answer})"
        raise BudgetExceeded(f"{self.model}: {over}, the budget is {units.usd(budget)}. {self._way_out(budget)}")

    def to_frame(self) -> pd.DataFrame:
        """Return one row a line: ``part, note, tokens, low, high, method, usd``; the answer is the last row."""
        import pandas as pd

        rows = [self._line(line) for line in self.lines]
        answer = {"part": "answer", "note": "expected", "tokens": self.expected_output, "low": 0}
        rows.append({**answer, "high": self.max_output, "method": self._said, "usd": float(self.output_cost)})
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; dollars as floats."""
        return {
            "model": self.model.id,
            "input_tokens": self.input_tokens,
            "input_range": list(self.input_range),
            "method": self.method,
            "pages": self.pages,
            "input_cost_usd": float(self.input_cost),
            "expected_output_tokens": self.expected_output,
            "output_cost_usd": float(self.output_cost),
            "cost_usd": float(self.cost),
            "cost_range_usd": [float(amount) for amount in self.cost_range],
            "lines": [self._line(line) for line in self.lines],
        }

    def to_text(self, width: int | None = None) -> str:
        """Return the table as plain text, wrapped at `width` columns where given."""
        return text_table(_COLUMNS, self._rows(), width=width)

    def plot(self, ax: Any = None) -> Any:
        """Draw the tokens of each line as bars; return the matplotlib axes."""
        shown = [
            plots.Bar(
                f"{line.label} {line.note}".strip(),
                (line.count.tokens,),
                end=units.count(line.count.tokens),
                reach=line.count.high if line.count.high > line.count.low else None,
            )
            for line in self._shown()
        ]
        title = f"{self.model}: {units.count(self.input_tokens)} tokens, {units.usd(self.cost)}"
        return plots.bars(shown, title=title, unit="input tokens", ax=ax)

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        low, high = self.input_range
        between = f"{units.count(low)} to {units.count(high)}, " if low != high else ""
        tokens = f"{units.count(self.input_tokens)} tokens ({between}{self.method})"
        return f"<Estimate {self.model}: {tokens}, {units.usd(self.cost)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": html_table(_COLUMNS, self._rows()), "text/plain": self.to_text()}

    def _way_out(self, budget: Decimal) -> str:
        """Say how to keep a budget that is exceeded: a lower cap if that is enough, else less input."""
        alone, most = self.input_cost_range[1], self.cost_range[1]
        if alone < budget:
            cap = int(self.max_output * (budget - alone) / (most - alone))
            return f"Lower max_tokens to {units.count(cap)}, or take a cheaper model: ck.compare(…)."
        unseen = [line.label for line in self.lines if line.count.method == "uncounted"]
        if unseen:
            why = f"{', '.join(unseen)} cannot be counted from here, and may be that large"
            return f"{why}: give the file itself, or ask Anthropic with exact=True."
        return f"The input alone is up to {units.usd(alone)}: send less of it, or take a cheaper model: ck.compare(…)."

    def _rows(self) -> list[Row]:
        shown = self._shown()
        most = max((line.count.tokens for line in shown), default=1) or 1
        rows = []
        for line in shown:
            tokens = Cell(units.count(line.count.tokens), share=line.count.tokens / most)
            money = Cell(units.usd(self._share(line), like=self.cost))
            cells = (Cell(line.label, line.note), tokens, money, Cell(line.count.method, level="plain"))
            rows.append(Row(cells, "quiet" if line.label == "message frame" else "normal"))
        answer = Cell("answer", f"{self._said}, at most {units.count(self.max_output)}")
        output = (Cell(units.count(self.expected_output)), Cell(units.usd(self.output_cost, like=self.cost)))
        rows.append(Row((answer, *output, Cell(self._said, level="plain")), "quiet"))
        total = Cell(units.count(self.input_tokens), self._doubt())
        up_to = Cell("", f"up to {units.usd(self.cost_range[1])}")
        rows.append(Row((Cell(self.model.id), total, Cell(units.usd(self.cost)), up_to), "total"))
        return rows

    def _shown(self) -> list[Line]:
        """Return the lines to show: of very many, the first and the last, and the others as one."""
        if len(self.lines) <= _LINES_SHOWN:
            return list(self.lines)
        first, others, last = self.lines[: _LINES_SHOWN - 2], self.lines[_LINES_SHOWN - 2 : -1], self.lines[-1]
        together = sum((line.count for line in others), Count.exactly(0))
        return [*first, Line(f"… and {units.plural(len(others), 'more part')}", "", together), last]

    @property
    def _said(self) -> str:
        """How the length of the answer was got."""
        return "assumed" if self.assumed_output else "expected"

    def _doubt(self) -> str:
        low, high = self.input_range
        if low == high:
            return ""
        if self.method == "uncounted":
            return f"up to {units.count(high)}"
        furthest = max(high - self.input_tokens, self.input_tokens - low)
        return f"± {units.percent(furthest / max(self.input_tokens, 1))}"

    def _line(self, line: Line) -> dict[str, Any]:
        return {
            "part": line.label,
            "note": line.note,
            "tokens": line.count.tokens,
            "low": line.count.low,
            "high": line.count.high,
            "method": line.count.method,
            "usd": float(self._share(line)),
        }

    def _share(self, line: Line) -> Decimal:
        return self.input_cost * line.count.tokens / (self.input_tokens or 1)
