"""What was sent? The turns of a conversation, and of each question its words and what came with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.errors import ContentError
from claude_kit.offline.quoting import listed, quoted
from claude_kit.render import units
from claude_kit.wire.messages import part_of

__all__ = ["Item", "Question", "name", "turns"]

# A part; or a block that carries none, such as an image by its address.
Item = Part | Mapping[str, Any]

# Blocks that are no part and yet are something to look at.
_NAMES: Final[dict[str, str]] = {
    "image": "an image that is not in the request",
    "document": "a document that is not in the request",
    "tool_result": "the result of a tool",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One turn of the person who asks: the words, and what came with them."""

    words: str
    attached: tuple[Item, ...]

    @classmethod
    def of(cls, items: Sequence[Item]) -> Question:
        """Take a turn apart."""
        said = [item.text for item in items if isinstance(item, Text) and not item.name]
        attached = [item for item in items if _is_attached(item)]
        return cls(" ".join(" ".join(said).split()), tuple(attached))

    @property
    def answers_a_tool(self) -> bool:
        """Whether it brings what a tool gave."""
        return any(isinstance(item, Mapping) and item.get("type") == "tool_result" for item in self.attached)

    def __str__(self) -> str:
        """Quote it, with what came with it."""
        about = f", about {listed([name(item) for item in self.attached])}" if self.attached else ""
        return (quoted(self.words) if self.words else "without words") + about


def turns(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read the messages of a request; their content becomes parts where it can.

    Raises
    ------
    ContentError
        If a file in it cannot be read.
    ValueError
        If a file in it is no base64.
    """
    return [{"role": turn["role"], "content": _items(turn["content"])} for turn in body["messages"]]


def name(item: Item) -> str:
    """Say what something is, in a few words."""
    if isinstance(item, Pdf):
        return f"a PDF of {units.plural(item.page_count, 'page')}"
    if isinstance(item, Image):
        return f"an image of {item.width:,} × {item.height:,} pixels"
    if isinstance(item, Text):
        return f"the text {quoted(item.label)}"
    return _NAMES[str(item["type"])]


def _items(content: str | Sequence[Mapping[str, Any]]) -> list[Item]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    items: list[Item] = []
    for block in blocks:
        part = part_of(block)
        if isinstance(part, Pdf) and part.locked:
            raise ContentError("a PDF is encrypted and opens only with a password; Claude takes no encrypted PDFs")
        items.append(block if part is None else part)
    return items


def _is_attached(item: Item) -> bool:
    if isinstance(item, Mapping):
        return item.get("type") in _NAMES
    return not isinstance(item, Text) or item.name is not None
