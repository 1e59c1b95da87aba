"""What a request's options cost: thinking with a budget, an answer bound to a schema."""

import json

import pytest

from claude_kit.estimate import count_text, estimate, options
from claude_kit.models import find

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5")
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
FORMAT = {"type": "json_schema", "schema": SCHEMA}


def test_a_budget_for_thinking_costs_29_tokens_whatever_it_is():
    """45 recorded requests of Sonnet 3.7 to 4.6 were billed 28 to 30 more than without."""
    for budget in (1024, 16_000):
        count = options.thinking({"type": "enabled", "budget_tokens": budget}, OLD)
        assert count is not None
        assert (count.tokens, count.low, count.high) == (29, 27, 30)


@pytest.mark.parametrize("field", [None, {"type": "adaptive"}, {"type": "disabled"}])
def test_any_other_thinking_costs_nothing(field):
    """Adaptive thinking was billed as no thinking is."""
    assert options.thinking(field, OLD) is None


def test_a_model_without_budgets_is_told_of_none():
    """The API refuses it there."""
    assert options.thinking({"type": "enabled", "budget_tokens": 2048}, NEW) is None


def test_a_schema_costs_itself_and_its_prompt():
    """Recorded: 81 tokens beside the schema as JSON that is indented by two, on Claude 4.5 and 4.6."""
    count = options.schema({"format": FORMAT, "effort": "high"}, OLD)
    assert count is not None
    assert count.tokens == 81 + count_text(json.dumps(SCHEMA, indent=2), OLD)
    assert (count.tokens - count.low >= 6, count.high - count.tokens >= 2) == (True, True)


def test_a_schema_for_newer_models_is_in_a_wider_range():
    """For them one request was recorded at most."""
    old, new = options.schema({"format": FORMAT}, OLD), options.schema({"format": FORMAT}, NEW)
    assert old is not None
    assert new is not None
    assert new.high - new.low > old.high - old.low


@pytest.mark.parametrize("config", [None, {}, {"effort": "low"}, {"format": {"type": "text"}}])
def test_without_a_schema_nothing_is_added(config):
    """An effort alone tells Claude nothing that is billed."""
    assert options.schema(config, OLD) is None


def test_an_estimate_has_a_line_for_each():
    """So that one sees what they cost."""
    asked = {"thinking": 2048, "output_config": {"format": FORMAT}}
    plain, told = estimate("Hi", model=OLD), estimate("Hi", model=OLD, **asked)
    assert [line.label for line in told.lines] == ["thinking budget", "answer schema", *(x.label for x in plain.lines)]
    assert told.input_tokens - plain.input_tokens == sum(line.count.tokens for line in told.lines[:2])


def test_a_budget_must_be_below_the_cap():
    """As the API has it: a budget of 9,000 tokens needs more than the default of max_tokens."""
    with pytest.raises(ValueError, match="less than max_tokens=8,192"):
        estimate("Hi", model=OLD, thinking=9000)
