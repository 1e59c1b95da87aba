"""Message Batches of the offline model: taken in, at work for some polls, ended with a result for each request."""

import json
from typing import Any

import pytest
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from claude_kit.offline.endpoint import Endpoint
from claude_kit.offline.exchange import Request

BATCHES = "/v1/messages/batches"
PARAMS: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hi"}],
}


def call(endpoint: Endpoint, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    """Return status and JSON of one request."""
    sent = b"" if body is None else json.dumps(body).encode()
    outcome = endpoint.respond(Request.of(method, BATCHES + path, {"host": "127.0.0.1:1"}, sent))
    return outcome.status, json.loads(outcome.read())


def made(endpoint: Endpoint, **params: Any) -> str:
    """Take in a batch of named requests; return its id."""
    requests = [{"custom_id": name, "params": fields} for name, fields in params.items()]
    status, batch = call(endpoint, "POST", body={"requests": requests})
    assert status == 200
    return str(batch["id"])


def results(endpoint: Endpoint, id: str) -> dict[str, Any]:
    """Return the results by name."""
    outcome = endpoint.respond(Request.of("GET", f"{BATCHES}/{id}/results"))
    assert outcome.status == 200
    lines = [json.loads(line) for line in outcome.read().splitlines()]
    for line in lines:
        MessageBatchIndividualResponse.model_validate(line)
    return {line["custom_id"]: line["result"] for line in lines}


def test_a_batch_ends_and_has_a_result_for_each() -> None:
    """A good request succeeded, a bad one errored with the API's body, and the counts say so."""
    endpoint = Endpoint()
    id = made(endpoint, good=PARAMS, bad={**PARAMS, "max_tokens": -1}, unknown={**PARAMS, "model": "claude-9"})
    _, working = call(endpoint, "GET", f"/{id}")
    assert (working["processing_status"], working["results_url"]) == ("in_progress", None)
    assert working["request_counts"] == {"processing": 3, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    _, ended = call(endpoint, "GET", f"/{id}")
    MessageBatch.model_validate(ended)
    assert ended["processing_status"] == "ended"
    assert ended["request_counts"] == {"processing": 0, "succeeded": 1, "errored": 2, "canceled": 0, "expired": 0}
    assert ended["results_url"] == f"http://127.0.0.1:1{BATCHES}/{id}/results"
    given = results(endpoint, id)
    assert given["good"]["message"]["content"][0]["text"].startswith("**This is the offline model")
    assert given["bad"]["error"]["error"]["message"].startswith("max_tokens")
    assert given["unknown"]["error"]["error"]["type"] == "not_found_error"


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_it_is_at_work_for_as_many_polls_as_was_said(polls: int) -> None:
    """Looking at the list is no poll."""
    endpoint = Endpoint(batch_polls=polls)
    id = made(endpoint, one=PARAMS)
    call(endpoint, "GET")
    states = [call(endpoint, "GET", f"/{id}")[1]["processing_status"] for _ in range(polls + 2)]
    assert states == ["in_progress"] * polls + ["ended"] * 2


def test_results_come_in_another_order() -> None:
    """As the API may give them, so that nobody relies on it."""
    endpoint = Endpoint(batch_polls=0)
    id = made(endpoint, a=PARAMS, b=PARAMS, c=PARAMS)
    assert call_status(endpoint, "GET", f"/{id}/results") == 404, "there are none before it has ended"
    call(endpoint, "GET", f"/{id}")
    assert list(results(endpoint, id)) == ["c", "b", "a"]


def call_status(endpoint: Endpoint, method: str, path: str) -> int:
    """Return the status of one request."""
    return endpoint.respond(Request.of(method, BATCHES + path)).status


def test_a_canceled_batch_ends_without_answers() -> None:
    """It is canceling until somebody looks; each of its requests is canceled."""
    endpoint = Endpoint(batch_polls=5)
    id = made(endpoint, one=PARAMS, two=PARAMS)
    _, canceling = call(endpoint, "POST", f"/{id}/cancel")
    assert canceling["processing_status"] == "canceling"
    assert canceling["cancel_initiated_at"]
    _, ended = call(endpoint, "GET", f"/{id}")
    assert (ended["processing_status"], ended["request_counts"]["canceled"]) == ("ended", 2)
    assert results(endpoint, id) == {"one": {"type": "canceled"}, "two": {"type": "canceled"}}
    assert call(endpoint, "POST", f"/{id}/cancel")[0] == 400, "what has ended cannot be canceled"


def test_a_batch_is_deleted_once_it_has_ended() -> None:
    """Before that it is refused; afterwards there is no such batch."""
    endpoint = Endpoint(batch_polls=0)
    id = made(endpoint, one=PARAMS)
    assert call(endpoint, "DELETE", f"/{id}")[0] == 400
    call(endpoint, "GET", f"/{id}")
    assert call(endpoint, "DELETE", f"/{id}") == (200, {"id": id, "type": "message_batch_deleted"})
    assert call(endpoint, "GET", f"/{id}")[0] == 404


def test_the_list_is_newest_first_and_belongs_to_one_server() -> None:
    """In pages, as any list."""
    endpoint = Endpoint()
    ids = [made(endpoint, one=PARAMS) for _ in range(3)]
    assert len(set(ids)) == 3
    _, page = call(endpoint, "GET", "?limit=2")
    assert ([batch["id"] for batch in page["data"]], page["has_more"]) == ([ids[2], ids[1]], True)
    assert call(Endpoint(), "GET")[1]["data"] == []


@pytest.mark.parametrize("custom_id", ["a", "A-1_z", "x" * 64])
def test_an_id_of_1_to_64_plain_characters_is_taken(custom_id: str) -> None:
    """Letters, digits, hyphen and underscore."""
    assert made(Endpoint(), **{custom_id: PARAMS})


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        (None, "requests: Input should be a list of 1 to 100,000 requests"),
        ([], "requests: Input should be a list"),
        ([1], "requests.0.params: Field required"),
        ([{"custom_id": "a"}], "requests.0.params: Field required"),
        *(
            ([{"custom_id": id, "params": PARAMS}], "requests.0.custom_id: String should match pattern")
            for id in ("", "x" * 65, "a b", "é", "a\n", None)
        ),
        ([{"custom_id": "a", "params": PARAMS}] * 2, "requests.1.custom_id: a is there twice"),
    ],
)
def test_a_batch_of_the_wrong_shape_is_a_400(requests: Any, message: str) -> None:
    """The place is named; nothing is kept of it."""
    endpoint = Endpoint()
    status, error = call(endpoint, "POST", body={"requests": requests})
    assert status == 400
    assert error["error"]["message"].startswith(message)
    assert call(endpoint, "GET")[1]["data"] == []
