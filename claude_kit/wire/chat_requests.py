"""A request of the Messages API, written as the chat completion that Portkey's gateway turns back into it.

What the gateway's allow-list has no word for is left out, and named: `claude_kit.check` says it before sending.
Source: gateway 1.15.2, recorded 2026-11-22; the tests send requests through it and compare what arrives.

====================================  ===========================================================================
Messages                              chat completion
====================================  ===========================================================================
``system``                            a message of the role ``system`` before all others
``tool_use`` of the assistant         ``tool_calls``; arrives after all other blocks of the turn
other blocks of the assistant         ``content_blocks``, verbatim: thinking, signatures and order among them
``tool_result`` of the user           a message of the role ``tool`` each; what they hold, verbatim
``tools``, ``tool_choice``            functions; tools of Anthropic's own in the form that the gateway knows
``stop_sequences``                    ``stop``
``metadata.user_id``                  ``user``
``thinking``, sampling                as they are
====================================  ===========================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from claude_kit.wire import messages as native
from claude_kit.wire import order
from claude_kit.wire.body import Base64
from claude_kit.wire.chat_completions import parts, warn_of
from claude_kit.wire.order import Cache

__all__ = ["encode_request"]

_SAME: Final = (
    "temperature",
    "top_p",
    "top_k",
    "thinking",
    # chat completions' own words
    "stop",
    "user",
    "max_completion_tokens",
    "anthropic_beta",
    "anthropic_version",
)

# Fields that have a place of another name.
_TRANSLATED: Final = ("system", "tools", "tool_choice", "stop_sequences", "metadata")

_CHOICES: Final = {"auto": "auto", "none": "none", "any": "required"}

# What only a message of this dialect is or has.
_CHAT_ROLES: Final = ("system", "developer", "tool")
_OF_CHAT: Final = ("content_blocks", "tool_calls", "tool_call_id")

# Frames from a warning to who called the client.
_CALLER: Final = 4


def encode_request(
    messages: Iterable[Mapping[str, Any]],
    *,
    model: str,
    max_tokens: int,
    stream: bool = True,
    cache: Cache | None = None,
    warn: bool = True,
    **fields: Any,
) -> dict[str, Any]:
    """Encode a request body, for `claude_kit.wire.body` to write or to measure: its files stay bytes until then.

    Parameters
    ----------
    messages, model, max_tokens, stream, cache
        As `claude_kit.wire.messages.encode_request` takes them.
    warn : bool
        Whether to warn of what is lost; False where it was said already.
    **fields
        Further fields of the Messages API; those that are None are left out.

    Raises
    ------
    ContentError
        If a source among the content cannot be read.
    TypeError
        If `messages` is no list of messages.

    Warns
    -----
    ContentWarning
        If the gateway cannot carry something.

    Examples
    --------
    >>> body = encode_request([{"role": "user", "content": "Hi"}], model="m", max_tokens=9, system="Be brief.")
    >>> body["messages"]
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]
    """
    listed, given = native.asked(messages, fields)
    lost: list[str] = []
    turns: list[dict[str, Any]] = []
    if system := given.get("system"):
        turns.append({"role": "system", "content": system if isinstance(system, str) else list(system)})
    mark = order.cache_control(cache)
    for number, message in enumerate(listed, start=1):
        turns += _turn(message, lost, mark if number == len(listed) else None)
    body = {"model": model, "max_tokens": max_tokens, "stream": stream, "messages": turns, **_fields(given)}
    lost += [f"{name}: the gateway drops it" for name in given if name not in (*_SAME, *_TRANSLATED)]
    if warn:
        warn_of(lost, stacklevel=_CALLER)
    return body


# ---- messages ---------------------------------------------------------------------------------------------------


def _turn(message: Mapping[str, Any], lost: list[str], mark: object) -> Iterator[dict[str, Any]]:
    """Write one message: as several, where it holds results of tools."""
    if message.get("role") in _CHAT_ROLES or any(name in message for name in _OF_CHAT):
        yield dict(message)  # it is written for this dialect already
        return
    role, content = message["role"], message["content"]
    if isinstance(content, str) and not mark:
        yield {"role": role, "content": content}
        return
    items = order.items([content] if isinstance(content, str) else order.several(content))
    if role == "assistant":
        yield _assistant(items)
        return
    results = [item for item in items if _is_result(item)]
    others = [item for item in items if not _is_result(item)]
    for number, result in enumerate(results, start=1):
        yield _tool(result, None if others or number < len(results) else mark)  # type: ignore[arg-type]
    if others:
        at = len(others) - 1 if mark else None
        yield {"role": role, "content": parts(others, lost, data=Base64, mark=mark, at=at)}


def _is_result(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "tool_result"


def _assistant(items: Sequence[order.Item]) -> dict[str, Any]:
    """Write a turn of the assistant: its blocks verbatim, its calls of tools beside them."""
    blocks = native.content_blocks(items, data=Base64)
    others = [block for block in blocks if block.get("type") != "tool_use"]
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    text = "".join(str(block.get("text", "")) for block in others if block.get("type") == "text")
    turn: dict[str, Any] = {"role": "assistant", "content": text, "content_blocks": others}
    return {**turn, "tool_calls": calls} if calls else turn


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
    return {"id": block.get("id"), "type": "function", "function": {"name": block.get("name"), "arguments": arguments}}


def _tool(result: Mapping[str, Any], mark: object) -> dict[str, Any]:
    """Write the result of a tool; the gateway passes the blocks in it on as they are."""
    inner = result.get("content")
    mark = mark or result.get("cache_control")
    # A list, also of words alone: a breakpoint needs one, and what had one before must not change when it moves on.
    content: Any = [{"type": "text", "text": inner}] if isinstance(inner, str) and inner else inner or ""
    if not isinstance(content, str):
        content = native.content_blocks(order.several(content), data=Base64)
    if mark and content:
        content[-1]["cache_control"] = mark
    return {"role": "tool", "tool_call_id": result.get("tool_use_id"), "content": content}


# ---- fields -----------------------------------------------------------------------------------------------------


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write what stands beside the messages."""
    written = {name: given[name] for name in _SAME if name in given}
    if "stop_sequences" in given:
        written["stop"] = list(given["stop_sequences"])
    metadata = given.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("user_id"):
        written["user"] = metadata["user_id"]
    if "tools" in given:
        written["tools"] = [_described(tool) for tool in given["tools"]]
    if "tool_choice" in given:
        written["tool_choice"] = _choice(given["tool_choice"])
    return written


def _described(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Write a tool: a function of one's own, or one of Anthropic's, whose type the gateway takes for its name."""
    kind = tool.get("type") or "custom"
    mark = {"cache_control": tool["cache_control"]} if "cache_control" in tool else {}
    if kind != "custom":
        beside = {name: value for name, value in tool.items() if name not in ("type", "name", "cache_control")}
        return {"type": tool.get("name"), str(tool.get("name")): {"name": kind, **beside}, **mark}
    described = {name: tool[name] for name in ("name", "description") if name in tool}
    return {"type": "function", "function": {**described, "parameters": tool.get("input_schema") or {}}, **mark}


def _choice(given: object) -> object:
    """Write which tool to call; what is no choice of Anthropic's goes as it is."""
    match given:
        case {"type": "tool", "name": name}:
            return {"type": "function", "function": {"name": name}}
        case {"type": str(kind)}:
            return _CHOICES.get(kind, given)
    return given
