"""Where does an answer appear while it comes? In the panel, drawn by the same script as anywhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Protocol, Self

from claude_kit.chat import Chat
from claude_kit.chat.asking import findings_to_tell
from claude_kit.chat.turns import Turn
from claude_kit.errors import ClaudeKitError
from claude_kit.estimate import Estimate
from claude_kit.panels.chatting import prices
from claude_kit.panels.chatting.files import Attached
from claude_kit.panels.chatting.transcript import html_question
from claude_kit.render.answer import Call
from claude_kit.render.surfaces import surface
from claude_kit.view import within
from claude_kit.view.background import BackgroundReply
from claude_kit.view.hearing import hear, unhear
from claude_kit.view.sending import Patch, Sender
from claude_kit.view.viewable import Bundled
from claude_kit.wire.events import Event
from claude_kit.wire.order import Item

__all__ = ["Answering", "Page", "Pending", "PlacedView", "told"]

# How long a question waits for the answer before it to be put away.
_SETTLING_S: Final = 5.0


@dataclass(slots=True)
class Pending:
    """A question that is being answered.

    Attributes
    ----------
    chat : Chat
    number : int
        Which question of the panel, from 1.
    content : tuple of part or block
    files : tuple of Attached
        What of it came from the composer.
    words : str
        What stood in the composer; empty where code has asked.
    replaces : int
        From which turn on it takes the place of what was there.
    undoes : bool
        Whether the last turn is taken back for it.
    view : PlacedView or None
        Once it has been sent.
    coming : BackgroundReply or None
        The same.
    taken : tuple of Turn
        What was undone for it, to be put back should nothing come of it.
    before : tuple of Turn
        What there was when it was asked.
    stopped : bool
        Whether the reader has had enough of it.
    settled : threading.Event
        Set when the panel has put its answer away.
    """

    chat: Chat
    number: int
    content: tuple[Item, ...]
    files: tuple[Attached, ...] = ()
    words: str = ""
    replaces: int = 0
    undoes: bool = False
    view: PlacedView | None = None
    coming: BackgroundReply | None = None
    taken: tuple[Turn, ...] = ()
    before: tuple[Turn, ...] = ()
    stopped: bool = False
    settled: threading.Event = field(default_factory=threading.Event)

    @property
    def kept(self) -> bool:
        """Whether there is a turn of it now, which is shown with the others."""
        turns = self.chat.turns
        return bool(turns) and not any(turns[-1] is turn for turn in self.before)

    def put_back(self) -> None:
        """Make as if it had not been asked, where a turn was taken back for it."""
        if self.taken and not any(self.taken[-1] is turn for turn in self.chat.turns):
            self.chat.turns = (*self.chat.turns, *self.taken)


class PlacedView:
    """Sends what comes to the panel's page; see `claude_kit.view.within`.

    Parameters
    ----------
    send : callable
        Is given each patch, see `claude_kit.view.sending.Sender`.
    estimate : Estimate, optional
    """

    def __init__(self, send: Callable[[Patch], None], estimate: Estimate | None = None) -> None:
        self._sender = Sender(send, estimate)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sender.close()

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        """Leave Stop to the panel, which has a button of its own."""

    def wait(self, notice: str) -> None:
        """Show what is being waited for."""
        self._sender.wait(notice)

    def recorded(self, day: str) -> None:
        """Show the day of the recording that it is replayed from."""
        self._sender.recorded(day)

    def note(self, words: str) -> None:
        """Show what was done before the request was sent."""
        self._sender.note(words)

    def feed(self, event: Event) -> None:
        """Show what has come."""
        self._sender.feed(event)

    def called(self, call: Call) -> None:
        """Show that a tool is run, or what it gave."""
        self._sender.called(call)

    def finish(self, answer: Bundled) -> None:
        """Leave what stays to the transcript."""
        self._sender.close()

    def withdraw(self) -> None:
        """Leave nothing."""
        self._sender.close()

    def whole(self) -> Patch:
        """Return all that has come."""
        return self._sender.whole()


class Page(Protocol):
    """The panel, as far as it shows answers."""

    exchange: Any
    island: Any

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message to the page."""

    def say(self, level: str, words: str) -> None:
        """Show a message above the composer; without words, none."""

    def ended(self, asked: Pending, problem: str) -> None:
        """Take note that an answer has ended, and why it is none."""


class Answering:
    """Has questions answered in the panel, one at a time, while the kernel is free for other things.

    Parameters
    ----------
    page : Page

    Attributes
    ----------
    pending : Pending or None
        The question that is being answered.
    """

    def __init__(self, page: Page) -> None:
        self.pending: Pending | None = None
        self._page = page
        self._lock = threading.Lock()

    def begin(self, asked: Pending, ask: Callable[[], BackgroundReply] | None = None) -> BackgroundReply:
        """Check a question, send it, and let its answer come.

        Parameters
        ----------
        asked : Pending
        ask : callable, optional
            How it is asked; by default ``chat.ask``.

        Raises
        ------
        ClaudeKitError
            If another is being answered, or this one would be refused; then all is as if it had not been asked.
        """
        before = self.pending
        if before is not None and before.coming is not None and before.coming.done:
            before.settled.wait(_SETTLING_S)  # who waited for the answer may be ahead of the panel
        with self._lock:
            if self.pending is not None:
                raise ClaudeKitError("this conversation is being answered: wait for it, stop it, or go on in a fork")
            self.pending = asked
        asked.before = asked.chat.turns
        try:
            hear(self._page.island, self.stop)  # also while another cell runs
            question = html_question(asked.content)
            self._page.exchange = {"number": asked.number, "replaces": asked.replaces, "question": question}
            self._tell_findings(asked)
            asked.taken = asked.chat.undo() if asked.undoes else ()
            with within(lambda estimate: self._view(asked, estimate)):
                asked.coming = ask() if ask else asked.chat.ask(*asked.content, background=True)
            if asked.stopped:
                asked.coming.stop()
        except BaseException:
            asked.put_back()
            self._page.exchange = {}
            self._over()
            raise
        if surface() == "static":  # where nothing is shown any more when the cell is over
            self._wait_for(asked, asked.coming)
        else:
            waits = threading.Thread(target=self._wait_for, args=(asked, asked.coming), name="claude_kit panel")
            waits.daemon = True
            waits.start()
        return asked.coming

    def stop(self, number: int | None = None) -> None:
        """End the answer that is coming, as an interrupt would; also one whose question is still being checked.

        Parameters
        ----------
        number : int, optional
            Of which question; what is heard late may mean an answer that is over. By default any.
        """
        asked = self.pending
        if asked is None or number not in (None, asked.number):
            return
        asked.stopped = True
        if asked.coming is not None:
            asked.coming.stop()

    def _tell_findings(self, asked: Pending) -> None:
        """Say in the panel what the check found, which a `Chat` shows in the cell that runs; raise what it raises."""
        chat = asked.chat
        report = prices.outgoing(chat, asked.content, chat.turns[: asked.replaces]).report
        news = [finding for finding in findings_to_tell(report) if finding.gist not in chat.told]
        chat.told |= {finding.gist for finding in news}
        self._page.say("warning", " ".join(finding.message for finding in news))

    def _view(self, asked: Pending, estimate: Estimate | None) -> PlacedView:
        def send(patch: Patch) -> None:
            self._page.send({"k": "patch", "number": asked.number, "patch": patch})

        asked.view = PlacedView(send, estimate)
        return asked.view

    def _wait_for(self, asked: Pending, coming: BackgroundReply) -> None:
        problem = ""
        try:
            coming.result()
        except BaseException as error:
            problem = told(error)
        if not asked.kept:
            asked.put_back()
        try:
            self._page.ended(asked, problem)
        finally:
            self._over()
            asked.settled.set()

    def _over(self) -> None:
        unhear(self._page.island)
        self.pending = None


def told(error: BaseException) -> str:
    """Return an error as it is told to a person; its kind only where it is none of ours.

    Examples
    --------
    >>> told(ClaudeKitError("nothing to ask")), told(KeyError("x"))
    ('nothing to ask', "KeyError: 'x'")
    """
    ours = isinstance(error, ClaudeKitError | ValueError)
    return str(error) if ours else f"{type(error).__name__}: {error}"
