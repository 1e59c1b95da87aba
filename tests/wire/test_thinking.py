"""The ``thinking`` field: for every model one that it takes, and that shows what it thinks."""

from typing import Any

import pytest

import claude_kit as ck
from claude_kit import offline
from claude_kit.models import Model, all_models, find
from claude_kit.wire.thinking import parameter

# What each family takes, as Anthropic documents it (extended thinking, 2026-08-22), apart from the table of models.
ADAPTIVE = {"type": "adaptive", "display": "summarized"}
BUDGET = {"type": "enabled", "budget_tokens": 2000}
HALF = {"type": "enabled", "budget_tokens": 4096}
DOCUMENTED: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "claude-opus-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-sonnet-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-haiku-5-5": (ADAPTIVE, ADAPTIVE),
    "claude-opus-4-7": (ADAPTIVE, ADAPTIVE),
    "claude-sonnet-4-6": ({"type": "adaptive"}, BUDGET),
    "claude-sonnet-4-5": (HALF, BUDGET),
    "claude-haiku-4-5": (HALF, BUDGET),
    "claude-3-haiku": (None, None),
}
WISHES: list[Any] = ["adaptive", 2000, {"type": "adaptive"}, {"type": "enabled", "budget_tokens": 2000}]
SERVED = [model for model in all_models() if not model.is_retired()]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_family_gets_what_it_is_documented_to_take(name: str) -> None:
    """Adaptive thinking, or a budget, asked of one model of each family."""
    adaptive, budget = DOCUMENTED[name]
    assert parameter("adaptive", find(name), max_tokens=8192) == adaptive
    assert parameter(2000, find(name), max_tokens=8192) == budget


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if DOCUMENTED[name][0]])
def test_the_field_itself_becomes_what_its_shorthand_does(name: str) -> None:
    """What is written in today's documentation, and in yesterday's guide, works with every model that thinks."""
    adaptive, budget = DOCUMENTED[name]
    assert parameter({"type": "adaptive"}, find(name), max_tokens=8192) == adaptive
    assert parameter({"type": "enabled", "budget_tokens": 2000}, find(name), max_tokens=8192) == budget


@pytest.mark.parametrize("thinking", WISHES, ids=str)
@pytest.mark.parametrize("model", all_models(), ids=str)
def test_every_model_gets_a_field_it_takes_and_shows_its_thinking(model: Model, thinking: Any) -> None:
    """The type is one the model allows, the budget within its bounds, and the text is not left empty."""
    field = parameter(thinking, model, max_tokens=4096)
    if not {"adaptive", "enabled"} & set(model.thinking):
        # A shorthand is adapted, to nothing here; the field itself was meant, and is refused before it is sent.
        assert field == (thinking if isinstance(thinking, dict) else None)
        return
    assert field is not None
    assert field["type"] in model.thinking
    assert field.get("display", model.thinking_display_default) == "summarized"
    if field["type"] == "enabled":
        assert 1024 <= field["budget_tokens"] < 4096
    else:
        assert "budget_tokens" not in field


@pytest.mark.parametrize("thinking", WISHES, ids=str)
@pytest.mark.parametrize("model", [model for model in SERVED if model.thinking != ("disabled",)], ids=str)
@pytest.mark.filterwarnings("ignore::claude_kit.PreflightWarning")  # some will not answer for long
def test_every_model_that_answers_thinks_aloud(model: Model, thinking: Any) -> None:
    """Sent to the offline model, which refuses the kinds of thinking that the API refuses, and hides what it hides."""
    with ck.Client.offline(pace_s=0) as client:
        assert client.send(
            [{"role": "user", "content": "Why?"}], model=model, max_tokens=4096, thinking=thinking
        ).thinking


def test_nothing_said_is_nothing_sent() -> None:
    """None leaves the model its own default, whether or not that is to think."""
    for name in ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5"):
        assert parameter(None, find(name), max_tokens=4096) is None


@pytest.mark.parametrize(
    "field",
    [
        {"type": "disabled"},
        {"type": "between_tools"},
        {"type": "adaptive", "display": "omitted"},
        {"type": "adaptive", "display": "updates"},
        {"type": "adaptive", "display": None},
        {"type": "something_new", "whatever": 1},
        {},
    ],
    ids=str,
)
def test_what_was_said_of_showing_it_is_kept(field: dict[str, Any]) -> None:
    """So is what has nothing to show, where the API takes no ``display``, and what is not known yet."""
    for name in ("claude-sonnet-5-5", "claude-opus-4-8", "claude-sonnet-4-6"):
        assert parameter(field, find(name), max_tokens=4096) == field


def test_a_translated_field_keeps_what_else_it_says() -> None:
    """What to show, and how blocks are bound to their conversation; the budget alone goes. The field given stays."""
    binding = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    given = {"type": "enabled", "budget_tokens": 2030, "display": "omitted", **binding}
    translated = parameter(given, find("claude-sonnet-5-5"), max_tokens=3000)
    assert translated == {"type": "adaptive", "display": "omitted", **binding}
    assert given["budget_tokens"] == 2030
    shown = {"type": "adaptive", "display": "omitted"}
    assert parameter(shown, find("claude-haiku-4-5"), max_tokens=4096) == {
        "type": "enabled",
        "budget_tokens": 2048,
        "display": "omitted",
    }


def test_a_budget_given_as_the_field_is_not_judged_where_it_is_right() -> None:
    """The check before a request is sent does that; some betas allow more than ``max_tokens``."""
    given = {"type": "enabled", "budget_tokens": 9000}
    assert parameter(given, find("claude-haiku-4-5"), max_tokens=4096) == given


@pytest.mark.parametrize("thinking", ["adaptive", {"type": "adaptive"}], ids=str)
@pytest.mark.parametrize("max_tokens", [1, 1024])
def test_adaptive_without_room_is_left_out(max_tokens: int, thinking: Any) -> None:
    """A model that knows only budgets cannot think in 1,024 tokens, so it is not told to."""
    assert parameter(thinking, find("claude-haiku-4-5"), max_tokens=max_tokens) is None
    assert parameter(thinking, find("claude-haiku-4-5"), max_tokens=1025) == {
        "type": "enabled",
        "budget_tokens": 1024,
    }


@pytest.mark.parametrize("budget", [1, 1023, 4096, 10_000])
def test_a_budget_out_of_bounds_names_the_bounds(budget: int) -> None:
    """The API would refuse it; the message says what it takes, and the ways out."""
    with pytest.raises(ValueError, match=rf"thinking={budget}: .* at least 1,024 .* less than max_tokens=4,096\. Give"):
        parameter(budget, find("claude-haiku-4-5"), max_tokens=4096)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5-5"])
def test_no_budget_at_all_is_no_wish_to_think(model: str) -> None:
    """It says how thinking is turned off, and turns none on."""
    with pytest.raises(ValueError, match=r'thinking=0: to turn it off, .* give \{"type": "disabled"\}'):
        parameter(0, find(model), max_tokens=4096)


def test_a_budget_that_is_not_taken_has_no_bounds() -> None:
    """Whoever gave a small one to an older model does not meet an error with a newer one."""
    assert parameter(500, find("claude-sonnet-5-5"), max_tokens=4096) == ADAPTIVE


@pytest.mark.parametrize("value", ["on", "enabled", True, False, 1.5])
def test_any_other_value_is_refused(value: object) -> None:
    """The message says what may be given."""
    with pytest.raises(ValueError, match='give "adaptive", a budget in tokens, the field itself, or None'):
        parameter(value, find("claude-haiku-4-5"), max_tokens=4096)  # type: ignore[arg-type]


def test_check_estimate_and_request_mean_the_same_field() -> None:
    """What is counted and checked is what is sent: a budget costs tokens of input, adaptive thinking none."""
    sent: list[offline.Request] = []
    transport = offline.OfflineTransport(pace_s=0, log=sent)
    given = {"type": "enabled", "budget_tokens": 2030}
    for name, field in (("claude-sonnet-5-5", ADAPTIVE), ("claude-haiku-4-5", given)):
        with ck.Client.offline(transport=transport) as client:
            client.send([{"role": "user", "content": "Why?"}], model=name, max_tokens=3000, thinking=given)
        assert sent[-1].json["thinking"] == field
        said = [ck.estimate("Why?", model=name, max_tokens=3000, thinking=one) for one in (given, field, None)]
        assert said[0].input_tokens == said[1].input_tokens
        assert (said[1].input_tokens > said[2].input_tokens) == (field["type"] == "enabled")
