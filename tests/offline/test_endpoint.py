"""The offline endpoint: streams, messages and refusals as the API writes them."""

import json
from datetime import datetime
from typing import Any

import pytest
from anthropic.types import ModelInfo

import claude_kit as ck
from claude_kit.offline.endpoint import Endpoint
from claude_kit.offline.exchange import Outcome, Request
from claude_kit.reply import OFFLINE_ID

QUESTION = {"role": "user", "content": "What is this?"}
REQUEST: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 1000, "messages": [QUESTION]}
SHOWN = {"type": "adaptive", "display": "summarized"}


def respond(method: str, path: str, body: bytes = b"", **headers: str) -> Outcome:
    """Ask a fresh endpoint."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Endpoint().respond(Request.of(method, path, named, body))


def answered(request: Any, path: str = "/v1/messages") -> tuple[int, bytes]:
    """Return status and body."""
    outcome = respond("POST", path, request if isinstance(request, bytes) else json.dumps(request).encode())
    return outcome.status, outcome.read()


def refusal(request: Any) -> tuple[int, str, str]:
    """Return status, type and message of an error answer."""
    status, body = answered(request)
    data = json.loads(body)
    assert data["type"] == "error"
    assert data["request_id"] == "req_offline_0001"
    return status, data["error"]["type"], data["error"]["message"]


@pytest.mark.parametrize(
    ("model", "thinking", "said"),
    [
        ("claude-sonnet-5-5", {"type": "enabled", "budget_tokens": 2030}, '"thinking.type.enabled" is not supported'),
        ("claude-haiku-4-5", {"type": "adaptive"}, "adaptive thinking is not supported on this model"),
    ],
)
def test_thinking_that_a_model_has_not_is_refused(model: str, thinking: dict[str, Any], said: str) -> None:
    """In the API's own words."""
    status, kind, message = refusal({**REQUEST, "max_tokens": 4096, "model": model, "thinking": thinking})
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith(said)


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
        ({**REQUEST, "max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({**REQUEST, "max_tokens": 10**6}, "max_tokens: 1000000 > 128000"),
        ({**REQUEST, "messages": "Hi"}, "messages: Input should be a valid list"),
        ({**REQUEST, "messages": []}, "messages: at least one message"),
        ({**REQUEST, "messages": ["Hi"]}, "messages.0: Input should be an object"),
        ({**REQUEST, "messages": [QUESTION, {"content": "Hi"}]}, "messages.1.role: Field required"),
        ({**REQUEST, "messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({**REQUEST, "messages": [{"role": "user", "content": [1]}]}, "messages.0.content: Input should be"),
        ({**REQUEST, "messages": [{"role": "user", "content": None}]}, "messages.0.content: Input should be"),
        (
            {**REQUEST, "messages": [QUESTION, {"role": "user", "content": [{"type": "txt", "text": "Hi"}]}]},
            "messages.1.content.0: Input tag 'txt' found using 'type' does not match any of the expected tags: ",
        ),
        (
            {**REQUEST, "messages": [{"role": "user", "content": [{"type": []}]}]},
            "messages.0.content.0: Input tag '[]'",
        ),
    ],
)
def test_a_malformed_request_is_a_400_that_names_the_place(request_body: Any, message: str) -> None:
    """In the API's shape and words."""
    status, kind, told = refusal(request_body)
    assert (status, kind) == (400, "invalid_request_error")
    assert told.startswith(message)


def test_no_tokens_at_all_fill_the_cache_and_answer_nothing() -> None:
    """``max_tokens`` of 0 is for that (Anthropic docs, prompt caching)."""
    reply = ck.Client.offline(pace_s=0).send([QUESTION], model="claude-sonnet-5-5", max_tokens=0)
    assert (reply.blocks, reply.stop_reason, reply.usage.output_tokens) == ((), "max_tokens", 0)


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


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("POST", "/messages"), ("GET", "/v1/messages/batches/a/b"), ("GET", "/v1/model")]
)
def test_other_addresses_are_a_404(method: str, path: str) -> None:
    """And the answer says what there is."""
    outcome = respond(method, path, b"{}")
    assert outcome.status == 404
    assert b"it has POST /v1/messages" in outcome.read()


def test_a_v1_too_many_is_named() -> None:
    """Who gave the anthropic SDK an address that ends in /v1 learns what is wrong."""
    assert b"base_url has a /v1 too many" in respond("POST", "/v1/v1/messages", b"{}").read()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/messages", "POST"),
        ("POST", "/v1/models", "GET"),
        ("PATCH", "/v1/messages/batches", "POST, GET"),
        ("PUT", "/v1/messages/batches/b", "GET, DELETE"),
        ("GET", "/v1/chat/completions", "POST"),
    ],
)
def test_another_method_is_a_405_that_says_which(method: str, path: str, allowed: str) -> None:
    """In the body and in the header that is made for it."""
    outcome = respond(method, path, b"{}")
    assert (outcome.status, outcome.headers["allow"]) == (405, allowed)
    assert f"takes {allowed}, not {method}" in json.loads(outcome.read())["error"]["message"]


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/messages", 32_000_000), ("/v1/chat/completions", 32_000_000), ("/v1/logs", 32_000_000)]
)
def test_a_body_over_the_limit_is_a_413(path: str, limit: int) -> None:
    """One byte decides; a batch may have more."""
    assert respond("POST", path, b" " * limit).status in (400, 500)
    outcome = respond("POST", path, b" " * (limit + 1))
    assert outcome.status == 413
    assert json.loads(outcome.read())["error"]["type"] == "request_too_large"
    assert respond("POST", "/v1/messages/batches", b" " * (limit + 1)).status == 400


def test_every_answer_has_an_id_of_its_own_and_the_rate_limits() -> None:
    """Errors too; the limits are written as the API writes them."""
    endpoint = Endpoint()
    outcomes = [endpoint.respond(Request.of("GET", path)) for path in ("/v1/models", "/v1/models", "/nowhere")]
    assert [one.headers["request-id"] for one in outcomes] == [f"req_offline_000{n}" for n in (1, 2, 3)]
    assert json.loads(outcomes[2].read())["request_id"] == "req_offline_0003"
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        limits = {name: outcomes[0].headers[f"anthropic-ratelimit-{what}-{name}"] for name in ("limit", "remaining")}
        assert 0 < int(limits["remaining"]) < int(limits["limit"])
        reset = datetime.fromisoformat(outcomes[0].headers[f"anthropic-ratelimit-{what}-reset"])
        assert reset.tzinfo is not None


def test_what_is_received_can_be_looked_at() -> None:
    """Method, path, query, headers, body; and a key is not printed with them."""
    log: list[Request] = []
    Endpoint(log=log).respond(Request.of("POST", "/v1/messages?beta=true", {"X-Api-Key": "sk-secret"}, b'{"a": 1}'))
    (received,) = log
    assert (received.method, received.path, received.query) == ("POST", "/v1/messages", {"beta": ["true"]})
    assert (received.headers["x-api-key"], received.json, received.id) == ("sk-secret", {"a": 1}, "req_offline_0001")
    assert "sk-secret" not in repr(received)


# ---- models -------------------------------------------------------------------------------------------------------


def listed(query: str = "") -> Any:
    """Return a page of the models."""
    outcome = respond("GET", f"/v1/models{query}")
    assert outcome.status == 200
    return json.loads(outcome.read())


def test_the_models_are_those_of_the_table() -> None:
    """Newest first, none that is retired, each with what the SDK's type wants."""
    told = listed()
    active = [model.id for model in ck.models.all_models() if not model.is_retired()]
    assert [model["id"] for model in told["data"]] == active
    assert (told["first_id"], told["last_id"], told["has_more"]) == (active[0], active[-1], False)
    for model in told["data"]:
        ModelInfo.model_validate(model, strict=False)


def test_a_model_tells_its_limits() -> None:
    """Context, longest answer, thinking, effort: what a client would go by."""
    told = json.loads(respond("GET", "/v1/models/claude-haiku-4-5").read())
    assert (told["id"], told["max_input_tokens"], told["max_tokens"]) == ("claude-haiku-4-5-20251001", 200_000, 64_000)
    assert told["created_at"] == "2025-10-15T00:00:00Z"
    assert told["capabilities"]["thinking"]["types"]["enabled"]["supported"]
    assert not told["capabilities"]["effort"]["supported"]


def test_retired_models_are_told_of_if_they_are_asked_for() -> None:
    """By the query's `lifecycle`, or by their name."""
    assert {model["lifecycle"] for model in listed("?lifecycle=retired")["data"]} == {"retired"}
    assert json.loads(respond("GET", "/v1/models/claude-3-opus-20240229").read())["lifecycle"] == "retired"
    assert respond("GET", "/v1/models/claude-sonet-5-5").status == 404


def test_pages_fit_together() -> None:
    """Forwards by `after_id` and backwards by `before_id`, every model comes once."""
    everything = [model["id"] for model in listed("?limit=1000")["data"]]
    forwards: list[str] = []
    page = listed("?limit=4")
    while True:
        forwards += [model["id"] for model in page["data"]]
        if not page["has_more"]:
            break
        page = listed(f"?limit=4&after_id={page['last_id']}")
    assert forwards == everything
    before = listed(f"?limit=2&before_id={everything[3]}")
    assert [model["id"] for model in before["data"]] == everything[1:3]
    assert before["has_more"]
    assert listed(f"?after_id={everything[-1]}") == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many", "after_id=nobody"])
def test_a_page_that_is_none_is_a_400(query: str) -> None:
    """The answer names the parameter."""
    outcome = respond("GET", f"/v1/models?{query}")
    assert outcome.status == 400
    assert query.partition("=")[0] in json.loads(outcome.read())["error"]["message"]


def test_a_block_without_words_is_not_sent() -> None:
    """With one token there is no answer at all: an empty text block would be refused when it is sent back."""
    _, body = answered({**REQUEST, "max_tokens": 1, "stream": True})
    reply = ck.Reply.from_events(ck.wire.decode([body]))
    assert all(block["text"] for block in reply.blocks)
    assert reply.stop_reason == "max_tokens"
