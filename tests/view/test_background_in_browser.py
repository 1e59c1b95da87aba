"""An answer that streams on in its cell while other cells run."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

ASK = """
import claude_kit as ck
chat = ck.Chat(model="claude-sonnet-5-5", client=ck.Client.offline(pace_s=0.2), thinking="adaptive")
coming = chat.ask("Tell me a long story.", background=True)
print(coming.done)
"""
BUSY = """
import asyncio
print("at work")
await asyncio.sleep(1)
print(coming.done)
"""
RESULT = """
reply = await coming
print(reply.complete, len(reply.thinking) > 0, reply.problem, chat.history)
"""


def test_it_streams_on_and_is_stopped_by_its_button(any_page: LabPage) -> None:
    """The cell has ended, another one runs, the answer comes where it was asked, and Stop ends it alone."""
    any_page.open(any_page.lab.write("stopped.ipynb", [ASK, BUSY, RESULT]))
    any_page.run_all(wait=False)
    any_page.outputs(1).get_by_text("at work").wait_for()
    live = any_page.cell(0).locator(".ck-live")
    live.locator(".ck-thinking[open] .ck-thought").wait_for()
    assert "False" in any_page.cell(0).inner_text()
    any_page.outputs(1).get_by_text("False").wait_for()
    live.get_by_role("button", name="Stop").click()
    any_page.wait_done(timeout_s=10)
    live.wait_for(state="detached")
    assert "Stopped before the answer was complete." in any_page.cell(0).inner_text()
    assert any_page.outputs(1).all_inner_texts()[0].split() == ["at", "work", "False"]
    assert any_page.cell_outputs(2) == ["False True Stopped before the answer was complete. []"]


WORK = """
import time
print("at work")
time.sleep(4)
print("whole", coming.done)
"""


def test_stop_never_interrupts_the_cell_that_runs(lab_page: LabPage) -> None:
    """It ends the answer in the background even while the kernel is at work, and leaves that work alone."""
    lab_page.open(lab_page.lab.write("guard.ipynb", [ASK, WORK, RESULT]))
    lab_page.run_all(wait=False)
    lab_page.outputs(1).get_by_text("at work").wait_for()
    lab_page.cell(0).locator(".ck-live").get_by_role("button", name="Stop").click()
    lab_page.wait_done()
    assert "\n".join(lab_page.cell_outputs(1)).split() == ["at", "work", "whole", "True"]
    assert lab_page.cell_outputs(2)[0].startswith("False ")


TWO = """
import claude_kit as ck
client = ck.Client.offline(pace_s=0.02)
first, second = (ck.ask(f"Question {n}", model="claude-sonnet-5-5", client=client, background=True) for n in "ab")
"""


def test_two_come_at_once_and_end_in_their_cell(lab_page: LabPage) -> None:
    """Both answers stay in the cell that asked, whatever ran since; a later cell shows one again."""
    lab_page.open(lab_page.lab.write("two.ipynb", [TWO, "1 + 1", "await first; await second", "first"]))
    lab_page.run_all()
    lab_page.outputs(0).locator(".ck-answer").nth(1).wait_for()
    for name, output in zip("ab", lab_page.cell_outputs(0), strict=True):
        assert f"Question {name}" in output
    assert lab_page.cell_outputs(1) == ["2"]
    assert "Question a" in lab_page.cell_outputs(3)[0]
    saved = lab_page.save()
    assert [len(cell.outputs) for cell in saved.cells] == [2, 1, 1, 1]


REFUSED = """
import claude_kit as ck
client = ck.Client.anthropic("sk-ant-test", base_url="http://127.0.0.1:9/v1", max_retries=0)
coming = ck.ask("Hi", client=client, background=True)
"""
RAISED = """
try:
    coming.result()
except ck.APIError as error:
    print("raised:", type(error).__name__)
"""


def test_what_fails_is_told_where_it_was_asked(lab_page: LabPage) -> None:
    """As the answer's problem, and no traceback; asked for the result it raises."""
    lab_page.open(lab_page.lab.write("failed.ipynb", [REFUSED, RAISED]))
    lab_page.run_all()
    lab_page.cell(0).get_by_text("Connection refused").wait_for()
    assert "Traceback" not in lab_page.cell(0).inner_text()
    assert lab_page.cell_outputs(1) == ["raised: ConnectionFailed"]
