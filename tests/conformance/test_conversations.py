"""Recorded answers in a conversation: what comes goes back as it came, is shown, paid for, kept and loaded."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

import claude_kit as ck
from claude_kit import models
from claude_kit.reply import Usage
from claude_kit.shown import turn_answer
from tests.chat import validity
from tests.conformance import recordings
from tests.conformance.playing import Playlist, Recording, recorded
from tests.render.reading import words
from tests.wire.replay import serving

Block = dict[str, Any]

# Who asks where the model of a recording is retired.
MODEL = "claude-sonnet-4-6"
OTHER = "claude-haiku-5-5"
THINKING = ("thinking", "redacted_thinking")
# What cannot go on: the API has said nothing, or no.
UNSENT = ("", "refusal")
GOES_ON = ("tool_use", "pause_turn")
CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")

RECORDED = recorded()
ENDED = [recording for recording in RECORDED if recording.stop_reason]
BROKEN = [recording for recording in RECORDED if not recording.stop_reason]
CALLING = [recording for recording in ENDED if recording.stop_reason == "tool_use"]
PAUSED = [recording for recording in ENDED if recording.stop_reason == "pause_turn"]

pytestmark = recordings.needed


def named(recordings: list[Recording]) -> pytest.MarkDecorator:
    """Run a test for each of these."""
    return pytest.mark.parametrize("recording", recordings, ids=lambda recording: recording.name)


@pytest.fixture(scope="module")
def playlist() -> Iterator[Playlist]:
    """Run a server that plays one recording after the other."""
    playing = Playlist()
    with serving(playing.respond) as playing.served:
        yield playing


# ---- conversations ----------------------------------------------------------------------------------------------


@contextmanager
def talking(recording: Recording, playlist: Playlist, *then: Recording, **options: Any) -> Iterator[ck.Chat]:
    """Have a conversation whose answers are a recording, others, and a last one."""
    playlist.put(recording.stream, *(other.stream for other in then), closing(recording).stream)
    address = playlist.served.address
    if recording.dialect == "chat":
        client = ck.Client.portkey(
            "pk", base_url=address, provider="anthropic", authorization="sk-test", dialect="chat", max_retries=0
        )
    else:
        client = ck.Client.anthropic("sk-ant-test", base_url=address, max_retries=0)
    with client:
        yield ck.Chat(asker(recording), client, **{"tools": described(recording), **options})


def asker(recording: Recording) -> str:
    """Return the model of a recording or, where that is not served any more, another."""
    try:
        return models.require_active(recording.model).id
    except ck.ClaudeKitError:
        return MODEL


def is_asked_again(recording: Recording) -> bool:
    """Tell whether the model of a recording is the one that is asked."""
    try:
        return models.find(recording.model).id == asker(recording)
    except ck.UnknownModelError:
        return False


def closing(recording: Recording) -> Recording:
    """Return the first recorded answer of words alone that came after this one, by the same model if there is one."""
    later = [*RECORDED[RECORDED.index(recording) + 1 :], *RECORDED]
    closes = [other for other in later if other.dialect == recording.dialect and is_plain(other)]
    return next((other for other in closes if other.model == recording.model), closes[0])


def is_plain(recording: Recording) -> bool:
    """Tell whether an answer ends the turn with words, and nothing else."""
    return recording.stop_reason == "end_turn" and [block["type"] for block in recording.blocks] == ["text"]


def calls(recording: Recording) -> list[Block]:
    """Return the calls of one's own tools."""
    return [block for block in recording.blocks if block["type"] == "tool_use"]


def described(recording: Recording) -> list[Block]:
    """Describe the tools that a recording calls, for a person to answer."""
    names = dict.fromkeys(block["name"] for block in calls(recording))
    return [{"name": name, "description": "As it was.", "input_schema": {"type": "object"}} for name in names]


def functions(recording: Recording) -> list[Callable[..., str]]:
    """Write the tools that a recording calls; each says what it was given."""
    inputs: dict[str, Block] = {}
    for block in calls(recording):
        inputs[block["name"]] = {**inputs.get(block["name"], {}), **block["input"]}
    return [function(name, given) for name, given in inputs.items()]


def function(name: str, given: Block) -> Callable[..., str]:
    """Write a function of this name that takes an input of these fields."""

    def run(**told: Any) -> str:
        """Say what was given."""
        return json.dumps(told, sort_keys=True, default=str)

    kinds = {field: type(value) for field, value in given.items()}
    parameters = [Parameter(field, Parameter.KEYWORD_ONLY, annotation=kind) for field, kind in kinds.items()]
    run.__name__ = name
    run.__annotations__ = {**kinds, "return": str}
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return run


# ---- what should be sent, by the rules and not by the code ---------------------------------------------------------


def goes_back(recording: Recording) -> list[Block]:
    """Return what of an answer is to be sent again: all but empty texts and thinking that the model cannot take."""
    same = is_asked_again(recording)
    return [block for block in recording.blocks if not is_left_out(block, same=same)]


def is_left_out(block: Block, *, same: bool) -> bool:
    if block["type"] == "text":
        return not block["text"].strip()
    return block["type"] in THINKING and not (same and (block.get("signature") or block.get("data")))


def is_sent(recording: Recording) -> bool:
    """Tell whether an answer stands in later requests: one that says nothing, or no, does not."""
    says = any(block["type"] not in THINKING for block in goes_back(recording))
    return recording.stop_reason not in UNSENT and says


def asked(*content: Block) -> Block:
    """Return a message of the person who asks."""
    return {"role": "user", "content": list(content)}


def said(blocks: list[Block], dialect: str) -> Block:
    """Return a message of Claude; as a chat completion its calls come last."""
    own = [block for block in blocks if block["type"] == "tool_use"] if dialect == "chat" else []
    return {"role": "assistant", "content": [*(block for block in blocks if block not in own), *own]}


def text(words: str) -> Block:
    """Return a block of text."""
    return {"type": "text", "text": words}


def result(call: Block, content: str, **beside: Any) -> Block:
    """Return what answers a call."""
    return {"type": "tool_result", "tool_use_id": call["id"], "content": content, **beside}


def received(playlist: Playlist, at: int, dialect: str) -> list[Block]:
    """Return the messages of a request as Claude is told them, and find nothing wrong with them."""
    body = playlist.served.requests[at].json
    messages = by_way_of_gateway(body["messages"]) if dialect == "chat" else body["messages"]
    body = {**body, "messages": messages}
    rules = (validity.texts, validity.calls) if messages[-1]["role"] == "assistant" else CHECKED
    assert [problem for rule in rules for problem in rule(body)] == []
    fields = {} if dialect == "chat" else {"tools": body.get("tools")}
    report = ck.check(model=body["model"], messages=messages, max_tokens=body["max_tokens"], **fields)
    assert [found for found in (*report.errors, *report.warnings) if not found.rule.startswith("model.")] == []
    return messages


CHECKED = (validity.roles, validity.texts, validity.calls, validity.breakpoints)


def by_way_of_gateway(messages: list[Block]) -> list[Block]:
    """Read messages of the other dialect as the gateway does: it makes blocks of calls, and results of answers."""
    read: list[Block] = []
    for message in messages:
        content = message["content"]
        if message["role"] == "tool":
            told = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": content}
            role, blocks = "user", [told]
        elif message["role"] == "assistant":
            own = [(call["id"], call["function"]) for call in message.get("tool_calls", ())]
            made = [{"id": id, "name": told["name"], "input": json.loads(told["arguments"])} for id, told in own]
            role, blocks = "assistant", [*message["content_blocks"], *({"type": "tool_use", **call} for call in made)]
        else:
            role, blocks = message["role"], [text(content)] if isinstance(content, str) else content
        if read and read[-1]["role"] == role:
            read[-1]["content"] += blocks
        else:
            read.append({"role": role, "content": list(blocks)})
    return read


def alike(blocks: list[Block], dialect: str) -> list[Block]:
    """Write messages so that they compare in a dialect whose calls have no caller, and whose results are lists."""
    if dialect == "messages":
        return blocks

    def written(block: Block) -> Block:
        block = {name: value for name, value in block.items() if name not in ("caller", "is_error")}
        words = block.get("content")
        if block["type"] == "tool_result" and isinstance(words, str):
            block["content"] = [{"type": "text", "text": words}]
        return block

    return [{**message, "content": [written(block) for block in message["content"]]} for message in blocks]


# ---- what goes back -------------------------------------------------------------------------------------------------


def test_every_kind_of_answer_is_among_them() -> None:
    """In both dialects: tools, thinking, redacted thinking, citations, the API's tools, and every end of a turn."""
    for dialect in ("messages", "chat"):
        spoken = [recording for recording in ENDED if recording.dialect == dialect]
        kinds = {block["type"] for recording in spoken for block in recording.blocks}
        assert {"text", "tool_use", *THINKING, "server_tool_use", "web_search_tool_result"} <= kinds
        assert any(block.get("citations") for recording in spoken for block in recording.blocks)
        assert {"end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal"} <= {
            recording.stop_reason for recording in spoken
        }
    assert PAUSED
    assert BROKEN


@named([recording for recording in ENDED if recording not in PAUSED])
def test_what_came_goes_back(recording: Recording, playlist: Playlist) -> None:
    """Block by block, verbatim and in order; a call that nobody answered is said not to have been run."""
    with talking(recording, playlist) as chat:
        chat.ask("Hi")
        chat.ask("And now?")
    not_run = [result(call, "This tool was not run.") for call in calls(recording)]
    if is_sent(recording):
        expected = [asked(text("Hi")), said(goes_back(recording), recording.dialect), asked(*not_run, text("And now?"))]
    else:
        expected = [asked(text("And now?"))]
    sent = received(playlist, 1, recording.dialect)
    assert alike(sent, recording.dialect) == alike(expected, recording.dialect)
    assert len(chat.turns) == 1 + is_readable(recording)


def is_readable(recording: Recording) -> bool:
    """Tell whether an answer is kept, for it said or cost something."""
    return bool(recording.blocks or any(count for count in recording.usage.values()))


@named(CALLING)
def test_calls_are_run_and_answered(recording: Recording, playlist: Playlist) -> None:
    """By Python functions of their names, with what they were given; the recorded thinking stands before the call."""
    with talking(recording, playlist, tools=functions(recording)) as chat:
        reply = chat.ask("Hi")
    ran = [result(call, json.dumps(call["input"], sort_keys=True)) for call in calls(recording)]
    expected = [asked(text("Hi")), said(goes_back_at_once(recording), recording.dialect), asked(*ran)]
    sent = received(playlist, 1, recording.dialect)
    assert alike(sent, recording.dialect) == alike(expected, recording.dialect)
    last = closing(recording)
    assert [dict(block) for block in reply.blocks] == last.blocks
    assert [block for step in chat.turns[0].steps for block in map(dict, step.reply.blocks)] == [
        *recording.blocks,
        *last.blocks,
    ]
    assert [message["role"] for message in chat.history] == ["user", "assistant", "user", "assistant"]


def goes_back_at_once(recording: Recording) -> list[Block]:
    """Return what of an answer is sent in the same turn, to the model that has just given it."""
    return [block for block in recording.blocks if not is_left_out(block, same=True)]


@named(CALLING)
def test_calls_may_be_answered_by_hand(recording: Recording, playlist: Playlist) -> None:
    """What the person gives stands right behind the calls, before what is asked besides."""
    with talking(recording, playlist) as chat:
        assert chat.ask("Hi").stop_reason == "tool_use"
        given = [result(call, f"answer {number}") for number, call in enumerate(calls(recording))]
        chat.ask("And briefly.", *given)
    sent = received(playlist, 1, recording.dialect)
    expected = [asked(text("Hi")), said(goes_back(recording), recording.dialect), asked(*given, text("And briefly."))]
    assert alike(sent, recording.dialect) == alike(expected, recording.dialect)


@named(PAUSED)
def test_an_answer_that_paused_goes_on(recording: Recording, playlist: Playlist) -> None:
    """However often: what had come is sent as the beginning of the answer; later without what nothing came of."""
    last = closing(recording)
    with talking(recording, playlist, recording, last) as chat:
        chat.ask("Hi")
        chat.ask("And now?")
    steps = chat.turns[0].steps
    assert [step.reply.stop_reason for step in steps] == ["pause_turn", "pause_turn", "end_turn"]
    question, part = asked(text("Hi")), goes_back(recording)
    assert received(playlist, 1, recording.dialect) == [question, said(part, recording.dialect)]
    assert received(playlist, 2, recording.dialect) == [question, said([*part, *part], recording.dialect)]
    rest = [block for block in [*part, *part] if block["type"] != "server_tool_use"]
    whole = said([*rest, *last.blocks], recording.dialect)
    assert received(playlist, 3, recording.dialect) == [question, whole, asked(text("And now?"))]


@named(PAUSED)
def test_an_answer_that_is_left_paused_calls_nothing_that_stays_open(recording: Recording, playlist: Playlist) -> None:
    """After the last round: a call of the API's own tool goes back with its result, or not at all."""
    with talking(recording, playlist, max_rounds=1) as chat:
        assert chat.ask("Hi").stop_reason == "pause_turn"
        chat.ask("And now?")
    assert open_calls(received(playlist, 1, recording.dialect)) == set()


def open_calls(messages: list[Block]) -> set[str]:
    """Return the calls of the API's own tools that have no result."""
    blocks = [block for message in messages for block in message["content"]]
    began = {block["id"] for block in blocks if block["type"] in ("server_tool_use", "mcp_tool_use")}
    return began - {block["tool_use_id"] for block in blocks if block["type"].endswith("tool_result")}


@named(CALLING[::12])
def test_an_answer_may_be_nothing_after_a_call(recording: Recording, playlist: Playlist) -> None:
    """Claude has said all before the call; the next question stands with the results, in one message."""
    empty = next(one for one in ENDED if one.dialect == recording.dialect and not one.blocks)
    with talking(recording, playlist, empty, tools=functions(recording)) as chat:
        chat.ask("Hi")
        assert [message["role"] for message in chat.history] in (["user", "assistant", "user"], [])
        chat.ask("And now?")
    roles = [message["role"] for message in playlist.served.requests[-1].json["messages"] if message["role"] != "tool"]
    assert roles in (["user", "assistant", "user"], ["user"])
    received(playlist, 2, recording.dialect)


@named(BROKEN)
def test_an_answer_that_broke_off_is_not_sent(recording: Recording, playlist: Playlist) -> None:
    """It is kept for reading where something had come; the conversation goes on as if nobody had asked."""
    with talking(recording, playlist) as chat:
        with pytest.raises((ck.APIError, ck.StreamInterrupted)):
            chat.ask("Hi")
        assert (chat.history, len(chat.log)) == ([], 1)
        assert [dict(block) for block in chat.log[0].reply.blocks] == recording.blocks
        chat.ask("Again")
    assert received(playlist, 1, recording.dialect) == [asked(text("Again"))]


@named([recording for recording in ENDED if any(block["type"] in THINKING for block in recording.blocks)])
def test_thinking_is_left_out_where_another_model_goes_on(recording: Recording, playlist: Playlist) -> None:
    """And nothing else is; back at the model that thought, it is sent again."""
    with talking(recording, playlist, tools=functions(recording)) as chat:
        chat.ask("Hi")
    chat.model = OTHER  # type: ignore[assignment]
    thoughtless = [block for block in goes_back(recording) if block["type"] not in THINKING]
    assert chat.history[1]["content"] == thoughtless
    chat.model = asker(recording)  # type: ignore[assignment]
    assert chat.history[1]["content"] == goes_back(recording)


# ---- what it costs, how it is kept, what is shown -------------------------------------------------------------------


@pytest.fixture(scope="module")
def held(playlist: Playlist) -> Callable[[Recording], ck.Chat]:
    """Return conversations of one question, in which tools were run; each is had once."""
    had: dict[str, ck.Chat] = {}

    def hold(recording: Recording) -> ck.Chat:
        if recording.name not in had:
            with talking(recording, playlist, tools=functions(recording)) as chat:
                try:
                    chat.ask("Hi")
                except ck.ClaudeKitError:
                    assert recording in BROKEN
            had[recording.name] = chat
        return had[recording.name]

    return hold


Held = Callable[[Recording], ck.Chat]


@named(ENDED)
def test_what_was_billed_is_the_recordings_bill(recording: Recording, held: Held) -> None:
    """Usage and cost of all answers, added; a model without a known price is said, and not guessed."""
    chat = held(recording)
    billed = [recording] if recording.stop_reason not in GOES_ON else [recording, closing(recording)]
    assert chat.usage == sum((Usage(one.usage) for one in billed), Usage())
    assert len(chat.ledger) == 1
    try:
        expected = sum(ck.Reply(usage=Usage(one.usage), model=one.model).cost for one in billed)
    except ck.UnknownModelError:
        with pytest.raises(ck.UnknownModelError):
            chat.cost  # noqa: B018
    else:
        assert chat.cost == expected


@named(RECORDED)
def test_what_is_loaded_goes_on_as_before(recording: Recording, held: Held, tmp_path: Path) -> None:
    """It sends the same, shows the same and costs the same."""
    chat = held(recording)
    chat.save(tmp_path / "talk.json")
    loaded = ck.Chat.load(tmp_path / "talk.json", chat.client)
    assert loaded.history == chat.history
    assert (loaded.turns, loaded.log, loaded.usage) == (chat.turns, chat.log, chat.usage)
    assert list(loaded.tools.definitions) == list(chat.tools.definitions)
    assert loaded.export("html") == chat.export("html")


@named(RECORDED)
def test_a_document_holds_all_that_was_said(recording: Recording, held: Held, tmp_path: Path) -> None:
    """Every word of every answer, in each form, in what is returned and in the file."""
    chat = held(recording)
    forms: dict[Any, Callable[[str], str]] = {"html": words, "md": joined, "json": strings}
    for form, reader in forms.items():
        document = chat.export(form, tmp_path / f"talk.{form}")
        assert (tmp_path / f"talk.{form}").read_text(encoding="utf-8") == document
        read = reader(document)
        assert [word for turn in chat.turns for word in spoken(turn) if word not in read] == []


def joined(text: str) -> str:
    """Return a text without its white space."""
    return "".join(text.split())


def strings(document: str) -> str:
    """Return all strings of a JSON document, without their white space."""
    found: list[str] = []
    json.loads(document, object_hook=lambda made: found.extend(v for v in made.values() if isinstance(v, str)))
    return joined(" ".join(found))


@named(RECORDED)
def test_all_of_it_is_shown(recording: Recording, held: Held) -> None:
    """Texts; thinking and calls folded; a locked line for what is redacted; and what the texts rest on."""
    (turn,) = held(recording).log
    steps = [(step.reply, step.results) for step in turn.steps]
    page = turn_answer(steps, turn.notes).bundle()["text/html"].split("</style>")[1]
    read = words(page)
    blocks = [block for step in turn.steps for block in step.reply.blocks]
    results = [result for step in turn.steps for result in step.results]
    assert [word for word in spoken(turn) if word not in read] == []
    in_a_row = groupby(block["type"] for block in blocks)  # one line is enough for several
    assert page.count('class="ck-locked') == sum(kind == "redacted_thinking" for kind, _ in in_a_row)
    assert folded(page, "ck-thinking") == sum(bool(block.get("thinking")) for block in blocks)
    assert folded(page, "ck-call") == number(blocks, *CALLS)
    told = [block["name"] for block in blocks if block["type"] in CALLS]
    told += [result["content"] for result in results]
    told += [place for block in blocks for citation in block.get("citations") or () for place in places(citation)]
    assert [words for words in told if joined(words) not in read] == []


def number(blocks: list[Any], *kinds: str) -> int:
    """Count the blocks of these kinds."""
    return sum(block["type"] in kinds for block in blocks)


def folded(page: str, kind: str) -> int:
    """Count what is folded away."""
    found = re.findall(rf'<details[^>]*class="{kind}[ "][^>]*>', page)
    assert not any(" open" in tag for tag in found)
    return len(found)


def places(citation: Block) -> list[str]:
    """Return what has to be said of where a citation is from."""
    told = [citation.get("title") or citation.get("document_title") or ""]
    if citation["type"] == "page_location":
        told.append(f"p. {citation['start_page_number']}")
    return told


def spoken(turn: ck.Turn) -> set[str]:
    """Return the longer words that Claude said in a turn, without those of addresses."""
    texts = [block["text"] for step in turn.steps for block in step.reply.blocks if block["type"] == "text"]
    return set(re.findall(r"[^\W\d_]{4,}", re.sub(r"\]\([^)]*\)|https?://\S+", " ", "\n".join(texts))))
