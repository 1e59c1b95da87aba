"""A report tells what was found: by level, as sentences, as a table, as an error that survives pickling."""

import pickle
from dataclasses import replace

import pytest

from claude_kit.errors import PreflightError
from claude_kit.models import find
from claude_kit.preflight import Finding, Report

MODEL = find("claude-sonnet-5-5")

FINE = Finding("pdf.pages", "ok", "a.pdf", "3 pages", "600 a request")
NOTE = Finding("pdf.scanned", "note", "scan.pdf", "no text layer", "", "Run OCR.")
WARNING = Finding("model.retiring", "warning", "claude-x", "retires on 2026-11-30", "", "Use claude-y.")
ERROR = Finding("pdf.pages", "error", "thesis.pdf", "643 pages", "600 a request", "Split it.")


def report(*findings: Finding) -> Report:
    return Report(MODEL, findings)


def test_findings_are_sorted_into_their_levels():
    """`findings` are what there is to say; what is fine is in `checked` alone."""
    told = report(ERROR, WARNING, NOTE, FINE)
    assert (told.errors, told.warnings, told.notes) == ((ERROR,), (WARNING,), (NOTE,))
    assert told.findings == (ERROR, WARNING, NOTE)
    assert told.checked[-1] == FINE


@pytest.mark.parametrize(("findings", "ok"), [((), True), ((FINE, NOTE, WARNING), True), ((FINE, ERROR), False)])
def test_only_errors_are_refused(findings, ok):
    """Warnings and notes do not stop a request."""
    assert report(*findings).ok == ok


def test_a_message_names_what_measure_limit_rule_and_way_out():
    """One sentence with all of it; without a limit it leaves that out."""
    assert ERROR.message == "thesis.pdf: 643 pages, the limit is 600 a request (pdf.pages). Split it."
    assert NOTE.message == "scan.pdf: no text layer (pdf.scanned). Run OCR."
    assert FINE.message == "a.pdf: 3 pages, the limit is 600 a request (pdf.pages)."


def test_a_report_that_failed_raises_with_every_error():
    """The exception's message holds the errors' sentences, and the exception the report."""
    other = replace(ERROR, where="atlas.pdf", measured="700 pages")
    with pytest.raises(PreflightError) as caught:
        report(ERROR, other, WARNING).raise_if_failed()
    assert str(caught.value) == f"{ERROR.message}\n{other.message}"
    assert caught.value.report.errors == (ERROR, other)


def test_a_report_that_is_fine_is_passed_on():
    """So that `check(...).raise_if_failed()` can be part of an expression."""
    told = report(FINE, WARNING)
    assert told.raise_if_failed() is told


def test_hundreds_of_errors_are_not_all_in_the_message():
    """The first ten, and how many more there are; the report has them all."""
    with pytest.raises(PreflightError) as caught:
        report(*[replace(ERROR, measured=f"{700 + at} pages") for at in range(300)]).raise_if_failed()
    assert str(caught.value).count("\n") == 10
    assert "290 more errors" in str(caught.value)
    assert len(caught.value.report.errors) == 300


def test_the_error_can_be_pickled():
    """It comes back whole from another process."""
    with pytest.raises(PreflightError) as caught:
        report(ERROR).raise_if_failed()
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.report == caught.value.report


def test_the_frame_has_a_row_for_everything_checked():
    """What is fine is in it too, and each row has its sentence."""
    frame = report(ERROR, FINE).to_frame()
    assert list(frame["level"]) == ["error", "ok"]
    assert list(frame.columns) == ["where", "rule", "level", "measured", "limit", "fix", "message"]
    assert frame["message"][0] == ERROR.message
    assert list(report().to_frame().columns) == list(frame.columns)


def test_the_repr_counts_what_there_is_to_say():
    """In one line."""
    assert repr(report(ERROR, ERROR, NOTE)) == "<Report claude-sonnet-5-5: 2 errors, 1 note>"
    assert repr(report(FINE)) == "<Report claude-sonnet-5-5: accepted, 1 check>"


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [(ERROR, "refused"), (WARNING, "accepted, with warnings"), (NOTE, "accepted"), (FINE, "accepted")],
)
def test_the_first_line_is_the_verdict(finding, verdict):
    """Before any detail it says whether it would be accepted, and by whom."""
    bundle = report(finding)._repr_mimebundle_()
    assert bundle["text/plain"].splitlines()[0] == f"{verdict} by claude-sonnet-5-5"
    assert f">{verdict}<" in bundle["text/html"]


def test_the_sentences_wrap_at_the_given_width():
    """Every word is there at any width, and the lines below stand under the sentence."""
    told = report(ERROR, NOTE, FINE)
    for width in (30, 80):
        lines = told.to_text(width).splitlines()
        assert max(map(len, lines[1:])) <= width
        assert " ".join(told.to_text(width).split()) == " ".join(told.to_text().split())
    assert told.to_text().splitlines()[1] == f"error    {ERROR.message}"
    assert told.to_text(30).splitlines()[2].startswith(" " * 9)


def test_the_rich_form_is_escaped():
    """A file name cannot put markup into the page."""
    html = report(replace(ERROR, where="<script>alert(1)</script>"))._repr_mimebundle_()["text/html"]
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_control_characters_do_not_reach_the_terminal():
    """A file name cannot clear the screen or start a line of its own."""
    told = report(replace(ERROR, where="a\x1b[2J\nb.pdf")).to_text()
    assert "\x1b" not in told
    assert len(told.splitlines()) == 2


def test_the_way_out_has_a_column_only_where_there_is_one():
    """An all-green table is four columns wide."""
    assert "way out" not in report(FINE)._repr_mimebundle_()["text/html"]
    assert "way out" in report(NOTE)._repr_mimebundle_()["text/html"]


def test_a_long_report_shows_the_worst_and_counts_the_rest():
    """Hundreds of green rows are one line."""
    fine = [replace(FINE, measured=f"{at} pages") for at in range(1000)]
    bundle = report(ERROR, *fine)._repr_mimebundle_()
    for shown in bundle.values():
        assert "961 more checks" in shown
        assert "643 pages" in shown
        assert shown.count("600 a request") < 45


def test_what_is_said_alike_of_many_parts_is_said_once():
    """Of up to three each is named, of more the first and how many more; the findings themselves are all there."""
    many = [replace(ERROR, where=f"shot {number}.png") for number in range(1, 22)]
    told = report(*many)
    assert told.to_text().count("643 pages") == 1
    assert "shot 1.png and 20 more: 643 pages" in told.to_text()
    assert "shot 1.png and 20 more" in told._repr_mimebundle_()["text/html"]
    assert "shot 1.png, shot 2.png, shot 3.png: " in report(*many[:3]).to_text()
    assert len(told.errors) == len(told.to_frame()) == 21
    with pytest.raises(PreflightError, match=r"^shot 1\.png and 20 more: 643 pages"):
        told.raise_if_failed()
