"""What has to be known beside the dollars of a plan: why nothing is cached, what does not fit, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from claude_kit.models import Model
from claude_kit.planning.comparison import served
from claude_kit.planning.questions.planned import Plan
from claude_kit.render import units

__all__ = ["notes"]

_ORDER: Final = (
    "Keep the shared content first and the question last, byte for byte the same: ck.encode(…, cache=…) does."
)


def notes(plan: Plan, forgotten: bool, assumed: bool) -> tuple[str, ...]:
    """Return what there is to know of a plan, the gravest first.

    Parameters
    ----------
    plan : Plan
    forgotten : bool
        Whether the pause between questions is longer than the cache keeps.
    assumed : bool
        Whether the length of the answers is an assumption.
    """
    return (*_too_long(plan), *_not_cached(plan), *_forgotten(plan, forgotten), *_dearer(plan), *_told(plan, assumed))


def _too_long(plan: Plan) -> Iterator[str]:
    most = plan.model.context
    over = next((step.number for step in plan.steps if step.without.tokens > most), None)
    if over is not None:
        where = f"from question {over:,} on" if over > 1 else "from the start"
        way_out = "Begin a new conversation before that" if over > 1 else "Send less, or split it: ck.fit(…)"
        yield f"The input is over {plan.model}'s window of {units.count(most)} tokens {where}. {way_out}."


def _not_cached(plan: Plan) -> Iterator[str]:
    least = plan.model.cache_minimum_tokens
    if least is None:
        yield f"{plan.model} has no prompt caching."
    elif plan.conversation:
        first = next((step.number for step in plan.steps if step.cached.written), None)
        if first != 1:
            since = f"before question {first:,}" if first else "at all"
            yield f"{_short(plan)} Nothing is cached {since}."
    elif plan.prefix.tokens < least:
        yield f"{_short(plan)} Nothing is cached, and no error says so. {_way_out(plan)}"
    elif plan.prefix.low < least:
        low = units.count(plan.prefix.low)
        yield f"The shared content may be as few as {low} tokens; below {units.count(least)} nothing is cached."


def _short(plan: Plan) -> str:
    least = units.count(plan.model.cache_minimum_tokens or 0)
    return f"The shared content is {units.count(plan.prefix.tokens)} tokens, and {plan.model} caches from {least} on."


def _way_out(plan: Plan) -> str:
    other = _lower(plan.model, plan.prefix.tokens)
    instead = f", or take {other}, which caches from {units.count(other.cache_minimum_tokens or 0)} on" if other else ""
    return f"Share more, such as a longer system prompt or examples{instead}."


def _lower(model: Model, tokens: int) -> Model | None:
    """Return the newest model that caches so few tokens, of the same line if there is one."""
    enough = [one for one in served() if one.cache_minimum_tokens is not None and one.cache_minimum_tokens <= tokens]
    return next((one for one in enough if one.line == model.line), enough[0] if enough else None)


def _forgotten(plan: Plan, forgotten: bool) -> Iterator[str]:
    if forgotten:
        way_out = 'take cache="1h", ' if plan.cache == "5m" else ""
        yield f"The pause is longer than the cache keeps, so every question writes it anew: {way_out}or ask sooner."


def _dearer(plan: Plan) -> Iterator[str]:
    """Tell where a token begins to cost more than in the first question: some prices have a threshold."""
    first, *rest = plan.steps
    each = (first.cost_without / max(first.without.tokens + first.without.answer, 1)) * 2
    over = next((s for s in rest if s.cost_without > each * (s.without.tokens + s.without.answer)), None)
    if over is not None:
        at = units.count(over.without.tokens)
        yield f"From question {over.number:,} on, at {at} input tokens, {plan.model} charges more for every token."


def _told(plan: Plan, assumed: bool) -> Iterator[str]:
    if assumed:
        yield f"Answers of {units.count(plan.answer)} tokens are an assumption: give expect_output=…"
    yield _ORDER
