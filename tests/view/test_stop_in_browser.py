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


STOPPED = "False True Stopped before the answer was complete. []"

#: A cell that waits, and one that awaits.
CELLS = [SLOW, SLOW.replace("chat.ask", "await chat.aask")]


@pytest.mark.parametrize("cell", CELLS, ids=["ask", "aask"])
def test_the_stop_button_stops_and_keeps_what_came(any_page: LabPage, cell: str) -> None:
    """Stop ends the answer at once; what had arrived stays on the page and later cells still run."""
    any_page.open(any_page.lab.write("stop.ipynb", [cell, AFTER]))
    any_page.run_all(wait=False)
    live = any_page.cell(0).locator(".ck-live")
    live.locator(".ck-thinking[open] .ck-thought").wait_for()
    live.get_by_role("button", name="Stop").click()
    any_page.wait_done(timeout_s=10)
    live.wait_for(state="detached")
    shown = any_page.outputs(0).inner_text()
    assert "Stopped before the answer was complete." in shown
    assert "offline model" in shown
    assert any_page.cell_outputs(1) == [STOPPED]


@pytest.mark.parametrize("cell", CELLS, ids=["ask", "aask"])
def test_interrupting_the_kernel_does_the_same(any_page: LabPage, cell: str) -> None:
    """Kernel > Interrupt stops the answer, not the notebook, and leaves no traceback."""
    any_page.open(any_page.lab.write("interrupt.ipynb", [cell, AFTER]))
    any_page.run_all(wait=False)
    any_page.cell(0).locator(".ck-live .ck-thinking[open] .ck-thought").wait_for()
    any_page.interrupt()
    any_page.wait_done(timeout_s=10)
    assert any_page.cell_outputs(1) == [STOPPED]
    assert any_page.outputs(0).count() == 1


SHOWN = """
import claude_kit as ck
question = [{"role": "user", "content": "Tell me a long story."}]
stream = ck.AsyncClient.offline(pace_s=0.2).stream(question, model="claude-sonnet-5-5", thinking="adaptive")
reply = await ck.show(stream)
"""


def test_what_is_shown_and_awaited_stops(lab_page: LabPage) -> None:
    """The same of `await ck.show(...)`; the interrupt afterwards ends a cell again, as it always did."""
    after = "print(reply.complete, len(reply.thinking) > 0, reply.problem, [])"
    awaits = "import asyncio\nprint('here')\nfor _ in range(600):\n    await asyncio.sleep(0.1)"
    lab_page.open(lab_page.lab.write("shown.ipynb", [SHOWN, after, awaits]))
    lab_page.run_all(wait=False)
    lab_page.cell(0).locator(".ck-live .ck-thinking[open] .ck-thought").wait_for()
    lab_page.interrupt()
    lab_page.outputs(2).get_by_text("here").wait_for()
    assert lab_page.cell_outputs(1) == [STOPPED]
    lab_page.interrupt()
    lab_page.wait_done(timeout_s=10)
    assert "CancelledError" in lab_page.outputs(2).last.inner_text()


CANCELLED = """
import asyncio
try:
    async with asyncio.timeout(3):
        await chat.aask("Tell me another.")
except TimeoutError:
    print("too late")
"""


def test_what_the_user_cancels_is_cancelled(lab_page: LabPage) -> None:
    """A timeout of one's own is raised as such, and what had come until then is shown."""
    begin = SLOW.rsplit("\n", 2)[0]
    lab_page.open(lab_page.lab.write("cancelled.ipynb", [begin, CANCELLED]))
    lab_page.run_all()
    told, answer = sorted(lab_page.cell_outputs(1), key=len)
    assert told == "too late"
    assert "Stopped before the answer was complete." in answer


TOOL = """
import time
import claude_kit as ck

def sleep() -> str:
    "Sleep for long."
    time.sleep(60)
    return "slept"

chat = ck.Chat(model="claude-sonnet-5-5", client=ck.Client.offline(pace_s=0), tools=[sleep])
reply = chat.ask("Sleep, please.")
"""


@pytest.mark.parametrize("cell", [TOOL, TOOL.replace("chat.ask", "await chat.aask")], ids=["ask", "aask"])
def test_a_tool_is_stopped_too(lab_page: LabPage, cell: str) -> None:
    """Stop while a function of one's own runs ends the question, and the call is seen not to have ended."""
    lab_page.open(lab_page.lab.write("tool.ipynb", [cell, "print(reply.complete, reply.problem)"]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.locator(".ck-call").get_by_text("sleep").first.wait_for()
    live.get_by_role("button", name="Stop").click()
    lab_page.wait_done(timeout_s=10)
    assert lab_page.cell_outputs(1) == ["False Stopped before the answer was complete."]
    assert "sleep" in lab_page.outputs(0).inner_text()


def test_the_button_of_an_answer_that_is_over_ends_nothing(lab_page: LabPage) -> None:
    """However late it is pressed, it never interrupts another cell."""
    quick = SLOW.replace("pace_s=0.2", "pace_s=0.02")
    busy = "import time\nprint('here')\ntime.sleep(3)\nprint('whole')"
    lab_page.open(lab_page.lab.write("over.ipynb", [quick, busy]))
    lab_page.run_all(wait=False)
    lab_page.cell(0).locator(".ck-live .ck-stop").wait_for()
    lab_page.page.evaluate("() => { window.late = document.querySelector('.ck-live .ck-stop'); }")
    lab_page.outputs(1).get_by_text("here").wait_for()
    lab_page.page.evaluate("() => { window.late.disabled = false; window.late.click(); }")
    lab_page.wait_done()
    assert "\n".join(lab_page.cell_outputs(1)).split() == ["here", "whole"]


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
