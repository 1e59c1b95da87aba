"""What of a conversation is sent again, so that the API takes it?

Blocks go back verbatim and in order; what is left out here is what the API refuses (Anthropic docs, extended thinking
and tool use, 2026-08-22; recorded 400s):

- a turn whose answer did not end, was refused, or says nothing: the question would stand without an answer;
- thinking of another model than the one that is asked, and thinking whose signature never came;
- on models whose thinking is bound to its conversation, thinking of turns before which something has changed;
- texts without a word.

A call that no result came for is answered by one that says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from claude_kit import models
from claude_kit.chat.tools import ANSWER
from claude_kit.chat.turns import Turn
from claude_kit.content import Image, Pdf, Text
from claude_kit.errors import UnknownModelError
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.wire.body import Base64
from claude_kit.wire.order import Item

__all__ = [
    "THINKING",
    "History",
    "Setting",
    "called",
    "compose",
    "extended",
    "fingerprint",
    "is_sent",
    "joined",
    "message_of",
    "sendable",
    "thoughts_of",
    "told",
]

# Hexadecimal digits of a digest: nobody gains by finding two conversations with the same.
_DIGEST: Final = 32

# Calls that are run at the API, which wants their results beside them.
_SERVERS: Final = ("server_tool_use", "mcp_tool_use")

#: Kinds of blocks.
THINKING: Final = ("thinking", "redacted_thinking")
# What has changed, by the place of its digest.
_CHANGED: Final = ("the tools have changed", "the system prompt has changed", "an earlier turn has changed")
_FORM_CHANGED: Final = "the form of the answer has changed"
_REFUSED: Final = "the API did not take it back"

# What answers a call that nobody has answered: the form of an answer is filled in by being called.
_NOT_RUN: Final = {"content": "This tool was not run."}
_RECORDED: Final = {"content": "recorded"}

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands before all messages.

    Attributes
    ----------
    model : Model
    system : str or sequence of text blocks, optional
    tools : sequence of mapping
        As the API takes them.
    """

    model: Model
    system: str | Sequence[Mapping[str, Any]] | None = None
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Messages to send before a question.

    Attributes
    ----------
    messages : tuple of dict
        Content as parts, answers as blocks, verbatim. Roles alternate; the last is the assistant's, or brings results
        that Claude had nothing to say to.
    prefix : str
        Digests of the tools, of the system prompt, and of all messages but their thinking; see `fingerprint`.
    open_calls : mapping of str to str
        Calls in the last answer that have no result: their ids, and the names of the tools.
    switched, changed : tuple of int
        Numbers of the turns, from 1, whose thinking was left out: it is another model's, or bound to what has changed.
    why : str
        What has changed.
    """

    messages: tuple[Message, ...]
    prefix: str
    open_calls: Mapping[str, str] = field(default_factory=dict)
    switched: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    why: str = ""


def compose(
    turns: Sequence[Turn], setting: Setting, *, keep_changed: bool = False, refused: Collection[Turn] = ()
) -> History:
    """Put together what of earlier turns is sent.

    Parameters
    ----------
    turns : sequence of Turn
    setting : Setting
        For the next request.
    keep_changed : bool
        Send thinking also where what stood before it has changed; `History.changed` tells of it all the same.
    refused : collection of Turn
        Turns whose thinking the API has refused before.
    """
    written = _Writing(setting)
    switched, changed, why = [], [], ""
    for number, turn in enumerate(turns, start=1):
        if not is_sent(turn):
            continue
        written.ask(turn.content)
        foreign = not _made_by(turn, setting.model)
        moved = setting.model.prefix_bound and turn.prefix not in ("", written.prefix)
        refused_before = any(turn is one for one in refused)
        if _thinks(turn) and foreign:
            switched.append(number)
        elif _thinks(turn) and (moved or refused_before):
            changed.append(number)
            formed = _has_form(turn) != any(tool.get("name") == ANSWER for tool in setting.tools)
            why = _why(turn.prefix, written.prefix, formed=formed) if moved else _REFUSED
        strip = foreign or refused_before or (moved and not keep_changed)
        written.answer(turn, strip=strip)
    return History(tuple(written.messages), written.prefix, written.open_calls, tuple(switched), tuple(changed), why)


def is_sent(turn: Turn) -> bool:
    """Tell whether later requests carry a turn: a question without an answer, or a refused one, they do not."""
    last = turn.reply
    return (
        last.complete
        and not turn.steps[-1].results
        and last.stop_reason != "refusal"
        and any(block.get("type") not in THINKING for blocks in _answers(turn, strip=True) for block in blocks)
    )


def thoughts_of(turns: Iterable[Turn], model: Model) -> list[Turn]:
    """Return the turns whose thinking goes back to a model: its own."""
    return [turn for turn in turns if _thinks(turn) and _made_by(turn, model)]


def message_of(content: Iterable[Item], open_calls: Mapping[str, str] | None = None) -> Message:
    """Return a question as a message; it begins with a result for every call that waits for one."""
    items = list(content)
    given = {
        item.get("tool_use_id") for item in items if isinstance(item, Mapping) and item.get("type") == "tool_result"
    }
    filled = [
        {"type": "tool_result", "tool_use_id": call, **(_RECORDED if name == ANSWER else _NOT_RUN)}
        for call, name in (open_calls or {}).items()
        if call not in given
    ]
    return {"role": "user", "content": [*filled, *items]}


class _Writing:
    """The messages as far as they are written."""

    def __init__(self, setting: Setting) -> None:
        self.messages: list[Message] = []
        self.open_calls: dict[str, str] = {}
        system = [Text(setting.system)] if isinstance(setting.system, str) else setting.system or []
        self.prefix = "/".join((fingerprint("", list(setting.tools)), fingerprint("", system), ""))

    def ask(self, content: Iterable[Item]) -> None:
        self._add(message_of(content, self.open_calls))

    def answer(self, turn: Turn, *, strip: bool) -> None:
        for step, blocks in zip(turn.steps, _answers(turn, strip=strip), strict=True):
            self.open_calls = {
                str(block.get("id")): str(block.get("name")) for block in blocks if block.get("type") == "tool_use"
            }
            if blocks:
                self._add({"role": "assistant", "content": blocks})
            if step.results:
                self._add(message_of([dict(block) for block in step.results], self.open_calls))
                self.open_calls = {}

    def _add(self, message: Message) -> None:
        self.prefix = extended(self.prefix, message)
        _append(self.messages, message)


def told(history: History, model: Model, *, kept: bool) -> list[str]:
    """Say in sentences what was done to the thinking of earlier turns."""
    notes = []
    if history.switched:
        which = _turns(history.switched)
        notes.append(f"The thinking of {which} is not sent: it is another model's than {model}.")
    if history.changed:
        which = _turns(history.changed)
        sent = "sent to be dropped" if kept else "not sent"
        bound = f", and {model} takes its thinking back only with the same" if history.why != _REFUSED else ""
        notes.append(f"The thinking of {which} is {sent}: {history.why}{bound}.")
    return notes


def _turns(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"turn {numbers[0]}"
    return f"turns {units.listed([str(number) for number in numbers])}"


def sendable(blocks: Iterable[Mapping[str, Any]], *, strip: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what of an answer may go back, verbatim; with `strip`, without its thinking."""
    for block in blocks:
        kind = block.get("type")
        if kind == "text" and not str(block.get("text", "")).strip():
            continue
        if kind in THINKING and (strip or not (block.get("signature") or block.get("data"))):
            continue
        yield dict(block)


def _answers(turn: Turn, *, strip: bool) -> list[list[dict[str, Any]]]:
    """Return what of the answers of a turn may go back; calls of servers' tools only with what came of them."""
    answers = [list(sendable(step.reply.blocks, strip=strip)) for step in turn.steps]
    answered = {block.get("tool_use_id") for blocks in answers for block in blocks}
    return [
        [block for block in blocks if block.get("type") not in _SERVERS or block.get("id") in answered]
        for blocks in answers
    ]


def called(messages: Iterable[Message]) -> tuple[str, ...]:
    """Return the names of the tools that are called in messages, each once.

    Examples
    --------
    >>> called([{"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {}}]}])
    ('weather',)
    """
    blocks = (block for message in messages for block in message["content"] if isinstance(block, Mapping))
    return tuple(dict.fromkeys(str(block.get("name")) for block in blocks if block.get("type") == "tool_use"))


def joined(messages: Iterable[Message]) -> list[Message]:
    """Return messages whose roles alternate: what stands in a row is one, as where Claude paused and went on."""
    found: list[Message] = []
    for message in messages:
        _append(found, message)
    return found


def _append(messages: list[Message], message: Message) -> None:
    if messages and messages[-1]["role"] == message["role"]:
        messages[-1] = {**message, "content": [*messages[-1]["content"], *message["content"]]}
    else:
        messages.append(message)


def _thinks(turn: Turn) -> bool:
    return any(block.get("type") in THINKING for step in turn.steps for block in step.reply.blocks)


def _made_by(turn: Turn, model: Model) -> bool:
    """Tell whether a model wrote a turn, all of it: what another one thought says nothing to it."""
    return all(_same(step.reply.model, model) for step in turn.steps)


def _same(name: str, model: Model) -> bool:
    try:
        return models.find(name).id == model.id
    except UnknownModelError:
        return name == model.id


# ---- fingerprints -----------------------------------------------------------------------------------------------


def fingerprint(before: str, told: object) -> str:
    """Return the digest of something and of what stood before it, without cache breakpoints and thinking.

    Examples
    --------
    >>> fingerprint("", {"type": "text", "text": "Hi", "cache_control": {}}) == fingerprint("", Text("Hi"))
    True
    """
    written = json.dumps(_plain(told), sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(f"{before}\n{written}".encode()).hexdigest()[:_DIGEST]


def extended(prefix: str, message: Message) -> str:
    """Return the prefix of what comes after a message."""
    *setting, messages = prefix.split("/")
    return "/".join((*setting, fingerprint(messages, message)))


def _has_form(turn: Turn) -> bool:
    """Tell whether a turn was asked for a form by a tool, as far as its answers show."""
    return any(block.get("name") == ANSWER for step in turn.steps for block in step.reply.blocks)


def _why(before: str, now: str, *, formed: bool) -> str:
    """Say which part of a prefix is another one; a form of the answer may be a tool that nobody else has changed."""
    changed = (_FORM_CHANGED, *_CHANGED[1:]) if formed else _CHANGED
    parts = zip(changed, before.split("/"), now.split("/"), strict=False)
    return next((what for what, old, new in parts if old != new), _CHANGED[-1])


def _plain(told: object) -> object:
    """Return JSON that stands for what is told, with digests in the place of files."""
    if isinstance(told, Text) and told.name is None:
        return {"type": "text", "text": told.text}
    if isinstance(told, Pdf):
        return ["pdf", told.sha256, told.title, told.citations]
    if isinstance(told, Image):
        return ["image", told.media_type, hashlib.sha256(told.data).hexdigest()]
    if isinstance(told, Text):
        return ["text", told.name, told.text]
    if isinstance(told, Base64):
        return hashlib.sha256(told.data).hexdigest()
    if isinstance(told, Mapping):
        return {str(name): _plain(value) for name, value in told.items() if name != "cache_control"}
    if isinstance(told, str) or not isinstance(told, Iterable):
        return told
    return [_plain(item) for item in told if not (isinstance(item, Mapping) and item.get("type") in THINKING)]
