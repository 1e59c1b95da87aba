"""What must hold of any request, whatever is in it: ranges, sums, the same answer from every door."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as pil

import claude_kit as ck
from claude_kit.content import Image, Part, Pdf, Text, image, text
from claude_kit.content import pdf as read_pdf
from claude_kit.models import find
from claude_kit.offline.model import answer
from claude_kit.wire.chat_completions import content_parts
from claude_kit.wire.messages import content_blocks
from claude_kit.wire.thinking import parameter
from tests.content import making

MODELS = ("claude-haiku-4-5", "claude-opus-4-7", "claude-sonnet-5-5")

some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def picture(width: int, height: int) -> Image:
    buffer = io.BytesIO()
    pil.new("1", (width, height)).save(buffer, "PNG")
    return image(buffer.getvalue())


@cache
def document(number: int) -> Pdf:
    made = [
        making.pdf(["one"]),
        making.pdf(["Revenue rose by 13 percent.", "", "Costs fell. Margins rose."]),
        making.pdf(["one"], size=(595, 842)),
        making.pdf(["a slide"], size=(960, 540)),
        making.pdf(["a card"], size=(200, 150)),
    ]
    return read_pdf(made[number])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80).filter(
    str.strip
)
PICTURES = st.builds(picture, st.integers(1, 3200), st.integers(1, 3200))
DOCUMENTS = st.builds(document, st.integers(0, 4))
PARTS = st.one_of(TEXTS.map(text), PICTURES, DOCUMENTS)
CONTENT = st.lists(PARTS, min_size=1, max_size=4)
SUFFIX = {Image: ".png", Pdf: ".pdf"}
TOOLS = [{"name": "look_up", "description": "Look a word up.", "input_schema": {"type": "object", "properties": {}}}]
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "system": TEXTS,
        "tools": st.just(TOOLS),
        "messages": TEXTS.map(
            lambda said: [{"role": "user", "content": said}, {"role": "assistant", "content": "Yes."}]
        ),
        "max_tokens": st.integers(1, 20_000),
        "batch": st.booleans(),
    },
)
HELD = st.one_of(TEXTS, st.just(""), st.none(), st.lists(PARTS, max_size=3).map(content_blocks))
RESULTS = st.builds(
    lambda held, number, failed: {
        "type": "tool_result",
        "tool_use_id": f"t{number}",
        "content": held,
        "is_error": failed,
    },
    HELD,
    st.integers(0, 3),
    st.booleans(),
)
DOCUMENT_BLOCKS = st.builds(
    lambda said, more: {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": said},
        **more,
    },
    TEXTS,
    st.fixed_dictionaries({}, optional={"title": TEXTS, "context": TEXTS, "citations": st.just({"enabled": True})}),
)
GIVEN = st.one_of(PARTS, RESULTS, DOCUMENT_BLOCKS)
ANSWERED = st.one_of(
    TEXTS.map(text),
    st.builds(
        lambda name, given, number: {"type": "tool_use", "id": f"t{number}", "name": name, "input": given},
        st.sampled_from(["x", "look_up"]),
        st.dictionaries(st.sampled_from(["word", "n"]), st.one_of(TEXTS, st.integers(), st.none()), max_size=2),
        st.integers(0, 3),
    ),
    st.builds(lambda said, sealed: {"type": "thinking", "thinking": said, "signature": sealed}, TEXTS, TEXTS),
    st.just({"type": "redacted_thinking", "data": "x" * 800}),
    st.builds(
        lambda kind, said: {"type": kind, "content": said}, st.sampled_from(["compaction", "x_tool_result"]), TEXTS
    ),
    st.just({"type": "something_new"}),
)
STEPS = st.lists(
    st.one_of(
        st.builds(lambda held: {"role": "user", "content": held}, st.lists(GIVEN, min_size=1, max_size=3)),
        st.builds(lambda held: {"role": "assistant", "content": held}, st.lists(ANSWERED, min_size=1, max_size=3)),
    ),
    max_size=5,
)


def base64_block(item: Part) -> dict:
    """Write a part by hand as the API has it."""
    if isinstance(item, Text):
        return {"type": "text", "text": item.text}
    kind, media_type = ("image", "image/png") if isinstance(item, Image) else ("document", "application/pdf")
    data = base64.b64encode(item.data).decode()
    return {"type": kind, "source": {"type": "base64", "media_type": media_type, "data": data}}


def chat_part(item: Part) -> dict:
    """Write a part by hand as a chat completion has it."""
    if isinstance(item, Text):
        return {"type": "text", "text": item.text}
    data = base64.b64encode(item.data).decode()
    if isinstance(item, Image):
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    return {"type": "file", "file": {"file_data": data, "mime_type": "application/pdf"}}


def numbers(told: ck.Estimate) -> tuple:
    """What an estimate says, without the names of its lines."""
    return told.input_range, [line.count for line in told.lines], told.cost, told.cost_range, told.pages


@some
@given(CONTENT, st.sampled_from(MODELS), OPTIONS)
def test_the_likeliest_is_within_the_range_and_the_lines_are_the_sum(content, model, options):
    """Of every line, of the whole, and of the money."""
    told = ck.estimate(*content, model=model, **options)
    assert all(0 <= line.count.low <= line.count.tokens <= line.count.high for line in told.lines)
    low, high = told.input_range
    assert low <= told.input_tokens <= high
    assert told.input_tokens == sum(told.to_frame()["tokens"].iloc[:-1])
    assert told.cost_range[0] <= told.input_cost_range[0] <= told.input_cost <= told.input_cost_range[1]
    assert told.cost_range[0] <= told.cost <= told.cost_range[1]
    assert told.input_cost_range[1] <= told.cost_range[1]
    assert told.expected_output <= told.max_output


@some
@given(STEPS, st.sampled_from(MODELS), OPTIONS)
def test_a_conversation_has_a_range_too(steps, model, options):
    """Calls of tools, results of all kinds, thinking, documents, blocks nobody knows: no line is less than nothing."""
    told = ck.estimate("And now?", model=model, **{**options, "messages": steps})
    assert all(0 <= line.count.low <= line.count.tokens <= line.count.high for line in told.lines), told.lines
    assert told.input_range[0] <= told.input_tokens <= told.input_range[1] <= 3_000_000


@some
@given(CONTENT, PARTS, st.sampled_from(MODELS), OPTIONS)
def test_more_content_never_costs_less(content, more, model, options):
    """Neither at the likeliest, nor at the ends of the range."""
    before, after = (ck.estimate(*given, model=model, **options) for given in (content, [*content, more]))
    assert after.input_tokens > before.input_tokens
    assert after.input_range[0] >= before.input_range[0]
    assert after.input_range[1] > before.input_range[1]
    assert after.cost > before.cost
    assert after.cost_range[1] > before.cost_range[1]


@some
@given(CONTENT, st.sampled_from(MODELS))
def test_the_same_content_is_the_same_estimate_in_any_form(content, model):
    """As parts, as sources, as blocks of the API in base64, as parts of a chat completion."""
    expected = numbers(ck.estimate(*content, model=model))
    sources = [item.text if isinstance(item, Text) else item.data for item in content]
    forms = [sources, content_blocks(content), [base64_block(item) for item in content], map(chat_part, content)]
    assert [numbers(ck.estimate(*form, model=model)) for form in forms] == [expected] * len(forms)
    said = [{"role": "user", "content": content_parts(content)}]
    assert numbers(ck.estimate(messages=said, model=model)) == expected


@some
@given(CONTENT, OPTIONS, st.sampled_from(MODELS), st.sampled_from([None, "adaptive", 2048]))
def test_the_estimate_is_what_the_offline_model_bills(content, options, model, thinking):
    """The usage of its answer, and its ``count_tokens``, say the very number that was told before."""
    asked = {name: options[name] for name in ("system", "tools") if name in options}
    earlier = options.get("messages", [])
    told = ck.estimate(*content, model=model, messages=earlier, thinking=thinking, **asked)
    field = parameter(thinking, find(model), max_tokens=told.max_output)
    messages = [*earlier, {"role": "user", "content": content_blocks(content)}]
    body = {"model": model, "max_tokens": 100, "messages": messages, "thinking": field, **asked}
    assert answer(body, find(model)).usage["input_tokens"] == told.input_tokens
    counted = ck.Client.offline().count_tokens(messages, model=model, thinking=field, **asked)
    assert counted == told.input_tokens


@settings(some, max_examples=10)
@given(CONTENT, OPTIONS)
def test_a_comparison_is_the_single_estimates(content, options):
    """Every row that can be asked has the numbers of its own estimate, cheapest first."""
    found = ck.compare(*content, models=MODELS, **options).to_frame()
    assert sorted(found["model"]) == sorted(find(model).id for model in MODELS)
    for _, row in found.iterrows():
        told = ck.estimate(*content, model=row.model, **options)
        assert (row.input_tokens, (row.low, row.high)) == (told.input_tokens, told.input_range)
        assert row.input_usd == float(told.input_cost)
        assert row.cost_usd == float(told.cost)
    assert list(found["cost_usd"]) == sorted(found["cost_usd"])


@settings(some, max_examples=6)
@given(st.lists(st.one_of(PICTURES, DOCUMENTS), min_size=1, max_size=3), TEXTS, st.sampled_from(MODELS))
def test_a_survey_is_the_estimates_of_its_files(files, question, model):
    """Each file with the question, to the token and the cent; the total is their sum."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        paths = [Path(folder, f"{number}{SUFFIX[type(item)]}") for number, item in enumerate(files)]
        for path, item in zip(paths, files, strict=True):
            path.write_bytes(item.data)
        options = {"executor": pool, "cache_folder": f"{folder}/cache", "progress": False}
        found = ck.survey(paths, model, question=question, **options)
        told = {str(path): ck.estimate(path, question, model=model) for path in paths}
    for _, row in found.to_frame().iterrows():
        one = told[row.file]
        assert (row.input_tokens, row.low, row.high) == (one.input_tokens, *one.input_range)
        assert row.cost_usd == float(one.cost)
    assert found.totals.cost == sum((one.cost for one in told.values()), Decimal(0))


@some
@given(CONTENT, TEXTS, st.sampled_from(MODELS), st.sampled_from(["5m", "1h"]))
def test_a_plans_first_question_is_an_estimate(content, question, model, keep):
    """Without the cache it costs what `estimate` tells; with it, no less than all read and no more than all written."""
    shared = [*content, text("A long story about a harbour. " * 900)]
    first = ck.plan(*shared, question=question, model=model, cache=keep, expect_output=300).steps[0]
    alone, written = (
        ck.estimate(*shared, question, model=model, cache=cache, expect_output=300) for cache in (None, keep)
    )
    assert abs(first.without.usage["input_tokens"] - alone.input_tokens) <= 1
    assert first.cost_without == pytest.approx(alone.cost, abs=Decimal("0.0001"))
    assert alone.cost < first.cost_with <= written.cost + Decimal("0.00001"), "a question is a token at the least"
    assert written.cost - first.cost_with < Decimal("0.003"), "the question alone is not written"
