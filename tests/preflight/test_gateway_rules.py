"""What the gateway's rules say of a request is what the real gateway does to it, and what the kit writes for it."""

import itertools
import json
from typing import Any

import httpx
import pytest

from claude_kit import check
from claude_kit.preflight.request import KNOWN_FIELDS, Request
from claude_kit.preflight.rules.chat import is_translated, mapping
from claude_kit.wire import body, chat_requests, messages
from tests.preflight.asking import chat, found, request
from tests.preflight.gateway_cases import CACHES, CONTENT, FIELDS
from tests.upstream import Upstream, listening

# What the kit's own calls read, or write under another name.
WRITTEN_ELSEWHERE = {"cache", "dialect", "effort", "estimate", "hosted", "preflight", "stream", "thinking"}

# Whose words arrive as words: a file of text, which the kit writes so.
PAIRS = [case for case in (*CONTENT, *CACHES, *FIELDS) if is_translated(case[1]())]


def written(subject: Request) -> dict[str, Any]:
    """Return what an encoder is given for a request."""
    told = [
        {"role": each.role, "content": list(each.given or each.content), **each.fields} for each in subject.messages
    ]
    fields = {name: value for name, value in subject.options.items() if name not in WRITTEN_ELSEWHERE}
    if subject.effort is not None:
        fields["output_config"] = {"effort": subject.effort}
    common = {"model": subject.model.id, "max_tokens": 9, "stream": False, "cache": subject.option("cache")}
    return {"messages": told, **common, "system": subject.system, "tools": subject.tools, **fields}


def arriving(gateway: str, provider: Upstream, subject: Request) -> dict[str, Any]:
    """Send a request as the chat completion that the kit writes; return what Claude would get."""
    told = written(subject)
    encoded = chat_requests.encode_request(told.pop("messages"), warn=False, **told)
    provider.received.clear()
    answer = httpx.post(
        f"{gateway}/chat/completions",
        content=body.encode(encoded),
        headers={
            "content-type": "application/json",
            "authorization": "Bearer sk-test",
            "x-portkey-provider": "anthropic",
            "x-portkey-custom-host": f"http://127.0.0.1:{provider.server_port}/v1",
        },
    )
    assert answer.status_code == 200  # the gateway never says that it dropped something
    return same(provider.received[-1][1])


def direct(subject: Request) -> dict[str, Any]:
    """Return what Claude would get of the same request from Anthropic's own dialect."""
    told = written(subject)
    read: dict[str, Any] = json.loads(body.encode(messages.encode_request(told.pop("messages"), **told)))
    return same(read)


def same(sent: dict[str, Any]) -> dict[str, Any]:
    """Write alike what means the same: turns of one role in a row, one text, an empty schema's parts."""
    turns = [{"role": turn["role"], "content": blocks(turn["content"])} for turn in sent["messages"]]
    joined = [
        {"role": role, "content": [block for turn in group for block in turn["content"]]}
        for role, group in itertools.groupby(turns, lambda turn: turn["role"])
    ]
    alike = {**sent, "messages": joined, "system": blocks(sent.get("system") or []), "stream": False}
    if "tools" in sent:
        alike["tools"] = [tool_alike(tool) for tool in sent["tools"]]
    return alike


def blocks(content: Any) -> list[dict[str, Any]]:
    """Return content as blocks; a mark on a tool's result as one on what it holds, which is cached alike."""
    listed = [{"type": "text", "text": content}] if isinstance(content, str) else [dict(block) for block in content]
    for block in listed:
        if block.get("type") == "tool_result":
            block["content"] = blocks(block.get("content") or [])
            if block["content"] and "cache_control" in block:
                block["content"][-1]["cache_control"] = block.pop("cache_control")
            if not block.get("is_error", True):
                del block["is_error"]
        if block.get("citations") == {"enabled": False}:
            del block["citations"]
        if block.get("cache_control") == {"type": "ephemeral", "ttl": "5m"}:
            block["cache_control"] = {"type": "ephemeral"}
    return listed


def tool_alike(tool: dict[str, Any]) -> dict[str, Any]:
    """Return a tool without what says nothing."""
    if "input_schema" not in tool:
        return tool
    schema = {name: value for name, value in tool["input_schema"].items() if name != "title" and value not in ({}, [])}
    return {**tool, "input_schema": schema}


def is_words(subject: Request) -> bool:
    """Tell whether it holds a file of text, which the kit writes as words."""
    return any(mapping(mapping(given).get("source")).get("type") == "text" for _, given in subject.entries)


@pytest.mark.gateway
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case[0]}-{number}") for number, case in enumerate(PAIRS)])
def test_the_gateway_does_what_its_rules_say(gateway: str, case: Any) -> None:
    """Where a rule speaks, something really is missing; where none does, Claude gets what the direct route sends."""
    rule, over, inside, _ = case
    with listening() as provider:
        assert found(rule, over())
        assert arriving(gateway, provider, over()) != direct(over())
        spared = inside()
        if is_translated(spared) and not is_words(spared):
            assert arriving(gateway, provider, spared) == direct(spared)


@pytest.mark.parametrize("name", sorted(KNOWN_FIELDS - WRITTEN_ELSEWHERE))
def test_every_field_arrives_or_is_named(name: str) -> None:
    """What the kit leaves out of a chat completion, and what the gateway drops of one, is said before sending."""
    value = {"metadata": {"user_id": "ada"}, "tool_choice": {"type": "auto"}}.get(name, ["x"])
    plain = chat_requests.encode_request([], model="m", max_tokens=9, warn=False)
    said = chat_requests.encode_request([], model="m", max_tokens=9, warn=False, **{name: value})
    assert (said == plain) == bool(found("portkey.parameter-dropped", chat("Hi", **{name: value})))


def test_the_route_for_messages_carries_all_content() -> None:
    """Through the gateway in Anthropic's own dialect only fields beside the messages are lost."""
    for _, over, *_ in (*CONTENT, *CACHES):
        subject = over()
        if not is_translated(subject):
            continue
        native = Request(subject.messages, subject.model, "portkey", subject.system, subject.tools, 9)
        report = check(
            model=native.model, messages=native.messages, system=native.system, tools=native.tools, via="portkey"
        )
        assert [finding for finding in report.findings if finding.rule.startswith("portkey")] == []


def test_parts_of_a_chat_completion_do_not_go_where_messages_go() -> None:
    """Said to be in the messages dialect, they are refused through the gateway as they are without one."""
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    assert found("request.dialect", request(part, via="portkey")) == []
    assert found("request.dialect", request(part, via="portkey", options={"dialect": "messages"}))
    assert found("request.dialect", request(part))
