"""Is a request of the right shape? What is wrong with it is said in the API's words, with the place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from claude_kit.offline.refusals import Refusal
from claude_kit.wire.blocks import KINDS

__all__ = ["check", "decoded"]

_REQUIRED: Final = ("model", "max_tokens", "messages")


def decoded(body: bytes) -> dict[str, Any]:
    """Read a body of JSON.

    Raises
    ------
    Refusal
        If it is none, or no object.
    """
    try:
        data = json.loads(body)
    except ValueError:
        raise Refusal(400, "The request body is not valid JSON") from None
    if not isinstance(data, dict):
        raise Refusal(400, "The request body must be a JSON object")
    return data


def check(request: Mapping[str, Any]) -> None:
    """Refuse a request for a message that has not the fields it must have.

    Raises
    ------
    Refusal
    """
    if wrong := _wrong(request):
        raise Refusal(400, wrong)


def _wrong(request: Mapping[str, Any]) -> str | None:
    for name in _REQUIRED:
        if name not in request:
            return f"{name}: Field required"
    if not isinstance(request["model"], str):
        return "model: Input should be a valid string"
    if type(request["max_tokens"]) is not int:
        return "max_tokens: Input should be a valid integer"
    if request["max_tokens"] < 0:
        return "max_tokens: Input should be greater than or equal to 0"
    return _wrong_messages(request["messages"])


def _wrong_messages(messages: Any) -> str | None:
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
        if message["role"] == "user" and (wrong := _wrong_kind(content)):
            return f"messages.{at}.content.{wrong}"
    return None if messages else "messages: at least one message is required"


def _wrong_kind(content: Any) -> str | None:
    """Say which block is of no kind that is known."""
    for at, block in enumerate(content if isinstance(content, list) else ()):
        kind = block["type"]
        if not (isinstance(kind, str) and kind in KINDS):
            tags = ", ".join(f"'{known}'" for known in sorted(KINDS))
            return f"{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}"
    return None


def _are_blocks(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(block, Mapping) and "type" in block for block in content)
