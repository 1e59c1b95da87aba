"""What fitting gave: the requests, and what was changed on the way, to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from claude_kit.content import Part
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.render.html import escape, tag
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fitted", "Piece"]

_COLUMNS: Final = (
    Column("request", unbroken=True),
    Column("part"),
    Column("what was done"),
    Column("before", numeric=True),
    Column("after", numeric=True),
)

# More lines than this say no more; the frame has them all.
_ROWS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a fitted request.

    Attributes
    ----------
    request : int
        Which one, from 1.
    part : Image, Pdf or Text
    before : int
        Bytes of the source it came from; all pieces of a split PDF have the same.
    source : int
        The place of that source among what was given, from 0.
    changed : bool
        Whether it is another than what was given.
    """

    request: int
    part: Part
    before: int
    source: int
    changed: bool


class Fitted(list[list[Part]]):
    """The content of one or more requests, a list for each, with what was changed.

    A list of lists of parts: ``for content in fitted: chat.ask(*content)``.

    Attributes
    ----------
    model : Model
        What it was fitted for.
    pieces : tuple of Piece
        Every part with the request it is in and what it came from.
    """

    def __init__(self, requests: Iterable[list[Part]], model: Model, pieces: tuple[Piece, ...]) -> None:
        super().__init__(requests)
        self.model = model
        self.pieces = pieces

    @property
    def changes(self) -> tuple[str, ...]:
        """What was done, one sentence a changed part; empty if everything fitted as it was.

        Examples
        --------
        >>> from claude_kit.preflight import fit
        >>> fit("What is this?", model="claude-sonnet-5-5").changes
        ()
        """
        return tuple(f"{piece.part.label}: {'; '.join(piece.part.changes)}" for piece in self._changed())

    @property
    def size(self) -> int:
        """Bytes of all parts, what several requests repeat counted once for each."""
        return sum(piece.part.size for piece in self.pieces)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a part: ``request, part, changes, before, after`` (bytes)."""
        import pandas as pd

        rows = [
            (piece.request, piece.part.label, "; ".join(piece.part.changes), piece.before, piece.part.size)
            for piece in self.pieces
        ]
        return pd.DataFrame(rows, columns=["request", "part", "changes", "before", "after"])

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Fitted for {self.model}: {self._summary()}>"

    def to_text(self) -> str:
        """Return what was done as plain text: a line for the whole, and a table of what changed."""
        columns, rows = self._table()
        head = f"{self._verdict()} for {self.model}: {self._summary()}"
        return f"{head}\n{text_table(columns, rows)}" if rows else head

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        caption = f"{tag(self._verdict(), 'ok')} for <b>{escape(self.model.id)}</b> · {escape(self._summary())}"
        columns, rows = self._table()
        return {"text/html": html_table(columns, rows, caption=caption), "text/plain": self.to_text()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Answer IPython, which would print it as the list that it is."""
        printer.text(self.to_text())

    def _changed(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.changed]

    def _verdict(self) -> str:
        return "made to fit" if self._changed() or len(self) > 1 else "fits as it is"

    def _summary(self) -> str:
        before = sum({piece.source: piece.before for piece in self.pieces}.values())
        sizes = units.size(before) if not self._changed() else f"{units.size(before)} to {units.size(self.size)}"
        return f"{units.plural(len(self), 'request')}, {units.plural(len(self.pieces), 'part')}, {sizes}"

    def _table(self) -> tuple[Sequence[Column], list[Row]]:
        """Lay out what was changed; which request it is in has a column only if there are several."""
        changed = self._changed()
        skipped = 0 if len(self) > 1 else 1
        rows = [Row(self._cells(piece)[skipped:]) for piece in changed[:_ROWS_SHOWN]]
        if len(changed) > len(rows):
            more = f"… and {units.plural(len(changed) - len(rows), 'more part')}: fitted.to_frame() has all"
            rows.append(Row((Cell(""), Cell(more), Cell(""), Cell(""), Cell(""))[skipped:], "quiet"))
        return _COLUMNS[skipped:] if rows else (), rows

    def _cells(self, piece: Piece) -> tuple[Cell, ...]:
        return (
            Cell(f"{piece.request} of {len(self)}"),
            Cell(piece.part.label),
            Cell("; ".join(piece.part.changes)),
            Cell(units.size(piece.before)),
            Cell(units.size(piece.part.size)),
        )
