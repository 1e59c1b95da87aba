"""Do the messages fit together? Who begins and who ends, what may not be empty, and that every call has its result.

What is wrong is said in the API's words, as people have reported them. Messages of one role in a row are one message
to the API, which merges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.prefix import THINKING, content
from claude_kit.offline.refusals import Refusal
from claude_kit.offline.thinking import asked

__all__ = ["check", "takes_prefill"]

_ROLES: Final = ("user", "assistant", "system")  # the system's too, in the middle of a conversation

_NOTHING: Final = "all messages must have non-empty content except for the optional final assistant message"
_NO_PREFILL: Final = (
    "This model does not support assistant message prefill. The conversation must end with a user message."
)

_NO_RESULT: Final = (
    "`tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a "
    "corresponding `tool_result` block in the next message."
)
_NO_CALL: Final = (
    "unexpected `tool_use_id` found in `tool_result` blocks: {}. Each `tool_result` block must have a corresponding "
    "`tool_use` block in the previous message."
)
_NO_THINKING: Final = (
    "Expected `thinking` or `redacted_thinking`, but found `{}`. When `thinking` is enabled, a final `assistant` "
    "message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We "
    "recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`."
)

# What each block of thinking has to have, word for word as it came.
_FIELDS: Final = {"thinking": ("signature", "thinking"), "redacted_thinking": ("data",)}

# Blocks by which an answer ends that is not prefilled: one that paused goes on where it was.
_PREFILLS: Final = ("text", *THINKING)

# A block of a message: the number of the message, its own, and the block.
_Placed = tuple[int, int, Mapping[str, Any]]


def check(body: Mapping[str, Any], model: Model) -> None:
    """Refuse a request whose messages do not fit together.

    Raises
    ------
    Refusal
    """
    for wrong in _wrongs(body, model):
        raise Refusal(400, wrong)


def takes_prefill(model: Model) -> bool:
    """Whether an answer may be begun for a model: for none that can think adaptively, which all since 4.6 can."""
    return "adaptive" not in model.thinking


def _wrongs(body: Mapping[str, Any], model: Model) -> Iterator[str]:
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    yield from _roles(messages)
    yield from _empty(body)
    yield from _incomplete(messages)
    turns = list(_turns(messages))
    yield from _calls(turns)
    yield from _ending(body, model, turns)


def _roles(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for at, message in enumerate(messages):
        if message["role"] not in _ROLES:
            yield f"messages.{at}.role: Input should be 'user' or 'assistant'"
    if messages[0]["role"] != "user":
        yield 'messages: first message must use the "user" role'


def _empty(body: Mapping[str, Any]) -> Iterator[str]:
    messages = body["messages"]
    for at, message in enumerate(messages):
        last = at == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not last and message["role"] != "system":
            yield f"messages.{at}: {_NOTHING}"
    said = [("messages", block) for message in messages for block in content(message["content"])]
    for section, block in [*said, *(("system", block) for block in content(body.get("system")))]:
        if block.get("type") == "text" and not block.get("text"):
            yield f"{section}: text content blocks must be non-empty"
        elif block.get("type") == "text" and not str(block["text"]).strip():
            yield f"{section}: text content blocks must contain non-whitespace text"


def _incomplete(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, message in enumerate(messages):
        for at, block in enumerate(content(message["content"])):
            kind = str(block["type"])
            place = f"messages.{number}.content.{at}"
            if kind in THINKING and message["role"] != "assistant":
                yield f"{place}: `{kind}` blocks can only be in `assistant` messages"
            for field in _FIELDS.get(kind, ()):
                if not isinstance(block.get(field), str):
                    yield f"{place}.{kind}.{field}: Field required"


# ---- turns ----------------------------------------------------------------------------------------------------------


def _turns(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[_Placed]]]:
    """Yield the role and the blocks of messages, those of one role in a row together."""
    numbered = [(number, message) for number, message in enumerate(messages) if message["role"] != "system"]
    for role, group in groupby(numbered, lambda one: str(one[1]["role"])):
        yield role, [(number, at, block) for number, told in group for at, block in enumerate(content(told["content"]))]


def _calls(turns: Sequence[tuple[str, list[_Placed]]]) -> Iterator[str]:
    seen: set[str] = set()
    called: list[str] = []
    for at, (role, placed) in enumerate(turns):
        calls, results = _of(placed, "tool_use"), _of(placed, "tool_result")
        for foreign, kind, owner in ((results, "tool_result", "user"), (calls, "tool_use", "assistant")):
            if foreign and role != owner:
                yield f"messages.{foreign[0][0]}: `{kind}` blocks can only be in `{owner}` messages"
        for number, where, block in results:
            if block.get("tool_use_id") not in called:
                yield f"messages.{number}.content.{where}: {_NO_CALL.format(block.get('tool_use_id'))}"
        called = [str(block.get("id")) for _, _, block in calls]
        for number, where, block in calls:
            if block.get("id") in seen:
                yield f"messages.{number}.content.{where}: `tool_use` ids must be unique"
            seen.add(str(block.get("id")))
        if called:
            after = turns[at + 1][1] if at + 1 < len(turns) else []
            yield from _unanswered(calls[-1][0], called, after)


def _of(placed: Sequence[_Placed], kind: str) -> list[_Placed]:
    return [one for one in placed if one[2]["type"] == kind]


def _unanswered(number: int, called: Sequence[str], after: Sequence[_Placed]) -> Iterator[str]:
    """Find calls without a result in what comes right after: anything before a result hides it."""
    given = [one for one in after if one[2]["type"] == "tool_result"]
    first = [str(block.get("tool_use_id")) for _, _, block in after[: len(given)] if block["type"] == "tool_result"]
    if missing := [id for id in called if id not in first]:
        yield f"messages.{number}: {_NO_RESULT.format(', '.join(missing))}"
    for id, times in Counter(first).items():
        if times > 1:
            place = next(f"messages.{n}.content.{at}" for n, at, block in given if block.get("tool_use_id") == id)
            yield f"{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"


def _ending(body: Mapping[str, Any], model: Model, turns: Sequence[tuple[str, list[_Placed]]]) -> Iterator[str]:
    role, placed = turns[-1]
    thinks = asked(body, model)
    if role == "assistant" and (not placed or placed[-1][2]["type"] in _PREFILLS):
        if not takes_prefill(model):
            yield _NO_PREFILL
        if placed and str(placed[-1][2].get("text", "")) != str(placed[-1][2].get("text", "")).rstrip():
            yield "messages: final assistant content cannot end with trailing whitespace"
        yield from _unthought(placed) if thinks.on else ()
    elif len(turns) > 1 and _of(placed, "tool_result") and thinks.kind == "enabled":
        yield from _unthought(turns[-2][1])


def _unthought(placed: Sequence[_Placed]) -> Iterator[str]:
    """Find the last answer not to begin with thinking."""
    if placed and placed[0][2]["type"] not in THINKING:
        number, at, block = placed[0]
        yield f"messages.{number}.content.{at}.type: {_NO_THINKING.format(block['type'])}"
