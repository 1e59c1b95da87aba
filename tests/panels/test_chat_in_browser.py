"""The chat panel in a real JupyterLab: written in, given files, stopped, forked, reloaded, saved."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image as pil

from tests.content import making
from tests.jupyter import LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

PANEL = """
import claude_kit as ck
panel = ck.ChatPanel("claude-sonnet-5-5", client=ck.Client.offline(pace_s={pace}), budget=0.5, cache="5m")
panel
"""
LABELS = "print([turn.label for turn in panel.chat.turns])"

# By then the kernel has heard what was written, and what it draws for that is on the page.
SETTLED_MS = 600


class Panel:
    """A panel on a page, as somebody sees it."""

    def __init__(self, page: LabPage, pace: float = 0, first: str = PANEL, more: tuple[str, ...] = ()) -> None:
        self.page = page
        page.open(page.lab.write("chat.ipynb", [first.format(pace=pace), LABELS, *more]))
        page.run_cell(0)
        self.look()
        self.box.wait_for()

    def look(self, cell: int = 0) -> None:
        """Find what there is on the page, which may have been loaded anew."""
        self.out = self.page.outputs(cell).first
        self.box = self.out.get_by_label("Your question")
        self.send = self.out.get_by_role("button", name="Send", exact=True)
        self.stop = self.out.get_by_role("button", name="Stop", exact=True)
        self.turns = self.out.locator("[data-ck-turn]")
        self.chips = self.out.get_by_role("list", name="Attached files").get_by_role("listitem")

    def ask(self, words: str) -> None:
        """Write, press Enter, and wait until the answer stands among the others."""
        before = self.turns.count()
        self.box.fill(words)
        self.box.press("Enter")
        self.turns.nth(before).locator(".ck-status").wait_for()
        self.send.wait_for()

    def ask_anew(self, words: str) -> None:
        """Write in place of what stands in the box, press Enter, and wait until it stands among the turns."""
        self.box.fill(words)
        self.box.press("Enter")
        self.turns.get_by_text(words, exact=True).wait_for()
        self.send.wait_for()

    def labels(self) -> list[str]:
        """Return the questions of the conversation, as the kernel has them."""
        self.page.run_cell(1)
        (printed,) = self.page.cell_outputs(1)
        return list(json.loads(printed.replace("'", '"')))

    def prints(self, cell: int, words: str) -> None:
        """Run a cell until it shows these words, and nothing else."""
        assert self.page.run_until(cell, words) == [words]

    def run(self, code: str) -> None:
        """Run code in the kernel, in no cell."""
        self.page.page.evaluate(
            "code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
            ".requestExecute({code, store_history: false}).done.then(() => true)",
            code,
        )

    def grows(self) -> None:
        """Wait until more has come of the answer than now."""
        live = self.out.locator(".ck-live")
        length = "live => live.querySelector('.ck-thought').textContent.length + live.textContent.length"
        now = live.evaluate(length)
        self.page.page.wait_for_function(
            f"now => [...document.querySelectorAll('.ck-live')].some(live => ({length})(live) > now + 20)", arg=now
        )

    def tab_to(self, name: str, key: str = "Tab") -> None:
        """Press a key until what is called so has the focus."""
        for _ in range(40):
            self.page.page.keyboard.press(key)
            if self.focus_is_on() == name:
                return
        raise AssertionError(f"{name} was not reached")

    def focus_is_on(self) -> str:
        """Return what the element is called that has the focus."""
        name = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        return str(self.page.page.evaluate(name))

    def focused(self) -> bool:
        """Whether the next key goes into the composer."""
        return bool(self.box.evaluate("box => document.activeElement === box"))

    def version(self) -> str | None:
        """Return which drawing of the conversation stands on the page, once no newer one is on its way."""
        self.page.page.wait_for_timeout(SETTLED_MS)
        return self.out.locator("[data-ck-island]").get_attribute("data-ck-version")


@pytest.fixture(autouse=True)
def quiet(lab_page: LabPage) -> Iterator[None]:
    """Nothing is logged as an error, and nothing leaves the page."""
    yield
    assert lab_page.page_errors == []
    assert lab_page.outside_requests == []


def test_a_conversation_by_keyboard_alone(lab_page: LabPage) -> None:
    """Shift+Enter breaks the line, Enter sends, the up-arrow edits, Escape leaves; the focus stays in the box."""
    panel = Panel(lab_page)
    keys = lab_page.page.keyboard
    panel.box.focus()
    keys.type("First line")
    keys.press("Shift+Enter")
    keys.type("second line")
    assert panel.box.input_value() == "First line\nsecond line"
    keys.press("Enter")
    panel.turns.first.locator(".ck-status").wait_for()
    panel.send.wait_for()
    assert panel.focused()
    keys.press("ArrowUp")
    panel.out.get_by_text("Editing the last question").wait_for()
    assert panel.box.input_value() == "First line\nsecond line"
    keys.press("Escape")
    panel.out.get_by_text("Editing the last question").wait_for(state="hidden")
    assert panel.box.input_value() == ""
    assert panel.focused()
    keys.press("ArrowUp")
    panel.out.get_by_text("Editing the last question").wait_for()
    keys.press("Control+A")
    keys.type("In other words")
    keys.press("Enter")
    panel.turns.get_by_text("In other words", exact=True).wait_for()
    reached = []
    for _ in range(5):  # from the box on, all can be reached
        keys.press("Tab")
        reached.append(panel.focus_is_on())
    assert reached == ["Attach", "Model", "Effort", "Thinking", "Send"]
    assert panel.labels() == ["In other words"]


def undo_and_redo(box: "Locator") -> None:
    """Take back by keys all that was typed, and have it again."""
    written = box.input_value()
    steps = 0
    while box.input_value() and steps < 10:
        box.press("Control+Z")
        steps += 1
    assert box.input_value() == ""
    for _ in range(steps):
        box.press("Control+Shift+Z")
    assert box.input_value() == written


def test_both_boxes_are_written_in_as_any_other(lab_page: LabPage) -> None:
    """Enter breaks the line of the system prompt; there and in the question Ctrl+Z takes back what was typed."""
    panel = Panel(lab_page, more=("print(repr(panel.chat.system))",))
    keys = lab_page.page.keyboard
    panel.out.get_by_text("System prompt", exact=True).click()
    system = panel.out.get_by_label("System prompt")
    system.focus()
    keys.type("line one")
    keys.press("Enter")
    keys.type("line two")
    assert system.input_value() == "line one\nline two"
    undo_and_redo(system)
    keys.press("Tab")
    panel.out.get_by_text("System prompt: set").wait_for()
    panel.box.focus()
    keys.type("a question")
    keys.press("Shift+Enter")
    keys.type("of two lines")
    lab_page.page.wait_for_timeout(SETTLED_MS)
    undo_and_redo(panel.box)
    panel.prints(2, r"'line one\nline two'")
    assert panel.labels() == []


def test_a_character_that_is_being_chosen_is_not_sent(lab_page: LabPage) -> None:
    """Enter that ends the composition of a character belongs to the input method."""
    panel = Panel(lab_page)
    panel.box.fill("日本")
    panel.box.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    lab_page.page.wait_for_timeout(300)
    assert panel.box.input_value() == "日本"
    assert panel.labels() == []


COPY = """async pictured => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 30, height: 20});
  const picture = await new Promise(done => canvas.toBlob(done, 'image/png'));
  const words = {'text/plain': 'Revenue 12', 'text/html': '<table><tr><td>Revenue</td><td>12</td></tr></table>'};
  const all = Object.entries(words).map(([type, text]) => [type, new Blob([text], {type})]);
  const data = Object.fromEntries([...(pictured === 'alone' ? [] : all), ['image/png', picture]]);
  await navigator.clipboard.write([new ClipboardItem(data)]);
}"""


def test_words_with_a_picture_of_them_are_pasted_as_words(lab_page: LabPage) -> None:
    """Cells of a spreadsheet are copied with a picture: the words are pasted; a picture alone is attached."""
    panel = Panel(lab_page)
    lab_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.box.focus()
    lab_page.page.evaluate(COPY, "with words")
    panel.box.press("Control+V")
    lab_page.page.wait_for_function("box => box.value === 'Revenue 12'", arg=panel.box.element_handle())
    lab_page.page.evaluate(COPY, "alone")
    panel.box.press("Control+V")
    panel.chips.get_by_text("tokens").wait_for()
    assert panel.chips.count() == 1
    assert panel.box.input_value() == "Revenue 12"


def test_files_are_chosen_pasted_and_dropped(lab_page: LabPage, tmp_path: Path) -> None:
    """Each becomes a chip with its tokens, also one of several chunks; one is taken out, the others go along."""
    panel = Panel(lab_page)
    large, report = tmp_path / "large.png", tmp_path / "report.pdf"
    making.noise(1600, 1100).save(large)
    report.write_bytes(making.pdf(["Revenue by region"] * 3))
    assert large.stat().st_size > 2_000_000
    with lab_page.page.expect_file_chooser() as chooser:
        panel.out.get_by_role("button", name="Attach").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files([str(large), str(report)])
    panel.chips.filter(has_text="large.png").get_by_text("tokens").wait_for()
    panel.chips.filter(has_text="report.pdf").get_by_text("tokens").wait_for()
    buffer = io.BytesIO()
    pil.new("RGB", (300, 200), "teal").save(buffer, "PNG")
    give = """(box, [bytes, kind, name]) => {
      const files = new DataTransfer();
      const type = name.endsWith('png') ? 'image/png' : 'text/plain';
      files.items.add(new File([new Uint8Array(bytes)], name, {type}));
      const event = kind === 'paste'
        ? new ClipboardEvent('paste', {clipboardData: files, bubbles: true, cancelable: true})
        : new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true});
      box.dispatchEvent(event);
    }"""
    panel.box.evaluate(give, [list(buffer.getvalue()), "paste", "image.png"])
    panel.chips.filter(has_text="pasted 1.png").get_by_text("tokens").wait_for()
    panel.box.evaluate(give, [list(b"Once upon a time"), "drop", "tale.txt"])
    panel.chips.filter(has_text="tale.txt").get_by_text("tokens").wait_for()
    panel.out.get_by_role("button", name="Remove tale.txt").click()
    panel.chips.filter(has_text="tale.txt").wait_for(state="detached")
    assert panel.focused()
    panel.out.get_by_text("next answer ~$").wait_for()
    panel.ask("What are these?")
    assert panel.chips.count() == 0
    panel.run("print_ = [part.label for part in panel.chat.turns[-1].content]; assert len(print_) == 4, print_")
    for name in ("large.png", "report.pdf", "pasted 1.png"):
        assert panel.turns.first.locator(".ck-asked").get_by_text(name).count() == 1
    panel.run(f"assert panel.chat.turns[-1].content[1].size == {large.stat().st_size}; seen = True")
    lab_page.page.evaluate("() => true")
    assert panel.labels() == ["What are these?"]


def test_what_would_be_refused_is_told_with_the_way_out(lab_page: LabPage, tmp_path: Path) -> None:
    """A red chip with measure and limit; a button fits it; sending before that says why not."""
    panel = Panel(lab_page)
    wide = tmp_path / "wide.png"
    pil.new("RGB", (9000, 60), "teal").save(wide)
    with lab_page.page.expect_file_chooser() as chooser:
        panel.out.get_by_role("button", name="Attach").click()
    chooser.value.set_files(str(wide))
    panel.chips.get_by_text("9,000 × 60 px, limit 8,000 px a side").wait_for()
    panel.box.fill("How wide?")
    panel.box.press("Enter")
    panel.out.get_by_role("alert").get_by_text("nothing was sent").wait_for()
    assert panel.box.input_value() == "How wide?"
    panel.out.get_by_role("button", name="Fit wide.png").click()
    panel.chips.get_by_text("tokens").wait_for()
    panel.ask("How wide is it?")
    assert panel.labels() == ["How wide is it?"]


def test_stop_keeps_what_came_and_the_kernel_is_free(lab_page: LabPage) -> None:
    """While an answer comes other cells run; Stop ends it, and what had come is saved."""
    panel = Panel(lab_page, pace=0.2, more=("print(6 * 7)",))
    panel.box.fill("Tell me a long story.")
    panel.box.press("Enter")
    panel.out.locator(".ck-live .ck-thought").get_by_text("question").wait_for()
    lab_page.run_cell(2)
    assert lab_page.cell_outputs(2) == ["42"]
    assert panel.stop.is_visible()
    panel.stop.click()
    panel.turns.first.get_by_text("Stopped before the answer was complete.").wait_for()
    panel.send.wait_for()
    assert panel.out.locator(".ck-live").count() == 0
    assert panel.focused()
    assert "Stopped before" in lab_page.save().cells[0].outputs[0].data["text/html"]


def test_stop_while_a_cell_runs(lab_page: LabPage) -> None:
    """An answer that comes while a later cell is at work ends at once, and the cell goes on."""
    panel = Panel(lab_page, pace=1, more=("import time\nprint('begun')\ntime.sleep(20)\nprint('whole')",))
    panel.box.fill("Tell me a long story.")
    panel.box.press("Enter")
    panel.out.locator(".ck-live .ck-thought").get_by_text("question").wait_for()
    lab_page.run_cell(2, wait=False)
    lab_page.outputs(2).get_by_text("begun").wait_for()
    panel.stop.click()
    panel.turns.first.get_by_text("Stopped before the answer was complete.").wait_for()
    panel.send.wait_for()
    assert lab_page.cell_outputs(2) == ["begun"]
    lab_page.wait_done()
    assert "\n".join(lab_page.cell_outputs(2)).split() == ["begun", "whole"]


def test_who_writes_elsewhere_while_an_answer_comes_is_let_alone(lab_page: LabPage) -> None:
    """The system prompt keeps the focus and every key when the answer ends; no word of it gets into the question."""
    panel = Panel(lab_page, pace=0.05, more=("print(panel.chat.system)",))
    keys = lab_page.page.keyboard
    panel.out.get_by_text("System prompt", exact=True).click()
    system = panel.out.get_by_label("System prompt")
    panel.box.fill("Hello")
    panel.box.press("Enter")
    panel.stop.wait_for()
    system.focus()
    written = ""
    while not panel.send.is_visible():
        written += "ab "
        keys.type("ab ", delay=20)
    keys.type("and the rest", delay=20)
    panel.turns.first.locator(".ck-status").wait_for()
    keys.type(".", delay=SETTLED_MS)
    assert len(written) > len("ab ")
    assert system.evaluate("system => document.activeElement === system")
    assert system.input_value() == f"{written}and the rest."
    assert panel.box.input_value() == ""
    keys.press("Tab")
    panel.out.get_by_text("System prompt: set").wait_for()
    panel.prints(2, f"{written}and the rest.")


def test_writing_leaves_the_conversation_as_it_is_drawn(lab_page: LabPage) -> None:
    """What is written after an answer has nothing drawn anew, while it is typed or in a pause."""
    panel = Panel(lab_page, pace=0.02, more=("print(panel.island_version)",))
    keys = lab_page.page.keyboard
    panel.ask("One")
    before = panel.version()
    panel.turns.first.evaluate("turn => { window.drawn = turn; }")
    for words in ("What was ", "that", "?"):
        keys.type(words, delay=20)
        assert panel.version() == before
    assert panel.turns.first.evaluate("turn => window.drawn === turn")
    assert panel.box.input_value() == "What was that?"
    lab_page.page.evaluate("() => { delete window.drawn; }")
    lab_page.run_cell(2)
    assert lab_page.cell_outputs(2) == [before]


def test_retry_fork_and_the_way_back(lab_page: LabPage) -> None:
    """Retry replaces the last answer; a fork goes on from an earlier turn, and the conversation is still there."""
    panel = Panel(lab_page)
    panel.ask("One")
    panel.ask("Two")
    assert panel.out.get_by_role("button", name="Retry").count() == 1
    panel.out.get_by_role("button", name="Retry").click()
    panel.run("import time\nwhile len(panel.chat.log) < 3: time.sleep(0.05)")
    panel.send.wait_for()
    assert panel.labels() == ["One", "Two"]
    panel.out.get_by_role("button", name="Fork from here").first.click()
    panel.out.get_by_role("button", name="fork 1, from turn 1").wait_for()
    panel.turns.nth(1).wait_for(state="detached")
    panel.ask("Beside")
    assert panel.labels() == ["One", "Beside"]
    panel.out.get_by_role("button", name="conversation", exact=True).click()
    panel.turns.get_by_text("Two", exact=True).wait_for()
    assert panel.labels() == ["One", "Two"]


def test_past_turns_are_one_stop_of_the_tab_key(lab_page: LabPage) -> None:
    """However many turns there are, their buttons are one stop before the box; arrow keys go from one to the next."""
    panel = Panel(lab_page)
    for words in ("One", "Two", "Three"):
        panel.ask(words)
    stops = panel.turns.locator(".ck-actions button:not([tabindex='-1'])")
    assert stops.count() == 1
    keys = lab_page.page.keyboard
    panel.tab_to("Retry", "Shift+Tab")
    reached = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"):
        keys.press(key)
        turn = lab_page.page.evaluate("() => document.activeElement.closest('[data-ck-turn]').dataset.ckTurn")
        reached.append((panel.focus_is_on(), turn))
    fork = "Fork from here"
    last = [("Retry", "2")]
    assert reached == [("Edit", "2"), (fork, "2"), (fork, "2"), (fork, "1"), *last, (fork, "0"), *last]
    assert stops.count() == 1
    keys.press("Tab")
    while not panel.focused():  # the thinking and the status of the last turn lie above
        keys.press("Tab")
    panel.turns.first.get_by_role("toolbar", name="Turn 1").get_by_role("button", name=fork).click()
    panel.out.get_by_role("button", name="fork 1, from turn 1").wait_for()


def test_going_back_and_beside_by_keys_alone(lab_page: LabPage) -> None:
    """Retry, Fork and the way back between conversations, without a mouse."""
    panel = Panel(lab_page)
    keys = lab_page.page.keyboard
    panel.ask("One")
    panel.ask("Two")
    panel.tab_to("Retry", "Shift+Tab")
    keys.press("Enter")
    panel.run("import time\nwhile len(panel.chat.log) < 3: time.sleep(0.05)")
    panel.send.wait_for()
    assert panel.focused()
    panel.tab_to("Retry", "Shift+Tab")
    keys.press("Home")
    keys.press("Space")
    panel.out.get_by_role("button", name="fork 1, from turn 1").wait_for()
    panel.turns.nth(1).wait_for(state="detached")
    assert panel.focused()
    panel.tab_to("conversation", "Shift+Tab")
    keys.press("Enter")
    panel.turns.get_by_text("Two", exact=True).wait_for()
    assert panel.focused()
    assert panel.labels() == ["One", "Two"]


def test_files_menus_and_export_by_keys_alone(lab_page: LabPage, tmp_path: Path) -> None:
    """A file is attached, fitted and taken out, menus are set and the conversation is exported, without a mouse."""
    panel = Panel(lab_page, more=("print(panel.chat.model, panel.chat.effort, panel.chat.thinking)",))
    keys = lab_page.page.keyboard
    panel.ask("What is a fountain?")
    wide = tmp_path / "wide.png"
    pil.new("RGB", (9000, 60), "teal").save(wide)
    panel.box.focus()
    panel.tab_to("Attach")
    with lab_page.page.expect_file_chooser() as chooser:
        lab_page.page.wait_for_timeout(500)  # Playwright does not wait until choosers are caught; a key is faster
        keys.press("Enter")
    chooser.value.set_files(str(wide))
    panel.chips.get_by_text("limit 8,000 px a side").wait_for()
    assert panel.focused()
    panel.tab_to("Fit wide.png", "Shift+Tab")
    keys.press("Enter")
    panel.chips.get_by_text(" tokens · $").wait_for()
    assert panel.focused()
    panel.tab_to("Remove wide.png", "Shift+Tab")
    keys.press("Enter")
    panel.chips.wait_for(state="detached")
    assert panel.focused()
    panel.tab_to("Model")
    keys.type("Haiku 5.5")
    panel.tab_to("Effort")
    keys.press("ArrowDown")
    lab_page.page.wait_for_timeout(SETTLED_MS)
    panel.tab_to("Thinking")
    keys.press("ArrowDown")
    lab_page.page.wait_for_timeout(SETTLED_MS)
    keys.press("ArrowDown")
    panel.tab_to("Export the conversation as md")
    with lab_page.page.expect_download() as download:
        keys.press("Enter")
    assert "What is a fountain?" in Path(download.value.path()).read_text(encoding="utf-8")
    panel.prints(2, "claude-haiku-5-5 low {'type': 'disabled'}")


def test_a_draft_comes_back_after_an_edit(lab_page: LabPage) -> None:
    """What was written when Edit was pressed stands in the box again after Escape, and after the edit was sent."""
    panel = Panel(lab_page)
    keys = lab_page.page.keyboard
    panel.ask("One")
    for leave in (lambda: keys.press("Escape"), lambda: panel.ask_anew("One, in other words")):
        panel.box.fill("A draft")
        panel.out.get_by_role("button", name="Edit").press("Enter")
        panel.out.get_by_text("Editing the last question").wait_for()
        assert panel.box.input_value() == "One"
        assert panel.focused()
        leave()
        panel.out.get_by_text("Editing the last question").wait_for(state="hidden")
        assert panel.box.input_value() == "A draft"
    assert panel.labels() == ["One, in other words"]


def test_a_cell_that_is_run_again_takes_nothing_back(lab_page: LabPage) -> None:
    """What is asked in the panel belongs to no cell, whichever ran last."""
    panel = Panel(lab_page, more=('print(panel.ask("From a cell").result().complete)',))
    panel.ask("One")
    lab_page.run_cell(2)
    panel.turns.nth(1).locator(".ck-status").wait_for()
    panel.ask("Two")
    lab_page.run_cell(2)
    panel.turns.nth(3).locator(".ck-status").wait_for()
    panel.ask("Three")
    assert panel.labels() == ["One", "From a cell", "Two", "From a cell", "Three"]


def test_the_conversation_is_downloaded(lab_page: LabPage) -> None:
    """Export gives the browser a file with the whole conversation."""
    panel = Panel(lab_page)
    panel.ask("What is a fountain?")
    for form in ("md", "html", "json"):
        with lab_page.page.expect_download() as download:
            panel.out.get_by_role("button", name=f"Export the conversation as {form}").click()
        assert download.value.suggested_filename == f"conversation.{form}"
        assert "What is a fountain?" in Path(download.value.path()).read_text(encoding="utf-8")


def test_code_and_menus_go_both_ways(lab_page: LabPage) -> None:
    """What a cell sets or asks shows in the panel; what a menu is set to the chat is set to."""
    more = (
        'panel.chat.model = "claude-haiku-5-5"; panel.chat.system = "Be brief."',
        'reply = panel.chat.ask("From a cell")',
        'coming = panel.ask("Into the panel"); print(coming.result().complete)',
        "print(panel.chat.effort, panel.chat.thinking, panel.chat.system)",
    )
    panel = Panel(lab_page, more=more)
    lab_page.run_cell(2)
    panel.out.get_by_text("System prompt: set").wait_for()
    assert panel.out.get_by_label("Model").input_value() == "claude-haiku-5-5"
    lab_page.run_cell(3)
    panel.turns.get_by_text("From a cell", exact=True).wait_for()
    lab_page.run_cell(4)
    assert lab_page.cell_outputs(4) == ["True"]
    panel.turns.get_by_text("Into the panel", exact=True).wait_for()
    panel.out.get_by_label("Effort").select_option("low")
    panel.out.get_by_label("Thinking").select_option("off")
    panel.out.get_by_text("System prompt: set").click()
    panel.out.get_by_label("System prompt").fill("Be kind.")
    panel.out.get_by_label("System prompt").press("Tab")
    panel.prints(5, "low {'type': 'disabled'} Be kind.")


def test_a_reload_loses_nothing(lab_page: LabPage) -> None:
    """Draft, conversation and an answer are there again, which goes on coming; what is saved later is up to date."""
    panel = Panel(lab_page, pace=1)
    lab_page.save()
    panel.box.fill("Tell me a long story.")
    panel.box.press("Enter")
    thought = panel.out.locator(".ck-live .ck-thought")
    thought.get_by_text("question").wait_for()
    panel.box.fill("A draft")
    lab_page.page.wait_for_timeout(700)
    lab_page.reload()
    panel.look()
    thought = panel.out.locator(".ck-live .ck-thought")
    thought.get_by_text("question").wait_for(state="attached")
    assert panel.box.input_value() == "A draft"
    panel.grows()
    panel.stop.click()
    panel.turns.first.get_by_text("Stopped before the answer was complete.").wait_for()
    panel.out.locator(".ck-live").wait_for(state="detached")
    saved = lab_page.save().cells[0].outputs[0].data["text/html"]
    assert "Tell me a long story." in saved
    assert "A conversation with claude-sonnet-5-5, 1 turn" in saved


def test_a_restart_is_said_and_takes_no_words(lab_page: LabPage) -> None:
    """The page stays open while the kernel goes: what was written can be copied, nothing else can be done."""
    panel = Panel(lab_page, pace=1)
    panel.box.fill("Tell me a long story.")
    panel.box.press("Enter")
    panel.out.locator(".ck-live .ck-thought").get_by_text("question").wait_for()
    panel.box.fill("A long draft")
    lab_page.restart_kernel()
    panel.out.get_by_role("alert").get_by_text("run the cell again. What you wrote can still be copied.").wait_for()
    panel.out.get_by_text("The kernel ended before the answer was complete.").wait_for()
    assert panel.box.input_value() == "A long draft"
    enabled = panel.out.locator("button:enabled, select:enabled, input:enabled, textarea:not([readonly])")
    assert enabled.all_inner_texts() == ["Copy"]
    panel.box.focus()
    for key in ("Enter", "Escape", "ArrowUp"):
        lab_page.page.keyboard.press(key)
    panel.box.press("Control+A")
    assert lab_page.page.evaluate("() => getSelection().toString()") == "A long draft"
    lab_page.run_cell(0)
    panel.look()
    panel.send.wait_for()
    assert panel.box.input_value() == ""


def test_a_closed_panel_that_is_displayed_again_is_alive(lab_page: LabPage) -> None:
    """Where it was shown nothing can be done any more; in the cell that shows it again the conversation goes on."""
    panel = Panel(lab_page, more=("panel.close()", "panel"))
    panel.ask("One")
    lab_page.run_cell(2)
    panel.out.get_by_role("alert").get_by_text("run the cell again").wait_for()
    lab_page.run_cell(3)
    panel.look(3)
    panel.ask("Two")
    assert panel.labels() == ["One", "Two"]


def test_what_is_saved_reads_without_a_kernel(lab_page: LabPage) -> None:
    """No widget and no state of one in the file; after a restart the conversation reads, without controls."""
    panel = Panel(lab_page)
    panel.ask("What is a fountain?")
    saved = lab_page.save()
    data = saved.cells[0].outputs[0].data
    assert data.keys() == {"text/html", "text/plain"}
    assert "widgets" not in saved.metadata
    assert not any(f"<{name}" in data["text/html"] for name in ("button", "textarea", "script", "select"))
    lab_page.restart_kernel()
    lab_page.reload()
    panel.look()
    panel.out.get_by_text("A conversation with claude-sonnet-5-5, 1 turn").wait_for()
    assert panel.turns.get_by_text("What is a fountain?").count() >= 1
    assert panel.box.count() == 0


def test_in_a_box_of_widgets_it_shows_the_conversation_itself(lab_page: LabPage) -> None:
    """Where it is displayed as a widget, questions and answers are there all the same."""
    first = "import ipywidgets\n" + PANEL.replace("\npanel\n", "\nipywidgets.VBox([panel])\n")
    panel = Panel(lab_page, first=first)
    panel.ask("One")
    panel.ask("Two")
    assert panel.turns.count() == 2
    assert panel.labels() == ["One", "Two"]


MATH = """
import httpx, ipywidgets, json
import claude_kit as ck

def answer(request):
    told = [
        {"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-5-5", "usage": {}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It is $x^2 + 1$."}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}},
        {"type": "message_stop"},
    ]
    body = "".join(f"data: {json.dumps(event)}\\n\\n" for event in told)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body.encode())

panel = ck.ChatPanel("claude-sonnet-5-5", client=ck.Client("offline", transport=httpx.MockTransport(answer)))
ipywidgets.VBox([panel])
"""


def test_in_a_box_of_widgets_mathematics_is_typeset(lab_page: LabPage) -> None:
    """JupyterLab typesets what it displays as HTML; what a widget shows the panel has typeset, dollars of money not."""
    panel = Panel(lab_page, first=MATH.replace("{", "{{").replace("}", "}}"))
    panel.ask("Was it $5 or $6?")
    panel.turns.first.locator("mjx-container").wait_for()
    panel.ask("And now?")
    panel.turns.nth(1).locator("mjx-container").wait_for()
    assert panel.turns.locator("mjx-container").count() == 2
    assert panel.turns.first.locator(".ck-words").inner_text() == "Was it $5 or $6?"


CONTRASTS = """selectors => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (colour, under) => {
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgb(${r}, ${g}, ${b})`;
  };
  const ground = element => element
    ? over(getComputedStyle(element).backgroundColor, ground(element.parentElement)) : 'rgb(255, 255, 255)';
  const light = colour => {
    const [r, g, b] = colour.match(/\\d+/g).map(one => one / 255)
      .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return Object.fromEntries(selectors.map(selector => {
    const element = document.querySelector(`.ck-chat ${selector}`);
    const behind = ground(element);
    const [a, b] = [light(over(getComputedStyle(element).color, behind)), light(behind)].sort((a, b) => b - a);
    return [selector, Math.round((a + 0.05) / (b + 0.05) * 100) / 100];
  }));
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_all_words_can_be_read(lab_page: LabPage, tmp_path: Path, theme: str) -> None:
    """Every text of the panel stands out against its ground by 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark."""
    panel = Panel(lab_page)
    lab_page.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    panel.ask("Hello")
    wide = tmp_path / "wide.png"
    pil.new("RGB", (9000, 60), "teal").save(wide)
    with lab_page.page.expect_file_chooser() as chooser:
        panel.out.get_by_role("button", name="Attach").click()
    chooser.value.set_files(str(wide))
    panel.chips.get_by_text("limit 8,000 px a side").wait_for()
    panel.box.fill("How wide?")
    panel.box.press("Enter")
    panel.out.get_by_role("alert").get_by_text("nothing was sent").wait_for()
    lab_page.page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")
    parts = [
        ".ck-words",
        ".ck-action",
        ".ck-message",
        ".ck-chip",
        ".ck-why",
        ".ck-write",
        ".ck-menu",
        ".ck-price",
        ".ck-go",
    ]
    parts += [".ck-more summary", ".ck-is-offline", ".ck-exports button", ".ck-fit"]
    found = lab_page.page.evaluate(CONTRASTS, parts)
    assert {part: ratio for part, ratio in found.items() if ratio < 4.5} == {}
