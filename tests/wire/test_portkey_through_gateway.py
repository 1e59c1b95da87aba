"""Headers and configs through the real gateway: it takes what passes here, and refuses what does not."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from claude_kit.wire import portkey
from claude_kit.wire.portkey import Gateway
from claude_kit.wire.portkey.options import MAX_HEADER_BYTES
from tests.upstream import Upstream, listening
from tests.wire.test_portkey_configs import CASES, FALLBACK, OWN, TARGET, split

pytestmark = pytest.mark.gateway

QUESTION = {"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}

# With these the gateway never answers, or ends; or it answers all the same, since this provider is fast.
NEVER_ASKED = ("targets", "request_timeout")


@pytest.fixture
def provider() -> Iterator[Upstream]:
    """Listen in the provider's place."""
    with listening() as server:
        yield server


def ask(gateway: str, provider: Upstream, **headers: str) -> httpx.Response:
    """Ask a question with these headers."""
    host = f"http://127.0.0.1:{provider.server_port}/v1"
    told = portkey.headers(provider="anthropic", authorization="sk-test", custom_host=host)
    return httpx.post(f"{gateway}/chat/completions", headers={**told, **headers}, json=QUESTION)


REFUSED = [case for case in CASES if case[3] == "error" and case[2] not in NEVER_ASKED]


@pytest.mark.parametrize(
    ("broken", "sound"), [pytest.param(*case[:2], id=f"{case[2]}-{number}") for number, case in enumerate(REFUSED)]
)
def test_a_config_is_refused_here_where_the_gateway_refuses_it(
    gateway: str, provider: Upstream, broken: dict[str, Any], sound: dict[str, Any]
) -> None:
    """For one of two people, at least; the nearest sound one is taken for both."""
    for config, taken in ((json.dumps(broken), False), (portkey.config(sound, base_url=OWN), True)):
        told = [portkey.headers(metadata={"plan": plan}) for plan in ("paid", "free")]
        answers = [ask(gateway, provider, **each, **{"x-portkey-config": config}) for each in told]
        assert all(answer.status_code == 200 for answer in answers) == taken


@pytest.mark.parametrize(
    "config", [{}, split({"virtual_key": "vk"}), split({"provider": "@slug"}), split({"provider": "anthropic"})]
)
def test_what_only_portkey_itself_takes_is_an_error_for_ones_own_gateway(
    gateway: str, provider: Upstream, config: dict[str, Any]
) -> None:
    """It answers 400, and so says the check."""
    assert [problem.level for problem in portkey.problems(config, base_url=OWN)] == ["error"]
    assert ask(gateway, provider, **{"x-portkey-config": json.dumps(config)}).status_code == 400


@pytest.mark.parametrize("config", [None, TARGET, FALLBACK, split(FALLBACK), {"retry": {"attempts": 1}}])
def test_betas_arrive_whatever_the_config(gateway: str, provider: Upstream, config: dict[str, Any] | None) -> None:
    """In the header where the gateway reads it, in the config where it does not."""
    told = portkey.headers(anthropic_beta=["one", "two"], **({"config": config} if config else {}))
    assert ask(gateway, provider, **told).status_code == 200
    assert provider.received_headers[-1]["anthropic-beta"] == "one,two"


def test_betas_would_be_lost_with_targets(gateway: str, provider: Upstream) -> None:
    """Which is why they are put into the config."""
    told = {"x-portkey-anthropic-beta": "one", "x-portkey-config": json.dumps(FALLBACK)}
    assert ask(gateway, provider, **told).status_code == 200
    assert "one" not in provider.received_headers[-1]["anthropic-beta"]


def test_headers_of_the_largest_size_pass(gateway: str, provider: Upstream) -> None:
    """What is just taken here is within the gateway's own limit, which it says with 431 alone."""
    host = f"http://127.0.0.1:{provider.server_port}/v1"
    told = {"provider": "anthropic", "authorization": "sk-test", "custom_host": host}
    others = sum(len(name) + len(value) + 4 for name, value in portkey.headers(**told, cache_namespace="x").items())
    room = MAX_HEADER_BYTES - 1024 - others + 1
    largest = portkey.headers(**told, cache_namespace="x" * room)
    assert httpx.post(f"{gateway}/chat/completions", headers=largest, json=QUESTION).status_code == 200
    with pytest.raises(ValueError, match="the limit is 15,360"):
        portkey.headers(**told, cache_namespace="x" * (room + 1))
    too_large = {**largest, "x-portkey-cache-namespace": "x" * MAX_HEADER_BYTES}
    assert head_alone(gateway, too_large).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def head_alone(gateway: str, headers: dict[str, str]) -> bytes:
    """Send a request's head in one piece, and no body: nothing is left unread that would reset the connection."""
    url = httpx.URL(gateway)
    lines = ["POST /v1/chat/completions HTTP/1.1", f"host: {url.host}", "content-length: 2"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall(head.encode())
        return connection.recv(65_536)


def test_a_host_with_a_slash_is_asked_the_right_path(gateway: str, provider: Upstream) -> None:
    """As an option and in a target."""
    host = f"http://127.0.0.1:{provider.server_port}/v1/"
    ask(gateway, provider, **portkey.headers(custom_host=host))
    told = portkey.headers(authorization="sk-test", config=split({**TARGET, "custom_host": host}))
    httpx.post(f"{gateway}/chat/completions", headers=told, json=QUESTION)
    assert [path for path, _ in provider.received] == ["/v1/messages", "/v1/messages"]


def test_what_the_gateway_did_is_told(gateway: str, provider: Upstream) -> None:
    """The second target answered, for the first is not there; the trace is the one that was given."""
    absent = {**TARGET, "custom_host": "http://127.0.0.1:9/v1"}
    present = {**TARGET, "custom_host": f"http://127.0.0.1:{provider.server_port}/v1"}
    told = portkey.headers(config=split(absent, present), trace_id="run-7", metadata={"_user": "ada"})
    answer = httpx.post(f"{gateway}/chat/completions", headers=told, json=QUESTION)
    assert Gateway.of(answer.headers) == Gateway("DISABLED", 0, "config.targets[1]", "run-7", "anthropic")
