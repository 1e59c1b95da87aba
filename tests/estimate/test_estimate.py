"""`ck.estimate`: tokens and dollars of a request before it is sent, with its range."""

import io
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.estimate import count_text, estimate, price
from claude_kit.models import find, unknown
from tests.content import making

MODEL = "claude-sonnet-4-6"  # $3 and $15 a million

LONG = "word " * 250_000


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


WRONG = [
    {"expect_output": -1},
    {"max_tokens": -1},
    {"via": "mail"},
    {"cache": "2h"},
    {"speed": "turbo"},
    {"inference_geo": "eu"},
]


@pytest.mark.parametrize("options", WRONG)
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


def test_options_of_the_request_change_its_price():
    """A tenth more in the US, double when fast; refused where the model does not offer it."""
    plain = estimate("Hello", model="claude-opus-5-5", at=date(2026, 11, 22))
    for options, factor in (({"inference_geo": "us"}, Decimal("1.1")), ({"speed": "fast"}, 2)):
        assert estimate("Hello", model="claude-opus-5-5", at=date(2026, 11, 22), **options).cost == plain.cost * factor
    with pytest.raises(ValueError, match=r"claude-sonnet-5-5: speed=.* is not offered"):
        estimate("Hello", model="claude-sonnet-5-5", speed="fast")


def test_the_price_is_that_of_the_day():
    """Sonnet 4.6 had a surcharge on long prompts until 2026-03-13."""
    costs = [estimate(LONG, model=MODEL, at=day).input_cost for day in (date(2026, 3, 1), date(2026, 4, 1))]
    assert costs[0] == 2 * costs[1]


def test_haikus_cliff_is_in_the_range():
    """Where the range reaches over 100,000 tokens the most is five times dearer; where it does not, it is not."""
    told = estimate(LONG, model="claude-haiku-5-5", max_tokens=0)
    assert told.input_cost * 1_000_000 == Decimal("0.5") * told.input_tokens
    short = estimate("Hello", model="claude-haiku-5-5", max_tokens=0)
    assert short.input_cost * 1_000_000 == Decimal("0.1") * short.input_tokens


def test_an_unknown_model_can_be_priced():
    """It is counted like the newest of its line, with a wider range, and keeps its name."""
    own = ck.Price(input=3, output=15)
    with pytest.raises(ck.UnknownModelError):
        estimate("Hello", model="claude-sonnet-9")
    told, like = estimate("Hello there", model="claude-sonnet-9", price=own), estimate("Hello there")
    assert told.model.id == "claude-sonnet-9"
    assert told.input_tokens == like.input_tokens
    assert told.input_cost == told.input_tokens * Decimal(3) / 1_000_000
    assert told.method == "heuristic"
    assert told.input_range[0] < told.input_tokens < told.input_range[1]


def test_a_model_without_a_price_says_how_to_give_one():
    """Mythos Preview is known, its price is not."""
    with pytest.raises(ck.UnknownModelError, match=r"price=ck\.Price\(input=…, output=…\)"):
        estimate("Hello", model="claude-mythos-preview")
    assert estimate("Hello", model="claude-mythos-preview", price=ck.Price(10, 50)).output_cost == Decimal("0.04")


def test_a_budget_holds_for_the_longest_answer():
    """What is within it comes back, to go on with; what could exceed it is an error with a way out."""
    told = estimate("Hello", model=MODEL, max_tokens=1000)
    assert told.require(max_usd="0.0151") is told
    with pytest.raises(
        ck.BudgetExceeded, match=r"could cost \$0\.0150.*budget is \$0\.0100\. Lower max_tokens to 66\d"
    ) as e:
        told.require(max_usd=0.01)
    cap = int(str(e.value).split("max_tokens to ")[1].split(",")[0])
    assert estimate("Hello", model=MODEL, max_tokens=cap).require(max_usd=0.01)


def test_a_budget_below_the_input_says_so():
    """No cap on the answer would help."""
    with pytest.raises(ck.BudgetExceeded, match="The input alone is up to"):
        estimate(LONG, model=MODEL).require(max_usd=0.01)


def test_what_cannot_be_counted_is_held_against_a_budget_at_its_largest():
    """A document behind an address may fill the window; an image behind one has its own limit."""
    document = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    with pytest.raises(ck.BudgetExceeded, match=r"document by URL cannot be counted.*exact=True"):
        estimate(document, model=MODEL, max_tokens=100).require(max_usd=1)
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    assert estimate(image, model=MODEL, max_tokens=100).require(max_usd=1)


def test_an_assumed_answer_is_told_from_an_expected_one():
    """The table says which it is."""
    assert "assumed, at most" in estimate("Hello", model=MODEL).to_text()
    assert "expected, at most" in estimate("Hello", model=MODEL, expect_output=100).to_text()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"expect_output": 1.5}, r"expect_output=1\.5: give a whole number"),
        ({"max_tokens": "800"}, r"max_tokens='800': give a whole number"),
        ({"max_tokens": True}, r"max_tokens=True: give a whole number"),
    ],
)
def test_a_number_of_tokens_is_a_whole_one(options, says):
    """Half a token, a word or a truth is refused with its value; NumPy's numbers are numbers."""
    with pytest.raises(ValueError, match=says):
        estimate("Hello", model=MODEL, **options)
    assert estimate("Hello", model=MODEL, expect_output=np.int64(30)) == estimate(
        "Hello", model=MODEL, expect_output=30
    )


@pytest.mark.parametrize("options", [{"tools": {"name": "look"}}, {"tools": ["look"]}, {"system": ["Be brief."]}])
def test_system_and_tools_that_are_no_blocks_are_refused(options):
    """With what they should look like, and what was given."""
    with pytest.raises(TypeError, match=r"must be .*list such as .*, not [\[{]"):
        estimate("Hello", model=MODEL, **options)


def test_a_price_that_is_a_number_is_refused():
    """It takes two at least; the way to give them is told."""
    with pytest.raises(TypeError, match=r"price=ck\.Price\(input="):
        estimate("Hello", model=MODEL, price=3)


def test_a_model_without_a_name_is_not_made_up():
    """A price does not stand in for a name that was forgotten."""
    with pytest.raises(ck.UnknownModelError):
        estimate("Hello", model="", price=ck.Price(input=3, output=15))


def test_an_unknown_model_stays_in_doubt():
    """Also where it was looked up before: its tokenizer is still anybody's guess."""
    price = ck.Price(input=3, output=15)
    named = estimate(LONG, model="claude-sonnet-9", price=price)
    assert estimate(LONG, model=unknown("claude-sonnet-9"), price=price) == named


def test_only_a_str_is_counted_as_text():
    """A part or bytes are sent to `ck.estimate`."""
    for given in (b"Hello", None, ck.text("Hello")):
        with pytest.raises(TypeError, match=r"count_text counts a str.*ck\.estimate"):
            count_text(given, MODEL)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "look"}}])
def test_a_chat_completions_words_force_a_call_too(choice):
    """The gateway makes any and tool of them, whose hidden prompt is longer."""
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    asked = {"model": "claude-opus-5", "tools": tools}
    forced = estimate("Hello", **asked, tool_choice={"type": "any"})
    assert estimate("Hello", **asked, tool_choice=choice) == forced
    assert forced.input_range[0] > estimate("Hello", **asked).input_range[1]


def test_a_call_without_its_function_is_counted():
    """As some SDKs leave it empty."""
    asked = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": None}]}
    assert estimate("Go on.", messages=[asked], model=MODEL).input_tokens > 0


def test_a_string_that_names_a_file_is_warned_of(tmp_path):
    """It is counted as those words, which is hardly what was meant; the way out is named."""
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_bytes())
    for foresee in (ck.estimate, ck.compare, ck.plan):
        with pytest.warns(ck.ContentWarning, match=r"counted as these words.*ck\.attach\("):
            foresee(str(path))
