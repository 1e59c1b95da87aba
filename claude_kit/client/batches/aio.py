"""Message Batches, for `claude_kit.AsyncClient`: as in `claude_kit.client.batches.sync`, with ``await``."""

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

__all__ = ["AsyncBatch", "AsyncBatches", "AsyncRun"]

T = TypeVar("T")


class AsyncRun(Protocol):
    """What carries out an operation: makes its calls and sends their answers in."""

    async def __call__(self, steps: Steps[T], /) -> T:
        """Return what the operation ends in."""


class AsyncBatches:
    """Message Batches as ``client.batches`` of an `AsyncClient`; see `Batches`, which has the same methods."""

    def __init__(self, run: AsyncRun, encode: Encode, via: Via = "anthropic") -> None:
        self._run = run
        self._encode = encode
        self._via = via

    async def submit(
        self,
        requests: Iterable[object] | Mapping[str, object],
        *,
        ids: Iterable[str] | None = None,
        **fields: Any,
    ) -> AsyncBatch:
        """Hand in requests, as `Batches.submit` does."""
        submission = Submission()
        with handing_in(submission):
            await self._run(operations.submit(entries(named(requests, ids), self._encode, fields), submission))
        return AsyncBatch(self._run, submission.states, submission.names)

    def estimate(
        self, requests: Iterable[object] | Mapping[str, object], *, expect_output: int | None = None, **fields: Any
    ) -> Forecast:
        """Estimate, offline, what requests would cost as a batch, as `Batches.estimate` does."""
        return forecast(requests, fields, expect_output=expect_output, via=self._via)

    async def get(self, *ids: str) -> AsyncBatch:
        """Find a batch again by its id, as `Batches.get` does."""
        return AsyncBatch(self._run, await self._run(operations.refreshed(ids)))

    async def load(self, path: str | Path) -> AsyncBatch:
        """Find the batch again that ``batch.save(path)`` wrote down, as `Batches.load` does."""
        ids, names = load(path)
        return AsyncBatch(self._run, await self._run(operations.refreshed(ids)), names)

    async def list(self, limit: int = 20) -> list[AsyncBatch]:
        """Return the account's newest batches, at most so many."""
        return [AsyncBatch(self._run, [state]) for state in await self._run(operations.listed(limit))]

    def __repr__(self) -> str:
        return "<AsyncBatches: .submit(requests), .get(id), .list(), .estimate(requests)>"


class AsyncBatch(Known):
    """Requests that were handed in together; see `Batch`, which has the same methods and attributes."""

    def __init__(self, run: AsyncRun, states: Sequence[State], names: Sequence[str] | None = None) -> None:
        super().__init__(states, names)
        self._run = run
        self._results: Results | None = None

    async def refresh(self) -> Self:
        """Ask how far it is."""
        self.states = await self._run(operations.refreshed(self.ids))
        return self

    async def wait(self, *, progress: bool = True, timeout: float | None = None) -> Self:
        """Wait until it has ended, as `Batch.wait` does."""
        with self._watched(progress) as tell:
            self.states = await self._run(operations.waited(self.states, tell, timeout))
        return self

    async def results(self) -> Results:
        """Return all answers in the order of submission, as `Batch.results` does."""
        if self._results is None:
            self.states, found = await self._run(operations.results(self.states, self.names))
            self._results = found
        return self._results

    async def cancel(self) -> Self:
        """Cancel what has not been processed yet; the rest is finished, and has results."""
        self.states = await self._run(operations.cancel(self.states))
        return self

    async def delete(self) -> None:
        """Delete it and its results; one that has not ended is to be canceled first."""
        await self._run(operations.delete(self.ids))
