"""What do an answer's headers say of limits: how much is left, until when, and how long to hold back?

The names are those of Anthropic's documentation (https://platform.claude.com/docs/en/api/rate-limits, 2026-11-22);
Portkey's gateway passes them on. How long to wait is RFC 9110, 10.2.3, and ``retry-after-ms`` of the SDKs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["RateLimit", "RateLimits", "retry_after"]

_STEMS: Final[dict[str, str]] = {
    "requests": "anthropic-ratelimit-requests",
    "tokens": "anthropic-ratelimit-tokens",
    "input_tokens": "anthropic-ratelimit-input-tokens",
    "output_tokens": "anthropic-ratelimit-output-tokens",
    "priority_input_tokens": "anthropic-priority-input-tokens",
    "priority_output_tokens": "anthropic-priority-output-tokens",
    "fast_input_tokens": "anthropic-fast-input-tokens",
    "fast_output_tokens": "anthropic-fast-output-tokens",
}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One limit, as far as an answer told of it.

    Attributes
    ----------
    limit : int or None
        How much is allowed in a period.
    remaining : int or None
        How much of it is left; tokens are rounded to thousands.
    reset : datetime.datetime or None
        When all of it is there again, with its time zone.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: datetime | None = None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What is left of each limit; None where the answer does not tell.

    Attributes
    ----------
    requests : RateLimit or None
    tokens, input_tokens, output_tokens : RateLimit or None
        ``tokens`` is the tightest limit of tokens, whichever that is for now.
    priority_input_tokens, priority_output_tokens : RateLimit or None
        Of the Priority Tier: what goes beyond it is served as everything else is.
    fast_input_tokens, fast_output_tokens : RateLimit or None
        Of requests that ask for ``speed="fast"``.

    Examples
    --------
    >>> limits = RateLimits.of(
    ...     {
    ...         "anthropic-ratelimit-requests-limit": "50",
    ...         "anthropic-ratelimit-requests-remaining": "0",
    ...         "anthropic-ratelimit-requests-reset": "2026-11-22T18:00:12Z",
    ...     }
    ... )
    >>> limits.requests.limit, limits.requests.remaining, limits.tokens
    (50, 0, None)
    >>> limits.wait_s(datetime(2026, 11, 22, 18, tzinfo=UTC))
    12.0
    """

    requests: RateLimit | None = None
    tokens: RateLimit | None = None
    input_tokens: RateLimit | None = None
    output_tokens: RateLimit | None = None
    priority_input_tokens: RateLimit | None = None
    priority_output_tokens: RateLimit | None = None
    fast_input_tokens: RateLimit | None = None
    fast_output_tokens: RateLimit | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> RateLimits:
        """Read an answer's headers.

        Parameters
        ----------
        headers : mapping of str to str
            With lower-case names, or one that does not care, as httpx's.
        """
        return cls(**{name: _limit(headers, stem) for name, stem in _STEMS.items()})

    def wait_s(self, now: datetime | None = None) -> float:
        """Return how many seconds to hold back the next request: 0 while something is left of everything.

        An allowance grows back bit by bit, so this is the longest that it can take.

        Parameters
        ----------
        now : datetime.datetime, optional
            With its time zone.
        """
        now = now or datetime.now(UTC)
        needed = (self.requests, self.tokens, self.input_tokens, self.output_tokens)
        resets = [limit.reset for limit in needed if limit and limit.remaining == 0 and limit.reset]
        return max([0.0, *((reset - now).total_seconds() for reset in resets)])


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how many seconds an answer asks to wait; None where it does not.

    Parameters
    ----------
    headers : mapping of str to str
        With lower-case names.
    now : datetime.datetime, optional
        What a date is counted from; by default the answer's own ``date``, for the clocks of two machines differ.

    Examples
    --------
    >>> retry_after({"retry-after": "30"}), retry_after({"retry-after-ms": "1500", "retry-after": "2"})
    (30.0, 1.5)
    >>> said = {"date": "Sun, 22 Nov 2026 18:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 18:01:10 GMT"}
    >>> retry_after(said)
    70.0
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    until = _http_date(headers.get("retry-after", ""))
    if until is None:
        return None
    now = now or _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _limit(headers: Mapping[str, str], stem: str) -> RateLimit | None:
    limit = RateLimit(
        _number(headers.get(f"{stem}-limit", "")),
        _number(headers.get(f"{stem}-remaining", "")),
        _moment(headers.get(f"{stem}-reset", "")),
    )
    return None if limit == RateLimit() else limit


def _number(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number >= 0 else None


def _moment(text: str) -> datetime | None:
    """Read an RFC 3339 time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
