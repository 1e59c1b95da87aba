"""One question, and no conversation."""

from __future__ import annotations

from typing import Any

from claude_kit.chat.conversation import Chat
from claude_kit.models import Model
from claude_kit.reply import Reply

__all__ = ["ask"]


def ask(*content: object, model: str | Model | None = None, **options: Any) -> Reply:
    """Ask one question, streamed inline, without keeping a conversation.

    Parameters
    ----------
    *content : part, str or any source
    model : str, optional
        By default `claude_kit.default_model`.
    **options
        What `Chat` takes.

    Returns
    -------
    Reply

    Raises
    ------
    PreflightError, BudgetExceeded, APIError, StreamInterrupted
        As `Chat.ask` does.

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> reply = ask("Hello", model="claude-sonnet-5-5", client=Client.offline(pace_s=0))  # doctest: +ELLIPSIS
    [thinking]
    The question is “Hello”. ...
    """
    return Chat(model, **options).ask(*content)
