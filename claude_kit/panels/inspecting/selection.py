"""Which pages are selected: numbers from 1, given as such or as a range, written as a range."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, cast

import traitlets

from claude_kit.content import Pdf, pagerange
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["PageNumbers", "said", "written"]


class _Inspects(Protocol):
    pdf: Pdf


class PageNumbers(traitlets.TraitType[tuple[int, ...], str | Iterable[int]]):
    """Numbers of pages of the object's ``pdf``, rising; also set by a range such as ``"1-10, 12"``."""

    default_value = ()
    info_text = 'page numbers from 1, or a range such as "1-10, 12"'

    def validate(self, obj: object, value: object) -> tuple[int, ...]:
        """Return the numbers that are meant.

        Raises
        ------
        ContentError
            If the range is malformed, or there is no such page.
        """
        if value == () or value == "":
            return ()
        pdf = cast("_Inspects", obj).pdf
        if isinstance(value, str):
            return tuple(sorted(set(pagerange.parse(value, pdf.page_count, pdf.label))))
        try:
            numbers = sorted({operator.index(number) for number in cast("Iterable[int]", value)})
        except TypeError:
            raise ContentError(f"{pdf.label}: {value!r:.60} are no {self.info_text}", where=pdf.label) from None
        for number in (*numbers[:1], *numbers[-1:]):
            if not 1 <= number <= pdf.page_count:
                there = f"pages 1 to {pdf.page_count:,}" if pdf.page_count > 1 else "only page 1"
                raise ContentError(f"{pdf.label}: no page {number}, it has {there}", where=pdf.label)
        return tuple(numbers)


def written(numbers: Sequence[int]) -> str:
    """Write rising page numbers as a range, as `claude_kit.Pdf.select` reads it.

    Examples
    --------
    >>> written((1, 2, 3, 7, 9, 10))
    '1-3, 7, 9-10'
    """
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in _runs(numbers))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for number in numbers:
        if number != last + 1 or not first:
            if first:
                yield first, last
            first = number
        last = number
    if first:
        yield first, last


def said(selected: int, pages: int) -> str:
    """Say how many pages are selected.

    Examples
    --------
    >>> said(12, 643), said(0, 643), said(1, 1)
    ('12 of 643 pages selected', 'none of 643 pages selected', '1 of 1 page selected')
    """
    return f"{units.count(selected) if selected else 'none'} of {units.plural(pages, 'page')} selected"
