"""What can be set below a conversation, and what is it set to? The attributes of the `Chat`, as menus of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from claude_kit import models
from claude_kit.chat import Chat
from claude_kit.models import Model
from claude_kit.wire import thinking as thinking_field

__all__ = ["change", "state"]

# What of thinking a menu offers: what it is called, and what the chat is then set to.
_THINKING: Final[Mapping[str, tuple[str, str | dict[str, str]]]] = {
    "on": ("thinking on", "adaptive"),
    "off": ("thinking off", {"type": "disabled"}),
    "between": ("thinking between tools", {"type": "between_tools"}),
}
_BY_DEFAULT: Final = {"on": "on", "off": "off", "always": "always on"}


def state(chat: Chat) -> dict[str, Any]:
    """Return what the page's menus offer, and what each is set to.

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> state(Chat("claude-haiku-5-5", Client.offline(), effort="low"))["effort"]
    'low'
    """
    return {
        "models": [[model.id, model.display_name.removeprefix("Claude ")] for model in _models(chat.model)],
        "model": chat.model.id,
        "efforts": _efforts(chat),
        "effort": chat.effort or "",
        "thinkings": _thinkings(chat),
        "thinking": _thinking(chat),
        "system": _words(chat.system),
        "system_is_text": chat.system is None or isinstance(chat.system, str),
    }


def change(chat: Chat, name: str, value: str) -> None:
    """Set an attribute of the chat to what was chosen on the page.

    Raises
    ------
    ValueError
        If there is nothing of that name to be set, or no such value.
    UnknownModelError, RetiredModelError
        If there is no such model.
    """
    match name:
        case "model":
            _go_to(chat, value)
        case "effort" if value in ("", *chat.model.effort):
            chat.effort = value or None
        case "thinking" if value in ("", *_THINKING):
            chat.thinking = _THINKING[value][1] if value else None
        case "system":
            chat.system = value if value.strip() else None
        case _:
            raise ValueError(f"{name}={value!r}: nothing of the kind can be set here")


def _go_to(chat: Chat, id: str) -> None:
    """Take another model, in the spelling of the one before; what it does not have goes back to its default."""
    model = models.require_active(id)
    before = chat.spelling.removesuffix(chat.model.id)
    route = before if before != chat.spelling and not before.startswith("claude") else ""
    chat.model = f"{route}{model.id}"
    if chat.effort not in model.effort:
        chat.effort = None
    if isinstance(chat.thinking, Mapping) and chat.thinking.get("type") not in model.thinking:
        chat.thinking = None


def _models(current: Model) -> list[Model]:
    """Return the models there are to choose from, the one that is chosen always among them."""
    active = [model for model in models.all_models() if model.status == "active"]
    return active if any(model.id == current.id for model in active) else [current, *active]


def _efforts(chat: Chat) -> list[list[str]]:
    """Return the levels of effort; none where the model has none."""
    model = chat.model
    if not model.effort:
        return []
    said = f"effort {model.default_effort}" if model.default_effort else "effort"
    levels = [[level, f"effort {level}"] for level in model.effort]
    given = chat.effort
    custom = [[given, f"effort {given}"]] if given and given not in model.effort else []
    return [["", f"{said} (default)"], *levels, *custom]


def _thinkings(chat: Chat) -> list[list[str]]:
    model = chat.model
    if not thinking_field.thinks(model):
        return []
    has = {"on": True, "off": "disabled" in model.thinking, "between": "between_tools" in model.thinking}
    offered = [[key, words] for key, (words, _) in _THINKING.items() if has[key]]
    custom = [["custom", _custom(chat.thinking)]] if _thinking(chat) == "custom" else []
    return [["", f"thinking {_BY_DEFAULT[model.thinking_default]} (default)"], *offered, *custom]


def _thinking(chat: Chat) -> str:
    """Return which of the menu's choices the chat is set to; ``"custom"`` for what only code says."""
    if chat.thinking is None:
        return ""
    found = [key for key, (_, value) in _THINKING.items() if value == chat.thinking]
    return found[0] if found else "custom"


def _custom(thinking: object) -> str:
    budget = thinking.get("budget_tokens") if isinstance(thinking, Mapping) else thinking
    return f"thinking up to {budget:,} tokens" if isinstance(budget, int) else "thinking as set in code"


def _words(system: object) -> str:
    if system is None or isinstance(system, str):
        return system or ""
    blocks = system if isinstance(system, list | tuple) else ()
    return "\n\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, Mapping))
