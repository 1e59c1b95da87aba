"""Where an answer is shown, and how it is stopped: by whoever watches, by an interrupt, by what awaits it."""

import asyncio
import io
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import pytest

import claude_kit as ck
from claude_kit.estimate import Estimate
from claude_kit.reply import Accumulator
from claude_kit.view import View, Watched, watching, within
from claude_kit.view.interrupts import interrupted_by
from claude_kit.view.terminal import TerminalView
from claude_kit.wire import events as e

QUESTION = [{"role": "user", "content": "What is a stream?"}]
BEGUN = [e.MessageStart({"id": "msg_1", "model": "claude-sonnet-5-5"}), e.TextDelta(0, "Half an ans")]


class Page(TerminalView):
    """A view of one's own, that knows its Stop and what was left on it."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        super().__init__(self.file)
        self.blocking: bool | None = None
        self.begun = threading.Event()
        self.stop: Callable[[], None] = lambda: None

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        self.stop, self.blocking = stop, blocking

    def feed(self, event: e.Event) -> None:
        super().feed(event)
        if isinstance(event, e.TextDelta):
            self.begun.set()


class Endless:
    """A stream that goes on until it is closed, or its reader has had enough."""

    estimate = None

    def __init__(self) -> None:
        self._accumulator = Accumulator()
        self._closed = threading.Event()
        self.woken = False

    def __iter__(self) -> Iterator[e.Event]:
        for event in BEGUN:
            self._accumulator.feed(event)
            yield event
        self.woken = self._closed.wait(10)
        raise OSError("closed while it was read")

    async def __aiter__(self) -> AsyncIterator[e.Event]:
        for event in BEGUN:
            self._accumulator.feed(event)
            yield event
        await asyncio.sleep(60)

    def close(self) -> None:
        self._closed.set()

    @property
    def reply(self) -> ck.Reply:
        return self._accumulator.reply()


class Awaited(Endless):
    """One that can only be awaited."""

    __iter__ = None  # type: ignore[assignment]

    def __getattribute__(self, name: str) -> object:
        if name == "__iter__":
            raise AttributeError(name)
        return super().__getattribute__(name)


def stopping_when_begun(page: Page) -> threading.Thread:
    """Press the page's Stop in another thread, when the first words are there."""

    def press() -> None:
        page.begun.wait(60)
        page.stop()

    thread = threading.Thread(target=press)
    thread.start()
    return thread


# ---- where ------------------------------------------------------------------------------------------------------


def test_a_place_of_ones_own_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Within the block everything is shown there, with its estimate, and nothing elsewhere; after it as before."""
    pages: list[tuple[Page, Estimate | None]] = []

    def place(estimate: Estimate | None) -> View:
        pages.append((Page(), estimate))
        return pages[-1][0]

    client = ck.Client.offline(pace_s=0)
    with within(place):
        ck.Chat("claude-sonnet-5-5", client).ask("Here?")
        asyncio.run(ck.Chat("claude-sonnet-5-5", client).aask("Here?"))
        coming = ck.ask("Here?", model="claude-sonnet-5-5", client=client, background=True)
    coming.result(60)
    assert capsys.readouterr().out == ""
    assert ["Here?" in page.file.getvalue() for page, _ in pages] == [True] * 3
    assert all(estimate is not None for _, estimate in pages)
    assert [page.blocking for page, _ in pages] == [True, False, False]
    ck.ask("And here?", model="claude-sonnet-5-5", client=client)
    assert "And here?" in capsys.readouterr().out
    assert len(pages) == 3


# ---- stopped by another thread ----------------------------------------------------------------------------------


def test_stop_wakes_who_waits_for_a_stream() -> None:
    """A stream that is read in one thread and stopped by another ends at once; what had come stays and is returned."""
    page = Page()
    stream, thread = Endless(), stopping_when_begun(page)
    with within(lambda estimate: page):
        reply = ck.show(stream)
    thread.join()
    assert stream.woken
    assert (reply.text, reply.complete) == ("Half an ans", False)
    assert "Half an ans" in page.file.getvalue()


def test_stop_wakes_who_waits_for_the_network() -> None:
    """The connection of a stream of ours is shut down under who reads it."""
    page = Page()
    page.begun.set()
    with socket.create_server(("127.0.0.1", 0)) as server:
        head = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"type": "ping"}\n\n'

        def silent() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                threading.Timer(0.2, page.stop).start()
                while connection.recv(65536):
                    pass

        answering = threading.Thread(target=silent)
        answering.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        with within(lambda estimate: page), ck.Client.anthropic("sk-test", base_url=address, max_retries=0) as client:
            reply = ck.Chat("claude-sonnet-5-5", client).ask("Are you there?")
        answering.join()
    assert reply.problem == "Stopped before an answer came."


def test_stop_ends_what_is_awaited() -> None:
    """In an event loop too, and from another thread; the awaiting task goes on."""
    page = Page()
    thread = stopping_when_begun(page)

    async def cell() -> tuple[ck.Reply, str]:
        with within(lambda estimate: page):
            reply = await ck.show(Awaited())
        await asyncio.sleep(0)
        return reply, "went on"

    reply, after = asyncio.run(cell())
    thread.join()
    assert (reply.text, reply.complete, after) == ("Half an ans", False, "went on")


def test_stop_before_and_after_does_no_harm() -> None:
    """What is stopped before it began does not begin; what has ended is as it was."""
    page = Page()
    with within(lambda estimate: page), watching() as watched:
        watched.stop()
        watched.follow(Endless())
    assert watched.interrupted
    assert not watched.reply.complete
    whole = ck.Reply(model="claude-sonnet-5-5", blocks=({"type": "text", "text": "Yes."},), stop_reason="end_turn")
    with within(lambda estimate: page):
        reply = ck.show(whole)
    page.stop()
    assert reply.complete


def test_a_stopped_question_is_no_turn_to_go_on_from() -> None:
    """The conversation keeps what had come, and says why there is not more."""
    page = Page()
    thread = stopping_when_begun(page)
    chat = ck.Chat("claude-sonnet-5-5", ck.Client.offline(pace_s=0.02), thinking=None)
    with within(lambda estimate: page):
        reply = chat.ask("Tell me")
    thread.join()
    assert reply.problem == "Stopped before the answer was complete."
    assert chat.history == []
    assert len(chat.log) == 1


# ---- interrupted, or cancelled ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["timeout", "cancel", "group"])
def test_a_cancellation_of_ones_own_goes_on_up(by: str) -> None:
    """A timeout, a task that is cancelled and a task group get what they wait for; what had come is shown."""
    page = Page()

    async def ask() -> ck.Reply:
        with within(lambda estimate: page):
            return await ck.show(Awaited())

    async def failing() -> None:
        while not page.begun.is_set():
            await asyncio.sleep(0)
        raise LookupError

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            group.create_task(failing())

    async def cell() -> None:
        if by == "timeout":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ask(), 0.1)
        elif by == "cancel":
            task = asyncio.create_task(ask())
            while not page.begun.is_set():
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            with pytest.raises(ExceptionGroup):
                await together()

    asyncio.run(cell())
    assert "Half an ans" in page.file.getvalue()


def test_cancelled_and_stopped_is_cancelled() -> None:
    """Whoever cancels the task that awaits is not kept from it by a Stop at the same time."""
    page = Page()

    async def cell() -> None:
        with within(lambda estimate: page):
            task = asyncio.create_task(ck.show(Awaited()))
            while not page.begun.is_set():
                await asyncio.sleep(0)
        page.stop()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cell())


def test_outside_of_a_kernel_ctrl_c_is_left_alone() -> None:
    """A program's own handling of Ctrl-C stays as it is."""
    before = signal.getsignal(signal.SIGINT)
    with interrupted_by(lambda: None):
        assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_between_two_awaits_ends_the_answer() -> None:
    """Where the interrupt comes while words are shown, the loop lives on."""

    class Interrupted(Page):
        def feed(self, event: e.Event) -> None:
            super().feed(event)
            if self.begun.is_set():
                os.kill(os.getpid(), signal.SIGINT)

    async def cell() -> ck.Reply:
        # As in a notebook, where the handler is Python's own.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with within(lambda estimate: Interrupted()):
            return await ck.show(Awaited())

    before = signal.getsignal(signal.SIGINT)
    try:
        assert asyncio.run(cell()).text == "Half an ans"
    finally:
        signal.signal(signal.SIGINT, before)


def test_errors_are_shown_where_nobody_is_told() -> None:
    """In the background an error leaves its words, where else it would leave nothing."""
    page = Page()
    with pytest.raises(LookupError), within(lambda estimate: page), watching(None, "background") as watched:
        raise LookupError("no such thing")
    assert isinstance(watched, Watched)
    assert "LookupError: no such thing" in page.file.getvalue()
