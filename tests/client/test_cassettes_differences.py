"""Whoever asks what was not recorded is told what differs, and what there is."""

import base64
import pickle
import re
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

import claude_kit as ck
from claude_kit.client.cassettes.differences import between, words
from claude_kit.client.cassettes.exchange import Asked
from tests.client.driving import MODEL
from tests.content.making import corners, encoded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a cassette of three questions, one of them with an image of its own and one in a conversation."""
    path = tmp_path / "lesson.cassette"
    client = ck.Client.record(path, "offline", pace_s=0)
    for messages in (
        [turn("What is the capital of France?")],
        [turn("Why is the sky blue?"), turn("It scatters.", "assistant"), turn("And at dusk, when it is red?")],
        [turn([image("RGB"), {"type": "text", "text": "What is in this image?"}])],
    ):
        client.send(messages, model=MODEL, max_tokens=500, system="You answer in one sentence.")
    return path


def turn(content: object, role: str = "user") -> dict[str, object]:
    return {"role": role, "content": content}


def image(mode: str) -> dict[str, object]:
    """Return a block with a small image."""
    data = base64.b64encode(encoded(corners(mode), "PNG")).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


def told(path: Path, *messages: dict[str, object], **fields: object) -> str:
    """Return what is said to a request that was not recorded."""
    asked = {"model": MODEL, "max_tokens": 500, "system": "You answer in one sentence.", "preflight": False, **fields}
    with pytest.raises(ck.NotRecorded) as caught:
        ck.Client.replay(path, pace=0).send(messages, **asked)  # type: ignore[arg-type]
    return str(caught.value)


def test_what_differs_is_named(path: Path) -> None:
    """Model, cap and words, each as it was recorded and as it is asked."""
    said = told(path, turn("What is the currency of France?"), model="claude-sonnet-5-5", max_tokens=800)
    assert f"{path}: this request was not recorded (POST /messages)." in said
    assert '"What is the capital of France?" (recorded → asked):\n' in said
    assert "- model: claude-haiku-4-5-20251001 → claude-sonnet-5-5\n" in said
    assert "- max_tokens: 500 → 800\n" in said
    assert "- message 1: What is the [capital → currency] of France?\n" in said


@pytest.mark.parametrize("client", [ck.Client, ck.AsyncClient])
def test_it_is_said_without_a_detour(path: Path, client: Any) -> None:
    """Who asked sees lines of their own and of the kit, and none of the transport's."""
    with pytest.raises(ck.NotRecorded) as caught:
        anyio.run(partial(ck.Chat(MODEL, client.replay(path, pace=0)).aask, "How?"))
    assert not [entry for entry in caught.traceback if "httpx" in str(entry.path)]
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_way_out_is_named(path: Path) -> None:
    """Record again, or ask what was recorded, which is listed."""
    said = told(path, turn("Who was Ada Lovelace?"))
    assert f'record again with a key: Client.record("{path}")' in said
    for question in ("What is the capital of France?", "And at dusk, when it is red?", "What is in this image?"):
        assert f'- "{question}"' in said


def test_another_system_prompt(path: Path) -> None:
    """Word for word, or that there was none."""
    asked = turn("What is the capital of France?")
    assert "- system: You answer in one [sentence. → word.]" in told(path, asked, system="You answer in one word.")
    assert "- system: You answer in one sentence. → none" in told(path, asked, system=None)


def test_an_earlier_message(path: Path) -> None:
    """In a conversation it is said which message is another."""
    said = told(
        path,
        turn("Why is the sky blue?"),
        turn("It scatters.", "assistant"),
        turn("And at dawn, when it is red?"),
    )
    assert "- message 3: And at [dusk, → dawn,] when it is red?" in said
    assert "message 1" not in said


def test_a_longer_conversation(path: Path) -> None:
    """The nearest is the one that it continues; what was added is told."""
    said = told(path, turn("Why is the sky blue?"), turn("It scatters.", "assistant"))
    assert "- messages: 3 messages" in said
    assert "→ 2 messages" in said


def test_another_file(path: Path) -> None:
    """By size and hash."""
    said = told(path, turn([image("L"), {"type": "text", "text": "What is in this image?"}]))
    assert re.search(r"- message 1, block 1: another file, \d+ bytes \(sha256 \w{8}…\) → \d+ bytes \(sha256 ", said)
    assert "Is it the same to the eye?" in said
    assert "to the eye" not in told(path, turn("Who was Ada Lovelace?"))


def test_a_file_that_was_not_there(path: Path) -> None:
    """A question with a picture more than recorded."""
    said = told(path, turn([image("L"), {"type": "text", "text": "What is the capital of France?"}]))
    assert "- message 1: 1 block → 2 blocks with image, " in said


def test_another_kind_of_request(path: Path) -> None:
    """Where nothing of the kind was recorded there is nothing to compare with, but the list."""
    with pytest.raises(ck.NotRecorded, match=r"not recorded \(GET /models\?limit=1000\)\.\nTo have it") as caught:
        ck.Client.replay(path).models()
    assert "differs" not in str(caught.value)


def test_an_empty_cassette(tmp_path: Path) -> None:
    """It says that there is nothing in it."""
    ck.Client.record(tmp_path / "empty.cassette", "offline")
    with pytest.raises(ck.NotRecorded, match=r"empty\.cassette: nothing is recorded in it"):
        ck.Client.replay(tmp_path / "empty.cassette").models()


def test_the_error_lists_all_questions(path: Path) -> None:
    """They are on the error, each once; it survives pickling, as all errors do."""
    with pytest.raises(ck.NotRecorded) as caught:
        ck.Client.replay(path).models()
    assert len(caught.value.recorded) == 3
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.recorded) == (str(caught.value), caught.value.recorded)


def test_it_is_not_asked_again(path: Path) -> None:
    """No waiting and no second try: it would not be recorded the next time either."""
    waits: list[object] = []
    told(path, turn("Who was Ada Lovelace?"), on_wait=waits.append)
    assert waits == []


def test_many_differences_are_cut_short(tmp_path: Path) -> None:
    """A request that has nothing in common with any is not listed field by field."""
    client = ck.Client.record(tmp_path / "l.cassette", "offline", pace_s=0)
    for number in range(12):
        client.send([turn(f"Question {number}: " + "word " * 300)], model=MODEL, max_tokens=50)
    fields = {f"field_{number}": number for number in range(20)}
    said = told(tmp_path / "l.cassette", turn("Other."), **fields)
    assert "\n- and 4 more: all are in this error's .recorded" in said
    assert len(said) < 3000


@pytest.mark.parametrize(
    ("recorded", "asked", "expected"),
    [
        ("a b c d e f g h i j k l", "a b c d e f g h i j k M", "… i j k [l → M]"),
        ("one two", "one two three", "one two [nothing → three]"),
        ("one  two", "one two", "differs only in spaces and line breaks"),
        ("x " * 500 + "end", "x " * 500 + "END", "differs after the first 400 words"),
        ("a b c d e f g h", "A b C d E f G h I", "[a → A] b [c → C] d [e → E] f [g → G] h and more"),
    ],
)
def test_words(recorded: str, asked: str, expected: str) -> None:
    """A short text that shows what is another word, and where."""
    assert words(recorded, asked) == expected


def test_a_query_differs() -> None:
    """What stands behind a path counts too."""
    one, other = (Asked("GET", "/models", (("limit", limit),)) for limit in ("10", "20"))
    assert list(between(one, other)) == ['what stands behind the path: {"limit": "10"} → {"limit": "20"}']
