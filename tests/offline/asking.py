"""How the tests talk to the offline model: one endpoint that remembers, and what it answers."""

import json
from typing import Any

from claude_kit.offline.endpoint import Endpoint
from claude_kit.offline.exchange import Request

SHOWN = {"type": "adaptive", "display": "summarized"}
BETA = "thinking-binding-controls-2026-08-01"


class Desk:
    """An endpoint with a clock that stands still until it is told otherwise."""

    def __init__(self, model: str = "claude-sonnet-5-5") -> None:
        self.now_s = 1000.0
        self.model = model
        self.endpoint = Endpoint(clock=lambda: self.now_s)

    def post(self, messages: Any, *, betas: str = "", **fields: Any) -> tuple[int, Any]:
        """Return status and JSON of one request."""
        body = {"model": self.model, "max_tokens": 2000, "messages": messages, **fields}
        headers = {"anthropic-beta": betas} if betas else {}
        outcome = self.endpoint.respond(Request.of("POST", "/v1/messages", headers, json.dumps(body).encode()))
        return outcome.status, json.loads(outcome.read())

    def ask(self, messages: Any, **fields: Any) -> Any:
        """Return the message that answers."""
        status, message = self.post(messages, **fields)
        assert status == 200, message
        return message

    def refusal(self, messages: Any, **fields: Any) -> str:
        """Return the words of a refusal."""
        status, error = self.post(messages, **fields)
        assert (status, error["error"]["type"]) == (400, "invalid_request_error")
        return str(error["error"]["message"])


def user(*content: Any) -> dict[str, Any]:
    """Return a message of the user."""
    return {"role": "user", "content": content[0] if content and isinstance(content[0], str) else list(content)}


def said(message: Any) -> dict[str, Any]:
    """Return an answer as it is sent back."""
    return {"role": "assistant", "content": message["content"]}


def text(words: str, **fields: Any) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": words, **fields}


def words(message: Any) -> str:
    """Return what an answer says."""
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")
