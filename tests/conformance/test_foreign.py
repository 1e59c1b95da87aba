"""Recorded streams, read by the vendors' own SDKs: shown, they make the reply that our decoder makes of the bytes."""

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest

import claude_kit as ck
from tests.conformance import recordings
from tests.conformance.playing import Player, bytes_of

ROWS = recordings.lines("streams/index.jsonl")
NATIVE = [row for row in ROWS if row["flavour"] == "anthropic-native"]
CHAT = [row for row in ROWS if row["flavour"] == "openai-chat-chunks"]
THROUGH_GATEWAY = sorted(path.stem for path in (recordings.FOLDER / "gateway").glob("cc-*-st.sse"))
OLD = [row for row in ROWS if row["flavour"] == "other"]

REQUEST: Any = {"model": "claude-sonnet-5-5", "max_tokens": 1000, "messages": [{"role": "user", "content": "Hi"}]}

pytestmark = recordings.needed


@pytest.fixture(scope="module")
def chat(player: Player) -> Iterator[openai.OpenAI]:
    """Return OpenAI's client, pointed at the player."""
    with openai.OpenAI(api_key="none", base_url=player.served.address, max_retries=0) as client:
        yield client


def outcome(make: Callable[[], ck.Reply]) -> tuple[ck.Reply, str]:
    """Return the reply, and what was raised if the stream never said how it ended."""
    try:
        return make(), ""
    except ck.StreamInterrupted as error:
        return error.reply, str(error)


def assert_same(stream: Any, data: bytes, dialect: ck.wire.Dialect = "messages") -> None:
    """Check that nothing is lost, added or counted twice on the way through an SDK."""
    shown, cut = outcome(lambda: ck.show(stream))
    ours, ours_cut = outcome(lambda: ck.Reply.from_events(ck.wire.decode([data], dialect)))
    assert shown == ours
    assert shown.message == ours.message
    assert cut == ours_cut


def test_there_are_recordings() -> None:
    """An empty folder proves nothing."""
    assert NATIVE
    assert CHAT
    assert OLD


@pytest.mark.parametrize("helper", [False, True], ids=["stream", "helper"])
@pytest.mark.parametrize("row", NATIVE, ids=lambda row: row["id"])
def test_anthropic(row: dict[str, Any], helper: bool, player: Player, sdk: anthropic.Anthropic) -> None:
    """A native stream, as raw events and through the helper that makes up events of its own."""
    player.stream = bytes_of(row)
    asking: Any = sdk.beta.messages
    stream = asking.stream(**REQUEST) if helper else asking.create(stream=True, **REQUEST)
    assert_same(stream, player.stream)


@pytest.mark.parametrize("helper", [False, True], ids=["stream", "helper"])
@pytest.mark.parametrize("row", CHAT, ids=lambda row: row["id"])
def test_openai(row: dict[str, Any], helper: bool, player: Player, chat: openai.OpenAI) -> None:
    """A chat completion's stream, as chunks and through the helper."""
    player.stream = bytes_of(row)
    asking: Any = chat.chat.completions
    stream = asking.stream(**REQUEST) if helper else asking.create(stream=True, **REQUEST)
    assert_same(stream, player.stream, "chat")


@pytest.mark.parametrize("name", THROUGH_GATEWAY)
def test_through_the_gateway(name: str, player: Player, chat: openai.OpenAI) -> None:
    """What the gateway made of a native stream: the fields that OpenAI's SDK has no types for are kept."""
    player.stream = (recordings.FOLDER / "gateway" / f"{name}.sse").read_bytes()
    asking: Any = chat.chat.completions
    assert_same(asking.create(stream=True, **REQUEST), player.stream, "chat")


@pytest.mark.parametrize("row", [*NATIVE, *CHAT], ids=lambda row: row["id"])
def test_as_bytes(row: dict[str, Any]) -> None:
    """The bytes alone, in lines: the first event tells the dialect."""
    data = bytes_of(row)
    assert_same(data.splitlines(keepends=True), data, "messages" if row["flavour"] == "anthropic-native" else "chat")


@pytest.mark.parametrize("row", OLD, ids=lambda row: row["id"])
def test_a_text_completion_is_no_answer(row: dict[str, Any]) -> None:
    """The API before Messages, whose models and SDKs are gone, is refused by name."""
    with pytest.raises(TypeError, match="not a stream of 'completion'"):
        ck.show([bytes_of(row)])
