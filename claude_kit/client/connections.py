"""Which connections are open, so that one thread can end what another one waits for?

Closing a socket does not wake a thread that reads from it; shutting it down does. httpx tells of new connections
through its ``trace`` extension (https://www.python-httpx.org/advanced/extensions/#trace).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

__all__ = ["OPENED", "Connections", "shut_down"]

#: The steps after which a request has a new connection under it, or the same one encrypted.
OPENED: Final = frozenset(
    f"{layer}.{step}.complete"
    for layer in ("connection", "proxy", "socks")
    for step in ("connect_tcp", "connect_unix_socket", "start_tls")
)


class Connections:
    """The connections of one `httpx.Client`, every request of which has ``extensions={"trace": connections.trace}``."""

    def __init__(self) -> None:
        self._open: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()

    def trace(self, step: str, told: Mapping[str, Any]) -> None:
        """Take note of a new connection; httpx calls this in whichever thread sends."""
        if step in OPENED and (stream := told.get("return_value")) is not None:
            with self._lock:
                self._open.add(stream)

    def end(self) -> None:
        """End all of them: whoever waits for an answer is told at once that the connection is gone."""
        with self._lock:
            streams, self._open = list(self._open), WeakSet()
        for stream in streams:
            shut_down(stream)


def shut_down(stream: Any) -> None:
    """End one connection, given as httpcore's stream: whoever reads from it is told at once."""
    connected = stream.get_extra_info("socket")
    if isinstance(connected, socket.socket):
        with suppress(OSError):  # it was closed already
            # Not the encrypted socket's own, which another thread may be reading from.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)
