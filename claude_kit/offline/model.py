"""What does the offline model answer? Something put together, word for word, from what it was sent.

It is no language model. It reads the text of PDFs and the size of images, names what it found, repeats the question,
and says in its first sentence that no Claude was asked. The same request always gets the same answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline import structured, wording
from claude_kit.offline.cache import PromptCache
from claude_kit.offline.citing import passages
from claude_kit.offline.counting import Counted
from claude_kit.offline.fitting import Fitted, fitted
from claude_kit.offline.prefix import Block, Prefix, before, blocks
from claude_kit.offline.question import Question, questions, turns
from claude_kit.offline.seals import Seal
from claude_kit.offline.thinking import Thinking
from claude_kit.offline.thinking import asked as asked_to_think
from claude_kit.offline.tools import ToolCall, choose
from claude_kit.offline.triggers import REDACTED, REFUSAL
from claude_kit.offline.values import minimal
from claude_kit.wire.messages import OFFLINE_ID

__all__ = ["Answer", "answer", "count"]

# Why it declined, as the API says it.
_DECLINED: Final = {
    "type": "refusal",
    "category": "general_harms",
    "explanation": "This refusal was asked for, by a string that is documented for trying one.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the offline model answers to one request.

    Attributes
    ----------
    blocks : tuple of mapping
        As the API writes them.
    usage : mapping
        The kit's own estimate, with Anthropic's field names.
    stop_reason : str
        ``"end_turn"``, ``"tool_use"``, ``"refusal"``, or ``"max_tokens"`` when it was cut.
    id : str
        Made from the request, so that it is the same each time.
    stop_details : mapping or None
        Why it was refused.
    """

    blocks: tuple[Mapping[str, Any], ...]
    usage: Mapping[str, Any]
    stop_reason: str
    id: str
    stop_details: Mapping[str, Any] | None = None

    @property
    def thinking(self) -> str:
        """What it thinks, as far as that is shown."""
        return "".join(block["thinking"] for block in self.blocks if block["type"] == "thinking")

    @property
    def text(self) -> str:
        """What it says, in markdown."""
        return "".join(block["text"] for block in self.blocks if block["type"] == "text")

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tools that it wants to be run."""
        called = (block for block in self.blocks if block["type"] == "tool_use")
        return tuple(ToolCall(block["id"], block["name"], block["input"]) for block in called)


def count(body: Mapping[str, Any], model: Model) -> int:
    """Count the input tokens of a request, as the kit estimates them.

    Raises
    ------
    ContentError, ValueError
        As `answer` does.
    """
    return Counted(body, turns(body), model).total()


def answer(
    body: Mapping[str, Any],
    model: Model,
    *,
    cache: PromptCache | None = None,
    found: Sequence[Block] | None = None,
) -> Answer:
    """Answer a request of the Messages API.

    Parameters
    ----------
    body : mapping
        The request's JSON, of the right shape.
    model : Model
        The model that was asked for; the offline model counts tokens as it would.
    cache : PromptCache, optional
        What earlier requests left there; by default nothing.
    found : sequence of Block, optional
        The blocks of the request, where they are known already.

    Raises
    ------
    ContentError
        If a file in it cannot be read.
    ValueError
        If a file in it is no base64.
    Refusal
        If it forces a tool that cannot be forced, or asks for what cannot be had.
    """
    sent = turns(body)
    asked = questions(sent)
    digest = _digest(body)
    found = blocks(body) if found is None else found
    refused = any(REFUSAL in question.words for question in asked)
    said = _nothing() if refused else _said(body, model, found, sent, asked, digest)
    counted = Counted(body, sent, model)
    cached = (cache or PromptCache()).bill(body, found, model, total=counted.total(), up_to=counted.up_to)
    usage = {
        **cached,
        "output_tokens": said.tokens,
        "output_tokens_details": {"thinking_tokens": said.thinking_tokens},
        "service_tier": "standard",
    }
    hidden = REDACTED in asked[-1].words
    shown = _sealed(said, asked_to_think(body, model), before(found), model, hidden=hidden)
    stop_reason = "refusal" if refused else _stop_reason(said)
    return Answer(shown, usage, stop_reason, f"{OFFLINE_ID}{digest[:18]}", _DECLINED if refused else None)


def _digest(body: Mapping[str, Any]) -> str:
    """Return what tells this request from others; whether its answer is streamed makes no other."""
    asked_for = {name: value for name, value in body.items() if name != "stream"}
    return hashlib.sha256(json.dumps(asked_for, sort_keys=True).encode()).hexdigest()


def _said(
    body: Mapping[str, Any],
    model: Model,
    found: Sequence[Block],
    sent: Sequence[Mapping[str, Any]],
    asked: Sequence[Question],
    digest: str,
) -> Fitted:
    """Say what there is to say, as far as it fits."""
    now = asked[-1]
    bound = structured.schema(body)
    # Who has run a tool wants to see what comes after it.
    calls = () if now.results else choose(body, now.words, model, digest)
    if calls:
        spoken = [{"type": "text", "text": wording.calling([call.name for call in calls])}]
    elif bound is not None:
        spoken = [{"type": "text", "text": json.dumps(minimal(bound), ensure_ascii=False)}]
    else:
        spoken = wording.answer(asked, passages(found, sent, now.words), model)
    called = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input} for call in calls]
    thought = {"type": "thinking", "thinking": wording.thinking(asked)}
    return _within(int(body["max_tokens"]), thought, [*spoken, *called], asked_to_think(body, model), model)


def _within(
    room: int, thought: Mapping[str, Any], said: Sequence[Mapping[str, Any]], thinks: Thinking, model: Model
) -> Fitted:
    """Think, where that was asked for, and say the rest."""
    if not thinks.on:
        return fitted(room, said, model)
    if not thinks.shown and fitted(room // 2, [thought], model).cut:
        return fitted(room, said, model)  # thinking that nobody sees would leave no room for what somebody does
    return fitted(room, [thought, *said], model)


def _nothing() -> Fitted:
    return Fitted((), 0, 0, cut=False)


def _stop_reason(said: Fitted) -> str:
    if said.cut:
        return "max_tokens"
    return "tool_use" if any(block["type"] == "tool_use" for block in said.blocks) else "end_turn"


def _sealed(
    said: Fitted, thinks: Thinking, prefix: Prefix, model: Model, *, hidden: bool
) -> tuple[Mapping[str, Any], ...]:
    """Put a signature on the thinking, and leave out of it what is not to be seen."""
    return tuple(
        _seal(block, said.thinking_tokens, thinks, prefix, model, hidden=hidden)
        if block["type"] == "thinking"
        else block
        for block in said.blocks
    )


def _seal(
    block: Mapping[str, Any], tokens: int, thinks: Thinking, prefix: Prefix, model: Model, *, hidden: bool
) -> Mapping[str, Any]:
    shown = block["thinking"] if thinks.shown and not hidden else ""
    signature = Seal.on(shown, model=model.id, prefix=prefix).write(tokens)
    if hidden:
        return {"type": "redacted_thinking", "data": signature}
    return {"type": "thinking", "thinking": shown, "signature": signature}
