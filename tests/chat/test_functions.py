"""Tools: Python functions that Claude calls, and what comes of it, whatever they do."""

import asyncio
import contextvars
import json
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.chat.tools.running import ANSWER, Tools
from claude_kit.models import find

# One that can be forced to use a tool.
MODEL = "claude-haiku-5-5"

ASKED: contextvars.ContextVar[str] = contextvars.ContextVar("ASKED", default="nobody")

WEATHER = {"name": "get_weather", "description": "d", "input_schema": {"type": "object", "properties": {}}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail(why: str) -> str:
    """Fail."""
    secret = "a local value"
    raise LookupError(f"no {why}") from ValueError(secret)


async def wait(seconds: float) -> str:
    """Wait in a loop."""
    await asyncio.sleep(seconds)
    return f"waited, asked by {ASKED.get()}"


def sleep(seconds: float) -> str:
    """Wait in a thread."""
    time.sleep(seconds)
    return f"slept, asked by {ASKED.get()}"


def use(name: str, given: Any = None, id: str = "toolu_1") -> dict[str, Any]:
    """Return a call."""
    return {"type": "tool_use", "id": id, "name": name, "input": {} if given is None else given}


def test_tools_are_described_in_the_order_they_were_given() -> None:
    """Functions and what is only described, Anthropic's own too, which stays as it is."""
    tools = Tools.of([WEATHER, add, SEARCH])
    assert [tool["name"] for tool in tools.definitions] == ["get_weather", "add", "web_search"]
    assert tools.definitions[0] == WEATHER
    assert tools.definitions[2] == SEARCH
    assert Tools.of([]).definitions == Tools.of(None).definitions == []
    assert (tools.runs("add"), tools.runs("get_weather"), tools.runs("web_search")) == (True, False, False)
    assert not tools.runs(ANSWER)


def test_a_name_of_no_tool_is_answered_here() -> None:
    """Claude is told which tools there are, and may try again."""
    tools = Tools.of([add, WEATHER])
    assert tools.runs("subtract")
    result = tools.call(use("subtract"))
    assert result.block["is_error"]
    assert result.block["content"] == "there is no tool 'subtract' here. Those that can be called: add"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ([add, add], ValueError, "2 tools are called 'add': a call would not tell which"),
        ([add, {**WEATHER, "name": "add"}], ValueError, "2 tools are called 'add'"),
        ([{**WEATHER, "name": "get weather"}], ValueError, "a tool called 'get weather': the API takes up to 128"),
        ([{"description": "d"}], ValueError, "a tool called None"),
        ([{**WEATHER, "name": ANSWER}], ValueError, "the tool by which chat.extract gets its answer"),
        (add, TypeError, r"give a list, such as tools=\[f\]"),
        (WEATHER, TypeError, "give a list"),
        (["add"], TypeError, "'add' is no tool"),
    ],
)
def test_what_is_no_set_of_tools_says_so(given: Any, error: type[Exception], words: str) -> None:
    """Two of one name, a name that the API does not take, one tool where a list should be."""
    with pytest.raises(error, match=words):
        Tools.of(given)


def test_a_call_gives_a_result() -> None:
    """The block answers the call."""
    result = Tools.of([add]).call(use("add", {"a": 2, "b": "3"}))
    assert result.block == {"type": "tool_result", "tool_use_id": "toolu_1", "content": "5"}
    assert result.note == ""
    assert result.seconds >= 0


def test_what_a_function_raises_is_told_to_claude() -> None:
    """By its type and its words: no traceback, no path of this machine, no value of a variable."""
    result = Tools.of([fail]).call(use("fail", {"why": "city"}))
    assert result.block["is_error"]
    assert result.block["content"] == "LookupError: no city"


def raising(error: BaseException) -> Callable[[], None]:
    """Return a function that raises an error."""

    def boom() -> None:
        raise error

    return boom


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(), "ValueError"),
        (KeyError("city"), "KeyError: 'city'"),
        (StopIteration(), "StopIteration"),
        (AssertionError("x" * 5000), "AssertionError: xxx"),
        (
            ExceptionGroup("two", [ValueError("a"), TypeError("b")]),
            "two (2 sub-exceptions)\nValueError: a\nTypeError: b",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_exception_becomes_words(error: Exception, words: str) -> None:
    """One without a message has its type, a long one is cut, a group says what is in it."""
    content = Tools.of([raising(error)]).call(use("boom")).block["content"]
    assert words in content
    assert 0 < len(content) < 2100


def test_an_exception_s_notes_are_told() -> None:
    """They are what somebody wanted to be read."""
    error = ValueError("no city")
    error.add_note("Try Oslo.")
    assert Tools.of([raising(error)]).call(use("boom")).block["content"] == "ValueError: no city\nTry Oslo."


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(2)], ids=repr)
def test_a_stop_goes_through(error: BaseException) -> None:
    """It is the person's, not the function's."""
    with pytest.raises(type(error)):
        Tools.of([raising(error)]).call(use("boom"))


def test_input_that_does_not_fit_does_not_run_the_function() -> None:
    """Claude hears which argument, and why."""
    ran = []

    def order(pieces: int) -> None:
        ran.append(pieces)

    result = Tools.of([order]).call(use("order", {"pieces": "many", "to": "me"}))
    assert result.block["is_error"]
    assert result.block["content"].splitlines() == [
        "the input does not fit order, which was not run. Call it again with:",
        'pieces: should be a valid integer, unable to parse string as an integer, not "many"',
        "to: there is no such parameter",
    ]
    assert ran == []


def test_a_result_that_cannot_be_shown_is_a_failure() -> None:
    """The function ran; what it gave is told as an error, so that the conversation goes on."""

    def archive() -> bytes:
        return b"PK\x03\x04\x00\x00 an archive"

    result = Tools.of([archive]).call(use("archive"))
    assert result.block["is_error"]
    assert "ZIP archive" in str(result.block["content"])


def test_a_picture_is_seen() -> None:
    """The result holds it as a part."""

    def draw() -> pil.Image:
        return pil.new("RGB", (40, 30))

    result = Tools.of([draw]).call(use("draw"))
    (image,) = result.block["content"]
    assert (image.width, image.height) == (40, 30)


def test_a_long_result_is_cut_at_the_limit() -> None:
    """The limit is the tools' own; Claude is told, and the user."""

    def count() -> str:
        return "1" * 101

    assert Tools.of([count], limit=101).call(use("count")).block["content"] == "1" * 101
    result = Tools.of([count], limit=100).call(use("count"))
    assert result.block["content"].endswith("[cut: these are 100 of 101 characters. Ask for less at a time.]")
    assert result.note == "count gave more than is sent: 100 of 101 characters, and Claude is told so."


def at_once(chat: ck.Chat, question: str) -> None:
    chat.ask(question)


def awaited(chat: ck.Chat, question: str) -> None:
    asyncio.run(chat.aask(question))


@pytest.mark.parametrize("ask", [at_once, awaited])
def test_the_user_is_told_of_a_cut_result(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """While it streams, and above the answer that stays: Claude has not seen all."""

    def archive() -> str:
        """Return more than anybody reads."""
        return "1" * 250_000

    chat = ck.Chat("claude-sonnet-5-5", ck.Client.offline(pace_s=0), tools=[archive])
    ask(chat, "Please archive.")
    told = "archive gave more than is sent: 100,000 of 250,000 characters, and Claude is told so."
    assert chat.turns[0].notes == (told,)
    assert told in capsys.readouterr().out


# ---- sync and async ---------------------------------------------------------------------------------------------


def test_an_async_function_runs_where_nobody_awaits() -> None:
    """In a script without a loop, and inside of a running loop, as in a notebook's cell; its context is kept."""
    tools = Tools.of([wait])
    ASKED.set("me")
    assert tools.call(use("wait", {"seconds": 0})).block["content"] == "waited, asked by me"

    async def cell() -> str:
        return tools.call(use("wait", {"seconds": 0})).block["content"]

    assert asyncio.run(cell()) == "waited, asked by me"


def test_stop_reaches_an_async_function_in_its_thread() -> None:
    """An interrupt while the thread works ends the work, and goes on to the person."""
    ended = []

    async def forever() -> None:
        threading.Timer(0.1, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT]).start()
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            ended.append("in the midst of it")
            raise

    async def cell() -> None:
        # What Jupyter does: the loop's own handler is not there, so that the interrupt is raised where Python is.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        Tools.of([forever]).call(use("forever"))

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(cell())
    assert ended == ["in the midst of it"]


def test_a_function_in_a_thread_leaves_the_loop_free() -> None:
    """Others go on while it sleeps; its context is kept."""

    async def both() -> tuple[str, int]:
        ASKED.set("me")
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.005)
                beats += 1

        heart = asyncio.create_task(beat())
        result = await Tools.of([sleep]).acall(use("sleep", {"seconds": 0.2}))
        heart.cancel()
        return result.block["content"], beats

    shown, beats = asyncio.run(both())
    assert shown == "slept, asked by me"
    assert beats > 2


def test_what_is_awaited_in_the_end_is_awaited() -> None:
    """A plain function that returns something to await is no other than an async one."""

    def soon() -> Any:
        """Return what is to be awaited."""
        return wait(0)

    tools = Tools.of([soon])
    assert tools.call(use("soon")).block["content"].startswith("waited")
    assert asyncio.run(tools.acall(use("soon"))).block["content"].startswith("waited")


def test_cancelling_goes_through() -> None:
    """A task that is cancelled while a function runs ends at once, also if the function is in a thread."""
    free, ended = threading.Event(), []

    def work() -> None:
        free.wait(20)
        ended.append(True)

    async def stopped(call: dict[str, Any]) -> None:
        task = asyncio.create_task(Tools.of([wait, work]).arun_all([call]))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    for call in (use("wait", {"seconds": 20}), use("work")):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(stopped(call))
    assert ended == []
    free.set()


def test_calls_run_together_and_come_in_order() -> None:
    """Each waits for the other, which only works if both run; one that fails stops none."""
    barrier = threading.Barrier(2, timeout=20)
    met = asyncio.Event()

    def meet(name: str) -> str:
        barrier.wait()
        return name

    async def first() -> str:
        await met.wait()
        return "first"

    async def second() -> str:
        met.set()
        return "second"

    tools = Tools.of([meet, first, second, fail])
    calls = [
        use("meet", {"name": "a"}, "1"),
        use("first", id="2"),
        use("fail", {"why": "b"}, "3"),
        use("second", id="4"),
        use("meet", {"name": "c"}, "5"),
    ]
    given = asyncio.run(tools.arun_all(calls))
    assert [result.block["content"] for result in given] == ["a", "first", "LookupError: no b", "second", "c"]
    assert [result.block["tool_use_id"] for result in given] == ["1", "2", "3", "4", "5"]
    assert ["is_error" in result.block for result in given] == [False, False, True, False, False]


def test_calls_run_in_order_where_nobody_awaits() -> None:
    """One after the other; one that fails stops none."""
    ran = []

    def note(name: str) -> None:
        ran.append(name)
        if name == "b":
            raise ValueError(name)

    given = [Tools.of([note]).call(use("note", {"name": name}, name)) for name in "abc"]
    assert ran == ["a", "b", "c"]
    assert [result.block["content"] for result in given] == ["done", "ValueError: b", "done"]


def test_a_function_that_cancels_itself_is_no_missing_result() -> None:
    """Results are as many as calls, or there are none."""

    async def give_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Tools.of([give_up, add]).arun_all([use("give_up"), use("add", {"a": 1, "b": 1}, "2")]))


# ---- with a model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["messages", "chat"])
def test_a_conversation_with_tools(dialect: str) -> None:
    """The offline model calls the function it is told of, with what its schema asks for, and sees the result."""

    def look_up(city: str, days: int) -> dict[str, Any]:
        """Look the weather up."""
        return {"city": city, "degrees": [4.5] * (days + 1)}

    tools = Tools.of([look_up, add])
    client = ck.Client.offline(pace_s=0, dialect=dialect)
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Use look_up, please"}]
    asked = {"model": MODEL, "max_tokens": 2000, "tools": tools.definitions}
    first = client.send(messages, **asked)
    (call,) = (block for block in first.blocks if block["type"] == "tool_use")
    result = tools.call(call)
    assert json.loads(str(result.block["content"])) == {"city": "offline", "degrees": [4.5]}
    messages += [{"role": "assistant", "content": first.blocks}, {"role": "user", "content": [result.block]}]
    second = client.send(messages, **asked)
    assert second.stop_reason == "end_turn"
    assert "degrees" in second.text


@pytest.mark.parametrize("model", [MODEL, "claude-sonnet-5-5", "claude-haiku-4-5"])
def test_the_checks_find_nothing_wrong_with_them(model: str) -> None:
    """What is sent of a function and of its result passes every rule, through the gateway too."""

    def draw(width: int = 40) -> list[Any]:
        """Draw."""
        return ["Here:", pil.new("RGB", (width, 300))]

    tools = Tools.of([draw, add])
    call = use("draw", {"width": 300})
    messages = [
        {"role": "user", "content": "Draw"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [tools.call(call).block]},
    ]
    for route in ({"via": "anthropic"}, {"via": "portkey", "dialect": "messages", "hosted": False}):
        report = ck.check(model=find(model), messages=messages, tools=tools.definitions, **route)
        assert report.ok, report.findings
        assert not [finding for finding in report.warnings if not finding.rule.startswith("model.")]
    report = ck.check(model=find(model), messages=messages[:1], tools=tools.definitions, via="portkey", dialect="chat")
    assert not [finding for finding in report.findings if finding.rule == "portkey.tools"]
