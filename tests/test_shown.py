"""What of a message is shown: blocks as the API has them, as the pieces of an answer."""

from decimal import Decimal
from typing import Any

import pytest

from claude_kit import Reply, Usage, estimate
from claude_kit.render.answer import Call, Locked, Said, Source, Thought
from claude_kit.shown import pieces, sources, turn_answer

MODEL = "claude-sonnet-5-5"  # $10 a million tokens of output


def asked(id: str = "t1", name: str = "weather", kind: str = "tool_use", **more: Any) -> dict[str, Any]:
    """Return a block that calls a tool."""
    return {"type": kind, "id": id, "name": name, "input": {"city": "Oslo"}, **more}


def gave(content: Any, id: str = "t1", kind: str = "tool_result", **more: Any) -> dict[str, Any]:
    """Return a block that says what came of a call."""
    return {"type": kind, "tool_use_id": id, "content": content, **more}


def said(text: str, *citations: dict[str, Any]) -> dict[str, Any]:
    """Return a text block."""
    return {"type": "text", "text": text, **({"citations": list(citations)} if citations else {})}


def thought(thinking: str) -> dict[str, Any]:
    """Return a thinking block."""
    return {"type": "thinking", "thinking": thinking, "signature": "s"}


REDACTED = {"type": "redacted_thinking", "data": "opaque"}


def reply(*blocks: dict[str, Any], thinking_tokens: int = 0, **more: Any) -> Reply:
    """Return an answer of 1,000 tokens."""
    details = {"output_tokens_details": {"thinking_tokens": thinking_tokens}} if thinking_tokens else {}
    usage = Usage({"input_tokens": 10, "output_tokens": 1000, **details, **more.pop("usage", {})})
    return Reply(blocks=blocks, usage=usage, model=MODEL, **{"stop_reason": "end_turn", **more})


# ---- blocks -----------------------------------------------------------------------------------------------------


def test_pieces_stand_in_the_order_of_the_blocks() -> None:
    """Thinking that can be read, thinking that cannot, words and calls; what says nothing is left out."""
    blocks = [thought("a"), thought(""), REDACTED, said("b"), asked(), said(""), {"type": "novel", "text": "c"}]
    assert pieces(blocks) == (Thought("a"), Locked(), Said("b"), Call("weather", '{"city": "Oslo"}', id="t1"))


def test_text_blocks_that_touch_are_one_text() -> None:
    """Between others is an end, whether what stands there shows or not."""
    found = pieces([said("a "), said("b"), thought(""), said("c"), REDACTED, said("d")])
    assert found == (Said("a "), Said("b"), Said("\n\nc"), Locked(), Said("d"))


def test_a_result_is_joined_to_its_call() -> None:
    """By the id, whichever order they come in; a call without a result has none."""
    results = [gave("rain", "t2"), gave([{"type": "text", "text": "no"}], "t1", is_error=True)]
    first, second, third = pieces([asked("t1"), asked("t2"), asked("t3")], results)
    assert isinstance(first, Call)
    assert (first.result, first.failed) == ("no", True)
    assert second == Call("weather", '{"city": "Oslo"}', "rain", id="t2")
    assert third == Call("weather", '{"city": "Oslo"}', id="t3")


SEARCHED = [
    {"type": "web_search_result", "title": "Rain", "url": "https://x.test/a", "encrypted_content": "zzz"},
    {"type": "web_search_result", "title": "Sun", "url": "https://x.test/b", "page_age": None},
]
FETCHED = {
    "type": "web_fetch_result",
    "url": "https://x.test",
    "content": {"type": "document", "title": "Page", "source": {"type": "text", "data": "words"}},
}


@pytest.mark.parametrize(
    ("kind", "content", "result", "failed"),
    [
        ("web_search", SEARCHED, "Rain  https://x.test/a\nSun  https://x.test/b", False),
        ("web_search", {"type": "web_search_tool_result_error", "error_code": "too_many"}, "too_many", True),
        ("web_fetch", FETCHED, "https://x.test\nPage\nwords", False),
        ("bash_code_execution", {"stdout": "4\n", "stderr": "", "return_code": 0, "content": []}, "4", False),
        ("code_execution", {"stdout": "", "stderr": "no\n", "return_code": 2, "content": []}, "no\nexit code 2", True),
        ("text_editor_code_execution", {"type": "x", "content": "1: a", "file_type": "text"}, "1: a", False),
        ("tool_search", {"tool_references": [{"type": "tool_reference", "tool_name": "f"}]}, "f", False),
        ("mcp", [{"type": "text", "text": "yes"}], "yes", False),
        (
            "novel",
            {"type": "novel_result", "grade": 3, "encrypted_x": "zzz"},
            '{"type": "novel_result", "grade": 3}',
            False,
        ),
    ],
)
def test_server_tools_are_calls_too(kind: str, content: Any, result: str, failed: bool) -> None:
    """Their results are blocks of the same answer; what can be read of them is shown, no bytes, nothing encrypted."""
    blocks = [asked(kind="server_tool_use"), gave(content, kind=f"{kind}_tool_result")]
    (call,) = pieces(blocks)
    assert isinstance(call, Call)
    assert (call.result, call.failed) == (result, failed)


def test_files_in_a_result_are_only_named() -> None:
    """The bytes of an image are nothing to read."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBOR" * 100}}
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBER"}}
    (call,) = pieces([asked()], [gave([image, pdf, {"type": "text", "text": "see"}])])
    assert isinstance(call, Call)
    assert call.result == "[image]\n[document]\nsee"


def test_a_call_of_an_mcp_server_names_the_server() -> None:
    """Two servers may have a tool of the same name."""
    (call,) = pieces([asked(kind="mcp_tool_use", server_name="wiki")])
    assert isinstance(call, Call)
    assert call.name == "wiki.weather"


def test_a_result_without_its_call_is_shown_by_its_kind() -> None:
    """As when an answer that was paused goes on."""
    assert pieces([gave("x", kind="web_search_tool_result")]) == (Call("web_search", "{}", "x"),)


# ---- citations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ({"document_title": "a.pdf", "start_page_number": 3, "end_page_number": 4}, ("a.pdf", "p. 3")),
        ({"document_title": "a.pdf", "start_page_number": 3, "end_page_number": 6}, ("a.pdf", "pp. 3 to 5")),
        ({"document_index": 0, "start_char_index": 0, "end_char_index": 1200}, ("document 1", "characters 1 to 1,200")),
        ({"document_index": 1, "start_block_index": 0, "end_block_index": 1}, ("document 2", "block 1")),
        ({"document_index": 1, "start_block_index": 1, "end_block_index": 4}, ("document 2", "blocks 2 to 4")),
        ({"title": "Rain", "url": "https://x.test"}, ("Rain", "https://x.test")),
        (
            {"search_result_index": 0, "source": "kb/7", "start_block_index": 0, "end_block_index": 1},
            ("search result 1", "kb/7, block 1"),
        ),
        ({}, ("", "")),
        ({"document_index": "x", "start_page_number": None}, ("", "")),
    ],
)
def test_a_citation_says_what_and_where(citation: dict[str, Any], expected: tuple[str, str]) -> None:
    """Pages are counted from 1, characters and blocks as a person counts them, and the API's ends are one too far."""
    assert sources(said("x", {"cited_text": "quote", **citation})) == (Source(*expected, "quote"),)


def test_what_is_no_citation_is_none() -> None:
    """The list may be null, or hold what was never seen."""
    assert sources({"type": "text", "text": "x", "citations": None}) == ()
    assert sources({"type": "text", "text": "x", "citations": ["novel"]}) == ()


# ---- answers ----------------------------------------------------------------------------------------------------


def test_thinking_that_shows_carries_its_tokens_and_cost() -> None:
    """Where one block is all the thinking there is, its tokens and dollars are its own, at the price of output."""
    answer = reply(thought("hm"), said("yes"), thinking_tokens=400, thinking_s=2.0).answer()
    assert answer.pieces[0] == Thought("hm", 400, 2.0, Decimal("0.004"))
    assert answer.facts == ("in 10 · out 1,000", "$0.0100")


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ((thought(""), said("x")), "thought 400 tokens ($0.0040), not shown"),
        ((said("x"),), "thought 400 tokens ($0.0040), not shown"),
        ((REDACTED, said("x")), "thought 400 tokens ($0.0040), encrypted"),
        ((thought("a"), REDACTED, said("x")), "thought 400 tokens ($0.0040)"),
        ((thought("a"), said("x"), thought("b")), "thought 400 tokens ($0.0040)"),
    ],
)
def test_other_thinking_is_told_in_the_facts(blocks: tuple[dict[str, Any], ...], told: str) -> None:
    """What was billed and is not one readable block's: how much, what it cost, and why it is not seen."""
    assert reply(*blocks, thinking_tokens=400).answer().facts[-1] == told


def test_without_a_price_thinking_has_no_cost() -> None:
    """Its tokens are told all the same."""
    unknown = Reply(
        blocks=(said("x"),),
        usage=Usage({"input_tokens": 1, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}}),
        model="someone-elses-model",
    )
    assert unknown.answer().facts == ("in 1 · out 9", "price unknown", "thought 4 tokens, not shown")


@pytest.mark.parametrize(
    ("read", "written", "told"),
    [
        (0, 0, "in 10"),
        (11_800, 0, "in 11,810 (11,800 from cache)"),
        (0, 12_000, "in 12,010 (12,000 written to cache)"),
        (11_800, 300, "in 12,110 (11,800 from cache, 300 written to cache)"),
    ],
)
def test_what_the_cache_did_is_told(read: int, written: int, told: str) -> None:
    """How much of the input was read from it, and how much was written to it."""
    usage = {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
    assert reply(said("x"), usage=usage).answer().facts[0] == f"{told} · out 1,000"


def test_a_turn_is_one_answer() -> None:
    """The pieces of all its requests in order, each call with its result and time; usage and cost are summed."""
    first = reply(thought("a"), said("Look."), asked("t1"), thinking_tokens=100, stop_reason="tool_use", problem="")
    second = reply(thought("b"), asked("t2", "now"), thinking_tokens=200, stop_reason="tool_use")
    third = reply(said("Done."), stop_reason="max_tokens")
    steps = [(first, [gave("rain", "t1")]), (second, [gave("", "t2", is_error=True)]), (third, [])]
    answer = turn_answer(steps, ["A note."], took={"t1": 1.5})
    assert answer.pieces == (
        Thought("a", 100, 0.0, Decimal("0.001")),
        Said("Look."),
        Call("weather", '{"city": "Oslo"}', "rain", seconds=1.5, id="t1"),
        Thought("b", 200, 0.0, Decimal("0.002")),
        Call("now", '{"city": "Oslo"}', failed=True, id="t2"),
        Said("Done."),
    )
    assert answer.facts == ("3 requests", "in 30 · out 3,000", "$0.0301")
    assert answer.notes == ("A note.",)
    assert answer.problem == "The answer was cut at max_tokens."


def test_a_server_s_tool_may_end_in_the_next_answer() -> None:
    """An answer that was paused goes on in the next; its words do not run into the ones before."""
    paused = reply(said("Searching."), asked(kind="server_tool_use"), stop_reason="pause_turn")
    going_on = reply(gave(SEARCHED, kind="web_search_tool_result"), said("Found."))
    found = turn_answer([(paused, ()), (going_on, ())]).pieces
    assert [type(piece) for piece in found] == [Said, Call, Said]
    assert turn_answer([(reply(said("a")), ()), (reply(said("b")), ())]).pieces == (Said("a"), Said("\n\nb"))


def test_the_estimate_and_the_problem_are_the_last_one_s() -> None:
    """What was expected of the last request is held against what that request took."""
    expected = estimate("Hi", model=MODEL)
    last = reply(said("b"), estimate=expected, complete=False, problem="The connection broke.")
    answer = turn_answer([(reply(asked(), problem="x"), [gave("y")]), (last, [])])
    assert answer.problem == "The connection broke."
    assert answer.quiet_facts[0].startswith(f"last estimate {expected.input_tokens} in, off by ")
    assert last.answer().quiet_facts[0].startswith("estimate ")


def test_a_replayed_answer_says_when_it_was_recorded() -> None:
    """The day is enough."""
    answer = reply(said("x"), recorded="2026-11-23T08:00:00+00:00").answer()
    assert answer.recorded == "2026-11-23"
    assert "recorded 2026-11-23" in answer.bundle()["text/plain"]
    assert reply(said("x")).answer().recorded == ""


def test_a_document_without_a_title_is_called_by_its_name() -> None:
    """By its place among the documents of the request; where nobody knows, by its number."""
    cited = {"type": "page_location", "document_index": 1, "start_page_number": 3, "end_page_number": 4}
    block = {"type": "text", "text": "Yes.", "citations": [cited]}
    assert sources(block, ("a.pdf", "b.pdf"))[0].title == "b.pdf"
    assert sources(block, ("a.pdf",))[0].title == "document 2"
    assert sources({**block, "citations": [{**cited, "document_title": "B"}]}, ("a.pdf", "b.pdf"))[0].title == "B"
