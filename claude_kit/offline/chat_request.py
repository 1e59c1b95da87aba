"""What does Portkey's gateway make of a chat completion's request? A Messages request, with much of it lost.

As `@portkey-ai/gateway` 1.15.2 does it, recorded and read in its source: what is not in its list is dropped without a
word, and so are content parts it does not know. This is how it is, not how one would wish it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

__all__ = ["to_messages"]

# "Newest" is not among its choices.
_DEFAULT_MODEL: Final = "claude-2.1"
_SYSTEM_ROLES: Final = ("system", "developer")
_EPHEMERAL: Final = {"type": "ephemeral"}

# Fields that are passed on as they are, under the name they get.
_RENAMED: Final[dict[str, str]] = {
    "top_k": "top_k",
    "stop": "stop_sequences",
    "stream": "stream",
    "thinking": "thinking",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",  # after max_tokens, so that it wins
}


def to_messages(body: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a request.

    Parameters
    ----------
    body : mapping
        Of a chat completion.

    Raises
    ------
    ValueError
        If the arguments of a tool call are no JSON.
    TypeError, KeyError, AttributeError
        If something in it has another shape than a chat completion's; the gateway then fails too.

    Examples
    --------
    >>> told = to_messages({"messages": [{"role": "system", "content": "Be brief."}], "effort": "low"})
    >>> told["system"], "effort" in told
    ([{'text': 'Be brief.', 'type': 'text'}], False)
    """
    messages = body.get("messages") or []
    request: dict[str, Any] = {
        "model": body.get("model", _DEFAULT_MODEL),
        "messages": [_message(message) for message in messages if message["role"] not in _SYSTEM_ROLES],
        "system": [block for message in messages for block in _system(message)],
    }
    if "tools" in body:
        request["tools"] = [tool for told in body["tools"] or () for tool in _tool(told)]
    if "tool_choice" in body:
        request["tool_choice"] = _tool_choice(body["tool_choice"])
    request |= {to: body[name] for name, to in _RENAMED.items() if name in body}
    if "temperature" in body:
        request["temperature"] = min(max(body["temperature"], 0), 1)
    if "top_p" in body:
        request["top_p"] = max(body["top_p"], -1)
    if "user" in body:
        request["metadata"] = {"user_id": body["user"]}
    return request


# ---- messages -------------------------------------------------------------------------------------------------------


def _system(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Take the system prompt out of a message, wherever in the conversation it stands."""
    if message["role"] not in _SYSTEM_ROLES:
        return
    content = message.get("content")
    if isinstance(content, str):
        yield {"text": content, "type": "text", **_cached(message)}
    elif content and content[0].get("text"):
        for part in content:
            yield {"text": part.get("text"), "type": "text", **_cached(part)}


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if message["role"] == "assistant":
        return {"role": "assistant", "content": list(_assistant(message))}
    if message["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id") or "", "content": content}
        return {"role": "user", "content": [result]}
    if content and isinstance(content, list):
        return {"role": message["role"], "content": [block for part in content for block in _part(part)]}
    return {"role": message["role"], "content": content}


def _assistant(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Take `content_blocks` in place of the content, if they are there, and the tool calls after all of it."""
    said = message.get("content_blocks")
    said = message.get("content") if said is None else said
    if said and isinstance(said, str):
        yield {"type": "text", "text": said}
    elif said:
        yield from (block for block in said if block.get("type") != "tool_use")
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments = function.get("arguments")
        yield {
            "type": "tool_use",
            "name": function["name"],
            "id": call.get("id"),
            "input": json.loads(arguments) if arguments else {},
            **({"cache_control": call["cache_control"]} if call.get("cache_control") else {}),
        }


def _cached(part: Mapping[str, Any]) -> dict[str, Any]:
    """Keep that there is a breakpoint; for how long is lost."""
    return {"cache_control": dict(_EPHEMERAL)} if part.get("cache_control") else {}


# ---- content parts --------------------------------------------------------------------------------------------------


def _part(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Translate a part of a question; one that is not known vanishes."""
    read = _PARTS.get(part.get("type", ""))
    return read(part) if read else iter(())


def _text(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "text", "text": part.get("text"), **_cached(part)}


def _image(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told = part.get("image_url")
    url = told.get("url") if isinstance(told, Mapping) else None
    if not url:
        return  # a bare string, too
    if not url.startswith("data:"):
        yield {"type": "image", "source": {"type": "url", "url": url}}
        return
    head, *rest = url.split(";")
    data = rest[0].partition(",")[2].partition(",")[0] if len(rest) == 1 else ""
    _, *media_type = head.split(":")
    if data and len(media_type) == 1:
        kind = "document" if media_type[0] == "application/pdf" else "image"
        source = {"type": "base64", "media_type": media_type[0], "data": data}
        yield {"type": kind, "source": source, **_cached(part)}


def _file(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    file = part.get("file") or {}
    media_type = file.get("mime_type") or "application/pdf"
    if file.get("file_url"):
        yield {"type": "document", "source": {"type": "url", "url": file["file_url"]}}
    elif file.get("file_data"):
        kind = "text" if media_type == "text/plain" else "base64"
        yield {"type": "document", "source": {"type": kind, "data": file["file_data"], "media_type": media_type}}


_PARTS: Final[dict[str, Callable[[Mapping[str, Any]], Iterator[dict[str, Any]]]]] = {
    "text": _text,
    "image_url": _image,
    "file": _file,
}


# ---- tools ----------------------------------------------------------------------------------------------------------


def _tool(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if function := told.get("function"):
        schema = function.get("parameters") or {}
        kept = ("defer_loading", "allowed_callers", "input_examples")
        yield {
            "name": function["name"],
            "description": function.get("description") or "",
            "input_schema": {
                "type": schema.get("type") or "object",
                "properties": schema.get("properties") or {},
                "required": schema.get("required") or [],
                "$defs": schema.get("$defs") or {},
            },
            **_cached(told),
            **{name: function[name] for name in kept if name in function},
        }
    elif kind := told.get("type"):
        # Of the server's tools: their kind is the name, and their name the kind.
        settings = told.get(kind)
        settings = settings if isinstance(settings, Mapping) else {}
        named = {"type": settings["name"]} if "name" in settings else {}
        yield {**settings, "name": kind, **named, **_cached(told)}


def _tool_choice(choice: Any) -> dict[str, Any] | None:
    if isinstance(choice, Mapping):
        return {"type": "tool", "name": choice["function"]["name"]}
    kind = {"required": "any", "auto": "auto", "none": "none"}.get(choice)
    return {"type": kind} if kind else None
