"""Recorded event streams, recorded once more: what a cassette plays are the same bytes, and makes the same replies."""

from pathlib import Path
from typing import Any

import claude_kit as ck
from claude_kit.client.cassettes import files
from tests.client.driving import KEY, MODEL
from tests.conformance import recordings
from tests.conformance.playing import Player, bytes_of
from tests.wire.replay import serving

NATIVE = [row for row in recordings.lines("streams/index.jsonl") if row["flavour"] == "anthropic-native"]

pytestmark = recordings.needed


def message(client: ck.Client, row: dict[str, Any]) -> object:
    """Ask for a recording, and return the message that it makes, or what went wrong."""
    try:
        return client.send([{"role": "user", "content": row["id"]}], model=MODEL, max_tokens=1000).message
    except ck.ClaudeKitError as error:
        return str(error)


def test_real_streams_come_back(tmp_path: Path) -> None:
    """Thinking, signatures, citations, server tools: all of it, byte for byte."""
    player = Player()
    told = []
    with serving(player.respond) as player.served:
        address = player.served.address
        client = ck.Client.record(tmp_path / "l.cassette", "anthropic", api_key=KEY, base_url=address, max_retries=0)
        with client:
            for row in NATIVE:
                player.stream = bytes_of(row)
                told.append(message(client, row))
    exchanges = files.load(tmp_path / "l.cassette").exchanges
    assert [b"".join(chunk.data for chunk in each.chunks) for each in exchanges] == [bytes_of(row) for row in NATIVE]
    again = ck.Client.replay(tmp_path / "l.cassette", pace=0, max_retries=0)
    assert [message(again, row) for row in NATIVE] == told
