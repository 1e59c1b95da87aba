"""Error answers: every shape becomes the right class, with the API's sentence and what to do."""

import json
import pickle
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.wire.events import StreamError
from claude_kit.wire.failures import from_response, from_stream


def native(kind: str, message: str = "words of the API") -> bytes:
    """Return an error's body as Anthropic writes it."""
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_body"}).encode()


def gateway(kind: str | None, message: str) -> bytes:
    """Return an error's body as Portkey's gateway writes it."""
    error = {"message": message, "type": kind, "param": None, "code": None}
    return json.dumps({"error": error, "provider": "anthropic"}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "cls"),
    [
        (400, "invalid_request_error", ck.BadRequestError),
        (401, "authentication_error", ck.AuthenticationError),
        (402, "billing_error", ck.BillingError),
        (403, "permission_error", ck.PermissionDeniedError),
        (404, "not_found_error", ck.NotFoundError),
        (413, "request_too_large", ck.RequestTooLargeError),
        (429, "rate_limit_error", ck.RateLimitError),
        (500, "api_error", ck.ServerError),
        (504, "timeout_error", ck.ServerError),
        (529, "overloaded_error", ck.OverloadedError),
        (408, "timeout_error", ck.APIError),
        (409, "conflict_error", ck.APIError),
    ],
)
def test_each_status_has_its_class(status: int, kind: str, cls: type[ck.APIError]) -> None:
    """Status, type, sentence and request id are all kept, on the error and in its message."""
    error = from_response(status, {"request-id": "req_header"}, native(kind))
    assert type(error) is cls
    assert (error.status, error.type, error.message) == (status, kind, "words of the API")
    assert error.request_id == "req_body"
    for told in (str(status), kind, "words of the API", "req_body"):
        assert told in str(error)


# The five shapes of the real gateway (recorded from version 1.15.2), and what other servers answer.
SHAPES: list[tuple[int, bytes, type[ck.APIError], str]] = [
    (529, gateway("overloaded_error", "anthropic error: Overloaded"), ck.OverloadedError, "Overloaded"),
    (
        500,
        gateway(
            None,
            'Invalid response received from anthropic: {"html-message":"Message: fetch failed Cause: Error: connect '
            'ECONNREFUSED 127.0.0.1:9 Name: TypeError"}',
        ),
        ck.ServerError,
        "Invalid response received from anthropic: Message: fetch failed Cause: Error: connect ECONNREFUSED "
        "127.0.0.1:9 Name: TypeError",
    ),
    (
        502,
        gateway(
            None,
            'Invalid response received from anthropic: {"html-message":"<html><body>502 Bad Gateway</body></html>"}',
        ),
        ck.ServerError,
        "Invalid response received from anthropic: 502 Bad Gateway",
    ),
    (
        400,
        b'{"status":"failure","message":"Invalid config passed","errors":["path: targets,0, message: no provider"]}',
        ck.BadRequestError,
        "Invalid config passed: path: targets,0, message: no provider",
    ),
    (500, b'{"status":"failure","message":"Something went wrong"}', ck.ServerError, "Something went wrong"),
    (
        400,
        native("invalid_request_error", "max_tokens: Field required"),
        ck.BadRequestError,
        "max_tokens: Field required",
    ),
    (404, b'{"message":"Not Found","ok":false}', ck.NotFoundError, "Not Found"),
    (431, b"", ck.APIError, "Request Header Fields Too Large"),
    (403, b'{"message":"The security token is expired"}', ck.PermissionDeniedError, "The security token is expired"),
    (
        413,
        b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"
        b"<center><h1>413 Request Entity Too Large</h1></center>\r\n</body></html>",
        ck.RequestTooLargeError,
        "413 Request Entity Too Large",
    ),
    (503, b"upstream connect error", ck.ServerError, "upstream connect error"),
    (400, b'{"error":"just words"}', ck.BadRequestError, "just words"),
    (400, b"[1]", ck.BadRequestError, "[1]"),
    (500, b"\xff\xfe", ck.ServerError, "\ufffd\ufffd"),
    (499, b"", ck.APIError, "no reason given"),
]


@pytest.mark.parametrize(("status", "body", "cls", "message"), SHAPES)
def test_every_shape_of_body_tells_its_reason(status: int, body: bytes, cls: type[ck.APIError], message: str) -> None:
    """The five shapes of the gateway, HTML, plain words or nothing: the reason in one line, without the wrapping."""
    error = from_response(status, {}, body)
    assert type(error) is cls
    assert error.message == message
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "ANTHROPIC_API_KEY or PORTKEY_API_KEY"),
        (402, "billing"),
        (404, "base_url"),
        (408, "request_timeout="),
        (413, "ck.check"),
        (429, "Wait"),
        (431, "config= or metadata="),
        (500, "again"),
        (529, "again"),
    ],
)
def test_a_message_says_what_to_do(status: int, advice: str) -> None:
    """Where there is something to do about it, the message says so."""
    assert advice in str(from_response(status, {}, b""))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_keeps_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """The answer's own wish, in seconds; None where it has none that is a number."""
    assert from_response(429, headers, b"").retry_after == seconds


def test_the_header_tells_the_request_where_the_body_does_not() -> None:
    """Behind the gateway only the header keeps the request's id."""
    error = from_response(529, {"request-id": "req_header"}, gateway("overloaded_error", "anthropic error: Overloaded"))
    assert error.request_id == "req_header"


def test_a_long_body_is_shortened() -> None:
    """A page of text is no message."""
    assert len(str(from_response(500, {}, b"word " * 1000))) < 500


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("overloaded_error", ck.OverloadedError),
        ("rate_limit_error", ck.RateLimitError),
        ("api_error", ck.ServerError),
        ("new_error", ck.APIError),
    ],
)
def test_an_error_in_a_stream_has_its_class_by_type(kind: str, cls: type[ck.APIError]) -> None:
    """There is no status any more, so the type decides; the request's id is the event's own or the header's."""
    error = from_stream(StreamError(kind, "words", None), "req_header")
    assert type(error) is cls
    assert (error.status, error.type, error.message, error.request_id) == (None, kind, "words", "req_header")
    assert from_stream(StreamError(kind, "", "req_event"), "req_header").request_id == "req_event"


@pytest.mark.parametrize("odd", [{"error": {"type": 3, "message": {"a": 1}}, "request_id": 5}, {"error": None}, {}])
def test_odd_json_is_still_an_error_of_ours(odd: dict[str, Any]) -> None:
    """Whatever a server writes, there is a message, and the error can be pickled."""
    error = from_response(400, {}, json.dumps(odd).encode())
    assert error.message
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
