"""`exact=True`: Anthropic's own count of the whole, shared out over the lines."""

import json
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import claude_kit as ck
from claude_kit.estimate import Count, Line, estimate
from claude_kit.estimate.asking import reconciled
from tests.content import making

MODEL = "claude-sonnet-4-6"


def counts(told: object) -> tuple[ck.Client, list[httpx.Request]]:
    """A client of an endpoint that answers every count with one number."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=told)

    return ck.Client.anthropic("sk-ant-test", transport=httpx.MockTransport(answer)), seen


def test_the_sum_is_what_was_told():
    """Not what was counted offline; the range closes, and money follows."""
    client, seen = counts({"input_tokens": 4321})
    told = estimate(making.pdf([""]), "What is this?", model=MODEL, system="Be brief.", exact=True, client=client)
    assert (told.input_tokens, told.input_range, told.method) == (4321, (4321, 4321), "count_tokens")
    assert told.input_cost == Decimal(3) * 4321 / 1_000_000
    [request] = seen
    assert request.url.path == "/v1/messages/count_tokens"
    body = json.loads(request.content)
    assert sorted(body) == ["messages", "model", "system"]
    assert [block["type"] for block in body["messages"][0]["content"]] == ["document", "text"]


def test_a_gateway_gets_the_name_as_it_is_spelled():
    """Portkey finds its way by the slug before it; without a gateway the id is enough."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"input_tokens": 9})

    slug = f"@anthropic-prod/{MODEL}"
    client = ck.Client.portkey("pk-test", transport=httpx.MockTransport(answer))
    estimate("Hello", model=slug, exact=True, client=client)
    assert json.loads(seen[0].content)["model"] == slug
    direct, asked = counts({"input_tokens": 9})
    estimate("Hello", model=slug, exact=True, client=direct)
    assert json.loads(asked[0].content)["model"] == MODEL


def test_an_unknown_model_with_a_price_can_be_asked_for():
    """It may be newer than the kit; Anthropic knows it."""
    client, seen = counts({"input_tokens": 9})
    told = estimate("Hello", model="claude-sonnet-9", price=ck.Price(1, 5), exact=True, client=client)
    assert (told.input_range, json.loads(seen[0].content)["model"]) == ((9, 9), "claude-sonnet-9")


def test_the_offline_model_counts_too():
    """It tells what the kit estimates, so nothing changes but the method."""
    parts = (making.pdf([""]), "What is this?")
    asked = estimate(*parts, model=MODEL, exact=True, client=ck.Client.offline())
    assert asked.input_tokens == estimate(*parts, model=MODEL).input_tokens


def test_a_pdf_behind_an_address_can_be_counted():
    """What cannot be seen from here is still on Anthropic's count."""
    block = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    client, _ = counts({"input_tokens": 1607})
    told = estimate(block, model=MODEL, exact=True, client=client)
    assert (told.input_tokens, told.method) == (1607, "count_tokens")
    assert told.require(max_usd=1) is told


def test_without_a_key_it_says_what_to_do(monkeypatch):
    """The offline model is no substitute for what was asked for."""
    for name in ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ck.ClaudeKitError, match=r"needs a key: set ANTHROPIC_API_KEY"):
        estimate("Hello", model=MODEL, exact=True)


def test_nothing_cannot_be_counted():
    """The API counts messages."""
    with pytest.raises(ck.ClaudeKitError, match="no message to count"):
        estimate(model=MODEL, system="Be brief.", exact=True, client=ck.Client.offline())


@pytest.mark.parametrize("answer", [{}, {"input_tokens": None}, [], "text"])
def test_an_answer_without_a_number_is_an_error(answer):
    """No estimate is made of it."""
    client, _ = counts(answer)
    with pytest.raises(ck.APIError):
        estimate("Hello", model=MODEL, exact=True, client=client)


ranges = st.tuples(st.integers(0, 1000), st.integers(0, 50), st.integers(0, 50))


@given(st.lists(ranges, min_size=1, max_size=6), st.integers(0, 5000))
def test_the_lines_add_up_to_the_sum(made, told):
    """Whatever the lines and the difference; lines without a doubt keep their tokens."""
    lines = [Line("part", "", Count(t, t - min(low, t), t + high, "measured")) for t, low, high in made]
    asked = reconciled(lines, told)
    assert sum(line.count.tokens for line in asked) == told
    for before, after in zip(lines, asked, strict=False):
        if before.count.low == before.count.high:
            assert after.count.tokens == before.count.tokens


def test_what_could_not_be_counted_never_takes_less_than_nothing():
    """A file behind an address may be large, and so takes what is more; what is less, the text beside it does."""
    unseen, text = (
        Line("document", "", Count(0, 0, 900_000, "uncounted")),
        Line("text", "", Count(100, 80, 120, "heuristic")),
    )
    assert [line.count.tokens for line in reconciled([unseen, text], 90)] == [0, 90]
    more, _ = reconciled([unseen, text], 5100)
    assert more.count.tokens >= 4999


@pytest.mark.parametrize(("told", "label"), [(12, "not foreseen"), (3, "not billed")])
def test_where_nothing_is_in_doubt_a_line_of_its_own_says_the_difference(told, label):
    """What Anthropic counts beyond what was foreseen, or below it."""
    *_, line = reconciled([Line("frame", "", Count.exactly(7))], told)
    assert (line.label, line.count.tokens) == (label, told - 7)


def test_options_that_cost_tokens_are_asked_about():
    """A budget for thinking and a schema are part of what Anthropic counts."""
    client, seen = counts({"input_tokens": 200})
    form = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    estimate("Hello", model=MODEL, thinking=2048, output_config=form, exact=True, client=client)
    body = json.loads(seen[0].content)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert body["output_config"] == form
