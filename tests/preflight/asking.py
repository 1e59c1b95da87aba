"""Requests to be checked, made on the spot, and what one rule has to say of them."""

import base64
from typing import Any

from PIL import Image as pil
from pypdf import PdfWriter
from pypdf.generic import NameObject

from claude_kit.content import Image, Pdf, Text
from claude_kit.estimate import turns
from claude_kit.models import find
from claude_kit.preflight import RULES, Finding
from claude_kit.preflight.request import Request
from tests.content import making

SMALL, LARGE = find("claude-haiku-4-5"), find("claude-sonnet-5-5")  # 100 and 600 pages and images a request
TEXT_ONLY = find("claude-2.1")

PNG = making.encoded(pil.new("RGB", (300, 300)), "PNG")
JPEG = making.encoded(pil.new("RGB", (300, 300)), "JPEG")


def request(*content: object, model=LARGE, messages=(), **fields: Any) -> Request:
    """A request with one turn of this content, after `messages`."""
    asked = [{"role": "user", "content": list(content)}] if content else []
    return Request(turns.examine([*messages, *asked]), model, **fields)


def asking(model=LARGE, via="anthropic", max_tokens=8192, system=None, tools=None, **options: Any) -> Request:
    """A request of few words, with options."""
    return request("Hi", model=model, via=via, max_tokens=max_tokens, system=system, tools=tools, options=options)


def chat(*content: object, role: str = "user", tools=None, system=None, **options: Any) -> Request:
    """A chat completion through the gateway."""
    given = {"dialect": "chat", **options}
    return request(
        messages=[{"role": role, "content": list(content)}], via="portkey", tools=tools, system=system, options=given
    )


def verbatim(*content: object, tools=None) -> Request:
    """A chat completion through the gateway whose messages were written by hand."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": list(content)}]
    return request(messages=messages, via="portkey", tools=tools)


def found(rule: str, subject: Request) -> list[Finding]:
    """What one rule has to say, but for what is fine."""
    (row,) = [each for each in RULES if each.id == rule]
    findings = list(row.check(subject))
    assert all(finding.rule == rule for finding in findings)
    assert {finding.level for finding in findings} <= {"ok", *row.levels}
    return [finding for finding in findings if finding.level != "ok"]


def picture(width: int = 300, height: int = 300, *, size: int = 300, name: str = "picture.png", **fields: Any) -> Image:
    """An image of these measures; no rule looks into its bytes."""
    return Image(b"x" * size, "image/png", width, height, name, **fields)


def pdf(pages: int = 1, *, password: str | None = None, size=making.LETTER, turned: int = 0, name="report.pdf") -> Pdf:
    """A PDF of empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(*size)
    if turned:
        writer.pages[0].rotate(turned)
    if password is not None:
        writer.encrypt(password, "the owner's")
    return Pdf(making.written(writer), name)


def broken_table() -> Pdf:
    """A PDF whose cross-reference table is not where it says."""
    data = making.pdf(["one"])
    at = data.rindex(b"startxref")
    return Pdf(data[:at] + b"startxref\n7\n%%EOF\n", "broken.pdf")


def written_in(font: str) -> Pdf:
    """A PDF of two pages, the first of which has a text in a font that is not embedded."""
    writer = PdfWriter()
    added = making.page(writer, "one")
    added["/Resources"]["/Font"]["/F"][NameObject("/BaseFont")] = NameObject(f"/{font}")
    writer.add_blank_page(*making.LETTER)
    return Pdf(making.written(writer), "letter.pdf")


def base64_block(kind: str, media_type: str, data: bytes, **fields: Any) -> dict[str, Any]:
    """An image or document as the Messages API takes it."""
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return {"type": kind, "source": source, **fields}


def by_url(kind: str = "image") -> dict[str, Any]:
    """An image or document by its address."""
    return {"type": kind, "source": {"type": "url", "url": "https://example.com/a.png"}}


def file_part(data: bytes = b"", *, prefix: str = "", **fields: Any) -> dict[str, Any]:
    """A file as a chat completion takes it."""
    held = prefix + base64.b64encode(data or making.pdf()).decode()
    return {"type": "file", "file": {"mime_type": "application/pdf", "file_data": held}, **fields}


def image_part(url: str = "", **fields: Any) -> dict[str, Any]:
    """An image as a chat completion takes it."""
    address = url or "data:image/png;base64," + base64.b64encode(PNG).decode()
    return {"type": "image_url", "image_url": {"url": address}, **fields}


def marked(text: str = "Hi", **control: str) -> dict[str, Any]:
    """A block of text with a cache breakpoint."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", **control}}


def words(number: int) -> Text:
    """A text of about as many tokens."""
    return Text("word " * number)
