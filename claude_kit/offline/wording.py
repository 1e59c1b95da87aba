"""What does it say? Who answers, what came, and how to get a real answer: word for word from what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit.content import Image, Pdf, Text
from claude_kit.models import Model
from claude_kit.offline.question import Item, Question, name
from claude_kit.offline.quoting import closed, escaped, listed, quoted
from claude_kit.offline.reading import opening
from claude_kit.render import units

__all__ = ["calling", "text", "thinking"]

_NOTICE: Final = "**This is the offline model; no Claude was asked.**"


def thinking(asked: Sequence[Question]) -> str:
    """Think aloud about a conversation's last question."""
    *before, now = asked
    headed = [name(item) + _headed(item) for item in now.attached]
    said = f"The question is {closed(quoted(now.words))}" if now.words else "There is no question."
    if headed:
        sight = f"To go by I have {listed(headed)}."
    elif before:
        sight = f"Nothing new came with it; the conversation began with the question {before[0]}."
    else:
        sight = "Nothing came with it that I could look at."
    return (
        f"{said} {sight}\n\n"
        "I am the offline model: I can look at things, but I understand neither them nor the question. So I will tell "
        "what I see, and leave the answer to Claude."
    )


def text(asked: Sequence[Question], model: Model) -> str:
    """Answer a conversation's last question, in markdown."""
    *before, now = asked
    notice = f"{_NOTICE} I understand nothing of what you sent"
    if now.attached:
        found = "\n".join(f"{number}. {_found(item)}" for number, item in enumerate(now.attached, start=1))
        pieces = [f"{notice}; this is what I see in it:", found]
    else:
        pieces = [f"{notice}, but I can show you how an answer arrives."]
    pieces.append(f"You asked: {escaped(closed(quoted(now.words)))}" if now.words else "You asked no question.")
    if before:
        first = escaped(closed(str(before[0])))
        pieces.append(
            f"This is question {len(asked)} of the conversation. The first was {first} All that came before is sent "
            "again with every question, which is why the input grows."
        )
    pieces.append(
        "For a real answer, set `ANTHROPIC_API_KEY` or `PORTKEY_API_KEY` and ask again. This one was free: the dollars "
        f"shown are what {model.display_name} would cost."
    )
    return "\n\n".join(pieces)


def calling(tool: str) -> str:
    """Say that a tool is called, and why that means nothing."""
    return (
        f"{_NOTICE} I cannot know what your tool is good for; I call {escaped(quoted(tool))} with the least that its "
        "schema asks for, so that you can try what comes next."
    )


def _found(item: Item) -> str:
    if isinstance(item, Pdf):
        title = f" titled {escaped(quoted(item.title))}" if item.title else ""
        return f"**PDF{title}, {units.plural(item.page_count, 'page')}.** {escaped(_beginning(item))}"
    if isinstance(item, Image):
        kind = item.media_type.removeprefix("image/").upper()
        return f"**Image, {item.width:,} × {item.height:,} pixels.** {kind}, {units.size(item.size)}."
    if isinstance(item, Text):
        named = f"Text {escaped(quoted(item.label))}, {units.plural(len(item.text), 'character')}"
        return f"**{named}.** {escaped(_beginning(item))}"
    if item.get("type") == "tool_result":
        return f"**Result of a tool.** {escaped(closed(quoted(_said(item.get('content')))))}"
    source = item.get("source")
    where = (source.get("url") or source.get("file_id")) if isinstance(source, Mapping) else None
    named = f"{str(item.get('type', '')).capitalize()} {escaped(quoted(str(where))) if where else ''}"
    return f"**{named.rstrip()}.** I did not open it: it is not in the request itself."


def _said(content: Any) -> str:
    """Return what a tool gave, as words."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return " ".join(str(block["text"]) if "text" in block else json.dumps(block)[:80] for block in blocks)


def _beginning(document: Pdf | Text) -> str:
    begun = opening(document.page_texts if isinstance(document, Pdf) else [document.text])
    first = f"First sentence: {quoted(begun.sentence)}" if begun.sentence else ""
    if begun.heading:
        return f"Heading: {closed(quoted(begun.heading))} {first}".rstrip()
    if first:
        return first
    if isinstance(document, Pdf):
        return "It has no text that I could read, so it may be a scan; Claude would read it from the page images."
    return "I find no sentence in it."


def _headed(item: Item) -> str:
    if not isinstance(item, Pdf):
        return ""
    heading = opening(item.page_texts).heading
    return f" headed {quoted(heading)}" if heading else ""
