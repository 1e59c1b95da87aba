"""One answer as a reader sees it: while it comes, reloaded in the middle, when it is done, and with other eyes."""

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.contrast import low_contrast
from tests.jupyter import LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

# The answer goes on when a file says so: a test waits for what it looks at, and no longer.
FEED = """
import time
from pathlib import Path
from claude_kit.estimate import estimate
from claude_kit.render.answer import Call
from claude_kit.reply import Accumulator
from claude_kit.view.live import LiveView
from claude_kit.wire import events as e

def until(name):
    while not Path(name).exists():
        time.sleep(0.05)
    Path(name).unlink()

def start(index, kind, **fields):
    return e.BlockStart(index, {"type": kind, **fields})

class Feed:
    def __init__(self, view):
        self.view, self.so_far = view, Accumulator()
    def __call__(self, *events, pause_s=0.0):
        for event in events:
            self.view.feed(event)
            self.so_far.feed(event)
            time.sleep(pause_s)
    def finish(self):
        self(e.MessageDelta({"stop_reason": "end_turn"}, {"output_tokens": 200}), e.MessageStop())
        self.view.finish(self.so_far.reply())

BEGUN = e.MessageStart({"id": "msg_offline_1", "model": "claude-sonnet-5-5", "usage": {"input_tokens": 1000}})
"""

TEXT = r"""
TEXT = (
    "## Key findings\n\nRevenue grew **in every region**, see `code` and [more](https://x.test/).\n\n"
    "| a | b |\n|---|--:|\n| 1 | 2 |\n\n> quoted\n\n```python\ndef f(x):\n    # why\n    return 'a' + 1\n```\n\n"
    "שלום עולם, ועוד `code` בתוכו.\n\n"
    "- פריט ראשון\n- פריט שני\n\nStill open"
)
"""

ANSWER = (
    FEED
    + TEXT
    + """
with LiveView(estimate("Hello", model="claude-sonnet-5-5")) as view:
    feed = Feed(view)
    feed(BEGUN, start(0, "thinking", thinking=""))
    feed(*(e.ThinkingDelta(0, f"thought {at}\\n") for at in range(60)))
    time.sleep(2)
    feed(e.ThinkingDelta(0, "last thought"))
    until("think")
    feed(e.BlockStop(0), start(1, "text", text=""))
    feed(*(e.TextDelta(1, TEXT[at:at + 3]) for at in range(0, len(TEXT), 3)), pause_s=0.01)
    until("done")
    feed(e.TextDelta(1, " no more."), e.BlockStop(1))
    feed.finish()
"""
)


def go_on(page: LabPage, name: str) -> None:
    """Let the answer go on."""
    (page.lab.root_dir / name).touch()


def expect(what: "Locator") -> Any:
    """Wait for what is expected, as long as a busy machine takes."""
    from playwright.sync_api import expect as expecting

    expecting.set_options(timeout=30_000)
    return expecting(what)


def test_an_answer_comes_in_order_and_stays(lab_page: LabPage) -> None:
    """Thinking opens, is counted and closes as the answer begins; blocks are read out once; Copy copies; it stays."""
    lab_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab_page.open(lab_page.lab.write("answer.ipynb", [ANSWER]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    thinking = live.locator(".ck-thinking")
    live.get_by_text("last thought").wait_for()
    assert thinking.get_attribute("open") is not None
    expect(thinking.locator("summary")).to_contain_text("tokens")
    at_end = "it => it.scrollHeight > it.clientHeight && it.scrollHeight - it.scrollTop - it.clientHeight < 14"
    lab_page.page.wait_for_function(at_end, arg=thinking.locator(".ck-thought").element_handle())
    assert live.locator(".ck-answer").count() == 0
    spoken = lab_page.page.locator(".ck-spoken[role=status]")
    expect(spoken).to_have_text("Thinking")

    go_on(lab_page, "think")
    live.get_by_text("Still open").wait_for()
    expect(thinking).not_to_have_attribute("open", re.compile(""))
    expect(thinking.locator("summary")).to_have_text(re.compile("^Thought for"))
    expect(spoken).to_have_text("Answering")
    told = live.locator(".ck-answer > [aria-live=polite]")
    expect(told).to_contain_text("Key findings")
    assert "Still open" not in told.inner_text()
    for words in ("offline model, no Claude was asked", "claude-sonnet-5-5", "tok/s", " of ~$"):
        expect(live.locator(".ck-status")).to_contain_text(words)

    live.get_by_role("button", name="Copy").click()
    live.get_by_role("button", name="Copied").wait_for()
    assert lab_page.page.evaluate("navigator.clipboard.readText()").startswith("## Key findings\n\nRevenue grew **in")
    live.get_by_role("button", name="Copy", exact=True).wait_for()

    way = "it => getComputedStyle(it).direction"
    reading = {"Revenue grew": "ltr", "שלום": "rtl", "פריט ראשון": "rtl"}
    for words, direction in reading.items():
        assert live.get_by_text(words).first.evaluate(way) == direction
    assert live.locator("p > code").last.evaluate(way) == "ltr"
    assert live.locator("pre").evaluate(way) == "ltr"
    width = "it => it.getBoundingClientRect().width"
    live_width = live.evaluate(width)

    go_on(lab_page, "done")
    lab_page.wait_done()
    live.wait_for(state="detached")
    saved = lab_page.outputs(0).locator(".ck")
    saved.get_by_text("no more.").wait_for()
    for words, direction in reading.items():
        assert saved.get_by_text(words).first.evaluate(way) == direction
    assert saved.locator("pre").evaluate(way) == "ltr"
    assert saved.evaluate(width) == live_width, "nothing moves when it is done"
    expect(spoken).to_have_text("The answer is done")
    assert lab_page.console_errors == lab_page.page_errors == lab_page.outside_requests == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_everything_can_be_read(lab_page: LabPage, theme: str) -> None:
    """Text stands out from what is behind it as WCAG's level AA asks, live and saved, in light and in dark."""
    lab_page.open(lab_page.lab.write("contrast.ipynb", [ANSWER]))
    change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme }).then(() => true)"
    lab_page.page.evaluate(change, theme)
    light = "true" if "Light" in theme else "false"
    lab_page.page.wait_for_selector(f"body[data-jp-theme-light={light}]", state="attached")
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.get_by_text("last thought").wait_for()
    low = {"thinking": low_contrast(live)}
    go_on(lab_page, "think")
    live.get_by_text("Still open").wait_for()
    low["answering"] = low_contrast(live)
    go_on(lab_page, "done")
    lab_page.wait_done()
    saved = lab_page.outputs(0).locator(".ck")
    saved.get_by_text("no more.").wait_for()
    low["saved"] = low_contrast(saved)
    lab_page.page.evaluate(change, "JupyterLab Light")
    assert low == {"thinking": [], "answering": [], "saved": []}


def test_a_page_that_is_loaded_again_in_mid_stream_loses_nothing(lab_page: LabPage) -> None:
    """It shows what had arrived when the notebook was saved; when the cell has ended, what stays, and saves that."""
    name = lab_page.lab.write("reload.ipynb", [ANSWER, "print('next')"])
    lab_page.open(name)
    lab_page.run_cell(0, wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.get_by_text("last thought").wait_for()
    lab_page.page.wait_for_function(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model.toJSON()).includes('last thought')"
    )
    saved = lab_page.save()
    (data,) = [output.data for output in saved.cells[0].outputs]
    assert data.keys() == {"text/html", "text/plain"}
    assert "widgets" not in saved.metadata

    lab_page.page.reload(wait_until="domcontentloaded")
    lab_page.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.content?.widgets?.length === 2")
    again = lab_page.cell(0).locator(".ck")
    again.get_by_text("still being written when this was saved").wait_for()
    assert "last thought" in (again.locator(".ck-thought").text_content() or "")

    go_on(lab_page, "think")
    go_on(lab_page, "done")
    again.get_by_text("no more.").wait_for()
    assert again.get_by_text("still being written").count() == 0
    stays = lab_page.save().cells[0].outputs[0].data
    assert "no more." in stays["text/html"]
    assert "data-ck-island" not in stays["text/html"]

    lab_page.restart_kernel()
    lab_page.reload()
    lab_page.outputs(0).get_by_text("no more.").wait_for()
    page = lab_page.lab.root_dir / "reload.html"
    convert = [sys.executable, "-m", "nbconvert", "--to", "html", "--output", page, lab_page.lab.root_dir / name]
    subprocess.run(convert, check=True, capture_output=True)
    assert "no more." in page.read_text(encoding="utf-8")
    assert "Error displaying widget" not in page.read_text(encoding="utf-8")


SCROLLS = """
from feeding import *
with LiveView() as view:
    feed = Feed(view)
    feed(BEGUN, start(0, "text", text=""))
    for round in range(4):
        feed(*(e.TextDelta(0, f"round {round} line {at}\\n\\n") for at in range(60)))
        until(f"round{round}")
    feed.finish()
"""


def test_it_follows_the_end_until_the_reader_scrolls(lab_page: LabPage) -> None:
    """The page follows while the end is in view, lets go at a turn of the wheel, and takes hold again at the end."""
    page = lab_page.page
    page.set_viewport_size({"width": 1200, "height": 700})
    (lab_page.lab.root_dir / "feeding.py").write_text(FEED, encoding="utf-8")
    lab_page.open(lab_page.lab.write("scroll.ipynb", [SCROLLS]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    below = """it => {
      const view = it.closest('.jp-WindowedPanel-outer, .jp-Notebook').getBoundingClientRect();
      return Math.round(it.getBoundingClientRect().bottom - view.bottom);
    }"""
    live.get_by_text("round 0 line 59").wait_for()
    page.wait_for_timeout(500)
    assert live.evaluate(below) <= 2

    page.mouse.move(700, 400)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(300)
    go_on(lab_page, "round0")
    live.get_by_text("round 1 line 59").wait_for()
    page.wait_for_timeout(300)
    assert live.evaluate(below) > 200

    page.mouse.wheel(0, 100_000)
    page.wait_for_timeout(300)
    go_on(lab_page, "round1")
    live.get_by_text("round 2 line 59").wait_for()
    page.wait_for_timeout(300)
    assert live.evaluate(below) <= 2

    scrolled = "it => it.closest('.jp-WindowedPanel-outer').scrollTop"
    live.evaluate("it => it.closest('.jp-WindowedPanel-outer').scrollTo(0, 0)")
    page.wait_for_timeout(300)
    go_on(lab_page, "round2")
    live.get_by_text("round 3 line 59").wait_for()
    page.wait_for_timeout(300)
    assert live.evaluate(scrolled) == 0, "who is elsewhere is left alone"
    go_on(lab_page, "round3")
    lab_page.wait_done()


SEVERAL = (
    FEED
    + """
LONG = [
    "".join(f"{at}. item {at} 😀\\n" for at in range(300)),
    "| a | b |\\n|---|--:|\\n" + "".join(f"| row {at} | {at} |\\n" for at in range(300)),
    "```text\\n" + "".join(f"line {at}\\n" for at in range(300)),
]
views = [LiveView() for _ in LONG]
for view in views:
    view.__enter__()
feeds = [Feed(view) for view in views]
for feed in feeds:
    feed(BEGUN, start(0, "text", text=""))
for at in range(0, max(map(len, LONG)), 8):
    for feed, text in zip(feeds, LONG):
        feed(e.TextDelta(0, text[at:at + 8]))
    time.sleep(0.004)
time.sleep(0.5)
until("done")
for feed in feeds:
    feed.finish()
"""
)


LONG = (
    FEED
    + """
with LiveView() as view:
    feed = Feed(view)
    feed(BEGUN, start(0, "text", text=""))
    feed(*(e.TextDelta(0, f"Paragraph **{at}**.\\n\\n") for at in range(400)), pause_s=0.01)
    feed(e.TextDelta(0, "That was all"))
    until("code")
    feed(e.TextDelta(0, ".\\n\\n```python\\n" + "y = 2\\n" * 400 + "z = 3"))
    until("done")
    feed.finish()
"""
)


def test_more_words_are_styled_without_those_before_them(lab_page: LabPage) -> None:
    """A selector that looks inside, such as ``:has()``, would style the whole answer again ten times a second."""
    browser = lab_page.page.context.browser
    assert browser is not None
    lab_page.open(lab_page.lab.write("long.ipynb", [LONG]))
    browser.start_tracing(page=lab_page.page, categories=["devtools.timeline"])
    lab_page.run_all(wait=False)
    lab_page.cell(0).locator(".ck-live").get_by_text("That was all").wait_for()
    traced = json.loads(browser.stop_tracing())["traceEvents"]
    styled = [event["args"].get("elementCount", 0) for event in traced if event["name"] == "UpdateLayoutTree"]
    few = [count for count in styled if 0 < count < 200]
    assert len(few) > 20
    many = [count for count in styled if count >= 200]
    assert len(many) <= 5, many  # what is saved from time to time stands there anew

    go_on(lab_page, "code")
    code = lab_page.cell(0).locator(".ck-live pre")
    code.get_by_text("z = 3").wait_for()
    assert code.evaluate("it => getComputedStyle(it).marginBottom") == "0px"  # though it goes on: it is the last
    go_on(lab_page, "done")
    lab_page.wait_done()


def test_several_at_once_each_show_their_own(lab_page: LabPage) -> None:
    """A list, a table and a piece of code that come in parts stand there as one, with nothing missing."""
    lab_page.open(lab_page.lab.write("several.ipynb", [SEVERAL]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.nth(2).get_by_text("line 299").wait_for()
    live.nth(0).get_by_text("item 299 😀").wait_for()
    live.nth(1).get_by_text("row 299").wait_for()
    shape = "all => all.map(it => [it.querySelectorAll('ol, table, pre').length, it.querySelectorAll('li, tr').length])"
    assert live.locator(".ck-answer").evaluate_all(shape) == [[1, 300], [1, 301], [1, 0]]
    words = ["".join(text.split()) for text in live.locator(".ck-answer").all_text_contents()]
    go_on(lab_page, "done")
    lab_page.wait_done()
    lab_page.page.wait_for_function("() => document.querySelectorAll('.ck-status').length === 3")
    lab_page.page.wait_for_function("() => document.querySelectorAll('.ck-live').length === 0")
    stays = lab_page.cell(0).locator(".ck .ck-answer").all_text_contents()
    assert ["".join(text.split()) for text in stays] == words
    assert json.dumps(lab_page.save()).count("vnd.jupyter.widget-view") == 0
