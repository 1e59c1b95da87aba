"""The pieces of an answer on a real page, while they come and when they stay."""

import pytest

from tests.jupyter import LabPage

pytestmark = pytest.mark.browser

PIECES = '''
import time
from claude_kit import Reply
from claude_kit.render.answer import Call
from claude_kit.reply import Accumulator
from claude_kit.shown import turn_answer
from claude_kit.view.live import LiveView
from claude_kit.wire import events as e

ATTACK = """"></code><script>window.pwned = 1</script><img src=https://x.test/a onerror="window.pwned = 1">"""
PAGE = {"type": "page_location", "document_title": ATTACK, "cited_text": ATTACK, "document_index": 0}

def start(index, kind, **fields):
    return e.BlockStart(index, {"type": kind, **fields})

def answer(*events):
    return [e.MessageStart({"id": "msg_1", "model": "claude-sonnet-5-5"}), *events, e.MessageStop()]

first = answer(
    start(0, "thinking", thinking=""), e.ThinkingDelta(0, "Which city? " + ATTACK), e.BlockStop(0),
    start(1, "text", text=""), e.TextDelta(1, "Looking it **up**." + ATTACK), e.BlockStop(1),
    start(2, "tool_use", id="t1", name="weather", input={}), e.InputJsonDelta(2, '{"city": "Oslo"}'), e.BlockStop(2),
)
second = answer(
    start(0, "redacted_thinking", data="x"), e.BlockStop(0),
    start(1, "redacted_thinking", data="x"), e.BlockStop(1),
    start(2, "text", text=""), e.CitationDelta(2, {**PAGE, "start_page_number": 3, "end_page_number": 6}),
    e.TextDelta(2, "It rains"), e.BlockStop(2), start(3, "text", text=""), e.TextDelta(3, ", says $5."), e.BlockStop(3),
)

def reply(events):
    accumulator = Accumulator()
    for event in events:
        accumulator.feed(event)
    return accumulator.reply()

def feed(view, events, pause_s=0.2):
    for event in events:
        view.feed(event)
        time.sleep(pause_s)

result = {"type": "tool_result", "tool_use_id": "t1", "content": "rain " + ATTACK, "is_error": True}
with LiveView() as view:
    view.note("The thinking was not sent. " + ATTACK)
    feed(view, first)
    view.called(Call("weather", '{"city": "Oslo"}', pending=True, id="t1"))
    time.sleep(3)
    view.called(Call("weather", '{"city": "Oslo"}', result["content"], failed=True, id="t1"))
    time.sleep(3)
    feed(view, second)
    time.sleep(3)
    view.finish(turn_answer([(reply(first), [result]), (reply(second), [])], ["The thinking was not sent. " + ATTACK]))
'''


def test_pieces_come_in_order_and_stay(lab_page: LabPage) -> None:
    """A call runs, fails and stays where it was; thinking folds; what is locked is a line; nothing of it runs."""
    lab_page.open(lab_page.lab.write("pieces.ipynb", [PIECES]))
    lab_page.run_all(wait=False)
    live = lab_page.cell(0).locator(".ck-live")
    live.locator(".ck-call", has_text="running").wait_for()
    live.locator(".ck-call summary").click()
    live.locator(".ck-call[open]", has_text="failed").wait_for()
    assert live.locator(".ck-call").count() == 1
    live.locator(".ck-answer sup", has_text="[1]").wait_for()
    assert live.locator(".ck-thinking[open]").count() == 0
    kinds = "all => all.map(one => one.className.split(' ')[0])"
    pieces = ["ck-note", "ck-thinking", "ck-answer", "ck-call", "ck-locked", "ck-answer"]
    assert live.locator(":scope > *").evaluate_all(kinds) == [*pieces, "ck-sources", "ck-status"]
    assert "2 blocks" in live.locator(".ck-locked").inner_text()

    lab_page.wait_done()
    live.wait_for(state="detached")
    saved = lab_page.outputs(0).locator(".ck")
    assert saved.locator(":scope > :not(style)").evaluate_all(kinds) == [*pieces, "ck-sources", "ck-status"]
    assert saved.locator(".ck-answer").nth(1).inner_text() == "It rains[1], says $5."
    assert "pp. 3 to 5" in saved.locator(".ck-sources").inner_text()
    assert saved.locator("script, img").count() == 0
    assert lab_page.page.evaluate("window.pwned") is None
    assert lab_page.outside_requests == []
    assert lab_page.page_errors == []
