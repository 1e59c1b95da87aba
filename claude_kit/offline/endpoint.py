"""The offline model behind ``POST /v1/messages`` and its ``count_tokens``: a request in, an answer out.

A body goes in, status and body come out, as the API answers.

No sockets in here: `claude_kit.offline.transport` and `claude_kit.offline.server` carry the bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import ClaudeKitError
from claude_kit.models import Model
from claude_kit.offline.model import Answer, answer, count

__all__ = ["REQUEST_ID", "Outcome", "respond"]

#: What every answer's header and error tells as its request's id.
REQUEST_ID: Final = "req_offline"

#: How an answer is cut into deltas: a few words each, as the API does.
_DELTA: Final = re.compile(r"(?:\S+\s*){1,3}|\s+")

_REQUIRED: Final = ("model", "max_tokens", "messages")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes back: a status, a content type, and the body in pieces; the pieces of a stream are its events."""

    status: int
    content_type: str
    pieces: Iterator[bytes]

    @property
    def streamed(self) -> bool:
        """Whether it is a stream of events."""
        return self.content_type.startswith("text/event-stream")


def respond(method: str, path: str, body: bytes) -> Outcome:
    """Answer an HTTP request as the Messages API would.

    Parameters
    ----------
    method, path : str
    body : bytes
        JSON.

    Examples
    --------
    >>> respond("POST", "/v1/messages", b"{}").status
    400
    """
    counts = path.endswith("/messages/count_tokens")
    if method != "POST" or not (counts or path.endswith("/messages")):
        there_is = "it has POST /v1/messages and /v1/messages/count_tokens"
        return _error(404, "not_found_error", f"the offline model has no {method} {path}; {there_is}")
    try:
        request = json.loads(body)
    except ValueError:
        return _error(400, "invalid_request_error", "The request body is not valid JSON")
    if counts and isinstance(request, dict):
        request.setdefault("max_tokens", 1)  # which nobody needs to say who only counts
    if wrong := _wrong(request):
        return _error(400, "invalid_request_error", wrong)
    try:
        model = models.require_active(request["model"])
    except ClaudeKitError as error:
        return _error(404, "not_found_error", f"model: {error}")
    if request["max_tokens"] > model.max_output:
        cap = f"max_tokens: {request['max_tokens']} > {model.max_output}, which is the maximum allowed for {model}"
        return _error(400, "invalid_request_error", cap)
    try:
        if counts:
            return _json({"input_tokens": count(request, model)})
        given = answer(request, model)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _error(400, "invalid_request_error", f"messages: {error}")
    if request.get("stream"):
        return Outcome(200, "text/event-stream; charset=utf-8", _stream(given, model))
    return _json(_message(given, model))


def _json(body: Mapping[str, Any]) -> Outcome:
    return Outcome(200, "application/json", iter([json.dumps(body).encode()]))


def _wrong(request: Any) -> str | None:
    """Say what is wrong with a request's shape, in the API's words; None if nothing is."""
    if not isinstance(request, Mapping):
        return "The request body must be a JSON object"
    for name in _REQUIRED:
        if name not in request:
            return f"{name}: Field required"
    if not isinstance(request["model"], str):
        return "model: Input should be a valid string"
    if type(request["max_tokens"]) is not int:
        return "max_tokens: Input should be a valid integer"
    if request["max_tokens"] < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    messages = request["messages"]
    if not isinstance(messages, list):
        return "messages: Input should be a valid list"
    for at, message in enumerate(messages):
        if not isinstance(message, Mapping):
            return f"messages.{at}: Input should be an object"
        for name in ("role", "content"):
            if name not in message:
                return f"messages.{at}.{name}: Field required"
        content = message["content"]
        if not isinstance(content, str) and not _are_blocks(content):
            return f"messages.{at}.content: Input should be a string or a list of content blocks"
    if not any(message["role"] == "user" for message in messages):
        return "messages: at least one message of the user is required"
    return None


def _are_blocks(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(block, Mapping) and "type" in block for block in content)


def _error(status: int, kind: str, message: str) -> Outcome:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": REQUEST_ID}
    return Outcome(status, "application/json", iter([json.dumps(body).encode()]))


def _message(given: Answer, model: Model) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = []
    if given.thinking:
        blocks.append({"type": "thinking", "thinking": given.thinking, "signature": given.signature})
    if given.text:
        blocks.append({"type": "text", "text": given.text})
    return {
        "id": given.id,
        "type": "message",
        "role": "assistant",
        "model": model.id,
        "content": blocks,
        "stop_reason": given.stop_reason,
        "stop_sequence": None,
        "usage": given.usage,
    }


def _stream(given: Answer, model: Model) -> Iterator[bytes]:
    message = _message(given, model)
    told_at_the_end = ("output_tokens", "output_tokens_details")
    started = {name: value for name, value in given.usage.items() if name not in told_at_the_end}
    envelope = {**message, "content": [], "stop_reason": None, "usage": {**started, "output_tokens": 1}}
    yield _event("message_start", message=envelope)
    for index, block in enumerate(message["content"]):
        kind = block["type"]
        empty = {name: value if name == "type" else "" for name, value in block.items()}
        yield _event("content_block_start", index=index, content_block=empty)
        if index == 0:
            yield _event("ping")
        for piece in _DELTA.findall(block[kind]):
            yield _event("content_block_delta", index=index, delta={"type": f"{kind}_delta", kind: piece})
        if "signature" in block:
            signed = {"type": "signature_delta", "signature": block["signature"]}
            yield _event("content_block_delta", index=index, delta=signed)
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": given.stop_reason, "stop_sequence": None}
    usage = {name: given.usage[name] for name in told_at_the_end}
    yield _event("message_delta", delta=ended, usage=usage)
    yield _event("message_stop")


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
