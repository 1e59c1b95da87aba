"""About how many tokens a part is, at once: a long document by a sample of its pages."""

from __future__ import annotations

from typing import Final

from claude_kit.content import Part, Pdf
from claude_kit.estimate import documents
from claude_kit.estimate.request import lines
from claude_kit.models import Model

__all__ = ["is_long", "tokens"]

# Reading a dense page takes some 5 ms; nobody waits long for a card.
_PAGES_READ: Final = 40
_PAGES_SAMPLED: Final = 20

# Digits that a sample is good for.
_SURE_DIGITS: Final = 2


def is_long(item: Part) -> bool:
    """Whether it takes long to read all of it, so that a sample has to do."""
    return isinstance(item, Pdf) and item.page_count > _PAGES_READ


def tokens(item: Part, model: Model) -> tuple[int, bool]:
    """Return how many tokens a part is, and whether all of it was counted.

    Parameters
    ----------
    item : Image, Pdf or Text
    model : Model

    Examples
    --------
    >>> from claude_kit.content import text
    >>> from claude_kit.models import find
    >>> tokens(text("one two " * 100_000), find("claude-sonnet-5-5"))[1]
    True
    """
    if isinstance(item, Pdf) and is_long(item):
        step = item.page_count / _PAGES_SAMPLED
        sample = [item.pages[int(at * step)] for at in range(_PAGES_SAMPLED)]
        counted = sum(documents.page(page, page.text, model).tokens for page in sample)
        return _rounded(counted * item.page_count / len(sample)), False
    *counted_lines, _ = lines([{"role": "user", "content": [item]}], model)  # the last is the frame of a message
    return sum(line.count.tokens for line in counted_lines), True


def _rounded(number: float) -> int:
    """Round to the digits that a sample is good for."""
    return int(float(f"{number:.{_SURE_DIGITS}g}"))
