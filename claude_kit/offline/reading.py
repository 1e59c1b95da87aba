"""What can be read off a document without understanding it: its heading, its first sentence, where each one stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

__all__ = ["Opening", "opening", "sentences"]

_SENTENCE: Final = re.compile(r".{20,}?(?:[.!?](?=\s|\Z)|[。！？])", re.S)  # 20: "Dr." ends none
_SENTENCE_ENDS: Final = ".!?。！？"
_ROWS_READ: Final = 1000  # whoever has not said a sentence by then says none
_HEADING_CHARACTERS: Final = 80
_PROSE_CHARACTERS: Final = 40
_PARAGRAPH_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class Opening:
    """How a document begins; each empty where there is none."""

    heading: str = ""
    sentence: str = ""


def opening(pages: Sequence[str]) -> Opening:
    r"""Find the first heading and the first sentence of a document.

    A sentence begins on a long line and runs over long lines to its end; dates, subtitles and figures stand alone.

    Parameters
    ----------
    pages : sequence of str
        The text of each page.

    Examples
    --------
    >>> opening(["Annual report\r\n2026\r\nThe year was better than any of us had dared\r\nto hope. It ended well."])
    Opening(heading='Annual report', sentence='The year was better than any of us had dared to hope.')
    """
    rows = list(islice(_rows(pages), _ROWS_READ))
    if not rows:
        return Opening()
    heading = rows[0].lstrip("# ") if _is_heading(rows) else ""
    for at in range(1 if heading else 0, len(rows)):
        if found := _SENTENCE.match(_paragraph(rows, at)):
            return Opening(heading, found[0])
    # A text of one short sentence.
    return Opening(heading, rows[0] if not heading and rows[0][-1] in _SENTENCE_ENDS else "")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    r"""Find where sentences begin and end; short lines before one, such as headings, are none of it.

    Examples
    --------
    >>> text = "Annual report\r\nThe year was better than any of us had dared\r\nto hope. It ended very well indeed."
    >>> [text[start:end] for start, end in sentences(text)][1]
    'It ended very well indeed.'
    """
    for found in _SENTENCE.finditer(text):
        start, end = found.span()
        lines = found[0].splitlines(keepends=True)
        for line in lines[:-1]:
            if len(line.strip()) >= _PROSE_CHARACTERS:
                break
            start += len(line)
        start += len(text[start:end]) - len(text[start:end].lstrip())
        yield start, end


def _rows(pages: Iterable[str]) -> Iterator[str]:
    for page in pages:
        for line in page.splitlines():
            # PDFium marks a hyphen at a line's end by a control character.
            row = " ".join("".join(c for c in line if c.isprintable() or c.isspace()).split())
            if row:
                yield row


def _is_heading(rows: Sequence[str]) -> bool:
    runs_on = len(rows) > 1 and rows[1][0].islower()
    return len(rows[0]) <= _HEADING_CHARACTERS and rows[0][-1] not in ".,;" and not runs_on


def _paragraph(rows: Sequence[str], at: int) -> str:
    """Return the prose that begins in a row, with the line that ends it, which may be short; empty if none does."""
    long = list(takewhile(lambda row: len(row) >= _PROSE_CHARACTERS, rows[at : at + _PARAGRAPH_ROWS]))
    return " ".join([*long, *rows[at + len(long) :][:1]]) if long else ""
