"""A server on 127.0.0.1 that answers every request as the test says, and notes what came."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MESSAGE: dict[str, Any] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 12, "output_tokens": 1},
}
STARTED = {"type": "message_start", "message": MESSAGE}
ENDED = [
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    },
    {"type": "message_stop"},
]


def delta(kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the event that brings a piece of a block."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def block(*deltas: dict[str, Any], index: int = 0, **start: Any) -> list[dict[str, Any]]:
    """Return the events of one block."""
    begin = {"type": "content_block_start", "index": index, "content_block": start}
    return [begin, *deltas, {"type": "content_block_stop", "index": index}]


def text_block(text: str, index: int = 0) -> list[dict[str, Any]]:
    """Return the events of a text block that comes word by word."""
    words = text.split(" ")
    pieces = [word + " " for word in words[:-1]] + [words[-1]]
    return block(*(delta("text_delta", index, text=piece) for piece in pieces), index=index, type="text", text="")


def answer(text: str) -> list[dict[str, Any]]:
    """Return the events of a whole answer."""
    return [STARTED, *text_block(text), *ENDED]


def sse(*events: Mapping[str, Any]) -> bytes:
    """Write events as the API does."""
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


class Exchange(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: _Server
    body: bytes

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["content-length"]))
        self.server.served.requests.append(Request(self.path, dict(self.headers.items()), self.body))
        self.close_connection = True
        try:
            self.server.respond(self)
        except ConnectionError:
            self.server.served.hung_up.set()

    def begin(self, status: int, content_type: str, **headers: str) -> None:
        """Send the head of an answer whose body ends when the connection does."""
        self.send_response(status)
        for name, value in {"content-type": content_type, "connection": "close", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: bytes) -> None:
        """Send a piece of the body at once."""
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass
class Served:
    """A running server: where it is, what came, and whether somebody hung up before the answer was sent."""

    address: str
    requests: list[Request] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


Respond = Callable[[Exchange], None]


class _Server(ThreadingHTTPServer):
    # Its threads end before the test does, so that no socket outlives it.
    daemon_threads = False

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.respond = respond
        self.served = Served(f"http://127.0.0.1:{self.server_port}/v1")


@contextmanager
def serving(respond: Respond) -> Iterator[Served]:
    """Serve on a free port while the block runs."""
    with _Server(respond) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.served
        finally:
            server.shutdown()
            thread.join()


def replying(body: bytes, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> Respond:
    """Answer with a whole body."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(status, content_type, content_length=str(len(body)), **headers)
        exchange.send(body)

    return respond


def streaming(*events: Mapping[str, Any], **headers: str) -> Respond:
    """Answer with a whole stream."""
    return replying(sse(*events), **headers)


def cutting(body: bytes) -> Respond:
    """Promise a longer body than comes, so that the connection breaks in the middle of it."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream", content_length=str(len(body) + 1000))
        exchange.send(body)

    return respond


def endless(*events: Mapping[str, Any]) -> Respond:
    """Answer with events, then ping until whoever asked hangs up (ten seconds at most)."""

    def respond(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(*events))
        for _ in range(2000):
            exchange.send(sse({"type": "ping"}))
            time.sleep(0.005)

    return respond
