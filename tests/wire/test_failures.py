"""Error answers: every shape becomes the right class, with the API's sentence and what to do."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import claude_kit as ck
from claude_kit import errors
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
        (408, "timeout_error", errors.RequestTimeoutError),
        (409, "conflict_error", errors.ConflictError),
        (412, "", ck.BillingError),
        (422, "invalid_request_error", errors.UnprocessableEntityError),
        (431, "", ck.RequestTooLargeError),
        (446, "hooks_failed", errors.GuardrailError),
        (503, "overloaded_error", ck.OverloadedError),
        (503, "invalid_request_error", ck.ServerError),
        (499, "rate_limit_error", ck.RateLimitError),
        (418, "", ck.APIError),
    ],
)
def test_each_status_has_its_class(status: int, kind: str, cls: type[ck.APIError]) -> None:
    """Status, type, sentence and request id are all kept, on the error and in its message."""
    error = from_response(status, {"request-id": "req_header"}, native(kind))
    assert type(error) is cls
    assert (error.status, error.type, error.message) == (status, kind or "error", "words of the API")
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
        ck.ConnectionFailed,
        "The gateway did not reach anthropic: connect ECONNREFUSED 127.0.0.1:9",
    ),
    (
        500,
        gateway(
            None,
            'Invalid response received from anthropic: {"html-message":"Message: Cannot set properties of undefined '
            "(setting '_timeouts') Cause: NA Name: TypeError\"}",
        ),
        ck.ServerError,
        "Invalid response received from anthropic: Cannot set properties of undefined (setting '_timeouts')",
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
    (
        500,
        b'{"html-message":"Message: fetch failed Cause: Error: bad port Name: TypeError"}',
        ck.ConnectionFailed,
        "The gateway did not reach the provider: bad port",
    ),
    (502, b'{"html-message":"<p>Gone</p>"}', ck.ServerError, "Invalid response received from the provider: Gone"),
    (500, b'{"status":"failure","message":"Something went wrong"}', ck.ServerError, "Something went wrong"),
    (
        400,
        native("invalid_request_error", "max_tokens: Field required"),
        ck.BadRequestError,
        "max_tokens: Field required",
    ),
    (404, b'{"message":"Not Found","ok":false}', ck.NotFoundError, "Not Found"),
    (431, b"", ck.RequestTooLargeError, "Request Header Fields Too Large"),
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
    (529, native("overloaded_error", ""), ck.OverloadedError, "The API has no room for now"),
    (400, b"[" * 100_000, ck.BadRequestError, "[" * 298 + " …"),
]


@pytest.mark.parametrize(("status", "body", "cls", "message"), SHAPES)
def test_every_shape_of_body_tells_its_reason(status: int, body: bytes, cls: type[ck.APIError], message: str) -> None:
    """The five shapes of the gateway, HTML, plain words or nothing: the reason in one line, without the wrapping."""
    error = from_response(status, {}, body)
    assert type(error) is cls
    assert error.message == message
    assert "\n" not in str(error)


def guardrails(*hooks: object) -> bytes:
    """Return the body of a refusal by guardrails, as the gateway writes it."""
    message = "The guardrail checks defined in the config failed. You can find more in the `hook_results` object."
    error = {"message": message, "type": "hooks_failed", "param": None, "code": None}
    return json.dumps({"error": error, "hook_results": {"before_request_hooks": hooks}}).encode()


def hook(name: str, *explanations: str | None, deny: bool = True, verdict: bool = False) -> dict[str, Any]:
    """Return what one guardrail found."""
    checks = [
        {"id": "default.regexMatch", "verdict": verdict, "data": {"explanation": words, "textExcerpt": "my secret"}}
        for words in explanations
    ]
    return {"id": name, "verdict": verdict, "deny": deny, "checks": checks}


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        ([hook("no-numbers", "A number was found.")], "Refused by the guardrail no-numbers (A number was found)"),
        (
            [hook("a", "One", None), hook("passed", "x", verdict=True), hook("b"), hook("only noted", "x", deny=False)],
            "Refused by the guardrail a (One; default.regexMatch), b",
        ),
        (["odd", {"verdict": False, "checks": "odd"}], "Refused by the guardrail None"),
    ],
)
def test_a_guardrail_is_named_with_its_reason(hooks: list[Any], message: str) -> None:
    """Not what the gateway says, which is to look elsewhere; and nothing of what was asked."""
    error = from_response(446, {}, guardrails(*hooks))
    assert type(error) is errors.GuardrailError
    assert error.message == message
    assert "secret" not in str(error)


NO_WAY = (
    'Invalid response received from anthropic: {"html-message":"Message: fetch failed Cause: bad port Name: Error"}'
)


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (200, b"", "base_url"),
        (302, b"", "base_url"),
        (400, b"", "ck.check"),
        (400, native("invalid_request_error", "messages.1.content.0: Field required"), "counted from 0"),
        (400, native("invalid_request_error", "prompt is too long: 213333 tokens > 200000 maximum"), "ck.fit"),
        (400, native("invalid_request_error", "You have reached your specified API usage limits."), "billing page"),
        (400, b'{"status":"failure","message":"Invalid custom host"}', "TRUSTED_CUSTOM_HOSTS"),
        (400, b'{"status":"failure","message":"Invalid provider passed"}', 'provider="anthropic"'),
        (401, b"", "ANTHROPIC_API_KEY or PORTKEY_API_KEY"),
        (402, b"", "billing"),
        (403, b"", "whoever made it"),
        (403, b'{"message":"The security token included in the request is expired"}', "AWS"),
        (404, b"", "base_url"),
        (404, native("not_found_error", "model: claude-sonet-5-5"), "Did you mean claude-sonnet-5-5"),
        (404, native("not_found_error", "model: nothing-like-it"), "spelled right"),
        (404, native("not_found_error", "model: claude-3-opus-20240229"), "retired; claude-opus-"),
        (404, native("not_found_error", "model: claude-sonnet-5-5"), "The model exists"),
        (408, b"", "request_timeout="),
        (409, b"", "again"),
        (412, b"", "Portkey"),
        (413, b"", "ck.check"),
        (422, b"", "ck.check"),
        (429, b"", "Wait"),
        (431, b"", "config= or metadata="),
        (446, b"", "guardrail"),
        (500, b"", "again"),
        (500, gateway(None, NO_WAY), "custom_host="),
        (500, b'{"status":"failure","message":"Something went wrong"}', '"@hono/node-server": "1.13.5"'),
        (500, b'{"status":"failure","message":"messages is not supported by openai"}', "chat completions"),
        (500, b'{"status":"failure","message":"prompt completions error: Something went wrong"}', "api.portkey.ai"),
        (529, b"", "again"),
    ],
)
def test_a_message_says_what_to_do(status: int, body: bytes, advice: str) -> None:
    """Where there is something to do about it, the message says so."""
    assert advice in str(from_response(status, {}, body))


SPENT = {
    "type": "rate_limit_error",
    "message": "Limit reached",
    "details": {"error_code": "enforced_spend_limit_reached"},
}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SPENT, "enforced_spend_limit_reached"),
        ({"message": "No quota", "type": "insufficient_quota", "code": "insufficient_quota"}, "insufficient_quota"),
        ({"message": "Slow down", "type": "rate_limit_error", "details": {"error_code": 3}, "code": None}, None),
        ({"message": "Slow down", "type": "rate_limit_error", "details": "odd", "code": 7}, None),
    ],
)
def test_keeps_the_finer_word(error: dict[str, Any], code: str | None) -> None:
    """Anthropic's or OpenAI's, to decide by without reading the sentence."""
    assert from_response(429, {}, json.dumps({"error": error}).encode()).code == code


def test_a_spent_limit_is_no_rate_limit() -> None:
    """Waiting does not help: the message says what does, and nothing asks again, whatever the header says."""
    error = from_response(429, {"x-should-retry": "true"}, json.dumps({"error": SPENT}).encode())
    assert type(error) is ck.RateLimitError
    assert error.should_retry is False
    assert "raise it in the Claude Console" in str(error)
    assert "Wait and ask again" not in str(error)


@pytest.mark.parametrize(
    ("header", "body", "told"),
    [
        ("true", b"", True),
        ("false", b"", False),
        ("perhaps", b"", None),
        ("", b"", None),
        # Something in the gateway failed, which may be after the answer had been made and paid.
        ("", b'{"status":"failure","message":"Something went wrong"}', False),
    ],
)
def test_keeps_whether_to_ask_again(header: str, body: bytes, told: bool | None) -> None:
    """As the answer says, or as is known of the failure."""
    assert from_response(500, {"x-should-retry": header}, body).should_retry is told


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_keeps_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """The answer's own wish, in seconds; None where it has none."""
    assert from_response(429, headers, b"").retry_after == seconds


def test_says_how_long_to_wait() -> None:
    """The person reads the time, too."""
    assert "Ask again in 1 min 30 s" in str(from_response(429, {"retry-after": "90"}, b""))


@pytest.mark.parametrize("key", ["sk-ant-api03-AbCdEf123456_xyz", "sk-proj-1234567890abcdef", "Bearer abc123DEF456=="])
@pytest.mark.parametrize("wrap", [native, gateway], ids=["native", "gateway"])
def test_a_key_that_a_server_repeats_is_not_shown(key: str, wrap: Callable[[str, str], bytes]) -> None:
    """Neither in the message nor in anything that is pickled or shown of the error."""
    body = wrap("authentication_error", f"Incorrect API key provided: {key}. Bearer tokens are fine.")
    error = from_response(401, {}, body)
    for shown in (str(error), repr(error), repr(vars(error)), repr(pickle.dumps(error))):
        assert key.partition("-" if "-" in key else " ")[2][-8:] not in shown
    assert "Bearer tokens are fine" in error.message


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


def test_an_error_in_a_stream_without_words_is_a_sentence_all_the_same() -> None:
    """The gateway passes on nothing but the type, in a stream of a chat completion."""
    error = from_stream(StreamError("overloaded_error", ""))
    assert error.message == "The API has no room for now"
    assert "Ask again" in str(error)
    assert from_stream(StreamError("strange_error", "")).message == "no reason given"


@pytest.mark.parametrize("odd", [{"error": {"type": 3, "message": {"a": 1}}, "request_id": 5}, {"error": None}, {}])
def test_odd_json_is_still_an_error_of_ours(odd: dict[str, Any]) -> None:
    """Whatever a server writes, there is a message, and the error can be pickled."""
    error = from_response(400, {}, json.dumps(odd).encode())
    assert error.message
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
