"""How a table of findings or prices looks, in a notebook and in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Literal

from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag
from claude_kit.render.plain import one_line

__all__ = ["Cell", "Column", "Row", "html_table", "text_table", "wrapped"]

# JupyterLab takes the style sheet out of a notebook that somebody else has run, aligns all cells right, and leaves
# alone what an element says of itself.
_LEFT: Final = ' style="text-align:left"'
_RIGHT: Final = ' class="ck-right"'

_BETWEEN: Final = "  "
_NARROW: Final = 12


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
    """Return the table as framed HTML; `caption` is safe HTML to stand above it, or alone if there are no columns."""
    above = f'<div class="ck-caption {QUIET_FOR_MATH}" style="padding:8px 14px">{caption}</div>' if caption else ""
    if not columns:
        return frame(above, kind="table")
    head = "".join(_head(column) for column in columns)
    body = "".join(_html_row(columns, row) for row in rows)
    table = f'<table class="ck-table {QUIET_FOR_MATH}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return frame(above + table, kind="table")


def text_table(columns: Sequence[Column], rows: Sequence[Row], *, width: int | None = None) -> str:
    """Return the table as aligned plain text; where `width` is given, words wrap to keep lines within it."""
    aligned = [_aligned(column, [row.cells[at] for row in rows]) for at, column in enumerate(columns)]
    widths = [max(map(len, texts)) for texts in aligned]
    if width is not None:
        _narrow(widths, [at for at, column in enumerate(columns) if not column.numeric], width)
    head, *body = zip(*aligned, strict=True)
    rule = ["─" * most for most in widths]
    return "\n".join(line for texts in (head, rule, *body) for line in _folded(texts, widths))


def wrapped(sentence: str, width: int | None) -> str:
    r"""Return a sentence of plain text on lines of no more than `width` characters, where that is given.

    Examples
    --------
    >>> wrapped("as wide as it takes", 12)
    'as wide as\nit takes'
    """
    return sentence if width is None else textwrap.fill(sentence, max(width, _NARROW), break_on_hyphens=False)


def _head(column: Column) -> str:
    return f"<th{_RIGHT if column.numeric else _LEFT}>{escape(column.title)}</th>" + ("<th></th>" if column.bar else "")


def _html_row(columns: Sequence[Column], row: Row) -> str:
    cells = "".join(_html_cell(column, cell) for column, cell in zip(columns, row.cells, strict=True))
    return f'<tr class="ck-{row.weight}">{cells}</tr>'


def _html_cell(column: Column, cell: Cell) -> str:
    text = escape(cell.text)
    if cell.level:
        text = tag(cell.text, "" if cell.level == "plain" else cell.level)
    if cell.note:
        text += f' <span class="ck-dim">{escape(cell.note)}</span>'
    line = ' class="ck-line"' if column.unbroken else ""
    shown = f"<td{_RIGHT if column.numeric else line + _LEFT}>{text}</td>"
    if not column.bar:
        return shown
    length = min(max(cell.share, 0.0), 1.0)
    bar = f'<div class="ck-bar" style="width:{length:.0%}"></div>' if length else ""
    return f'{shown}<td class="ck-barcell">{bar}</td>'


def _aligned(column: Column, cells: Sequence[Cell]) -> list[str]:
    """Return a column's title and cells; numbers stand right, their notes after them."""
    if not column.numeric:
        return [column.title, *(one_line(f"{cell.text} {cell.note}".strip()) for cell in cells)]
    most = max(len(text) for text in (column.title, *(cell.text for cell in cells)))
    return [column.title.rjust(most), *(f"{cell.text.rjust(most)} {cell.note}".rstrip() for cell in cells)]


def _narrow(widths: list[int], yielding: Sequence[int], width: int) -> None:
    """Take from the widest of the `yielding` columns until the table is within `width`, or they are narrow."""
    while yielding and sum(widths) + len(_BETWEEN) * (len(widths) - 1) > width:
        widest = max(yielding, key=lambda at: widths[at])
        if widths[widest] <= _NARROW:
            return
        widths[widest] -= 1


def _folded(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Lay out one row, over as many lines as its longest cell takes."""
    cells = [
        textwrap.wrap(text, most, break_on_hyphens=False) if len(text) > most else [text]
        for text, most in zip(texts, widths, strict=True)
    ]
    return [
        _BETWEEN.join(text.ljust(most) for text, most in zip(line, widths, strict=True)).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]
