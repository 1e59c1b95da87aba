"""What a decision's table is: a pandas frame that shows, plots and prints itself as the kit's tables do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pandas as pd

from claude_kit.estimate import Estimate
from claude_kit.render import units
from claude_kit.render.html import escape
from claude_kit.render.plain import terminal_width
from claude_kit.render.tables import Column, Row, html_table, text_table, wrapped

__all__ = ["ResultFrame", "said_of_answer", "said_of_answers"]

# More rows than this say no more; the frame has them all.
ROWS_SHOWN: Final = 30


def said_of_answer(tokens: int, assumed: bool) -> str:
    """Say how long an answer the dollars are for, and whether anybody said so.

    Examples
    --------
    >>> said_of_answer(500, assumed=False)
    'With an answer of 500 tokens.'
    """
    answer = f"With an answer of {units.plural(tokens, 'token')}"
    return f"{answer}, an assumption: expect_output=… says better." if assumed else f"{answer}."


def said_of_answers(estimates: Iterable[Estimate]) -> str:
    """Say the same of several estimates; nothing where they differ."""
    answers = {(told.expected_output, told.assumed_output) for told in estimates}
    return said_of_answer(*answers.pop()) if len(answers) == 1 else ""


class ResultFrame(pd.DataFrame, ABC):
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
        said = [wrapped(sentence, width) for sentence in (self._headline(), self._note()) if sentence]
        return "\n".join([*said, text_table(columns, rows, width=width)])

    @abstractmethod
    def plot(self, ax: Any = None) -> Any:  # type: ignore[override]
        """Draw the result; return the matplotlib axes."""

    def _headline(self) -> str:
        """Return the sentence above the table, as plain text."""
        return ""

    def _note(self) -> str:
        """Return what the figures rest on, in a sentence of its own."""
        return ""

    def _caption(self) -> str:
        """Return both sentences as safe HTML."""
        note = f'<br><span class="ck-dim">{escape(self._note())}</span>' if self._note() else ""
        return f"<b>{escape(self._headline())}</b>{note}"

    @abstractmethod
    def _table(self) -> tuple[Sequence[Column], Sequence[Row]]:
        """Lay out the table."""

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        columns, rows = self._table()
        return html_table(columns, rows, caption=self._caption())
