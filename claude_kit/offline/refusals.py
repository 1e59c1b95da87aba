"""How does the API say no? By a status, a type and a sentence (Anthropic's documentation of errors, 2026-11-22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from claude_kit.offline.exchange import Outcome, as_json

__all__ = ["STATUSES", "TYPES", "Refusal"]

#: What an error's type is as a status.
STATUSES: Final[dict[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}

#: And the other way round.
TYPES: Final[dict[int, str]] = {status: kind for kind, status in STATUSES.items()}


class Refusal(Exception):
    """A request that is not answered.

    Parameters
    ----------
    status : int
    message : str
    type : str, optional
        By default the one that the API gives with this status.
    details : mapping, optional
        Such as ``{"error_code": "enforced_spend_limit_reached"}``.
    headers : mapping of str to str, optional
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type or TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error")
        self.details = details
        self.headers = headers

    def body(self, request_id: str | None = None) -> dict[str, Any]:
        """Return it as Anthropic's JSON."""
        error: dict[str, Any] = {"type": self.type, "message": str(self)}
        if self.details:
            error["details"] = dict(self.details)
        return {"type": "error", "error": error, "request_id": request_id}

    def outcome(self, request_id: str) -> Outcome:
        """Return it as an answer."""
        return as_json(self.body(request_id), self.status, self.headers)
