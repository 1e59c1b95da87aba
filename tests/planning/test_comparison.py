"""`ck.compare`: the same content across models."""

import io
from datetime import date
from decimal import Decimal

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from claude_kit.errors import UnknownModelError
from claude_kit.estimate import Price, estimate
from claude_kit.planning import compare
from claude_kit.planning.comparison import served
from tests.content import making

matplotlib.use("Agg")

DAY = date(2026, 11, 22)
MODELS = ["claude-fable-5", "claude-haiku-5-5", "claude-sonnet-4-6"]
PROSE = "The committee met on Tuesday to discuss what the report had left unsaid about the harbour. " * 40


def long_pdf() -> bytes:
    """A PDF of more pages than a model with a small context window takes."""
    return making.pdf([""] * 143)


def test_each_row_is_that_models_own_estimate():
    """Tokens, range and dollars are those that `ck.estimate` gives for the model alone."""
    found = compare(making.pdf(["one", "two"]), "What is it?", models=MODELS, at=DAY, expect_output=500)
    for row in found.to_dict("records"):
        told = estimate(making.pdf(["one", "two"]), "What is it?", model=row["model"], at=DAY, expect_output=500)
        assert (row["input_tokens"], (row["low"], row["high"]), row["method"]) == (
            told.input_tokens,
            told.input_range,
            told.method,
        )
        assert Decimal(str(row["cost_usd"])) == told.cost == found.estimates[row["model"]].cost
        assert (row["cost_low_usd"], row["cost_high_usd"]) == tuple(map(float, told.cost_range))


def test_a_source_is_read_once_for_all_models():
    """A stream that can be read only once gives every model the same content."""
    stream = io.BytesIO(making.pdf(["one"]))
    found = compare(stream, models=MODELS)
    assert found["input_tokens"].min() > 1500


def test_the_cheapest_stands_first_and_sets_the_measure():
    """Rows are sorted by cost, and say how many times the cheapest each is."""
    found = compare(PROSE, models=MODELS, at=DAY)
    assert list(found["model"]) == ["claude-haiku-5-5", "claude-sonnet-4-6", "claude-fable-5"]
    assert found.cheapest == "claude-haiku-5-5"
    assert list(found["times_cheapest"]) == pytest.approx(list(found["cost_usd"] / found["cost_usd"].iloc[0]))


def test_more_tokens_for_the_same_text_are_told():
    """The newer tokenizers make a third and more of the same prose, which the table says beside the number."""
    found = compare(PROSE, models=["claude-sonnet-4-6", "claude-sonnet-5-5"])
    newer = found.set_index("model").loc["claude-sonnet-5-5"]
    assert 1.2 < newer["times_fewest_tokens"] < 1.8
    line = next(line for line in found.to_text().splitlines() if line.startswith("claude-sonnet-5-5"))
    assert f"+{newer['times_fewest_tokens'] - 1:.0%}".replace("%", " %") in line


def test_the_share_of_the_context_window_is_told():
    """The same content fills five times as much of a window of 200,000 tokens as of one of a million."""
    found = compare(PROSE, models=["claude-sonnet-4-6", "claude-haiku-4-5"]).set_index("model")
    share = found["context_share"]
    assert share["claude-haiku-4-5-20251001"] == pytest.approx(5 * share["claude-sonnet-4-6"])


def test_a_model_that_would_refuse_is_a_row_that_says_why():
    """143 pages are too many for Haiku 4.5: it stands last with its finding, and with what it would cost."""
    found = compare(long_pdf(), models=["claude-haiku-4-5", "claude-opus-5-5"], at=DAY)
    assert list(found["verdict"]) == ["accepted", "refused"]
    refused = found.iloc[1]
    assert "143 pages" in refused["finding"]
    assert 0 < refused["cost_usd"] < found.iloc[0]["cost_usd"]
    assert found.cheapest == "claude-opus-5-5"
    assert found.iloc[0]["times_cheapest"] == 1
    assert "143 pages" in found.to_text()


def test_a_retired_model_is_a_row_that_says_so():
    """Since when, and it is never the cheapest."""
    found = compare("Hi", models=["claude-3-haiku-20240307", "claude-opus-5-5"], at=DAY)
    assert list(found["verdict"]) == ["accepted", "retired"]
    assert found.iloc[1]["finding"] == "retired on 2026-04-20"
    assert found.cheapest == "claude-opus-5-5"
    both = compare(long_pdf(), models=["claude-3-haiku-20240307"])
    assert both["verdict"].item() == "retired", "that it is gone says more than that the pages are too many"


def test_where_no_model_takes_it_the_headline_says_so():
    """There is no cheapest then."""
    found = compare(long_pdf(), models=["claude-haiku-4-5"])
    assert found.cheapest is None
    assert found.to_text().startswith("No model takes this as it is")


def test_an_unknown_model_is_an_error_that_names_the_nearest():
    """A misspelt model is no row."""
    with pytest.raises(UnknownModelError, match=r"Nearest: claude-sonnet-5-5"):
        compare("Hi", models=["claude-sonet-5-5"])


def test_a_price_is_for_models_that_have_none():
    """A model known to no price list takes the price that is given; the others keep theirs."""
    own = Price(input=1, output=2)
    found = compare("Hi", models=["claude-sonnet-9", "claude-sonnet-5-5"], price=own, at=DAY)
    assert found.estimates["claude-sonnet-9"].output_cost == Decimal(800) * 2 / 1_000_000
    assert found.estimates["claude-sonnet-5-5"].output_cost == Decimal(800) * 10 / 1_000_000


def test_prices_can_be_given_by_name():
    """Each to the model of its name, known or not."""
    found = compare(
        "Hi", models=["claude-sonnet-5-5", "claude-opus-5-5"], price={"claude-opus-5-5": Price(1, 1)}, at=DAY
    )
    assert found.estimates["claude-opus-5-5"].output_cost == Decimal("0.0008")
    assert found.estimates["claude-sonnet-5-5"].output_cost == Decimal("0.008")


def test_by_default_the_models_on_offer_are_compared():
    """Active and legacy ones; none that is about to retire, retired, or for invited organisations only."""
    offered = served()
    assert {model.status for model in offered} == {"active", "legacy"}
    assert not any(model.line == "mythos" or model.is_retired() for model in offered)
    assert set(compare("Hi")["model"]) == {model.id for model in offered}


@pytest.mark.parametrize(("option", "offers"), [({"speed": "fast"}, "fast"), ({"inference_geo": "us"}, "us_inference")])
def test_by_default_only_models_that_offer_what_is_asked_are_compared(option, offers):
    """What a model does not offer has no price to compare; one that was named is an error."""
    found = compare("Hi", **option)
    assert 0 < len(found) < len(served())
    assert all(getattr(told.model, offers) for told in found.estimates.values())
    with pytest.raises(ValueError, match="not offered"):
        compare("Hi", models=["claude-haiku-4-5"], **option)


def test_options_reach_the_estimate():
    """A batch is half; a name that is no option is an error."""
    usual, batch = (compare("Hi", models=MODELS, at=DAY, batch=batch) for batch in (False, True))
    assert list(batch["cost_usd"]) == pytest.approx(list(usual["cost_usd"] / 2))
    with pytest.raises(TypeError, match="expct_output"):
        compare("Hi", expct_output=9)


def test_it_is_a_frame_and_what_is_derived_from_it_is_a_plain_one():
    """Sorting and filtering go on as with any frame."""
    found = compare("Hi", models=MODELS)
    assert isinstance(found, pd.DataFrame)
    for derived in (found[found["cost_usd"] > 0], found.sort_values("model"), found.to_frame()):
        assert type(derived) is pd.DataFrame


def test_the_page_and_the_terminal_say_the_same():
    """Every model, its dollars and the verdict."""
    found = compare("Hi", models=[*MODELS, "claude-2.1"])
    page, text = found._repr_html_(), str(found)
    for word in [*MODELS, "claude-2.1", "retired", "on 2025-07-21"]:
        assert word in page
        assert word in text


def test_the_plot_has_a_bar_of_two_segments_a_model():
    """Input and answer in a row, dollars at the end."""
    found = compare(PROSE, models=MODELS, at=DAY)
    figure, own = plt.subplots()
    axes = found.plot(ax=own)
    assert axes is own
    ends = [round(bar.get_x() + bar.get_width(), 6) for bar in axes.patches]
    assert ends[1::2] == [round(cost, 6) for cost in found["cost_usd"]]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(found["model"])
    plt.close(figure)


def test_models_to_choose_from_offer_what_is_asked_for_on_that_day():
    """Opus 4.8 loses its fast mode on 2026-11-30: from then on it is no choice, rather than an error."""
    before = compare("Hello", speed="fast", at=date(2026, 11, 29))
    after = compare("Hello", speed="fast", at=date(2026, 11, 30))
    assert set(before["model"]) - set(after["model"]) == {"claude-opus-4-8"}
    with pytest.raises(ValueError, match="not offered"):
        compare("Hello", models=["claude-opus-4-8"], speed="fast", at=date(2026, 11, 30))


def test_one_model_may_be_named_alone():
    """A string is a name, not a list of letters."""
    assert list(compare("Hello", models="claude-opus-5")["model"]) == ["claude-opus-5"]


def test_a_price_is_for_its_model_however_that_is_spelled():
    """One that is for none of the models compared is refused; it would be left out without a word."""
    own = Price(input=1, output=1)
    found = compare("Hello", models=["eu.anthropic.claude-sonnet-5-5"], price={"claude-sonnet-5-5": own}, at=DAY)
    assert found.estimates["claude-sonnet-5-5"].output_cost == Decimal("0.0008")
    with pytest.raises(ValueError, match=r"price for claude-sonet-5-5: compared are claude-sonnet-5-5"):
        compare("Hello", models=["claude-sonnet-5-5"], price={"claude-sonet-5-5": own})
