"""How far is a batch? What the API tells of it, and of several taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, Final, Literal, Self

from claude_kit import errors

__all__ = ["Counts", "State", "Status", "together"]

Status = Literal["in_progress", "canceling", "ended"]

_STATUSES: Final[dict[str, Status]] = {"in_progress": "in_progress", "canceling": "canceling", "ended": "ended"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many requests of a batch are in which state.

    All are ``processing`` until the whole batch has ended; the API tells no sooner.

    Attributes
    ----------
    processing, succeeded, errored, canceled, expired : int
    """

    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(asdict(self).values())

    @property
    def done(self) -> int:
        """Those that wait for nothing."""
        return self.total - self.processing

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: number + getattr(other, name) for name, number in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class State:
    """What the API tells of one batch.

    Attributes
    ----------
    id : str
        The API's, such as ``"msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d"``.
    status : {"in_progress", "canceling", "ended"}
    counts : Counts
    created_at, expires_at, ended_at, archived_at : datetime.datetime or None
        What is not answered by ``expires_at``, a day after it was made, expires. ``archived_at`` is when the results
        were taken away, 29 days after it was made.
    """

    id: str
    status: Status
    counts: Counts
    created_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    archived_at: datetime | None = None

    @classmethod
    def of(cls, told: object) -> Self:
        """Read the API's ``message_batch``.

        Raises
        ------
        APIError
            If it is none.
        """
        if not isinstance(told, Mapping) or not isinstance(told.get("id"), str):
            raise errors.APIError(
                "the answer tells of no Message Batch", type="invalid_response", advice="Does this route offer batches?"
            )
        counted = told.get("request_counts")
        counts = counted if isinstance(counted, Mapping) else {}
        return cls(
            id=told["id"],
            status=_STATUSES.get(str(told.get("processing_status")), "in_progress"),
            counts=Counts(**{field.name: int(counts.get(field.name) or 0) for field in fields(Counts)}),
            **{name: _moment(told.get(name)) for name in ("created_at", "expires_at", "ended_at", "archived_at")},
        )


def together(states: Sequence[State]) -> tuple[Status, Counts]:
    """Return status and counts of several batches as if they were one: it ends when the last one has."""
    counts = reduce(add, (state.counts for state in states), Counts())
    statuses = {state.status for state in states}
    return next((status for status in ("canceling", "in_progress") if status in statuses), "ended"), counts


def _moment(told: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return None
