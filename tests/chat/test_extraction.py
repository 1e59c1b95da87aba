"""Structured answers: asked for in the way that model and route take, and read by the type that was asked for."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pydantic
import pytest
from typing_extensions import TypedDict

import claude_kit as ck
from claude_kit import ExtractionError, Reply
from claude_kit.chat.forms.extraction import Form
from claude_kit.chat.tools.running import ANSWER, Tools
from claude_kit.models import all_models, find

ANTHROPIC = {"via": "anthropic"}
GATEWAY = {"via": "portkey", "dialect": "messages", "hosted": False}
BUDGET = {"type": "enabled", "budget_tokens": 2030}


class Invoice(pydantic.BaseModel):
    """An invoice."""

    number: str = pydantic.Field(min_length=2)
    issued: date
    total: Decimal = pydantic.Field(gt=0)

    @pydantic.field_validator("number")
    @classmethod
    def _has_digits(cls, number: str) -> str:
        if not any(map(str.isdigit, number)):
            raise ValueError("a number has digits.")
        return number


@dataclass
class Point:
    """A point."""

    x: int
    y: int = 0


class Row(TypedDict):
    """A row."""

    name: str


SCHEMA = {
    "title": "Invoice",
    "type": "object",
    "properties": {
        "total": {"type": "number", "minimum": 1},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/L"}},
    },
    "required": ["total"],
    "$defs": {"L": {"type": "string", "maxLength": 3}},
}


def said(text: str, **fields: Any) -> Reply:
    """Return an answer in words."""
    return Reply(blocks=({"type": "text", "text": text},), **{"stop_reason": "end_turn", **fields})


def called(given: Any, *others: dict[str, Any]) -> Reply:
    """Return an answer by the tool."""
    call = {"type": "tool_use", "id": "toolu_1", "name": ANSWER, "input": given}
    return Reply(blocks=({"type": "text", "text": "Here it is."}, call, *others), stop_reason="tool_use")


# ---- asking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "route", "thinking", "kind"),
    [
        ("claude-sonnet-5-5", ANTHROPIC, None, "format"),
        ("claude-sonnet-4-5", ANTHROPIC, BUDGET, "format"),
        ("claude-haiku-4-5", ANTHROPIC, None, "format"),
        ("claude-opus-4-1", ANTHROPIC, None, "tool"),
        ("claude-3-7-sonnet-20250219", ANTHROPIC, BUDGET, "auto"),
        ("claude-haiku-5-5", GATEWAY, None, "tool"),
        ("claude-haiku-5-5", {**GATEWAY, "hosted": True}, None, "tool"),
        ("claude-haiku-4-5", {**GATEWAY, "dialect": "chat"}, {"type": "adaptive"}, "tool"),
        ("claude-haiku-4-5", GATEWAY, BUDGET, "auto"),
        ("claude-sonnet-5-5", GATEWAY, None, "auto"),
    ],
)
def test_it_is_asked_in_the_way_that_model_and_route_take(
    model: str, route: dict[str, Any], thinking: dict[str, Any] | None, kind: str
) -> None:
    """By format where it is carried, else by a tool that is forced, else by one that is offered and asked for."""
    form = Form.of(Invoice)
    asked = form.request(find(model), route, thinking=thinking)
    if kind == "format":
        assert asked == {"output_config": {"format": {"type": "json_schema", "schema": dict(form.schema)}}}
        assert form.instruction(asked) == ""
        return
    (tool,) = asked["tools"]
    assert tool["name"] == ANSWER
    assert tool["input_schema"]["properties"]["number"]["minLength"] == 2
    assert asked["tool_choice"]["type"] == kind
    assert (ANSWER in form.instruction(asked)) == (kind == "auto")


@pytest.mark.parametrize("model", [model for model in all_models() if model.status != "retired"], ids=str)
@pytest.mark.parametrize("thinking", [None, "adaptive", 2030], ids=str)
@pytest.mark.parametrize("route", [ANTHROPIC, GATEWAY, {**GATEWAY, "dialect": "chat"}], ids=["api", "gateway", "chat"])
def test_no_check_refuses_how_it_is_asked(model: Any, thinking: Any, route: dict[str, Any]) -> None:
    """On every model, by every route, however it thinks: no error, and nothing that the gateway would drop."""
    asked = {"model": model, "max_tokens": 4000, "thinking": thinking}
    field = ck.wire.thinking.parameter(thinking, model, max_tokens=4000)
    fields = Form.of(Invoice).request(model, route, thinking=field)
    before = ck.check("Read it", **asked, **route)
    after = ck.check("Read it", **asked, **route, **fields)
    assert not set(after.findings) - set(before.findings)


@pytest.mark.parametrize("of", [dict[str, int], list[Any], dict])
def test_what_a_format_cannot_hold_is_asked_for_by_a_tool(of: Any) -> None:
    """Instead of an answer that would lack it."""
    form = Form.of(of)
    assert form.obstacle
    assert "tools" in form.request(find("claude-haiku-5-5"), ANTHROPIC)


def test_a_tool_can_be_asked_for() -> None:
    """Beside citations the API takes no format, and of a large schema it says so only when it has it."""
    asked = Form.of(Invoice).request(find("claude-sonnet-5-5"), ANTHROPIC, by_tool=True)
    assert asked["tool_choice"] == {"type": "auto"}


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ({"total": "number"}, "is no JSON schema, which says a type"),
        (ck.ask, r"ask is a function, not a type. For Claude to call it: chat.tools = \[ask\]"),
        ("Invoice", "'Invoice' is no type: give the type itself"),
        (None, "None is no type"),
        ([Point], r"a list is no type. For several of it: chat.extract\(list\[Point\], …\)"),
        ((Point, Invoice), r"chat.extract\(list\[Point \| Invoice\], …\)"),
        (Point(1), r"Point\(x=1, y=0\).* is an answer already: give its type, chat.extract\(Point, …\)"),
        (Invoice.model_construct(), r"chat.extract\(Invoice, …\)"),
        (object(), "unable to generate"),
    ],
    ids=["shorthand", "function", "name", "nothing", "list", "tuple", "dataclass", "pydantic", "object"],
)
def test_what_is_no_type_says_so(of: Any, words: str) -> None:
    """At once, not when an answer came."""
    with pytest.raises(TypeError, match=words):
        Form.of(of)


# ---- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "text", "value"),
    [
        (
            Invoice,
            '{"number": "A1", "issued": "2026-01-02", "total": "1.50"}',
            Invoice(number="A1", issued=date(2026, 1, 2), total=Decimal("1.50")),
        ),
        (Point, '{"x": 1}', Point(1)),
        (Row, '{"name": "a"}', {"name": "a"}),
        (list[Point], '{"answer": [{"x": 1}]}', [Point(1)]),
        (list[Point], '[{"x": 1}]', [Point(1)]),
        (Literal["yes", "no"], '{"answer": "no"}', "no"),
        (date | None, '{"answer": null}', None),
        (Point | None, '{"x": 1}', Point(1)),
        (dict[str, int], '{"answer": 3}', {"answer": 3}),
        (int, '```json\n{"answer": 3}\n```', 3),
        (SCHEMA, '{"total": 2, "lines": ["abc"]}', {"total": 2, "lines": ["abc"]}),
        ({"type": "array", "items": {"type": "integer"}}, '{"answer": [1]}', [1]),
    ],
    ids=str,
)
def test_an_answer_is_read_by_the_type_that_was_asked_for(of: Any, text: str, value: Any) -> None:
    """The same from words and from the tool's input."""
    form = Form.of(of)
    assert form.value(said(text)) == value
    if text.startswith(("{", "[")):
        assert form.value(called(json.loads(text))) == value
    assert type(form.read(text)) is type(value)


@pytest.mark.parametrize(
    ("of", "text", "problems"),
    [
        (
            Invoice,
            '{"number": "none", "issued": "soon", "total": 0}',
            ("number: a number has digits", "issued: should be a valid date", "total: should be greater than 0, not 0"),
        ),
        (Invoice, '{"number": "A1", "issued": "2026-01-02"}', ("total: field required",)),
        (list[Point], '{"answer": [{"x": 1}, {}]}', ("1.x: field required",)),
        (Invoice, "I cannot read it.", ("the whole: should be JSON",)),
        (Invoice, "", ("the whole: should be JSON",)),
        (SCHEMA, '{"total": 0, "lines": ["abcd"]}', ("total: should be 1 or more, not 0", "lines.0: should have 3")),
    ],
)
def test_what_does_not_fit_is_named(of: Any, text: str, problems: tuple[str, ...]) -> None:
    """Constraints that no format can hold to are checked here; the error keeps the answer."""
    reply = said(text)
    with pytest.raises(ExtractionError) as caught:
        Form.of(of).value(reply)
    assert caught.value.reply is reply
    assert len(caught.value.problems) == len(problems)
    for problem, words in zip(caught.value.problems, problems, strict=True):
        assert problem.startswith(words)
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stop_reason": "max_tokens"}, "the answer was cut at max_tokens.*a larger max_tokens"),
        ({"stop_reason": "model_context_window_exceeded"}, "the answer was cut: the context window is full"),
        ({"stop_reason": "refusal"}, "Claude declined to answer"),
        ({"stop_reason": None, "complete": False, "problem": "Stopped."}, "no whole answer came. Stopped."),
    ],
)
def test_an_answer_that_is_not_whole_says_why(fields: dict[str, Any], words: str) -> None:
    """Also where what there is of it happens to fit; asking once more would not help."""
    reply = said('{"x": 1}', **fields)
    with pytest.raises(ExtractionError, match=f"Point: {words}") as caught:
        Form.of(Point).value(reply)
    assert caught.value.reply is reply
    assert caught.value.problems == ()
    assert Form.complaint(caught.value) == ""


# ---- asking again -----------------------------------------------------------------------------------------------


def failing(form: Form, reply: Reply) -> ExtractionError:
    """Return what is wrong with an answer."""
    with pytest.raises(ExtractionError) as caught:
        form.value(reply)
    return caught.value


def test_what_does_not_fit_is_told_to_claude() -> None:
    """Field by field, as words or as the result of the call; every other call gets a result too."""
    form = Form.of(Point)
    error = failing(form, said('{"x": "left"}'))
    assert "- x: should be a valid integer" in form.complaint(error)
    (words,) = form.follow_up(said(""), error)
    assert words == {"type": "text", "text": form.complaint(error)}
    asked = form.request(find("claude-sonnet-5-5"), GATEWAY)
    (words,) = form.follow_up(said(""), error, request=asked)
    assert words == {"type": "text", "text": f"{form.complaint(error)} {form.instruction(asked)}"}

    other = {"type": "tool_use", "id": "toolu_2", "name": "look_up", "input": {}}
    reply = called({"x": "left"}, other)
    first, second = form.follow_up(reply, failing(form, reply))
    assert (first["tool_use_id"], first["is_error"]) == ("toolu_1", True)
    assert "- x: should be a valid integer" in first["content"]
    assert (second["tool_use_id"], second["is_error"]) == ("toolu_2", True)


def test_an_answer_by_the_tool_is_closed() -> None:
    """The API wants a result for every call, before anything else is said; words need none."""
    (closing,) = Form.follow_up(called({"x": 1}))
    assert closing == {"type": "tool_result", "tool_use_id": "toolu_1", "content": "recorded"}
    assert Form.follow_up(said("{}")) == []


def test_the_tool_is_not_one_that_runs() -> None:
    """A loop that runs functions ends with it."""
    assert not Tools.of([]).runs(ANSWER)


# ---- with a model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [Point, list[Row], Literal["yes", "no"], date | None, SCHEMA], ids=str)
@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5"])
@pytest.mark.parametrize("dialect", ["messages", "chat"])
def test_a_model_is_asked_by_a_tool(of: Any, model: str, dialect: str) -> None:
    """Forced or asked for in words: the offline model calls it, and what it gives is read; then talk goes on."""
    form, client = Form.of(of), ck.Client.offline(pace_s=0, dialect=dialect)
    fields = form.request(find(model), ANTHROPIC, by_tool=True)
    question = " ".join(filter(None, ("What is it?", form.instruction(fields))))
    messages: list[dict[str, Any]] = [{"role": "user", "content": question}]
    reply = client.send(messages, model=model, max_tokens=2000, **fields)
    form.value(reply)
    after = [*form.follow_up(reply), "Thank you"]
    messages += [{"role": "assistant", "content": reply.blocks}, {"role": "user", "content": after}]
    fields.pop("tool_choice")
    assert client.send(messages, model=model, max_tokens=2000, **fields).stop_reason == "end_turn"


def test_a_model_is_asked_by_a_format() -> None:
    """The offline model answers with the least that the schema asks for, and it is read as the type."""
    form, client = Form.of(list[Point]), ck.Client.offline(pace_s=0)
    fields = form.request(find("claude-sonnet-5-5"), ANTHROPIC)
    question = [{"role": "user", "content": "Which points?"}]
    reply = client.send(question, model="claude-sonnet-5-5", max_tokens=2000, effort="low", **fields)
    assert form.value(reply) == [Point(0)]
