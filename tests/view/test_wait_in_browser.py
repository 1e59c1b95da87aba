"""What a reader sees while the API asks to wait."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

OVERLOADED = """
import claude_kit as ck
client = ck.Client.offline(pace_s=0, faults=["status=529; retry-after=4", None])
reply = ck.Chat(model="claude-sonnet-5-5", client=client).ask("How long is a piece of string?")
"""


def test_a_wait_is_shown_where_the_answer_will_be(lab_page: LabPage) -> None:
    """How long and why, until the answer comes; nothing of it stays."""
    lab_page.open(lab_page.lab.write("wait.ipynb", [OVERLOADED]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.get_by_text("waiting 4 s (overloaded)").wait_for()
    lab_page.wait_done()
    lab_page.outputs(0).locator(".ck-answer").wait_for()
    assert "waiting" not in lab_page.outputs(0).inner_text()
