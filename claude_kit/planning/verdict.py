"""Would the API take it? What a decision's table says of a request beside its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from claude_kit.content import Part
from claude_kit.models import Model
from claude_kit.preflight import Finding, check
from claude_kit.render.tables import Cell

__all__ = ["Verdict", "cell", "refusal", "verdict", "why"]

Verdict = Literal["accepted", "refused", "retired"]

# What an estimate is asked that is no part of the request.
_OF_THE_ESTIMATE: Final = ("expect_output", "batch", "at", "price", "exact", "client")


def refusal(content: Sequence[Part], model: Model, request: Mapping[str, Any]) -> Finding | None:
    """Return why the API would refuse a request, None if it would take it.

    Parameters
    ----------
    content : sequence of part
    model : Model
    request : mapping
        What goes with the content, by the names that `claude_kit.estimate` takes.
    """
    asked = {name: value for name, value in request.items() if name not in _OF_THE_ESTIMATE and value is not None}
    errors = check(*content, model=model, **asked).errors
    # That a model is gone says more than what else is wrong.
    return next((error for error in errors if error.rule == "model.retired"), errors[0] if errors else None)


def verdict(finding: Finding | None) -> Verdict:
    """Say it in a word.

    Examples
    --------
    >>> verdict(None)
    'accepted'
    """
    if finding is None:
        return "accepted"
    return "retired" if finding.rule == "model.retired" else "refused"


def why(finding: Finding | None) -> str:
    """Say the reason in a line; nothing where there is none.

    Examples
    --------
    >>> why(Finding("pdf.pages", "error", "thesis.pdf", "643 pages", "600 in a request", "Split it."))
    '643 pages, the limit is 600 in a request'
    """
    if finding is None:
        return ""
    return f"{finding.measured}, the limit is {finding.limit}" if finding.limit else finding.measured


def cell(said: str, reason: str) -> Cell:
    """Return the cell that says so, and why.

    Examples
    --------
    >>> cell("retired", "retired on 2026-01-05").note
    'on 2026-01-05'
    """
    return Cell(said, reason.removeprefix(f"{said} "), level="ok" if said == "accepted" else "error")
