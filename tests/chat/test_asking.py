"""Asking: tools are run until the answer ends, failures keep what they cost, and several conversations ask at once."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.chat import cells, ledger
from claude_kit.chat.cells import Run
from claude_kit.render import units
from tests.content import making
from tests.wire.replay import Exchange, answer, block, serving, sse, streaming, text_block

MODEL = "claude-sonnet-5-5"
SYSTEM = "Be brief."


def weather(city: str) -> str:
    """Say how the weather is in a city."""
    return f"rain in {city}"


def broken(city: str) -> str:
    """Fail."""
    raise LookupError(f"no station in {city}")


def offline_chat(**options: Any) -> ck.Chat:
    """Return a chat with the offline model, as fast as it goes."""
    return ck.Chat(options.pop("model", MODEL), ck.Client.offline(pace_s=0), **options)


def failing(fault: str, **options: Any) -> Iterator[ck.Chat]:
    """Return a chat with a server on which something goes wrong."""
    with (
        ck.offline.serve(pace_s=0, faults=[fault]) as address,
        ck.Client.anthropic("sk-ant-test", base_url=address, max_retries=0) as client,
    ):
        yield ck.Chat(MODEL, client, **options)


# ---- tools --------------------------------------------------------------------------------------------------------


def test_a_tool_is_run_and_the_answer_goes_on() -> None:
    """One turn of two requests: the call and its result stand in it, and the last answer is returned."""
    chat = offline_chat(tools=[weather], thinking="adaptive")
    reply = chat.ask("What is the weather?")
    (turn,) = chat.turns
    first, last = turn.steps
    assert first.reply.stop_reason == "tool_use"
    assert first.results[0]["content"] == "rain in offline"
    assert last.reply is reply
    assert "rain in offline" in reply.text
    assert [message["role"] for message in chat.history] == ["user", "assistant", "user", "assistant"]
    assert chat.history[1]["content"][0]["type"] == "thinking"
    assert chat.cost == first.reply.cost + last.reply.cost


def test_what_a_tool_raises_is_told_to_the_model() -> None:
    """As a result that says so; the conversation goes on."""
    chat = offline_chat(tools=[broken])
    assert chat.ask("Is it broken?").complete
    (result,) = chat.turns[0].steps[0].results
    assert result["is_error"] is True
    assert result["content"] == "LookupError: no station in offline"


def test_the_loop_has_a_limit() -> None:
    """Then the answer ends with a call; the next question answers that it was not run."""
    chat = offline_chat(tools=[weather], max_rounds=1)
    assert chat.ask("What is the weather?").stop_reason == "tool_use"
    assert chat.turns[0].notes[-1].startswith("Stopped calling tools after 1 requests (max_rounds)")
    assert chat.ask("Never mind.").complete
    assert chat.history[2]["content"][0]["content"] == "This tool was not run."


def test_a_call_may_be_answered_by_hand() -> None:
    """Of a tool that is only described; what is given then stands in the next question."""
    described = {"name": "lookup", "description": "Look up.", "input_schema": {"type": "object", "properties": {}}}
    chat = offline_chat(tools=[described])
    call = next(block for block in chat.ask("Please lookup").blocks if block["type"] == "tool_use")
    assert chat.turns[0].notes[-1].startswith("Claude called lookup, which is only described here")
    reply = chat.ask({"type": "tool_result", "tool_use_id": call["id"], "content": "forty-two"})
    assert "forty-two" in reply.text
    with pytest.raises(
        ValueError, match=r"tool_use_id='toolu_x': no call of that id waits for a result. Waiting: none"
    ):
        chat.ask({"type": "tool_result", "tool_use_id": "toolu_x", "content": "forty-two"})


def test_an_answer_that_pauses_is_continued() -> None:
    """Claude stops in the middle of its own tools' work; the same turn goes on from there."""
    search = {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}}
    paused = [*block(**search), *text_block("Found.", 1)]
    replies = [answer_of(*paused, stop_reason="pause_turn"), answer("So it is.")]

    def respond(exchange: Exchange) -> None:
        streaming(*replies[len(exchange.server.served.requests) - 1])(exchange)

    with serving(respond) as served, ck.Client.anthropic("sk-ant-test", base_url=served.address) as client:
        chat = ck.Chat(MODEL, client)
        assert chat.ask("Search").text == "So it is."
        sent = json.loads(served.requests[1].body)["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant"]
    assert sent[1]["content"][0] == search
    assert [message["role"] for message in chat.history] == ["user", "assistant"]


def answer_of(*events: Any, stop_reason: str) -> list[Any]:
    """An answer of these events."""
    first, *_, delta, end = answer("")
    return [first, *events, {**delta, "delta": {**delta["delta"], "stop_reason": stop_reason}}, end]


# ---- failures -----------------------------------------------------------------------------------------------------


def test_a_refused_request_leaves_the_history_as_it_was() -> None:
    """It stands in the log as failed, and costs nothing."""
    for chat in failing("status=529; times=1"):
        with pytest.raises(ck.OverloadedError):
            chat.ask("Hello")
        assert (chat.turns, chat.history, chat.cost) == ((), [], Decimal(0))
        assert list(chat.ledger["state"]) == ["failed"]
        assert "OverloadedError" in chat.log[0].reply.problem
        assert chat.retry().complete
        assert len(chat.turns) == 1


def test_an_answer_that_breaks_off_is_kept_for_reading() -> None:
    """And paid for; the next question goes on from before it."""
    for chat in failing("cut; after=40; times=1"):
        with pytest.raises(ck.StreamInterrupted):
            chat.ask("Hello")
        (turn,) = chat.turns
        assert turn.reply.text
        assert not turn.complete
        assert chat.history == []
        assert chat.cost > 0
        assert chat.ask("Again").complete
        assert len(chat.history) == 2
        assert list(chat.ledger["state"]) == ["incomplete", "kept"]


def test_what_had_arrived_of_an_answer_that_broke_off_is_charged() -> None:
    """To the conversation, its budget and all of the process; what is shown of it says that it is the least."""
    for chat in failing("cut; after=40; times=1", budget=5):
        before = ck.total_cost()
        with pytest.raises(ck.StreamInterrupted):
            chat.ask("Tell me everything")
        (turn,) = chat.turns
        arrived = ck.count_text(turn.reply.text, MODEL)
        assert turn.reply.usage.output_tokens < arrived / 4
        assert turn.billed.output_tokens > arrived / 2
        assert chat.cost == turn.cost == ck.total_cost() - before
        assert chat.cost > Decimal(10) / 1_000_000 * arrived / 2
        assert chat.usage.output_tokens == turn.reply.usage.output_tokens  # as the API told it
        assert repr(chat).endswith(f"1 turn, at least {units.usd(chat.cost)}>")
        assert "at least $" in chat._repr_mimebundle_()["text/plain"]
        (row,) = chat.ledger.to_dict("records")
        assert (row["at_least"], row["output_tokens"]) == (True, turn.billed.output_tokens)
        chat.budget = chat.cost
        with pytest.raises(ck.BudgetExceeded, match=r"and at most \$0 of the budget of"):
            chat.ask("Again")
        chat.budget = 5
        chat.ask("Again")
        assert list(chat.ledger["at_least"]) == [True, False]
        assert "at least" not in repr(chat.turns[-1].answer())


def test_a_budget_that_cannot_be_kept_is_said() -> None:
    """Where an answer has no known price, nobody knows what is left: the next question says so, and a way on."""
    started, *others = answer("Yes.")
    of_tomorrow = {**started, "message": {**started["message"], "model": "claude-of-tomorrow"}}
    respond = streaming(of_tomorrow, *others)
    with serving(respond) as served, ck.Client.anthropic("sk-ant-test", base_url=served.address) as client:
        chat = ck.Chat(MODEL, client, budget=5)
        chat.ask("One?")
        with pytest.raises(ck.BudgetExceeded, match=r"budget of \$5.*'claude-of-tomorrow'.*chat.budget = None"):
            chat.ask("Two?")
        chat.budget = None
        assert chat.ask("Two?").text == "Yes."


def test_what_a_tool_cost_is_kept_when_the_next_request_fails() -> None:
    """The turn is there to be read, and not sent again."""

    def breaking(city: str) -> str:
        """Say how the weather is."""
        chat.max_tokens = 1_000
        chat.budget = chat.cost + Decimal("0.001")
        return f"rain in {city}"

    chat = offline_chat(tools=[breaking], budget=5)
    with pytest.raises(ck.BudgetExceeded, match="request 2 of this question could cost"):
        chat.ask("Is it breaking?")
    assert chat.cost > 0
    assert chat.history == []
    (turn,) = chat.turns
    assert turn.steps[0].results[0]["content"] == "rain in offline"
    assert "BudgetExceeded" in turn.reply.problem


def test_a_tool_that_was_stopped_is_not_said_not_to_have_run(capsys: pytest.CaptureFixture[str]) -> None:
    """What the tools before it gave is kept for reading; the turn is not whole, and is not sent."""

    def send_mail(to: str) -> str:
        """Send a mail."""
        return "sent"

    def slow(seconds: int) -> str:
        """Take long, until somebody has enough."""
        raise KeyboardInterrupt

    chat = offline_chat(tools=[send_mail, slow])
    reply = chat.ask("Please send_mail and then slow")
    assert (reply.complete, reply.problem) == (False, "Stopped before the answer was complete.")
    assert [result["content"] for result in chat.turns[0].steps[0].results] == ["sent"]
    assert chat.history == []
    assert list(chat.ledger["state"]) == ["incomplete"]
    assert "Stopped before the answer was complete." in capsys.readouterr().out


def test_two_threads_do_not_answer_at_once() -> None:
    """One is refused before it has sent or paid for anything."""
    chat = offline_chat()
    chat.client = ck.Client.offline(pace_s=0.01)
    outcomes: list[object] = []

    def ask(question: str) -> None:
        try:
            outcomes.append(chat.ask(question))
        except ck.ClaudeKitError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask, args=(f"Number {number}? " + "word " * 5000,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(outcome, ck.Reply) for outcome in outcomes) == len(chat.turns) == len(chat.log) == 1


def test_a_conversation_answers_one_question_at_a_time() -> None:
    """A second one meanwhile is refused, and says what to do."""
    said: list[str] = []

    def nested(city: str) -> str:
        """Ask in the middle of an answer."""
        try:
            chat.ask("And now?")
        except ck.ClaudeKitError as error:
            said.append(str(error))
        return "done"

    chat = offline_chat(tools=[nested])
    chat.ask("Is it nested?")
    assert said == [
        "this conversation is being answered: wait for it (.result() of an answer in the background), end it with "
        ".stop(), or go on in chat.fork()"
    ]


# ---- thinking that is bound to its conversation ----------------------------------------------------------------------


def test_a_changed_prompt_drops_the_thinking_of_earlier_turns() -> None:
    """Said once, and the request is taken; the offline model refuses it otherwise, as the API does."""
    chat = offline_chat(thinking="adaptive", system=SYSTEM)
    chat.ask("One?")
    chat.system = "Answer in verse."
    chat.ask("Two?")
    chat.ask("Three?")
    assert [len(turn.notes) for turn in chat.turns] == [0, 1, 0]
    assert chat.turns[1].notes[0] == (
        "The thinking of turn 1 is not sent: the system prompt has changed, and claude-sonnet-5-5 takes its thinking "
        "back only with the same."
    )
    kinds = [[block["type"] for block in message["content"]] for message in chat.history[1::2]]  # type: ignore[index]
    assert kinds == [["text"], ["thinking", "text"], ["thinking", "text"]]


def test_a_changed_prompt_may_be_an_error() -> None:
    """Then nothing is sent."""
    chat = offline_chat(thinking="adaptive", prefix_mismatch="raise")
    chat.ask("One?")
    chat.system = SYSTEM
    with pytest.raises(ck.ClaudeKitError, match="Nothing was sent"):
        chat.ask("Two?")
    assert len(chat.log) == 1


def test_a_changed_prompt_may_be_left_to_the_api() -> None:
    """The thinking is sent, with the word and the header that let the API drop it."""
    log: list[Any] = []
    with ck.offline.serve(pace_s=0, log=log) as address, ck.Client.anthropic("sk-ant", base_url=address) as client:
        chat = ck.Chat(MODEL, client, thinking="adaptive", prefix_mismatch="drop_block")
        chat.ask("One?")
        chat.system = SYSTEM
        assert chat.ask("Two?").complete
    body = json.loads(log[-1].body)
    assert body["thinking"]["block_binding"] == {"prefix_mismatch_behavior": "drop_block"}
    assert body["messages"][1]["content"][0]["type"] == "thinking"
    assert log[-1].headers["anthropic-beta"] == "thinking-binding-controls-2026-08-01"


def test_thinking_that_the_api_refuses_is_left_out_and_asked_again() -> None:
    """Whatever the reason, such as another account: the conversation does not break."""
    chat = offline_chat(thinking="adaptive")
    chat.ask("One?")
    (turn,) = chat.turns
    other = offline_chat(thinking="adaptive", system=SYSTEM)
    other.ask("One?")
    chat.turns = (ck.Turn(turn.content, other.turns[0].steps, prefix=turn.prefix),)
    assert chat.ask("Two?").complete
    assert [block["type"] for block in chat.history[1]["content"]] == ["text"]


# ---- cells that are run again ----------------------------------------------------------------------------------------


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a way to say which cell runs."""
    runs = iter(range(1000))

    def run(name: str) -> None:
        now = Run(name, f"run {next(runs)}")
        monkeypatch.setattr(cells, "current", lambda: now)

    return run  # type: ignore[return-value]


def questions(chat: ck.Chat) -> list[str]:
    """What was asked in the turns that go on."""
    return [turn.label for turn in chat.turns]


def test_a_cell_that_is_run_again_asks_from_the_same_point(cell: Any) -> None:
    """Its turn and those after it are set aside; nothing is lost, and all is paid for."""
    chat = offline_chat()
    for name, question in (("a", "One?"), ("b", "Two?"), ("a", "One, changed?")):
        cell(name)
        chat.ask(question)
    assert questions(chat) == ["One, changed?"]
    assert chat.turns[0].notes == (
        "Asked again from the same point; set aside with the earlier answer, and still in chat.log: 1 turn.",
    )
    assert list(chat.ledger["state"]) == ["set aside", "set aside", "kept"]
    assert chat.cost == sum(turn.cost for turn in chat.log)
    cell("b")
    chat.ask("Two?")
    assert questions(chat) == ["One, changed?", "Two?"]


def test_a_cell_may_ask_more_than_once(cell: Any) -> None:
    """Run again, all of its turns are replaced."""
    chat = offline_chat()
    for _ in range(2):
        cell("a")
        for question in ("One?", "Two?"):
            chat.ask(question)
    assert questions(chat) == ["One?", "Two?"]
    assert len(chat.log) == 4


def test_a_cell_whose_first_question_fails_asks_the_others_from_the_same_point(cell: Any) -> None:
    """They do not pile up behind those of the run before."""
    chat = offline_chat()
    for budget in (None, Decimal("0.000001")):
        cell("a")
        for question in ("One?", "Two?"):
            chat.budget = budget if question == "One?" else None
            with suppress(ck.BudgetExceeded):
                chat.ask(question)
    assert questions(chat) == ["Two?"]


def test_a_fork_and_a_loaded_conversation_go_on_in_the_cell_that_asked(cell: Any, tmp_path: Path) -> None:
    """What they came with was not asked by them, and nobody replaces it."""
    chat = offline_chat()
    cell("a")
    chat.ask("My name is Ada.")
    side = chat.fork()
    side.ask("What is my name?")
    assert questions(side) == ["My name is Ada.", "What is my name?"]
    chat.save(tmp_path / "talk.json")
    again = ck.Chat.load(tmp_path / "talk.json", ck.Client.offline(pace_s=0))
    again.ask("And now?")
    assert questions(again) == ["My name is Ada.", "And now?"]


def test_what_another_cell_asks_again_belongs_to_the_first(cell: Any) -> None:
    """Run again, that one replaces it."""
    chat = offline_chat()
    cell("a")
    chat.ask("One?")
    cell("b")
    chat.retry()
    cell("a")
    chat.ask("One, changed?")
    assert questions(chat) == ["One, changed?"]


def test_replacing_can_be_turned_off(cell: Any) -> None:
    """Then a cell that is run again asks once more."""
    chat = offline_chat(replace_reruns=False)
    for _ in range(2):
        cell("a")
        chat.ask("One?")
    assert questions(chat) == ["One?", "One?"]


def test_a_failure_replaces_nothing(cell: Any) -> None:
    """The turn that was there stays, to go on from."""
    chat = offline_chat()
    cell("a")
    chat.ask("One?")
    cell("a")
    chat.budget = Decimal("0.000001")
    with pytest.raises(ck.BudgetExceeded):
        chat.ask("One, changed?")
    assert questions(chat) == ["One?"]


# ---- going back, and beside ------------------------------------------------------------------------------------------


def test_a_fork_goes_on_by_itself() -> None:
    """From here or from an earlier turn; its costs are its own, its budget what is left."""
    chat = offline_chat(budget=1)
    chat.ask("One?")
    chat.ask("Two?")
    fork, early = chat.fork(), chat.fork(at=1)
    early.ask("Another two?")
    assert (questions(chat), questions(fork)) == (["One?", "Two?"],) * 2
    assert questions(early) == ["One?", "Another two?"]
    assert early.cost == early.turns[1].cost
    assert fork.budget == 1 - chat.cost
    fork.retry()
    assert questions(fork) == ["One?", "Two?"]
    with pytest.raises(ValueError, match=r"fork\(at=3\): there are 2 turns"):
        chat.fork(at=3)


def test_a_turn_is_taken_back_and_asked_again() -> None:
    """It stays in the log."""
    chat = offline_chat()
    chat.ask("One?")
    chat.ask("Two?")
    (taken,) = chat.undo()
    assert (taken.label, questions(chat)) == ("Two?", ["One?"])
    chat.retry()
    assert questions(chat) == ["One?", "Two?"]
    chat.retry()
    assert questions(chat) == ["One?", "Two?"]
    assert len(chat.log) == 4
    with pytest.raises(ValueError, match=r"undo\(3\): there are 2 turns"):
        chat.undo(3)
    with pytest.raises(ValueError, match="nothing was asked yet"):
        offline_chat().retry()


# ---- money --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*have no known price")  # of other tests
def test_all_conversations_of_the_process_add_up() -> None:
    """Those that are gone too, and single questions."""
    before = ck.total_cost()
    chat = offline_chat()
    chat.ask("One?")
    alone = ck.ask("Two?", model=MODEL, client=ck.Client.offline(pace_s=0))
    assert ck.total_cost() - before == chat.cost + alone.cost
    assert ledger.total_cost is ck.total_cost


# ---- async --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [ck.Client.offline, ck.AsyncClient.offline])
def test_several_conversations_ask_at_once(make: Any) -> None:
    """With either client; tools run, and each keeps its own turns."""
    together = threading.Barrier(2, timeout=10)

    def meet(city: str) -> str:
        """Wait for the other."""
        together.wait()
        return f"met in {city}"

    async def ask() -> list[ck.Reply]:
        chats = [ck.Chat(MODEL, make(pace_s=0), tools=[meet]) for _ in range(2)]
        replies = await asyncio.gather(*(chat.aask("Shall we meet?") for chat in chats))
        assert [len(chat.turns[0].steps) for chat in chats] == [2, 2]
        return replies

    assert all("met in offline" in reply.text for reply in asyncio.run(ask()))


def test_an_async_client_is_awaited() -> None:
    """Its chat says so."""
    with pytest.raises(TypeError, match=r"await chat\.aask"):
        ck.Chat(MODEL, ck.AsyncClient.offline()).ask("Hello")


def test_nobody_is_asked_any_more_once_a_question_is_cancelled() -> None:
    """Neither by the thread that reads for it."""

    async def cancelled(address: str) -> None:
        with ck.Client.anthropic("sk-ant-test", base_url=address, max_retries=4) as client:
            asking = asyncio.create_task(ck.Chat(MODEL, client).aask("Hello"))
            while not log:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)  # it waits for its second try by now
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

    log: list[Any] = []
    with ck.offline.serve(pace_s=0, log=log, faults=["status=529; retry-after=1"]) as address:
        asyncio.run(cancelled(address))
        asked = len(log)
        threading.Event().wait(1.5)
    assert (asked, len(log)) == (1, 1)


@pytest.mark.parametrize("make", [ck.Client.anthropic, ck.AsyncClient.anthropic])
def test_a_cancelled_question_keeps_what_had_arrived(make: Any) -> None:
    """To be read; the connection is closed, and the conversation goes on."""

    def endless(exchange: Exchange) -> None:
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(*answer("Half an answer.")[:3]))
        while True:
            exchange.send(sse({"type": "ping"}))
            exchange.server.served.hung_up.wait(0.02)

    async def cancelled(address: str) -> ck.Chat:
        client = make("sk-ant-test", base_url=address)
        chat = ck.Chat(MODEL, client)
        asking = asyncio.create_task(chat.aask("Hello"))
        while not served.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        if isinstance(client, ck.AsyncClient):
            await client.aclose()
        else:
            client.close()
        return chat

    with serving(endless) as served:
        chat = asyncio.run(cancelled(served.address))
        assert served.hung_up.wait(5)
    (turn,) = chat.turns
    assert turn.reply.text
    assert not turn.complete
    assert chat.history == []


def test_what_is_extracted_is_a_turn() -> None:
    """Also where it is a tool that is filled in, and a question may follow."""
    with ck.offline.serve(pace_s=0) as address:
        client = ck.Client.portkey("pk", base_url=address, provider="anthropic", authorization="sk-test")
        for chat in (offline_chat(), ck.Chat("claude-haiku-5-5", client)):
            assert chat.extract(list[int], "Which numbers?") == [0]
            assert chat.ask("And now?").complete
            assert len(chat.turns) == 2
        assert chat.history[2]["content"][0]["content"] == "recorded"
        client.close()


# ---- recorded ---------------------------------------------------------------------------------------------------


def test_a_conversation_is_recorded_and_replayed(tmp_path: Path) -> None:
    """Turn for turn, tools run again, what it cost included; a question that was not asked then says so."""

    def lesson(client: ck.Client) -> ck.Chat:
        chat = ck.Chat(MODEL, client, tools=[weather], thinking="adaptive", cache="5m", system="A river. " * 500)
        chat.ask("What is the weather?")
        chat.ask("And tomorrow?")
        assert chat.extract(list[int], "How many?") == [0]
        return chat

    path = tmp_path / "lesson.cassette"
    with ck.Client.record(path, "offline", pace_s=0) as client:
        recorded = lesson(client)
    with ck.Client.replay(path, pace=0) as client:
        replayed = lesson(client)
        with pytest.raises(ck.NotRecorded, match="tomorrow"):
            replayed.fork(at=1).ask("And the day after tomorrow?")
    assert replayed.history == recorded.history
    assert replayed.cost == recorded.cost
    assert replayed.turns[0].reply.recorded


def test_what_is_kept_does_not_grow_with_the_square_of_the_turns() -> None:
    """An answer keeps its estimate with all earlier turns as one line."""
    chat = offline_chat(max_tokens=60)
    for number in range(12):
        chat.ask(f"Number {number}?")
    (first, last) = (chat.turns[at].reply.estimate for at in (1, -1))
    assert first is not None
    assert last is not None
    assert len(first.lines) == len(last.lines)
    assert last.input_tokens == chat.turns[-1].usage.input_tokens


def test_breakpoints_of_ones_own_are_left_alone() -> None:
    """Ours would be too many, or in their way."""
    chat = offline_chat(
        cache="1h", system=[{"type": "text", "text": "A river. " * 900, "cache_control": {"type": "ephemeral"}}]
    )
    for question in ("One?", "Two?", "Three?", "Four?"):
        chat.ask(question)
    assert chat.turns[-1].usage.cache_read_input_tokens > 1000


def test_a_conversation_with_a_retired_model_can_be_read(tmp_path: Path) -> None:
    """And asked with another."""
    path = tmp_path / "old.json"
    chat = offline_chat()
    chat.ask("One?")
    chat.save(path)
    path.write_text(path.read_text().replace(f'"model": "{MODEL}"', '"model": "claude-opus-4-1-20250805"', 1))
    old = ck.Chat.load(path, ck.Client.offline(pace_s=0))
    assert "One?" in old.export("md")
    with pytest.raises(ck.PreflightError, match="retired"):
        old.ask("Two?")
    old.model = MODEL
    assert old.ask("Two?").complete


def test_a_note_of_a_request_that_failed_is_told_with_the_next() -> None:
    """Nobody has seen it."""
    with ck.offline.serve(pace_s=0, faults=[]) as address, ck.Client.anthropic("sk", base_url=address) as client:
        chat = ck.Chat(MODEL, client, thinking="adaptive")
        chat.ask("One?")
        chat.system = SYSTEM
        chat.budget = chat.cost + Decimal("0.00001")
        with pytest.raises(ck.BudgetExceeded):
            chat.ask("Two?")
        chat.budget = None
        chat.ask("Two?")
    assert "the system prompt has changed" in chat.turns[1].notes[0]


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_an_export_into_a_folder_that_is_not_there_says_so(form: Any, tmp_path: Path) -> None:
    """In the words in which saving does."""
    with pytest.raises(ck.ContentError, match=r"there is no folder .*nowhere\. Make it first"):
        offline_chat().export(form, tmp_path / "nowhere" / "talk")


def test_a_file_that_is_asked_about_again_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that is run ten times reads its picture ten times; the log holds its bytes once."""
    path = tmp_path / "big.png"
    path.write_bytes(making.encoded(pil.new("RGB", (640, 480), "teal"), "PNG"))
    chat = offline_chat()
    for run in range(3):
        monkeypatch.setattr(cells, "current", lambda run=run: Run("cell", f"run {run}"))
        chat.ask(ck.image(path), "What is it?")
    pictures = [item for turn in chat.log for item in turn.content if isinstance(item, ck.Image)]
    assert len(pictures) == 3
    assert len({id(picture.data) for picture in pictures}) == 1
    chat.ask(ck.image(path, name="another.png"), "And now?")
    assert chat.log[-1].content[0].name == "another.png"
