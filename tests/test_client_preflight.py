"""A client looks before it sends: what would be refused stays here, what is lossy is said once."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from tests.content import making
from tests.wire.replay import answer, serving, streaming

MODEL = "claude-sonnet-5-5"
KEY = "sk-ant-test-0123456789"
WIDE = ck.image(pil.new("RGB", (8001, 20)), name="wide.png")


def asking(*content: object) -> list[dict[str, Any]]:
    """Return one user message."""
    return [{"role": "user", "content": list(content)}]


def test_what_would_be_refused_is_not_sent() -> None:
    """An image over the limit raises with its finding, and not a byte leaves."""
    with serving(streaming(*answer("ok"))) as served, ck.Client.anthropic(KEY, base_url=served.address) as client:
        with pytest.raises(ck.PreflightError, match=r"wide\.png: 8,001 × 20 px, the limit is 8,000 px") as caught:
            client.send(asking(WIDE, "What is this?"), model=MODEL)
        assert served.requests == []
    assert [finding.rule for finding in caught.value.report.errors] == ["image.side"]


@pytest.mark.parametrize("where", ["client", "request"])
def test_preflight_can_be_turned_off(where: str) -> None:
    """For the client or for one request: then the API itself decides."""
    options = {"preflight": False} if where == "client" else {}
    fields = {} if where == "client" else {"preflight": False}
    with (
        serving(streaming(*answer("ok"))) as served,
        ck.Client.anthropic(KEY, base_url=served.address, **options) as client,
    ):
        assert client.send(asking(WIDE, "What is this?"), model=MODEL, **fields).text == "ok"
    assert [block["type"] for block in served.requests[0].json["messages"][0]["content"]] == ["image", "text"]


def test_a_warning_is_given_once(tmp_path: Path) -> None:
    """A name that was likely meant as a file is warned of at its first request, where it was sent, and not again."""
    path = tmp_path / "notes.txt"
    path.write_text("Twelve apples.")
    client = ck.Client.offline(pace_s=0)
    with pytest.warns(ck.PreflightWarning, match=r"is the name of a file.*notes\.txt") as caught:
        client.send(asking(str(path)), model=MODEL)
    assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.send(asking(str(path)), model=MODEL)


def test_a_source_is_read_once() -> None:
    """An open file is checked and sent, though it can be read only once."""
    with serving(streaming(*answer("ok"))) as served, ck.Client.anthropic(KEY, base_url=served.address) as client:
        client.send(asking(io.BytesIO(making.pdf(["apples"])), "How many?"), model=MODEL)
    assert [block["type"] for block in served.requests[0].json["messages"][0]["content"]] == ["document", "text"]


def test_a_source_in_a_tool_result_is_read_once() -> None:
    """A tool's answer may be a picture as it is drawn; it is checked, and sent as a block."""
    drawn = io.BytesIO(making.encoded(making.corners(), "PNG"))
    called = {"type": "tool_use", "id": "t", "name": "draw", "input": {}}
    messages = [
        *asking("Draw corners."),
        {"role": "assistant", "content": [called]},
        *asking({"type": "tool_result", "tool_use_id": "t", "content": [drawn, "done"]}),
    ]
    with serving(streaming(*answer("ok"))) as served, ck.Client.anthropic(KEY, base_url=served.address) as client:
        client.send(messages, model=MODEL)
    (result,) = served.requests[0].json["messages"][2]["content"]
    assert [block["type"] for block in result["content"]] == ["image", "text"]


def test_a_question_in_place_of_messages_says_what_they_are() -> None:
    """With preflight or without."""
    client = ck.Client.offline(pace_s=0)
    for preflight in (True, False):
        with pytest.raises(TypeError, match="messages must be a list"):
            client.send("Hello", model=MODEL, preflight=preflight)  # type: ignore[arg-type]


def test_options_of_the_request_are_checked_too() -> None:
    """A parameter that the API has given up is refused here, with the reason."""
    client = ck.Client.offline(pace_s=0)
    with pytest.raises(ck.PreflightError, match=r"model\.sampling"):
        client.send(asking("Hello"), model=MODEL, temperature=0.5)


def test_every_loss_is_told_and_each_once() -> None:
    """Several in one request, and one that comes later; a number that has changed is no news."""
    with ck.offline.serve(pace_s=0) as address:
        options = {"base_url": address, "provider": "anthropic", "authorization": "sk-test", "dialect": "chat"}
        with ck.Client.portkey("pk-test", **options) as client:
            asked = [{"role": "user", "content": "Hi"}]
            with pytest.warns(ck.PreflightWarning) as told:
                client.send(asked, model="claude-sonnet-5-5", effort="low", inference_geo="us", service_tier="auto")
            said = " ".join(str(warning.message) for warning in told)
            assert all(name in said for name in ("effort", "inference_geo", "service_tier"))
            with pytest.warns(ck.PreflightWarning, match="container"):
                client.send(asked, model="claude-sonnet-5-5", effort="low", container="c")
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                client.send(asked, model="claude-sonnet-5-5", effort="low", service_tier="auto")


def test_counting_takes_what_sending_takes() -> None:
    """Thinking and effort in the API's words, betas as a header; what no count depends on is left out."""
    log: list[Any] = []
    with ck.offline.serve(log=log) as address, ck.Client.anthropic("sk-ant-test", base_url=address) as client:
        asked = [{"role": "user", "content": "Hi"}]
        client.count_tokens(
            asked,
            model="claude-sonnet-5-5",
            max_tokens=500,
            thinking="adaptive",
            effort="low",
            betas=["context-management-2025-06-27"],
            cache="5m",
            preflight=False,
        )
    body = json.loads(log[-1].body)
    assert body == {
        "model": "claude-sonnet-5-5",
        "messages": asked,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low"},
    }
    assert log[-1].headers["anthropic-beta"] == "context-management-2025-06-27"


def test_betas_of_a_request_join_those_of_the_client() -> None:
    """However they were given to the client; what is none is refused before it is sent."""
    log: list[Any] = []
    with (
        ck.offline.serve(log=log) as address,
        ck.Client.portkey("pk-test", base_url=address, provider="anthropic", anthropic_beta=["one"]) as client,
    ):
        asked = [{"role": "user", "content": "Hi"}]
        client.send(asked, model="claude-sonnet-5-5", betas=["two", "one"])
        assert log[-1].headers["x-portkey-anthropic-beta"] == "one,two"
        with pytest.raises(ck.ClaudeKitError, match="outside ASCII"):
            client.send(asked, model="claude-sonnet-5-5", betas=["\u00e9"])
        with pytest.raises(TypeError, match=r"betas=.*Give betas= to the client"):
            client.batches.submit([{"messages": asked, "betas": ["one"]}], model="claude-sonnet-5-5")
