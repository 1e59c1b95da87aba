"""What Portkey keeps for a client, as operations: prompts filled in or answered, feedback, logs.

Each is a generator of calls, carried out by `claude_kit.client.sync` and `claude_kit.client.aio`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from claude_kit import errors
from claude_kit.client.steps import Call, Steps
from claude_kit.wire.portkey import prompts, records
from claude_kit.wire.portkey.prompts import Prompt
from claude_kit.wire.portkey.records import Feedback

__all__ = ["completion", "feedback", "feedback_on_several", "log", "render", "update_feedback"]

# The open-source gateway's words for a library that it does not have.
_NO_LIBRARY: Final = "prompt completions error"


def render(prompt_id: str, variables: Mapping[str, Any] | None = None, **overrides: Any) -> Steps[Prompt]:
    """Fill in a prompt of the library, and return it to be read, changed or sent.

    Parameters
    ----------
    prompt_id : str
        ``"pp-…"``, or with a version ``"pp-…@12"``, ``"pp-…@latest"``.
    variables : mapping
        Text, or what is written as JSON.
    **overrides
        What to say instead of the library, such as ``max_tokens``.

    Raises
    ------
    APIError
        If the answer is an error, or no prompt.
    """
    answer = yield from _asked(prompts.render_path(prompt_id), prompts.body(variables, **overrides))
    try:
        return prompts.read(answer)
    except ValueError as error:
        raise errors.APIError(str(error), type="error") from None


def completion(
    prompt_id: str, variables: Mapping[str, Any] | None = None, *, stream: bool = False, **overrides: Any
) -> tuple[str, dict[str, Any]]:
    """Return path and body of the request for a prompt's answer, which is a chat completion.

    Examples
    --------
    >>> completion("pp-summary-1", {"topic": "ants"}, stream=True)
    ('/prompts/pp-summary-1/completions', {'variables': {'topic': 'ants'}, 'stream': True})
    """
    return prompts.completion_path(prompt_id), prompts.body(variables, **overrides, stream=stream)


def feedback(
    trace_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
) -> Steps[tuple[str, ...]]:
    """Say what an answer was worth, from -10 to 10; returns the id to change it by.

    Raises
    ------
    TypeError, ValueError
        If value or weight is out of its range.
    APIError
        If the answer is an error, or the gateway takes no feedback.
    """
    return (yield from feedback_on_several([Feedback(trace_id, value, weight, metadata or {})]))


def feedback_on_several(given: Iterable[Feedback]) -> Steps[tuple[str, ...]]:
    """Say what several answers were worth; returns their ids."""
    ids: tuple[str, ...] = ()
    for each in given:
        ids += _ids((yield Call("POST", records.FEEDBACK, each.body())))
    return ids


def update_feedback(
    feedback_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
) -> Steps[tuple[str, ...]]:
    """Say something else of an answer than before.

    Parameters
    ----------
    feedback_id : str
        As `feedback` returned it.
    value, weight, metadata
        As `feedback` takes them.
    """
    path, body = records.update(feedback_id, value, weight, metadata)
    return _ids((yield Call("PUT", path, body)))


def log(
    request: Mapping[str, Any], response: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> Steps[None]:
    """Tell Portkey's logs of a call that went past the gateway; see `claude_kit.wire.portkey.records.log`."""
    yield Call("POST", records.LOGS, records.log(request, response, metadata))


def _asked(path: str, body: Mapping[str, Any]) -> Steps[Any]:
    """Ask the library; say so where there is none."""
    try:
        return (yield Call("POST", path, body))
    except errors.ServerError as error:
        if _NO_LIBRARY not in str(error):
            raise
        told = "this gateway has no prompt library: only Portkey's own service does. Leave base_url out to ask that"
        raise errors.ClaudeKitError(told) from error


def _ids(answer: object) -> tuple[str, ...]:
    try:
        return records.feedback_ids(answer)
    except ValueError as error:
        raise errors.APIError(str(error), type="error") from None
