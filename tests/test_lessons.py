"""`claude-kit lab`: the lessons open, and run without a browser."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from claude_kit import lessons
from claude_kit.errors import ClaudeKitError
from tests.jupyter import free_port

WITHOUT_DISPLAY = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
LAB = [sys.executable, "-m", "claude_kit.cli", "lab"]


def test_the_lessons_are_found() -> None:
    """In a clone they are the notebooks themselves."""
    assert (lessons.folder() / lessons.FIRST).is_file()


def test_execute_prints_what_the_cells_show() -> None:
    """`claude-kit lab --execute` runs the first lesson, prints its text and ends well, with nothing on stderr."""
    done = subprocess.run([*LAB, "--execute"], capture_output=True, text=True, timeout=120, env=WITHOUT_DISPLAY)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for promised in (
        "report.pdf · 3 pages",
        "accepted by",
        "643 pages",
        "no Claude was asked",
        "This conversation cost",
    ):
        assert promised in done.stdout


def test_a_failing_cell_says_which(tmp_path: Path) -> None:
    """What ran before it has been printed; the error names the cell."""
    import nbformat

    cells = [nbformat.v4.new_code_cell("print('fine')"), nbformat.v4.new_code_cell("1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "bad.ipynb")
    shown = lessons.execute("bad.ipynb", place=tmp_path)
    assert [next(shown), next(shown), next(shown)] == [">>> print('fine')", "fine", ">>> 1 / 0"]
    with pytest.raises(ClaudeKitError, match=r"bad.ipynb, cell 2: ZeroDivisionError"):
        next(shown)


def test_lab_serves_the_lessons_without_a_display() -> None:
    """Without a display `claude-kit lab` opens no browser, prints the address, and serves the first lesson there."""
    port = free_port()
    process = subprocess.Popen(
        [*LAB, f"--port={port}", "--ServerApp.port_retries=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=WITHOUT_DISPLAY,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\S+", line)))
        assert f"/lab/tree/{lessons.FIRST}" in address
        patient = httpx.HTTPTransport(retries=6)  # the address may be printed before anybody listens there
        with httpx.Client(transport=patient, follow_redirects=True, timeout=60) as client:
            answer = client.get(address)
        assert answer.status_code == 200
        assert "JupyterLab" in answer.text
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        process.stdout.close()
