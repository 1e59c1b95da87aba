"""How does ``POST /v1/messages`` answer, whole and as a stream, and its ``count_tokens``?"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import ClaudeKitError
from claude_kit.models import Model
from claude_kit.offline import dialogue, shape, thinking
from claude_kit.offline.binding import unbound, without
from claude_kit.offline.cache import PromptCache
from claude_kit.offline.exchange import EVENT_STREAM, Outcome, Piece, Request, as_json
from claude_kit.offline.model import answer, count
from claude_kit.offline.prefix import blocks
from claude_kit.offline.refusals import Refusal

__all__ = ["Messages", "count_tokens"]

#: How an answer is cut into deltas: a few words each, as the API does.
_DELTA: Final = re.compile(r"(?:\S+\s*){1,3}|\s+")

# What comes in deltas, as it begins.
_BEGUN: Final[dict[str, Any]] = {"thinking": "", "signature": "", "text": "", "citations": [], "input": {}}

# What of the usage a stream tells at its end.
_TOLD_LAST: Final = ("output_tokens", "output_tokens_details")

# What of the message, besides.
_ENDED: Final = ("stop_reason", "stop_sequence", "stop_details")


class Messages:
    """The messages of one server, which remembers what it was asked to keep.

    Parameters
    ----------
    cache : PromptCache
    """

    def __init__(self, cache: PromptCache) -> None:
        self._cache = cache

    def create(self, request: Request) -> Outcome:
        """Answer a request for a message."""
        body = shape.decoded(request.body)
        message = self.whole(body, _betas(request))
        if body.get("stream"):
            return Outcome(200, _stream(message), EVENT_STREAM)
        return as_json(message)

    def whole(self, body: Mapping[str, Any], betas: Collection[str] = ()) -> dict[str, Any]:
        """Return the message that answers a request.

        Parameters
        ----------
        body : mapping
            The request.
        betas : collection of str
            The betas that it names.

        Raises
        ------
        Refusal
            If the API would not answer it.
        """
        model = _model(body, betas)
        try:
            dialogue.check(body, model)
            found = blocks(body)
            dropped = unbound(found, body, model, betas)
            kept = [block for block in found if block.place not in dropped]
            given = answer(without(body, dropped), model, cache=self._cache, found=kept)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Refusal(400, f"messages: {error}") from None
        told = [{"type": "thinking_dropped", "path": place, "reason": reason} for place, reason in dropped.items()]
        return {
            "id": given.id,
            "type": "message",
            "role": "assistant",
            "model": model.id,
            "content": list(given.blocks),
            "stop_reason": given.stop_reason,
            "stop_sequence": None,
            "stop_details": given.stop_details,
            "usage": given.usage,
            **({"input_transformations": told} if told else {}),
        }


def count_tokens(request: Request) -> Outcome:
    """Answer how many input tokens a request is."""
    body = shape.decoded(request.body)
    body.setdefault("max_tokens", 1)  # which nobody needs to say who only counts
    model = _served(body)
    try:
        return as_json({"input_tokens": count(body, model)})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal(400, f"messages: {error}") from None


def _served(body: Mapping[str, Any]) -> Model:
    """Find the model of a request that is of the right shape."""
    shape.check(body)
    try:
        return models.require_active(body["model"])
    except ClaudeKitError as error:
        raise Refusal(404, f"model: {error}") from None


def _model(body: Mapping[str, Any], betas: Collection[str]) -> Model:
    """Find the model of a request that asks for no more than it can do."""
    model = _served(body)
    thinking.check(body, model, betas)
    if body["max_tokens"] > model.max_output:
        cap = f"max_tokens: {body['max_tokens']} > {model.max_output}, which is the maximum allowed for {model}"
        raise Refusal(400, cap)
    return model


def _betas(request: Request) -> list[str]:
    return [name.strip() for name in request.headers.get("anthropic-beta", "").split(",")]


# ---- as a stream ----------------------------------------------------------------------------------------------------


def _stream(message: Mapping[str, Any]) -> Iterator[Piece]:
    started = {name: value for name, value in message["usage"].items() if name not in _TOLD_LAST}
    envelope = {**message, **dict.fromkeys(_ENDED), "content": [], "usage": {**started, "output_tokens": 1}}
    yield _event("message_start", message=envelope)
    for index, block in enumerate(message["content"]):
        yield _event("content_block_start", index=index, content_block=_empty(block))
        if index == 0:
            yield _event("ping")
        for delta in _deltas(block):
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ended = {name: message[name] for name in _ENDED}
    usage = {name: message["usage"][name] for name in _TOLD_LAST}
    yield _event("message_delta", delta=ended, usage=usage)
    yield _event("message_stop")


def _empty(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a block as it begins: what comes in deltas is not there yet."""
    return {**block, **{name: nothing for name, nothing in _BEGUN.items() if name in block}}


def _deltas(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = block["type"]
    if kind == "tool_use":
        # The API begins every input with an empty piece.
        for piece in ("", *_DELTA.findall(json.dumps(block["input"]))):
            yield {"type": "input_json_delta", "partial_json": piece}
    for citation in block.get("citations", ()):
        yield {"type": "citations_delta", "citation": citation}
    for piece in _DELTA.findall(block.get(kind, "")):
        yield {"type": f"{kind}_delta", kind: piece}
    if "signature" in block:
        yield {"type": "signature_delta", "signature": block["signature"]}


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
