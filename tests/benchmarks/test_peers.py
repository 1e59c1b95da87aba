"""The comparison with peers, with none of them."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

import claude_kit as ck
from claude_kit.estimate import texts
from tests.benchmarks import known, peers


def unanswered(model: str, given: object) -> int:
    raise LookupError(f"no tokenizer for {model}\nand more that nobody reads")


MODEL = "claude-sonnet-4-5"
OURS = peers.COUNTERS[0]
DOUBLE = peers.Counter("double", OURS.prepared, lambda model, parts: OURS.count(model, parts) * 2)
SILENT = peers.Counter("silent", OURS.prepared, unanswered)


def case(text: str) -> known.Case:
    return known.Case("words", MODEL, (text,), ck.estimate(text, model=MODEL).input_tokens)


def test_each_counter_is_judged_by_the_same_requests() -> None:
    """Errors are in percent of the truth, with their sign; whoever raises gives no answer, and says why in a line."""
    cases = [case("one"), case("another"), case("one")]
    results = peers.compared(cases, [DOUBLE, SILENT])["words"]
    assert results["double"].errors == [100, 100, 100]
    assert len(results["double"].times_ms) == 2  # the third was seen before
    assert results["silent"].refused == ["LookupError: no tokenizer for claude-sonnet-4-5"] * 3
    lines = peers.table({"words": results}).splitlines()
    assert lines[2].split()[:5] == ["words", "double", "3", "100.0", "+100.0"]
    assert lines[3].split() == ["silent", "3", "3"]


def test_it_runs_with_whoever_is_there(tmp_path: Path) -> None:
    """Those that are missing are named, with the way to get them."""
    for kind in known.CONTENT:
        (tmp_path / f"{kind}.jsonl").write_text("", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.peers", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = peers.installed()
    assert f"claude_kit {here['claude_kit']}" in done.stdout
    for counter in peers.COUNTERS:
        told = f"{counter.name} {here.get(counter.name)}" if counter.name in here else "not installed"
        assert told in done.stdout


@pytest.mark.skipif(not texts.is_exact(), reason="ctok is not here: it needs Python 3.12")
def test_what_is_made_here_is_counted_to_the_token() -> None:
    """Whole requests of every kind, in either tokenizer, against the tokenizer itself and what the same were billed."""
    counted = [(case.content, peers._ours(case.model, list(case.parts)) - case.truth) for case in known.made()]
    kinds = [kind for kind, _ in itertools.groupby(counted, key=lambda found: found[0])]
    assert kinds == ["prose", "code", "JSON", "CJK", "images", "PDFs", "scanned PDFs"] * 2
    assert [found for found in counted if found[1]] == []
