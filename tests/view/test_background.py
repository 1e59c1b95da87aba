"""An answer that comes while other things go on: asked for, awaited, stopped, failed."""

import asyncio
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import claude_kit as ck

MODEL = "claude-sonnet-5-5"
QUESTION = [{"role": "user", "content": "What is a stream?"}]


def slow_chat(**options: object) -> ck.Chat:
    """A conversation whose answers take some ten seconds."""
    return ck.Chat(MODEL, ck.Client.offline(pace_s=0.2), **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No answer outlives its test."""
    from claude_kit.view.background import _coming

    yield
    for coming in tuple(_coming):
        coming.stop()
    while _coming:
        time.sleep(0.01)


def test_it_returns_at_once_and_comes(capsys: pytest.CaptureFixture[str]) -> None:
    """What it comes to is what asking without it would have returned, shown and kept in the conversation."""
    chat = ck.Chat(MODEL, ck.Client.offline(pace_s=0))
    coming = chat.ask("What is a stream?", background=True)
    reply = coming.result(60)
    assert coming.done
    assert reply.complete
    assert coming.reply is reply is chat.turns[-1].reply
    assert "What is a stream?" in capsys.readouterr().out
    assert str(coming) == reply.text
    assert repr(coming).startswith("<BackgroundReply, ended: <Reply claude-sonnet-5-5")
    again = chat.retry(background=True).result(60)
    assert again.complete
    assert len(chat.turns) == 1


def test_stop_keeps_what_had_come() -> None:
    """At once, also before the first word; nothing is raised."""
    chat = slow_chat()
    coming = chat.ask("Tell me a long story.", background=True)
    assert not coming.done
    assert "still coming" in repr(coming)
    while not coming.reply.blocks:
        time.sleep(0.01)
    coming.stop()
    reply = coming.result(60)
    assert (reply.complete, reply.problem) == (False, "Stopped before the answer was complete.")
    early = slow_chat().ask("Tell me a long story.", background=True)
    early.stop()
    assert early.result(60).complete is False


def test_a_busy_conversation_says_so() -> None:
    """A second question is refused and says the ways out; another conversation is not concerned."""
    chat, other = slow_chat(), ck.Chat(MODEL, ck.Client.offline(pace_s=0))
    coming = chat.ask("Tell me a long story.", background=True)
    with pytest.raises(ck.ClaudeKitError, match=re.escape(".result()") + ".*" + re.escape(".stop()")):
        chat.ask("And?")
    assert other.ask("And you?", background=True).result(60).complete
    assert not coming.done


def test_what_is_refused_is_raised_in_the_cell() -> None:
    """The check and the budget speak before it returns; the conversation is free again."""
    chat = ck.Chat(MODEL, ck.Client.offline(pace_s=0), budget=0.00001)
    with pytest.raises(ck.BudgetExceeded):
        chat.ask("What is a stream?", background=True)
    chat.budget = None
    assert chat.ask("What is a stream?").complete


def test_what_fails_is_shown_and_raised_by_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    """Its words stand where the answer would, no thread prints a traceback, and the turn is kept in the log alone."""
    client = ck.Client.anthropic("sk-test", base_url="http://127.0.0.1:9/v1", max_retries=0)
    chat = ck.Chat(MODEL, client)
    coming = chat.ask("What is a stream?", background=True)
    with pytest.raises(ck.ConnectionFailed):
        coming.result(60)
    printed = capsys.readouterr()
    assert "ConnectionFailed" in printed.out
    assert printed.err == ""
    assert "ConnectionFailed" in coming.reply.problem
    assert (chat.turns, len(chat.log)) == ((), 1)


def test_it_can_be_awaited() -> None:
    """By several, and one who gives up does not take it from the others; an `AsyncClient` comes in the loop here."""

    async def cell() -> tuple[ck.Reply, ck.Reply]:
        chat = ck.Chat(MODEL, ck.AsyncClient.offline(pace_s=0.01))
        coming = chat.ask("What is a stream?", background=True)
        with pytest.raises(RuntimeError, match="await it"):
            coming.result()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(coming, 0.1)
        slow = slow_chat().ask("Tell me a long story.", background=True)
        with pytest.raises(TimeoutError):
            slow.result(timeout=0.01)
        slow.stop()
        return await coming, await slow

    whole, stopped = asyncio.run(cell())
    assert whole.complete
    assert not stopped.complete


@pytest.mark.parametrize("ending", ["comes", "is stopped"])
def test_a_stream_is_shown_in_the_background(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`ck.show` too, of a client that waits; what is no stream is refused at once."""
    with ck.Client.offline(pace_s=0 if ending == "comes" else 0.2) as client:
        coming = ck.show(client.stream(QUESTION, model=MODEL), background=True)
        if ending == "is stopped":
            coming.stop()
        assert coming.result(60).complete is (ending == "comes")
    assert "[offline model" in capsys.readouterr().out or ending == "is stopped"
    with pytest.raises(TypeError, match="show takes"):
        ck.show(3, background=True)  # type: ignore[call-overload]


def test_an_async_stream_is_shown_in_the_background() -> None:
    """In the loop that runs here; where none runs it says so."""

    async def cell() -> ck.Reply:
        async with ck.AsyncClient.offline(pace_s=0) as client:
            return await ck.show(client.stream(QUESTION, model=MODEL), background=True)

    assert asyncio.run(cell()).complete
    with pytest.raises(TypeError, match="event loop"):
        ck.show(ck.AsyncClient.offline().stream(QUESTION, model=MODEL), background=True)


def test_tools_run_in_the_background() -> None:
    """A function of one's own is called beside, and Stop does not wait for it."""
    began, may_end = threading.Event(), threading.Event()

    def wait() -> str:
        """Wait."""
        began.set()
        may_end.wait(60)
        return "waited"

    coming = ck.ask("Wait, please.", model=MODEL, client=ck.Client.offline(pace_s=0), tools=[wait], background=True)
    assert began.wait(60)
    coming.stop()
    reply = coming.result(60)
    may_end.set()
    assert (reply.complete, reply.problem) == (False, "Stopped before the answer was complete.")


LEFT = """
import claude_kit as ck

def quick() -> int:
    "Be quick."
    return 1

client = ck.Client.offline(pace_s=0.2)
question = [{"role": "user", "content": "What is a stream?"}]
asked = ck.ask("Be quick.", model="claude-sonnet-5-5", client=client, tools=[quick], background=True)
shown = ck.show(client.stream(question, model="claude-sonnet-5-5"), background=True)
while not asked.reply.blocks:
    pass
print("over")
"""


def test_an_interpreter_that_ends_is_not_held_up() -> None:
    """What is still coming is stopped, as an interrupt would; nothing is said of threads."""
    ended = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("Stopped before") == 2
