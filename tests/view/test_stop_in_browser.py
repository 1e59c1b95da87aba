"""Stop, reload and other things a reader does while an answer streams."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

# Slow enough to be stopped: some 60 events at a fifth of a second.
SLOW = """
import claude_kit as ck
chat = ck.Chat(model="claude-sonnet-5-5", client=ck.Client.offline(pace_s=0.2), thinking="adaptive")
reply = chat.ask("Tell me a long story.")
"""
AFTER = "print(reply.complete, len(reply.thinking) > 0, reply.problem, chat.history)"


def test_the_stop_button_stops_and_keeps_what_came(lab_page: LabPage) -> None:
    """Stop ends the answer at once; what had arrived stays on the page and later cells still run."""
    lab_page.open(lab_page.lab.write("stop.ipynb", [SLOW, AFTER]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.locator(".ck-thinking[open] .ck-thought").wait_for()
    live.get_by_role("button", name="Stop").click()
    lab_page.wait_done(timeout_s=10)
    live.wait_for(state="detached")
    shown = lab_page.outputs(0).inner_text()
    assert "Stopped before the answer was complete." in shown
    assert "offline model" in shown
    assert lab_page.cell_outputs(1) == ["False True Stopped before the answer was complete. []"]


def test_interrupting_the_kernel_does_the_same(lab_page: LabPage) -> None:
    """Kernel > Interrupt stops the answer, not the notebook."""
    lab_page.open(lab_page.lab.write("interrupt.ipynb", [SLOW, AFTER]))
    lab_page.run_all(wait=False)
    lab_page.cell(0).locator(".ck-live .ck-thinking[open] .ck-thought").wait_for()
    lab_page.interrupt()
    lab_page.wait_done(timeout_s=10)
    assert lab_page.cell_outputs(1) == ["False True Stopped before the answer was complete. []"]


def test_an_answer_as_last_line_is_shown_once(lab_page: LabPage) -> None:
    """A cell that ends in `chat.ask(...)` shows the answer once; naming the reply in a later cell shows it again."""
    ask = 'import claude_kit as ck\nreply = ck.ask("Hello", client=ck.Client.offline(pace_s=0))\nreply'
    lab_page.open(lab_page.lab.write("once.ipynb", [ask, "reply"]))
    lab_page.run_all()
    for cell in (0, 1):
        lab_page.outputs(cell).locator(".ck-answer").wait_for()
        assert lab_page.outputs(cell).locator(".ck-answer").count() == 1


BURST = """
import json
import httpx
import claude_kit as ck

def event(kind, **fields):
    return f"data: {json.dumps({'type': kind, **fields})}\\n\\n".encode()

def stream():
    yield event("message_start", message={"id": "msg_1", "model": "claude-sonnet-5-5", "usage": {}})
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for number in range(8000):
        text = f"w{number} " if number % 20 else f"\\n\\nw{number} "
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
    yield event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 8000})
    yield event("message_stop")

def burst(request):
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream())

reply = ck.ask("Go", model="claude-sonnet-5-5", client=ck.Client("offline", transport=httpx.MockTransport(burst)))
"""


def test_a_burst_loses_nothing(lab_page: LabPage) -> None:
    """8,000 deltas that come all at once are all shown, in order."""
    lab_page.open(lab_page.lab.write("burst.ipynb", [BURST]))
    lab_page.run_all()
    answer = lab_page.outputs(0).locator(".ck-answer")
    answer.wait_for()
    assert answer.inner_text().split() == [f"w{number}" for number in range(8000)]


SLOW_TO_BEGIN = """
import time
import httpx
import claude_kit as ck
from claude_kit.offline.transport import OfflineTransport

class Late(OfflineTransport):
    def handle_request(self, request):
        time.sleep(4)
        return super().handle_request(request)

client = ck.Client("offline", transport=Late(pace_s=0))
reply = ck.ask("Are you there?", model="claude-sonnet-5-5", client=client)
"""


def test_waiting_is_shown(lab_page: LabPage) -> None:
    """Before the first word comes the reader sees which model was asked, for how long, and a Stop that works."""
    lab_page.open(lab_page.lab.write("late.ipynb", [SLOW_TO_BEGIN, "print(reply.complete, reply.problem)"]))
    lab_page.run_all(wait=False)
    status = lab_page.cell(0).locator(".ck-live .ck-status")
    status.wait_for()
    assert "claude-sonnet-5-5" in status.inner_text()
    assert lab_page.cell(0).locator(".ck-live .ck-answer").is_hidden()
    status.get_by_role("button", name="Stop").click()
    lab_page.wait_done(timeout_s=10)
    assert lab_page.cell_outputs(1) == ["False Stopped before an answer came."]


def test_a_refused_request_leaves_no_widget(lab_page: LabPage) -> None:
    """When no answer begins the cell shows the error and nothing else."""
    ask = (
        'import claude_kit as ck\nck.ask("Hi", client=ck.Client.anthropic("sk-test", base_url="http://127.0.0.1:9/v1"))'
    )
    lab_page.open(lab_page.lab.write("refused.ipynb", [ask]))
    lab_page.run_all()
    text = "\n".join(lab_page.cell_outputs(0))
    assert "connection_error" in text
    assert "sk-test" not in text.replace('Client.anthropic("sk-test"', "")
    assert lab_page.cell(0).locator(".ck-live").count() == 0
