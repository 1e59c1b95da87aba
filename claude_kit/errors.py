"""Everything that can go wrong, as one tree.

::

    ClaudeKitError
    ├── ContentError             a source that cannot become content (missing, truncated, not an image)
    ├── PreflightError           a request that the API would refuse; nothing was sent (.report)
    ├── UnknownModelError        no such model; names the near misses (.model, .suggestions)
    ├── RetiredModelError        the model existed; says until when, and what to use now
    ├── BudgetExceeded           the next call could cost more than is left; nothing was sent
    ├── NotRecorded              a cassette holds no answer to the request (.recorded)
    ├── ExtractionError          an answer that is not of the shape that was asked for (.problems, .reply)
    ├── StreamInterrupted        the stream ended before the message did (.reply holds what arrived)
    └── APIError                 the API or a gateway answered with an error
        ├── BadRequestError      400
        │   └── UnprocessableEntityError  422
        ├── AuthenticationError  401
        ├── BillingError         402, and 412: nothing is left to pay with
        ├── PermissionDeniedError  403
        ├── NotFoundError        404
        ├── RequestTimeoutError  408
        ├── ConflictError        409
        ├── RequestTooLargeError 413, and 431: the body, or the headers
        ├── RateLimitError       429
        ├── GuardrailError       446
        ├── ServerError          500 and above
        │   └── OverloadedError  529
        └── ConnectionFailed     no answer at all
            └── APITimeoutError  no answer in time

Warnings, for what is taken all the same: ContentWarning (guessed in reading, or lost in a dialect) and
PreflightWarning (accepted, but costly or lossy).

A message says what, where, the measured value, the limit, and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_kit.preflight import Report
    from claude_kit.reply import Reply

__all__ = [
    "APIError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "BillingError",
    "BudgetExceeded",
    "ClaudeKitError",
    "ConflictError",
    "ConnectionFailed",
    "ContentError",
    "ContentWarning",
    "ExtractionError",
    "GuardrailError",
    "NotFoundError",
    "NotRecorded",
    "OverloadedError",
    "PermissionDeniedError",
    "PreflightError",
    "PreflightWarning",
    "RateLimitError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "RetiredModelError",
    "ServerError",
    "StreamInterrupted",
    "UnknownModelError",
    "UnprocessableEntityError",
]


class ClaudeKitError(Exception):
    """The root of every error that claude_kit raises on purpose."""


class ContentError(ClaudeKitError, ValueError):
    """A source could not be turned into an image, a PDF or a text.

    Attributes
    ----------
    media_type : str or None
        What the bytes are, or what they claim to be, where there were bytes to look at: the file is there, and damaged
        or of a kind that Claude does not take. None where nothing could be read.
    where : str
        The file, as far as it has a name.
    """

    def __init__(self, message: str, *, media_type: str | None = None, where: str = "") -> None:
        super().__init__(message)
        self.media_type = media_type
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class UnknownModelError(ClaudeKitError, LookupError):
    """No model of that name is known.

    Attributes
    ----------
    model : str
        What was asked for.
    suggestions : tuple of str
        Known ids that look like it, nearest first.
    """

    def __init__(self, message: str, *, model: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.model = model
        self.suggestions = suggestions

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class RetiredModelError(ClaudeKitError):
    """The model exists no more; the message says since when and what to use instead."""


class ContentWarning(UserWarning):
    """Content was taken, and something of it was guessed or will be lost on the way."""


class PreflightWarning(UserWarning):
    """The API would accept this request, but it is costly or lossy."""


class PreflightError(ClaudeKitError):
    """The API would refuse this request, so it was not sent.

    Attributes
    ----------
    report : claude_kit.preflight.Report
        Every finding, with measured value, limit and fix.
    """

    def __init__(self, message: str, *, report: Report) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class BudgetExceeded(ClaudeKitError):
    """The next call could cost more than the budget still holds, so it was not sent."""


class ExtractionError(ClaudeKitError, ValueError):
    """An answer is not of the shape that was asked for.

    Attributes
    ----------
    problems : tuple of str
        What does not fit: the field, why, and what stands there. Empty where there was no whole answer to fit.
    reply : claude_kit.Reply or None
        The answer.
    """

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), reply: Reply | None = None) -> None:
        super().__init__(message)
        self.problems = problems
        self.reply = reply

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class NotRecorded(ClaudeKitError, LookupError):
    """A client that replays was asked what was not recorded; the message says what differs.

    Attributes
    ----------
    recorded : tuple of str
        The questions that were.
    """

    def __init__(self, message: str, *, recorded: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.recorded = recorded

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class StreamInterrupted(ClaudeKitError):
    """The stream ended before the message did.

    Attributes
    ----------
    reply : claude_kit.Reply
        What had arrived by then, with ``complete`` false.
    """

    def __init__(self, message: str, *, reply: Reply) -> None:
        super().__init__(message)
        self.reply = reply

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class APIError(ClaudeKitError):
    """The API, or a gateway before it, answered with an error.

    Parameters
    ----------
    advice : str
        What to do about it, in the kit's own words; only said in the error's text.

    Attributes
    ----------
    status : int or None
        The HTTP status; None for an error that came inside a stream or without any answer.
    type : str
        The API's word for it, such as ``"overloaded_error"``.
    message : str
        The API's own sentence.
    request_id : str or None
        To quote to the provider's support.
    retry_after : float or None
        Seconds to wait that the answer asked for.
    should_retry : bool or None
        Whether to ask again, where the answer says so (its header ``x-should-retry``) or the failure is known to come
        again; None leaves it to the class.
    code : str or None
        A finer word than ``type``, where there is one, such as ``"enforced_spend_limit_reached"``.
    reply : Reply or None
        What had arrived, when the error came in the middle of a stream.
    """

    reply: Reply | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        type: str = "api_error",
        advice: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        code: str | None = None,
    ) -> None:
        where = f"HTTP {status} {type}" if status else type
        sentence = f"{message.rstrip('.')}." if advice and message[-1:] not in "!?…" else message
        parts = [f"{where}: {sentence}", advice, f"(request {request_id})" if request_id else ""]
        super().__init__(" ".join(part for part in parts if part))
        self.message = message
        self.status = status
        self.type = type
        self.request_id = request_id
        self.retry_after = retry_after
        self.should_retry = should_retry
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class BadRequestError(APIError):
    """400: the request is not one the API takes."""


class UnprocessableEntityError(BadRequestError):
    """422: what 400 is to most; proxies of other makes answer it."""


class AuthenticationError(APIError):
    """401: the key is missing or wrong."""


class BillingError(APIError):
    """402: the account cannot pay for this. Portkey's 412 too: the budget set there is used up."""


class PermissionDeniedError(APIError):
    """403: the key may not do this."""


class NotFoundError(APIError):
    """404: no such model, file or address."""


class RequestTimeoutError(APIError, TimeoutError):
    """408: the answer took longer than the gateway, or the server, was to wait for it."""


class ConflictError(APIError):
    """409: another request was changing the same thing; ask again."""


class RequestTooLargeError(APIError):
    """413: the request's body is over the limit. 431 too: its headers are."""


class RateLimitError(APIError):
    """429: too many requests or tokens for now; see ``retry_after``."""


class GuardrailError(APIError):
    """446: a guardrail set in Portkey refused the request or its answer."""


class ServerError(APIError):
    """500 and above: it failed on the other side."""


class OverloadedError(ServerError):
    """529: the API has no room for now."""


class ConnectionFailed(APIError):
    """There was no answer: no connection, or it broke before the answer began.

    With a status (500) where it is a gateway that answers, and the provider behind it that could not be reached.
    """


class APITimeoutError(ConnectionFailed, TimeoutError):
    """There was no answer in time."""


def _rebuild(cls: type[Exception], args: tuple[object, ...], state: dict[str, object]) -> Exception:
    """Unpickle an error whose ``__init__`` takes keywords, which `Exception` cannot replay."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error
