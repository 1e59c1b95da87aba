"""HTTP: what leaves, what comes back, and what becomes of a connection, on real sockets of this machine."""

import copy
import gzip
import json
import logging
import pickle
import signal
import socket
import threading
import time
import traceback
from typing import Any

import httpx
import pytest

import claude_kit as ck
from claude_kit.content import Text
from claude_kit.wire import events as e
from tests.wire.replay import (
    ENDED,
    MESSAGE,
    STARTED,
    Exchange,
    answer,
    block,
    cutting,
    delta,
    endless,
    replying,
    serving,
    sse,
    streaming,
    text_block,
)

MODEL = "claude-haiku-4-5"
QUESTION = [{"role": "user", "content": "How many?"}]
KEY = "sk-ant-test-0123456789"
VARIABLES = ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY")
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def client_of(address: str, **options: Any) -> ck.Client:
    """Return a client of Anthropic's API at another address, which asks once."""
    return ck.Client.anthropic(KEY, base_url=address, **{"max_retries": 0, **options})


def unused_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# ---- what leaves --------------------------------------------------------------------------------------------------


def test_a_request_leaves_as_the_api_takes_it() -> None:
    """Path, headers and body are those of the Messages API; parts are encoded; the effort goes where it belongs."""
    with serving(streaming(*answer("Twelve."))) as served, client_of(served.address + "/") as client:
        client.send(
            [{"role": "user", "content": [Text("How many?")]}],
            model="anthropic/claude-sonnet-5.5",
            max_tokens=99,
            thinking="adaptive",
            effort="low",
            system=None,
            output_config={"format": {"type": "json_schema"}},
        )
    (request,) = served.requests
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 99,
        "stream": True,
        "output_config": {"format": {"type": "json_schema"}, "effort": "low"},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "How many?"}]}],
    }


def test_tokens_are_counted_by_the_api() -> None:
    """The request goes to `count_tokens` without what only an answer needs; the number comes back."""
    body = json.dumps({"input_tokens": 2188}).encode()
    with serving(replying(body, content_type="application/json")) as served, client_of(served.address) as client:
        told = client.count_tokens(QUESTION, model=MODEL, system="Be brief.", tools=None)
    (request,) = served.requests
    assert told == 2188
    assert request.path == "/v1/messages/count_tokens"
    assert request.headers["x-api-key"] == KEY
    assert request.json == {"model": "claude-haiku-4-5-20251001", "system": "Be brief.", "messages": QUESTION}


def test_a_count_that_fails_is_the_apis_error() -> None:
    """As any other request's."""
    body = json.dumps(OVERLOADED).encode()
    with serving(replying(body, 529, "application/json")) as served, client_of(served.address) as client:
        with pytest.raises(ck.OverloadedError):
            client.count_tokens(QUESTION, model=MODEL)
        with pytest.raises(ck.RetiredModelError):
            client.count_tokens(QUESTION, model="claude-3-opus-20240229")
    assert len(served.requests) == 1


def test_the_gateway_gets_its_headers_and_the_model_as_written() -> None:
    """A slug is the gateway's own word for where a model is, so it goes there unchanged."""
    with (
        serving(streaming(*answer("Twelve."))) as served,
        ck.Client.portkey("pk-1", provider="@team", metadata={"_user": "ada"}, base_url=served.address) as client,
    ):
        assert (client.provider, client.via) == ("portkey", "portkey")
        client.send(QUESTION, model="@team/claude-haiku-4-5")
    (request,) = served.requests
    assert request.json["model"] == "@team/claude-haiku-4-5"
    assert request.headers["x-portkey-api-key"] == "pk-1"
    assert request.headers["x-portkey-provider"] == "@team"
    assert request.headers["x-portkey-metadata"] == '{"_user": "ada"}'
    assert "x-api-key" not in request.headers


def test_text_of_any_script_arrives_whole() -> None:
    """The body is UTF-8; half of a surrogate pair, which is no character, does not make it unreadable."""
    with serving(streaming(*answer("Twelve."))) as served, client_of(served.address) as client:
        client.send([{"role": "user", "content": "Größe? 大きさ 😀 \ud83d!"}], model=MODEL)
    assert served.requests[0].json["messages"][0]["content"] == "Größe? 大きさ 😀 ?!"


def test_a_model_that_cannot_be_asked_sends_nothing() -> None:
    """A retired or unknown model is refused here, with what to use now."""
    with serving(streaming(*answer("Twelve."))) as served, client_of(served.address) as client:
        with pytest.raises(ck.RetiredModelError, match="Use claude-"):
            client.send(QUESTION, model="claude-3-opus-20240229")
        with pytest.raises(ck.UnknownModelError, match="Nearest: claude-"):
            client.send(QUESTION, model="claude-sonet-5-5")
    assert served.requests == []


# ---- what comes back ----------------------------------------------------------------------------------------------


def test_an_answer_streams_event_by_event() -> None:
    """Each event is there before the next was sent; the reply grows with them."""
    resume = threading.Event()

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream", request_id="req_1")
        exchange.send(sse(*answer("Hello there")[:3]))
        resume.wait(10)
        exchange.send(sse(*answer("Hello there")[3:]))

    with (
        serving(respond) as served,
        client_of(served.address) as client,
        client.stream(QUESTION, model=MODEL) as stream,
    ):
        seen = iter(stream)
        assert [type(next(seen)) for _ in range(3)] == [e.MessageStart, e.BlockStart, e.TextDelta]
        assert (stream.reply.text, stream.reply.complete) == ("Hello ", False)
        resume.set()
        assert len(list(seen)) == 4
    assert (stream.reply.text, stream.reply.complete, stream.reply.request_id) == ("Hello there", True, "req_1")


def test_a_stream_is_iterated_once() -> None:
    """A second time there is nothing more, and what came stays what it was: whole, or stopped."""
    with serving(streaming(*answer("Hi"))) as served, client_of(served.address) as client:
        whole, stopped = client.stream(QUESTION, model=MODEL), client.stream(QUESTION, model=MODEL)
        assert len(list(whole)) == 6
        for _ in stopped:
            break
        assert [list(stream) for stream in (whole, stopped)] == [[], []]
    assert whole.reply.complete
    assert stopped.reply.problem == "Stopped before the answer was complete."


def test_connections_are_used_again() -> None:
    """A second question does not pay for another handshake."""
    peers = []

    def respond(exchange: Exchange) -> None:
        peers.append(exchange.client_address)
        exchange.close_connection = False
        body = sse(*answer("Hi"))
        exchange.begin(200, "text/event-stream", connection="keep-alive", content_length=str(len(body)))
        exchange.send(body)

    with serving(respond) as served, client_of(served.address) as client:
        assert [client.send(QUESTION, model=MODEL).text for _ in range(2)] == ["Hi", "Hi"]
    assert len(peers) == 2
    assert len(set(peers)) == 1


def test_json_in_place_of_a_stream_is_an_answer_too() -> None:
    """A server may not stream, or may have been asked not to."""
    message = {**MESSAGE, "content": [{"type": "text", "text": "Twelve."}], "stop_reason": "end_turn"}
    body = json.dumps(message).encode()
    with (
        serving(replying(body, content_type="application/json; charset=utf-8")) as served,
        client_of(served.address) as client,
        client.stream(QUESTION, model=MODEL, stream=False) as stream,
    ):
        shown = [event.text for event in stream if isinstance(event, e.TextDelta)]
    assert served.requests[0].json["stream"] is False
    assert shown == ["Twelve."]
    assert stream.reply.message == message


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/event-stream"])
@pytest.mark.parametrize("body", [b"[1]", b'{"status": "failure", "message": "No such route"}', b"It works!"])
def test_what_is_no_answer_at_all_is_said(body: bytes, content_type: str) -> None:
    """The greeting of another server, with a status of 200: once, with what it says."""
    with (
        serving(replying(body, content_type=content_type)) as served,
        client_of(served.address, max_retries=2) as client,
        pytest.raises(ck.APIError, match="Is base_url the address of the Messages API") as caught,
    ):
        client.send(QUESTION, model=MODEL)
    assert (caught.value.status, len(served.requests)) == (200, 1)


@pytest.mark.parametrize("body", [b"{", b'{"id": "msg_1", "content": [{"type": "te', b""])
def test_json_that_is_no_message_is_an_interrupted_stream(body: bytes) -> None:
    """Half a message, or none: no word of it is taken for an answer."""
    with (
        serving(replying(body, content_type="application/json")) as served,
        client_of(served.address) as client,
        pytest.raises(ck.StreamInterrupted),
    ):
        client.send(QUESTION, model=MODEL)


def test_an_error_with_a_good_status_is_an_error() -> None:
    """Also when it comes as JSON after a status of 200."""
    body = json.dumps(OVERLOADED).encode()
    with (
        serving(replying(body, content_type="application/json", request_id="req_1")) as served,
        client_of(served.address) as client,
        pytest.raises(ck.OverloadedError) as caught,
    ):
        client.send(QUESTION, model=MODEL)
    assert caught.value.request_id == "req_1"


def test_a_page_in_place_of_an_answer_names_the_address() -> None:
    """A wrong base_url, or a sign-in page in between, answers 200 with HTML."""
    page = b"<!doctype html><html><head><title>x</title></head><body><h1>Sign in</h1></body></html>"
    with (
        serving(replying(page, content_type="text/html; charset=utf-8")) as served,
        client_of(served.address) as client,
        pytest.raises(ck.APIError, match=r"HTTP 200 error: Sign in\. Is base_url"),
    ):
        client.send(QUESTION, model=MODEL)


def test_a_compressed_stream_is_read() -> None:
    """A proxy may compress what the API did not."""
    body = gzip.compress(sse(*answer("Twelve.")))
    with serving(replying(body, content_encoding="gzip")) as served, client_of(served.address) as client:
        assert client.send(QUESTION, model=MODEL).text == "Twelve."


# ---- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "cls"),
    [
        (400, "invalid_request_error", ck.BadRequestError),
        (401, "authentication_error", ck.AuthenticationError),
        (429, "rate_limit_error", ck.RateLimitError),
        (529, "overloaded_error", ck.OverloadedError),
    ],
)
def test_an_error_answer_is_raised(status: int, kind: str, cls: type[ck.APIError]) -> None:
    """Class, request id and the wait it asks for come from the answer."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "words of the API"}}).encode()
    respond = replying(body, status, "application/json", request_id="req_1", retry_after="7")
    with serving(respond) as served, client_of(served.address) as client, pytest.raises(cls) as caught:
        client.stream(QUESTION, model=MODEL)
    assert (caught.value.message, caught.value.request_id, caught.value.retry_after) == ("words of the API", "req_1", 7)
    assert pickle.loads(pickle.dumps(caught.value)).retry_after == 7


def test_an_error_in_the_middle_of_a_stream_is_raised_with_what_came() -> None:
    """After a status of 200 the API can still give up; the words before it are not lost."""
    with (
        serving(streaming(*answer("Hello there")[:3], OVERLOADED, request_id="req_1")) as served,
        client_of(served.address) as client,
    ):
        stream = client.stream(QUESTION, model=MODEL)
        with pytest.raises(ck.OverloadedError) as caught:
            list(stream)
    assert caught.value.reply is not None
    assert (caught.value.reply.text, caught.value.reply.complete) == ("Hello ", False)
    assert caught.value.request_id == caught.value.reply.request_id == "req_1"
    assert stream.reply.problem == "The API broke off: Overloaded"


def test_no_connection_is_said_with_the_address() -> None:
    """Nobody listens there: the message names the address to check."""
    address = f"http://127.0.0.1:{unused_port()}/v1"
    with client_of(address) as client, pytest.raises(ck.ConnectionFailed, match=address) as caught:
        client.send(QUESTION, model=MODEL)
    assert isinstance(caught.value, ck.APIError)
    assert (caught.value.status, caught.value.type) == (None, "connection_error")


def test_a_connection_cut_before_the_answer_is_a_failed_connection() -> None:
    """The server took the request and hung up."""
    with (
        serving(lambda exchange: None) as served,
        client_of(served.address) as client,
        pytest.raises(ck.ConnectionFailed, match="RemoteProtocolError"),
    ):
        client.send(QUESTION, model=MODEL)


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_connection_cut_in_the_middle_keeps_what_came(kept: int) -> None:
    """The error holds the words that had arrived, and says that the connection broke."""
    with serving(cutting(sse(*answer("Hello there")[:kept]))) as served, client_of(served.address) as client:
        stream = client.stream(QUESTION, model=MODEL)
        with pytest.raises(ck.StreamInterrupted, match="The connection broke") as caught:
            list(stream)
    assert caught.value.reply.text == ("Hello " if kept == 3 else "")
    assert not caught.value.reply.complete
    assert stream.reply == caught.value.reply


def test_a_connection_cut_after_the_answer_harms_nothing() -> None:
    """When the message had ended, it is whole."""
    with serving(cutting(sse(*answer("Hello there")))) as served, client_of(served.address) as client:
        assert client.send(QUESTION, model=MODEL).complete


def test_a_stream_that_ends_too_early_is_interrupted() -> None:
    """A gateway may end its stream politely in the middle; that is noticed too."""
    with serving(streaming(*answer("Hello there")[:4])) as served, client_of(served.address) as client:
        stream = client.stream(QUESTION, model=MODEL)
        with pytest.raises(ck.StreamInterrupted, match="The stream ended before the answer did"):
            list(stream)
    assert stream.reply.problem == "The stream ended before the answer did."


def test_bytes_that_cannot_be_unpacked_are_an_interrupted_stream() -> None:
    """Broken compression is a broken connection, not an error of another library."""
    with (
        serving(replying(b"no gzip at all", content_encoding="gzip")) as served,
        client_of(served.address) as client,
        pytest.raises(ck.StreamInterrupted, match="DecodingError"),
    ):
        client.send(QUESTION, model=MODEL)


def test_silence_ends_after_the_timeout() -> None:
    """A server that says no more is given up, with what had come."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(*answer("Hello there")[:3]))
        exchange.rfile.read(1)

    with (
        serving(respond) as served,
        client_of(served.address, timeout_s=0.2) as client,
        pytest.raises(ck.StreamInterrupted, match="ReadTimeout") as caught,
    ):
        client.send(QUESTION, model=MODEL)
    assert caught.value.reply.text == "Hello "


# ---- stopping -----------------------------------------------------------------------------------------------------


def test_leaving_the_block_closes_the_connection() -> None:
    """The server notices at once, and the reply says that it was stopped."""
    with serving(endless(STARTED, *text_block("Hello there")[:2])) as served, client_of(served.address) as client:
        with client.stream(QUESTION, model=MODEL) as stream:
            for event in stream:
                if isinstance(event, e.TextDelta):
                    break
        assert served.hung_up.wait(5)
    assert (stream.reply.text, stream.reply.complete) == ("Hello ", False)
    assert stream.reply.problem == "Stopped before the answer was complete."


def test_leaving_the_loop_closes_the_connection() -> None:
    """Without a ``with`` too: who no longer listens is not sent more."""
    with serving(endless(STARTED)) as served, client_of(served.address) as client:
        stream = client.stream(QUESTION, model=MODEL)
        for _ in stream:
            break
        assert served.hung_up.wait(5)
    assert (stream.reply.complete, stream.reply.problem) == (False, "Stopped before the answer was complete.")


def test_a_stream_that_nobody_read_is_stopped_not_broken() -> None:
    """Closed before its first event, it says so."""
    with serving(endless(STARTED)) as served, client_of(served.address) as client:
        with client.stream(QUESTION, model=MODEL) as stream:
            pass
        assert served.hung_up.wait(5)
    assert (stream.reply.complete, stream.reply.problem) == (False, "Stopped before the answer was complete.")


def test_an_interrupt_closes_the_connection_and_keeps_what_came() -> None:
    """Ctrl-C, or Stop in a notebook, while waiting for the next event."""
    begun, closed = threading.Event(), threading.Event()

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(STARTED, *text_block("Hello there")[:2]))
        begun.set()
        exchange.connection.settimeout(10)
        if not exchange.rfile.read(1):
            closed.set()

    def interrupt() -> None:
        begun.wait(10)
        time.sleep(0.3)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with (
        serving(respond) as served,
        client_of(served.address) as client,
        client.stream(QUESTION, model=MODEL) as stream,
    ):
        stopper = threading.Thread(target=interrupt)
        stopper.start()
        with pytest.raises(KeyboardInterrupt):
            list(stream)
        assert closed.wait(5), "the connection is closed while the block is still open"
        stopper.join()
    assert (stream.reply.text, stream.reply.complete) == ("Hello ", False)
    assert stream.reply.problem == "Stopped before the answer was complete."


# ---- which way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "provider"),
    [
        ({}, "offline"),
        ({"ANTHROPIC_API_KEY": KEY}, "anthropic"),
        ({"PORTKEY_API_KEY": "pk-1"}, "portkey"),
        ({"ANTHROPIC_API_KEY": KEY, "PORTKEY_API_KEY": "pk-1"}, "portkey"),
        ({"ANTHROPIC_API_KEY": "  ", "PORTKEY_API_KEY": ""}, "offline"),
    ],
)
def test_the_environment_decides_the_provider(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], provider: str
) -> None:
    """The gateway before the API before the offline model; an empty variable is none."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with ck.Client() as client:
        assert client.provider == provider
        assert provider in repr(client)


@pytest.mark.parametrize(("provider", "variable"), [("anthropic", "ANTHROPIC_API_KEY"), ("portkey", "PORTKEY_API_KEY")])
@pytest.mark.parametrize("given", [None, "", "  "])
def test_a_missing_key_names_the_variable(provider: Any, variable: str, given: str | None) -> None:
    """The message says what to set, and that there is a way without."""
    with pytest.raises(ck.ClaudeKitError, match=rf"set {variable} .* Client\.offline\(\) needs none"):
        ck.Client(provider, api_key=given)


def test_a_gateway_of_one_s_own_needs_only_the_provider_s_key() -> None:
    """The open-source gateway knows no key of its own."""
    with (
        serving(streaming(*answer("Hi"))) as served,
        ck.Client.portkey(provider="anthropic", authorization=KEY, base_url=served.address) as client,
    ):
        client.send(QUESTION, model=MODEL)
    headers = served.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "x-portkey-api-key" not in headers


def test_an_option_that_nobody_takes_is_refused() -> None:
    """A misspelt option is not silently dropped."""
    with pytest.raises(TypeError, match="virtual_key"):
        ck.Client.anthropic(KEY, virtual_key="vk")
    with pytest.raises(TypeError, match="speed"):
        ck.Client.offline(speed=3)
    with pytest.raises(ValueError, match='give "auto", "anthropic", "portkey" or "offline"'):
        ck.Client("openai")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address", ["api.anthropic.com/v1", "localhost:8787/v1", "ftp://example.org", "http://", "http://[::"]
)
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    """Not only when the first question is asked."""
    with pytest.raises(ck.ClaudeKitError, match="base_url="):
        client_of(address)


# ---- keys ---------------------------------------------------------------------------------------------------------


def test_a_client_shows_its_way_and_never_its_key() -> None:
    """Neither it nor what it holds tells the key when it is printed."""
    with client_of("http://127.0.0.1:9/v1") as client:
        shown = [repr(client), str(client), repr(vars(client)), repr(client._http.headers), repr(vars(client._http))]
    assert shown[0] == "<Client anthropic: http://127.0.0.1:9/v1>"
    assert not any(KEY in text for text in shown)


def test_the_key_stays_on_no_request() -> None:
    """When the answer begins, the key is gone from the request that the response still holds."""
    with serving(streaming(*answer("Hi"))) as served, client_of(served.address) as client:
        with client.stream(QUESTION, model=MODEL) as stream:
            list(stream)
        assert KEY not in repr(stream._response.request.headers.raw)
        client.send(QUESTION, model=MODEL)
    assert [request.headers["x-api-key"] for request in served.requests] == [KEY, KEY]


def test_a_client_cannot_be_pickled_or_copied() -> None:
    """It would carry the key to a file or another machine."""
    with client_of("http://127.0.0.1:9/v1") as client:
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds a key"):
                attempt(client)


@pytest.mark.parametrize("way", ["refused", "error answer", "cut"])
def test_no_traceback_tells_the_key(way: str) -> None:
    """Not even one that shows the variables of every frame, as notebooks can; nor the pickled error."""
    body = json.dumps(OVERLOADED).encode()
    respond = cutting(sse(STARTED)) if way == "cut" else replying(body, 529, "application/json")
    with serving(respond) as served:
        address = f"http://127.0.0.1:{unused_port()}/v1" if way == "refused" else served.address
        with client_of(address) as client, pytest.raises(ck.ClaudeKitError) as caught:
            client.send(QUESTION, model=MODEL)
    error, frames = caught.value, caught.value.__traceback__
    assert frames is not None
    # The first frame is the test's own, which knows the key.
    told = [*traceback.TracebackException(type(error), error, frames.tb_next, capture_locals=True).format()]
    if error.__context__ is not None:
        told += traceback.TracebackException.from_exception(error.__context__, capture_locals=True).format()
    assert KEY not in "".join(told)
    assert KEY.encode() not in pickle.dumps(caught.value)


def test_no_log_tells_the_key(caplog: pytest.LogCaptureFixture) -> None:
    """Also where everything is logged: what httpx and httpcore write at level DEBUG."""
    caplog.set_level(logging.DEBUG)
    with serving(streaming(*answer("Hi"))) as served:
        with client_of(served.address) as client:
            client.send(QUESTION, model=MODEL)
        config = {"provider": "anthropic", "api_key": KEY}
        with ck.Client.portkey(KEY, authorization=KEY, config=config, base_url=served.address) as client:
            client.send(QUESTION, model=MODEL)
    assert {"httpx", "httpcore.http11"} <= {record.name for record in caplog.records}
    assert "send_request_headers" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", [f"“{KEY}”", f"{KEY}\nexport X=1", f"{KEY}\x00", f"{KEY}é"])
def test_a_key_that_no_header_carries_is_refused_without_showing_it(key: str) -> None:
    """Quotation marks and line breaks come with copying; what fails later would tell the key in its message."""
    with pytest.raises(ck.ClaudeKitError, match="x-api-key: holds a line break or a character outside ASCII") as caught:
        ck.Client.anthropic(key)
    assert KEY not in str(caught.value)
    with pytest.raises(ck.ClaudeKitError, match="api_key: holds a line break or a character outside ASCII"):
        ck.Client.portkey(key)


def test_blanks_around_a_key_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's last line break is no part of the key."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", f" {KEY}\n")
    with serving(streaming(*answer("Hi"))) as served, ck.Client.anthropic(base_url=served.address) as client:
        client.send(QUESTION, model=MODEL)
    assert served.requests[0].headers["x-api-key"] == KEY


def test_a_password_in_the_address_is_refused() -> None:
    """It would stand in every log line, and the message does not repeat it."""
    with pytest.raises(ck.ClaudeKitError, match="leave user and password out") as caught:
        client_of("https://ada:lovelace@example.org/v1")
    assert "lovelace" not in str(caught.value)


# ---- another way to carry the bytes -------------------------------------------------------------------------------


class Canned(httpx.BaseTransport):
    """A transport of the caller's own."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["x-api-key"] == KEY
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=sse(*answer("Hi")))


def test_a_transport_of_one_s_own_carries_the_bytes() -> None:
    """It gets the request with the key on it, and its answer is read like any other."""
    with ck.Client.anthropic(KEY, transport=Canned()) as client:
        assert client.send(QUESTION, model=MODEL).text == "Hi"


def test_an_estimate_is_kept_on_the_reply() -> None:
    """What had been estimated stands beside what was billed."""
    foreseen = ck.estimate("How many?", model=MODEL)
    with ck.Client.offline(pace_s=0) as client:
        assert client.send(QUESTION, model=MODEL, estimate=foreseen).estimate is foreseen


def test_a_thinking_answer_comes_through_whole() -> None:
    """Thinking, its signature and the text stay apart, ready to be sent back."""
    thought = block(
        delta("thinking_delta", thinking="hm"),
        delta("signature_delta", signature="abc"),
        type="thinking",
        thinking="",
        signature="",
    )
    with (
        serving(streaming(STARTED, *thought, *text_block("Hi", 1), *ENDED)) as served,
        client_of(served.address) as client,
    ):
        first = client.send(QUESTION, model=MODEL)
        client.send([*QUESTION, {"role": "assistant", "content": first.blocks}, *QUESTION], model=MODEL)
    assert served.requests[1].json["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "abc"},
        {"type": "text", "text": "Hi"},
    ]


def test_an_address_without_a_key_is_not_the_offline_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a server means it."""
    for name in ("PORTKEY_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ck.ClaudeKitError, match="whose address is it"):
        ck.Client(base_url="http://127.0.0.1:8787/v1")


@pytest.mark.parametrize(
    ("given", "meant"), [("timeout", "timeout_s"), ("max_retry", "max_retries"), ("beta_s", "betas")]
)
def test_an_option_of_the_client_is_no_header_of_the_gateway(given: str, meant: str) -> None:
    """Misspelt, it would go out as a header that nobody reads."""
    with pytest.raises(ck.ClaudeKitError, match=f"is {meant}= of the client meant"):
        ck.Client.portkey("pk-1", **{given: 5})


def test_a_virtual_key_at_a_gateway_of_ones_own_is_warned_of() -> None:
    """Only Portkey's own service knows it."""
    with pytest.warns(ck.PreflightWarning, match="knows no virtual keys"):
        ck.Client.portkey("pk-1", virtual_key="vk-1", base_url="http://127.0.0.1:8787/v1").close()


def test_what_only_portkey_has_is_not_asked_of_anthropic() -> None:
    """Its host would be told three times of a feedback that it has no place for."""
    with ck.Client.anthropic("sk-ant-test") as client:
        for ask in (lambda: client.prompts, lambda: client.feedback("t", 1), lambda: client.log({}, {})):
            with pytest.raises(ck.ClaudeKitError, match="are kept by Portkey"):
                ask()


def test_a_broken_connection_says_what_to_do() -> None:
    """With the request's id, and where what had come is."""
    with serving(cutting(sse(*answer("Hello there")[:3]))) as served, client_of(served.address) as client:
        stream = client.stream(QUESTION, model=MODEL)
        with pytest.raises(ck.StreamInterrupted, match="Ask again; what had come is this error's reply"):
            list(stream)


def test_auto_with_a_key_knows_whose_it_is() -> None:
    """A key given outright is never ignored: Anthropic's is known by its beginning, of any other one is asked whose."""
    with ck.Client(api_key="sk-ant-api03-x") as client:
        assert client.provider == "anthropic"
    with pytest.raises(ck.ClaudeKitError, match=r"whose key is it\? Say Client.anthropic"):
        ck.Client(api_key="something-else")


def test_an_error_without_an_answer_holds_no_request() -> None:
    """The transport's own error, whose frames hold the keys as they were sent, is not kept behind ours."""
    with client_of(f"http://127.0.0.1:{unused_port()}/v1") as client:
        with pytest.raises(ck.ConnectionFailed) as sending:
            client.send(QUESTION, model=MODEL)
        with pytest.raises(ck.ConnectionFailed) as calling:
            client.models()
    with (
        serving(cutting(sse(STARTED, *text_block("Twelve")[:2]))) as served,
        client_of(served.address) as client,
        pytest.raises(ck.StreamInterrupted) as reading,
    ):
        client.send(QUESTION, model=MODEL)
    assert [caught.value.__context__ for caught in (sending, calling, reading)] == [None] * 3


def test_headers_of_one_request_are_checked_and_not_shown() -> None:
    """There may be a key among them: no message and no repr tells it, and what cannot be sent is not tried."""
    with client_of(f"http://127.0.0.1:{unused_port()}/v1") as client:
        for value in (f"{KEY}\n", f"{KEY}\u00e9"):
            with pytest.raises(ck.ClaudeKitError, match="authorization: holds a line break") as caught:
                client.send(QUESTION, model=MODEL, headers={"authorization": value})
            assert KEY not in str(caught.value)
        with pytest.raises(TypeError, match="x-portkey-trace-id: a header is text, not int"):
            client.send(QUESTION, model=MODEL, headers={"x-portkey-trace-id": 5})
        assert KEY not in repr(client._question(QUESTION, model=MODEL, headers={"authorization": KEY}))
