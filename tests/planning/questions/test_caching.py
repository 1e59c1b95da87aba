"""`ck.plan`: many questions about the same content, with and without the prompt cache."""

import re
from datetime import date
from decimal import Decimal

import matplotlib
import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.content import pdf
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import Price, count_text, estimate
from claude_kit.planning import plan
from claude_kit.planning.questions.prompts import Asking, cached, plain
from tests.content import making

matplotlib.use("Agg")

DAY = date(2026, 11, 22)
SONNET = "claude-sonnet-5-5"  # $2 and $10 a million; writes at $2.50 and $4, reads at $0.10
STORY = "A long story about a harbour. " * 1000
MILLION = 1_000_000


def told(**options):
    return plan(STORY, **{"model": SONNET, "at": DAY, "question": 100, "expect_output": 500, **options})


def test_the_sums_are_those_of_the_price_list():
    """By hand: the prefix written once and read 9 times, questions and answers in full."""
    found = told(questions=10)
    prefix = found.prefix.tokens
    rest = 10 * (100 * Decimal(2) + 500 * Decimal(10))
    assert found.cost_without == (10 * prefix * Decimal(2) + rest) / MILLION
    assert found.cost_with == (prefix * Decimal("2.5") + 9 * prefix * Decimal("0.1") + rest) / MILLION
    assert found.saving_usd == found.cost_without - found.cost_with > 0


@pytest.mark.parametrize(("cache", "question"), [("5m", 2), ("1h", 3)])
def test_caching_pays_from_the_second_question_or_the_third(cache, question):
    """A write of 1.25 is regained by one read, a write of 2 by two."""
    assert told(cache=cache).break_even == question


def test_one_question_is_dearer_with_the_cache():
    """What is written is never read: there is no break-even, and the headline says so."""
    found = told(questions=1)
    assert found.break_even is None
    assert found.saving_usd < 0
    assert "does not pay" in found.to_text()


def test_the_break_even_holds_to_the_last_question():
    """From there on the sum with the cache stays below the one without."""
    frame = told(questions=40, cache="1h").to_frame()
    cheaper = frame["with_sum_usd"] < frame["without_sum_usd"]
    assert list(cheaper) == [False, False] + [True] * 38


def test_a_batch_is_half():
    """Of what the questions cost each by itself."""
    ways = {way.name: way for way in told().ways}
    assert ways["batch"].cost == ways["no cache"].cost / 2


def test_cache_hits_in_a_batch_are_not_counted_on():
    """Though it would be cheapest, it is not called so: hits are best effort."""
    found = told()
    uncertain = [way for way in found.ways if not way.certain]
    assert [way.name for way in uncertain] == ["batch with cache"]
    assert uncertain[0].cost < found.cheapest.cost
    assert found.cheapest.certain


def test_each_way_has_its_range():
    """From the input at its lowest to the input at its highest."""
    found = plan(making.pdf([""] * 3), model=SONNET, questions=5)
    for way in found.ways:
        assert way.low < way.cost < way.high


def test_a_range_holds_where_it_is_in_doubt_whether_anything_is_cached():
    """Below the minimum fewer tokens cost more: the range runs over all that may be, not from fewest to most."""
    document = pdf(making.pdf(["some words"]))
    for words in range(440, 475):
        found = plan(document, model="claude-opus-4-7", system="word " * words, questions=9, question=10, at=DAY)
        prefix = found.prefix
        if prefix.low < 2048 <= prefix.high:
            break
    ways = {way.name: way for way in found.ways}
    assert prefix.low < 2048 <= prefix.high
    rest = 9 * (10 * Decimal(5) + 800 * Decimal(25))
    uncached, written = 9 * 2047 * Decimal(5), 2048 * (Decimal("6.25") + 8 * Decimal("0.5"))
    assert ways["5-minute cache"].low == min((written + rest), (9 * prefix.low * 5 + rest)) / MILLION
    assert ways["5-minute cache"].high == (uncached + rest) / MILLION


def test_no_pause_matters_in_a_batch():
    """Its requests are sent at once, so that a long pause between questions changes nothing there."""
    at_once, slow = told(), told(pause_minutes=90)
    batches = [{way.name: way.cost for way in found.ways if "batch" in way.name} for found in (at_once, slow)]
    assert batches[0] == batches[1]


def test_a_question_shows_its_price_beside_a_large_sum():
    """Thousands of dollars in all are written to the cent, and what each question costs is not."""
    text = told(questions=10_000).to_text()
    [batch] = [line for line in text.splitlines() if line.startswith("batch  ")]
    ways = {way.name: way.cost for way in told(questions=10_000).ways}
    assert batch.split()[-1] == f"${ways['batch'] / 10_000:.4f}"
    assert "$0.00 " not in text


def test_the_ways_agree_with_the_steps():
    """What the table sums up is what the rows add up to."""
    found = told(cache="1h")
    ways = {way.name: way.cost for way in found.ways}
    assert (ways["no cache"], ways["1-hour cache"]) == (found.cost_without, found.cost_with)


def test_below_the_minimum_nothing_is_cached():
    """It says so with the tokens, the minimum and a model that caches so few."""
    found = plan("Hello " * 1000, model="claude-haiku-4-5", questions=5, at=DAY)
    assert found.cost_with == found.cost_without
    assert found.break_even is None
    note = found.notes[0]
    assert f"{found.prefix.tokens:,} tokens" in note
    assert "4,096" in note
    assert "claude-haiku-5-5" in note
    assert found.to_text().startswith("Nothing is cached")


def test_no_model_is_named_that_would_not_cache_it_either():
    """A hundred words are too few for all of them."""
    note = plan("Hello " * 100, model="claude-haiku-4-5", questions=5).notes[0]
    assert "Share more" in note
    assert "or take" not in note


def test_one_token_decides_whether_it_is_cached():
    """At the minimum it is cached, one below it is not."""
    shared = {"question": 10, "answer": 1, "exchange": 6, "questions": 2, "conversation": False}
    (at, _), (below, _) = (cached(Asking(prefix=tokens, **shared), keep="5m", minimum=512) for tokens in (512, 511))
    assert (at.written, below.written, below.fresh) == (512, 0, 521)


def test_a_model_without_prompt_caching_is_told():
    """Claude 3 Sonnet never had it."""
    found = plan(STORY, model="claude-3-sonnet-20240229", questions=3, at=date(2025, 1, 1))
    assert found.cost_with == found.cost_without
    assert "no prompt caching" in found.notes[0]


def test_what_may_be_below_the_minimum_is_told():
    """Where the likeliest number is just enough, and the lowest is not."""
    document = pdf(making.pdf(["some words"]))
    plans = (plan(document, model="claude-opus-4-7", system="word " * number, questions=3) for number in range(1000))
    found = next(one for one in plans if one.prefix.tokens >= 2048)
    assert found.prefix.low < 2048
    assert f"as few as {found.prefix.low:,} tokens; below 2,048" in found.notes[0]


@pytest.mark.parametrize(("pause", "cache", "writes"), [(5, "5m", 1), (5.5, "5m", 4), (60, "1h", 1), (61, "1h", 4)])
def test_a_pause_longer_than_the_cache_keeps_makes_each_question_write(pause, cache, writes):
    """Five minutes or an hour from the last use; then it is written anew, and a note says so."""
    found = told(questions=4, cache=cache, pause_minutes=pause)
    assert sum(step.cached.written > 0 for step in found.steps) == writes
    assert any("pause" in note for note in found.notes) == (writes > 1)


def test_a_conversation_carries_what_was_said():
    """Each question is sent with those before it and their answers, so uncached the bill grows with the square."""
    found = told(questions=10, conversation=True)
    growth = 100 + 500 + 4  # the frame of one more exchange in the newest models
    inputs = [step.without.tokens for step in found.steps]
    assert inputs == [inputs[0] + growth * before for before in range(10)]
    longer = told(questions=100, conversation=True)
    assert longer.cost_without > 15 * found.cost_without
    assert longer.cost_with < longer.cost_without / 5


def test_a_conversation_reads_what_the_question_before_it_wrote():
    """Only the last answer and the new question are written, and nothing is billed in full."""
    found = told(questions=5, conversation=True)
    for before, step in zip(found.steps, found.steps[1:], strict=False):
        assert step.cached.read == before.cached.tokens
        assert step.cached.fresh == 0


def test_a_conversation_has_no_batch():
    """Its next question waits for the answer before it; nor has fast mode one."""
    assert not any("batch" in way.name for way in told(conversation=True).ways)
    assert not any("batch" in way.name for way in told(model="claude-opus-5-5", speed="fast").ways)


def test_a_conversation_that_outgrows_the_window_is_told():
    """From which question on."""
    found = told(model="claude-haiku-4-5", questions=400, conversation=True)
    over = next(step.number for step in found.steps if step.without.tokens > 200_000)
    assert f"from question {over}" in found.notes[0]


def test_haiku_costs_more_beyond_its_threshold():
    """One token over 100,000 makes every token of the prompt five times as dear, those read from the cache too."""
    found = plan(
        STORY * 9, model="claude-haiku-5-5", questions=40, conversation=True, question=500, expect_output=1500, at=DAY
    )
    dear = next(step.number for step in found.steps if step.without.tokens > 100_000)
    assert 1 < dear < 40
    before, after = found.steps[dear - 2], found.steps[dear - 1]
    assert after.cost_with > 4 * before.cost_with
    assert any(f"From question {dear}" in note for note in found.notes)


@given(
    prefix=st.integers(0, 5000),
    question=st.integers(0, 900),
    answer=st.integers(0, 900),
    questions=st.integers(1, 12),
    conversation=st.booleans(),
    alive=st.booleans(),
    minimum=st.none() | st.integers(0, 4096),
)
def test_caching_changes_how_tokens_are_billed_and_never_how_many(
    prefix, question, answer, questions, conversation, alive, minimum
):
    """Fresh, written and read add up to the prompt, and nothing is read that was not written before."""
    asking = Asking(prefix, question, answer, 6, questions, conversation)
    prompts = cached(asking, keep="5m", minimum=minimum, alive=alive)
    assert [prompt.tokens for prompt in prompts] == [prompt.fresh for prompt in plain(asking)] == asking.inputs()
    written = 0
    for prompt in prompts:
        assert min(prompt.fresh, prompt.written, prompt.read) >= 0
        assert prompt.read <= written
        assert alive or not prompt.read
        written += prompt.written


def test_a_string_beside_a_file_is_the_question():
    """It is not shared, and its own tokens are counted."""
    document = making.pdf(["one"])
    found = plan(document, "What is it about?", model="claude-sonnet-4-6")
    assert found.question.tokens == count_text("What is it about?", "claude-sonnet-4-6")
    assert found.prefix.tokens == estimate(document, model="claude-sonnet-4-6").input_tokens
    both = plan(document, "What is it about?", model="claude-sonnet-4-6", question="And why?")
    assert both.prefix.tokens > found.prefix.tokens


def test_a_string_alone_is_what_is_shared():
    """A long text and no question: that is assumed."""
    found = plan(STORY, model=SONNET)
    assert found.prefix.tokens > 5000
    assert found.question.tokens == 40


def test_system_prompt_and_tools_are_shared():
    """They stand before all else, so they are cached with it."""
    tools = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]
    plainly, more = told(), told(system="Be brief. " * 50, tools=tools)
    assert more.prefix.tokens > plainly.prefix.tokens + 200
    assert more.steps[0].cached.written == more.prefix.tokens


def test_a_price_of_ones_own_is_taken():
    """For a model that nobody knows, with its cache prices."""
    found = told(model="claude-sonnet-9", price=Price(1, 1, cache_read="0.5", cache_write_5m=3), questions=2)
    prefix = found.prefix.tokens
    assert found.cost_with == (prefix * Decimal("3.5") + 2 * 100 + 2 * 500) / MILLION
    with pytest.raises(UnknownModelError):
        told(model="claude-sonnet-9")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"questions": 0}, "questions=0"),
        ({"questions": 2.5}, r"questions=2\.5"),
        ({"questions": True}, "questions=True"),
        ({"cache": "2h"}, "cache='2h'"),
        ({"question": -1}, "question=-1"),
        ({"question": 1.5}, r"question=1\.5"),
        ({"question": ["What?"]}, r"question=\['What"),
        ({"pause_minutes": -1}, "pause_minutes=-1"),
        ({"pause_minutes": float("nan")}, "pause_minutes=nan"),
        ({"expect_output": -1}, "expect_output=-1"),
    ],
)
def test_an_option_that_is_none_is_refused(options, says):
    """With its value."""
    with pytest.raises(ValueError, match=says):
        told(**options)


def test_nothing_to_ask_about_is_refused():
    """There is nothing to cache then."""
    with pytest.raises(ValueError, match="nothing to plan"):
        plan(model=SONNET)


def test_the_frame_has_a_row_a_question():
    """Its dollars add up to the plan's."""
    found = told(questions=7)
    frame = found.to_frame()
    assert list(frame["question"]) == list(range(1, 8))
    assert frame["with_usd"].sum() == pytest.approx(float(found.cost_with))
    assert frame["without_sum_usd"].iloc[-1] == pytest.approx(float(found.cost_without))
    assert list(frame["read"] > 0) == [False] + [True] * 6


def test_the_table_shows_the_questions_that_tell():
    """The first two, the break-even, the last, and the sum."""
    lines = told(questions=20, cache="1h").to_text().splitlines()
    shown = [line.split()[0] for line in lines if re.match(r"\d+ ", line)]
    assert shown == ["1", "2", "3", "20"]
    assert any(line.startswith("all 20") for line in lines)


def test_the_page_says_what_the_terminal_says():
    """Headline, ways and notes, safe from MathJax."""
    found = told()
    page = found._repr_mimebundle_()["text/html"]
    assert f"Caching pays from question {found.break_even}" in page
    assert all(way.name in page for way in found.ways)
    assert found.notes[-1].split(":")[0] in page
    assert page.count("mathjax_ignore") >= 3


def test_an_assumed_answer_is_called_one():
    """Whoever says what to expect is not told of an assumption."""
    assert any("assumption" in note for note in plan(STORY, model=SONNET).notes)
    assert not any("assumption" in note for note in told().notes)


def test_the_plot_has_the_dollars_so_far():
    """One curve without and one with the cache, each up to its sum; only one where nothing is cached."""
    found = told(questions=6)
    figure, own = plt.subplots()
    axes = found.plot(ax=own)
    assert axes is own
    ends = sorted(line.get_ydata()[-1] for line in axes.lines if len(line.get_xdata()) == 6)
    assert ends == pytest.approx([float(found.cost_with), float(found.cost_without)])
    plt.close(figure)
    axes = plan("Hi", model=SONNET, questions=6).plot()
    assert len(axes.lines) == 1
    plt.close(axes.get_figure())
