"""The offline transport: the client's own code runs, and no socket is opened."""

import socket
import time
from itertools import islice, pairwise
from typing import Any

import pytest

import claude_kit as ck

QUESTION: list[dict[str, Any]] = [{"role": "user", "content": "What is this?"}]


def test_the_client_answers_without_a_key_or_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole answer with thinking, marked offline, while every socket is forbidden."""

    def no_socket(*args: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    reply = ck.Client.offline(pace_s=0).send(QUESTION, model="claude-sonnet-5-5", thinking="adaptive")
    assert (reply.complete, reply.offline, reply.request_id) == (True, True, "req_offline")
    assert reply.thinking
    assert "no Claude was asked" in reply.text
    assert repr(ck.Client.offline()) == "<Client offline: no Claude is asked>"


def test_events_come_at_a_pace() -> None:
    """Each event is waited for, so that one can watch the answer arrive."""
    stream = ck.Client.offline(pace_s=0.02).stream(QUESTION, model="claude-sonnet-5-5")
    moments = []
    for _ in islice(stream, 6):
        moments.append(time.monotonic())
    assert all(later - earlier >= 0.015 for earlier, later in pairwise(moments))


@pytest.mark.parametrize(("static", "paced"), [("", True), ("1", False)])
def test_nobody_watches_in_static_mode(monkeypatch: pytest.MonkeyPatch, static: str, paced: bool) -> None:
    """Under CLAUDE_KIT_STATIC the answer is there at once; else it takes its time."""
    monkeypatch.setenv("CLAUDE_KIT_STATIC", static)
    stream = ck.Client.offline().stream(QUESTION, model="claude-sonnet-5-5", max_tokens=5)
    began = time.monotonic()
    events = len(list(stream))
    assert (time.monotonic() - began > 0.02 * events) is paced


def test_refusals_are_the_errors_of_the_api() -> None:
    """What the API would refuse, the offline model refuses, with the same class of error."""
    client = ck.Client.offline(pace_s=0, preflight=False)
    with pytest.raises(ck.BadRequestError, match="max_tokens: Input should be greater than or equal to 1"):
        client.send(QUESTION, model="claude-sonnet-5-5", max_tokens=0)
    with pytest.raises(ck.BadRequestError, match="at least one message"):
        client.send([], model="claude-sonnet-5-5")
