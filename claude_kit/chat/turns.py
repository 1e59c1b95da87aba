"""A turn of a conversation: a question, and all that came of it until the answer ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from claude_kit.content import Image, Pdf, Text
from claude_kit.render.answer import Answer
from claude_kit.reply import Reply, Usage
from claude_kit.shown import turn_answer
from claude_kit.wire.order import Item

__all__ = ["Step", "Turn"]

# How much of a question a table shows.
_LABEL: Final = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a turn: what Claude answered and, where it called tools, what they gave.

    Attributes
    ----------
    reply : Reply
    results : tuple of mapping
        ``tool_result`` blocks, as they were sent next; empty where the turn ended.
    seconds : tuple of float
        How long each tool took.
    """

    reply: Reply
    results: tuple[Mapping[str, Any], ...] = ()
    seconds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """A question, and all that came of it until the answer ended.

    Attributes
    ----------
    content : tuple of part or block
        The question, as it was sent.
    steps : tuple of Step
        One for each request: several where Claude called tools or paused.
    cell : str or None
        The notebook cell that asked, where there is one.
    asked_at : datetime.datetime
        In UTC.
    prefix : str
        Digests of what stood before the first answer: tools, system prompt, earlier messages with the question. Some
        models take their thinking back only with the same.
    notes : tuple of str
        What was done to the conversation before it was sent, in sentences.
    documents : tuple of str
        What the documents are called that stood before the answer, in their order, where any of them is cited.
    """

    content: tuple[Item, ...]
    steps: tuple[Step, ...]
    cell: str | None = None
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    prefix: str = ""
    notes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def reply(self) -> Reply:
        """The last answer."""
        return self.steps[-1].reply

    @property
    def complete(self) -> bool:
        """Whether the answer ended by itself."""
        return self.reply.complete

    @property
    def usage(self) -> Usage:
        """What the API told of tokens, summed over the steps; of an answer that broke off, its start."""
        return sum((step.reply.usage for step in self.steps), Usage())

    @property
    def billed(self) -> Usage:
        """What the cost is made of, summed over the steps, see `claude_kit.Reply.billed`."""
        return sum((step.reply.billed for step in self.steps), Usage())

    @property
    def cost(self) -> Decimal:
        """US dollars, summed over the steps; where an answer broke off, at least.

        Raises
        ------
        UnknownModelError, ValueError
            As `claude_kit.Reply.cost` does.
        """
        return sum((step.reply.cost for step in self.steps), Decimal(0))

    @property
    def at_least(self) -> bool:
        """Whether it cost more than can be known: an answer broke off before the API told what it took."""
        return any(step.reply.at_least for step in self.steps)

    @property
    def label(self) -> str:
        """The question, shortened."""
        words = " ".join(item.text for item in self.content if isinstance(item, Text) and item.name is None)
        words = " ".join(words.split())
        if not words:
            named = [item.label for item in self.content if isinstance(item, Image | Pdf | Text)]
            words = ", ".join(named) or "a tool's result"
        return words if len(words) <= _LABEL else words[: _LABEL - 1].rstrip() + "…"

    def __repr__(self) -> str:
        requests = f", {len(self.steps)} requests" if len(self.steps) > 1 else ""
        return f"<Turn {self.label!r}: {self.reply!r}{requests}>"

    def answer(self) -> Answer:
        """Return what there is to show of all that came, as one answer."""
        took = {
            str(result.get("tool_use_id")): seconds
            for step in self.steps
            for result, seconds in zip(step.results, step.seconds, strict=False)
        }
        steps = [(step.reply, step.results) for step in self.steps]
        return turn_answer(steps, self.notes, took=took, documents=self.documents)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.answer().bundle()
