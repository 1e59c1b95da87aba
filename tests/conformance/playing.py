"""A server that plays recorded streams to whoever asks."""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import jiter

from claude_kit.errors import ClaudeKitError
from claude_kit.reply import Accumulator
from claude_kit.wire import Dialect, decode
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


class Playlist:
    """Plays one recording to each who asks, in their order; what was asked stands in `Served.requests`."""

    def __init__(self) -> None:
        self.streams: list[bytes] = []
        self.served = Served("")

    def respond(self, exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream; charset=utf-8")
        exchange.send(self.streams.pop(0))

    def put(self, *streams: bytes) -> None:
        """Play these from now on."""
        self.streams[:] = streams
        self.served.requests.clear()


@dataclass(frozen=True)
class Recording:
    """A recorded answer, read without the help of the package.

    Attributes
    ----------
    name : str
    dialect : {"messages", "chat"}
    stream : bytes
    blocks : list of dict
        As the vendor's SDK would put them together, but with every field as it came.
    model, stop_reason : str
        Who answered, in the end; empty where it did not say.
    usage : dict
    """

    name: str
    dialect: Dialect
    stream: bytes = field(repr=False)
    blocks: list[dict[str, Any]] = field(repr=False)
    model: str
    stop_reason: str
    usage: dict[str, Any] = field(repr=False)


def read_messages(name: str, stream: bytes) -> Recording:
    """Read a recorded stream of the Messages API."""
    blocks: list[dict[str, Any]] = []
    model, stop_reason, usage, inputs = "", "", {}, {}
    for event in _events(stream):
        match event:
            case {"type": "message_start", "message": message}:
                model, usage = message["model"], dict(message["usage"])
            case {"type": "content_block_start", "content_block": block}:
                blocks.append(dict(block))
                if block["type"] == "fallback":  # another model goes on
                    model = block["to"]["model"]
            case {"type": "content_block_delta", "index": at, "delta": {"type": "input_json_delta"} as delta}:
                inputs[at] = inputs.get(at, "") + delta["partial_json"]
            case {"type": "content_block_delta", "index": at, "delta": delta}:
                _grow(blocks[at], delta)
            case {"type": "message_delta", "delta": delta}:
                stop_reason = delta["stop_reason"] or ""
                usage |= {name: count for name, count in (event.get("usage") or {}).items() if count is not None}
    for at, written in inputs.items():
        if written:
            blocks[at]["input"] = jiter.from_json(written.encode(), partial_mode=True)
    return Recording(name, "messages", stream, blocks, model, stop_reason, usage)


def _events(stream: bytes) -> Iterator[dict[str, Any]]:
    for line in stream.decode().splitlines():
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


def _grow(block: dict[str, Any], delta: dict[str, Any]) -> None:
    """Put a piece of a block to the others."""
    match delta:
        case {"type": "text_delta", "text": words}:
            block["text"] += words
        case {"type": "thinking_delta", "thinking": words}:
            block["thinking"] += words
        case {"type": "signature_delta", "signature": signature}:
            block["signature"] = signature
        case {"type": "citations_delta", "citation": citation}:
            block["citations"] = [*(block.get("citations") or ()), citation]
        case {"type": "compaction_delta"}:
            block |= {name: value for name, value in delta.items() if name != "type"}
        case _:
            raise ValueError(f"no such delta: {delta}")


def read_chat(name: str, stream: bytes) -> Recording:
    """Read a recorded stream of chat completions; what the package makes of one is compared with OpenAI's elsewhere."""
    accumulator = Accumulator()
    with suppress(ClaudeKitError):
        for event in decode([stream], "chat"):
            accumulator.feed(event)
    reply = accumulator.reply()
    blocks = [dict(block) for block in reply.blocks]
    return Recording(name, "chat", stream, blocks, reply.model, reply.stop_reason or "", dict(reply.usage))


def recorded() -> list[Recording]:
    """Return all recorded answers: of the API, and through the real gateway; none where they are not there."""
    readers = {"anthropic-native": read_messages, "openai-chat-chunks": read_chat}
    streams = [row for row in recordings.lines("streams/index.jsonl") if row["flavour"] in readers]
    found = [readers[row["flavour"]](row["id"], bytes_of(row)) for row in streams]
    for path in sorted((recordings.FOLDER / "gateway").glob("*.sse")):
        kind, *_ = path.stem.removeprefix("st-").split("-")
        if kind in ("cc", "ms"):
            found.append((read_chat if kind == "cc" else read_messages)(path.stem, path.read_bytes()))
    return found
