"""Batch, fast, US: said in the API's words, and never taken for the standard price when they are not understood."""

import pytest

from claude_kit.estimate.terms import of_request, of_usage

STANDARD = {"batch": False, "fast": False, "us_inference": False}


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"service_tier": "standard", "inference_geo": "not_available", "speed": "standard"},
        {"service_tier": "", "inference_geo": "global", "speed": None},
        {"service_tier": "auto", "inference_geo": None},
        {"service_tier": "standard_only"},
    ],
)
def test_what_recorded_answers_say_is_standard(usage):
    """These words stand in answers that were billed at the list price."""
    assert of_usage(usage) == STANDARD


@pytest.mark.parametrize(
    ("usage", "named"),
    [
        ({"service_tier": "batch"}, "batch"),
        ({"speed": "fast"}, "fast"),
        ({"inference_geo": "us"}, "us_inference"),
    ],
)
def test_what_changes_the_price_is_understood(usage, named):
    """One word each, in an answer as in a request."""
    assert of_usage(usage) == {**STANDARD, named: True}
    options = {"batch": True} if named == "batch" else usage
    assert of_request(**options) == {**STANDARD, named: True}


@pytest.mark.parametrize(("name", "word"), [("service_tier", "priority"), ("speed", "turbo"), ("inference_geo", "eu")])
def test_an_unknown_word_is_an_error_that_names_the_known_ones(name, word):
    """It never falls silently back to the standard price."""
    with pytest.raises(ValueError, match=rf"{name}='{word}': no price is known.*known are"):
        of_usage({name: word})


@pytest.mark.parametrize("option", [{"speed": "turbo"}, {"inference_geo": "eu"}])
def test_an_unknown_option_of_a_request_is_an_error(option):
    """Also before it is sent."""
    with pytest.raises(ValueError, match="no price is known"):
        of_request(**option)
