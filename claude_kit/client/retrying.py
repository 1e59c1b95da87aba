"""When is a request worth asking again, and how long does one wait before?

As the SDKs do it (`anthropic` 2.12.0): twice more, for no connection, 408, 409, 429 and 500 and above, after the time
that the answer asks for, or else half a second, then twice as long, up to eight, less up to a quarter at random so that
many who failed together do not come back together. The loop and the sleeping, in threads, asyncio and trio, are
stamina's.
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from claude_kit import errors
from claude_kit.render import units
from claude_kit.render.surfaces import surface

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import stamina

__all__ = ["MAX_RETRIES", "Attempt", "Attempts", "OnWait", "Waiting", "attempts", "is_worth_retrying", "on_terminal"]

#: How often a request is asked again by default.
MAX_RETRIES: Final = 2

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 8.0
# Nobody sits before a notebook for longer; the error then says how long it would be.
_LONGEST_ASKED_S: Final = 60.0
_JITTER: Final = 0.25

# stamina logs every retry as a warning, which Python prints where no logging has been set up. We tell it by `on_wait`.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_WORTH: Final = (
    errors.ConnectionFailed,
    errors.RequestTimeoutError,
    errors.ConflictError,
    errors.RateLimitError,
    errors.ServerError,
)

# Why there is a wait, the finer before the coarser.
_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (errors.OverloadedError, "overloaded"),
    (errors.RateLimitError, "rate limited"),
    (TimeoutError, "timed out"),
    (errors.ConnectionFailed, "no connection"),
    (errors.StreamInterrupted, "the connection broke"),
    (errors.ConflictError, "another request was at it"),
    (errors.ServerError, "failed on the other side"),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait that is about to begin, to be shown to whoever waits.

    Attributes
    ----------
    seconds : float
    attempt : int
        Which attempt failed, counted from 1.
    error : Exception
        What it failed with.

    Examples
    --------
    >>> print(Waiting(8.0, 1, errors.OverloadedError("Overloaded")))
    waiting 8 s (overloaded)
    """

    seconds: float
    attempt: int
    error: Exception

    @property
    def reason(self) -> str:
        """Why, in a few words."""
        return next((words for kind, words in _REASONS if isinstance(self.error, kind)), "asking again")

    def __str__(self) -> str:
        return f"waiting {_seconds(self.seconds)} ({self.reason})"


#: Is told of every wait before it begins; if it is ``given_up`` then, nothing is asked after it.
OnWait = Callable[[Waiting], object]


def on_terminal(waiting: Waiting) -> None:
    """Tell of a wait where somebody sits at a terminal or in a notebook, and nobody shows it otherwise."""
    if sys.stderr is not None and (sys.stderr.isatty() or surface() == "live"):
        print(waiting, file=sys.stderr)


def attempts(
    max_retries: int = MAX_RETRIES,
    on_wait: OnWait | None = None,
    *,
    first_wait_s: float = _FIRST_WAIT_S,
    longest_wait_s: float = _LONGEST_WAIT_S,
    longest_asked_s: float = _LONGEST_ASKED_S,
    asked: int = 0,
) -> Attempts:
    """Return the attempts of one request, to go through with ``for`` or ``async for``; see `Attempts`.

    Parameters
    ----------
    max_retries : int
        How often to ask again.
    on_wait : callable, optional
        Called before each wait; by default `on_terminal`. Whatever it raises ends the attempts.
    first_wait_s, longest_wait_s : float
        Seconds to wait after the first failure, doubled after each further one, and the most it comes to.
    longest_asked_s : float
        Seconds that an answer may ask to wait; if it asks for more, its error is raised at once.
    asked : int
        How often it was asked, and failed, before these attempts.

    Raises
    ------
    ValueError
        If there are to be fewer than no retries.

    Examples
    --------
    >>> answers = iter([errors.OverloadedError("Overloaded"), errors.ConnectionFailed("Reset"), "Twelve."])
    >>> for attempt in attempts(first_wait_s=0.0, on_wait=print):
    ...     with attempt:
    ...         answer = next(answers)
    ...         if isinstance(answer, Exception):
    ...             raise answer
    ...         print(f"{answer} The attempt was number {attempt.number}.")
    waiting 0 s (overloaded)
    waiting 0 s (no connection)
    Twelve. The attempt was number 3.
    """
    if max_retries < 0:
        raise ValueError(f"max_retries={max_retries}: give 0 or more")
    return Attempts(_Patience(max_retries, on_wait, first_wait_s, longest_wait_s, longest_asked_s, asked))


def is_worth_retrying(error: BaseException) -> bool:
    """Tell whether asking again may help, and costs nothing that was paid for already.

    Not once something of the answer has come. What the answer says itself goes before its class.

    Examples
    --------
    >>> is_worth_retrying(errors.OverloadedError("Overloaded")), is_worth_retrying(errors.BadRequestError("No"))
    (True, False)
    >>> is_worth_retrying(errors.RateLimitError("Spent", should_retry=False))
    False
    """
    if not isinstance(error, errors.APIError | errors.StreamInterrupted):
        return False
    if error.reply is not None and error.reply.blocks:
        return False
    if isinstance(error, errors.StreamInterrupted):
        return True
    return isinstance(error, _WORTH) if error.should_retry is None else error.should_retry


class Attempts:
    """The attempts of one request: each is a ``with`` block that swallows an error worth asking again for.

    The wait is over when the next attempt comes. An interrupt or a cancellation ends it at once. When nothing is left
    to try, the last error goes its way, with a note that says how often it was tried. To be gone through once.
    """

    __slots__ = ("_patience", "_turns", "_turns_async")

    def __init__(self, patience: _Patience) -> None:
        self._patience = patience
        self._turns: Iterator[stamina.Attempt] | None = None
        self._turns_async: AsyncIterator[stamina.Attempt] | None = None

    def __iter__(self) -> Self:
        self._turns = self._patience.turns().__iter__()
        return self

    def __next__(self) -> Attempt:
        if self._turns is None:
            raise TypeError("go through the attempts with for, or with async for")
        turn = next(self._turns)
        if getattr(self._patience.on_wait, "given_up", False):
            raise errors.ClaudeKitError("nobody waits for the answer any more")
        return Attempt(turn, self._patience)

    def __aiter__(self) -> Self:
        self._turns_async = self._patience.turns().__aiter__()
        return self

    async def __anext__(self) -> Attempt:
        if self._turns_async is None:
            raise TypeError("go through the attempts with for, or with async for")
        return Attempt(await self._turns_async.__anext__(), self._patience)


class Attempt:
    """One attempt.

    Attributes
    ----------
    number : int
        Which one, counted from 1.
    """

    __slots__ = ("_patience", "_turn", "number")

    def __init__(self, turn: stamina.Attempt, patience: _Patience) -> None:
        self._turn = turn
        self._patience = patience
        self.number: int = turn.num

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        # stamina is only shown what it shall wait for: it would swallow everything, an interrupt too, to raise it again
        # out of its own depths, and keep the error with all that its traceback holds.
        if error is not None and not self._patience.waits_for(error, self.number):
            return False
        return bool(self._turn.__exit__(kind, error, traceback))


@dataclass(slots=True)
class _Patience:
    """How often to ask again, how long to wait, and whom to tell."""

    max_retries: int
    on_wait: OnWait | None
    first_wait_s: float
    longest_wait_s: float
    longest_asked_s: float
    asked: int = 0
    wait_s: float = 0.0

    def turns(self) -> Any:
        """Return stamina's loop, sync or async as it is gone through. It is loaded only now, not with the client."""
        import stamina

        if not stamina.is_active():  # a program's tests may have switched retries off
            self.max_retries = 0
        left = max(self.max_retries - self.asked, 0)
        return stamina.retry_context(on=lambda _: self.wait_s, attempts=left + 1, timeout=None)

    def waits_for(self, error: BaseException, attempt: int) -> bool:
        """Decide whether there is another attempt after this error, and tell of the wait."""
        if not isinstance(error, errors.ClaudeKitError):
            return False
        attempt += self.asked
        if not is_worth_retrying(error) or attempt > self.max_retries:
            if attempt > 1:
                error.add_note(f"Asked {attempt} times.")
            return False
        asked_s = getattr(error, "retry_after", None) or 0.0
        if asked_s > self.longest_asked_s:
            error.add_note(
                f"It asks to wait {_seconds(asked_s)}, which is longer than what is waited by itself "
                f"({_seconds(self.longest_asked_s)}): ask again then."
            )
            return False
        self.wait_s = asked_s or self._backoff_s(attempt)
        (self.on_wait or on_terminal)(Waiting(self.wait_s, attempt, error))
        return True

    def _backoff_s(self, attempt: int) -> float:
        doubled_s: float = self.first_wait_s * 2.0 ** min(attempt - 1, 30)
        return min(doubled_s, self.longest_wait_s) * (1 - _JITTER * random.random())


def _seconds(duration_s: float) -> str:
    return units.seconds(duration_s).replace(".0 s", " s")
