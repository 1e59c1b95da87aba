"""What does the prompt cache hold, and what of a request is read from it? Digests of prefixes, for some minutes.

As Anthropic's documentation has it (prompt caching, 2026-08-22): only what ends at a breakpoint is kept, under a digest
of everything before it. A request finds it again by looking back from each of its own breakpoints. Time counts from the
start of a request, and starts again with every use.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.breakpoints import TTL_S, Breakpoint, breakpoints
from claude_kit.offline.prefix import Block
from claude_kit.offline.thinking import asked

__all__ = ["PromptCache"]

# How many blocks are looked at from a breakpoint backwards, its own among them.
_LOOKBACK: Final = 20

_DIGEST_BYTES: Final = 16
_SECTIONS: Final = ("tools", "system", "messages")

# Blocks whose citations are asked for on them.
_CITING: Final = ("document", "search_result")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A prefix that is kept: until when, for how long after each use, and its tokens."""

    until_s: float
    ttl_s: float
    tokens: int


class PromptCache:
    """The cache of one server.

    Parameters
    ----------
    clock : callable
        Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def bill(
        self,
        body: Mapping[str, Any],
        found: Sequence[Block],
        model: Model,
        *,
        total: int,
        up_to: Callable[[Block], int],
    ) -> dict[str, Any]:
        """Say how many tokens of a request are read from the cache, written to it and neither; keep what it asks for.

        Parameters
        ----------
        body : mapping
        found : sequence of Block
            Its blocks.
        model : Model
        total : int
            The tokens of the whole request.
        up_to : callable
            Counts those up to a block.

        Returns
        -------
        dict
            The fields of a usage.

        Raises
        ------
        Refusal
            If a breakpoint cannot stand where it does.
        """
        marked = breakpoints(body, found)
        if not marked or model.cache_minimum_tokens is None:
            return _usage(total, 0, {})
        names = _names(body, found, model)
        now = self._clock()
        with self._lock:
            self._entries = {name: entry for name, entry in self._entries.items() if entry.until_s > now}
            hit, read = self._read(marked, names, now)
            written = dict.fromkeys(TTL_S, 0)
            so_far = read = min(read, total)
            for mark in marked:
                if mark.at <= hit:
                    continue
                tokens = min(up_to(found[mark.at]), total)
                if tokens < model.cache_minimum_tokens:
                    continue
                self._entries[names[mark.at]] = _Entry(now + TTL_S[mark.ttl], TTL_S[mark.ttl], tokens)
                written[mark.ttl] += max(0, tokens - so_far)
                so_far = max(so_far, tokens)
        return _usage(total, read, written)

    def _read(self, marked: Sequence[Breakpoint], names: Sequence[bytes], now: float) -> tuple[int, int]:
        """Find the longest prefix that is kept; return its last block and its tokens, -1 and 0 if there is none."""
        hit = -1
        for mark in marked:
            near = range(mark.at, max(mark.at - _LOOKBACK, -1), -1)
            if (kept := next((at for at in near if names[at] in self._entries), None)) is not None:
                entry = self._entries[names[kept]]
                self._entries[names[kept]] = _Entry(now + entry.ttl_s, entry.ttl_s, entry.tokens)
                hit = max(hit, kept)
        return hit, self._entries[names[hit]].tokens if hit >= 0 else 0


def _usage(total: int, read: int, written: Mapping[str, int]) -> dict[str, Any]:
    created = sum(written.values())
    return {
        "input_tokens": total - read - created,
        "cache_creation_input_tokens": created,
        "cache_read_input_tokens": read,
        "cache_creation": {f"ephemeral_{ttl}_input_tokens": written.get(ttl, 0) for ttl in TTL_S},
    }


# ---- the names of prefixes ------------------------------------------------------------------------------------------


def _names(body: Mapping[str, Any], found: Sequence[Block], model: Model) -> list[bytes]:
    """Return for each block the name of the prefix that ends with it."""
    settings = _settings(body, found, model)
    state = blake2b(model.id.encode(), digest_size=_DIGEST_BYTES)
    names: list[bytes] = []
    begun: list[str] = []
    for block, seen in zip(found, _seen(found, model), strict=True):
        while block.section not in begun:  # a section that is empty counts as well
            begun.append(_SECTIONS[len(begun)])
            state.update(json.dumps([begun[-1], *settings[begun[-1]]], sort_keys=True).encode())
        if seen:
            state.update(f"{block.role} {block.digest};".encode())
        names.append(state.digest())
    return names


def _settings(body: Mapping[str, Any], found: Sequence[Block], model: Model) -> dict[str, list[object]]:
    """Return what else each section depends on, beside the blocks before it; the next ones do as well."""
    config = body.get("output_config") or {}
    thinks = asked(body, model)
    citing = any(block.given.get("citations") for block in found if block.given.get("type") in _CITING)
    choice = {"type": "auto", **(body.get("tool_choice") or {})}
    effort = config.get("effort") or model.default_effort
    return {
        "tools": [],
        "system": [citing, body.get("speed"), config.get("format")],
        "messages": [choice, thinks.kind, thinks.budget, effort, any(map(_is_image, found))],
    }


def _is_image(block: Block) -> bool:
    given = block.given
    inner = given.get("content") if given.get("type") == "tool_result" else None
    held = [one for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else []
    return any(one.get("type") == "image" for one in (given, *held))


def _seen(found: Sequence[Block], model: Model) -> Iterator[bool]:
    """Tell for each block whether the model sees it: some models drop the thinking of earlier turns."""
    asks = [block.at[0] for block in found if block.role == "user" and block.given.get("type") != "tool_result"]
    asked_last = max(asks, default=-1)
    for block in found:
        yield not block.is_thinking or model.keeps_prior_thinking or block.at[0] > asked_last
