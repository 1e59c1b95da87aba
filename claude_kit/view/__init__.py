"""How do I see it? Thinking and answer as they stream, inline; then a static form that stays in the saved cell."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, contextmanager
from typing import Any, Protocol, TypeVar, overload

from claude_kit.estimate import Estimate
from claude_kit.render.answer import Call
from claude_kit.render.surfaces import Surface, surface
from claude_kit.reply import STOPPED_BEFORE, Reply
from claude_kit.view import foreign
from claude_kit.view.notices import tell
from claude_kit.view.viewable import AsyncViewable, Bundled, Viewable
from claude_kit.wire.events import Event, Ping, Unknown

__all__ = [
    "AsyncViewable",
    "Bundled",
    "Surface",
    "Viewable",
    "Watched",
    "mark_shown",
    "show",
    "surface",
    "tell",
    "watch",
    "watch_async",
    "watching",
]


class _Response(Protocol):
    """An HTTP response, or what an SDK makes of one before it is parsed."""

    def iter_bytes(self) -> Any: ...


#: What `show` takes from async clients, and from all others.
AsyncShowable = Awaitable[Any] | AsyncIterable[Any] | AbstractAsyncContextManager[Any, Any]
Showable = Viewable | Reply | Mapping[str, Any] | Iterable[Any] | AbstractContextManager[Any, Any] | _Response


_Stream = TypeVar("_Stream", Viewable, Viewable | AsyncViewable)

#: Shows what is being waited for.
Notify = Callable[[object], None]


class _View(AbstractContextManager["_View"], Protocol):
    def wait(self, notice: str) -> None: ...

    def note(self, words: str) -> None: ...

    def feed(self, event: Event) -> None: ...

    def called(self, call: Call) -> None: ...

    def finish(self, answer: Bundled) -> None: ...

    def withdraw(self) -> None: ...


@overload
def show(stream: AsyncShowable) -> Coroutine[Any, Any, Reply]: ...
@overload
def show(stream: Showable) -> Reply: ...
def show(stream: Any) -> Reply | Coroutine[Any, Any, Reply]:
    """Show a stream inline as it comes, and return the answer: claude_kit's, or any other SDK's as it is.

    An interrupt (Ctrl-C, Kernel > Interrupt, the Stop button) ends the stream, not the program: what had arrived stays
    on the page and is returned, with ``reply.complete`` false. However it ends, the stream is closed.

    Parameters
    ----------
    stream : Stream, stream or answer of an SDK, mapping, HTTP response, or iterable
        - As `claude_kit.Client.stream` returns it, or a `Reply`.
        - What `anthropic`, `openai` and `portkey_ai` return for Messages or chat completions, streamed or not, raw or
          parsed; of their helpers, such as ``messages.stream(...)``, what they return or what ``with`` makes of it.
        - A message or chat completion as JSON.
        - An HTTP response of httpx, an iterable of a body's bytes, or one of its events as JSON.

        Of an async client, all of these too, awaited before or not; in an event loop, which a notebook always has:
        ``reply = await ck.show(stream)``.

    Returns
    -------
    Reply
        Of an async stream: a coroutine, to be awaited for the reply. There an interrupt cancels what awaits; what had
        arrived stays on the page all the same.

    Raises
    ------
    APIError, StreamInterrupted
        If the API or the connection broke off; what had arrived is shown, and on ``error.reply``. An SDK's own errors
        are raised as they are, with ``error.reply`` added.
    TypeError
        If it is no stream and no answer.

    Examples
    --------
    >>> from claude_kit import Client
    >>> client = Client.offline(pace_s=0)
    >>> question = [{"role": "user", "content": "Hello"}]
    >>> reply = show(client.stream(question, model="claude-sonnet-5-5"))  # doctest: +ELLIPSIS
    **This is the offline model; no Claude was asked.** ...

    An answer as JSON, from wherever:

    >>> reply = show({"content": [{"type": "text", "text": "Yes."}], "model": "claude-sonnet-5-5"})
    Yes.
    <BLANKLINE>
    [claude-sonnet-5-5]
    """
    estimate = getattr(stream, "estimate", None)
    if foreign.is_async(stream):
        return watch_async(lambda notify: _opened_async(stream, notify), estimate)
    return watch(lambda notify: _telling(foreign.opened(stream), notify), estimate)


async def _opened_async(stream: Any, notify: Notify) -> Viewable | AsyncViewable:
    return _telling(await foreign.opened_async(stream), notify)


def _telling(stream: _Stream, notify: Notify) -> _Stream:
    """Have a stream of ours tell of the waits while it is read; those of others do not wait, or do not say."""
    if hasattr(stream, "tell_waits"):
        stream.tell_waits(notify)
    return stream


def watch(send: Callable[[Notify], Viewable], estimate: Estimate | None = None) -> Reply:
    """Show that a request is on its way, send it, then show its answer as `show` does.

    Parameters
    ----------
    send : callable
        Sends the request and returns the stream of its answer; it may take long to return. Is given a callable that
        shows a notice meanwhile, such as ``"waiting 8 s (overloaded)"``.
    estimate : Estimate, optional
        What the request is expected to cost, to be shown while waiting.
    """
    with watching(estimate) as watched:
        watched.follow(send(watched.wait))
    mark_shown(watched.reply)
    return watched.reply


async def watch_async(
    send: Callable[[Notify], Awaitable[Viewable | AsyncViewable]], estimate: Estimate | None = None
) -> Reply:
    """Do what `watch` does, in an event loop.

    A cancellation, which is what an interrupt becomes there, goes on up when what had arrived is shown.
    """
    with watching(estimate) as watched:
        await watched.follow_async(await send(watched.wait))
    mark_shown(watched.reply)
    return watched.reply


class Watched:
    """What is being shown in one view: the answer to one request, or to several that belong together.

    Attributes
    ----------
    final : callable or None
        Returns what stays on the page; by default the reply.
    interrupted : bool
        Whether the person who watched had enough.
    """

    def __init__(self, view: _View) -> None:
        self.final: Callable[[], Bundled] | None = None
        self.interrupted = False
        self._begun = False
        self._reply: Reply | None = None
        self._stream: Viewable | AsyncViewable | None = None
        self._view = view

    @property
    def reply(self) -> Reply:
        """The newest answer, as far as it has come."""
        return self.partial or self._reply or Reply(complete=False, problem=STOPPED_BEFORE)

    @property
    def partial(self) -> Reply | None:
        """The answer that is still coming, or broke off; None when none is."""
        return None if self._stream is None else self._stream.reply

    def follow(self, stream: Viewable) -> Reply:
        """Show a stream to its end, and return the reply."""
        self._stream = stream
        for event in stream:
            self._feed(event)
        return self._ended(stream)

    async def follow_async(self, stream: Viewable | AsyncViewable) -> Reply:
        """Do what `follow` does, in an event loop."""
        self._stream = stream
        async with aclosing(_events(stream)) as events:
            async for event in events:
                self._feed(event)
        return self._ended(stream)

    def called(self, call: Call) -> None:
        """Show that a tool is run, and later what it gave."""
        self._view.called(call)

    def note(self, words: str) -> None:
        """Show what was done before the request was sent."""
        self._view.note(words)

    def wait(self, notice: object) -> None:
        """Show what is being waited for."""
        self._view.wait(str(notice))

    def finish(self) -> None:
        """Leave the final form on the page."""
        self._view.finish(self.final() if self.final else self.reply)

    def withdraw_or_finish(self) -> None:
        """Leave what had come; where nothing had, leave nothing."""
        if self._begun:
            self.finish()
        else:
            self._view.withdraw()

    def _feed(self, event: Event) -> None:
        self._begun = self._begun or not isinstance(event, Ping | Unknown)
        self._view.feed(event)

    def _ended(self, stream: Viewable | AsyncViewable) -> Reply:
        self._reply, self._stream = stream.reply, None
        return self._reply


@contextmanager
def watching(estimate: Estimate | None = None) -> Iterator[Watched]:
    """Show what the block follows; an interrupt ends the block, and any other error leaves what had come on the page.

    Parameters
    ----------
    estimate : Estimate, optional
        What it is expected to cost, to be shown while waiting.
    """
    with _view(estimate) as view:
        watched = Watched(view)
        try:
            yield watched
        except KeyboardInterrupt:
            watched.interrupted = True
        except BaseException:
            watched.withdraw_or_finish()
            raise
        watched.finish()


async def _events(stream: Viewable | AsyncViewable) -> AsyncGenerator[Event, None]:
    if hasattr(stream, "__iter__"):
        for event in stream:
            yield event
        return
    iterator = aiter(stream)
    try:
        async for event in iterator:
            yield event
    finally:
        # An iterator that is left early ends when it is told to, and not before.
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


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


def mark_shown(reply: Reply) -> None:
    """Note in which run of a cell the reply was shown, so that the same cell does not show it again."""
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        reply.__dict__["shown_in"] = getattr(get_ipython(), "execution_count", None)
