"""What Portkey's gateway loses or breaks of a request on its way to Claude, and answers with 200 all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from claude_kit.content import Pdf
from claude_kit.estimate import turns
from claude_kit.preflight.report import Finding
from claude_kit.preflight.request import Request

_DATA_URL: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64")
_NATIVE: Final = 'the messages dialect, dialect="messages"'

# What the gateway drops of a chat completion's fields, and what to use in their place.
_CHAT_FIELDS: Final[Mapping[str, str]] = {
    "stop_sequences": "stop, a list",
    "metadata": "user, which becomes metadata.user_id",
    "output_config": "",
    "output_format": _NATIVE,
    "response_format": "a tool whose schema is the answer's",
    "reasoning_effort": "thinking",
    "context_management": "",
    "cache_control": "cache_control on the last block to keep",
    "betas": "the header x-portkey-anthropic-beta",
    "container": _NATIVE,
    "mcp_servers": _NATIVE,
    "service_tier": _NATIVE,
    "inference_geo": "",
    "speed": "",
    "n": "",
    "seed": "",
    "logprobs": "",
    "stream_options": "",
    "parallel_tool_calls": "",
    "presence_penalty": "",
    "frequency_penalty": "",
}

# The same on its route for Anthropic's own Messages (the open-source gateway; the hosted one may carry them).
_NATIVE_FIELDS: Final = (
    "output_config",
    "output_format",
    "context_management",
    "cache_control",
    "inference_geo",
    "speed",
    "betas",
)

# What is lost of a document that a chat completion carries.
_OF_DOCUMENTS: Final = ("title", "context", "citations")


class _Block(NamedTuple):
    """A block as it was given, and where."""

    where: str
    role: str
    given: Mapping[str, Any]


def file_data_url(request: Request) -> Iterator[Finding]:
    """A ``file`` holds base64 alone, or plain text."""
    for block in _blocks(request, "file"):
        file = _mapping(block.given.get("file"))
        data, kind = file.get("file_data"), str(file.get("mime_type") or "application/pdf")
        if isinstance(data, str) and data[:5].lower() == "data:":
            measured = "file_data is a data: URL, which the gateway passes on as if it were base64"
            fix = "Give what stands after its comma, or let ck.encode(..., dialect='chat') write it."
            yield Finding("portkey.file-data-url", "error", block.where, measured, "", fix)
        elif data and kind.startswith("text/") and kind != "text/plain":
            measured = f"file_data of {kind}, which the gateway passes on as if it were base64"
            fix = 'Give "mime_type": "text/plain".'
            yield Finding("portkey.file-data-url", "error", block.where, measured, "", fix)


def bare_image_url(request: Request) -> Iterator[Finding]:
    """An ``image_url`` is an object whose ``url`` the gateway understands."""
    for block in _blocks(request, "image_url"):
        address = block.given.get("image_url")
        problem = _problem(address)
        if problem:
            fix = 'Give {"image_url": {"url": "data:image/png;base64,..."}}, as ck.encode(..., dialect="chat") does.'
            yield Finding("portkey.bare-image-url", "error", block.where, problem, "", fix)


def _problem(address: object) -> str:
    if not isinstance(address, Mapping):
        return "image_url is a bare string, and the gateway drops it without a word"
    url = str(address.get("url") or "")
    if url[:5].lower() != "data:":
        known = url.startswith(("http://", "https://"))
        return "" if known else "its url is neither an address nor a data: URL, and goes to the API as an address"
    if not url.startswith("data:"):
        return f"its url begins with {url[:5]}, and goes to the API as an address"
    header = url.partition(",")[0]
    if _DATA_URL.fullmatch(header):
        return ""
    return f"its url begins with {header[:60]}, and the gateway drops it without a word"


def cache_lost(request: Request) -> Iterator[Finding]:
    """A breakpoint stands where the gateway keeps it."""
    for block in _blocks(request, "file", "image_url"):
        url = str(_mapping(block.given.get("image_url")).get("url") or "")
        if block.given.get("cache_control") and (block.given["type"] == "file" or url.startswith("http")):
            what = "a file" if block.given["type"] == "file" else "an image given by URL"
            fix = "Nothing is cached: give it as image_url with a data: URL (a PDF too, as data:application/pdf)."
            yield Finding("portkey.cache-lost", "warning", block.where, f"cache_control on {what}", "", fix)


def ttl_lost(request: Request) -> Iterator[Finding]:
    """Nothing asks to be cached for longer than five minutes."""
    if not _is_chat(request):
        return
    asked: list[tuple[str, Mapping[str, Any]]] = [("request", {"ttl": request.option("cache")})]
    asked += [("tools", _mapping(_mapping(tool).get("cache_control"))) for tool in request.tools or ()]
    if request.system and not isinstance(request.system, str):
        asked += [("system prompt", _mapping(_mapping(block).get("cache_control"))) for block in request.system]
    for number, message in enumerate(request.messages, start=1):
        asked.append((f"message {number}", _mapping(message.fields.get("cache_control"))))
    # Answers, and what tool messages hold, pass as they are.
    asked += [
        (block.where, _mapping(block.given.get("cache_control")))
        for block in _blocks(request)
        if block.role not in ("assistant", "tool")
    ]
    for where, control in asked:
        if control.get("ttl") not in (None, "5m"):
            fix = f"It is cached for 5 minutes. Longer goes with {_NATIVE}."
            yield Finding("portkey.ttl-lost", "warning", where, f"cached for {control['ttl']}", "5m", fix)


def parameter_dropped(request: Request) -> Iterator[Finding]:
    """Nothing is sent that the gateway drops without a word."""
    if request.via != "portkey":
        return
    if not _is_chat(request):
        yield from _dropped_fields(request, dict.fromkeys(_NATIVE_FIELDS, ""), "note")
        return
    yield from _dropped_fields(request, _CHAT_FIELDS, "warning")
    yield from _dropped_tools(request)
    yield from _dropped_blocks(request)
    for item, given in request.entries:
        if isinstance(item, Pdf) and item is given:
            yield from _lost(item.label, {"title": item.title, "citations": item.citations})


def _dropped_fields(request: Request, dropped: Mapping[str, str], level: Any) -> Iterator[Finding]:
    for name, instead in dropped.items():
        given = request.option(name) is not None
        if given or (name == "output_config" and request.effort is not None):
            shown = "effort (output_config)" if name == "output_config" and request.effort is not None else name
            fix = (
                f"Use {instead}." if instead else "The gateway has no way for it: leave it out, or ask the API itself."
            )
            measured = f"{shown} is dropped by the gateway"
            yield Finding("portkey.parameter-dropped", level, "request", measured, "", fix)


def _dropped_tools(request: Request) -> Iterator[Finding]:
    if request.option("dialect") == "chat":
        return  # they are translated
    for tool in request.tools or ():
        if isinstance(tool, Mapping) and "input_schema" in tool and "function" not in tool:
            fix = 'Give {"type": "function", "function": {"name", "description", "parameters"}}.'
            measured = f"{tool.get('name', 'a tool')} has an input_schema, and the gateway drops it"
            yield Finding("portkey.parameter-dropped", "error", "tools", measured, "", fix)


def _dropped_blocks(request: Request) -> Iterator[Finding]:
    translated = request.option("dialect") == "chat"
    for block in _blocks(request):
        kind = block.given.get("type")
        if block.role != "user":
            continue
        if kind == "tool_result":
            fix = 'Give a message of its own: {"role": "tool", "tool_call_id": ..., "content": ...}.'
            yield _dropped(block, "a tool_result block", fix)
        elif kind in ("image", "document") and not translated:
            fix = f'Let ck.encode(..., dialect="chat") write it, or use {_NATIVE}.'
            yield _dropped(block, f"Anthropic's own {kind} block", fix)
        elif kind == "file" and not {"file_data", "file_url"} & set(_mapping(block.given.get("file"))):
            yield _dropped(block, "a file id", "Give the file itself: file_data.")
        elif kind == "document":
            yield from _lost(block.where, block.given)


def _dropped(block: _Block, what: str, fix: str) -> Finding:
    measured = f"{what}, which the gateway drops without a word"
    return Finding("portkey.parameter-dropped", "error", block.where, measured, "", fix)


def _lost(where: str, given: Mapping[str, Any]) -> Iterator[Finding]:
    lost = [name for name in _OF_DOCUMENTS if given.get(name)]
    if lost:
        measured = f"{' and '.join(lost)} of the document would be lost"
        yield Finding("portkey.parameter-dropped", "warning", where, measured, "", f"Use {_NATIVE}.")


def _is_chat(request: Request) -> bool:
    return request.via == "portkey" and (request.option("dialect") == "chat" or request.holds_chat)


def _blocks(request: Request, *kinds: str) -> Iterator[_Block]:
    """Yield the blocks of a chat completion through the gateway, of these kinds or of any."""
    if not _is_chat(request):
        return
    for number, message in enumerate(request.messages, start=1):
        for _, given in turns.entries((message,)):
            if isinstance(given, Mapping) and (not kinds or given.get("type") in kinds):
                named = given.get("title") or _mapping(given.get("file")).get("filename")
                yield _Block(str(named or f"message {number}"), message.role, given)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
