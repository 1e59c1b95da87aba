"""The `portkey-ai` SDK against the offline server: chat completions, prompts, feedback, sync and async."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import portkey_ai
import pytest
from portkey_ai._vendor import openai
from portkey_ai.api_resources import exceptions

from claude_kit.offline import Request, serve

MODEL = "claude-sonnet-5-5"
CHAT: Any = {"model": MODEL, "max_tokens": 2000, "messages": [{"role": "user", "content": "Why?"}]}
VARIABLES = {"count": "2", "audience": "children", "text": "It rained."}
SHOWN = {"type": "adaptive", "display": "summarized"}


@contextmanager
def sdk(**options: Any) -> Iterator[Any]:
    """Return the SDK's client, pointed at a server."""
    given = {name: options.pop(name) for name in ("trace_id", "config") if name in options}
    with serve(**options) as address:
        client = portkey_ai.Portkey(base_url=address, api_key="none", provider="anthropic", **given)
        try:
            yield client
        finally:
            client._client.close()
            client.openai_client.close()


def text_of(chunks: Any) -> str:
    """Return what a stream says."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def test_a_completion_and_a_stream_say_the_same() -> None:
    """The SDK asks for the loose shape by itself: the blocks come too, and the finish reason is Anthropic's."""
    with sdk() as client:
        whole = client.chat.completions.create(**CHAT, thinking=SHOWN)
        chunks = list(client.chat.completions.create(**CHAT, thinking=SHOWN, stream=True))
    assert whole.choices[0].message.content == text_of(chunks)
    assert [block["type"] for block in whole.choices[0].message.content_blocks] == ["thinking", "text"]
    assert whole.choices[0].finish_reason == chunks[-1].choices[0].finish_reason == "end_turn"
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_the_headers_tell_of_the_gateway() -> None:
    """The trace id that was given comes back; without one there is one."""
    with sdk(trace_id="trace-7") as client:
        told = client.chat.completions.create(**CHAT).get_headers()
    assert (told["trace-id"], told["cache-status"], told["retry-attempt-count"]) == ("trace-7", "DISABLED", "0")
    assert (told["provider"], told["last-used-option-index"]) == ("anthropic", "config")
    with sdk() as client:
        assert client.chat.completions.create(**CHAT).get_headers()["trace-id"]


def test_anthropic_s_own_route_can_be_asked() -> None:
    """Through `post`, since the SDK has no messages of its own."""
    with sdk() as client:
        told = client.post("/messages", **CHAT)
    assert told.content[-1]["text"].startswith("**This is the offline model")


def test_a_prompt_is_rendered() -> None:
    """Variables are filled in; what is given beside them goes over the prompt's own."""
    with sdk() as client:
        data = client.prompts.render(prompt_id="pp-summary", variables=VARIABLES, max_tokens=99).data
    assert [(message.role, message.content) for message in data.messages] == [
        ("system", "You summarize for people who are short of time."),
        ("user", "Summarize this in 2 sentences, for children:\n\nIt rained."),
    ]
    assert (data.model, data.max_tokens) == (MODEL, 99)


def test_a_prompt_is_completed() -> None:
    """Whole and streamed, the same answer, about what was filled in."""
    with sdk() as client:
        whole = client.prompts.completions.create(prompt_id="pp-summary@latest", variables=VARIABLES)
        streamed = text_of(client.prompts.completions.create(prompt_id="pp-summary", variables=VARIABLES, stream=True))
    assert whole.choices[0].message.content == streamed
    assert "“Summarize this in 2 sentences, for children: It rained.”" in streamed


def test_a_prompt_that_is_not_there_is_named() -> None:
    """And those that are."""
    with sdk() as client:
        for id in ("pp-nothing", "pp-summary@7"):
            with pytest.raises(exceptions.NotFoundError, match=f"no prompt {id}; the offline model has pp-summary"):
                client.prompts.render(prompt_id=id, variables={})


def test_feedback_is_taken_and_changed() -> None:
    """One, several, and a change; each has an id."""
    log: list[Request] = []
    with sdk(log=log) as client:
        one = client.feedback.create(trace_id="t", value=5, weight=0.5, metadata={"why": "good"})
        several = client.feedback.bulk_create(
            feedbacks=[{"trace_id": "t", "value": -10}, {"trace_id": "u", "value": 1}]
        )
        changed = client.feedback.update(feedback_id=one.feedback_ids[0], value=6)
        with pytest.raises(exceptions.BadRequestError, match="-10 to 10"):
            client.feedback.create(trace_id="t", value=11)
    assert [given.status for given in (one, several, changed)] == ["success"] * 3
    assert [len(given.feedback_ids) for given in (one, several)] == [1, 2]
    assert changed.feedback_ids == one.feedback_ids
    assert log[0].json["metadata"] == {"why": "good"}


def test_a_refusal_is_the_sdk_s_own_error() -> None:
    """Behind chat completions and behind prompts."""
    with sdk() as client, pytest.raises(openai.NotFoundError, match="anthropic error: model: "):
        client.chat.completions.create(**{**CHAT, "model": "claude-9"})
    with sdk(faults="status=429; should-retry=false") as client, pytest.raises(exceptions.RateLimitError):
        client.prompts.completions.create(prompt_id="pp-summary", variables=VARIABLES)


def test_the_async_client_does_the_same() -> None:
    """Completions, prompts and feedback."""

    async def ask(address: str) -> None:
        client: Any = portkey_ai.AsyncPortkey(base_url=address, api_key="none", provider="anthropic")
        whole = await client.chat.completions.create(**CHAT)
        chunks = [chunk async for chunk in await client.chat.completions.create(**CHAT, stream=True)]
        assert text_of(chunks) == whole.choices[0].message.content
        rendered = await client.prompts.render(prompt_id="pp-question", variables={"question": "Why?"})
        assert rendered.data.messages[0].content == "Why?"
        answered = await client.prompts.completions.create(prompt_id="pp-question", variables={"question": "Why?"})
        assert "“Why?”" in answered.choices[0].message.content
        assert (await client.feedback.create(trace_id="t", value=1)).status == "success"
        await client._client.aclose()
        await client.openai_client.close()

    with serve() as address:
        asyncio.run(ask(address))
