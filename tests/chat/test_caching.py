"""Where a conversation is cached, what is foreseen of it, and why nothing was read."""

from typing import Any

import pytest
from PIL import Image as pil

from claude_kit import Chat, Client, pdf
from claude_kit.chat.caching import PromptCache
from claude_kit.chat.history import Setting
from claude_kit.content import Text
from claude_kit.models import find
from claude_kit.reply import Usage
from tests.content import making

MODEL = "claude-sonnet-5-5"
LONG = "A long story about a river and the people who lived on it. " * 200
REPORT = pdf(making.pdf(["Revenue rose by 13 percent in the year under review. " * 20] * 2), name="report.pdf")


class Clock:
    """A clock that stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(*turns: list[Any]) -> list[dict[str, Any]]:
    """Messages with these contents, the user's and the assistant's in turn."""
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": content} for at, content in enumerate(turns)]


def usage(read: int, written: int) -> Usage:
    """What was billed of the input."""
    return Usage({"input_tokens": 3, "cache_read_input_tokens": read, "cache_creation_input_tokens": written})


def setting(model: str = MODEL, **fields: Any) -> Setting:
    """What stands before all messages."""
    return Setting(find(model), **fields)


def test_breakpoints_stand_where_the_next_question_reads_from() -> None:
    """The files, and the end; of a system prompt that is long enough, its end too."""
    cache = PromptCache()
    question = asked([REPORT, Text("What is it about?")])
    planned = cache.plan(question, setting(system=LONG), "5m", {})
    assert planned is not None
    assert list(planned.places) == [(-1, 0), (0, 0), (0, 1)]
    (message,) = planned.messages(question)
    assert [block.get("cache_control") for block in message["content"]] == [{"type": "ephemeral"}] * 2
    assert planned.system(LONG)[-1]["cache_control"] == {"type": "ephemeral"}  # type: ignore[index]
    assert "cache_control" not in str(question)


def test_the_end_of_the_question_before_is_where_this_one_reads_from() -> None:
    """What an answer said is kept there; four breakpoints are the most."""
    cache, first = PromptCache(), asked([REPORT, Text("One?")])
    planned = cache.plan(first, setting(system=LONG), "5m", {})
    assert planned is not None
    assert cache.learn(planned, usage(0, 6000)) == ""
    second = asked([REPORT, Text("One?")], [{"type": "text", "text": "Yes."}], [Text("Two?")])
    again = cache.plan(second, setting(system=LONG), "5m", {})
    assert again is not None
    assert (0, 1) in again.places
    assert len(again.places) == 4
    assert again.read_tokens == 6000


def test_below_the_minimum_there_is_none() -> None:
    """It would be ignored without a word; each model has its own."""
    assert PromptCache().plan(asked([Text("Hello")]), setting(), "5m", {}) is None
    words = asked([Text("A river. " * 400)])
    assert PromptCache().plan(words, setting(), "5m", {}) is not None
    assert PromptCache().plan(words, setting("claude-haiku-4-5"), "5m", {}) is None


def test_no_cache_was_asked_for() -> None:
    """Then nothing is marked; what the API does not keep for so long is an error."""
    assert PromptCache().plan(asked([Text(LONG)]), setting(), None, {}) is None
    with pytest.raises(ValueError, match="5m"):
        Chat(MODEL, Client.offline(), cache="10m")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"setting": setting("claude-opus-5-5")}, "the model was claude-sonnet-5-5"),
        ({"setting": setting(tools=({"name": "f", "input_schema": {}},))}, "the tools have changed"),
        ({"setting": setting(system="Be brief.")}, "the system prompt has changed"),
        ({"options": {"effort": "low"}}, "thinking, effort or the choice of tools has changed"),
        ({"messages": asked([Text("Another. "), Text(LONG)])}, "message 1 is another one"),
        ({"later_s": 301.0}, "it was not used for five minutes"),
    ],
)
def test_a_miss_is_explained_before_it_is_sent(change: dict[str, Any], why: str) -> None:
    """By the first thing that has changed, in the order in which the cache goes by it."""
    clock = Clock()
    cache, first = PromptCache(clock), asked([Text(LONG)])
    planned = cache.plan(first, setting(), "5m", {})
    assert planned is not None
    cache.learn(planned, usage(0, 3000))
    clock.now += change.get("later_s", 0.0)
    told = (change.get("messages", first), change.get("setting", setting()), "5m", change.get("options", {}))
    again = cache.plan(*told)
    assert again is not None
    assert (again.read_tokens, again.note) == (0, f"Nothing is read from the cache: {why}.")


def test_an_hour_is_an_hour() -> None:
    """What was written for an hour is foreseen for an hour, and longer when it was used."""
    clock = Clock()
    cache, question = PromptCache(clock), asked([Text(LONG)])
    for later_s, read in ((0, 0), (3599, 3000), (3599, 3000), (3601, 0)):
        clock.now += later_s
        planned = cache.plan(question, setting(), "1h", {})
        assert planned is not None
        assert planned.read_tokens == read
        cache.learn(planned, usage(3000, 0) if read else usage(0, 3000))


def test_a_miss_that_nothing_explains_is_told_afterwards() -> None:
    """The API may let it go before its time."""
    cache, question = PromptCache(), asked([Text(LONG)])
    first = cache.plan(question, setting(), "5m", {})
    assert first is not None
    cache.learn(first, usage(0, 3000))
    again = cache.plan(question, setting(), "5m", {})
    assert again is not None
    assert "though nothing had changed" in cache.learn(again, usage(0, 3000))


def test_the_second_question_on_a_pdf_costs_a_tenth() -> None:
    """The ledger shows it, and the estimate had foreseen it to within a percent."""
    chat = Chat(MODEL, Client.offline(pace_s=0), cache="5m", max_tokens=300)
    chat.ask(REPORT, "What is it about?")
    chat.ask("And by how much did revenue rise?")
    first, second = chat.ledger.to_dict("records")
    assert first["cached_share"] == 0
    assert second["cached_share"] > 0.9
    assert second["actual"] < first["actual"] / 5
    assert abs(first["error"]) < 0.01
    assert abs(second["error"]) < 0.01


def test_another_question_on_the_same_files_reads_them() -> None:
    """As when a cell is changed and run again: the breakpoint after the files is kept."""
    chat = Chat(MODEL, Client.offline(pace_s=0), cache="5m", max_tokens=300)
    chat.ask(REPORT, "What is it about?")
    chat.undo()
    assert chat.ask(REPORT, "How many pages has it?").usage.cache_read_input_tokens > 3000


def test_a_change_is_told_with_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Above it, and on the turn."""
    chat = Chat(MODEL, Client.offline(pace_s=0), cache="5m", system=LONG)
    chat.ask("One?")
    chat.system = LONG + "Be brief."
    chat.ask("Two?")
    assert chat.turns[1].notes[-1] == "Nothing is read from the cache: the system prompt has changed."
    assert chat.turns[1].notes[-1] in " ".join(capsys.readouterr().out.split())


def test_an_image_that_comes_later_takes_the_cache_and_is_told() -> None:
    """Adding any to a conversation without takes its messages away; another one does not (Anthropic docs)."""
    chat = Chat(MODEL, Client.offline(pace_s=0), cache="5m", system=LONG)
    chat.ask(LONG)
    chat.ask(pil.new("RGB", (300, 300)), "And this?")
    chat.ask(pil.new("RGB", (200, 200)), "And this?")
    read = chat.turns[1].usage.cache_read_input_tokens
    assert chat.turns[1].notes == (f"Only {read:,} tokens are read from the cache: there is an image now.",)
    assert chat.turns[2].notes == ()
    assert all(abs(error) < 0.01 for error in chat.ledger["error"])
