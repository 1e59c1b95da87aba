r"""How a sentence shows what it rests on: a number after it, and the numbered sources under the answer.

An answer with citations comes in many text blocks, which are one markdown text all the same. The number is written
into that text as a sign that no answer can hold, and becomes a superscript when the text has become HTML.

Examples
--------
>>> from claude_kit.render.markdown import to_html
>>> numbers = Numbers()
>>> rest_on = Source("report.pdf", "p. 2", "up in all regions")
>>> flowing = numbers.flowing([Said("Revenue **grew.**", (rest_on,)), Said(" Margins "), Said("too", (rest_on,))])
>>> to_html(flowing)
'<p>Revenue <strong>grew.</strong><sup class="ck-cite">[1]</sup> Margins too<sup class="ck-cite">[1]</sup></p>\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from claude_kit.render.html import QUIET_FOR_MATH, escape, sanitise
from claude_kit.render.marks import mark, unmarked
from claude_kit.render.pieces import Said, Source
from claude_kit.render.plain import one_line

__all__ = ["Numbers", "html_source", "html_sources", "shortened", "text_sources"]

_QUOTE_LENGTH: Final = 160
_PLACE_LENGTH: Final = 90
_QUOTES: Final = 3

# White space and the end of a table's row: a number after them would stand on a line, or in a cell, of its own.
_AFTER_NUMBER: Final = re.compile(r"[\s|]*\Z")

# Lines that would be others with a number in them: it stands below the one, and after later words of the other.
_FENCE: Final = re.compile(r" {0,3}(```+|~~~+) *\Z")
_RULE: Final = re.compile(r"[ \t|:=*_-]*[=*_-][ \t|:=*_-]*\Z")
_LINE_LENGTH: Final = 100  # longer, it is no fence
_LINK: Final = re.compile(r"https?://[^\s]+\Z", re.I)


class Numbers:
    """Numbers sources in the order they are cited, and writes the numbers into the text, whole or as it comes.

    The same place of the same document has one number, however often it is cited.
    """

    def __init__(self) -> None:
        self._quotes: dict[tuple[str, str], list[str]] = {}
        self._held = ""
        self._line = ""
        self._waiting: list[int] = []

    @property
    def sources(self) -> tuple[Source, ...]:
        """Those cited so far, the first one number 1; their quotes joined."""
        return tuple(Source(*key, " … ".join(quotes[:_QUOTES])) for key, quotes in self._quotes.items())

    def text(self, words: str) -> str:
        """Return what there is to append to the text for more of the answer's words.

        The end is held back where a number might have to stand before it; `rest` returns it.
        """
        words = self._held + unmarked(words)
        at = _AFTER_NUMBER.search(words).start()  # type: ignore[union-attr]
        self._held = words[at:]
        return self._passed(words[:at])

    def marks(self, sources: Iterable[Source]) -> str:
        """Return what there is to append after words that rest on `sources`."""
        self._waiting += [self._number(source) for source in sources]
        if not self._waiting or _RULE.match(self._line):
            return ""
        signs = "".join(mark(number) for number in dict.fromkeys(self._waiting))
        self._waiting.clear()
        return self._passed(f"\n\n{signs}\n" if _FENCE.match(self._line) else signs)

    def rest(self) -> str:
        """Return what `text` held back, when the text ends or goes on elsewhere."""
        held, self._held = self._held, ""
        self._line = ""
        return held + (f"\n\n{self.marks(())}" if self._waiting else "")

    def flowing(self, said: Iterable[Said]) -> str:
        """Return pieces that follow one another as one markdown text with its numbers."""
        pieces = [self.text(piece.markdown) + self.marks(piece.sources) for piece in said]
        return "".join(pieces) + self.rest()

    def _number(self, source: Source) -> int:
        key = (source.title, source.place)
        quotes = self._quotes.setdefault(key, [])
        if source.quote and source.quote not in quotes:
            quotes.append(source.quote)
        return list(self._quotes).index(key) + 1

    def _passed(self, text: str) -> str:
        self._line = (self._line + text).rpartition("\n")[2][:_LINE_LENGTH]
        return text


def html_sources(sources: Iterable[Source]) -> str:
    """Return the numbered sources as HTML; nothing when there are none."""
    rows = "".join(html_source(number, source) for number, source in enumerate(sources, 1))
    return f'<div class="ck-sources {QUIET_FOR_MATH}">{rows}</div>' if rows else ""


def text_sources(sources: Iterable[Source]) -> str:
    """Return the numbered sources as lines; nothing when there are none."""
    return "\n".join(
        " ".join((f"[{number}]", ", ".join(part for part in _named(source) if part), _quoted(source))).rstrip()
        for number, source in enumerate(sources, 1)
    )


def shortened(text: str, length: int) -> str:
    r"""Return `text` as one line of at most `length` characters.

    Examples
    --------
    >>> shortened("one\n two  three", 8)
    'one two…'
    """
    words = " ".join(one_line(text[: 4 * length]).split())
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def html_source(number: int, source: Source) -> str:
    """Return one row of the sources."""
    title, place = _named(source)
    if _LINK.match(source.place):
        place = sanitise(f'<a href="{escape(source.place)}">{escape(place)}</a>')
    else:
        place = escape(place)
    pieces = (
        f'<span class="ck-number">[{number}]</span>',
        f"<b>{escape(title)}</b>" if title else "",
        f"<span>{place}</span>" if place else "",
        f"<span>{escape(quote)}</span>" if (quote := _quoted(source)) else "",
    )
    return f"<div>{' '.join(piece for piece in pieces if piece)}</div>"


def _named(source: Source) -> tuple[str, str]:
    return shortened(source.title, _PLACE_LENGTH), shortened(source.place, _PLACE_LENGTH)


def _quoted(source: Source) -> str:
    quote = shortened(source.quote, _QUOTE_LENGTH)
    return f"“{quote}”" if quote else ""
