"""Every rule a request is checked against: one function each, one row each in `RULES`.

A rule yields a `Finding` for everything it measured, with level ``"ok"`` for what is within its limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from claude_kit.content import Image, Pdf, Text
from claude_kit.content.sources import names_a_file
from claude_kit.estimate import images
from claude_kit.models import Model
from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import Request, base64_bytes
from claude_kit.render import units

__all__ = ["RULES", "Rule"]

Check = Callable[[Request], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id : str
        Stable, such as ``"pdf.pages"``.
    check : callable
        Takes a `Request`, yields findings.
    source : str
        Where the limit is stated.
    """

    id: str
    check: Check
    source: str


_MAX_SIDE_PX: Final = 8000
_MANY_IMAGES: Final = 20
_MANY_SIDE_PX: Final = 2000
_RETIRING_DAYS: Final = 60


def _level(within: bool, otherwise: Level = "error") -> Level:
    return "ok" if within else otherwise


# ---- PDFs -------------------------------------------------------------------------------------------------------


def pdf_pages(request: Request) -> Iterator[Finding]:
    """The pages of all PDFs together stay within what the model takes in one request."""
    most = request.model.max_pdf_pages
    total = sum(document.page_count for document in request.pdfs)
    fix = _fewer_pages(total, request.model) if total > most > 0 else ""
    for document in request.pdfs:
        if not document.pages or not most:
            continue  # other rules say what is wrong
        measured = units.plural(document.page_count, "page")
        if total > most >= document.page_count:
            measured += f" of {units.count(total)} in the request"
        limit = f"{units.count(most)} a request"
        yield Finding("pdf.pages", _level(total <= most), document.label, measured, limit, fix)


def _fewer_pages(total: int, model: Model) -> str:
    most, newer = model.max_pdf_pages, model.replacement
    fix = f'Send {-(-total // most)} requests, or some pages only: pdf.select("1-{most}").'
    if newer and newer.max_pdf_pages >= total:
        fix += f" {newer} takes {units.count(newer.max_pdf_pages)}."
    return fix


def pdf_encrypted(request: Request) -> Iterator[Finding]:
    """No PDF needs a password."""
    for document in request.pdfs:
        if document.encrypted:
            yield Finding(
                "pdf.encrypted",
                "error",
                document.label,
                "opens only with a password",
                "",
                "Save it without a password.",
            )


def pdf_scanned(request: Request) -> Iterator[Finding]:
    """Pages without text are seen as images only."""
    for document in request.pdfs:
        silent = sum(1 for text in document.page_texts if not text.strip())
        if silent:
            some = f"{units.plural(silent, 'page')} without text"
            what = "no text layer" if silent == document.page_count else some
            fix = "Claude reads it as an image and cannot quote it; run OCR for a text layer."
            yield Finding("pdf.scanned", "note", document.label, what, "", fix)


# ---- images -----------------------------------------------------------------------------------------------------


def image_accepted(request: Request) -> Iterator[Finding]:
    """The model sees images at all."""
    model = request.model
    if model.accepts_images:
        return
    fix = f"Use {model.replacement or 'a newer model'}, which sees images."
    seen: tuple[Image | Pdf, ...] = (*request.images, *request.pdfs)
    for part in seen:
        what = "an image" if isinstance(part, Image) else "a PDF"
        yield Finding("image.accepted", "error", part.label, f"{what}, and the model reads text only", "", fix)


def image_bytes(request: Request) -> Iterator[Finding]:
    """Every image, in base64, is within the route's limit."""
    most = request.route.image_base64_bytes
    for image in request.images:
        encoded = base64_bytes(image.size)
        within = encoded <= most
        fix = "" if within else "Save it as JPEG, or scale it down."
        measured = f"{units.size(encoded)} in base64"
        yield Finding("image.bytes", _level(within), image.label, measured, units.size(most), fix)


def image_side(request: Request) -> Iterator[Finding]:
    """No side of an image is over 8,000 pixels."""
    for image in request.images:
        within = max(image.width, image.height) <= _MAX_SIDE_PX
        measured = f"{image.width:,} × {image.height:,} px"
        fix = "" if within else f"Scale it down to {_MAX_SIDE_PX:,} px or less."
        yield Finding("image.side", _level(within), image.label, measured, f"{_MAX_SIDE_PX:,} px a side", fix)


def image_many(request: Request) -> Iterator[Finding]:
    """With more than 20 images in a request, none has a side over 2,000 pixels."""
    many = request.image_count + (len(request.pdfs) if request.route.documents_are_images else 0)
    if many <= _MANY_IMAGES:
        return
    among = f"{many} images" if many == request.image_count else f"{many} images and PDFs"
    for image in request.images:
        if max(image.width, image.height) > _MANY_SIDE_PX:
            measured = f"{image.width:,} × {image.height:,} px, among {among}"
            limit = f"{_MANY_SIDE_PX:,} px a side with over {_MANY_IMAGES} images"
            yield Finding("image.many", "error", image.label, measured, limit, "Scale them down, or send fewer.")


def image_count(request: Request) -> Iterator[Finding]:
    """There are no more images than the model takes in a request."""
    most, count = request.model.max_images, request.image_count
    if count > most > 0:
        fix = f"Send {-(-count // most)} requests."
        yield Finding("image.count", "error", "request", units.plural(count, "image"), f"{most} a request", fix)


def image_downscaled(request: Request) -> Iterator[Finding]:
    """Images that the server scales down could be sent smaller."""
    tier = request.model.image_tier
    if tier == "none":
        return
    for image in request.images:
        width, height = images.resized(image.width, image.height, tier)
        if (width, height) != (image.width, image.height):
            measured = f"{image.width:,} × {image.height:,} px, seen as {width:,} × {height:,} px"
            fix = "Scale it down before sending: fewer bytes, the same tokens."
            yield Finding("image.downscaled", "note", image.label, measured, "", fix)


# ---- texts ------------------------------------------------------------------------------------------------------


def text_empty(request: Request) -> Iterator[Finding]:
    """Every text says something."""
    for part in request.parts:
        if isinstance(part, Text) and not part.text.strip():
            measured = "only white space" if part.text else "no characters"
            fix = "Leave it out, or write something."
            yield Finding("text.empty", "error", part.name or "text", measured, "", fix)


def text_path(request: Request) -> Iterator[Finding]:
    """A text is not the name of a file: a plain string is sent as the words it is."""
    for part in request.parts:
        if isinstance(part, Text) and part.name is None and names_a_file(part.text):
            measured = "is the name of a file, and only the name would be sent"
            fix = f"Attach the file: ck.attach({part.text.strip()!r})."
            yield Finding("text.path", "warning", part.label, measured, "", fix)


# ---- the request ------------------------------------------------------------------------------------------------


def request_empty(request: Request) -> Iterator[Finding]:
    """There is a message, and each holds something."""
    if not request.messages:
        yield Finding("request.empty", "error", "request", "no message", "", "Ask something.")
    for number, message in enumerate(request.messages, start=1):
        if not message.content:
            fix = "Leave it out, or give it content."
            yield Finding("request.empty", "error", f"message {number}", "no content", "", fix)


def request_references(request: Request) -> Iterator[Finding]:
    """What is given by URL or file id goes this way, and is not checked."""
    for block in request.referred:
        source = block["source"]
        where = str(source.get("url") or source.get("file_id") or block.get("type"))
        how = "given by URL" if source["type"] == "url" else "given by file id"
        if request.route.by_reference:
            fix = "Its size, pages and tokens are not checked from here."
            yield Finding("request.references", "note", where, how, "", fix)
        else:
            fix = "Give the file itself: ck.attach(...)."
            yield Finding("request.references", "error", where, f"{how}, which {request.via} does not take", "", fix)


def request_bytes(request: Request) -> Iterator[Finding]:
    """The JSON body is within the route's limit."""
    most = request.route.body_bytes
    within = request.body_bytes <= most
    fix = "" if within else "Send fewer files, or smaller ones."
    measured = f"{units.size(request.body_bytes)} as JSON"
    yield Finding("request.bytes", _level(within), "request", measured, units.size(most), fix)


def request_context(request: Request) -> Iterator[Finding]:
    """The estimated tokens are within the model's context window."""
    low, high = request.input_tokens
    most = request.model.context
    level: Level = "error" if low > most else "warning" if high > most else "ok"
    measured = f"{units.count(low)} to {units.count(high)} tokens" if low != high else f"{units.count(low)} tokens"
    fix = "" if level == "ok" else "Send less, or use a model with a larger context window."
    yield Finding("request.context", level, "request", measured, f"{units.count(most)} tokens", fix)


def request_max_tokens(request: Request) -> Iterator[Finding]:
    """``max_tokens`` is no more than the model can answer; 0 only fills the cache."""
    asked, most = request.max_tokens, request.model.max_output
    if asked is not None and not 0 <= asked <= most:
        fix = f"Give max_tokens={most} or less." if asked > most else "Give max_tokens=1 or more."
        yield Finding("request.max-tokens", "error", "request", f"max_tokens={asked:,}", f"{most:,} tokens", fix)


# ---- the model --------------------------------------------------------------------------------------------------


def model_retired(request: Request) -> Iterator[Finding]:
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


def model_retiring(request: Request) -> Iterator[Finding]:
    """The model will still answer in two months."""
    model = request.model
    if model.retires_within(_RETIRING_DAYS, request.today):
        yield Finding(
            "model.retiring", "warning", model.id, f"retires on {model.retires_on}", "", f"Use {_instead(model)}."
        )


def _instead(model: Model) -> str:
    return str(model.replacement or "a newer model")


RULES: Final = (
    Rule("pdf.encrypted", pdf_encrypted, "Anthropic docs, PDF support, 2026-08-22"),
    Rule("pdf.pages", pdf_pages, "Anthropic docs, PDF support, 2026-08-22: 600, or 100 below a 1M context"),
    Rule("pdf.scanned", pdf_scanned, "Anthropic docs, citations, 2026-08-22: only extracted text can be cited"),
    Rule("image.accepted", image_accepted, "models.toml"),
    Rule("image.side", image_side, "Anthropic docs, vision, 2026-09: 8000 x 8000 px"),
    Rule("image.bytes", image_bytes, "Anthropic docs, vision, 2026-09: 10 MB base64; 5 MB on Bedrock and Vertex"),
    Rule("image.many", image_many, "Anthropic docs, vision, 2026-09: 2000 px with over 20; in clouds PDFs count too"),
    Rule("image.count", image_count, "Anthropic docs, vision, 2026-09: 600, or 100 below a 1M context"),
    Rule("image.downscaled", image_downscaled, "Anthropic docs, vision, 2026-09: resize rule"),
    Rule("text.empty", text_empty, "observed: 'text content blocks must be non-empty', '... non-whitespace text'"),
    Rule("text.path", text_path, "a plain string among content is a text, by design"),
    Rule("request.empty", request_empty, "Anthropic API reference, Messages: messages and their content are required"),
    Rule("request.references", request_references, "Anthropic docs, vision, 2026-09: base64 only in clouds"),
    Rule("request.bytes", request_bytes, "Anthropic docs, API overview, 2026-08-22: 32, 20, 30 MB"),
    Rule("request.context", request_context, "models.toml"),
    Rule("request.max-tokens", request_max_tokens, "models.toml"),
    Rule("model.retired", model_retired, "Anthropic docs, model deprecations, 2026-09-30"),
    Rule("model.retiring", model_retiring, "Anthropic docs, model deprecations, 2026-09-30"),
)
