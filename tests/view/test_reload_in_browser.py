"""A page that is loaded again while an answer comes, or when it has come, of a notebook that was not saved since."""

import pytest

from tests.jupyter import LabPage
from tests.view.test_live_in_browser import FEED, expect, go_on

pytestmark = pytest.mark.browser

# What comes in the background, in a thread of its own; and what its cell waits for.
BEHIND = (
    FEED
    + """
import threading

def answer(name):
    view = LiveView()
    view.stoppable(lambda: None, blocking=False)
    view.__enter__()
    def come():
        feed = Feed(view)
        feed(BEGUN, start(0, "text", text=""), e.TextDelta(0, f"{name} begins. $x^2$\\n\\n"))
        until(name + "-more")
        feed(e.TextDelta(0, f"{name} goes on.\\n\\n"))
        until(name + "-done")
        feed(e.TextDelta(0, f"{name} ends."))
        feed.finish()
    threading.Thread(target=come, daemon=True).start()
    return come
"""
)
WAITED = BEHIND.replace("threading.Thread(target=come, daemon=True).start()", "come()")

SHOWN = "() => window.jupyterapp?.shell.currentWidget?.content?.widgets?.length > 1"


def load_again(page: LabPage) -> None:
    """Load the page again while the kernel may be at work."""
    page.page.reload(wait_until="domcontentloaded")
    page.page.wait_for_function(SHOWN)


def test_what_comes_in_the_background_goes_on(any_page: LabPage) -> None:
    """What had arrived shows again and grows; at the end what stays is there, and is saved as such."""
    any_page.open(any_page.lab.write("behind.ipynb", [BEHIND, "answer('first'); answer('second');"]))
    any_page.run_all()
    any_page.cell(1).locator(".ck-live").get_by_text("second begins").wait_for()
    load_again(any_page)
    live = any_page.cell(1).locator(".ck-live")
    expect(live).to_have_count(2)
    go_on(any_page, "second-more")
    expect(live.nth(1)).to_contain_text("second goes on.")
    expect(live.nth(0)).to_contain_text("first begins.")
    for name in ("second-done", "first-more", "first-done"):
        go_on(any_page, name)
    expect(live).to_have_count(0)
    any_page.cell(1).get_by_text("first ends.").wait_for()
    any_page.cell(1).locator("mjx-container").first.wait_for()
    shown = any_page.cell_outputs(1)
    assert ["first ends." in shown[0], "second ends." in shown[1], len(shown)] == [True, True, 2]
    html = [output.data["text/html"] for output in any_page.save().cells[1].outputs]
    assert not any("data-ck-island" in one for one in html)
    assert any_page.console_errors == []


def test_what_its_cell_waits_for_stands_there_when_it_has_ended(lab_page: LabPage) -> None:
    """Two answers of one cell, in their order: one had ended when the page was loaded again, one had not."""
    lab_page.open(lab_page.lab.write("waits.ipynb", [WAITED, "answer('first')\nanswer('second')"]))
    lab_page.run_all(wait=False)
    for name in ("first-more", "first-done"):
        go_on(lab_page, name)
    lab_page.cell(1).locator(".ck-live").get_by_text("second begins").wait_for()
    load_again(lab_page)
    assert lab_page.outputs(1).count() == 0
    for name in ("second-more", "second-done"):
        go_on(lab_page, name)
    lab_page.cell(1).get_by_text("second ends.").wait_for()
    lab_page.cell(1).get_by_text("first ends.").wait_for()
    assert [words.split()[0] for words in lab_page.cell_outputs(1)] == ["first", "second"]
    assert len(lab_page.save().cells[1].outputs) == 2
    lab_page.reload()
    lab_page.page.wait_for_timeout(2000)
    assert len(lab_page.cell_outputs(1)) == 2, "what is saved is not put there again"


def test_what_the_reader_has_cleared_stays_cleared(lab_page: LabPage) -> None:
    """An answer that was cleared does not come back; one beside it that was not saved does."""
    cells = [WAITED, "answer('first')", "answer('second')"]
    lab_page.open(lab_page.lab.write("cleared.ipynb", cells))
    for name in ("first-more", "first-done", "second-more", "second-done"):
        go_on(lab_page, name)
    lab_page.run_all()
    lab_page.cell(2).get_by_text("second ends.").wait_for()
    lab_page.cell(1).get_by_text("first ends.").wait_for()
    lab_page.page.wait_for_timeout(1500)
    lab_page.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.clear()")
    lab_page.page.wait_for_timeout(500)
    load_again(lab_page)
    lab_page.cell(2).get_by_text("second ends.").wait_for()
    assert lab_page.outputs(1).count() == 0


def test_when_the_kernel_is_gone_what_had_come_stays(lab_page: LabPage) -> None:
    """The page says that no more comes, and offers no Stop that nobody hears."""
    lab_page.open(lab_page.lab.write("gone.ipynb", [BEHIND, "answer('first');"]))
    lab_page.run_all()
    live = lab_page.cell(1).locator(".ck-live")
    live.get_by_text("first begins").wait_for()
    go_on(lab_page, "first-more")
    live.get_by_text("first goes on").wait_for()
    lab_page.restart_kernel()
    live.get_by_text("The kernel ended before the answer was complete.").wait_for()
    assert live.get_by_text("first goes on").is_visible()
    assert not live.locator(".ck-stop").is_visible()
