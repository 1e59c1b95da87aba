"""What tokens cost: to the cent as Anthropic's price list says, on the day of the request."""

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.errors import UnknownModelError
from claude_kit.estimate import Money, Price, price
from claude_kit.models import all_models, find

# Claude Opus 4.8 still has its fast mode on this day, and every price below is in force.
DAY = datetime(2026, 11, 22, tzinfo=UTC)
MILLION = 1_000_000

# Anthropic docs, pricing: dollars a million tokens of input, output, 5-minute write, 1-hour write, read.
PRICE_LIST = {
    "claude-fable-5-2": ("8", "40", "10", "16", "0.20"),
    "claude-fable-5-1": ("10", "50", "12.5", "20", "0.25"),
    "claude-mythos-5-1": ("10", "50", "12.5", "20", "0.25"),
    "claude-fable-5": ("10", "50", "12.5", "20", "1"),
    "claude-mythos-5": ("10", "50", "12.5", "20", "1"),
    "claude-opus-5-5": ("4", "20", "5", "8", "0.20"),
    "claude-opus-5": ("5", "25", "6.25", "10", "0.50"),
    "claude-opus-4-7": ("5", "25", "6.25", "10", "0.50"),
    "claude-sonnet-5-5": ("2", "10", "2.5", "4", "0.10"),
    "claude-sonnet-5": ("2", "10", "2.5", "4", "0.20"),
    "claude-sonnet-4-6": ("3", "15", "3.75", "6", "0.30"),
    "claude-sonnet-4-5": ("3", "15", "3.75", "6", "0.30"),
    "claude-haiku-5-5": ("0.10", "0.50", "0.125", "0.20", "0.01"),
    "claude-haiku-4-5": ("1", "5", "1.25", "2", "0.10"),
}


def written(tokens: int, ttl: str) -> dict:
    return {"cache_creation_input_tokens": tokens, "cache_creation": {f"ephemeral_{ttl}_input_tokens": tokens}}


@pytest.mark.parametrize("model", PRICE_LIST)
def test_each_kind_of_token_costs_what_the_price_list_says(model):
    """Input, output, both cache writes and cache reads of every current model, by hand from the docs."""
    usages = ({"input_tokens": 1000}, {"output_tokens": 1000}, written(1000, "5m"), written(1000, "1h"))
    usages = (*usages, {"cache_read_input_tokens": 1000})
    found = [price(find(model), usage, at=DAY).total * 1000 for usage in usages]
    assert found == [Decimal(dollars) for dollars in PRICE_LIST[model]]


def test_a_bill_with_every_kind_of_token_adds_up():
    """50 new + 2,000 written for 5 minutes + 1,000 for an hour + 6,000 read + 100 out on Sonnet 4.5 is $0.01695."""
    usage = {
        "input_tokens": 50,
        "cache_creation_input_tokens": 3000,
        "cache_creation": {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 1000},
        "cache_read_input_tokens": 6000,
        "output_tokens": 100,
    }
    model = find("claude-sonnet-4-5")
    assert price(model, usage, at=DAY).total == Decimal("0.01695")
    assert price(model, usage, at=DAY, batch=True).total == Decimal("0.01695") / 2


def test_writes_that_are_not_split_count_as_five_minutes():
    """Without `cache_creation` a write is the default one; with it, what is not named is not added."""
    model = find("claude-sonnet-5-5")
    assert price(model, {"cache_creation_input_tokens": MILLION}, at=DAY).input == Decimal("2.5")
    assert price(model, written(MILLION, "1h"), at=DAY).input == 4
    assert price(model, {"cache_creation": {"ephemeral_1h_input_tokens": MILLION}}, at=DAY).input == 4


def test_empty_fields_of_a_usage_cost_nothing():
    """The API sends null for what did not happen."""
    usage = dict.fromkeys(["input_tokens", "cache_creation_input_tokens", "cache_creation", "server_tool_use"])
    assert price(find("claude-sonnet-5-5"), usage, at=DAY) == Money(Decimal(0), Decimal(0))


@pytest.mark.parametrize("model", [m for m in all_models() if not m.is_retired() and m.id != "claude-mythos-preview"])
def test_prices_are_those_of_genai_prices(model):
    """Unless an option says otherwise, nothing is added to what the price list kept by others says."""
    expected = calc_price(
        Usage(input_tokens=1000, output_tokens=100),
        model.priced_as or model.id,
        provider_id="anthropic",
        genai_request_timestamp=DAY,
    )
    assert price(model, {"input_tokens": 1000, "output_tokens": 100}, at=DAY).total == expected.total_price


def test_haiku_has_a_cliff_above_100k():
    """One token over 100,000 makes all tokens of the request dear, output and cached ones too."""
    haiku = find("claude-haiku-5-5")
    assert price(haiku, {"input_tokens": 100_000, "output_tokens": MILLION}, at=DAY).total == Decimal("0.51")
    over = price(haiku, {"input_tokens": 1, "cache_read_input_tokens": 100_000, "output_tokens": MILLION}, at=DAY)
    assert over.output == Decimal("2.5")
    assert over.input == Decimal("0.05") / 10 + Decimal("0.5") / MILLION


def test_sonnet_5_5_reads_became_cheaper_on_the_seventh_of_october():
    """Reads cost $0.20 a million until 2026-10-06 and $0.10 since, whatever genai-prices knows."""
    sonnet, reads = find("claude-sonnet-5-5"), {"cache_read_input_tokens": MILLION, "input_tokens": MILLION}
    assert price(sonnet, reads, at=datetime(2026, 10, 6, 23, 59, tzinfo=UTC)).input == Decimal("2.20")
    assert price(sonnet, reads, at=datetime(2026, 10, 7, tzinfo=UTC)).input == Decimal("2.10")


def test_a_batch_is_half_on_any_day():
    """Also before the day from which genai-prices has batch prices, and with cached tokens."""
    sonnet, usage = find("claude-sonnet-4-6"), {**written(MILLION, "1h"), "output_tokens": MILLION}
    for day in (DAY, datetime(2026, 3, 20, tzinfo=UTC)):
        assert price(sonnet, usage, at=day, batch=True) == Money(Decimal(3), Decimal("7.5"))


def test_inference_in_the_us_costs_a_tenth_more():
    """All token categories, from Opus 4.6 on."""
    usage = {"input_tokens": MILLION, "output_tokens": MILLION}
    assert price(find("claude-opus-5-5"), usage, at=DAY, us_inference=True) == Money(Decimal("4.4"), Decimal(22))


def test_fast_mode_costs_double_on_opus_5_5():
    """$8 and $40 instead of $4 and $20; a tenth more in the US."""
    usage = {"input_tokens": MILLION, "output_tokens": MILLION}
    opus = find("claude-opus-5-5")
    assert price(opus, usage, at=DAY, fast=True) == Money(Decimal(8), Decimal(40))
    assert price(opus, usage, at=DAY, fast=True, us_inference=True) == Money(Decimal("8.8"), Decimal(44))


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("claude-haiku-4-5", {"us_inference": True}),
        ("claude-sonnet-5-5", {"fast": True}),
        ("claude-opus-5-5", {"fast": True, "batch": True}),
        ("claude-opus-4-8", {"fast": True, "at": datetime(2026, 11, 30, tzinfo=UTC)}),
    ],
)
def test_an_option_the_model_does_not_offer_is_refused(model, options):
    """It never falls silently back to the standard price."""
    with pytest.raises(ValueError, match=r"is not offered"):
        price(find(model), {"input_tokens": 1}, **{"at": DAY, **options})


def test_fast_mode_lasts_until_its_last_day():
    """Opus 4.8 is fast on the day before its fast mode ends."""
    last = datetime(2026, 11, 29, 23, tzinfo=UTC)
    assert price(find("claude-opus-4-8"), {"input_tokens": MILLION}, at=last, fast=True).input == 10


def test_web_searches_are_on_the_bill():
    """$10 a thousand, which neither the batch nor the region changes."""
    usage = {"input_tokens": 0, "server_tool_use": {"web_search_requests": 3}}
    plain = price(find("claude-sonnet-5-5"), usage, at=DAY)
    assert plain.total == plain.searches == Decimal("0.03")
    assert price(find("claude-sonnet-5-5"), usage, at=DAY, batch=True, us_inference=True).total == Decimal("0.03")


def test_a_time_without_a_zone_is_utc():
    """A naive time neither fails nor moves the request to another day."""
    reads = {"cache_read_input_tokens": MILLION}
    naive = datetime(2026, 10, 6, 23, 59)
    assert price(find("claude-sonnet-5-5"), reads, at=naive).input == Decimal("0.20")


def test_a_model_without_a_price_is_an_error():
    """Mythos Preview has no public price; no other model's is taken instead."""
    with pytest.raises(UnknownModelError, match=r"claude-mythos-preview: no price is known"):
        price(find("claude-mythos-preview"), {"input_tokens": 1}, at=DAY)


@pytest.mark.parametrize("model", [m for m in all_models() if m.offers_fast(DAY.date())])
def test_fast_mode_is_never_priced_as_the_standard(model):
    """genai-prices ignores an option that it does not know: for every model that has it, it must know it."""
    usage = {"input_tokens": 1000, "output_tokens": 1000}
    assert price(model, usage, at=DAY, fast=True).total == 2 * price(model, usage, at=DAY).total


def test_a_day_will_do_as_a_time():
    """The price of a day is that of its noon."""
    reads = {"cache_read_input_tokens": MILLION}
    assert price(find("claude-sonnet-5-5"), reads, at=date(2026, 10, 6)).input == Decimal("0.20")


def test_a_price_of_ones_own_is_taken_for_every_kind_of_token():
    """Cached tokens cost what the input does times a tenth, 1.25 and 2, unless it says otherwise."""
    own = Price(input=4, output="20", cache_read=0.2)
    model = find("claude-mythos-preview")
    found = [
        price(model, usage, own=own).total * 1000
        for usage in (
            {"input_tokens": 1000},
            {"output_tokens": 1000},
            written(1000, "5m"),
            written(1000, "1h"),
            {"cache_read_input_tokens": 1000},
        )
    ]
    assert found == [4, 20, 5, 8, Decimal("0.2")]
    assert price(model, {"input_tokens": MILLION}, own=own, batch=True).total == 2


def test_a_price_of_ones_own_for_a_known_model_comes_first():
    """A contract's price, say."""
    assert price(find("claude-sonnet-5-5"), {"input_tokens": MILLION}, own=Price(1, 5)).total == 1


def test_fast_mode_needs_a_price_of_its_own():
    """It never falls silently back to the standard price."""
    model, usage = find("claude-sonnet-5-5"), {"input_tokens": MILLION}
    with pytest.raises(ValueError, match=r"fast=Price"):
        price(model, usage, own=Price(1, 5), fast=True)
    assert price(model, usage, own=Price(1, 5, fast=Price(3, 15)), fast=True).total == 3


@pytest.mark.parametrize("wrong", [-1, "free", float("nan"), None, "inf"])
def test_a_price_that_is_none_is_refused(wrong):
    """The error names the number."""
    with pytest.raises(ValueError, match=r"Price\.input=.* is no amount of dollars"):
        Price(wrong, 5)


def test_a_price_is_a_value():
    """It can be compared, pickled and printed."""
    own = Price(1, 5, fast=Price(2, 10))
    assert pickle.loads(pickle.dumps(own)) == own == Price("1", 5.0, fast=Price(2, 10))
    assert "input=Decimal('1')" in repr(own)


def test_a_price_of_ones_own_has_the_caches_usual_factors():
    """A tenth to read, a quarter more to write for 5 minutes, twice for an hour."""
    own = Price(input=3, output=15)
    assert (own.cache_read, own.cache_write_5m, own.cache_write_1h) == (Decimal("0.3"), Decimal("3.75"), 6)


def test_a_search_costs_a_cent_on_a_price_of_ones_own_too():
    """As on the price list, beside the tokens, and no discount applies to it."""
    usage = {"input_tokens": MILLION, "server_tool_use": {"web_search_requests": 3}}
    money = price(find("claude-sonnet-4-6"), usage, own=Price(input=3, output=15), batch=True)
    assert (money.input, money.searches, money.total) == (Decimal("1.5"), Decimal("0.03"), Decimal("1.53"))


def test_the_day_of_a_price_is_the_day_in_utc():
    """One in the morning of 7 October in Karachi is still the 6th, when reads of Sonnet 5.5 were twice as dear."""
    karachi = timezone(timedelta(hours=5))
    found = [
        price(
            find("claude-sonnet-5-5"),
            {"cache_read_input_tokens": MILLION},
            at=datetime(2026, 10, 7, hour, tzinfo=karachi),
        )
        for hour in (1, 12)
    ]
    assert [money.input for money in found] == [Decimal("0.20"), Decimal("0.10")]


@given(
    model=st.sampled_from([m for m in all_models() if m.id != "claude-sonnet-5-5"]),
    day=st.dates(date(2026, 1, 1), date(2026, 11, 22)),
    tokens=st.lists(st.integers(0, 250_000), min_size=5, max_size=5),
)
def test_any_usage_on_any_day_costs_what_genai_prices_says(model, day, tokens):
    """Whether a model's price depends on the length of the prompt or not, to the last digit."""
    fresh, read, five_minutes, hour, output = tokens
    expected = Usage(
        input_tokens=fresh + read + five_minutes + hour,
        cache_read_tokens=read,
        cache_write_tokens=five_minutes + hour,
        cache_write_5m_tokens=five_minutes,
        cache_write_1h_tokens=hour,
        output_tokens=output,
    )
    usage = {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation": {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": hour},
        "output_tokens": output,
    }
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    name = model.priced_as or model.id
    try:
        told = calc_price(expected, name, provider_id="anthropic", genai_request_timestamp=noon)
    except LookupError:
        return
    found = price(model, usage, at=day)
    assert (found.input, found.output) == (told.input_price, told.output_price)
