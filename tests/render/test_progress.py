"""How far a long task is: a bar where somebody watches, one quiet line when it is done, nothing elsewhere."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

TASK = """
from claude_kit.render.progress import progress
with progress({total}, "request", shown={shown}) as bar:
    for done in range(1, 4):
        bar.show(done, "1 failed, $0.02")
"""


def kept(code: str) -> list[dict]:
    """Run a cell; return what the notebook keeps of it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return notebook.cells[0]["outputs"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(
    ("total", "says"), [(3, "3 requests in "), (5, "stopped after 3 of 5 requests, "), (None, "3 requests in ")]
)
def test_a_notebook_keeps_one_quiet_line(total: int | None, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved says how many there were, in what time, and what was said last; there is no widget in it."""
    monkeypatch.delenv("CLAUDE_KIT_STATIC", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")  # as Jupyter Server gives it to the kernel of an open page
    (output,) = kept(TASK.format(total=total, shown=True))
    assert output["data"]["text/plain"].startswith(says)
    assert output["data"]["text/plain"].endswith(" s, 1 failed, $0.02")
    assert set(output["data"]) == {"text/html", "text/plain"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_that_is_compared_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under CLAUDE_KIT_STATIC two runs show the same: nothing."""
    monkeypatch.setenv("CLAUDE_KIT_STATIC", "1")
    assert kept(TASK.format(total=3, shown=True)) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
@pytest.mark.parametrize("shown", [True, False])
def test_a_terminal_has_a_bar_that_goes_away(shown: bool) -> None:
    """It is drawn on stderr, with what is said beside it, unless nobody wants it."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = [sys.executable, "-c", TASK.format(total=3, shown=shown)]
    done = subprocess.run(command, stderr=theirs, stdout=subprocess.PIPE, check=True, timeout=60)
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65536):
            drawn += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert done.stdout == b""
    assert (b"0/3" in drawn) is shown


def test_elsewhere_nothing_is_said() -> None:
    """Where stderr goes to a file there is no bar in it."""
    done = subprocess.run([sys.executable, "-c", TASK.format(total=3, shown=True)], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
