"""How does a conversation read as one document of Markdown?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

from claude_kit.chat.exporting.digest import Billed, Digest, Exchange, facts_of
from claude_kit.chat.exporting.tamed import fenced, quoted, tamed, words
from claude_kit.content import Part
from claude_kit.render import units
from claude_kit.render.answer import Call, Locked, Piece, Said, Source, Thought, text_locked, thought_for
from claude_kit.render.citations import Numbers, shortened
from claude_kit.render.html import escape
from claude_kit.render.marks import mark
from claude_kit.render.plain import one_line

__all__ = ["markdown_document"]

_QUOTE_LENGTH = 300


def markdown_document(digest: Digest) -> str:
    """Return a conversation as Markdown that reads as it is, and rendered."""
    blocks = [f"# {words(digest.title)}", " · ".join(map(words, digest.facts))]
    if digest.system:
        blocks.append(_folded("System prompt", quoted(tamed(digest.system))))
    for number, exchange in enumerate(digest.exchanges, start=1):
        blocks += [f"## {number}", *_question(exchange), *_answer(exchange, number)]
    blocks += ["## Costs", _bill(digest.bill)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _question(exchange: Exchange) -> Iterator[str]:
    if exchange.words.strip():
        yield quoted(tamed(exchange.words))
    if exchange.attached:
        yield f"**Attached:** {', '.join(_named(each) for each in exchange.attached)}"


def _named(each: Part | str) -> str:
    return words(each) if isinstance(each, str) else f"{words(each.label)} ({facts_of(each)})"


def _answer(exchange: Exchange, number: int) -> Iterator[str]:
    answer, numbers = exchange.answer, Numbers()
    for note in answer.notes:
        yield f"*{words(note)}*"
    for kind, alike in groupby(answer.pieces, key=type):
        yield from _pieces(kind, list(alike), numbers, number)
    if answer.problem:
        yield f"**{words(answer.problem)}**"
    facts = [answer.model, *answer.facts, *answer.quiet_facts]
    yield f"<sub>{words(' · '.join(fact for fact in facts if fact))}</sub>"
    yield "\n".join(_footnote(source, f"{number}-{at}") for at, source in enumerate(numbers.sources, start=1))


def _pieces(kind: type, alike: list[Piece], numbers: Numbers, number: int) -> Iterator[str]:
    if kind is Said:
        text = tamed(numbers.flowing(piece for piece in alike if isinstance(piece, Said)))
        for at in range(len(numbers.sources), 0, -1):
            text = text.replace(mark(at), f"[^{number}-{at}]")
        yield text
        return
    for piece in alike:
        match piece:
            case Thought(text, tokens, seconds):
                told = [thought_for(seconds), units.plural(tokens, "token") if tokens else ""]
                yield _folded(" · ".join(each for each in told if each), quoted(tamed(text)))
            case Locked():
                yield f"*{text_locked(piece)}*"
            case Call(name):
                failed = ", which failed" if piece.failed else ""
                inside = (fenced(_indented(piece.input), "json"), fenced(piece.result) if piece.result else "")
                yield _folded(f"Called <code>{escape(one_line(name))}</code>{failed}", *inside)


def _folded(summary: str, *inside: str) -> str:
    body = "\n\n".join(each for each in inside if each)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _indented(call: str) -> str:
    with suppress(ValueError):
        return json.dumps(json.loads(call), ensure_ascii=False, indent=2)
    return call


def _footnote(source: Source, number: str) -> str:
    where = ", ".join(words(part) for part in (source.title, source.place) if part)
    quote = f"“{words(shortened(source.quote, _QUOTE_LENGTH))}”" if source.quote else ""
    return f"[^{number}]: {': '.join(part for part in (where, quote) if part)}"


def _bill(bill: Iterable[Billed]) -> str:
    rows = ["| | in | from cache | out | cost |", "|:--|--:|--:|--:|--:|"]
    for row in bill:
        usage = row.usage
        counts = (usage.total_input_tokens, usage.cache_read_input_tokens, usage.output_tokens)
        rows.append(f"| {words(row.label)} | {' | '.join(map(units.count, counts))} | {words(row.cost)} |")
    return "\n".join(rows)
