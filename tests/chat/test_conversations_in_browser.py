"""Conversations in JupyterLab: cells that are run again, several answers at once, and what a tool does meanwhile."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

BEGIN = """
import claude_kit as ck
chat = ck.Chat("claude-sonnet-5-5", ck.Client.offline(pace_s=0), thinking="adaptive")
"""
TOLD = "print([turn.label for turn in chat.turns], list(chat.ledger['state']))"


def test_a_cell_that_is_run_again_asks_again(lab_page: LabPage) -> None:
    """JupyterLab names the cell: its turn and those after it are replaced, and stay in the log."""
    cells = [BEGIN, 'reply = chat.ask("One?")', 'reply = chat.ask("Two?")', TOLD]
    lab_page.open(lab_page.lab.write("rerun.ipynb", cells))
    lab_page.run_all()
    assert lab_page.cell_outputs(3) == ["['One?', 'Two?'] ['kept', 'kept']"]
    lab_page.run_cell(1)
    lab_page.run_cell(3)
    assert lab_page.cell_outputs(3) == ["['One?'] ['set aside', 'set aside', 'kept']"]
    lab_page.run_cell(2)
    lab_page.run_cell(3)
    assert lab_page.cell_outputs(3)[0].startswith("['One?', 'Two?']")


TOGETHER = """
import asyncio
chats = [ck.Chat("claude-sonnet-5-5", ck.Client.offline(pace_s=0.02)) for _ in range(3)]
replies = await asyncio.gather(*(each.aask(f"Number {n}?") for n, each in enumerate(chats)))
"""


def test_several_answers_stream_in_one_cell(lab_page: LabPage) -> None:
    """Each in its own view, side by side, and each stays."""
    lab_page.open(lab_page.lab.write("together.ipynb", [BEGIN, TOGETHER, "print([r.complete for r in replies])"]))
    lab_page.run_all(wait=False)
    lab_page.cell(1).locator(".ck-live").nth(2).wait_for()
    lab_page.wait_done()
    assert lab_page.cell_outputs(2) == ["[True, True, True]"]
    answers = lab_page.outputs(1).locator(".ck-answer")
    answers.nth(2).wait_for()
    said = [answers.nth(n).inner_text() for n in range(3)]
    assert all(f"Number {n}?" in said[n] for n in range(3))


SLOW_TOOL = """
import time

def dig(depth: int) -> str:
    "Dig a hole."
    time.sleep(30)
    return "done"

chat.tools = [dig]
reply = chat.ask("Please dig")
"""


def test_stop_reaches_a_tool(lab_page: LabPage) -> None:
    """A function that takes long is interrupted; what Claude had said is kept, and the conversation goes on."""
    after = 'print(reply.stop_reason, len(chat.turns))\nreply = chat.ask("Never mind.")\nprint(reply.complete)'
    lab_page.open(lab_page.lab.write("tool.ipynb", [BEGIN, SLOW_TOOL, after]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(1).locator(".ck-live")
    live.get_by_text("dig(").wait_for()
    live.get_by_role("button", name="Stop").click()
    lab_page.wait_done(timeout_s=20)
    assert "tool_use 1" in lab_page.cell_outputs(2)[0]
    assert "True" in lab_page.cell_outputs(2)[-1]
    assert "dig(" in lab_page.outputs(1).inner_text()
