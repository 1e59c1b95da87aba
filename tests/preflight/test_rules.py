"""Every rule finds what it is for, and nothing just inside its limit."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claude_kit.content import Pdf, Text
from claude_kit.models import find
from claude_kit.preflight import RULES
from claude_kit.preflight.request import Request
from tests.content import making
from tests.preflight.asking import (
    JPEG,
    LARGE,
    PNG,
    SMALL,
    TEXT_ONLY,
    asking,
    base64_block,
    broken_table,
    by_url,
    chat,
    file_part,
    found,
    image_part,
    marked,
    pdf,
    picture,
    request,
    words,
    written_in,
)
from tests.preflight.gateway_cases import GATEWAY

REPORT = Pdf((Path(__file__).parents[2] / "notebooks" / "data" / "report.pdf").read_bytes(), "report.pdf")

ADAPTIVE, BUDGET, DISABLED = {"type": "adaptive"}, {"type": "enabled", "budget_tokens": 1024}, {"type": "disabled"}
OPUS_4_8, OPUS_4_6, OPUS_5_5 = find("claude-opus-4-8"), find("claude-opus-4-6"), find("claude-opus-5-5")
HAIKU_5_5, HAIKU_3_5 = find("claude-haiku-5-5"), find("claude-3-5-haiku-20241022")
ANY_TOOL, AUTO = {"type": "any"}, {"type": "auto"}


def on(day: date, via: str = "anthropic") -> Request:
    """A request to Sonnet 4.5, which retires on 2026-11-30, on that day."""
    return request("Hi", model=find("claude-sonnet-4-5"), today=day, via=via)


def turn(*content: object, role: str = "user") -> dict:
    return {"role": role, "content": list(content)}


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


PDFS = [
    (
        "pdf.unreadable",
        lambda: request(base64_block("document", "application/pdf", b"%PDF-1.7 and no more")),
        lambda: request(base64_block("document", "application/pdf", making.pdf())),
        "error",
    ),
    (
        "pdf.unreadable",
        lambda: request(base64_block("document", "application/x-pdf", making.pdf())),
        lambda: request(base64_block("document", "application/pdf", making.pdf())),
        "error",
    ),
    ("pdf.encrypted", lambda: request(pdf(password="secret")), lambda: request(pdf()), "error"),
    ("pdf.encrypted", lambda: request(pdf(password="")), lambda: request(pdf()), "error"),
    ("pdf.empty", lambda: request(pdf(0)), lambda: request(pdf(1)), "error"),
    ("pdf.pages", lambda: request(pdf(101), model=SMALL), lambda: request(pdf(100), model=SMALL), "error"),
    ("pdf.pages", lambda: request(pdf(601)), lambda: request(pdf(600)), "error"),
    ("pdf.repaired", lambda: request(broken_table()), lambda: request(Pdf(making.pdf())), "warning"),
    ("pdf.fonts", lambda: request(written_in("Kozuka")), lambda: request(pdf()), "warning"),
    ("pdf.fonts", lambda: request(written_in("Helvetica")), lambda: request(pdf()), "note"),
    ("pdf.rotated", lambda: request(pdf(2, turned=90)), lambda: request(pdf(2, turned=360)), "note"),
    ("pdf.page-size", lambda: request(pdf(size=(1264, 800))), lambda: request(pdf(size=(1263, 800))), "note"),
    ("pdf.page-size", lambda: request(pdf(size=(800, 2527))), lambda: request(pdf(size=(800, 1263))), "warning"),
    ("pdf.page-size", lambda: request(pdf(size=(143, 143))), lambda: request(pdf(size=(144, 144))), "note"),
    ("pdf.scanned", lambda: request(pdf(2)), lambda: request(REPORT), "note"),
]

IMAGES = [
    ("image.accepted", lambda: request(picture(), model=TEXT_ONLY), lambda: request("Hi", model=TEXT_ONLY), "error"),
    ("image.accepted", lambda: request(pdf(), model=TEXT_ONLY), lambda: request(pdf(), model=SMALL), "error"),
    (
        "image.format",
        lambda: request(base64_block("image", "image/png", cut(PNG))),
        lambda: request(base64_block("image", "image/png", PNG)),
        "error",
    ),
    (
        "image.format",
        lambda: request(base64_block("image", "image/jpg", JPEG)),
        lambda: request(base64_block("image", "image/jpeg", JPEG)),
        "error",
    ),
    (
        "image.format",
        lambda: request(base64_block("image", "image/tiff", making.encoded(making.corners(), "TIFF"))),
        lambda: request(base64_block("image", "image/gif", making.encoded(making.corners("P"), "GIF"))),
        "error",
    ),
    (
        "image.mismatch",
        lambda: request(base64_block("image", "image/png", JPEG)),
        lambda: request(base64_block("image", "image/jpeg", JPEG)),
        "error",
    ),
    ("image.mismatch", lambda: request(picture(name="a.jpg")), lambda: request(picture(name="a.PNG")), "note"),
    ("image.side", lambda: request(picture(8001, 1)), lambda: request(picture(8000, 8000)), "error"),
    ("image.side", lambda: request(picture(1, 8001)), lambda: request(picture(8000, 1)), "error"),
    ("image.bytes", lambda: request(picture(size=7_500_001)), lambda: request(picture(size=7_500_000)), "error"),
    (
        "image.bytes",
        lambda: request(picture(size=3_750_001), via="bedrock"),
        lambda: request(picture(size=3_750_000), via="vertex"),
        "error",
    ),
    (
        "image.many",
        lambda: request(picture(2001), *[picture()] * 20),
        lambda: request(picture(1999, 1999), *[picture()] * 20),
        "error",
    ),
    (
        "image.many",
        lambda: request(picture(1, 2000), *[picture()] * 20),
        lambda: request(picture(1, 1999), *[picture()] * 20),
        "warning",
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
    ("image.oriented", lambda: request(picture(upright=False)), lambda: request(picture()), "warning"),
    (
        "image.downscaled",
        lambda: request(picture(1092, 1121), model=SMALL),
        lambda: request(picture(1092, 1120), model=SMALL),
        "note",
    ),
    ("image.downscaled", lambda: request(picture(2577, 10)), lambda: request(picture(2576, 10)), "note"),
    ("image.tiny", lambda: request(picture(199, 900)), lambda: request(picture(200, 900)), "note"),
    ("image.animated", lambda: request(picture(frames=2)), lambda: request(picture(frames=1)), "note"),
]

TEXTS = [
    ("text.empty", lambda: request(""), lambda: request("x"), "error"),
    ("text.empty", lambda: request(picture(), " \n"), lambda: request(picture(), " x\n"), "error"),
    ("text.path", lambda: request("pyproject.toml "), lambda: request("pyproject.toml?"), "warning"),
    (
        "text.path",
        lambda: request(" https://example.com/report.pdf\n"),
        lambda: request("Look at https://example.com/report.pdf"),
        "warning",
    ),
    (
        "text.encoding",
        lambda: request(Text("né", "a.txt", ("read as Latin-1",))),
        lambda: request(Text("né", "a.txt")),
        "warning",
    ),
]

REQUESTS = [
    (
        "source.unreadable",
        lambda: request(b"PK\x03\x04 an archive of some kind"),
        lambda: request(b"plain words"),
        "error",
    ),
    ("request.empty", lambda: request(), lambda: request("Hi"), "error"),
    ("request.empty", lambda: request("Hi", messages=[turn()]), lambda: request("Hi", messages=[turn("Hi")]), "error"),
    ("request.references", lambda: request(by_url()), lambda: request(picture()), "note"),
    (
        "request.references",
        lambda: request(by_url(), via="bedrock"),
        lambda: request(picture(), via="bedrock"),
        "error",
    ),
    ("request.bytes", lambda: filled_to(32_000_001), lambda: filled_to(32_000_000), "error"),
    ("request.bytes", lambda: filled_to(20_000_001, "bedrock"), lambda: filled_to(20_000_000, "bedrock"), "error"),
    ("request.bytes", lambda: filled_to(30_000_001, "vertex"), lambda: filled_to(30_000_000, "vertex"), "error"),
    ("request.context", lambda: request(pdf(644)), lambda: request(pdf(643)), "warning"),
    ("request.context", lambda: request(pdf(645)), lambda: request(pdf(643)), "error"),
    ("request.max-tokens", lambda: asking(SMALL, max_tokens=64_001), lambda: asking(SMALL, max_tokens=64_000), "error"),
    ("request.field", lambda: asking(temprature=1), lambda: asking(metadata={"user_id": "ada"}), "warning"),
    ("request.max-tokens", lambda: asking(max_tokens="100"), lambda: asking(max_tokens=100), "error"),
    ("request.max-tokens", lambda: asking(max_tokens=-1), lambda: asking(max_tokens=0), "error"),
    (
        "request.block",
        lambda: request({"type": "txt", "text": "Hi"}),
        lambda: request({"type": "text", "text": "Hi"}),
        "warning",
    ),
    (
        "request.block",
        lambda: request({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "pdf"}]}),
        lambda: request({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "tool_reference"}]}),
        "warning",
    ),
    (
        "request.block",
        lambda: request("Hi", messages=[{"role": "user", "content": [{"type": "newest"}]}]),
        lambda: request("Hi", messages=[{"role": "assistant", "content": [{"type": "newest"}]}]),
        "warning",
    ),
    ("request.block", lambda: request({"text": "Hi"}), lambda: request({"type": "container_upload"}), "error"),
    ("request.block", lambda: request({"role": "user", "content": "Hi"}), lambda: request("Hi"), "error"),
    ("request.block", lambda: chat({"text": "Hi"}), lambda: chat({"type": "newest"}), "error"),
    ("request.dialect", lambda: request(file_part()), lambda: chat(file_part()), "error"),
    ("request.dialect", lambda: request(image_part()), lambda: request(picture()), "error"),
    ("request.order", lambda: request("What?", picture()), lambda: request(picture(), "What?"), "note"),
    (
        "request.order",
        lambda: request("What?", by_url("document")),
        lambda: request("First:", picture(), "Second:", picture(), "What is new?"),
        "note",
    ),
]

MODELS = [
    ("model.retired", lambda: on(date(2026, 11, 30)), lambda: on(date(2026, 11, 29)), "error"),
    ("model.retired", lambda: on(date(2026, 11, 30), "vertex"), lambda: on(date(2026, 11, 29), "vertex"), "warning"),
    ("model.retiring", lambda: on(date(2026, 10, 1)), lambda: on(date(2026, 9, 30)), "warning"),
    ("model.retiring", lambda: on(date(2026, 11, 29)), lambda: on(date(2026, 11, 30)), "warning"),
    (
        "model.no-thinking",
        lambda: asking(SMALL, thinking=ADAPTIVE),
        lambda: asking(OPUS_4_6, thinking=ADAPTIVE),
        "note",
    ),
    (
        "model.no-thinking",
        lambda: asking(SMALL, thinking=ADAPTIVE, max_tokens=1024),
        lambda: asking(LARGE, thinking=ADAPTIVE, max_tokens=1024),
        "warning",
    ),
    ("model.no-thinking", lambda: asking(thinking={}), lambda: asking(thinking=ADAPTIVE), "error"),
    (
        "model.no-thinking",
        lambda: asking(OPUS_4_8, thinking={**DISABLED, "display": "omitted"}),
        lambda: asking(OPUS_4_8, thinking={**ADAPTIVE, "display": "omitted"}),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(thinking={"type": "between_tools", "display": "summarized"}),
        lambda: asking(thinking={"type": "between_tools"}),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(thinking={"type": "between_tools"}, effort="max"),
        lambda: asking(thinking={"type": "between_tools"}, effort="high"),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(HAIKU_3_5, thinking=BUDGET),
        lambda: asking(HAIKU_3_5, thinking=DISABLED),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(LARGE, thinking=DISABLED),
        lambda: asking(LARGE, thinking={"type": "between_tools"}),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(OPUS_5_5, thinking=DISABLED),
        lambda: asking(OPUS_4_8, thinking=DISABLED),
        "error",
    ),
    (
        "model.no-thinking",
        lambda: asking(HAIKU_5_5, thinking=DISABLED, effort="xhigh"),
        lambda: asking(HAIKU_5_5, thinking=DISABLED, effort="high"),
        "error",
    ),
    ("model.no-thinking", lambda: asking(thinking="deep"), lambda: asking(thinking="adaptive"), "error"),
    ("model.no-thinking", lambda: asking(thinking=True), lambda: asking(thinking=None), "error"),
    (
        "model.no-thinking",
        lambda: asking(HAIKU_3_5, thinking="adaptive"),
        lambda: asking(OPUS_4_6, thinking="adaptive"),
        "warning",
    ),
    ("model.no-thinking", lambda: asking(HAIKU_3_5, thinking=2000), lambda: asking(SMALL, thinking=2000), "warning"),
    (
        "model.no-thinking",
        lambda: asking(SMALL, thinking="adaptive", max_tokens=1024),
        lambda: asking(LARGE, thinking="adaptive", max_tokens=1024),
        "warning",
    ),
    (
        "model.no-thinking",
        lambda: asking(SMALL, thinking="adaptive"),
        lambda: asking(LARGE, thinking="adaptive"),
        "note",
    ),
    ("model.thinking-budget", lambda: asking(SMALL, thinking=1023), lambda: asking(SMALL, thinking=1024), "error"),
    (
        "model.thinking-budget",
        lambda: asking(SMALL, thinking=2000, max_tokens=2000),
        lambda: asking(SMALL, thinking=1999, max_tokens=2000),
        "error",
    ),
    (
        "model.thinking-budget",
        lambda: asking(SMALL, thinking={"type": "enabled"}),
        lambda: asking(SMALL, thinking=BUDGET),
        "error",
    ),
    (
        "model.thinking-budget",
        lambda: asking(SMALL, thinking={**BUDGET, "budget_tokens": True}),
        lambda: asking(SMALL, thinking=BUDGET),
        "error",
    ),
    (
        "model.thinking-budget",
        lambda: asking(SMALL, thinking=BUDGET, max_tokens=1024),
        lambda: asking(SMALL, thinking=BUDGET, max_tokens=1025),
        "error",
    ),
    (
        "model.thinking-budget",
        lambda: asking(find("claude-opus-4-7"), thinking=BUDGET),
        lambda: asking(OPUS_4_6, thinking=BUDGET),
        "note",
    ),
    (
        "model.thinking-budget",
        lambda: asking(find("claude-opus-4-7"), thinking=1024),
        lambda: asking(OPUS_4_6, thinking=1024),
        "note",
    ),
    ("model.effort", lambda: asking(SMALL, effort="low"), lambda: asking(LARGE, effort="low"), "error"),
    (
        "model.effort",
        lambda: asking(OPUS_4_6, output_config={"effort": "xhigh"}),
        lambda: asking(OPUS_4_6, output_config={"effort": "max"}),
        "error",
    ),
    ("model.sampling", lambda: asking(SMALL, temperature=0), lambda: asking(SMALL, temperature=None), "error"),
    (
        "model.sampling",
        lambda: asking(LARGE, via="bedrock", top_k=5),
        lambda: asking(SMALL, via="bedrock", top_k=5),
        "error",
    ),
    (
        "model.forced-tool",
        lambda: asking(LARGE, tool_choice=ANY_TOOL),
        lambda: asking(LARGE, tool_choice=AUTO),
        "error",
    ),
    ("model.forced-tool", lambda: asking(LARGE, tool_choice="required"), lambda: asking(tool_choice="auto"), "error"),
    (
        "model.forced-tool",
        lambda: asking(SMALL, tool_choice={"type": "tool", "name": "f"}, thinking=2000),
        lambda: asking(SMALL, tool_choice={"type": "tool", "name": "f"}),
        "error",
    ),
]

CACHING = [
    (
        "cache.breakpoints",
        lambda: request(*[marked()] * 5),
        lambda: request(*[marked()] * 4),
        "error",
    ),
    (
        "cache.breakpoints",
        lambda: request(*[marked()] * 3, system=[marked()], options={"cache": "5m"}),
        lambda: request(*[marked()] * 3, options={"cache": "5m"}),
        "error",
    ),
    (
        "cache.below-minimum",
        lambda: request(words(400), marked()),
        lambda: request(words(600), marked()),
        "warning",
    ),
    (
        "cache.below-minimum",
        lambda: request("Hi", options={"cache": "1h"}),
        lambda: request(pdf(), "Hi", options={"cache": "1h"}),
        "warning",
    ),
    (
        "cache.below-minimum",
        lambda: request(words(9000), options={"cache": "5m"}, model=find("claude-3-sonnet-20240229")),
        lambda: request(words(9000), options={"cache": "5m"}, model=SMALL),
        "warning",
    ),
]

# rule, a request that it is for, the nearest one that it is not for, and the level
CASES = [*PDFS, *IMAGES, *TEXTS, *REQUESTS, *MODELS, *CACHING, *GATEWAY]


def filled_to(size: int, via: str = "anthropic") -> Request:
    """A request of that many bytes."""
    full = [picture(size=2_700_000, name=f"{number}.png") for number in range(size // 4_000_000)]
    empty = request(*full, Text(""), via=via).body_bytes
    return request(*full, Text("x" * (size - empty)), via=via)


@pytest.mark.parametrize(("rule", "over", "inside", "level"), CASES)
def test_a_rule_finds_what_is_over_its_limit_and_nothing_inside(rule, over, inside, level):
    """One finding at least, of the stated level, with a way out; none just inside the limit."""
    findings = found(rule, over())
    assert {finding.level for finding in findings} == {level}
    assert all(finding.where and finding.measured and finding.fix.endswith((".", ")")) for finding in findings)
    assert [finding for finding in found(rule, inside()) if finding.level == level] == []


def test_every_rule_has_its_cases():
    """No rule stands in the table without a test of each level, and each says what it asks for and where from."""
    assert {(rule.id, level) for rule in RULES for level in rule.levels} == {(rule, level) for rule, *_, level in CASES}
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.says.endswith(".") for rule in RULES)


@pytest.mark.parametrize("case", [case for case in CASES if case[0] != "request.bytes"], ids=lambda case: case[0])
def test_no_rule_fails_on_what_another_is_for(case):
    """Every rule takes every request of this file, broken as it may be, on every route and by every model."""
    subject = case[1]()
    for one in (subject, replace(subject, model=TEXT_ONLY), replace(subject, via="bedrock"), case[2]()):
        for rule in RULES:
            list(rule.check(one))
