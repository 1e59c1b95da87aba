"""The view where there is no notebook: several answers at once do not mix their words."""

import asyncio
import io
from contextvars import copy_context

import pytest

import claude_kit as ck
from claude_kit.view.terminal import TerminalView
from claude_kit.wire import events as e

MODEL = "claude-sonnet-5-5"


class Speaker:
    """An answer that is shown in a task of its own."""

    def __init__(self, file: io.StringIO) -> None:
        self._context = copy_context()
        self._view = TerminalView(file)
        self._context.run(self._view.__enter__)

    def say(self, text: str) -> None:
        """Let something of it come."""
        self._context.run(self._view.feed, e.TextDelta(0, text))

    def end(self) -> None:
        """Let it end."""
        self._context.run(self._view.__exit__, None, None, None)


def test_of_several_answers_at_once_one_is_printed_after_the_other() -> None:
    """The first as it comes; the others as far as they have come when it has ended, one that ended too as a whole."""
    file = io.StringIO()
    one, two, three = Speaker(file), Speaker(file), Speaker(file)
    for speaker, text in ((one, "Blue,"), (two, "Red,"), (three, "Green."), (one, "sky.")):
        speaker.say(text)
    assert file.getvalue() == "Blue,sky."
    three.end()
    one.end()
    assert file.getvalue() == "Blue,sky.Red,"
    two.say("dusk.")
    assert file.getvalue() == "Blue,sky.Red,dusk."
    two.end()
    assert file.getvalue() == "Blue,sky.Red,dusk.Green."
    last = Speaker(file)
    last.say("Again.")
    assert file.getvalue().endswith("Green.Again.")
    last.end()


def test_an_answer_that_a_tool_asks_for_stands_in_the_middle() -> None:
    """It is part of what it was asked for: nobody waits for the end of it to see it."""
    file = io.StringIO()
    with TerminalView(file) as outer:
        outer.feed(e.TextDelta(0, "Let me ask."))
        with TerminalView(file) as inner:
            inner.feed(e.TextDelta(0, "Forty-two."))
        assert file.getvalue() == "Let me ask.Forty-two."
        outer.feed(e.TextDelta(0, "So it is."))
    assert file.getvalue() == "Let me ask.Forty-two.So it is."


def test_conversations_that_are_awaited_together_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Each answer stands whole, and its facts right after it."""
    client = ck.Client.offline(pace_s=0)
    chats = [ck.Chat(MODEL, client) for _ in range(3)]

    async def ask_all() -> list[ck.Reply]:
        return await asyncio.gather(*(chat.aask(f"Number {at}?") for at, chat in enumerate(chats)))

    replies = asyncio.run(ask_all())
    printed = capsys.readouterr().out
    assert all(reply.text.split("\n\n")[1] in printed for reply in replies)
    answers = printed.split("off by 0 %]\n")
    assert [[f"Number {at}?" in answer for at in range(3)].count(True) for answer in answers] == [1, 1, 1, 0]


def test_one_that_failed_does_not_keep_the_others_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever ends an answer, the next one is seen."""
    fine = ck.Chat(MODEL, ck.Client.offline(pace_s=0))
    with ck.offline.serve(pace_s=0, faults=["cut; after=20"]) as address:
        poor = ck.Chat(MODEL, ck.Client.anthropic("sk-ant-test", base_url=address, max_retries=0))

        async def ask_both() -> None:
            outcomes = await asyncio.gather(poor.aask("One?"), fine.aask("Other?"), return_exceptions=True)
            assert isinstance(outcomes[0], ck.StreamInterrupted)

        asyncio.run(ask_both())
    assert "You asked: “Other?”" in capsys.readouterr().out
