"""Do 200 answers at a time keep up, in one thread on one core, with 100 events a second each?

Run as ``python -m tests.benchmarks.streams``: a server in a process of its own sends, on each of 200 connections, an
event every 10 ms for ten seconds, with the time of its sending in it; one `AsyncClient` reads them all. Printed is how
late events are read, at the end as at the beginning, and how much of a core the client takes; the limit is on the
lateness in the last second. Then a kernel shows a single answer in its notebook, and the time from the sending of the
first words to the message that brings them to the page is printed; the limit is 50 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from typing import Any, Final

import claude_kit as ck
from claude_kit.wire import events as e

STREAMS: Final = 200
EVENTS_A_SECOND: Final = 100
SECONDS: Final = 10
MOST_LATE_S: Final = 0.25
MOST_TO_SHOW_S: Final = 0.05
SHOWN: Final = 5
QUESTION: Final = [{"role": "user", "content": "Hello"}]

HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(data: dict[str, Any]) -> bytes:
    """Write an event as a chunk of a chunked body."""
    event = f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(event), event)


BEGIN: Final = [
    {
        "type": "message_start",
        "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": []},
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
]
END: Final = [
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request: an event every 10 ms, by the clock, however long each takes."""
    head = await reader.readuntil(b"\r\n\r\n")
    events = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"x-events")), 0)
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    await reader.readexactly(length)
    writer.write(HEAD + b"".join(map(chunk, BEGIN)))
    began = time.monotonic()
    for number in range(events or SECONDS * EVENTS_A_SECOND):
        await asyncio.sleep(max(0.0, began + number / EVENTS_A_SECOND - time.monotonic()))
        text = {"type": "text_delta", "text": f"{time.monotonic()} "}
        writer.write(chunk({"type": "content_block_delta", "index": 0, "delta": text}))
    writer.write(b"".join(map(chunk, END)) + b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def serve() -> None:
    """Serve on a free port of 127.0.0.1, and print it."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def read(client: ck.AsyncClient, late: list[tuple[float, float]]) -> None:
    """Read one answer, and note when each event was read and how late."""
    async with client.stream(QUESTION, model="claude-sonnet-5-5", preflight=False) as stream:
        async for event in stream:
            if isinstance(event, e.TextDelta):
                now = time.monotonic()
                late.append((now, now - float(event.text)))
    assert stream.reply.complete


async def measure(address: str) -> float:
    """Print how late all events of all streams were read; return that of the last second (99th percentile)."""
    late: list[tuple[float, float]] = []
    worked = time.process_time()
    began = time.monotonic()
    async with ck.AsyncClient.anthropic("none", base_url=address, max_retries=0) as client:
        await asyncio.gather(*(read(client, late) for _ in range(STREAMS)))
    took, worked = time.monotonic() - began, time.process_time() - worked
    late.sort()
    start, end = late[0][0], late[-1][0]
    for name, first, last in (("2nd second", start + 1, start + 2), ("last second", end - 1, end)):
        found = sorted(lateness for at, lateness in late if first <= at <= last)
        median, p99 = statistics.median(found), found[int(len(found) * 0.99)]
        print(f"{name:12} read {median * 1000:6.1f} ms late in the median, {p99 * 1000:6.1f} ms at most (99 %)")
    print(
        f"{len(late):,} events in {took:.1f} s: {worked / took:.0%} of one core, {worked / len(late) * 1e6:.0f} us each"
    )
    return p99


def shown_after(address: str) -> float:
    """Return the median seconds from the first words of an answer to the message that shows them in a notebook."""
    from jupyter_client.manager import start_new_kernel

    question = f"client.stream({QUESTION}, model='claude-sonnet-5-5', preflight=False, headers={{'x-events': '20'}})"
    cell = f"ck.show({question});"
    manager, kernel = start_new_kernel()
    try:
        kernel.execute_interactive(
            f"import claude_kit as ck\nclient = ck.Client.anthropic('none', base_url='{address}')"
        )
        taken = []
        for _ in range(SHOWN + 1):
            waits: list[float] = []

            def note(message: dict[str, Any], waits: list[float] = waits) -> None:
                told = message["content"].get("data", {})
                words = told.get("content", {}).get("o", "") if isinstance(told, dict) else ""
                if found := re.search(r"\d+\.\d+", words or ""):
                    waits.append(time.monotonic() - float(found[0]))

            kernel.execute_interactive(cell, output_hook=note)
            taken.append(waits[0])
        return statistics.median(taken[1:])  # the first one also loads what shows it
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> int:
    """Print all figures; fail if the last second is later than the limit."""
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    command = [sys.executable, "-m", "tests.benchmarks.streams", "serve"]
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            if len(cores) > 1:  # one core for the client, the others for the server
                os.sched_setaffinity(server.pid, cores[1:])
                os.sched_setaffinity(0, cores[:1])
            print(f"Python {sys.version.split()[0]}, {STREAMS} streams of {EVENTS_A_SECOND} events a second")
            late = asyncio.run(measure(f"http://127.0.0.1:{port}/v1"))
            os.sched_setaffinity(0, cores)
            shown = shown_after(f"http://127.0.0.1:{port}/v1")
        finally:
            server.terminate()
    print(f"limit: {MOST_LATE_S * 1000:.0f} ms late in the last second")
    print(
        f"the first words are on their way to the page after {shown * 1000:.0f} ms; limit {MOST_TO_SHOW_S * 1000:.0f}"
    )
    return int(late > MOST_LATE_S or shown > MOST_TO_SHOW_S)


if __name__ == "__main__":
    raise SystemExit(main())
