"""What stands before a block? Everything that the API reads earlier: tools, then the system prompt, then messages.

The prompt cache finds a prefix again by its digest, and thinking is bound to one. Neither minds ``cache_control``, nor
whether a text is written as a string or as a block.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, Literal

__all__ = ["THINKING", "Block", "Prefix", "before", "blocks", "content", "digest"]

#: The kinds of block that hold thinking.
THINKING: Final = ("thinking", "redacted_thinking")

Section = Literal["tools", "system", "messages"]

_DIGEST_BYTES: Final = 12

# Of earlier thinking only the order is told: few letters are enough.
_BRIEF: Final = 6


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """A tool, a block of the system prompt, or a block of a message, and where it stands.

    Attributes
    ----------
    section : {"tools", "system", "messages"}
    at : tuple of int
        Its number in its section; of a message's block, the message's and its own.
    role : str
        Who says it; empty outside of messages.
    given : mapping
    digest : str
        What tells it from others.
    """

    section: Section
    at: tuple[int, ...]
    role: str
    given: Mapping[str, Any]
    digest: str

    @property
    def is_thinking(self) -> bool:
        """Whether it holds thinking."""
        return self.section == "messages" and self.given.get("type") in THINKING

    @property
    def place(self) -> str:
        """Where it is, in the API's words."""
        if self.section == "messages":
            return f"messages.{self.at[0]}.content.{self.at[1]}"
        return f"{self.section}.{self.at[0]}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands before a block, as digests.

    Attributes
    ----------
    tools, system, messages : str
        Of the messages, all blocks but thinking.
    thinking : tuple of str
        One for each block of thinking.
    """

    tools: str
    system: str
    messages: str
    thinking: tuple[str, ...] = ()

    def with_block(self, block: Block) -> Prefix:
        """Return what stands before the block after this one."""
        if block.is_thinking:
            return replace(self, thinking=(*self.thinking, block.digest[:_BRIEF]))
        return replace(self, messages=digest([self.messages, block.role, block.digest]))


def blocks(body: Mapping[str, Any]) -> list[Block]:
    """Return the blocks of a request, in the order in which the API reads them.

    Examples
    --------
    >>> asked = {"system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}
    >>> [(block.place, block.given["text"]) for block in blocks(asked)]
    [('system.0', 'Be brief.'), ('messages.0.content.0', 'Hi')]
    """
    found = [_block("tools", (at,), tool) for at, tool in enumerate(body.get("tools") or ())]
    found += [_block("system", (at,), block) for at, block in enumerate(content(body.get("system")))]
    for number, message in enumerate(body["messages"]):
        for at, block in enumerate(content(message["content"])):
            found.append(_block("messages", (number, at), block, message["role"]))
    return found


def before(found: Iterable[Block]) -> Prefix:
    """Return what stands before the block that would come after these, which are the first of a request."""
    listed = list(found)
    tools, system = (digest([b.digest for b in listed if b.section == section]) for section in ("tools", "system"))
    prefix = Prefix(tools, system, "")
    for block in listed:
        prefix = prefix.with_block(block) if block.section == "messages" else prefix
    return prefix


def content(given: str | Sequence[Mapping[str, Any]] | None) -> Sequence[Mapping[str, Any]]:
    """Return content as a list of blocks; a string is one of text."""
    if isinstance(given, str):
        return [{"type": "text", "text": given}] if given else []
    return given or []


def digest(value: object) -> str:
    """Return what tells a block, or blocks, from others; breakpoints and fields that say nothing make no other.

    Examples
    --------
    >>> digest({"text": "Hi", "citations": None}) == digest({"text": "Hi", "cache_control": {"type": "ephemeral"}})
    True
    """
    written = json.dumps(_plain(value), sort_keys=True).encode()
    return blake2b(written, digest_size=_DIGEST_BYTES).hexdigest()


def _block(section: Section, at: tuple[int, ...], given: Mapping[str, Any], role: str = "") -> Block:
    return Block(section, at, role, given, digest(given))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(held) for name, held in value.items() if not _says_nothing(name, held)}
    return [_plain(held) for held in value] if isinstance(value, list | tuple) else value


def _says_nothing(name: str, value: object) -> bool:
    # SDKs send a text back with ``citations: null``, or an empty list of them.
    return name == "cache_control" or value is None or (name == "citations" and not value)
