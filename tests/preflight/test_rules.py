"""Every rule finds what it is for, and nothing just inside its limit."""

import base64
import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader, PdfWriter

from claude_kit.content import Image, Pdf, Text
from claude_kit.estimate import turns
from claude_kit.models import find
from claude_kit.preflight import RULES, Finding, check
from claude_kit.preflight.request import Request

SMALL, LARGE = find("claude-haiku-4-5"), find("claude-sonnet-5-5")  # 100 and 600 pages and images a request
TEXT_ONLY = find("claude-2.1")


def picture(width: int = 100, height: int = 100, *, size: int = 300, name: str = "picture.png") -> Image:
    """An image of these measures; no rule looks into its bytes."""
    return Image(b"x" * size, "image/png", width, height, name)


def pdf(pages: int = 1, *, password: str | None = None, name: str = "report.pdf") -> Pdf:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    if password:
        writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return Pdf(buffer.getvalue(), name)


def request(*content: object, model=LARGE, messages=(), **options) -> Request:
    """A request with one turn of this content, after `messages`."""
    asked = [{"role": "user", "content": list(content)}] if content else []
    return Request(turns.read([*messages, *asked]), model, **options)


def found(rule: str, subject: Request) -> list[Finding]:
    """What one rule has to say, but for what is fine."""
    (check_it,) = [each.check for each in RULES if each.id == rule]
    findings = list(check_it(subject))
    assert all(finding.rule == rule for finding in findings)
    return [finding for finding in findings if finding.level != "ok"]


# rule, a request that it is for, the nearest one that it is not for, and the level
CASES = [
    ("pdf.pages", lambda: request(pdf(101), model=SMALL), lambda: request(pdf(100), model=SMALL), "error"),
    ("pdf.pages", lambda: request(pdf(601)), lambda: request(pdf(600)), "error"),
    ("pdf.encrypted", lambda: request(pdf(password="secret")), lambda: request(pdf()), "error"),
    ("pdf.scanned", lambda: request(pdf(2)), lambda: request(REPORT), "note"),
    ("image.accepted", lambda: request(picture(), model=TEXT_ONLY), lambda: request("Hi", model=TEXT_ONLY), "error"),
    ("image.accepted", lambda: request(pdf(), model=TEXT_ONLY), lambda: request(pdf(), model=SMALL), "error"),
    ("image.side", lambda: request(picture(8001, 1)), lambda: request(picture(8000, 8000)), "error"),
    ("image.side", lambda: request(picture(1, 8001)), lambda: request(picture(8000, 1)), "error"),
    (
        "image.bytes",
        lambda: request(picture(size=7_500_001)),
        lambda: request(picture(size=7_500_000)),
        "error",
    ),
    (
        "image.bytes",
        lambda: request(picture(size=3_750_001), via="bedrock"),
        lambda: request(picture(size=3_750_000), via="vertex"),
        "error",
    ),
    (
        "image.many",
        lambda: request(picture(2001), *[picture()] * 20),
        lambda: request(picture(2000, 2000), *[picture()] * 20),
        "error",
    ),
    ("image.many", lambda: request(picture(2001), *[picture()] * 20), lambda: request(*[picture(2001)] * 20), "error"),
    (
        "image.many",
        lambda: request(picture(2001), *[pdf()] * 20, via="bedrock"),
        lambda: request(picture(2001), *[pdf()] * 20, via="anthropic"),
        "error",
    ),
    (
        "image.count",
        lambda: request(*[picture()] * 101, model=SMALL),
        lambda: request(*[picture()] * 100, model=SMALL),
        "error",
    ),
    ("image.count", lambda: request(*[picture()] * 601), lambda: request(*[picture()] * 600), "error"),
    (
        "image.downscaled",
        lambda: request(picture(1092, 1121), model=SMALL),
        lambda: request(picture(1092, 1120), model=SMALL),
        "note",
    ),
    ("image.downscaled", lambda: request(picture(2577, 10)), lambda: request(picture(2576, 10)), "note"),
    ("text.empty", lambda: request(""), lambda: request("x"), "error"),
    ("text.empty", lambda: request(picture(), " \n"), lambda: request(picture(), " x\n"), "error"),
    ("text.path", lambda: request("pyproject.toml "), lambda: request("pyproject.toml?"), "warning"),
    ("request.empty", lambda: request(), lambda: request("Hi"), "error"),
    (
        "request.empty",
        lambda: request("Hi", messages=[{"role": "user", "content": []}]),
        lambda: request("Hi", messages=[{"role": "user", "content": "Hi"}]),
        "error",
    ),
    ("request.references", lambda: request(by_url()), lambda: request(picture()), "note"),
    (
        "request.references",
        lambda: request(by_url(), via="bedrock"),
        lambda: request(picture(), via="bedrock"),
        "error",
    ),
    (
        "request.bytes",
        lambda: request(*[picture(size=6_000_000)] * 4),
        lambda: request(*[picture(size=5_990_000)] * 4),
        "error",
    ),
    (
        "request.bytes",
        lambda: request(*[picture(size=3_750_000)] * 4, via="bedrock"),
        lambda: request(*[picture(size=3_740_000)] * 4, via="bedrock"),
        "error",
    ),
    ("request.context", lambda: request(pdf(644)), lambda: request(pdf(643)), "warning"),
    ("request.context", lambda: request(pdf(645)), lambda: request(pdf(643)), "error"),
    (
        "request.max-tokens",
        lambda: request("Hi", model=SMALL, max_tokens=64_001),
        lambda: request("Hi", model=SMALL, max_tokens=64_000),
        "error",
    ),
    (
        "request.max-tokens",
        lambda: request("Hi", max_tokens=-1),
        lambda: request("Hi", max_tokens=0),
        "error",
    ),
    ("model.retired", lambda: on(date(2026, 11, 30)), lambda: on(date(2026, 11, 29)), "error"),
    ("model.retired", lambda: on(date(2026, 11, 30), "vertex"), lambda: on(date(2026, 11, 29), "vertex"), "warning"),
    ("model.retiring", lambda: on(date(2026, 10, 1)), lambda: on(date(2026, 9, 30)), "warning"),
    ("model.retiring", lambda: on(date(2026, 11, 29)), lambda: on(date(2026, 11, 30)), "warning"),
]


def by_url() -> dict:
    return {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}


def on(day: date, via: str = "anthropic") -> Request:
    """A request to Sonnet 4.5, which retires on 2026-11-30, on that day."""
    return request("Hi", model=find("claude-sonnet-4-5"), today=day, via=via)


def text_page() -> Pdf:
    from pathlib import Path

    return Pdf((Path(__file__).parents[2] / "notebooks" / "data" / "report.pdf").read_bytes(), "report.pdf")


REPORT = text_page()


@pytest.mark.parametrize(("rule", "over", "inside", "level"), CASES)
def test_a_rule_finds_what_is_over_its_limit_and_nothing_inside(rule, over, inside, level):
    """One finding at least, of the stated level, with a way out; none just inside the limit."""
    findings = found(rule, over())
    assert {finding.level for finding in findings} == {level}
    assert all(finding.where and finding.measured and finding.fix for finding in findings)
    assert found(rule, inside()) == []


def test_every_rule_has_its_cases():
    """No rule stands in the table without a test, and each says where its limit comes from."""
    assert {rule.id for rule in RULES} == {rule for rule, *_ in CASES}
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)


@pytest.mark.parametrize(("rule", "over", "inside", "level"), CASES)
def test_no_rule_fails_on_what_another_is_for(rule, over, inside, level):
    """Every rule takes every request of this file, broken as it may be."""
    for subject in (over(), inside(), replace(over(), model=TEXT_ONLY), replace(over(), via="bedrock")):
        for each in RULES:
            list(each.check(subject))


def test_pages_of_all_pdfs_count_together():
    """60 and 50 pages are too many for a model that takes 100; each finding says how many there are."""
    findings = found("pdf.pages", request(pdf(60, name="a.pdf"), pdf(50, name="b.pdf"), model=SMALL))
    assert [finding.where for finding in findings] == ["a.pdf", "b.pdf"]
    assert findings[0].measured == "60 pages of 110 in the request"
    assert "Send 2 requests" in findings[0].fix


def test_pages_of_earlier_turns_count_too():
    """A conversation carries its PDFs along, as parts or as the API's blocks."""
    data = base64.b64encode(pdf(60).data).decode()
    block = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}
    for earlier in (pdf(60), block):
        answered = [{"role": "user", "content": [earlier]}, {"role": "assistant", "content": "Yes."}]
        assert found("pdf.pages", request(pdf(50), model=SMALL, messages=answered))


def test_the_way_out_of_too_many_pages_names_a_model_that_takes_them():
    """143 pages are too many for Haiku 4.5, and not for the model that replaces it."""
    (finding,) = found("pdf.pages", request(pdf(143), model=SMALL))
    assert finding.message == (
        "report.pdf: 143 pages, the limit is 100 a request (pdf.pages). Send 2 requests, or some pages only: "
        'pdf.select("1-100"). claude-haiku-5-5 takes 600.'
    )
    assert "takes" not in found("pdf.pages", request(pdf(700)))[0].fix


def test_the_selection_that_is_advised_works():
    """The advised call gives a document that the rule accepts."""
    document = pdf(143)
    assert found("pdf.pages", request(document.select("1-100"), model=SMALL)) == []
    assert len(PdfReader(io.BytesIO(document.select("1-100").data)).pages) == 100


def test_pages_without_text_are_told_apart_from_a_scan():
    """A PDF with some blank pages is not called a scan."""
    writer = PdfWriter(io.BytesIO(REPORT.data))
    writer.add_blank_page(612, 792)
    buffer = io.BytesIO()
    writer.write(buffer)
    (some,) = found("pdf.scanned", request(Pdf(buffer.getvalue())))
    (all_of_it,) = found("pdf.scanned", request(pdf(2)))
    assert some.measured == "1 page without text"
    assert all_of_it.measured == "no text layer"


def test_images_in_tool_results_count_among_the_many():
    """The limit is on the request, wherever its images stand."""
    data = base64.b64encode(png()).decode()
    inner = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [inner] * 20}
    assert found("image.many", request(result, picture(2001)))
    assert found("image.many", request({**result, "content": [inner] * 19}, picture(2001))) == []


def test_images_by_url_count_among_the_many():
    """What is given by URL is an image of the request too."""
    assert found("image.many", request(picture(2001), *[by_url()] * 20))
    assert found("image.count", request(*[by_url()] * 101, model=SMALL))


@pytest.mark.parametrize("letter", ["é", "漢", "\n", '"'])
def test_the_body_is_measured_as_it_is_sent(letter):
    """Within some hundred bytes of the JSON that the client sends, whatever the text is written in."""
    import json

    from claude_kit.wire.messages import encode_request

    content = [{"role": "user", "content": [Text(letter * 10_000), picture(size=5_000)]}]
    sent = json.dumps(encode_request(content, model=LARGE.id, max_tokens=99), ensure_ascii=False).encode()
    assert abs(Request(turns.read(content), LARGE).body_bytes - len(sent)) < 500


def test_what_a_tool_result_holds_is_in_the_body():
    """A large image inside a tool result is measured, once."""
    held = {"type": "tool_result", "tool_use_id": "t", "content": [picture(size=3_000_000)]}
    assert abs(request(held).body_bytes - 4_000_000) < 1000


def test_a_retired_model_may_live_on_in_the_clouds():
    """An error at Anthropic; via Bedrock a warning that says to look there."""
    assert check("Hi", model="claude-3-haiku-20240307").errors
    report = check("Hi", model="claude-3-haiku-20240307", via="bedrock")
    assert report.ok
    assert "may still be served via bedrock" in report.warnings[0].fix


def png() -> bytes:
    from PIL import Image as pil

    buffer = io.BytesIO()
    pil.new("RGB", (10, 10)).save(buffer, "PNG")
    return buffer.getvalue()
