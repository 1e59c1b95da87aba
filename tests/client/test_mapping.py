"""`map`: many requests, a few at a time, at the pace that the answers allow; and nothing is lost."""

import asyncio
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

import claude_kit as ck
from claude_kit.client import AsyncClient
from claude_kit.client.answers import Answers
from claude_kit.client.connections import OPENED, Connections
from claude_kit.client.mapping import Round, at_once, in_tasks, in_threads
from claude_kit.offline import serve
from claude_kit.offline.exchange import Request
from claude_kit.reply import Reply
from claude_kit.wire.limits import RateLimit, RateLimits
from tests.client.driving import KEY, MODEL
from tests.wire.replay import STARTED, Exchange, answer, delta, replying, serving, sse, streaming, text_block

QUESTIONS = [f"What is {n} + {n}?" for n in range(20)]
OVERLOADED = b'{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'
LIMITED = b'{"type": "error", "error": {"type": "rate_limit_error", "message": "Too many"}}'

Mapped = Callable[..., Answers]


class Traced(httpx.HTTPTransport):
    """Carries requests, and tells of its connections."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["trace"] = self._connections.trace
        return super().handle_request(request)


def in_threads_at(address: str, requests: Any, **options: Any) -> Answers:
    """Map requests over a client's threads."""
    connections = Connections()
    with ck.Client.anthropic(KEY, base_url=address, transport=Traced(connections)) as client:
        ask = lambda request: client.send(**request, on_wait=at_once)  # noqa: E731
        fields = {"model": MODEL, "max_tokens": 50, "preflight": False}
        return in_threads(ask, requests, fields, hang_up=connections.end, **options)


def in_tasks_at(address: str, requests: Any, **options: Any) -> Answers:
    """Map requests over an async client's tasks."""

    async def mapped() -> Answers:
        async with AsyncClient.anthropic(KEY, base_url=address) as client:
            ask = lambda request: client.send(**request, on_wait=at_once)  # noqa: E731
            return await in_tasks(ask, requests, {"model": MODEL, "max_tokens": 50, "preflight": False}, **options)

    return asyncio.run(mapped())


both = pytest.mark.parametrize("mapped", [in_threads_at, in_tasks_at])


class Counting:
    """Answers after a moment, and notes how many were under way at once."""

    def __init__(self, *refusals: bytes, status: int = 429, **headers: str) -> None:
        self.lock = threading.Lock()
        self.refusals = list(refusals)
        self.status, self.headers = status, headers
        self.under_way = self.most = 0
        self.log: list[tuple[str, int]] = []

    def __call__(self, exchange: Exchange) -> None:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            refusal = self.refusals.pop() if self.refusals else None
            self.log.append(("refused" if refusal else "asked", self.under_way))
        time.sleep(0.05)
        with self.lock:
            self.under_way -= 1
            if not refusal:
                self.log.append(("answered", self.under_way))
        if refusal:
            replying(refusal, self.status, "application/json", **self.headers)(exchange)
        else:
            streaming(*answer("Twelve."))(exchange)


# ---- answers in order ---------------------------------------------------------------------------------------------


@both
def test_answers_come_in_the_order_of_the_requests(mapped: Mapped) -> None:
    """Each request has its own answer, at its place."""
    with serve() as address:
        answers = mapped(address, QUESTIONS)
    assert len(answers) == len(QUESTIONS)
    for question, reply in zip(QUESTIONS, answers, strict=True):
        assert question.removeprefix("What is ") in reply.text
    assert (answers.failed, answers.stopped) == ([], False)
    assert answers.cost == sum(reply.cost for reply in answers) > 0


@both
def test_no_more_are_under_way_than_wanted(mapped: Mapped) -> None:
    """As many requests as `concurrency` says are under way at once, and never more."""
    counting = Counting()
    with serving(counting) as served:
        mapped(served.address, QUESTIONS, concurrency=3)
    assert counting.most == 3


@both
def test_requests_are_taken_as_they_are_asked(mapped: Mapped) -> None:
    """An iterator is never taken further than what is under way."""
    counting = Counting()
    ahead: list[int] = []

    def questions() -> Iterator[str]:
        for number in range(12):
            ahead.append(number + 1 - sum(what == "answered" for what, _ in counting.log))
            yield f"What is {number}?"

    with serving(counting) as served:
        assert len(mapped(served.address, questions(), concurrency=2)) == 12
    assert max(ahead) <= 3  # two under way, and the one that is being taken


@both
def test_a_request_may_be_whole(mapped: Mapped) -> None:
    """A request's own fields go before those that are the same for all."""
    received: list[Request] = []
    with serve(log=received) as address:
        whole = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 7, "system": "Be brief."}
        mapped(address, [whole])
    assert b'"max_tokens": 7' in received[0].body
    assert b"Be brief." in received[0].body


@both
def test_no_requests_have_no_answers(mapped: Mapped) -> None:
    """An empty list is answered by an empty one."""
    assert mapped("http://127.0.0.1:9/v1", []) == []


@pytest.mark.parametrize(
    ("requests", "options", "error"),
    [
        ("Hello", {}, TypeError),
        ({"messages": []}, {}, TypeError),
        (["Hello"], {"concurrency": 0}, ValueError),
        (["Hello"], {"on_error": "ignore"}, ValueError),
    ],
)
@both
def test_what_cannot_be_meant_is_refused(mapped: Mapped, requests: Any, options: Any, error: type[Exception]) -> None:
    """A single request, no room for any, or an unknown word is refused before anything is asked."""
    with pytest.raises(error):
        mapped("http://127.0.0.1:9/v1", requests, **options)


# ---- errors -------------------------------------------------------------------------------------------------------


@both
def test_an_error_stands_at_its_place(mapped: Mapped) -> None:
    """A request that is refused has its error at its place; the others are answered."""
    with serve() as address:
        answers = mapped(address, ["Hello", {"messages": []}, "Hello again"])
    assert answers.failed == [1]
    assert isinstance(answers[1], ck.BadRequestError)
    assert len(answers.replies) == 2
    with pytest.raises(ck.BadRequestError) as caught:
        answers.raise_for_errors()
    assert caught.value.__notes__ == ["This is request 1."]


@both
def test_what_preflight_refuses_stands_at_its_place_too(mapped: Mapped) -> None:
    """An error of the kit itself is an outcome as the API's are."""
    impossible = {"messages": [{"role": "user", "content": "Hi"}], "preflight": True, "max_tokens": 10**9}
    with serve() as address:
        answers = mapped(address, [impossible, "Hello"])
    assert isinstance(answers[0], ck.PreflightError)
    assert isinstance(answers[1], Reply)


@both
def test_the_first_error_can_end_it(mapped: Mapped) -> None:
    """With ``on_error="raise"`` the error is raised, and holds what had come by then."""
    with serve() as address, pytest.raises(ck.BadRequestError) as caught:
        mapped(address, ["Hello", {"messages": []}, *QUESTIONS], on_error="raise", concurrency=1)
    answers = caught.value.answers  # type: ignore[attr-defined]
    assert isinstance(answers[0], Reply)
    assert answers.stopped
    assert len(answers) == 2 + len(QUESTIONS)
    assert "error's .answers: <Answers to 22 requests" in caught.value.__notes__[-1]


@both
def test_a_mistake_in_a_request_is_raised(mapped: Mapped) -> None:
    """What is no request at all, or an iterator that fails, is raised, and the answers so far are kept on it."""

    def failing() -> Iterator[str]:
        yield "Hello"
        raise OSError("the disk is gone")

    with serve() as address:
        with pytest.raises(OSError, match="the disk is gone") as caught:
            mapped(address, failing(), concurrency=1)
        assert isinstance(caught.value.answers[0], Reply)  # type: ignore[attr-defined]
        with pytest.raises(TypeError, match='no "messages"'):
            mapped(address, [{"model": MODEL}])


@both
def test_a_wrong_key_ends_it_at_once(mapped: Mapped) -> None:
    """Where every further request would fail in the same way, no more are sent, and the rest is marked."""
    counting = Counting(*[b'{"error": {"type": "authentication_error", "message": "No"}}'] * 99, status=401)
    with serving(counting) as served:
        answers = mapped(served.address, QUESTIONS, concurrency=2)
    assert len(counting.log) == 2
    assert isinstance(answers[0], ck.AuthenticationError)
    assert [error.type for error in answers[2:]] == ["stopped"] * 18  # type: ignore[union-attr]
    assert "authentication_error: No" in str(answers[-1])


# ---- limits -------------------------------------------------------------------------------------------------------


@both
def test_a_burst_of_refusals_costs_no_answer(mapped: Mapped) -> None:
    """What was refused for now is asked again, and in the end each request has its answer."""
    counting = Counting(*[LIMITED] * 5, retry_after_ms="50")
    with serving(counting) as served:
        answers = mapped(served.address, QUESTIONS, concurrency=5)
    assert len(answers.replies) == len(QUESTIONS)
    assert sum(what == "asked" for what, _ in counting.log) == len(QUESTIONS)


@both
def test_after_a_refusal_they_come_back_one_by_one(mapped: Mapped) -> None:
    """When the time is over that the answer asked to wait, one goes alone; only its answer makes room for two."""
    counting = Counting(*[LIMITED] * 5, retry_after_ms="300")
    with serving(counting) as served:
        mapped(served.address, QUESTIONS, concurrency=5)
    back = counting.log[5:]
    assert back[:2] == [("asked", 1), ("answered", 0)]
    assert max(under_way for what, under_way in back[2:4] if what == "asked") <= 2


@both
def test_all_hold_back_while_nothing_is_left(mapped: Mapped) -> None:
    """When an answer's headers say that no request is left until some moment, none comes before it."""
    arrived: list[datetime] = []
    until = datetime.now(UTC) + timedelta(seconds=1)

    def respond(exchange: Exchange) -> None:
        arrived.append(datetime.now(UTC))
        left = {"anthropic_ratelimit_requests_remaining": "0", "anthropic_ratelimit_requests_reset": until.isoformat()}
        streaming(*answer("Twelve."), **left)(exchange)

    with serving(respond) as served:
        mapped(served.address, QUESTIONS[:4], concurrency=1)
    assert arrived[0] < until <= min(arrived[1:])


def test_where_nothing_gets_through_it_gives_up() -> None:
    """After so many refusals in a row the round ends with the last one, and no further request is sent."""
    this = Round(QUESTIONS, {}, concurrency=4, on_error="return", tries=3)
    now, asked = 0.0, 0
    while not this.over:
        while job := this.take(now):
            asked += 1
            this.failed(job, ck.OverloadedError("Overloaded", status=529), now + 0.5)
        now += 100
    answers = this.conclude()
    assert asked == 3
    assert answers.stopped
    assert {getattr(error, "type", "") for error in answers} == {"api_error", "stopped"}


def test_a_wait_that_nobody_sits_through_ends_it() -> None:
    """An answer that asks to wait for an hour is the end of the round, not an hour of silence."""
    this = Round(QUESTIONS, {}, concurrency=1, on_error="return")
    job = this.take(0.0)
    assert job
    this.failed(job, ck.RateLimitError("Spent", retry_after=3600), 1.0)
    assert this.over
    assert isinstance(this.conclude()[0], ck.RateLimitError)


def test_what_came_in_part_is_not_asked_again() -> None:
    """An answer that broke off is billed: it is kept with what had come, and its request is not sent anew."""
    broken = sse(STARTED, *text_block("Half of"))
    counting: list[int] = []

    def respond(exchange: Exchange) -> None:
        counting.append(1)
        replying(broken)(exchange)

    with serving(respond) as served:
        answers = in_threads_at(served.address, ["Hello"])
    assert len(counting) == 1
    assert isinstance(answers[0], ck.StreamInterrupted)
    assert answers[0].reply.text == "Half of"
    assert answers.cost == answers[0].reply.cost > 0


def test_the_bar_tells_of_failures_cost_and_waiting() -> None:
    """Beside the number it says how many failed, what all have cost, and for how long it holds back."""
    told: list[tuple[int, str]] = []

    class Bar:
        def show(self, done: int, note: str = "") -> None:
            told.append((done, note))

    this = Round(QUESTIONS[:3], {}, concurrency=2, on_error="return")
    first, second = this.take(0.0), this.take(0.0)
    assert first
    assert second
    this.answered(first, Reply(usage=ck.Usage({"input_tokens": 1_000_000}), model=MODEL), 1.0)
    this.show(Bar(), 1.0)  # type: ignore[arg-type]
    this.failed(second, ck.BadRequestError("No"), 2.0)
    third = this.take(2.0)
    assert third
    this.failed(third, ck.RateLimitError("Later", retry_after=8), 3.0)
    this.show(Bar(), 3.0)  # type: ignore[arg-type]
    assert told == [(1, "$1.0000"), (2, "1 failed, $1.0000, waiting 8.0 s")]


def test_headers_of_an_answer_hold_the_next_back() -> None:
    """The gate hears of an answer's limits as it hears of refusals."""
    reset = datetime.now(UTC) + timedelta(seconds=30)
    this = Round(QUESTIONS, {}, concurrency=4, on_error="return")
    job = this.take(0.0)
    assert job
    this.answered(job, Reply(limits=RateLimits(tokens=RateLimit(remaining=0, reset=reset))), 1.0)
    assert this.take(2.0) is None
    assert this.take(32.0) is not None
    assert this.take(32.0) is None  # one at first


def test_the_next_is_held_back_for_a_minute_at_most() -> None:
    """Where the clocks of two machines differ, an hour of waiting would be nobody's wish."""
    this = Round(QUESTIONS, {}, concurrency=4, on_error="return")
    job = this.take(0.0)
    assert job
    late = RateLimit(remaining=0, reset=datetime.now(UTC) + timedelta(hours=1))
    this.answered(job, Reply(limits=RateLimits(requests=late)), 1.0)
    assert this.take(60.0) is None
    assert this.take(61.0) is not None


# ---- interrupts ---------------------------------------------------------------------------------------------------


class Stuck:
    """Answers two requests, then only begins to answer, until everybody has hung up."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.came = self.stuck = 0
        self.hung_up = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        with self.lock:
            self.came += 1
            answers = self.came <= 2
        if answers:
            streaming(*answer("Twelve."))(exchange)
            return
        exchange.begin(200, "text/event-stream")
        begun = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        exchange.send(sse(STARTED, begun, delta("text_delta", text="Half of")))
        with self.lock:
            self.stuck += 1
        # Silent, so that only the end of the connection itself can wake whoever reads.
        exchange.connection.settimeout(10)
        try:
            exchange.rfile.read(1)
        except ConnectionError:
            self.hung_up.set()
        except TimeoutError:
            return
        self.hung_up.set()


def interrupted_when_stuck(stuck: Stuck) -> threading.Thread:
    """Interrupt this process as Ctrl-C does, as soon as nothing moves any more."""

    def interrupt() -> None:
        while stuck.stuck < 3:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


@pytest.mark.skipif(os.name == "nt", reason="there a signal cannot be sent to oneself alone")
def test_an_interrupt_ends_the_connections_and_loses_nothing() -> None:
    """Ctrl-C closes at once what is under way; answers, and parts of answers, are returned, the rest is marked."""
    stuck = Stuck()
    with serving(stuck) as served:
        interrupting = interrupted_when_stuck(stuck)
        answers = in_threads_at(served.address, QUESTIONS, concurrency=3)
        assert stuck.hung_up.wait(10)
        interrupting.join()
    assert stuck.came == 5
    assert answers.stopped
    assert len(answers) == len(QUESTIONS)
    assert [reply.text for reply in answers.replies] == ["Twelve."] * 2
    assert {error.type for error in answers if not isinstance(error, Reply)} == {"stopped"}  # type: ignore[union-attr]
    parts = [error.reply.text for error in answers if getattr(error, "reply", None)]  # type: ignore[union-attr]
    assert parts == ["Half of"] * 3
    assert answers.cost > sum(reply.cost for reply in answers.replies)


@pytest.mark.skipif(os.name == "nt", reason="there a signal cannot be sent to oneself alone")
def test_an_interrupt_can_be_raised() -> None:
    """With ``on_error="raise"`` the interrupt is raised, and holds what had come."""
    stuck = Stuck()
    with serving(stuck) as served:
        interrupting = interrupted_when_stuck(stuck)
        with pytest.raises(KeyboardInterrupt) as caught:
            in_threads_at(served.address, QUESTIONS, concurrency=3, on_error="raise")
        interrupting.join()
    assert len(caught.value.answers.replies) == 2  # type: ignore[attr-defined]


def test_a_cancellation_ends_the_connections() -> None:
    """Cancelling the task closes what is under way, and goes on upwards with what had come."""
    stuck = Stuck()

    async def mapped(address: str) -> None:
        async with AsyncClient.anthropic(KEY, base_url=address) as client:
            ask = lambda request: client.send(**request, on_wait=at_once)  # noqa: E731
            with pytest.raises(asyncio.CancelledError) as caught:
                await in_tasks(ask, QUESTIONS, {"model": MODEL, "preflight": False}, concurrency=3)
        answers = vars(caught.value)["answers"]
        assert (len(answers.replies), len(answers), answers.stopped) == (2, 20, True)
        raise caught.value

    async def cancelled(address: str) -> None:
        task = asyncio.create_task(mapped(address))
        while stuck.stuck < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(stuck.hung_up.wait, 10)

    with serving(stuck) as served:
        asyncio.run(cancelled(served.address))
    assert stuck.came == 5


def test_the_connections_that_are_told_of_are_those_that_httpcore_opens() -> None:
    """Directly, and through a proxy of either kind: by the names under which it tells."""
    source = Path(httpcore.__file__).parent / "_sync"
    opening = {
        path for path in source.glob("*.py") if re.search(r'Trace\(\s*"(connect_tcp|start_tls)"', path.read_text())
    }
    layers = {re.search(r'getLogger\("httpcore\.(\w+)"\)', path.read_text()) for path in opening}
    assert {layer[1] for layer in layers if layer} == {step.split(".")[0] for step in OPENED}


def test_a_client_goes_on_after_its_connections_were_ended() -> None:
    """Ending connections breaks what is under way, and nothing that comes later."""
    connections = Connections()
    with (
        serve() as address,
        ck.Client.anthropic(KEY, base_url=address, transport=Traced(connections), max_retries=0) as client,
    ):
        for _ in range(3):
            client.send([{"role": "user", "content": "Hello"}], model=MODEL)
            connections.end()


# ---- how it looks -------------------------------------------------------------------------------------------------


def test_answers_show_themselves_as_a_table() -> None:
    """How many, for how much, what failed and why; the same as a frame."""
    with serve() as address:
        answers = in_threads_at(address, ["Hello", {"messages": []}])
    assert repr(answers).startswith("<Answers to 2 requests, 1 errored: $")
    shown = answers._repr_mimebundle_()
    assert "errored" in shown["text/plain"]
    assert "<table" in shown["text/html"]
    frame = answers.to_frame()
    assert list(frame["request"]) == [0, 1]
    assert list(frame["status"]) == ["succeeded", "errored"]


@pytest.mark.parametrize("way", [in_threads_at, in_tasks_at])
def test_an_error_among_the_answers_holds_no_request(way: Mapped) -> None:
    """The frames of its traceback would: with them, the files of every request that failed stay in memory."""
    with serving(replying(b"{}", 400, "application/json")) as served:
        answers = way(served.address, [{"messages": [{"role": "user", "content": "Hi"}]}] * 3)
    assert [came.__traceback__ for came in answers if isinstance(came, ck.APIError)] == [None] * 3


def test_a_burst_of_refusals_is_sat_out() -> None:
    """Thirty in a row, each with a word on how long to wait, are no reason to stop."""
    with ck.Client.offline(pace_s=0, faults="status=429; retry-after=0.01; times=30") as client:
        answers = client.map([f"{number}?" for number in range(20)], model="claude-sonnet-5-5", progress=False)
    assert answers.failed == []


def test_without_retries_nothing_is_asked_again() -> None:
    """Who said so means it of many requests too."""
    with (
        serving(replying(OVERLOADED, 529, "application/json")) as served,
        ck.Client.anthropic(KEY, base_url=served.address, max_retries=0) as client,
    ):
        answers = client.map(["One?", "Two?"], model=MODEL, progress=False)
    assert len(served.requests) == len(answers.failed) == 2
