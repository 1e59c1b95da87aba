"""Recorded answers that are broken off: what is charged for them is never more than what was billed in the end."""

from typing import Any

import pytest

from claude_kit import models
from claude_kit.errors import UnknownModelError
from claude_kit.reply import Accumulator, Reply
from claude_kit.wire import decode
from claude_kit.wire import events as e
from tests.conformance import recordings
from tests.conformance.playing import bytes_of

NATIVE = [row for row in recordings.lines("streams/index.jsonl") if row["flavour"] == "anthropic-native"]

pytestmark = recordings.needed


def halves(row: dict[str, Any]) -> tuple[Reply, Reply] | None:
    """Return an answer as it was before its usage was told, and as it ended; None where one is not to be had."""
    before, after, told = Accumulator(), Accumulator(), False
    for event in decode([bytes_of(row)], dialect="messages"):
        told = told or isinstance(event, e.MessageDelta)
        after.feed(event)
        if not told:
            before.feed(event)
    try:
        models.find(after.reply().model)
    except UnknownModelError:
        return None
    return (before.reply(), after.reply()) if told and after.stopped else None


@pytest.mark.parametrize("row", NATIVE, ids=lambda row: row["id"])
def test_no_more_is_charged_than_was_billed(row: dict[str, Any]) -> None:
    """Cut before its last events, a recording is charged with no more output than the API billed in the end."""
    if (found := halves(row)) is None:
        pytest.skip("it did not end, or is no Claude's")
    cut, whole = found
    assert (cut.at_least, whole.at_least) == (True, False)
    told = cut.usage.output_tokens
    assert told <= cut.billed.output_tokens <= max(whole.usage.output_tokens, told)
    assert cut.billed.total_input_tokens == cut.usage.total_input_tokens


def test_little_is_missing_where_all_can_be_read() -> None:
    """Answers that are text alone are charged almost as they were billed; before, with a token or so each."""
    found = [pair for pair in map(halves, NATIVE) if pair and {block["type"] for block in pair[1].blocks} == {"text"}]
    charged = sum(cut.billed.output_tokens for cut, _ in found)
    assert charged > sum(whole.usage.output_tokens for _, whole in found) * 0.75
    assert sum(cut.usage.output_tokens for cut, _ in found) < charged / 5
