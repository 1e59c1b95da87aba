"""Conversations through the real Portkey gateway: each request of each turn arrives as on the direct route."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit import offline
from tests.chat import validity
from tests.content import making
from tests.test_gateway_chat import plain, text, through

MODEL = "claude-sonnet-5-5"
OTHER = "claude-haiku-5-5"
SYSTEM = "You explain how heat spreads in metals, in plain words. " * 120
PDF = making.pdf(["Heat spreads in copper.", "Slower in iron."])
DIRECT = "direct"
ROUTES = ("messages", "chat")

pytestmark = [pytest.mark.gateway, pytest.mark.filterwarnings("error")]

Body = dict[str, Any]


def weather(city: str) -> str:
    """Say how the weather is in a city."""
    return f"rain in {city}"


def broken(city: str) -> str:
    """Fail."""
    raise LookupError(f"no station in {city}")


def drawn(city: str) -> Any:
    """Draw a city."""
    return ["a view of", city, pil.new("RGB", (64, 48), "teal")]


@dataclass(frozen=True)
class Line:
    """A way to the offline model, and what arrived there."""

    client: ck.Client
    received: list[Any]

    @property
    def bodies(self) -> list[Body]:
        """The requests, so that those of two routes compare."""
        names: dict[str, str] = {}
        return [renamed(settled(plain(exchange.json)), names) for exchange in self.received]


@contextmanager
def line(route: str, gateway: str, **served: Any) -> Iterator[Line]:
    """Return a way to an offline model of its own: directly, or by way of the gateway."""
    received: list[Any] = []
    with offline.serve(log=received, **{"pace_s": 0, **served}) as address:
        if route == DIRECT:
            client = ck.Client.anthropic("sk-test", base_url=address)
        else:
            client = through(gateway, address, route)
        with client:
            yield Line(client, received)


def settled(body: Body) -> Body:
    """Write as the direct route does what the gateway says otherwise: of tools, and where their results are cached."""
    tools = [{**tool, "input_schema": {"required": [], **tool["input_schema"]}} for tool in body.get("tools") or ()]
    messages = [{**said, "content": [outermost(block) for block in said["content"]]} for said in body["messages"]]
    return {**body, **({"tools": tools} if tools else {}), "messages": messages}


def outermost(block: Body) -> Body:
    """Return the result of a tool as blocks, with its breakpoint on itself; anything else as it is."""
    if block["type"] != "tool_result":
        return block
    inner = block["content"]
    blocks = [text(inner)] if isinstance(inner, str) else [dict(held) for held in inner]
    marked = [mark for held in blocks if (mark := held.pop("cache_control", None))]
    return {**block, "content": blocks, **({"cache_control": marked[-1]} if marked else {})}


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Number ids and signatures: the offline model makes them of the whole request."""
    if isinstance(value, dict):
        return {key: named(key, inner, names) for key, inner in value.items()}
    return [renamed(inner, names) for inner in value] if isinstance(value, list) else value


def named(key: str, value: Any, names: dict[str, str]) -> Any:
    """Return a value, or the number that stands for it."""
    if key in ("id", "tool_use_id", "signature") and isinstance(value, str):
        return names.setdefault(value, f"#{len(names)}")
    return renamed(value, names)


Lesson = Callable[[ck.Chat], object]


def held(lesson: Lesson, gateway: str, route: str, served: dict[str, Any], **options: Any) -> tuple[ck.Chat, Line]:
    """Hold a lesson on one route."""
    with line(route, gateway, **served) as way:
        chat = ck.Chat(options.get("model", MODEL), way.client, **{k: v for k, v in options.items() if k != "model"})
        lesson(chat)
    return chat, way


def compared(lesson: Lesson, gateway: str, route: str, served: Any = None, **options: Any) -> tuple[ck.Chat, Line]:
    """Hold a lesson on the direct route and on another, and find that the same arrives, and nothing wrong with it."""
    expected, direct = held(lesson, gateway, DIRECT, served or {}, **options)
    chat, way = held(lesson, gateway, route, served or {}, **options)
    for exchange in (*direct.received, *way.received):
        assert list(problems(exchange.json)) == []
    assert way.bodies == direct.bodies
    assert way.bodies
    assert [len(turn.steps) for turn in chat.turns] == [len(turn.steps) for turn in expected.turns]
    assert said(chat) == said(expected)
    return chat, way


def problems(body: Body) -> Iterator[str]:
    """Yield what the API would not take."""
    settled = plain(body)
    for rule in (validity.roles, validity.texts, validity.calls, validity.breakpoints):
        yield from rule(settled)


def said(chat: ck.Chat) -> list[list[str]]:
    """Return the kinds of block in each message of the history."""
    return [[getattr(item, "type", None) or kind(item) for item in message["content"]] for message in chat.history]


def kind(item: Any) -> str:
    """Return what an item is."""
    return str(item["type"]) if isinstance(item, dict) else type(item).__name__


def marks(body: Body) -> list[tuple[int, int]]:
    """Return where the breakpoints are: message and block, -1 for the system prompt."""
    parts = [(-1, body["system"]), *((at, message["content"]) for at, message in enumerate(body["messages"]))]
    return [(at, number) for at, blocks in parts for number, block in enumerate(blocks) if "cache_control" in block]


# ---- what is asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_a_lesson_with_files_thinking_tools_and_a_cache(gateway: str, route: str) -> None:
    """Three turns of four requests: all arrive as directly, breakpoints too, and the cache is read as directly."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask(ck.pdf(PDF), pil.new("RGB", (640, 480), "teal"), "What do they say?")
        chat.ask("And page 2?")
        chat.ask("What is the weather?")

    options: Any = {"system": SYSTEM, "thinking": "adaptive", "cache": "5m", "tools": [weather]}
    chat, way = compared(lesson, gateway, route, **options)
    assert len(way.bodies) == 4
    assert all(marks(body)[0] == (-1, 0) for body in way.bodies)
    assert [marks(body)[-1][0] for body in way.bodies] == [0, 2, 4, 6]
    assert [len(step.results) for turn in chat.turns for step in turn.steps] == [0, 0, 1, 0]
    later = [step.reply.usage for turn in chat.turns for step in turn.steps][1:]
    assert all(usage.cache_read_input_tokens > usage.total_input_tokens / 2 for usage in later)
    assert not any(turn.notes for turn in chat.turns)


@pytest.mark.parametrize("route", [DIRECT, *ROUTES])
def test_an_image_that_takes_the_cache_is_told(gateway: str, route: str) -> None:
    """One that comes later takes all messages out of the cache (Anthropic docs, prompt caching); that is foreseen."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask(ck.pdf(PDF), "What does it say?")
        chat.ask(pil.new("RGB", (640, 480), "teal"), "And this?")

    chat, way = held(lesson, gateway, route, {}, cache="5m")
    assert marks({"system": [], **way.bodies[1]})
    last = chat.turns[-1]
    assert last.usage.cache_read_input_tokens == 0
    assert "image" in " ".join(last.notes)
    assert abs(chat.ledger["error"].iloc[-1]) < 0.1


@pytest.mark.parametrize("route", ROUTES)
def test_a_large_pdf_is_cached_by_itself(gateway: str, route: str) -> None:
    """Without a system prompt its end is a breakpoint, from which a question asked again reads."""
    large = making.pdf([f"Page {number}: {'heat spreads in copper ' * 60}" for number in range(6)])

    def lesson(chat: ck.Chat) -> None:
        chat.ask(ck.pdf(large), "What does it say?")
        chat.retry()
        chat.ask("And on page 2?")

    chat, way = compared(lesson, gateway, route, cache="5m")
    assert all((0, 0) in marks({"system": [], **body}) for body in way.bodies[:2])
    assert [turn.usage.cache_read_input_tokens > 0 for turn in chat.log] == [False, True, True]


@pytest.mark.parametrize("route", ROUTES)
def test_a_tool_may_give_an_image(gateway: str, route: str) -> None:
    """Its words and its image stand in the result, where the direct route has them."""
    chat, way = compared(lambda chat: chat.ask("How is it drawn?"), gateway, route, tools=[drawn], thinking="adaptive")
    (given,) = way.bodies[1]["messages"][2]["content"]
    assert [block["type"] for block in given["content"]].count("image") == 1
    assert chat.turns[0].complete


@pytest.mark.parametrize("route", ROUTES)
def test_a_tool_that_failed_is_told_in_words(gateway: str, route: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a chat completion the mark of a failure is lost, the words of it are not; so there is nothing to warn of."""
    with line(route, gateway) as way:
        chat = ck.Chat(MODEL, way.client, tools=[broken])
        chat.ask("Is it broken?")
    (result,) = way.bodies[1]["messages"][2]["content"]
    assert result["content"] == [text("LookupError: no station in offline")]
    assert result.get("is_error") is (True if route == "messages" else None)
    assert "is_error" not in capsys.readouterr().err


@pytest.mark.parametrize("route", ROUTES)
def test_a_call_that_nobody_answers_is_said_not_to_have_run(
    gateway: str, route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On either route, and without a warning of what the conversation itself has written."""
    with line(route, gateway) as way:
        chat = ck.Chat(MODEL, way.client, tools=[weather], max_rounds=1)
        chat.ask("What is the weather?")
        chat.ask("Never mind.")
    result, *_ = way.bodies[1]["messages"][2]["content"]
    assert result["content"] == [text("This tool was not run.")]
    assert list(problems(way.received[1].json)) == []
    assert "is_error" not in capsys.readouterr().err


@pytest.mark.parametrize("route", ROUTES)
def test_a_call_may_be_answered_by_hand(gateway: str, route: str) -> None:
    """Results stand before the question that comes with them."""
    described = {"name": "lookup", "description": "Look up.", "input_schema": {"type": "object", "properties": {}}}

    def lesson(chat: ck.Chat) -> None:
        call = next(block for block in chat.ask("Please lookup").blocks if block["type"] == "tool_use")
        chat.ask("Briefly.", {"type": "tool_result", "tool_use_id": call["id"], "content": "forty-two"})

    chat, way = compared(lesson, gateway, route, tools=[described], thinking="adaptive")
    assert [block["type"] for block in way.bodies[1]["messages"][2]["content"]] == ["tool_result", "text"]
    assert "forty-two" in chat.turns[-1].reply.text


# ---- extraction ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("model", [MODEL, OTHER])
def test_what_is_extracted_goes_by_a_tool(gateway: str, route: str, model: str) -> None:
    """The gateway drops ``output_config``: the form is a tool, forced where the model can be; and the talk goes on."""
    options: Any = {"model": model, "system": SYSTEM, "tools": [weather], "thinking": "adaptive"}
    with line(route, gateway) as way:
        chat = ck.Chat(options.pop("model"), way.client, **options)
        chat.ask("What is this about?")
        assert chat.extract(list[int], "Which numbers record_answer?") == [0]
        assert chat.ask("And now?").complete
    extracting, last = way.bodies[1], way.bodies[2]
    assert all(list(problems(exchange.json)) == [] for exchange in way.received)
    assert "output_config" not in extracting
    assert [tool["name"] for tool in extracting["tools"]] == ["weather", "record_answer"]
    forced = ck.models.find(model).forced_tool_choice
    wanted = {"type": "tool", "name": "record_answer"} if forced else {"type": "auto"}
    assert extracting["tool_choice"] == wanted
    assert [tool["name"] for tool in last["tools"]] == ["weather"]
    assert last["messages"][4]["content"][0] == {
        "type": "tool_result",
        "tool_use_id": last["messages"][3]["content"][-1]["id"],
        "content": [text("recorded")],
    }


# ---- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_an_overloaded_api_is_asked_again(gateway: str, route: str) -> None:
    """The same request once more; one turn, one answer, one bill."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask("One?")
        chat.ask("Two?")

    served = {"faults": [None, "status=529", None]}
    chat, way = compared(lesson, gateway, route, served, thinking="adaptive")
    assert len(way.bodies) == 3
    assert way.bodies[1] == way.bodies[2]
    assert [len(turn.steps) for turn in chat.log] == [1, 1]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status=400", ck.BadRequestError),
        ("status=413", ck.APIError),
        ("error=overloaded_error; after=6", ck.OverloadedError),
        ("cut; after=20", ck.StreamInterrupted),
    ],
)
def test_what_failed_leaves_the_history_as_it_was(gateway: str, route: str, fault: str, error: type[Exception]) -> None:
    """Refused or broken off, the next question goes on from before; it arrives as on the direct route."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask("One?")
        before = chat.history
        with pytest.raises(error):
            chat.ask(ck.pdf(PDF), "Two?")
        assert chat.history == before
        chat.ask("Three?")

    # Slowly: of what comes at once the gateway may pass on nothing when it is cut, and then it is asked again.
    served = {"faults": [None, fault, None], "pace_s": 0.005}
    chat, way = compared(lesson, gateway, route, served, thinking="adaptive")
    assert [message["role"] for message in way.bodies[-1]["messages"]] == ["user", "assistant", "user"]
    assert len(chat.log) == 3


# ---- what changes between turns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_another_model_goes_on(gateway: str, route: str) -> None:
    """Without what the first one thought, which is said; back at the first one, it is sent again."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask(ck.pdf(PDF), "What does it say?")
        chat.ask("What is the weather?")
        chat.model = OTHER  # type: ignore[assignment]
        chat.ask("And now?")
        chat.model = MODEL  # type: ignore[assignment]
        chat.ask("Once more?")

    options: Any = {"thinking": "adaptive", "tools": [weather], "cache": "5m", "system": SYSTEM}
    chat, way = compared(lesson, gateway, route, **options)
    thought = [[has_thought(message) for message in body["messages"][1::2]] for body in way.bodies]
    assert thought[3] == [False, False, False]
    assert thought[4][:3] == [True, True, True]
    assert [len(turn.notes) > 0 for turn in chat.turns] == [False, False, True, True]


def has_thought(message: Body) -> bool:
    """Tell whether a message holds thinking."""
    return any(block["type"] == "thinking" for block in message["content"])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mismatch", ["strip", "drop_block"])
def test_a_changed_prompt_and_its_thinking(gateway: str, route: str, mismatch: Any) -> None:
    """Left out, or sent with the word and the header that let the API drop it, which arrive too."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask("One?")
        chat.system = SYSTEM
        assert chat.ask("Two?").complete

    _, way = compared(lesson, gateway, route, thinking="adaptive", prefix_mismatch=mismatch)
    dropped = way.bodies[1]["thinking"].get("block_binding")
    assert (dropped is not None) == (mismatch == "drop_block")
    assert has_thought(way.bodies[1]["messages"][1]) == (mismatch == "drop_block")
    beta = way.received[1].headers.get("anthropic-beta", "")
    assert ("thinking-binding-controls" in beta) == (mismatch == "drop_block")


@pytest.mark.parametrize("route", ROUTES)
def test_it_is_saved_and_loaded_in_the_middle(gateway: str, route: str, tmp_path: Path) -> None:
    """What is asked then arrives as if nothing had happened, files, thinking and calls too."""

    def lesson(chat: ck.Chat) -> None:
        chat.ask(ck.pdf(PDF), pil.new("RGB", (64, 48), "teal"), "What do they say?")
        chat.ask("What is the weather?")
        chat.save(tmp_path / "talk.json")
        loaded = ck.Chat.load(tmp_path / "talk.json", chat.client, tools=[weather])
        assert loaded.history == chat.history
        loaded.ask("And the weather now?")
        chat.ask("And the weather now?")

    options: Any = {"thinking": "adaptive", "tools": [weather], "cache": "5m", "system": SYSTEM}
    _, way = compared(lesson, gateway, route, **options)
    with_loaded, without = way.bodies[3], way.bodies[5]
    assert unmarked(with_loaded) == unmarked(without)


def unmarked(body: Body) -> Body:
    """Return a request without its breakpoints: what is loaded does not know what is cached."""
    kept: Body = json.loads(json.dumps(body), object_hook=validity.plain)
    return kept


@pytest.mark.parametrize("route", ROUTES)
def test_a_cached_conversation_calls_again_and_again(gateway: str, route: str) -> None:
    """What a tool gave has one form, breakpoint or not: else the thinking that came after it is refused."""

    def lesson(chat: ck.Chat) -> None:
        for _ in range(3):
            chat.ask("What is the weather?")

    options: Any = {"thinking": "adaptive", "tools": [weather], "cache": "5m", "system": SYSTEM}
    chat, way = held(lesson, gateway, route, {}, **options)
    assert len(way.received) == 6
    assert not any(turn.notes for turn in chat.turns)
    forms = [{type(result["content"]) for result in results(exchange.json)} for exchange in way.received[1:]]
    assert all(form == forms[0] for form in forms)


def results(body: Body) -> list[Body]:
    """Return what tools gave, in all messages."""
    every = [
        block for message in body["messages"] if isinstance(message["content"], list) for block in message["content"]
    ]
    return [block for block in every if block["type"] == "tool_result"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_talk_begun_directly_goes_on_through_the_gateway(gateway: str, route: str) -> None:
    """With all that was said and thought, and back again."""

    def lesson(chat: ck.Chat) -> None:
        for question in ("One?", "Two?", "Three?"):
            chat.ask(question)
            chat.client = next(clients)

    received: list[Any] = []
    bodies = []
    for crossing in (False, True):
        received.clear()
        with ExitStack() as stack:
            address = stack.enter_context(offline.serve(pace_s=0, log=received))
            direct = stack.enter_context(ck.Client.anthropic("sk-test", base_url=address))
            other = stack.enter_context(through(gateway, address, route)) if crossing else direct
            clients = iter([other, direct, other])
            lesson(ck.Chat(MODEL, direct, thinking="adaptive"))
        bodies.append(Line(direct, list(received)).bodies)
    assert bodies[0] == bodies[1]
    assert [has_thought(message) for message in bodies[1][2]["messages"][1::2]] == [True, True]


def test_a_tool_that_the_gateway_words_otherwise_costs_the_thinking(gateway: str) -> None:
    """It adds to the schema, so a talk that changes routes has other tools: it goes on, and that is said."""
    with offline.serve(pace_s=0) as address, ck.Client.anthropic("sk-test", base_url=address) as direct:
        chat = ck.Chat(MODEL, direct, thinking="adaptive", tools=[weather])
        chat.ask("One?")
        with through(gateway, address) as chat.client:
            assert chat.ask("What is the weather?").complete
    assert any("The thinking of turn 1 is not sent" in note for note in chat.turns[-1].notes)
