"""`ck.estimate`: tokens and dollars of a request before it is sent, with its range."""

import io
from decimal import Decimal

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.estimate import count_text, estimate, price
from claude_kit.models import find
from tests.content import making

MODEL = "claude-sonnet-4-6"  # $3 and $15 a million


def pdf_bytes(pages: int = 1) -> bytes:
    return making.pdf([""] * pages)


def test_the_sum_is_that_of_its_lines():
    """Tokens, range and pages of the whole are those of its parts together."""
    told = estimate(pdf_bytes(2), pil.new("RGB", (280, 280)), "What do they show?", model=MODEL)
    assert told.input_tokens == sum(line.count.tokens for line in told.lines)
    assert told.input_tokens == 21 + 2 * 1553 + 103 + count_text("What do they show?", MODEL) + 7 + 1
    assert told.input_range[0] < told.input_tokens < told.input_range[1]
    assert told.pages == 2
    assert told.method in ("measured", "heuristic")


def test_a_plain_question_has_no_doubt_where_texts_are_exact():
    """The method of the whole is that of its least sure line."""
    told = estimate("Hello", model=MODEL)
    exact = ck.estimate("", model=MODEL)
    assert (exact.method, exact.input_range) == ("exact", (7, 7))
    assert told.method == max((line.count.method for line in told.lines), key=["exact", "heuristic"].index)


def test_money_follows_tokens():
    """Input at $3 and 800 assumed output tokens at $15 a million."""
    told = estimate("Hello", model=MODEL)
    assert told.input_cost == told.input_tokens * Decimal(3) / 1_000_000
    assert told.output_cost == Decimal("0.012")
    assert told.cost == told.input_cost + told.output_cost


def test_the_cost_range_runs_from_the_input_alone_to_the_cap():
    """No answer at the least, all of `max_tokens` at the most."""
    told = estimate(pdf_bytes(), model=MODEL, max_tokens=1000)
    low, high = told.input_range
    assert told.cost_range[0] == low * Decimal(3) / 1_000_000
    assert told.cost_range[1] == high * Decimal(3) / 1_000_000 + Decimal("0.015")


@pytest.mark.parametrize(
    ("options", "expected", "cap"),
    [
        ({}, 800, 8192),
        ({"expect_output": 50}, 50, 8192),
        ({"expect_output": 0}, 0, 8192),
        ({"max_tokens": 500}, 500, 500),
        ({"max_tokens": 0}, 0, 0),
        ({"max_tokens": 10**9}, 800, 128_000),
        ({"expect_output": 20_000}, 20_000, 20_000),
        ({"expect_output": 20_000, "max_tokens": 1000}, 1000, 1000),
    ],
)
def test_the_output_is_assumed_within_its_cap(options, expected, cap):
    """800 unless told otherwise, never over `max_tokens` nor over what the model can answer."""
    told = estimate("Hello", model=MODEL, **options)
    assert (told.expected_output, told.max_output) == (expected, cap)


@pytest.mark.parametrize("options", [{"expect_output": -1}, {"max_tokens": -1}, {"via": "mail"}, {"cache": "2h"}])
def test_an_option_that_makes_no_sense_is_refused(options):
    """The message names the option."""
    with pytest.raises(ValueError, match=next(iter(options))):
        estimate("Hello", model=MODEL, **options)


@pytest.mark.parametrize(("ttl", "factor"), [("5m", Decimal("1.25")), ("1h", Decimal(2))])
def test_a_first_request_that_fills_the_cache_is_dearer(ttl, factor):
    """A quarter more for five minutes, double for an hour."""
    plain, cached = (estimate(pdf_bytes(), model=MODEL, cache=cache) for cache in (None, ttl))
    assert cached.input_cost == plain.input_cost * factor
    assert cached.output_cost == plain.output_cost


def test_below_the_cache_minimum_nothing_is_written():
    """A short prompt is not cached, and costs what it costs without."""
    assert find(MODEL).cache_minimum_tokens == 1024
    plain, cached = (estimate("Hello", model=MODEL, cache=cache) for cache in (None, "1h"))
    assert cached.input_cost == plain.input_cost


def test_a_batch_costs_half():
    """Input and output alike."""
    assert estimate("Hello", model=MODEL, batch=True).cost == estimate("Hello", model=MODEL).cost / 2


def test_earlier_turns_are_input_too():
    """Parts, files and API blocks of earlier messages are counted, and their pages."""
    block = ck.encode(ck.pdf(pdf_bytes(3)))[0]
    earlier = [
        {"role": "user", "content": [ck.pdf(pdf_bytes(2)), block, "What is this?"]},
        {"role": "assistant", "content": "Nothing."},
        {"role": "user", "content": ck.pdf(pdf_bytes())},
        {"role": "assistant", "content": [{"type": "text", "text": "Nothing either."}]},
    ]
    told = estimate("And now?", model=MODEL, messages=earlier)
    assert told.pages == 6
    assert told.input_tokens > 6 * 1553
    assert [line.note for line in told.lines[-2:]] == ["", ""]


def test_a_system_prompt_and_tools_can_be_counted_alone():
    """Without any message there is no frame either."""
    assert estimate(model=MODEL).input_tokens == 0
    assert estimate(model=MODEL, system="Be brief.").input_tokens == count_text("Be brief.", MODEL) + 1


def test_a_source_is_read_once():
    """A file object, which can be read only once, is enough."""
    assert estimate(io.BytesIO(pdf_bytes()), "What is this?", model=MODEL).pages == 1


def test_a_locked_pdf_leaves_a_gap_that_is_named():
    """The estimate does not fail, and says that something is not counted."""
    told = estimate(making.locked_pdf("secret"), "Hello", model=MODEL)
    assert told.method == "uncounted"
    assert told.pages == 0


def test_the_price_is_the_one_of_the_model():
    """The same content is priced by the model it is for, dated ids and provider spellings too."""
    haiku = estimate("Hello", model="us.anthropic.claude-haiku-4-5-20251001-v1:0")
    assert haiku.output_cost == price(find("claude-haiku-4-5"), {"output_tokens": 800}).output
    assert haiku.model.id == "claude-haiku-4-5-20251001"


def test_errors_are_the_kits():
    """A missing file and a misspelt model are told as such."""
    from pathlib import Path

    with pytest.raises(ck.ContentError, match=r"no-such\.pdf"):
        estimate(Path("no-such.pdf"), model=MODEL)
    with pytest.raises(ck.UnknownModelError, match="claude-sonnet-5-5"):
        estimate("Hello", model="claude-sonet-5-5")
