"""The client for ``async`` code: the same calls, awaited, many at a time in one thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Self, TypeVar

import anyio
import httpx

from claude_kit.client import portkey, retrying
from claude_kit.client.aio_stream import AsyncStream
from claude_kit.client.answers import Answers
from claude_kit.client.batches import AsyncBatches
from claude_kit.client.cassettes import AsyncRecordingTransport, Session
from claude_kit.client.core import LIMITS, Core
from claude_kit.client.json_lines import JsonLines
from claude_kit.client.library import AsyncPrompts
from claude_kit.client.listing import Listing, listed
from claude_kit.client.mapping import OnError, at_once, in_tasks
from claude_kit.client.outgoing import Outgoing
from claude_kit.client.responses import answered, counted, is_answer, sent
from claude_kit.client.steps import Call, Pause, Steps
from claude_kit.errors import NotRecorded
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Estimate
from claude_kit.models import Model
from claude_kit.reply import Reply

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(Core[httpx.AsyncBaseTransport]):
    """A way to Claude for ``async`` code; parameters, attributes and errors are those of `claude_kit.Client`.

    Examples
    --------
    >>> import asyncio
    >>> async def ask() -> bool:
    ...     async with AsyncClient.offline() as client:
    ...         reply = await client.send([{"role": "user", "content": "Hello"}], model="claude-sonnet-5-5")
    ...     return reply.offline
    >>> asyncio.run(ask())
    True
    """

    def _offline_transport(self, **options: Any) -> httpx.AsyncBaseTransport:
        from claude_kit.offline.transport import AsyncOfflineTransport

        return AsyncOfflineTransport(**options)

    def _connect(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._http = httpx.AsyncClient(auth=self._secrets, timeout=self._timeout, limits=LIMITS, transport=transport)

    def _record(self, session: Session) -> None:
        self._connect(AsyncRecordingTransport(self._http, session))

    async def send(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | Model | None = None, **fields: Any
    ) -> Reply:
        """Send a request and return the whole answer. Takes what `claude_kit.Client.stream` takes.

        A cancellation, which is what an interrupt becomes in an event loop, has what came by then as its ``reply``;
        `asyncio.run` raises a `KeyboardInterrupt` of its own for it, whose ``__context__`` is that cancellation.
        """
        stream = self.stream(messages, model=model, **fields)
        try:
            async with stream:
                return await stream.read()
        except BaseException as error:
            # What had arrived was paid for: whoever cancels it may want to read it.
            if not isinstance(error, Exception):
                error.reply = stream.reply  # type: ignore[attr-defined]
            raise

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        model: str | Model | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        estimate: Estimate | None = None,
        **fields: Any,
    ) -> AsyncStream:
        """Return the answer as a stream of events; the request is sent by ``async with``, or by reading from it.

        Parameters and errors are those of `claude_kit.Client.stream`. What would be refused is refused here already.

        Examples
        --------
        >>> async def words(client: AsyncClient) -> None:
        ...     async with client.stream([{"role": "user", "content": "Hello"}]) as stream:
        ...         async for event in stream:
        ...             print(event)
        """
        question = self._question(messages, model=model, max_tokens=max_tokens, **fields)
        return AsyncStream(self, question, estimate)

    async def count_tokens(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | Model | None = None, **fields: Any
    ) -> int:
        """Ask how many input tokens a request is; as `claude_kit.Client.count_tokens`."""
        return counted(await self._call(self._count(messages, model=model, **fields)))

    async def models(self) -> Listing:
        """Ask which models there are now, and what they allow.

        From then on `claude_kit.models` goes by what was told: limits, kinds of thinking, retirements. Of a model that
        it did not know no price is known, see ``.unpriced``.

        Raises
        ------
        APIError
            If the answer is an error.
        """
        return await self._run(listed())

    @property
    def batches(self) -> AsyncBatches:
        """Message Batches: many requests at half the price, see `claude_kit.client.batches.AsyncBatches`."""
        return AsyncBatches(self._run, self._in_batch, self.via)

    async def map(
        self,
        requests: Iterable[object],
        *,
        concurrency: int = 8,
        progress: bool = True,
        on_error: OnError = "return",
        **fields: Any,
    ) -> Answers:
        """Ask many questions, several at a time, and return their answers in order; as `claude_kit.Client.map`.

        A cancellation, which is what an interrupt becomes in an event loop, has what came by then as its ``answers``;
        `asyncio.run` raises a `KeyboardInterrupt` of its own for it, whose ``__context__`` is that cancellation.

        Examples
        --------
        >>> async def ask(client: AsyncClient) -> Answers:
        ...     return await client.map(["One?", "Two?"], model="claude-sonnet-5-5")
        """

        async def ask(request: Mapping[str, Any]) -> Reply:
            return await self.send(**{**request, "on_wait": at_once})

        return await in_tasks(
            ask, requests, fields, concurrency=concurrency, shown=progress, on_error=on_error, **self._tries
        )

    @property
    def prompts(self) -> AsyncPrompts:
        """Portkey's prompt library; see `claude_kit.client.library.AsyncPrompts`."""
        self._require_portkey()
        return AsyncPrompts(self)

    async def feedback(
        self, trace_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """Tell Portkey what an answer was worth; as `claude_kit.Client.feedback`."""
        self._require_portkey()
        return await self._run(portkey.feedback(trace_id, value, weight, metadata))

    async def update_feedback(
        self, feedback_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """Say something else of an answer than before; takes the id that `feedback` returned."""
        self._require_portkey()
        return await self._run(portkey.update_feedback(feedback_id, value, weight, metadata))

    async def log(
        self, request: Mapping[str, Any], response: Mapping[str, Any], metadata: Mapping[str, str] | None = None
    ) -> None:
        """Tell Portkey's logs of a call that went past the gateway; see `claude_kit.wire.portkey.records.log`."""
        self._require_portkey()
        await self._run(portkey.log(request, response, metadata))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def _run(self, steps: Steps[T]) -> T:
        """Carry out an operation of several requests."""
        answer: Any = None
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._step(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _step(self, step: Call | Pause) -> Any:
        if isinstance(step, Pause):
            return await anyio.sleep(step.seconds)
        return await self._call(step)

    async def _call(self, call: Call) -> Any:
        """Make a call and return the JSON of its answer; of JSON lines, a list."""
        outgoing = Outgoing.of(call)
        async for attempt in retrying.attempts(self.max_retries):
            with attempt, sent(call):
                async with aclosing(await self._open(outgoing)) as response:
                    try:
                        if call.lines:
                            return await JsonLines().aread(response.aiter_bytes())
                        return answered(response, await response.aread())
                    except httpx.RequestError as error:
                        failure = self._failed(error)
                    raise failure  # only here: else it would hold that error, and with it the keys that were sent
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _open(self, outgoing: Outgoing) -> httpx.Response:
        """Send a request and return the response, whose body is not read yet; as the client's that waits."""
        request = self._http.build_request(
            outgoing.method,
            self.base_url + outgoing.path,
            content=outgoing.async_content,
            params=dict(outgoing.query) or None,
            headers=self._headers(outgoing),
        )
        try:
            response = await self._http.send(request, stream=True)
            if is_answer(response):
                return response
            async with aclosing(response):
                failure = self._refused(response, await response.aread())
        except NotRecorded as error:
            raise error.with_traceback(None) from None  # without the way that it came through httpx
        except httpx.RequestError as error:
            failure = self._failed(error)
        raise failure  # only here: else it would hold that error, and with it the keys that were sent
