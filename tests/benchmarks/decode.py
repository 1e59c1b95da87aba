"""How fast is a stream decoded, against bare ``json.loads`` of the same lines?

Run as ``python -m tests.benchmarks.decode``: 100,000 events of each dialect, in chunks of 16 kB and one event a chunk.
Each figure is the median of rounds in which all take turns; the limit is on the ratio, for chunks of 16 kB. Against
`anthropic` and `openai`, the same bytes through their own decoders, in events a second.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from claude_kit import wire
from claude_kit.reply import Reply
from claude_kit.wire import Dialect

EVENTS: Final = 100_000
ROUNDS: Final = 5
CHUNK_BYTES: Final = 16_384
MOST_TIMES_JSON: Final = 2.0


def messages() -> list[bytes]:
    """Return the events of an answer of the Messages API, each as its bytes."""
    envelope = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": []}
    deltas = ({"type": "text_delta", "text": f"some words {number} "} for number in range(EVENTS))
    return [
        native("message_start", message={**envelope, "usage": {"input_tokens": 9, "output_tokens": 1}}),
        native("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(native("content_block_delta", index=0, delta=delta) for delta in deltas),
        native("content_block_stop", index=0),
        native("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": EVENTS}),
        native("message_stop"),
    ]


def native(kind: str, **fields: Any) -> bytes:
    """Write one event as Anthropic's API does."""
    data = json.dumps({"type": kind, **fields}, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


def chat() -> list[bytes]:
    """Return the chunks of a chat completion as the gateway sends them, each as its bytes."""
    words = (f"some words {number} " for number in range(EVENTS))
    deltas = [{"content": text, "content_blocks": [{"index": 0, "delta": {"text": text}}]} for text in words]
    return [*(chunk(delta) for delta in deltas), chunk({}, "end_turn"), b"data: [DONE]\n\n"]


def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
    """Write one chunk as the gateway does."""
    choice = {"delta": delta, "index": 0, "logprobs": None, "finish_reason": reason}
    known = {"id": "anthropic-1", "object": "chat.completion.chunk", "created": 1, "model": "claude-sonnet-5-5"}
    return f"data: {json.dumps({**known, 'choices': [choice]}, separators=(',', ':'))}\n\n".encode()


def pieces(data: bytes) -> list[bytes]:
    """Cut bytes as they come from a fast connection."""
    return [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]


def counted(events: Iterable[object]) -> int:
    """Go through events and count them."""
    return sum(1 for _ in events)


def anthropics(data: list[bytes]) -> int:
    """Decode as the `anthropic` SDK does: server-sent events, and a model for each."""
    from anthropic._streaming import SSEDecoder
    from anthropic.types import RawMessageStreamEvent
    from pydantic import TypeAdapter

    build = TypeAdapter(RawMessageStreamEvent).validate_python
    return counted(build(event.json()) for event in SSEDecoder().iter_bytes(iter(data)))


def openais(data: list[bytes]) -> int:
    """Decode as the `openai` SDK does."""
    from openai._streaming import SSEDecoder
    from openai.types.chat import ChatCompletionChunk

    events = SSEDecoder().iter_bytes(iter(data))
    return counted(ChatCompletionChunk.construct(**event.json()) for event in events if event.data != "[DONE]")


def seconds(run: Callable[[], object]) -> float:
    """Time one run, in CPU time, so that a busy machine does not count."""
    started = time.process_time()
    run()
    return time.process_time() - started


def measured(dialect: Dialect, events: list[bytes], theirs: Callable[[list[bytes]], int], name: str) -> float:
    """Print the figures of a dialect; return how many times `json.loads` its decoding takes."""
    data = b"".join(events)
    lines = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: {")]
    cut = pieces(data)
    runs: dict[str, Callable[[], object]] = {
        "json.loads": lambda: [json.loads(line) for line in lines],
        "ours, 16 kB a chunk": lambda: counted(wire.decode(cut, dialect)),
        "ours, an event a chunk": lambda: counted(wire.decode(events, dialect)),
        "ours, and the reply": lambda: Reply.from_events(wire.decode(cut, dialect)),
        name: lambda: theirs(cut),
    }
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for what, run in runs.items():
            taken.setdefault(what, []).append(seconds(run))
    bare = taken["json.loads"]
    for what, times in taken.items():
        ratio = statistics.median(a / b for a, b in zip(times, bare, strict=True))
        print(
            f"{dialect:9} {what:24} {len(lines) / statistics.median(times):10,.0f} events a second {ratio:6.2f} times"
        )
        if what == "ours, 16 kB a chunk":
            found = ratio
    return found


def main() -> int:
    """Print all figures; fail if a ratio is over its limit."""
    print(f"Python {sys.version.split()[0]}, {EVENTS:,} events, {ROUNDS} rounds, CPU time; limit {MOST_TIMES_JSON}")
    ratios = [measured("messages", messages(), anthropics, "anthropic"), measured("chat", chat(), openais, "openai")]
    return int(max(ratios) > MOST_TIMES_JSON)


if __name__ == "__main__":
    raise SystemExit(main())
