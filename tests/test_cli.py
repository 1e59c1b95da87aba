"""The command line: tables for people, JSON for programs, one line and exit code 2 for what went wrong."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as pil
from pypdf import PdfWriter
from typer.testing import CliRunner, Result

from claude_kit.cli import app

DATA = Path(__file__).parent.parent / "notebooks" / "data"
REPORT, PHOTO = str(DATA / "report.pdf"), str(DATA / "photo.jpg")
MODEL = "claude-sonnet-5-5"


def run(*arguments: str, columns: int | None = None) -> Result:
    """Run a command in this process."""
    environment = {"COLUMNS": None if columns is None else str(columns)}
    return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)


def installed(*arguments: str, **options) -> subprocess.Popen:
    """Start the installed command in a process of its own, without anyone's key."""
    # CLAUDE_KIT_STATIC is there for the notebooks' kernels; under it the offline model answers all at once.
    private = ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY", "CLAUDE_KIT_MODEL", "CLAUDE_KIT_STATIC")
    environment = {name: value for name, value in os.environ.items() if name not in private}
    environment |= {"PYTHONUNBUFFERED": "1", **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-m", "claude_kit.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        **options,
    )


def finished(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def blank_pdf(path: Path, pages: int) -> str:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    buffer = io.BytesIO()
    writer.write(buffer)
    path.write_bytes(buffer.getvalue())
    return str(path)


def test_estimate_prints_one_json_object():
    """`claude-kit estimate report.pdf --model claude-sonnet-4-5 --json`, as the README shows it."""
    code, out, err = finished(installed("estimate", REPORT, "--model", "claude-sonnet-4-5", "--json"))
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["pages"] == 3
    assert 5_000 < told["input_tokens"] < 8_000
    assert told["input_cost_usd"] == pytest.approx(told["input_tokens"] * 3e-6)
    assert told["model"] == "claude-sonnet-4-5-20250929"


def test_estimate_takes_several_files_and_a_question():
    """Each is a line; their pages and tokens are added up."""
    told = json.loads(run("estimate", REPORT, PHOTO, REPORT, "-q", "What?", "-m", MODEL, "--json").output)
    assert told["pages"] == 6
    parts = [line["part"] for line in told["lines"]]
    assert parts == ["report.pdf", "photo.jpg", "report.pdf", "“What?”", "message frame"]


def test_estimate_prices_what_it_is_told_to_expect():
    """`--expect-output` and `--batch` change the price, not the tokens."""
    plain, batch = (
        json.loads(run("estimate", REPORT, "-m", MODEL, "--expect-output", "1000", "--json", *more).output)
        for more in ([], ["--batch"])
    )
    assert plain["output_cost_usd"] == pytest.approx(0.01)
    assert batch["cost_usd"] == pytest.approx(plain["cost_usd"] / 2)
    assert batch["input_tokens"] == plain["input_tokens"]


def test_estimate_prints_rows_of_comma_separated_values():
    """A header, a row a line of the estimate, and the answer."""
    rows = list(csv.DictReader(io.StringIO(run("estimate", REPORT, "-m", MODEL, "--csv").output)))
    assert [row["part"] for row in rows] == ["report.pdf", "message frame", "answer"]
    assert all(float(row["usd"]) > 0 for row in rows)


def test_estimate_fails_where_a_budget_could_be_exceeded():
    """The table is printed all the same, the reason with a way out on stderr; within the budget all is well."""
    within = finished(installed("estimate", REPORT, "-m", MODEL, "--max-usd", "1"))
    assert (within[0], within[2]) == (0, "")
    code, out, err = finished(installed("estimate", REPORT, "-m", MODEL, "--max-usd", "0.05"))
    assert (code, out) == (1, within[1])
    assert "the budget is $0.0500. Lower max_tokens to" in err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--speed", "fast", "-m", "claude-sonnet-5-5"], "is not offered"),
        (["--inference-geo", "us", "-m", "claude-haiku-4-5"], "is not offered"),
        (["--max-usd", "cheap"], "--max-usd='cheap'"),
        (["--cache", "2h"], "2h"),
    ],
)
def test_estimate_refuses_an_option_without_a_price(options, told):
    """With exit code 2 and no traceback; it never falls back to the standard price."""
    result = run("estimate", REPORT, *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["estimate", "survey"])
def test_one_form_at_a_time(command):
    """JSON and CSV together are a mistake."""
    result = run(command, REPORT, "--json", "--csv")
    assert result.exit_code == 2
    assert "--json and --csv" in result.stderr


def test_a_budget_that_is_none_is_refused_before_anything_is_counted(tmp_path):
    """A folder may take minutes; this one is not even there."""
    result = run("survey", str(tmp_path / "no such folder"), "--max-usd", "cheap")
    assert result.exit_code == 2
    assert "is no amount of dollars" in result.stderr


def test_a_survey_keeps_a_budget():
    """As an estimate does: the table is printed, and the reason on stderr."""
    code, out, err = finished(installed("survey", REPORT, "--no-keep", "--max-usd", "0.01", "--max-tokens", "100"))
    assert code == 1
    assert "report.pdf" in out
    assert "$0.0100" in err


def test_estimate_prices_the_options_of_a_request():
    """Fast, in the US, a cache that is filled."""
    plain, fast, us, cached = (
        json.loads(run("estimate", REPORT, "-m", "claude-opus-5-5", "--json", *more).output)["input_cost_usd"]
        for more in ([], ["--speed", "fast"], ["--inference-geo", "us"], ["--cache", "1h"])
    )
    assert (fast, us, cached) == pytest.approx((2 * plain, 1.1 * plain, 2 * plain))


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_tables_keep_within_the_terminal(columns):
    """No line is longer than the terminal is wide."""
    files = [REPORT, PHOTO, str(DATA / "screenshot.png"), str(DATA / "scan.pdf")]
    for command in (["estimate", *files, "-q", "What are the key findings?"], ["check", *files]):
        result = run(*command, "-m", MODEL, columns=columns)
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= columns


def test_output_to_a_file_is_not_wrapped():
    """What another program reads has one line a finding."""
    lines = run("check", str(DATA / "scan.pdf"), "-m", MODEL).output.splitlines()
    assert [line.split()[0] for line in lines] == ["accepted", "note", "ok", "ok", "ok"]


def test_check_exits_0_when_all_is_accepted():
    """Notes and warnings do not fail a script."""
    result = run("check", REPORT, PHOTO, "-m", MODEL)
    assert result.exit_code == 0
    assert result.output.startswith(f"accepted by {MODEL}\n")


def test_check_exits_1_when_something_is_refused(tmp_path):
    """The finding names file, measure, limit and way out."""
    result = run("check", blank_pdf(tmp_path / "long.pdf", 101), "-m", "claude-haiku-4-5")
    assert result.exit_code == 1
    assert "long.pdf: 101 pages, the limit is 100 a request (pdf.pages). Send 2 requests" in result.output


def test_check_prints_one_json_object(tmp_path):
    """With a verdict, the model, and all that was checked; the exit code is the same."""
    result = run("check", blank_pdf(tmp_path / "long.pdf", 101), "-m", "claude-haiku-4-5", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["ok"], told["model"]) == (False, "claude-haiku-4-5-20251001")
    worst = told["checked"][0]
    assert (worst["rule"], worst["level"], worst["where"]) == ("pdf.pages", "error", "long.pdf")


def test_check_knows_the_routes(tmp_path):
    """What passes directly may be too large for Bedrock."""
    noise = tmp_path / "noise.png"
    pil.frombytes("RGB", (1200, 1100), os.urandom(1200 * 1100 * 3)).save(noise, compress_level=0)
    assert run("check", str(noise), "-m", MODEL).exit_code == 0
    result = run("check", str(noise), "-m", MODEL, "--via", "bedrock")
    assert result.exit_code == 1
    assert "noise.png: 5.3 MB in base64, the limit is 5 MB (image.bytes)" in result.output


@pytest.mark.parametrize("command", ["check", "estimate"])
def test_a_missing_file_is_one_line_and_exit_code_2(command):
    """No traceback: the name, and where it was looked for."""
    code, out, err = finished(installed(command, "no-such-file.pdf", "--model", MODEL))
    assert (code, out) == (2, "")
    assert err.startswith("claude-kit: no-such-file.pdf: no such file")
    assert err.count("\n") == 1


def test_an_unknown_model_is_one_line_with_near_misses():
    """A typing error is answered with what was meant."""
    code, out, err = finished(installed("estimate", REPORT, "--model", "claude-sonet-5-5"))
    assert (code, out) == (2, "")
    assert "claude-sonnet-5-5" in err
    assert err.count("\n") == 1


def test_ask_streams_an_answer_of_the_offline_model():
    """Without a key it says that no Claude was asked, repeats the question, and names what it was sent."""
    code, out, err = finished(installed("ask", REPORT, "What are the key findings?", "--model", MODEL))
    assert (code, err) == (0, "")
    assert "no Claude was asked" in out
    assert "What are the key findings?" in out
    assert "3 pages" in out


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send there")
def test_ctrl_c_keeps_what_has_arrived():
    """The answer so far stays on the screen, it is said to be incomplete, and there is no traceback."""
    process = installed("ask", REPORT, PHOTO, "What are the key findings?", "--model", MODEL)
    assert process.stdout is not None
    first = process.stdout.read(60)
    process.send_signal(signal.SIGINT)
    code, rest, err = finished(process)
    assert (code, err) == (1, "")
    assert len(first) == 60
    assert "Stopped before the answer was complete" in rest


def test_ask_needs_a_question():
    """A file in the place of the question is not asked as if it were one."""
    code, out, err = finished(installed("ask", PHOTO))
    assert (code, out) == (2, "")
    assert "the last word is the question" in err


def test_a_terminal_without_unicode_still_gets_its_table():
    """What it cannot write is replaced."""
    code, out, err = finished(installed("estimate", REPORT, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}))
    assert (code, err) == (0, "")
    assert "report.pdf" in out


@pytest.mark.parametrize("command", ["check", "estimate", "survey", "ask", "lab"])
def test_help_says_what_a_command_does(command):
    """Each command is listed with a sentence, and explains its own options."""
    # Typer colours its help where a variable such as PY_COLORS or GITHUB_ACTIONS is set, terminal or not.
    overview, own = (
        re.sub(r"\x1b\[[0-9;]*m", "", run(*words, columns=100).output) for words in (["--help"], [command, "--help"])
    )
    assert command in overview
    assert f"Usage: root {command}" in own
    assert len(own.splitlines()) > 8


def test_no_arguments_show_the_help():
    """Whoever types the bare name is told what there is."""
    result = run()
    assert "check" in result.output
    assert "estimate" in result.output


def test_survey_prices_a_folder(tmp_path):
    """`claude-kit survey "notebooks/data/**/*.pdf" --json`: the totals, and a row a file."""
    cache = {"CLAUDE_KIT_CACHE": str(tmp_path)}
    command = installed("survey", str(DATA / "**/*.pdf"), "-m", MODEL, "-q", "Why?", "--batch", "--json", env=cache)
    code, out, err = finished(command)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert [(Path(row["file"]).name, row["pages"]) for row in told["files"]] == [("report.pdf", 3), ("scan.pdf", 1)]
    assert told["totals"]["pages"] == 4
    one = json.loads(run("estimate", REPORT, "-m", MODEL, "-q", "Why?", "--batch", "--json").output)
    assert told["files"][0]["cost_usd"] == pytest.approx(one["cost_usd"])
    assert list(tmp_path.rglob("survey/*.jsonl"))


def test_survey_prints_rows_for_other_programs():
    """One line a file, no sum among them, nothing wrapped."""
    header, *rows = run("survey", REPORT, PHOTO, "-m", MODEL, "--no-keep", "--csv").output.splitlines()
    assert header.startswith("file,kind,pages,scanned_pages,bytes,")
    assert [row.split(",")[:3] for row in rows] == [[REPORT, "pdf", "3"], [PHOTO, "image", "0"]]


def test_survey_fails_only_if_no_file_can_be_read(tmp_path):
    """What is wrong with some is in their rows; exit code 1 is for a survey that says nothing."""
    (tmp_path / "empty.pdf").write_bytes(b"")
    some = run("survey", str(tmp_path), REPORT, "-m", MODEL, "--no-keep", columns=100)
    none = run("survey", str(tmp_path), "-m", MODEL, "--no-keep", columns=100)
    assert (some.exit_code, none.exit_code) == (0, 1)
    assert "empty (0 bytes)" in some.output
    assert max(map(len, some.output.splitlines())) <= 100


def test_survey_says_where_it_looked(tmp_path):
    """No match is one line and exit code 2."""
    code, out, err = finished(installed("survey", str(tmp_path / "*.pdf"), "-m", MODEL))
    assert (code, out) == (2, "")
    assert err.startswith(f"claude-kit: {tmp_path / '*.pdf'}: no file matches")
    assert err.count("\n") == 1
