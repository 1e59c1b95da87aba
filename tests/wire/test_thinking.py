"""The ``thinking`` field: for every model one that it takes, and that shows what it thinks."""

import pytest

from claude_kit.models import Model, all_models, find
from claude_kit.wire.thinking import parameter

# What each family takes, as Anthropic documents it (extended thinking, 2026-08-22), apart from the table of models.
ADAPTIVE = {"type": "adaptive", "display": "summarized"}
DOCUMENTED = {
    "claude-opus-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-sonnet-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-haiku-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-opus-4-7": (ADAPTIVE, ADAPTIVE),
    "claude-sonnet-4-6": (ADAPTIVE, {"type": "enabled", "budget_tokens": 2000}),
    "claude-sonnet-4-5": ({"type": "enabled", "budget_tokens": 4096}, {"type": "enabled", "budget_tokens": 2000}),
    "claude-haiku-4-5": ({"type": "enabled", "budget_tokens": 4096}, {"type": "enabled", "budget_tokens": 2000}),
    "claude-3-haiku": (None, None),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_family_gets_what_it_is_documented_to_take(name: str) -> None:
    """Adaptive thinking, or a budget, asked of one model of each family."""
    adaptive, budget = DOCUMENTED[name]
    assert parameter("adaptive", find(name), max_tokens=8192) == adaptive
    assert parameter(2000, find(name), max_tokens=8192) == budget


@pytest.mark.parametrize("thinking", ["adaptive", 2000])
@pytest.mark.parametrize("model", all_models(), ids=str)
def test_every_model_gets_a_field_it_takes_and_shows_its_thinking(model: Model, thinking: str | int) -> None:
    """The type is one the model allows, the budget within its bounds, and the text is not left empty."""
    field = parameter(thinking, model, max_tokens=4096)
    if field is None:
        assert not {"adaptive", "enabled"} & set(model.thinking)
        return
    assert field["type"] in model.thinking
    assert field.get("display", model.thinking_display_default) == "summarized"
    if field["type"] == "enabled":
        assert 1024 <= field["budget_tokens"] < 4096
    else:
        assert "budget_tokens" not in field


def test_nothing_said_is_nothing_sent() -> None:
    """None leaves the model its own default; a mapping goes as it is, whatever it says."""
    model = find("claude-sonnet-5-5")
    assert parameter(None, model, max_tokens=4096) is None
    given = {"type": "disabled", "whatever": 1}
    assert parameter(given, model, max_tokens=4096) == given


@pytest.mark.parametrize("max_tokens", [1, 1024])
def test_adaptive_without_room_is_left_out(max_tokens: int) -> None:
    """A model that knows only budgets cannot think in 1,024 tokens, so it is not told to."""
    assert parameter("adaptive", find("claude-haiku-4-5"), max_tokens=max_tokens) is None
    assert parameter("adaptive", find("claude-haiku-4-5"), max_tokens=1025) == {
        "type": "enabled",
        "budget_tokens": 1024,
    }


@pytest.mark.parametrize("budget", [0, 1023, 4096, 10_000])
def test_a_budget_out_of_bounds_names_the_bounds(budget: int) -> None:
    """The API would refuse it; the message says what it takes."""
    with pytest.raises(ValueError, match=rf"thinking={budget}: .* at least 1,024 .* less than max_tokens=4,096"):
        parameter(budget, find("claude-haiku-4-5"), max_tokens=4096)


@pytest.mark.parametrize("value", ["on", "enabled", True, False, 1.5])
def test_any_other_value_is_refused(value: object) -> None:
    """The message says what may be given."""
    with pytest.raises(ValueError, match='give "adaptive", a budget in tokens, the field itself, or None'):
        parameter(value, find("claude-haiku-4-5"), max_tokens=4096)  # type: ignore[arg-type]
