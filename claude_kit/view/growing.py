"""What of an answer does the page not know yet? The answer while it grows, as the pieces that stand on the page.

Events of one stream or of several in a row go in, changes come out: more thinking, HTML of finished blocks, the one
block that is still open, a call that has ended. Does no IO.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from claude_kit.render import units
from claude_kit.render.answer import (
    Call,
    Locked,
    Said,
    Source,
    Thought,
    html_locked,
    html_note,
    html_thinking,
    thought_for,
)
from claude_kit.render.calls import html_call
from claude_kit.render.citations import Numbers, html_source
from claude_kit.render.cutting import inner, tail
from claude_kit.render.direction import directed
from claude_kit.render.html import QUIET_FOR_MATH
from claude_kit.render.markdown import MarkdownStream
from claude_kit.render.marks import text_marks
from claude_kit.view.arriving import Arriving
from claude_kit.view.tally import Tally
from claude_kit.wire import events as e

__all__ = ["Change", "Growing"]

#: What is to be done to one piece: its number ``i``, its kind ``k``, and what there is for that kind.
Change = dict[str, Any]

_Clock = Callable[[], float]

# How much of a block that is open is rendered anew in a second: a long paragraph is shown less often, not at more cost.
_CHARACTERS_A_SECOND: Final = 16_000
_SHORT: Final = 1_000

# Where thinking ends, and words may.
_ENDS: Final = (e.MessageStart, e.BlockStart, e.BlockStop, e.MessageStop)


class _Piece(Protocol):
    @property
    def changed(self) -> bool:
        """Whether there is something to tell."""

    def close(self) -> None:
        """Note that another piece follows."""

    def news(self) -> Change:
        """Return what has come since the last call."""

    def whole(self) -> Change:
        """Return what had been told by the last call of `news`."""

    def html(self) -> str:
        """Return that as HTML."""


class Growing:
    r"""An answer while it grows.

    Attributes
    ----------
    phase : {"waiting", "thinking", "answering", "calling", "done"}
        What is going on.

    Examples
    --------
    >>> growing = Growing()
    >>> growing.feed(e.TextDelta(0, "Yes, *and"))
    >>> growing.news()
    [{'i': 0, 'k': 'answer', 'm': 'Yes, *and', 'f': '', 'o': '<p>Yes, *and</p>\n'}]
    >>> growing.feed(e.TextDelta(0, "* no."))
    >>> growing.news(), growing.news()
    ([{'i': 0, 'k': 'answer', 'm': '* no.', 'f': '', 'o': '<p>Yes, <em>and</em> no.</p>\n'}], [])
    """

    def __init__(self, clock: _Clock = time.monotonic) -> None:
        self.phase = "waiting"
        self._clock = clock
        self._arriving = Arriving()
        self._numbers = Numbers()
        self._pieces: list[_Piece] = []
        self._calls: dict[str, _Fixed] = {}
        self._locked: tuple[Locked, _Fixed] | None = None
        self._sources_told: list[str] = []

    def feed(self, event: e.Event) -> None:
        """Take the next event; kinds that do not show leave no trace."""
        if isinstance(event, _ENDS):
            match self._last:
                case _Thinking() as last:
                    last.close()
                case _Words() as last:
                    last.pause()
        for piece in self._arriving.feed(event):
            match piece:
                case Thought(text):
                    self._think(text)
                case Said(markdown, sources):
                    self._say(markdown, sources)
                case Locked():
                    self._lock()
                case Call():
                    self.called(piece)

    def called(self, call: Call) -> None:
        """Take a call that begins or ends; one with the same id is the same call."""
        if known := self._calls.get(call.id):
            known.put(html_call(call))
        else:
            self._append(known := _Fixed(html_call(call)))
        if call.id:
            self._calls[call.id] = known
        self.phase = "calling"

    def note(self, words: str) -> None:
        """Take a sentence that is shown where the answer is now."""
        self._append(_Fixed(html_note(words)))

    def news(self) -> list[Change]:
        """Return what has changed since the last call."""
        return [{"i": at, **piece.news()} for at, piece in enumerate(self._pieces) if piece.changed]

    @property
    def held(self) -> bool:
        """Whether something has come that is not told yet."""
        return any(isinstance(piece, _Words) and piece.held for piece in self._pieces)

    def whole(self) -> list[Change]:
        """Return what a page has to do that knows nothing, to know what the last `news` told."""
        return [{"i": at, **piece.whole()} for at, piece in enumerate(self._pieces)]

    def sources_news(self) -> list[tuple[int, str]]:
        """Return the sources that are new or have changed since the last call: the row of each, and its HTML."""
        now = [html_source(number, source) for number, source in enumerate(self._numbers.sources, 1)]
        told = self._sources_told
        self._sources_told = now
        return [(row, html) for row, html in enumerate(now) if row >= len(told) or told[row] != html]

    def sources_whole(self) -> list[tuple[int, str]]:
        """Return all sources that the last `sources_news` told."""
        return list(enumerate(self._sources_told))

    def html(self) -> str:
        """Return what the last `news` told as HTML that needs no script; sanitised, not framed."""
        sources = f'<div class="ck-sources {QUIET_FOR_MATH}">{"".join(self._sources_told)}</div>'
        return "".join(piece.html() for piece in self._pieces) + (sources if self._sources_told else "")

    def end(self) -> None:
        """Note that nothing more comes."""
        if self._last is not None:
            self._last.close()
        self.phase = "done"

    def _think(self, thinking: str) -> None:
        if not (isinstance(last := self._last, _Thinking) and last.going_on):
            self._append(last := _Thinking(self._clock))
        last.add(thinking)
        self.phase = "thinking"

    def _say(self, text: str, sources: Sequence[Source]) -> None:
        if not isinstance(last := self._last, _Words):
            if not (sources or text.strip("\n")):
                return
            self._append(last := _Words(self._numbers, self._clock))
        last.add(text, sources)
        self.phase = "answering"

    def _lock(self) -> None:
        if self._locked is None or self._locked[1] is not self._last:
            self._locked = Locked(), _Fixed(html_locked(Locked()))
            self._append(self._locked[1])
            return
        before, line = self._locked
        self._locked = Locked(before.blocks + 1), line
        line.put(html_locked(self._locked[0]))

    @property
    def _last(self) -> _Piece | None:
        return self._pieces[-1] if self._pieces else None

    def _append(self, piece: _Piece) -> None:
        if self._last is not None:
            self._last.close()
        self._pieces.append(piece)


class _Thinking:
    """Plain text that only ever grows."""

    def __init__(self, clock: _Clock) -> None:
        self.changed = True
        self.going_on = True
        self._clock = clock
        self._began = self._until = clock()
        self._tally = Tally(None)
        self._new: list[str] = []
        self._told: list[str] = []

    def add(self, thinking: str) -> None:
        self._new.append(thinking)
        self.changed = True

    def close(self) -> None:
        if self.going_on:
            self.going_on, self.changed = False, True
            self._until = self._clock()

    def news(self) -> Change:
        new = "".join(self._new)
        self._told.append(new)
        self._tally.add(new)
        self._new.clear()
        self.changed = False
        return self._change(new)

    def whole(self) -> Change:
        return self._change("".join(self._told))

    def html(self) -> str:
        return html_thinking("".join(self._told), self._seconds, [self._tokens])

    def _change(self, text: str) -> Change:
        change = {"k": "thinking", "t": text, "s": round(self._seconds), "n": self._tokens, "a": self.going_on}
        return change if self.going_on else {**change, "h": thought_for(self._seconds)}

    @property
    def _seconds(self) -> float:
        return (self._clock() if self.going_on else self._until) - self._began

    @property
    def _tokens(self) -> str:
        return f"~{units.plural(self._tally.tokens(), 'token')}"


class _Words:
    """Markdown with numbers for its sources: finished blocks are told once, only the open one again."""

    def __init__(self, numbers: Numbers, clock: _Clock) -> None:
        self.held = True
        self._clock = clock
        self._due_s = clock()
        self._numbers = numbers
        self._markdown = MarkdownStream()
        self._closed = False
        self._source: list[str] = []
        self._source_told = 0
        self._frozen: list[str] = []
        self._tail = ""
        self._open = ""

    @property
    def changed(self) -> bool:
        """Whether there is something to tell: of a long block that cannot be cut not as often as of others."""
        return self.held and (self._closed or self._clock() >= self._due_s)

    def add(self, text: str, sources: Sequence[Source]) -> None:
        self._feed(self._numbers.text(text) + self._numbers.marks(sources))

    def pause(self) -> None:
        """Note that there is nothing to wait for: all that has come is to be told."""
        self._due_s = self._clock()

    def close(self) -> None:
        if not self._closed:
            self._feed(self._numbers.rest())
            self._markdown.end()
            self._closed = True

    def news(self) -> Change:
        inside, frozen = self._frozen_anew()
        continues, self._open = self._markdown.continues, self._markdown.open_html()
        if continues:
            self._open = inner(self._open)
        if self._closed:
            if continues and frozen:  # it is cut and ends at once: it goes on inside what is new
                end = tail(frozen)
                frozen = frozen.removesuffix(end) + self._open + end
            elif continues:
                inside += self._open
            else:
                frozen += self._open
            self._open, continues = "", False
        self._freeze(inside, frozen, continues)
        self.held = False
        again = self._markdown.open_length
        self._due_s = self._clock() + (again / _CHARACTERS_A_SECOND if again > _SHORT else 0)
        source = "".join(self._source[self._source_told :])
        self._source_told = len(self._source)
        change = self._change(source, frozen)
        return {**change, "g": inside} if inside else change

    def whole(self) -> Change:
        return self._change("".join(self._source[: self._source_told]), "".join([*self._frozen, self._tail]))

    def html(self) -> str:
        inside, after = (self._open, "") if self._tail else ("", self._open)
        words = "".join([*self._frozen, inside, self._tail, after])
        return f'<div class="ck-answer">{directed(words)}</div>' if words else ""

    def _frozen_anew(self) -> tuple[str, str]:
        """Return what goes on inside the block that was frozen last, and the blocks behind it."""
        inside = ""
        if self._markdown.continues:
            inside = inner(self._markdown.take_frozen())
            if self._markdown.continues:
                return inner(self._markdown.take_part()), ""
        frozen = self._markdown.take_frozen()
        return inside, frozen + self._markdown.take_part()

    def _freeze(self, inside: str, frozen: str, continues: bool) -> None:
        self._frozen.append(inside)
        if frozen or not continues:
            self._frozen.append(self._tail)
            self._tail = tail(frozen) if continues else ""
            self._frozen.append(frozen.removesuffix(self._tail))

    def _feed(self, markdown: str) -> None:
        self._markdown.feed(markdown)
        self._source.append(text_marks(markdown))
        self.held = True

    def _change(self, source: str, frozen: str) -> Change:
        change = {"k": "answer", "m": source, "f": frozen, "o": self._open}
        return {**change, "c": 1} if self._tail else change


class _Fixed:
    """HTML that is told as a whole."""

    def __init__(self, html: str) -> None:
        self.changed = True
        self._html = html

    def close(self) -> None:
        """Nothing is left to tell."""

    def put(self, html: str) -> None:
        self._html, self.changed = html, True

    def news(self) -> Change:
        self.changed = False
        return self.whole()

    def whole(self) -> Change:
        return {"k": "html", "h": self._html}

    def html(self) -> str:
        return self._html
