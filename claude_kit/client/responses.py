"""Is a response the answer to what was asked, what does it hold, and may the call be made again if it failed?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx

from claude_kit import errors
from claude_kit.client.steps import Call
from claude_kit.wire import failures

__all__ = ["answered", "content_type", "counted", "is_answer", "sent"]

# A server that answers this has not begun.
_TURNED_AWAY: Final = (503, 529)


@contextmanager
def sent(call: Call) -> Iterator[None]:
    """See to it that a call which must be made once is not made again where nobody knows if it arrived."""
    try:
        yield
    except (errors.ConnectionFailed, errors.RequestTimeoutError, errors.ServerError) as error:
        if call.once and error.should_retry is None and error.status not in _TURNED_AWAY:
            error.should_retry = False
            error.add_note("It may have arrived all the same, so it was not sent again.")
        raise


def is_answer(response: httpx.Response) -> bool:
    """Tell whether a response holds what was asked for: a page in its place comes with a status of 200 too.

    That is what the wrong address answers, or a network that wants one to sign in.
    """
    return response.is_success and not content_type(response.headers).startswith("text/html")


def content_type(headers: Mapping[str, str]) -> str:
    """Return what kind of body it is, in small letters."""
    return headers.get("content-type", "").lower()


def answered(response: httpx.Response, body: bytes) -> Any:
    """Return the JSON of an answer.

    Raises
    ------
    APIError
        If it is none.
    """
    try:
        return json.loads(body)
    except ValueError:
        raise failures.from_response(response.status_code, response.headers, body) from None


def counted(told: Any) -> int:
    """Return the number that ``count_tokens`` answered.

    Raises
    ------
    APIError
        If there is none in it.
    """
    number = told.get("input_tokens") if isinstance(told, Mapping) else None
    if not isinstance(number, int):
        raise failures.from_response(200, {}, json.dumps(told).encode())
    return number
