"""What was sent? The turns of a conversation, and of each question its words, what came with them, what tools gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.errors import ContentError
from claude_kit.offline.quoting import quoted
from claude_kit.render import units
from claude_kit.wire.messages import part_of

__all__ = ["Item", "Question", "Result", "name", "questions", "turns"]

# A part; or a block that carries none, such as an image by its address.
Item = Part | Mapping[str, Any]

# Blocks that are no part and yet are something to look at.
_NAMES: Final[dict[str, str]] = {
    "image": "an image that is not in the request",
    "document": "a document that is not in the request",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave: its name, the words of it, and whether it failed."""

    tool: str
    words: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question: the words, what came with them, and what tools gave since."""

    words: str
    attached: tuple[Item, ...]
    results: tuple[Result, ...] = ()

    @classmethod
    def of(cls, items: Sequence[Item]) -> Question:
        """Take a turn apart."""
        said = [item.text for item in items if isinstance(item, Text) and not item.name]
        attached = [item for item in items if _is_attached(item)]
        return cls(" ".join(" ".join(said).split()), tuple(attached))

    def __str__(self) -> str:
        """Quote it, with what came with it."""
        about = f", about {units.listed([name(item) for item in self.attached])}" if self.attached else ""
        return (quoted(self.words) if self.words else "without words") + about


def questions(sent: Sequence[Mapping[str, Any]]) -> list[Question]:
    """Return the questions of a conversation; what tools give belongs to the question that they were called for.

    Parameters
    ----------
    sent : sequence of mapping
        The messages, as `turns` reads them.
    """
    asked: list[Question] = []
    called: dict[str, str] = {}
    for role, messages in groupby(sent, lambda message: str(message["role"])):
        items = [item for message in messages for item in message["content"]]
        if role == "assistant":
            calls = [item for item in items if isinstance(item, Mapping) and item.get("type") == "tool_use"]
            called = {str(call.get("id")): str(call.get("name")) for call in calls}
        if role != "user":
            continue
        results = tuple(_result(item, called) for item in items if _is_result(item))
        now = Question.of([item for item in items if not _is_result(item)])
        if asked and results and not (now.words or now.attached):
            asked[-1] = replace(asked[-1], results=results)
        else:
            asked.append(replace(now, results=results))
    return asked


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


def _is_result(item: Item) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "tool_result"


def _result(item: Item, called: Mapping[str, str]) -> Result:
    assert isinstance(item, Mapping)
    tool = called.get(str(item.get("tool_use_id")), "a tool")
    return Result(tool, _said(item.get("content")), item.get("is_error") is True)


def _said(content: Any) -> str:
    """Return what a tool gave, as words; of a file, that there is one."""
    if isinstance(content, str):
        return " ".join(content.split())
    blocks = content if isinstance(content, list) else []
    said = (str(block["text"]) if "text" in block else f"({block.get('type', 'something else')})" for block in blocks)
    return " ".join(" ".join(said).split())
