"""What came out of a batch? An answer or an error for each name, in the order of submission."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

from claude_kit import errors
from claude_kit.client import outcomes
from claude_kit.client.outcomes import Outcome, Summary
from claude_kit.render.plain import terminal_width
from claude_kit.reply import Reply, Usage
from claude_kit.wire import events as e
from claude_kit.wire import failures
from claude_kit.wire.messages import decode_message

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Results", "outcome", "read"]

# What became of requests that were never processed; none of them is billed (Anthropic docs, batch processing).
_UNPROCESSED: Final = {
    "canceled": "The batch was canceled before this request was processed; it costs nothing.",
    "expired": "The batch expired, a day after it was made, before this request was processed; it costs nothing.",
}


class Results(Mapping[str, Outcome]):
    """The answers of a batch by name, in the order of submission: each a `Reply`, or the error in its place.

    Nothing is raised for an error until `raise_for_errors` is asked to.

    Examples
    --------
    >>> results = Results({"a": Reply(), "b": errors.APIError("canceled", type="canceled")})
    >>> list(results.replies), list(results.errors), results.cost
    (['a'], ['b'], Decimal('0'))
    """

    def __init__(self, found: Mapping[str, Outcome]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Outcome:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def replies(self) -> dict[str, Reply]:
        """The answers alone."""
        return {name: came for name, came in self._found.items() if isinstance(came, Reply)}

    @property
    def errors(self) -> dict[str, errors.ClaudeKitError]:
        """What got no answer."""
        return {name: came for name, came in self._found.items() if not isinstance(came, Reply)}

    @cached_property
    def cost(self) -> Decimal:
        """US dollars for all answers, at the price of batches: half."""
        return outcomes.spent(self._found.values())

    @property
    def usage(self) -> Usage:
        """The tokens of all answers together."""
        return sum((reply.usage for reply in self.replies.values()), Usage())

    def raise_for_errors(self) -> Self:
        """Return these results if each request has an answer.

        Raises
        ------
        APIError
            The first error; a note on it says of which request, and how many others there are.
        """
        outcomes.raise_first(self._found.items())
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return one row a request: ``id``, ``status``, ``model``, tokens, ``cost_usd``, ``text`` and ``error``."""
        return outcomes.frame("id", self._found.items())

    def __str__(self) -> str:
        return self._summary().to_text(terminal_width())

    def __repr__(self) -> str:
        return f"<Results of {self._summary().headline}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self._summary().bundle()

    def _summary(self) -> Summary:
        return Summary(tuple(self._found.items()), "At the price of batches, half of the standard one.")


def read(lines: Iterable[object]) -> Iterator[tuple[str, Outcome]]:
    """Turn the objects of a results file into names and outcomes, one at a time; what is no result is passed over."""
    for line in lines:
        if isinstance(line, Mapping) and isinstance(line.get("custom_id"), str):
            yield line["custom_id"], outcome(line.get("result"))


def outcome(result: object) -> Outcome:
    """Turn one result into an answer, or the error in its place.

    Examples
    --------
    >>> outcome({"type": "expired"}).type
    'expired'
    """
    told: Mapping[str, Any] = result if isinstance(result, Mapping) else {}
    kind = str(told.get("type") or "missing")
    message = told.get("message")
    if kind == "succeeded" and isinstance(message, Mapping):
        try:
            return Reply.from_events(decode_message({**message, "usage": _billed(message.get("usage"))}))
        except errors.ClaudeKitError as error:
            return error
    if kind == "errored":
        return _error(told.get("error"))
    said = _UNPROCESSED.get(kind, f"the results say nothing of it but {json.dumps(result)[:200]}")
    return errors.APIError(said, type=kind, advice="Submit it again." if kind in _UNPROCESSED else "")


def _billed(usage: object) -> Mapping[str, Any]:
    """Return a usage that says on which terms it was billed: a batch's, also where the answer has not noticed."""
    told = usage if isinstance(usage, Mapping) else {}
    return {**told, "service_tier": "batch"} if told.get("service_tier") in (None, "standard") else told


def _error(told: object) -> errors.APIError:
    """Read Anthropic's error object, with its envelope or without."""
    envelope: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    inner = envelope.get("error")
    error: Mapping[str, Any] = inner if isinstance(inner, Mapping) else envelope
    request_id = envelope.get("request_id")
    event = e.StreamError(
        str(error.get("type") or "api_error"),
        str(error.get("message") or ""),
        request_id if isinstance(request_id, str) else None,
    )
    return failures.from_stream(event)
