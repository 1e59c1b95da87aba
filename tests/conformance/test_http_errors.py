"""Recorded error answers: each raises the class of its status, with its own sentence and request id."""

import json
from typing import Any

import pytest

import claude_kit as ck
from claude_kit import errors
from tests.conformance import recordings
from tests.wire.replay import replying, serving

RECORDED = [
    pytest.param(row["status"], {}, row["body"].encode(), id=f"{row['host'].split('.')[0]}-{row['status']}-{number}")
    for number, row in enumerate(recordings.lines("http_errors.jsonl"))
]
GATEWAY = [
    pytest.param(
        row["response"]["status"],
        {name: value for name, value in row["response"]["headers"] if name in ("request-id", "retry-after")},
        json.dumps(row["response"]["json"]).encode() if row["response"].get("json") else b"",
        id=row["name"],
    )
    for row in recordings.exchanges("*")
    if row.get("response", {}).get("status", 200) >= 400
]
STREAMS = [
    pytest.param("messages" if path.name.startswith("st-ms-") else "chat", path.read_bytes(), id=path.stem)
    for pattern in ("*-mid_error.sse", "*-midstream.sse")
    for path in sorted((recordings.FOLDER / "gateway").glob(pattern))
]
CLASSES = {
    400: ck.BadRequestError,
    401: ck.AuthenticationError,
    403: ck.PermissionDeniedError,
    404: ck.NotFoundError,
    408: errors.RequestTimeoutError,
    413: ck.RequestTooLargeError,
    429: ck.RateLimitError,
    500: ck.ServerError,
    502: ck.ServerError,
    529: ck.OverloadedError,
}

pytestmark = recordings.needed


def test_there_are_recordings() -> None:
    """An empty folder proves nothing."""
    assert RECORDED
    assert GATEWAY
    assert STREAMS


@pytest.mark.parametrize(("status", "headers", "body"), RECORDED + GATEWAY)
def test_raises_what_was_meant(status: int, headers: dict[str, str], body: bytes) -> None:
    """Over a real connection: class, status, the sentence without its wrapping, request id and wait."""
    respond = replying(body, status, "application/json", **headers)
    with (
        serving(respond) as served,
        ck.Client.anthropic("none", base_url=served.address, max_retries=0) as client,
        pytest.raises(ck.APIError) as caught,
    ):
        client.send([{"role": "user", "content": "Hi"}], model="claude-sonnet-5-5")
    error, data = caught.value, json.loads(body or b"{}")
    unreachable = b"fetch failed" in body
    assert type(error) is (ck.ConnectionFailed if unreachable else CLASSES[status])
    assert error.status == status
    words = "The gateway did not reach anthropic" if unreachable else sentence(data)
    assert words in error.message
    assert "{" not in error.message
    assert says_what_to_do(error)
    assert "anthropic error:" not in str(error)
    assert error.request_id == (data.get("request_id") or headers.get("request-id"))
    assert error.retry_after == (float(headers["retry-after"]) if "retry-after" in headers else None)


@pytest.mark.parametrize(("dialect", "stream"), STREAMS)
def test_an_error_in_a_stream_is_raised_with_a_sentence(dialect: ck.wire.Dialect, stream: bytes) -> None:
    """Also where the gateway passes on no more than its type; what had come is kept."""
    with pytest.raises(ck.OverloadedError) as caught:
        ck.Reply.from_events(ck.wire.decode([stream], dialect=dialect))
    error = caught.value
    assert error.type == "overloaded_error"
    assert len(error.message) > 5
    assert says_what_to_do(error)
    assert error.reply is not None
    assert error.reply.thinking.startswith("Let me think.")


def says_what_to_do(error: ck.APIError) -> bool:
    """Tell whether there is more in the error than what the answer said."""
    said = str(error).partition(error.message.rstrip("."))[2].partition("(request")[0]
    return len(said.strip(". ")) > 0


def sentence(data: dict[str, Any]) -> str:
    """Return what the body says, as far as it can be read off simply."""
    error = data.get("error")
    words = str(error["message"] if isinstance(error, dict) else data.get("message", ""))
    return words.removeprefix("anthropic error: ").partition(": {")[0]
