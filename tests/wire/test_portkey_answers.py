"""What the gateway tells of an answer in its headers."""

import httpx
import pytest

from claude_kit.wire.portkey import Gateway

TOLD = {
    "X-Portkey-Cache-Status": "MISS",
    "x-portkey-retry-attempt-count": "2",
    "x-portkey-last-used-option-index": "config.targets[1]",
    "x-portkey-trace-id": "run-7",
    "x-portkey-provider": "anthropic",
}


@pytest.mark.parametrize("headers", [TOLD, httpx.Headers(TOLD)])
def test_all_that_is_told_is_read(headers: dict[str, str]) -> None:
    """Names in any case; a short line tells it."""
    gateway = Gateway.of(headers)
    assert gateway == Gateway("MISS", 2, "config.targets[1]", "run-7", "anthropic")
    assert repr(gateway) == "<Gateway: anthropic, config.targets[1], cache MISS, retried 2 times, run-7>"


def test_without_a_gateway_there_is_nothing() -> None:
    """An answer of the API itself has none of its headers."""
    assert Gateway.of({"request-id": "req_1"}) is None


def test_what_is_not_told_is_none() -> None:
    """An empty trace id is none, as is a number that is none; an exception of the gateway tells nothing else."""
    assert Gateway.of({"x-portkey-trace-id": "", "x-portkey-retry-attempt-count": "?"}) == Gateway()
    assert repr(Gateway.of({"x-portkey-gateway-exception": "true"})) == "<Gateway: nothing told>"


def test_a_gateway_that_gave_up_says_so() -> None:
    """Its count is -1."""
    gateway = Gateway.of({"x-portkey-retry-attempt-count": "-1", "x-portkey-cache-status": "DISABLED"})
    assert gateway is not None
    assert gateway.retry_count == -1
    assert repr(gateway) == "<Gateway: gave up retrying>"
