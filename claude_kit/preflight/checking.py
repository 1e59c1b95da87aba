"""Checking: content and what is asked of it, against every rule of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit import models
from claude_kit.content import Part
from claude_kit.estimate import turns
from claude_kit.estimate.turns import Message
from claude_kit.models import Model
from claude_kit.preflight.report import Finding, Report, worst_first
from claude_kit.preflight.request import ROUTES, Request, Via
from claude_kit.preflight.rules import RULES

__all__ = ["check", "of_part"]

# What a rule of these is about is one part, whatever else the request holds.
_OF_A_PART: Final = ("pdf", "image", "text")


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

    A file that is damaged, or of a kind that Claude does not take, is an error of the report; the rest is checked all
    the same.

    Parameters
    ----------
    *content : part, str, any source, or mapping
        What the next user turn will hold; a mapping is a block of the API.
    model : str, optional
        By default `claude_kit.default_model`.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits differ.
    messages, system, tools, max_tokens
        As the API takes them; `messages` are earlier turns, whose content may hold parts.
    **request
        What else the request is to say, by the names that `claude_kit.Client.stream` and `claude_kit.Chat` take:
        ``thinking``, ``effort``, ``cache``, ``tool_choice``, ``temperature``, …; ``dialect="chat"`` for a chat
        completion through the gateway, whose messages may also be given as they are.

    Returns
    -------
    Report
        ``report.ok`` tells; ``report.raise_if_failed()`` insists.

    Raises
    ------
    ContentError
        If there is nothing to read: no such file, a folder, an address that does not answer.
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
    asked = [{"role": "user", "content": list(content)}] if content else []
    conversation = turns.examine([*(messages or ()), *asked])
    subject = Request(conversation, models.find(model), via, system, tools, max_tokens, request)
    return Report(subject.model, worst_first([finding for rule in RULES for finding in rule.check(subject)]))


def of_part(part: Part, model: str | Model | None = None, quick: bool = False) -> tuple[Finding, ...]:
    """Return what there is to say about one part, whatever it is sent with.

    Parameters
    ----------
    part : Image, Pdf or Text
    model : str, optional
        By default `claude_kit.default_model`.
    quick : bool
        Leave out the rules that read every page of a PDF.

    Returns
    -------
    tuple of Finding
        Worst first, without what is fine.

    Examples
    --------
    >>> from claude_kit.content import Image
    >>> [finding.rule for finding in of_part(Image(b"...", "image/png", 9000, 150, "strip.png"))]
    ['image.side', 'image.downscaled', 'image.tiny']
    """
    # Reading a message reads the text of its PDFs too.
    conversation = (Message("user", (part,)),) if quick else turns.examine([{"role": "user", "content": [part]}])
    subject = Request(conversation, models.find(model))
    rules = [rule for rule in RULES if rule.id.startswith(_OF_A_PART) and not (quick and rule.reads_pages)]
    found = [finding for rule in rules for finding in rule.check(subject)]
    return worst_first([finding for finding in found if finding.level != "ok"])
