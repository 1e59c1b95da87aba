"""`ck.cost`: what an answer cost, from its real usage."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

import claude_kit as ck
from claude_kit.estimate import Price, cost

MODEL = "claude-sonnet-4-6"  # $3 and $15 a million
NATIVE = {
    "input_tokens": 25,
    "cache_read_input_tokens": 3400,
    "cache_creation_input_tokens": 1200,
    "output_tokens": 15,
}
DOLLARS = Decimal(25 * 3 + 15 * 15) / 1_000_000 + Decimal("3400") * Decimal("0.3") / 1_000_000 + Decimal("0.0045")


@pytest.mark.parametrize("prompt", [25, 4625])
def test_the_gateways_two_conventions_cost_the_same(prompt):
    """A chat completion costs what the message behind it does, whether its prompt includes what was cached or not."""
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": 15,
        "total_tokens": 4640,
        "cache_read_input_tokens": 3400,
        "cache_creation_input_tokens": 1200,
    }
    assert cost(usage, MODEL).total == cost(NATIVE, MODEL).total == DOLLARS
    assert cost({"model": MODEL, "usage": usage, "choices": []}).total == DOLLARS


def test_our_reply_and_its_usage_cost_what_they_say():
    """`reply.cost` is the same figure."""
    reply = ck.Client.offline().send([{"role": "user", "content": "Hello"}], model=MODEL)
    assert cost(reply).total == cost(reply.usage, MODEL).total == reply.cost > 0


def test_objects_of_the_vendors_packages_are_understood():
    """Anthropic's message, which names its model and its usage."""
    from anthropic.types import Message, Usage

    message = Message(
        id="msg_1",
        content=[],
        model=MODEL,
        role="assistant",
        type="message",
        usage=Usage(**NATIVE),
        stop_reason="end_turn",
    )
    assert cost(message).total == cost(message.usage, MODEL).total == DOLLARS


def test_any_object_with_a_usage_will_do():
    """Portkey's client hands out objects of its own."""
    assert cost(SimpleNamespace(model=MODEL, usage=SimpleNamespace(model_dump=lambda: NATIVE))).total == DOLLARS


def test_it_is_the_price_of_the_day():
    """Sonnet 5.5 read its cache at twice the price before 2026-10-07."""
    usage = {"cache_read_input_tokens": 1_000_000}
    days = (date(2026, 10, 6), date(2026, 10, 7))
    assert [cost(usage, "claude-sonnet-5-5", at=day).total for day in days] == [Decimal("0.2"), Decimal("0.1")]


def test_a_price_of_ones_own_is_taken():
    """For a model that no list knows."""
    assert cost({"output_tokens": 1_000_000}, "claude-next-1", price=Price(1, "2.5")).total == Decimal("2.5")


@pytest.mark.parametrize("nothing", [{}, "text", None, {"usage": {}}, {"input": 3}])
def test_what_has_no_usage_is_refused(nothing):
    """It is never free."""
    with pytest.raises(TypeError, match="no usage"):
        cost(nothing, MODEL)


def test_a_usage_alone_needs_its_model():
    """The error says how to give it."""
    with pytest.raises(ValueError, match=r"which model was it\? cost\(usage, model\)"):
        cost(NATIVE)


def test_a_priority_tier_has_no_known_price():
    """It is paid by contract."""
    with pytest.raises(ValueError, match="priority"):
        cost({**NATIVE, "service_tier": "priority"}, MODEL)


def test_an_answer_of_no_model_asks_for_it():
    """A stream that broke off before it named its model."""
    broken = ck.Reply(usage=ck.reply.Usage({"input_tokens": 5}))
    with pytest.raises(ValueError, match="which model was it"):
        cost(broken)
    assert cost(broken, MODEL).total > 0
