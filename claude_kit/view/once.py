"""The view where nobody watches: the final form, once, when the answer is done."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from IPython.display import display

from claude_kit.render.answer import Call
from claude_kit.view.viewable import Bundled
from claude_kit.wire.events import Event

__all__ = ["OnceView"]


class OnceView:
    """Shows nothing while the answer comes in."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def stoppable(self, stop: Callable[[], None], *, blocking: bool) -> None:
        """Have no button: nobody watches."""

    def wait(self, notice: str) -> None:
        """Let a wait pass."""

    def feed(self, event: Event) -> None:
        """Let an event pass."""

    def called(self, call: Call) -> None:
        """Let a call pass."""

    def note(self, words: str) -> None:
        """Let a note pass."""

    def recorded(self, day: str) -> None:
        """Let a mark pass: the final form has it."""

    def withdraw(self) -> None:
        """Leave nothing: the request was refused before an answer began."""

    def finish(self, answer: Bundled) -> None:
        """Display the answer's static form."""
        display(answer.bundle(), raw=True)  # type: ignore[no-untyped-call]
