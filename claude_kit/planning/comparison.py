"""Which model? The same content counted, priced and checked for several of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from claude_kit import models as table
from claude_kit.content import part
from claude_kit.content.sources import warn_of_paths
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import Estimate, Price, estimate
from claude_kit.estimate.tariff import Tariff
from claude_kit.estimate.turns import read
from claude_kit.models import Model
from claude_kit.planning import verdict as verdicts
from claude_kit.planning.result import ResultFrame, said_of_answers
from claude_kit.preflight import Finding
from claude_kit.render import plots, units
from claude_kit.render.tables import Cell, Column, Row

__all__ = ["Comparison", "compare", "served"]

_COLUMNS: Final = (
    Column("model", unbroken=True),
    Column("input tokens", numeric=True),
    Column("of window", numeric=True),
    Column("USD", numeric=True, bar=True),
    Column("verdict"),
)

# Tokens of the same content differ by a few for the frame around it alone.
_WORTH_TELLING: Final = 0.005


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was found for one model."""

    estimate: Estimate
    refusal: Finding | None


class Comparison(ResultFrame):
    """The same content across models: a frame with one row a model, those that take it first, cheapest first.

    Columns: ``model, tokenizer, input_tokens, low, high, method, times_fewest_tokens, context_share, input_usd,
    output_usd, cost_usd, cost_low_usd, cost_high_usd, times_cheapest, verdict, finding``. ``context_share`` is the part
    of the context window that the input takes, 0 to 1. ``verdict`` is ``"accepted"``, ``"refused"`` or ``"retired"``,
    and ``finding`` says why; the cost of what is refused is what it would be.

    Attributes
    ----------
    estimates : dict of str to Estimate
        Each model's, with Decimal dollars and every line.
    cheapest : str or None
        The cheapest model that takes the content.
    """

    _metadata = ["estimates"]  # noqa: RUF012  pandas' own way to tell an attribute from a column
    estimates: dict[str, Estimate]

    @property
    def cheapest(self) -> str | None:
        """The cheapest model that takes the content; None if none does."""
        return next(iter(self.loc[self["verdict"] == "accepted", "model"]), None)

    def plot(self, ax: Any = None) -> Any:  # type: ignore[override]
        """Draw a bar for each model: the input, the expected answer, and a line up to ``max_tokens``.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        """
        bars = []
        for row in self.to_dict("records"):
            out = row["verdict"] != "accepted"
            told = self.estimates[row["model"]]
            end = f"{units.usd(told.cost)}" + (
                f" ({row['verdict']})" if out else f", up to {units.usd(told.cost_range[1])}"
            )
            lengths = (row["input_usd"], row["output_usd"])
            bars.append(plots.Bar(row["model"], lengths, end, row["cost_high_usd"], faded=out))
        names = ("input", self._answer(), "with all of max_tokens")
        return plots.bars(bars, title=self._headline(), unit="US dollars a request", names=names, dollars=True, ax=ax)

    def _headline(self) -> str:
        taken = self.loc[self["verdict"] == "accepted"]
        if taken.empty:
            return "No model takes this as it is" if len(self) else "No model to compare"
        least, most = (self.estimates[row] for row in (taken["model"].iloc[0], taken["model"].iloc[-1]))
        if len(taken) == 1 or least.cost == most.cost:
            return f"{least.model} takes it for {units.usd(least.cost)}"
        return f"From {units.usd(least.cost)} with {least.model} to {units.usd(most.cost)} with {most.model}"

    def _note(self) -> str:
        return said_of_answers(self.estimates.values())

    def _answer(self) -> str:
        expected = {told.expected_output for told in self.estimates.values()}
        return f"answer of {units.plural(expected.pop(), 'token')}" if len(expected) == 1 else "answer"

    def _table(self) -> tuple[Sequence[Column], Sequence[Row]]:
        """Lay out the models; the verdict has a column only if one does not take it."""
        differ = bool((self["verdict"] != "accepted").any())
        most = max(self["cost_usd"], default=0.0) or 1.0
        like = max((told.cost for told in self.estimates.values()), default=Decimal(0))
        rows = []
        for row in self.to_dict("records"):
            told = self.estimates[row["model"]]
            over = row["times_fewest_tokens"] - 1
            more = f"+{units.percent(over)}" if over > _WORTH_TELLING else ""
            cells = (
                Cell(row["model"]),
                Cell(units.count(row["input_tokens"]), more),
                Cell(units.percent(row["context_share"])),
                Cell(units.usd(told.cost, like=like), share=row["cost_usd"] / most),
                *([verdicts.cell(row["verdict"], row["finding"])] if differ else []),
            )
            rows.append(Row(cells, "normal" if row["verdict"] == "accepted" else "quiet"))
        return _COLUMNS if differ else _COLUMNS[:-1], rows


def compare(
    *content: object,
    models: str | Model | Iterable[str | Model] | None = None,
    price: Price | Mapping[str, Price] | None = None,
    **request: Any,
) -> Comparison:
    """Price the same content for several models, offline.

    Every source is read once; the same text is another number of tokens to newer models, about 30 % more from Opus 4.7
    on.

    Parameters
    ----------
    *content : part, str or any source
        What the next user turn will hold; a plain string is the question.
    models : str or iterable of str, optional
        By default `served`: every model that Anthropic serves without a notice of retirement.
    price : Price or mapping of str to Price, optional
        For models without a known price; a mapping names those that it is for, known ones too.
    **request
        What else `claude_kit.estimate` takes: ``system``, ``tools``, ``messages``, ``max_tokens``, ``expect_output``,
        ``cache``, ``batch``, ``speed``, ``inference_geo``, ``via``, ``at``, …

    Returns
    -------
    Comparison
        A frame, cheapest first. A model that would refuse the content, or is retired, is a row that says so.

    Raises
    ------
    ContentError
        If a source cannot be read.
    UnknownModelError
        If there is no model of a name, with the nearest names; or no price for one, and none is given.
    ValueError
        If an option is none, a model that was named does not offer it, or a price is for a model that is not compared.

    Examples
    --------
    >>> found = compare("What are the key findings?", models=["claude-opus-5-5", "claude-haiku-5-5"])
    >>> found.cheapest, list(found["model"])
    ('claude-haiku-5-5', ['claude-haiku-5-5', 'claude-opus-5-5'])
    """
    warn_of_paths(content)
    parts = [part(item) for item in content]
    request = {**request, "messages": list(read(request.get("messages") or ()))}
    named = served(request) if models is None else [models] if isinstance(models, str | Model) else list(models)
    own = _by_id(price, named) if isinstance(price, Mapping) else price
    entries: dict[str, _Entry] = {}
    for name in named:
        told = _estimated(name, parts, own, request)
        entries[told.model.id] = _Entry(told, verdicts.refusal(parts, told.model, request))
    ranked = sorted(entries.values(), key=lambda entry: (entry.refusal is not None, entry.estimate.cost))
    frame = Comparison(_rows(ranked), columns=_FRAME_COLUMNS)
    frame.estimates = {entry.estimate.model.id: entry.estimate for entry in ranked}
    return frame


def served(request: Mapping[str, Any] | None = None) -> list[Model]:
    """Return the models to choose from: active and legacy ones, those for verified organisations left out.

    Parameters
    ----------
    request : mapping, optional
        If it asks for ``speed="fast"`` or ``inference_geo="us"``, only models that offer it, on the day it is sent
        (``at``).

    Examples
    --------
    >>> [model.id for model in served({"speed": "fast"})][:2]
    ['claude-fable-5-2', 'claude-opus-5-5']
    """
    asked = {name: value for name, value in (request or {}).items() if name in ("speed", "inference_geo", "at")}
    return [
        model
        for model in table.all_models()
        if model.status in ("active", "legacy") and model.line != "mythos" and _offers(model, asked)
    ]


def _offers(model: Model, asked: Mapping[str, Any]) -> bool:
    """Tell whether a model offers what is asked for: else it has no price."""
    tariff = Tariff.of(model, **asked)
    try:
        tariff.money(0, 0)
    except ValueError:
        return False
    return True


def _by_id(price: Mapping[str, Price], named: Sequence[str | Model]) -> dict[str, Price]:
    """Return prices by the ids of the models, however either is spelled; one for none of them was meant for another."""
    compared = {_id(name) for name in named}
    astray = [name for name in price if _id(name) not in compared]
    if astray:
        raise ValueError(f"price for {', '.join(astray)}: compared are {', '.join(sorted(compared))}")
    return {_id(name): own for name, own in price.items()}


def _id(name: str | Model) -> str:
    try:
        return table.find(name).id
    except UnknownModelError:
        return str(name)


def _estimated(
    name: str | Model, parts: Sequence[object], price: Price | Mapping[str, Price] | None, request: Mapping[str, Any]
) -> Estimate:
    own = price.get(_id(name)) if isinstance(price, Mapping) else None
    try:
        return estimate(*parts, model=name, price=own, **request)
    except UnknownModelError:
        if not isinstance(price, Price):
            raise
        return estimate(*parts, model=name, price=price, **request)


_FRAME_COLUMNS: Final = [
    "model",
    "tokenizer",
    "input_tokens",
    "low",
    "high",
    "method",
    "times_fewest_tokens",
    "context_share",
    "input_usd",
    "output_usd",
    "cost_usd",
    "cost_low_usd",
    "cost_high_usd",
    "times_cheapest",
    "verdict",
    "finding",
]


def _rows(entries: Sequence[_Entry]) -> list[tuple[Any, ...]]:
    """Return a row for each model, in the order of the columns."""
    # What is refused sets no measure, unless everything is.
    taken = [entry.estimate for entry in entries if entry.refusal is None] or [entry.estimate for entry in entries]
    fewest = min((told.input_tokens for told in taken), default=0)
    cheapest = min((told.cost for told in taken), default=Decimal(0))
    return [_row(entry, fewest, cheapest) for entry in entries]


def _row(entry: _Entry, fewest: int, cheapest: Decimal) -> tuple[Any, ...]:
    told, refusal = entry.estimate, entry.refusal
    low, high = told.input_range
    return (
        told.model.id,
        told.model.tokenizer,
        told.input_tokens,
        low,
        high,
        told.method,
        told.input_tokens / (fewest or 1),
        told.input_tokens / told.model.context,
        float(told.input_cost),
        float(told.output_cost),
        float(told.cost),
        *(float(amount) for amount in told.cost_range),
        float(told.cost / cheapest) if cheapest else 1.0,
        verdicts.verdict(refusal),
        verdicts.why(refusal),
    )
