"""What is asked inside an Output widget, as by a button or `interact`: such a one is told of no update of a display."""

import pytest

from tests.jupyter import LabPage
from tests.view.test_live_in_browser import expect

pytestmark = pytest.mark.browser

BUTTON = """
import ipywidgets
import claude_kit as ck

client = ck.Client.offline(pace_s=0.002)
button, out = ipywidgets.Button(description="Ask"), ipywidgets.Output()

def answer():
    yield {"type": "message_start", "message": {"id": "1", "model": "claude-sonnet-5-5", "usage": {"input_tokens": 1}}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in ("As ", "$x^", "2$ ", "is."):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}

@button.on_click
def _(_):
    with out:
        ck.show(answer())

display(button, out)
"""

SEVERAL = """
with out:
    for number in range(5):
        ck.ask(f"Question {number}", client=client)
"""

PANEL = """
with out:
    panel = ck.ChatPanel("claude-sonnet-5-5", client=client)
    display(panel)
"""


def test_an_answer_gets_its_final_form(lab_page: LabPage) -> None:
    """By a button, and many in one cell; what stays has its formulas typeset, and is there after a reload."""
    lab_page.open(lab_page.lab.write("output.ipynb", [BUTTON, SEVERAL]))
    lab_page.run_all()
    answers = lab_page.cell(0).locator(".ck-answer")
    expect(answers).to_have_count(5)
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)

    lab_page.page.get_by_role("button", name="Ask").click()
    expect(answers).to_have_count(6)
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)
    answers.nth(5).locator("mjx-container").first.wait_for()
    expect(lab_page.cell(0).locator(".ck-status").nth(5)).to_contain_text("out 9")
    lab_page.save()

    lab_page.reload()
    expect(lab_page.cell(0).locator(".ck-answer")).to_have_count(6)
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)
    assert lab_page.console_errors == lab_page.page_errors == []


def test_an_answer_that_is_refused_leaves_nothing(lab_page: LabPage) -> None:
    """And no widget either."""
    asks = "ck.ask('Why?', client=ck.Client.offline(faults=['status=400']))"
    refused = BUTTON.replace("ck.show(answer())", asks)
    lab_page.open(lab_page.lab.write("refused.ipynb", [refused]))
    lab_page.run_all()
    lab_page.page.get_by_role("button", name="Ask").click()
    lab_page.cell(0).get_by_text("BadRequestError").first.wait_for()
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)
    assert lab_page.page_errors == []


def test_a_panel_shows_its_conversation(lab_page: LabPage) -> None:
    """A turn that has ended stands above the composer, which stays where it is."""
    lab_page.open(lab_page.lab.write("panel.ipynb", [BUTTON, PANEL]))
    lab_page.run_all()
    box = lab_page.cell(0).get_by_label("Your question")
    box.fill("Are you there?")
    box.press("Enter")
    expect(lab_page.cell(0).locator(".ck-turn .ck-status")).to_have_count(1)
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)
    lab_page.cell(0).locator(".ck-turn").get_by_role("button", name="Retry").wait_for()
    box.fill("And now?")
    box.press("Enter")
    expect(lab_page.cell(0).locator(".ck-turn .ck-status")).to_have_count(2)
    expect(lab_page.cell(0).locator(".ck-live")).to_have_count(0)
    assert lab_page.console_errors == lab_page.page_errors == []
