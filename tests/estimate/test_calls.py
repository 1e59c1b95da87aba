"""What calls of tools and their results cost in earlier turns, as recorded requests were billed."""

import pytest

from claude_kit.content import Pdf, Text, image
from claude_kit.estimate import calls, count_text, lines, texts, tools
from claude_kit.estimate.count import Count
from claude_kit.estimate.turns import read
from claude_kit.models import find
from tests.content import making

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5")

exact_only = pytest.mark.skipif(not texts.is_exact(), reason="texts are estimated here")


def used(name, given=None, number=1):
    return {"type": "tool_use", "id": f"t{number}", "name": name, "input": given or {}}


def given_back(content, number=1, **more):
    return {"type": "tool_result", "tool_use_id": f"t{number}", "content": content, **more}


def step(called, answered, model=OLD) -> Count:
    """What the calls and results of one step cost, with the header of its two turns."""
    ask = {"role": "user", "content": "Go."}
    turns = [ask, {"role": "assistant", "content": called}, {"role": "user", "content": answered}]
    total = sum((line.count for line in lines(turns, model)), Count.exactly(0))
    asked = sum(line.count.tokens for line in lines([ask], model))
    return Count(total.tokens - asked, total.low - asked, total.high - asked, total.method)


@exact_only
@pytest.mark.parametrize(
    ("model", "name", "given", "content", "billed"),
    [
        ("claude-haiku-4-5", "add", {"x": 2, "y": 3}, "5", 82),
        ("claude-sonnet-4-5", "get_population", {"city": "New York"}, "8000000", 69),
        ("claude-sonnet-4-5", "get_user_country", None, "Mexico", 51),
        ("claude-opus-4-7", "subtract", {"x": 2, "y": 5}, "-3", 99),
    ],
)
def test_a_recorded_step_is_met(model, name, given, content, billed):
    """What the second request of a conversation was billed more than the first: the call, its result, two headers."""
    count = step([used(name, given)], [given_back(content)], find(model))
    assert abs(count.tokens - billed) <= 2
    assert count.low <= billed <= count.high


@exact_only
@pytest.mark.parametrize(
    ("name", "asked", "answered", "billed"),
    [
        ("dice_roll", [{}, {}, {}], ['{"roll":1}', '{"roll":2}', '{"roll":3}'], 175),
        (
            "secret_retrieval_tool",
            [{"password": "mellon"}, {"password": "radiance"}],
            ["Welcome to Moria!", "Life before Death"],
            175,
        ),
    ],
)
def test_recorded_calls_at_once_are_met(name, asked, answered, billed):
    """They stand in one block, and each of their results has its tool's name."""
    called = [used(name, given, number) for number, given in enumerate(asked)]
    found = [given_back(content, number) for number, content in enumerate(answered)]
    count = step(called, found, find("claude-haiku-4-5"))
    assert abs(count.tokens - billed) <= 2
    assert count.low <= billed <= count.high


def test_a_further_call_stands_in_the_block_of_the_first():
    """It costs its own tags alone."""
    once, twice, thrice = (
        sum(line.count.tokens for line in lines([{"role": "assistant", "content": [used("draw")] * number}], OLD))
        for number in (1, 2, 3)
    )
    assert thrice - twice == twice - once < calls.call(used("draw"), OLD).tokens - 8


def test_one_of_several_results_costs_the_name_of_its_tool():
    """A single result has none: whose it is goes without saying."""
    one = calls.result([Text("42")], OLD)
    several = calls.result([Text("42")], OLD, tool="look_up")
    assert 15 < several.tokens - one.tokens < 35
    longer = calls.result([Text("42")], OLD, tool="look_the_very_long_name_of_it_up")
    assert longer.tokens > several.tokens + 3


def test_a_result_whose_call_is_not_here_has_a_name_all_the_same():
    """Which is not known, so that the range is wide."""
    count = calls.result([Text("42")], OLD, tool="")
    assert count.high - count.low > calls.result([Text("42")], OLD).high - calls.result([Text("42")], OLD).low + 10


def test_an_error_costs_a_few_tokens_more():
    """Recorded: a result with ``is_error`` is marked."""
    fine, failed = (step([used("draw")], [given_back("No.", is_error=wrong)]).tokens for wrong in (False, True))
    assert failed - fine == 8


def test_a_call_costs_its_arguments():
    """A call with a long text in it costs that text."""
    text = "All work and no play makes Jack a dull boy. " * 20
    short, long = ({"name": "write", "input": {"text": said}} for said in ("Hi", text))
    more = calls.call(long, OLD).tokens - calls.call(short, OLD).tokens
    assert abs(more - count_text(text, OLD)) <= 0.1 * count_text(text, OLD) + 3


def test_a_call_may_have_any_arguments_or_none():
    """Numbers, lists and objects are counted as their JSON."""
    bare = calls.call({"name": "draw"}, OLD)
    assert bare.tokens > 15
    assert calls.call({"name": "draw", "input": {"sizes": [1, 2, 3], "deep": {"on": True}}}, OLD).tokens > bare.tokens


@pytest.mark.parametrize(
    ("arguments", "given"),
    [('{"size": 280}', {"size": 280}), ({"size": 280}, {"size": 280}), ("half {", {"arguments": "half {"})],
)
def test_a_chat_completions_call_is_a_call(arguments, given):
    """Its arguments are a JSON text; one that is broken is taken as it is."""
    asked = calls.asked({"id": "c", "type": "function", "function": {"name": "draw", "arguments": arguments}})
    assert asked == {"type": "tool_use", "id": "c", "name": "draw", "input": given}


def test_a_result_costs_more_than_its_content():
    """Recorded: a little for each text and PDF, more for each image."""
    text, picture = Text("42"), image(making.encoded(making.corners(), "PNG"))
    empty = calls.result([], OLD).tokens
    assert [calls.result(held, OLD).tokens - empty for held in ([text], [picture], [picture] * 2)] == [4, 13, 23]
    assert calls.result([Pdf(making.pdf())], OLD).tokens - empty == 5


@exact_only
@pytest.mark.parametrize("given", ["text", "image", "pdf"])
def test_a_recorded_call_and_its_result_are_met(given):
    """Sonnet 4.5 billed 586, 580 and 577 to 581 tokens for a bare tool, its call and a result, their content apart."""
    held = {"text": Text("File attached"), "image": image(making.encoded(making.corners(), "PNG"))}
    item = held.get(given) or Pdf(making.pdf())
    bare = {"name": "get_file", "input_schema": {"additionalProperties": False, "properties": {}, "type": "object"}}
    total = tools.definitions([bare], None, OLD) + calls.call(used("get_file"), OLD) + calls.result([item], OLD)
    assert abs(total.tokens - {"text": 580, "image": 586, "pdf": 578}[given]) <= 3


def test_a_call_of_a_newer_model_has_shorter_tags():
    """Recorded from Opus 4.8 on: as if their names had no prefix."""
    asked = used("look_up", {"word": "tide"})
    assert calls.call(asked, NEW).tokens < calls.call(asked, find("claude-opus-4-7")).tokens - 12


def test_the_name_of_a_tool_is_found_by_its_calls_id():
    """In either dialect; what is no call has none."""
    turns = read(
        [
            {"role": "assistant", "content": [{"type": "text", "text": "So."}, used("draw", number=1)]},
            {"role": "assistant", "tool_calls": [{"id": "t2", "function": {"name": "look_up", "arguments": "{}"}}]},
        ]
    )
    assert calls.names(turns) == {"t1": "draw", "t2": "look_up"}


def test_results_are_counted_by_the_turn():
    """Messages of the user and of tools in a row are one turn to Claude."""
    turns = read(
        [
            {"role": "user", "content": "Go."},
            {"role": "assistant", "content": "Well."},
            {"role": "tool", "tool_call_id": "t1", "content": "Done."},
            {"role": "tool", "tool_call_id": "t2", "content": "Done."},
            {"role": "user", "content": [given_back("Done.", 3), {"type": "text", "text": "And now?"}]},
        ]
    )
    assert calls.results(turns) == [0, 0, 3, 3, 3]
