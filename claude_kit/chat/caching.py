"""Where shall the API cache a conversation, what will it read of it, and why did it read nothing?

A breakpoint keeps all that stands before it, and a later request reads what it finds kept under the very same bytes.
There are at most four, none of use below the model's minimum (Anthropic docs, prompt caching, 2026-08-22):

1. the end of the new question: the next question reads from there;
2. the end of the question before: where this one reads from;
3. the last file of the newest message that has any: another question on the same files reads from there, as when a
   cell is changed and run again;
4. the system prompt: what a new conversation with the same one reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from claude_kit.chat.history import Message, Setting, fingerprint
from claude_kit.chat.tools import ANSWER
from claude_kit.content import Image
from claude_kit.estimate import lines
from claude_kit.render import units
from claude_kit.reply import Usage
from claude_kit.wire import messages as native
from claude_kit.wire import order
from claude_kit.wire.body import Base64
from claude_kit.wire.order import Cache

__all__ = ["Breakpoints", "PromptCache"]

_MOST: Final = 4
_KEPT_S: Final[Mapping[Cache, float]] = {"5m": 300.0, "1h": 3600.0}
_SAID: Final[Mapping[Cache, str]] = {"5m": "five minutes", "1h": "an hour"}

# The API does not cache a thinking block by itself.
_NOT_CACHED: Final = ("thinking", "redacted_thinking")

#: A message and a block in it, or the system prompt.
_Place = tuple[int, int]
_SYSTEM: Final[_Place] = (-1, 0)


@dataclass(frozen=True, slots=True)
class _Kept:
    tokens: int
    until: float


@dataclass(frozen=True, slots=True)
class _Sent:
    """What of a request the next is compared with; all but the model as digests."""

    model: str
    tools: str
    system: str
    form: str
    options: str
    images: bool
    messages: tuple[str, ...]
    prefixes: Mapping[_Place, str]


@dataclass(frozen=True, slots=True)
class _Last:
    """The request before, what is kept of it, and until when."""

    sent: _Sent
    ttl: Cache
    until: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """Where one request has its breakpoints, and what is foreseen of them.

    Attributes
    ----------
    ttl : {"5m", "1h"}
    places : mapping of tuple of int to int
        Message and block, (-1, 0) is the system prompt; and the tokens up to there.
    sent : object
        What `PromptCache.learn` compares the next request with.
    read_tokens : int
        What the cache holds of it, as far as can be known from here.
    note : str
        Why it reads nothing although something was kept; empty where that is as it should be.
    """

    ttl: Cache
    places: Mapping[_Place, int]
    sent: _Sent = field(repr=False)
    read_tokens: int = 0
    note: str = ""

    def system(self, given: str | Sequence[Mapping[str, Any]] | None) -> str | Sequence[Mapping[str, Any]] | None:
        """Return the system prompt with its breakpoint, if it has one."""
        if _SYSTEM not in self.places or not given:
            return given
        blocks = [{"type": "text", "text": given}] if isinstance(given, str) else [dict(block) for block in given]
        return [*blocks[:-1], {**blocks[-1], "cache_control": order.cache_control(self.ttl)}]

    def messages(self, given: Sequence[Message], *, as_text: bool = False) -> list[Message]:
        """Return messages with their breakpoints.

        Parameters
        ----------
        given : sequence of dict
        as_text : bool
            Write the files that have one as base64; else it is written when they are sent.
        """
        marked = [dict(message) for message in given]
        for at, number in self.places:
            if at >= 0:
                content = list(marked[at]["content"])
                content[number] = self._marked(content[number], as_text)
                marked[at]["content"] = content
        return marked

    def _marked(self, item: order.Item, as_text: bool) -> dict[str, Any]:
        block = native.content_blocks([item]) if as_text else native.content_blocks([item], data=Base64)
        return {**block[0], "cache_control": order.cache_control(self.ttl)}


class PromptCache:
    """What the API's cache holds of a conversation, as far as its answers tell.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._last: _Last | None = None

    def copy(self) -> PromptCache:
        """Return one for a conversation that goes on from here by itself: the API's cache is the same."""
        other = PromptCache(self._clock)
        other._kept, other._last = dict(self._kept), self._last
        return other

    def plan(
        self, messages: Sequence[Message], setting: Setting, ttl: Cache | None, options: Mapping[str, Any]
    ) -> Breakpoints | None:
        """Place the breakpoints of a request; None where none would be of use.

        Parameters
        ----------
        messages : sequence of dict
            Of the request; the last is the user's.
        setting : Setting
        ttl : {"5m", "1h"} or None
        options : mapping
            What else takes the cached messages away when it changes: thinking, effort, choice of tools.
        """
        least = setting.model.cache_minimum_tokens
        if order.cache_control(ttl) is None or ttl is None or least is None or _has_own(messages, setting):
            return None
        sent, now = _sent(messages, setting, options), self._clock()
        known = [place for place, digest in sent.prefixes.items() if self._tokens_kept(digest, now)]
        wanted = dict.fromkeys([*_end(messages), *known[-1:], *_files(messages), *_system(setting)])
        tokens = {place: _tokens(messages, setting, place) for place in wanted}
        places = sorted([place for place in wanted if tokens[place] >= least][:_MOST])
        if not places:
            return None
        kept = [self._tokens_kept(sent.prefixes[place], now) for place in places]
        read = next((found for found in reversed(kept) if found), 0)  # it reads from the last that it finds
        note = self._why(sent, now, read)
        return Breakpoints(ttl, {place: tokens[place] for place in places}, sent, read, note)

    def learn(self, breakpoints: Breakpoints, usage: Usage) -> str:
        """Learn from an answer what is kept now, and return what is to be said of it; mostly nothing.

        Parameters
        ----------
        breakpoints : Breakpoints
            As `plan` placed them.
        usage : Usage
            As billed.
        """
        read, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
        if read or written:
            until = self._clock() + _KEPT_S[breakpoints.ttl]
            *_, last = breakpoints.places
            for place, tokens in breakpoints.places.items():
                exact = read + written if place == last else tokens
                self._kept[breakpoints.sent.prefixes[place]] = _Kept(exact, until)
            self._last = _Last(breakpoints.sent, breakpoints.ttl, until, read + written)
        told = "cache_read_input_tokens" in usage
        if breakpoints.read_tokens and told and not read:
            return "Nothing was read from the cache, though nothing had changed: the API let it go before its time."
        return ""

    def _tokens_kept(self, digest: str, now: float) -> int:
        kept = self._kept.get(digest)
        return kept.tokens if kept is not None and kept.until > now else 0

    def _why(self, sent: _Sent, now: float, read: int) -> str:
        """Say why a request reads nothing, or little, of what the one before has left."""
        last = self._last
        if last is None or read >= last.tokens:
            return ""
        reason = next((why for why, same in _compared(last.sent, sent) if not same), "")
        if not reason and not read:
            # Another question on the same files reads those alone, and nobody wonders.
            reason = next((why for why, same in _messages_compared(last.sent, sent) if not same), "")
        if not reason and now > last.until:
            reason = f"it was not used for {_SAID[last.ttl]}"
        much = f"Only {units.count(read)} tokens are" if read else "Nothing is"
        return f"{much} read from the cache: {reason}." if reason else ""


def _compared(last: _Sent, sent: _Sent) -> Iterator[tuple[str, bool]]:
    """Yield what a cache goes by, in its order, and whether it is the same."""
    yield f"the model was {last.model}", last.model == sent.model
    yield "the tools have changed", last.tools == sent.tools
    yield "the system prompt has changed", last.system == sent.system
    yield "the form of the answer has changed", last.form == sent.form
    yield "there is an image now" if sent.images else "there is no image any more", last.images == sent.images
    yield "thinking, effort or the choice of tools has changed", last.options == sent.options


def _messages_compared(last: _Sent, sent: _Sent) -> Iterator[tuple[str, bool]]:
    """Yield the messages, and whether each is the same."""
    for number, (before, now) in enumerate(zip(last.messages, sent.messages, strict=False), start=1):
        yield f"message {number} is another one", before == now


def _sent(messages: Sequence[Message], setting: Setting, options: Mapping[str, Any]) -> _Sent:
    tools = fingerprint(str(setting.model), list(setting.tools))
    # The form of an answer is told to Claude in the system prompt, or is a tool, which the user has not changed.
    form = options.get("output_config")
    theirs = [tool for tool in setting.tools if tool.get("name") != ANSWER]
    by_tool = [tool for tool in setting.tools if tool.get("name") == ANSWER]
    system = fingerprint(tools, [setting.system, form])
    told, images = fingerprint("", dict(options)), any(map(_is_image, _items(messages)))
    prefixes = {_SYSTEM: system}
    digest, single = fingerprint(system, [told, images]), []
    for at, message in enumerate(messages):
        own = ""
        for number, item in enumerate(message["content"]):
            # An item by itself, for inside a list thinking is left out.
            own = fingerprint(own, item)
            digest = fingerprint(digest, [message["role"], own])
            prefixes[at, number] = digest
        single.append(own)
    plain = (fingerprint("", theirs), fingerprint("", setting.system), fingerprint("", [form, by_tool]))
    return _Sent(str(setting.model), *plain, told, images, tuple(single), prefixes)


def _items(messages: Iterable[Message]) -> Iterator[order.Item]:
    """Yield all that messages hold, what results of tools hold too."""
    for message in messages:
        for item in message["content"]:
            yield item
            yield from order.items((order.held(item) if isinstance(item, Mapping) else None) or ())


def _is_image(item: order.Item) -> bool:
    return item.get("type") == "image" if isinstance(item, Mapping) else isinstance(item, Image)


def _has_own(messages: Sequence[Message], setting: Setting) -> bool:
    """Tell whether somebody has placed breakpoints of their own: ours would be too many, or in their way."""
    system = setting.system if not isinstance(setting.system, str) else ()
    blocks = [*setting.tools, *(system or ()), *_items(messages)]
    return any(isinstance(block, Mapping) and block.get("cache_control") for block in blocks)


def _end(messages: Sequence[Message]) -> Iterator[_Place]:
    """Yield the last block of all; before it, where it is none that can be cached."""
    at = len(messages) - 1
    content = messages[at]["content"]
    for number in range(len(content) - 1, -1, -1):
        item = content[number]
        if not (isinstance(item, Mapping) and item.get("type") in _NOT_CACHED):
            yield at, number
            return


def _files(messages: Sequence[Message]) -> Iterator[_Place]:
    """Yield the last file of the newest question that has any."""
    for at in range(len(messages) - 1, -1, -1):
        content = messages[at]["content"]
        place = order.breakpoint_at(content)
        if messages[at]["role"] == "user" and place is not None and place < len(content) - 1:
            yield at, place
            return


def _system(setting: Setting) -> Iterator[_Place]:
    if setting.system:
        yield _SYSTEM


def _tokens(messages: Sequence[Message], setting: Setting, place: _Place) -> int:
    """Count what stands before a breakpoint."""
    at, number = place
    cut: list[Message] = []
    if at >= 0:
        cut = [*messages[:at], {**messages[at], "content": list(messages[at]["content"])[: number + 1]}]
    counted = lines(cut, setting.model, system=setting.system, tools=setting.tools or None)
    return sum(line.count.tokens for line in counted)
