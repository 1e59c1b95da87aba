"""The first lesson, as a person runs it: in JupyterLab, in a real browser, with its kernel live."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.jupyter import JupyterLab, LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSON = "01_first_look.ipynb"

MOST_BASE64 = 30_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lesson(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabPage]:
    """Open the first lesson in a JupyterLab of its own, its saved outputs removed."""
    folder = tmp_path_factory.mktemp("lessons")
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    notebook = nbformat.read(folder / LESSON, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, folder / LESSON)
    with JupyterLab(folder) as lab, LabPage(chromium, lab, height=5000) as page:
        page.open(LESSON)
        page.run_all(wait=False)
        yield page


def asking_cell(page: LabPage) -> int:
    """Return which cell asks the first question."""
    cells = page.lab.read(LESSON).cells
    return next(at for at, cell in enumerate(cells) if "ck.Chat(" in cell.source)


def test_thinking_then_answer_stream_live_and_stay(lesson: LabPage) -> None:
    """Thinking shows open while it comes, folds when the answer begins, and the cell ends as static HTML."""
    at = asking_cell(lesson)
    live = lesson.cell(at).locator(".ck-live")
    live.locator(".ck-thinking[open] .ck-thought", has_text="What are the key findings?").wait_for()
    live.locator("xpath=self::*[@data-phase='answering']").wait_for()
    assert live.locator(".ck-thinking[open]").count() == 0
    assert "offline model" in live.locator(".ck-status").inner_text()

    lesson.wait_done()
    live.wait_for(state="detached")
    saved = lesson.outputs(at)
    answer = saved.locator(".ck-answer").inner_text()
    assert "no Claude was asked" in answer
    assert "Northwind Quarterly Review" in answer
    status = saved.locator(".ck-status").inner_text()
    assert re.search(r"in [\d,]+ · out [\d,]+", status)
    assert re.search(r"\$\d", status)
    assert re.search(r"estimate [\d,]+ in, off by", status)
    saved.locator("summary").click()
    assert "What are the key findings?" in saved.locator(".ck-thought").inner_text()


def test_nothing_is_typeset_as_a_formula_that_is_none(lesson: LabPage) -> None:
    """Dollar amounts stay text: MathJax has turned none of them into a formula."""
    lesson.wait_done()
    assert lesson.page.locator("mjx-container").count() == 0


def test_the_page_is_quiet(lesson: LabPage) -> None:
    """No script error, and no request leaves this machine."""
    lesson.wait_done()
    assert lesson.page_errors == []
    assert lesson.outside_requests == []


def test_the_saved_file_reads_without_widgets(lesson: LabPage) -> None:
    """The file holds every answer as HTML and text, no widget state, and no file's own bytes."""
    lesson.wait_done()
    notebook = lesson.save()
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds == {"text/html", "text/plain"}
    answer = notebook.cells[asking_cell(lesson)].outputs[0].data
    assert "This is the offline model" in answer["text/html"]
    assert "Northwind Quarterly Review" in answer["text/plain"]
    encoded = re.findall(r"base64,([A-Za-z0-9+/=]+)", nbformat.writes(notebook))
    assert encoded
    assert max(map(len, encoded)) < MOST_BASE64


def test_reopened_it_still_reads(lesson: LabPage) -> None:
    """After the page is loaded again the answers are there, with no kernel having run."""
    lesson.wait_done()
    lesson.save()
    lesson.reload()
    saved = lesson.outputs(asking_cell(lesson))
    saved.locator(".ck-answer").wait_for()
    assert "Northwind Quarterly Review" in saved.locator(".ck-answer").inner_text()
    assert "Error displaying widget" not in lesson.page.locator(".jp-Notebook").inner_text()
