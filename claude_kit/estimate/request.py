"""How many tokens a whole request is, line by line: its parts, its system prompt, its tools, the frame around it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.estimate import documents, frames, images, texts, turns
from claude_kit.estimate.count import UNCOUNTED, Count
from claude_kit.estimate.turns import Item, Message
from claude_kit.models import Model
from claude_kit.render import units

__all__ = ["Line", "Via", "lines"]

#: The ways to Claude.
Via = Literal["anthropic", "portkey", "bedrock", "vertex"]

# Tools: the JSON of each, a measured constant for the first and about 20 for each further one.
_TOOL_FIELDS: Final = ("name", "description", "input_schema")
_FURTHER_TOOL: Final = 20
_TOOLS_UNMEASURED: Final = Count(400, 280, 620, "interpolated")
_TOOLS_DOUBT: Final = 12

# What a tool call and its result cost beside their content: 32 to 47 tokens both together in 9 recorded requests, never
# measured apart.
_TOOL_BLOCK: Final = Count(20, 12, 30, "interpolated")

# Thinking of an earlier turn is billed in full, and only its summary may be here, or nothing but its signature, which
# holds it encrypted: about 4.75 characters a token after the first 320 (n = 6).
_SIGNATURE_HEAD: Final = 320
_SIGNATURE_PER_TOKEN: Final = 4.75


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an estimate: what it is, and its tokens."""

    label: str
    note: str
    count: Count


def lines(
    messages: Sequence[Mapping[str, Any] | Message],
    model: Model,
    *,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> list[Line]:
    """Count a request.

    Parameters
    ----------
    messages : sequence of mapping
        ``role`` and ``content``; the content is a string, a part, or a list of parts, sources and API blocks.
    model : Model
    system : str or sequence of text blocks, optional
    tools : sequence of mapping, optional
        As the API takes them.

    Returns
    -------
    list of Line
        Tools, system, then the parts in order, then the frame.

    Raises
    ------
    ContentError
        If a source cannot be read.
    """
    conversation = turns.read(messages)
    counted = []
    if tools:
        counted.append(Line("tools", units.plural(len(tools), "tool"), _tools(tools, model)))
    if system:
        blocks = [system] if isinstance(system, str) else [str(block.get("text", "")) for block in system]
        counted.append(Line("system prompt", "", frames.system(blocks, model)))
    for number, message in enumerate(conversation):
        earlier = number < len(conversation) - 1
        for line in _content(message.content, model):
            counted.append(Line(line.label, "earlier turn", line.count) if earlier else line)
    cited = [text for item in turns.items(conversation) if (text := _cited(item)) is not None]
    if cited:
        counted.append(Line("citations", units.plural(len(cited), "document"), documents.citations(cited)))
    counted.append(Line("message frame", "", _frame(conversation, model)))
    return counted


def _frame(conversation: Sequence[Message], model: Model) -> Count:
    frame = frames.conversation([message.role for message in conversation], model)
    for message in conversation:
        for before, after in zip(message.content, message.content[1:], strict=False):
            if isinstance(before, Image) and isinstance(after, Text):
                frame += frames.BLOCK_SEAM
    return frame


def _content(content: Sequence[Item], model: Model) -> Iterator[Line]:
    for item in content:
        if isinstance(item, Mapping):
            yield from _block(item, model)
        else:
            yield _part(item, model)


def _part(item: Part, model: Model) -> Line:
    if isinstance(item, Text):
        text = _text_document(item.text, item.name, model) if item.name else texts.count(item.text, model)
        return Line(item.label, "", text)
    tier = model.image_tier
    if tier == "none":
        return Line(item.label, "not taken", Count.exactly(0))
    if isinstance(item, Image):
        width, height = images.resized(item.width, item.height, tier)
        shrunk = (width, height) != (item.width, item.height)
        note = f"{item.width:,} × {item.height:,}" + (f" seen as {width:,} × {height:,}" if shrunk else "")
        return Line(item.label, note, Count.exactly(images.tokens(item.width, item.height, tier)))
    if item.locked:
        return Line(item.label, "encrypted", UNCOUNTED)
    return Line(item.label, units.plural(item.page_count, "page"), documents.tokens(item, model))


def _text_document(text: str, title: str | None, model: Model) -> Count:
    count = texts.count(text, model) + documents.TEXT_WRAPPER
    return count + documents.heading(title, model) if title else count


def _block(block: Mapping[str, Any], model: Model) -> Iterator[Line]:
    """Count a block that is no part; one whose content is elsewhere is a line without tokens."""
    kind = str(block.get("type", "block"))
    source = turns.source_of(block)
    if kind in ("thinking", "redacted_thinking"):
        if model.keeps_prior_thinking:
            yield Line("thinking", "", _thinking(block, model))
    elif kind == "tool_result":
        yield Line("tool result", "", _TOOL_BLOCK)
        yield from _content(turns.inside(block), model)
    elif kind in ("tool_use", "server_tool_use"):
        call = texts.count(json.dumps(block.get("input") or {}), model)
        yield Line(f"call of {block.get('name', 'a tool')}", "", call + _TOOL_BLOCK)
    elif source.get("type") == "text":
        title = block.get("title")
        yield Line(title or "document", "", _text_document(str(source.get("data", "")), title, model))
    elif source.get("type") == "content":
        yield Line(block.get("title") or "document", "", _text_document("", block.get("title"), model))
        yield from _content(turns.inside(block), model)
    else:
        where = {"url": " by URL", "file": " by file id"}.get(source.get("type", ""), "")
        yield Line(kind.replace("_", " ") + where, "not counted", UNCOUNTED)


def _thinking(block: Mapping[str, Any], model: Model) -> Count:
    shown = texts.count(str(block.get("thinking") or ""), model)
    sealed = len(str(block.get("signature") or block.get("data") or ""))
    whole = max(shown.tokens, round((sealed - _SIGNATURE_HEAD) / _SIGNATURE_PER_TOKEN))
    # Low is none: the documentation of count_tokens says it is ignored.
    return Count(whole, 0, max(whole * 3 // 2, shown.high), "interpolated")


def _cited(item: Item) -> str | None:
    """Return the text of a document that Claude shall cite."""
    if isinstance(item, Pdf):
        return item.text() if item.citations else None
    asked = item.get("citations") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(asked, Mapping) or not asked.get("enabled"):
        return None
    source = turns.source_of(item)
    inner = " ".join(held.text for held in turns.inside(item) if isinstance(held, Text))
    return str(source.get("data", "")) if source.get("type") == "text" else inner


def _tools(tools: Sequence[Mapping[str, Any]], model: Model) -> Count:
    total = Count.exactly(_FURTHER_TOOL * (len(tools) - 1))
    for tool in tools:
        told = {field: tool[field] for field in _TOOL_FIELDS if field in tool}
        total += texts.count(json.dumps(told, separators=(",", ":"), ensure_ascii=False), model)
    known = model.tool_tokens.measured_auto if model.tool_tokens else None
    if known is None:
        return total + _TOOLS_UNMEASURED
    return total + Count(known, known - _TOOLS_DOUBT, known + _TOOLS_DOUBT, "measured")
