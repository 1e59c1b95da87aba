"""What of an answer does the page not know yet? The answer while it grows, as the pieces that stand on the page.

Events of one stream or of several in a row go in, changes come out: more thinking, HTML of finished blocks, the one
block that is still open, a call that has ended. Does no IO.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from claude_kit.render.answer import Call, Locked, Said, Source, Thought, html_locked, html_note, thought_for
from claude_kit.render.calls import html_call
from claude_kit.render.citations import Numbers
from claude_kit.render.markdown import MarkdownStream
from claude_kit.view.arriving import Arriving
from claude_kit.wire import events as e

__all__ = ["Change", "Growing"]

#: What is to be done to one piece: its number ``i``, its kind ``k``, and what there is for that kind.
Change = dict[str, Any]

_Clock = Callable[[], float]

# Where thinking ends.
_ENDS: Final = (e.MessageStart, e.BlockStart, e.BlockStop, e.MessageStop)


class _Piece(Protocol):
    changed: bool

    def close(self) -> None:
        """Note that another piece follows."""

    def news(self) -> Change:
        """Return what has come since the last call."""

    def whole(self) -> Change:
        """Return what had been told by the last call of `news`."""


class Growing:
    r"""An answer while it grows.

    Attributes
    ----------
    phase : {"waiting", "thinking", "answering", "calling"}
        What is going on.

    Examples
    --------
    >>> growing = Growing()
    >>> growing.feed(e.TextDelta(0, "Yes, *and"))
    >>> growing.news()
    [{'i': 0, 'k': 'answer', 'f': '', 'o': '<p>Yes, *and</p>\n'}]
    >>> growing.feed(e.TextDelta(0, "* no."))
    >>> growing.news(), growing.news()
    ([{'i': 0, 'k': 'answer', 'f': '', 'o': '<p>Yes, <em>and</em> no.</p>\n'}], [])
    """

    def __init__(self, clock: _Clock = time.monotonic) -> None:
        self.phase = "waiting"
        self._clock = clock
        self._arriving = Arriving()
        self._numbers = Numbers()
        self._pieces: list[_Piece] = []
        self._calls: dict[str, _Fixed] = {}
        self._locked: tuple[Locked, _Fixed] | None = None

    def feed(self, event: e.Event) -> None:
        """Take the next event; kinds that do not show leave no trace."""
        if isinstance(event, _ENDS) and isinstance(last := self._last, _Thinking):
            last.close()
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

    def whole(self) -> list[Change]:
        """Return what a page has to do that knows nothing, to know what the last `news` told."""
        return [{"i": at, **piece.whole()} for at, piece in enumerate(self._pieces)]

    def _think(self, thinking: str) -> None:
        if not (isinstance(last := self._last, _Thinking) and last.going_on):
            self._append(last := _Thinking(self._clock))
        last.add(thinking)
        self.phase = "thinking"

    def _say(self, text: str, sources: Sequence[Source]) -> None:
        if not isinstance(last := self._last, _Words):
            if not (sources or text.strip("\n")):
                return
            self._append(last := _Words(self._numbers))
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
        self._new.clear()
        self.changed = False
        return self._change(new)

    def whole(self) -> Change:
        return self._change("".join(self._told))

    def _change(self, text: str) -> Change:
        if self.going_on:
            headline = f"Thinking   {self._clock() - self._began:.0f} s"
        else:
            headline = thought_for(self._until - self._began)
        return {"k": "thinking", "t": text, "h": headline, "a": self.going_on}


class _Words:
    """Markdown with numbers for its sources: finished blocks are told once, only the open one again."""

    def __init__(self, numbers: Numbers) -> None:
        self.changed = True
        self._numbers = numbers
        self._markdown = MarkdownStream()
        self._closed = False
        self._frozen: list[str] = []
        self._open = ""

    def add(self, text: str, sources: Sequence[Source]) -> None:
        self._markdown.feed(self._numbers.text(text) + self._numbers.marks(sources))
        self.changed = True

    def close(self) -> None:
        if not self._closed:
            self._markdown.feed(self._numbers.rest())
            self._closed = self.changed = True

    def news(self) -> Change:
        frozen, self._open = self._markdown.take_frozen(), self._markdown.open_html()
        if self._closed:
            frozen, self._open = frozen + self._open, ""
        self._frozen.append(frozen)
        self.changed = False
        return {"k": "answer", "f": frozen, "o": self._open}

    def whole(self) -> Change:
        return {"k": "answer", "f": "".join(self._frozen), "o": self._open}


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
