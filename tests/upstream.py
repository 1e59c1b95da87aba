"""A server in the provider's place, on 127.0.0.1: what a gateway or a client really sends is what it received."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 1},
}


class Upstream(ThreadingHTTPServer):
    """An HTTP server in the provider's place: keeps what arrives, always answers the same."""

    def __init__(self, usage: dict[str, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), UpstreamHandler)
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.received_headers: list[dict[str, str]] = []
        self.answer = {**ANSWER, "usage": usage or ANSWER["usage"]}


class UpstreamHandler(BaseHTTPRequestHandler):
    """Answers every POST with ``ANSWER`` and the usage that was chosen."""

    server: Upstream

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.received.append((self.path, body))
        self.server.received_headers.append({name.lower(): value for name, value in self.headers.items()})
        answer = json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@contextmanager
def listening(usage: dict[str, Any] | None = None) -> Iterator[Upstream]:
    """Run such a server while the block runs; its answers tell of this usage."""
    with Upstream(usage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:  # or a test that fails would never end
            server.shutdown()
            thread.join()
