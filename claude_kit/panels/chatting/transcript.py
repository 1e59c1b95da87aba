"""How does a conversation read in the saved notebook? Question, answer, question, answer: HTML that needs no script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from claude_kit.chat import Chat, table
from claude_kit.chat.exporting.digest import asked, facts_of
from claude_kit.chat.turns import Turn
from claude_kit.content import Part
from claude_kit.render import units
from claude_kit.render.answer import html_answer
from claude_kit.render.cards import html_card
from claude_kit.render.citations import shortened
from claude_kit.render.html import QUIET_FOR_MATH, compact, escape, style, tag
from claude_kit.render.plain import plain
from claude_kit.view.island import asset
from claude_kit.wire.order import Item

__all__ = ["Transcript", "html_question", "summary", "text"]

_KINDS: Final = ("answer", "card")

# How much of a question and of an answer stands in a terminal; all of it is in chat.export("md").
_EXCERPT: Final = 400


class Transcript:
    """The HTML of a conversation, in which each turn is drawn once."""

    def __init__(self) -> None:
        self._drawn: list[tuple[Turn, str]] = []

    def html(self, turns: Sequence[Turn]) -> str:
        """Return the turns one below the other; each says which one it is, for what is done with it on the page."""
        known = {id(turn): html for turn, html in self._drawn}
        self._drawn = [(turn, known.get(id(turn)) or _turn(turn)) for turn in turns]
        rows = [
            f'<div class="ck-turn" data-ck-turn="{number}">{html}</div>' for number, (_, html) in enumerate(self._drawn)
        ]
        return f"<style>{css()}</style>{''.join(rows)}"

    def framed(self, chat: Chat, mark: Callable[[str], str] = str) -> str:
        """Return the conversation and a line that says what it is.

        Parameters
        ----------
        chat : Chat
        mark : callable
            Is given the line, and returns it as the place where a panel comes alive.
        """
        line = f'<div class="ck-about {QUIET_FOR_MATH}">{escape(summary(chat))}</div>'
        return f'<div class="ck ck-chat">{self.html(chat.turns)}{mark(line)}</div>'


def css() -> str:
    """Return the style of a conversation, which stands in it once."""
    own = asset("chat.css", __package__)
    return "".join(map(style, _KINDS)) + compact(own)


def html_question(content: Iterable[Item]) -> str:
    """Return a question with the cards of its files."""
    words, attached = asked(content)
    cards = "".join(map(_attached, attached))
    said = f'<div class="ck-words">{escape(words.strip())}</div>' if words.strip() else ""
    return f'<div class="ck-asked {QUIET_FOR_MATH}">{f"<div class=ck-files>{cards}</div>" if cards else ""}{said}</div>'


def summary(chat: Chat) -> str:
    """Say what it is, in a line.

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> summary(Chat("claude-sonnet-5-5", Client.offline()))
    'A conversation with claude-sonnet-5-5, 0 turns, $0'
    """
    return f"A conversation with {chat.model}, {units.plural(len(chat.turns), 'turn')}, {table.cost(chat.log)}"


def text(chat: Chat) -> str:
    """Return a conversation for a terminal: questions, and how each answer begins."""
    return plain("\n\n".join([summary(chat), *map(_text, chat.turns)]))


def _turn(turn: Turn) -> str:
    return _without_styles(html_question(turn.content) + html_answer(turn.answer()))


def _attached(each: Part | str) -> str:
    if isinstance(each, str):
        return tag(each)
    card = each.card()
    return _without_styles(html_card(replace(card, thumbnails=card.thumbnails[:1])))


def _text(turn: Turn) -> str:
    words, attached = asked(turn.content)
    names = [each if isinstance(each, str) else f"{each.label} ({facts_of(each)})" for each in attached]
    if len(words) > _EXCERPT:
        words = shortened(words, _EXCERPT)
    question = "\n".join(f"> {line}".rstrip() for line in [*names, *words.strip().splitlines()])
    said = "\n\n".join(step.reply.text for step in turn.steps if step.reply.text).strip()
    return f"{question}\n\n{shortened(said, _EXCERPT) or turn.reply.problem}"


def _without_styles(html: str) -> str:
    """Take away the style that everything brings along where it may stand alone."""
    for kind in _KINDS:
        html = html.replace(f"<style>{style(kind)}</style>", "")
    return html
