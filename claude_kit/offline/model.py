"""What does the offline model answer? Something put together, word for word, from what it was sent.

It is no language model. It reads the text of PDFs and the size of images, names what it found, repeats the question,
and says in its first sentence that no Claude was asked. The same request always gets the same answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claude_kit.estimate import lines, texts
from claude_kit.models import Model
from claude_kit.offline import wording
from claude_kit.offline.question import Question, turns
from claude_kit.offline.tools import ToolCall, choose
from claude_kit.wire.messages import OFFLINE_ID

__all__ = ["Answer", "answer", "count"]


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
        ``"end_turn"``, ``"tool_use"``, or ``"max_tokens"`` when it was cut.
    id, signature : str
        Made from the request, so that they are the same each time.
    call : ToolCall or None
        The tool it wants to be run.
    """

    thinking: str
    text: str
    usage: Mapping[str, Any]
    stop_reason: str
    id: str
    signature: str
    call: ToolCall | None = None


def count(body: Mapping[str, Any], model: Model) -> int:
    """Count the input tokens of a request, as the kit estimates them.

    Raises
    ------
    ContentError, ValueError
        As `answer` does.
    """
    return _input_tokens(turns(body), body, model)


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
    Refusal
        If it forces a tool that cannot be forced.
    """
    sent = turns(body)
    asked = [Question.of(turn["content"]) for turn in sent if turn["role"] == "user"]
    digest = _digest(body)
    # Who has run a tool wants to see what comes after it.
    call = None if asked[-1].answers_a_tool else choose(body, asked[-1].words, model, digest)
    thinking = wording.thinking(asked) if _shows_thinking(body, model) else ""
    text = wording.calling(call.name) if call else wording.text(asked, model)
    said = _Said.within(int(body["max_tokens"]), thinking, text, call, model)
    usage = {
        "input_tokens": _input_tokens(sent, body, model),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": said.tokens,
        "output_tokens_details": {"thinking_tokens": said.thinking_tokens},
        "service_tier": "standard",
    }
    return Answer(
        thinking=said.thinking,
        text=said.text,
        usage=usage,
        stop_reason="max_tokens" if said.cut else "tool_use" if said.call else "end_turn",
        id=f"{OFFLINE_ID}{digest[:18]}",
        signature=f"offline-{digest}",
        call=said.call,
    )


def _digest(body: Mapping[str, Any]) -> str:
    """Return what tells this request from others; whether its answer is streamed makes no other."""
    asked_for = {name: value for name, value in body.items() if name != "stream"}
    return hashlib.sha256(json.dumps(asked_for, sort_keys=True).encode()).hexdigest()


def _input_tokens(sent: Sequence[Mapping[str, Any]], body: Mapping[str, Any], model: Model) -> int:
    asked = {name: body.get(name) for name in ("system", "tools", "tool_choice", "thinking", "output_config")}
    return sum(line.count.tokens for line in lines(sent, model, **asked))


def _shows_thinking(body: Mapping[str, Any], model: Model) -> bool:
    field = body.get("thinking") or {}
    shown = field.get("display", model.thinking_display_default) != "omitted"
    return field.get("type") in ("adaptive", "enabled") and shown


# ---- as much of it as fits ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What is left of an answer within `max_tokens`."""

    thinking: str
    text: str
    call: ToolCall | None
    thinking_tokens: int
    tokens: int
    cut: bool

    @classmethod
    def within(cls, room: int, thinking: str, text: str, call: ToolCall | None, model: Model) -> _Said:
        """Say the thinking, then the text, then the call, until there is no room; after a cut comes nothing."""
        shown_thinking, thinking_tokens = _within(room, thinking, model)
        if shown_thinking != thinking:
            return cls(shown_thinking, "", None, thinking_tokens, thinking_tokens, cut=True)
        shown_text, text_tokens = _within(room - thinking_tokens, text, model)
        tokens = thinking_tokens + text_tokens
        if shown_text != text:
            return cls(thinking, shown_text, None, thinking_tokens, tokens, cut=True)
        call_tokens = texts.count(f"{call.name} {json.dumps(call.input)}", model).tokens if call else 0
        if tokens + call_tokens > room:
            return cls(thinking, text, None, thinking_tokens, tokens, cut=True)
        return cls(thinking, text, call, thinking_tokens, tokens + call_tokens, cut=False)


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
