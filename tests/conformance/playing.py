"""A server that plays recorded streams to whoever asks."""

import random
from typing import Any

from tests.conformance import recordings
from tests.wire.replay import Exchange, Served


class Player:
    """Plays one recording to whoever asks, in pieces of random size."""

    def __init__(self) -> None:
        self.stream = b""
        self.served = Served("")

    def respond(self, exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream; charset=utf-8")
        pieces = random.Random(len(self.stream))
        at = 0
        while at < len(self.stream):
            size = pieces.choice((1, 7, 100, 1000, 10_000))
            exchange.send(self.stream[at : at + size])
            at += size


def bytes_of(row: dict[str, Any]) -> bytes:
    """Return what was recorded."""
    folder = recordings.FOLDER / ("streams" if "file" in row else "gateway")
    return (folder / row.get("file", f"{row.get('name')}.sse")).read_bytes()
