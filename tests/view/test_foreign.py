"""Other people's streams and answers, over real sockets, as their SDKs hand them out."""

import asyncio
import io
import json
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2  # what the SDKs are built on
import openai
import pytest

import claude_kit as ck
from claude_kit.client.aio import AsyncClient
from claude_kit.view import foreign, show
from claude_kit.wire.events import Ping
from tests.view.sdks import (
    BLOCKS,
    CHAT,
    CHUNKS,
    COMPLETION,
    FORMS,
    MESSAGE,
    REQUEST,
    STREAM,
    Clients,
    answer,
    async_clients,
    chat_sse,
    chunk,
    clients,
)
from tests.wire.replay import ENDED, STARTED, Respond, cutting, endless, replying, serving, sse, text_block

BEGUN = [STARTED, *text_block("Half an answer")[:3]]
BEGUN_CHAT = [chunk({"content": "Half "}), chunk({"content": "an "})]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run a server that gives the same answer in every form."""
    with serving(answer) as served:
        yield served.address


@pytest.fixture(scope="module")
def asking(address: str) -> Iterator[Clients]:
    """Return the sync clients of all SDKs, pointed at the server."""
    with clients(address) as every:
        yield every


def run(address: str, use: Callable[[Clients], Coroutine[Any, Any, Any]]) -> Any:
    """Return what an async function makes of the async clients of all SDKs."""

    async def main() -> Any:
        async with async_clients(address) as every:
            return await use(every)

    return asyncio.run(main())


def assert_whole(reply: ck.Reply) -> None:
    """Check that nothing of the answer is missing, and nothing is there twice."""
    assert list(reply.blocks) == BLOCKS
    assert reply.complete
    assert reply.stop_reason == "end_turn"
    assert reply.model == MESSAGE["model"]
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 9)


# ---- what is taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_takes_what_a_sync_client_returns(form: str, asking: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    """Streamed or not, raw or parsed, entered or not: the same answer is shown, once, with its request's id."""
    reply = show(FORMS[form](asking))
    assert_whole(reply)
    assert reply.request_id == "req_7"
    assert capsys.readouterr().out.count("It **may** rain.") == 1


@pytest.mark.parametrize("form", FORMS)
def test_takes_what_an_async_client_returns(form: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, from an event loop, and before anything of it was awaited."""

    async def use(every: Clients) -> ck.Reply:
        return await show(FORMS[form](every))

    reply = run(address, use)
    assert_whole(reply)
    assert reply.request_id == "req_7"
    assert capsys.readouterr().out.count("It **may** rain.") == 1


def test_takes_a_helper_inside_its_block(asking: Clients) -> None:
    """The helpers' own results are there afterwards: they have seen all of it too."""
    with asking.anthropic.messages.stream(**REQUEST) as native:
        assert_whole(show(native))
        assert native.get_final_message().content[2].text == "It **may** rain."
    with asking.openai.chat.completions.stream(**CHAT) as chat:
        assert_whole(show(chat))
        assert chat.current_completion_snapshot.choices[0].message.content == "It **may** rain."


def test_takes_an_async_helper_inside_its_block(address: str) -> None:
    """The same of async clients; and what was awaited already."""

    async def use(every: Clients) -> None:
        async with every.anthropic.messages.stream(**REQUEST) as native:
            assert_whole(await show(native))
            assert (await native.get_final_message()).content[2].text == "It **may** rain."
        async with every.openai.chat.completions.stream(**CHAT) as chat:
            assert_whole(await show(chat))
        assert_whole(await show(await every.anthropic.messages.create(stream=True, **REQUEST)))
        assert_whole(show(await every.openai.chat.completions.create(**CHAT)))

    run(address, use)


def lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


async def one_by_one(items: list[Any]) -> Any:
    for item in items:
        yield item


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


UNTOUCHED: dict[str, Any] = {
    "events": STREAM,
    "iterator": iter(STREAM),
    "lines": lines(sse(*STREAM)),
    "byte by byte": byte_by_byte(sse(*STREAM)),
    "body": sse(*STREAM),
    "message": MESSAGE,
    "message's body": json.dumps(MESSAGE, indent=2).encode(),
    "message byte by byte": byte_by_byte(json.dumps(MESSAGE).encode()),
    "chunks": CHUNKS,
    "chunks' lines": lines(chat_sse(*CHUNKS)),
    "chunks byte by byte": byte_by_byte(chat_sse(*CHUNKS)),
    "chunks' body": bytearray(chat_sse(*CHUNKS)),
    "completion": COMPLETION,
    "completion's body": json.dumps(COMPLETION).encode(),
}


@pytest.mark.parametrize("form", UNTOUCHED)
def test_takes_what_no_sdk_touched(form: str) -> None:
    """JSON and bytes; which dialect they are is told by what comes first."""
    assert_whole(show(UNTOUCHED[form]))


@pytest.mark.parametrize("items", [STREAM, CHUNKS, lines(sse(*STREAM))], ids=["events", "chunks", "lines"])
def test_takes_async_iterables(items: list[Any]) -> None:
    """A generator of one's own will do."""
    assert_whole(asyncio.run(show(one_by_one(items))))


def test_takes_a_saved_body(tmp_path: Path) -> None:
    """A file with the bytes of a stream is an iterable of bytes."""
    (tmp_path / "stream.sse").write_bytes(sse(*STREAM))
    assert_whole(show((tmp_path / "stream.sse").open("rb")))


def test_takes_our_own_async_stream(address: str) -> None:
    """`AsyncClient.stream` needs no `async with` around it."""

    async def main() -> ck.Reply:
        async with AsyncClient("anthropic", api_key="none", base_url=address) as client:
            return await show(client.stream(REQUEST["messages"], model=REQUEST["model"]))

    assert_whole(asyncio.run(main()))


def test_takes_a_reply(capsys: pytest.CaptureFixture[str]) -> None:
    """A reply from earlier is shown again, as it is."""
    reply = ck.Reply.from_events(ck.wire.decode([sse(*STREAM)]))
    assert show(reply) == reply
    assert "It **may** rain." in capsys.readouterr().out


def test_takes_named_events_from_portkeys_own_stream() -> None:
    """Its SDK passes on only events without a name, and all of Anthropic's have one."""
    with serving(replying(sse(*STREAM))) as served, clients(served.address) as asking:
        assert list(asking.portkey.post("/messages", stream=True, **REQUEST)) == []
        assert_whole(show(asking.portkey.post("/messages", stream=True, **REQUEST)))


def test_the_events_are_those_that_came(asking: Clients) -> None:
    """What an SDK's helper makes up beside them is left out: the events are our own decoder's, but for the pings."""
    expected = [event for event in ck.wire.decode([sse(*STREAM)]) if not isinstance(event, Ping)]
    assert list(foreign.opened(asking.anthropic.messages.create(stream=True, **REQUEST))) == expected
    assert list(foreign.opened(asking.anthropic.messages.stream(**REQUEST))) == expected
    expected = list(ck.wire.decode([chat_sse(*CHUNKS)], "chat"))
    assert list(foreign.opened(asking.openai.chat.completions.create(stream=True, **CHAT))) == expected
    assert list(foreign.opened(asking.openai.chat.completions.stream(**CHAT))) == expected


def test_what_the_gateway_tells_is_kept() -> None:
    """The headers of the response behind a stream are read, as our own client reads them."""
    respond = replying(chat_sse(*CHUNKS), x_portkey_provider="anthropic", x_portkey_trace_id="trace-1")
    with serving(respond) as served, clients(served.address) as asking:
        gateway = show(asking.portkey.chat.completions.create(stream=True, **REQUEST)).gateway
    assert gateway is not None
    assert (gateway.provider, gateway.trace_id) == ("anthropic", "trace-1")


def test_no_sdk_is_imported() -> None:
    """They are told by the shape of what they hand out, and need not be installed."""
    code = (
        "import sys, claude_kit as ck\n"
        f"assert ck.show({CHUNKS!r}).complete\n"
        "print([name for name in ('anthropic', 'openai', 'portkey_ai') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"


# ---- what is not taken ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thing", "called"),
    [
        ("data: {}", "not str"),
        (None, "not NoneType"),
        (12, "not int"),
        (ck.Client, "not type"),
        ({"input_tokens": 12}, "not dict"),
        (anthropic.types.MessageTokensCount(input_tokens=12), "not MessageTokensCount"),
        (["Hello"], "not an iterable of str"),
        ([{"type": "response.created", "response": {}}], "not a stream of 'response.created'"),
        ([{"id": 1, "colour": "blue"}], "not a stream of objects with ['id', 'colour']"),
    ],
)
def test_anything_else_is_a_type_error(thing: Any, called: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what it is, and what could be shown; the page stays empty."""
    with pytest.raises(TypeError, match="show takes a stream or an answer of claude_kit, anthropic, openai") as caught:
        show(thing)
    assert str(caught.value).endswith(called)
    assert capsys.readouterr().out == ""


def test_a_client_is_not_entered() -> None:
    """An SDK's client is a context manager too, and no stream: it is refused and stays open."""
    with clients("http://127.0.0.1:9/v1") as asking:
        for client in (asking.anthropic, asking.openai, asking.http):
            with pytest.raises(TypeError, match="show takes"):
                show(client)


def test_an_async_stream_is_to_be_awaited() -> None:
    """Of it, `show` returns a coroutine at once, and shows nothing before that is awaited."""
    showing = show(one_by_one(STREAM))
    assert asyncio.iscoroutine(showing)
    assert_whole(asyncio.run(showing))


# ---- how it ends ------------------------------------------------------------------------------------------------

BROKEN: dict[str, tuple[Respond, Callable[[Clients], Any], type[BaseException]]] = {
    "anthropic: error": (
        replying(sse(*BEGUN, OVERLOADED)),
        lambda c: c.anthropic.messages.create(stream=True, **REQUEST),
        anthropic.APIStatusError,
    ),
    "anthropic: helper, error": (
        replying(sse(*BEGUN, OVERLOADED)),
        lambda c: c.anthropic.messages.stream(**REQUEST),
        anthropic.APIStatusError,
    ),
    "anthropic: cut": (
        replying(sse(*BEGUN)),
        lambda c: c.anthropic.messages.create(stream=True, **REQUEST),
        ck.StreamInterrupted,
    ),
    "anthropic: broken": (
        cutting(sse(*BEGUN)),
        lambda c: c.anthropic.messages.create(stream=True, **REQUEST),
        httpx2.RemoteProtocolError,
    ),
    "openai: error": (
        replying(chat_sse(*BEGUN_CHAT, {"error": {"message": "Overloaded"}})),
        lambda c: c.openai.chat.completions.create(stream=True, **CHAT),
        openai.APIError,
    ),
    "openai: gateway's error": (
        replying(chat_sse(*BEGUN_CHAT, chunk({"content": ""}, "overloaded_error"))),
        lambda c: c.openai.chat.completions.create(stream=True, **CHAT),
        ck.OverloadedError,
    ),
    "openai: cut": (
        replying(chat_sse(*BEGUN_CHAT, done=False)),
        lambda c: c.openai.chat.completions.create(stream=True, **CHAT),
        ck.StreamInterrupted,
    ),
    "openai: broken": (
        cutting(chat_sse(*BEGUN_CHAT, done=False)),
        lambda c: c.openai.chat.completions.create(stream=True, **CHAT),
        openai.APIConnectionError,
    ),
    "portkey: broken": (
        cutting(chat_sse(*BEGUN_CHAT, done=False)),
        lambda c: c.portkey.prompts.completions.create(prompt_id="pp-1", stream=True),
        httpx.RemoteProtocolError,
    ),
}


def assert_kept(error: BaseException, printed: str) -> None:
    """Check that what had arrived is on the page and on the error."""
    reply = getattr(error, "reply", None)
    assert isinstance(reply, ck.Reply)
    assert reply.text == "Half an "
    assert not reply.complete
    assert reply.problem
    assert "Half an" in printed
    assert reply.problem in printed


@pytest.mark.parametrize("how", BROKEN)
def test_a_failure_is_the_sdks_own(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What had arrived is shown, and is on the error, which is the one that the SDK raises where it raises one."""
    respond, ask, kind = BROKEN[how]
    with serving(respond) as served, clients(served.address) as asking, pytest.raises(kind) as caught:
        show(ask(asking))
    assert_kept(caught.value, capsys.readouterr().out)
    if not isinstance(caught.value, ck.ClaudeKitError):
        assert "is on this error's .reply" in caught.value.__notes__[0]


@pytest.mark.parametrize("how", BROKEN)
def test_a_failure_of_an_async_client_is_the_sdks_own(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same in an event loop."""
    respond, ask, kind = BROKEN[how]

    async def use(every: Clients) -> None:
        await show(ask(every))

    with serving(respond) as served, pytest.raises(kind) as caught:
        run(served.address, use)
    assert_kept(caught.value, capsys.readouterr().out)


def test_a_request_that_is_refused_leaves_the_page_empty(capsys: pytest.CaptureFixture[str]) -> None:
    """The SDK's own error is raised from where the request is sent."""
    refusal = replying(b'{"type": "error", "error": {"type": "authentication_error"}}', 401, "application/json")
    with serving(refusal) as served, clients(served.address) as asking:
        with pytest.raises(anthropic.AuthenticationError):
            show(asking.anthropic.messages.stream(**REQUEST))
        with pytest.raises(ck.AuthenticationError, match="HTTP 401"):
            show(asking.http.stream("POST", "/messages", json=REQUEST))
    assert capsys.readouterr().out == ""


def test_a_stream_read_before_is_said_to_be_empty(asking: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing comes of it any more, and nothing is shown."""
    stream = asking.anthropic.messages.create(stream=True, **REQUEST)
    list(stream)
    with pytest.raises(ck.StreamInterrupted, match="the stream was read before"):
        show(stream)
    assert capsys.readouterr().out == ""


class Page(io.StringIO):
    """Where a person reads, and waits for a word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self.read = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._word in self.getvalue():
            self.read.set()
        return written


STREAMS = {
    "anthropic": lambda c: c.anthropic.messages.create(stream=True, **REQUEST),
    "anthropic: helper": lambda c: c.anthropic.messages.stream(**REQUEST),
    "httpx": lambda c: c.http.stream("POST", "/messages", json=REQUEST),
}


@pytest.mark.parametrize("form", STREAMS)
def test_an_interrupt_hangs_up_and_returns_what_came(form: str) -> None:
    """Ctrl-C ends the stream, not the program: the connection is closed at once."""
    page = Page("Half an")

    def interrupt() -> None:
        page.read.wait(10)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with serving(endless(*BEGUN)) as served, clients(served.address) as asking, redirect_stdout(page):
        stopper = threading.Thread(target=interrupt)
        stopper.start()
        reply = show(STREAMS[form](asking))
        stopper.join()
        assert served.hung_up.wait(5)
    assert reply.text == "Half an "
    assert not reply.complete
    assert reply.problem == "Stopped before the answer was complete."
    assert reply.problem in page.getvalue()


@pytest.mark.parametrize("form", STREAMS)
def test_a_cancellation_hangs_up_and_goes_on_up(form: str) -> None:
    """What an interrupt becomes in an event loop: what came is on the page, and who cancelled learns that it is."""
    page = Page("Half an")

    async def use(every: Clients) -> None:
        showing = asyncio.ensure_future(show(STREAMS[form](every)))
        await asyncio.to_thread(page.read.wait, 10)
        showing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await showing

    with serving(endless(*BEGUN)) as served, redirect_stdout(page):
        run(served.address, use)
        assert served.hung_up.wait(5)
    assert "Stopped before the answer was complete." in page.getvalue()


class Source:
    """An iterable that notes whether it was closed."""

    closed = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter([*BEGUN, *ENDED])

    def close(self) -> None:
        self.closed = True


class AsyncSource:
    """The same, to be iterated and closed in an event loop."""

    closed = False

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        for item in [*BEGUN, *ENDED]:
            yield item

    async def close(self) -> None:
        self.closed = True


def test_a_stream_is_closed_however_it_ends() -> None:
    """Whoever stops iterating the events closes the stream with them; so does its end."""
    source = Source()
    stream = foreign.opened(source)
    events = iter(stream)
    next(events)
    assert not source.closed
    del events
    assert source.closed
    assert stream.reply.problem == "Stopped before the answer was complete."
    source = Source()
    stream = foreign.opened(source)
    assert len(list(stream)) == len([*BEGUN, *ENDED])
    assert source.closed
    assert list(stream) == []
    assert stream.reply.complete


class Stopping(io.StringIO):
    """A page that is interrupted when the first words of an answer are on it."""

    def write(self, text: str) -> int:
        if "Half" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_an_interrupt_elsewhere_closes_the_stream_too() -> None:
    """It may come while an event is shown, and not while the next is waited for."""
    source, async_source = Source(), AsyncSource()
    with redirect_stdout(Stopping()):
        reply, async_reply = show(source), asyncio.run(show(async_source))
    assert source.closed
    assert async_source.closed
    assert reply == async_reply
    assert reply.problem == "Stopped before the answer was complete."


def test_a_last_event_that_an_sdk_drops_is_not_missed() -> None:
    """Some servers end without the blank line that ends an event: what the SDKs then leave out says nothing new."""
    with serving(replying(sse(*STREAM).rstrip())) as served, clients(served.address) as asking:
        assert_whole(show(asking.anthropic.messages.create(stream=True, **REQUEST)))
