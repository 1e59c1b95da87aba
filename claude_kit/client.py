"""HTTP: how a request leaves and an answer comes back.

Knows connections, keys and errors; nothing of notebooks. The JSON is `claude_kit.wire`'s.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Literal, NoReturn, Self

import httpx

from claude_kit import errors, models
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Estimate
from claude_kit.models import Model
from claude_kit.preflight.request import Via
from claude_kit.reply import Accumulator, Reply
from claude_kit.wire import events as e
from claude_kit.wire import failures, portkey
from claude_kit.wire import messages as dialect
from claude_kit.wire import thinking as thinking_field

__all__ = ["Client", "Stream"]

Provider = Literal["auto", "anthropic", "portkey", "offline"]

# How Anthropic's own keys begin.
_ANTHROPIC_KEY: Final = "sk-ant-"

ANTHROPIC_URL: Final = "https://api.anthropic.com/v1"
OFFLINE_URL: Final = "http://offline.invalid/v1"

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
        provider: Provider = "auto",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
        **options: Any,
    ) -> None:
        self.provider = _detect(api_key) if provider == "auto" else provider
        self.via: Via = "portkey" if self.provider == "portkey" else "anthropic"
        address, secrets = _address(self.provider, api_key, options)
        if transport is None and self.provider == "offline":
            from claude_kit.offline.transport import OfflineTransport

            transport = OfflineTransport(**options)
        self.base_url = _checked_url(base_url or address)
        self._http = httpx.Client(
            headers={"user-agent": "claude_kit", "anthropic-version": dialect.API_VERSION},
            auth=_Secrets(secrets),
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
        estimate: Estimate | None = None,
        **fields: Any,
    ) -> Stream:
        """Send a request and return the answer as a stream of events.

        Parameters
        ----------
        messages : sequence of mapping
            ``role`` and ``content``; the content is a string or a list of parts, strings, sources and API blocks.
        model : str, optional
            By default `claude_kit.default_model`. A slug such as ``"@anthropic-prod/claude-sonnet-5-5"`` goes to the
            gateway as it is.
        max_tokens : int
            Cap on the answer, thinking included.
        thinking : {"adaptive"}, int, mapping or None
            See `claude_kit.wire.thinking.parameter`.
        effort : str, optional
            ``"low"`` to ``"max"``; the API refuses a level that the model does not take.
        estimate : Estimate, optional
            To be kept on the reply.
        **fields
            Further fields of the request, such as ``system`` and ``tools``.

        Raises
        ------
        APIError
            If the answer is an error; its class tells the kind.
        RetiredModelError, UnknownModelError
            If the model cannot be asked.
        ContentError, TypeError, ValueError
            If a source cannot be read, or an argument is no such thing.
        """
        chosen = models.require_active(model)
        if effort:
            fields["output_config"] = {**(fields.get("output_config") or {}), "effort": effort}
        fields["thinking"] = thinking_field.parameter(thinking, chosen, max_tokens=max_tokens)
        spelling = model if isinstance(model, str) and self.provider == "portkey" else chosen.id
        body = dialect.encode_request(messages, model=spelling, max_tokens=max_tokens, **fields)
        return Stream(self._post("/messages", body), estimate)

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

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        # Half of a surrogate pair is no character, UTF-8 cannot write it and the API refuses it.
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        request = self._http.build_request(
            "POST", self.base_url + path, content=data, headers={"content-type": "application/json"}
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


class _Secrets(httpx.Auth):
    """Puts keys on a request when it leaves, and takes them off when the answer begins.

    So neither the client nor a response, an exception or a traceback that shows variables holds them: httpx masks only
    ``authorization`` where it prints headers.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self._headers)
        try:
            yield request
        finally:
            for name in self._headers:
                del request.headers[name]


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).lower()


def _detect(api_key: str | None) -> Provider:
    """Tell by the keys whom to ask."""
    if api_key:
        if api_key.strip().startswith(_ANTHROPIC_KEY):
            return "anthropic"
        raise errors.ClaudeKitError("whose key is it? Say Client.anthropic(api_key) or Client.portkey(api_key)")
    if _key(None, "PORTKEY_API_KEY"):
        return "portkey"
    if _key(None, "ANTHROPIC_API_KEY"):
        return "anthropic"
    return "offline"


def _address(provider: str, api_key: str | None, options: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return where a provider is and the headers that let one in."""
    if provider == "offline":
        return OFFLINE_URL, {}
    if provider == "anthropic":
        if options:
            raise TypeError(f"{', '.join(options)}: no option of the client; only Client.portkey() takes further ones")
        key = _key(api_key, "ANTHROPIC_API_KEY")
        if not key:
            raise _no_key("ANTHROPIC_API_KEY")
        return ANTHROPIC_URL, _checked_headers({"x-api-key": key})
    if provider == "portkey":
        gateway = {"provider": options.pop("portkey_provider", None), **options}
        key = _key(api_key, "PORTKEY_API_KEY")
        # A gateway of one's own may need the provider's key alone.
        if not key and not gateway.get("authorization"):
            raise _no_key("PORTKEY_API_KEY")
        return portkey.BASE_URL, _checked_headers(portkey.headers(api_key=key or None, **gateway))
    raise ValueError(f'provider={provider!r}: give "auto", "anthropic", "portkey" or "offline"')


def _key(given: str | None, variable: str) -> str:
    return (given or os.environ.get(variable) or "").strip()


def _no_key(variable: str) -> errors.ClaudeKitError:
    return errors.ClaudeKitError(f"no key: set {variable} or give api_key=; Client.offline() needs none")


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Refuse what would fail deep inside the transport, with the whole value in its message."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise errors.ClaudeKitError(
                f"{name}: holds a line break or a character outside ASCII, which no header can carry. A key is copied "
                "without quotation marks; a config is given as a mapping"
            )
    return dict(headers)


def _checked_url(url: str) -> str:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise errors.ClaudeKitError(f"base_url={url!r}: {error}") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise errors.ClaudeKitError(f'base_url={url!r}: give an address such as "{ANTHROPIC_URL}"')
    if address.userinfo:
        raise errors.ClaudeKitError("base_url: leave user and password out of the address; they would end up in logs")
    return url.rstrip("/")
