"""Does it think, and does one see it? What the request says, or else the model's own default.

What is wrong with the field is said in the API's words (Anthropic's documentation, thinking, 2026-08-22).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.refusals import Refusal

__all__ = ["BINDING_BETA", "Thinking", "asked", "check", "drops_unbound"]

#: The beta whose requests may say what becomes of thinking that is bound to something else.
BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"

_MIN_BUDGET: Final = 1024

# Kind of thinking -> what the API says where a model has none of it.
_NO_SUCH: Final = {
    "enabled": (
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
        '"output_config.effort" to control thinking behavior.'
    ),
    "adaptive": "adaptive thinking is not supported on this model",
    "disabled": '"thinking.type.disabled" is not supported for this model.',
    "between_tools": '"thinking.type.between_tools" is not supported for this model.',
}

_THINKS: Final = ("adaptive", "enabled")


@dataclass(frozen=True, slots=True)
class Thinking:
    """How it thinks.

    Attributes
    ----------
    kind : str
        As ``thinking.type`` says, or would.
    shown : bool
        Whether its thinking is sent, and not only sealed.
    budget : int or None
    """

    kind: str
    shown: bool
    budget: int | None = None

    @property
    def on(self) -> bool:
        """Whether it thinks before it answers."""
        return self.kind in _THINKS


def asked(body: Mapping[str, Any], model: Model) -> Thinking:
    """Return how a request wants a model to think.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> asked({}, find("claude-sonnet-5-5"))
    Thinking(kind='adaptive', shown=False, budget=None)
    """
    field = _field(body)
    default = "disabled" if model.thinking_default == "off" else "adaptive"
    shown = field.get("display", model.thinking_display_default) != "omitted"
    return Thinking(str(field.get("type", default)), shown, field.get("budget_tokens"))


def check(body: Mapping[str, Any], model: Model, betas: Collection[str]) -> None:
    """Refuse a request whose thinking the model has not, or that does not go with the rest of it.

    Raises
    ------
    Refusal
    """
    if wrong := _wrong(body, model, betas):
        raise Refusal(400, wrong)


def drops_unbound(body: Mapping[str, Any]) -> bool:
    """Whether thinking that is bound to something else shall be dropped, and the rest answered."""
    binding = _field(body).get("block_binding")
    return isinstance(binding, Mapping) and binding.get("prefix_mismatch_behavior") == "drop_block"


def _wrong(body: Mapping[str, Any], model: Model, betas: Collection[str]) -> str | None:
    field = _field(body)
    kind = field.get("type")
    if kind in _NO_SUCH and kind not in model.thinking:
        return _NO_SUCH[kind]
    if "block_binding" in field and BINDING_BETA not in betas:
        return f"thinking.{kind}.block_binding: Extra inputs are not permitted"
    return _wrong_budget(body, field) if kind == "enabled" else None


def _wrong_budget(body: Mapping[str, Any], field: Mapping[str, Any]) -> str | None:
    budget = field.get("budget_tokens")
    if type(budget) is not int:
        return "thinking.enabled.budget_tokens: Field required"
    if budget < _MIN_BUDGET:
        return f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_MIN_BUDGET}"
    if budget >= body["max_tokens"]:
        return "`max_tokens` must be greater than `thinking.budget_tokens`."
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("type") in ("any", "tool"):
        return "Thinking may not be enabled when tool_choice forces tool use."
    return None


def _field(body: Mapping[str, Any]) -> Mapping[str, Any]:
    field = body.get("thinking")
    return field if isinstance(field, Mapping) else {}
