"""How a table of pandas becomes text: whole, as CSV or as a Markdown table."""

from __future__ import annotations

import copy
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, get_args

from claude_kit.content.objects import instance_of
from claude_kit.content.parts import Text
from claude_kit.errors import ContentError
from claude_kit.render.plain import one_line

__all__ = ["Format", "from_table", "is_table"]

Format = Literal["csv", "markdown"]

_SUFFIX: Final = {"csv": ".csv", "markdown": ".md"}

# ASCII's own separator of fields, which stands in no table that people look at.
_BETWEEN: Final = "\x1f"

is_table = instance_of("pandas", "DataFrame", "Series", "Styler")
_is_styler = instance_of("pandas", "Styler")
_is_series = instance_of("pandas", "Series")


def from_table(source: Any, *, name: str | None = None, format: Format = "csv") -> Text:
    """Write a table as text, all of it.

    Parameters
    ----------
    source : pandas.DataFrame, pandas.Series or Styler
        The index goes along unless it is the default one. A Styler gives its values as it displays them.
    name : str, optional
        What to call it; by default the Series' own name or ``attrs["name"]``, else ``table``, and ``.csv`` or ``.md``.
    format : {"csv", "markdown"}

    Raises
    ------
    ContentError
        If it has no rows or no columns.

    Examples
    --------
    >>> import pandas
    >>> prices = pandas.DataFrame({"fruit": ["apple", "fig"], "price": [1.5, 4.0]})
    >>> print(from_table(prices).text)
    fruit,price
    apple,1.5
    fig,4.0
    <BLANKLINE>
    >>> print(from_table(prices, format="markdown").text)
    | fruit | price |
    | --- | --- |
    | apple | 1.5 |
    | fig | 4.0 |
    <BLANKLINE>
    """
    if format not in get_args(Format):
        raise ValueError(f"format={format!r}: a table is written as {' or '.join(map(repr, get_args(Format)))}")
    frame = source.data if _is_styler(source) else source.to_frame() if _is_series(source) else source
    called = name or _own_name(source, frame, _SUFFIX[format])
    if frame.empty:
        rows, columns = frame.shape
        raise ContentError(
            f"{called} is empty ({rows:,} rows × {columns:,} columns)", media_type="text/csv", where=called
        )
    if _is_styler(source):
        rows = _styled(source)
        return Text(_markdown(rows) if format == "markdown" else _csv(rows), called)
    if format == "markdown":
        return Text(_markdown(_cells(frame)), called)
    return Text(frame.to_csv(index=not _is_default(frame.index), lineterminator="\n"), called)


def _own_name(source: Any, frame: Any, suffix: str) -> str:
    for name in (frame.attrs.get("name"), getattr(source, "name", None)):
        if isinstance(name, str | int) and (line := one_line(str(name)).strip()):
            return line if line.lower().endswith(suffix) else line + suffix
    return f"table{suffix}"


def _is_default(index: Any) -> bool:
    import pandas

    return isinstance(index, pandas.RangeIndex) and (index.start, index.step, index.name) == (0, 1, None)


def _cells(frame: Any) -> list[list[str]]:
    """Return the table as written in CSV, cell by cell, its header in one row."""
    import pandas

    if frame.columns.nlevels > 1:
        frame = frame.set_axis([" / ".join(map(str, label)) for label in frame.columns], axis="columns")
    text = frame.to_csv(index=not _is_default(frame.index), lineterminator="\n")
    # Not the csv module, which takes no field of over 131,072 characters.
    read = pandas.read_csv(
        io.StringIO(text), header=None, dtype=str, keep_default_na=False, na_filter=False, skip_blank_lines=False
    )
    cells: list[list[str]] = read.to_numpy().tolist()
    return cells


def _styled(styler: Any) -> list[list[str]]:
    """Return the cells a Styler displays."""
    import pandas

    frame = styler.data
    if unlabelled := all(styler.hide_index_):
        # Labels tell where a row begins: a cell may hold line ends too.
        styler = copy.deepcopy(styler).format_index(lambda _: "", axis="index").hide(axis="index", names=True)
        styler.hide_index_ = [False] * frame.index.nlevels
    columns = frame.shape[1]
    # Above this many cells a Styler leaves rows and columns out.
    with pandas.option_context("styler.render.max_elements", frame.size + 1):
        text = styler.to_string(
            sparse_index=False, sparse_columns=False, max_rows=len(frame), max_columns=columns, delimiter=_BETWEEN
        )
    labels = sum(not hidden for hidden in styler.hide_index_)
    hidden = {int(at) for at in styler.hidden_columns}
    width = labels + columns - len(hidden)
    # A row ends with a separator where the last column is hidden.
    rows = _split(text, width, ended=columns - 1 in hidden)
    if unlabelled:
        return [row[labels:] for row in rows]
    shown = [name for name, hides in zip(frame.index.names, styler.hide_index_, strict=True) if not hides]
    names = ["" if name is None else str(name) for name in shown]
    # The names of the index are displayed in a row of their own, under those of the columns.
    if frame.columns.nlevels == 1 and any(names) and rows[1] == names + [""] * (width - labels):
        rows[:2] = [names + rows[0][labels:]]
    return rows


def _split(text: str, width: int, *, ended: bool) -> list[list[str]]:
    """Split into rows of `width` cells, each `ended` by a separator or not.

    Where two rows meet, the last line end is taken for that of the row: it begins with a label.
    """
    rows: list[list[str]] = []
    row: list[str] = []
    for field in text.split(_BETWEEN):
        if len(row) < width - 1 + ended:
            row.append(field)
            continue
        last, _, first = field.rpartition("\n")
        rows.append([*row, last][:width])
        row = [first]
    return rows


def _csv(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(map(_escaped, row)) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines) + "\n"


def _escaped(cell: str) -> str:
    # A bar ends a cell unless a backslash stands before it, and that one must not be a pair's second.
    barred = re.sub(r"(\\*)\|", r"\1\1\\|", cell)
    return re.sub(r"\r\n|\r|\n", "<br>", barred)
