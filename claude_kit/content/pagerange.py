"""Which pages: the notation ``"1-10,12,15-"``."""

from __future__ import annotations

import re

from claude_kit.errors import ContentError

__all__ = ["parse"]

_RANGE = re.compile(r"\s*(?:(?P<only>\d{1,9})|(?P<first>\d{1,9})?\s*-\s*(?P<last>\d{1,9})?)\s*")


def parse(pages: str, page_count: int, name: str = "the document") -> tuple[int, ...]:
    """Return the page numbers that a page range names, in its own order.

    Parameters
    ----------
    pages : str
        Numbers and ranges from 1, separated by commas; a range may be open at either end.
    page_count : int
        How many pages there are.
    name : str
        The document's name, for error messages.

    Raises
    ------
    ContentError
        If it is malformed, empty, runs backwards or names a page that is not there.

    Examples
    --------
    >>> parse("1-3,7,9-", 10)
    (1, 2, 3, 7, 9, 10)
    """
    if not isinstance(pages, str):
        raise ContentError(f'{name}: pages={pages!r:.40} is not text. Write it like "1-10,12,15-".')
    numbers: list[int] = []
    for piece in pages.split(","):
        match = _RANGE.fullmatch(piece)
        if not match or piece.strip() == "-":
            raise ContentError(f'{name}: "{piece.strip()}" is no page range. Write it like "1-10,12,15-".')
        first = int(match["only"] or match["first"] or 1)
        last = int(match["only"] or match["last"] or page_count)
        if not 1 <= first <= last <= page_count:
            raise ContentError(f'{name}: no pages "{piece.strip()}", it has {_extent(page_count)}')
        numbers.extend(range(first, last + 1))
    return tuple(numbers)


def _extent(page_count: int) -> str:
    return {0: "none", 1: "only page 1"}.get(page_count, f"pages 1 to {page_count:,}")
