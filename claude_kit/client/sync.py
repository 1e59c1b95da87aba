"""The client that waits: each call returns when its answer is there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

import httpx

from claude_kit.client import portkey, retrying
from claude_kit.client.answers import Answers
from claude_kit.client.batches import Batches
from claude_kit.client.cassettes import RecordingTransport, Session
from claude_kit.client.core import LIMITS, Core
from claude_kit.client.json_lines import JsonLines
from claude_kit.client.library import Prompts
from claude_kit.client.listing import Listing, listed
from claude_kit.client.mapping import OnError, at_once, in_threads
from claude_kit.client.outgoing import Outgoing
from claude_kit.client.responses import answered, counted, is_answer, sent
from claude_kit.client.retrying import OnWait
from claude_kit.client.steps import Call, Pause, Steps
from claude_kit.client.sync_stream import Stream
from claude_kit.errors import NotRecorded
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Estimate
from claude_kit.models import Model
from claude_kit.reply import STOPPED_BEFORE, Reply
from claude_kit.wire.order import Cache

__all__ = ["Client"]

T = TypeVar("T")


class Client(Core[httpx.BaseTransport]):
    """A way to Claude: Anthropic's API, Portkey's gateway, or the offline model.

    Parameters
    ----------
    provider : {"auto", "anthropic", "portkey", "offline"}
        ``"auto"`` takes the gateway if PORTKEY_API_KEY is set, else the API if ANTHROPIC_API_KEY is, else the offline
        model, which says of every answer that no Claude was asked.
    api_key : str, optional
        By default from PORTKEY_API_KEY or ANTHROPIC_API_KEY. ``"auto"`` knows Anthropic's own by its beginning.
    base_url : str, optional
        Another address, ending in ``/v1``.
    dialect : {"messages", "chat"}
        Whose JSON to speak: Anthropic's Messages, which loses nothing, or chat completions, for a gateway.
    betas : iterable of str
        Names of Anthropic's beta features, for every request.
    timeout_s : float
        Seconds without a byte after which to give up.
    max_retries : int
        How often to ask anew where the API is overloaded, a limit is reached or the connection fails; never after
        something of the answer has come.
    transport : httpx.BaseTransport, optional
        Another way to carry the bytes.
    preflight : bool
        Whether every request is checked against all limits first: what the API would refuse is not sent, and what is
        costly or lossy is warned of, once.
    **options
        For the gateway: ``virtual_key``, ``config``, ``metadata``, … (see `claude_kit.wire.portkey.headers`). For the
        offline model: ``pace_s``.

    Attributes
    ----------
    provider : str
        Which one it became.
    base_url : str
        Where it goes.
    via : str
        The route, as `claude_kit.check` names it.

    Raises
    ------
    ClaudeKitError
        If the provider needs a key and there is none, or the key or an option is nothing a header can carry.

    Examples
    --------
    >>> client = Client.offline()
    >>> client.send([{"role": "user", "content": "Hello"}], model="claude-sonnet-5-5").offline
    True
    """

    def _offline_transport(self, **options: Any) -> httpx.BaseTransport:
        from claude_kit.offline.transport import OfflineTransport

        return OfflineTransport(**options)

    def _connect(self, transport: httpx.BaseTransport | None) -> None:
        self._http = httpx.Client(auth=self._secrets, timeout=self._timeout, limits=LIMITS, transport=transport)

    def _record(self, session: Session) -> None:
        self._connect(RecordingTransport(self._http, session))

    def send(self, messages: Sequence[Mapping[str, Any]], *, model: str | Model | None = None, **fields: Any) -> Reply:
        """Send a request and return the whole answer. Takes what `stream` takes.

        Raises
        ------
        APIError, StreamInterrupted
            As `stream` does.
        KeyboardInterrupt
            When interrupted; its ``reply`` holds what had arrived.
        """
        try:
            with self.stream(messages, model=model, **fields) as stream:
                return stream.read()
        except KeyboardInterrupt as interrupt:
            if not hasattr(interrupt, "reply"):
                interrupt.reply = Reply(complete=False, problem=STOPPED_BEFORE)  # type: ignore[attr-defined]
            raise

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        model: str | Model | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        cache: Cache | None = None,
        betas: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        estimate: Estimate | None = None,
        preflight: bool | None = None,
        on_wait: OnWait | None = None,
        **fields: Any,
    ) -> Stream:
        """Send a request and return the answer as a stream of events, when it begins.

        Parameters
        ----------
        messages : sequence of mapping
            ``role`` and ``content``; the content is a string or a list of parts, strings, sources and API blocks, and
            so is what a tool result holds.
        model : str, optional
            By default `claude_kit.default_model`. A slug such as ``"@anthropic-prod/claude-sonnet-5-5"`` goes to the
            gateway as it is.
        max_tokens : int
            Cap on the answer, thinking included.
        thinking : {"adaptive"}, int, mapping or None
            See `claude_kit.wire.thinking.parameter`.
        effort : str, optional
            ``"low"`` to ``"max"``; the API refuses a level that the model does not take.
        cache : {"5m", "1h"}, optional
            Let the API keep the whole conversation so far, so that the next request pays a fraction for it.
        betas : iterable of str
            Names of beta features, beside the client's.
        headers : mapping of str to str, optional
            Further headers of this request, such as the gateway's ``x-portkey-trace-id``.
        estimate : Estimate, optional
            To be kept on the reply.
        preflight : bool, optional
            Whether to check this request first; by default as the client was told.
        on_wait : callable, optional
            Is told of every wait before asking anew, see `claude_kit.client.retrying.Waiting`.
        **fields
            Further fields of the request, such as ``system`` and ``tools``.

        Warns
        -----
        PreflightWarning
            For what the API would accept, but is costly or lossy; once.

        Raises
        ------
        PreflightError
            If the API would refuse it; not a byte was sent.
        APIError
            If the answer is an error; its class tells the kind.
        RetiredModelError, UnknownModelError
            If the model cannot be asked.
        ContentError, TypeError, ValueError
            If a source cannot be read, or an argument is no such thing.
        """
        question = self._question(
            messages,
            model=model,
            max_tokens=max_tokens,
            thinking=thinking,
            effort=effort,
            cache=cache,
            betas=betas,
            headers=headers,
            preflight=preflight,
            on_wait=on_wait,
            **fields,
        )
        return Stream(self, question, estimate)

    def count_tokens(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | Model | None = None, **fields: Any
    ) -> int:
        """Ask how many input tokens a request is; free of charge.

        Parameters
        ----------
        messages, model
            As `stream` takes them.
        **fields
            What else counts: ``system``, ``tools``, ``tool_choice``, ``thinking``, ``output_config``.

        Raises
        ------
        APIError
            If the answer is an error, or no number.
        RetiredModelError, UnknownModelError
            If the model cannot be asked.

        Examples
        --------
        >>> Client.offline().count_tokens([{"role": "user", "content": ""}], model="claude-sonnet-5-5")
        6
        """
        return counted(self._call(self._count(messages, model=model, **fields)))

    def models(self) -> Listing:
        """Ask which models there are now, and what they allow.

        From then on `claude_kit.models` goes by what was told: limits, kinds of thinking, retirements. Of a model that
        it did not know no price is known, see ``.unpriced``.

        Raises
        ------
        APIError
            If the answer is an error.
        """
        return self._run(listed())

    @property
    def batches(self) -> Batches:
        """Message Batches: many requests at half the price, see `claude_kit.client.batches.Batches`."""
        return Batches(self._run, self._in_batch, self.via)

    def map(
        self,
        requests: Iterable[object],
        *,
        concurrency: int = 8,
        progress: bool = True,
        on_error: OnError = "return",
        **fields: Any,
    ) -> Answers:
        """Ask many questions, several at a time, and return their answers in order.

        Where a limit is reached all of them hold back, for as long as the API says.

        Parameters
        ----------
        requests : iterable
            Each a question, a list of content, a message, or the arguments of `send` as a mapping; taken as they are
            needed.
        concurrency : int
            How many are under way at a time.
        progress : bool
            Whether a bar shows how far it is and what it has cost.
        on_error : {"return", "raise"}
            ``"return"``: an error stands in the place of its answer. ``"raise"``: the first one ends it all; its
            ``answers`` hold what came by then.
        **fields
            What is the same for all requests, such as ``model``, ``system`` and ``max_tokens``; see `stream`.

        Returns
        -------
        Answers
            A list of `Reply` and errors, with ``.failed``, ``.cost`` and ``.to_frame()``. Interrupted, it holds what
            had come; all connections of the client are ended then, also those that other threads read from.

        Examples
        --------
        >>> answers = Client.offline(pace_s=0).map(["One?", "Two?"], model="claude-sonnet-5-5", progress=False)
        >>> len(answers), answers.failed
        (2, [])
        """

        def ask(request: Mapping[str, Any]) -> Reply:
            return self.send(**{**request, "on_wait": at_once})

        return in_threads(
            ask,
            requests,
            fields,
            concurrency=concurrency,
            shown=progress,
            on_error=on_error,
            **self._tries,
            hang_up=self._connections.end,
        )

    @property
    def prompts(self) -> Prompts:
        """Portkey's prompt library; see `claude_kit.client.library.Prompts`."""
        self._require_portkey()
        return Prompts(self)

    def feedback(
        self, trace_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """Tell Portkey what an answer was worth.

        Parameters
        ----------
        trace_id : str
            Of the answer: ``reply.gateway.trace_id``.
        value : int
            From -10 to 10.
        weight : float
            From 0 to 1.
        metadata : mapping, optional
            What to keep with it.

        Returns
        -------
        tuple of str
            The ids to change it by, see `update_feedback`.

        Raises
        ------
        TypeError, ValueError
            If value or weight is out of its range.
        APIError
            If the gateway takes no feedback.
        """
        self._require_portkey()
        return self._run(portkey.feedback(trace_id, value, weight, metadata))

    def update_feedback(
        self, feedback_id: str, value: int, weight: float = 1.0, metadata: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """Say something else of an answer than before; takes the id that `feedback` returned."""
        self._require_portkey()
        return self._run(portkey.update_feedback(feedback_id, value, weight, metadata))

    def log(
        self, request: Mapping[str, Any], response: Mapping[str, Any], metadata: Mapping[str, str] | None = None
    ) -> None:
        """Tell Portkey's logs of a call that went past the gateway; see `claude_kit.wire.portkey.records.log`."""
        self._require_portkey()
        self._run(portkey.log(request, response, metadata))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _run(self, steps: Steps[T]) -> T:
        """Carry out an operation of several requests."""
        answer: Any = None
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._step(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _step(self, step: Call | Pause) -> Any:
        if isinstance(step, Pause):
            return time.sleep(step.seconds)
        return self._call(step)

    def _call(self, call: Call) -> Any:
        """Make a call and return the JSON of its answer; of JSON lines, a list."""
        outgoing = Outgoing.of(call)
        for attempt in retrying.attempts(self.max_retries):
            with attempt, sent(call), contextlib.closing(self._open(outgoing)) as response:
                try:
                    if call.lines:
                        return JsonLines().read(response.iter_bytes())
                    return answered(response, response.read())
                except httpx.RequestError as error:
                    failure = self._failed(error)
                raise failure  # only here: else it would hold that error, and with it the keys that were sent
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _open(self, outgoing: Outgoing) -> httpx.Response:
        """Send a request and return the response, whose body is not read yet.

        Raises
        ------
        APIError
            If it is no answer.
        """
        request = self._http.build_request(
            outgoing.method,
            self.base_url + outgoing.path,
            content=outgoing.content,
            params=dict(outgoing.query) or None,
            headers=self._headers(outgoing),
            extensions={"trace": self._connections.trace},
        )
        try:
            response = self._http.send(request, stream=True)
            if is_answer(response):
                return response
            with contextlib.closing(response):
                failure = self._refused(response, response.read())
        except NotRecorded as error:
            raise error.with_traceback(None) from None  # without the way that it came through httpx
        except httpx.RequestError as error:
            failure = self._failed(error)
        raise failure  # only here: else it would hold that error, and with it the keys that were sent
