"""Whether the gateway would take a config, and do what it says.

What a gateway refuses comes from the open-source one's own schema (gateway 1.15.2) and from what was recorded of it;
the hosted one takes more, such as virtual keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

from claude_kit.wire.portkey.hosts import BASE_URL, is_hosted

__all__ = ["LEAST_TIMEOUT_MS", "Problem", "problems", "targets_of"]

_MODES: Final = ("single", "fallback", "loadbalance", "conditional")
#: Nobody answers in less; what is less was meant as seconds.
LEAST_TIMEOUT_MS: Final = 100

# Who needs no key, and what other providers are let in by.
_KEYLESS: Final = ("ollama", "triton")
_OTHER_KEYS: Final = ("aws_access_key_id", "azure_auth_mode", "vertex_region")

_OPERATORS: Final = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$and", "$or")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing about a config that will not do what it says.

    Attributes
    ----------
    level : {"error", "warning", "note"}
        ``error``: the gateway refuses it, or no request gets through. ``warning``: it takes it and passes over this.
        ``note``: good to know.
    where : str
        Such as ``"targets[0].weight"``; empty for all of it.
    says : str
    fix : str
    """

    level: Literal["error", "warning", "note"]
    where: str
    says: str
    fix: str = ""

    @property
    def message(self) -> str:
        """All of it in one sentence.

        Examples
        --------
        >>> Problem("error", "retry.attempts", "is missing", "Give a whole number.").message
        'config: retry.attempts is missing. Give a whole number.'
        """
        return f"config: {self.where or 'it'} {self.says}. {self.fix}".rstrip()


def problems(config: Mapping[str, Any], *, base_url: str = BASE_URL) -> tuple[Problem, ...]:
    """Check a config offline, for what a gateway refuses or passes over.

    Parameters
    ----------
    config : mapping
    base_url : str
        Which gateway it is for.

    Examples
    --------
    >>> problems({"strategy": {"mode": "fallback"}, "targets": [{"provider": "@anthropic-prod"}]})
    ()
    >>> problems({"strategy": {"mode": "failover"}, "targets": [{"provider": "@anthropic-prod"}]})[0].message
    "config: strategy.mode is 'failover'. Give one of single, fallback, loadbalance, conditional."
    """
    return tuple(_checked(config, "", is_hosted(base_url)))


def targets_of(config: Mapping[str, Any]) -> Sequence[Any]:
    """Return the targets of a config, or of a target that is one itself; none where that is no list."""
    targets = config.get("targets")
    return targets if isinstance(targets, list | tuple) else ()


# ---- what the fields hold ----------------------------------------------------------------------------------------


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_time(value: object) -> bool:
    return isinstance(value, int) and value >= LEAST_TIMEOUT_MS


def _is_list_of(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list | tuple) and all(map(accepts, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


@dataclass(frozen=True, slots=True)
class _Field:
    """What a field of a config holds: a test, and in words."""

    accepts: Callable[[object], bool]
    words: str


_TEXT: Final = _Field(_is_text, "a text")
_CODES: Final = _Field(_is_list_of(_is_count), "a list of status codes, such as [429, 529]")
_OBJECT: Final = _Field(_is_object, "a mapping")
_TRUTH: Final = _Field(_is_truth, "true or false")
_NAMES: Final = _Field(_is_list_of(_is_text), "a list of names")
_ANY: Final = _Field(lambda value: True, "anything")

# The fields of a config and of a target, which may be a config itself.
_FIELDS: Final[Mapping[str, _Field]] = {
    "strategy": _OBJECT,
    "targets": _Field(_is_list_of(_is_object), "a list of mappings"),
    "provider": _TEXT,
    "api_key": _TEXT,
    "virtual_key": _TEXT,
    "name": _TEXT,
    "weight": _Field(_is_weight, "a number, 0 or more"),
    "retry": _OBJECT,
    "cache": _OBJECT,
    "on_status_codes": _CODES,
    "request_timeout": _Field(_is_time, f"whole milliseconds, {LEAST_TIMEOUT_MS} or more"),
    "custom_host": _TEXT,
    "forward_headers": _NAMES,
    "override_params": _OBJECT,
    "strict_open_ai_compliance": _TRUTH,
    "anthropic_beta": _ANY,
    "anthropic_version": _TEXT,
    "input_guardrails": _ANY,
    "output_guardrails": _ANY,
    "before_request_hooks": _ANY,
    "after_request_hooks": _ANY,
    "metadata": _ANY,
}
_STRATEGY: Final[Mapping[str, _Field]] = {
    "mode": _Field(lambda value: value in _MODES, f"one of {', '.join(_MODES)}"),
    "on_status_codes": _CODES,
    "conditions": _Field(_is_list_of(_is_object), 'a list such as [{"query": {…}, "then": "name"}]'),
    "default": _TEXT,
}
_RETRY: Final[Mapping[str, _Field]] = {
    "attempts": _Field(_is_count, "a whole number"),
    "on_status_codes": _CODES,
    "use_retry_after_header": _TRUTH,
    "use_retry_after_headers": _TRUTH,
}
_CACHE: Final[Mapping[str, _Field]] = {
    "mode": _Field(lambda value: value in ("simple", "semantic"), "simple or semantic"),
    "max_age": _Field(_is_weight, "seconds"),
}

# One of these makes a config of it, in the gateway's eyes.
_ENOUGH: Final = (
    "cache",
    "retry",
    "request_timeout",
    "input_guardrails",
    "output_guardrails",
    "before_request_hooks",
    "after_request_hooks",
)


def _checked(config: Mapping[str, Any], where: str, hosted: bool) -> Iterator[Problem]:
    yield from _fields(config, _FIELDS, where)
    for name, fields in (("strategy", _STRATEGY), ("retry", _RETRY), ("cache", _CACHE)):
        if isinstance(config.get(name), Mapping):
            yield from _fields(config[name], fields, f"{where}{name}.")
    yield from _routed(config, where)
    yield from _retried(config, where, hosted)
    yield from _reachable(config, where, hosted)
    for number, target in enumerate(targets_of(config)):
        if isinstance(target, Mapping):
            yield from _checked(target, f"{where}targets[{number}].", hosted)


def _fields(given: Mapping[str, Any], known: Mapping[str, _Field], where: str) -> Iterator[Problem]:
    for name, value in given.items():
        field = known.get(name)
        if field and not field.accepts(value):
            yield Problem("error", f"{where}{name}", f"is {_shown(name, value)}", f"Give {field.words}.")
        elif not field:
            near = get_close_matches(_snake(name), known, 1, cutoff=0.8)
            if near:
                yield Problem("warning", f"{where}{name}", "is no field that the gateway reads", f"Write {near[0]}.")
    for name in ("mode", "attempts"):
        if name in known and name not in given:
            yield Problem("error", f"{where}{name}", "is missing", f"Give {known[name].words}.")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def _shown(name: str, value: object) -> str:
    """Show a value that is no key."""
    return repr(value) if name == "mode" or isinstance(value, int | float) else f"a {type(value).__name__}"


def _routed(config: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """A strategy has targets, and the targets a strategy that leads to each of them."""
    strategy, targets = config.get("strategy"), targets_of(config)
    if strategy is not None and not targets:
        yield Problem("error", f"{where}targets", "is missing or empty, and there is a strategy", "Give the targets.")
    if targets and strategy is None:
        fix = 'Give {"mode": "fallback"}, or what else is meant.'
        yield Problem("error", f"{where}strategy", "is missing, and there are targets", fix)
    mode = strategy.get("mode") if isinstance(strategy, Mapping) else None
    if mode == "conditional":
        yield from _conditional(config["strategy"], targets, where)
    if mode == "loadbalance":
        weights = [target.get("weight", 1) for target in targets if isinstance(target, Mapping)]
        if weights and all(weight == 0 for weight in weights):
            yield Problem("error", f"{where}targets", "have a weight of 0, every one", "Give one of them a weight.")


def _conditional(strategy: Mapping[str, Any], targets: Sequence[Any], where: str) -> Iterator[Problem]:
    names = [target.get("name") for target in targets if isinstance(target, Mapping)]
    conditions = strategy.get("conditions")
    if not conditions:
        yield Problem("error", f"{where}strategy.conditions", "is missing", f"Give {_STRATEGY['conditions'].words}.")
    if "default" not in strategy:
        fix = "Without it, a request that meets no condition is refused: name a target."
        yield Problem("warning", f"{where}strategy.default", "is missing", fix)
    led = [("default", strategy["default"])] if "default" in strategy else []
    for number, condition in enumerate(conditions if isinstance(conditions, list | tuple) else ()):
        if isinstance(condition, Mapping):
            led.append((f"conditions[{number}].then", condition.get("then")))
            yield from _queried(condition.get("query"), f"{where}strategy.conditions[{number}].query")
    for place, name in led:
        if name not in names:
            there = ", ".join(str(each) for each in names if each) or "none"
            fix = f"Give one of the targets this name; there is {there}."
            yield Problem("error", f"{where}strategy.{place}", f"is {name!r}, the name of no target", fix)


def _queried(query: object, where: str) -> Iterator[Problem]:
    if not isinstance(query, Mapping) or not query:
        yield Problem("error", where, "is no query", 'Give one such as {"metadata.plan": {"$eq": "paid"}}.')
        return
    for name, asked in query.items():
        if name in ("$and", "$or"):
            for number, part in enumerate(asked if isinstance(asked, list | tuple) else ()):
                yield from _queried(part, f"{where}.{name}[{number}]")
        elif isinstance(asked, Mapping):
            for operator in asked:
                if operator not in _OPERATORS:
                    fix = f"Give one of {', '.join(_OPERATORS)}."
                    yield Problem("error", f"{where}.{name}", f"asks for {operator!r}, which is no operator", fix)


def _retried(config: Mapping[str, Any], where: str, hosted: bool) -> Iterator[Problem]:
    """What is said of retrying is read by this gateway."""
    retry = config.get("retry")
    if not isinstance(retry, Mapping):
        return
    if not hosted and "use_retry_after_headers" in retry:
        # The documentation spells it in the plural, the source of the gateway in the singular.
        fix = "Write use_retry_after_header, without s."
        yield Problem("warning", f"{where}retry.use_retry_after_headers", "is passed over by this gateway", fix)
    if not hosted and retry.get("use_retry_after_header"):
        fix = "Leave it out: as it is published, the gateway then answers 500 to every 429 that says when to come back."
        yield Problem("warning", f"{where}retry.use_retry_after_header", "is set", fix)
    if not hosted and "on_status_codes" not in retry:
        fix = "Give on_status_codes=[429, 500, 502, 503, 504, 529]: 529 (overloaded) is not among this gateway's own."
        yield Problem("note", f"{where}retry.on_status_codes", "is missing", fix)


def _reachable(config: Mapping[str, Any], where: str, hosted: bool) -> Iterator[Problem]:
    """There is a provider to ask, and a key to show."""
    if config.get("strategy") is not None or targets_of(config):
        return
    provider = str(config.get("provider") or "")
    keyed = "api_key" in config or any(name in config for name in _OTHER_KEYS)
    if provider in _KEYLESS or (provider and keyed and not provider.startswith("@")):
        return
    place = where.rstrip(".")
    kept = bool(config.get("virtual_key")) or provider.startswith("@") or _names_a_slug(config)
    if hosted:
        if not config:
            yield Problem("error", place, "is empty", "Leave it out.")
        elif where and not kept:
            fix = 'Portkey may find one; say which: "virtual_key", or "provider": "@slug".'
            yield Problem("note", place, "has no key of its own", fix)
    elif kept:
        measured = "has its key kept in Portkey, where a gateway of your own does not look"
        yield Problem("error", place, measured, 'Give "provider" and "api_key".')
    elif where or not any(name in config for name in _ENOUGH):
        yield Problem("error", place, "has no provider with a key", 'Give "provider" and "api_key".')


def _names_a_slug(config: Mapping[str, Any]) -> bool:
    """Tell whether the model names who is asked, as in ``"@anthropic-prod/claude-sonnet-5-5"``."""
    override = config.get("override_params")
    return isinstance(override, Mapping) and str(override.get("model") or "").startswith("@")
