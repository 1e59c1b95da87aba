"""Conversations in every order of things that happen to them: each request that is sent is one that the API takes.

What is asked, what goes wrong meanwhile and what is changed in between is Hypothesis's choice. Every request goes to
the offline model, which refuses what the API refuses, and is judged once more by `tests.chat.validity`, which shares
nothing with the package. ``CLAUDE_KIT_EXAMPLES=2000`` looks longer, and elsewhere each time.
"""

import asyncio
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, currently_in_test_context, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image as pil

import claude_kit as ck
from claude_kit.chat import Turn
from claude_kit.estimate import texts
from claude_kit.models import find
from claude_kit.reply import Usage
from claude_kit.wire.messages import encode_request
from tests.chat.traffic import Exchange, Trouble, Wire
from tests.chat.validity import THINKING, Judge, blocks
from tests.content import making

PDF: Final = making.pdf(["Revenue rose by 13 percent."])
PNG: Final = making.encoded(pil.new("RGB", (64, 48), "teal"), "PNG")
LONG: Final = "It is a long story, and all of it matters. " * 200  # above the least that is cached, of most models
FILES: Final[dict[str, Callable[[], Any]]] = {
    "": lambda: None,
    "pdf": lambda: ck.pdf(PDF, name="report.pdf"),
    "image": lambda: ck.image(PNG),
    "long": lambda: ck.text(LONG),
}

# Whose thinking is bound to its conversation, whose is kept, whose is dropped later; with budgets and without.
MODELS: Final = (
    "claude-sonnet-5-5",
    "claude-opus-5-5",
    "claude-haiku-5-5",
    "claude-opus-4-8",
    "claude-sonnet-4-6",
    "claude-opus-4-5",
    "claude-haiku-4-5",
)
THINKS: Final = (
    None,
    "adaptive",
    2000,
    {"type": "enabled", "budget_tokens": 2030},
    {"type": "adaptive"},
    {"type": "adaptive", "display": "omitted"},
    {"type": "between_tools"},
    {"type": "disabled"},
)
EFFORTS: Final = (None, "low", "high")
SYSTEMS: Final = (None, "Be brief.", "Answer in verse. " + LONG)

# Anthropic's own words for trying them out (docs, refusals and redacted thinking, 2026-08-22).
REFUSE: Final = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
)
REDACT: Final = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB"
)

TROUBLES: Final = st.builds(
    Trouble,
    st.sampled_from(["status=529", "status=429; retry-after=0", "error=overloaded_error; after=3", "cut; after=4"]),
    after=st.integers(0, 1),
) | st.builds(Trouble, interrupted_at=st.integers(0, 12), after=st.integers(0, 1))

SELDOM: Final = st.integers(0, 3).flatmap(lambda number: TROUBLES if number == 3 else st.none())

MARK: Final = re.compile(r"\bq\d{3}\b")


def lookup(word: str) -> str:
    """Look a word up."""
    return f"{word} is in every book."


def broken(word: str) -> str:
    """Look a word up in a book that is gone."""
    raise KeyError(word)


TOOLS: Final = ((), (lookup,), (lookup, broken))


class Tracked:
    """A conversation, and what it has to hold by what was seen from outside."""

    def __init__(self, chat: ck.Chat, answered: tuple[str, ...] = (), asked: Counter[str] | None = None) -> None:
        self.chat = chat
        self.answered = answered  # the questions that the next request carries, in order
        self.asked = Counter(asked or ())  # how often each was sent and something came back
        self.told = Usage(chat.usage)
        self.cost = (chat.cost, chat.cost)  # the range that it is in

    def pay(self, sent: list[Exchange]) -> None:
        """Add what some requests cost: as it was told, and of an answer that broke off what had arrived of it."""
        for exchange in sent:
            self.told += Usage(exchange.usage)
            low, high = cost_range(exchange)
            self.cost = (self.cost[0] + low, self.cost[1] + high)

    def state(self) -> tuple[Any, ...]:
        """All of it that nobody else may change."""
        chat = self.chat
        chosen = (chat.model, chat.system, chat.tools.definitions, chat.thinking, chat.effort, chat.cache)
        return chat.turns, chat.log, chosen, written(chat), chat.cost


class Conversations(RuleBasedStateMachine):
    """Some conversations with one client."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = Wire()
        self.client = ck.Client.offline(transport=self.wire, max_retries=0)
        self.judge = Judge(PDF, PNG)
        self.tracked: list[Tracked] = []
        self.number = 0
        self.folder = tempfile.TemporaryDirectory()

    def teardown(self) -> None:
        self.client.close()
        self.folder.cleanup()

    @initialize(
        model=st.sampled_from(MODELS),
        thinking=st.sampled_from(THINKS),
        system=st.sampled_from(SYSTEMS),
        tools=st.sampled_from(TOOLS),
        cache=st.sampled_from([None, "5m", "1h"]),
        max_rounds=st.sampled_from([10, 10, 1]),
        prefix_mismatch=st.sampled_from(["strip", "strip", "drop_block"]),
    )
    def begin(self, model: str, **chosen: Any) -> None:
        """One conversation."""
        self.tracked.append(Tracked(ck.Chat(model, self.client, max_tokens=4096, **chosen)))

    # ---- asking ------------------------------------------------------------------------------------------------

    @rule(
        data=st.data(),
        what=st.sampled_from(list(FILES)),
        say=st.sampled_from(["", "Use lookup, please.", "Use broken, please.", REFUSE, REDACT]),
        trouble=SELDOM,
        awaited=st.booleans(),
    )
    def ask(self, data: st.DataObject, what: str, say: str, trouble: Trouble | None, awaited: bool) -> None:
        """Ask, with a file or a call or something that goes wrong; in a thread that waits, or awaited."""
        self.number += 1
        content = [f"q{self.number:03}: what is it? {say}".strip(), FILES[what]()]
        one = self.choose(data)
        given = [item for item in content if item is not None]
        if awaited and (trouble is None or trouble.fault):  # Ctrl-C is no error of the wire there
            self.asking(one, trouble, lambda: asyncio.run(one.chat.aask(*given)))
        else:
            self.asking(one, trouble, lambda: one.chat.ask(*given))

    @rule(data=st.data(), trouble=SELDOM)
    def ask_in_few_words(self, data: st.DataObject, trouble: Trouble | None) -> None:
        """The answer is cut where ``max_tokens`` ends, in its text or in its thinking."""
        one = self.choose(data)
        self.number += 1
        before = one.chat.max_tokens
        one.chat.max_tokens = data.draw(st.sampled_from([1, 12, 40]), "max_tokens")
        self.asking(one, trouble, lambda: one.chat.ask(f"q{self.number:03}: tell me everything"))
        one.chat.max_tokens = before

    @rule(data=st.data(), trouble=SELDOM)
    def retry(self, data: st.DataObject, trouble: Trouble | None) -> None:
        """Ask the last question again; a new answer takes the place of the old, a failure of nothing."""
        one = self.choose(data)
        if one.chat.log:
            self.asking(one, trouble, one.chat.retry)

    def asking(
        self, one: Tracked, trouble: Trouble | None, ask: Callable[[], ck.Reply], *, again: bool = False
    ) -> None:
        """Ask, and hold what came of it against what went over the wire."""
        chat = one.chat
        turns, log, before, others = chat.turns, chat.log, one.state(), self.states(but=one)
        begun = len(self.wire.exchanges)
        if trouble is not None:
            self.wire.strike(trouble)
        try:
            reply, error = ask(), None
        except (ck.PreflightError, ck.APIError, ck.StreamInterrupted) as raised:
            reply, error = None, raised
        self.wire.calm()
        sent = self.wire.exchanges[begun:]
        if currently_in_test_context():
            came = [(each.status, each.stop_reason, each.ended) for each in sent]
            note(f"{came} {type(error).__name__ if error else ''}")
        self.check_sent(sent)
        assert self.states(but=one) == others
        if not sent:
            assert isinstance(error, ck.PreflightError)
            assert one.state() == before
            return
        question = asked(sent[0].request)
        one.pay(sent)
        one.asked[question] += 1
        assert chat.log[:-1] == log
        if error is None and is_good(sent):
            assert chat.turns[-1] is chat.log[-1]
            assert chat.turns[-1].reply is reply
            assert others_than(question, chat.turns) == others_than(question, turns)
            one.answered = (*(mark for mark in one.answered if mark != question), question)
        else:
            assert chat.turns in (turns, (*turns, chat.log[-1]))
            assert written(chat) == before[3]

    def check_sent(self, sent: list[Exchange]) -> None:
        """Every request is one that the API takes, and the offline model has taken it."""
        for exchange in sent:
            problems = self.judge.judge(exchange.request)
            assert not problems, f"{problems} in {json.dumps(exchange.request)[:3000]}"
            assert exchange.status != 400, f"{exchange.refusal} for {json.dumps(exchange.request)[:3000]}"
            self.judge.learn(exchange)

    # ---- changing what is asked with -------------------------------------------------------------------------------

    @rule(data=st.data(), model=st.sampled_from(MODELS))
    def switch(self, data: st.DataObject, model: str) -> None:
        """Another model from here on; an effort that it does not know is left out."""
        chat = self.choose(data).chat
        chat.model = model
        if chat.effort not in find(model).effort:
            chat.effort = None

    @rule(data=st.data(), effort=st.sampled_from(EFFORTS))
    def change_effort(self, data: st.DataObject, effort: str | None) -> None:
        """More or less effort, where the model knows any."""
        chat = self.choose(data).chat
        chat.effort = effort if chat.model.effort else None

    @rule(data=st.data(), name=st.sampled_from(["system", "tools", "thinking", "cache"]))
    def change(self, data: st.DataObject, name: str) -> None:
        """What thinking may be bound to, and what a cache goes by."""
        values = {"system": SYSTEMS, "tools": TOOLS, "thinking": THINKS, "cache": (None, "5m", "1h")}[name]
        setattr(self.choose(data).chat, name, data.draw(st.sampled_from(values), name))

    # ---- going back and elsewhere ----------------------------------------------------------------------------------

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Take turns back; they stay in the log."""
        one = self.choose(data)
        turns, log = one.chat.turns, one.chat.log
        if not turns:
            return
        number = data.draw(st.integers(1, len(turns)), "n")
        others = self.states(but=one)
        assert one.chat.undo(number) == turns[-number:]
        assert one.chat.turns == turns[:-number]
        assert one.chat.log == log
        assert self.states(but=one) == others
        one.answered = among(one.answered, one.chat.turns)

    @precondition(lambda self: len(self.tracked) < 3)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        """Go on in two ways from some turn."""
        one = self.choose(data)
        at = data.draw(st.none() | st.integers(0, len(one.chat.turns)), "at")
        states = self.states()
        other = one.chat.fork(at)
        assert self.states() == states
        assert other.turns == one.chat.turns[:at]
        self.tracked.append(Tracked(other, among(one.answered, other.turns), logged(other)))

    @precondition(lambda self: len(self.tracked) < 3)
    @rule(data=st.data(), embed=st.booleans())
    def save_and_load(self, data: st.DataObject, embed: bool) -> None:
        """What is loaded goes on as what was saved would."""
        one = self.choose(data)
        path = Path(self.folder.name) / "chat.json"
        states = self.states()
        one.chat.save(path, embed=embed)
        named = [tool["name"] for tool in one.chat.tools.definitions]
        tools = [function for function in (lookup, broken) if function.__name__ in named]
        other = ck.Chat.load(path, self.client, tools=tools)
        assert self.states() == states
        assert written(other) == written(one.chat)
        assert (other.cost, other.usage) == (one.chat.cost, one.chat.usage)
        assert [turn.label for turn in other.log] == [turn.label for turn in one.chat.log]
        assert Tracked(other).state()[2] == one.state()[2]
        self.tracked.append(Tracked(other, one.answered, one.asked))

    # ---- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def no_turn_is_lost(self) -> None:
        """Every question that was answered is in the log as often as it was asked, and what goes on is part of it."""
        for one in self.tracked:
            assert logged(one.chat) == one.asked
            assert questions(written(one.chat)) == one.answered

    @invariant()
    def what_was_paid_is_what_was_billed(self) -> None:
        """Of every request that anything came back of: failed, stopped, undone and replaced ones too."""
        for one in self.tracked:
            for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"):
                assert getattr(one.chat.usage, name) == getattr(one.told, name), name
            low, high = one.cost
            assert low <= one.chat.cost <= high

    def choose(self, data: st.DataObject) -> Tracked:
        """Choose a conversation."""
        return self.tracked[data.draw(st.integers(0, len(self.tracked) - 1), "chat")]

    def states(self, but: Tracked | None = None) -> list[tuple[Any, ...]]:
        """Return the state of all conversations but one."""
        return [one.state() for one in self.tracked if one is not but]


def cost_range(exchange: Exchange) -> tuple[Decimal, Decimal]:
    """Return what an exchange cost: without its end, for the words that had come, and for a call as far as it had."""
    if not exchange.model or exchange.stop_reason:
        cost = cost_of(exchange, 0)
        return cost, cost
    words = [block.get(name, "") for block in exchange.blocks for name in ("text", "thinking")]
    calls = [block.get("partial_json") or json.dumps(block.get("input") or "") for block in exchange.blocks]
    said = sum(texts.count(text, find(exchange.model)).low for text in words)
    called = sum(texts.count(text, find(exchange.model)).high for text in calls)
    return cost_of(exchange, said), cost_of(exchange, said + called)


def cost_of(exchange: Exchange, arrived: int) -> Decimal:
    """Return what an exchange cost with at least so many tokens of output."""
    usage = {**exchange.usage, "output_tokens": max(arrived, exchange.usage.get("output_tokens") or 0)}
    return ck.Reply(usage=Usage(usage if exchange.usage else {}), model=exchange.model).cost


def is_good(sent: list[Exchange]) -> bool:
    """Tell whether what came of a question is an answer that the next request can carry."""
    last = sent[-1]
    said = [
        block
        for each in sent
        for block in each.blocks
        if block["type"] not in THINKING and (block["type"] != "text" or block["text"].strip())
    ]
    return last.ended and last.stop_reason != "refusal" and bool(said)


def asked(request: dict[str, Any]) -> str:
    """Return the mark of the question that a request asks."""
    (mark,) = questions([request["messages"][-1]])
    return mark


def questions(messages: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the marks of the questions that messages hold, in order."""
    texts = [
        block["text"]
        for message in messages
        if message["role"] == "user"
        for block in blocks(message)
        if block["type"] == "text"
    ]
    return tuple(mark for text in texts for mark in MARK.findall(text))


def question_of(turn: Turn) -> str:
    """Return the mark of a turn."""
    (mark,) = MARK.findall(turn.label)
    return str(mark)


def others_than(question: str, turns: tuple[Turn, ...]) -> list[Turn]:
    """Return the turns of all other questions."""
    return [turn for turn in turns if question_of(turn) != question]


def logged(chat: ck.Chat) -> Counter[str]:
    """Count the questions of a log."""
    return Counter(question_of(turn) for turn in chat.log)


def among(answered: tuple[str, ...], turns: tuple[Turn, ...]) -> tuple[str, ...]:
    """Return those questions that turns still hold."""
    left = {question_of(turn) for turn in turns}
    return tuple(mark for mark in answered if mark in left)


def written(chat: ck.Chat) -> list[dict[str, Any]]:
    """Return the history as JSON, which two that mean the same have alike."""
    history = chat.history
    messages: list[dict[str, Any]] = encode_request(history, model=str(chat.model), max_tokens=1)["messages"]
    return messages


EXAMPLES: Final = os.environ.get("CLAUDE_KIT_EXAMPLES")

TestConversations = Conversations.TestCase
TestConversations.settings = settings(
    max_examples=int(EXAMPLES or 100),
    stateful_step_count=20,
    derandomize=EXAMPLES is None,
    database=None,
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


# ---- what was found once, in its shortest form -----------------------------------------------------------------------


@pytest.fixture
def machine() -> Iterator[Conversations]:
    """Conversations that go as a test says."""
    machine = Conversations()
    yield machine
    machine.teardown()


def after(machine: Conversations, ask: Callable[[], ck.Reply], trouble: Trouble | None = None) -> None:
    """Ask in the only conversation, and see that all is as it should be."""
    (one,) = machine.tracked
    machine.asking(one, trouble, ask)
    machine.no_turn_is_lost()
    machine.what_was_paid_is_what_was_billed()


def waiting(machine: Conversations, model: str, **chosen: Any) -> ck.Chat:
    """Return a conversation in which a call waits for its result."""
    machine.begin(model, tools=(lookup,), max_rounds=1, **chosen)
    chat = machine.tracked[0].chat
    after(machine, lambda: chat.ask("q001: use lookup"))
    assert chat.turns[-1].reply.stop_reason == "tool_use"
    return chat


@pytest.mark.parametrize(
    "trouble", [Trouble("status=529"), Trouble("cut; after=4"), Trouble(interrupted_at=4)], ids=str
)
def test_a_retry_after_one_that_failed_takes_the_place_of_the_answer(machine: Conversations, trouble: Trouble) -> None:
    """The question is not asked twice in what goes on."""
    machine.begin("claude-sonnet-5-5")
    chat = machine.tracked[0].chat
    after(machine, lambda: chat.ask("q001: what is it?"))
    after(machine, chat.retry, trouble)
    after(machine, chat.retry)
    assert questions(written(chat)) == ("q001",)


def test_a_call_of_another_model_can_wait_for_its_result(machine: Conversations) -> None:
    """A model that thinks by a budget wants its own thinking before a call; that of another one is not sent."""
    chat = waiting(machine, "claude-sonnet-5-5", thinking=2000)
    chat.model = "claude-opus-4-5"
    after(machine, lambda: chat.ask("q002: and now?"))


def test_a_call_can_wait_while_thinking_is_turned_on(machine: Conversations) -> None:
    """There was none before the call."""
    chat = waiting(machine, "claude-opus-4-5")
    chat.thinking = 2000
    after(machine, lambda: chat.ask("q002: and now?"))


def test_the_result_of_a_call_can_be_given_while_thinking_is_turned_on(machine: Conversations) -> None:
    """By hand, where no function is there to run."""
    chat = waiting(machine, "claude-opus-4-5")
    chat.thinking = 2000
    (call,) = (block["id"] for block in chat.turns[-1].reply.blocks if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call, "content": "It is in every book."}
    after(machine, lambda: chat.ask("q002: here it is", result))


def test_what_cannot_be_bound_is_not_told_how(machine: Conversations) -> None:
    """Thinking between tools has no other field, so nothing is said of how its blocks are bound."""
    machine.begin("claude-sonnet-5-5", thinking="adaptive", prefix_mismatch="drop_block")
    chat = machine.tracked[0].chat
    after(machine, lambda: chat.ask("q001: what is it?"))
    chat.system, chat.thinking = "Be brief.", {"type": "between_tools"}
    after(machine, lambda: chat.ask("q002: and now?"))
