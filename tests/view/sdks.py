"""Every form in which an SDK hands out an answer, and a server that answers each in the dialect it asks for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx
import openai
import portkey_ai

from tests.wire.replay import ENDED, STARTED, Exchange, block, delta, sse, text_block

REQUEST: Any = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": [{"role": "user", "content": "Weather?"}]}
CHAT: Any = {**REQUEST, "extra_body": {"thinking": {"type": "adaptive"}}}

CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}}
BLOCKS: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "They ask for the weather.", "signature": "c2lnbmVk"},
    {"type": "redacted_thinking", "data": "c2VjcmV0"},
    {"type": "text", "text": "It **may** rain."},
    CALL,
]

STREAM = [
    STARTED,
    *block(
        delta("thinking_delta", thinking="They ask "),
        delta("thinking_delta", thinking="for the weather."),
        delta("signature_delta", signature="c2lnbmVk"),
        type="thinking",
        thinking="",
        signature="",
    ),
    *block(index=1, type="redacted_thinking", data="c2VjcmV0"),
    {"type": "ping"},
    *text_block("It **may** rain.", index=2),
    *block(
        delta("input_json_delta", 3, partial_json='{"city": '),
        delta("input_json_delta", 3, partial_json='"Bern"}'),
        index=3,
        **{**CALL, "input": {}},
    ),
    {"type": "a_kind_of_tomorrow", "with": ["something"]},
    *ENDED,
]
MESSAGE = {
    **STARTED["message"],
    "content": BLOCKS,
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 12, "output_tokens": 9},
}

_ENVELOPE = {"id": "anthropic-1", "created": 1, "model": MESSAGE["model"], "provider": "anthropic"}
_USAGE = {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}


def chunk(delta: Mapping[str, Any], finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a chunk as Portkey's gateway makes it."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**_ENVELOPE, "object": "chat.completion.chunk", "choices": [choice], **fields}


def piece(index: int, **fields: Any) -> dict[str, Any]:
    """Return the delta that carries a piece of one of Claude's own blocks."""
    return {"content_blocks": [{"index": index, "delta": fields}]}


def call(**function: Any) -> dict[str, Any]:
    """Return the delta that carries a piece of a tool call."""
    return {"tool_calls": [{"index": 0, "function": function}]}


CHUNKS = [
    chunk({"content": "", "role": "assistant"}),
    chunk(piece(0, thinking="", signature="")),
    chunk(piece(0, thinking="They ask ")),
    chunk(piece(0, thinking="for the weather.")),
    chunk(piece(0, signature="c2lnbmVk")),
    chunk(piece(1, data="c2VjcmV0")),
    chunk(piece(2, text="")),
    chunk({"content": "It **may** ", **piece(2, text="It **may** ")}),
    chunk({"content": "rain.", **piece(2, text="rain.")}),
    chunk(
        {
            "tool_calls": [
                {"index": 0, "id": CALL["id"], "type": "function", "function": {"name": "weather", "arguments": ""}}
            ]
        }
    ),
    chunk(call(arguments='{"city": ')),
    chunk(call(arguments='"Bern"}')),
    chunk({}, "end_turn", usage=_USAGE),
]
COMPLETION = {
    **_ENVELOPE,
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "It **may** rain.",
                "content_blocks": BLOCKS[:3],
                "tool_calls": [
                    {
                        "id": CALL["id"],
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city": "Bern"}'},
                    }
                ],
            },
            "finish_reason": "end_turn",
            "logprobs": None,
        }
    ],
    "usage": _USAGE,
}


def chat_sse(*chunks: Mapping[str, Any], done: bool = True) -> bytes:
    """Write chunks as the gateway does."""
    data = b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks)
    return data + (b"data: [DONE]\n\n" if done else b"")


def answer(exchange: Exchange) -> None:
    """Answer in the dialect that the address tells, as a stream if one is asked for."""
    native = exchange.path.partition("?")[0].endswith("/messages")
    if json.loads(exchange.body).get("stream"):
        exchange.begin(200, "text/event-stream", request_id="req_7", x_request_id="req_7")
        exchange.send(sse(*STREAM) if native else chat_sse(*CHUNKS))
    else:
        exchange.begin(200, "application/json", request_id="req_7", x_request_id="req_7")
        exchange.send(json.dumps(MESSAGE if native else COMPLETION).encode())


@dataclass(frozen=True)
class Clients:
    """One client of each SDK, all sync or all async."""

    anthropic: Any
    openai: Any
    portkey: Any
    http: Any


@contextmanager
def clients(address: str) -> Iterator[Clients]:
    """Return sync clients that ask a server on this machine."""
    with (
        anthropic.Anthropic(api_key="none", base_url=address.removesuffix("/v1"), max_retries=0) as messages,
        openai.OpenAI(api_key="none", base_url=address, max_retries=0) as chat,
        portkey_ai.Portkey(api_key="none", base_url=address, max_retries=0) as gateway,
        httpx.Client(base_url=address) as http,
    ):
        yield Clients(messages, chat, gateway, http)
        gateway.openai_client.close()


@asynccontextmanager
async def async_clients(address: str) -> AsyncIterator[Clients]:
    """Return async clients that ask a server on this machine."""
    async with (
        anthropic.AsyncAnthropic(api_key="none", base_url=address.removesuffix("/v1"), max_retries=0) as messages,
        openai.AsyncOpenAI(api_key="none", base_url=address, max_retries=0) as chat,
        portkey_ai.AsyncPortkey(api_key="none", base_url=address, max_retries=0) as gateway,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield Clients(messages, chat, gateway, http)
        await gateway.openai_client.close()


# ---- the forms: what a person may have in hand, from the same request --------------------------------------------

Form = Callable[[Clients], Any]

_POSTED = {"url": "/messages", "json": {**REQUEST, "stream": True}}
_POSTED_CHAT = {"url": "/chat/completions", "json": {**REQUEST, "stream": True}}

#: Sync: what is shown. Async: the same, not awaited where the SDK returns an awaitable.
FORMS: dict[str, Form] = {
    "anthropic: stream": lambda c: c.anthropic.messages.create(stream=True, **REQUEST),
    "anthropic: beta stream": lambda c: c.anthropic.beta.messages.create(stream=True, **REQUEST),
    "anthropic: helper": lambda c: c.anthropic.messages.stream(**REQUEST),
    "anthropic: beta helper": lambda c: c.anthropic.beta.messages.stream(**REQUEST),
    "anthropic: message": lambda c: c.anthropic.messages.create(**REQUEST),
    "anthropic: beta message": lambda c: c.anthropic.beta.messages.create(**REQUEST),
    "anthropic: raw stream": lambda c: c.anthropic.messages.with_raw_response.create(stream=True, **REQUEST),
    "anthropic: raw message": lambda c: c.anthropic.messages.with_raw_response.create(**REQUEST),
    "anthropic: streamed stream": lambda c: c.anthropic.messages.with_streaming_response.create(stream=True, **REQUEST),
    "anthropic: streamed message": lambda c: c.anthropic.messages.with_streaming_response.create(**REQUEST),
    "openai: stream": lambda c: c.openai.chat.completions.create(stream=True, **CHAT),
    "openai: helper": lambda c: c.openai.chat.completions.stream(**CHAT),
    "openai: completion": lambda c: c.openai.chat.completions.create(**CHAT),
    "openai: raw stream": lambda c: c.openai.chat.completions.with_raw_response.create(stream=True, **CHAT),
    "openai: raw completion": lambda c: c.openai.chat.completions.with_raw_response.create(**CHAT),
    "openai: streamed stream": lambda c: c.openai.chat.completions.with_streaming_response.create(stream=True, **CHAT),
    "openai: streamed completion": lambda c: c.openai.chat.completions.with_streaming_response.create(**CHAT),
    "portkey: stream": lambda c: c.portkey.chat.completions.create(stream=True, **REQUEST),
    "portkey: completion": lambda c: c.portkey.chat.completions.create(**REQUEST),
    "portkey: prompt stream": lambda c: c.portkey.prompts.completions.create(prompt_id="pp-1", stream=True),
    "portkey: prompt": lambda c: c.portkey.prompts.completions.create(prompt_id="pp-1"),
    "portkey: posted stream": lambda c: c.portkey.post("/messages", stream=True, **REQUEST),
    "portkey: posted message": lambda c: c.portkey.post("/messages", **REQUEST),
    "httpx: stream": lambda c: c.http.stream("POST", **_POSTED),
    "httpx: chat stream": lambda c: c.http.stream("POST", **_POSTED_CHAT),
    "httpx: message": lambda c: c.http.post("/messages", json=REQUEST),
    "httpx: completion": lambda c: c.http.post("/chat/completions", json=REQUEST),
}
