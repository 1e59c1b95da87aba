"""Pages are looked at and chosen by hand, in a real JupyterLab."""

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter

from tests.content import making
from tests.jupyter import LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

SHOW = "import claude_kit as ck\ninspector = ck.PdfInspector({name!r}, model='claude-sonnet-5-5'{options})\ninspector"

# What the page asks for, kept by the kernel.
LONG = """
import claude_kit as ck
asked = []
inspector = ck.PdfInspector('long.pdf', model='claude-sonnet-5-5')
inspector.on_msg(lambda widget, message, buffers: asked.extend(message.get('pages', ())))
inspector
"""

# A kernel hears what a page says beside the cells that it runs: by then it has.
HEARD_MS = 300

ATTACK = "<img src=x onerror='window.pwned=1'>.pdf"


def shown(lab_page: LabPage, data: bytes, name: str = "report.pdf", options: str = "") -> "Locator":
    """Show an inspector in the first cell; the second tells its pages, the third sets them."""
    (lab_page.lab.root_dir / name).write_bytes(data)
    cells = [SHOW.format(name=name, options=options), "inspector.pages", "inspector.pages = '5-'"]
    lab_page.open(lab_page.lab.write("inspector.ipynb", cells))
    lab_page.run_cell(0)
    inspector = lab_page.outputs(0).locator(".ck-inspector")
    inspector.locator(".ck-tag.ck-is-ok").wait_for()  # all is read and checked
    return inspector


@pytest.fixture
def assorted(lab_page: LabPage) -> "Locator":
    """Six pages of all kinds, read and checked."""
    return shown(lab_page, making.assorted_pdf())


def page(inspector: "Locator", number: int) -> "Locator":
    return inspector.locator(f'.ck-cell[data-page="{number}"]')


def selected(inspector: "Locator") -> list[int]:
    """Return the pages that stand selected in the grid."""
    pages = inspector.locator('.ck-cell[aria-selected="true"]')
    return [int(number) for number in pages.evaluate_all("them => them.map(one => one.dataset.page)")]


def hears(lab_page: LabPage, pages: str) -> None:
    """Wait until the kernel knows these pages as the selected ones, and no others."""
    assert lab_page.run_until(1, pages) == [pages]


def test_clicks_select(assorted: "Locator", lab_page: LabPage) -> None:
    """A click one, Shift+click all up to it, Ctrl+click one more or less; the price follows."""
    page(assorted, 2).click()
    assert selected(assorted) == [2]
    page(assorted, 5).click(modifiers=["Shift"])
    assert selected(assorted) == [2, 3, 4, 5]
    page(assorted, 3).click(modifiers=["ControlOrMeta"])
    page(assorted, 6).hover()
    page(assorted, 6).locator(".ck-check").click()
    assert selected(assorted) == [2, 4, 5, 6]
    assert assorted.locator(".ck-range").input_value() == "2, 4-6"
    assorted.get_by_text("4 of 6 pages selected").wait_for()
    hears(lab_page, "(2, 4, 5, 6)")
    assorted.locator(".ck-chosen span:not(.ck-stale)").wait_for()
    assert "tokens, $0.0" in assorted.locator(".ck-chosen").inner_text()


def test_the_keyboard_is_enough(assorted: "Locator", lab_page: LabPage) -> None:
    """Arrows move, Space selects, Shift extends, Ctrl+A and Escape; the notebook's own keys stay out of it."""
    keys = lab_page.page.keyboard
    assorted.get_by_role("combobox", name="Show").focus()
    keys.press("Tab")
    keys.press("ArrowRight")
    keys.press("Space")
    assert selected(assorted) == [2]
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowLeft")
    assert selected(assorted) == [2, 3]
    keys.press("End")
    keys.press("Space")
    assert selected(assorted) == [2, 3, 6]
    keys.press("Home")
    keys.press("ArrowDown")
    below = assorted.locator(".ck-cell:focus")
    assert below.bounding_box()["x"] == page(assorted, 1).bounding_box()["x"]  # type: ignore[index]
    keys.press("Control+a")
    assert len(selected(assorted)) == 6
    keys.press("Escape")
    assert selected(assorted) == []
    hears(lab_page, "()")


def test_a_drag_selects(assorted: "Locator", lab_page: LabPage) -> None:
    """All pages between where it begins and where it ends; with Ctrl beside what is selected; it can come back."""
    mouse = lab_page.page.mouse

    def centre(number: int) -> tuple[float, float]:
        box = page(assorted, number).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(*numbers: int) -> None:
        mouse.move(*centre(numbers[0]))
        mouse.down()
        for number in numbers[1:]:
            mouse.move(*centre(number), steps=3)
        mouse.up()

    drag(2, 4)
    assert selected(assorted) == [2, 3, 4]
    drag(3, 6, 2)
    assert selected(assorted) == [2, 3]
    lab_page.page.keyboard.down("Control")
    drag(5, 6)
    lab_page.page.keyboard.up("Control")
    assert selected(assorted) == [2, 3, 5, 6]
    hears(lab_page, "(2, 3, 5, 6)")
    page(assorted, 1).click()
    assert selected(assorted) == [1]


def test_a_drag_at_the_edge_goes_on(lab_page: LabPage) -> None:
    """Where the pointer stays at the lower edge, pages that were not to be seen are selected too."""
    inspector = shown(lab_page, making.long_pdf(60), "long.pdf")
    box = inspector.locator(".ck-grid").bounding_box()
    first = page(inspector, 1).bounding_box()
    assert box is not None
    assert first is not None
    mouse = lab_page.page.mouse
    mouse.move(first["x"] + 40, first["y"] + 40)
    mouse.down()
    mouse.move(first["x"] + 40, box["y"] + box["height"] - 4, steps=4)
    page(inspector, 31).and_(inspector.locator('[aria-selected="true"]')).wait_for()
    mouse.up()
    assert selected(inspector)[0] == 1
    assert selected(inspector) == list(range(1, len(selected(inspector)) + 1))


def test_findings_are_gone_through(lab_page: LabPage) -> None:
    """N goes to the next page that something was found on, Shift+N back, round at the end; so does the button."""
    writer = PdfWriter(clone_from=BytesIO(making.long_pdf(40)))
    for number in (4, 9, 38):
        writer.pages[number - 1].rotate(90)
    inspector = shown(lab_page, making.written(writer))
    keys = lab_page.page.keyboard
    assert "N: next finding" in inspector.locator(".ck-foot").inner_text()
    page(inspector, 1).focus()
    at = []
    for key in ("n", "n", "n", "n", "Shift+N"):
        keys.press(key)
        at.append(int(inspector.locator(".ck-cell:focus").get_attribute("data-page") or 0))
    assert at == [4, 9, 38, 4, 38]
    keys.press("Enter")
    inspector.get_by_role("region", name="page 38").get_by_text("turned by the file").wait_for()
    keys.press("n")
    inspector.get_by_role("region", name="page 4").get_by_role("button", name="Next finding").click()
    inspector.get_by_role("region", name="page 9").wait_for()
    keys.press("Escape")
    assert inspector.locator(".ck-cell:focus").get_attribute("data-page") == "9"
    inspector.get_by_role("button", name="Next finding (3 pages)").click()
    assert inspector.locator(".ck-cell:focus").get_attribute("data-page") == "38"
    assert selected(inspector) == []


def test_a_page_that_is_taken_out_of_sight_hands_the_focus_on(assorted: "Locator", lab_page: LabPage) -> None:
    """Where only what is selected is shown, Space hides the page: keys go to another, after the last to the menu."""
    keys = lab_page.page.keyboard
    assorted.get_by_role("textbox", name="Pages").fill("2, 4-5")
    assorted.get_by_role("textbox", name="Pages").press("Enter")
    menu = assorted.get_by_role("combobox", name="Show")
    menu.select_option("selected")
    page(assorted, 4).focus()
    for reached in ("5", "2"):
        keys.press("Space")
        assert assorted.locator(".ck-cell:focus").get_attribute("data-page") == reached
    keys.press("Space")
    assert menu.evaluate("menu => document.activeElement === menu")
    keys.press("ArrowUp")
    assert assorted.locator(".ck-cell:visible").count() == 6
    hears(lab_page, "()")
    page(assorted, 3).click()
    menu.select_option("selected")
    page(assorted, 3).focus()
    keys.press("Enter")
    assorted.get_by_role("region", name="page 3").get_by_label("selected").press("Space")
    keys.press("Escape")
    assert menu.evaluate("menu => document.activeElement === menu")


def test_only_where_something_was_found_a_key_goes_there(lab_page: LabPage) -> None:
    """The hint names N where there is a page to go to, and no key that does nothing."""
    inspector = shown(lab_page, making.long_pdf(2))
    hint = inspector.locator(".ck-foot")
    assert "Enter: large" in hint.inner_text()
    assert "N: next finding" not in hint.inner_text()


def test_large_pages_are_turned_among_those_that_are_shown(assorted: "Locator", lab_page: LabPage) -> None:
    """Reduced to some pages, the arrows go from one to the next of them; at the last the focus stays."""
    assorted.get_by_role("textbox", name="Pages").fill("2, 5")
    assorted.get_by_role("textbox", name="Pages").press("Enter")
    assorted.get_by_role("combobox", name="Show").select_option("selected")
    page(assorted, 2).focus()
    lab_page.page.keyboard.press("Enter")
    assorted.get_by_role("region", name="page 2").get_by_role("button", name="page after").press("Enter")
    last = assorted.get_by_role("region", name="page 5")
    last.wait_for()
    assert last.get_by_role("button", name="page after").is_disabled()
    lab_page.page.keyboard.press("ArrowLeft")
    assorted.get_by_role("region", name="page 2").wait_for()


def test_a_page_is_shown_large(assorted: "Locator", lab_page: LabPage) -> None:
    """Enter shows it, with its text and what was found on it; arrows turn; Escape goes back to where one was."""
    keys = lab_page.page.keyboard
    page(assorted, 1).focus()
    keys.press("Enter")
    large = assorted.get_by_role("region", name="page 1")
    large.locator("img").wait_for()
    keys.press("ArrowRight")
    large = assorted.get_by_role("region", name="page 2")
    large.locator("img").wait_for()
    large.get_by_text("turned by the file").wait_for()
    large.get_by_text("Its text, as it is billed: 8 characters").click()
    assert large.locator("pre").inner_text() == "page two"
    large.get_by_label("selected").check()
    keys.press("Escape")
    assert selected(assorted) == [2]
    assert assorted.locator(".ck-cell:focus").get_attribute("data-page") == "2"


def test_a_range_is_read_and_written(assorted: "Locator", lab_page: LabPage) -> None:
    """What is typed is selected, what is selected in code is written; what is no range is told so."""
    field = assorted.get_by_role("textbox", name="Pages")
    field.fill("1-2, 4")
    field.press("Enter")
    assert selected(assorted) == [1, 2, 4]
    field.fill("4-9")
    field.press("Enter")
    assorted.get_by_role("alert").get_by_text("no pages “4-9”: it has pages 1 to 6").wait_for()
    lab_page.page.wait_for_timeout(HEARD_MS)
    hears(lab_page, "(1, 2, 4)")
    lab_page.run_cell(2)
    page(assorted, 5).and_(assorted.locator('[aria-selected="true"]')).wait_for()
    assert selected(assorted) == [5, 6]
    assert field.input_value() == "5-6"


def test_pages_are_chosen_by_what_is_on_them(assorted: "Locator") -> None:
    """Buttons and the filter go by the badges, and by what was found."""
    assorted.get_by_role("button", name="Only with text").click()
    assert selected(assorted) == [1, 2, 5, 6]
    assorted.get_by_role("button", name="Invert").click()
    assert selected(assorted) == [3, 4]
    assorted.get_by_role("combobox", name="Show").select_option("blank (1)")
    assert assorted.locator(".ck-cell:visible").count() == 1
    assorted.get_by_role("button", name="All", exact=True).click()
    assert selected(assorted) == [3]
    assorted.locator("summary").get_by_text("notes").click()
    assorted.locator(".ck-finding").filter(has_text="turned by the file").get_by_role("button").click()
    assert assorted.locator(".ck-cell:visible").evaluate_all("them => them.map(one => one.dataset.page)") == ["2"]


def test_of_a_long_document_only_what_is_seen_is_drawn(lab_page: LabPage) -> None:
    """Of 600 pages the first are asked for, and others when they are scrolled to, not those in between."""
    (lab_page.lab.root_dir / "long.pdf").write_bytes(making.long_pdf(600))
    lab_page.open(lab_page.lab.write("long.ipynb", [LONG, "sorted(set(asked)), len(asked)"]))
    lab_page.run_cell(0)
    inspector = lab_page.outputs(0).locator(".ck-inspector")
    page(inspector, 1).locator("img").wait_for()
    page(inspector, 600).scroll_into_view_if_needed()
    page(inspector, 600).locator("img").wait_for()
    inspector.locator(".ck-foot > span:first-child").wait_for(state="hidden")  # all are read
    assert inspector.locator(".ck-cost").count() == 600
    lab_page.run_cell(1)
    numbers, times = eval(lab_page.cell_outputs(1)[0])
    assert numbers[0] == 1
    assert numbers[-1] == 600
    assert not set(numbers) & set(range(100, 500))
    assert len(numbers) <= times < 80
    assert inspector.locator(".ck-cell img").count() <= len(numbers)


def test_it_is_saved_as_a_contact_sheet(assorted: "Locator", lab_page: LabPage) -> None:
    """The file holds pictures of what is selected and no widget; it reads without a kernel, and comes back with one."""
    page(assorted, 2).click()
    page(assorted, 4).click(modifiers=["ControlOrMeta"])
    lab_page.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).outputs.toJSON()[0]"
        ".data['text/html'].includes('pages 2, 4')"
    )
    assert selected(assorted) == [2, 4]
    saved = lab_page.save()
    data = saved.cells[0].outputs[0].data
    assert data.keys() == {"text/html", "text/plain"}
    assert "pages 2, 4" in data["text/html"]
    assert data["text/html"].count("<img") == 2
    assert len(data["text/html"]) < 150_000
    assert "widgets" not in saved.metadata
    lab_page.reload()
    lab_page.outputs(0).locator('.ck-cell[aria-selected="true"] img').first.wait_for()
    assert selected(assorted) == [2, 4]
    lab_page.restart_kernel()
    lab_page.reload()
    lab_page.page.set_viewport_size({"width": 500, "height": 1200})
    sheet = lab_page.outputs(0)
    sheet.get_by_text("2 of 6 pages selected").wait_for()
    assert sheet.locator("img").count() == 2
    assert sheet.locator(".ck-inspector").count() == 0
    assert lab_page.console_errors == []


def test_it_fits_a_narrow_page(assorted: "Locator", lab_page: LabPage) -> None:
    """At 400 pixels nothing stands out of it, two pages stand side by side, and one large is as wide as it."""
    lab_page.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area').then(() => true)")
    lab_page.page.set_viewport_size({"width": 480, "height": 1600})
    outside = (
        "root => { const right = root.getBoundingClientRect().right;"
        " return [...root.querySelectorAll('button, input, select, .ck-cell, img')]"
        ".filter(one => one.getBoundingClientRect().right > right + 1).length; }"
    )
    lab_page.page.wait_for_function("() => document.querySelector('.ck-inspector').clientWidth < 420")
    assert assorted.evaluate(outside) == 0
    assert page(assorted, 1).bounding_box()["y"] == page(assorted, 2).bounding_box()["y"]  # type: ignore[index]
    page(assorted, 2).dblclick()
    assorted.get_by_role("region", name="page 2").locator("img").wait_for()
    assert assorted.evaluate(outside) == 0


def test_without_a_kernel_it_asks_for_nothing(assorted: "Locator", lab_page: LabPage) -> None:
    """Once the kernel was started anew, the page shows what is saved, throws nothing, and sends nothing."""
    page(assorted, 2).click()
    lab_page.page.wait_for_timeout(1500)
    lab_page.restart_kernel()
    sheet = lab_page.outputs(0)
    sheet.get_by_text("pages 2").wait_for()
    assert sheet.locator(".ck-inspector").count() == 0
    lab_page.page.wait_for_timeout(500)
    assert lab_page.page_errors == []


def test_it_can_stand_in_a_box(lab_page: LabPage) -> None:
    """Within another widget it is a widget."""
    (lab_page.lab.root_dir / "report.pdf").write_bytes(making.assorted_pdf())
    cell = (
        "import claude_kit as ck, ipywidgets\ninspector = ck.PdfInspector('report.pdf')\nipywidgets.VBox([inspector])"
    )
    lab_page.open(lab_page.lab.write("box.ipynb", [cell, "inspector.pages"]))
    lab_page.run_cell(0)
    inspector = lab_page.outputs(0).locator(".ck-inspector")
    page(inspector, 3).locator("img").wait_for()
    page(inspector, 3).click()
    hears(lab_page, "(3,)")


def test_a_name_is_text(lab_page: LabPage) -> None:
    """Whatever a file is called, nothing of it runs, and nothing is asked of the network."""
    inspector = shown(lab_page, making.assorted_pdf(), ATTACK)
    assert inspector.locator(".ck-name").inner_text() == ATTACK
    assert lab_page.page.evaluate("() => window.pwned") is None
    assert lab_page.outside_requests == []
