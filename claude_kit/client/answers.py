"""What comes back of many requests: a list in their order, of answers and of errors in the place of answers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from claude_kit.client import outcomes
from claude_kit.client.outcomes import Outcome, Summary
from claude_kit.render.plain import terminal_width
from claude_kit.reply import Reply, Usage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answers"]


class Answers(list[Outcome]):
    """The answers to many requests, in the order of the requests: each a `Reply`, or the error in its place.

    Parameters
    ----------
    found : iterable of Reply or ClaudeKitError
    stopped : bool
        Whether it was stopped before all requests had their turn.

    Attributes
    ----------
    stopped : bool

    Examples
    --------
    >>> answers = Answers([Reply()])
    >>> answers.failed, answers.cost
    ([], Decimal('0'))
    """

    def __init__(self, found: Iterable[Outcome] = (), *, stopped: bool = False) -> None:
        super().__init__(found)
        self.stopped = stopped

    @property
    def replies(self) -> list[Reply]:
        """The answers alone."""
        return [came for came in self if isinstance(came, Reply)]

    @property
    def failed(self) -> list[int]:
        """The places of what got no answer: ``[requests[at] for at in answers.failed]`` are to be asked again."""
        return [at for at, came in enumerate(self) if not isinstance(came, Reply)]

    @property
    def cost(self) -> Decimal:
        """US dollars for all answers, and for what had come of those that broke off."""
        return outcomes.spent(self)

    @property
    def usage(self) -> Usage:
        """The tokens of all answers together."""
        return sum((reply.usage for reply in self.replies), Usage())

    def raise_for_errors(self) -> Self:
        """Return these answers if each request has one.

        Raises
        ------
        ClaudeKitError
            The first error; a note on it says of which request, and how many others there are.
        """
        outcomes.raise_first(enumerate(self))
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return one row a request: ``request``, ``status``, ``model``, tokens, ``cost_usd``, ``text``, ``error``."""
        return outcomes.frame("request", enumerate(self))

    def __str__(self) -> str:
        return self._summary().to_text(terminal_width())

    def __repr__(self) -> str:
        return f"<Answers to {self._summary().headline}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self._summary().bundle()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # IPython would print it as a list

    def _summary(self) -> Summary:
        return Summary(tuple(enumerate(self)), "Stopped before all had their turn." if self.stopped else "")
