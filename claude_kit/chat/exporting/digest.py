"""What does an exported conversation say? The same for a page and for a document: questions, answers, and the bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from claude_kit.chat.forms import INSTRUCTION
from claude_kit.chat.keeping.saving import Kept
from claude_kit.chat.turns import Turn
from claude_kit.content import Image, Part, Text
from claude_kit.errors import ContentError, UnknownModelError
from claude_kit.render import units
from claude_kit.render.answer import OFFLINE_MARK, Answer
from claude_kit.render.citations import shortened
from claude_kit.reply import Usage
from claude_kit.wire.messages import part_of
from claude_kit.wire.order import Item

__all__ = ["Billed", "Digest", "Exchange", "asked", "facts_of"]

_TITLE: Final = 120


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer.

    Attributes
    ----------
    words : str
        The question.
    attached : tuple of part or str
        What went with it; a str says what something is that is not at hand, such as a file behind a URL.
    answer : Answer
        Of all requests together.
    """

    words: str
    attached: tuple[Part | str, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Billed:
    """A row of the bill.

    Attributes
    ----------
    label : str
    usage : Usage
    usd : decimal.Decimal or None
        None where no price is known.
    at_least : bool
        Whether more was billed than can be known.
    """

    label: str
    usage: Usage
    usd: Decimal | None
    at_least: bool = False

    @property
    def cost(self) -> str:
        """The dollars, in words where nobody knows them."""
        least = "at least " if self.at_least else ""
        return "price unknown" if self.usd is None else least + units.usd(self.usd)


@dataclass(frozen=True, slots=True)
class Digest:
    """What an exported conversation says.

    Attributes
    ----------
    title : str
    facts : tuple of str
        For the line under it: when, which models, how much.
    system : str
        The system prompt; empty where there is none.
    exchanges : tuple of Exchange
    bill : tuple of Billed
        One row for each exchange, one for what was asked besides, where there was such, and the total of what was asked
        here: what was before a fork, the conversation that it was forked from has paid.
    """

    title: str
    facts: tuple[str, ...]
    system: str
    exchanges: tuple[Exchange, ...]
    bill: tuple[Billed, ...]

    @classmethod
    def of(cls, kept: Kept, title: str | None = None) -> Digest:
        """Return what there is to say of a conversation."""
        exchanges = tuple(_exchange(turn) for turn in kept.turns)
        called = title or (exchanges[0].words if exchanges else "") or "A conversation with Claude"
        bill = tuple(_bill(kept))
        facts = tuple(_facts(kept, bill[-1]))
        return cls(shortened(called, _TITLE), facts, _system(kept.settings.get("system")), exchanges, bill)


def facts_of(part: Part) -> str:
    """Return how large a part is, in a few words.

    Examples
    --------
    >>> facts_of(Text("some words", "notes.txt"))
    '10 characters'
    """
    if isinstance(part, Text):
        return units.plural(len(part.text), "character")
    if isinstance(part, Image):
        return f"{part.width:,} × {part.height:,} px, {units.size(part.size)}"
    pages = "locked" if part.locked else units.plural(part.page_count, "page")
    return f"{pages}, {units.size(part.size)}"


def _system(given: str | Iterable[Mapping[str, object]] | None) -> str:
    blocks = (
        [] if given is None else [given] if isinstance(given, str) else [str(each.get("text", "")) for each in given]
    )
    return "\n\n".join(block for block in blocks if block.strip())


def asked(content: Iterable[Item]) -> tuple[str, tuple[Part | str, ...]]:
    """Return the words of a question, and what went with them; a str says what something is that is not at hand.

    Examples
    --------
    >>> asked([Text("Who wrote it?"), Text("Once upon a time", "tale.txt")])
    ('Who wrote it?', (<Text tale.txt: 16 characters>,))
    """
    words, attached = [], []
    for item in content:
        if item == INSTRUCTION:
            continue
        each = _at_hand(item)
        if isinstance(each, Text) and each.name is None:
            words.append(each.text)
        else:
            attached.append(each)
    return "\n\n".join(words), tuple(attached)


def _exchange(turn: Turn) -> Exchange:
    return Exchange(*asked(turn.content), turn.answer())


def _at_hand(item: Item) -> Part | str:
    """Return the part that an item is or carries, else what it is."""
    if not isinstance(item, Mapping):
        return item
    try:
        if part := part_of(item):
            return part
    except (ContentError, ValueError, TypeError):
        return f"{_kind(item)} that cannot be read"
    source = item.get("source")
    place = next((source[key] for key in ("url", "file_id") if source.get(key)), "") if isinstance(source, dict) else ""
    return f"{_kind(item)} {place}".strip()


def _kind(block: Mapping[str, object]) -> str:
    return str(block.get("type", "block")).replace("_", " ")


def _facts(kept: Kept, total: Billed) -> Iterator[str]:
    days = sorted(turn.asked_at.date() for turn in kept.turns)
    if days:
        yield f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    replies = [step.reply for turn in kept.turns for step in turn.steps]
    yield ", ".join(dict.fromkeys(reply.model for reply in replies if reply.model)) or kept.model
    yield units.plural(len(kept.turns), "turn")
    yield total.cost
    if any(reply.offline for reply in replies):
        yield OFFLINE_MARK
    yield from dict.fromkeys(f"recorded {reply.recorded[:10]}" for reply in replies if reply.recorded)


def _bill(kept: Kept) -> Iterator[Billed]:
    going_on, asked_here = {id(turn) for turn in kept.turns}, {id(turn) for turn in kept.log}
    besides = [turn for turn in kept.log if id(turn) not in going_on]
    inherited = [turn for turn in kept.turns if id(turn) not in asked_here]
    for number, turn in enumerate(kept.turns, start=1):
        whose = "" if id(turn) in asked_here else " (from before the fork, not in the sum)"
        yield _billed(f"{number}. {turn.label}{whose}", [turn])
    if besides:
        yield _billed(f"{len(besides)} more, set aside or failed", besides)
    yield _billed("all from the fork on" if inherited else "all", kept.log)


def _billed(label: str, turns: Iterable[Turn]) -> Billed:
    turns = list(turns)
    billed, least = sum((turn.billed for turn in turns), Usage()), any(turn.at_least for turn in turns)
    try:
        return Billed(label, billed, sum((turn.cost for turn in turns), Decimal(0)), least)
    except (UnknownModelError, ValueError):
        return Billed(label, billed, None, least)
