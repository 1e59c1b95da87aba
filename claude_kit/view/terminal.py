"""The view where there is no notebook: thinking and answer stream as text."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self, TextIO

from claude_kit.render.answer import text_status
from claude_kit.render.plain import plain
from claude_kit.reply import Reply
from claude_kit.wire import events as e

__all__ = ["TerminalView"]

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


class TerminalView:
    """Prints events as they come, the thinking dimmed where the terminal can; then the facts in one line."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdout
        self._colour = self._file.isatty()
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._colour:
            self._file.write(_PLAIN)

    def wait(self, notice: str) -> None:
        """Print what it waits for."""
        self._write(f"{notice}\n", "notice")

    def feed(self, event: e.Event) -> None:
        """Print what an event brings."""
        match event:
            case e.ThinkingDelta(_, thinking):
                self._write(plain(thinking), "thinking")
            case e.TextDelta(_, text):
                self._write(plain(text), "text")

    def withdraw(self) -> None:
        """Leave nothing: the request was refused before an answer began."""

    def finish(self, reply: Reply) -> None:
        """Print why it is not whole, if it is not, and what it cost."""
        answer = reply.answer()
        ending = "\n\n".join(part for part in (answer.problem, text_status(answer)) if part)
        self._write(f"\n\n{ending}\n", "status")

    def _write(self, text: str, kind: str) -> None:
        if kind != self._last:
            self._file.write(self._opening(kind))
            self._last = kind
        self._file.write(text)
        self._file.flush()

    def _opening(self, kind: str) -> str:
        """Return what stands before the first words of a kind: a colour, or in a file a heading."""
        between = "\n\n" if self._last == "thinking" and kind == "text" else ""
        if self._colour:
            return between + (_PLAIN if kind == "text" else _DIM)
        heading = {"thinking": "[thinking]\n", "text": "[answer]\n" if self._last == "thinking" else ""}.get(kind, "")
        return between + heading
