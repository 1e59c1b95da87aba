"""What tools cost: the documented prompt, each tool as Claude reads it, and calls and results in earlier turns."""

import pytest

from claude_kit.content import Pdf, Text, image
from claude_kit.estimate import count_text, texts, tools
from claude_kit.estimate.count import Count
from claude_kit.models import find
from tests.content import making

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5")
AUTO, ANY, NONE = {"type": "auto"}, {"type": "any"}, {"type": "none"}

SCHEMA = {
    "type": "object",
    "properties": {"location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"}},
    "required": ["location"],
}
WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather in a given location",
    "input_schema": SCHEMA,
}

exact_only = pytest.mark.skipif(not texts.is_exact(), reason="texts are estimated here")


def cost(*given, choice=None, model=OLD) -> Count:
    return tools.definitions(given, choice, model)


@exact_only
def test_the_documentations_example_is_met_to_the_token():
    """Anthropic's docs tell 403 tokens for this tool and question, on a model whose prompt is 313."""
    sonnet = find("claude-sonnet-4")
    question = count_text("What's the weather like in San Francisco?", sonnet)
    assert cost(WEATHER, model=sonnet).tokens + question + 7 == 403


@exact_only
@pytest.mark.parametrize(
    ("model", "choice", "beside"),
    [
        ("claude-sonnet-4-5", AUTO, (505, 510)),
        ("claude-sonnet-4-5", NONE, (505, 515)),
        ("claude-sonnet-4-5", ANY, (600, 615)),
        ("claude-sonnet-4", AUTO, (326, 326)),
        ("claude-sonnet-4", ANY, (340, 340)),
        ("claude-sonnet-5", AUTO, (365, 365)),
        ("claude-sonnet-5", ANY, (490, 490)),
        ("claude-3-haiku", AUTO, (277, 277)),
        ("claude-3-opus", AUTO, (544, 544)),
    ],
)
def test_what_was_billed_beside_a_tools_json_is_in_the_range(model, choice, beside):
    """Some 220 recorded requests, told by model and tool choice as what they cost beside the tool's compact JSON."""
    compact = (
        '{"name":"get_weather","description":"Get the current weather in a given location","input_schema":{"type":'
        '"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"}'
        '},"required":["location"]}}'
    )
    json = count_text(compact, find(model))
    count = cost(WEATHER, choice=choice, model=find(model))
    assert count.low <= beside[0] + json
    assert beside[1] + json <= count.high
    assert abs(count.tokens - json - sum(beside) / 2) <= 10


def test_no_tool_costs_nothing():
    """Without tools there is no prompt for them, whatever the choice."""
    assert tools.definitions([], NONE, OLD) == Count.exactly(0)


def test_a_further_tool_costs_its_own_line_alone():
    """The prompt is there once."""
    one, two, three = (cost(*[WEATHER] * number).tokens for number in (1, 2, 3))
    assert three - two == two - one < one - 400


@pytest.mark.parametrize("choice", [{"type": "tool", "name": "get_weather"}, ANY, "any"])
def test_a_forced_choice_has_a_longer_prompt(choice):
    """92 tokens more are documented for Sonnet 4.5, and a few more were billed."""
    assert 92 <= cost(WEATHER, choice=choice).tokens - cost(WEATHER, choice=AUTO).tokens <= 100


def test_a_missing_description_costs_what_an_empty_one_costs():
    """Recorded both ways with the same bill."""
    bare = {"name": "get_file", "input_schema": {"type": "object"}}
    assert cost(bare) == cost({**bare, "description": ""})


def test_what_does_not_describe_the_tool_costs_nothing():
    """A cache breakpoint is not told to Claude."""
    assert cost({**WEATHER, "cache_control": {"type": "ephemeral"}}) == cost(WEATHER)


def test_a_chat_completions_tool_costs_the_same():
    """Its schema stands under another name."""
    function = {"name": "get_weather", "description": WEATHER["description"], "parameters": SCHEMA}
    assert cost({"type": "function", "function": function}) == cost(WEATHER)


def test_a_model_whose_prompt_is_not_documented_says_so():
    """The range is that of its family."""
    count = cost(WEATHER, model=find("claude-sonnet-5-5"))
    assert count.method in ("interpolated", "heuristic")
    assert count.high - count.low > 150
    assert count.low < cost(WEATHER, model=NEW).tokens < count.high


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("bash_20250124", 230, 260), ("web_search_20250305", 1500, 2400), ("something_20270101", 50, 4000)],
)
def test_a_tool_that_anthropic_defines_costs_what_is_known_of_it(kind, least, most):
    """Its definition is not here; nothing is free, and an unknown one has a wide range."""
    more = cost(WEATHER, {"type": kind, "name": "tool"})
    alone = cost(WEATHER)
    assert (more.low - alone.low, more.high - alone.high) == (least, most)
    assert more.method in ("interpolated", "heuristic")


def test_a_call_costs_its_arguments():
    """A call with a long text in it costs that text."""
    text = "All work and no play makes Jack a dull boy. " * 20
    short, long = ({"name": "write", "input": {"text": said}} for said in ("Hi", text))
    more = tools.call(long, OLD).tokens - tools.call(short, OLD).tokens
    assert abs(more - count_text(text, OLD)) <= 0.1 * count_text(text, OLD) + 3


def test_a_call_may_have_any_arguments_or_none():
    """Numbers, lists and objects are counted as their JSON."""
    bare = tools.call({"name": "draw"}, OLD)
    assert bare.tokens > 15
    assert tools.call({"name": "draw", "input": {"sizes": [1, 2, 3], "deep": {"on": True}}}, OLD).tokens > bare.tokens


def test_a_result_costs_more_than_its_content():
    """Recorded: a little for each text, more for each image."""
    text, picture = Text("42"), image(making.encoded(making.corners(), "PNG"))
    empty = tools.result([], OLD).tokens
    assert [tools.result(held, OLD).tokens - empty for held in ([text], [picture], [picture] * 2)] == [4, 10, 20]
    assert tools.result([Pdf(making.pdf())], OLD).tokens - empty == 2


@exact_only
@pytest.mark.parametrize("given", ["text", "image", "pdf"])
def test_a_recorded_call_and_its_result_are_met(given):
    """Sonnet 4.5 billed 586, 580 and 577 to 581 tokens for a bare tool, its call and a result, their content apart."""
    held = {"text": Text("File attached"), "image": image(making.encoded(making.corners(), "PNG"))}
    item = held.get(given) or Pdf(making.pdf())
    bare = {"name": "get_file", "input_schema": {"additionalProperties": False, "properties": {}, "type": "object"}}
    total = cost(bare) + tools.call({"name": "get_file", "input": {}}, OLD) + tools.result([item], OLD)
    assert abs(total.tokens - {"text": 580, "image": 586, "pdf": 578}[given]) <= 2


def test_before_claude_4_a_result_named_its_tool():
    """So it cost more, by how much is not sure."""
    older, newer = (tools.result([], find(name)) for name in ("claude-3-5-sonnet", "claude-sonnet-4-5"))
    assert older.tokens > newer.tokens
    assert older.high - older.low > newer.high - newer.low
