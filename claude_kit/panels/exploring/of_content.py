"""A what-if about real content: counted as `claude_kit.plan` counts it, and its pages by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Final

import numpy as np
from pypdf import PdfWriter

from claude_kit.content import Part, Pdf, Text, part, pdf
from claude_kit.estimate import documents
from claude_kit.estimate.count import Count
from claude_kit.estimate.request import Via
from claude_kit.estimate.texts import is_exact
from claude_kit.models import Model
from claude_kit.panels.exploring.limits import OF_THE_SIZE
from claude_kit.panels.exploring.subject import Measured, Subject, as_rows, least_sure
from claude_kit.planning import plan
from claude_kit.planning.questions.caching import ASSUMED_QUESTION
from claude_kit.planning.verdict import refusal
from claude_kit.preflight import Finding
from claude_kit.render import units
from claude_kit.wire.body import base64_bytes

__all__ = ["content", "typical"]

#: A page of 500 words, in tokens beside its picture. From none (a scan) to what Anthropic calls typical at most, a page
#: of 3,000 tokens with its picture (Anthropic docs, PDF support, 2026-08-22). The newer tokenizer makes some 30 % more.
_TEXT_OF_A_PAGE: Final = {
    "v3": Count(670, 0, 1450, "heuristic"),
    "v4.7": Count(870, 0, 1450, "heuristic"),
    "v4.8": Count(870, 0, 1450, "heuristic"),
}
_LETTER_PT: Final = (612, 792)
_TYPICAL_DOCUMENTS: Final = 1000
_TYPICAL_PAGES: Final = 10


def content(given: Sequence[object], question: str | int | None, via: Via) -> Subject:
    """Return content that goes with every question, as one document.

    Parameters
    ----------
    given : sequence of part, str or any source
    question : str, int or None
        As `claude_kit.plan` takes it.
    via : {"anthropic", "portkey", "bedrock", "vertex"}

    Raises
    ------
    ContentError
        If a source cannot be read.
    """
    parts = [part(item) for item in given]
    pdfs = [item for item in parts if isinstance(item, Pdf) and not item.locked]
    pages = sum(item.page_count for item in pdfs)

    def measure(model: Model) -> Measured:
        planned = plan(*parts, model=model, questions=1, question=question, via=via)
        paged = sum((_pages(item, model) for item in pdfs), Count.exactly(0))
        fixed = as_rows(planned.prefix) - as_rows(paged)
        return Measured(fixed, as_rows(paged), planned.question, least_sure(planned.prefix.method))

    def refuse(model: Model) -> Finding | None:
        found = refusal(parts, model, {"via": via})
        return None if found is None or found.rule in OF_THE_SIZE else found

    size = sum(item.size if isinstance(item, Text) else base64_bytes(item.size) for item in parts)
    return Subject(
        name=_called(parts),
        documents=1,
        pages=pages,
        page_counts=np.array([pages]),
        sizes=np.array([size]),
        measure=measure,
        refuse=refuse,
        sources=(_counted(pages), _of_question(question, parts)),
    )


def typical(question: str | int | None, via: Via) -> Subject:
    """Return documents that nobody has seen yet: letter pages with 500 words each."""
    writer = PdfWriter()
    writer.add_blank_page(*_LETTER_PT)
    blank = BytesIO()
    writer.write(blank)
    one = pdf(blank.getvalue(), name="typical.pdf")

    def measure(model: Model) -> Measured:
        planned = plan(one, model=model, questions=1, question=question, via=via)
        image = documents.page_image(one.pages[0], model)
        page = image + _TEXT_OF_A_PAGE[model.tokenizer]
        fixed = as_rows(planned.prefix) - as_rows(image)
        return Measured(fixed, as_rows(page) * _TYPICAL_PAGES, planned.question, page.method)

    words = (
        "Nothing was measured. A page is letter, its picture 1,553 tokens as recorded requests were billed, and its "
        "text 500 words: some 670 tokens, 870 for models from Opus 4.7 on. The range goes from a scan without text to "
        "3,000 tokens a page, the most that Anthropic calls typical."
    )
    return Subject(
        name="typical letter pages",
        documents=_TYPICAL_DOCUMENTS,
        pages=_TYPICAL_PAGES,
        page_counts=np.array([_TYPICAL_PAGES]),
        sizes=np.array([0]),
        measure=measure,
        refuse=lambda model: None,
        sources=(words, _of_question(question, ())),
    )


def _pages(item: Pdf, model: Model) -> Count:
    """Count what the pages of a PDF are, without the wrapper and what else is billed for it."""
    pages = zip(item.pages, item.page_texts, strict=False)
    counted = (documents.page(page, text, model) for page, text in pages)
    return sum((replace(count, method="measured") for count in counted), Count.exactly(0))


def _called(parts: Sequence[Part]) -> str:
    files = [item for item in parts if not (isinstance(item, Text) and item.name is None)]
    if not files:
        return "a text"
    return files[0].label if len(files) == 1 else f"{files[0].label} and {units.plural(len(files) - 1, 'file')} more"


def _counted(pages: int) -> str:
    texts = "as the API bills them" if is_exact() else "by a calibrated guess, with its range"
    beyond = " Other numbers of pages are taken to be like its pages on average." if pages else ""
    return f"The content was counted here: texts {texts}, pages by what recorded requests were billed.{beyond}"


def _of_question(question: str | int | None, parts: Sequence[Part]) -> str:
    asked = any(isinstance(item, Text) and item.name is None for item in parts)
    if isinstance(question, int):
        return f"A question is {units.plural(question, 'token')}, as given."
    if question is not None or (asked and len(parts) > 1):
        return "Every question is as long as the one given."
    return f"A question is {ASSUMED_QUESTION} tokens, an assumption: two sentences. question=… says better."
