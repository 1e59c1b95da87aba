"""What came of many requests? An answer or an error for each: their sum, a frame, a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from claude_kit import errors
from claude_kit.render import units
from claude_kit.render.html import escape, tag
from claude_kit.render.plain import one_line
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table, wrapped
from claude_kit.reply import Reply, Usage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcome", "Summary", "frame", "raise_first", "spent", "status"]

#: An answer, or the error that came in its place.
Outcome = Reply | errors.ClaudeKitError

# More rows than this say no more; `to_frame` has them all.
_ROWS_SHOWN: Final = 20
_ERRORS_SHOWN: Final = 5
_EXCERPT_CHARACTERS: Final = 90

_COLUMNS: Final = (
    Column("request", unbroken=True),
    Column("answer"),
    Column("in", numeric=True),
    Column("out", numeric=True),
    Column("USD", numeric=True),
)

# What an error is called that says that there was no answer, and none will be billed.
_UNANSWERED: Final = ("canceled", "expired", "stopped", "missing")


def status(outcome: Outcome) -> str:
    """Return ``"succeeded"``, or what became of it instead."""
    if isinstance(outcome, Reply):
        return "succeeded" if outcome.complete else "incomplete"
    kind = getattr(outcome, "type", "")
    return kind if kind in _UNANSWERED else "errored"


def spent(outcomes: Iterable[Outcome]) -> Decimal:
    """Sum what the answers cost, those whose price is known."""
    return sum((cost for outcome in outcomes if (cost := _cost(outcome)) is not None), Decimal(0))


def raise_first(outcomes: Iterable[tuple[object, Outcome]]) -> None:
    """Raise the first error, if there is one; a note on it counts the others.

    Raises
    ------
    ClaudeKitError
    """
    failed = [(name, outcome) for name, outcome in outcomes if not isinstance(outcome, Reply)]
    if not failed:
        return
    name, error = failed[0]
    others = f"; {units.plural(len(failed) - 1, 'other')} failed too" if len(failed) > 1 else ""
    error.add_note(f"This is request {name}{others}.")
    raise error


def frame(name: str, outcomes: Iterable[tuple[object, Outcome]]) -> pd.DataFrame:
    """Return one row a request; `name` is what the first column is called."""
    import pandas as pd

    rows = [{name: key, **_row(outcome)} for key, outcome in outcomes]
    columns = [name, *_row(Reply())]
    made = pd.DataFrame(rows, columns=columns)
    return made.astype({"input_tokens": "Int64", "output_tokens": "Int64", "cost_usd": "Float64"})


@dataclass(frozen=True, slots=True)
class Summary:
    """What is shown of many outcomes: how many there are of each kind, what they cost, and the first of them.

    Attributes
    ----------
    outcomes : sequence of (object, Reply or ClaudeKitError)
        Each with its name.
    note : str
        Said below the headline.
    """

    outcomes: Sequence[tuple[object, Outcome]]
    note: str = ""

    @property
    def headline(self) -> str:
        """How many came, and for how much."""
        failed = self._failed()
        words = [units.plural(len(self.outcomes), "request")]
        words += [f"{units.count(number)} {kind}" for kind, number in failed.items()]
        return f"{', '.join(words)}: {units.usd(spent(outcome for _, outcome in self.outcomes))}"

    def to_text(self, width: int | None = None) -> str:
        """Return it as plain text, wrapped at `width` columns where given."""
        said = [wrapped(sentence, width) for sentence in (self.headline, self.note) if sentence]
        return "\n".join([*said, text_table(_COLUMNS, self._rows(), width=width)])

    def bundle(self) -> dict[str, str]:
        """Return what a notebook shows."""
        labels = "".join(f" {tag(f'{units.count(n)} {kind}', 'error')}" for kind, n in self._failed().items())
        note = f'<br><span class="ck-dim">{escape(self.note)}</span>' if self.note else ""
        cost = units.usd(spent(outcome for _, outcome in self.outcomes))
        caption = f"<b>{escape(units.plural(len(self.outcomes), 'request'))}: {escape(cost)}</b>{labels}{note}"
        return {"text/html": html_table(_COLUMNS, self._rows(), caption=caption), "text/plain": self.to_text()}

    def _failed(self) -> dict[str, int]:
        kinds = [kind for _, outcome in self.outcomes if (kind := status(outcome)) != "succeeded"]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}

    def _rows(self) -> list[Row]:
        """Lay out the first of them, in their order; some errors, wherever they stand."""
        shown = self.outcomes
        if len(shown) > _ROWS_SHOWN:
            failed = [at for at, (_, came) in enumerate(shown) if not isinstance(came, Reply)][:_ERRORS_SHOWN]
            others = [at for at in range(len(shown)) if isinstance(shown[at][1], Reply)][: _ROWS_SHOWN - len(failed)]
            shown = [shown[at] for at in sorted(failed + others)]
        rows = [Row((Cell(str(name)), *_cells(outcome))) for name, outcome in shown]
        if more := len(self.outcomes) - len(shown):
            rows.append(Row((Cell("…"), Cell(f"{units.count(more)} more: .to_frame()"), *[Cell("")] * 3), "quiet"))
        return rows


def _cost(outcome: Outcome) -> Decimal | None:
    """Return what an answer cost; None where that is not known. What broke off may have cost too."""
    reply = _reply(outcome)
    if reply is None:
        return Decimal(0)
    try:
        return reply.cost
    except (errors.UnknownModelError, ValueError):
        return None


def _reply(outcome: Outcome) -> Reply | None:
    if isinstance(outcome, Reply):
        return outcome
    arrived = getattr(outcome, "reply", None)
    return arrived if isinstance(arrived, Reply) else None


def _row(outcome: Outcome) -> Mapping[str, Any]:
    reply = _reply(outcome)
    usage = reply.billed if reply else Usage()
    cost = _cost(outcome)
    return {
        "status": status(outcome),
        "model": (reply.model if reply else "") or None,
        "input_tokens": usage.total_input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cost_usd": None if cost is None else float(cost),
        "stop_reason": reply.stop_reason if reply else None,
        "text": reply.text if reply else None,
        "error": None if isinstance(outcome, Reply) else str(outcome),
    }


def _cells(outcome: Outcome) -> tuple[Cell, Cell, Cell, Cell]:
    reply, cost = _reply(outcome), _cost(outcome)
    usage = reply.billed if reply else Usage()
    if isinstance(outcome, Reply):
        said = Cell(_shortened(outcome.text))
    else:
        said = Cell(status(outcome), _shortened(str(outcome)), level="error")
    tokens = [Cell(units.count(number) if usage else "") for number in (usage.total_input_tokens, usage.output_tokens)]
    least = "at least " if reply is not None and reply.at_least else ""
    money = "" if not usage else "price unknown" if cost is None else least + units.usd(cost)
    return said, tokens[0], tokens[1], Cell(money)


def _shortened(text: str) -> str:
    words = one_line(" ".join(text[: _EXCERPT_CHARACTERS * 4].split()))
    return words if len(words) <= _EXCERPT_CHARACTERS else words[: _EXCERPT_CHARACTERS - 2].rstrip() + " …"
