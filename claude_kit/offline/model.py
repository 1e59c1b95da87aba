"""What the offline model says: put together, word for word, from what it was sent.

It is no language model. It reads the text of PDFs and the size of images, names what it found, repeats the question,
and says in its first sentence that no Claude was asked. The same request always gets the same answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.errors import ContentError
from claude_kit.estimate import lines, texts
from claude_kit.models import Model
from claude_kit.offline.reading import opening
from claude_kit.render import units
from claude_kit.wire.messages import OFFLINE_ID, part_of

__all__ = ["Answer", "answer", "count"]

_QUOTED_CHARACTERS: Final = 200

# What markdown would obey in the words of a document, also at the end of a word; not inside one, as in snake_case.
_MARKDOWN: Final = re.compile(r"[\\`*\[\]<$~]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")

# A part; or a block that carries none, such as an image by its address.
_Item = Part | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the offline model answers to one request.

    Attributes
    ----------
    thinking : str
        Empty when the request asks for none, or not to see it.
    text : str
        Markdown.
    usage : mapping
        The kit's own estimate, with Anthropic's field names.
    stop_reason : str
        ``"end_turn"``, or ``"max_tokens"`` when it was cut.
    id, signature : str
        Made from the request, so that they are the same each time.
    """

    thinking: str
    text: str
    usage: Mapping[str, Any]
    stop_reason: str
    id: str
    signature: str


def count(body: Mapping[str, Any], model: Model) -> int:
    """Count the input tokens of a request, as the kit estimates them.

    Raises
    ------
    ContentError, ValueError
        As `answer` does.
    """
    return _input_tokens(_turns(body), body, model)


def answer(body: Mapping[str, Any], model: Model) -> Answer:
    """Answer a request of the Messages API.

    Parameters
    ----------
    body : mapping
        The request's JSON, of the right shape.
    model : Model
        The model that was asked for; the offline model counts tokens as it would.

    Raises
    ------
    ContentError
        If a file in it cannot be read.
    ValueError
        If a file in it is no base64.
    """
    turns = _turns(body)
    asked = [_Question.of(turn["content"]) for turn in turns if turn["role"] == "user"]
    thinking = _thinking(asked) if _shows_thinking(body, model) else ""
    text = _text(asked, model)
    room = int(body["max_tokens"])
    shown_thinking, thinking_tokens = _within(room, thinking, model)
    shown_text, text_tokens = _within(room - thinking_tokens, text, model) if shown_thinking == thinking else ("", 0)
    usage = {
        "input_tokens": _input_tokens(turns, body, model),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": thinking_tokens + text_tokens,
        "output_tokens_details": {"thinking_tokens": thinking_tokens},
        "service_tier": "standard",
    }
    asked_for = {name: value for name, value in body.items() if name != "stream"}
    digest = hashlib.sha256(json.dumps(asked_for, sort_keys=True).encode()).hexdigest()
    return Answer(
        thinking=shown_thinking,
        text=shown_text,
        usage=usage,
        stop_reason="end_turn" if shown_text == text else "max_tokens",
        id=f"{OFFLINE_ID}{digest[:18]}",
        signature=f"offline-{digest}",
    )


def _turns(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"role": turn["role"], "content": _items(turn["content"])} for turn in body["messages"]]


def _input_tokens(turns: Sequence[Mapping[str, Any]], body: Mapping[str, Any], model: Model) -> int:
    asked = {name: body.get(name) for name in ("system", "tools", "tool_choice", "thinking", "output_config")}
    return sum(line.count.tokens for line in lines(turns, model, **asked))


# ---- what was sent ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """One turn of the person who asks: the words, and what came with them."""

    words: str
    attached: tuple[_Item, ...]

    @classmethod
    def of(cls, items: Sequence[_Item]) -> _Question:
        said = [item.text for item in items if isinstance(item, Text) and not item.name]
        attached = [item for item in items if _is_attached(item)]
        return cls(" ".join(" ".join(said).split()), tuple(attached))

    def __str__(self) -> str:
        """Quote it, with what came with it."""
        about = f", about {_listed([_name(item) for item in self.attached])}" if self.attached else ""
        return (_quoted(self.words) if self.words else "without words") + about


def _items(content: str | Sequence[Mapping[str, Any]]) -> list[_Item]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    items: list[_Item] = []
    for block in blocks:
        part = part_of(block)
        if isinstance(part, Pdf) and part.locked:
            raise ContentError("a PDF is encrypted and opens only with a password; Claude takes no encrypted PDFs")
        items.append(block if part is None else part)
    return items


def _is_attached(item: _Item) -> bool:
    if isinstance(item, Mapping):
        return item.get("type") in ("image", "document")
    return not isinstance(item, Text) or item.name is not None


def _shows_thinking(body: Mapping[str, Any], model: Model) -> bool:
    field = body.get("thinking") or {}
    shown = field.get("display", model.thinking_display_default) != "omitted"
    return field.get("type") in ("adaptive", "enabled") and shown


def _name(item: _Item) -> str:
    if isinstance(item, Pdf):
        return f"a PDF of {units.plural(item.page_count, 'page')}"
    if isinstance(item, Image):
        return f"an image of {item.width:,} × {item.height:,} pixels"
    if isinstance(item, Text):
        return f"the text {_quoted(item.label)}"
    return f"{'an image' if item.get('type') == 'image' else 'a document'} that is not in the request"


# ---- what it says -----------------------------------------------------------------------------------------------


def _thinking(asked: Sequence[_Question]) -> str:
    *before, now = asked
    headed = [_name(item) + _headed(item) for item in now.attached]
    said = f"The question is {_closed(_quoted(now.words))}" if now.words else "There is no question."
    if headed:
        sight = f"To go by I have {_listed(headed)}."
    elif before:
        sight = f"Nothing new came with it; the conversation began with the question {before[0]}."
    else:
        sight = "Nothing came with it that I could look at."
    return (
        f"{said} {sight}\n\n"
        "I am the offline model: I can look at things, but I understand neither them nor the question. So I will tell "
        "what I see, and leave the answer to Claude."
    )


def _text(asked: Sequence[_Question], model: Model) -> str:
    *before, now = asked
    notice = "**This is the offline model; no Claude was asked.** I understand nothing of what you sent"
    if now.attached:
        found = "\n".join(f"{number}. {_found(item)}" for number, item in enumerate(now.attached, start=1))
        pieces = [f"{notice}; this is what I see in it:", found]
    else:
        pieces = [f"{notice}, but I can show you how an answer arrives."]
    pieces.append(f"You asked: {_escaped(_closed(_quoted(now.words)))}" if now.words else "You asked no question.")
    if before:
        first = _escaped(_closed(str(before[0])))
        pieces.append(
            f"This is question {len(asked)} of the conversation. The first was {first} All that came before is sent "
            "again with every question, which is why the input grows."
        )
    pieces.append(
        "For a real answer, set `ANTHROPIC_API_KEY` or `PORTKEY_API_KEY` and ask again. This one was free: the dollars "
        f"shown are what {model.display_name} would cost."
    )
    return "\n\n".join(pieces)


def _found(item: _Item) -> str:
    if isinstance(item, Pdf):
        title = f" titled {_escaped(_quoted(item.title))}" if item.title else ""
        return f"**PDF{title}, {units.plural(item.page_count, 'page')}.** {_escaped(_beginning(item))}"
    if isinstance(item, Image):
        kind = item.media_type.removeprefix("image/").upper()
        return f"**Image, {item.width:,} × {item.height:,} pixels.** {kind}, {units.size(item.size)}."
    if isinstance(item, Text):
        name = f"Text {_escaped(_quoted(item.label))}, {units.plural(len(item.text), 'character')}"
        return f"**{name}.** {_escaped(_beginning(item))}"
    source = item.get("source")
    where = (source.get("url") or source.get("file_id")) if isinstance(source, Mapping) else None
    name = f"{str(item.get('type', '')).capitalize()} {_escaped(_quoted(str(where))) if where else ''}"
    return f"**{name.rstrip()}.** I did not open it: it is not in the request itself."


def _beginning(document: Pdf | Text) -> str:
    begun = opening(document.page_texts if isinstance(document, Pdf) else [document.text])
    first = f"First sentence: {_quoted(begun.sentence)}" if begun.sentence else ""
    if begun.heading:
        return f"Heading: {_closed(_quoted(begun.heading))} {first}".rstrip()
    if first:
        return first
    if isinstance(document, Pdf):
        return "It has no text that I could read, so it may be a scan; Claude would read it from the page images."
    return "I find no sentence in it."


def _headed(item: _Item) -> str:
    if not isinstance(item, Pdf):
        return ""
    heading = opening(item.page_texts).heading
    return f" headed {_quoted(heading)}" if heading else ""


# ---- words ------------------------------------------------------------------------------------------------------


def _within(room: int, text: str, model: Model) -> tuple[str, int]:
    """Return as many whole words as `room` tokens hold, and their tokens."""
    tokens = texts.count(text, model).tokens
    if tokens <= room:
        return text, tokens
    words = re.findall(r"\s*\S+", text)
    fits, fits_not = 0, len(words) + 1
    while fits_not - fits > 1:
        middle = (fits + fits_not) // 2
        if texts.count("".join(words[:middle]), model).tokens <= room:
            fits = middle
        else:
            fits_not = middle
    beginning = "".join(words[:fits])
    return beginning, texts.count(beginning, model).tokens


def _quoted(text: str) -> str:
    cut = text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 2].rstrip() + " …"
    return f"“{cut}”"


def _escaped(text: str) -> str:
    """Keep the words of a document, or of a question, from being read as markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _closed(text: str) -> str:
    """End a sentence that may have ended inside its quotation marks."""
    return text if text[-2:-1] in ".!?…" and text.endswith("”") else f"{text}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
