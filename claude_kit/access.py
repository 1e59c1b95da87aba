"""Whom to ask, at which address, and with which key; how a key stays out of everything that is shown or saved."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from typing import Any, Final, Literal

import httpx

from claude_kit import errors
from claude_kit.wire import portkey

__all__ = ["OFFLINE_URL", "Provider", "Secrets", "address", "checked_url", "detect"]

Provider = Literal["auto", "anthropic", "portkey", "offline"]

ANTHROPIC_URL: Final = "https://api.anthropic.com/v1"
OFFLINE_URL: Final = "http://offline.invalid/v1"

# How Anthropic's own keys begin.
_ANTHROPIC_KEY: Final = "sk-ant-"


class Secrets(httpx.Auth):
    """Puts keys on a request when it leaves, and takes them off when the answer begins.

    So neither the client nor a response, an exception or a traceback that shows variables holds them: httpx masks only
    ``authorization`` where it prints headers.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Let one request carry the keys, and no longer."""
        request.headers.update(self._headers)
        try:
            yield request
        finally:
            for name in self._headers:
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


def address(provider: str, api_key: str | None, options: dict[str, Any]) -> tuple[str, dict[str, str]]:
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
