"""Chat completions through the real Portkey gateway: what arrives upstream, and what comes back, is the message."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit import offline
from claude_kit.wire.body import decoded
from tests.content import making

MODEL = "claude-sonnet-5-5"

pytestmark = pytest.mark.gateway

TOOL = {
    "name": "weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CALLED = {"type": "tool_use", "id": "toolu_01", "name": "weather", "input": {"city": "Oslo"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_01", "content": [{"type": "text", "text": "Snow."}]}
THOUGHT = {"type": "thinking", "thinking": "I should look.", "signature": "EqoB"}
HIDDEN = {"type": "redacted_thinking", "data": "EmwK"}


def asked(*content: object) -> dict[str, Any]:
    """Return a turn of the person who asks."""
    return {"role": "user", "content": list(content)}


def said(*blocks: dict[str, Any]) -> dict[str, Any]:
    """Return a turn of Claude."""
    return {"role": "assistant", "content": list(blocks)}


def text(words: str, **beside: Any) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": words, **beside}


KEPT = {"cache_control": {"type": "ephemeral"}}

REQUESTS: dict[str, dict[str, Any]] = {
    "words": {"messages": [{"role": "user", "content": "Hello"}]},
    "system": {"messages": [asked("Hello")], "system": "Be brief."},
    "system in blocks": {"messages": [asked("Hello")], "system": [text("Be brief."), text("Be kind.", **KEPT)]},
    "image": {"messages": [asked(pil.new("RGB", (64, 48), "teal"), "What is this?")]},
    "PDF": {"messages": [asked(ck.pdf(making.pdf(["one", "two"])), "Sum it up.")]},
    "cached PDF": {"messages": [asked(ck.pdf(making.pdf(["one", "two"])), "Sum it up.")], "cache": "5m"},
    "thinking": {"messages": [asked("27 * 453?")], "thinking": "adaptive"},
    "stop": {"messages": [asked("Count.")], "stop_sequences": ["4", "5"], "metadata": {"user_id": "ada"}},
    "several turns": {
        "messages": [asked("Hello"), said(THOUGHT, HIDDEN, text("Hello.")), asked("And now?")],
        "thinking": "adaptive",
    },
    "tools": {"messages": [asked("Snow?")], "tools": [TOOL], "tool_choice": {"type": "auto"}},
    "a tool's result": {
        "messages": [asked("Snow?"), said(THOUGHT, text("Looking."), CALLED), asked(RESULT)],
        "tools": [{**TOOL, **KEPT}],
        "thinking": "adaptive",
    },
}


@pytest.fixture
def received() -> list[Any]:
    """Return the list of what the upstream received."""
    return []


@pytest.fixture
def upstream(received: list[Any]) -> Iterator[str]:
    """Serve the offline model on 127.0.0.1."""
    with offline.serve(log=received) as address:
        yield address


def through(gateway: str, upstream: str, dialect: Any = "chat", **options: Any) -> ck.Client:
    """Return a client that asks the offline model by way of the gateway."""
    return ck.Client.portkey(
        authorization="sk-test",
        provider="anthropic",
        custom_host=upstream,
        base_url=gateway,
        dialect=dialect,
        **options,
    )


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """Write a request so that two that mean the same compare."""
    turns: list[dict[str, Any]] = []
    for message in body["messages"]:
        content = message["content"]
        blocks = [text(content)] if isinstance(content, str) else [dict(block) for block in content]
        for block in blocks:
            block.pop("citations", None)
        if turns and turns[-1]["role"] == message["role"]:  # the gateway gives each result of a tool a turn of its own
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": message["role"], "content": blocks})
    system = body.get("system") or []
    tools = [{**tool, "input_schema": {"$defs": {}, **tool["input_schema"]}} for tool in body.get("tools") or ()]
    settled = {**body, "messages": turns, "system": [text(system)] if isinstance(system, str) else system}
    return {**settled, "tools": tools} if tools else settled


@pytest.mark.filterwarnings("ignore::claude_kit.errors.PreflightWarning")  # some are too short for a cache
@pytest.mark.parametrize("dialect", ["chat", "messages"])
@pytest.mark.parametrize("name", REQUESTS)
def test_what_arrives_is_what_the_direct_route_sends(
    gateway: str, upstream: str, received: list[Any], name: str, dialect: str
) -> None:
    """Field by field, block by block, on either of the gateway's routes."""
    request = REQUESTS[name]
    with ck.Client.anthropic("sk-test", base_url=upstream) as direct:
        expected = direct.send(model=MODEL, **request)
    with through(gateway, upstream, dialect) as client:
        reply = client.send(model=MODEL, **request)
    sent, arrived = (plain(exchange.json) for exchange in received)
    assert arrived == sent
    assert reply.text == expected.text
    assert reply.thinking == expected.thinking
    assert [block["type"] for block in reply.blocks] == [block["type"] for block in expected.blocks]
    if "tools" not in request:  # the gateway adds "$defs" to a tool's schema, which is counted
        assert reply.usage.input_tokens == expected.usage.input_tokens
    assert reply.stop_reason == expected.stop_reason


def test_a_conversation_goes_on(gateway: str, upstream: str, received: list[Any]) -> None:
    """Thinking, signature and answer go back upstream as they came, on the second turn."""
    with through(gateway, upstream) as client:
        chat = ck.Chat(MODEL, client, thinking="adaptive")
        first = chat.ask("What is 27 * 453?")
        chat.ask("Really?")
    turn = received[-1].json["messages"][1]
    assert turn["role"] == "assistant"
    assert turn["content"] == [
        {name: value for name, value in block.items() if name != "citations"} for block in first.blocks
    ]
    assert turn["content"][0]["signature"].startswith("offline-")


def test_what_the_gateway_did_is_on_the_reply(gateway: str, upstream: str) -> None:
    """Cache, retries, which target answered, the trace that was given."""
    for dialect in ("chat", "messages"):
        with through(gateway, upstream, dialect, trace_id="lesson-7") as client:
            reply = client.send([asked("Hello")], model=MODEL)
        assert reply.gateway is not None
        assert (reply.gateway.trace_id, reply.gateway.provider) == ("lesson-7", "anthropic")
        assert (reply.gateway.cache_status, reply.gateway.retry_count) == ("DISABLED", 0)
        assert reply.gateway.option_index == "config"
        assert reply.request_id


def test_a_fallback_takes_over(gateway: str, upstream: str, received: list[Any]) -> None:
    """The first target is overloaded, the second answers, with the betas that the client was given."""
    target = {"provider": "anthropic", "api_key": "sk-test", "custom_host": upstream}
    config = {"strategy": {"mode": "fallback", "on_status_codes": [529]}, "targets": [target, target]}
    with (
        offline.serve(faults=["status=529", None], log=received) as flaky,
        ck.Client.portkey(
            authorization="sk-test",
            base_url=gateway,
            config={**config, "targets": [{**target, "custom_host": flaky}, {**target, "custom_host": flaky}]},
            betas=["files-api-2025-04-14"],
            dialect="chat",
        ) as client,
    ):
        reply = client.send([asked("Hello")], model=MODEL)
    assert reply.gateway is not None
    assert reply.gateway.option_index == "config.targets[1]"
    assert [exchange.headers.get("anthropic-beta") for exchange in received] == ["files-api-2025-04-14"] * 2


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_what_breaks_off_is_told(gateway: str, dialect: str) -> None:
    """An error in the middle and a cut are errors, though the gateway answers with 200 and says nothing."""
    for fault, kind in (
        ("error=overloaded_error; after=6", ck.OverloadedError),
        ("cut; after=6", ck.StreamInterrupted),
    ):
        with offline.serve(faults=fault) as upstream, through(gateway, upstream, dialect) as client:
            with pytest.raises(kind) as caught:
                client.send([asked("Hello")], model=MODEL)
            assert caught.value.reply is not None
            assert not caught.value.reply.complete


@pytest.mark.parametrize("dialect", ["chat", "messages"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status=400", ck.BadRequestError),
        ("status=401", ck.AuthenticationError),
        ("status=404", ck.NotFoundError),
        ("status=429", ck.RateLimitError),
        ("status=529", ck.OverloadedError),
    ],
)
def test_an_error_keeps_its_class(gateway: str, dialect: str, fault: str, kind: type[ck.APIError]) -> None:
    """Whichever of its shapes the gateway puts it in."""
    with (
        offline.serve(faults=fault) as upstream,
        through(gateway, upstream, dialect, max_retries=0) as client,
        pytest.raises(kind) as caught,
    ):
        client.send([asked("Hello")], model=MODEL)
    assert type(caught.value) is kind


def test_what_the_route_cannot_carry_is_said_before(gateway: str, upstream: str, received: list[Any]) -> None:
    """An effort, an hour's cache and a title would be lost in silence."""
    with through(gateway, upstream) as client, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.send(
            [asked(ck.pdf(making.pdf(["one"]), title="Report"), "Sum it up.")], model=MODEL, effort="low", cache="1h"
        )
    told = " ".join(str(warning.message) for warning in caught)
    assert all(word in told for word in ("effort", "1h", "title"))
    document = received[0].json["messages"][0]["content"][0]
    assert decoded(document["source"]["data"]).startswith(b"%PDF")
