"""An answer while it grows: what comes in which order, and what of it is told anew."""

import io
import json
import re
import time
from contextlib import closing
from typing import Any

import pytest

from claude_kit import Reply
from claude_kit.render.answer import Answer, Call, Said
from claude_kit.shown import turn_answer
from claude_kit.view.growing import Growing
from claude_kit.view.sending import Sender
from claude_kit.view.terminal import TerminalView
from claude_kit.wire import decode
from claude_kit.wire import events as e
from tests.render.reading import words
from tests.wire.replay import ENDED, STARTED, block, delta, sse, text_block

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
PAGE = {"type": "page_location", "document_index": 0, "document_title": "a.pdf", "cited_text": "so it is"}


def thinking(text: str, index: int = 0) -> list[dict[str, Any]]:
    """Return the events of a thinking block."""
    return block(delta("thinking_delta", index, thinking=text), index=index, type="thinking", thinking="")


def redacted(index: int) -> list[dict[str, Any]]:
    """Return the events of a redacted thinking block."""
    return block(index=index, type="redacted_thinking", data="opaque")


def asking(index: int, name: str = "weather", kind: str = "tool_use", **given: Any) -> list[dict[str, Any]]:
    """Return the events of a call, whose input comes in pieces."""
    text = json.dumps(given)
    pieces = [delta("input_json_delta", index, partial_json=text[at : at + 3]) for at in range(0, len(text), 3)]
    return block(*pieces, index=index, type=kind, id=f"t{index}", name=name, input={})


def cited(text: str, index: int, page: int) -> list[dict[str, Any]]:
    """Return the events of a text block that rests on a page."""
    citation = {**PAGE, "start_page_number": page, "end_page_number": page + 1}
    begun, *pieces, stop = text_block(text, index)
    return [begun, delta("citations_delta", index, citation=citation), *pieces, stop]


def events(*blocks: list[dict[str, Any]]) -> list[e.Event]:
    """Return the events of one answer."""
    return list(decode([sse(STARTED, *(event for each in blocks for event in each), *ENDED)]))


def grown(*streams: list[e.Event]) -> Growing:
    """Return what has grown when all of some streams have come."""
    growing = Growing()
    for stream in streams:
        for event in stream:
            growing.feed(event)
    return growing


def html_of(changes: list[dict[str, Any]]) -> str:
    """Return what a page shows that applied these changes."""
    return "".join(change.get("t") or change.get("f", "") + change.get("o", "") or change["h"] for change in changes)


FIRST = events(thinking("one"), text_block("two", 1), asking(2, city="Oslo"))
SECOND = events(thinking("four"), redacted(1), redacted(2), text_block("five", 3))


def test_several_streams_are_one_answer() -> None:
    """Thinking, words and calls of the second stand after those of the first, in order."""
    growing = grown(FIRST)
    growing.called(Call("weather", '{"city": "Oslo"}', "three", id="t2"))
    for event in SECOND:
        growing.feed(event)
    told = growing.news()
    assert [change["k"] for change in told] == ["thinking", "answer", "html", "thinking", "html", "answer"]
    assert [change["i"] for change in told] == list(range(6))
    assert words(html_of(told)) == (
        'onetwoweather(city="Oslo")→threeInput{"city":"Oslo"}ResultthreefourThinkingthatAnthropickeepsencrypted,2blocksfive'
    )


def test_only_what_changed_is_told() -> None:
    """A finished block, finished thinking and a call that has ended are told once."""
    growing = grown(FIRST)
    assert len(growing.news()) == 3
    assert growing.news() == []
    growing.feed(e.TextDelta(9, "# New\n\nstill\nopen"))
    (change,) = growing.news()
    source = "\n\n# New\n\nstill\nopen"
    assert change == {"i": 3, "k": "answer", "m": source, "f": "<h1>New</h1>\n", "o": "<p>still\nopen</p>\n"}
    growing.feed(e.TextDelta(9, " end"))
    assert growing.news() == [{"i": 3, "k": "answer", "m": " end", "f": "", "o": "<p>still\nopen end</p>\n"}]


def test_a_page_that_comes_late_is_told_everything() -> None:
    """What all changes together have told, at any time."""
    growing, told = Growing(), dict[int, str]()
    for event in [*FIRST, *SECOND]:
        growing.feed(event)
        for change in growing.news():
            if change["k"] == "html":
                told[change["i"]] = change["h"]
            else:
                told[change["i"]] = told.get(change["i"], "") + change.get("t", "") + change.get("f", "")
        whole = {change["i"]: change.get("h") if change["k"] == "html" else None for change in growing.whole()}
        assert set(whole) == set(told)
    for change in growing.whole():
        assert told[change["i"]] in (change["h"] if change["k"] == "html" else change.get("t", change.get("f")))


def test_a_call_is_one_piece_from_its_beginning_to_its_result() -> None:
    """It appears as running, gets its arguments when they have come, then its result."""
    growing = grown(FIRST[:-3])
    (running,) = [change["h"] for change in growing.news() if change["k"] == "html"]
    assert "weather()" in words(running)
    assert "running" in running
    for event in FIRST[-3:]:
        growing.feed(event)
    (asked,) = growing.news()
    assert 'weather(city="Oslo")running' in words(asked["h"])
    growing.called(Call("weather", '{"city": "Oslo"}', "no such city", failed=True, id="t2"))
    (ended,) = growing.news()
    assert ended["i"] == asked["i"]
    assert "failed" in ended["h"]
    assert "running" not in ended["h"]


def test_a_server_s_result_ends_its_call() -> None:
    """Server tools run while the answer streams; their result is a block of it."""
    result = block(
        index=1, type="bash_code_execution_tool_result", tool_use_id="t0", content={"stdout": "4", "stderr": ""}
    )
    growing = grown(events(asking(0, "bash_code_execution", "server_tool_use", command="x"), result))
    (call,) = growing.news()
    assert 'bash_code_execution(command="x")→4' in words(call["h"])


def test_thinking_is_open_until_it_ends() -> None:
    """Its headline counts seconds and tokens, then says how long it took."""
    now = [0.0]
    growing = Growing(lambda: now[0])
    growing.feed(e.ThinkingDelta(0, "hm"))
    now[0] = 3.0
    assert growing.news() == [{"i": 0, "k": "thinking", "t": "hm", "s": 3, "n": "~1 token", "a": True}]
    now[0] = 5.0
    growing.feed(e.BlockStop(0))
    now[0] = 9.0
    (change,) = growing.news()
    assert change == {"i": 0, "k": "thinking", "t": "", "s": 5, "n": "~1 token", "a": False, "h": "Thought for 5 s"}


def test_words_are_finished_when_another_piece_follows() -> None:
    """Nothing of them stays open, where the caret would blink."""
    _, answer, _ = grown(FIRST).news()
    assert answer == {"i": 1, "k": "answer", "m": "two", "f": "<p>two</p>\n", "o": ""}


def test_words_of_two_streams_do_not_run_together() -> None:
    """An answer that goes on in the next stream begins a paragraph there, on a page and in a terminal."""
    growing = grown(events(text_block("one")), events(text_block("two")))
    assert html_of(growing.news()) == "<p>one</p>\n<p>two</p>\n"
    file = io.StringIO()
    view = TerminalView(file)
    for event in (*events(text_block("one")), *events(text_block("two"))):
        view.feed(event)
    assert file.getvalue() == "one\n\ntwo"


def test_sources_are_numbered_as_they_come() -> None:
    """The number follows the words it supports, also where the sentence goes on in the next block."""
    growing = grown(events(cited("It grew", 0, 3), text_block(" and fell.\n\n", 1), cited("Again.", 2, 3)))
    one = '<sup class="ck-cite">[1]</sup>'
    assert html_of(growing.news()) == f"<p>It grew{one} and fell.</p>\n<p>Again.{one}</p>\n"


def test_what_grows_is_what_stays() -> None:
    """The words of the live answer are those of its final form."""
    stream = events(
        thinking("a"), cited("**It grew**", 1, 3), text_block(", then", 2), redacted(3), cited(" fell.", 4, 5)
    )
    growing = Growing()
    for event in stream:
        growing.feed(event)
        growing.news()
    static = turn_answer([(Reply.from_events(stream), ())]).bundle()["text/html"]
    shown = re.sub(r'<div class="ck-(sources|status).*', "", static.split("</style>")[1])
    assert words(shown) == "Thinking" + words(html_of(growing.whole()))


def test_nothing_that_comes_brings_an_element() -> None:
    """Names, arguments, results, notes and citations are escaped while they stream too."""
    page = {**PAGE, "document_title": ATTACK, "cited_text": ATTACK, "start_page_number": 1, "end_page_number": 2}
    growing = grown(events(asking(0, ATTACK, **{ATTACK: ATTACK}), [*text_block(ATTACK, 1)], cited(ATTACK, 2, 1)))
    growing.feed(e.CitationDelta(2, page))
    growing.called(Call(ATTACK, ATTACK, ATTACK, failed=True, id="t0"))
    growing.note(ATTACK)
    html = html_of([change for change in growing.news() if change["k"] != "thinking"])
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("alert(1)") >= 8


# ---- the terminal -----------------------------------------------------------------------------------------------


def printed(*streams: list[e.Event], final: Answer | None = None) -> str:
    """Return what is printed of streams, each followed by the results of its calls, and of a final form."""
    file = io.StringIO()
    with TerminalView(file) as view:
        for stream in streams:
            for event in stream:
                view.feed(event)
            view.called(Call("weather", '{"city": "Oslo"}', "rain", id="t2"))
        if final:
            view.finish(final)
    return file.getvalue()


def test_a_terminal_shows_calls_as_lines() -> None:
    """What is called, once its arguments have come, and what it gave; then the answer goes on."""
    assert printed(FIRST, SECOND).startswith(
        '[thinking]\none\n\n[answer]\ntwo\n\n→ weather(city="Oslo")\n← rain\n\n[thinking]\nfour\n\n'
        "(Thinking that Anthropic keeps encrypted)\n(Thinking that Anthropic keeps encrypted)\n\nfive"
    )


def test_in_a_terminal_a_result_names_its_call_where_several_run() -> None:
    """Else it would be read as that of the last one."""
    file = io.StringIO()
    with TerminalView(file) as view:
        for event in events(asking(0, "a"), asking(1, "b")):
            view.feed(event)
        view.called(Call("a", "{}", pending=True, id="t0"))
        view.called(Call("a", "{}", "1", id="t0"))
        view.called(Call("b", "{}", "2", failed=True, id="t1"))
    assert file.getvalue() == "→ a()\n→ b()\n← a(): 1\n← failed: 2"


def test_a_terminal_lists_the_sources_at_the_end() -> None:
    """The numbers in the text, what they stand for below it, then the facts."""
    shown = printed(events(cited("It grew.", 0, 3)), final=Answer((Said("It grew."),), "claude-x"))
    assert shown.startswith("It grew.[1]")
    assert shown.endswith("\n\n[1] a.pdf, p. 3 “so it is”\n\n[claude-x]\n")


def test_a_tool_cannot_steer_the_terminal() -> None:
    """Control sequences in names, results and notes lose what makes them one."""
    file = io.StringIO()
    with TerminalView(file) as view:
        view.note("a\x1b[2Jb")
        view.called(Call("n\x1b[2J", '{"a": "\x1b[2J"}', "r\x1b[2J\rx", id="1"))
    assert "\x1b" not in file.getvalue()
    assert "\r" not in file.getvalue()


# ---- the widget -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause_s", [0.0, 0.4])
def test_a_burst_is_a_handful_of_messages(pause_s: float) -> None:
    """Thousands of events, calls among them, are sent a fifteenth of a second at a time, numbered without a gap."""
    sent: list[dict[str, Any]] = []
    view = Sender(sent.append)
    began = time.monotonic()
    with closing(view):
        for at in range(2000):
            view.feed(e.TextDelta(0, f"word{at} "))
        time.sleep(pause_s)
        for at in range(50):
            view.called(Call("f", "{}", pending=at % 2 == 0, id=str(at // 2)))
        time.sleep(0.2)
    took = time.monotonic() - began
    assert [patch["n"] for patch in sent] == list(range(1, len(sent) + 1))
    assert 1 <= len(sent) <= took * 15 + 2
    assert "word1999" in json.dumps(sent)
    assert [change["i"] for change in view.whole()["p"]] == list(range(26))
