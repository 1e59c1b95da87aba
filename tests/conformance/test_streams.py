"""Recorded event streams: each makes the message that the vendor's own SDK makes of the same bytes."""

import random
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

import claude_kit as ck
from tests.conformance import recordings
from tests.conformance.playing import Player, bytes_of

NATIVE = [row for row in recordings.lines("streams/index.jsonl") if row["flavour"] == "anthropic-native"]
GATEWAY = [row for row in recordings.exchanges("*") if row.get("request", {}).get("path") == "/v1/messages"]
STREAMED = [row for row in GATEWAY if row["request"]["body"].get("stream") and row["response"]["status"] == 200]

REQUEST: Any = {"max_tokens": 1000, "messages": [{"role": "user", "content": "Hi"}]}
MODEL = "claude-sonnet-5-5"

pytestmark = recordings.needed


@pytest.fixture(scope="module")
def client(player: Player) -> Iterator[ck.Client]:
    """Return our client, pointed at the player."""
    with ck.Client.anthropic("none", base_url=player.served.address) as ours:
        yield ours


def without_none(value: Any) -> Any:
    """Drop the fields that an SDK adds as None."""
    if isinstance(value, dict):
        return {name: without_none(inner) for name, inner in value.items() if inner is not None}
    return [without_none(inner) for inner in value] if isinstance(value, list) else value


def test_there_are_recordings() -> None:
    """An empty folder proves nothing."""
    assert NATIVE


@pytest.mark.parametrize("row", NATIVE, ids=lambda row: row["id"])
def test_makes_the_message_that_the_vendor_sdk_makes(
    row: dict[str, Any], player: Player, sdk: anthropic.Anthropic, client: ck.Client
) -> None:
    """Content, stop reason, usage and every other field, read from the same sockets by both."""
    player.stream = bytes_of(row)
    with sdk.beta.messages.stream(model=MODEL, **REQUEST) as stream:
        theirs = without_none(stream.get_final_message().to_dict(mode="json"))
    ours = without_none(client.send(REQUEST["messages"], model=MODEL).message)
    # Servers that are not Anthropic's add counts of their own; the SDK drops them, we keep them.
    assert theirs["usage"].items() <= ours["usage"].items()
    assert {**theirs, "usage": {}} == {**ours, "usage": {}}


@pytest.mark.parametrize("row", NATIVE, ids=lambda row: row["id"])
def test_any_chunking_gives_the_same_events(row: dict[str, Any]) -> None:
    """Whole, byte by byte and in random pieces, the recording decodes to the same events, and none is unknown."""
    stream = bytes_of(row)
    whole = list(ck.wire.decode([stream]))
    assert not [event for event in whole if isinstance(event, ck.wire.events.Unknown)]
    assert list(ck.wire.decode(stream[at : at + 1] for at in range(len(stream)))) == whole
    edges = sorted(random.Random(row["id"]).choices(range(len(stream)), k=50))
    pieces = [stream[start:end] for start, end in zip([0, *edges], [*edges, len(stream)], strict=True)]
    assert list(ck.wire.decode(pieces)) == whole


@pytest.mark.parametrize("row", NATIVE[::10], ids=lambda row: row["id"])
def test_a_cut_recording_is_interrupted_with_what_came(row: dict[str, Any]) -> None:
    """Wherever it is cut before its last event, the reply holds a beginning of the answer, marked incomplete."""
    stream = bytes_of(row)
    whole = ck.Reply.from_events(ck.wire.decode([stream]))
    end = stream.rindex(b"message_stop")
    for at in random.Random(row["id"]).choices(range(end), k=20):
        with pytest.raises(ck.StreamInterrupted) as caught:
            ck.Reply.from_events(ck.wire.decode([stream[:at]]))
        reply = caught.value.reply
        assert not reply.complete
        assert whole.text.startswith(reply.text)
        assert len(reply.blocks) <= len(whole.blocks)


@pytest.mark.parametrize("row", STREAMED, ids=lambda row: row["name"])
def test_reads_what_the_gateway_passes_on(row: dict[str, Any]) -> None:
    """Through the real gateway a native stream is whole, or fails as it failed upstream."""
    events = ck.wire.decode([bytes_of(row)])
    if row["name"].endswith("mid_error"):
        with pytest.raises(ck.OverloadedError) as failed:
            ck.Reply.from_events(events)
        assert failed.value.reply is not None
        assert failed.value.reply.blocks
    elif row["name"].endswith("mid_cut"):
        with pytest.raises(ck.StreamInterrupted):
            ck.Reply.from_events(events)
    else:
        reply = ck.Reply.from_events(events)
        assert reply.complete
        assert reply.usage.output_tokens
