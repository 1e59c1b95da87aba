"""Every rule a request is checked against: one function each, one row each in `RULES`.

A rule yields a `Finding` for everything it measured, with level ``"ok"`` for what is within its limit. What a rule asks
for is the first line of its function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import Request
from claude_kit.preflight.rules import caching, images, models, pdfs, portkey, portkey_fields, requests, texts

__all__ = ["RULES", "Check", "Rule"]

Check = Callable[[Request], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id : str
        Stable, such as ``"pdf.pages"``; what stands before the point is what it is about.
    check : callable
        Takes a `Request`, yields findings.
    levels : tuple of str
        The levels its findings can have, worst first, besides ``"ok"``.
    source : str
        Where the limit is stated, and when.
    reads_pages : bool
        Whether it reads every page of a PDF, which takes seconds where there are hundreds.
    """

    id: str
    check: Check
    levels: tuple[Level, ...]
    source: str
    reads_pages: bool = False

    @property
    def says(self) -> str:
        """What it asks for, in a sentence.

        Examples
        --------
        >>> RULES[0].says
        'Every PDF can be read.'
        """
        return (self.check.__doc__ or "").partition("\n")[0]


_VISION: Final = "Anthropic docs, vision, 2026-09"
_PDF: Final = "Anthropic docs, PDF support, 2026-08-22"
_THINKING: Final = "Anthropic docs, extended thinking, 2026-08-22; models.toml"
_CACHING: Final = "Anthropic docs, prompt caching, 2026-08-22"
_GATEWAY: Final = "observed: @portkey-ai/gateway 1.15.2, chat completions to Anthropic"

_E: Final = ("error",)
_W: Final = ("warning",)
_N: Final = ("note",)

#: Every rule there is. The table of them is ``[(rule.id, rule.levels, rule.says, rule.source) for rule in RULES]``.
RULES: Final[tuple[Rule, ...]] = (
    Rule("pdf.unreadable", pdfs.unreadable, _E, "observed: 'Could not process PDF', 'The PDF specified was not valid'"),
    Rule("pdf.encrypted", pdfs.encrypted, _E, f"{_PDF}: no passwords, no encryption"),
    Rule("pdf.empty", pdfs.empty, _E, "ISO 32000-2, 7.7.3: a document is a tree of pages"),
    Rule("pdf.pages", pdfs.pages, _E, f"{_PDF}: 600 pages a request, 100 below a context of 1M tokens"),
    Rule("pdf.repaired", pdfs.repaired, _W, "observed: 'Could not process PDF' where viewers repair in silence"),
    Rule("pdf.fonts", pdfs.fonts, ("warning", "note"), "ISO 32000-2, 9.9: a reader substitutes fonts it lacks", True),
    Rule("pdf.rotated", pdfs.rotated, _N, "ISO 32000-2, 7.7.3.3: /Rotate turns a page for display", True),
    Rule("pdf.page-size", pdfs.page_size, ("warning", "note"), f"{_PDF}: the server draws pages at a size of its own"),
    Rule("pdf.scanned", pdfs.scanned, _N, "Anthropic docs, citations, 2026-08-22: extracted text is cited", True),
    Rule("image.accepted", images.accepted, _E, "models.toml"),
    Rule("image.format", images.media_type, _E, f"{_VISION}: JPEG, PNG, GIF and WebP"),
    Rule(
        "image.mismatch",
        images.mismatch,
        ("error", "note"),
        "observed: 'specified using the … media type, but …'",
    ),
    Rule("image.side", images.side, _E, f"{_VISION}: 8000 × 8000 px"),
    Rule("image.bytes", images.encoded_bytes, _E, f"{_VISION}: 10 MB in base64; 5 MB on Bedrock and Vertex"),
    Rule("image.many", images.many, ("error", "warning"), f"{_VISION}: 2000 px with over 20; in clouds PDFs count too"),
    Rule("image.count", images.count, _E, f"{_VISION}: 600 a request, 100 below a context of 1M tokens"),
    Rule(
        "image.oriented",
        images.oriented,
        _W,
        f"{_VISION}: no metadata reaches Claude; whether it is turned is not said",
    ),
    Rule("image.downscaled", images.downscaled, _N, f"{_VISION}: resize rule"),
    Rule("image.tiny", images.tiny, _N, f"{_VISION}: quality may suffer under 200 px"),
    Rule("image.animated", images.animated, _N, f"{_VISION}: only the first frame is used"),
    Rule("text.empty", texts.empty, _E, "observed: 'text content blocks must be non-empty', '... non-whitespace text'"),
    Rule("text.path", texts.path, _W, "a plain string among content is a text, by design"),
    Rule("text.encoding", texts.encoding, _W, "a file that does not say how it is encoded is read by guess"),
    Rule("source.unreadable", requests.unreadable, _E, "Anthropic docs, files, 2026-08-22: images, PDFs, plain text"),
    Rule("request.empty", requests.empty, _E, "Anthropic API reference, Messages: messages and content are required"),
    Rule("request.references", requests.references, ("error", "note"), f"{_VISION}: base64 only in clouds"),
    Rule("request.dialect", requests.dialect, _E, "Anthropic API reference, Messages: types of content blocks"),
    Rule("request.block", requests.blocks, ("error", "warning"), "the anthropic SDK 2.12.0: kinds of content blocks"),
    Rule("request.bytes", requests.body, _E, "Anthropic docs, API overview, 2026-08-22: 32, 20, 30 MB"),
    Rule("request.context", requests.context, ("error", "warning"), "models.toml", True),
    Rule("request.field", requests.fields, _W, "the anthropic SDK 2.12.0; observed: 'Extra inputs are not permitted'"),
    Rule("request.max-tokens", requests.max_tokens, _E, "models.toml"),
    Rule("request.order", requests.order, _N, f"{_PDF}, and vision: files before the text"),
    Rule("model.retired", models.retired, ("error", "warning"), "Anthropic docs, model deprecations, 2026-09-30"),
    Rule("model.retiring", models.retiring, _W, "Anthropic docs, model deprecations, 2026-09-30"),
    Rule("model.no-thinking", models.thinking_type, ("error", "warning", "note"), _THINKING),
    Rule("model.thinking-budget", models.thinking_budget, ("error", "note"), _THINKING),
    Rule("model.effort", models.effort, _E, "Anthropic docs, effort, 2026-08-22; models.toml"),
    Rule("model.sampling", models.sampling, _E, "Anthropic API, version 2026-10-21"),
    Rule("model.forced-tool", models.forced_tool, _E, "Anthropic docs, tool use, 2026-08-22; models.toml"),
    Rule("cache.breakpoints", caching.breakpoints, _E, f"{_CACHING}: 4 breakpoints a request"),
    Rule("cache.below-minimum", caching.below_minimum, _W, f"{_CACHING}; models.toml"),
    Rule("portkey.file-data-url", portkey.file_data_url, _E, _GATEWAY),
    Rule("portkey.bare-image-url", portkey.bare_image_url, _E, _GATEWAY),
    Rule("portkey.untranslated", portkey.untranslated, _E, _GATEWAY),
    Rule("portkey.content-dropped", portkey.content_dropped, _E, _GATEWAY),
    Rule("portkey.content-lost", portkey.content_lost, _W, _GATEWAY),
    Rule("portkey.order-lost", portkey.order_lost, _W, _GATEWAY),
    Rule("portkey.system-moved", portkey.system_moved, _W, _GATEWAY),
    Rule("portkey.cache-lost", portkey.cache_lost, _W, _GATEWAY),
    Rule("portkey.ttl-lost", portkey.ttl_lost, _W, _GATEWAY),
    Rule("portkey.parameter-dropped", portkey_fields.parameter_dropped, ("warning", "note"), _GATEWAY),
    Rule("portkey.stop", portkey_fields.stop, _E, _GATEWAY),
    Rule("portkey.tool-choice", portkey_fields.tool_choice, _E, _GATEWAY),
    Rule("portkey.max-tokens", portkey_fields.max_tokens, _N, _GATEWAY),
    Rule("portkey.tools", portkey_fields.tools, ("error", "warning"), _GATEWAY),
)
