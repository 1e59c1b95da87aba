"""How far is a survey? One bar where somebody watches, one quiet line when it is done."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from claude_kit.render import progress as bars
from claude_kit.render import units

__all__ = ["Progress", "progress"]


class Progress:
    """What a survey tells how far it is; a context around it."""

    def __init__(self, bar: bars.Progress) -> None:
        self._bar = bar
        self._done = self._kept = 0

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, traceback)

    def step(self, *, was_kept: bool = False) -> None:
        """One more is done; `was_kept` if it was known from an earlier time."""
        self._done += 1
        self._kept += was_kept
        kept = f"{units.count(self._kept)} from the cache" if self._kept else ""
        self._bar.show(self._done, kept, known=self._kept)


def progress(total: int, *, shown: bool = True) -> Progress:
    """Return what shows how many of `total` files are done: a bar in a notebook or a terminal, nothing elsewhere."""
    return Progress(bars.progress(total, "file", shown=shown))
