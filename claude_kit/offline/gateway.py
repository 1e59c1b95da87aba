"""How does Portkey answer? Its gateway in front of the API, and what it keeps: prompts, feedback, logs.

What goes wrong behind the gateway comes out of it as the gateway passes it on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from claude_kit.offline import chat_answer, prompts
from claude_kit.offline.chat_request import to_messages
from claude_kit.offline.exchange import Outcome, Piece, Request, Silence, as_json
from claude_kit.offline.refusals import Refusal

__all__ = [
    "change_feedback",
    "complete_chat",
    "complete_prompt",
    "refused",
    "render_prompt",
    "response_headers",
    "take_feedback",
    "take_log",
]

# Answers a request of the Messages API, behind the gateway.
Upstream = Callable[[Request], Outcome]

_PREFIX: Final = "x-portkey-"

# What it says when it cannot say more.
_FELL_OVER: Final = "Something went wrong"

_VALUES: Final = range(-10, 11)


def response_headers(request: Request) -> dict[str, str]:
    """Return what the gateway tells in headers, to those who talk to it."""
    if not any(name.startswith(_PREFIX) for name in request.headers):
        return {}
    return {
        "x-portkey-trace-id": request.headers.get("x-portkey-trace-id") or f"trace-{request.id}",
        "x-portkey-cache-status": "DISABLED",
        "x-portkey-retry-attempt-count": "0",
        "x-portkey-last-used-option-index": "config",
        "x-portkey-provider": request.headers.get("x-portkey-provider", "anthropic"),
    }


def refused(refusal: Refusal) -> Outcome:
    """Say no in the gateway's own shape."""
    return as_json({"status": "failure", "message": str(refusal)}, refusal.status, refusal.headers)


def complete_chat(request: Request, upstream: Upstream) -> Outcome:
    """Answer a chat completion."""
    return _complete(request, _read(request), upstream)


def complete_prompt(request: Request, upstream: Upstream, id: str) -> Outcome:
    """Fill in a prompt of the library, and answer it."""
    return _complete(request, prompts.find(id).render(_read(request)), upstream)


def render_prompt(request: Request, _: Upstream, id: str) -> Outcome:
    """Fill in a prompt of the library, and show what it became."""
    return as_json({"success": True, "data": prompts.find(id).render(_read(request))})


def take_feedback(request: Request, _: Upstream) -> Outcome:
    """Accept feedback on answers: one, or a list of them."""
    body = _read(request)
    given = body if isinstance(body, list) else [body]
    for one in given:
        _check_feedback(one)
        if not one.get("trace_id"):
            raise Refusal(400, "trace_id is required")
    ids = [f"feedback-{request.id}-{number}" for number in range(1, len(given) + 1)]
    return as_json({"status": "success", "message": "Feedback successfully saved", "feedback_ids": ids})


def change_feedback(request: Request, _: Upstream, id: str) -> Outcome:
    """Accept a change of feedback."""
    _check_feedback(_read(request))
    return as_json({"status": "success", "message": "Feedback successfully updated", "feedback_ids": [id]})


def take_log(request: Request, _: Upstream) -> Outcome:
    """Accept a log entry, or a list of them."""
    _read(request)
    return as_json({"status": "success"})


def _complete(request: Request, body: Mapping[str, Any], upstream: Upstream) -> Outcome:
    try:
        translated = json.dumps(to_messages(body)).encode()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refusal(500, _FELL_OVER, headers={"x-portkey-gateway-exception": "true"}) from None
    answer = upstream(replace(request, body=translated))
    strict = _is_strict(request)
    if answer.streamed:
        return replace(answer, pieces=chat_answer.stream(answer.pieces, strict=strict))
    *waited, told = _gathered(answer.pieces)
    status, data = chat_answer.whole(answer.status, told, strict=strict)
    return replace(answer, status=status, pieces=iter([*waited, json.dumps(data).encode()]))


def _read(request: Request) -> Any:
    try:
        return request.json
    except ValueError:
        raise Refusal(500, _FELL_OVER) from None


def _gathered(pieces: Iterator[Piece]) -> list[Any]:
    """Return what comes, in one piece and last; before it the silences there were."""
    came = list(pieces)
    waited = [piece for piece in came if isinstance(piece, Silence)]
    return [*waited, b"".join(piece for piece in came if isinstance(piece, bytes))]


def _is_strict(request: Request) -> bool:
    """Whether OpenAI's shape is kept to; a config that says no cannot be overruled by the header."""
    if request.headers.get("x-portkey-strict-open-ai-compliance") == "false":
        return False
    try:
        config = json.loads(request.headers.get("x-portkey-config", "{}"))
    except ValueError:
        return True
    return not isinstance(config, Mapping) or config.get("strict_open_ai_compliance") is not False


def _check_feedback(given: Any) -> None:
    if not isinstance(given, Mapping) or given.get("value") not in _VALUES:
        raise Refusal(400, "value has to be a whole number from -10 to 10")
    if not 0 <= given.get("weight", 1) <= 1:
        raise Refusal(400, "weight has to be a number from 0 to 1")
