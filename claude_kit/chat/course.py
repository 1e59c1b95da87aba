"""Which turns does a conversation go on from, and what was asked besides?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from claude_kit.chat import history
from claude_kit.chat.cells import Run
from claude_kit.chat.turns import Turn
from claude_kit.render import units
from claude_kit.reply import STOPPED_BEFORE
from claude_kit.wire.order import Item

__all__ = ["Course"]


class Course:
    """The turns of a conversation, those that go on and those that were set aside.

    Attributes
    ----------
    turns : tuple of Turn
        What the next question goes on from.
    log : tuple of Turn
        All that was ever asked.
    unbound : tuple of Turn
        Those whose thinking the API did not take back.
    """

    def __init__(self, turns: Iterable[Turn] = (), log: Iterable[Turn] = (), unbound: Iterable[Turn] = ()) -> None:
        self.turns = tuple(turns)
        self.log = tuple(log)
        self.unbound = tuple(unbound)
        self._inherited = self.turns
        self._asked: tuple[tuple[Item, ...], tuple[Turn, ...]] | None = None
        self._runs: dict[str, str] = {}

    def put(self, turns: Iterable[Turn]) -> None:
        """Go on from other turns; what was not asked here is logged as if it were."""
        self.turns = tuple(turns)
        self.log = (*self.log, *(turn for turn in self.turns if not _is_among(turn, (*self.log, *self._inherited))))

    # ---- asking ------------------------------------------------------------------------------------------------

    def before(self, run: Run | None) -> tuple[Turn, ...]:
        """Return what a question goes on from: in a cell that is run again, what was there before it asked."""
        if run is None or self._runs.get(run.cell) == run.request:
            return self.turns
        first = next((at for at, turn in enumerate(self.turns) if turn.cell == run.cell), len(self.turns))
        return self.turns[:first]

    def begin(self, run: Run | None) -> None:
        """Note which run of a cell asks: further questions of the same run go on from its first."""
        if run is not None:
            self._runs[run.cell] = run.request

    def keep(self, turn: Turn, before: tuple[Turn, ...]) -> None:
        """Keep a turn: as what goes on, as what can be read, or in the log alone if nothing of an answer had come."""
        self.log = (*self.log, turn)
        self._asked = (turn.content, before)
        if history.is_sent(turn):
            self.turns = (*before, turn)
        elif turn.usage or any(step.reply.blocks for step in turn.steps) or turn.reply.problem == STOPPED_BEFORE:
            self.turns = (*self.turns, turn)

    def forget_thinking(self, turns: Iterable[Turn]) -> bool:
        """Note that the API does not take the thinking of some turns back; tell whether that is new."""
        news = [turn for turn in turns if not _is_among(turn, self.unbound)]
        self.unbound = (*self.unbound, *news)
        return bool(news)

    # ---- going back, and going on beside -----------------------------------------------------------------------

    def last(self) -> tuple[tuple[Item, ...], tuple[Turn, ...]]:
        """Return what was asked last, and what it went on from, as far as that is still there."""
        if self._asked is not None:
            content, before = self._asked
            return content, tuple(turn for turn in before if _is_among(turn, self.turns))
        asked = self.log or self.turns
        if not asked:
            raise ValueError("nothing was asked yet")
        return asked[-1].content, tuple(turn for turn in self.turns if turn is not asked[-1])

    def undo(self, n: int) -> tuple[Turn, ...]:
        """Take the last turns back, and return them."""
        if not 0 < n <= len(self.turns):
            raise ValueError(f"undo({n}): there are {units.plural(len(self.turns), 'turn')}")
        self.turns, taken = self.turns[:-n], self.turns[-n:]
        return taken

    def fork(self, at: int | None) -> Self:
        """Return one that goes on by itself from after some of the turns."""
        if at is not None and not -len(self.turns) <= at <= len(self.turns):
            raise ValueError(f"fork(at={at}): there are {units.plural(len(self.turns), 'turn')}")
        return type(self)(self.turns[:at], (), self.unbound)


def _is_among(turn: Turn, turns: Iterable[Turn]) -> bool:
    return any(turn is one for one in turns)
