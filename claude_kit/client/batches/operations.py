"""What is done with batches, call by call: generators that `sync` and `aio` carry out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from claude_kit import errors
from claude_kit.client.batches.requests import MAX_BYTES, MAX_REQUESTS, Entry, grouped
from claude_kit.client.batches.results import Results, read
from claude_kit.client.batches.states import State, together
from claude_kit.client.outcomes import Outcome
from claude_kit.client.steps import Call, Pause, Steps
from claude_kit.render import units

__all__ = ["Submission", "cancel", "delete", "listed", "refreshed", "results", "submit", "waited"]

_PATH: Final = "/messages/batches"
_PAGE: Final = 1000  # the most that one page of a list may have

# The first look comes soon, for small batches; most take minutes, and up to a day.
_FIRST_PAUSE_S: Final = 1.0
_PAUSE_GROWTH: Final = 1.5
_LONGEST_PAUSE_S: Final = 60.0

# The batch goes on while nobody looks: a wait outlives a connection that is away for half an hour.
_PASSING: Final = (errors.ConnectionFailed, errors.RateLimitError, errors.ServerError)
_MOST_FAILURES: Final = 30

# Names that were made here tell the order by themselves.
_NUMBERED: Final = re.compile(r"r-[0-9]{6,}")


@dataclass(slots=True)
class Submission:
    """What has been handed in so far: one batch or more, and all names in their order.

    It grows while requests are submitted, so that whoever is interrupted still knows what was.
    """

    states: list[State] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def submit(
    entries: Iterable[Entry],
    submission: Submission,
    *,
    max_requests: int = MAX_REQUESTS,
    max_bytes: int = MAX_BYTES,
) -> Steps[None]:
    """Hand in requests, in as many batches as they need; only what goes into one call is held at a time.

    Raises
    ------
    ValueError
        If there is no request.
    """
    for group in grouped(entries, max_requests=max_requests, max_bytes=max_bytes):
        told = yield Call("POST", _PATH, {"requests": group}, once=True)
        submission.states.append(State.of(told))
        submission.names.extend(entry["custom_id"] for entry in group)
        group.clear()  # else the files of this call would be held while the next is put together
    if not submission.states:
        raise ValueError("there is no request to submit")


def refreshed(ids: Iterable[str]) -> Steps[tuple[State, ...]]:
    """Ask how far batches are."""
    states = []
    for id in ids:
        states.append(State.of((yield Call("GET", _at(id)))))
    return tuple(states)


def waited(
    states: Sequence[State], tell: Callable[[Sequence[State]], None], timeout_s: float | None = None
) -> Steps[tuple[State, ...]]:
    """Ask again and again, ever more rarely, until all batches have ended.

    Parameters
    ----------
    states : sequence of State
    tell : callable
        Is given the states whenever they have been asked for.
    timeout_s : float, optional
        Seconds of pauses after which to give up.

    Raises
    ------
    TimeoutError
        If they have not ended by then.
    """
    by_id = {state.id: state for state in states}
    pause_s, passed_s, failures = _FIRST_PAUSE_S, 0.0, 0
    tell(tuple(by_id.values()))
    while waiting := [id for id, state in by_id.items() if state.status != "ended"]:
        if timeout_s is not None and passed_s >= timeout_s:
            raise TimeoutError
        seconds = pause_s if timeout_s is None else min(pause_s, timeout_s - passed_s)
        yield Pause(seconds)
        passed_s += seconds
        pause_s = min(pause_s * _PAUSE_GROWTH, _LONGEST_PAUSE_S)
        try:
            by_id.update({state.id: state for state in (yield from refreshed(waiting))})
            failures = 0
        except _PASSING:
            failures += 1
            if failures == _MOST_FAILURES:
                raise
        tell(tuple(by_id.values()))
    return tuple(by_id.values())


def results(states: Sequence[State], names: Sequence[str] | None) -> Steps[tuple[tuple[State, ...], Results]]:
    """Fetch the results of batches that have ended, in the order of `names`; return the batches as they are now, too.

    Raises
    ------
    ClaudeKitError
        If they have not ended, or the results were taken away.
    """
    if together(states)[0] != "ended":
        states = yield from refreshed(state.id for state in states)
    status, counts = together(states)
    if status != "ended":
        raise errors.ClaudeKitError(
            f"the batch has not ended: {units.count(counts.processing)} of {units.plural(counts.total, 'request')} "
            "are being processed. Wait for it: batch.wait()"
        )
    found: dict[str, Outcome] = {}
    for state in states:
        if state.archived_at is not None:
            raise errors.ClaudeKitError(
                f"{state.id}: its results were taken away on {state.archived_at:%Y-%m-%d}; they are kept for 29 days"
            )
        # By its path, not by the address the batch tells: that may be another host's, and a key would go there.
        found.update(read((yield Call("GET", f"{_at(state.id)}/results", lines=True))))
    return tuple(states), Results(_ordered(found, names))


def cancel(states: Sequence[State]) -> Steps[tuple[State, ...]]:
    """Cancel what has not been processed yet; what has ended stays as it is."""
    now = []
    for state in states:
        if state.status == "in_progress":
            now.append(State.of((yield Call("POST", f"{_at(state.id)}/cancel"))))
        else:
            now.append(state)
    return tuple(now)


def delete(ids: Iterable[str]) -> Steps[None]:
    """Delete batches that have ended, and their results."""
    for id in ids:
        yield Call("DELETE", _at(id))


def listed(limit: int) -> Steps[tuple[State, ...]]:
    """Return the newest batches, at most so many."""
    states: list[State] = []
    query: dict[str, str] = {}
    while len(states) < limit:
        told = yield Call("GET", _PATH, query={**query, "limit": str(min(limit - len(states), _PAGE))})
        page: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        found = [State.of(item) for item in page.get("data") or ()]
        states += found
        if not (found and page.get("has_more")):
            break
        query = {"after_id": found[-1].id}
    return tuple(states)


def _at(id: str) -> str:
    return f"{_PATH}/{quote(id, safe='')}"


def _ordered(found: Mapping[str, Outcome], names: Sequence[str] | None) -> dict[str, Outcome]:
    """Put results into the order of submission, which the API does not keep."""
    if names is None:
        return dict(sorted(found.items()) if all(map(_NUMBERED.fullmatch, found)) else found)
    missing = "the results say nothing of this request"
    kept: dict[str, Outcome] = {
        name: found.get(name) or errors.APIError(missing, type="missing", advice="Submit it again.") for name in names
    }
    return kept | {name: came for name, came in found.items() if name not in kept}
