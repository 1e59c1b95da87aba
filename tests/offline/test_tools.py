"""Tools of the offline model: it calls the one that is forced or named, with the least that fits the schema."""

import json
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.estimate import texts
from claude_kit.models import find
from claude_kit.offline.model import Answer, answer
from claude_kit.offline.refusals import Refusal
from claude_kit.offline.values import minimal

# One that can be forced to use a tool; the newest Sonnet cannot.
MODEL = find("claude-haiku-5-5")

CITY = {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}}}
WEATHER = {"name": "get_weather", "description": "d", "input_schema": {**CITY, "required": ["city", "unit"]}}
TIME = {"name": "get_time", "input_schema": {"type": "object"}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


def asked(*messages: Any, tools: Any = (WEATHER, TIME), model: ck.Model = MODEL, **fields: Any) -> Answer:
    """Return what it answers."""
    turns = [{"role": "user", "content": turn} if isinstance(turn, str) else turn for turn in messages]
    body = {"model": model.id, "max_tokens": 4000, "messages": turns, "tools": list(tools), **fields}
    return answer(body, model)


@pytest.mark.parametrize(
    ("words", "choice", "called"),
    [
        ("What is it like in Paris?", None, None),
        ("Use get_time, please", None, "get_time"),
        ("GET_WEATHER!", {"type": "auto"}, "get_weather"),
        ("my_get_time2", None, None),
        ("Hi", {"type": "any"}, "get_weather"),
        ("By get_time", {"type": "any"}, "get_time"),
        ("By get_time", {"type": "tool", "name": "get_weather"}, "get_weather"),
        ("By get_time", {"type": "none"}, None),
    ],
)
def test_it_calls_the_tool_that_is_forced_or_named(words: str, choice: Any, called: str | None) -> None:
    """And no other, and none that is only part of a word."""
    given = asked(words, **({} if choice is None else {"tool_choice": choice}))
    assert [call.name for call in given.calls] == ([called] if called else [])
    assert given.stop_reason == ("tool_use" if called else "end_turn")
    assert given.text.startswith("**This is the offline model; no Claude was asked.**")


def test_the_call_has_what_the_schema_asks_for() -> None:
    """Its id is the same for the same request, and another's is another."""
    (first,), (again,), (other,) = (asked(f"get_weather {word}").calls for word in ("now", "now", "later"))
    assert first == again
    assert first.input == {"city": "offline", "unit": "c"}
    assert first.id.startswith("toolu_offline_")
    assert first.id != other.id


def test_the_answer_to_a_tool_s_result_is_words() -> None:
    """It says what came, and does not call again, even if it is forced."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    result = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "12 °C in get_time"}],
    }
    turns = [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    given = asked("get_weather", *turns, tool_choice={"type": "any"})
    assert given.calls == ()
    assert "1. **get_weather**: “12 °C in get_time”." in given.text
    assert "You asked: “get_weather”." in given.text, "the question that the tool was called for"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tool_choice": {"type": "tool", "name": "get_rain"}}, "Tool 'get_rain' not found in provided tools"),
        (
            {"tool_choice": {"type": "any"}, "model": find("claude-sonnet-5-5")},
            '"tool_choice.type.any" is not supported for this model',
        ),
    ],
)
def test_a_tool_that_cannot_be_forced_is_refused(fields: Any, message: str) -> None:
    """One that is not there, or on a model that takes no force."""
    with pytest.raises(Refusal, match=message):
        asked("Hi", **fields)


def test_tools_of_the_server_are_not_called() -> None:
    """They would run at Anthropic's, whom nobody asks."""
    assert asked("web_search", tools=[SEARCH]).calls == ()
    assert asked("web_search", tools=[SEARCH], tool_choice={"type": "any"}).calls == ()


def test_a_call_that_does_not_fit_is_left_out() -> None:
    """With too few tokens the answer is cut, and the usage is what was said."""
    whole = asked("get_weather")
    tokens = whole.usage["output_tokens"]
    assert whole.calls
    assert tokens > texts.count(whole.text, MODEL).tokens
    assert asked("get_weather", max_tokens=tokens).calls
    short = asked("get_weather", max_tokens=tokens - 1)
    assert (short.calls, short.stop_reason) == ((), "max_tokens")
    assert short.usage["output_tokens"] < tokens


@pytest.mark.parametrize(
    ("schema", "least"),
    [
        ({"type": "string"}, "offline"),
        ({"type": "string", "maxLength": 3}, "off"),
        ({"type": "string", "minLength": 9}, "offline.."),
        ({"type": "integer"}, 0),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "number", "maximum": -2}, -2),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": "string", "format": "some-day"}, "offline"),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": ["string", "null"]}, "offline"),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 7}, 7),
        ({"type": "string", "default": "x"}, "x"),
        ({"type": "string", "examples": ["Paris"]}, "Paris"),
        ({"type": "array", "items": {"type": "integer"}}, [0]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [0, 0]),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 0),
        ({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["b"]}, {"b": "offline"}),
        (
            {
                "type": "object",
                "properties": {"p": {"$ref": "#/$defs/Point"}},
                "required": ["p"],
                "$defs": {"Point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
            },
            {"p": {"x": 0}},
        ),
        ({"$ref": "#/nowhere"}, None),
        ({"$ref": "https://example.com/schema"}, None),
        ({}, None),
    ],
)
def test_the_least_that_fits_a_schema(schema: Any, least: Any) -> None:
    """What is required, and of that the first or smallest."""
    assert minimal(schema) == least


def test_a_schema_that_refers_to_itself_ends() -> None:
    """It is followed only so deep."""
    node: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    assert len(json.dumps(minimal(node))) < 200
