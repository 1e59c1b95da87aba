"""What a prompt cache may be told to keep: four prefixes at most, none too short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from claude_kit.estimate import turns
from claude_kit.estimate.request import lines
from claude_kit.estimate.turns import Message
from claude_kit.preflight.report import Finding
from claude_kit.preflight.request import Request
from claude_kit.render import units

_MOST: Final = 4

#: Where a prefix ends: what it is called, and the tools, system prompt and messages it holds.
Prefix = tuple[str, Sequence[Any] | None, str | Sequence[Any] | None, Sequence[Message]]


def breakpoints(request: Request) -> Iterator[Finding]:
    """There are no more than four cache breakpoints."""
    number = len(_prefixes(request))
    if number > _MOST:
        fix = "Keep the last ones: what stands before them is kept as well."
        yield Finding("cache.breakpoints", "error", "request", f"{number} cache breakpoints", f"{_MOST}", fix)


def below_minimum(request: Request) -> Iterator[Finding]:
    """What is to be cached is long enough for it."""
    prefixes = _prefixes(request)
    if len(prefixes) > _MOST:
        return  # refused anyway
    least = request.model.cache_minimum_tokens
    for where, tools, system, messages in prefixes:
        if least is None:
            fix = "Leave cache and cache_control out, or use another model."
            yield Finding("cache.below-minimum", "warning", where, f"{request.model} has no prompt caching", "", fix)
            continue
        tokens = sum(line.count.high for line in lines(messages, request.model, system=system, tools=tools))
        if tokens < least:
            measured = f"{units.count(tokens)} tokens up to a cache breakpoint"
            fix = "Nothing is cached, and no error says so: put more before the breakpoint, or leave it out."
            limit = f"{units.count(least)} tokens at least"
            yield Finding("cache.below-minimum", "warning", where, measured, limit, fix)


def _prefixes(request: Request) -> list[Prefix]:
    """Return what every breakpoint of a request keeps, in the order the API reads: tools, system prompt, messages."""
    tools, system, messages = request.tools or (), request.system, request.messages
    found: list[Prefix] = [("tools", tools[: at + 1], None, ()) for at in _marked(tools)]
    if isinstance(system, Sequence) and not isinstance(system, str):
        found += [("system prompt", tools, system[: at + 1], ()) for at in _marked(system)]
    for number, message in enumerate(messages):
        for at in _marked(message.given):
            cut = replace(message, content=message.content[: at + 1], given=message.given[: at + 1])
            found.append((f"message {number + 1}", tools, system, (*messages[:number], cut)))
        if "cache_control" in message.fields:
            found.append((f"message {number + 1}", tools, system, messages[: number + 1]))
    for option in ("cache", "cache_control"):
        if request.option(option):
            found.append((f"message {len(messages)}", tools, system, messages))
    return found


def _marked(blocks: Sequence[object]) -> Iterator[int]:
    """Yield where each breakpoint stands; one inside a block that holds others counts at the place of that."""
    for at, block in enumerate(blocks):
        if isinstance(block, Mapping):
            for _ in range(bool(block.get("cache_control")) + len(list(_marked(turns.inside(block))))):
                yield at
