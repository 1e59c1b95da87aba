"""How an answer looks when it is done: its pieces in the order they came, then what it cost, in one line.

Thinking and calls of tools are folded away; what the answer rests on stands numbered below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from claude_kit.render import units
from claude_kit.render.calls import html_call, text_call
from claude_kit.render.citations import Numbers, html_sources, text_sources
from claude_kit.render.direction import directed
from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag
from claude_kit.render.markdown import to_html
from claude_kit.render.marks import text_marks
from claude_kit.render.pieces import Call, Locked, Piece, Said, Source, Thought
from claude_kit.render.plain import one_line, plain

__all__ = [
    "OFFLINE_MARK",
    "Answer",
    "Call",
    "Locked",
    "Piece",
    "Said",
    "Source",
    "Thought",
    "html_answer",
    "html_locked",
    "html_note",
    "html_status",
    "html_thinking",
    "marks",
    "text_answer",
    "text_locked",
    "text_status",
    "thought_for",
    "thought_tokens",
]

#: Said on every answer of the offline model, live and saved.
OFFLINE_MARK = "offline model, no Claude was asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to show of an answer.

    Attributes
    ----------
    pieces : tuple of Thought, Locked, Said or Call
        In the order they came.
    model : str
        The id that answered.
    facts : tuple of str
        For the status line: usage, cost, and so on.
    quiet_facts : tuple of str
        For the end of the status line, more quietly: estimate against actual.
    problem : str
        Why the answer is not whole; empty when it is.
    offline : bool
        Whether the offline model wrote it.
    notes : tuple of str
        What was done to the conversation before it was sent, in sentences; they stand above the answer.
    recorded : str
        The day of the recording that the answer is replayed from, in ISO 8601; empty for one that came just now.

    Examples
    --------
    >>> answer = Answer((Thought("Add them."), Said("**4**")), "claude-sonnet-5-5", ("in 12 · out 3",))
    >>> print(answer.bundle()["text/plain"])
    > Add them.
    <BLANKLINE>
    **4**
    <BLANKLINE>
    [claude-sonnet-5-5 · in 12 · out 3]
    """

    pieces: tuple[Piece, ...] = ()
    model: str = ""
    facts: tuple[str, ...] = ()
    quiet_facts: tuple[str, ...] = ()
    problem: str = ""
    offline: bool = False
    notes: tuple[str, ...] = ()
    recorded: str = ""

    def bundle(self) -> dict[str, str]:
        """Return its static form: sanitised HTML that needs no script, and plain text."""
        return {"text/html": html_answer(self), "text/plain": text_answer(self)}


def html_answer(answer: Answer) -> str:
    """Return the answer as static, sanitised, framed HTML that needs neither widget nor script to be read."""
    numbers = Numbers()
    notes = [html_note(note) for note in answer.notes]
    pieces = [_html(row) for row in _rows(answer.pieces, numbers)]
    below = [
        html_sources(numbers.sources),
        f'<div class="ck-problem {QUIET_FOR_MATH}">{escape(answer.problem)}</div>' if answer.problem else "",
        html_status(marks(answer.offline, answer.recorded), answer.model, answer.facts, answer.quiet_facts),
    ]
    return frame("".join([*notes, *pieces, *below]), kind="answer")


def text_answer(answer: Answer) -> str:
    """Return the answer as plain text: the thinking quoted, the markdown as it came, the facts in brackets."""
    numbers = Numbers()
    pieces = [_text(row) for row in _rows(answer.pieces, numbers)]
    notes = [f"({note})" for note in answer.notes]
    parts = [*notes, *pieces, text_sources(numbers.sources), answer.problem, text_status(answer)]
    return plain("\n\n".join(part for part in parts if part))


def text_status(answer: Answer) -> str:
    """Return the facts in one line, in brackets; nothing when there are none."""
    facts = [
        *marks(answer.offline, answer.recorded),
        answer.model,
        *answer.facts,
        _thought(answer.pieces),
        *answer.quiet_facts,
    ]
    facts = [fact for fact in facts if fact]
    return one_line(f"[{' · '.join(facts)}]") if facts else ""


def html_locked(locked: Locked) -> str:
    """Return the line that stands for redacted thinking."""
    return f'<div class="ck-locked {QUIET_FOR_MATH}"><span class="ck-lock"></span>{text_locked(locked)}</div>'


def text_locked(locked: Locked) -> str:
    """Return what is said of redacted thinking.

    Examples
    --------
    >>> text_locked(Locked()), text_locked(Locked(2))
    ('Thinking that Anthropic keeps encrypted', 'Thinking that Anthropic keeps encrypted, 2 blocks')
    """
    several = f", {units.plural(locked.blocks, 'block')}" if locked.blocks > 1 else ""
    return f"Thinking that Anthropic keeps encrypted{several}"


def html_note(note: str) -> str:
    """Return a sentence that stands above the answer."""
    return f'<div class="ck-note {QUIET_FOR_MATH}">{escape(note)}</div>'


def html_thinking(text: str, seconds: float, numbers: Iterable[str]) -> str:
    """Return thinking, folded, with how long it took and what numbers there are of it."""
    beside = "".join(f' <span class="ck-dim ck-num">· {number}</span>' for number in numbers)
    return (
        f'<details class="ck-thinking {QUIET_FOR_MATH}"><summary>{thought_for(seconds)}{beside}</summary>'
        f'<div class="ck-thought" dir="auto">{escape(text)}</div></details>'
    )


def marks(offline: bool, recorded: str) -> list[str]:
    """Return what says that no Claude answered just now.

    Examples
    --------
    >>> marks(False, "2026-11-23")
    ['recorded 2026-11-23']
    """
    return [mark for mark in (OFFLINE_MARK if offline else "", f"recorded {recorded}" if recorded else "") if mark]


def html_status(marks: Iterable[str], model: str, facts: Iterable[str], quiet_facts: Iterable[str]) -> str:
    """Return the line below an answer; nothing when there is nothing to say."""
    pieces = [tag(mark, "offline") for mark in marks]
    pieces += [f"<b>{escape(model)}</b>"] if model else []
    pieces += [f"<span>{escape(fact)}</span>" for fact in facts]
    pieces += [f'<span class="ck-dim">{escape(fact)}</span>' for fact in quiet_facts]
    return f'<div class="ck-status {QUIET_FOR_MATH}">{" ".join(pieces)}</div>' if pieces else ""


def thought_for(seconds: float) -> str:
    """Say how long it thought; under half a second is not worth a number.

    Examples
    --------
    >>> thought_for(7.2), thought_for(0.5), thought_for(0.2)
    ('Thought for 7 s', 'Thought for 1 s', 'Thinking')
    """
    if seconds < 0.5:
        return "Thinking"
    took = f"{max(1, round(seconds))} s" if seconds < 60 else units.seconds(seconds)
    return f"Thought for {took}"


def thought_tokens(tokens: int, costs: Iterable[Decimal | None]) -> str:
    """Say how many tokens went into thinking, and what they cost where every price is known.

    Examples
    --------
    >>> thought_tokens(1234, [Decimal("0.0123"), None]), thought_tokens(1234, [Decimal("0.0123")])
    ('thought 1,234 tokens', 'thought 1,234 tokens ($0.0123)')
    """
    known = list(costs)
    cost = sum((usd for usd in known if usd is not None), Decimal(0))
    return f"thought {units.plural(tokens, 'token')}" + ("" if None in known else f" ({units.usd(cost)})")


def _thought(pieces: Iterable[Piece]) -> str:
    """Return what stands beside the thinking in HTML."""
    counted = [piece for piece in pieces if isinstance(piece, Thought) and piece.tokens]
    if not counted:
        return ""
    return thought_tokens(sum(piece.tokens or 0 for piece in counted), (piece.cost for piece in counted))


def _rows(pieces: Iterable[Piece], numbers: Numbers) -> Iterator[Piece]:
    """Join what is one thing to the reader: words that follow one another, numbers among them, and locked thinking."""
    for kind, alike in groupby(pieces, key=type):
        if kind is Said:
            yield Said(numbers.flowing(piece for piece in alike if isinstance(piece, Said)))
        elif kind is Locked:
            yield Locked(sum(piece.blocks for piece in alike if isinstance(piece, Locked)))
        else:
            yield from alike


def _html(piece: Piece) -> str:
    match piece:
        case Said(markdown):
            return f'<div class="ck-answer">{directed(to_html(markdown))}</div>' if markdown.strip() else ""
        case Thought():
            return _thinking(piece) if piece.text else ""
        case Call():
            return html_call(piece)
        case Locked():
            return html_locked(piece)


def _text(piece: Piece) -> str:
    match piece:
        case Said(markdown):
            return text_marks(markdown).strip("\n")
        case Thought(text):
            return _quoted(text)
        case Call():
            return text_call(piece)
        case Locked():
            return f"({text_locked(piece)})"


def _quoted(thinking: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in thinking.splitlines())


def _thinking(thought: Thought) -> str:
    numbers = [units.plural(thought.tokens, "token")] if thought.tokens else []
    numbers += [units.usd(thought.cost)] if thought.cost else []
    return html_thinking(thought.text, thought.seconds, numbers)
