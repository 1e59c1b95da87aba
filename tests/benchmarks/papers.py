"""A folder of papers to measure with: PDFs of dense pages, all different, made of words of Python's manual."""

from __future__ import annotations

import random
import re
import tempfile
import textwrap
import zlib
from functools import cache
from pathlib import Path
from pydoc_data.topics import topics
from typing import Final

__all__ = ["folder", "paper"]

_LINES_PER_PAGE: Final = 46
_COLUMNS: Final = 66


def folder(files: int, pages: int = 10) -> Path:
    """Return a folder of `files` papers, made on the first call and kept in the system's temporary folder."""
    where = Path(tempfile.gettempdir()) / "claude_kit-benchmark-papers" / f"{pages}-pages"
    where.mkdir(parents=True, exist_ok=True)
    within = where / f"{files}-files"
    if not within.is_dir():
        made = Path(tempfile.mkdtemp(dir=where))
        for number in range(files):
            (made / f"paper {number + 1:04}.pdf").write_bytes(paper(pages, seed=number))
        made.rename(within)
    return within


def paper(pages: int, seed: int) -> bytes:
    """Return a PDF of `pages` full pages of some 3,000 characters; another seed gives other words."""
    chance = random.Random(seed)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for _ in range(pages):
        stream = zlib.compress(_drawn(_words(chance)).encode("latin-1", "replace"))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % content
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(kids))
    return _file(objects)


def _words(chance: random.Random) -> list[str]:
    """Return the lines of a page: words as often as they are in the manual, some numbers, some names of its own."""
    words = []
    for word in chance.choices(_vocabulary(), k=_LINES_PER_PAGE * _COLUMNS // 5):
        draw = chance.random()
        if draw < 0.03:
            word = f"{chance.uniform(0, 1000):.{chance.randrange(4)}f}"
        elif draw < 0.05:
            word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randrange(4, 11))).capitalize()
        elif draw < 0.13:
            word += chance.choice(",,,;:.")
        words.append(word)
    return textwrap.wrap(" ".join(words), _COLUMNS)[:_LINES_PER_PAGE]


def _drawn(lines: list[str]) -> str:
    shown = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    return "BT /F 10 Tf 14 TL 60 740 Td " + " ".join(f"({line}) ' " for line in shown) + "ET"


def _file(objects: list[bytes]) -> bytes:
    """Write objects, their table and the trailer."""
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, content)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)


@cache
def _vocabulary() -> list[str]:
    """Return the words of the manual in its order, so that the common ones are drawn more often."""
    return re.findall(r"[A-Za-z][A-Za-z'-]+", " ".join(topics.values()))
