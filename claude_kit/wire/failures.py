"""What an error answer means: five shapes of body, one tree of errors.

The shapes, as recorded from the API and from Portkey's gateway 1.15.2: Anthropic's own; the gateway's OpenAI-like
envelope around it; the gateway's envelope around something that was no JSON (without the envelope where it asks
OpenAI); the gateway's own ``status: failure``; a bare ``message``. Anything else is shown as it came, shortened, and
of HTML its words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from claude_kit import errors
from claude_kit.wire import limits
from claude_kit.wire.advice import advise, meaning
from claude_kit.wire.events import StreamError

__all__ = ["from_response", "from_stream"]

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.BillingError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    408: errors.RequestTimeoutError,
    409: errors.ConflictError,
    412: errors.BillingError,  # Portkey's: a budget is used up
    413: errors.RequestTooLargeError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
    431: errors.RequestTooLargeError,
    446: errors.GuardrailError,  # Portkey's
    529: errors.OverloadedError,
}

_BY_TYPE: Final[dict[str, type[errors.APIError]]] = {
    "invalid_request_error": errors.BadRequestError,
    "authentication_error": errors.AuthenticationError,
    "billing_error": errors.BillingError,
    "permission_error": errors.PermissionDeniedError,
    "not_found_error": errors.NotFoundError,
    "conflict_error": errors.ConflictError,
    "request_too_large": errors.RequestTooLargeError,
    "rate_limit_error": errors.RateLimitError,
    "overloaded_error": errors.OverloadedError,
    "api_error": errors.ServerError,
    "timeout_error": errors.ServerError,
}

_GATEWAY_PREFIX: Final = "anthropic error: "
# The gateway wraps what was no JSON, or an exception of its own, in JSON in a sentence.
_GATEWAY_WRAPPED: Final = re.compile(r'\AInvalid response received from (\S+): \{"html-message":"(.*)"\}\Z', re.S)
_GATEWAY_EXCEPTION: Final = re.compile(r"\AMessage: (.*) Cause: (?:Error: )?(.*) Name: \w+\Z", re.S)
# What node's fetch says when there was no connection; why is in the cause.
_NO_CONNECTION: Final = "fetch failed"
_CONNECTION_ERROR: Final = "connection_error"

# Of a server that repeats what it was sent: the beginning tells whose key it is, the rest is nobody's business.
_KEY: Final = re.compile(r"\b(sk-[A-Za-z]*-?|Bearer )(?=\S*\d)[A-Za-z0-9_*.+/=-]{8,}")

_HTML_BLIND: Final = re.compile(r"<(head|style|script)\b.*?</\1\s*>|<[^>]*>", re.S | re.I)
_SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class _Told:
    """What a body tells; empty or None where it does not."""

    type: str = ""
    message: str = ""
    request_id: str | None = None
    code: str | None = None


def from_response(status: int, headers: Mapping[str, str], body: bytes) -> errors.APIError:
    """Turn an HTTP answer that is no success into the error to raise.

    Parameters
    ----------
    status : int
    headers : mapping of str to str
        With lower-case names; `request-id`, `retry-after`, `retry-after-ms`, `date` and `x-should-retry` are read.
    body : bytes

    Examples
    --------
    >>> body = b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}'
    >>> error = from_response(429, {"retry-after": "8", "x-should-retry": "true"}, body)
    >>> error
    RateLimitError('HTTP 429 rate_limit_error: Slow down. Ask again in 8 s, or send less at a time.')
    >>> error.retry_after, error.should_retry
    (8.0, True)
    """
    told = _read(body)
    message = told.message or (meaning(told.type) if told.type else _phrase(status))
    cls = _class(status, told.type)
    asked_s = limits.retry_after(headers)
    advice = advise(cls, message, status=status, code=told.code, retry_after=asked_s)
    said = {"true": True, "false": False}.get(headers.get("x-should-retry", ""))
    return cls(
        message,
        status=status,
        type=told.type or "error",
        advice=advice.text,
        request_id=told.request_id or headers.get("request-id"),
        retry_after=asked_s,
        should_retry=said if advice.should_retry is None else advice.should_retry,
        code=told.code,
    )


def from_stream(event: StreamError, request_id: str | None = None) -> errors.APIError:
    """Turn an error that came in the middle of a stream into the error to raise.

    Parameters
    ----------
    event : StreamError
        Its message may be empty: the gateway tells only the type, in a stream of a chat completion.
    request_id : str, optional
        From the answer's headers, where the event itself does not tell.

    Examples
    --------
    >>> from_stream(StreamError("overloaded_error", "")).message
    'The API has no room for now'
    """
    cls = _BY_TYPE.get(event.type, errors.APIError)
    message = _one_line(event.message) or meaning(event.type)
    advice = advise(cls, message)
    return cls(
        message,
        type=event.type,
        advice=advice.text,
        request_id=event.request_id or request_id,
        should_retry=advice.should_retry,
    )


def _class(status: int, kind: str) -> type[errors.APIError]:
    """Return the class of an answer: by its status, and by its type where that tells more."""
    by_type = _BY_TYPE.get(kind, errors.APIError)
    if kind == _CONNECTION_ERROR:
        return errors.ConnectionFailed
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500 and not issubclass(by_type, errors.ServerError):
        return errors.ServerError
    return by_type


def _read(body: bytes) -> _Told:
    """Read what a body tells."""
    text = body.decode("utf-8", "replace").strip()
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, Mapping):
        return _Told(message=_words(text))
    request_id = _string(data.get("request_id"))
    error = data.get("error")
    if isinstance(error, Mapping):
        kind, message = _unwrapped(str(error.get("type") or ""), str(error.get("message") or ""))
        return _Told(kind, _guardrails(data.get("hook_results")) or message, request_id, _code(error))
    if isinstance(data.get("html-message"), str):
        return _Told(*_of_no_json("the provider", data["html-message"]))
    message = str(data.get("message") or error or _words(text))
    details = data.get("errors")
    if isinstance(details, list) and details:
        message = f"{message}: {'; '.join(str(detail) for detail in details)}"
    return _Told(message=_one_line(message), request_id=request_id)


def _unwrapped(kind: str, message: str) -> tuple[str, str]:
    """Return type and message without what the gateway put around them."""
    message = message.removeprefix(_GATEWAY_PREFIX)
    if wrapped := _GATEWAY_WRAPPED.match(message):
        return _of_no_json(wrapped[1], wrapped[2])
    return kind, _one_line(message)


def _of_no_json(provider: str, text: str) -> tuple[str, str]:
    """Return type and message of what the gateway got in place of JSON: a page, or an exception of its own."""
    exception = _GATEWAY_EXCEPTION.match(text)
    if exception and exception[1] == _NO_CONNECTION:
        return _CONNECTION_ERROR, f"The gateway did not reach {provider}: {_words(exception[2])}"
    return "", f"Invalid response received from {provider}: {_words(exception[1] if exception else text)}"


def _code(error: Mapping[str, Any]) -> str | None:
    """Return the finer word for an error: Anthropic's, or OpenAI's."""
    details = error.get("details")
    return (_string(details.get("error_code")) if isinstance(details, Mapping) else None) or _string(error.get("code"))


def _guardrails(results: Any) -> str:
    """Return which guardrails refused, and why, in one sentence; empty if none did."""
    hooks = [hook for hooks in results.values() for hook in _mappings(hooks)] if isinstance(results, Mapping) else []
    refused = []
    for hook in hooks:
        if hook.get("verdict") is not False or hook.get("deny") is False:
            continue
        checks = [check for check in _mappings(hook.get("checks")) if check.get("verdict") is False]
        reasons = [_reason(check) for check in checks]
        refused.append(f"{hook.get('id')} ({'; '.join(reasons)})" if reasons else str(hook.get("id")))
    return _one_line(f"Refused by the guardrail {', '.join(refused)}") if refused else ""


def _reason(check: Mapping[str, Any]) -> str:
    data = check.get("data")
    explanation = data.get("explanation") if isinstance(data, Mapping) else None
    return str(explanation or check.get("id")).rstrip(".")


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _one_line(message: str) -> str:
    """Return a sentence as it may be shown: in one line, without keys."""
    return _KEY.sub(r"\1…", " ".join(message.split()))


def _words(text: str) -> str:
    """Return what a body says that is no JSON: one line, without tags, shortened."""
    words = _one_line(_HTML_BLIND.sub(" ", text) if text.startswith("<") else text)
    return words if len(words) <= _SHOWN_CHARACTERS else words[: _SHOWN_CHARACTERS - 2].rstrip() + " …"


def _phrase(status: int) -> str:
    """Return what a status means, for an answer that says nothing more."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"
