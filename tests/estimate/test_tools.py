"""What tools cost: the documented prompt, each tool as Claude reads it, those that Anthropic defines."""

import json

import pytest

from claude_kit.estimate import count_text, texts, tools
from claude_kit.estimate.count import Count
from claude_kit.models import find

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
    written = count_text(compact, find(model))
    count = cost(WEATHER, choice=choice, model=find(model))
    assert count.low <= beside[0] + written
    assert beside[1] + written <= count.high
    assert abs(count.tokens - written - sum(beside) / 2) <= 10


def test_no_tool_costs_nothing():
    """Without tools there is no prompt for them, whatever the choice."""
    assert tools.definitions([], NONE, OLD) == Count.exactly(0)


def test_a_further_tool_costs_its_own_line_alone():
    """The prompt is there once."""
    one, two, three = (cost(*[WEATHER] * number).tokens for number in (1, 2, 3))
    assert abs((three - two) - (two - one)) <= 3
    assert two - one < one - 400


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
    [
        ("bash_20250124", 230, 260),
        ("web_search_20250305", 1690, 2500),
        ("memory_20250818", 1000, 1200),
        ("something_20270101", 50, 4000),
    ],
)
def test_a_tool_that_anthropic_defines_costs_what_is_known_of_it(kind, least, most):
    """Its definition is not here; nothing is free, and an unknown one has a wide range."""
    more = cost(WEATHER, {"type": kind, "name": "tool"})
    alone = cost(WEATHER)
    assert (more.low - alone.low, more.high - alone.high) == (least, most)
    assert more.method in ("interpolated", "heuristic")


@exact_only
@pytest.mark.parametrize(("model", "billed"), [("claude-opus-4-1", 2039), ("claude-sonnet-4-5", 2218)])
def test_a_web_search_costs_what_it_was_billed(model, billed):
    """Two recorded requests, of a question of 9 tokens and one of 5, that did not search."""
    count = cost({"type": "web_search_20250305", "name": "web_search"}, model=find(model))
    question = {2039: 9, 2218: 5}[billed]
    assert abs(count.tokens + question + 7 - billed) <= 3


def test_a_deferred_tool_is_not_told_yet():
    """Until Claude searches for it, a tool with ``defer_loading`` costs nothing; newer models are told of it."""
    deferred = {**WEATHER, "name": "get_tides", "defer_loading": True}
    assert cost(WEATHER, deferred) == cost(WEATHER)
    alone, both = cost(WEATHER, model=NEW), cost(WEATHER, deferred, model=NEW)
    assert both.low == alone.low
    assert both.tokens - alone.tokens == 94


def test_only_deferred_tools_cost_the_prompt_alone():
    """There is nothing to write between the tags."""
    assert 400 < cost({**WEATHER, "defer_loading": True}).tokens < cost(WEATHER).tokens - 30


def test_a_forced_choice_is_dearer_where_no_prompt_is_documented_too():
    """By about what it is where one is."""
    newest = find("claude-sonnet-5-5")
    assert 100 < cost(WEATHER, choice=ANY, model=newest).tokens - cost(WEATHER, model=newest).tokens < 150


def test_a_tool_costs_its_json_without_blanks_at_the_least():
    """And 6 tokens for its tags: the lower end of the range, with a doubt of 6 about the prompt."""
    told = {"description": "", "name": "look_up", "parameters": {"type": "object"}}
    packed = texts.count(json.dumps(told, separators=(",", ":")), OLD)
    assert cost({"name": "look_up", "input_schema": {"type": "object"}}).low == 496 - 6 + packed.low + 6
