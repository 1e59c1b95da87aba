"""May the next request leave? One gate for all that are under way, so that a refusal of one holds back all.

It opens as a cautious person would: after a refusal nothing leaves until the time that the answer named; then one goes
alone, and with every answer one more may be under way, until as many are as were wanted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Final

__all__ = ["Gate"]

# Where an answer names no time; doubled with every refusal in a row, a little uneven, for others wait as well.
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_UNEVEN: Final = 0.25


class Gate:
    """Decides how many requests are under way; knows neither threads nor clocks, only what it is told.

    Parameters
    ----------
    most : int
        How many may be under way at once.
    chance : callable
        Returns a number from 0 to 1.

    Attributes
    ----------
    room : int
        How many may be under way for now.
    refusals : int
        How often in a row nothing got through.
    refused_since : float
        When the first of these came.

    Examples
    --------
    >>> gate = Gate(8)
    >>> gate.refused(left_at=0.0, now=1.0, retry_after=5.0)
    >>> gate.wait_s(under_way=0, now=2.0), gate.room
    (4.0, 1)
    """

    def __init__(self, most: int, chance: Callable[[], float] = random.random) -> None:
        self.room = most
        self.refusals = 0
        self.refused_since = math.inf
        self._most = most
        self._chance = chance
        self._opens_at = -math.inf
        self._held_at = -math.inf

    def wait_s(self, under_way: int, now: float) -> float:
        """Return the seconds until the next may leave; infinity if first another has to come back."""
        return math.inf if under_way >= self.room else max(0.0, self._opens_at - now)

    def refused(self, left_at: float, now: float, retry_after: float | None) -> None:
        """Take note that a request was refused, or got no answer.

        Parameters
        ----------
        left_at, now : float
            Seconds of any one clock.
        retry_after : float or None
            Seconds to wait that the answer asked for.
        """
        # Those that left before the gate closed knew nothing of it: together they are one refusal.
        if left_at >= self._held_at:
            self.refused_since = self.refused_since if self.refusals else now
            self.refusals += 1
        elif retry_after is None:
            return
        self.hold(now, self._backoff_s() if retry_after is None else retry_after)

    def hold(self, now: float, seconds: float) -> None:
        """Let nothing leave for so many seconds, and then one at first."""
        self._held_at = now
        self._opens_at = max(self._opens_at, now + seconds)
        self.room = 1

    def answered(self, left_at: float) -> None:
        """Take note that a request got through: there is room for one more."""
        if left_at >= self._held_at:
            self.refusals = 0
            self.room = min(self.room + 1, self._most)

    def _backoff_s(self) -> float:
        doubled = min(_FIRST_WAIT_S * 2 ** (self.refusals - 1), _LONGEST_WAIT_S)
        return float(doubled * (1 + _UNEVEN * self._chance()))
