"""The view where there is no notebook: thinking and answer stream as text, calls of tools are lines between."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

from claude_kit.render.answer import Answer, Call, Locked, Said, Thought, text_locked, text_status
from claude_kit.render.calls import text_asked, text_result
from claude_kit.render.citations import Numbers, text_sources
from claude_kit.render.marks import text_marks
from claude_kit.render.plain import plain
from claude_kit.reply import Reply
from claude_kit.view.arriving import Arriving
from claude_kit.view.floor import Floor
from claude_kit.view.viewable import Bundled
from claude_kit.wire import events as e

__all__ = ["TerminalView"]

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"

# What goes on where it stopped; all else is a line of its own.
_FLOWING: Final = ("thinking", "text")


class TerminalView:
    """Prints events as they come, all but the answer dimmed where the terminal can; then the facts in one line.

    Of several answers at once one is printed after the other, see `claude_kit.view.floor`.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        file = file or sys.stdout
        self._floor = Floor(file)
        self._colour = file.isatty()
        self._last = ""
        self._arriving = Arriving()
        self._numbers = Numbers()
        self._asked: list[str] = []

    def __enter__(self) -> Self:
        self._floor.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._colour:
            self._floor.write(_PLAIN)
        self._floor.leave()

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        """Have no button: Ctrl-C stops."""

    def wait(self, notice: str) -> None:
        """Print what it waits for."""
        self._write(f"{notice}\n", "notice")

    def note(self, words: str) -> None:
        """Print what was done before the request was sent."""
        self._write(f"({plain(words)})\n", "notice")

    def recorded(self, day: str) -> None:
        """Leave it to the last line."""

    def feed(self, event: e.Event) -> None:
        """Print what an event brings."""
        for piece in self._arriving.feed(event):
            match piece:
                case Thought(text):
                    self._write(plain(text), "thinking")
                case Said(markdown, sources):
                    words = self._numbers.text(markdown) + self._numbers.marks(sources)
                    self._write(plain(text_marks(words)), "text")
                case Locked():
                    self._write(f"({text_locked(piece)})", "locked")
                case Call():
                    # Its arguments are still to come.
                    if not piece.pending or isinstance(event, e.BlockStop):
                        self.called(piece)

    def called(self, call: Call) -> None:
        """Print what is called when it begins, and what came of it when it has ended."""
        if not call.id or call.id not in self._asked:
            self._asked.append(call.id)
            self._write(f"→ {text_asked(call)}", "call")
        if not call.pending:
            # Where several run at once, the last one asked is not the one that has ended.
            which = "" if self._asked[-1] == call.id else f"{text_asked(call)}: "
            self._write(f"← {which}{text_result(call)}".rstrip(), "call")

    def withdraw(self) -> None:
        """Leave nothing: the request was refused before an answer began."""

    def finish(self, answer: Bundled) -> None:
        """Print what it rests on, why it is not whole, if it is not, and what it cost."""
        done = answer.answer() if isinstance(answer, Reply) else answer
        parts = [text_sources(self._numbers.sources)]
        parts += [done.problem, text_status(done)] if isinstance(done, Answer) else []
        ending = "\n\n".join(plain(part) for part in parts if part)
        self._write(f"\n\n{ending}\n", "status")

    def _write(self, text: str, kind: str) -> None:
        if kind != self._last:
            if self._last == "text":
                self._floor.write(plain(text_marks(self._numbers.rest())).rstrip())
            text = text.lstrip("\n") if kind == "text" else text
            self._floor.write(self._opening(kind))
            self._last = kind
        elif kind not in (*_FLOWING, "notice"):
            self._floor.write("\n")
        self._floor.write(text)

    def _opening(self, kind: str) -> str:
        """Return what stands before the first words of a kind: a colour, or in a file a heading."""
        between = "" if self._last in ("", "notice") or kind == "status" else "\n" if kind == "notice" else "\n\n"
        if self._colour:
            return between + (_PLAIN if kind == "text" else _DIM)
        heading = {"thinking": "[thinking]\n", "text": "[answer]\n" if self._last == "thinking" else ""}.get(kind, "")
        return between + heading
