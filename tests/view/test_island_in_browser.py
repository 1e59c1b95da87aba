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
  el.append(button, words);
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
