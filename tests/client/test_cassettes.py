"""A lesson recorded once with a key is the same lesson for everybody without one."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import claude_kit as ck
from claude_kit.client.cassettes import files
from claude_kit.client.cassettes.exchange import Exchange
from claude_kit.client.cassettes.playing import RECORDED
from claude_kit.wire import events as e
from tests.client.driving import KEY, MODEL
from tests.content.making import encoded, noise
from tests.wire.replay import (
    ENDED,
    STARTED,
    Respond,
    answer,
    block,
    cutting,
    delta,
    endless,
    replying,
    serving,
    sse,
    streaming,
)
from tests.wire.replay import Exchange as Serving

Ask = Callable[..., ck.Reply]


def asked(text: str) -> list[dict[str, object]]:
    """Return the messages of one question."""
    return [{"role": "user", "content": text}]


def send(client: ck.Client, text: str = "Why?", **fields: object) -> ck.Reply:
    """Ask one question."""
    return client.send(asked(text), **{"model": MODEL, "max_tokens": 500, **fields})  # type: ignore[arg-type]


def recorded(path: Path, respond: Respond, ask: Callable[[ck.Client], object]) -> int:
    """Record what is asked of a server; return how many requests it got. An error of the kit's is recorded too."""
    with (
        serving(respond) as served,
        ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address) as client,
        suppress(ck.ClaudeKitError),
    ):
        ask(client)
    return len(served.requests)


def in_turn(*responses: Respond) -> Respond:
    """Answer one request after the other, each in its own way."""
    left: Iterator[Respond] = iter(responses)
    return lambda exchange: next(left)(exchange)


def cassette(path: Path) -> list[Exchange]:
    """Return what a file holds."""
    return list(files.load(path).exchanges)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lesson.cassette"


# ---- an answer ------------------------------------------------------------------------------------------------------


THOUGHT = [
    STARTED,
    *block(
        delta("thinking_delta", thinking="Hm, "),
        delta("thinking_delta", thinking="ünïcode."),
        type="thinking",
        thinking="",
    ),
    *block(delta("text_delta", 1, text="Because 你好."), index=1, type="text", text=""),
    *ENDED,
]


def test_a_replayed_answer_is_the_recorded_one(path: Path) -> None:
    """Text, thinking, blocks, usage and request id come back, without key and after the server is gone."""
    replies: list[ck.Reply] = []
    recorded(path, streaming(*THOUGHT, request_id="req_01"), lambda client: replies.append(send(client)))
    again = send(ck.Client.replay(path, pace=0))
    assert (again.text, again.thinking, again.request_id) == ("Because 你好.", "Hm, ünïcode.", "req_01")
    assert again.blocks == replies[0].blocks
    assert again.usage == replies[0].usage


def test_the_stream_is_kept_byte_for_byte(path: Path) -> None:
    """What a client reads from a replay are the bytes that came, in chunks as they came, even within a character."""
    body = sse(*THOUGHT).replace(rb"\u4f60\u597d", "你好".encode())
    middle = body.index("你".encode()) + 1

    def respond(exchange: Serving) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(body[:middle])
        time.sleep(0.05)
        exchange.send(body[middle:])

    recorded(path, respond, send)
    (exchange,) = cassette(path)
    assert [chunk.data for chunk in exchange.chunks] == [body[:middle], body[middle:]]
    assert send(ck.Client.replay(path, pace=0)).text == "Because 你好."


def test_packed_answers_are_kept_unpacked(path: Path) -> None:
    """A body that came as gzip stands in the file as text."""
    packed = gzip.compress(sse(*answer("Unpacked.")))
    recorded(path, replying(packed, content_encoding="gzip"), send)
    (exchange,) = cassette(path)
    assert b"".join(chunk.data for chunk in exchange.chunks) == sse(*answer("Unpacked."))
    assert send(ck.Client.replay(path, pace=0)).text == "Unpacked."


def test_a_replay_says_that_it_is_one(path: Path) -> None:
    """Every replayed answer has a header with the date of its recording, a recorded one has not."""
    client = ck.Client.record(path, "offline", pace_s=0)
    send(client)
    assert RECORDED not in (cassette(path)[0].headers)
    stream = ck.Client.replay(path, pace=0).stream(asked("Why?"), model=MODEL, max_tokens=500)
    assert stream._response is not None
    assert stream._response.headers[RECORDED] == cassette(path)[0].recorded


def test_async_clients_record_and_replay(path: Path) -> None:
    """What one kind of client recorded the other replays."""

    async def lesson() -> tuple[str, str]:
        async with ck.AsyncClient.record(path, "offline", pace_s=0) as client:
            first = await client.send(asked("Why?"), model=MODEL, max_tokens=500)
        async with ck.AsyncClient.replay(path, pace=0) as client:
            again = await client.send(asked("Why?"), model=MODEL, max_tokens=500)
        return first.text, again.text

    first, again = asyncio.run(lesson())
    assert first == again == send(ck.Client.replay(path, pace=0)).text


def test_everything_that_is_asked_is_recorded(path: Path) -> None:
    """Counting, the list of models, batches, prompts and feedback are replayed too."""

    def lesson(client: ck.Client) -> list[object]:
        batch = client.batches.submit(["One?", "Two?"], model=MODEL, max_tokens=50)
        batch.wait(progress=False)
        trace = client.prompts.complete("pp-summary", {"text": "Ants are small."}).gateway
        return [
            client.count_tokens(asked("Why?"), model=MODEL),
            len(client.models()),
            [reply.text for reply in batch.results().replies.values()],
            client.prompts.render("pp-summary", {"text": "Ants are small."}).messages,
            client.feedback("a-trace", 5, metadata={"_user": "ada"}),
            trace is None,
        ]

    told = lesson(ck.Client.record(path, "offline", pace_s=0))
    assert lesson(ck.Client.replay(path, pace=0)) == told


# ---- the same request again -------------------------------------------------------------------------------------


def test_the_same_request_gets_its_answers_in_order(path: Path) -> None:
    """Asked twice and answered differently, it is replayed so, and then the last answer again."""
    recorded(
        path, in_turn(streaming(*answer("A")), streaming(*answer("B"))), lambda client: (send(client), send(client))
    )
    client = ck.Client.replay(path, pace=0)
    assert [send(client).text for _ in range(3)] == ["A", "B", "B"]


def test_replaying_clients_do_not_disturb_each_other(path: Path) -> None:
    """Each begins at the first answer, whatever the other has asked."""
    recorded(
        path, in_turn(streaming(*answer("A")), streaming(*answer("B"))), lambda client: (send(client), send(client))
    )
    one, other = ck.Client.replay(path, pace=0), ck.Client.replay(path, pace=0)
    assert [send(one).text, send(one).text, send(other).text] == ["A", "B", "A"]


def test_recording_again_replaces(path: Path) -> None:
    """A lesson that is recorded anew does not grow: an answer takes the place of the earlier ones to its request."""
    recorded(
        path, in_turn(*[streaming(*answer(each)) for each in "ABC"]), lambda c: [send(c, q) for q in ("1", "1", "2")]
    )
    recorded(path, streaming(*answer("new")), lambda client: send(client, "1"))
    told = [json.loads(json.dumps(exchange.asked.body))["messages"][0]["content"] for exchange in cassette(path)]
    assert told == ["1", "2"]
    client = ck.Client.replay(path, pace=0)
    assert [send(client, "1").text, send(client, "2").text] == ["new", "C"]


def test_two_clients_may_record_into_one_cassette(path: Path) -> None:
    """Neither takes from the file what the other recorded meanwhile, not even to the same request."""
    one, other = (ck.Client.record(path, "offline", pace_s=0) for _ in range(2))
    for client, text in ((one, "1"), (other, "2"), (one, "3"), (other, "1")):
        send(client, text)
    assert len(cassette(path)) == 4


def test_a_deleted_cassette_begins_anew(path: Path) -> None:
    """Who deletes the file gets nothing of it back, though the client that wrote it is still there."""
    earlier = ck.Client.record(path, "offline", pace_s=0)
    send(earlier, "1")
    path.unlink()
    send(ck.Client.record(path, "offline", pace_s=0), "2")
    assert len(cassette(path)) == 1


def test_of_many_looks_the_first_and_the_last_are_kept(path: Path) -> None:
    """A batch that took an hour does not keep a class waiting: of the same GET only two answers are kept."""
    client = ck.Client.record(path, "offline", pace_s=0)
    for _ in range(5):
        client.models()
    assert len(cassette(path)) == 2


def test_threads_record_and_replay(path: Path) -> None:
    """Many questions at once are all recorded, and all replayed."""
    questions = [f"Question {number}?" for number in range(12)]
    fields = {"model": MODEL, "max_tokens": 500, "progress": False}
    told = ck.Client.record(path, "offline", pace_s=0).map(questions, **fields)  # type: ignore[arg-type]
    again = ck.Client.replay(path, pace=0).map(questions, **fields)  # type: ignore[arg-type]
    assert [reply.text for reply in again.replies] == [reply.text for reply in told.replies]
    assert len(again.replies) == 12


# ---- what counts as the same ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"cache": "5m", "preflight": False},
        {"metadata": {"user_id": "someone else"}},
        {"headers": {"x-trace": "other"}},
        {"betas": ["some-beta-2026-01-01"]},
    ],
)
def test_what_changes_no_answer_is_not_compared(path: Path, fields: dict[str, object]) -> None:
    """Marks for the cache, who asks, and headers may differ."""
    send(ck.Client.record(path, "offline", pace_s=0), system="Be brief.")
    assert send(ck.Client.replay(path, pace=0), system="Be brief.", **fields).complete


@pytest.mark.parametrize(
    "fields", [{"model": "claude-sonnet-5-5"}, {"max_tokens": 501}, {"system": "Other."}, {"stop_sequences": ["x"]}]
)
def test_what_changes_the_answer_is_compared(path: Path, fields: dict[str, object]) -> None:
    """Another model, cap or system prompt was not recorded."""
    send(ck.Client.record(path, "offline", pace_s=0), system="Be brief.")
    with pytest.raises(ck.NotRecorded):
        send(ck.Client.replay(path, pace=0), **{"system": "Be brief.", **fields})


def test_files_are_kept_by_their_hash(path: Path) -> None:
    """An image of 183 KB makes no cassette larger, is recognised, and another is not."""
    large, other = (ck.image(encoded(noise(300, height), "PNG")) for height in (300, 301))
    content = [{"role": "user", "content": [large, "What is it?"]}]
    ck.Client.record(path, "offline", pace_s=0).send(content, model=MODEL, max_tokens=50)
    assert large.size > 180_000 > 10_000 > path.stat().st_size
    client = ck.Client.replay(path, pace=0)
    assert client.send(content, model=MODEL, max_tokens=50).complete
    with pytest.raises(ck.NotRecorded, match=r"message 1, block 1: another file, [\d,]+ bytes \(sha256 "):
        client.send([{"role": "user", "content": [other, "What is it?"]}], model=MODEL, max_tokens=50)


def test_what_is_said_again_is_kept_once(path: Path) -> None:
    """Every request of a conversation repeats it all; the file grows with what is new."""
    client = ck.Client.record(path, "offline", pace_s=0)
    long = "word " * 2000
    client.send(asked(long), model=MODEL, max_tokens=50)
    before = path.stat().st_size
    turns = [*asked(long), {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And?"}]
    client.send(turns, model=MODEL, max_tokens=50)
    assert path.read_text().count(long.strip()) == 1
    assert path.stat().st_size - before < len(long)


# ---- failures ---------------------------------------------------------------------------------------------------


def test_refusals_and_retries_are_replayed(path: Path) -> None:
    """An overload that was asked again is an overload again, and the class does not wait for it as long."""
    overloaded = replying(
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        529,
        "application/json",
        retry_after="0.3",
    )
    assert recorded(path, in_turn(overloaded, streaming(*answer("At last."))), send) == 2
    waits: list[float] = []
    reply = send(ck.Client.replay(path, pace=0), on_wait=lambda waiting: waits.append(waiting.seconds))
    assert reply.text == "At last."
    assert waits == [0.001]


def test_a_refusal_is_the_same_error(path: Path) -> None:
    """Class, status, message and request id of an error are those of the recording."""
    limited = replying(
        b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}',
        429,
        "application/json",
        x_should_retry="false",
        request_id="req_9",
    )
    recorded(path, limited, send)
    with pytest.raises(ck.RateLimitError, match="Slow down") as caught:
        send(ck.Client.replay(path))
    assert (caught.value.status, caught.value.request_id, caught.value.should_retry) == (429, "req_9", False)


def test_an_error_in_mid_stream_is_replayed(path: Path) -> None:
    """What had come before it is on the error."""
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    recorded(path, streaming(*answer("Half an answer")[:3], failed), send)
    with pytest.raises(ck.OverloadedError) as caught:
        send(ck.Client.replay(path, pace=0))
    assert caught.value.reply is not None
    assert caught.value.reply.text == "Half "


def test_a_broken_connection_is_replayed(path: Path) -> None:
    """A stream that broke off breaks off again, at the same place."""
    recorded(path, cutting(sse(*answer("Half an answer")[:3])), send)
    assert cassette(path)[0].end == "broken"
    with pytest.raises(ck.StreamInterrupted, match="The connection broke: RemoteProtocolError") as caught:
        send(ck.Client.replay(path, pace=0))
    assert caught.value.reply.text == "Half "


def test_a_stopped_answer_is_kept_as_far_as_it_came(path: Path) -> None:
    """It is marked, and replayed so far; whoever reads on is told why there is no more."""

    def stop(client: ck.Client) -> None:
        with client.stream(asked("Why?"), model=MODEL, max_tokens=500) as stream:
            next(event for event in stream if isinstance(event, e.TextDelta))

    recorded(path, endless(*answer("Half an answer")[:3]), stop)
    assert cassette(path)[0].end in ("stopped", "broken")
    with pytest.raises(ck.StreamInterrupted) as caught:
        send(ck.Client.replay(path, pace=0))
    assert caught.value.reply.text == "Half "


def test_a_stopped_offline_answer_says_so(path: Path) -> None:
    """Where nobody reads on, the recording says that its reader stopped."""
    client = ck.Client.record(path, "offline", pace_s=0)
    with client.stream(asked("Why?"), model=MODEL, max_tokens=500) as stream:
        next(event for event in stream if isinstance(event, e.TextDelta))
    with pytest.raises(ck.StreamInterrupted, match="the recording ends here, where its reader stopped"):
        send(ck.Client.replay(path, pace=0))


def test_a_stopped_answer_gives_way_to_the_whole_one(path: Path) -> None:
    """Stopped by mistake and asked again: the class gets the answer, not the mistake."""
    client = ck.Client.record(path, "offline", pace_s=0)
    with client.stream(asked("Why?"), model=MODEL, max_tokens=500) as stream:
        next(event for event in stream if isinstance(event, e.TextDelta))
    told = send(client)
    assert send(ck.Client.replay(path, pace=0)).text == told.text


def test_where_no_answer_came_nothing_is_recorded(path: Path) -> None:
    """A network that is down is no part of a lesson."""
    nowhere = ck.Client.record(path, "anthropic", api_key=KEY, base_url="http://127.0.0.1:9", max_retries=0)
    with nowhere as client, pytest.raises(ck.ConnectionFailed):
        send(client)
    assert cassette(path) == []


def test_an_interrupted_lesson_keeps_what_it_had(path: Path) -> None:
    """The file is whole after every answer, and no half-written one lies beside it."""
    client = ck.Client.record(path, "offline", pace_s=0)
    send(client, "1")
    assert len(cassette(path)) == 1
    send(client, "2")
    assert len(cassette(path)) == 2
    assert list(path.parent.iterdir()) == [path]
