"""Dials are turned, in a real JupyterLab, and table and chart follow."""

from typing import TYPE_CHECKING

import pytest

from tests.content import making
from tests.jupyter import LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror='window.pwned=1'>.pdf"
SHOW = f"""
import claude_kit as ck
models = ['claude-haiku-4-5', 'claude-sonnet-5-5', 'claude-opus-5-5']
explorer = ck.CostExplorer({NAME!r}, models=models, documents=1000)
explorer
"""
CELLS = (
    SHOW,
    "explorer.state",
    "explorer.state = {'questions': 50, 'pages': 200, 'models': 'claude-opus-5-5'}",
    "10 / 2",
)
BUSY = "import time; time.sleep(6)"
IN_A_BOX = SHOW.replace("\nexplorer\n", "\nimport ipywidgets\nipywidgets.VBox([explorer])\n")

# What a reader would see flicker: the chart, its lines, the rows, made anew.
MARK = (
    """root => root.querySelectorAll('svg, svg *, tr, td, th, input').forEach(one => { one.dataset.same = 'yes'; })"""
)
NOT_MARKED = (
    "root => [...root.querySelectorAll('svg, polyline, tr, td, input')].filter(one => !one.dataset.same).length"
)


def shown(lab_page: LabPage, *cells: str) -> "Locator":
    (lab_page.lab.root_dir / NAME).write_bytes(making.pdf(["How much it was. " * 5, "two", "three"]))
    lab_page.open(lab_page.lab.write("explorer.ipynb", cells or CELLS))
    lab_page.run_cell(0)
    explorer = lab_page.outputs(0).locator(".ck-explorer")
    explorer.locator("polyline").first.wait_for()
    lab_page.page.wait_for_timeout(300)  # the chart is drawn anew when its width is known
    return explorer


@pytest.fixture
def explorer(lab_page: LabPage) -> "Locator":
    """An explorer of three pages, a thousand times, for three models."""
    return shown(lab_page)


def says(explorer: "Locator", words: str) -> None:
    """Wait until the sentence at the top says so."""
    explorer.locator(".ck-summary", has_text=words).wait_for()


def hears(lab_page: LabPage, *settings: str) -> str:
    """Wait until the explorer's state in the kernel has these settings, and return all of it."""
    return lab_page.run_until(1, *settings)[0]


def test_table_and_chart_follow_a_slider(explorer: "Locator", lab_page: LabPage) -> None:
    """The numbers are the kernel's; the same SVG, lines, rows and cells stay, and only what they say changes."""
    lines = explorer.locator("polyline")
    before = explorer.locator(".ck-summary").inner_text(), explorer.locator("svg").inner_html()
    assert before[0].startswith("1,000 documents of 3 pages, 20 questions each: $")
    explorer.evaluate(MARK)
    slider = explorer.get_by_role("slider", name="documents")
    slider.fill("800")
    says(explorer, "10,000 documents of 3 pages")
    assert slider.get_attribute("aria-valuetext") == "10,000 documents"
    assert explorer.get_by_role("spinbutton", name="documents").input_value() == "10000"
    assert explorer.locator("svg").inner_html() != before[1]
    assert explorer.evaluate(NOT_MARKED) == 0
    assert lines.count() == 3
    hears(lab_page, "'documents': 10000")
    assert lab_page.page.evaluate("window.pwned") is None
    assert lab_page.console_errors == []


def test_the_newest_of_many_turns_wins(explorer: "Locator", lab_page: LabPage) -> None:
    """Turned faster than the kernel answers, it ends at the last, and the kernel was asked less often."""
    lab_page.page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (data) { window.sent += 1; return send.call(this, data); }; }"
    )
    slider = explorer.get_by_role("slider", name="questions each")
    slider.evaluate(
        "slider => { for (let at = 0; at <= 1000; at += 2) {"
        " slider.value = String(at); slider.dispatchEvent(new Event('input', {bubbles: true})); } }"
    )
    says(explorer, "3 pages, 1,000 questions each")
    assert explorer.get_by_role("spinbutton", name="questions each").input_value() == "1000"
    assert lab_page.page.evaluate("window.sent") < 20
    hears(lab_page, "'questions': 1000")


def test_code_turns_the_dials_too(explorer: "Locator", lab_page: LabPage) -> None:
    """What a cell sets stands on the page; models that are not compared any more are gone."""
    lab_page.run_cell(2)
    says(explorer, "1,000 documents of 200 pages, 50 questions each")
    assert explorer.get_by_role("spinbutton", name="pages each").input_value() == "200"
    assert explorer.get_by_role("checkbox", name="opus-5-5").is_checked()
    assert not explorer.get_by_role("checkbox", name="haiku-4-5").is_checked()
    assert explorer.locator("tbody tr").count() == 1
    assert explorer.locator("polyline").count() == 1


def test_the_keyboard_is_enough(explorer: "Locator", lab_page: LabPage) -> None:
    """Tab, arrows and Space; the notebook's own keys stay out of it; what it costs is read out."""
    keys = lab_page.page.keyboard
    explorer.get_by_role("slider", name="documents").focus()
    keys.press("ArrowRight")
    keys.press("PageUp")
    says(explorer, "2,200 documents")
    keys.press("Tab")
    keys.press("ControlOrMeta+a")
    keys.type("77")
    says(explorer, "77 documents")
    explorer.get_by_role("radio", name="none").focus()
    keys.press("ArrowRight")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Space")
    explorer.locator("tbody tr").nth(3).wait_for()
    told = hears(lab_page, "'documents': 77", "'cache': '5m'", "'batch': True")
    assert told.count("claude-") == 4
    explorer.locator("[aria-live=polite]", has_text="77 documents").wait_for(state="attached")
    assert "77 documents" in (explorer.locator("caption").text_content() or "")


def test_every_control_is_reached_and_turned_by_keys(explorer: "Locator", lab_page: LabPage) -> None:
    """Tab comes by each of them in the order in which they stand, and each does with keys what it does with a mouse."""
    keys = lab_page.page.keyboard
    named = (
        "() => { const it = document.activeElement;"
        " return it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent; }"
    )
    turns = {
        "documents": ["Home"],
        "pages each": ["ArrowRight", "ArrowRight"],
        "questions each": ["PageUp"],
        "tokens an answer": ["ArrowLeft"],
        "none": ["ArrowRight", "ArrowRight"],
        "as a batch, at half the price": ["Space"],
        "opus-5": ["Space"],
        "questions": ["ArrowRight"],
        "How this is counted": ["Enter"],
    }
    explorer.get_by_role("slider", name="documents").focus()
    reached = []
    while (name := lab_page.page.evaluate(named)) != "How this is counted":
        for key in turns.pop(name, []):
            keys.press(key)
        reached.append(name)
        keys.press("Tab")
        assert len(reached) < 40
    keys.press(turns.pop(name)[0])
    assert turns == {}
    assert reached[:8:2] == reached[1:8:2] == ["documents", "pages each", "questions each", "tokens an answer"]
    assert explorer.get_by_text("Each question stands alone").is_visible()
    says(explorer, "1 document of 5 pages, 40 questions: $")
    hears(lab_page, "'documents': 1,", "'pages': 5,", "'questions': 40,", "'expect_output': 790,", "'cache': '1h'")
    hears(lab_page, "'batch': True", "'over': 'documents'", "claude-opus-5'")


def test_what_is_refused_and_what_is_no_number(explorer: "Locator", lab_page: LabPage) -> None:
    """The limit stands in the row; a number that is none is not sent, and gone when the field is left."""
    field = explorer.get_by_role("spinbutton", name="pages each")
    field.fill("101")
    explorer.get_by_text("refused: 101 pages, the limit is 100 a request").wait_for()
    field.fill("")
    assert field.get_attribute("aria-invalid") == "true"
    explorer.get_by_role("radio", name="documents").check(force=True)
    assert field.input_value() == "101"
    hears(lab_page, "'pages': 101")
    hears(lab_page, "'over': 'documents'")


def test_it_is_saved_as_it_stands_and_found_again(explorer: "Locator", lab_page: LabPage) -> None:
    """After a while the file holds the last change; a reload shows it alive, a restart as HTML."""
    explorer.get_by_role("spinbutton", name="questions each").fill("7")
    says(explorer, "3 pages, 7 questions each")
    lab_page.page.wait_for_timeout(1500)
    explorer.get_by_role("slider", name="documents").wait_for()
    saved = lab_page.save()
    data = saved.cells[0].outputs[0].data
    assert data.keys() == {"text/html", "text/plain"}
    assert "3 pages, 7 questions each, answers of 800 tokens, no cache" in data["text/html"]
    assert "<polyline" in data["text/html"]
    assert "7 questions each" in data["text/plain"]
    assert "widgets" not in saved.metadata
    lab_page.reload()
    explorer = lab_page.outputs(0).locator(".ck-explorer")
    explorer.get_by_role("spinbutton", name="questions each").fill("8")
    says(explorer, "3 pages, 8 questions each")
    lab_page.restart_kernel()
    lab_page.reload()
    lab_page.outputs(0).get_by_text("questions each").first.wait_for()
    assert lab_page.outputs(0).get_by_role("slider").count() == 0
    assert lab_page.outputs(0).locator("polyline").count() == 3
    assert lab_page.page.evaluate("window.pwned") is None


def test_a_slider_that_is_dragged_is_not_let_go(explorer: "Locator", lab_page: LabPage) -> None:
    """Held still for longer than it takes to be saved, it moves on."""
    slider = explorer.get_by_role("slider", name="documents")
    box = slider.bounding_box()
    assert box is not None
    mouse = lab_page.page.mouse
    middle = box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] * 0.3, middle)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.5, middle)
    lab_page.page.wait_for_timeout(1500)
    between = slider.input_value()
    mouse.move(box["x"] + box["width"] * 0.9, middle)
    mouse.up()
    assert int(slider.input_value()) > int(between) + 200
    lab_page.page.wait_for_timeout(1500)
    documents = explorer.get_by_role("spinbutton", name="documents").input_value()
    html = lab_page.save().cells[0].outputs[0].data["text/html"]
    assert f"{int(documents):,} documents of 3 pages" in html


def test_a_busy_kernel_is_told(lab_page: LabPage) -> None:
    """The dial shows its own number at once; the rest comes when the kernel has time."""
    explorer = shown(lab_page, SHOW, BUSY)
    lab_page.run_cell(1, wait=False)
    lab_page.page.wait_for_timeout(500)
    explorer.get_by_role("slider", name="documents").fill("800")
    assert explorer.get_by_role("spinbutton", name="documents").input_value() == "10000"
    busy = explorer.get_by_text("kernel is busy")
    if "10,000" not in explorer.locator(".ck-summary").inner_text():  # in some kernels another thread answers
        busy.wait_for()
    lab_page.wait_done()
    says(explorer, "10,000 documents of 3 pages")
    assert busy.count() == 0


def test_without_a_kernel_it_asks_for_nothing(explorer: "Locator", lab_page: LabPage) -> None:
    """Once the kernel was started anew, the page shows what is saved, throws nothing, and sends nothing."""
    explorer.get_by_role("slider", name="documents").fill("800")
    says(explorer, "10,000 documents of 3 pages")
    lab_page.page.wait_for_timeout(1500)
    lab_page.restart_kernel()
    saved = lab_page.outputs(0)
    saved.get_by_text("10,000 documents of 3 pages, 20 questions each, answers of").wait_for()
    assert saved.get_by_role("slider").count() == 0
    lab_page.page.set_viewport_size({"width": 900, "height": 1600})  # a live one would ask for another chart
    lab_page.page.wait_for_timeout(500)
    assert lab_page.page_errors == []


def test_it_stands_in_a_box_of_widgets(lab_page: LabPage) -> None:
    """As any widget does."""
    explorer = shown(lab_page, IN_A_BOX)
    explorer.get_by_role("spinbutton", name="questions each").fill("7")
    says(explorer, "3 pages, 7 questions each")
    assert lab_page.console_errors == []


def test_it_fits_a_narrow_page(lab_page: LabPage) -> None:
    """At 400 pixels nothing stands out of it, and the chart is drawn for that width."""
    explorer = shown(lab_page)
    lab_page.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area').then(() => true)")
    lab_page.page.set_viewport_size({"width": 480, "height": 1600})
    lab_page.page.wait_for_function("() => document.querySelector('.ck-explorer svg').viewBox.baseVal.width < 400")
    assert (
        explorer.evaluate(
            "root => { const right = root.getBoundingClientRect().right;"
            " return [...root.querySelectorAll('input, label, svg, summary')]"
            ".filter(one => one.getBoundingClientRect().right > right + 1).length; }"
        )
        == 0
    )
