"""What can be shown: events to iterate, and the reply they make; and in the end what has a form that stays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from claude_kit.estimate import Estimate
from claude_kit.reply import Reply
from claude_kit.wire.events import Event

__all__ = ["AsyncViewable", "Bundled", "Viewable"]


class Viewable(Protocol):
    """What can be shown: events to iterate, and the reply they make, at any time."""

    estimate: Estimate | None

    def __iter__(self) -> Iterator[Event]: ...

    @property
    def reply(self) -> Reply:
        """The answer as far as it has come."""


class AsyncViewable(Protocol):
    """What can be shown in an event loop."""

    estimate: Estimate | None

    def __aiter__(self) -> AsyncIterator[Event]: ...

    @property
    def reply(self) -> Reply:
        """The answer as far as it has come."""


class Bundled(Protocol):
    """What has a form that stays: HTML that needs no script, and plain text."""

    def bundle(self) -> dict[str, str]:
        """Return it by media type: ``"text/html"`` and ``"text/plain"``."""
