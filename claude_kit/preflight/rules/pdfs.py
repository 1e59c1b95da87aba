"""What a PDF may be: readable, open, of so many pages, and legible once the server has drawn it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from claude_kit.content import Pdf
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.estimate import turns
from claude_kit.models import Model
from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import Request
from claude_kit.preflight.rules.damage import finding_of
from claude_kit.render import units

# Every page is drawn at one size, however large its paper: letters on A4's 842 points (11.7 inches) are read well.
_A4_LONG_PT: Final = 842
_LARGE_PT: Final = 1.5 * _A4_LONG_PT
_HUGE_PT: Final = 3 * _A4_LONG_PT
_TINY_PT: Final = 144

_NAMED: Final = 3

# Fonts that every reader has, or has in the same widths: the standard 14 and the names Windows gives them.
_COMMON_FONTS: Final = ("Helvetica", "Times", "Courier", "Symbol", "ZapfDingbats", "Arial", "CourierNew")


def unreadable(request: Request) -> Iterator[Finding]:
    """Every PDF can be read."""
    for error in request.damaged:
        if error.media_type == PDF_TYPE:
            yield finding_of(error, "pdf.unreadable", "Open it in a viewer and print it as a new PDF.")
    for item, given in request.entries:
        claimed = turns.source_of(given).get("media_type", PDF_TYPE) if isinstance(given, Mapping) else PDF_TYPE
        if isinstance(item, Pdf) and claimed != PDF_TYPE:
            fix = f'Give "media_type": "{PDF_TYPE}".'
            yield Finding("pdf.unreadable", "error", item.label, f"a PDF declared as {claimed}", "", fix)


def encrypted(request: Request) -> Iterator[Finding]:
    """No PDF is encrypted, whether it needs a password or not."""
    for document in request.pdfs:
        if document.locked:
            fix = "Open it with its password: ck.pdf(path, password=...)."
            yield Finding("pdf.encrypted", "error", document.label, "opens only with a password", "", fix)
        elif document.encrypted:
            fix = "Save it without: pdf.unlocked(), or ck.fit(...)."
            measured = "encrypted (opens without a password)"
            yield Finding("pdf.encrypted", "error", document.label, measured, "", fix)


def empty(request: Request) -> Iterator[Finding]:
    """Every PDF has a page."""
    for document in request.pdfs:
        if not document.locked and not document.page_count:
            yield Finding("pdf.empty", "error", document.label, "no pages", "", "Leave it out, or save it anew.")


def pages(request: Request) -> Iterator[Finding]:
    """The pages of all PDFs together stay within what the model takes in one request."""
    most = request.model.max_pdf_pages
    total = sum(document.page_count for document in request.pdfs)
    for document in request.pdfs:
        if not document.page_count or not most:
            continue  # other rules say what is wrong
        measured = units.plural(document.page_count, "page")
        if total > most >= document.page_count:
            measured += f" of {units.count(total)} in the request"
        level: Level = "ok" if total <= most else "error"
        fix = "" if total <= most else _fewer_pages(document, total, request.model)
        yield Finding("pdf.pages", level, document.label, measured, f"{units.count(most)} a request", fix)


def _fewer_pages(document: Pdf, total: int, model: Model) -> str:
    most, newer = model.max_pdf_pages, model.replacement
    fix = f"Send {-(-total // most)} requests, which ck.fit(...) makes"
    fix += f', or some pages only: pdf.select("1-{most}").' if document.page_count > most else "."
    if newer and newer.max_pdf_pages >= total:
        fix += f" {newer} takes {units.count(newer.max_pdf_pages)}."
    return fix


def repaired(request: Request) -> Iterator[Finding]:
    """No PDF had to be repaired to be read."""
    for document in request.pdfs:
        if document.repaired:
            measured = "its cross-reference table is broken; it was repaired to be read here"
            fix = "The API may answer “Could not process PDF”: save it anew, as ck.fit does."
            yield Finding("pdf.repaired", "warning", document.label, measured, "", fix)


def fonts(request: Request) -> Iterator[Finding]:
    """Every font is embedded, so that the server draws the letters that are meant."""
    for document in request.pdfs:
        lacking = [{font.name for font in page.fonts if not font.embedded} for page in document.pages]
        on = tuple(page.number for page, fonts in zip(document.pages, lacking, strict=True) if fonts)
        names = sorted(set().union(*lacking))
        if not names:
            continue
        strange = [name for name in names if not _is_common(name)]
        shown = ", ".join((strange or names)[:_NAMED])
        more = f" and {len(strange or names) - _NAMED} more" if len(strange or names) > _NAMED else ""
        measured = f"{shown}{more} not embedded, on {_of_pages(document, len(on))}"
        if strange:
            fix = "The server draws these letters in another font, or not at all: embed fonts when you save the PDF."
            yield Finding("pdf.fonts", "warning", document.label, measured, "", fix, on)
        else:
            fix = "The server draws them in a font of the same widths; embed fonts if their look matters."
            yield Finding("pdf.fonts", "note", document.label, measured, "", fix, on)


def _is_common(name: str) -> bool:
    plain = name.replace(" ", "")
    return any(plain == font or plain.startswith((f"{font}-", f"{font},", f"{font}PS")) for font in _COMMON_FONTS) or (
        plain.startswith("TimesNewRoman")
    )


def rotated(request: Request) -> Iterator[Finding]:
    """Pages that are turned for display are known."""
    for document in request.pdfs:
        turned = tuple(page.number for page in document.pages if page.rotation)
        if turned:
            measured = f"{_pages(turned)} turned by the file"
            fix = "Claude sees them as a viewer shows them: look whether the text stands upright there."
            yield Finding("pdf.rotated", "note", document.label, measured, "", fix, turned)


def page_size(request: Request) -> Iterator[Finding]:
    """No page is so large that its print becomes too fine, or so small that hardly anything is on it."""
    for document in request.pdfs:
        large = [page for page in document.pages if max(page.width, page.height) > _LARGE_PT]
        tiny = tuple(page.number for page in document.pages if max(page.width, page.height) < _TINY_PT)
        if large:
            on = tuple(page.number for page in large)
            longest = max(max(page.width, page.height) for page in large)
            measured = f"{_pages(on)} up to {_inches(longest)} a side"
            fix = (
                "The server draws every page at about the same size, so fine print is lost. Send such a page in parts: "
                "pdf.pages[n].image(width=...), then crop."
            )
            level: Level = "warning" if longest > _HUGE_PT else "note"
            yield Finding("pdf.page-size", level, document.label, measured, _inches(_LARGE_PT), fix, on)
        if tiny:
            measured = f"{_pages(tiny)} under {_inches(_TINY_PT)}"
            fix = "A page costs the same however small: an image costs less, pdf.pages[n].image()."
            yield Finding("pdf.page-size", "note", document.label, measured, "", fix, tiny)


def scanned(request: Request) -> Iterator[Finding]:
    """Pages without text are seen as images only."""
    for document in request.pdfs:
        silent = tuple(number for number, text in enumerate(document.page_texts, start=1) if not text.strip())
        if silent:
            some = f"{units.plural(len(silent), 'page')} without text"
            what = "no text layer" if len(silent) == document.page_count else some
            fix = "Claude reads it as an image and cannot quote it; run OCR for a text layer."
            yield Finding("pdf.scanned", "note", document.label, what, "", fix, silent)


def _of_pages(document: Pdf, some: int) -> str:
    every = units.plural(document.page_count, "page")
    return every if some == document.page_count else f"{units.count(some)} of {every}"


def _pages(numbers: Sequence[int]) -> str:
    """Write page numbers with the first few ranges: ``"pages 1-3, 7"``."""
    starts = [0, *(at for at, (a, b) in enumerate(pairwise(numbers), start=1) if b != a + 1), len(numbers)]
    ranges = [(numbers[a], numbers[b - 1]) for a, b in pairwise(starts)]
    shown = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges[:_NAMED])
    more = f" and {units.count(len(numbers) - sum(b - a + 1 for a, b in ranges[:_NAMED]))} more"
    return f"page{'s' if len(numbers) > 1 else ''} {shown}{more if len(ranges) > _NAMED else ''}"


def _inches(points: float) -> str:
    return f"{points / 72:.1f} in".replace(".0 ", " ")
