"""What would the API refuse of documents that nobody has made yet: their pages, their tokens, their bytes?

The limits, and the names of the rules, are those of `claude_kit.check`; here they meet other numbers of pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from claude_kit.estimate.request import Via
from claude_kit.models import Model
from claude_kit.panels.exploring.subject import Numbers, Subject
from claude_kit.preflight import Finding
from claude_kit.preflight.request import ROUTES
from claude_kit.render import units

__all__ = ["OF_THE_SIZE", "refusal"]

_PAGES, _CONTEXT, _BYTES = "pdf.pages", "request.context", "request.bytes"

#: The rules of which this module finds what becomes of them with other numbers of pages.
OF_THE_SIZE: Final = (_PAGES, _CONTEXT, _BYTES)


def refusal(subject: Subject, pages: int, tokens: Numbers, model: Model, via: Via) -> Finding | None:
    """Return why the API would refuse a document, None if it would take all of them.

    Parameters
    ----------
    subject : Subject
    pages : int
        Of each document, or about that.
    tokens : numpy.ndarray of int
        Of each with a question, of shape (3, documents).
    model : Model
    via : {"anthropic", "portkey", "bedrock", "vertex"}
    """
    found = subject.refusal(model)
    if found is not None and found.rule == "model.retired":
        return found
    return next(_of_size(subject, subject.stretch(pages), tokens, model, via), found)


def _of_size(subject: Subject, stretch: float, tokens: Numbers, model: Model, via: Via) -> Iterator[Finding]:
    pages = np.rint(subject.page_counts * stretch)
    if over := _over(pages, model.max_pdf_pages):
        most = f"{units.count(model.max_pdf_pages)} a request"
        yield _finding(_PAGES, units.plural(int(pages.max()), "page"), most, over, subject.rows)
    if over := _over(tokens[0], model.context):
        most = f"{units.count(model.context)} tokens"
        yield _finding(_CONTEXT, f"{units.count(int(tokens[0].max()))} tokens", most, over, subject.rows)
    sizes = subject.sizes * stretch
    if over := _over(sizes, ROUTES[via].body_bytes):
        most = units.size(ROUTES[via].body_bytes)
        yield _finding(_BYTES, f"{units.size(float(sizes.max()))} as JSON", most, over, subject.rows)


def _over(numbers: npt.NDArray[Any], most: int) -> int:
    return int((numbers > most).sum())


def _finding(rule: str, measured: str, limit: str, over: int, rows: int) -> Finding:
    few = f"{units.count(over)} of {units.count(rows)} documents, up to " if rows > 1 else ""
    return Finding(rule, "error", "", few + measured, limit, "Take fewer pages a document: ck.fit(…) splits them.")
