"""What a check found, and how that shows itself."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from claude_kit.errors import PreflightError
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.render.html import escape, tag
from claude_kit.render.plain import one_line
from claude_kit.render.tables import Cell, Column, Row, html_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "Level", "Report"]

Level = Literal["ok", "note", "warning", "error"]

_COLUMNS = (Column("what"), Column("finding", unbroken=True), Column("measured"), Column("limit"), Column("way out"))
_WORST_FIRST: Final[tuple[Level, ...]] = ("error", "warning", "note", "ok")

# More lines than this say no more; the frame has them all.
_ROWS_SHOWN: Final = 40
_ERRORS_TOLD: Final = 10

_NUMBER: Final = re.compile(r"\d[\d,.]*")
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, with the way out where it is needed.

    Attributes
    ----------
    rule : str
        Stable id such as ``"pdf.pages"``; see `claude_kit.preflight.rules`.
    level : {"error", "warning", "note", "ok"}
        ``error``: the API refuses it. ``warning``: accepted, but costly or lossy. ``note``: good to know.
        ``ok``: within the limit; only in `Report.checked`.
    where : str
        The file, or the part of the request.
    measured, limit : str
        With their units.
    fix : str
        What to do about it; empty when it is fine.
    pages : tuple of int
        The pages of a PDF that it is about, from 1; empty where it is about the whole.
    """

    rule: str
    level: Level
    where: str
    measured: str
    limit: str
    fix: str = ""
    pages: tuple[int, ...] = ()

    @property
    def gist(self) -> str:
        """The message without its numbers: who was told it needs not be told again when one of them has changed."""
        return _NUMBER.sub("#", self.message)

    @property
    def message(self) -> str:
        """All of it in one sentence.

        Examples
        --------
        >>> Finding("pdf.pages", "error", "thesis.pdf", "643 pages", "600 in a request", "Split it.").message
        'thesis.pdf: 643 pages, the limit is 600 in a request (pdf.pages). Split it.'
        """
        limit = f", the limit is {self.limit}" if self.limit else ""
        return f"{self.where}: {self.measured}{limit} ({self.rule}). {self.fix}".rstrip()


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Everything a check found.

    Attributes
    ----------
    model : Model
        What it was checked for.
    checked : tuple of Finding
        All that was measured, what is within its limit included, worst first.
    """

    model: Model
    checked: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say: errors, warnings, notes."""
        return tuple(finding for finding in self.checked if finding.level != "ok")

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What the API would refuse."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What would be accepted, but costly or lossy."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is good to know."""
        return self._of("note")

    @property
    def ok(self) -> bool:
        """Whether the API would take it: no errors."""
        return not self.errors

    def raise_if_failed(self) -> Report:
        """Raise `PreflightError` if there are errors; else return the report.

        Raises
        ------
        PreflightError
            With every error in its message, and this report.
        """
        if not self.errors:
            return self
        errors = _together(self.errors)
        told = [finding.message for finding in errors[:_ERRORS_TOLD]]
        if len(errors) > _ERRORS_TOLD:
            told.append(f"and {units.plural(len(errors) - _ERRORS_TOLD, 'more error')}; see the error's report")
        raise PreflightError("\n".join(told), report=self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for everything that was checked."""
        import pandas as pd

        columns = ["where", "rule", "level", "measured", "limit", "fix", "message"]
        return pd.DataFrame([[getattr(row, name) for name in columns] for row in self.checked], columns=columns)

    def to_text(self, width: int | None = None) -> str:
        """Return the verdict and a sentence for everything that was checked, as plain text.

        Parameters
        ----------
        width : int, optional
            Columns to wrap at; by default no line is wrapped.
        """
        found = _together(self.checked)
        shown = found[:_ROWS_SHOWN]
        lines = [f"{self._verdict()} by {self.model.id}"]
        for finding in shown:
            sentence = one_line(finding.message)
            head = f"{finding.level:8} "
            wrapped = (
                textwrap.wrap(sentence, max(width - len(head), 20), break_on_hyphens=False) if width else [sentence]
            )
            lines.append(head + f"\n{' ' * len(head)}".join(wrapped))
        if len(shown) < len(found):
            lines.append(_unshown(len(found) - len(shown)))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Report {self.model}: {self._summary()}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        level = "ok" if self._worst() in ("ok", "note") else self._worst()
        caption = f"{tag(self._verdict(), level)} by <b>{escape(self.model.id)}</b>"
        columns, rows = self._table()
        return {"text/html": html_table(columns, rows, caption=caption), "text/plain": self.to_text()}

    def _worst(self) -> Level:
        return next((level for level in _WORST_FIRST if self._of(level)), "ok")

    def _verdict(self) -> str:
        return {"error": "refused", "warning": "accepted, with warnings"}.get(self._worst(), "accepted")

    def _table(self) -> tuple[Sequence[Column], list[Row]]:
        """Lay out what was checked; the way out has a column only if there is one to be told."""
        found = _together(self.checked)
        columns = _COLUMNS if any(finding.fix for finding in found) else _COLUMNS[:-1]
        rows = []
        for finding in found[:_ROWS_SHOWN]:
            level = Cell(finding.level, finding.rule, level=finding.level)
            cells = (Cell(finding.where), level, Cell(finding.measured), Cell(finding.limit), Cell(finding.fix))
            rows.append(Row(cells[: len(columns)]))
        if len(rows) < len(found):
            rows.append(Row((Cell(_unshown(len(found) - len(rows))), *[Cell("")] * (len(columns) - 1)), "quiet"))
        return columns, rows

    def _of(self, level: Level) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.checked if finding.level == level)

    def _summary(self) -> str:
        found = [units.plural(len(self._of(level)), level) for level in ("error", "warning", "note") if self._of(level)]
        return ", ".join(found) or f"accepted, {units.plural(len(self.checked), 'check')}"


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort by severity, keeping the order of the request within each."""
    return tuple(sorted(findings, key=lambda finding: _WORST_FIRST.index(finding.level)))


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """Say once what is said alike of several parts; of more than three only the first is named."""
    alike: dict[Finding, list[str]] = {}
    for finding in findings:
        alike.setdefault(replace(finding, where="", pages=()), []).append(finding.where)
    return [replace(finding, where=_named(where)) for finding, where in alike.items()]


def _named(where: Sequence[str]) -> str:
    return ", ".join(where) if len(where) <= _NAMED else f"{where[0]} and {len(where) - 1:,} more"


def _unshown(number: int) -> str:
    return f"… and {units.plural(number, 'more check')}: report.to_frame() has all"
