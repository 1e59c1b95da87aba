"""What an error answer means: five shapes of body, one tree of errors.

The shapes, as recorded from the API and from Portkey's gateway 1.15.2: Anthropic's own; the gateway's OpenAI-like
envelope around it; the gateway's envelope around something that was no JSON; the gateway's own ``status:
failure``; a bare ``message``. Anything else is shown as it came, shortened, and of HTML its words.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from claude_kit import errors
from claude_kit.wire.events import StreamError

__all__ = ["from_response", "from_stream"]

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.BillingError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    408: errors.APIError,
    413: errors.RequestTooLargeError,
    429: errors.RateLimitError,
    529: errors.OverloadedError,
}

_BY_TYPE: Final[dict[str, type[errors.APIError]]] = {
    "invalid_request_error": errors.BadRequestError,
    "authentication_error": errors.AuthenticationError,
    "billing_error": errors.BillingError,
    "permission_error": errors.PermissionDeniedError,
    "not_found_error": errors.NotFoundError,
    "request_too_large": errors.RequestTooLargeError,
    "rate_limit_error": errors.RateLimitError,
    "overloaded_error": errors.OverloadedError,
    "api_error": errors.ServerError,
    "timeout_error": errors.ServerError,
}

# What a person can do about it.
_ADVICE: Final[dict[type[errors.APIError], str]] = {
    errors.AuthenticationError: "Check the key: ANTHROPIC_API_KEY or PORTKEY_API_KEY in the environment, or api_key=.",
    errors.BillingError: "The account has no credit left; see its billing page.",
    errors.PermissionDeniedError: "The key may not use this model or feature.",
    errors.NotFoundError: "Is the model spelled right, and does base_url end in /v1?",
    errors.RequestTooLargeError: "Send fewer or smaller files; ck.check(...) measures them.",
    errors.RateLimitError: "Wait and ask again, or send less at a time.",
    errors.OverloadedError: "Ask again in a little while.",
    errors.ServerError: "It failed on the other side; ask again in a little while.",
}

# Statuses of no class of their own, most of them the gateway's (Portkey's documentation and recordings, 2026-11-22).
_ADVICE_BY_STATUS: Final[dict[int, str]] = {
    200: "Is base_url the address of the Messages API? It ends in /v1.",
    408: "Give the gateway more time with request_timeout=, in milliseconds, or send less.",
    412: "The budget or rate limit set in Portkey for this key is used up.",
    431: "The headers are over 16 KB: give the gateway a shorter config= or metadata=.",
    446: "A guardrail set in Portkey refused the request.",
}

_GATEWAY_PREFIX: Final = "anthropic error: "
# The gateway wraps what was no JSON in JSON in a sentence.
_GATEWAY_WRAPPED: Final = re.compile(r'\A(Invalid response received from \w+): \{"html-message":"(.*)"\}\Z', re.S)
_HTML_BLIND: Final = re.compile(r"<(head|style|script)\b.*?</\1\s*>|<[^>]*>", re.S | re.I)
_SHOWN_CHARACTERS: Final = 300


def from_response(status: int, headers: Mapping[str, str], body: bytes) -> errors.APIError:
    """Turn an HTTP answer that is no success into the error to raise.

    Parameters
    ----------
    status : int
    headers : mapping of str to str
        With lower-case names; `request-id` and `retry-after` are read.
    body : bytes

    Examples
    --------
    >>> body = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    >>> from_response(529, {}, body)
    OverloadedError('HTTP 529 overloaded_error: Overloaded. Ask again in a little while.')
    """
    kind, message, request_id = _read(body)
    cls = _BY_STATUS.get(status) or _BY_TYPE.get(kind) or (errors.ServerError if status >= 500 else errors.APIError)
    return cls(
        message or _phrase(status),
        status=status,
        type=kind or "error",
        advice=_ADVICE_BY_STATUS.get(status) or _ADVICE.get(cls, ""),
        request_id=request_id or headers.get("request-id"),
        retry_after=_seconds(headers),
    )


def from_stream(event: StreamError, request_id: str | None = None) -> errors.APIError:
    """Turn an error that came in the middle of a stream into the error to raise.

    Parameters
    ----------
    event : StreamError
    request_id : str, optional
        From the answer's headers, where the event itself does not tell.

    Examples
    --------
    >>> from_stream(StreamError("overloaded_error", "Overloaded"))
    OverloadedError('overloaded_error: Overloaded. Ask again in a little while.')
    """
    cls = _BY_TYPE.get(event.type, errors.APIError)
    return cls(
        event.message or "no reason given",
        type=event.type,
        advice=_ADVICE.get(cls, ""),
        request_id=event.request_id or request_id,
    )


def _read(body: bytes) -> tuple[str, str, str | None]:
    """Return type, message and request id, whichever of them the body tells."""
    text = body.decode("utf-8", "replace").strip()
    try:
        data: Any = json.loads(text)
    except ValueError:
        return "", _words(text), None
    if not isinstance(data, Mapping):
        return "", _words(text), None
    request_id = data.get("request_id")
    request_id = request_id if isinstance(request_id, str) else None
    error = data.get("error")
    if isinstance(error, Mapping):
        message = str(error.get("message") or "").removeprefix(_GATEWAY_PREFIX)
        if wrapped := _GATEWAY_WRAPPED.match(message):
            message = f"{wrapped[1]}: {_words(wrapped[2])}"
        return str(error.get("type") or ""), message, request_id
    message = str(data.get("message") or error or _words(text))
    details = data.get("errors")
    if isinstance(details, list) and details:
        message = f"{message}: {'; '.join(str(detail) for detail in details)}"
    return "", message, request_id


def _words(text: str) -> str:
    """Return what a body says that is no JSON: one line, without tags, shortened."""
    words = " ".join(_HTML_BLIND.sub(" ", text).split() if text.startswith("<") else text.split())
    return words if len(words) <= _SHOWN_CHARACTERS else words[: _SHOWN_CHARACTERS - 2].rstrip() + " …"


def _phrase(status: int) -> str:
    """Return what a status means, for an answer that says nothing more."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _seconds(headers: Mapping[str, str]) -> float | None:
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None
