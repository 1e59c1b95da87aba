"""Message Batches, for `claude_kit.Client`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from claude_kit.client.batches import operations
from claude_kit.client.batches.forecast import Forecast, forecast
from claude_kit.client.batches.known import Known, handing_in, load
from claude_kit.client.batches.operations import Submission
from claude_kit.client.batches.requests import Encode, entries, named
from claude_kit.client.batches.results import Results
from claude_kit.client.batches.states import State
from claude_kit.client.steps import Steps
from claude_kit.estimate import Via

__all__ = ["Batch", "Batches", "Run"]

T = TypeVar("T")


class Run(Protocol):
    """What carries out an operation: makes its calls and sends their answers in."""

    def __call__(self, steps: Steps[T], /) -> T:
        """Return what the operation ends in."""


class Batches:
    """Message Batches: many requests at half the price, answered within a day.

    It is ``client.batches``; nobody makes one by hand.

    Parameters
    ----------
    run : callable
        Carries out an operation.
    encode : callable
        Checks the arguments of `Client.send` and returns the body that would be sent.
    via : str
        The route, for estimates.
    """

    def __init__(self, run: Run, encode: Encode, via: Via = "anthropic") -> None:
        self._run = run
        self._encode = encode
        self._via = via

    def submit(
        self,
        requests: Iterable[object] | Mapping[str, object],
        *,
        ids: Iterable[str] | None = None,
        **fields: Any,
    ) -> Batch:
        """Hand in requests; they are answered within a day, most within an hour, and cost half.

        Each is checked as `Client.send` checks it. Usually all are, before a byte leaves. More than 100,000 requests
        or 256 MB become several batches, which are sent one after the other, and look like one; `requests` may then
        be an iterator, so that never more than one batch is in memory.

        Parameters
        ----------
        requests : iterable, or mapping of str to request
            Each request is a mapping of the arguments of `Client.send` (``{"messages": [...], "system": ...}``), or a
            question: a string, a part, or a list of content. In a mapping, the keys are the ids.
        ids : iterable of str, optional
            The requests' ids: 1 to 64 letters, digits, hyphens and underscores; by default ``"r-000001"`` and so on.
        **fields
            What is the same for all requests, such as ``model``, ``max_tokens`` and ``system``.

        Returns
        -------
        Batch

        Raises
        ------
        PreflightError
            If the API would refuse one of them; a note says which.
        ValueError
            If an id is none that the API takes, or comes twice, or there is no request.
        APIError
            If the API refuses the batch. If some batches had been submitted by then, a note says which.
        """
        submission = Submission()
        with handing_in(submission):
            self._run(operations.submit(entries(named(requests, ids), self._encode, fields), submission))
        return Batch(self._run, submission.states, submission.names)

    def estimate(
        self, requests: Iterable[object] | Mapping[str, object], *, expect_output: int | None = None, **fields: Any
    ) -> Forecast:
        """Estimate, offline, what requests would cost as a batch; takes what `submit` takes.

        Parameters
        ----------
        requests, **fields
            As for `submit`.
        expect_output : int, optional
            Tokens expected as answer to each.
        """
        return forecast(requests, fields, expect_output=expect_output, via=self._via)

    def get(self, *ids: str) -> Batch:
        """Find a batch again, also one of another session; several ids are taken together as one batch.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return Batch(self._run, self._run(operations.refreshed(ids)))

    def load(self, path: str | Path) -> Batch:
        """Find the batch again that `Batch.save` wrote down, and the order of its requests.

        Raises
        ------
        ValueError
            If the file is none of those.
        """
        ids, names = load(path)
        return Batch(self._run, self._run(operations.refreshed(ids)), names)

    def list(self, limit: int = 20) -> list[Batch]:
        """Return the account's newest batches, at most so many."""
        return [Batch(self._run, [state]) for state in self._run(operations.listed(limit))]

    def __repr__(self) -> str:
        return "<Batches: .submit(requests), .get(id), .list(), .estimate(requests)>"


class Batch(Known):
    """Requests that were handed in together.

    Very many are in several batches of the API; here they are one.

    Attributes
    ----------
    states : tuple of State
        The API's batches, as they were last asked for.
    names : tuple of str or None
        The requests' ids in the order of submission; None for a batch of an earlier session.
    """

    def __init__(self, run: Run, states: Sequence[State], names: Sequence[str] | None = None) -> None:
        super().__init__(states, names)
        self._run = run
        self._results: Results | None = None

    def refresh(self) -> Self:
        """Ask how far it is."""
        self.states = self._run(operations.refreshed(self.ids))
        return self

    def wait(self, *, progress: bool = True, timeout: float | None = None) -> Self:
        """Wait until it has ended, with a progress bar where somebody watches.

        To stop waiting loses nothing: the batch goes on, and may be waited for again, also in another session.

        Parameters
        ----------
        progress : bool
            Whether to show how far it is.
        timeout : float, optional
            Seconds after which to give up.

        Raises
        ------
        TimeoutError
            If it has not ended by then.
        APIError
            If it could not be asked for half an hour.
        """
        with self._watched(progress) as tell:
            self.states = self._run(operations.waited(self.states, tell, timeout))
        return self

    def results(self) -> Results:
        """Return all answers in the order of submission: each a `Reply`, or the error in its place.

        Raises
        ------
        ClaudeKitError
            If it has not ended, or the results were taken away, as they are after 29 days.
        """
        if self._results is None:
            self.states, self._results = self._run(operations.results(self.states, self.names))
        return self._results

    def cancel(self) -> Self:
        """Cancel what has not been processed yet; the rest is finished, and has results."""
        self.states = self._run(operations.cancel(self.states))
        return self

    def delete(self) -> None:
        """Delete it and its results; one that has not ended is to be canceled first."""
        self._run(operations.delete(self.ids))
