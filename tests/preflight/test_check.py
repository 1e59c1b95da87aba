"""`ck.check`: everything that a request would run into, before it is sent."""

import io
import time
from pathlib import Path

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.content import pdfium
from claude_kit.preflight import RULES, check, of_part
from tests.content import making

MODEL = "claude-sonnet-5-5"
DATA = Path(__file__).parents[2] / "notebooks" / "data"


def pdf_bytes(pages: int) -> bytes:
    return making.pdf([""] * pages)


def test_good_content_is_accepted():
    """The sample report and photo pass; every measure that has a limit is in the table."""
    report = check(DATA / "report.pdf", DATA / "photo.jpg", "What are the key findings?", model=MODEL)
    assert report.ok
    assert report.errors == report.warnings == ()
    assert {"pdf.pages", "image.side", "image.bytes", "request.bytes", "request.context"} <= {
        finding.rule for finding in report.checked if finding.level == "ok"
    }


def test_any_source_can_be_checked():
    """Paths, bytes, files and pictures, as everywhere in the kit."""
    assert check(pil.new("RGB", (10, 10)), io.BytesIO(pdf_bytes(1)), pdf_bytes(2), "Hi", model=MODEL).ok


def test_what_is_wrong_stands_first():
    """Errors, warnings, notes, then what is fine."""
    report = check(ck.pdf(pdf_bytes(700), name="atlas.pdf"), "Hi", model=MODEL)
    levels = [finding.level for finding in report.checked]
    assert levels == sorted(levels, key=["error", "warning", "note", "ok"].index)
    assert [finding.rule for finding in report.errors] == ["pdf.pages", "request.context"]
    assert report.errors[0].where == "atlas.pdf"


def test_every_finding_belongs_to_a_rule_of_the_table():
    """The ids that people see are the ids that `RULES` documents."""
    reports = [check(pdf_bytes(700), "", model=model) for model in ("claude-2.1", "claude-haiku-4-5", MODEL)]
    assert {finding.rule for report in reports for finding in report.checked} <= {rule.id for rule in RULES}


def test_parts_of_earlier_turns_are_checked():
    """A conversation of parts, blocks and strings is one request."""
    earlier = [
        {"role": "user", "content": [ck.pdf(pdf_bytes(80)), "What is this?"]},
        {"role": "assistant", "content": [{"type": "text", "text": "Blank."}]},
        {"role": "user", "content": ck.encode(ck.pdf(pdf_bytes(20)))},
        {"role": "assistant", "content": "Blank too."},
    ]
    assert check("And?", model="claude-haiku-4-5", messages=earlier).ok
    report = check(pdf_bytes(1), model="claude-haiku-4-5", messages=earlier)
    assert [finding.measured for finding in report.errors] == [
        "80 pages of 101 in the request",
        "20 pages of 101 in the request",
        "1 page of 101 in the request",
    ]


def test_system_and_tools_count_in_the_context():
    """What goes before the messages fills the window too."""
    alone = check("Hi", model=MODEL)
    tool = {"name": "f", "description": "d " * 500, "input_schema": {"type": "object"}}
    more = check("Hi", model=MODEL, system="Be brief. " * 100, tools=[tool])
    assert tokens(more) > tokens(alone) + 600


def test_a_file_that_can_be_read_once_is_enough():
    """Each source is read exactly once."""
    assert check(io.BytesIO(pdf_bytes(2)), model=MODEL).ok
    assert check("Hi", model=MODEL, messages=[{"role": "user", "content": [io.BytesIO(pdf_bytes(2))]}]).ok


def test_nothing_to_ask_is_refused():
    """An empty request and an empty question are errors, not zero tokens."""
    assert [finding.rule for finding in check(model=MODEL).errors] == ["request.empty"]
    assert [finding.rule for finding in check("", model=MODEL).errors] == ["text.empty"]


def test_a_locked_pdf_is_reported_once():
    """It has no pages to count, and no second finding says so."""
    report = check(ck.pdf(making.locked_pdf("secret"), name="locked.pdf"), "Hi", model=MODEL)
    assert [finding.rule for finding in report.findings] == ["pdf.encrypted"]
    assert report.errors[0].message == (
        "locked.pdf: opens only with a password (pdf.encrypted). Open it with its password: ck.pdf(path, password=...)."
    )


def test_a_text_is_extracted_once(monkeypatch):
    """Checking and estimating the same PDF reads its text a single time."""
    calls = []
    extract = pdfium.texts_and_sizes
    monkeypatch.setattr(pdfium, "texts_and_sizes", lambda *given: calls.append(given) or extract(*given))
    document = ck.pdf(making.pdf(["extracted once"]))
    check(document, "Hi", model=MODEL)
    ck.estimate(document, "Hi", model=MODEL)
    check(document, "Hi", model="claude-haiku-4-5")
    assert len(calls) == 1


def test_a_long_pdf_is_checked_quickly():
    """643 pages in well under two seconds; twice the pages do not take four times as long."""
    small, large = (ck.pdf(pdf_bytes(pages)) for pages in (643, 1286))
    times = []
    for document in (small, large):
        began = time.perf_counter()
        check(document, model=MODEL)
        times.append(time.perf_counter() - began)
    assert times[0] < 2
    assert times[1] < 4 * times[0] + 0.5


def test_an_unknown_route_is_refused():
    """The message names those there are."""
    with pytest.raises(ValueError, match="anthropic, portkey, bedrock, vertex"):
        check("Hi", model=MODEL, via="carrier pigeon")


def test_the_clouds_take_less():
    """A 4 MB image passes directly and is refused via Bedrock, by name, measure and limit."""
    noise = ck.Image(b"x" * 4_000_000, "image/png", 900, 900, "noise.png")
    assert check(noise, model=MODEL).ok
    assert check(noise, model=MODEL, via="portkey").ok
    report = check(noise, model=MODEL, via="bedrock")
    assert [finding.message for finding in report.errors] == [
        "noise.png: 5.3 MB in base64, the limit is 5 MB (image.bytes). Save it as JPEG, or scale it down: ck.fit(...) "
        "does."
    ]


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("cut.pdf", b"%PDF-1.7 and no more", "pdf.unreadable"),
        ("page.pdf", b"<!DOCTYPE html><html><title>Sign in</title></html>", "pdf.unreadable"),
        ("cut.png", making.encoded(making.noise(90, 90), "PNG")[:4000], "image.format"),
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image.format"),
        ("tape.zip", b"PK\x03\x04 some archive", "source.unreadable"),
    ],
)
def test_a_damaged_file_is_a_finding_and_the_rest_is_checked(tmp_path, name, data, rule):
    """Its own sentence names it once; what else is wrong is said in the same report."""
    path = tmp_path / name
    path.write_bytes(data)
    report = check(path, pdf_bytes(101), "", model="claude-haiku-4-5")
    assert {finding.rule for finding in report.errors} == {rule, "pdf.pages", "text.empty"}
    (finding,) = [finding for finding in report.errors if finding.rule == rule]
    assert finding.where == name
    assert finding.message.count(name) == 1
    assert finding.fix


def test_a_damaged_block_is_a_finding(tmp_path):
    """What stands in messages as base64 is looked at like a file."""
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjc="}
    messages = [{"role": "user", "content": [{"type": "document", "source": source}, "What is this?"]}]
    report = check(model=MODEL, messages=messages)
    assert [finding.rule for finding in report.errors] == ["pdf.unreadable"]
    assert report.errors[0].where == "document in message 1"


def test_what_cannot_be_read_at_all_is_raised(tmp_path):
    """A path that is wrong is no finding about its content."""
    for missing in (tmp_path / "missing.pdf", tmp_path):
        with pytest.raises(ck.errors.ContentError):
            check(missing, model=MODEL)


def test_a_damaged_file_does_not_count_as_an_empty_message():
    """One thing that is wrong is one finding."""
    assert [finding.rule for finding in check(b"%PDF-1.7 and no more", model=MODEL).errors] == ["pdf.unreadable"]


def test_blocks_may_be_given_as_content():
    """What `ck.encode` wrote is checked like the files it was made of."""
    blocks = ck.encode(ck.pdf(pdf_bytes(101)), "What?")
    assert [finding.rule for finding in check(*blocks, model="claude-haiku-4-5").errors] == ["pdf.pages"]


def test_the_options_of_a_call_are_checked():
    """By the names that `Client.stream` and `Chat` take; None says nothing."""
    fine = {"thinking": None, "effort": None, "cache": None, "temperature": None, "tool_choice": None}
    assert check("Hi", model=MODEL, **fine).findings == ()
    report = check("Hi", model=MODEL, thinking={"type": "disabled"}, effort="huge", temperature=0.5, top_p=1)
    assert {finding.rule for finding in report.errors} == {"model.no-thinking", "model.effort", "model.sampling"}


def test_a_part_alone_is_checked_without_its_request():
    """Only what concerns the part is said, worst first; the rules that read every page can be left out."""
    scan = ck.pdf(pdf_bytes(601), name="scan.pdf")
    assert [finding.rule for finding in of_part(scan, MODEL)] == ["pdf.pages", "pdf.scanned"]
    assert [finding.rule for finding in of_part(scan, MODEL, quick=True)] == ["pdf.pages"]
    assert of_part(ck.text("Hi"), "claude-2.1") == ()


def test_the_quick_rules_read_no_page():
    """A card of a long document does not wait for its text."""
    document = ck.pdf(pdf_bytes(50))
    of_part(document, MODEL, quick=True)
    assert {"texts", "layouts"}.isdisjoint(vars(document.document))
    of_part(document, MODEL)
    assert {"texts", "layouts"} <= set(vars(document.document))


def tokens(report: ck.Report) -> int:
    (finding,) = (finding for finding in report.checked if finding.rule == "request.context")
    return int(finding.measured.split()[0].replace(",", ""))
