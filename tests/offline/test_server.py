"""The offline model over real sockets: the vendor's own SDK talks to it and understands the same."""

import json
import socket
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx
import pytest

import claude_kit as ck
from claude_kit.offline import server

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
        thinking=THINKING,  # type: ignore[arg-type]
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
        ({"max_tokens": 0}, anthropic.BadRequestError),
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
    assert caught.value.request_id == "req_offline"


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
