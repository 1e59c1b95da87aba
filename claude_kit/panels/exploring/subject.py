"""What is a what-if about: documents as they were measured, from which other numbers of pages follow?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from claude_kit.estimate.count import METHODS, Count, Method
from claude_kit.models import Model
from claude_kit.preflight import Finding

__all__ = ["ENDS", "Measured", "Numbers", "Subject", "as_rows", "least_sure"]

#: Whole numbers, one a document.
Numbers = npt.NDArray[np.int64]

#: The three numbers of a `Count`, in the order in which they stand in `Measured`.
ENDS: Final = ("low", "tokens", "high")


@dataclass(frozen=True, slots=True)
class Measured:
    """What the documents are in tokens of one model.

    Attributes
    ----------
    fixed, paged : numpy.ndarray of int
        Of shape (3, documents), for the ends of each count: what does not depend on the pages, the frame of the
        message too; and what all the pages are.
    question : Count
        What each question adds.
    method : str
        How the least sure of it was counted; see `claude_kit.estimate.count.METHODS`.
    """

    fixed: Numbers
    paged: Numbers
    question: Count
    method: Method

    def prefix(self, stretch: float) -> Numbers:
        """Return the tokens that all questions about a document share, if it had `stretch` times its pages."""
        return self.fixed + (self.paged if stretch == 1 else np.rint(self.paged * stretch).astype(np.int64))


# Not frozen: what was measured is kept.
@dataclass
class Subject:
    """Documents, and what is known of them.

    Attributes
    ----------
    name : str
        What they are called in a sentence.
    documents, pages : int
        How many there are, and how many pages each has, or about that; 0 pages if there are none to be changed.
    page_counts, sizes : numpy.ndarray of int
        One a document: its pages, and its bytes in base64.
    measure : callable
        Counts for a model.
    refuse : callable
        Finds why a model would refuse them as they are, their size left aside.
    sources : tuple of str
        How they were counted, in sentences.
    """

    name: str
    documents: int
    pages: int
    page_counts: Numbers
    sizes: Numbers
    measure: Callable[[Model], Measured]
    refuse: Callable[[Model], Finding | None]
    sources: tuple[str, ...]
    _measured: dict[str, Measured] = field(default_factory=dict)
    _refused: dict[str, Finding | None] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many documents were measured; any others are like them."""
        return len(self.page_counts)

    def stretch(self, pages: int) -> float:
        """Return how many times as many pages that is."""
        return pages / self.pages if self.pages else 1.0

    def measured(self, model: Model) -> Measured:
        """Return what they are for a model, counted once."""
        if model.id not in self._measured:
            self._measured[model.id] = self.measure(model)
        return self._measured[model.id]

    def refusal(self, model: Model) -> Finding | None:
        """Return why a model would refuse them as they are, whatever their size; looked for once."""
        if model.id not in self._refused:
            self._refused[model.id] = self.refuse(model)
        return self._refused[model.id]


def as_rows(*counts: Count) -> Numbers:
    """Return counts as `Measured` holds them.

    Examples
    --------
    >>> as_rows(Count(10, 9, 12, "measured")).tolist()
    [[9], [10], [12]]
    """
    return np.array([[getattr(count, end) for count in counts] for end in ENDS], dtype=np.int64)


def least_sure(*methods: Any) -> Method:
    """Return the method that says least.

    Examples
    --------
    >>> least_sure("exact", "heuristic", "measured")
    'heuristic'
    """
    found: Method = max(methods, key=METHODS.index, default="exact")
    return found
