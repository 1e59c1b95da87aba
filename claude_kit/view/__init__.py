"""How do I see it? Thinking and answer as they stream, inline; then a static form that stays in the saved cell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from claude_kit.estimate import Estimate
from claude_kit.render.surfaces import Surface, surface
from claude_kit.reply import Reply
from claude_kit.view.notices import tell
from claude_kit.wire.events import Event

__all__ = ["Surface", "Viewable", "show", "surface", "tell", "watch"]


class Viewable(Protocol):
    """What can be shown: events to iterate, and the reply they make, at any time."""

    estimate: Estimate | None

    def __iter__(self) -> Iterator[Event]: ...

    @property
    def reply(self) -> Reply:
        """The answer as far as it has come."""


class _View(AbstractContextManager["_View"], Protocol):
    def feed(self, event: Event) -> None: ...

    def finish(self, reply: Reply) -> None: ...

    def withdraw(self) -> None: ...


def show(stream: Viewable) -> Reply:
    """Show a stream inline as it comes, and return the answer.

    An interrupt (Ctrl-C, Kernel > Interrupt, the Stop button) ends the stream, not the program: what had arrived stays
    on the page and is returned, with ``reply.complete`` false.

    Parameters
    ----------
    stream : Stream
        As `claude_kit.Client.stream` returns it.

    Returns
    -------
    Reply

    Raises
    ------
    APIError, StreamInterrupted
        If the API or the connection broke off; what had arrived is shown, and on ``error.reply``.

    Examples
    --------
    >>> from claude_kit import Client
    >>> client = Client.offline(pace_s=0)
    >>> question = [{"role": "user", "content": "Hello"}]
    >>> reply = show(client.stream(question, model="claude-sonnet-5-5"))  # doctest: +ELLIPSIS
    **This is the offline model; no Claude was asked.** ...
    """
    return watch(lambda: stream, stream.estimate)


def watch(send: Callable[[], Viewable], estimate: Estimate | None = None) -> Reply:
    """Show that a request is on its way, send it, then show its answer as `show` does.

    Parameters
    ----------
    send : callable
        Sends the request and returns the stream of its answer; it may take long to return.
    estimate : Estimate, optional
        What the request is expected to cost, to be shown while waiting.
    """
    stream: Viewable | None = None
    with _view(estimate) as view:
        try:
            stream = send()
            for event in stream:
                view.feed(event)
        except KeyboardInterrupt:
            reply = stream.reply if stream else Reply(complete=False, problem="Stopped before an answer came.")
        except BaseException:
            if stream is None:
                view.withdraw()
            else:
                view.finish(stream.reply)
            raise
        else:
            reply = stream.reply
        view.finish(reply)
    _mark_shown(reply)
    return reply


def _view(estimate: Estimate | None) -> _View:
    where = surface()
    if where == "live":
        from claude_kit.view.live import LiveView

        return LiveView(estimate)
    if where == "static":
        from claude_kit.view.once import OnceView

        return OnceView()
    from claude_kit.view.terminal import TerminalView

    return TerminalView()


def _mark_shown(reply: Reply) -> None:
    """Note in which run of a cell the reply was shown, so that the same cell does not show it again."""
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        reply.__dict__["shown_in"] = getattr(get_ipython(), "execution_count", None)
