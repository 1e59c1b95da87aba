"""Which turns does a conversation go on from, and what was asked besides?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from claude_kit.chat import history
from claude_kit.chat.cells import Run
from claude_kit.chat.forms import Wanted
from claude_kit.chat.turns import Turn
from claude_kit.content import Image, Pdf
from claude_kit.errors import ClaudeKitError
from claude_kit.render import units
from claude_kit.reply import STOPPED_BEFORE
from claude_kit.wire.order import Item

__all__ = ["Course", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what it goes on from.

    Attributes
    ----------
    content : tuple of part or block
    before : tuple of Turn
        What stands before it.
    cell : str or None
        The cell that asks.
    wanted : Wanted or None
        The form that its answer shall have.
    """

    content: tuple[Item, ...]
    before: tuple[Turn, ...] = ()
    cell: str | None = None
    wanted: Wanted | None = None


@dataclass(slots=True)
class _Ran:
    """The run of a cell that asked last: what its first question went on from, and whether an answer was kept."""

    request: str
    before: tuple[Turn, ...]
    kept: bool = False


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
    listeners : list of callable
        What to call when a turn was kept, such as a panel that shows it.
    """

    def __init__(self, turns: Iterable[Turn] = (), log: Iterable[Turn] = (), unbound: Iterable[Turn] = ()) -> None:
        self.turns = tuple(turns)
        self.log = tuple(log)
        self.unbound = tuple(unbound)
        self.listeners: list[Callable[[], None]] = []
        self._inherited = self.turns
        self._asked: Question | None = None
        self._runs: dict[str, _Ran] = {}
        self._one_at_a_time = threading.Lock()

    def put(self, turns: Iterable[Turn]) -> None:
        """Go on from other turns; what was not asked here is logged as if it were."""
        self.turns = tuple(turns)
        self.log = (*self.log, *(turn for turn in self.turns if not _is_among(turn, (*self.log, *self._inherited))))

    # ---- asking ------------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one question be answered at a time.

        Raises
        ------
        ClaudeKitError
            If another one is.
        """
        if not self._one_at_a_time.acquire(blocking=False):
            raise ClaudeKitError(
                "this conversation is being answered: wait for it (.result() of an answer in the background), end it "
                "with .stop(), or go on in chat.fork()"
            )
        try:
            yield
        finally:
            self._one_at_a_time.release()

    def before(self, run: Run | None) -> tuple[Turn, ...]:
        """Return what a question goes on from: in a cell that is run again, what was there before it asked.

        What was not asked here, as of a fork or a file, nobody replaces.
        """
        ran = None if run is None else self._runs.get(run.cell)
        if run is None or (ran is not None and ran.request == run.request):
            return self.turns if ran is None or ran.kept else ran.before
        own = [turn.cell == run.cell and not _is_among(turn, self._inherited) for turn in self.turns]
        return self.turns[: own.index(True)] if any(own) else self.turns

    def shared(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """Return items, those files that are in the log already as they are there.

        A cell that is run again reads its files anew, and all of its turns stay in the log: the bytes are kept once.
        """
        held = [item for turn in self.log for item in turn.content if isinstance(item, Image | Pdf)]
        return tuple(next((one for one in held if one == item), item) for item in items)

    def set_aside_by(self, question: Question) -> int:
        """Return how many turns a question sets aside beside the one whose place it takes."""
        return max(len(self.turns) - len(question.before) - 1, 0)

    def begin(self, run: Run | None, before: tuple[Turn, ...]) -> None:
        """Note which run of a cell asks: further questions of the same run go on from where its first did."""
        if run is not None and (run.cell not in self._runs or self._runs[run.cell].request != run.request):
            self._runs[run.cell] = _Ran(run.request, before)

    def keep(self, turn: Turn, question: Question) -> None:
        """Keep a turn: as what goes on, as what can be read, or in the log alone if nothing of an answer had come."""
        self.log = (*self.log, turn)
        self._asked = question
        if history.is_sent(turn):
            self.turns = (*question.before, turn)
            if turn.cell in self._runs:
                self._runs[turn.cell].kept = True
        elif turn.usage or any(step.reply.blocks for step in turn.steps) or turn.reply.problem == STOPPED_BEFORE:
            self.turns = (*self.turns, turn)
        for listener in self.listeners:
            listener()

    def forget_thinking(self, turns: Iterable[Turn]) -> bool:
        """Note that the API does not take the thinking of some turns back; tell whether that is new."""
        news = [turn for turn in turns if not _is_among(turn, self.unbound)]
        self.unbound = (*self.unbound, *news)
        return bool(news)

    # ---- going back, and going on beside -----------------------------------------------------------------------

    def last(self) -> Question:
        """Return what was asked last; it goes on from what of the turns before it is still there."""
        if self._asked is not None:
            before = tuple(turn for turn in self._asked.before if _is_among(turn, self.turns))
            return replace(self._asked, before=before)
        asked = self.log or self.turns
        if not asked:
            raise ValueError("nothing was asked yet")
        before = tuple(turn for turn in self.turns if turn is not asked[-1])
        return Question(asked[-1].content, before, asked[-1].cell)

    def undo(self, n: int) -> tuple[Turn, ...]:
        """Take the last turns back, and return them."""
        if not 0 < _whole(n, f"undo({n!r})") <= len(self.turns):
            raise ValueError(f"undo({n}): there are {units.plural(len(self.turns), 'turn')}")
        self.turns, taken = self.turns[:-n], self.turns[-n:]
        return taken

    def fork(self, at: int | None) -> Self:
        """Return one that goes on by itself from after some of the turns."""
        if at is not None and not -len(self.turns) <= _whole(at, f"fork(at={at!r})") <= len(self.turns):
            raise ValueError(f"fork(at={at}): there are {units.plural(len(self.turns), 'turn')}")
        return type(self)(self.turns[:at], (), self.unbound)


def _whole(number: object, asked: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{asked}: give a whole number of turns")
    return number


def _is_among(turn: Turn, turns: Iterable[Turn]) -> bool:
    return any(turn is one for one in turns)
