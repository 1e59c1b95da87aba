"""Which conversation does the panel show? The one it was made with, or a fork of it; there is always a way back."""

from __future__ import annotations

from typing import Any

from claude_kit.chat import Chat

__all__ = ["Branches"]


class Branches:
    """A conversation and its forks, of which one is shown.

    Attributes
    ----------
    chats : list of Chat

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> branches = Branches(Chat("claude-sonnet-5-5", Client.offline()))
    >>> fork = branches.fork(0)
    >>> branches.shown is fork, branches.state()
    (True, {'names': ['conversation', 'fork 1, from turn 0'], 'at': 1})
    """

    def __init__(self, chat: Chat) -> None:
        self.chats = [chat]
        self._names = ["conversation"]
        self._at = 0

    @property
    def shown(self) -> Chat:
        """The conversation that is shown."""
        return self.chats[self._at]

    def fork(self, at: int) -> Chat:
        """Go on from after some of the turns that are shown, in a conversation beside."""
        fork = self.shown.fork(at)
        self._names.append(f"fork {len(self.chats)}, from turn {at}")
        self.chats.append(fork)
        self._at = len(self.chats) - 1
        return fork

    def go_to(self, at: int) -> None:
        """Show another one.

        Raises
        ------
        ValueError
            If there are not so many.
        """
        if not 0 <= at < len(self.chats):
            raise ValueError(f"conversation {at}: there are {len(self.chats)}, from 0")
        self._at = at

    def state(self) -> dict[str, Any]:
        """Return what the page shows: what they are called, and which it is."""
        return {"names": list(self._names), "at": self._at}
