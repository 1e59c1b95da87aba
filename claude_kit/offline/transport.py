"""The offline model as an httpx transport: the client's own code runs, but no socket is opened."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

import httpx

from claude_kit.offline.endpoint import REQUEST_ID, respond

__all__ = ["OfflineTransport"]

# About as fast as Claude writes; nobody watches in static mode.
_PACE_S: Final = 0.05


class OfflineTransport(httpx.BaseTransport):
    """Answers every request by the offline model.

    Parameters
    ----------
    pace_s : float, optional
        Seconds between two events of a stream; by default 0.05, and 0 under ``CLAUDE_KIT_STATIC=1``.
    """

    def __init__(self, pace_s: float | None = None) -> None:
        static = bool(os.environ.get("CLAUDE_KIT_STATIC"))
        self._pace_s = pace_s if pace_s is not None else 0.0 if static else _PACE_S

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        outcome = respond(request.method, request.url.path, request.read())
        return httpx.Response(
            outcome.status,
            headers={"content-type": outcome.content_type, "request-id": REQUEST_ID},
            stream=_Paced(outcome.pieces, self._pace_s if outcome.streamed else 0.0),
        )


class _Paced(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes], pace_s: float) -> None:
        self._pieces = pieces
        self._pace_s = pace_s

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if self._pace_s:
                time.sleep(self._pace_s)
            yield piece
