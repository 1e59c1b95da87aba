"""Recorded answers of the gateway: what it told of each in its headers is read."""

import pytest

from claude_kit.wire.portkey import Gateway
from tests.conformance import recordings

ROWS = [row for row in recordings.exchanges("*") if "response" in row]

pytestmark = recordings.needed


def test_there_are_recordings() -> None:
    """An empty folder proves nothing."""
    assert ROWS


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_a_recorded_answer_is_read(row: dict[str, dict[str, list[list[str]]]]) -> None:
    """Who answered, from which part of the config, and how often it was asked; or nothing at all."""
    headers = dict(row["response"]["headers"])
    gateway = Gateway.of(headers)
    if "x-portkey-provider" not in headers:
        assert gateway in (None, Gateway())
        return
    assert gateway is not None
    assert gateway.provider == headers["x-portkey-provider"]
    assert str(gateway.option_index).startswith("config")
    assert str(gateway.retry_count) == headers["x-portkey-retry-attempt-count"]
    assert (gateway.trace_id or "") == headers["x-portkey-trace-id"]
