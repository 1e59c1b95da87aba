"""What a decision's table is: a pandas frame that shows, plots and prints itself as the kit's tables do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd

from claude_kit.render.html import escape
from claude_kit.render.tables import Column, Row, html_table, text_table

__all__ = ["ResultFrame"]

# More rows than this say no more; the frame has them all.
ROWS_SHOWN: Final = 30


class ResultFrame(pd.DataFrame):
    """A frame of results, which stays a frame for whoever goes on working with it.

    Everything that is derived from it (a slice, a sort, a copy) is a plain `pandas.DataFrame`.
    Whoever inherits gives the table and the plot.
    """

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a plain frame."""
        return pd.DataFrame(self)

    def to_text(self, width: int | None = None) -> str:
        """Return the table as plain text, wrapped at `width` columns where given."""
        columns, rows = self._table()
        table = text_table(columns, rows, width=width)
        return f"{self._headline()}\n{table}" if self._headline() else table

    def plot(self, ax: Any = None) -> Any:  # type: ignore[override]
        """Draw the result; return the matplotlib axes."""
        raise NotImplementedError

    def _headline(self) -> str:
        """Return the sentence above the table, as plain text."""
        return ""

    def _caption(self) -> str:
        """Return the sentence above the table, as safe HTML."""
        return escape(self._headline())

    def _table(self) -> tuple[Sequence[Column], Sequence[Row]]:
        """Lay out the table."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        columns, rows = self._table()
        return html_table(columns, rows, caption=self._caption())
