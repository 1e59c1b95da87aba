"""What is told to Portkey about requests that are over: feedback on an answer, and calls that went past the gateway.

Source: Portkey's API reference (docs-core b60bcb70, openapi a2191f44, 2026-11-22); the open-source gateway has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

__all__ = ["FEEDBACK", "LOGS", "Feedback", "feedback_ids", "log", "update"]

#: Where they go, after the base address.
FEEDBACK: Final = "/feedback"
LOGS: Final = "/logs"

_MOST_VALUE: Final = 10
_MOST_WEIGHT: Final = 1

# Headers that hold keys; none of them is logged.
_SECRET: Final = {
    "authorization",
    "x-api-key",
    "x-portkey-api-key",
    "x-portkey-virtual-key",
    "x-portkey-config",
    "cookie",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer.

    Parameters
    ----------
    trace_id : str
        Of the request, as ``reply.gateway.trace_id`` tells.
    value : int
        From -10 to 10.
    weight : float
        From 0 to 1: how much it counts.
    metadata : mapping, optional

    Raises
    ------
    TypeError, ValueError
        If there is no trace id, or a number is out of its range.

    Examples
    --------
    >>> Feedback("trace-7", 5).body()
    {'trace_id': 'trace-7', 'value': 5, 'weight': 1.0}
    """

    trace_id: str
    value: int
    weight: float = 1.0
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.trace_id, str) or not self.trace_id.strip():
            raise ValueError(
                "feedback needs the trace id of the request: reply.gateway.trace_id, or what trace_id= was given"
            )
        _check(self.value, self.weight)

    def body(self) -> dict[str, Any]:
        """Return it as JSON; metadata only if there is any."""
        told: dict[str, Any] = {"trace_id": self.trace_id, "value": self.value, "weight": self.weight}
        return {**told, "metadata": dict(self.metadata)} if self.metadata else told


def _check(value: object, weight: object) -> None:
    """Refuse a value or a weight that Portkey would."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"value={value!r}: feedback is a whole number from -{_MOST_VALUE} to {_MOST_VALUE}")
    if abs(value) > _MOST_VALUE:
        raise ValueError(f"value={value}: feedback is from -{_MOST_VALUE} to {_MOST_VALUE}")
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise TypeError(f"weight={weight!r}: the weight of feedback is a number from 0 to {_MOST_WEIGHT}")
    if not 0 <= weight <= _MOST_WEIGHT:
        raise ValueError(f"weight={weight:g}: the weight of feedback is from 0 to {_MOST_WEIGHT}")


def update(
    feedback_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """Return path and body of the request that changes feedback.

    Examples
    --------
    >>> update("4f1c", -3)
    ('/feedback/4f1c', {'value': -3, 'weight': 1.0})
    """
    if not isinstance(feedback_id, str) or not feedback_id.strip():
        raise ValueError("feedback is changed by its id, as it was returned when it was given")
    _check(value, weight)
    told = {"value": value, "weight": weight, **({"metadata": dict(metadata)} if metadata else {})}
    return f"{FEEDBACK}/{quote(feedback_id.strip(), safe='')}", told


def feedback_ids(answer: object) -> tuple[str, ...]:
    """Read the answer to feedback: the ids to change it by.

    Raises
    ------
    ValueError
        If it is no such answer: the open-source gateway hands feedback on to the provider.

    Examples
    --------
    >>> feedback_ids({"status": "success", "message": "…", "feedback_ids": ["4f1c"]})
    ('4f1c',)
    """
    ids = answer.get("feedback_ids") if isinstance(answer, Mapping) else None
    if not isinstance(ids, list):
        raise ValueError("no answer to feedback: only Portkey's own service takes it, a gateway of your own does not")
    return tuple(str(each) for each in ids)


def log(
    request: Mapping[str, Any], response: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Write down a call that did not go through the gateway, for Portkey's logs; without its keys.

    Parameters
    ----------
    request : mapping
        ``url``, ``method``, ``headers``, ``body``.
    response : mapping
        ``status``, ``headers``, ``body``, ``response_time`` (milliseconds).
    metadata : mapping of str to str, optional

    Examples
    --------
    >>> log({"url": "https://api.anthropic.com/v1/messages", "headers": {"x-api-key": "sk-ant"}}, {"status": 200})
    {'request': {'url': 'https://api.anthropic.com/v1/messages', 'headers': {}}, 'response': {'status': 200}}
    """
    told: dict[str, Any] = {"request": _without_keys(request), "response": _without_keys(response)}
    return {**told, "metadata": dict(metadata)} if metadata else told


def _without_keys(side: Mapping[str, Any]) -> dict[str, Any]:
    headers = side.get("headers")
    if not isinstance(headers, Mapping):
        return dict(side)
    kept = {name: value for name, value in headers.items() if name.lower() not in _SECRET}
    return {**side, "headers": kept}
