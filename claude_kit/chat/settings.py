"""What may a conversation be told, and what of it is refused at once?

Whatever hangs on the model, such as its thinking and effort, is checked before each question; here is what is wrong
with any model. A setting that is checked is a row of `_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal, Never, get_args

from claude_kit.client import AsyncClient, Client
from claude_kit.render import units
from claude_kit.wire import order

__all__ = ["PrefixMismatch", "check", "refuse_attribute", "refuse_unknown"]

#: What becomes of thinking that is bound to a conversation which was changed.
PrefixMismatch = Literal["strip", "drop_block", "raise"]

_SAMPLING: Final = ("temperature", "top_p", "top_k")
_NO_SAMPLING: Final = (
    "the API refuses it, since version 2026-10-21 from any model. Leave it out, and say in the prompt how varied the "
    "answer shall be"
)


def check(name: str, value: object) -> None:
    """Refuse a value that a setting cannot have.

    Raises
    ------
    TypeError, ValueError
    """
    if name in _CHECKS:
        _CHECKS[name](name, value)


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse settings that a conversation does not have, and say which may be meant.

    Raises
    ------
    TypeError
    """
    for name in names:
        raise TypeError(f"{name} is no setting of a Chat: {_instead(name, known)}")


def refuse_attribute(name: str, known: Collection[str]) -> Never:
    """Refuse to set what a conversation does not have.

    Raises
    ------
    AttributeError
    """
    raise AttributeError(f"chat.{name}: a Chat has no such setting: {_instead(name, known)}")


def _instead(name: str, known: Collection[str]) -> str:
    if name in _SAMPLING:
        return _NO_SAMPLING
    near = get_close_matches(name, known, 1)
    return f"write {near[0]}, if that is meant" if near else f"it has {units.listed(sorted(known))}"


def _at_least_one(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}={value!r}: give a whole number")
    if value < 1:
        raise ValueError(f"{name}={value}: {_LEAST[name]}")


def _truth(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: give True or False")


def _one_of_mismatch(name: str, value: object) -> None:
    if value not in get_args(PrefixMismatch):
        *most, last = map(repr, get_args(PrefixMismatch))
        raise ValueError(f"{name}={value!r}: give {', '.join(most)} or {last}")


def _cache(name: str, value: Any) -> None:
    order.cache_control(value)


def _client(name: str, value: object) -> None:
    if not isinstance(value, Client | AsyncClient):
        kind = type(value).__name__
        raise TypeError(f"client is a {kind}: give one, such as ck.Client.anthropic(key) or ck.Client.replay(path)")


_LEAST: Final = {
    "max_tokens": "an answer is one token at least",
    "max_rounds": "a question needs one request at least",
}
_CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    "client": _client,
    "max_tokens": _at_least_one,
    "max_rounds": _at_least_one,
    "cache": _cache,
    "preflight": _truth,
    "replace_reruns": _truth,
    "prefix_mismatch": _one_of_mismatch,
}
