"""The plan itself: question by question and way by way, and how it shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from claude_kit.estimate.count import Count
from claude_kit.models import Model
from claude_kit.planning.questions.prompts import Keep, Prompt
from claude_kit.render import plots, units
from claude_kit.render.html import escape
from claude_kit.render.plain import terminal_width
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table, wrapped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALLED", "Plan", "Step", "Way"]

#: What a cache is called by how long it keeps.
CALLED: Final[dict[Keep, str]] = {"5m": "5-minute cache", "1h": "1-hour cache"}

_WAYS: Final = (Column("way", unbroken=True), Column("USD", numeric=True, bar=True), Column("a question", numeric=True))


@dataclass(frozen=True, slots=True)
class Step:
    """One question.

    Attributes
    ----------
    number : int
        From 1.
    without, cached : Prompt
        Its tokens without and with the cache.
    cost_without, cost_with : decimal.Decimal
        US dollars, the answer included.
    """

    number: int
    without: Prompt
    cached: Prompt
    cost_without: Decimal
    cost_with: Decimal


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask all the questions.

    Attributes
    ----------
    name : str
    cost, low, high : decimal.Decimal
        US dollars for all of them: most likely, and at least and at most for what the input may be.
    certain : bool
        Whether it comes so; a request in a batch may miss the cache.
    """

    name: str
    cost: Decimal
    low: Decimal
    high: Decimal
    certain: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What many questions about the same content cost, without and with prompt caching.

    Attributes
    ----------
    model : Model
    cache : {"5m", "1h"}
        How long the content is kept.
    prefix, question : Count
        Tokens that all questions share, and of each question.
    answer : int
        Tokens of each answer.
    conversation : bool
        Whether each question is sent with the ones before it.
    steps : tuple of Step
        Question by question.
    ways : tuple of Way
        The ways there are, with what all the questions cost.
    notes : tuple of str
        What to know: what is not cached and why, what was assumed, what order matters.
    """

    model: Model
    cache: Keep
    prefix: Count
    question: Count
    answer: int
    conversation: bool
    steps: tuple[Step, ...]
    ways: tuple[Way, ...]
    notes: tuple[str, ...] = ()

    @property
    def cost_without(self) -> Decimal:
        """US dollars for all questions, each by itself."""
        return sum((step.cost_without for step in self.steps), Decimal(0))

    @property
    def cost_with(self) -> Decimal:
        """US dollars for all questions, with the cache."""
        return sum((step.cost_with for step in self.steps), Decimal(0))

    @property
    def saving_usd(self) -> Decimal:
        """What the cache saves; negative where it costs more."""
        return self.cost_without - self.cost_with

    @property
    def break_even(self) -> int | None:
        """The question from which on caching is cheaper in sum, to the last; None if it is not."""
        dearer = [
            step.number for step, (without, cached) in zip(self.steps, self._sums(), strict=True) if cached >= without
        ]
        first = dearer[-1] + 1 if dearer else 1
        return first if first <= len(self.steps) else None

    @property
    def cheapest(self) -> Way:
        """The cheapest way of those that are certain."""
        return min((way for way in self.ways if way.certain), key=lambda way: way.cost)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a question: its tokens by how they are billed, dollars, and the dollars so far.

        Columns: ``question, input_tokens, fresh, written, read, output_tokens, without_usd, with_usd,
        without_sum_usd, with_sum_usd``.
        """
        import pandas as pd

        rows = [
            {
                "question": step.number,
                "input_tokens": step.without.tokens,
                "fresh": step.cached.fresh,
                "written": step.cached.written,
                "read": step.cached.read,
                "output_tokens": step.cached.answer,
                "without_usd": float(step.cost_without),
                "with_usd": float(step.cost_with),
                "without_sum_usd": float(without),
                "with_sum_usd": float(cached),
            }
            for step, (without, cached) in zip(self.steps, self._sums(), strict=True)
        ]
        return pd.DataFrame(rows)

    def to_text(self, width: int | None = None) -> str:
        """Return the plan as plain text, its tables wrapped at `width` columns where given."""
        ways = text_table(_WAYS, self._ways(), width=width)
        steps = text_table(self._columns(), self._rows(), width=width)
        headline, *notes = (wrapped(sentence, width) for sentence in (self._headline(), *self.notes))
        return "\n".join([headline, ways, "", steps, *notes])

    def plot(self, ax: Any = None) -> Any:
        """Draw the dollars so far over the questions, without and with the cache; return the matplotlib axes."""
        without, cached = zip(*self._sums(), strict=True)
        called = (
            f"{CALLED[self.cache]} {units.usd(cached[-1])}" if self._caches() else f"either way {units.usd(cached[-1])}"
        )
        lines = [plots.Curve(called, [float(usd) for usd in cached])]
        if self._caches():
            label = f"no cache {units.usd(without[-1])}"
            lines.append(plots.Curve(label, [float(usd) for usd in without], plots.SERIES[1]))
        even = self.break_even
        mark = None if even is None else (even, float(cached[even - 1]), f"break-even at question {even:,}")
        over = "questions, each following those before" if self.conversation else "questions about the same content"
        return plots.curves(
            lines, title=self._headline(), unit="US dollars so far", over=over, mark=mark, dollars=True, ax=ax
        )

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        return f"<Plan {self.model}: {self._headline()}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        told = "".join(f'<div class="ck-dim">{escape(note)}</div>' for note in self.notes)
        ways = html_table(_WAYS, self._ways(), caption=f"<b>{escape(self._headline())}</b>{told}")
        return {"text/html": ways + html_table(self._columns(), self._rows()), "text/plain": self.to_text()}

    def _sums(self) -> list[tuple[Decimal, Decimal]]:
        """Return the dollars so far after each question, without and with the cache."""
        without = accumulate(step.cost_without for step in self.steps)
        return list(zip(without, accumulate(step.cost_with for step in self.steps), strict=True))

    def _caches(self) -> bool:
        return any(step.cached.written for step in self.steps)

    def _headline(self) -> str:
        number = units.plural(len(self.steps), "question")
        one, other = units.usd(self.cost_with), units.usd(self.cost_without)
        if not self._caches():
            return f"Nothing is cached: {number} cost {other} either way"
        if self.break_even is None:
            return f"Caching does not pay for {number}: {one} instead of {other}"
        return f"Caching pays from question {self.break_even}: {one} instead of {other} for {number}"

    def _ways(self) -> list[Row]:
        most = max(way.cost for way in self.ways) or Decimal(1)
        rows = []
        for way in self.ways:
            up_to = "at best, hits are not certain" if not way.certain else ""
            name = Cell(way.name, "cheapest" if way is self.cheapest else up_to)
            money = Cell(units.usd(way.cost, like=most), share=float(way.cost / most))
            each = units.usd(way.cost / len(self.steps), like=most / len(self.steps))
            rows.append(Row((name, money, Cell(each))))
        return rows

    def _columns(self) -> tuple[Column, ...]:
        numbers = ("written", "read", "no cache", "cached", "sum", "sum cached")
        return (Column("question", unbroken=True), *(Column(title, numeric=True) for title in numbers))

    def _rows(self) -> list[Row]:
        """Lay out the questions that tell: the first two, the break-even, the last, and the sum."""
        told = sorted({1, 2, self.break_even or 1, len(self.steps)} & set(range(1, len(self.steps) + 1)))
        sums = self._sums()
        most = max(self.cost_without, self.cost_with)
        dearest = max(max(step.cost_without, step.cost_with) for step in self.steps)
        rows = []
        for number in told:
            step, so_far = self.steps[number - 1], sums[number - 1]
            tokens = (step.cached.written, step.cached.read)
            name = Cell(f"{number:,}", "break-even" if number == self.break_even else "")
            money = [*_money((step.cost_without, step.cost_with), dearest), *_money(so_far, most)]
            rows.append(_row(name, tokens, money))
        tokens = (sum(step.cached.written for step in self.steps), sum(step.cached.read for step in self.steps))
        money = [*_money((self.cost_without, self.cost_with), most), Cell(""), Cell("")]
        rows.append(_row(Cell(f"all {len(self.steps):,}"), tokens, money, "total"))
        return rows


def _row(name: Cell, tokens: Sequence[int], money: Sequence[Cell], weight: Any = "normal") -> Row:
    return Row((name, *(Cell(units.count(number)) for number in tokens), *money), weight)


def _money(dollars: Sequence[Decimal], like: Decimal) -> list[Cell]:
    return [Cell(units.usd(amount, like=like)) for amount in dollars]
