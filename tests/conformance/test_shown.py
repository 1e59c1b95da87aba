"""Recorded event streams: what is shown while one comes is what stays of it, and all of it is harmless."""

import re
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.render.answer import Call, Locked, Said, Thought
from claude_kit.reply import Accumulator
from claude_kit.view.growing import Growing
from tests.conformance import recordings
from tests.conformance.playing import bytes_of
from tests.render.reading import violations, words

STREAMS = recordings.lines("streams/index.jsonl")
ANSWER = re.compile(r'<div class="ck-answer">(.*?)</div>(?=<d|</div>)', re.S)
KIND = re.compile(r'class="ck-(thinking|call|locked|answer)[ "]')

pytestmark = recordings.needed


def events_of(row: dict[str, Any]) -> list[ck.wire.events.Event]:
    """Return the events of a recording."""
    dialect = "messages" if row["flavour"] == "anthropic-native" else "chat"
    return list(ck.wire.decode([bytes_of(row)], dialect))


def replayed(row: dict[str, Any]) -> ck.Reply:
    """Return the answer of a recording, whether it ended or not."""
    accumulator = Accumulator()
    for event in events_of(row):
        accumulator.feed(event)
    return accumulator.reply()


def test_every_kind_of_piece_is_among_them() -> None:
    """Thinking that can be read and thinking that cannot, words with sources, calls that failed and others."""
    pieces = [piece for row in STREAMS for piece in replayed(row).answer().pieces]
    assert {type(piece) for piece in pieces} == {Thought, Locked, Said, Call}
    assert any(piece.sources for piece in pieces if isinstance(piece, Said))
    assert any(piece.result for piece in pieces if isinstance(piece, Call))


@pytest.mark.parametrize("row", STREAMS, ids=lambda row: row["id"])
def test_what_grows_is_what_stays(row: dict[str, Any]) -> None:
    """Piece by piece in the same order, with the same words, and nothing but what an answer may consist of."""
    growing = Growing()
    for at, event in enumerate(events_of(row)):
        growing.feed(event)
        if at % 7 == 0:
            growing.news()
    growing.news()
    live = growing.whole()
    saved = replayed(row).bundle()["text/html"].split("</style>")[1]
    kinds = {"html": lambda change: KIND.findall(change["h"])[0]}
    assert [kinds.get(change["k"], lambda change: change["k"])(change) for change in live] == KIND.findall(saved)
    answers = [change["f"] + change["o"] for change in live if change["k"] == "answer"]
    assert list(map(words, answers)) == list(map(words, ANSWER.findall(saved)))
    assert [found for answer in answers for found in violations(answer)] == []
    for change in live:
        assert change["k"] != "html" or "running" in change["h"] or change["h"] in saved
