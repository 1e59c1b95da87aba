"""A widget that is saved as HTML, and lives inside that HTML while its kernel runs."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

COUNTER = '''
import traitlets
from claude_kit.view.island import Island, script

SCRIPT = """
export default island(({ model, el }) => {
  const button = document.createElement("button");
  const words = document.createElement("textarea");
  words.rows = 2;
  words.value = "a\\\\n".repeat(40);
  const show = () => { button.textContent = `clicked ${model.get("clicks")}`; };
  button.addEventListener("click", () => { model.set("clicks", model.get("clicks") + 1); model.save_changes(); });
  model.on("change:clicks", show);
  show();
  const text = document.createElement("p");
  text.textContent = "words to be read";
  el.append(button, words, text);
});
"""

class Counter(Island):
    _esm = script(SCRIPT)
    clicks = traitlets.Int(0).tag(sync=True)

    def static_html(self):
        return f"<p>saved with {self.clicks}</p>"

    def static_text(self):
        return repr(self)

counter = Counter()
counter
'''


@pytest.fixture
def notebook(lab_page: LabPage) -> LabPage:
    """A notebook with a counter that is alive."""
    cells = [COUNTER, "counter.clicks", "counter.update_saved()"]
    lab_page.open(lab_page.lab.write("island.ipynb", cells))
    lab_page.run_cell(0)
    lab_page.outputs(0).get_by_role("button").wait_for()
    return lab_page


def test_it_lives_inside_the_html_that_is_saved(notebook: LabPage) -> None:
    """Clicks reach the kernel; the file holds HTML and text, no reference to a widget, and no state of one."""
    button = notebook.outputs(0).get_by_role("button")
    button.click()
    button.click()
    button.get_by_text("clicked 2").wait_for()
    notebook.run_cell(1)
    assert notebook.cell_outputs(1) == ["2"]
    saved = notebook.save()
    data = saved.cells[0].outputs[0].data
    assert data.keys() == {"text/html", "text/plain"}
    assert "<p>saved with 0</p>" in data["text/html"]
    assert "widgets" not in saved.metadata


def test_new_html_leaves_the_live_element_focus_and_scroll_as_they_are(notebook: LabPage) -> None:
    """What is saved changes below a reader who writes in it."""
    words = notebook.outputs(0).get_by_role("textbox")
    words.focus()
    words.evaluate(
        "element => { element.dataset.same = 'yes'; element.scrollTop = 60; element.setSelectionRange(3, 5); }"
    )
    notebook.page.wait_for_timeout(100)
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: 'counter.clicks = 7; counter.update_saved()'}).done.then(() => true)"
    )
    notebook.outputs(0).get_by_role("button").get_by_text("clicked 7").wait_for()
    now = words.evaluate("it => [it.dataset.same, it.scrollTop, it.selectionStart, document.activeElement === it]")
    assert now == ["yes", 60, 3, True]
    assert "<p>saved with 7</p>" in notebook.save().cells[0].outputs[0].data["text/html"]


def test_new_html_leaves_what_is_selected(notebook: LabPage) -> None:
    """A reader selects words to copy them, while what is saved changes below them."""
    text = notebook.outputs(0).get_by_text("words to be read")
    text.evaluate("it => document.getSelection().setBaseAndExtent(it.firstChild, 2, it.firstChild, 11)")
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: 'counter.clicks = 8; counter.update_saved()'}).done.then(() => true)"
    )
    notebook.outputs(0).get_by_role("button").get_by_text("clicked 8").wait_for()
    notebook.outputs(0).locator("[data-ck-version='1']").wait_for()
    assert notebook.page.evaluate("document.getSelection().toString()") == "rds to be"


def test_it_is_found_again_after_a_reload_and_reads_without_a_kernel(notebook: LabPage) -> None:
    """The kernel's state shows after a reload; where the kernel is another one, the saved form does."""
    notebook.outputs(0).get_by_role("button").click()
    notebook.save()
    notebook.reload()
    notebook.outputs(0).get_by_text("clicked 1").wait_for()
    notebook.restart_kernel()
    notebook.reload()
    notebook.outputs(0).get_by_text("saved with 0").wait_for()
    assert notebook.outputs(0).get_by_role("button").count() == 0
    assert notebook.console_errors == []


@pytest.mark.parametrize("end", ["restarted", "died"])
def test_when_the_kernel_is_gone_the_static_form_stands_there(notebook: LabPage, end: str) -> None:
    """Restarted or died: no button stays that nobody hears."""
    notebook.outputs(0).get_by_role("button").click()
    if end == "died":
        notebook.page.evaluate(
            "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
            ".requestExecute({code: 'import os; os._exit(1)'}).done.catch(() => {}); }"
        )
    else:
        notebook.restart_kernel()
    notebook.outputs(0).get_by_text("saved with 0").wait_for()
    assert notebook.outputs(0).get_by_role("button").count() == 0
    assert notebook.page_errors == []


def test_a_widget_that_is_closed_leaves_its_static_form(notebook: LabPage) -> None:
    """Closed by code, it cannot be used any more and can still be read."""
    notebook.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: 'counter.close()'}); }"
    )
    notebook.outputs(0).get_by_text("saved with 0").wait_for()
    assert notebook.outputs(0).get_by_role("button").count() == 0


def test_where_it_is_a_widget_among_others_nothing_acts_any_more(notebook: LabPage) -> None:
    """Inside of a box there is no static form to go back to: what is there can be read, and not be used."""
    notebook.open(notebook.lab.write("box.ipynb", [COUNTER, "import ipywidgets\nipywidgets.VBox([counter])"]))
    notebook.run_all()
    button = notebook.outputs(1).get_by_role("button")
    button.get_by_text("clicked 0").wait_for()
    notebook.restart_kernel()
    notebook.page.wait_for_function("it => it.closest('[inert]') !== null", arg=button.element_handle())
