"""How is someone else's stream shown? What the SDKs of others hand out, as streams of neutral events.

Whatever a person gets from `anthropic`, `openai` or `portkey_ai`, or reads from a connection of their own, is opened
here as far as it needs opening, and read in the way that its own SDK means it to be read: what the SDK does beside,
it still does, and its own errors come through. What the items mean is `claude_kit.view.items`'.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from claude_kit.errors import ClaudeKitError, StreamInterrupted
from claude_kit.estimate import Estimate
from claude_kit.reply import Accumulator, Reply
from claude_kit.view.items import TAKES, Items, is_answer, json_of
from claude_kit.view.viewable import AsyncViewable, Viewable
from claude_kit.wire import events as e
from claude_kit.wire import failures, messages
from claude_kit.wire.limits import RateLimits
from claude_kit.wire.portkey import Gateway

__all__ = ["is_async", "opened", "opened_async"]

_STOPPED: Final = "Stopped before the answer was complete."
_NOTHING: Final = "Nothing came: the stream was read before, or ended before the answer began."

_REQUEST_ID_HEADERS: Final = ("request-id", "x-request-id")


# ---- what it is -------------------------------------------------------------------------------------------------

_Kind = Literal["reply", "ours", "answer", "body", "unparsed", "response", "awaitable", "stream", "manager"]


def _has(*names: str) -> Callable[[object], bool]:
    return lambda source: all(hasattr(source, name) for name in names)


def _is_answer(source: object) -> bool:
    data = json_of(source)
    return data is not None and is_answer(data)


# The first that fits. An SDK's answers are pydantic models, which are iterable too: they come before what streams.
_KINDS: Final[tuple[tuple[_Kind, Callable[[object], bool]], ...]] = (
    ("reply", lambda source: isinstance(source, Reply)),
    ("ours", _has("reply", "estimate")),
    ("answer", _is_answer),
    ("body", lambda source: isinstance(source, bytes | bytearray | memoryview)),
    ("unparsed", _has("parse", "http_response")),  # of `with_raw_response` and `with_streaming_response`
    ("response", _has("iter_bytes", "aiter_bytes", "status_code")),  # of httpx
    ("awaitable", _has("__await__")),
    (
        "stream",
        lambda source: (hasattr(source, "__iter__") or hasattr(source, "__aiter__")) and json_of(source) is None,
    ),
    # A client can be entered too. What is only there to be entered says so in its name.
    ("manager", lambda source: type(source).__name__.endswith("Manager")),
)


def _kind(source: object) -> _Kind:
    if not isinstance(source, str | type):
        for kind, fits in _KINDS:
            if fits(source):
                return kind
    given: type = type if isinstance(source, type) else type(source)  # a class, whatever its own class is called
    raise TypeError(f"show takes {TAKES}; not {given.__name__}")


def is_async(source: object) -> bool:
    """Tell whether something can only be shown in an event loop.

    Raises
    ------
    TypeError
        If it is nothing that can be shown.

    Examples
    --------
    >>> is_async([{"type": "ping"}])
    False
    """
    match _kind(source):
        case "awaitable":
            return True
        case "ours" | "stream":
            return not hasattr(source, "__iter__")
        case "manager":
            return not hasattr(source, "__enter__")
        case "unparsed":
            return inspect.iscoroutinefunction(getattr(source, "parse", None)) or _receives_async(source)
        case "response":
            return _receives_async(source)
        case _:
            return False


def _receives_async(source: Any) -> bool:
    stream = getattr(getattr(source, "http_response", source), "stream", None)
    return hasattr(stream, "__aiter__") and not hasattr(stream, "__iter__")


# ---- how it is opened -------------------------------------------------------------------------------------------


def opened(source: Any) -> Viewable:
    """Open a stream or an answer as far as it takes to iterate its events; a request not yet sent is sent.

    Raises
    ------
    TypeError
        If it is nothing that can be shown.
    APIError
        If it is an HTTP response, and an error.

    Examples
    --------
    >>> answer = opened({"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"})
    >>> len(list(answer)), answer.reply.text
    (6, 'Hi')
    """
    told = None
    with ExitStack() as stack:
        while (kind := _kind(source)) in ("unparsed", "manager"):
            told = told or _told(source)
            source = source.parse() if kind == "unparsed" else stack.enter_context(source)
        if kind == "ours":
            return source  # type: ignore[no-any-return]
        if kind == "reply":
            return _Again(source)
        told = told or _told(source) or _Told()
        if kind in ("answer", "body"):
            return _Foreign([source], told, ExitStack())
        if hasattr(source, "close"):
            stack.callback(source.close)
        if kind == "response" and _is_no_answer(source):
            raise failures.from_response(source.status_code, source.headers, source.read())
        items = source.iter_bytes() if kind == "response" else _unfiltered(source, "iter_bytes")
        return _Foreign(items, told, stack.pop_all())


async def opened_async(source: Any) -> Viewable | AsyncViewable:
    """Open what `is_async` says can only be opened in an event loop. See `opened`."""
    told = None
    async with AsyncExitStack() as stack:
        while is_async(source) and (kind := _kind(source)) in ("awaitable", "unparsed", "manager"):
            told = told or _told(source)
            if kind == "awaitable":
                source = await source
            else:
                source = source.parse() if kind == "unparsed" else await stack.enter_async_context(source)
        if not is_async(source):
            return opened(source)
        if kind == "ours":
            return source  # type: ignore[no-any-return]
        stack.push_async_callback(_aclosed, source)
        if kind == "response" and _is_no_answer(source):
            raise failures.from_response(source.status_code, source.headers, await source.aread())
        items = source.aiter_bytes() if kind == "response" else _unfiltered(source, "aiter_bytes")
        return _AsyncForeign(items, told or _told(source) or _Told(), stack.pop_all())


def _unfiltered(source: Any, read: str) -> Any:
    """Return what to iterate for everything that comes.

    portkey_ai's own streams leave out every event that has a name, which all of Anthropic's have: their bytes are read.
    """
    if type(source).__module__.startswith("portkey_ai.api_resources"):
        return getattr(source.response, read)()
    return source


def _is_no_answer(response: Any) -> bool:
    """Tell an error, or the page of some proxy, which comes with a status of 200."""
    return response.status_code >= 300 or str(response.headers.get("content-type", "")).startswith("text/html")


async def _aclosed(source: Any) -> None:
    close = getattr(source, "aclose", None) or getattr(source, "close", None)
    if close is not None and inspect.isawaitable(closing := close()):
        await closing


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of an answer beside the answer."""

    request_id: str | None = None
    gateway: Gateway | None = None
    limits: RateLimits | None = None


def _told(source: Any) -> _Told | None:
    """Return what SDKs keep of an answer's headers: on it, or on the response behind a stream; None if nothing."""
    if isinstance(source, Mapping):
        return None
    behind = getattr(source, "response", None) or getattr(source, "_response", None) or source
    headers = getattr(behind, "headers", None) or getattr(behind, "_headers", None)
    if isinstance(headers, Mapping):
        request_id = next((str(headers[name]) for name in _REQUEST_ID_HEADERS if name in headers), None)
        return _Told(request_id, Gateway.of(headers), RateLimits.of(headers))
    request_id = getattr(source, "_request_id", None)
    return _Told(request_id) if isinstance(request_id, str) else None


# ---- how it is read ---------------------------------------------------------------------------------------------


class _Foreign:
    """Someone else's stream while it comes in. Iterated once; closed then, however that ends."""

    estimate: Estimate | None = None

    def __init__(self, items: Iterable[object], told: _Told, stack: ExitStack) -> None:
        self._items: Iterable[object] | None = items
        self._stack = stack
        self._receiving = _Receiving(told)

    @property
    def reply(self) -> Reply:
        return self._receiving.reply

    def __iter__(self) -> Iterator[e.Event]:
        items, self._items = self._items, None
        if items is None:
            return
        with self._receiving, self._stack:
            for item in items:
                yield from self._receiving.take(item)
            yield from self._receiving.end()


class _AsyncForeign:
    """The same of an async client."""

    estimate: Estimate | None = None

    def __init__(self, items: AsyncIterable[object], told: _Told, stack: AsyncExitStack) -> None:
        self._items: AsyncIterable[object] | None = items
        self._stack = stack
        self._receiving = _Receiving(told)

    @property
    def reply(self) -> Reply:
        return self._receiving.reply

    async def __aiter__(self) -> AsyncIterator[e.Event]:
        items, self._items = self._items, None
        if items is None:
            return
        with self._receiving:
            async with self._stack:
                async for item in items:
                    for event in self._receiving.take(item):
                        yield event
                for event in self._receiving.end():
                    yield event


class _Receiving:
    """The answer as far as it has come: takes items, gives events, and knows afterwards why they ended."""

    def __init__(self, told: _Told) -> None:
        self._told = told
        self._accumulator = Accumulator()
        self._decoder = Items()
        self._problem = ""
        self._begun = False

    @property
    def reply(self) -> Reply:
        told = self._told
        return self._accumulator.reply(
            request_id=told.request_id, gateway=told.gateway, limits=told.limits, problem=self._problem
        )

    def take(self, item: object) -> Iterator[e.Event]:
        return self._passed_on(self._decoder.feed(item))

    def end(self) -> Iterator[e.Event]:
        yield from self._passed_on(self._decoder.close())
        if not self._accumulator.stopped:
            self._problem = self.reply.problem if self._begun else _NOTHING
            raise StreamInterrupted(self._problem, reply=self.reply)

    def _passed_on(self, events: Iterable[e.Event]) -> Iterator[e.Event]:
        for event in events:
            self._begun = True
            self._accumulator.feed(event)
            if isinstance(event, e.StreamError):
                self._problem = self.reply.problem
                raise failures.from_stream(event, self._told.request_id)
            yield event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, StreamInterrupted):
            return
        if not (self._accumulator.stopped or self._problem):
            self._problem = (
                f"The stream broke off: {type(error).__name__}." if isinstance(error, Exception) else _STOPPED
            )
        if isinstance(error, Exception):
            _hand_over(self.reply, error)


def _hand_over(reply: Reply, error: Exception) -> None:
    """Leave what had arrived on an error, whoever's it is."""
    with suppress(AttributeError):  # a class with slots has no room for it
        error.reply = reply  # type: ignore[attr-defined]
        if reply.blocks and not isinstance(error, ClaudeKitError):
            error.add_note(f"What had arrived is on this error's .reply: {reply!r}")


class _Again:
    """A reply that is there already, to be shown once more."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.estimate = reply.estimate

    def __iter__(self) -> Iterator[e.Event]:
        return messages.decode_message(self.reply.message)
