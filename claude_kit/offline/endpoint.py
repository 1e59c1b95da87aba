"""Who answers which address? The API and Portkey's gateway in front of it, as one server without sockets.

`claude_kit.offline.transport` and `claude_kit.offline.server` carry the bytes, and wait where there is something to
wait for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Final
from urllib.parse import unquote

from claude_kit.offline import catalogue, gateway, messages
from claude_kit.offline.batches import Batches
from claude_kit.offline.cache import PromptCache
from claude_kit.offline.exchange import Outcome, Piece, Request, Silence, as_json
from claude_kit.offline.faults import Fault, Faults, strike
from claude_kit.offline.messages import Messages
from claude_kit.offline.refusals import Refusal

__all__ = ["Endpoint", "Given", "limit_bytes"]

#: The faults of a server, however they are written.
Given = Fault | str | Iterable[Fault | str | None]

# What one request may be (Anthropic's documentation, request size limits, 2026-11-22).
_LIMIT_BYTES: Final = 32_000_000
_BATCH_LIMIT_BYTES: Final = 256_000_000
_BATCHES: Final = "/v1/messages/batches"

# Far from being used up: there is nothing here to run out of.
_RATE_LIMITS: Final = {"requests": 4_000, "tokens": 2_000_000, "input-tokens": 2_000_000, "output-tokens": 400_000}


@dataclass(frozen=True, slots=True)
class _Route:
    """A method, and a path in which ``{}`` stands for an id."""

    method: str
    path: str
    handler: Callable[..., Outcome]
    fronted: bool = False  # by Portkey's gateway, which asks the API itself

    def ids(self, path: str) -> tuple[str, ...] | None:
        """Return the ids in a path; None if it is another path."""
        found = re.fullmatch(self.path.replace("{}", "([^/]+)"), path)
        return None if found is None else tuple(map(unquote, found.groups()))


def limit_bytes(path: str) -> int:
    """Return how many bytes a request to an address may have."""
    return _BATCH_LIMIT_BYTES if path == _BATCHES else _LIMIT_BYTES


class Endpoint:
    """The offline model behind the addresses of the API and of Portkey.

    Parameters
    ----------
    pace_s : float
        Seconds before each event of a stream.
    faults : Fault, str or iterable of them, optional
        What goes wrong; see `claude_kit.offline.faults.Faults`.
    batch_polls : int
        How often a Message Batch is still at work when it is asked for.
    log : list of Request, optional
        To which every request is added as it comes.
    clock : callable
        Tells the time in seconds, by which what was cached lapses.

    Examples
    --------
    >>> Endpoint().respond(Request.of("GET", "/v1/models/claude-sonnet-5-5")).status
    200
    """

    def __init__(
        self,
        *,
        pace_s: float = 0.0,
        faults: Given | None = None,
        batch_polls: int = 1,
        log: list[Request] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace_s = pace_s
        self._faults = Faults(faults)
        self._log = log
        self._numbers = count(1)
        self._messages = Messages(PromptCache(clock))
        self._routes = _routes(self._messages, Batches(batch_polls, self._messages.whole))

    def respond(self, request: Request) -> Outcome:
        """Answer a request as the API would, or Portkey where it is Portkey's."""
        request = replace(request, id=f"req_offline_{next(self._numbers):04}")
        if self._log is not None:
            self._log.append(request)
        outcome = self._outcome(request)
        pieces = _paced(outcome.pieces, self._pace_s) if outcome.streamed and self._pace_s else outcome.pieces
        return replace(outcome, headers={**_headers(request), **outcome.headers}, pieces=pieces)

    def _outcome(self, request: Request) -> Outcome:
        try:
            fault = self._faults.next(request.headers)
            route, ids = self._route(request)
            if len(request.body) > limit_bytes(request.path):
                raise Refusal(413, "Request exceeds the maximum size")
        except Refusal as refusal:
            return refusal.outcome(request.id)
        except ValueError as error:
            return Refusal(400, str(error)).outcome(request.id)
        if not route.fronted:
            return _answered(route.handler, request, fault, *ids)
        try:
            return route.handler(request, lambda asked: _answered(self._messages.create, asked, fault), *ids)
        except Refusal as refusal:
            return gateway.refused(refusal)

    def _route(self, request: Request) -> tuple[_Route, tuple[str, ...]]:
        fitting = [(route, ids) for route in self._routes if (ids := route.ids(request.path)) is not None]
        for route, ids in fitting:
            if route.method == request.method:
                return route, ids
        if fitting:
            allowed = ", ".join(route.method for route, _ in fitting)
            raise Refusal(405, f"{request.path} takes {allowed}, not {request.method}", headers={"allow": allowed})
        twice = " (base_url has a /v1 too many)" if request.path.startswith("/v1/v1/") else ""
        there_is = ", ".join(f"{route.method} {route.path}" for route in self._routes)
        raise Refusal(404, f"the offline model has no {request.method} {request.path}{twice}; it has {there_is}")


def _routes(of_messages: Messages, batches: Batches) -> tuple[_Route, ...]:
    return (
        _Route("POST", "/v1/messages", of_messages.create),
        _Route("POST", "/v1/messages/count_tokens", messages.count_tokens),
        _Route("GET", "/v1/models", catalogue.list_models),
        _Route("GET", "/v1/models/{}", catalogue.retrieve),
        _Route("POST", _BATCHES, batches.create),
        _Route("GET", _BATCHES, batches.list),
        _Route("GET", f"{_BATCHES}/{{}}", batches.retrieve),
        _Route("GET", f"{_BATCHES}/{{}}/results", batches.results),
        _Route("POST", f"{_BATCHES}/{{}}/cancel", batches.cancel),
        _Route("DELETE", f"{_BATCHES}/{{}}", batches.delete),
        _Route("POST", "/v1/chat/completions", gateway.complete_chat, fronted=True),
        _Route("POST", "/v1/prompts/{}/completions", gateway.complete_prompt, fronted=True),
        _Route("POST", "/v1/prompts/{}/render", gateway.render_prompt, fronted=True),
        _Route("POST", "/v1/feedback", gateway.take_feedback, fronted=True),
        _Route("PUT", "/v1/feedback/{}", gateway.change_feedback, fronted=True),
        _Route("POST", "/v1/logs", gateway.take_log, fronted=True),
    )


def _answered(handler: Callable[..., Outcome], request: Request, fault: Fault | None, *ids: str) -> Outcome:
    """Let the API answer, or refuse, or fail as it was asked to."""
    if fault is not None and fault.status is not None:
        return strike(fault, as_json({}), request.id)  # nothing is asked, so that nothing is cached either
    try:
        outcome = handler(request, *ids)
    except Refusal as refusal:
        outcome = refusal.outcome(request.id)
    return strike(fault, outcome, request.id)


def _headers(request: Request) -> dict[str, str]:
    """Return the headers that every answer has."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"request-id": request.id}
    for what, limit in _RATE_LIMITS.items():
        for name, value in (("limit", limit), ("remaining", limit - 1), ("reset", now)):
            told[f"anthropic-ratelimit-{what}-{name}"] = str(value)
    return {**told, **gateway.response_headers(request)}


def _paced(pieces: Iterator[Piece], pace_s: float) -> Iterator[Piece]:
    for piece in pieces:
        yield Silence(pace_s)
        yield piece
