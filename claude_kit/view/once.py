"""The view where nobody watches: the final form, once, when the answer is done."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from IPython.display import display

from claude_kit.reply import Reply
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

    def wait(self, notice: str) -> None:
        """Let a wait pass."""

    def feed(self, event: Event) -> None:
        """Let an event pass."""

    def withdraw(self) -> None:
        """Leave nothing: the request was refused before an answer began."""

    def finish(self, reply: Reply) -> None:
        """Display the answer's static form."""
        display(reply.bundle(), raw=True)  # type: ignore[no-untyped-call]
