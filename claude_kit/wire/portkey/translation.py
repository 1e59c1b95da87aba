"""What the prompt library writes as a chat completion, as the Messages dialect says it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from claude_kit.content.kinds import PDF_TYPE

__all__ = ["conversation", "parameters"]

_CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "auto": {"type": "auto"},
    "none": {"type": "none"},
    "required": {"type": "any"},
}

System = str | tuple[Mapping[str, Any], ...] | None


def conversation(messages: Iterable[Mapping[str, Any]]) -> tuple[System, list[dict[str, Any]]]:
    """Return the system prompt, wherever it stood, and the other messages.

    Examples
    --------
    >>> conversation([{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Why?"}])
    ('Be brief.', [{'role': 'user', 'content': 'Why?'}])
    """
    told: list[Any] = []
    turns: list[dict[str, Any]] = []
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if role in ("system", "developer"):
            told += [content] if isinstance(content, str) else _blocks(content)
        elif role == "tool":
            result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": _content(content)}
            turns.append({"role": "user", "content": [result]})
        else:
            turns.append({"role": str(role), "content": _turn(message)})
    return _system(told), turns


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat completion's parameters by the names and in the shapes of the Messages API.

    Examples
    --------
    >>> parameters({"stop": "END", "user": "ada", "tool_choice": "required"})
    {'stop_sequences': ['END'], 'metadata': {'user_id': 'ada'}, 'tool_choice': {'type': 'any'}}
    """
    translated: dict[str, Any] = {}
    for name, value in given.items():
        if name == "stop":
            translated["stop_sequences"] = [value] if isinstance(value, str) else list(value)
        elif name == "user":
            translated["metadata"] = {"user_id": value}
        elif name == "tools":
            translated["tools"] = [_tool(tool) for tool in value]
        elif name == "tool_choice":
            translated["tool_choice"] = _choice(value)
        else:
            translated[name] = value
    return translated


def _system(told: Sequence[Any]) -> System:
    if len(told) == 1 and isinstance(told[0], str):
        return told[0]
    return tuple({"type": "text", "text": each} if isinstance(each, str) else each for each in told) or None


def _turn(message: Mapping[str, Any]) -> Any:
    calls = message.get("tool_calls") or ()
    content = message.get("content_blocks") or _content(message.get("content"))
    if not calls:
        return content
    said = [{"type": "text", "text": content}] if isinstance(content, str) and content else list(content)
    return said + [_call(call) for call in calls]


def _content(content: object) -> Any:
    return content if isinstance(content, str) else _blocks(content)


def _blocks(content: object) -> list[dict[str, Any]]:
    return [_block(part) for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []


def _block(part: Mapping[str, Any]) -> dict[str, Any]:
    match part:
        case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
            source = _source(url)
            kind = "document" if source.get("media_type") == PDF_TYPE else "image"
        case {"type": "file", "file": {"file_url": str(url)}}:
            kind, source = "document", {"type": "url", "url": url}
        case {"type": "file", "file": {"file_data": str(data), **file}}:
            kind, source = "document", _file(data, str(file.get("mime_type") or PDF_TYPE))
        case _:
            return dict(part)
    kept = {"cache_control": part["cache_control"]} if part.get("cache_control") else {}
    return {"type": kind, "source": source, **kept}


def _source(url: str) -> dict[str, Any]:
    if not url.startswith("data:"):
        return {"type": "url", "url": url}
    header, _, data = url.removeprefix("data:").partition(",")
    return {"type": "base64", "media_type": header.split(";")[0], "data": data}


def _file(data: str, media_type: str) -> dict[str, Any]:
    if data.startswith("data:"):
        return _source(data)
    if media_type.startswith("text/"):
        return {"type": "text", "media_type": "text/plain", "data": data}
    return {"type": "base64", "media_type": media_type, "data": data}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    asked = function.get("arguments") or "{}"
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": json.loads(asked)}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    described = {"description": function["description"]} if function.get("description") else {}
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    return {"name": function.get("name"), **described, "input_schema": schema}


def _choice(choice: object) -> dict[str, Any]:
    match choice:
        case {"function": {"name": str(name)}}:
            return {"type": "tool", "name": name}
        case Mapping():
            return dict(choice)
    return dict(_CHOICES.get(str(choice), _CHOICES["auto"]))
