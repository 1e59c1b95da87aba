"""Every lesson, as a person runs it: all cells in JupyterLab, in a real browser, with the kernel live."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.jupyter import JupyterLab, LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))

# No lesson takes a quarter of that, alone on a machine.
LONG_S = 240.0


@pytest.fixture(scope="module")
def lessons(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """Serve a copy of the lessons, their saved outputs removed."""
    folder = tmp_path_factory.mktemp("lessons")
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    for name in LESSONS:
        notebook = nbformat.read(folder / name, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        nbformat.write(notebook, folder / name)
    with JupyterLab(folder) as lab:
        yield lab


@pytest.fixture
def page(chromium: "Browser", lessons: JupyterLab) -> Iterator[LabPage]:
    """Open a page on them; its kernel ends with the test."""
    with LabPage(chromium, lessons, height=5000) as page:
        yield page
    lessons.shutdown_kernels()


def may_raise(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell shows what an error looks like."""
    return "raises-exception" in cell.metadata.get("tags", ())


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_live(page: LabPage, lesson: str) -> None:
    """To its end, without an error, a request that leaves this machine, or a widget in the file."""
    page.open(lesson)
    page.run_all(wait=False)
    page.wait_done(LONG_S)
    notebook = page.save()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.source.strip() and cell.execution_count is None] == []
    failed = [cell for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    assert [cell.source for cell in failed if not may_raise(cell)] == []

    assert page.page_errors == []
    assert page.console_errors == []
    assert page.outside_requests == []

    assert "widgets" not in notebook.metadata
    saved = str([cell.outputs for cell in cells])
    assert "Error displaying widget" not in saved
    assert "application/vnd.jupyter.widget-view+json" not in saved
    assert "Error displaying widget" not in "".join(page.page.locator(".jp-OutputArea-output").all_inner_texts())


def test_there_are_lessons() -> None:
    """A folder that has moved does not pass as one without errors."""
    assert len(LESSONS) >= 8
