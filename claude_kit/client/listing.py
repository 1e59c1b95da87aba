"""Which models are there now, and what do they allow? As the live registry tells (``GET /v1/models``).

It tells the context, the longest answer, the kinds of thinking, the levels of effort, whether images are taken, and
what is to be retired when (Anthropic's API reference, "List Models"; ``anthropic`` 2.12.0, ``ModelInfo``). Everything
else is the table's, `claude_kit.models`; of a model that is not in it, as the newest of its line has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from claude_kit import errors, models
from claude_kit.client.steps import Call, Steps
from claude_kit.estimate import price
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.render.html import escape
from claude_kit.render.plain import terminal_width
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table, wrapped
from claude_kit.spellings import readings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Listing", "listed", "told"]

_PAGE: Final = "1000"  # the most that one page may have

_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_THINKING: Final = ("adaptive", "enabled", "disabled", "between_tools")

# Prices are looked up for a prompt so short that no surcharge for long ones is in them, and told for a million tokens.
_SHORT: Final = 1_000
_MILLION: Final = 1_000_000

_COLUMNS: Final = (
    Column("model", unbroken=True),
    Column("context", numeric=True),
    Column("longest answer", numeric=True),
    Column("USD in", numeric=True),
    Column("USD out", numeric=True),
    Column("effort"),
    Column("status"),
)
_LEVELS: Final = {"active": "ok", "legacy": "plain", "deprecated": "warning", "retired": "error"}


class Listing(tuple[Model, ...]):
    """The models that a route offers, in its order; shows itself as a table.

    Attributes
    ----------
    unpriced : tuple of Model
        Those that no price is known for: an estimate needs ``price=ck.Price(...)``.
    """

    __slots__ = ()

    @property
    def unpriced(self) -> tuple[Model, ...]:
        """The models that no price is known for."""
        return tuple(model for model in self if _prices(model) is None)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a model; prices are US dollars a million tokens, of short prompts."""
        import pandas as pd

        names = ("id", "display_name", "status", "context", "max_output", "thinking", "effort", "retires_on")
        rows = [{name: getattr(model, name) for name in names} | _priced(model) for model in self]
        return pd.DataFrame(rows, columns=[*names, "input_usd", "output_usd"])

    def to_text(self, width: int | None = None) -> str:
        """Return the table as plain text, wrapped at `width` columns where given."""
        return f"{wrapped(self._headline(), width)}\n{text_table(_COLUMNS, self._rows(), width=width)}"

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        return f"<Listing of {', '.join(model.id for model in self) or 'no models'}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        caption = f"<b>{escape(self._headline())}</b>"
        return {"text/html": html_table(_COLUMNS, self._rows(), caption=caption), "text/plain": self.to_text()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # IPython would print it as a tuple

    def _headline(self) -> str:
        return f"{units.plural(len(self), 'model')}; dollars a million tokens, of short prompts"

    def _rows(self) -> list[Row]:
        return [_row(model) for model in self]


def listed() -> Steps[Listing]:
    """Ask which models there are, page by page, and let `claude_kit.models` go by what is told.

    Raises
    ------
    APIError
        If the answer is no list of models.
    """
    found: dict[str, Model] = {}
    query = {"limit": _PAGE}
    while True:
        page = yield Call("GET", "/models", query=dict(query))
        data = page.get("data") if isinstance(page, Mapping) else None
        if not isinstance(data, list):
            raise errors.APIError(
                "the answer is no list of models", type="invalid_response", advice="Does this route have /v1/models?"
            )
        found.update({model.id: model for model in map(told, data) if model is not None})
        last = page.get("last_id") or (data[-1].get("id") if data and isinstance(data[-1], Mapping) else None)
        # A route that knows no pages answers with the same one.
        if not page.get("has_more") or not last or query.get("after_id") == last:
            break
        query["after_id"] = str(last)
    models.refresh(found.values())
    return Listing(found.values())


def told(info: object) -> Model | None:
    """Return the model that one entry of the list is about, with the limits told; None if it is no Claude.

    Parameters
    ----------
    info : mapping
        Anthropic's ``ModelInfo``, or an entry of OpenAI's list, which tells the name alone.

    Examples
    --------
    >>> told({"id": "claude-sonnet-5-5", "max_tokens": 200_000}).max_output
    200000
    >>> told({"id": "gpt-4o", "object": "model"}) is None
    True
    """
    id = info.get("id") if isinstance(info, Mapping) else None
    if not isinstance(info, Mapping) or not isinstance(id, str) or "claude" not in id.lower():
        return None
    try:
        known = models.find(id)
    except errors.UnknownModelError:
        *_, plain = readings(id.strip().lower())
        known = replace(models.unknown(plain), status="active", priced_as=None, retires_on=None, deprecated_on=None)
    changes = {name: value for name, value in _facts(info, known).items() if value != getattr(known, name)}
    if not changes:
        return known
    inferred = tuple(name for name in known.inferred if name not in changes)
    return replace(known, **changes, inferred=inferred, source=f"{known.source}; /v1/models", checked=date.today())


def _facts(info: Mapping[str, Any], known: Model) -> dict[str, Any]:
    """Return what an entry tells, as fields of a `Model`; what it leaves open is left out."""
    numbers = {"context": info.get("max_input_tokens"), "max_output": info.get("max_tokens")}
    facts: dict[str, Any] = {name: number for name, number in numbers.items() if type(number) is int and number > 0}
    if isinstance(info.get("display_name"), str):
        facts["display_name"] = info["display_name"]
    able = info.get("capabilities")
    return facts | _lifecycle(info, known) | (_abilities(able, known) if isinstance(able, Mapping) else {})


def _abilities(able: Mapping[str, Any], known: Model) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if isinstance(efforts := able.get("effort"), Mapping):
        facts["effort"] = _supported(efforts, _EFFORTS, known.effort) if efforts.get("supported") else ()
        facts["default_effort"] = known.default_effort if known.default_effort in facts["effort"] else None
    thinking = able.get("thinking")
    if isinstance(thinking, Mapping) and isinstance(kinds := thinking.get("types"), Mapping):
        facts["thinking"] = _supported(kinds, _THINKING, known.thinking) or ("disabled",)
    if isinstance(images := able.get("image_input"), Mapping) and bool(images.get("supported")) != known.accepts_images:
        # How far an image is scaled down is not told; the newer models' way makes more tokens.
        facts["image_tier"] = "high" if images.get("supported") else "none"
    return facts


def _supported(told: Mapping[str, Any], words: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that are told to be supported, in the order in which they were known."""
    supported = {word for word in words if isinstance(told.get(word), Mapping) and told[word].get("supported")}
    return known if supported == set(known) else tuple(word for word in words if word in supported)


def _lifecycle(info: Mapping[str, Any], known: Model) -> dict[str, Any]:
    status = info.get("lifecycle")
    if status not in ("active", "deprecated", "retired"):
        return {}
    if status == "active":
        # What the table calls legacy is served, and superseded: to the registry that is active.
        kept = known.status if known.status == "legacy" else "active"
        return {"status": kept, "deprecated_on": None, "retires_on": None}
    retires_on = _day(info.get("retires_at"))
    if status == "deprecated" and retires_on and retires_on <= date.today():
        retires_on = None  # it is overdue, says the registry, and still served
    return {"status": status, "deprecated_on": _day(info.get("deprecated_at")), "retires_on": retires_on}


def _day(moment: object) -> date | None:
    try:
        return datetime.fromisoformat(str(moment)).date()
    except ValueError:
        return None


def _prices(model: Model) -> tuple[float, float] | None:
    """Return dollars a million tokens in and out; None where no price is known."""
    try:
        money = price(model, {"input_tokens": _SHORT, "output_tokens": _SHORT})
    except errors.UnknownModelError:
        return None
    return float(money.input * _MILLION / _SHORT), float(money.output * _MILLION / _SHORT)


def _priced(model: Model) -> dict[str, float | None]:
    spent, answered = _prices(model) or (None, None)
    return {"input_usd": spent, "output_usd": answered}


def _row(model: Model) -> Row:
    per = _prices(model)
    money = ("not priced", "") if per is None else tuple(f"${dollars:,.2f}" for dollars in per)
    status = Cell(model.status, f"until {model.retires_on}" if model.retires_on else "", level=_LEVELS[model.status])
    cells = (
        Cell(model.id),
        Cell(units.count(model.context)),
        Cell(units.count(model.max_output)),
        *map(Cell, money),
        Cell(_levels(model.effort)),
        status,
    )
    return Row(cells, "quiet" if model.status in ("deprecated", "retired") else "normal")


def _levels(effort: tuple[str, ...]) -> str:
    """Write levels of effort, shortly where none is left out between the first and the last."""
    span = _EFFORTS[_EFFORTS.index(effort[0]) : _EFFORTS.index(effort[-1]) + 1] if effort else ()
    return f"{effort[0]} to {effort[-1]}" if effort and effort == span and len(effort) > 2 else ", ".join(effort)
