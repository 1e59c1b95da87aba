"""What a request may be as a whole: not empty, so many bytes and tokens, in an order that helps."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.estimate import turns
from claude_kit.estimate.turns import Item
from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import CHAT_PARTS, KNOWN_FIELDS, Request
from claude_kit.preflight.rules.chat import is_chat
from claude_kit.preflight.rules.damage import finding_of
from claude_kit.render import units
from claude_kit.wire.blocks import KINDS, nearest
from claude_kit.wire.body import base64_bytes

_NAMED: Final = 3


def unreadable(request: Request) -> Iterator[Finding]:
    """Everything given is of a kind that Claude takes."""
    for error in request.damaged:
        kind = error.media_type or ""
        if kind != PDF_TYPE and not kind.startswith("image/"):
            yield finding_of(error, "source.unreadable", "Export it as PDF, or as text.")


def empty(request: Request) -> Iterator[Finding]:
    """There is a message, and each holds something."""
    if not request.messages:
        yield Finding("request.empty", "error", "request", "no message", "", "Ask something.")
    for number, message in enumerate(request.messages, start=1):
        if not (message.content or message.damaged or message.fields.get("tool_calls")):
            fix = "Leave it out, or give it content."
            yield Finding("request.empty", "error", f"message {number}", "no content", "", fix)


def references(request: Request) -> Iterator[Finding]:
    """What is given by URL or file id goes this way, and is not checked."""
    for block in request.referred:
        source = block["source"]
        where = str(source.get("url") or source.get("file_id") or block.get("type"))
        how = "given by URL" if source["type"] == "url" else "given by file id"
        if request.route.by_reference:
            fix = "Its size, pages and tokens are not checked from here."
            yield Finding("request.references", "note", where, how, "", fix)
        else:
            fix = "Give the file itself: ck.attach(...)."
            yield Finding("request.references", "error", where, f"{how}, which {request.via} does not take", "", fix)


def dialect(request: Request) -> Iterator[Finding]:
    """No message holds a part of a chat completion where only blocks of the Messages API go."""
    asked = request.option("dialect")
    if asked == "chat" or (request.via == "portkey" and asked is None):
        return
    for number, message in enumerate(request.messages, start=1):
        for given in message.given:
            kind = given.get("type") if isinstance(given, Mapping) else None
            if kind in CHAT_PARTS:
                measured = f"a part of type {kind!r}, which only chat completions know"
                fix = "Give the file itself, ck.attach(...), or what ck.encode(...) makes of it."
                yield Finding("request.dialect", "error", f"message {number}", measured, "", fix)


def blocks(request: Request) -> Iterator[Finding]:
    """Every block of a question says what it is, and is of a kind that is known here: the API refuses all others."""
    for number, message in enumerate(request.messages, start=1):
        # An answer goes back as it came, also with blocks that are newer than the kit.
        given = [block for _, block in turns.entries([message])] if message.role == "user" else []
        for block in given:
            if isinstance(block, Mapping) and (told := _odd(block, is_chat(request))):
                level, measured, fix = told
                yield Finding("request.block", level, f"message {number}", measured, "", fix)


def _odd(block: Mapping[str, Any], chat: bool) -> tuple[Level, str, str] | None:
    """Say what is odd about a block; of the parts of a chat completion only that they are none."""
    kind = block.get("type")
    if isinstance(kind, str):
        if chat or kind in KINDS or kind in CHAT_PARTS:
            return None
        near = nearest(kind)
        # The API learns new kinds faster than the kit does.
        fix = f"Write {near}, if that is meant." if near else "The API refuses kinds that it does not know."
        return "warning", f"a block of type {kind!r}, which is not known here", fix
    if "role" in block:
        fix = 'Give what it holds, message["content"], instead of the message; earlier ones go in messages=[...].'
        return "error", "a whole message stands among its content", fix
    return "error", "a block that does not say its type", 'Say it: {"type": "text", "text": ...}, or give a string.'


def body(request: Request) -> Iterator[Finding]:
    """The JSON body is within the route's limit."""
    most = request.route.body_bytes
    total = request.body_bytes
    level: Level = "ok" if total <= most else "error"
    fix = "" if level == "ok" else f"Send fewer files, or smaller ones, as ck.fit(...) makes them{_largest(request)}."
    yield Finding("request.bytes", level, "request", f"{_precisely(total, most)} as JSON", units.size(most), fix)


def _precisely(total: int, most: int) -> str:
    """Write a size so that it is not the limit's own where it is over the limit."""
    return units.size(total) if total <= most or units.size(total) != units.size(most) else f"{total:,} bytes"


def _largest(request: Request) -> str:
    sizes = [(_encoded_bytes(part), part.label) for part in request.parts]
    named = [f"{label} ({units.size(size)})" for size, label in heapq.nlargest(_NAMED, sizes)]
    return f"; the largest are {', '.join(named)}, in base64" if len(sizes) > 1 else ""


def _encoded_bytes(part: Part) -> int:
    return part.size if isinstance(part, Text) else base64_bytes(part.size)


def context(request: Request) -> Iterator[Finding]:
    """The estimated tokens are within the model's context window."""
    low, high = request.input_tokens
    most = request.model.context
    level: Level = "error" if low > most else "warning" if high > most else "ok"
    measured = f"{units.count(low)} to {units.count(high)} tokens" if low != high else f"{units.count(low)} tokens"
    fix = f"Send less{_costliest(request)}: ck.fit(...) splits PDFs. Or use a model with a larger context window."
    limit = f"{units.count(most)} tokens"
    yield Finding("request.context", level, "request", measured, limit, "" if level == "ok" else fix)


def _costliest(request: Request) -> str:
    if not request.lines:
        return ""
    most = max(request.lines, key=lambda line: line.count.tokens)
    return f" ({most.label} alone is {units.count(most.count.tokens)} tokens)"


# Fields that have an argument of their own, and so are among no options.
_ARGUMENTS: Final = ("model", "messages", "system", "tools", "max_tokens")


def fields(request: Request) -> Iterator[Finding]:
    """Every field is one that the API knows."""
    for name in request.options:
        if name not in KNOWN_FIELDS:
            near = get_close_matches(name, (*KNOWN_FIELDS, *_ARGUMENTS), 1)
            fix = f"Write {near[0]}, if that is meant." if near else "The API refuses fields that it does not know."
            yield Finding("request.field", "warning", "request", f"{name}, which is no field known here", "", fix)


def max_tokens(request: Request) -> Iterator[Finding]:
    """``max_tokens`` is no more than the model can answer; 0 only fills the cache."""
    asked, most = request.max_tokens, request.model.max_output
    if asked is not None and (isinstance(asked, bool) or not isinstance(asked, int)):
        yield Finding("request.max-tokens", "error", "request", f"max_tokens={asked!r}", "", "Give a whole number.")
    elif asked is not None and not 0 <= asked <= most:
        fix = f"Give max_tokens={most} or less." if asked > most else "Give max_tokens=1 or more."
        yield Finding("request.max-tokens", "error", "request", f"max_tokens={asked:,}", f"{most:,} tokens", fix)


def order(request: Request) -> Iterator[Finding]:
    """Documents and images stand before the question."""
    for number, message in enumerate(request.messages, start=1):
        # A text before each image may be its caption; a question that ends with a file is none.
        if message.content and _is_file(message.content[-1]) and any(map(_is_question, message.content)):
            late = message.content[-1]
            where = f"message {number}" if isinstance(late, Mapping) else late.label
            fix = "Claude reads best what comes before the question; ck.encode and Chat sort by themselves."
            yield Finding("request.order", "note", where, "stands after the question", "", fix)


def _is_file(item: Item) -> bool:
    if isinstance(item, Mapping):
        return item.get("type") in ("document", "image")
    return isinstance(item, Image | Pdf) or item.name is not None


def _is_question(item: Item) -> bool:
    return isinstance(item, Text) and item.name is None
