"""What the gateway is told in headers: ``x-portkey-*``, written as its own SDK means to write them."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from claude_kit.errors import PreflightWarning
from claude_kit.wire.portkey import configs
from claude_kit.wire.portkey.config_checks import LEAST_TIMEOUT_MS

__all__ = ["MAX_HEADER_BYTES", "MAX_METADATA_CHARACTERS", "headers"]

#: Most bytes of all headers of a request: node's limit, and so the gateway's, which answers 431 without a word.
MAX_HEADER_BYTES: Final = 16 * 1024

#: Most characters of a value of the metadata (Portkey documentation, metadata, 2026-11-22).
MAX_METADATA_CHARACTERS: Final = 128

# What the other headers of a request, and its first line, may take of that.
_OTHERS_BYTES: Final = 1024
# Around every header: a colon, a space, a line break.
_AROUND_BYTES: Final = 4

# These are no options of the gateway, but headers of their own.
_PLAIN: Final = {"authorization", "x-api-key", "traceparent"}
# The gateway reads these as JSON, even where they are lists of names.
_JSON: Final = {"default-input-guardrails", "default-output-guardrails"}

#: The options that have to do with Claude (gateway 1.15.2; portkey-ai 2.3.4). Any other goes as a header too.
OPTIONS: Final = (
    "anthropic-beta",
    "anthropic-version",
    "api-key",
    "authorization",
    "beta",
    "cache",
    "cache-force-refresh",
    "cache-namespace",
    "config",
    "custom-host",
    "debug",
    "default-input-guardrails",
    "default-output-guardrails",
    "fetch-integrated-models",
    "forward-headers",
    "metadata",
    "parent-span-id",
    "provider",
    "provider-model",
    "request-timeout",
    "retry-count",
    "sensitive-headers",
    "span-id",
    "span-name",
    "strict-open-ai-compliance",
    "trace-id",
    "traceparent",
    "virtual-key",
    "x-api-key",
)


def headers(**options: Any) -> dict[str, str]:
    """Build the gateway's headers, as ``createHeaders`` of the `portkey-ai` SDK does, but for its bugs.

    Parameters
    ----------
    **options
        In snake_case or camelCase; what is None or an empty string is left out.

        ``api_key``, ``virtual_key``, ``provider`` (``"anthropic"`` or ``"@slug"``), ``provider_model``, ``custom_host``
            Who is asked, and on whose account. ``authorization`` or ``x_api_key`` is the provider's own key.
        ``config``
            A mapping, JSON or the id of a saved one, ``"pc-…"``; see `claude_kit.wire.portkey.config`.
        ``metadata``
            A mapping, or JSON: its values are strings of at most 128 characters.
        ``trace_id``, ``span_id``, ``span_name``, ``parent_span_id``, ``traceparent``
            Where it belongs in a trace.
        ``cache_namespace``, ``cache_force_refresh``
            For the gateway's own cache, not for Anthropic's.
        ``request_timeout``
            Milliseconds.
        ``anthropic_beta``, ``anthropic_version``
            As Anthropic's headers; several betas as a list. ``beta`` is for features of the gateway itself.
        ``strict_open_ai_compliance``
            False, to get thinking and stop reasons of chat completions as they are.
        ``forward_headers``, ``sensitive_headers``
            Names of headers that the provider is to get, and that are not to be logged.
        ``debug``, ``retry_count``, ``default_input_guardrails``, ``default_output_guardrails``, …
            And whatever else the gateway may learn to read.

    Returns
    -------
    dict of str to str
        With lower-case names.

    Raises
    ------
    TypeError, ValueError
        If an option is of a kind or size that the gateway does not take; keys are in no message.

    Warns
    -----
    PreflightWarning
        If an option or a field of the config looks misspelt, or the config says what is passed over.

    Notes
    -----
    Where ``createHeaders`` 2.3.4 goes wrong, this does what was meant:

    - a list is joined by commas, or written as JSON for guardrails (there: Python's ``['a', 'b']``);
    - ``apiKey`` is ``api_key``; an option given in two spellings is refused (there: two headers);
    - a string for ``forward_headers`` is one name (there: its letters), and names are written with dashes, as the
      headers themselves are (there: with underscores, which match none);
    - ``x_api_key`` is the provider's key, ``traceparent`` the W3C's header (there: prefixed, which nobody reads);
    - ``cache_force_refresh=False`` is not sent: the gateway refreshes if the header is there at all;
    - ``retry_count=0`` is sent, ``request_timeout=0`` refused (there: both dropped);
    - ``metadata`` and ``config`` are checked, and escaped where they are not ASCII;
    - a slash at the end of ``custom_host`` is removed, which would make ``//messages`` of the path;
    - with a config that names its providers, the gateway ignores the header for betas: they are put into the config.

    Examples
    --------
    >>> headers(provider="anthropic", metadata={"_user": "ada"}, strict_open_ai_compliance=False)
    {'x-portkey-provider': 'anthropic', 'x-portkey-metadata': '{"_user": "ada"}', \
'x-portkey-strict-open-ai-compliance': 'false'}
    """
    given = _by_name(options)
    forwarded = _forwarded(given.get("forward-headers"))
    built = {}
    for name, value in given.items():
        written = _written(name, value, given)
        if written:
            built[_header(name, forwarded)] = _carried(name, written)
    _refuse_too_large(built)
    return built


# ---- names ------------------------------------------------------------------------------------------------------


def _by_name(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options by the names that the gateway knows, without those that say nothing."""
    given: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for spelling, value in options.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        name = _dashed(spelling)
        if name in given:
            raise TypeError(f"{spelled[name]} and {spelling} are the same option; give one of them")
        given[name], spelled[name] = value, spelling
    for name in given:
        _warn_if_misspelt(name, spelled[name], given)
    return given


def _dashed(spelling: str) -> str:
    """Turn ``trace_id``, ``traceId``, ``traceID`` or ``x-portkey-trace-id`` into ``trace-id``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", spelling)
    return words.replace("_", "-").lower().removeprefix("x-portkey-")


def _warn_if_misspelt(name: str, spelling: str, given: Mapping[str, Any]) -> None:
    if name in OPTIONS or name in _forwarded(given.get("forward-headers")):
        return
    near = get_close_matches(name, OPTIONS, 1, cutoff=0.85)
    if near:
        meant = near[0].replace("-", "_")
        told = f"{spelling}: no option that the gateway reads; is {meant} meant?"
        warnings.warn(told, PreflightWarning, stacklevel=4)


def _header(name: str, forwarded: Sequence[str]) -> str:
    return name if name in _PLAIN or name in forwarded else f"x-portkey-{name}"


def _forwarded(value: object) -> list[str]:
    """Return the names of the headers that the provider is to get."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, Sequence) else ()
    return [str(name).strip().lower().replace("_", "-") for name in names]


# ---- values -----------------------------------------------------------------------------------------------------


def _written(name: str, value: Any, given: Mapping[str, Any]) -> str:
    """Return the value of a header; empty where there is nothing to be said."""
    if name == "config":
        return configs.config(value, betas=_texts(given.get("anthropic-beta")))
    if name == "metadata":
        return _metadata(value)
    if name == "request-timeout":
        return str(_milliseconds(value))
    if name == "forward-headers":
        return ",".join(_forwarded(value))
    if name == "cache-force-refresh":
        return "true" if value and str(value).lower() != "false" else ""
    if name == "custom-host":
        return str(value).strip().rstrip("/")
    if name == "mode":
        return value if "proxy" in value else f"proxy {value}"
    if name == "authorization":
        key = str(value).strip()
        return key if key.lower().startswith("bearer ") else f"Bearer {key}"
    return _text(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) or (name in _JSON and not isinstance(value, str)):
        return json.dumps(value)
    if isinstance(value, bytes):
        raise TypeError(f"{name.replace('-', '_')}: bytes; give it as text")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(_texts(value))
    return str(value).strip()


def _texts(value: Any) -> list[str]:
    """Return one value or several as texts."""
    if value is None:
        return []
    several = value.split(",") if isinstance(value, str) else value
    return [text for text in (str(each).strip() for each in several) if text]


def _milliseconds(value: Any) -> int:
    number = float(value) if isinstance(value, str) and value.strip().isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not float(number).is_integer():
        raise ValueError(f"request_timeout={value!r}: give whole milliseconds, such as 30000 for half a minute")
    if number < LEAST_TIMEOUT_MS:
        fix = f"{number:g} s are {number * 1000:g}" if number > 0 else "leave it out to wait as long as it takes"
        raise ValueError(f"request_timeout={number:g}: is in milliseconds, at least {LEAST_TIMEOUT_MS}; {fix}")
    return int(number)


def _metadata(value: Any) -> str:
    data = _mapping(value)
    if data is None:
        raise TypeError('metadata: give a mapping of strings, such as {"_user": "ada"}, or the JSON of one')
    for key, text in data.items():
        if not isinstance(text, str):
            shown = json.dumps(text) if isinstance(text, bool | int | float) else "its text"
            raise TypeError(
                f"metadata[{key!r}] is {_kind(text)}, and Portkey takes strings alone; give it as text: {shown!r}"
            )
        if len(text) > MAX_METADATA_CHARACTERS:
            raise ValueError(
                f"metadata[{key!r}] has {len(text):,} characters, the limit is {MAX_METADATA_CHARACTERS}; give what "
                "identifies it, and keep the rest yourself"
            )
    return value if isinstance(value, str) and value.isascii() else json.dumps(data)


def _mapping(value: Any) -> Mapping[Any, Any] | None:
    """Return a mapping, given as one or as JSON; None where it is neither."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None


def _kind(value: object) -> str:
    if value is None:
        return "null"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "a number" if number else f"a {type(value).__name__}"


# ---- limits -----------------------------------------------------------------------------------------------------


def _carried(name: str, value: str) -> str:
    """Refuse what would fail deep inside the transport, with the whole value in its message."""
    if value.isascii() and value.isprintable():
        return value
    raise ValueError(
        f"{name.replace('-', '_')}: holds a line break or a character outside ASCII, which no header can carry; a key "
        "is copied without quotation marks, anything else is written in plain letters"
    )


def _refuse_too_large(built: Mapping[str, str]) -> None:
    sizes = {name: len(name) + len(value) + _AROUND_BYTES for name, value in built.items()}
    most = MAX_HEADER_BYTES - _OTHERS_BYTES
    if sum(sizes.values()) > most:
        largest = max(sizes, key=lambda name: sizes[name])
        way_out = "; save the config in Portkey and give its id, pc-…" if largest == "x-portkey-config" else ""
        raise ValueError(
            f"the gateway's headers are {sum(sizes.values()):,} bytes, the limit is {most:,} of {MAX_HEADER_BYTES:,}; "
            f"{largest} alone is {sizes[largest]:,}: shorten it{way_out}"
        )
