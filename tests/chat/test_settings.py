"""What a conversation is told: what is wrong with any model is refused where it is said, with the way out."""

from typing import Any

import pytest

import claude_kit as ck

MODEL = "claude-sonnet-5-5"

WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"max_tokens": 0}, ValueError, "max_tokens=0: an answer is one token at least"),
    ({"max_tokens": "100"}, TypeError, "max_tokens='100': give a whole number"),
    ({"max_tokens": True}, TypeError, "max_tokens=True: give a whole number"),
    ({"max_tokens": None}, TypeError, "max_tokens=None: give a whole number"),
    ({"max_rounds": 0}, ValueError, "max_rounds=0: a question needs one request at least"),
    ({"max_rounds": "3"}, TypeError, "max_rounds='3': give a whole number"),
    ({"prefix_mismatch": "drop"}, ValueError, "prefix_mismatch='drop': give 'strip', 'drop_block' or 'raise'"),
    ({"cache": "10m"}, ValueError, "cache='10m': the API keeps content for"),
    ({"preflight": "no"}, TypeError, "preflight='no': give True or False"),
    ({"replace_reruns": 0}, TypeError, "replace_reruns=0: give True or False"),
    ({"client": "offline"}, TypeError, "client is a str: give one, such as"),
    ({"budget": "much"}, ValueError, "budget='much' is no amount of dollars"),
]


def a_chat(**settings: Any) -> ck.Chat:
    """Return a chat with the offline model."""
    return ck.Chat(MODEL, **{"client": ck.Client.offline(pace_s=0), **settings})


@pytest.mark.parametrize(("setting", "kind", "says"), WRONG)
def test_what_cannot_be_is_refused_where_it_is_said(setting: dict[str, Any], kind: type[Exception], says: str) -> None:
    """When the chat is made and when it is set later, which then stays as it was."""
    with pytest.raises(kind) as made:
        a_chat(**setting)
    chat = a_chat()
    ((name, value),) = setting.items()
    before = getattr(chat, name)
    with pytest.raises(kind) as later:
        setattr(chat, name, value)
    assert str(made.value).startswith(says)
    assert str(later.value).startswith(says)
    assert getattr(chat, name) is before


def test_a_misspelt_setting_is_not_set() -> None:
    """It would change nothing, and nobody would know; the nearest one is named."""
    chat = a_chat()
    with pytest.raises(AttributeError, match=r"chat\.modle: a Chat has no such setting: write model, if that is meant"):
        chat.modle = "claude-opus-5-5"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="it has budget, cache, client, effort"):
        chat.xyzzy = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="modle is no setting of a Chat: write model"):
        a_chat(modle="claude-opus-5-5")


def test_a_subclass_has_what_it_declares() -> None:
    """Attributes of its own stand in its body; those that are misspelt are still found."""

    class Lesson(ck.Chat):
        topic = ""

    lesson = Lesson(MODEL, ck.Client.offline(pace_s=0))
    lesson.topic = "light"
    assert lesson.fork().topic == "light"
    with pytest.raises(AttributeError):
        lesson.effrt = "low"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_is_refused_with_what_to_do_instead(name: str) -> None:
    """The API takes none; a conversation has no such setting, and says so in `ask` too."""
    with pytest.raises(TypeError, match=f"{name} is no setting of a Chat: the API refuses it.*say in the prompt"):
        a_chat(**{name: 0})
    with pytest.raises(TypeError, match=f"{name} is no setting of a Chat"):
        ck.ask("Hello", **{name: 0})


@pytest.mark.parametrize("number", ["1", 1.0, True])
def test_a_number_of_turns_is_a_whole_one(number: Any) -> None:
    """Where to fork, and how many to take back."""
    chat = a_chat()
    chat.ask("Hello")
    with pytest.raises(TypeError, match=r"fork\(at=.*: give a whole number of turns"):
        chat.fork(at=number)
    with pytest.raises(TypeError, match=r"undo\(.*: give a whole number of turns"):
        chat.undo(number)


def test_a_message_is_no_content() -> None:
    """It is refused before it is sent, with what to give instead."""
    chat = a_chat()
    with pytest.raises(ck.PreflightError, match=r'a whole message stands among its content.*message\["content"\]'):
        chat.ask({"role": "user", "content": "Hello"})
    assert (chat.turns, chat.log) == ((), ())
