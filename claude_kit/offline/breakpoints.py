"""Up to where shall a request be kept? To the blocks that say so, and to its end where the request itself does.

Rules and words: Anthropic's documentation, prompt caching, 2026-08-22, and what people have reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from claude_kit.offline.prefix import Block, content
from claude_kit.offline.refusals import Refusal

__all__ = ["TTL_S", "Breakpoint", "breakpoints"]

#: How long the API keeps what stands before a breakpoint, in seconds.
TTL_S: Final = {"5m": 300.0, "1h": 3600.0}

_DEFAULT: Final = "5m"
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """The end of what is to be kept.

    Attributes
    ----------
    at : int
        The number of the block that it stands on, among all blocks of the request.
    ttl : str
        ``"5m"`` or ``"1h"``.
    """

    at: int
    ttl: str


def breakpoints(body: Mapping[str, Any], found: Sequence[Block]) -> list[Breakpoint]:
    """Return the breakpoints of a request, in the order of its blocks.

    A breakpoint inside a tool's result stands on the result: nobody ends a prefix in the middle of one.

    Raises
    ------
    Refusal
        If there are too many, or one cannot stand where it does.
    """
    marked = [(at, block, mark) for at, block in enumerate(found) for mark in _marks(block)]
    if len(marked) + ("cache_control" in body) > _MOST:
        count = len(marked) + ("cache_control" in body)
        raise Refusal(400, f"A maximum of {_MOST} blocks with cache_control may be provided. Found {count}.")
    listed = [Breakpoint(at, _ttl(mark, block)) for at, block, mark in marked]
    listed += _automatic(body, found, listed)
    for before, after in pairwise(listed):
        if (before.ttl, after.ttl) == ("5m", "1h"):
            raise Refusal(
                400,
                f"{found[after.at].place}.cache_control.ttl: a ttl='1h' cache_control block must not come after a "
                "ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, "
                "`system`, `messages`.",
            )
    return listed


def _marks(block: Block) -> Iterator[object]:
    given = block.given
    inner = given.get("content") if given.get("type") == "tool_result" else None
    for held in content(inner) if isinstance(inner, list) else ():
        if isinstance(held, Mapping) and held.get("cache_control") is not None:
            yield held["cache_control"]
    mark = given.get("cache_control")
    if mark is None:
        return
    if block.is_thinking:
        raise Refusal(400, f"{block.place}.{given['type']}.cache_control: Extra inputs are not permitted")
    if given.get("type") == "text" and not given.get("text"):
        raise Refusal(400, f"{block.place}.text: cache_control cannot be set for empty text blocks")
    yield mark


def _ttl(mark: object, block: Block | None) -> str:
    place = f"{block.place}.cache_control" if block else "cache_control"
    if not isinstance(mark, Mapping) or mark.get("type") != "ephemeral":
        raise Refusal(400, f"{place}.type: Input should be 'ephemeral'")
    ttl = mark.get("ttl") or _DEFAULT
    if ttl not in TTL_S:
        raise Refusal(400, f"{place}.ephemeral.ttl: Input should be '5m' or '1h'")
    return str(ttl)


def _automatic(body: Mapping[str, Any], found: Sequence[Block], listed: Sequence[Breakpoint]) -> list[Breakpoint]:
    """Return the breakpoint that the request itself asks for: on its last block that can have one."""
    if body.get("cache_control") is None:
        return []
    ttl = _ttl(body["cache_control"], None)
    at = max((at for at, block in enumerate(found) if not block.is_thinking), default=None)
    if at is None:
        return []
    if not listed or listed[-1].at != at:
        return [Breakpoint(at, ttl)]
    if listed[-1].ttl != ttl:
        raise Refusal(400, f"cache_control: the last block has a cache_control of another ttl ('{listed[-1].ttl}')")
    return []
