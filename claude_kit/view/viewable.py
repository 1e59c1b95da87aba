"""What can be shown: events to iterate, and the reply they make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from claude_kit.estimate import Estimate
from claude_kit.reply import Reply
from claude_kit.wire.events import Event

__all__ = ["AsyncViewable", "Viewable"]


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
