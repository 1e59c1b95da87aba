"""What Portkey's gateway drops of a request beside its messages, by the lists of what it passes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import KNOWN_FIELDS, Request
from claude_kit.preflight.rules.chat import is_chat, is_translated, mapping

_NATIVE: Final = 'Use the messages dialect, dialect="messages", which keeps it.'
_NO_WAY: Final = "The gateway has no way for it: leave it out, or ask the API itself."

# What the kit itself reads of these; none is a field of a request.
_OWN: Final = {"cache", "dialect", "effort", "estimate", "hosted", "preflight", "stream"}

# What it passes on: on its route for Anthropic's own Messages, …
_MESSAGES: Final = {
    "anthropic_beta",
    "anthropic_version",
    "container",
    "mcp_servers",
    "metadata",
    "service_tier",
    "stop_sequences",
    "temperature",
    "thinking",
    "tool_choice",
    "top_k",
    "top_p",
}
# … and of a chat completion.
_CHAT: Final = {
    "anthropic_beta",
    "anthropic_version",
    "max_completion_tokens",
    "stop",
    "temperature",
    "thinking",
    "tool_choice",
    "top_k",
    "top_p",
    "user",
}
# What the kit says by another name, where it writes the chat completion.
_TRANSLATED: Final = {"metadata", "stop_sequences"}

# What to use instead; where a field is not here, the other dialect may carry it.
_INSTEAD: Final[Mapping[str, str]] = {
    "betas": "Use anthropic_beta= of Client.portkey(...), or the header x-portkey-anthropic-beta.",
    "cache_control": "Use cache=, or cache_control on the last block to keep.",
    "metadata": "Use user, which becomes metadata.user_id.",
    "output_format": "Use a tool whose schema is the answer's.",
    "reasoning_effort": "Use thinking.",
    "response_format": "Use a tool whose schema is the answer's.",
    "stop_sequences": "Use stop, a list.",
}

# Of a tool's schema: what arrives, and what says nothing that would be missed.
_SCHEMA: Final = {"type", "properties", "required", "$defs"}
_SILENT: Final = {"$schema", "$id", "$comment", "title", "description", "examples", "default"}
_TOOL: Final = {"type", "name", "description", "input_schema", "cache_control"}
_FUNCTION: Final = {"name", "description", "parameters"}

_CHOICES: Final = ("auto", "none", "required")


def parameter_dropped(request: Request) -> Iterator[Finding]:
    """Nothing is sent that the gateway drops without a word."""
    if request.via != "portkey":
        return
    chat = is_chat(request)
    kept = (_CHAT | (_TRANSLATED if is_translated(request) else set())) if chat else _MESSAGES
    # Portkey's own service may carry on its route for Messages what the open-source gateway does not.
    level: Level = "warning" if chat or request.option("hosted") is False else "note"
    for name in _given(request):
        if name not in kept:
            shown = "effort (output_config)" if name == "output_config" and request.effort is not None else name
            fix = _INSTEAD.get(name) or (_NATIVE if chat and name in _MESSAGES else _NO_WAY)
            measured = f"{shown} is dropped by the gateway"
            yield Finding("portkey.parameter-dropped", level, "request", measured, "", fix)
    if chat and is_translated(request):
        yield from _partly_dropped(request)


def _given(request: Request) -> list[str]:
    """Return the fields of the request that are known here, and so no other rule's concern."""
    given = [name for name in request.options if name in KNOWN_FIELDS - _OWN and request.option(name) is not None]
    return given if request.option("effort") is None or "output_config" in given else [*given, "output_config"]


def _partly_dropped(request: Request) -> Iterator[Finding]:
    """Name what is lost of a field that arrives."""
    others = [name for name in mapping(request.option("metadata")) if name != "user_id"]
    if others:
        measured = f"metadata: {' and '.join(others)} would be lost, only user_id arrives"
        fix = "For the gateway's own logs, use metadata= of Client.portkey(...)."
        yield Finding("portkey.parameter-dropped", "warning", "request", measured, "", fix)
    if mapping(request.option("tool_choice")).get("disable_parallel_tool_use"):
        measured = "tool_choice: disable_parallel_tool_use would be lost"
        yield Finding("portkey.parameter-dropped", "warning", "request", measured, "", _NATIVE)


def stop(request: Request) -> Iterator[Finding]:
    """``stop`` of a chat completion is a list: the gateway passes a string on as it is, and the API refuses that."""
    if is_chat(request) and isinstance(request.option("stop"), str):
        measured = "stop is a string, which goes to the API as stop_sequences"
        yield Finding("portkey.stop", "error", "request", measured, "", "Give a list of strings.")


def tool_choice(request: Request) -> Iterator[Finding]:
    """``tool_choice`` of a chat completion is in OpenAI's words: to Anthropic's the gateway answers 500."""
    choice = request.option("tool_choice")
    if choice is None or not is_chat(request) or is_translated(request):
        return
    if choice not in _CHOICES and "function" not in mapping(choice):
        fix = 'Give "auto", "none", "required" or {"type": "function", "function": {"name": ...}}.'
        yield Finding("portkey.tool-choice", "error", "request", f"tool_choice={choice!r}", "", fix)


def max_tokens(request: Request) -> Iterator[Finding]:
    """A chat completion says ``max_tokens``: the gateway sends none of itself, and the API refuses that."""
    if not is_chat(request) or is_translated(request):
        return
    if request.max_tokens is None and request.option("max_completion_tokens") is None:
        fix = "Give max_tokens; the kit's own client always does."
        yield Finding("portkey.max-tokens", "note", "request", "no max_tokens", "", fix)


def tools(request: Request) -> Iterator[Finding]:
    """Every tool arrives, with all that is said of it."""
    if not is_chat(request):
        return
    translated = is_translated(request)
    for tool in map(mapping, request.tools or ()):
        name = _name(tool)
        if broken := _broken(tool, translated):
            measured, fix = broken
            yield Finding("portkey.tools", "error", name, measured, "", fix)
        elif lost := _lost_of(tool):
            yield Finding("portkey.tools", "warning", name, f"{' and '.join(lost)} would be lost", "", _NATIVE)


def _name(tool: Mapping[str, Any]) -> str:
    function = mapping(tool.get("function"))
    return str(function.get("name") or tool.get("name") or tool.get("type") or "tools")


def _is_own(tool: Mapping[str, Any]) -> bool:
    """Tell a tool of one's own, in Anthropic's words, from one of Anthropic's."""
    return tool.get("type") in (None, "custom")


def _broken(tool: Mapping[str, Any], translated: bool) -> tuple[str, str] | None:
    """Return why a tool does not arrive, and the way out; None where it does."""
    kind = tool.get("type")
    if translated:
        if not _is_own(tool) and "function" not in tool and "name" not in tool and kind not in tool:
            return f"a tool of type {kind!r} has no name, and does not arrive", _NATIVE
        return None
    if _is_own(tool) and "input_schema" in tool:
        fix = 'Give {"type": "function", "function": {"name", "description", "parameters"}}.'
        return "a tool with an input_schema, which does not arrive", fix
    if "function" not in tool and kind not in tool:
        fix = f'Give {{"type": "{tool.get("name")}", "{tool.get("name")}": {{"name": "{kind}", …}}}}.'
        return f"a tool of type {kind!r} in Anthropic's words, which arrives without its type", fix
    return None


def _lost_of(tool: Mapping[str, Any]) -> list[str]:
    """Return what is lost of a tool of one's own, in either dialect's words."""
    if function := mapping(tool.get("function")):
        schema, beside = mapping(function.get("parameters")), [name for name in function if name not in _FUNCTION]
    elif _is_own(tool):
        schema, beside = mapping(tool.get("input_schema")), [name for name in tool if name not in _TOOL]
    else:
        return []
    return [*beside, *(f"{word} of its schema" for word in schema if word not in _SCHEMA | _SILENT)]
