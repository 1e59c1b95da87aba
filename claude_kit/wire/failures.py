"""What an error answer means: five shapes of body, one tree of errors.

The shapes, as recorded from the API and from Portkey's gateway 1.15.2: Anthropic's own; the gateway's OpenAI-like
envelope around it; the gateway's envelope around something that was no JSON; the gateway's own ``status:
failure``; a bare ``message``. Anything else is shown as it came, shortened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from claude_kit import errors

__all__ = ["from_response", "from_stream"]

_BY_STATUS: Final[dict[int, type[errors.APIError]]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.BillingError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
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
}

# What a person can do about it.
_ADVICE: Final[dict[type[errors.APIError], str]] = {
    errors.AuthenticationError: "Check the key: ANTHROPIC_API_KEY or PORTKEY_API_KEY in the environment, or api_key=.",
    errors.BillingError: "The account has no credit left; see its billing page.",
    errors.PermissionDeniedError: "The key may not use this model or feature.",
    errors.RequestTooLargeError: "Send fewer or smaller files; ck.check(...) measures them.",
    errors.RateLimitError: "Wait and ask again, or send less at a time.",
    errors.OverloadedError: "Ask again in a little while.",
}

_GATEWAY_PREFIX: Final = "anthropic error: "
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
        message or "no reason given",
        status=status,
        type=kind or "error",
        advice=_ADVICE.get(cls, ""),
        request_id=request_id or headers.get("request-id"),
        retry_after=_seconds(headers),
    )


def from_stream(kind: str, message: str, request_id: str | None = None) -> errors.APIError:
    """Turn an error that came in the middle of a stream into the error to raise."""
    cls = _BY_TYPE.get(kind, errors.APIError)
    return cls(message, type=kind, advice=_ADVICE.get(cls, ""), request_id=request_id)


def _read(body: bytes) -> tuple[str, str, str | None]:
    """Return type, message and request id, whichever of them the body tells."""
    text = body.decode("utf-8", "replace").strip()
    try:
        data: Any = json.loads(text)
    except ValueError:
        return "", text[:_SHOWN_CHARACTERS], None
    if not isinstance(data, Mapping):
        return "", text[:_SHOWN_CHARACTERS], None
    error = data.get("error")
    if isinstance(error, Mapping):
        message = str(error.get("message") or "").removeprefix(_GATEWAY_PREFIX)
        return str(error.get("type") or ""), message, data.get("request_id")
    return "", str(data.get("message") or error or text[:_SHOWN_CHARACTERS]), data.get("request_id")


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        return float(headers["retry-after"]) if "retry-after" in headers else None
    except ValueError:
        return None
