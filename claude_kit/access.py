"""Whom to ask, at which address, and with which key; how a key stays out of everything that is shown or saved."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Generator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, Literal

import httpx

from claude_kit import errors
from claude_kit.wire import portkey

__all__ = ["OFFLINE_URL", "Provider", "Secrets", "address", "checked_headers", "checked_url", "detect"]

Provider = Literal["auto", "anthropic", "portkey", "offline"]

ANTHROPIC_URL: Final = "https://api.anthropic.com/v1"
OFFLINE_URL: Final = "http://offline.invalid/v1"

# What a client takes beside the gateway's options.
_OF_THE_CLIENT: Final = ("base_url", "dialect", "betas", "timeout_s", "max_retries", "transport", "preflight")

# How Anthropic's own keys begin.
_ANTHROPIC_KEY: Final = "sk-ant-"


# Headers, and fields of a config, that let one in; a shorter value would be found in the middle of words.
_NAMES_A_KEY: Final = re.compile(r"key|authorization|token|secret|password")
_IN_CONFIG: Final = re.compile(r'"[^"]*(?:[kK]ey|authorization|token|secret|password)[^"]*": ?"([^"]+)"')
_LEAST_KEY: Final = 8


class Secrets(httpx.Auth):
    """Puts keys on a request when it leaves, and takes them off when the answer begins.

    So neither the client nor a response, an exception or a traceback that shows variables holds them: httpx masks only
    ``authorization`` where it prints headers.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    @property
    def name_who_is_asked(self) -> bool:
        """Whether there is a config that names providers: with one, the gateway ignores the betas of a request."""
        config = self._headers.get("x-portkey-config", "")
        return '"targets"' in config or '"provider"' in config

    def masked(self, body: bytes) -> bytes:
        """Return an answer without the keys that it repeats, as servers do to say what they were sent."""
        for key in self._keys():
            body = body.replace(key.encode(), b"***")
        return body

    def _keys(self) -> Generator[str, None, None]:
        for name, value in self._headers.items():
            if name == "x-portkey-config":
                yield from (found for found in _IN_CONFIG.findall(value) if len(found) >= _LEAST_KEY)
            elif _NAMES_A_KEY.search(name):
                key = value.removeprefix("Bearer ")
                if len(key) >= _LEAST_KEY:
                    yield key

    def values(self, name: str) -> list[str]:
        """Return what stands in a header, taken apart at its commas."""
        return [value.strip() for value in self._headers.get(name, "").split(",") if value.strip()]

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Let one request carry the keys, and no longer; what it says itself goes before."""
        carried = {name: value for name, value in self._headers.items() if name not in request.headers}
        request.headers.update(carried)
        try:
            yield request
        finally:
            for name in carried:
                del request.headers[name]


def detect(api_key: str | None) -> Provider:
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


def address(
    provider: str,
    api_key: str | None,
    options: Mapping[str, Any],
    *,
    base_url: str | None = None,
    betas: Sequence[str] = (),
) -> tuple[str, Secrets]:
    """Return where a provider is, and the headers that let one in and hold for every request.

    Parameters
    ----------
    provider, api_key, base_url
        As `claude_kit.Client` takes them.
    options : mapping
        For the gateway, see `claude_kit.wire.portkey.headers`; its ``provider`` is called ``portkey_provider`` here.
    betas : sequence of str
        Of Anthropic's, for every request.
    """
    try:
        where, headers = _address(provider, api_key, options, base_url, betas)
    except Exception as error:
        # A traceback that shows variables would show a key that comes from the environment.
        raise error.with_traceback(None) from None
    return where, Secrets(headers)


def _address(
    provider: str, api_key: str | None, options: Mapping[str, Any], base_url: str | None, betas: Sequence[str]
) -> tuple[str, dict[str, str]]:
    if provider == "offline":
        return checked_url(base_url or OFFLINE_URL), {}
    if provider == "anthropic":
        if options:
            raise TypeError(f"{', '.join(options)}: no option of the client; only Client.portkey() takes further ones")
        key = _key(api_key, "ANTHROPIC_API_KEY")
        if not key:
            raise _no_key("ANTHROPIC_API_KEY")
        asked = {"anthropic-beta": ",".join(betas)} if betas else {}
        return checked_url(base_url or ANTHROPIC_URL), checked_headers({"x-api-key": key, **asked})
    if provider == "portkey":
        where = checked_url(base_url or portkey.BASE_URL)
        key = _key(api_key, "PORTKEY_API_KEY")
        # A gateway of one's own may need the provider's key alone.
        if not key and not (options.get("authorization") or options.get("x_api_key")):
            raise _no_key("PORTKEY_API_KEY")
        try:
            return where, portkey.headers(api_key=key or None, **_gateway_options(options, where, betas))
        except (TypeError, ValueError) as error:
            raise errors.ClaudeKitError(str(error)) from None
    raise ValueError(f'provider={provider!r}: give "auto", "anthropic", "portkey" or "offline"')


def _gateway_options(options: Mapping[str, Any], where: str, betas: Sequence[str]) -> dict[str, Any]:
    """Return what to tell the gateway: the client's own defaults, and betas where it will not lose them."""
    gateway = {"strict_open_ai_compliance": False, "provider": options.get("portkey_provider"), **options}
    gateway.pop("portkey_provider", None)
    for name in options:
        if near := get_close_matches(name, _OF_THE_CLIENT, 1, cutoff=0.75):
            raise TypeError(f"{name}: no option of the gateway; is {near[0]}= of the client meant?")
    if options.get("virtual_key") and not portkey.is_hosted(where):
        told = f"virtual_key: {where} is not Portkey's own service, and the open-source gateway knows no virtual keys"
        warnings.warn(f"{told}. Give it the provider's key: authorization=", errors.PreflightWarning, stacklevel=2)
    own = gateway.pop("anthropic_beta", None) or gateway.pop("anthropicBeta", None) or ()
    wanted = [*(own.split(",") if isinstance(own, str) else own), *betas]
    if wanted:
        gateway["anthropic_beta"] = list(dict.fromkeys(wanted))
    if gateway.get("config"):
        gateway["config"] = portkey.config(gateway["config"], base_url=where, betas=wanted)
    return gateway


def _key(given: str | None, variable: str) -> str:
    return (given or os.environ.get(variable) or "").strip()


def _no_key(variable: str) -> errors.ClaudeKitError:
    return errors.ClaudeKitError(f"no key: set {variable} or give api_key=; Client.offline() needs none")


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Refuse what would fail deep inside the transport, with the whole value in its message."""
    for name, value in headers.items():
        if not isinstance(value, str):
            raise TypeError(f"{name}: a header is text, not {type(value).__name__}")
        if not (value.isascii() and value.isprintable()):
            raise errors.ClaudeKitError(
                f"{name}: holds a line break or a character outside ASCII, which no header can carry. A key is copied "
                "without quotation marks; a config is given as a mapping"
            )
    return dict(headers)


def checked_url(url: str) -> str:
    """Return a base address without its last slash; refuse what is none, or holds a password."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise errors.ClaudeKitError(f"base_url={url!r}: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise errors.ClaudeKitError(f'base_url={url!r}: give an address such as "{ANTHROPIC_URL}"')
    if parsed.userinfo:
        raise errors.ClaudeKitError("base_url: leave user and password out of the address; they would end up in logs")
    return url.rstrip("/")
