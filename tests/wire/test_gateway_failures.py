"""What the real gateway answers when it does not ask Claude: the class, and what to do about it."""

import json
from typing import Any

import httpx
import pytest

from claude_kit import errors
from claude_kit.client.retrying import is_worth_retrying
from claude_kit.wire.failures import from_response

pytestmark = pytest.mark.gateway

NODE_READS = 16_384  # bytes of headers
NOBODY = "http://127.0.0.1:1/v1"
QUESTION = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Am I 12?"}]}
GUARDED = {
    "provider": "anthropic",
    "api_key": "none",
    "input_guardrails": [{"id": "no-digits", "deny": True, "default.regexMatch": {"rule": "[0-9]", "not": True}}],
}


def refused(gateway: str, path: str = "/messages", **headers: Any) -> errors.APIError:
    """Ask, and return the error that the answer means."""
    told = {f"x-portkey-{name.replace('_', '-')}": value for name, value in headers.items()}
    # Headers that are too long are refused before a body is read, which then resets the connection, answer and all.
    body = QUESTION if len(str(told)) < NODE_READS else None
    response = httpx.post(gateway + path, json=body, headers=told)
    return from_response(response.status_code, response.headers, response.content)


@pytest.mark.parametrize(
    ("headers", "cls", "told"),
    [
        ({}, errors.BadRequestError, 'Client.portkey(provider="anthropic"'),
        ({"provider": "@team"}, errors.BadRequestError, "only Portkey's own gateway knows slugs"),
        ({"config": "pc-123"}, errors.BadRequestError, "Give config= as a mapping"),
        ({"config": '{"targets":[{"virtual_key":"x"}]}'}, errors.BadRequestError, "Give every target"),
        ({"provider": "anthropic", "custom_host": "http://10.0.0.1"}, errors.BadRequestError, "TRUSTED_CUSTOM_HOSTS"),
        ({"provider": "anthropic", "metadata": "x" * 17_000}, errors.RequestTooLargeError, "shorter config="),
        ({"config": json.dumps(GUARDED)}, errors.GuardrailError, "Refused by the guardrail no-digits ("),
    ],
    ids=["nobody named", "slug", "saved config", "virtual key", "private host", "long headers", "guardrail"],
)
@pytest.mark.parametrize("path", ["/messages", "/chat/completions"])
def test_the_gateway_s_own_refusals_say_what_to_do(
    gateway: str, path: str, headers: dict[str, str], cls: type[errors.APIError], told: str
) -> None:
    """On both routes, each with its way out; asking again would change nothing."""
    error = refused(gateway, path, **headers)
    assert type(error) is cls
    assert told in str(error)
    assert not is_worth_retrying(error)


@pytest.mark.parametrize(
    ("path", "provider", "told"),
    [
        ("/messages", "anthropic", "did not reach anthropic: "),
        ("/chat/completions", "anthropic", "did not reach anthropic: "),
        ("/chat/completions", "openai", "did not reach the provider: "),
    ],
)
def test_a_provider_out_of_reach_is_a_failed_connection(gateway: str, path: str, provider: str, told: str) -> None:
    """Though the gateway answers, with a status of 500; it may be there again in a moment."""
    error = refused(gateway, path, provider=provider, custom_host=NOBODY)
    assert type(error) is errors.ConnectionFailed
    assert (error.status, error.type) == (500, "connection_error")
    assert told in error.message
    assert is_worth_retrying(error)


def test_another_provider_is_not_asked_in_anthropic_s_dialect(gateway: str) -> None:
    """The gateway gives up before it asks anyone, and would again."""
    error = refused(gateway, "/messages", provider="openai", custom_host=NOBODY)
    assert type(error) is errors.ServerError
    assert "ask others as chat completions" in str(error)
    assert not is_worth_retrying(error)


def test_a_path_that_the_gateway_does_not_know(gateway: str) -> None:
    """Most often the address lacks its end."""
    error = refused(gateway.removesuffix("/v1"), "/messages", provider="anthropic")
    assert type(error) is errors.NotFoundError
    assert "does base_url end in /v1?" in str(error)
