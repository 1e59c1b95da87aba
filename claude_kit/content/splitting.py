"""Which pages go into which file: a PDF cut into pieces that hold limits.

PDFium copies the pages, ten times faster than pypdf and with the same sizes. pypdf looks at what they bring along, and
only when that weighs more than their share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from claude_kit.content import pdfium, structure
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["Piece", "pieces", "selected"]

# A few pages weigh more than their share of the whole: fonts come along. Beyond this it is worth a look whether they
# bring more than they use.
_HEAVY: Final = 1.3
_ALWAYS_LIGHT: Final = 50_000

# A piece this full is full: to look for the last page that fits takes longer than it saves.
_FULL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Piece:
    """Some pages of a document as a file of their own: from page `first` to page `last`, counted from 1."""

    first: int
    last: int
    data: bytes


def selected(data: bytes, name: str, pages: Sequence[int]) -> bytes:
    """Return a PDF of some `pages` (from 0), in that order, that brings along no more than they use."""
    chosen = _taken(data, name, pages, catalog=structure.needs_catalog(data))
    share = len(data) * len(pages) / max(1, pdfium.facts(data, name).page_count)
    if len(chosen) < _ALWAYS_LIGHT or len(chosen) < _HEAVY * share:
        return chosen
    slim = structure.slimmed(chosen)
    lighter = pdfium.resaved(slim, name) if slim else chosen
    return min(chosen, lighter, key=len)


def pieces(data: bytes, name: str, *, max_pages: int, max_bytes: int) -> list[Piece]:
    """Return the document in as few pieces as hold both limits, together all of its pages in order.

    Raises
    ------
    ContentError
        If a single page is larger than `max_bytes`.
    """
    whole = pdfium.facts(data, name)
    if whole.repaired:
        data = pdfium.resaved(data, name)
    cut = _Cut(data, name, whole.page_count, max_pages, max_bytes)
    try:
        found = cut.pieces()
    except ContentError:
        slim = cut.slimmed()
        if not slim:
            raise
        return slim.pieces()
    if sum(len(piece.data) for piece in found) < _HEAVY * len(data):
        return found
    slim = cut.slimmed()
    lighter = slim.pieces() if slim else found
    return min(found, lighter, key=lambda pieces: sum(len(piece.data) for piece in pieces))


class _Cut:
    """The cutting of one document: each piece takes as many of the pages left as it holds."""

    def __init__(self, data: bytes, name: str, page_count: int, max_pages: int, max_bytes: int) -> None:
        self.data = data
        self.name = name
        self.page_count = page_count
        self.max_pages = max_pages
        self.max_bytes = max_bytes
        self.catalog = structure.needs_catalog(data)

    def pieces(self) -> list[Piece]:
        found: list[Piece] = []
        guess = max(1, int(self.page_count * self.max_bytes / len(self.data)))
        while (begin := found[-1].last if found else 0) < self.page_count:
            found.append(self._longest(begin, guess))
            guess = found[-1].last - begin
        return found

    def slimmed(self) -> _Cut | None:
        """Return the same cut of the same pages, which hold on to no more than they use; None if they do already."""
        data = self.data
        if not self.catalog:
            # Copied pages have no links to each other any more, which pypdf follows until Python's stack is full.
            data = pdfium.selected(data, self.name, range(self.page_count))
        slim = structure.slimmed(data)
        return _Cut(slim, self.name, self.page_count, self.max_pages, self.max_bytes) if slim else None

    def _longest(self, begin: int, guess: int) -> Piece:
        """Return the piece of most pages from page `begin` (from 0) on that holds the limits; a guess saves tries."""
        fits = 0
        fails = 1 + min(self.max_pages, self.page_count - begin)
        best = b""
        count = min(guess, fails - 1)
        while True:
            data = _taken(self.data, self.name, range(begin, begin + count), catalog=self.catalog)
            if len(data) <= self.max_bytes:
                fits, best = count, data
            else:
                fails = count
            if fails == 1:
                raise self._too_large(begin + 1, len(data))
            if fails - fits == 1 or len(best) > _FULL * self.max_bytes:
                return Piece(begin + 1, begin + fits, best)
            likely = int(count * self.max_bytes / len(data))
            count = min(max(likely, fits + 1), fails - 1)

    def _too_large(self, page: int, size: int) -> ContentError:
        return ContentError(
            f"{self.name}: page {page:,} alone is {units.size(size)}, the limit is {units.size(self.max_bytes)}. "
            f"Send that page as an image: pdf.pages[{page - 1}].image(). Or print it anew with smaller pictures.",
            media_type=PDF_TYPE,
            where=self.name,
        )


def _taken(data: bytes, name: str, pages: Sequence[int], *, catalog: bool) -> bytes:
    rising = all(before < after for before, after in pairwise(pages))
    return (pdfium.kept if catalog and rising else pdfium.selected)(data, name, pages)
