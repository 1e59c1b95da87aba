"""What does Portkey's gateway make of Claude's answer? A chat completion, whole or in chunks.

As `@portkey-ai/gateway` 1.15.2 does it. Strict, which is its default, knows only what OpenAI's clients know; otherwise
Anthropic's blocks come along as `content_blocks`: in a stream without their type, and with the text in two places.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from claude_kit.offline.exchange import HangUp, Piece
from claude_kit.wire.messages import OFFLINE_ID

__all__ = ["stream", "whole"]

_PROVIDER: Final = "anthropic"

# Of the stop reasons that it knows; any other is "stop" too, a refusal among them.
_FINISH_REASONS: Final = {"max_tokens": "length", "tool_use": "tool_calls"}

# Events that never reach the client.
_SWALLOWED: Final = ("ping", "content_block_stop")

# Those that become a chunk each; over any other, the gateway falls.
_PASSED_ON: Final = ("content_block_start", "content_block_delta")


def whole(status: int, body: bytes, *, strict: bool) -> tuple[int, dict[str, Any]]:
    """Translate an answer that is no stream; return its status and JSON.

    Parameters
    ----------
    status : int
    body : bytes
        Anthropic's, or what came in its place.
    strict : bool
        Whether to leave out what OpenAI does not know.
    """
    try:
        told = json.loads(body)
        if status == 200:
            return status, _completion(told, strict)
        return status, _error(f"{_PROVIDER} error: {told['error']['message']}", told["error"]["type"])
    except (ValueError, TypeError, KeyError):
        wrapped = json.dumps({"html-message": body.decode("utf-8", "replace")}, separators=(",", ":"))
        return max(status, 500), _error(f"Invalid response received from {_PROVIDER}: {wrapped}", None)


def _error(message: str, kind: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}, "provider": _PROVIDER}


def _completion(message: Mapping[str, Any], strict: bool) -> dict[str, Any]:
    return {
        "id": message["id"],
        "object": "chat.completion",
        "created": int(time.time()),
        "model": message["model"],
        "provider": _PROVIDER,
        "choices": [
            {
                "message": _message(message["content"], strict),
                "index": 0,
                "logprobs": None,
                "finish_reason": _finish_reason(message["stop_reason"], strict),
            }
        ],
        "usage": _usage(message["usage"], message["usage"].get("output_tokens", 0)),
    }


def _message(blocks: list[dict[str, Any]], strict: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(block["text"] for block in blocks if block["type"] == "text"),
    }
    if not strict:
        told["content_blocks"] = [block for block in blocks if block["type"] != "tool_use"]
    if calls := [_call(block) for block in blocks if block["type"] == "tool_use"]:
        told["tool_calls"] = calls
    return told


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(block["input"], separators=(",", ":"), ensure_ascii=False)
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def _finish_reason(stop_reason: str | None, strict: bool) -> str:
    if strict or not stop_reason:
        return _FINISH_REASONS.get(stop_reason or "", "stop")
    return stop_reason


def _usage(told: Mapping[str, Any], output_tokens: int) -> dict[str, Any]:
    """Count as the gateway does: the prompt without what is cached, the total with it."""
    cached = {name: told.get(name) for name in ("cache_read_input_tokens", "cache_creation_input_tokens")}
    prompt = told.get("input_tokens") or 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output_tokens,
        "total_tokens": prompt + output_tokens + sum(tokens or 0 for tokens in cached.values()),
        "prompt_tokens_details": {"cached_tokens": cached["cache_read_input_tokens"] or 0},
        **(cached if any(cached.values()) else {}),
    }


# ---- as a stream ----------------------------------------------------------------------------------------------------


def stream(pieces: Iterator[Piece], *, strict: bool) -> Iterator[Piece]:
    """Translate a stream, event by event.

    When it breaks off, or something in it is no event, the translation just ends: without a finish reason, without
    ``[DONE]`` and without a word, which is what the gateway's clients see.

    Parameters
    ----------
    pieces : iterator of Piece
        Of each event its bytes.
    strict : bool
    """
    chunks = _Chunks(strict)
    for piece in pieces:
        if isinstance(piece, HangUp):
            return
        if not isinstance(piece, bytes):
            yield piece
            continue
        try:
            translated = list(chunks.of(json.loads(piece.decode().partition("data: ")[2])))
        except ValueError:
            return
        for chunk in translated:
            yield f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n".encode()


class _Chunks:
    """What is kept from one event to the next."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._id = ""
        self._model = ""
        self._usage: Mapping[str, Any] = {}
        self._tool = -1

    def of(self, event: Mapping[str, Any]) -> Iterator[dict[str, Any] | str]:
        """Translate an event; a chunk that is a string is no JSON."""
        kind = event["type"]
        if kind in _SWALLOWED:
            return
        if kind == "message_stop":
            yield "[DONE]"
        elif kind == "error":
            yield {**self._envelope(), "model": "", "choices": [_failed(event["error"])]}
            yield "[DONE]"
        elif kind == "message_start":
            message = event["message"]
            # The gateway makes up an id. The offline model's own is kept: it is its mark.
            made_up = f"anthropic-{int(time.time() * 1000)}"
            self._id = message["id"] if message["id"].startswith(OFFLINE_ID) else made_up
            self._model, self._usage = message["model"], message["usage"]
            yield self._chunk({"content": "", "role": "assistant"})
        elif kind == "message_delta":
            yield self._last(event)
        elif kind in _PASSED_ON:
            yield self._chunk(self._delta(event))
        else:
            raise ValueError(f"the gateway knows no event {kind}")

    def _delta(self, event: Mapping[str, Any]) -> dict[str, Any]:
        delta = event.get("delta")
        block = event.get("content_block") or {}
        if block.get("type") == "tool_use":
            self._tool += 1
            function = {"name": block["name"], "arguments": ""}
            return {"tool_calls": [{"index": self._tool, "id": block["id"], "type": "function", "function": function}]}
        if delta and "partial_json" in delta:
            # A server tool's input comes so too, under an index that no call has.
            return {"tool_calls": [{"index": self._tool, "function": {"arguments": delta["partial_json"]}}]}
        text = {"content": delta["text"]} if delta and "text" in delta else {}
        if self._strict:
            return text
        untyped = {name: value for name, value in (delta or block).items() if name != "type"}
        return {**text, "content_blocks": [{"index": event.get("index"), "delta": untyped}]}

    def _last(self, event: Mapping[str, Any]) -> dict[str, Any]:
        reason = _finish_reason(event["delta"].get("stop_reason"), self._strict)
        usage = _usage(self._usage, event["usage"].get("output_tokens", 0))
        return {**self._envelope(), "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage}

    def _chunk(self, delta: Mapping[str, Any]) -> dict[str, Any]:
        choice = {"delta": delta, "index": 0, "logprobs": None, "finish_reason": None}
        return {**self._envelope(), "choices": [choice]}

    def _envelope(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self._model,
            "provider": _PROVIDER,
        }


def _failed(error: Mapping[str, Any]) -> dict[str, Any]:
    """Say that it failed; why is lost."""
    return {"finish_reason": error["type"], "delta": {"content": ""}}
