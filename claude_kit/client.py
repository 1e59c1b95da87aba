"""HTTP: how a request leaves and an answer comes back.

Knows connections, keys and errors; nothing of notebooks. The JSON is `claude_kit.wire`'s.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, NoReturn, Self

import httpx

from claude_kit import access, errors, models
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Estimate
from claude_kit.models import Model
from claude_kit.preflight import Report, check
from claude_kit.preflight.request import Via
from claude_kit.reply import Accumulator, Reply
from claude_kit.wire import events as e
from claude_kit.wire import failures, order
from claude_kit.wire import messages as dialect
from claude_kit.wire import thinking as thinking_field
from claude_kit.wire.body import encode
from claude_kit.wire.order import Cache

__all__ = ["Client", "Stream"]

# Without a stream the API gives an answer ten minutes; in a stream it pings often, so this never cuts a living one.
_TIMEOUT_S: Final = 600.0
_CONNECT_TIMEOUT_S: Final = 15.0

_STOPPED: Final = "Stopped before the answer was complete."


class Client:
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
    timeout_s : float
        Seconds without a byte after which to give up.
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

    def __init__(
        self,
        provider: access.Provider = "auto",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
        preflight: bool = True,
        **options: Any,
    ) -> None:
        self.provider = access.detect(api_key) if provider == "auto" else provider
        self.via: Via = "portkey" if self.provider == "portkey" else "anthropic"
        address, secrets = access.address(self.provider, api_key, options)
        if transport is None and self.provider == "offline":
            from claude_kit.offline.transport import OfflineTransport

            transport = OfflineTransport(**options)
        self.base_url = access.checked_url(base_url or address)
        self.preflight = preflight
        self._warned: set[tuple[str, str]] = set()
        self._http = httpx.Client(
            headers={"user-agent": "claude_kit", "anthropic-version": dialect.API_VERSION},
            auth=access.Secrets(secrets),
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S),
            transport=transport,
        )

    @classmethod
    def anthropic(cls, api_key: str | None = None, **options: Any) -> Self:
        """Return a client of Anthropic's API; the key is ANTHROPIC_API_KEY by default."""
        return cls("anthropic", api_key=api_key, **options)

    @classmethod
    def portkey(cls, api_key: str | None = None, **options: Any) -> Self:
        """Return a client of Portkey's gateway; the key is PORTKEY_API_KEY by default.

        Parameters
        ----------
        api_key : str, optional
        **options
            ``provider="anthropic"`` or ``"@slug"``, ``virtual_key``, ``config``, ``metadata``, ``trace_id``,
            ``custom_host``, ``authorization`` and what else the gateway reads from headers; also the arguments of
            `Client`.
        """
        # `provider` is the client's own word; the gateway's takes a detour.
        return cls("portkey", api_key=api_key, portkey_provider=options.pop("provider", None), **options)

    @classmethod
    def offline(cls, **options: Any) -> Self:
        """Return a client of the offline model, which needs no key and asks no Claude."""
        return cls("offline", **options)

    def send(self, messages: Sequence[Mapping[str, Any]], *, model: str | Model | None = None, **fields: Any) -> Reply:
        """Send a request and return the whole answer. Takes what `stream` takes.

        Raises
        ------
        APIError, StreamInterrupted
            As `stream` does.
        """
        with self.stream(messages, model=model, **fields) as stream:
            for _ in stream:
                pass
            return stream.reply

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        model: str | Model | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        cache: Cache | None = None,
        estimate: Estimate | None = None,
        preflight: bool | None = None,
        **fields: Any,
    ) -> Stream:
        """Send a request and return the answer as a stream of events.

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
        estimate : Estimate, optional
            To be kept on the reply.
        preflight : bool, optional
            Whether to check this request first; by default as the client was told.
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
        chosen = models.require_active(model)
        read = [_read(message) for message in messages]
        if self.preflight if preflight is None else preflight:
            asked = {"max_tokens": max_tokens, "thinking": thinking, "effort": effort, "cache": cache, **fields}
            self._warn(check(model=chosen, via=self.via, messages=read, **asked).raise_if_failed())
        if effort:
            fields["output_config"] = {**(fields.get("output_config") or {}), "effort": effort}
        fields["thinking"] = thinking_field.parameter(thinking, chosen, max_tokens=max_tokens)
        spelling = model if isinstance(model, str) and self.provider == "portkey" else chosen.id
        body = dialect.encode_request(read, model=spelling, max_tokens=max_tokens, cache=cache, **fields)
        return Stream(self._post("/messages", body), estimate)

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
        chosen = models.require_active(model)
        spelling = model if isinstance(model, str) and self.provider == "portkey" else chosen.id
        body = dialect.encode_count(messages, model=spelling, **fields)
        response = self._post("/messages/count_tokens", body)
        try:
            told = json.loads(response.read()).get("input_tokens")
        except (ValueError, AttributeError):
            told = None
        finally:
            response.close()
        if not isinstance(told, int):
            raise failures.from_response(response.status_code, response.headers, response.content)
        return told

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.provider}: {'no Claude is asked' if self.provider == 'offline' else self.base_url}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client holds a key and connections and cannot be pickled; make a new one where it is needed")

    def _warn(self, report: Report) -> None:
        """Warn of what was not warned of before."""
        for finding in report.warnings:
            if (finding.rule, finding.where) not in self._warned:
                self._warned.add((finding.rule, finding.where))
                warnings.warn(finding.message, errors.PreflightWarning, stacklevel=_frames_to_the_caller())

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        request = self._http.build_request(
            "POST", self.base_url + path, content=encode(body), headers={"content-type": "application/json"}
        )
        try:
            response = self._http.send(request, stream=True)
            # A page in place of an answer comes with a status of 200, from the wrong address or a sign-in.
            if response.is_success and not _content_type(response).startswith("text/html"):
                return response
            try:
                response.read()
            finally:
                response.close()
        except httpx.RequestError as error:
            raise errors.ConnectionFailed(
                f"{type(error).__name__}: {error}",
                type="connection_error",
                advice=f"Is {self.base_url} reachable from here?",
            ) from None
        raise failures.from_response(response.status_code, response.headers, response.content)


class Stream:
    """An answer while it comes in: iterate it once for its events, then read `reply`.

    Leaving the ``with`` block, or an interrupt while iterating, closes the connection at once; `reply` then holds what
    had arrived, marked incomplete.

    Attributes
    ----------
    request_id : str or None
        The request's id, to quote to the provider's support.
    estimate : Estimate or None
        What had been estimated before sending.
    """

    def __init__(self, response: httpx.Response, estimate: Estimate | None = None) -> None:
        self._response = response
        self._accumulator = Accumulator()
        self._begun = False
        self._problem = ""
        self.request_id: str | None = response.headers.get("request-id")
        self.estimate = estimate

    @property
    def reply(self) -> Reply:
        """The answer, as far as it has come."""
        return self._accumulator.reply(estimate=self.estimate, request_id=self.request_id, problem=self._problem)

    def __iter__(self) -> Iterator[e.Event]:
        if self._begun:
            return
        self._begun = True
        try:
            for event in self._events():
                self._accumulator.feed(event)
                if isinstance(event, e.StreamError):
                    self._problem = self.reply.problem
                    failure = failures.from_stream(event, self.request_id)
                    failure.reply = self.reply
                    raise failure
                yield event
            if not self._accumulator.stopped:
                self._problem = self.reply.problem
                raise errors.StreamInterrupted(self._problem, reply=self.reply)
        except (httpx.RequestError, httpx.StreamError) as error:
            if not self._accumulator.stopped:
                self._problem = f"The connection broke: {type(error).__name__}"
                raise errors.StreamInterrupted(f"{self._problem}. {error}", reply=self.reply) from None
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; what has not come by then never will."""
        if not (self._accumulator.stopped or self._problem):
            self._problem = _STOPPED
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Stream {self.request_id or ''}: {self.reply!r}>"

    def _events(self) -> Iterator[e.Event]:
        if not _content_type(self._response).startswith("application/json"):
            return dialect.decode(self._response.iter_bytes())
        try:
            message = json.loads(self._response.read())
        except ValueError:
            message = None
        return dialect.decode_message(message) if isinstance(message, dict) else iter(())


def _read(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read the sources among a message's content, each once: they are checked, and then sent."""
    if not isinstance(message, Mapping) or "content" not in message or isinstance(message["content"], str):
        return message  # encoding says what is wrong with it, if anything is
    return {**message, "content": order.items(order.several(message["content"]))}


def _frames_to_the_caller() -> int:
    """Count the frames of this file on top of the stack: a warning belongs to the line that called it."""
    frame, count = sys._getframe(1), 1
    while frame.f_back and frame.f_code.co_filename == __file__:
        frame, count = frame.f_back, count + 1
    return count


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).lower()
