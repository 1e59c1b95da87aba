"""What each form of the same document costs, takes and loses, and how that shows itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from claude_kit.content import Part
from claude_kit.estimate import Estimate, estimate, turns
from claude_kit.estimate.count import METHODS
from claude_kit.models import Model
from claude_kit.planning import verdict as verdicts
from claude_kit.planning.result import ResultFrame, said_of_answers
from claude_kit.preflight import Finding
from claude_kit.preflight.request import Request
from claude_kit.render import plots, units
from claude_kit.render.tables import Cell, Column, Row

__all__ = ["Form", "Strategies"]

_COLUMNS: Final = (
    Column("form", unbroken=True),
    Column("requests", numeric=True),
    Column("input tokens", numeric=True),
    Column("USD", numeric=True),
    Column("as JSON", numeric=True),
    Column("verdict"),
    Column("loses"),
)

_FRAME_COLUMNS: Final = [
    "form",
    "requests",
    "input_tokens",
    "low",
    "high",
    "method",
    "input_usd",
    "output_usd",
    "cost_usd",
    "cost_low_usd",
    "cost_high_usd",
    "bytes",
    "bytes_measured",
    "print_px",
    "verdict",
    "finding",
    "keeps_text",
    "loses",
]


@dataclass(frozen=True, slots=True)
class Form:
    """A document in some form.

    Attributes
    ----------
    name : str
    requests : sequence of sequence of part
        What each request holds, without the question.
    loses : str
        What Claude does not see, or not as well.
    keeps_text : bool
        Whether all that is printed can still be read.
    about : bool
        Whether the bytes of some parts stand in for those of others.
    print_px : float
        How high 10 pt print is on the images that Claude sees; NaN where there are none.
    """

    name: str
    requests: Sequence[Sequence[Part]]
    loses: str
    keeps_text: bool = True
    about: bool = False
    print_px: float = float("nan")


class Strategies(ResultFrame):
    """The ways to send a document: a frame with one row a form.

    Columns: ``form, requests, input_tokens, low, high, method, input_usd, output_usd, cost_usd, cost_low_usd,
    cost_high_usd, bytes, bytes_measured, print_px, verdict, finding, keeps_text, loses``. Tokens, dollars and bytes
    are of all requests together; ``bytes`` are those of their JSON, base64 included, and where ``bytes_measured`` is
    False they rest on some pages that were drawn. ``print_px`` is how high 10 pt print is on the images Claude sees.

    Attributes
    ----------
    model : Model
    estimates : dict of str to list of Estimate
        Those of each form, one a request, with Decimal dollars and every line.
    cheapest : str or None
        The cheapest form that is accepted and keeps the text.
    """

    _metadata = ["model", "estimates"]  # noqa: RUF012  pandas' own way to tell an attribute from a column
    model: Model
    estimates: dict[str, list[Estimate]]

    @classmethod
    def of(cls, forms: Sequence[Form], model: Model, question: Sequence[Part], request: Mapping[str, Any]) -> Self:
        """Count, price and check every form.

        Parameters
        ----------
        forms : sequence of Form
        model : Model
        question : sequence of part
            Goes with every request.
        request : mapping
            What else goes with them, by the names that `claude_kit.estimate` takes.
        """
        estimates = {}
        rows = []
        for form in forms:
            contents = [[*held, *question] for held in form.requests]
            told = [estimate(*held, model=model, **request) for held in contents]
            refusals = (verdicts.refusal(held, model, request) for held in contents)
            refusal = next((found for found in refusals if found is not None), None)
            size = sum(_body_bytes(held, model, request) for held in contents)
            rows.append(_row(form, told, refusal, size))
            estimates[form.name] = told
        frame = cls(rows, columns=_FRAME_COLUMNS)
        frame.model, frame.estimates = model, estimates
        return frame

    @property
    def cheapest(self) -> str | None:
        """The cheapest form that is accepted and in which all that is printed can be read; None if there is none."""
        taken = [row for row in self.to_dict("records") if row["verdict"] == "accepted" and row["keeps_text"]]
        return str(min(taken, key=lambda row: row["cost_usd"])["form"]) if taken else None

    def plot(self, ax: Any = None) -> Any:  # type: ignore[override]
        """Draw a bar for each form: the input, the expected answers, and a line up to ``max_tokens``.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        """
        bars = []
        for row in self.to_dict("records"):
            out = row["verdict"] != "accepted"
            requests = f" in {units.plural(row['requests'], 'request')}" if row["requests"] > 1 else ""
            up_to = f", up to {units.usd(Decimal(str(row['cost_high_usd'])))}"
            end = units.usd(self._cost(row["form"])) + requests + (f" ({row['verdict']})" if out else up_to)
            lengths = (row["input_usd"], row["output_usd"])
            bars.append(plots.Bar(row["form"], lengths, end, row["cost_high_usd"], faded=out))
        names = ("input", "answer", "with all of max_tokens")
        return plots.bars(bars, title=self._headline(), unit="US dollars a question", names=names, dollars=True, ax=ax)

    def _cost(self, form: str) -> Decimal:
        return sum((told.cost for told in self.estimates[form]), Decimal(0))

    def _headline(self) -> str:
        cheapest = self.cheapest
        if cheapest is None:
            return f"{self.model} takes it in no form that can be read"
        first = str(self["form"].iloc[0])
        least = f"Cheapest that can be read is {cheapest}: {units.usd(self._cost(cheapest))} for {self.model}"
        return least if cheapest == first else f"{least}, {units.usd(self._cost(first))} as {first}"

    def _note(self) -> str:
        return said_of_answers(told for form in self.estimates.values() for told in form)

    def _table(self) -> tuple[Sequence[Column], Sequence[Row]]:
        """Lay out the forms; requests have a column only if one takes several, verdicts only if one is refused."""
        left_out = {"requests"} if (self["requests"] == 1).all() else set()
        left_out |= {"verdict"} if (self["verdict"] == "accepted").all() else set()
        costs = {form: self._cost(form) for form in self["form"]}
        most = max(costs.values())
        rows = []
        for row in self.to_dict("records"):
            cost = costs[row["form"]]
            size = units.size(row["bytes"])
            cells = {
                "form": Cell(row["form"]),
                "requests": Cell(units.count(row["requests"])),
                "input tokens": Cell(units.count(row["input_tokens"])),
                "USD": Cell(units.usd(cost, like=most)),
                "as JSON": Cell(size if row["bytes_measured"] else f"about {size}"),
                "verdict": verdicts.cell(row["verdict"], row["finding"]),
                "loses": Cell(row["loses"]),
            }
            shown = tuple(cell for title, cell in cells.items() if title not in left_out)
            rows.append(Row(shown, "normal" if row["verdict"] == "accepted" else "quiet"))
        return [column for column in _COLUMNS if column.title not in left_out], rows


def _body_bytes(held: Sequence[Part], model: Model, request: Mapping[str, Any]) -> int:
    """Measure a request's JSON, base64 included."""
    asked = [{"role": "user", "content": list(held)}] if held else []
    conversation = turns.read([*(request.get("messages") or ()), *asked])
    around = {name: request[name] for name in ("system", "tools", "max_tokens") if name in request}
    return Request(conversation, model, **around).body_bytes


def _row(form: Form, told: Sequence[Estimate], refusal: Finding | None, size: int) -> tuple[Any, ...]:
    """Return a form's row, in the order of the columns."""
    low, high = (sum(one.input_range[end] for one in told) for end in (0, 1))
    least, most = (sum((one.cost_range[end] for one in told), Decimal(0)) for end in (0, 1))
    return (
        form.name,
        len(form.requests),
        sum(one.input_tokens for one in told),
        low,
        high,
        max((one.method for one in told), key=METHODS.index, default="exact"),
        float(sum(one.input_cost for one in told)),
        float(sum(one.output_cost for one in told)),
        float(sum(one.cost for one in told)),
        float(least),
        float(most),
        size,
        not form.about,
        form.print_px,
        verdicts.verdict(refusal),
        verdicts.why(refusal),
        form.keeps_text,
        form.loses,
    )
