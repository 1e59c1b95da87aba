"""How many tokens a request's options cost: thinking with a budget, an answer bound to a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["schema", "thinking"]

# What ``thinking={"type": "enabled"}`` adds, whatever its budget (n = 45 requests of 7 repositories, Sonnet 3.7 to
# 4.6). Adaptive thinking adds nothing (n = 13, Sonnet 4.6 and Opus 4.7).
_BUDGET: Final = Count(29, 27, 30, "measured")

# Tokenizer -> what ``output_config.format`` adds beside its schema as JSON, indented by two (v3: n = 36 requests of 7
# repositories, all but the few with tools within a token; v4.7: n = 1; none for v4.8).
_FORMAT: Final[dict[str, Count]] = {
    "v3": Count(81, 75, 83, "measured"),
    "v4.7": Count(119, 105, 125, "interpolated"),
    "v4.8": Count(112, 75, 150, "interpolated"),
}


def thinking(field: Mapping[str, Any] | None, model: Model) -> Count | None:
    """Count what a request's ``thinking`` adds to its input; None where that is nothing.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> thinking({"type": "enabled", "budget_tokens": 2048}, find("claude-sonnet-4-5")).tokens
    29
    """
    if not isinstance(field, Mapping) or field.get("type") != "enabled" or "enabled" not in model.thinking:
        return None
    return _BUDGET


def schema(output_config: Mapping[str, Any] | None, model: Model) -> Count | None:
    """Count what the schema of a request's ``output_config.format`` costs; None where there is none.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> bound = {"type": "json_schema", "schema": {"type": "object", "properties": {"name": {"type": "string"}}}}
    >>> counted = schema({"format": bound}, find("claude-sonnet-4-5"))
    >>> counted.low < 115 < counted.high
    True
    """
    form = output_config.get("format") if isinstance(output_config, Mapping) else None
    if not isinstance(form, Mapping) or not isinstance(form.get("schema"), Mapping):
        return None
    written = json.dumps(form["schema"], indent=2, ensure_ascii=False, default=str)
    return texts.count(written, model) + _FORMAT[model.tokenizer]
