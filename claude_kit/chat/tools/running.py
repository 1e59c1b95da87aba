"""How is a call of a tool run, and what is Claude told of it?"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Final, Self

import anyio
from anyio import to_thread

from claude_kit.chat.tools import results
from claude_kit.chat.tools.signatures import NAME, Function
from claude_kit.wire.order import Item

__all__ = ["ANSWER", "Result", "Tools"]

#: The name of the tool by which an answer of a given shape is asked for; see `claude_kit.chat.forms.extraction`.
ANSWER: Final = "record_answer"

_CUT: Final = "{name} gave more than is sent: {limit:,} of {all:,} characters, and Claude is told so."

# Of an exception's words, in characters: some quote all they were given.
_REASON: Final = 2_000


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call of a tool.

    Attributes
    ----------
    block : mapping
        The ``tool_result`` that answers the call; its content may hold parts.
    seconds : float
        How long it took.
    note : str
        What the user has to know of it, in a sentence; mostly nothing.
    """

    block: Mapping[str, Any]
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Tools:
    """The tools of a conversation.

    Attributes
    ----------
    listed : tuple of Function or mapping
        Functions run here; what is only described the caller answers, or Anthropic's servers do.
    limit : int
        Characters of a result that are sent.

    Examples
    --------
    >>> def add(a: int, b: int) -> int:
    ...     '''Add two numbers.'''
    ...     return a + b
    >>> tools = Tools.of([add])
    >>> tools.definitions[0]["name"], tools.definitions[0]["input_schema"]["required"]
    ('add', ['a', 'b'])
    >>> tools.call({"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2, "b": 3}}).block
    {'type': 'tool_result', 'tool_use_id': 'toolu_1', 'content': '5'}
    """

    listed: tuple[Function | Mapping[str, Any], ...] = ()
    limit: int = results.MAX_CHARACTERS

    @classmethod
    def of(
        cls, given: Iterable[Callable[..., Any] | Mapping[str, Any]] | None, *, limit: int = results.MAX_CHARACTERS
    ) -> Self:
        """Read tools.

        Parameters
        ----------
        given : iterable of callable or mapping, or None
            Functions, methods, partials and callable objects with type hints, async or not; tools as the API takes
            them, Anthropic's own such as ``{"type": "web_search_20250305", "name": "web_search"}`` too.
        limit : int
            Characters of a result that are sent; what is longer is cut, and Claude is told so.

        Raises
        ------
        TypeError
            If one is neither, or a function does not say what it takes.
        ValueError
            If one has no name that the API takes, two have the same, or it is the name of `ANSWER`.
        """
        if isinstance(given, Mapping | str) or callable(given):
            raise TypeError("tools are several: give a list, such as tools=[f]")
        listed = tuple(_described(tool) if isinstance(tool, Mapping) else Function.of(tool) for tool in given or ())
        counted = Counter(_name(tool) for tool in listed)
        for name, times in counted.items():
            if name is not None and times > 1:
                raise ValueError(f"{times} tools are called {name!r}: a call would not tell which. Rename all but one")
            if name == ANSWER:
                raise ValueError(f"{name!r} is the tool by which chat.extract gets its answer. Rename yours")
        return cls(listed, limit)

    def __repr__(self) -> str:
        return f"<Tools: {', '.join(str(_name(tool)) for tool in self.listed) or 'none'}>"

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """The tools as the API takes them, in the order they were given."""
        return [tool.definition if isinstance(tool, Function) else dict(tool) for tool in self.listed]

    def runs(self, name: str) -> bool:
        """Whether a call of that name is answered here: by a function or, where no tool has the name, by an error."""
        return self._function(name) is not None or name not in (ANSWER, *map(_name, self.listed))

    def call(self, block: Mapping[str, Any]) -> Result:
        """Run one call, and return what came of it; what the function raises becomes part of that.

        Parameters
        ----------
        block : mapping
            A ``tool_use`` block.
        """
        begun = time.monotonic()
        try:
            value = self._started(block)
            if inspect.isawaitable(value):
                value = _awaited(value)
            content = results.content(value)
        except Exception as error:
            return _failure(block, error, begun)
        return self._success(block, content, begun)

    async def acall(self, block: Mapping[str, Any]) -> Result:
        """Run one call while the loop goes on: in a thread, and what is to be awaited in the loop."""
        begun = time.monotonic()
        try:
            value = await to_thread.run_sync(self._started, block, abandon_on_cancel=True)
            if inspect.isawaitable(value):
                value = await value
            content = await to_thread.run_sync(results.content, value)
        except Exception as error:
            return _failure(block, error, begun)
        return self._success(block, content, begun)

    async def arun_all(self, blocks: Iterable[Mapping[str, Any]]) -> list[Result]:
        """Run calls together, and return what came of them in their order."""
        found: dict[int, Result] = {}

        async def run(at: int, block: Mapping[str, Any]) -> None:
            found[at] = await self.acall(block)

        listed = list(blocks)
        async with anyio.create_task_group() as together:
            for at, block in enumerate(listed):
                together.start_soon(run, at, block)
        if len(found) < len(listed):  # a function cancelled itself, which a group takes for done
            raise anyio.get_cancelled_exc_class()
        return [found[at] for at in range(len(listed))]

    def _function(self, name: str) -> Function | None:
        return next((tool for tool in self.listed if isinstance(tool, Function) and tool.name == name), None)

    def _started(self, block: Mapping[str, Any]) -> Any:
        """Call the function; what an async one gives is still to be awaited."""
        name = _called(block)
        function = self._function(name)
        if function is None:
            there = ", ".join(tool.name for tool in self.listed if isinstance(tool, Function)) or "none"
            raise _Told(f"there is no tool {name!r} here. Those that can be called: {there}")
        try:
            places, named = function.arguments(block.get("input"))
        except ValueError as error:
            raise _Told(f"the input does not fit {name}, which was not run. Call it again with:\n{error}") from None
        return function.run(*places, **named)

    def _success(self, block: Mapping[str, Any], whole: str | Sequence[Item], begun: float) -> Result:
        content, left_out = results.within(self.limit, whole)
        answer = {"type": "tool_result", "tool_use_id": block.get("id"), "content": content}
        note = _CUT.format(name=_called(block), limit=self.limit, all=self.limit + left_out) if left_out else ""
        return Result(answer, time.monotonic() - begun, note)


class _Told(Exception):
    """A failure that is said in words for Claude already."""


# ---- what was given ---------------------------------------------------------------------------------------------


def _described(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a tool that is only described, after a look at its name."""
    if tool.get("type") in (None, "custom"):
        name = tool.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(
                f"a tool called {name!r}: the API takes up to 128 of a-z, A-Z, 0-9, _ and -, as in "
                '{"name": "get_weather", "description": "…", "input_schema": {"type": "object", "properties": {…}}}'
            )
    return dict(tool)


def _name(tool: Function | Mapping[str, Any]) -> str | None:
    return tool.name if isinstance(tool, Function) else tool.get("name")


def _called(block: Mapping[str, Any]) -> str:
    return str(block.get("name"))


# ---- what comes of it -------------------------------------------------------------------------------------------


def _failure(block: Mapping[str, Any], error: Exception, begun: float) -> Result:
    answer = {"type": "tool_result", "tool_use_id": block.get("id"), "content": _words(error), "is_error": True}
    return Result(answer, time.monotonic() - begun)


def _words(error: BaseException) -> str:
    """Return an exception's type and words: where it happened, and with what, is nobody's business but the user's."""
    if isinstance(error, _Told):
        return str(error)
    lines = [f"{type(error).__name__}: {error}".rstrip(": "), *getattr(error, "__notes__", ())]
    if isinstance(error, BaseExceptionGroup):
        lines += [_words(inner) for inner in error.exceptions]
    words = "\n".join(lines)
    return words if len(words) <= _REASON else f"{words[:_REASON]} …"


# ---- async functions, where nobody awaits -----------------------------------------------------------------------


def _awaited(value: Awaitable[Any]) -> Any:
    """Wait for what an async function gives: in a loop of its own, in a thread where one runs here already."""
    wait = _Waiting(value)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(wait.run())
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(copy_context().run, asyncio.run, wait.run())
        try:
            return running.result()
        except BaseException:
            wait.cancel()  # Stop reaches the thread that waits, not the one that works
            raise


class _Waiting:
    """Something awaited, that another thread can cancel."""

    def __init__(self, value: Awaitable[Any]) -> None:
        self._value = value
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> Any:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        return await self._value

    def cancel(self) -> None:
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
