"""Will it be accepted? Every limit checked before a byte leaves; each finding names file, measure, limit and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from claude_kit import models
from claude_kit.content import part
from claude_kit.estimate import turns
from claude_kit.models import Model
from claude_kit.preflight.report import Finding, Report, worst_first
from claude_kit.preflight.request import ROUTES, Request, Via
from claude_kit.preflight.rules import RULES, Rule

__all__ = ["RULES", "Finding", "Report", "Rule", "check"]


def check(
    *content: object,
    model: str | Model | None = None,
    via: Via = "anthropic",
    messages: Sequence[Mapping[str, Any]] | None = None,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    max_tokens: int | None = None,
    **request: Any,
) -> Report:
    """Check content against every limit, offline, before it is sent.

    Parameters
    ----------
    *content : part, str or any source
        What the next user turn will hold.
    model : str, optional
        By default `claude_kit.default_model`.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits differ.
    messages, system, tools, max_tokens
        As the API takes them; `messages` are earlier turns, whose content may hold parts.
    **request
        Further fields of the request; no rule looks at them yet.

    Returns
    -------
    Report
        ``report.ok`` tells; ``report.raise_if_failed()`` insists.

    Raises
    ------
    ContentError
        If a source cannot be read at all.
    UnknownModelError
        If there is no such model.
    ValueError
        If there is no such route.

    Examples
    --------
    >>> check("Hello", model="claude-3-opus-20240229").errors[0].message
    'claude-3-opus-20240229: retired on 2026-01-05 (model.retired). Use claude-opus-5-5.'
    """
    if via not in ROUTES:
        raise ValueError(f"via={via!r}: give one of {', '.join(ROUTES)}")
    parts = [part(item) for item in content]
    conversation = turns.read([*(messages or ()), *([{"role": "user", "content": parts}] if parts else ())])
    subject = Request(conversation, models.find(model), via, system, tools, max_tokens, request)
    found = [finding for rule in RULES for finding in rule.check(subject)]
    return Report(subject.model, worst_first(found))
