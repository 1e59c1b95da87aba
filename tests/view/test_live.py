"""The live view without a page: what it is sent, what its status line says, and what stands in a saved notebook."""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from claude_kit.estimate import count_text, estimate
from claude_kit.models import find
from claude_kit.render.answer import Answer, Call, Said
from claude_kit.render.markdown import to_html
from claude_kit.reply import Reply
from claude_kit.view import live, watching, within
from claude_kit.view.growing import Growing
from claude_kit.view.live import LiveView
from claude_kit.view.once import OnceView
from claude_kit.view.sending import Sender
from claude_kit.view.status import Status
from claude_kit.view.tally import Tally
from claude_kit.wire import events as e
from tests.view.applying import Page

MODEL = "claude-sonnet-5-5"
STARTED = e.MessageStart({"id": "msg_1", "model": MODEL, "usage": {"input_tokens": 1000, "output_tokens": 1}})

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'

LONG = {
    "list": "".join(f"{at}. item **{at}** with some words and `code`\n" for at in range(1, 3000)),
    "nested list": "".join(f"- item {at}\n  - below it 😀\n\n  and more\n" for at in range(3000)),
    "table": "| a | b |\n|---|--:|\n" + "".join(f"| row {at} | {at * 37} |\n" for at in range(4000)),
    "code": "```text\n" + "".join(f"line {at} < {at + 1}\n\n" for at in range(4000)),
    "python": "```python\n" + "".join(f"def f{at}(x):\n    return x + {at}  # sum\n" for at in range(3000)),
    "paragraph": "Some words of a *paragraph* that goes on and on. " * 2000,
}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(markdown: str, deltas: int) -> tuple[str, int]:
    """Return what a page shows of a text that comes in so many deltas at 400 a second, and how much it was told."""
    clock = Clock()
    growing = Growing(clock)
    characters = 0
    for at in range(deltas):
        clock.now += 1 / 400
        growing.feed(e.TextDelta(0, markdown[4 * at : 4 * at + 4]))
        if at % 30 == 0:
            characters += sum(
                len(change["f"]) + len(change["o"]) + len(change.get("g", "")) for change in growing.news()
            )
    growing.end()
    growing.news()
    (change,) = growing.whole()
    return change["f"], characters


# ---- what a page is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LONG)
def test_a_long_block_costs_by_the_character(kind: str) -> None:
    """Each delta costs the same in an answer of 3,000 as in one of 15,000, also if all of it is one block."""
    _, short = told(LONG[kind], 3_000)
    _, long = told(LONG[kind], 15_000)
    assert long / 15_000 < 1.3 * short / 3_000


@pytest.mark.parametrize("kind", [kind for kind in LONG if kind not in ("python", "nested list")])
def test_a_long_block_that_comes_in_parts_is_one_block(kind: str) -> None:
    """All parts together are the HTML of the whole."""
    html, _ = told(LONG[kind], 6_000)
    assert html == to_html(LONG[kind][:24_000])


@pytest.mark.parametrize("seed", range(6))
def test_what_a_page_makes_of_the_patches_is_the_answer(seed: int) -> None:
    """Wherever deltas and patches are cut, and whatever is left out of a patch because the page has it."""
    chance = random.Random(seed)
    text = "".join(
        chance.choice([*LONG.values()])[: chance.randrange(6000)] + "\n\nThen 😀 words.\n\n" for _ in range(4)
    )
    text = text.replace("```python", "```").replace("```text", "```")
    page = Page()
    sender = Sender(page.apply)
    at = 0
    while at < len(text):
        size = chance.randrange(1, 400)
        sender._growing.feed(e.TextDelta(0, text[at : at + size]))
        at += size
        if chance.random() < 0.5:
            sender._flush()
    sender.close()
    assert page.source == text
    assert "".join(page.html.values()) == "".join(piece["f"] for piece in sender.whole()["p"])
    assert page.line["phase"] == "done"


def test_words_that_are_held_back_come_when_the_stream_pauses() -> None:
    """A long paragraph is shown less often than others, and all of it all the same."""
    page = Page()
    with closing(Sender(page.apply)) as sender:
        for word in range(1000):
            sender.feed(e.TextDelta(0, f"word{word} "))
            time.sleep(0.0005)
        wait_until(lambda: "word999" in page.html.get(0, ""))


def test_everything_is_told_in_the_order_in_which_it_came() -> None:
    """Also while words that have come are not taken yet: what follows them, from whichever call, is told after them."""
    page = Page()
    sender = Sender(page.apply)
    for words in ("One, ", "two, ", "*three*."):
        sender.feed(e.TextDelta(0, words))
    sender.note("A note.")
    for block, words in ((1, "Four, "), (1, "five"), (2, ", six, "), (2, "seven.")):
        sender.feed(e.TextDelta(block, words))
    for words in ("Hm, ", "so ", "it is."):
        sender.feed(e.ThinkingDelta(3, words))
    sender.called(Call("weather", "{}", pending=True, id="t1"))
    for words in ("Eight, ", "nine."):
        sender.feed(e.TextDelta(4, words))
    sender.close()
    told = [page.html[at] for at in range(5)]
    assert told[0] == "<p>One, two, <em>three</em>.</p>\n"
    assert "A note." in told[1]
    assert told[2] == "<p>Four, five, six, seven.</p>\n"
    assert told[3] == "Hm, so it is."
    assert "weather" in told[4]
    assert page.html[5] == "<p>Eight, nine.</p>\n"
    assert page.source == "One, two, *three*.Four, five, six, seven.Eight, nine."


def test_a_page_that_comes_late_needs_nothing_else() -> None:
    """The whole says what all patches before it said; the next patch goes on from there."""
    first, late = Page(), Page()
    pages = [first]
    sender = Sender(lambda patch: [page.apply(patch) for page in pages].clear())
    for event in (STARTED, e.TextDelta(0, "# One\n\nTwo *thr"), e.ThinkingDelta(1, "hm")):
        sender._growing.feed(event)
        sender._status.feed(event)
    sender._flush()
    whole = sender.whole()
    late._last = whole["n"] - 1
    late.apply(whole)
    pages.append(late)
    sender._growing.feed(e.TextDelta(2, "four"))
    sender._flush()
    sender.close()
    assert late.html == first.html
    assert late.line["model"] == MODEL


def test_sources_stand_below_as_they_come() -> None:
    """A new source is one row; one that is cited again says more in its row."""
    page = Page()
    sender = Sender(page.apply)
    place = {"type": "page_location", "document_title": "a.pdf", "start_page_number": 1, "end_page_number": 2}
    for at, quote in enumerate(["first", "second"]):
        sender._growing.feed(e.TextDelta(0, "It grew."))
        sender._growing.feed(e.CitationDelta(0, {**place, "cited_text": quote, "start_page_number": 1}))
        sender._growing.feed(e.BlockStop(0))
        sender._flush()
        assert list(page.sources) == [0]
        assert ("second" in page.sources[0]) == (at == 1)
    assert "first" in sender.html()


# ---- the status line --------------------------------------------------------------------------------------------


def test_cost_and_rate_are_of_what_has_come() -> None:
    """The input as told plus the output so far at the model's price, against the estimate."""
    clock = Clock()
    expected = estimate("Hello", model=MODEL)
    status = Status(expected, clock)
    assert status.line()["facts"][0].startswith(f"{expected.input_tokens} tokens in, ~$")
    status.feed(STARTED)
    status.feed(e.TextDelta(0, "word\n" * 500))
    clock.now = 10.0
    rate, cost = status.line()["facts"]
    words = count_text("word\n" * 500, model=MODEL)
    assert rate == f"~{words / 10:.0f} tok/s"
    assert cost.startswith("$0.0")
    assert " of ~$" in cost
    assert status.line()["elapsed"] == 10.0


def test_the_usage_that_is_told_corrects_the_count() -> None:
    """Thinking that cannot be read is billed too; what is told at the end counts."""
    status = Status(clock=Clock())
    status.feed(STARTED)
    status.feed(e.TextDelta(0, "Yes."))
    (before,) = status.line()["facts"]
    status.feed(e.MessageDelta({}, {"output_tokens": 10_000}))
    (after,) = status.line()["facts"]
    assert (Decimal(before[1:]), Decimal(after[1:])) == (Decimal("0.0020"), Decimal("0.1020"))


def test_several_answers_in_a_row_are_added() -> None:
    """A question that runs tools is one cost."""
    status = Status(clock=Clock())
    for _ in range(3):
        status.feed(STARTED)
        status.feed(e.MessageDelta({}, {"output_tokens": 10_000}))
    assert status.line()["facts"] == ["$0.3060"]


def test_who_did_not_answer_just_now_is_marked() -> None:
    """The offline model and a recording, live as in the saved cell; a notice stands until the answer begins."""
    status = Status(clock=Clock())
    status.wait("waiting 4 s (overloaded)")
    assert status.line()["facts"] == ["waiting 4 s (overloaded)"]
    status.feed(e.MessageStart({"id": "msg_offline_1", "model": MODEL}))
    status.recorded("2026-11-23")
    assert status.line()["marks"] == ["offline model, no Claude was asked", "recorded 2026-11-23"]
    assert "waiting" not in str(status.line())
    assert "recorded 2026-11-23" in status.html()


def test_the_day_of_a_recording_reaches_the_view() -> None:
    """What is watched says so as soon as the answer begins."""
    days: list[str] = []

    class Page(OnceView):
        def recorded(self, day: str) -> None:
            days.append(day)

    class Replayed:
        estimate = None
        reply = Reply(recorded="2026-11-23T10:00:00Z")

        def __iter__(self) -> Iterator[e.Event]:
            yield STARTED
            assert days == ["2026-11-23"]

    with within(lambda estimate: Page()), watching() as watched:
        watched.follow(Replayed())
    assert days == ["2026-11-23"]


def test_a_model_without_a_price_shows_no_cost() -> None:
    """Nobody knows what it costs, and nothing breaks."""
    status = Status(clock=Clock())
    status.feed(e.MessageStart({"id": "msg_1", "model": "someone-s-model", "usage": {"input_tokens": 1000}}))
    status.feed(e.TextDelta(0, "Yes."))
    assert status.line()["facts"] == []
    assert status.line()["model"] == "someone-s-model"


@pytest.mark.parametrize("size", [3, 40, 5000])
def test_tokens_are_counted_as_they_come(size: int) -> None:
    """However the text is cut, the count is within four percent of that of the whole."""
    text = LONG["list"][:20_000] + LONG["paragraph"][:20_000]
    tally = Tally(find(MODEL))
    for at in range(0, len(text), size):
        tally.add(text[at : at + size])
        tally.tokens()
    assert tally.tokens() == pytest.approx(count_text(text, model=MODEL), rel=0.04)


# ---- the widget -------------------------------------------------------------------------------------------------


@pytest.fixture
def view() -> Iterator[LiveView]:
    """A view that shows a little."""
    with LiveView() as one:
        one.note("Note " + ATTACK)
        one.feed(STARTED)
        one.feed(e.ThinkingDelta(0, "Hm " + ATTACK))
        one.feed(e.TextDelta(1, "# So\n\nfar " + ATTACK))
        one.called(Call("weather", ATTACK, pending=True, id="1"))
        wait_until(lambda: "far" in one._widget.static_html())
        yield one


def test_what_is_saved_in_mid_stream_reads_without_script(view: LiveView) -> None:
    """What had arrived, and that more was coming; nothing of it runs."""
    html = view._widget.static_html()
    for words in ("Note", "Hm", "So", "weather", "still being written when this was saved", MODEL):
        assert words in html
    assert "<script" not in html
    assert "<img" not in html


def test_a_page_can_stop_it_and_ask_for_everything(view: LiveView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop calls what was given; a page that missed something is told all; what is unknown is let pass."""
    called: list[str] = []
    sent: list[Any] = []
    view.stoppable(lambda: called.append("stop"), blocking=False)
    monkeypatch.setattr(view._widget, "send", sent.append)
    view._widget._handle_custom_msg({"k": "stop"}, [])
    view._widget._handle_custom_msg({"k": "whole"}, [])
    view._widget._handle_custom_msg({"k": "x"}, [])
    assert called == ["stop"]
    assert [list(message) for message in sent] == [["whole"]]
    assert not view._widget.blocking


def test_a_page_that_is_loaded_later_is_told_what_stays(view: LiveView) -> None:
    """Not of each change, only when it asks for everything; the view is named the same each time."""
    assert not view._widget.get_state()["ended"]
    view._widget._place = "jupyter"
    view._widget.update_place = lambda bundle: None  # type: ignore[method-assign]
    view.finish(Answer((Said("Done."),)))
    assert view._widget.get_state()["ended"]
    assert "Done." in view._widget.get_state()["data"]["text/html"]
    assert "ended" not in view._widget.get_state(key="snapshot")
    assert repr(view._widget) == "<claude_kit answer>"


def test_only_the_last_answers_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook of a hundred answers does not keep a hundred widgets; one that a page has kept is closed at once."""
    views = [LiveView() for _ in range(6)]
    for view in views:
        monkeypatch.setattr(view._widget, "update_place", lambda bundle: None)
        view._widget._place = "jupyter"
        view.finish(Answer((Said("Done."),)))
    assert [view._widget.comm is not None for view in views] == [False] * 3 + [True] * 3
    assert list(live._ended) == [view._widget for view in views[3:]]
    views[4]._widget._handle_custom_msg({"k": "kept"}, [])
    assert list(live._ended) == [views[3]._widget, views[5]._widget]
    assert views[4]._widget.comm is None


def test_the_answer_stays_though_the_page_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the last message to the page is said, and the final form is put."""
    view, put = LiveView(), []

    def lost(content: object, buffers: object = None) -> None:
        raise OSError("the connection is closed")

    monkeypatch.setattr(view._widget, "update_place", put.append)
    view._sender._send = lost
    view._widget._place = "jupyter"
    view._sender._growing.feed(e.TextDelta(0, "half an answer"))  # noted, and not yet sent
    with pytest.warns(UserWarning, match="closed"):
        view.finish(Answer((Said("Whole."),)))
    assert "Whole." in put[-1]["text/plain"]


class Breaks(dict[str, Any]):
    """A block that cannot be drawn."""

    def get(self, *_: Any) -> Any:
        """Fail."""
        raise KeyError("a mistake of ours")


def test_what_cannot_be_drawn_costs_the_answer_nothing() -> None:
    """An event that is not drawn, and a patch that is not sent: what comes after is shown, and it is said once."""
    page = Page()
    sent: list[Any] = []

    def send(patch: Any) -> None:
        sent.append(patch)
        if len(sent) == 1:
            raise OSError("lost")
        page._last = patch["n"] - 1
        page.apply(patch)

    sender = Sender(send)
    sender.feed(STARTED)
    wait_until(lambda: sent)
    sender.feed(e.BlockStart(0, Breaks(type="text")))
    sender.feed(e.TextDelta(0, "All the same."))
    wait_until(lambda: "All the same." in page.html.get(0, ""))
    with pytest.warns(UserWarning, match=r"could not be shown as it came: OSError: lost \(test_live.py, line") as said:
        sender.close()
    assert len(said) == 1
    assert any("could not be shown" in fact for fact in sender.whole()["s"]["facts"])


def test_an_answer_whose_final_form_cannot_be_drawn_is_there_as_text() -> None:
    """What was asked for is returned, and its words stay."""
    stayed: list[dict[str, str]] = []

    class Place(OnceView):
        def finish(self, answer: Any) -> None:
            stayed.append(answer.bundle())

    def breaks() -> Any:
        raise KeyError("a mistake of ours")

    reply = Reply(complete=True, blocks=({"type": "text", "text": "Whole <b>"},))
    with pytest.warns(UserWarning, match="plain text"), within(lambda estimate: Place()), watching() as watched:
        watched._reply, watched.final = reply, breaks
    assert watched.reply is reply
    assert "Whole &lt;b&gt;" in stayed[0]["text/html"]


def test_no_thread_stays(view: LiveView) -> None:
    """When the answer has ended nothing runs on, and what comes late starts nothing."""
    thread = view._sender._thread
    view.finish(Answer())
    assert thread is not None
    assert not thread.is_alive()
    view.feed(e.TextDelta(0, "late"))
    assert view._sender._thread is thread


def wait_until(true: Any, timeout_s: float = 10.0) -> None:
    """Wait for something that another thread does."""
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
