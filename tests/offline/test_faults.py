"""Faults on request: what can be asked for, on whom it falls, and how it looks on either route."""

import json
from typing import Any

import pytest

from claude_kit.offline import Fault
from claude_kit.offline.endpoint import Endpoint
from claude_kit.offline.exchange import HangUp, Outcome, Request, Silence
from claude_kit.offline.faults import HEADER

MESSAGE: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 2000,
    "messages": [{"role": "user", "content": "Hi"}],
}


def asked(endpoint: Endpoint, fault: str | None = None, *, path: str = "/v1/messages", stream: bool = True) -> Outcome:
    """Ask for a message."""
    headers = {} if fault is None else {HEADER: fault}
    body = json.dumps({**MESSAGE, "stream": stream}).encode()
    return endpoint.respond(Request.of("POST", path, headers, body))


def statuses(endpoint: Endpoint, requests: int, fault: str | None = None) -> list[int]:
    """Ask several times."""
    return [asked(endpoint, fault).status for _ in range(requests)]


# ---- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status=529", Fault(status=529)),
        ("status=429; retry-after=0.5; times=2", Fault(status=429, retry_after_s=0.5, times=2)),
        (" error = overloaded_error ;after=3;", Fault(error="overloaded_error", after=3)),
        ("cut; after=5", Fault(cut=True, after=5)),
        ("status=529; retry-after=0; should-retry=true", Fault(status=529, retry_after_s=0, should_retry=True)),
        ("stall=10; after=2", Fault(stall_s=10, after=2)),
        ("slow=0.2; cut=true", Fault(slow_s=0.2, cut=True)),
        ("garbage; after=1", Fault(garbage=True, after=1)),
        (
            "status=429; code=enforced_spend_limit_reached; should-retry=false; message=Enough",
            Fault(status=429, code="enforced_spend_limit_reached", should_retry=False, message="Enough"),
        ),
    ],
)
def test_a_fault_is_read_from_its_words_and_written_in_them(text: str, fault: Fault) -> None:
    """There and back."""
    assert Fault.parse(text) == fault
    assert Fault.parse(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("statsu=529", "'statsu' is no word for it; there is status, error, cut"),
        ("status=many", "'status=many' has no value that status can have"),
        ("status", "'status' has no value that status can have"),
        ("cut=perhaps", "no value that cut can have"),
        ("status=200", "an error's status is 400 to 599"),
        ("error=tired_error", "there is invalid_request_error"),
        ("status=500; times=0", "at least 1"),
        ("slow=-1", "at least 0"),
        ("after=3", "nothing goes wrong"),
        ("", "nothing goes wrong"),
    ],
)
def test_a_word_that_is_not_known_is_named(text: str, message: str) -> None:
    """In a call it is a ValueError; in a header the request is refused, and says the same."""
    with pytest.raises(ValueError, match=message):
        Fault.parse(text)
    outcome = asked(Endpoint(), text)
    assert outcome.status == 400
    assert message in json.loads(outcome.read())["error"]["message"]


# ---- on whom it falls ---------------------------------------------------------------------------------------------


def test_one_fault_falls_on_every_request_or_the_first_few() -> None:
    """By how many `times` it has."""
    assert statuses(Endpoint(faults="status=500"), 3) == [500, 500, 500]
    assert statuses(Endpoint(faults=Fault(status=500, times=2)), 3) == [500, 500, 200]


def test_several_faults_fall_on_one_request_each_in_turn() -> None:
    """None lets one pass, `times` repeats one, and after the last all goes well."""
    faults = [Fault(status=529), None, "status=429; times=2"]
    assert statuses(Endpoint(faults=faults), 6) == [529, 200, 429, 429, 200, 200]


def test_a_request_may_ask_for_its_own() -> None:
    """Every time; or so many times in the same words, and then once not, so that trying again helps."""
    endpoint = Endpoint()
    assert statuses(endpoint, 3, "status=500") == [500, 500, 500]
    assert statuses(endpoint, 6, "status=529; times=2") == [529, 529, 200, 529, 529, 200]
    assert statuses(endpoint, 1) == [200]


# ---- how it looks -------------------------------------------------------------------------------------------------


def test_a_refusal_has_the_api_s_body_and_headers() -> None:
    """Type by status, message, code, and when to come again."""
    outcome = asked(Endpoint(), "status=429; retry-after=2; should-retry=false; code=enforced_spend_limit_reached")
    assert (outcome.status, outcome.headers["retry-after"], outcome.headers["x-should-retry"]) == (429, "2", "false")
    assert json.loads(outcome.read()) == {
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": "This request would exceed your rate limit",
            "details": {"error_code": "enforced_spend_limit_reached"},
        },
        "request_id": "req_offline_0001",
    }


def test_an_error_in_mid_stream_is_the_last_event() -> None:
    """After so many events; an answer that is no stream is refused with the status of that error."""
    *before, last = asked(Endpoint(), "error=overloaded_error; after=3").pieces
    whole = list(asked(Endpoint()).pieces)
    assert before == whole[:3]
    assert isinstance(last, bytes)
    assert last.startswith(b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"')
    assert asked(Endpoint(), "error=overloaded_error; after=3", stream=False).status == 529


def test_a_cut_ends_in_the_middle_of_an_event() -> None:
    """Half of it comes, and then the connection is gone; of a JSON answer, half of that."""
    whole = list(asked(Endpoint()).pieces)
    *before, half, end = asked(Endpoint(), "cut; after=5").pieces
    assert before == whole[:5]
    assert isinstance(half, bytes)
    assert isinstance(whole[5], bytes)
    assert 0 < len(half) < len(whole[5])
    assert whole[5].startswith(half)
    assert end == HangUp()
    half, end = asked(Endpoint(), "cut", stream=False).pieces
    assert end == HangUp()
    assert isinstance(half, bytes)
    assert half.startswith(b'{"id": "msg_offline_')


def test_silences_are_asked_for_not_kept() -> None:
    """Once before an event, or before each; and the answer is whole."""
    whole = list(asked(Endpoint()).pieces)
    stalled = list(asked(Endpoint(), "stall=10; after=2").pieces)
    assert stalled == [*whole[:2], Silence(10), *whole[2:]]
    slowly = list(asked(Endpoint(), "slow=0.2").pieces)
    assert slowly == [piece for event in whole for piece in (Silence(0.2), event)]
    assert list(asked(Endpoint(pace_s=0.1)).pieces)[:4] == [Silence(0.1), whole[0], Silence(0.1), whole[1]]


def test_garbage_is_no_event() -> None:
    """It comes in between, and the rest comes too."""
    whole = list(asked(Endpoint()).pieces)
    garbled = list(asked(Endpoint(), "garbage; after=1").pieces)
    assert [piece for piece in garbled if piece not in whole] == [garbled[1]]
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(asked(Endpoint(), "garbage", stream=False).read())


def test_behind_the_gateway_the_silences_are_kept_and_the_refusals_wrapped() -> None:
    """What goes wrong with the API reaches the chat completion."""
    path = "/v1/chat/completions"
    assert Silence(3) in list(asked(Endpoint(), "stall=3; after=2", path=path).pieces)
    first, _ = asked(Endpoint(), "slow=3", path=path, stream=False).pieces
    assert first == Silence(3)
    outcome = asked(Endpoint(), "status=529; retry-after=1", path=path)
    assert (outcome.status, outcome.headers["retry-after"]) == (529, "1")
    assert json.loads(outcome.read())["error"]["message"] == "anthropic error: Overloaded"
