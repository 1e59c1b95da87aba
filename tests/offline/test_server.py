"""The offline model over real sockets: the vendor's own SDK talks to it and understands the same."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx
import pytest

import claude_kit as ck
from claude_kit.offline import Request, endpoint, serve, server

MODEL = "claude-sonnet-5-5"
QUESTION: Any = [{"role": "user", "content": "What are the key findings?"}]
THINKING: Any = {"type": "adaptive", "display": "summarized"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run the server for these tests."""
    with server.serve() as running:
        yield running


@pytest.fixture
def sdk(address: str) -> Iterator[anthropic.Anthropic]:
    """Return the vendor's client, pointed at it."""
    with anthropic.Anthropic(api_key="none", base_url=address.removesuffix("/v1"), max_retries=0) as client:
        yield client


def without_none(value: Any) -> Any:
    """Drop the fields that an SDK adds as None."""
    if isinstance(value, dict):
        return {name: without_none(inner) for name, inner in value.items() if inner is not None}
    return [without_none(inner) for inner in value] if isinstance(value, list) else value


def test_the_vendor_sdk_streams_the_message_that_we_do(address: str, sdk: anthropic.Anthropic) -> None:
    """Both read the same stream and end with the same message."""
    blocks: Any = ck.encode(ck.pdf("notebooks/data/report.pdf"), "What are the key findings?")
    messages = [{"role": "user", "content": blocks}]
    with sdk.messages.stream(
        model=MODEL,
        max_tokens=2000,
        messages=messages,
        thinking=THINKING,
    ) as stream:
        said = "".join(stream.text_stream)
        theirs = stream.get_final_message()
    with ck.Client.anthropic("none", base_url=address) as client:
        ours = client.send(messages, model=MODEL, max_tokens=2000, thinking=THINKING)
    assert "Northwind Quarterly Review" in said == ours.text
    assert without_none(theirs.to_dict(mode="json")) == without_none(ours.message)


def test_the_vendor_sdk_reads_the_message_without_streaming(address: str, sdk: anthropic.Anthropic) -> None:
    """The JSON answer parses into the SDK's types, and equals ours."""
    theirs = sdk.messages.create(model=MODEL, max_tokens=2000, messages=QUESTION, thinking=THINKING)
    assert [block.type for block in theirs.content] == ["thinking", "text"]
    with ck.Client.anthropic("none", base_url=address) as client:
        ours = client.send(QUESTION, model=MODEL, max_tokens=2000, thinking=THINKING, stream=False)
    assert ours.blocks[1]["text"] == ours.text == theirs.content[1].text  # type: ignore[union-attr]
    assert without_none(theirs.usage.to_dict()) == dict(ours.usage)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"model": "claude-3-opus-20240229"}, anthropic.NotFoundError),
        ({"max_tokens": -1}, anthropic.BadRequestError),
        ({"messages": []}, anthropic.BadRequestError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_the_vendor_sdk_raises_its_own_errors(
    sdk: anthropic.Anthropic, fields: Any, error: type[anthropic.APIStatusError], stream: bool
) -> None:
    """Refusals have the API's status and shape."""
    request: Any = {"model": MODEL, "max_tokens": 100, "messages": QUESTION, **fields}
    with pytest.raises(error) as caught:
        sdk.messages.create(**request, stream=stream)
    assert str(caught.value.request_id).startswith("req_offline_")


def test_many_ask_at_once(address: str) -> None:
    """Five answers are read by turns, event by event, and none waits for another's end."""
    with ck.Client.anthropic("none", base_url=address) as client:
        streams = [client.stream([{"role": "user", "content": f"Question {n}?"}], model=MODEL) for n in range(5)]
        assert len(list(zip_longest(*streams))) > 5
        for number, stream in enumerate(streams):
            assert stream.reply.complete
            assert f"“Question {number}?”" in stream.reply.text


def test_who_hangs_up_leaves_no_trace(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A connection closed in the middle is no error of the server's, and the next question is answered."""
    place = urlsplit(address)
    body = json.dumps({"model": MODEL, "max_tokens": 4000, "messages": QUESTION, "stream": True}).encode()
    head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    for _ in range(3):
        with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.sendall(head + body)
            connection.recv(100)
    with ck.Client.anthropic("none", base_url=address) as client:
        assert client.send(QUESTION, model=MODEL).complete
    assert capfd.readouterr().err == ""


def test_listens_on_this_machine_only_and_ends_with_the_block() -> None:
    """Nobody else reaches it, and afterwards nobody does."""
    with server.serve() as address:
        assert address.startswith("http://127.0.0.1:")
        assert httpx.get(address).status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def raw(address: str, *pieces: bytes) -> socket.socket:
    """Return a connection on which something was sent."""
    place = urlsplit(address)
    connection = socket.create_connection((place.hostname or "", place.port or 0), timeout=20)
    for piece in pieces:
        connection.sendall(piece)
    return connection


def test_a_connection_is_used_again(address: str) -> None:
    """After a message, a stream and a refusal."""
    body: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": QUESTION}
    with httpx.Client() as client:
        ports = set()
        for fields in ({}, {"stream": True}, {"max_tokens": -1}):
            with client.stream("POST", f"{address}/messages", json={**body, **fields}) as answer:
                answer.read()
                ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1


def test_a_body_in_chunks_is_read() -> None:
    """As a client sends it that does not know its length yet."""
    log: list[Request] = []
    body = json.dumps({"model": MODEL, "max_tokens": 50, "messages": QUESTION}).encode()
    with serve(log=log) as address:
        answer = httpx.post(f"{address}/messages", content=iter([body[:9], body[9:]]))
    assert answer.status_code == 200
    assert log[0].headers["transfer-encoding"] == "chunked"
    assert log[0].body == body


def test_a_body_that_is_too_long_is_refused_after_it_was_sent(address: str) -> None:
    """The refusal can be read, and the connection goes on; no more is kept than is allowed."""
    log: list[Request] = []
    with serve(log=log) as own, httpx.Client(timeout=30) as client:
        assert client.post(f"{own}/messages", content=b" " * 40_000_000).status_code == 413
        assert client.get(f"{own}/models").status_code == 200
    assert len(log[0].body) == 32_000_001


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        (b"POST /v1/messages HTTP/1.1", b"content-length: many\r\n", b"400"),
        (b"POST /v1/messages HTTP/1.1", b"transfer-encoding: chunked\r\n\r\nmany\r\n", b"400"),
        (b"BREW /v1/messages HTTP/1.1", b"", b"501"),
        (b"POST", b"", b"400"),
    ],
)
def test_what_is_no_http_is_refused_in_json(address: str, request_line: bytes, headers: bytes, status: bytes) -> None:
    """As every other refusal."""
    with raw(address, request_line + b"\r\nhost: x\r\n" + headers + b"\r\n") as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert json.loads(body)["error"]["type"] == "invalid_request_error"
    assert status in head.partition(b"\r\n")[0] or not head, "the oldest HTTP has no head"


def test_a_cut_is_a_broken_connection() -> None:
    """What had come is there; then the connection is gone, without the end of the body."""
    body = {"model": MODEL, "max_tokens": 500, "messages": QUESTION, "stream": True}
    came: list[bytes] = []
    with ExitStack() as stack:
        address = stack.enter_context(serve(faults="cut; after=5"))
        answer = stack.enter_context(httpx.stream("POST", f"{address}/messages", json=body))
        with pytest.raises(httpx.RemoteProtocolError):
            came.extend(answer.iter_bytes())
    assert b"".join(came).count(b"\n\n") == 5
    assert not b"".join(came).endswith(b"\n\n")


def test_the_block_ends_while_streams_are_open() -> None:
    """A stream that is silent for an hour is hung up on, as is who only waits; no thread of the server's is left."""
    body = {"model": MODEL, "max_tokens": 500, "messages": QUESTION, "stream": True}
    with ExitStack() as streams:
        with serve(faults="stall=3600; after=2") as address:
            opened = [
                streams.enter_context(httpx.stream("POST", f"{address}/messages", json=body, timeout=60))
                for _ in range(3)
            ]
            for one in opened:
                next(one.iter_bytes())
            idle = streams.enter_context(raw(address, b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"))
            while b"0\r\n\r\n" not in idle.recv(2**20):
                pass
            assert len(serving_threads()) == 4
        assert not serving_threads()


def serving_threads() -> list[str]:
    """Return the names of the threads that serve."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "process_request_thread" in name]


def test_a_port_that_is_taken_is_said_so() -> None:
    """With the way out."""
    with serve() as address:
        port = urlsplit(address).port or 0
        with pytest.raises(ck.ClaudeKitError, match=f"port {port} cannot be had: another program has it"), serve(port):
            pass


def test_a_bug_is_answered_and_not_swallowed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked learns of it by a 500, and the server lives on."""
    monkeypatch.setitem(endpoint._RATE_LIMITS, "requests", None)
    answer = httpx.get(f"{address}/models")
    assert answer.status_code == 500
    assert "the offline model fell over: TypeError" in answer.json()["error"]["message"]
    monkeypatch.undo()
    assert httpx.get(f"{address}/models").status_code == 200
