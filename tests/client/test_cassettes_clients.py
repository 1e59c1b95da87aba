"""Clients that record and replay: their time, their route, how they show themselves."""

import asyncio
import pickle
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import claude_kit as ck
from claude_kit.client.cassettes.exchange import Asked, Chunk, Exchange
from claude_kit.client.cassettes.playing import Player, played
from claude_kit.wire import events as e
from tests.client.driving import KEY, MODEL
from tests.client.test_cassettes import asked, cassette, recorded, send
from tests.wire.replay import Exchange as Serving
from tests.wire.replay import answer, serving, sse, streaming


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lesson.cassette"


# ---- time -------------------------------------------------------------------------------------------------------


def test_times_are_measured(path: Path) -> None:
    """What was waited for the head and for each piece is in the file; what the reader took for it is not."""

    def respond(exchange: Serving) -> None:
        time.sleep(0.2)
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(*answer("Slow.")[:3]))
        time.sleep(0.3)
        exchange.send(sse(*answer("Slow.")[3:]))

    def read_slowly(client: ck.Client) -> None:
        with client.stream(asked("Why?"), model=MODEL, max_tokens=500) as stream:
            for event in stream:
                if isinstance(event, e.TextDelta):
                    time.sleep(0.6)

    recorded(path, respond, read_slowly)
    (exchange,) = cassette(path)
    assert exchange.wait_s >= 0.2
    assert sum(chunk.wait_s for chunk in exchange.chunks) < 0.55


@pytest.mark.parametrize(
    ("waits", "pace", "expected"),
    [
        ((0.5, 1.0), 1.0, (0.5, 1.0)),
        ((0.5, 1.0), 0.5, (0.25, 0.5)),
        ((0.5, 1.0), 0.0, (0.0, 0.0)),
        ((60.0, 1.0), 1.0, (5.0, 1.0)),
        ((4.0,) * 15, 1.0, (2.0,) * 15),
    ],
)
def test_the_pace(waits: tuple[float, ...], pace: float, expected: tuple[float, ...]) -> None:
    """Times are scaled; no piece takes more than 5 seconds, no answer more than 30."""
    chunks = tuple(Chunk(wait_s, b"x") for wait_s in waits[1:])
    playing = played(Exchange(Asked("GET", "/x"), "2026-11-23", 200, {}, waits[0], chunks), pace)
    assert (playing.wait_s, *(chunk.wait_s for chunk in playing.chunks)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("said", "pace", "expected"), [("20", 1, "10"), ("4", 0.5, "2"), ("4", 0, "0.001"), (None, 1, None)]
)
def test_nobody_waits_long_to_ask_again(said: str | None, pace: float, expected: str | None) -> None:
    """The time that a refusal asked to wait is scaled too, and at most 10 seconds."""
    headers = {"retry-after": said} if said else {}
    assert played(Exchange(Asked("GET", "/x"), "", 529, headers, 0, ()), pace).headers.get("retry-after") == expected


def test_a_replay_takes_its_time(path: Path) -> None:
    """By default an answer comes at the pace at which it was recorded."""
    send(ck.Client.record(path, "offline", pace_s=0.02))
    pieces = len(cassette(path)[0].chunks)
    started = time.perf_counter()
    send(ck.Client.replay(path, pace=1.0))
    assert time.perf_counter() - started > 0.02 * pieces


def test_static_mode_waits_for_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody watches, the pace is 0 unless one is given."""
    send(ck.Client.record(path, "offline", pace_s=0))
    monkeypatch.setenv("CLAUDE_KIT_STATIC", "1")
    assert (Player(path)._pace, Player(path, 1.0)._pace) == (0.0, 1.0)
    monkeypatch.delenv("CLAUDE_KIT_STATIC")
    assert Player(path)._pace == 1.0


def test_a_replay_can_be_stopped_while_it_waits(path: Path) -> None:
    """Another thread that closes the stream wakes the one that waits for its next piece."""

    def respond(exchange: Serving) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(*answer("Slow.")[:3]))
        time.sleep(0.2)
        exchange.send(sse(*answer("Slow.")[3:]))

    recorded(path, respond, send)
    text = path.read_text()
    slow = ck.Client.replay(path, pace=20.0)  # four seconds
    stream = slow.stream(asked("Why?"), model=MODEL, max_tokens=500)
    assert text
    threading.Timer(0.1, stream.close).start()
    started = time.perf_counter()
    for _ in stream:
        pass
    assert time.perf_counter() - started < 2.0
    assert not stream.reply.complete


# ---- clients ----------------------------------------------------------------------------------------------------


def test_the_client_is_like_the_one_that_recorded(path: Path) -> None:
    """Provider, route, dialect and address are remembered, so that the same checks hold."""
    transport = ck.offline.OfflineTransport(pace_s=0)
    with ck.Client.record(
        path, "portkey", api_key=KEY, dialect="chat", portkey_provider="anthropic", transport=transport
    ) as client:
        told = send(client)
    again = ck.Client.replay(path, pace=0)
    assert (again.provider, again.via, again.dialect, again.base_url) == ("portkey", "portkey", "chat", client.base_url)
    assert again.route == client.route
    reply = send(again)
    assert (reply.text, reply.gateway) == (told.text, told.gateway)


def test_no_network_is_touched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay opens no connection and needs no key, whatever was recorded."""
    recorded(path, streaming(*answer("Yes.")), send)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.create_connection", refuse)
    assert send(ck.Client.replay(path, pace=0)).text == "Yes."


def test_proxies_hold_while_recording(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording goes the way that the same client would go without: by the environment's proxy."""
    seen: list[str] = []

    def respond(exchange: Serving) -> None:
        seen.append(exchange.path)
        streaming(*answer("By proxy."))(exchange)

    with serving(respond) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        with ck.Client.record(path, "anthropic", api_key=KEY, base_url="http://claude.invalid/v1") as client:
            assert send(client).text == "By proxy."
    assert seen == ["http://claude.invalid/v1/messages"]


def test_repr_tells_what_it_does(path: Path) -> None:
    """Who records or replays, and which file; no key."""
    with ck.Client.record(path, "anthropic", api_key=KEY) as client:
        assert repr(client) == f"<Client anthropic: https://api.anthropic.com/v1, recording into {path}>"
    assert repr(ck.Client.replay(path)) == f"<Client anthropic: replaying {path}, no Claude is asked>"
    assert repr(ck.AsyncClient.replay(path)).startswith("<AsyncClient anthropic: replaying ")


def test_such_clients_are_not_pickled(path: Path) -> None:
    """As no client is."""
    client = ck.Client.record(path, "offline")
    for each in (client, ck.Client.replay(path)):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(each)


@pytest.mark.parametrize("pace", [-1, float("nan"), "fast", True])
def test_a_pace_is_checked(path: Path, pace: Any) -> None:
    """Time does not run backwards, and is a number."""
    ck.Client.record(path, "offline")
    with pytest.raises(ValueError, match=rf"pace={pace!r}: give 0 to get answers at once"):
        ck.Client.replay(path, pace=pace)


def test_the_recorder_sends_what_it_got(path: Path) -> None:
    """A request leaves as it would without recording: body, headers and keys."""
    sent = []
    for make in (ck.Client, partial(ck.Client.record, path)):
        with serving(streaming(*answer("Yes."))) as served:
            send(make("anthropic", api_key=KEY, base_url=served.address), system="Be brief.")
        (request,) = served.requests
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "host"}
        sent.append((headers, request.body))
    assert sent[0] == sent[1]


def test_a_cancelled_answer_is_recorded(path: Path) -> None:
    """An async reader that is cancelled leaves a recording of what had come."""

    async def lesson() -> None:
        async with ck.AsyncClient.record(path, "offline", pace_s=0.02) as client:
            with anyio.move_on_after(0.3):
                await client.send(asked("Tell me a very long story"), model=MODEL, max_tokens=500)

    asyncio.run(lesson())
    (exchange,) = cassette(path)
    assert exchange.end == "stopped"
    assert exchange.chunks


def test_httpx_errors_keep_their_kind(path: Path) -> None:
    """Silence that was too long is too long again, and nothing else can be raised."""
    silent = ck.Client.record(path, "offline", pace_s=0)
    send(silent)
    (exchange,) = cassette(path)
    for problem, kind in (("ReadTimeout: nothing", httpx.ReadTimeout), ("os: evil", httpx.RemoteProtocolError)):
        broken = Exchange(exchange.asked, "", 200, {}, 0, (), "broken", problem)
        assert isinstance(played(broken, 0).error, kind)
