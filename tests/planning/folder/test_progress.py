"""How far a survey is: a bar where somebody watches, one quiet line when it is done, nothing where nobody does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from claude_kit.planning import survey

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a folder of five texts."""
    within = tmp_path / "notes"
    within.mkdir()
    for number in range(5):
        (within / f"{number}.txt").write_text(f"note {number}", encoding="utf-8")
    return within


def outputs(notes: Path, tmp_path: Path) -> list[list[dict]]:
    """Run two surveys of the same files in a notebook's kernel; return what each cell shows."""
    call = f"survey({str(notes)!r}, {MODEL!r}, cache_folder={str(tmp_path / 'cache')!r})"
    cells = ["from claude_kit.planning import survey", f"found = {call}", call]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return [cell["outputs"] for cell in notebook.cells[1:]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_keeps_one_quiet_line(notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved says how many files it took how long, and which were known; there is no widget in it."""
    monkeypatch.delenv("CLAUDE_KIT_STATIC", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")  # as Jupyter Server gives it to the kernel of an open page
    (first,), (second, table) = outputs(notes, tmp_path)
    assert re.fullmatch(r"5 files in \d+\.\d s", first["data"]["text/plain"])
    assert re.fullmatch(r"5 files in \d+\.\d s, 5 from the cache", second["data"]["text/plain"])
    assert set(first["data"]) == {"text/html", "text/plain"}
    assert "<script" not in first["data"]["text/html"]
    assert table["data"]["text/plain"].startswith("5 files: $0.0")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_that_is_compared_shows_no_times(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under CLAUDE_KIT_STATIC two runs show the same, whatever is kept from the first."""
    monkeypatch.setenv("CLAUDE_KIT_STATIC", "1")
    first, second = outputs(notes, tmp_path)
    assert first == []
    assert [output["output_type"] for output in second] == ["execute_result"]


def test_elsewhere_nothing_is_said(notes: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where stderr goes to a file there is no bar in it."""
    survey(notes, MODEL, cache_folder=False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
@pytest.mark.parametrize(("shown", "says"), [("True", True), ("False", False)])
def test_a_terminal_has_a_bar_that_goes_away(notes: Path, shown: str, says: bool) -> None:
    """It is drawn on stderr, and gone when all is done."""
    import pty
    import termios

    code = (
        "from claude_kit.planning import survey; "
        f"survey({str(notes)!r}, {MODEL!r}, cache_folder=False, progress={shown})"
    )
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, stderr=theirs, stdout=subprocess.PIPE, check=True, timeout=60)
    os.close(theirs)
    drawn = read(ours)
    assert process.stdout == b""
    assert ("0/5" in drawn) is says
    assert not drawn.strip() or drawn.rpartition("files/s]")[2].strip() == ""


def read(number: int) -> str:
    """Return what was written to a terminal that is closed by now."""
    pieces = []
    try:
        while piece := os.read(number, 65536):
            pieces.append(piece)
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(number)
    return b"".join(pieces).decode()
