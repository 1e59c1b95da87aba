"""What does it say? Who answers, what came, and how to get a real answer: word for word from what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from claude_kit.content import Image, Pdf, Text
from claude_kit.models import Model
from claude_kit.offline.citing import Passage
from claude_kit.offline.question import Item, Question, Result, name
from claude_kit.offline.quoting import closed, escaped, quoted
from claude_kit.offline.reading import opening
from claude_kit.render import units

__all__ = ["answer", "calling", "thinking"]

_NOTICE: Final = "**This is the offline model; no Claude was asked.**"


def thinking(asked: Sequence[Question]) -> str:
    """Think aloud about a conversation's last question."""
    *before, now = asked
    headed = [name(item) + _headed(item) for item in now.attached]
    said = f"The question is {closed(quoted(now.words))}" if now.words else "There is no question."
    if now.results:
        sight = " ".join(f"{result.tool} gave {closed(quoted(result.words))}" for result in now.results)
    elif headed:
        sight = f"To go by I have {units.listed(headed)}."
    elif before:
        sight = f"Nothing new came with it; the conversation began with the question {before[0]}."
    else:
        sight = "Nothing came with it that I could look at."
    return (
        f"{said} {sight}\n\n"
        "I am the offline model: I can look at things, but I understand neither them nor the question. So I will tell "
        "what I see, and leave the answer to Claude."
    )


def answer(asked: Sequence[Question], cited: Sequence[Passage], model: Model) -> list[dict[str, Any]]:
    """Answer a conversation's last question, in blocks of markdown: each passage that it cites is one of its own."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "\n\n".join(_told(asked))}]
    for number, passage in enumerate(cited):
        lead = "\n\nOf what I may cite, this has most of your words in it:\n\n- " if number == 0 else "\n- "
        where = f"On {passage.where}: " if passage.where.startswith("page") else ""
        blocks[-1]["text"] += lead + where
        said = escaped(quoted(" ".join(passage.text.split())))
        blocks += [{"type": "text", "text": said, "citations": [dict(passage.citation)]}, {"type": "text", "text": ""}]
    blocks[-1]["text"] += (
        "\n\nFor a real answer, set `ANTHROPIC_API_KEY` or `PORTKEY_API_KEY` and ask again. This one was free: the "
        f"dollars shown are what {model.display_name} would cost."
    )
    return blocks


def _told(asked: Sequence[Question]) -> Iterator[str]:
    """Say in paragraphs what there is."""
    *before, now = asked
    if now.results:
        gave = "\n".join(f"{number}. {_gave(result)}" for number, result in enumerate(now.results, start=1))
        yield f"{_NOTICE} I understand nothing of it, but {_ran(now.results)}:"
        yield gave
    if now.attached:
        if not now.results:
            yield f"{_NOTICE} I understand nothing of what you sent; this is what I see in it:"
        yield "\n".join(f"{number}. {_found(item)}" for number, item in enumerate(now.attached, start=1))
    elif not now.results:
        yield f"{_NOTICE} I understand nothing of what you sent, but I can show you how an answer arrives."
    yield f"You asked: {escaped(closed(quoted(now.words)))}" if now.words else "You asked no question."
    if before:
        first = escaped(closed(str(before[0])))
        yield (
            f"This is question {len(asked)} of the conversation. The first was {first} All that came before is sent "
            "again with every question, which is why the input grows."
        )


def calling(tools: Sequence[str]) -> str:
    """Say that tools are called, and why that means nothing."""
    named = units.listed([escaped(quoted(tool)) for tool in tools])
    yours, its = ("your tool is", "its schema asks") if len(tools) == 1 else ("your tools are", "their schemas ask")
    return (
        f"{_NOTICE} I cannot know what {yours} good for; I call {named} with the least that {its} for, so that you can "
        "try what comes next."
    )


def _ran(results: Sequence[Result]) -> str:
    return "your tool has run, and this is what it gave" if len(results) == 1 else "your tools have run, and they gave"


def _gave(result: Result) -> str:
    words = closed(quoted(result.words)) if result.words else "nothing."
    return f"**{escaped(result.tool)}**{' failed' if result.failed else ''}: {escaped(words)}"


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
    source = item.get("source")
    where = (source.get("url") or source.get("file_id")) if isinstance(source, Mapping) else None
    named = f"{str(item.get('type', '')).capitalize()} {escaped(quoted(str(where))) if where else ''}"
    return f"**{named.rstrip()}.** I did not open it: it is not in the request itself."


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
