"""The view where there is no notebook, and the choice between the views."""

import io
import re
from collections.abc import Iterator

import pytest

from claude_kit import Chat, Client, Reply, StreamInterrupted, offline
from claude_kit.reply import Accumulator
from claude_kit.view import show, surface
from claude_kit.view.terminal import TerminalView
from claude_kit.wire import events as e

QUESTION = [{"role": "user", "content": "What is a stream?"}]


class Terminal(io.StringIO):
    """A text file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Cut:
    """A stream that is interrupted after its first words."""

    estimate = None

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self._accumulator = Accumulator()

    def __iter__(self) -> Iterator[e.Event]:
        for event in (e.MessageStart({"id": "msg_1", "model": "claude-sonnet-5-5"}), e.TextDelta(0, "Half an ans")):
            self._accumulator.feed(event)
            yield event
        raise self._error

    @property
    def reply(self) -> Reply:
        return self._accumulator.reply()


def test_without_a_notebook_it_is_text() -> None:
    """In a plain interpreter, pytest's for one, an answer streams as text."""
    assert surface() == "text"


def test_the_answer_streams_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Thinking, answer and facts are printed in this order, without colours into a file."""
    with Client.offline(pace_s=0) as client:
        reply = show(client.stream(QUESTION, model="claude-sonnet-5-5", thinking="adaptive"))
    printed = capsys.readouterr().out
    assert reply.complete
    assert 0 <= printed.index(reply.thinking) < printed.index(reply.text) < printed.rindex("[offline model")
    assert printed.startswith("[thinking]\n")
    assert "\n\n[answer]\n" in printed
    assert "\x1b" not in printed


def test_in_a_terminal_thinking_is_dimmed() -> None:
    """The thinking is dimmed, the answer is not, and the colour is off at the end."""
    terminal = Terminal()
    with TerminalView(terminal) as view:
        view.feed(e.ThinkingDelta(0, "hm"))
        view.feed(e.TextDelta(1, "yes"))
    assert terminal.getvalue() == "\x1b[2mhm\n\n\x1b[0myes\x1b[0m"


def test_an_interrupt_returns_what_had_come(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C while it streams ends the answer, not the program."""
    reply = show(Cut(KeyboardInterrupt()))
    assert reply.text == "Half an ans"
    assert not reply.complete
    assert "The stream ended before the answer did." in capsys.readouterr().out


@pytest.mark.parametrize("error", [StreamInterrupted("cut", reply=Reply()), RuntimeError("a bug")])
def test_a_failure_shows_what_had_come_and_goes_on_up(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """Any other error is raised, after what had arrived was shown."""
    with pytest.raises(type(error)):
        show(Cut(error))
    assert "Half an ans" in capsys.readouterr().out


def test_an_answer_cannot_steer_the_terminal() -> None:
    """Control sequences in an answer are not obeyed: they lose what makes them one."""
    terminal = Terminal()
    with TerminalView(terminal) as view:
        view.feed(e.TextDelta(0, "a\x1b[2Jb\x07"))
    assert terminal.getvalue() == "\x1b[0ma[2Jb\x1b[0m"


def test_a_wait_is_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """What it waits for, and how long, before the answer; a wait is no part of the answer."""
    with (
        offline.serve(faults=["status=529", None]) as address,
        Client.anthropic("none", base_url=address) as client,
    ):
        reply = Chat(client=client).ask("What is a stream?")
    shown = capsys.readouterr().out
    assert re.match(r"waiting 0\.\d s \(overloaded\)\n\[thinking\]\n", shown)
    assert "waiting" not in reply.text


def test_a_wait_while_it_is_shown_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream that breaks off before its first words is asked for anew, and says what it waits for."""
    faults = ["error=overloaded_error; times=1"]
    with offline.serve(pace_s=0, faults=faults) as address, Client.anthropic("sk-ant-test", base_url=address) as client:
        show(client.stream(QUESTION, model="claude-sonnet-5-5"))
    assert "(overloaded)" in capsys.readouterr().out
