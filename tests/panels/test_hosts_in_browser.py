"""The panels in other pages than JupyterLab's: Notebook 7, Voila, which serves a notebook as a page, and marimo."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from tests.content import making
from tests.contrast import low_contrast
from tests.gateway import free_port, stop, wait_for
from tests.jupyter import JupyterLab, LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

OFFLINE = 'model="claude-sonnet-5-5", client=ck.Client.offline(pace_s=0)'

# What each panel is made with, and what shows that it is alive: only its script makes it.
PANELS = {
    "inspector": ('ck.PdfInspector("paper.pdf", model="claude-sonnet-5-5")', ".ck-inspector :text('Invert')"),
    "explorer": ('ck.CostExplorer("paper.pdf", model="claude-sonnet-5-5")', ".ck-explorer input[type=range] >> nth=0"),
    "chat": (f"ck.ChatPanel({OFFLINE})", ".ck-chat textarea >> nth=0"),
}
SAID = "Two paragraphs\n\nand a list:\n\n1. Herons\n2. [Gulls](https://x.test)"
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-5-5", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]
CELLS = (*(made for made, _ in PANELS.values()), f'ck.ask("Which birds?", {OFFLINE})', f"ck.show({EVENTS!r})")
OUTPUT_WIDGET = f"""
import ipywidgets

out, button = ipywidgets.Output(), ipywidgets.Button(description="Ask")

@button.on_click
def _(_):
    with out:
        ck.ask("Asked by a button", {OFFLINE})

with out:
    ck.ask("Asked by the cell", {OFFLINE})
ipywidgets.VBox([button, out], _dom_classes=["caught"])
"""
HAS_FOCUS = "it => it.getRootNode().activeElement === it"
MARIMO = """
# /// script
# [tool.marimo.display]
# theme = "dark"
# ///
import marimo

app = marimo.App()


@app.cell
def _():
    import claude_kit as ck
    return (ck,)
"""
MARIMO_CELL = """

@app.cell
def _(ck):
    {code}
    return
"""
COMMANDS = {
    "voila": ("voila", "panel.ipynb", "--no-browser", "--Voila.ip=127.0.0.1", "--port={port}"),
    "marimo": ("marimo", "run", "panel.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}"),
}

# What answers without running the notebook, as every visit of the page does.
READY = {"voila": "/voila/static/theme-light.css", "marimo": "/health"}


ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1[:/])")
VOILAS_OWN = "https://cdn.jsdelivr.net/npm/@fortawesome/"


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


def write(folder: Path) -> None:
    """Write what each host serves: the panels and an answer; in Jupyter's notebook one in an Output widget too."""
    words = ["How much it was", "What the cormorants did", "Where they went"]
    (folder / "paper.pdf").write_bytes(making.pdf(words))
    cells = ["import claude_kit as ck", *CELLS, OUTPUT_WIDGET]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "panel.ipynb")
    marimo = MARIMO.lstrip() + "".join(MARIMO_CELL.format(code=code) for code in CELLS)
    (folder / "panel.py").write_text(marimo, encoding="utf-8")


@pytest.fixture(scope="module", params=COMMANDS)
def page(
    request: pytest.FixtureRequest, chromium: "Browser", tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Page"]:
    """Open the page of each host once for all tests; nothing in it fails, and nobody else is asked for anything."""
    folder = tmp_path_factory.mktemp(request.param)
    write(folder)
    errors: list[str] = []
    asked: list[str] = []

    def abort(route: "Route") -> None:
        if not route.request.url.startswith(VOILAS_OWN):
            asked.append(route.request.url)
        route.abort()

    context = chromium.new_context(viewport={"width": 1100, "height": 1400})
    context.set_default_timeout(120_000)
    context.route(ELSEWHERE, abort)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    with serving(request.param, folder) as address:
        page.goto(address)
        yield page
        context.close()
    assert errors == asked == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_alive_there(page: "Page", panel: str) -> None:
    """It is drawn by its script."""
    page.locator(PANELS[panel][1]).wait_for()


def test_a_slider_of_the_explorer_changes_the_summary(page: "Page") -> None:
    """What the kernel makes of it comes back, and stands at the top."""
    explorer = page.locator(".ck-explorer")
    explorer.get_by_text("1 document of 3 pages").first.wait_for()
    explorer.get_by_role("slider", name="documents").fill("600")
    summary = explorer.locator(".ck-summary", has_text="1,000 documents of 3 pages")
    summary.wait_for()


def test_a_question_in_the_chat_is_answered(page: "Page") -> None:
    """Sent by a key, answered by the offline model; the next one too."""
    chat = page.locator(".ck-chat")
    for number, question in enumerate(("Are herons shy?", "And gulls?")):
        chat.get_by_label("Your question").fill(question)
        chat.get_by_label("Your question").press("Enter")
        chat.locator("[data-ck-turn]").nth(number).locator(".ck-status").wait_for()
        answer = chat.locator("[data-ck-turn]").nth(number).locator(".ck-answer")
        assert f"You asked: “{question}”" in answer.inner_text()


def test_a_page_that_is_selected_is_counted_and_read(page: "Page") -> None:
    """The price of the selection is the kernel's, and so is the text of the page that is opened."""
    inspector = page.locator(".ck-inspector")
    inspector.locator(".ck-tag.ck-is-ok").wait_for()
    cell = inspector.get_by_role("option", name="page 2")
    cell.click()
    inspector.get_by_text("1 of 3 pages selected").wait_for()
    inspector.locator(".ck-chosen span:not(.ck-stale)", has_text="tokens, $0.003").wait_for()
    cell.press("Enter")
    text = inspector.locator(".ck-text")
    text.locator("summary").click()
    assert text.locator("pre").inner_text().strip() == "What the cormorants did"
    inspector.locator(".ck-viewer").press("Escape")
    inspector.locator(".ck-viewer").wait_for(state="hidden")


def test_the_focus_is_where_a_reader_left_it(page: "Page") -> None:
    """Turning pages keeps the button, editing leads to the box: also in a shadow root, of which the page knows less."""
    inspector = page.locator(".ck-inspector")
    inspector.get_by_role("option", name="page 1").press("Enter")
    inspector.get_by_label("page after").press("Enter")
    inspector.locator(".ck-viewer b", has_text="page 2").wait_for()
    assert inspector.get_by_label("page after").evaluate(HAS_FOCUS)
    page.keyboard.press("Escape")

    chat = page.locator(".ck-chat")
    box = chat.get_by_label("Your question")
    box.fill("Do terns dive?")
    box.press("Enter")
    chat.locator("[data-ck-turn]", has_text="Do terns dive?").get_by_role("button", name="Edit").click()
    chat.get_by_text("Editing").wait_for()
    assert box.input_value() == "Do terns dive?"
    assert box.evaluate(HAS_FOCUS)
    page.keyboard.press("Escape")
    chat.get_by_text("Editing").wait_for(state="hidden")


def test_an_answer_stands_in_its_final_form(page: "Page") -> None:
    """No panel is needed for it: what was thought, what was said, and what it took."""
    answer = page.locator(".ck", has_text="Which birds?").filter(has=page.locator(".ck-status")).last
    answer.wait_for()
    assert "You asked: “Which birds?”" in answer.locator(".ck-answer").inner_text()
    assert "out " in answer.locator(".ck-status").inner_text()
    answer.locator(".ck-thinking summary").click()
    assert answer.locator(".ck-thought").is_visible()
    assert page.locator(".ck-live", has_text="Which birds?").count() == 0


def test_an_answer_reads_as_it_was_written(page: "Page") -> None:
    """A list has its numbers, a paragraph its distance and a link its colour, also where a page has taken them away."""
    answer = page.locator(".ck-answer", has_text="Two paragraphs")
    looks = "(it, name) => getComputedStyle(it)[name]"
    assert answer.locator("ol").evaluate(looks, "listStyleType") == "decimal"
    assert answer.locator("p").first.evaluate(looks, "marginBottom") == "14px"
    assert answer.locator("a").evaluate(looks, "color") != answer.evaluate(looks, "color")


@pytest.mark.parametrize("page", ["voila"], indirect=True)
def test_an_answer_in_an_output_widget_gets_its_final_form(page: "Page") -> None:
    """Asked before anyone looked, and by a button of the page: HTML that stays, no widget whose answer has ended."""
    caught = page.locator(".caught")
    caught.get_by_text("You asked: “Asked by the cell”").wait_for()
    assert caught.locator(".ck-live").count() == 0
    caught.get_by_role("button", name="Ask").click()
    final = caught.locator("[data-mime-type='text/html'] .ck", has_text="You asked: “Asked by a button”")
    final.locator(".ck-status").wait_for()
    assert caught.locator(".ck-live").count() == 0
    assert caught.locator(".ck-answer").count() == 2


@pytest.mark.parametrize("page", ["marimo"], indirect=True)
def test_all_words_stand_out_where_it_is_dark(page: "Page") -> None:
    """In marimo's dark theme, which gives its colours no names that are known here: by its color-scheme."""
    assert page.locator("body.dark").count() == 1
    for one in page.locator(".ck").filter(visible=True).all():
        assert low_contrast(one) == []
    for panel in (".ck-inspector", ".ck-explorer"):
        red = page.locator(panel).evaluate("it => Number(getComputedStyle(it).backgroundColor.match(/[0-9]+/)[0])")
        assert red < 64


def test_the_panels_are_alive_in_notebook_7(chromium: "Browser", jupyter_notebook: JupyterLab) -> None:
    """They come alive in the HTML that is saved, as in JupyterLab."""
    (jupyter_notebook.root_dir / "paper.pdf").write_bytes(making.long_pdf(3))
    with LabPage(chromium, jupyter_notebook) as page:
        page.open(
            jupyter_notebook.write("panel.ipynb", [f"import claude_kit as ck\n{made}" for made, _ in PANELS.values()])
        )
        page.run_all()
        for cell, (_, alive) in enumerate(PANELS.values()):
            page.outputs(cell).locator(alive).wait_for()
    jupyter_notebook.shutdown_kernels()
