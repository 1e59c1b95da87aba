"""One question, and no conversation."""

from __future__ import annotations

from typing import Any, Literal, overload

from claude_kit.chat.conversation import Chat
from claude_kit.models import Model
from claude_kit.reply import Reply
from claude_kit.view.background import BackgroundReply

__all__ = ["ask"]


@overload
def ask(
    *content: object, model: str | Model | None = None, background: Literal[False] = False, **options: Any
) -> Reply: ...
@overload
def ask(
    *content: object, model: str | Model | None = None, background: Literal[True], **options: Any
) -> BackgroundReply: ...
def ask(
    *content: object, model: str | Model | None = None, background: bool = False, **options: Any
) -> Reply | BackgroundReply:
    """Ask one question, streamed inline, without keeping a conversation.

    Parameters
    ----------
    *content : part, str or any source
    model : str, optional
        By default `claude_kit.default_model`.
    background : bool
        Return when the question is on its way, see `Chat.ask`.
    **options
        What `Chat` takes.

    Returns
    -------
    Reply
        In the background: what it will be.

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
    chat = Chat(model, **options)
    return chat.ask(*content, background=True) if background else chat.ask(*content)
