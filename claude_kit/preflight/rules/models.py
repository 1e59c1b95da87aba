"""What a model takes: whether it still answers, how it thinks, what it may be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from claude_kit.models import Model
from claude_kit.preflight.report import Finding
from claude_kit.preflight.request import Request
from claude_kit.render import units
from claude_kit.wire.messages import API_VERSION
from claude_kit.wire.thinking import MIN_BUDGET, thinks

_RETIRING_DAYS: Final = 60
_SAMPLING: Final = ("temperature", "top_p", "top_k")

# Kinds of thinking that become what the model takes, see `claude_kit.wire.thinking`.
_TRANSLATED: Final = ("adaptive", "enabled")

# How `tool_choice` says that a tool must be used, in both dialects.
_FORCED: Final = ("any", "tool", "required", "function")


def retired(request: Request) -> Iterator[Finding]:
    """The model still answers."""
    model = request.model
    if not model.is_retired(request.today):
        return
    since = f"retired on {model.retires_on}" if model.retires_on else "retired"
    if request.route.keeps_retired:
        fix = f"It may still be served via {request.via}; if not, use {_instead(model)}."
        yield Finding("model.retired", "warning", model.id, f"{since} at Anthropic", "", fix)
    else:
        yield Finding("model.retired", "error", model.id, since, "", f"Use {_instead(model)}.")


def retiring(request: Request) -> Iterator[Finding]:
    """The model will still answer in two months."""
    model = request.model
    if model.retires_within(_RETIRING_DAYS, request.today):
        measured = f"retires on {model.retires_on}"
        yield Finding("model.retiring", "warning", model.id, measured, "", f"Use {_instead(model)}.")


def _instead(model: Model) -> str:
    return str(model.replacement or "a newer model")


def thinking_type(request: Request) -> Iterator[Finding]:
    """The model thinks in the way it is told to."""
    asked, model = request.option("thinking"), request.model
    if asked is None:
        return
    kind = asked.get("type") if isinstance(asked, Mapping) else asked
    if isinstance(asked, Mapping):
        yield from _thinking_field(asked, request)
    elif asked != "adaptive" and not _is_budget(asked):
        fix = 'Give "adaptive", a budget in tokens, the field itself ({"type": "disabled"} turns it off), or None.'
        yield Finding("model.no-thinking", "error", model.id, f"thinking={asked!r}", "", fix)
    elif not thinks(model):
        fix = f"It answers without thinking. Use {_instead(model)}, which thinks."
        yield Finding("model.no-thinking", "warning", model.id, "cannot think", "", fix)
    if kind == "adaptive" and "adaptive" not in model.thinking and thinks(model):
        yield from _by_budget(request)


def _by_budget(request: Request) -> Iterator[Finding]:
    """Say what claude_kit makes of adaptive thinking where a model knows budgets alone."""
    model, field = request.model, request.thinking
    if field is None:
        measured = f"max_tokens={request.cap:,} leaves no room to think"
        limit = f"a budget of {units.count(MIN_BUDGET)} tokens at least"
        fix = f"It answers without thinking. Give max_tokens={2 * MIN_BUDGET} or more."
        yield Finding("model.no-thinking", "warning", model.id, measured, limit, fix)
    else:
        fix = f"claude_kit gives it a budget of {units.count(field['budget_tokens'])} tokens."
        yield Finding("model.no-thinking", "note", model.id, "does not think adaptively", "", fix)


def _thinking_field(field: Mapping[str, Any], request: Request) -> Iterator[Finding]:
    """Check the field itself, in which only adaptive thinking and budgets are translated."""
    model, kind = request.model, field.get("type")
    if kind not in _TRANSLATED and field.get("display") is not None:
        measured = f"thinking of type {kind} with display {field['display']}"
        yield Finding(
            "model.no-thinking", "error", model.id, measured, "", "Leave display out: there is nothing to show."
        )
    if kind in _TRANSLATED and thinks(model):
        return
    if kind not in model.thinking:
        measured = f"thinking of type {kind}" if kind else "thinking without a type"
        yield Finding("model.no-thinking", "error", model.id, measured, "", _allowed(kind, model))
    elif kind in ("disabled", "between_tools"):
        yield from _off_at_effort(kind, request)


def _allowed(kind: object, model: Model) -> str:
    """Say how a model can be told to think, where it cannot be told that."""
    if kind == "disabled" and model.thinking_default == "always":
        return "It always thinks: leave the field out, and give a lower effort."
    if kind == "disabled" and "between_tools" in model.thinking:
        return 'Give {"type": "between_tools"}, which stands in its place, or a lower effort.'
    return f"It takes {' or '.join(model.thinking)}."


def _off_at_effort(kind: str, request: Request) -> Iterator[Finding]:
    """Check that thinking is not turned off together with a high effort."""
    model = request.model
    most, effort = model.thinking_off_max_effort, request.effort or model.default_effort
    if most is None or effort not in model.effort:
        return
    if model.effort.index(effort) > model.effort.index(most):
        measured, fix = f"thinking of type {kind} at effort {effort}", f"Give effort={most!r} or less, or let it think."
        yield Finding("model.no-thinking", "error", model.id, measured, f"effort {most}", fix)


def thinking_budget(request: Request) -> Iterator[Finding]:
    """A budget for thinking is at least 1,024 tokens and below ``max_tokens``, and goes to a model that takes one."""
    asked, model = request.option("thinking"), request.model
    verbatim = isinstance(asked, Mapping) and asked.get("type") == "enabled"
    budget = asked.get("budget_tokens") if isinstance(asked, Mapping) else asked
    if not thinks(model) or not (verbatim or _is_budget(asked)):
        return
    if "enabled" not in model.thinking:
        fix = "It thinks adaptively instead; effort= says how much."
        yield Finding("model.thinking-budget", "note", model.id, "takes no budget for thinking", "", fix)
    elif not _is_budget(budget) or not MIN_BUDGET <= budget < request.cap:
        measured = f"a budget of {budget:,} tokens" if _is_budget(budget) else "no budget_tokens"
        limit = f"{units.count(MIN_BUDGET)} at least, and below max_tokens={request.cap:,}"
        fix = "Give a budget within, or a larger max_tokens."
        yield Finding("model.thinking-budget", "error", model.id, measured, limit, fix)


def effort(request: Request) -> Iterator[Finding]:
    """The model knows the effort it is told to make."""
    asked, model = request.effort, request.model
    if asked is None or asked in model.effort:
        return
    fix = f"Give {', '.join(model.effort)}." if model.effort else "It takes none: leave it out."
    if not model.effort and "enabled" in model.thinking:
        fix = "It takes none: leave it out. A budget says how much it thinks, such as thinking=4096."
    yield Finding("model.effort", "error", model.id, f"effort {asked}", "", fix)


def sampling(request: Request) -> Iterator[Finding]:
    """No ``temperature``, ``top_p`` or ``top_k`` is given: the API refuses them."""
    given = [f"{name}={request.option(name)}" for name in _SAMPLING if request.option(name) is not None]
    # In the clouds the API's version is another; there the model decides.
    if given and not (request.route.keeps_retired and request.model.sampling):
        by = request.model.id if request.route.keeps_retired else f"API version {API_VERSION}"
        fix = "Leave it out; say in the prompt how varied the answer shall be."
        yield Finding("model.sampling", "error", "request", f"{', '.join(given)}, which {by} refuses", "", fix)


def forced_tool(request: Request) -> Iterator[Finding]:
    """A tool is forced only where the model can be forced, and does not think by a budget."""
    choice = request.option("tool_choice")
    kind = choice.get("type") if isinstance(choice, Mapping) else choice
    if kind not in _FORCED:
        return
    measured = f"tool_choice {kind}"
    if not request.model.forced_tool_choice:
        fix = "Give tool_choice auto, and say in the prompt that the tool is to be used."
        measured += ", and the model cannot be forced"
        yield Finding("model.forced-tool", "error", request.model.id, measured, "", fix)
    elif request.thinking and request.thinking.get("type") == "enabled":
        fix = "Give tool_choice auto, or leave thinking out."
        measured += " together with a thinking budget"
        yield Finding("model.forced-tool", "error", request.model.id, measured, "", fix)


def _is_budget(asked: object) -> TypeGuard[int]:
    return isinstance(asked, int) and not isinstance(asked, bool)
