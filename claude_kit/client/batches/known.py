"""What is known of a batch without asking: its state when it was last asked for, how it looks, how it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NoReturn

from claude_kit.client.batches.operations import Submission
from claude_kit.client.batches.states import Counts, State, Status, together
from claude_kit.render import units
from claude_kit.render.html import escape
from claude_kit.render.plain import terminal_width
from claude_kit.render.progress import progress
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table, wrapped

__all__ = ["Known", "handing_in", "load"]

_COLUMNS: Final = (
    Column("batch", unbroken=True),
    Column("status"),
    Column("processing", numeric=True),
    Column("succeeded", numeric=True, bar=True),
    Column("not answered"),
)

_LEVELS: Final[dict[Status, str]] = {"in_progress": "note", "canceling": "warning", "ended": "ok"}


class Known:
    """What `Batch` and `AsyncBatch` know alike.

    Attributes
    ----------
    states : tuple of State
        The API's batches that it consists of, one but for very large ones, as they were last asked for.
    names : tuple of str or None
        The requests' ids in the order of submission; None for a batch of an earlier session.
    """

    def __init__(self, states: Sequence[State], names: Sequence[str] | None = None) -> None:
        self.states = tuple(states)
        self.names = None if names is None else tuple(names)

    @property
    def ids(self) -> tuple[str, ...]:
        """The API's ids, for ``client.batches.get(*ids)`` in another session."""
        return tuple(state.id for state in self.states)

    @property
    def id(self) -> str:
        """The API's id.

        Raises
        ------
        ValueError
            If there are several, see `ids`.
        """
        (state, *more) = self.states
        if more:
            raise ValueError(f"the requests are in {len(self.states)} batches: {', '.join(self.ids)}; see .ids")
        return state.id

    @property
    def status(self) -> Status:
        """``"in_progress"``, ``"canceling"`` or ``"ended"``, when it was last asked for."""
        return together(self.states)[0]

    @property
    def counts(self) -> Counts:
        """How many requests are in which state, when it was last asked for."""
        return together(self.states)[1]

    def save(self, path: str | Path) -> None:
        """Write ids and names into a JSON file, for ``client.batches.load``: no key, nothing of the requests."""
        kept = {"ids": self.ids, "names": self.names}
        Path(path).write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def to_text(self, width: int | None = None) -> str:
        """Return it as plain text, wrapped at `width` columns where given."""
        said = [wrapped(sentence, width) for sentence in (self._headline(), self._note())]
        return "\n".join([*said, text_table(_COLUMNS, self._rows(), width=width)])

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        named = self.ids[0] + (" and more" if len(self.states) > 1 else "")
        return f"<{type(self).__name__} {named}: {self._headline()}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        caption = f'<b>{escape(self._headline())}</b><br><span class="ck-dim">{escape(self._note())}</span>'
        return {"text/html": html_table(_COLUMNS, self._rows(), caption=caption), "text/plain": self.to_text()}

    def __reduce__(self) -> NoReturn:
        raise TypeError("a batch holds its client and cannot be pickled; batch.save(path) keeps what finds it again")

    def _headline(self) -> str:
        status, counts = together(self.states)
        split = f" in {len(self.states)} batches" if len(self.states) > 1 else ""
        return f"{units.plural(counts.total, 'request')}{split}, {_spoken(status)}"

    def _note(self) -> str:
        if self.status == "ended":
            return "Its answers: batch.results()"
        ends = [state.expires_at for state in self.states if state.expires_at]
        until = f"; what is not answered by {max(ends):%Y-%m-%d %H:%M} UTC expires" if ends else ""
        return f"Half price{until}. Found again with {self.found_again()}"

    def found_again(self) -> str:
        """Return the call that finds it in another session."""
        return f"client.batches.get({', '.join(map(repr, self.ids))})"

    def _rows(self) -> list[Row]:
        rows = [_row(Cell(state.id), state.status, state.counts) for state in self.states]
        return rows if len(rows) == 1 else [*rows, _row(Cell("together"), self.status, self.counts, "total")]

    @contextmanager
    def _watched(self, shown: bool) -> Generator[Callable[[Sequence[State]], None]]:
        """Show how far it is while it is waited for, and say how to go on where the wait is given up."""
        with progress(self.counts.total, "request", shown=shown) as bar:

            def tell(states: Sequence[State]) -> None:
                self.states = tuple(states)
                status, counts = together(states)
                bar.show(counts.done, ", ".join([_spoken(status), *_failed(counts)]))

            try:
                yield tell
            except KeyboardInterrupt:
                raise KeyboardInterrupt(self._way_on("The wait is over, the batch is not.")) from None
            except TimeoutError:
                raise TimeoutError(self._way_on("The batch has not ended in that time.")) from None

    def _way_on(self, why: str) -> str:
        return f"{why} Nothing is lost: batch.wait() waits again; in another session, {self.found_again()}.wait()"


@contextmanager
def handing_in(submission: Submission) -> Generator[None]:
    """Say of whatever goes wrong what had been handed in by then: it is processed, and billed."""
    try:
        yield
    except BaseException as error:
        if submission.states:
            made = Known(submission.states, submission.names)
            error.add_note(
                f"{units.plural(len(submission.names), 'request')} had been submitted by then: {made.found_again()}"
            )
        raise


def load(path: str | Path) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Read the ids and names that `Known.save` wrote.

    Raises
    ------
    ValueError
        If the file is none of those.
    """
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
        names = kept["names"]
        return tuple(map(str, kept["ids"])), None if names is None else tuple(map(str, names))
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path}: is not what batch.save(path) writes") from None


def _row(name: Cell, status: Status, counts: Counts, weight: Literal["normal", "total"] = "normal") -> Row:
    cells = (
        name,
        Cell(_spoken(status), level=_LEVELS[status]),
        Cell(units.count(counts.processing)),
        Cell(units.count(counts.succeeded), share=counts.succeeded / max(counts.total, 1)),
        Cell(", ".join(_failed(counts))),
    )
    return Row(cells, weight)


def _spoken(status: Status) -> str:
    return status.replace("_", " ")


def _failed(counts: Counts) -> list[str]:
    told = (("errored", counts.errored), ("canceled", counts.canceled), ("expired", counts.expired))
    return [f"{units.count(number)} {kind}" for kind, number in told if number]
