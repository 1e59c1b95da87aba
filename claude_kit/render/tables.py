"""How a table of findings or prices looks, in a notebook and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag

__all__ = ["Cell", "Column", "Row", "html_table", "text_table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and whether its cells are numbers, draw a bar beside them, or must not be broken."""

    title: str
    numeric: bool = False
    bar: bool = False
    unbroken: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        What it says.
    note : str
        Said after it, more quietly.
    level : str
        When given, the text is a coloured label: ``"ok"``, ``"note"``, ``"warning"``, ``"error"`` or ``"plain"``.
    share : float
        The length of the bar, 0 to 1, in a column that draws bars.
    """

    text: str
    note: str = ""
    level: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of cells; ``"total"`` rows stand out, ``"quiet"`` rows step back."""

    cells: tuple[Cell, ...]
    weight: Literal["normal", "total", "quiet"] = "normal"


def html_table(columns: Sequence[Column], rows: Sequence[Row], *, caption: str = "") -> str:
    """Return the table as framed HTML; `caption` is safe HTML to stand above it."""
    head = "".join(_head(column) for column in columns)
    body = "".join(_html_row(columns, row) for row in rows)
    above = f'<div class="ck-caption">{caption}</div>' if caption else ""
    table = f'<table class="ck-table {QUIET_FOR_MATH}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return frame(above + table, kind="table")


def text_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return the table as aligned plain text."""
    grid = [[column.title for column in columns]]
    grid += [[_plain(cell) for cell in row.cells] for row in rows]
    widths = [max(len(line[at]) for line in grid) for at in range(len(columns))]
    lines = []
    for line in grid:
        padded = (
            text.rjust(width) if column.numeric else text.ljust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def _head(column: Column) -> str:
    css = ' class="ck-right"' if column.numeric else ""
    return f"<th{css}>{escape(column.title)}</th>" + ("<th></th>" if column.bar else "")


def _html_row(columns: Sequence[Column], row: Row) -> str:
    cells = "".join(_html_cell(column, cell) for column, cell in zip(columns, row.cells, strict=True))
    return f'<tr class="ck-{row.weight}">{cells}</tr>'


def _html_cell(column: Column, cell: Cell) -> str:
    text = escape(cell.text)
    if cell.level:
        text = tag(cell.text, "" if cell.level == "plain" else cell.level)
    if cell.note:
        text += f' <span class="ck-dim">{escape(cell.note)}</span>'
    css = "ck-right" if column.numeric else "ck-line" if column.unbroken else ""
    shown = f'<td class="{css}">{text}</td>' if css else f"<td>{text}</td>"
    if not column.bar:
        return shown
    bar = f'<div class="ck-bar" style="width:{cell.share:.0%}"></div>' if cell.share else ""
    return f'{shown}<td class="ck-barcell">{bar}</td>'


def _plain(cell: Cell) -> str:
    return f"{cell.text} {cell.note}".strip()
