"""A cassette is one file that a person can read, and a damaged one says where."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import claude_kit as ck
from claude_kit.client.cassettes import files
from claude_kit.client.cassettes.exchange import Asked, Cassette, Chunk, Exchange, Origin
from tests.client.driving import MODEL

ORIGIN = Origin("anthropic", "https://api.anthropic.com/v1", "messages")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a cassette with one question in it."""
    path = tmp_path / "lesson.cassette"
    ck.Client.record(path, "offline", pace_s=0).send([{"role": "user", "content": "Why?"}], model=MODEL, max_tokens=50)
    return path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(["model", "messages", "system", "tools", "extra"]), json_values)


@given(body=bodies | st.none() | st.lists(json_values), chunks=st.lists(st.binary(max_size=30)))
def test_what_is_written_is_read(body: object, chunks: list[bytes]) -> None:
    """Any body, and any bytes, come back as they were, with their times."""
    asked = Asked("POST", "/messages", (("a", "b"),), body)
    came = tuple(Chunk(at / 8, data) for at, data in enumerate(chunks))
    exchange = Exchange(asked, "2026-11-23", 200, {"request-id": "r"}, 0.5, came, "broken", "x: y")
    text = files.assembled(ORIGIN, [(asked, files.answer(exchange))])
    assert files.loads(text, Path("any")) == Cassette(ORIGIN, (exchange,))


def test_it_is_json_that_can_be_read(path: Path) -> None:
    """Plain UTF-8 JSON: the question, one line a chunk, and at the top what it is."""
    text = path.read_text(encoding="utf-8")
    whole = json.loads(text)
    assert whole["shared"] == [{"role": "user", "content": "Why?"}]
    (exchange,) = whole["exchanges"]
    assert exchange["request"]["body"]["messages"] == [0]
    lines = [line for line in text.splitlines() if line.startswith("    [")]
    assert len(lines) == len(exchange["chunks"])
    assert text.startswith('{"format": "claude_kit cassette", "version": 1, "about": "Recorded with claude_kit')


def test_a_hand_may_change_it(path: Path) -> None:
    """Nothing in the file has to be computed: who changes a question in an editor has it answered."""
    path.write_text(path.read_text().replace('"content": "Why?"', '"content": "How?"'))
    client = ck.Client.replay(path, pace=0)
    assert client.send([{"role": "user", "content": "How?"}], model=MODEL, max_tokens=50).complete


@pytest.mark.parametrize("make", [ck.Client.replay, ck.Client.record, ck.AsyncClient.replay])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON (line 1), so it is no cassette"),
        (b"PK\x03\x04\xff", "byte 4 is no UTF-8, so it is no cassette"),
        (b'{"cells": []}', 'is no cassette: it does not begin with "format": "claude_kit cassette"'),
        (b"[]", "is no cassette"),
    ],
)
def test_what_is_no_cassette(tmp_path: Path, make: type[ck.Client], content: bytes, said: str) -> None:
    """It is said which file, and what it is not; it is not written over."""
    path = tmp_path / "notes.json"
    path.write_bytes(content)
    with pytest.raises(ck.ClaudeKitError, match=re.escape(f"notes.json: {said}")):
        make(path) if make != ck.Client.record else ck.Client.record(path, "offline")
    assert path.read_bytes() == content


def test_a_missing_cassette(tmp_path: Path) -> None:
    """It is said where it was looked for, and what makes one."""
    with pytest.raises(
        ck.ClaudeKitError, match=r"there is no such file \(in .*\)\. Client\.record\(\.\.\.\) makes one"
    ):
        ck.Client.replay(tmp_path / "other.cassette")


def test_a_later_version(path: Path) -> None:
    """It is not guessed at."""
    path.write_text(path.read_text().replace('"version": 1', '"version": 7'))
    with pytest.raises(ck.ClaudeKitError, match=r"is a cassette of version 7, .* up to 1: pip install -U claude_kit"):
        ck.Client.replay(path)


def test_a_cassette_that_is_cut_off(path: Path) -> None:
    """The place is told by line and column."""
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    with pytest.raises(ck.ClaudeKitError, match=r"lesson\.cassette: line \d+, column \d+: damaged or cut off \(.*\)\."):
        ck.Client.replay(path)


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        (
            '"messages": [0]',
            '"messages": [3]',
            r"exchanges[0].request.body.messages[0] names 3, and shared has 1 items",
        ),
        ('"status": 200', '"status": "200"', "exchanges[0].status is no whole number"),
        ('"end": "whole"', '"end": "half"', "exchanges[0].end is 'half', not whole or stopped or broken"),
        ('"chunks": [', '"chunks": [7, ', "exchanges[0].chunks[0] is not [seconds, text]"),
        ('"chunks": [', '"chunks": [[-1, ""], ', "exchanges[0].chunks[0] is -1, not a number of seconds"),
        ('"chunks": [', '"chunks": [[1, {"base64": "é"}], ', "exchanges[0].chunks[0] is neither text nor base64"),
        ('"recorded"', '"recalled"', "exchanges[0].recorded is missing"),
        ('"provider": "offline"', '"provider": "openai"', "client.provider is 'openai', not anthropic or portkey"),
        ('"shared"', '"shares"', "shared is missing"),
        ('"version": 1', '"version": "one"', "version 'one': damaged"),
        ('"headers": {', '"headers": {"a": 1, ', "exchanges[0].headers holds something that is no text"),
    ],
)
def test_a_damaged_cassette(path: Path, found: str, put: str, said: str) -> None:
    """The place is told by its names in the file, and what to do."""
    text = path.read_text()
    assert found in text
    path.write_text(text.replace(found, put, 1))
    with pytest.raises(ck.ClaudeKitError, match=rf"lesson\.cassette: {re.escape(said)}.*Record it again") as caught:
        ck.Client.replay(path)
    assert type(caught.value) is ck.ClaudeKitError


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is said before the lesson begins, not after the first answer was paid for."""
    with pytest.raises(
        ck.ClaudeKitError, match=r"cannot be written \(No such file or directory\)\. Record into a folder"
    ):
        ck.Client.record(tmp_path / "none" / "lesson.cassette", "offline")


def test_the_file_is_there_before_the_first_answer(tmp_path: Path) -> None:
    """And can be replayed, though nothing is in it."""
    ck.Client.record(tmp_path / "lesson.cassette", "offline")
    assert files.load(tmp_path / "lesson.cassette").exchanges == ()
