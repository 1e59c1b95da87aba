"""Would the API take this request? Read from Anthropic's documentation, and with nothing of claude_kit's in between.

(Messages, extended thinking, tool use and prompt caching, 2026-08-22; the models' own pages, 2026-10.) Only what
`claude_kit.models` knows of a model is taken from there.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from claude_kit.models import Model, find
from tests.chat.traffic import Exchange

THINKING = ("thinking", "redacted_thinking")
MOST_BREAKPOINTS = 4

Block = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """Something that a model thought, and where."""

    block: Block
    model: str
    prefix: str


class Judge:
    """Judges requests by what the server has answered before.

    Parameters
    ----------
    media : iterable of bytes
        The files that may be in them.
    """

    def __init__(self, *media: bytes) -> None:
        self._media = {hashlib.sha256(data).hexdigest() for data in media}
        self._made: dict[str, Made] = {}
        self._answers: list[list[Block]] = []

    def learn(self, exchange: Exchange) -> None:
        """Remember what a model answered, and what stood before it."""
        before = prefix(exchange.request, len(exchange.request["messages"]))
        self._answers.append(exchange.blocks)
        for block in exchange.blocks:
            if block["type"] in THINKING and mark(block):
                self._made[mark(block)] = Made(block, exchange.model, before)

    def judge(self, body: dict[str, Any]) -> list[str]:
        """Return what is wrong with a request; mostly nothing."""
        model = find(body["model"])
        checks = (
            roles(body),
            texts(body),
            calls(body),
            defined(body),
            thought_before_calls(body),
            breakpoints(body),
            options(body, model),
        )
        found = [problem for check in checks for problem in check]
        return [
            *found,
            *self._thinking(body, model),
            *self._pending(body, model),
            *self._answered(body),
            *self._files(body),
        ]

    def _thinking(self, body: dict[str, Any], model: Model) -> Iterator[str]:
        for at, message in enumerate(body["messages"]):
            for block in blocks(message):
                if block["type"] not in THINKING:
                    continue
                made = self._made.get(mark(block))
                if made is None:
                    yield f"message {at}: thinking that nobody signed"
                elif made.block != plain(block):
                    yield f"message {at}: thinking was changed"
                elif made.model != model.id:
                    yield f"message {at}: thinking of {made.model} sent to {model}"
                elif model.prefix_bound and made.prefix != prefix(body, at) and not drops(body):
                    yield f"message {at}: thinking is bound to a different conversation"

    def _pending(self, body: dict[str, Any], model: Model) -> Iterator[str]:
        """While a tool is run, what was thought before the call stays with it."""
        *_, last = body["messages"]
        if len(body["messages"]) < 2 or not any(block["type"] == "tool_result" for block in blocks(last)):
            return
        sent = [plain(block) for block in blocks(body["messages"][-2])]
        called = {block.get("id") for block in sent if block["type"] == "tool_use"}
        for answer in self._answers:
            if called & {block.get("id") for block in answer if block["type"] == "tool_use"}:
                thought = [block for block in answer if block["type"] in THINKING and self._is_of(block, model)]
                if not all(block in sent for block in thought) and not any(b["type"] == "text" for b in blocks(last)):
                    yield "the thinking before a call is missing when its result is sent"

    def _is_of(self, block: Block, model: Model) -> bool:
        made = self._made.get(mark(block))
        return made is not None and made.model == model.id

    def _answered(self, body: dict[str, Any]) -> Iterator[str]:
        """An answer goes back as it came: nothing new, in its order, nothing missing but what it thought."""
        came = [wordy(answer) for answer in self._answers]
        for at, message in enumerate(body["messages"]):
            if message["role"] == "assistant" and wordy([plain(block) for block in blocks(message)]) not in came:
                yield f"message {at}: no model has answered that"

    def _files(self, body: dict[str, Any]) -> Iterator[str]:
        for at, message in enumerate(body["messages"]):
            for block in every(blocks(message)):
                source = block.get("source") or {}
                if block["type"] not in ("image", "document") or source.get("type") == "text":
                    continue
                if source.get("type") != "base64":
                    yield f"message {at}: a file by {source.get('type')}"
                elif hashlib.sha256(base64.b64decode(source["data"])).hexdigest() not in self._media:
                    yield f"message {at}: a file that was not given"


def roles(body: dict[str, Any]) -> Iterator[str]:
    """The user begins, speaks in turn with the assistant, and has the last word."""
    for at, message in enumerate(body["messages"]):
        if message["role"] != ("user", "assistant")[at % 2]:
            yield f"message {at}: {message['role']} is not to speak"
        if not blocks(message):
            yield f"message {at}: empty"
    if not body["messages"] or body["messages"][-1]["role"] != "user":
        yield "the last word is not the user's"


def texts(body: dict[str, Any]) -> Iterator[str]:
    """Every text says something."""
    for at, message in enumerate(body["messages"]):
        for block in every(blocks(message)):
            if block["type"] == "text" and not block["text"].strip():
                yield f"message {at}: a text without a word"
    for block in blocks({"content": body.get("system") or []}):
        if not block["text"].strip():
            yield "system: a text without a word"


def calls(body: dict[str, Any]) -> Iterator[str]:
    """Every call is answered by the very next message, before anything else in it, and nothing else is answered."""
    waiting: list[str] = []
    seen: set[str] = set()
    for at, message in enumerate(body["messages"]):
        kinds = [block["type"] for block in blocks(message)]
        given = [block["tool_use_id"] for block in blocks(message) if block["type"] == "tool_result"]
        if sorted(given) != sorted(waiting):
            yield f"message {at}: results for {given}, but {waiting} wait"
        if "tool_result" in kinds[len(given) :]:
            yield f"message {at}: a result after something else"
        waiting = [block["id"] for block in blocks(message) if block["type"] == "tool_use"]
        if waiting and message["role"] == "user":
            yield f"message {at}: a call by the user"
        if len(set(waiting)) < len(waiting) or seen & set(waiting):
            yield f"message {at}: ids of calls twice"
        seen |= set(waiting)
    if waiting:
        yield f"{waiting} wait for results"


def defined(body: dict[str, Any]) -> Iterator[str]:
    """Where a tool of one's own is called, tools are defined."""
    called = [block["name"] for message in body["messages"] for block in blocks(message) if block["type"] == "tool_use"]
    if called and not body.get("tools"):
        yield f"{called[0]} is called, and no tools are defined"


def thought_before_calls(body: dict[str, Any]) -> Iterator[str]:
    """Who thinks by a budget has thought before the call that a result is sent for."""
    *_, last = body["messages"] or [{"content": []}]
    if (body.get("thinking") or {}).get("type") != "enabled" or "tool_result" not in [b["type"] for b in blocks(last)]:
        return
    if len(body["messages"]) > 1 and blocks(body["messages"][-2])[0]["type"] not in THINKING:
        yield "a result is sent for a call before which nothing was thought"


def breakpoints(body: dict[str, Any]) -> Iterator[str]:
    """At most four, longer-lived ones first, none on what cannot be cached."""
    blocks_of = [*(body.get("tools") or ()), *blocks({"content": body.get("system") or []})]
    for message in body["messages"]:
        blocks_of += every(blocks(message))
    marked = [block for block in blocks_of if block.get("cache_control")]
    number = len(marked) + bool(body.get("cache_control"))
    if number > MOST_BREAKPOINTS:
        yield f"{number} breakpoints"
    if any(block.get("type") in THINKING for block in marked):
        yield "a breakpoint on thinking"
    lives = [block["cache_control"].get("ttl", "5m") for block in marked]
    if lives != sorted(lives):  # "1h" is before "5m" in the alphabet, too
        yield f"breakpoints of {lives}"


def options(body: dict[str, Any], model: Model) -> Iterator[str]:
    """What the model is told, it takes."""
    field = body.get("thinking") or {}
    effort = (body.get("output_config") or {}).get("effort")
    if field and field.get("type") not in model.thinking:
        yield f"thinking of type {field.get('type')} for {model}"
    if field.get("type") == "enabled" and not 1024 <= field["budget_tokens"] < body["max_tokens"]:
        yield f"a budget of {field['budget_tokens']} within {body['max_tokens']}"
    if field.get("type") == "adaptive" and "budget_tokens" in field:
        yield "a budget for adaptive thinking"
    if field.get("type") in ("disabled", "between_tools") and len(field) > 1:
        yield f"thinking of type {field['type']} with more than that"
    if effort is not None and effort not in model.effort:
        yield f"effort {effort} for {model}"
    if not 1 <= body["max_tokens"] <= model.max_output:
        yield f"max_tokens {body['max_tokens']} for {model}"


def drops(body: dict[str, Any]) -> bool:
    """Tell whether the API is asked to leave out what is bound to a different conversation."""
    binding = (body.get("thinking") or {}).get("block_binding") or {}
    return bool(binding.get("prefix_mismatch_behavior") == "drop_block")


def prefix(body: dict[str, Any], at: int) -> str:
    """Return what stands before a message, as those models compare it whose thinking is bound to it."""
    before = [
        [message["role"], [plain(block) for block in blocks(message) if block["type"] not in THINKING]]
        for message in body["messages"][:at]
    ]
    system = [block["text"] for block in blocks({"content": body.get("system") or []})]
    tools = [plain(tool) for tool in body.get("tools") or ()]
    written = json.dumps([system, tools, before], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def blocks(message: dict[str, Any]) -> list[Block]:
    """Return the content of a message as blocks."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def every(given: list[Block]) -> list[Block]:
    """Return blocks with those inside of tools' results."""
    inside = [blocks(block) for block in given if block["type"] == "tool_result" and block.get("content")]
    return [*given, *(block for held in inside for block in held)]


def plain(block: Block) -> Block:
    """Return a block without its breakpoint."""
    return {name: value for name, value in block.items() if name != "cache_control"}


def wordy(given: list[Block]) -> list[Block]:
    """Return what the API wants of an answer, but for what was thought."""
    return [
        block
        for block in given
        if block["type"] not in THINKING and not (block["type"] == "text" and not block["text"].strip())
    ]


def mark(block: Block) -> str:
    """Return what tells one thought from others."""
    return str(block.get("signature") or block.get("data") or "")
