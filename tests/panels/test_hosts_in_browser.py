"""The panels in other pages than JupyterLab's: Notebook 7, Voila, which serves a notebook as a page, and marimo."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.content import making
from tests.gateway import free_port, stop, wait_for
from tests.jupyter import JupyterLab, LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# What each panel is made with, and what shows that it is alive: only its script makes it.
PANELS = {
    "inspector": ('ck.PdfInspector("paper.pdf", model="claude-sonnet-5-5")', ".ck-inspector :text('Invert')"),
    "explorer": ('ck.CostExplorer("paper.pdf", model="claude-sonnet-5-5")', ".ck input[type=range] >> nth=0"),
    "chat": ('ck.ChatPanel(model="claude-sonnet-5-5")', ".ck textarea >> nth=0"),
}
MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import claude_kit as ck

    panel = {panel}
    panel
    return


if __name__ == "__main__":
    app.run()
"""
COMMANDS = {
    "voila": ("voila", "panel.ipynb", "--no-browser", "--Voila.ip=127.0.0.1", "--port={port}"),
    "marimo": ("marimo", "run", "panel.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}"),
}

# What answers without running the notebook, as every visit of the page does.
READY = {"voila": "/voila/static/theme-light.css", "marimo": "/health"}


@contextmanager
def serving(host: str, folder: Path) -> Iterator[str]:
    """Serve the notebook of a folder on a free port of 127.0.0.1; yield its address."""
    port, log = free_port(), folder / f"{host}.log"
    command = [sys.executable, "-m", *(word.format(port=port) for word in COMMANDS[host])]
    # Without what the lessons set for all that is started beside them.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLAUDE_KIT_")}
    environment = {**inherited, "JUPYTER_PREFER_ENV_PATH": "1", "HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(process, port, READY[host], log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        stop(process)


@pytest.fixture
def page(chromium: "Browser") -> Iterator["Page"]:
    """Open a page that has what a reader's has."""
    context = chromium.new_context(viewport={"width": 1100, "height": 1400})
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("host", COMMANDS)
def test_a_panel_is_alive_there(page: "Page", tmp_path: Path, host: str, panel: str) -> None:
    """It is drawn by its script, with the kernel behind it."""
    made, alive = PANELS[panel]
    (tmp_path / "paper.pdf").write_bytes(making.long_pdf(3))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(f"import claude_kit as ck\n{made}")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "panel.ipynb")
    (tmp_path / "panel.py").write_text(MARIMO.format(panel=made), encoding="utf-8")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with serving(host, tmp_path) as address:
        page.goto(address)
        page.locator(alive).wait_for()
        assert errors == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_alive_in_notebook_7(chromium: "Browser", jupyter_notebook: JupyterLab, panel: str) -> None:
    """It comes alive in the HTML that is saved, as in JupyterLab."""
    made, alive = PANELS[panel]
    (jupyter_notebook.root_dir / "paper.pdf").write_bytes(making.long_pdf(3))
    with LabPage(chromium, jupyter_notebook) as page:
        page.open(jupyter_notebook.write("panel.ipynb", [f"import claude_kit as ck\n{made}"]))
        page.run_all()
        page.outputs(0).locator(alive).wait_for()
    jupyter_notebook.shutdown_kernels()
