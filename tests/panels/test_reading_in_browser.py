"""The panels can be read: live and saved, in light and dark, as a page of their own, and by one who does not trust."""

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.content import making
from tests.contrast import low_contrast
from tests.jupyter import LabPage
from tests.render.watching import from_a_stranger

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CELLS = (
    "import claude_kit as ck\nck.PdfInspector('report.pdf', model='claude-sonnet-5-5', pages='1-3')",
    "ck.CostExplorer('report.pdf', documents=1000, pages=120)",
    "panel = ck.ChatPanel('claude-sonnet-5-5', client=ck.Client.offline(), budget=0.5)\npanel",
    "_ = panel.chat.ask('What is in it?')",
)
ALIVE = (".ck-inspector .ck-tag.ck-is-ok", ".ck-explorer polyline", "[data-ck-turn] .ck-status")
SAYS = (("3 of 6 pages selected", "turned 90°"), ("1,000 documents of 120 pages", "$"), ("What is in it?", "offline"))
THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme }).then(() => true)"

# Whether the form that is saved was made anew, as it is once all is read, drawn or said.
IS_SETTLED = """cell => {
  const outputs = window.jupyterapp.shell.currentWidget.content.model.cells.get(cell).outputs.toJSON();
  return /data-ck-version="[1-9]/.test(JSON.stringify(outputs).replaceAll('\\\\', ''));
}"""

# The addresses of MathJax and require.js, which nbconvert puts into every page.
OF_NBCONVERT = "https://cdnjs.cloudflare.com/ajax/libs/"


@pytest.fixture
def shown(lab_page: LabPage) -> LabPage:
    """A notebook with the three panels, alive and saved."""
    (lab_page.lab.root_dir / "report.pdf").write_bytes(making.assorted_pdf())
    lab_page.open(lab_page.lab.write("panels.ipynb", CELLS))
    for cell in range(len(CELLS)):
        lab_page.run_cell(cell)
    for cell, alive in enumerate(ALIVE):
        lab_page.outputs(cell).locator(alive).first.wait_for()
    for cell in range(3):
        lab_page.page.wait_for_function(IS_SETTLED, arg=cell)
    lab_page.page.wait_for_timeout(1500)  # nothing comes that would change the notebook while it is saved
    return lab_page


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_all_words_stand_out(shown: LabPage, theme: str) -> None:
    """Each text, live and saved, from what is behind it, as WCAG's level AA asks."""
    shown.page.evaluate(THEME, theme)
    light = "true" if "Light" in theme else "false"
    shown.page.wait_for_selector(f"body[data-jp-theme-light={light}]", state="attached")
    low = {f"live {cell}": low_contrast(shown.outputs(cell).first) for cell in range(3)}
    shown.save()
    shown.restart_kernel()
    shown.reload()
    for cell in range(3):
        shown.outputs(cell).get_by_text(SAYS[cell][0]).first.wait_for()
        assert shown.outputs(cell).get_by_role("button").count() == 0
        low[f"saved {cell}"] = low_contrast(shown.outputs(cell).first)
    shown.page.evaluate(THEME, "JupyterLab Light")
    assert {where: words for where, words in low.items() if words} == {}


def test_they_are_read_without_a_kernel(shown: LabPage, chromium: "Browser") -> None:
    """As nbconvert's page, and in a notebook that somebody else has run: all is said, nothing is asked for."""
    shown.save()
    notebook = shown.lab.root_dir / "panels.ipynb"
    html = notebook.with_suffix(".html")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output", html, notebook]
    subprocess.run(command, check=True, capture_output=True)
    assert "Error displaying widget" not in html.read_text(encoding="utf-8")
    page = chromium.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.route("http*://**", lambda route: route.abort())
    page.goto(html.as_uri())
    outputs = page.locator(".jp-OutputArea-output")
    for cell in range(3):
        said = outputs.nth(cell).inner_text()
        assert all(words in said for words in SAYS[cell])
    page.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", OF_NBCONVERT))] == []

    shown.open(from_a_stranger(shown, "panels.ipynb"))
    for cell in range(3):
        shown.outputs(cell).get_by_text(SAYS[cell][0]).first.wait_for()
        said = shown.outputs(cell).first.inner_text()
        assert all(words in said for words in SAYS[cell])
        assert low_contrast(shown.outputs(cell).first) == []
    assert shown.outputs(0).locator("img").count() == 3
    stray = shown.outputs(1).get_by_text("questions about each document").last  # the words of the chart, which is gone
    assert stray.evaluate("it => getComputedStyle(it).fontSize") == "0px"
    assert shown.page_errors == shown.outside_requests == []
