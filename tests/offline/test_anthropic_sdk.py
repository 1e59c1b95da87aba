"""The `anthropic` SDK against the offline server, with its own parsers and types, sync and async."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.messages.batch_create_params import Request as BatchRequest

from claude_kit.offline import Request, serve

MODEL = "claude-sonnet-5-5"
QUESTION: Any = [{"role": "user", "content": "Why?"}]
MESSAGE: Any = {"model": MODEL, "max_tokens": 2000, "messages": QUESTION}
WEATHER: Any = {
    "name": "get_weather",
    "description": "d",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@contextmanager
def sdk(retries: int = 0, **options: Any) -> Iterator[anthropic.Anthropic]:
    """Return the SDK's client, pointed at a server."""
    with (
        serve(**options) as address,
        anthropic.Anthropic(
            api_key="none", base_url=address.removesuffix("/v1"), max_retries=retries, timeout=20
        ) as client,
    ):
        yield client


def text_of(message: Any) -> str:
    """Return what a message says beside its thinking, which this model sends sealed unless it is asked to show it."""
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_message_and_a_stream_say_the_same() -> None:
    """Through `create`, `create(stream=True)` and the stream helper."""
    with sdk() as client:
        whole = client.messages.create(**MESSAGE)
        with client.messages.stream(**MESSAGE) as stream:
            said = "".join(stream.text_stream)
            streamed = stream.get_final_message()
        raw = [event.type for event in client.messages.create(**MESSAGE, stream=True)]
    assert text_of(whole) == said == text_of(streamed)
    assert (whole.id, whole.stop_reason) == (streamed.id, streamed.stop_reason)
    assert (raw[0], raw[-1]) == ("message_start", "message_stop")


@pytest.mark.parametrize("beta", [False, True])
def test_tokens_are_counted(beta: bool) -> None:
    """What is counted is what the answer bills; the beta address, also with a query, is the same."""
    received: list[Request] = []
    query: Any = {"beta": "true"} if beta else {}
    with sdk(log=received) as client:
        messages: Any = client.beta.messages if beta else client.messages
        counted = messages.count_tokens(model=MODEL, messages=QUESTION, extra_query=query)
        assert counted.input_tokens == messages.create(**MESSAGE, extra_query=query).usage.input_tokens
    assert [one.query for one in received] == [{"beta": ["true"]} if beta else {}] * 2


def test_the_models_are_listed_page_by_page() -> None:
    """The SDK turns the pages by itself; one can be had by name."""
    with sdk() as client:
        few = [model.id for model in client.models.list(limit=3)]
        assert few == [model.id for model in client.models.list()]
        assert MODEL in few
        retired = client.models.list(lifecycle=["retired"], limit=1000)
        assert {model.lifecycle for model in retired} == {"retired"}
        assert client.models.retrieve(MODEL).max_input_tokens == 1_000_000


def test_a_tool_is_called_and_its_result_taken() -> None:
    """Streamed and not, the call is the same; the answer to its result is words."""
    request: Any = {"model": MODEL, "max_tokens": 2000, "tools": [WEATHER]}
    asked: Any = [{"role": "user", "content": "Call get_weather"}]
    with sdk() as client:
        with client.messages.stream(**request, messages=asked) as stream:
            streamed = stream.get_final_message()
        called = client.messages.create(**request, messages=asked)
        call = called.content[-1]
        assert isinstance(call, anthropic.types.ToolUseBlock)
        assert (called.stop_reason, call.input) == ("tool_use", {"city": "offline"})
        assert streamed.content[-1].to_dict() == call.to_dict()
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "12 °C"}
        turns = [*asked, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]
        answer = client.messages.create(**request, messages=turns)
    assert answer.stop_reason == "end_turn"
    assert "12 °C" in text_of(answer)


def test_a_batch_runs_to_its_results() -> None:
    """Made, looked at until it has ended, read, canceled, deleted."""
    requests: Any = [
        BatchRequest(custom_id="good", params=MESSAGE),
        BatchRequest(custom_id="bad", params={**MESSAGE, "max_tokens": -1}),
    ]
    with sdk() as client:
        batches = client.messages.batches
        batch = batches.create(requests=requests)
        with pytest.raises(anthropic.AnthropicError, match="Has it finished processing"):
            batches.results(batch.id)
        while (batch := batches.retrieve(batch.id)).processing_status != "ended":
            assert batch.request_counts.processing == 2
        results = {one.custom_id: one.result for one in batches.results(batch.id)}
        assert {name: result.type for name, result in results.items()} == {"good": "succeeded", "bad": "errored"}
        assert batches.cancel(batches.create(requests=requests).id).processing_status == "canceling"
        assert [one.id for one in batches.list()][-1] == batch.id
        assert batches.delete(batch.id).id == batch.id
        with pytest.raises(anthropic.NotFoundError):
            batches.retrieve(batch.id)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status=400", anthropic.BadRequestError),
        ("status=401", anthropic.AuthenticationError),
        ("status=403", anthropic.PermissionDeniedError),
        ("status=404", anthropic.NotFoundError),
        ("status=409", anthropic.ConflictError),
        ("status=413", anthropic.ContentTooLargeError),
        ("status=429", anthropic.RateLimitError),
        ("status=500", anthropic.InternalServerError),
        ("status=529", anthropic.OverloadedError),
    ],
)
def test_a_refusal_is_the_sdk_s_own_error(fault: str, error: type[anthropic.APIStatusError]) -> None:
    """By status, with the id that the header tells."""
    with sdk() as client, pytest.raises(error) as caught:
        client.messages.create(**MESSAGE, extra_headers={"x-claude-kit-fault": fault})
    assert caught.value.request_id == "req_offline_0001"
    assert f"status={caught.value.status_code}" == fault


def test_the_sdk_tries_again_and_gets_through() -> None:
    """After as many failures as were asked for, by the server or in the request itself."""
    log: list[Request] = []
    with sdk(retries=2, faults=["status=529; retry-after=0.01", "status=500; retry-after=0.01"], log=log) as client:
        assert client.messages.create(**MESSAGE).stop_reason == "end_turn"
        assert len(log) == 3
        again = {"x-claude-kit-fault": "status=429; retry-after=0.01; times=2"}
        assert client.messages.create(**MESSAGE, extra_headers=again).stop_reason == "end_turn"
    assert len(log) == 6


def test_the_sdk_is_told_not_to_try_again() -> None:
    """`x-should-retry: false` is obeyed."""
    log: list[Request] = []
    fault = "status=429; should-retry=false"
    with sdk(retries=2, faults=fault, log=log) as client, pytest.raises(anthropic.RateLimitError):
        client.messages.create(**MESSAGE)
    assert len(log) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("error=overloaded_error; after=9", anthropic.APIStatusError),
        ("cut; after=9", httpx2.RemoteProtocolError),
        ("garbage; after=9", ValueError),
    ],
)
def test_a_stream_that_goes_wrong_is_an_error(fault: str, error: type[Exception]) -> None:
    """After what had come by then."""
    said: list[str] = []
    with sdk(faults=fault) as client, client.messages.stream(**MESSAGE) as stream:
        with pytest.raises(error):
            said.extend(stream.text_stream)
        assert said


def test_the_rate_limits_can_be_read() -> None:
    """From the raw response, as the documentation shows it."""
    with sdk() as client:
        raw = client.messages.with_raw_response.create(**MESSAGE)
    assert int(raw.headers["anthropic-ratelimit-requests-remaining"]) > 0
    assert raw.parse().stop_reason == "end_turn"


def test_the_async_client_does_the_same() -> None:
    """Messages, stream, batches, models, errors."""

    async def ask(address: str) -> None:
        async with anthropic.AsyncAnthropic(
            api_key="none", base_url=address.removesuffix("/v1"), max_retries=0, timeout=20
        ) as client:
            whole = await client.messages.create(**MESSAGE)
            async with client.messages.stream(**MESSAGE) as stream:
                said = [text async for text in stream.text_stream]
            assert "".join(said) == text_of(whole)
            assert MODEL in [model.id async for model in client.models.list()]
            requests: Any = [{"custom_id": "a", "params": MESSAGE}]
            batch = await client.messages.batches.create(requests=requests)
            while (await client.messages.batches.retrieve(batch.id)).processing_status != "ended":
                pass
            results = [one.custom_id async for one in await client.messages.batches.results(batch.id)]
            assert results == ["a"]
            with pytest.raises(anthropic.OverloadedError):
                await client.messages.create(**MESSAGE, extra_headers={"x-claude-kit-fault": "status=529"})

    with serve() as address:
        asyncio.run(ask(address))
