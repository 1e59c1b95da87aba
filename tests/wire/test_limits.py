"""Rate-limit headers: what is left, until when, and how long to hold back."""

from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from claude_kit.wire.limits import RateLimit, RateLimits, retry_after

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERY = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:01Z",
    "anthropic-ratelimit-tokens-limit": "48000",
    "anthropic-ratelimit-tokens-remaining": "47000",
    "anthropic-ratelimit-tokens-reset": "2026-11-22T12:00:02Z",
    "anthropic-ratelimit-input-tokens-limit": "40000",
    "anthropic-ratelimit-input-tokens-remaining": "39000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-22T12:00:03Z",
    "anthropic-ratelimit-output-tokens-limit": "8000",
    "anthropic-ratelimit-output-tokens-remaining": "8000",
    "anthropic-ratelimit-output-tokens-reset": "2026-11-22T12:00:04Z",
    "anthropic-priority-input-tokens-limit": "10000",
    "anthropic-priority-output-tokens-remaining": "0",
    "anthropic-fast-input-tokens-limit": "5",
    "anthropic-fast-output-tokens-reset": "2026-11-22T12:00:05Z",
}


def at(second: int) -> datetime:
    """Return a time soon after noon."""
    return NOON + timedelta(seconds=second)


def spent(name: str, reset: str) -> dict[str, str]:
    """Return the headers of a limit of which nothing is left."""
    return {f"anthropic-{name}-remaining": "0", f"anthropic-{name}-reset": reset}


def test_every_limit_is_read() -> None:
    """Numbers as numbers, times with their zone; whatever an answer does not tell is None."""
    assert RateLimits.of(EVERY) == RateLimits(
        requests=RateLimit(50, 49, at(1)),
        tokens=RateLimit(48000, 47000, at(2)),
        input_tokens=RateLimit(40000, 39000, at(3)),
        output_tokens=RateLimit(8000, 8000, at(4)),
        priority_input_tokens=RateLimit(limit=10000),
        priority_output_tokens=RateLimit(remaining=0),
        fast_input_tokens=RateLimit(limit=5),
        fast_output_tokens=RateLimit(reset=at(5)),
    )


def test_an_answer_without_them_tells_nothing() -> None:
    """As through most gateways, and as the offline model answers."""
    assert RateLimits.of({}) == RateLimits()
    assert RateLimits().wait_s() == 0


def test_headers_are_found_however_they_are_spelled() -> None:
    """Capitals do not matter to httpx."""
    headers = httpx.Headers({"Anthropic-RateLimit-Requests-Limit": "50"})
    assert RateLimits.of(headers).requests == RateLimit(limit=50)


@pytest.mark.parametrize("odd", ["", "many", "-5", "1.5", "9" * 5000])
def test_an_odd_number_is_no_number(odd: str) -> None:
    """A header is never what makes an answer fail."""
    limits = RateLimits.of({"anthropic-ratelimit-requests-remaining": odd, "anthropic-ratelimit-requests-reset": odd})
    assert limits.requests is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T12:00:07Z", at(7)),
        ("2026-11-22T13:00:07+01:00", datetime(2026, 11, 22, 13, 0, 7, tzinfo=timezone(timedelta(hours=1)))),
        ("2026-11-22T12:00:07", at(7)),
    ],
)
def test_a_time_has_its_zone(text: str, moment: datetime) -> None:
    """So that it can be compared with any other; without one it is UTC."""
    limits = RateLimits.of({"anthropic-ratelimit-tokens-reset": text})
    assert limits.tokens is not None
    assert limits.tokens.reset == moment
    assert limits.tokens.reset.tzinfo is not None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (EVERY, 0),
        (spent("ratelimit-requests", "2026-11-22T12:00:07Z"), 7),
        (spent("ratelimit-requests", "2026-11-22T11:59:00Z"), 0),
        (
            {
                **spent("ratelimit-input-tokens", "2026-11-22T12:00:20Z"),
                **spent("ratelimit-output-tokens", "2026-11-22T12:00:09Z"),
            },
            20,
        ),
        # What goes beyond the Priority Tier is served all the same, and speed is asked for by the request.
        (spent("priority-input-tokens", "2026-11-22T12:00:20Z"), 0),
        (spent("fast-input-tokens", "2026-11-22T12:00:20Z"), 0),
        ({"anthropic-ratelimit-requests-remaining": "0"}, 0),
    ],
)
def test_tells_how_long_to_hold_back(headers: dict[str, str], seconds: float) -> None:
    """Until the last of those is there again of which nothing is left."""
    assert RateLimits.of(headers).wait_s(NOON) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sunday, 22-Nov-26 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun Nov 22 12:00:30 2026"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 +99999999999999999999"}, None),
    ],
)
def test_a_wait_until_a_date_is_a_wait(headers: dict[str, str], seconds: float | None) -> None:
    """In each of the three forms of RFC 9110; what is past is over."""
    assert retry_after(headers, NOON) == seconds


def test_a_date_counts_from_the_clock_that_set_it() -> None:
    """The other machine's clock may be wrong by hours."""
    headers = {"retry-after": "Sun, 22 Nov 2000 12:00:30 GMT", "date": "Sun, 22 Nov 2000 12:00:00 GMT"}
    assert retry_after(headers) == 30
    assert retry_after({"retry-after": "Sun, 22 Nov 2000 12:00:30 GMT"}) == 0
