"""A usage is told in Anthropic's names, whichever dialect and convention it came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.wire.usage import native

tokens = st.integers(0, 10**7)


def test_a_native_usage_stays_as_it_is():
    """Unknown fields too."""
    usage = {"input_tokens": 3, "output_tokens": 4, "cache_creation": {"ephemeral_1h_input_tokens": 0}, "new": 1}
    assert native(usage) == usage


@pytest.mark.parametrize("prompt", [25, 4625])
def test_both_conventions_of_the_gateway_give_the_same_numbers(prompt):
    """With the cached tokens left out of the prompt, as the open-source gateway does, and with them in it."""
    chat = {
        "prompt_tokens": prompt,
        "cache_read_input_tokens": 3400,
        "cache_creation_input_tokens": 1200,
        "completion_tokens": 15,
        "total_tokens": 4640,
        "prompt_tokens_details": {"cached_tokens": 3400},
    }
    told = {"input_tokens": 25, "cache_creation_input_tokens": 1200, "cache_read_input_tokens": 3400}
    assert native(chat) == {**told, "output_tokens": 15}


@given(fresh=tokens, read=tokens, written=tokens, answered=tokens, includes=st.booleans())
def test_the_total_tells_the_conventions_apart(fresh, read, written, answered, includes):
    """Whatever the numbers, the fresh tokens come out, in either convention."""
    chat = {
        "prompt_tokens": fresh + (read + written if includes else 0),
        "completion_tokens": answered,
        "total_tokens": fresh + read + written + answered,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }
    assert native(chat)["input_tokens"] == fresh


def test_openais_own_names_for_cached_and_thinking_tokens_are_read():
    """Cached tokens are part of the prompt, reasoning tokens of the answer."""
    chat = {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 15},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    told = native(chat)
    cached = (told["cache_read_input_tokens"], told["cache_creation_input_tokens"])
    assert (told["input_tokens"], cached) == (25, (60, 15))
    assert (told["output_tokens"], told["output_tokens_details"]) == (30, {"thinking_tokens": 20})


def test_without_a_total_a_prompt_smaller_than_its_cache_leaves_it_out():
    """It cannot include more than it is."""
    chat = {"prompt_tokens": 25, "completion_tokens": 15, "cache_read_input_tokens": 3400}
    assert native(chat)["input_tokens"] == 25


@pytest.mark.parametrize("usage", [{"prompt_tokens": None, "completion_tokens": None, "prompt_tokens_details": None}])
def test_null_is_nothing(usage):
    """Some gateways send null for what did not happen."""
    assert native(usage)["input_tokens"] == 0


def test_the_terms_of_a_bill_are_kept():
    """Batch, fast and US inference change the price, so a chat completion's usage must not lose their words."""
    terms = {"service_tier": "batch", "speed": "fast", "inference_geo": "us"}
    told = native({"prompt_tokens": 10, "completion_tokens": 5, **terms})
    assert {name: told[name] for name in terms} == terms


def test_a_usage_of_an_answer_alone_is_a_chat_completions():
    """One field is enough to tell."""
    assert native({"completion_tokens": 5})["output_tokens"] == 5
