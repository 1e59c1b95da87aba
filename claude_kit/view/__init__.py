"""How do I see it? Thinking and answer as they stream, inline; then a static form that stays in the saved cell."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Literal, Protocol, TypeVar, overload

from claude_kit.estimate import Estimate
from claude_kit.render.surfaces import Surface, surface
from claude_kit.reply import Reply
from claude_kit.view import foreign
from claude_kit.view.background import BackgroundReply, awaited_in_background, begun, read_in_background, running_loop
from claude_kit.view.notices import tell
from claude_kit.view.viewable import AsyncViewable, Bundled, Viewable
from claude_kit.view.watched import Attended, View, Watched, watching, within

__all__ = [
    "AsyncViewable",
    "Attended",
    "BackgroundReply",
    "Bundled",
    "Surface",
    "View",
    "Viewable",
    "Watched",
    "show",
    "surface",
    "tell",
    "watch",
    "watch_async",
    "watching",
    "within",
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


@overload
def show(stream: AsyncShowable, *, background: Literal[False] = False) -> Coroutine[Any, Any, Reply]: ...
@overload
def show(stream: Showable, *, background: Literal[False] = False) -> Reply: ...
@overload
def show(stream: AsyncShowable | Showable, *, background: Literal[True]) -> BackgroundReply: ...
def show(stream: Any, *, background: bool = False) -> Reply | BackgroundReply | Coroutine[Any, Any, Reply]:
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
    background : bool
        Return at once; the answer streams on in this cell, and other cells run. An async stream comes in the event loop
        that runs here.

    Returns
    -------
    Reply
        Of an async stream: a coroutine, to be awaited for the reply. Where what awaits is cancelled, and not
        interrupted, that goes on up; what had arrived stays on the page all the same. In the background: what the reply
        will be, to be stopped, or asked or awaited for its result.

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
    if background:
        return _shown_in_background(stream, estimate)
    if foreign.is_async(stream):
        return watch_async(lambda notify: _opened_async(stream, notify), estimate)
    return watch(lambda notify: _telling(foreign.opened(stream), notify), estimate)


def _shown_in_background(stream: Any, estimate: Estimate | None) -> BackgroundReply:
    is_async = foreign.is_async(stream)
    loop = running_loop()
    if is_async and loop is None:
        raise TypeError("an async stream belongs to an event loop, and none runs here: asyncio.run(ck.show(stream))")
    watched, ending, context = begun(watching(estimate, "background"))

    def answer() -> Reply:
        with ending:
            watched.follow(_telling(foreign.opened(stream), watched.wait))
        watched.mark(watched.reply)
        return watched.reply

    async def answered() -> Reply:
        with ending:
            await watched.run(_followed(stream, watched))
        watched.mark(watched.reply)
        return watched.reply

    if is_async:
        return awaited_in_background(watched, answered(), context, loop)
    return read_in_background(watched, answer, context)


async def _followed(stream: Any, watched: Watched) -> Reply:
    return await watched.follow_async(await _opened_async(stream, watched.wait))


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
    watched.mark(watched.reply)
    return watched.reply


async def watch_async(
    send: Callable[[Notify], Awaitable[Viewable | AsyncViewable]], estimate: Estimate | None = None
) -> Reply:
    """Do what `watch` does, in an event loop.

    A cancellation that is no interrupt goes on up when what had arrived is shown.
    """

    async def answered() -> None:
        await watched.follow_async(await send(watched.wait))

    with watching(estimate, "awaiting") as watched:
        await watched.run(answered())
    watched.mark(watched.reply)
    return watched.reply
