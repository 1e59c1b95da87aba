"""The `openai` SDK against the offline server's chat completions, sync and async."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

import claude_kit as ck
from claude_kit.offline import Request, serve
from claude_kit.wire.messages import OFFLINE_ID
from tests.content import making

MODEL = "claude-sonnet-5-5"
QUESTION: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
CHAT: Any = {"model": MODEL, "max_tokens": 2000, "messages": QUESTION}
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
LOOSE = {"x-portkey-strict-open-ai-compliance": "false"}
SHOWN = {"type": "adaptive", "display": "summarized"}


@contextmanager
def sdk(retries: int = 0, **options: Any) -> Iterator[openai.OpenAI]:
    """Return the SDK's client, pointed at a server."""
    with (
        serve(**options) as address,
        openai.OpenAI(api_key="none", base_url=address, max_retries=retries, timeout=20) as client,
    ):
        yield client


def test_a_completion_and_a_stream_say_the_same() -> None:
    """Text, finish reason in OpenAI's word, and usage, which comes unasked."""
    with sdk() as client:
        whole = client.chat.completions.create(**CHAT)
        chunks = list(client.chat.completions.create(**CHAT, stream=True))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert whole.choices[0].message.content == said
    assert said.startswith("**This is the offline model; no Claude was asked.**")
    assert {chunk.id for chunk in chunks} == {whole.id}
    assert whole.id.startswith(OFFLINE_ID), "the mark that no Claude was asked"
    assert whole.choices[0].finish_reason == chunks[-1].choices[0].finish_reason == "stop"
    assert whole.usage is not None
    assert whole.usage == chunks[-1].usage
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


def test_thinking_comes_with_the_blocks() -> None:
    """Only where compliance is not strict: whole with types, in a stream without."""
    asked = {**CHAT, "extra_body": {"thinking": SHOWN}}
    with sdk() as client:
        strict = client.chat.completions.create(**asked)
        loose = client.chat.completions.create(**asked, extra_headers=LOOSE)
        chunks = list(client.chat.completions.create(**asked, extra_headers=LOOSE, stream=True))
    assert "content_blocks" not in (strict.choices[0].message.model_extra or {})
    blocks = (loose.choices[0].message.model_extra or {})["content_blocks"]
    assert [block["type"] for block in blocks] == ["thinking", "text"]
    assert loose.choices[0].finish_reason == "end_turn"
    deltas = [
        block["delta"]
        for chunk in chunks
        for block in (chunk.choices[0].delta.model_extra or {}).get("content_blocks", [])
    ]
    assert not any("type" in delta for delta in deltas)
    assert "".join(delta.get("thinking", "") for delta in deltas) == blocks[0]["thinking"]
    assert "".join(delta.get("text", "") for delta in deltas) == loose.choices[0].message.content


@pytest.mark.parametrize(
    ("headers", "strict"),
    [
        ({}, True),
        ({"x-portkey-strict-open-ai-compliance": "true"}, True),
        ({"x-portkey-strict-open-ai-compliance": "false"}, False),
        ({"x-portkey-config": '{"strict_open_ai_compliance": false}'}, False),
        (
            {
                "x-portkey-config": '{"strict_open_ai_compliance": false}',
                "x-portkey-strict-open-ai-compliance": "true",
            },
            False,
        ),
        ({"x-portkey-config": "pc-saved"}, True),
    ],
)
def test_who_says_how_strict_it_is(headers: dict[str, str], strict: bool) -> None:
    """The header or the config; a config that says no is not overruled, and one that is only a name says nothing."""
    with sdk() as client:
        told = client.chat.completions.create(**CHAT, extra_headers=headers)
    assert ("content_blocks" in (told.choices[0].message.model_extra or {})) is not strict


def test_a_tool_is_called_and_its_result_taken() -> None:
    """Streamed and not, the call is the same; the answer to its result is words."""
    asked: Any = [{"role": "user", "content": "Call get_weather"}]
    request: Any = {"model": MODEL, "max_tokens": 2000, "tools": [WEATHER]}
    with sdk() as client:
        called = client.chat.completions.create(**request, messages=asked)
        with client.chat.completions.stream(**request, messages=asked) as stream:
            streamed = stream.until_done().get_final_completion()
        assert called.choices[0].finish_reason == "tool_calls"
        (call,) = called.choices[0].message.tool_calls or []
        (again,) = streamed.choices[0].message.tool_calls or []
        assert call.type == again.type == "function"
        assert json.loads(call.function.arguments) == json.loads(again.function.arguments) == {"city": "offline"}
        result = {"role": "tool", "tool_call_id": call.id, "content": "12 °C"}
        turns: Any = [*asked, called.choices[0].message.model_dump(exclude_none=True), result]
        answer = client.chat.completions.create(**request, messages=turns)
    assert "12 °C" in (answer.choices[0].message.content or "")


def test_an_image_and_a_pdf_are_seen() -> None:
    """In the shapes that the gateway takes, as our own encoder writes them."""
    content: Any = ck.encode(
        making.pdf(("one", "two")), making.encoded(making.corners(), "PNG"), "What?", dialect="chat"
    )
    with sdk() as client:
        told = client.chat.completions.create(**{**CHAT, "messages": [{"role": "user", "content": content}]})
    said = told.choices[0].message.content or ""
    assert "**PDF, 2 pages.**" in said
    assert "**Image," in said


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"model": "claude-9"}, openai.NotFoundError, "anthropic error: model: "),
        ({"messages": []}, openai.BadRequestError, "anthropic error: messages: at least one message"),
        ({"max_tokens": openai.NOT_GIVEN}, openai.BadRequestError, "max_tokens: Field required"),
        (
            {"extra_headers": {"x-claude-kit-fault": "status=429"}},
            openai.RateLimitError,
            "anthropic error: This request would exceed your rate limit",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_the_sdk_s_own_error(
    fields: Any, error: type[openai.APIStatusError], message: str, stream: bool
) -> None:
    """In the gateway's envelope, with the id that the header tells."""
    with sdk() as client, pytest.raises(error, match=message) as caught:
        client.chat.completions.create(**{**CHAT, **fields}, stream=stream)
    assert isinstance(caught.value.body, dict)
    assert caught.value.response.json()["provider"] == "anthropic"


def test_the_sdk_tries_again_and_gets_through() -> None:
    """After as many failures as were asked for."""
    log: list[Request] = []
    with sdk(retries=2, faults="status=529; retry-after=0.01; times=2", log=log) as client:
        assert client.chat.completions.create(**CHAT).choices
    assert len(log) == 3


@pytest.mark.parametrize(
    ("fault", "reasons"), [("error=overloaded_error; after=6", ["overloaded_error"]), ("cut; after=6", [])]
)
def test_a_stream_that_goes_wrong_is_not_noticed_by_the_sdk(fault: str, reasons: list[str]) -> None:
    """As behind the real gateway: an odd finish reason, or none at all."""
    with sdk(faults=fault) as client:
        chunks = list(client.chat.completions.create(**CHAT, stream=True))
    assert [reason for chunk in chunks if (reason := chunk.choices[0].finish_reason)] == reasons


def test_the_models_are_listed() -> None:
    """The SDK takes Anthropic's list for its own, as far as it goes."""
    with sdk() as client:
        assert MODEL in [model.id for model in client.models.list()]


def test_the_async_client_does_the_same() -> None:
    """Whole and streamed."""

    async def ask(address: str) -> None:
        async with openai.AsyncOpenAI(api_key="none", base_url=address, max_retries=0, timeout=20) as client:
            whole = await client.chat.completions.create(**CHAT)
            chunks = [chunk async for chunk in await client.chat.completions.create(**CHAT, stream=True)]
            said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
            assert said == whole.choices[0].message.content
            with pytest.raises(openai.NotFoundError):
                await client.chat.completions.create(**{**CHAT, "model": "claude-9"})

    with serve() as address:
        asyncio.run(ask(address))
