"""The offline model as a server on this machine, for other programs and SDKs to talk to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from claude_kit.offline.endpoint import REQUEST_ID, respond

__all__ = ["serve"]

_POLL_S: Final = 0.05  # how long the end of the block may have to wait


@contextmanager
def serve(port: int = 0) -> Iterator[str]:
    """Serve ``POST /v1/messages`` on 127.0.0.1 while the block runs.

    Parameters
    ----------
    port : int
        By default any free one.

    Yields
    ------
    str
        The address, ending in ``/v1``.

    Examples
    --------
    >>> with serve() as address:
    ...     print(address.rsplit(":", 1)[0])
    http://127.0.0.1
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    thread = threading.Thread(
        target=server.serve_forever, args=(_POLL_S,), name="claude_kit offline server", daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each event leaves when it is written, not when the one before was acknowledged

    def handle(self) -> None:
        # Whoever hangs up has heard enough.
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer(body)

    def do_GET(self) -> None:
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        outcome = respond(self.command, self.path.partition("?")[0], body)
        self.send_response(outcome.status)
        self.send_header("content-type", outcome.content_type)
        self.send_header("request-id", REQUEST_ID)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in outcome.pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the caller's terminal is not a log."""
