"""The offline model as a server on this machine, for other programs and SDKs to talk to."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from claude_kit.errors import ClaudeKitError
from claude_kit.offline.endpoint import Endpoint, Given, limit_bytes
from claude_kit.offline.exchange import HangUp, Outcome, Request
from claude_kit.offline.refusals import Refusal

__all__ = ["serve"]

_HOST: Final = "127.0.0.1"
_POLL_S: Final = 0.05  # how long the end of the block may have to wait
_PATIENCE_S: Final = 2.0  # and how long for answers that are being made
_SLICE_BYTES: Final = 2**16


@contextmanager
def serve(
    port: int = 0,
    *,
    pace_s: float = 0.0,
    faults: Given | None = None,
    batch_polls: int = 1,
    log: list[Request] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Serve the offline model on 127.0.0.1 while the block runs.

    It speaks Anthropic's Messages API, with its models, token counts and batches, and Portkey's chat completions,
    prompts and feedback. It needs no key, and takes any. The ``anthropic`` SDK's `base_url` is the address without
    ``/v1``; ``openai``'s and ``portkey-ai``'s is the address itself.

    Parameters
    ----------
    port : int
        By default any free one.
    pace_s : float
        Seconds before each event of a stream.
    faults : Fault, str or iterable of them, optional
        What goes wrong. One alone: with every request, or its first `times`. Several: with one request each, in their
        order, where None lets one pass. A request may also ask for its own, in the header ``x-claude-kit-fault``.
    batch_polls : int
        How often a Message Batch is still at work when it is asked for.
    log : list of Request, optional
        To which every request is added as it comes.
    clock : callable
        Tells the time in seconds, by which what was cached lapses.

    Yields
    ------
    str
        The address, ending in ``/v1``.

    Raises
    ------
    ClaudeKitError
        If the port cannot be had.
    ValueError
        If there is no such fault.

    Examples
    --------
    >>> import httpx
    >>> with serve(faults=["status=529", None], log=(received := [])) as address:
    ...     [httpx.get(f"{address}/models").status_code for _ in range(2)]
    [529, 200]
    >>> received
    [<Request GET /v1/models, 0 bytes>, <Request GET /v1/models, 0 bytes>]
    """
    endpoint = Endpoint(pace_s=pace_s, faults=faults, batch_polls=batch_polls, log=log, clock=clock)
    with _listening(port, endpoint) as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(_POLL_S,), name="claude_kit offline server", daemon=True
        )
        thread.start()
        try:
            yield f"http://{_HOST}:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def _listening(port: int, endpoint: Endpoint) -> _Server:
    try:
        return _Server(port, endpoint)
    except OSError as error:
        why = "another program has it" if error.errno == errno.EADDRINUSE else error.strerror
        raise ClaudeKitError(f"port {port} cannot be had: {why}. Give another, or 0 for any that is free.") from None


class _Server(ThreadingHTTPServer):
    """Each connection has a thread; when the server closes, all of them end."""

    daemon_threads = True
    request_queue_size = 128  # many may come at once

    def __init__(self, port: int, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.closing = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        super().__init__((_HOST, port), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Keep the connection in mind for as long as it lasts."""
        me = threading.current_thread()
        self._connections[me] = request
        try:
            if self.closing.is_set():
                self.shutdown_request(request)
            else:
                super().process_request_thread(request, client_address)
        finally:
            del self._connections[me]

    def server_close(self) -> None:
        """Hang up on everybody."""
        self.closing.set()
        super().server_close()
        deadline = time.monotonic() + _PATIENCE_S
        for thread, connection in list(self._connections.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(max(0.0, deadline - time.monotonic()))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each event leaves when it is written, not when the one before was acknowledged
    # What is no HTTP that it knows is refused in JSON too.
    error_content_type = "application/json"
    error_message_format = '{"type":"error","error":{"type":"invalid_request_error","message":"%(message)s"}}'

    def handle(self) -> None:
        # Whoever hangs up has heard enough.
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        try:
            body = self._body()
        except ValueError:
            self.send_error(400, "The body is not as long as its headers say")
            return
        self._answer(Request.of(self.command, self.path, dict(self.headers.items()), body))

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def do_PATCH(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def _body(self) -> bytes:
        """Read the body, and no more of it than is allowed, and one byte that shows that there was more."""
        most = limit_bytes(self.path.partition("?")[0]) + 1
        body = bytearray()
        for piece in self._chunks() if self.headers.get("transfer-encoding") == "chunked" else self._slices():
            body += piece[: most - len(body)]
        return bytes(body)

    def _slices(self) -> Iterator[bytes]:
        left = int(self.headers.get("content-length") or 0)
        while left and (piece := self.rfile.read(min(left, _SLICE_BYTES))):
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _answer(self, request: Request) -> None:
        try:
            outcome = self.server.endpoint.respond(request)
        except Exception as error:  # a bug of ours: whoever asked should learn of it, and the connection live on
            outcome = Refusal(500, f"the offline model fell over: {error!r}").outcome(request.id)
        self.send_response(outcome.status)
        headers = {"content-type": outcome.content_type, **outcome.headers, "transfer-encoding": "chunked"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._write(outcome)

    def _write(self, outcome: Outcome) -> None:
        for piece in outcome.pieces:
            if isinstance(piece, bytes):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            elif isinstance(piece, HangUp) or self.server.closing.wait(piece.seconds):
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the caller's terminal is not a log."""
