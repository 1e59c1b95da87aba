"""Configs: how the gateway retries, falls back, shares the load or chooses, written so that it does."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit.errors import PreflightWarning
from claude_kit.wire.portkey.config_checks import problems, targets_of
from claude_kit.wire.portkey.hosts import BASE_URL, is_hosted

__all__ = ["config", "with_betas"]

_SAVED: Final = "pc-"

# Frames from a warning to who called `claude_kit.wire.portkey.headers`.
_CALLER: Final = 4


class Checked(str):
    """A config as the header says it, which was checked already."""

    __slots__ = ()


def config(value: Mapping[str, Any] | str, *, base_url: str = BASE_URL, betas: Sequence[str] = ()) -> Checked:
    """Return a config as the header says it, checked.

    Parameters
    ----------
    value : mapping or str
        A config, its JSON, or the id of one that is saved in Portkey, ``"pc-…"``.
    base_url : str
        Which gateway it is for: one of your own knows neither ids nor virtual keys.
    betas : sequence of str
        Betas of Anthropic's, for `with_betas`.

    Raises
    ------
    TypeError, ValueError
        If it is no config, or one that the gateway refuses: all that is wrong with it, each with its place.

    Warns
    -----
    PreflightWarning
        If the gateway would pass over something of it in silence.

    Examples
    --------
    >>> config({"retry": {"attempts": 3}})
    '{"retry": {"attempts": 3}}'
    >>> config("pc-fallback-1")
    'pc-fallback-1'
    """
    if isinstance(value, Checked):
        return value
    if isinstance(value, str) and value.strip().startswith(_SAVED):
        if not is_hosted(base_url):
            raise ValueError(
                "config: an id of a config saved in Portkey, which a gateway of your own does not know; give the "
                "config itself as a mapping"
            )
        return Checked(value.strip())
    read = _parsed(value)
    found = problems(read, base_url=base_url)
    refused = [problem.message for problem in found if problem.level == "error"]
    if refused:
        raise ValueError("\n".join(refused))
    for problem in found:
        if problem.level == "warning":
            warnings.warn(problem.message, PreflightWarning, stacklevel=_CALLER)
    wanted = _hosts_tidied(with_betas(read, betas))
    # Text goes as it was written, unless something of it had to change.
    as_written = isinstance(value, str) and value.isascii() and wanted == read
    return Checked(value.strip() if isinstance(value, str) and as_written else json.dumps(wanted))


def with_betas(config: Mapping[str, Any], betas: Sequence[str]) -> dict[str, Any]:
    """Return a config that keeps Anthropic's betas.

    The gateway ignores the headers for betas as soon as the config itself names a provider or targets. So they are put
    into every target that is Anthropic's, or whose provider is not said; targets that ask for betas of their own get
    these too. A config that names none is returned as it is: with it the header works.

    Parameters
    ----------
    config : mapping
        Is not changed.
    betas : sequence of str

    Examples
    --------
    >>> with_betas({"provider": "anthropic", "api_key": "…"}, ["files-api-2025-04-14"])
    {'provider': 'anthropic', 'api_key': '…', 'anthropic_beta': 'files-api-2025-04-14'}
    >>> with_betas({"retry": {"attempts": 3}}, ["files-api-2025-04-14"])
    {'retry': {'attempts': 3}}
    """
    if not betas:
        return dict(config)
    if config.get("targets"):
        targets = [
            _target_with(target, betas) if isinstance(target, Mapping) else target for target in targets_of(config)
        ]
        return {**config, "targets": targets}
    return _target_with(config, betas) if config.get("provider") else dict(config)


# ---- reading and rewriting --------------------------------------------------------------------------------------


def _parsed(value: Mapping[str, Any] | str) -> Mapping[str, Any]:
    read: Any = value
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except ValueError:
            read = None  # raised below: the error of `json` would hold the whole config, keys included
    if not isinstance(read, Mapping):
        what = "neither an object in JSON nor an id such as pc-…" if isinstance(value, str) else type(value).__name__
        raise TypeError(f'config: {what}; give a mapping such as {{"retry": {{"attempts": 3}}}}')
    return read


def _target_with(target: Mapping[str, Any], betas: Sequence[str]) -> dict[str, Any]:
    if target.get("targets"):
        return with_betas(target, betas)
    provider = str(target.get("provider") or "anthropic")
    if provider != "anthropic" and not provider.startswith("@"):
        return dict(target)
    own = target.get("anthropic_beta") or ()
    asked = own.split(",") if isinstance(own, str) else own
    return {**target, "anthropic_beta": ",".join(dict.fromkeys([*(beta.strip() for beta in asked), *betas]))}


def _hosts_tidied(config: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the slash at the end of every host: the gateway would make ``//messages`` of it."""
    tidied = dict(config)
    if isinstance(tidied.get("custom_host"), str):
        tidied["custom_host"] = tidied["custom_host"].rstrip("/")
    if "targets" in tidied:
        tidied["targets"] = [_hosts_tidied(each) if isinstance(each, Mapping) else each for each in targets_of(config)]
    return tidied
