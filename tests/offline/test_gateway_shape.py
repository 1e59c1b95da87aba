"""The offline gateway against the real one: what it sends upstream, and what it makes of an answer."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pybase64
import pytest

from claude_kit.offline import chat_answer, serve
from claude_kit.offline.chat_request import to_messages
from claude_kit.offline.exchange import Piece
from tests.conformance import recordings
from tests.content import making

# Recorded scenarios that were driven through both routes: what the native one returned is what the other was given.
SCENARIOS = ("cache", "citations", "redacted", "refusal", "servertool", "text", "thinking", "tools")
CHAT_NAMES = {"refusal": "stop-refusal"}


def comparable(value: Any) -> Any:
    """Leave out what is made up anew for each answer."""
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items() if name not in ("id", "created")}
    return [comparable(inner) for inner in value] if isinstance(value, list) else value


def data_lines(stream: str) -> list[Any]:
    """Return what a stream of chunks says."""
    said = [line[6:] for line in stream.splitlines() if line.startswith("data: ")]
    return [comparable(json.loads(line)) if line != "[DONE]" else line for line in said]


def recorded(name: str) -> Any:
    """Return one recorded exchange."""
    (exchange,) = recordings.exchanges(name)
    return exchange


def recorded_stream(name: str) -> str:
    """Return the bytes of one recorded stream, as text."""
    return (recordings.FOLDER / "gateway" / f"{name}.sse").read_text(encoding="utf-8")


# ---- the recordings -----------------------------------------------------------------------------------------------


@recordings.needed
def test_every_recorded_request_is_translated_as_the_gateway_did() -> None:
    """Field by field: what is kept, changed, and dropped."""
    compared = 0
    for exchange in recordings.exchanges("cc-*"):
        for upstream in exchange["upstream"]:
            assert to_messages(exchange["request"]["body"]) == upstream["body"], exchange["name"]
            compared += 1
    assert compared > 100


@recordings.needed
def test_what_the_gateway_fell_over_is_refused() -> None:
    """Arguments of a tool call that are no JSON: it answered 500 and asked nobody."""
    with pytest.raises(ValueError, match="Expecting"):
        to_messages(recorded("cc-mt-badargs")["request"]["body"])


@recordings.needed
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recorded_answer_becomes_the_recorded_completion(scenario: str, strict: bool) -> None:
    """Whole: content, blocks, tool calls, finish reason and usage."""
    mode = "strict" if strict else "loose"
    native = recorded(f"ms-{scenario}-ns")["response"]["json"]
    theirs = recorded(f"cc-{CHAT_NAMES.get(scenario, scenario)}-{mode}-ns")["response"]["json"]
    status, ours = chat_answer.whole(200, json.dumps(native).encode(), strict=strict)
    assert status == 200
    assert ours["id"] == theirs["id"]
    assert comparable(ours) == comparable(theirs)


@recordings.needed
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recorded_stream_becomes_the_recorded_chunks(scenario: str, strict: bool) -> None:
    """Chunk by chunk, to the end."""
    mode = "strict" if strict else "loose"
    native = recorded_stream(f"ms-{scenario}-st").split("\n\n")
    pieces: Iterator[Piece] = (event.encode() for event in native if event.strip())
    ours = b"".join(piece for piece in chat_answer.stream(pieces, strict=strict) if isinstance(piece, bytes))
    theirs = recorded_stream(f"cc-{CHAT_NAMES.get(scenario, scenario)}-{mode}-st")
    assert data_lines(ours.decode()) == data_lines(theirs)


@recordings.needed
@pytest.mark.parametrize("name", ["mid_error", "mid_cut", "ping", "unknown_event"])
def test_a_stream_that_goes_wrong_ends_as_the_gateway_s_did(name: str) -> None:
    """An error is a finish reason; a cut and what is not known are a silent end."""
    native = recorded_stream(f"st-ms-{name}").split("\n\n")
    pieces: Iterator[Piece] = (event.encode() for event in native if event.strip())
    ours = b"".join(piece for piece in chat_answer.stream(pieces, strict=False) if isinstance(piece, bytes))
    assert data_lines(ours.decode()) == data_lines(recorded_stream(f"st-cc-{name}"))


@recordings.needed
def test_every_recorded_error_is_passed_on_as_the_gateway_did() -> None:
    """The envelope, the prefix and the status; a page of HTML is wrapped."""
    for exchange in recordings.exchanges("err-cc-*"):
        theirs = exchange["response"]
        message = theirs["json"]["error"]["message"]
        native: dict[str, Any] = {
            "type": "error",
            "error": {"type": theirs["json"]["error"]["type"], "message": message.removeprefix("anthropic error: ")},
        }
        body = json.dumps(native) if "html" not in exchange["name"] else "<html><body>502 Bad Gateway</body></html>"
        assert chat_answer.whole(theirs["status"], body.encode(), strict=True) == (theirs["status"], theirs["json"])


# ---- the real gateway, with the offline model behind it -----------------------------------------------------------

MODEL = "claude-sonnet-5-5"
SHOWN = {"type": "adaptive", "display": "summarized"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PDF_URL = "data:application/pdf;base64," + pybase64.b64encode_as_string(making.pdf(("one", "two")))
ASKED: dict[str, dict[str, Any]] = {
    "text": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Größe? 😀"}]},
    "thinking": {"messages": [{"role": "user", "content": "Hi"}], "thinking": SHOWN},
    "a pdf": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": PDF_URL}}, {"type": "text", "text": "What?"}],
            }
        ]
    },
    "a tool": {"messages": [{"role": "user", "content": "Call get_weather"}], "tools": [WEATHER]},
    "cut short": {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9},
    "no model": {"messages": [{"role": "user", "content": "Hi"}], "model": "claude-9"},
    "no messages": {"messages": []},
}


@pytest.mark.gateway
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("strict", ["true", "false"])
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_the_offline_gateway_answers_as_the_real_one(
    gateway: str, asked: dict[str, Any], strict: str, stream: bool
) -> None:
    """Asked directly, or through the real gateway in front of it: the same status and the same answer."""
    body = {"model": MODEL, "max_tokens": 2000, "stream": stream, **asked}
    headers = {"x-portkey-provider": "anthropic", "x-portkey-strict-open-ai-compliance": strict}
    with serve() as address:
        ours = httpx.post(f"{address}/chat/completions", json=body, headers=headers)
        theirs = httpx.post(
            f"{gateway}/chat/completions", json=body, headers={**headers, "x-portkey-custom-host": address}
        )
    assert ours.status_code == theirs.status_code
    assert ours.headers["content-type"] == theirs.headers["content-type"]
    if ours.headers["content-type"].startswith("text/event-stream"):
        assert data_lines(ours.text) == data_lines(theirs.text)
    else:
        assert comparable(ours.json()) == comparable(theirs.json())


@pytest.mark.gateway
@pytest.mark.parametrize(
    "fault", ["error=overloaded_error; after=6", "cut; after=6", "status=529; retry-after=1", "garbage; after=6"]
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_goes_wrong_behind_it_comes_out_as_from_the_real_one(gateway: str, fault: str, stream: bool) -> None:
    """An error, a cut, a refusal, garbage: the offline gateway passes them on, or keeps silent, as the real one."""
    body = {"model": MODEL, "max_tokens": 2000, "stream": stream, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"x-portkey-provider": "anthropic"}
    with serve(faults=fault) as address:
        ours = httpx.post(f"{address}/chat/completions", json=body, headers=headers)
        theirs = httpx.post(
            f"{gateway}/chat/completions", json=body, headers={**headers, "x-portkey-custom-host": address}
        )
    assert ours.status_code == theirs.status_code
    assert ours.headers.get("retry-after") == theirs.headers.get("retry-after")
    if stream and ours.is_success:
        told = data_lines(theirs.text)
        assert told
        # Of what came right before a cut the real one may lose some, never the same twice.
        assert told == data_lines(ours.text)[: len(told) if fault.startswith("cut") else None]
    else:
        assert comparable(ours.json()) == comparable(theirs.json())
