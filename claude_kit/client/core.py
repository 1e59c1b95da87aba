"""Whom is asked, and how does a question become the request that is sent there? What both clients share.

No IO in here: `claude_kit.client.sync` and `claude_kit.client.aio` carry the bytes, and what comes back is
`claude_kit.client.responses`' and `claude_kit.client.incoming`'s.
"""

from __future__ import annotations

import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, NoReturn, Self, TypeVar

import httpx

from claude_kit import access, errors, models
from claude_kit.client.cassettes import Origin, Player, ReplayingTransport, Session
from claude_kit.client.connections import Connections
from claude_kit.client.outgoing import Outgoing
from claude_kit.client.retrying import MAX_RETRIES, OnWait
from claude_kit.client.steps import Call
from claude_kit.estimate import DEFAULT_MAX_TOKENS
from claude_kit.models import Model
from claude_kit.preflight import Report, check
from claude_kit.preflight.request import KNOWN_FIELDS, Via
from claude_kit.render import units
from claude_kit.wire import Dialect, chat_requests, failures, order
from claude_kit.wire import messages as native
from claude_kit.wire import thinking as thinking_field
from claude_kit.wire.body import Written
from claude_kit.wire.order import Cache
from claude_kit.wire.portkey import is_hosted

__all__ = ["LIMITS", "TIMEOUT_S", "Core"]

#: Without a stream the API gives an answer ten minutes; in a stream it pings often, so this never cuts a living one.
TIMEOUT_S: Final = 600.0
_CONNECT_TIMEOUT_S: Final = 15.0

#: As many connections as there are streams: with httpx's own limit the hundred-and-first would wait for another's end.
LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=100)

_PATHS: Final[dict[Dialect, str]] = {"messages": "/messages", "chat": "/chat/completions"}

# A cassette needs no key, but a client of a provider has one.
_NO_KEY: Final = "no key is needed"

# Of what a request can say, what its input is counted without.
_COUNTED: Final = {"system", "tools", "tool_choice", "output_config", "mcp_servers", "context_management"}
_UNCOUNTED: Final = (KNOWN_FIELDS | {"on_wait"}) - _COUNTED

Transport = TypeVar("Transport", httpx.BaseTransport, httpx.AsyncBaseTransport)

_HERE: Final = str(Path(__file__).parent)


class Core(ABC, Generic[Transport]):
    """Everything of a client but its connections.

    The parameters are those of `claude_kit.Client`.
    """

    # A traceback shows what failed to be made, too.
    provider: access.Provider = "auto"
    base_url: str = ""
    _cassette: str = ""

    def __init__(
        self,
        provider: access.Provider = "auto",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        dialect: Dialect = "messages",
        betas: Iterable[str] = (),
        timeout_s: float = TIMEOUT_S,
        max_retries: int = MAX_RETRIES,
        transport: Transport | None = None,
        preflight: bool = True,
        **options: Any,
    ) -> None:
        self.provider = access.detect(api_key) if provider == "auto" else provider
        if provider == "auto" and self.provider == "offline" and base_url:
            raise errors.ClaudeKitError(
                f"base_url={base_url!r}: whose address is it? Say Client.anthropic(api_key, base_url=...) or "
                "Client.portkey(..., base_url=...); without a key it would be the offline model"
            )
        if dialect not in _PATHS:
            raise ValueError(f"dialect={dialect!r}: give {' or '.join(map(repr, _PATHS))}")
        if dialect == "chat" and self.provider == "anthropic":
            raise errors.ClaudeKitError(
                "dialect=\"chat\": Anthropic's own API is asked in its own dialect; chat completions are for Portkey's "
                'gateway, Client.portkey(..., dialect="chat")'
            )
        self.via: Via = "portkey" if self.provider == "portkey" else "anthropic"
        self.dialect: Dialect = dialect
        self.betas = _listed(betas)
        self.preflight = preflight
        self.max_retries = max_retries
        self.base_url, self._secrets = access.address(
            self.provider, api_key, options, base_url=base_url, betas=self.betas
        )
        self._timeout = httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S)
        self._connections = Connections()
        self._warned: set[str] = set()
        if transport is None and self.provider == "offline":
            transport = self._offline_transport(**options)
        self._connect(transport)

    @abstractmethod
    def _offline_transport(self, **options: Any) -> Transport:
        """Return what carries requests to the offline model."""

    @abstractmethod
    def _connect(self, transport: Transport | None) -> None:
        """Make ready to send, by a transport of one's own or else over the network."""

    @abstractmethod
    def _record(self, session: Session) -> None:
        """Connect anew, so that every exchange is recorded."""

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
            ``custom_host``, ``authorization`` and what else the gateway reads from headers, see
            `claude_kit.wire.portkey.headers`; also the arguments of the client.
        """
        # `provider` is the client's own word; the gateway's takes a detour.
        return cls("portkey", api_key=api_key, portkey_provider=options.pop("provider", None), **options)

    @classmethod
    def offline(cls, **options: Any) -> Self:
        """Return a client of the offline model, which needs no key and asks no Claude."""
        return cls("offline", **options)

    @classmethod
    def record(cls, path: str | Path, provider: access.Provider = "auto", **options: Any) -> Self:
        """Return a client that writes every answer into a cassette, for a class that has no key; see `replay`.

        Of requests the words are kept, and of files their hash; keys, cookies and account ids are not. The file is
        written after every answer. Recorded again, an answer takes the place of the earlier one to the same request;
        what is not asked again stays. To begin with nothing, delete the file first.

        Parameters
        ----------
        path : str or Path
            The cassette, such as ``"lesson.cassette"``; made if it is not there.
        provider : {"auto", "anthropic", "portkey", "offline"}
        **options
            What the client takes otherwise: ``api_key``, ``base_url``, ``dialect``, …; for the gateway's own
            ``provider`` say ``portkey_provider``.

        Raises
        ------
        ClaudeKitError
            If the file is there and no cassette, or cannot be written, or there is no key where one is needed.
        """
        client = cls(provider, **options)
        client._record(Session(path, Origin(client.provider, client.base_url, client.dialect)))
        client._cassette = f"recording into {path}"
        return client

    @classmethod
    def replay(cls, path: str | Path, *, pace: float | None = None, **options: Any) -> Self:
        """Return a client that answers out of a cassette, without key and network: real answers, recorded earlier.

        The same request asked several times gets its recorded answers in order, then the last one again. Errors are
        replayed too. Every answer has the header ``x-claude-kit-recorded``, which says when it was recorded.

        Parameters
        ----------
        path : str or Path
            As `record` wrote it.
        pace : float, optional
            What the recorded times are multiplied by: 1 is as it was, 0 is at once. By default 1, and 0 under
            ``CLAUDE_KIT_STATIC=1``. Nobody waits longer than 5 seconds for a piece, or 30 for an answer.
        **options
            ``max_retries``, ``preflight``, ``timeout_s``; also ``dialect``, where several were recorded.

        Raises
        ------
        ClaudeKitError
            If the file is no cassette, damaged, or of a later version.
        NotRecorded
            When it is asked what was not recorded; says what differs.

        Examples
        --------
        >>> Client.replay("lesson.cassette").send(question)  # doctest: +SKIP
        """
        player = Player(path, pace)
        origin = player.origin
        told = {"base_url": origin.base_url, "dialect": origin.dialect, **options}
        client = cls(origin.provider, api_key=_NO_KEY, transport=ReplayingTransport(player), **told)
        client._cassette = f"replaying {path}, no Claude is asked"
        return client

    @property
    def _tries(self) -> dict[str, int]:
        """How often `map` asks one request: as often as is worth it, or once where nothing shall be asked again."""
        return {} if self.max_retries else {"tries": 1}

    def _require_portkey(self) -> None:
        """Refuse what only Portkey's gateway has, before anybody else is asked for it."""
        if self.provider == "anthropic":
            raise errors.ClaudeKitError(
                "prompts, feedback and logs are kept by Portkey: ask with Client.portkey(...), or try them with "
                "Client.offline()"
            )

    @property
    def route(self) -> dict[str, Any]:
        """What `claude_kit.check` needs to know of the way that requests take: another one loses other things."""
        if self.via != "portkey":
            return {"via": self.via}
        return {"via": self.via, "dialect": self.dialect, "hosted": is_hosted(self.base_url)}

    def __repr__(self) -> str:
        where = "no Claude is asked" if self.provider == "offline" else self.base_url
        if self._cassette:
            where = f"{where}, {self._cassette}" if self._cassette.startswith("recording") else self._cassette
        return f"<{type(self).__name__} {self.provider}: {where}>"

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"a {name} holds a key and connections and cannot be pickled; make a new one where it is needed"
        )

    def _question(
        self,
        given: Sequence[Mapping[str, Any]],
        *,
        betas: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        on_wait: OnWait | None = None,
        **asked: Any,
    ) -> Outgoing:
        """Check a question and write its request; parameters and errors are those of `claude_kit.Client.stream`."""
        body = self._body(given, dialect=self.dialect, **asked)
        return Outgoing(
            "POST",
            _PATHS[self.dialect],
            Written(body),
            self._own_headers(betas, headers),
            dialect=self.dialect,
            on_wait=on_wait,
        )

    def _body(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        model: str | Model | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        cache: Cache | None = None,
        preflight: bool | None = None,
        dialect: Dialect = "messages",
        **fields: Any,
    ) -> dict[str, Any]:
        """Check a question, and return the body of its request."""
        chosen = models.require_active(model)
        read = [_read(message) for message in messages]
        checked = self.preflight if preflight is None else preflight
        if checked:
            asked = {"max_tokens": max_tokens, "thinking": thinking, "effort": effort, "cache": cache, **fields}
            told = {**self.route, "dialect": dialect} if "dialect" in self.route else self.route
            self._warn(check(model=chosen, messages=read, **asked, **told).raise_if_failed())
        fields |= _thinking_fields(thinking, effort, chosen, max_tokens, fields.get("output_config"))
        asked = {"model": self._spelling(model, chosen), "max_tokens": max_tokens, "cache": cache, **fields}
        if dialect == "chat":
            # Who has this one request not checked, as a chat does, has heard of it before.
            return chat_requests.encode_request(read, warn=preflight is None and not checked, **asked)
        return native.encode_request(read, **asked)

    def _in_batch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Check a request of many, and return its body; a batch has no streams and one dialect."""
        for name in ("betas", "headers"):
            if request.get(name):
                told = f"{name}={request[name]!r}: a batch is one request to the API"
                raise TypeError(f"{told}. Give betas= to the client")
        return self._body(**{name: value for name, value in request.items() if name != "estimate"})

    def _count(
        self,
        given: Sequence[Mapping[str, Any]],
        *,
        model: str | Model | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        betas: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Call:
        """Write the request that only counts; see `claude_kit.Client.count_tokens`."""
        chosen = models.require_active(model)
        counted = {name: value for name, value in fields.items() if name not in _UNCOUNTED}
        counted |= _thinking_fields(thinking, effort, chosen, max_tokens, fields.get("output_config"))
        body = native.encode_count(given, model=self._spelling(model, chosen), **counted)
        return Call("POST", "/messages/count_tokens", body, headers=self._own_headers(betas, headers))

    def _own_headers(self, betas: Iterable[str], headers: Mapping[str, str] | None) -> dict[str, str]:
        """Return the headers of one request."""
        return {**access.checked_headers(headers or {}), **self._beta_header(_listed(betas))}

    def _headers(self, outgoing: Outgoing) -> dict[str, str]:
        """Return the headers of a request, without the secret ones."""
        told = {"user-agent": "claude_kit", "anthropic-version": native.API_VERSION}
        if outgoing.body is not None:
            told |= {"content-type": "application/json", "content-length": str(outgoing.body.size)}
        return {**told, **outgoing.headers}

    def _beta_header(self, betas: Sequence[str]) -> dict[str, str]:
        """Return the header for betas of one request, beside those of the client."""
        if not betas:
            return {}
        if self.provider == "portkey" and self._secrets.name_who_is_asked:
            raise ValueError(
                f"betas={list(betas)}: this client's config names its providers, and with it the gateway ignores betas "
                "of a request. Give betas= to the client, which puts them into the config"
            )
        name: str = "x-portkey-anthropic-beta" if self.provider == "portkey" else "anthropic-beta"
        return access.checked_headers({name: ",".join(dict.fromkeys((*self._secrets.values(name), *betas)))})

    def _spelling(self, model: str | Model | None, chosen: Model) -> str:
        """Return the model's name on this route: the gateway knows slugs and aliases of its own."""
        return model if isinstance(model, str) and self.provider == "portkey" else chosen.id

    def _warn(self, report: Report) -> None:
        """Warn of what was not warned of before."""
        for finding in report.warnings:
            if finding.gist not in self._warned:
                self._warned.add(finding.gist)
                warnings.warn(finding.message, errors.PreflightWarning, stacklevel=_frames_to_the_caller())

    def _refused(self, response: httpx.Response, body: bytes) -> errors.APIError:
        """Return the error that an answer is."""
        return failures.from_response(response.status_code, response.headers, self._secrets.masked(body))

    def _failed(self, error: httpx.RequestError) -> errors.APIError:
        """Return the error to raise where there was no answer at all."""
        kind = type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            return errors.APITimeoutError(
                f"{kind}: nothing came from {self.base_url} for {units.seconds(self._patience_s(error))}",
                type="timeout_error",
                advice="Give it more time with timeout_s=, or ask for less at a time.",
            )
        return errors.ConnectionFailed(
            f"{kind}: {error}", type="connection_error", advice=f"Is {self.base_url} reachable from here?"
        )

    def _patience_s(self, error: httpx.TimeoutException) -> float:
        """Return after how many seconds it was given up."""
        connecting = isinstance(error, httpx.ConnectTimeout)
        return (self._timeout.connect if connecting else self._timeout.read) or 0.0


def _thinking_fields(
    thinking: str | int | Mapping[str, Any] | None,
    effort: str | None,
    model: Model,
    max_tokens: int,
    output_config: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what a request says of thinking."""
    told: dict[str, Any] = {"thinking": thinking_field.parameter(thinking, model, max_tokens=max_tokens)}
    return {**told, "output_config": {**(output_config or {}), "effort": effort}} if effort else told


def _listed(betas: Iterable[str]) -> tuple[str, ...]:
    return (betas,) if isinstance(betas, str) else tuple(betas)


def _read(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read the sources among a message's content, each once: they are checked, and then sent."""
    if not isinstance(message, Mapping) or "content" not in message or isinstance(message["content"], str):
        return message  # encoding says what is wrong with it, if anything is
    return {**message, "content": order.items(order.several(message["content"]))}


def _frames_to_the_caller() -> int:
    """Count the frames of the client on top of the stack: a warning belongs to the line that called it."""
    frame, count = sys._getframe(1), 1
    while frame.f_back and frame.f_code.co_filename.startswith(_HERE):
        frame, count = frame.f_back, count + 1
    return count
