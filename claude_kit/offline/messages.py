"""How does ``POST /v1/messages`` answer, whole and as a stream, and its ``count_tokens``?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import ClaudeKitError
from claude_kit.models import Model
from claude_kit.offline import shape
from claude_kit.offline.exchange import EVENT_STREAM, Outcome, Piece, Request, as_json
from claude_kit.offline.model import Answer, answer, count
from claude_kit.offline.refusals import Refusal

__all__ = ["count_tokens", "create", "whole"]

#: How an answer is cut into deltas: a few words each, as the API does.
_DELTA: Final = re.compile(r"(?:\S+\s*){1,3}|\s+")

# Kind of thinking -> what the API says where a model has none of it, word for word.
_NO_SUCH_THINKING: Final = {
    "enabled": (
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
        '"output_config.effort" to control thinking behavior.'
    ),
    "adaptive": "adaptive thinking is not supported on this model",
}

# What of the usage a stream tells at its end.
_TOLD_LAST: Final = ("output_tokens", "output_tokens_details")


def create(request: Request) -> Outcome:
    """Answer a request for a message."""
    body = shape.decoded(request.body)
    message = whole(body)
    if body.get("stream"):
        return Outcome(200, _stream(message), EVENT_STREAM)
    return as_json(message)


def count_tokens(request: Request) -> Outcome:
    """Answer how many input tokens a request is."""
    body = shape.decoded(request.body)
    body.setdefault("max_tokens", 1)  # which nobody needs to say who only counts
    model = _model(body)
    try:
        return as_json({"input_tokens": count(body, model)})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal(400, f"messages: {error}") from None


def whole(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message that answers a request.

    Raises
    ------
    Refusal
        If the API would not answer it.
    """
    model = _model(body)
    try:
        given = answer(body, model)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal(400, f"messages: {error}") from None
    return {
        "id": given.id,
        "type": "message",
        "role": "assistant",
        "model": model.id,
        "content": list(_blocks(given)),
        "stop_reason": given.stop_reason,
        "stop_sequence": None,
        "usage": given.usage,
    }


def _model(body: Mapping[str, Any]) -> Model:
    """Find the model of a request that is of the right shape and asks for no more than it can write."""
    shape.check(body)
    try:
        model = models.require_active(body["model"])
    except ClaudeKitError as error:
        raise Refusal(404, f"model: {error}") from None
    thinking = body.get("thinking")
    kind = thinking.get("type") if isinstance(thinking, Mapping) else None
    if kind in _NO_SUCH_THINKING and kind not in model.thinking:
        raise Refusal(400, _NO_SUCH_THINKING[kind])
    if body["max_tokens"] > model.max_output:
        cap = f"max_tokens: {body['max_tokens']} > {model.max_output}, which is the maximum allowed for {model}"
        raise Refusal(400, cap)
    return model


def _blocks(given: Answer) -> Iterator[dict[str, Any]]:
    # A block without words would be refused when it is sent back.
    if given.thinking:
        yield {"type": "thinking", "thinking": given.thinking, "signature": given.signature}
    if given.text:
        yield {"type": "text", "text": given.text}
    if given.call:
        yield {"type": "tool_use", "id": given.call.id, "name": given.call.name, "input": given.call.input}


# ---- as a stream ----------------------------------------------------------------------------------------------------


def _stream(message: Mapping[str, Any]) -> Iterator[Piece]:
    started = {name: value for name, value in message["usage"].items() if name not in _TOLD_LAST}
    envelope = {**message, "content": [], "stop_reason": None, "usage": {**started, "output_tokens": 1}}
    yield _event("message_start", message=envelope)
    for index, block in enumerate(message["content"]):
        yield _event("content_block_start", index=index, content_block=_empty(block))
        if index == 0:
            yield _event("ping")
        for delta in _deltas(block):
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    usage = {name: message["usage"][name] for name in _TOLD_LAST}
    yield _event("message_delta", delta=ended, usage=usage)
    yield _event("message_stop")


def _empty(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a block as it begins: what comes in deltas is not there yet."""
    if block["type"] == "tool_use":
        return {**block, "input": {}}
    return {name: value if name == "type" else "" for name, value in block.items()}


def _deltas(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = block["type"]
    if kind == "tool_use":
        # The API begins every input with an empty piece.
        for piece in ("", *_DELTA.findall(json.dumps(block["input"]))):
            yield {"type": "input_json_delta", "partial_json": piece}
        return
    for piece in _DELTA.findall(block[kind]):
        yield {"type": f"{kind}_delta", kind: piece}
    if "signature" in block:
        yield {"type": "signature_delta", "signature": block["signature"]}


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
