"""The offline endpoint: streams, messages and refusals as the API writes them."""

import json
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.offline.endpoint import respond
from claude_kit.reply import OFFLINE_ID

QUESTION = {"role": "user", "content": "What is this?"}
REQUEST: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 1000, "messages": [QUESTION]}
SHOWN = {"type": "adaptive", "display": "summarized"}


def answered(request: Any, path: str = "/v1/messages") -> tuple[int, bytes]:
    """Return status and body."""
    outcome = respond("POST", path, request if isinstance(request, bytes) else json.dumps(request).encode())
    return outcome.status, b"".join(outcome.pieces)


def refusal(request: Any) -> tuple[int, str, str]:
    """Return status, type and message of an error answer."""
    status, body = answered(request)
    data = json.loads(body)
    assert data["type"] == "error"
    assert data["request_id"] == "req_offline"
    return status, data["error"]["type"], data["error"]["message"]


def test_a_stream_and_a_message_say_the_same() -> None:
    """Streamed or not, the same request gets the same message."""
    request = {**REQUEST, "thinking": SHOWN}
    _, streamed = answered({**request, "stream": True})
    _, whole = answered({**request, "stream": False})
    reply = ck.Reply.from_events(ck.wire.decode([streamed]))
    assert reply.message == json.loads(whole)
    assert reply.message["id"].startswith(OFFLINE_ID)


def test_a_stream_has_the_events_of_the_api_in_their_order() -> None:
    """Start, thinking, its signature last, ping, text in small pieces, usage at the end, stop."""
    _, body = answered({**REQUEST, "thinking": SHOWN, "stream": True})
    data = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: ")]
    names = [line[7:] for line in body.decode().splitlines() if line.startswith("event: ")]
    assert names == [event["type"] for event in data]
    kinds = [event.get("delta", {}).get("type") or event["type"] for event in data]
    collapsed = [kind for at, kind in enumerate(kinds) if kind != (kinds[at - 1] if at else None)]
    assert collapsed == [
        "message_start",
        "content_block_start",
        "ping",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
        "content_block_start",
        "text_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert data[0]["message"]["content"] == []
    assert data[0]["message"]["usage"]["output_tokens"] == 1
    assert max(len(event["delta"]["text"].split()) for event in data if "text" in event.get("delta", {})) <= 3


def test_the_same_request_gets_the_same_bytes() -> None:
    """So a notebook can be run again and compared."""
    request = {**REQUEST, "thinking": SHOWN, "stream": True}
    assert answered(request) == answered(request)


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        (b"not json", "The request body is not valid JSON"),
        (b"\xff", "The request body is not valid JSON"),
        ([1], "The request body must be a JSON object"),
        ("model max_tokens messages", "The request body must be a JSON object"),
        ({}, "model: Field required"),
        ({"model": "claude-sonnet-5-5", "messages": [QUESTION]}, "max_tokens: Field required"),
        ({**REQUEST, "model": None}, "model: Input should be a valid string"),
        ({**REQUEST, "max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
        ({**REQUEST, "max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({**REQUEST, "max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ({**REQUEST, "max_tokens": 10**6}, "max_tokens: 1000000 > 128000"),
        ({**REQUEST, "messages": "Hi"}, "messages: Input should be a valid list"),
        ({**REQUEST, "messages": []}, "messages: at least one message"),
        ({**REQUEST, "messages": ["Hi"]}, "messages.0: Input should be an object"),
        ({**REQUEST, "messages": [QUESTION, {"content": "Hi"}]}, "messages.1.role: Field required"),
        ({**REQUEST, "messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({**REQUEST, "messages": [{"role": "user", "content": [1]}]}, "messages.0.content: Input should be"),
        ({**REQUEST, "messages": [{"role": "user", "content": None}]}, "messages.0.content: Input should be"),
    ],
)
def test_a_malformed_request_is_a_400_that_names_the_place(request_body: Any, message: str) -> None:
    """In the API's shape and words."""
    status, kind, told = refusal(request_body)
    assert (status, kind) == (400, "invalid_request_error")
    assert told.startswith(message)


@pytest.mark.parametrize(
    "source",
    [
        {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="},
        {"type": "base64", "media_type": "image/png", "data": "a"},
        {"type": "base64", "media_type": "image/png"},
        {"type": "base64", "media_type": "image/png", "data": 7},
    ],
)
@pytest.mark.parametrize("kind", ["image", "document"])
def test_a_file_that_cannot_be_read_is_a_400(kind: str, source: dict[str, Any]) -> None:
    """No image, no PDF, no base64: the request is refused, the endpoint does not fall over."""
    content = [{"type": kind, "source": source}]
    assert refusal({**REQUEST, "messages": [{"role": "user", "content": content}]})[:2] == (
        400,
        "invalid_request_error",
    )


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("claude-sonet-5-5", "Nearest: claude-sonnet-5-5"),
        ("claude-3-opus-20240229", "retired"),
        ("", "not a known model"),
    ],
)
def test_an_unknown_or_retired_model_is_a_404_that_says_what_to_use(model: str, told: str) -> None:
    """As the API answers it, with the kit's own hint."""
    status, kind, message = refusal({**REQUEST, "model": model})
    assert (status, kind) == (404, "not_found_error")
    assert told in message


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/messages"), ("POST", "/v1/models"), ("GET", "/")])
def test_other_addresses_are_a_404(method: str, path: str) -> None:
    """And the answer says what there is."""
    outcome = respond(method, path, b"{}")
    assert outcome.status == 404
    assert b"it has POST /v1/messages" in b"".join(outcome.pieces)


def test_a_block_without_words_is_not_sent() -> None:
    """With one token there is no answer at all: an empty text block would be refused when it is sent back."""
    _, body = answered({**REQUEST, "max_tokens": 1, "stream": True})
    reply = ck.Reply.from_events(ck.wire.decode([body]))
    assert all(block["text"] for block in reply.blocks)
    assert reply.stop_reason == "max_tokens"
