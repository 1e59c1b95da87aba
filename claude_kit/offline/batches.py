"""What becomes of a Message Batch? It is kept in memory, is at work for some polls, and then has a result for each.

Nothing is answered before that: until then a batch is only its requests.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from claude_kit.offline import shape
from claude_kit.offline.exchange import Outcome, Request, as_json
from claude_kit.offline.paging import page
from claude_kit.offline.refusals import Refusal

__all__ = ["Batches"]

_CUSTOM_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MOST_REQUESTS: Final = 100_000
_LIFETIME: Final = timedelta(hours=24)
_JSON_LINES: Final = "application/x-jsonl"

_Answers = Callable[[Mapping[str, Any]], Mapping[str, Any]]

State = Literal["in_progress", "canceling", "ended"]


@dataclass(slots=True)
class _Batch:
    id: str
    requests: Sequence[Mapping[str, Any]]
    polls_left: int
    created: datetime
    ended: datetime | None = None
    canceled: datetime | None = None
    results: list[dict[str, Any]] | None = None

    @property
    def state(self) -> State:
        if self.ended:
            return "ended"
        return "canceling" if self.canceled else "in_progress"

    def poll(self, answer: _Answers) -> None:
        """Somebody looks: the work goes on."""
        if self.ended:
            return
        if self.polls_left and not self.canceled:
            self.polls_left -= 1
            return
        self.ended = datetime.now(UTC)
        self.results = [
            {
                "custom_id": one["custom_id"],
                "result": {"type": "canceled"} if self.canceled else _result(one["params"], answer),
            }
            for one in self.requests
        ]

    def told(self, host: str) -> dict[str, Any]:
        """Return the batch as the API tells of it."""
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": self.state,
            "request_counts": self._counts(),
            "created_at": self.created.isoformat(),
            "expires_at": (self.created + _LIFETIME).isoformat(),
            "ended_at": self.ended and self.ended.isoformat(),
            "cancel_initiated_at": self.canceled and self.canceled.isoformat(),
            "archived_at": None,
            "results_url": f"http://{host}/v1/messages/batches/{self.id}/results" if self.ended else None,
        }

    def _counts(self) -> dict[str, int]:
        # All of them stay "processing" until the whole batch has ended, says the API's documentation.
        counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        for result in self.results or ():
            counts[result["result"]["type"]] += 1
        return counts if self.ended else {**counts, "processing": len(self.requests)}


class Batches:
    """The batches of one server.

    Parameters
    ----------
    polls : int
        How often a batch is still at work when it is asked for.
    answer : callable
        Gives the message that answers the parameters of a request.
    """

    def __init__(self, polls: int, answer: _Answers) -> None:
        self._polls = polls
        self._answer = answer
        self._kept: dict[str, _Batch] = {}
        self._made = 0
        self._lock = threading.RLock()

    def create(self, request: Request) -> Outcome:
        """Take a batch in."""
        requests = _checked(shape.decoded(request.body))
        with self._lock:
            self._made += 1
            batch = _Batch(f"msgbatch_offline_{self._made:04}", requests, self._polls, datetime.now(UTC))
            self._kept[batch.id] = batch
            return as_json(batch.told(_host(request)))

    def list(self, request: Request) -> Outcome:
        """Tell of all batches, newest first."""
        with self._lock:
            return as_json(page([batch.told(_host(request)) for batch in reversed(self._kept.values())], request.query))

    def retrieve(self, request: Request, id: str) -> Outcome:
        """Tell how far a batch is."""
        with self._lock:
            batch = self._find(id)
            batch.poll(self._answer)
            return as_json(batch.told(_host(request)))

    def results(self, _: Request, id: str) -> Outcome:
        """Give a result for each request, in another order than they were asked in, as the API may."""
        with self._lock:
            found = self._find(id).results
        if found is None:
            raise Refusal(404, f"{id} has no results yet: it has not ended")
        return Outcome(200, ((json.dumps(result) + "\n").encode() for result in reversed(found)), _JSON_LINES)

    def cancel(self, request: Request, id: str) -> Outcome:
        """Let a batch end without answers."""
        with self._lock:
            batch = self._find(id)
            if batch.ended:
                raise Refusal(400, f"{id} cannot be canceled: it has ended")
            batch.canceled = batch.canceled or datetime.now(UTC)
            return as_json(batch.told(_host(request)))

    def delete(self, _: Request, id: str) -> Outcome:
        """Forget a batch that has ended."""
        with self._lock:
            if not self._find(id).ended:
                raise Refusal(400, f"{id} cannot be deleted before it has ended; cancel it first")
            del self._kept[id]
        return as_json({"id": id, "type": "message_batch_deleted"})

    def _find(self, id: str) -> _Batch:
        if id not in self._kept:
            raise Refusal(404, f"there is no batch {id}")
        return self._kept[id]


def _checked(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the requests of a batch; what is wrong with their parameters becomes a result, not a refusal."""
    requests = body.get("requests")
    if not isinstance(requests, list) or not 1 <= len(requests) <= _MOST_REQUESTS:
        raise Refusal(400, f"requests: Input should be a list of 1 to {_MOST_REQUESTS:,} requests")
    seen: set[str] = set()
    for at, one in enumerate(requests):
        if not isinstance(one, Mapping) or not isinstance(one.get("params"), Mapping):
            raise Refusal(400, f"requests.{at}.params: Field required")
        id = one.get("custom_id")
        if not isinstance(id, str) or not _CUSTOM_ID.fullmatch(id):
            raise Refusal(400, f"requests.{at}.custom_id: String should match pattern '^{_CUSTOM_ID.pattern}$'")
        if id in seen:
            raise Refusal(400, f"requests.{at}.custom_id: {id} is there twice, but it has to be unique in a batch")
        seen.add(id)
    return requests


def _result(params: Mapping[str, Any], answer: _Answers) -> dict[str, Any]:
    try:
        return {"type": "succeeded", "message": answer(params)}
    except Refusal as refusal:
        return {"type": "errored", "error": refusal.body()}


def _host(request: Request) -> str:
    return request.headers.get("host", "127.0.0.1")
