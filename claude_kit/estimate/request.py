"""How many tokens a whole request is, line by line: its parts, its system prompt, its tools, the frame around it."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.estimate import calls, documents, frames, images, options, texts, turns
from claude_kit.estimate.count import UNCOUNTED, Count
from claude_kit.estimate.tools import definitions
from claude_kit.estimate.turns import Item, Message
from claude_kit.models import Model
from claude_kit.render import units

__all__ = ["Line", "Via", "lines"]

#: The ways to Claude.
Via = Literal["anthropic", "portkey", "bedrock", "vertex"]

# What system and tools look like.
#: The note on a line of an earlier turn.
EARLIER: Final = "earlier turn"

_SYSTEM: Final = 'a string, or a list such as [{"type": "text", "text": "Be brief."}]'
_TOOLS: Final = 'a list such as [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]'

# The roles in which a chat completion says its system prompt.
_PROMPTS: Final = ("system", "developer")

# Blocks that say in words what they hold, as results of Anthropic's own tools do unless they are sealed. Their wrapper
# was never measured.
_SAYING: Final = ("search_result", "compaction")
_SEALED: Final = ('"encrypted_', '"file_id"')
_SAID_DOUBT: Final = Count(10, -20, 60, "interpolated")

# What a page that was fetched costs beside its text (n = 2, both to the token); 311 in a conversation with citations.
_FETCHED: Final = Count(73, 50, 350, "interpolated")

# An encrypted PDF is refused, so that its pages are never billed.
_REFUSED: Final = Count(0, 0, 0, "uncounted")

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
    tool_choice: Mapping[str, Any] | None = None,
    thinking: Mapping[str, Any] | None = None,
    output_config: Mapping[str, Any] | None = None,
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
    tool_choice : mapping, optional
        As the API takes it: a request that forces a call costs more.
    thinking, output_config : mapping, optional
        As the API takes them: a budget for thinking and a schema for the answer are told to Claude.

    Returns
    -------
    list of Line
        Tools, system, options, the parts in order, the frame. What cannot be counted from here, such as a file by its
        URL, is a line of method ``"uncounted"`` without tokens, whose range reaches up to what it may be.

    Raises
    ------
    ContentError
        If a source cannot be read.
    TypeError
        If system or tools are not what the API takes.
    """
    if not isinstance(system, str):
        _refuse_unlisted("system", system, _SYSTEM)
    _refuse_unlisted("tools", tools, _TOOLS)
    prompts, conversation = _prompts(turns.read(messages))
    counted = []
    if tools:
        counted.append(Line("tools", units.plural(len(tools), "tool"), definitions(tools, tool_choice, model)))
    if system or prompts:
        own = [system] if isinstance(system, str) else [str(block.get("text", "")) for block in system or ()]
        blocks = [*own, *prompts]
        counted.append(Line("system prompt", "", frames.system(blocks, model)))
    for label, count in (
        ("thinking budget", options.thinking(thinking, model)),
        ("answer schema", options.schema(output_config, model)),
    ):
        if count is not None:
            counted.append(Line(label, "", count))
    for message, place in zip(conversation, _places(conversation, model), strict=True):
        for line in _message(message, model, place):
            counted.append(Line(line.label, EARLIER, line.count) if place.earlier else line)
    for item, given in turns.entries(conversation):
        if isinstance(item, Pdf) and isinstance(given, Mapping) and given.get("context"):
            context = documents.heading(str(given["context"]), model)
            counted.append(Line("context", item.label, context))
    cited = [text for item in turns.items(conversation) if (text := _cited(item)) is not None]
    if cited:
        counted.append(Line("citations", units.plural(len(cited), "document"), documents.citations(cited)))
    counted.append(Line("message frame", "", _frame(conversation, model)))
    return _bounded(counted, model)


def _refuse_unlisted(name: str, given: object, example: str) -> None:
    """Refuse what is no list of blocks, as one block by itself is none."""
    listed = isinstance(given, Sequence) and all(isinstance(one, Mapping) for one in given)
    if given is not None and not listed:
        raise TypeError(f"{name} must be {example}, not {reprlib.repr(given)}")


def _prompts(conversation: tuple[Message, ...]) -> tuple[list[str], tuple[Message, ...]]:
    """Part the system prompts that a chat completion begins with from the conversation."""
    first = next((at for at, message in enumerate(conversation) if message.role not in _PROMPTS), len(conversation))
    leading = [item for message in conversation[:first] for item in message.content]
    return [item.text for item in leading if isinstance(item, Text)], conversation[first:]


def _bounded(counted: list[Line], model: Model) -> list[Line]:
    """Let no line be less than nothing, and what is not seen reach up to what the rest leaves of the context window."""
    counted = [replace(line, count=replace(line.count, low=0)) if line.count.low < 0 else line for line in counted]
    unseen = [line for line in counted if line.count is UNCOUNTED]
    if not unseen:
        return counted
    left = max(model.context - sum(line.count.high for line in counted), 0) // len(unseen)
    room = replace(UNCOUNTED, high=left)
    return [replace(line, count=room) if line.count is UNCOUNTED else line for line in counted]


def _frame(conversation: Sequence[Message], model: Model) -> Count:
    # A chat completion's result of a tool is a message of its own role, and the user's to Claude.
    roles = ["user" if message.role == "tool" else message.role for message in conversation]
    frame = frames.conversation(roles, model)
    for message in conversation:
        for before, after in zip(message.content, message.content[1:], strict=False):
            if isinstance(after, Text) and isinstance(before, Image):
                frame += frames.BLOCK_SEAM
            elif calls.is_result(before) and not calls.is_result(after):
                frame += calls.RESULT_SEAM
    return frame


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a conversation a message stands, as far as that changes what its blocks cost."""

    earlier: bool
    keeps_thinking: bool
    called: Mapping[str, str] | None  # the tool for the id of its call, where the turn holds several results


def _places(conversation: Sequence[Message], model: Model) -> Iterator[_Place]:
    several, called = calls.results(conversation), calls.names(conversation)
    # While a call waits for its result, thinking is kept by models that drop it later (n = 2).
    asked = max((at for at, message in enumerate(conversation) if _asks(message)), default=-1)
    for at, held in enumerate(several):
        kept = model.keeps_prior_thinking or at > asked
        yield _Place(at < len(several) - 1, kept, called if held > 1 else None)


def _asks(message: Message) -> bool:
    """Tell whether a message is the user's own, more than the results of tools."""
    return message.role == "user" and not (message.content and all(map(calls.is_result, message.content)))


def _message(message: Message, model: Model, place: _Place) -> Iterator[Line]:
    if message.role == "tool":
        yield _result({"tool_use_id": message.fields.get("tool_call_id")}, message.content, model, place)
    yield from _content(message.content, model, place)
    for number, given in enumerate(message.fields.get("tool_calls") or ()):
        block = calls.asked(given)
        yield Line(f"call of {block['name']}", "", calls.call(block, model, further=number > 0))


def _content(content: Sequence[Item], model: Model, place: _Place) -> Iterator[Line]:
    before: set[str] = set()
    for item in content:
        if isinstance(item, Mapping):
            kind = str(item.get("type"))
            yield from _block(item, model, place, further=kind in before)
            before.add(kind)
        else:
            yield _part(item, model)


def _result(
    block: Mapping[str, Any], held: Sequence[Item], model: Model, place: _Place, *, further: bool = False
) -> Line:
    tool = None if place.called is None else place.called.get(str(block.get("tool_use_id")), "")
    failed = block.get("is_error") is True
    return Line("tool result", "", calls.result(held, model, tool=tool, further=further, failed=failed))


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
        return Line(item.label, note, images.count(item.width, item.height, model))
    if item.locked:
        return Line(item.label, "encrypted", _REFUSED)
    return Line(item.label, units.plural(item.page_count, "page"), documents.tokens(item, model))


def _text_document(text: str, title: str | None, model: Model) -> Count:
    count = texts.count(text, model) + documents.TEXT_WRAPPER
    return count + documents.heading(title, model) if title else count


def _block(block: Mapping[str, Any], model: Model, place: _Place, *, further: bool) -> Iterator[Line]:
    """Count a block that is no part; one whose content is elsewhere is a line without tokens.

    `further` tells whether one of its type stands before it in the message.
    """
    kind = str(block.get("type", "block"))
    source = turns.source_of(block)
    if kind in ("thinking", "redacted_thinking"):
        if place.keeps_thinking:
            yield Line("thinking", "", _thinking(block, model))
    elif kind == "tool_result":
        held = turns.inside(block)
        yield _result(block, held, model, place, further=further)
        yield from _content(held, model, place)
    elif kind in calls.CALLS:
        yield Line(f"call of {block.get('name', 'a tool')}", "", calls.call(block, model, further=further))
    elif source.get("type") == "text":
        yield Line(block.get("title") or "document", "", _document(str(source.get("data", "")), block, model))
    elif source.get("type") == "content":
        yield Line(block.get("title") or "document", "", _document("", block, model))
        yield from _content(turns.inside(block), model, place)
    elif fetched := _fetched(block):
        yield Line(kind.replace("_", " "), "", texts.count(fetched, model) + _FETCHED)
    elif said := _said(block):
        yield Line(kind.replace("_", " "), "", texts.count(said, model) + _SAID_DOUBT)
    else:
        where = {"url": " by URL", "file": " by file id"}.get(source.get("type", ""), "")
        count = images.unseen(model) if kind == "image" else UNCOUNTED
        yield Line(kind.replace("_", " ") + where, "not counted", count)


def _fetched(block: Mapping[str, Any]) -> str:
    """Return the text of a page that Anthropic's tool has fetched; nothing of any other block."""
    found = block.get("content")
    document = found.get("content") if isinstance(found, Mapping) else None
    source = turns.source_of(document) if isinstance(document, Mapping) else {}
    return str(source.get("data", "")) if source.get("type") == "text" else ""


def _said(block: Mapping[str, Any]) -> str:
    """Return what a block says in words of its own; nothing where any of it is sealed or elsewhere."""
    kind = str(block.get("type"))
    if kind not in _SAYING and not kind.endswith("_tool_result"):
        return ""
    told = {key: value for key, value in block.items() if key in ("title", "source", "content", "is_error")}
    written = json.dumps(told, ensure_ascii=False, default=str)
    return "" if any(mark in written for mark in _SEALED) else written


def _document(text: str, block: Mapping[str, Any], model: Model) -> Count:
    """Count a document that is a text, with its title and context."""
    count = _text_document(text, block.get("title"), model)
    return count + documents.heading(str(block["context"]), model) if block.get("context") else count


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
