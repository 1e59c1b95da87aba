"""The final form of an answer."""

from decimal import Decimal

from claude_kit.render.answer import (
    OFFLINE_MARK,
    Answer,
    Call,
    Locked,
    Piece,
    Said,
    Source,
    Thought,
    html_answer,
    text_answer,
    text_status,
    thought_for,
)
from claude_kit.render.marks import mark
from tests.render.reading import words

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>"
BREAKOUT = "\"'></pre></details></div><svg onload=alert(1)>"


def body(*pieces: Piece) -> str:
    """Return the HTML of an answer of these pieces, without the style."""
    return html_answer(Answer(pieces)).split("</style>")[1]


def test_everything_in_an_answer_is_escaped_or_sanitised() -> None:
    """Nothing of what a model, a tool or a document says can bring an element of its own, or end one of ours."""
    for attack in (ATTACK, BREAKOUT):
        pieces = (
            Thought(attack),
            Locked(),
            Call(attack, attack, attack, failed=True),
            Call(attack, f'{{"{attack[-9:-1]}": "x"}}', attack, pending=True),
            Said(attack, (Source(attack, attack, attack),)),
        )
        html = html_answer(Answer(pieces, attack, (attack,), (attack,), attack, True, (attack,), attack))
        shown = html.split("</style>")[1]
        for element in ("<script", "<img", "<svg"):
            assert element not in shown
        assert shown.count("<details") == shown.count("</details>") == 3
        assert shown.count("<div") == shown.count("</div>") - 1  # of the frame
        assert shown.count("<pre>") == shown.count("</pre>") == 4
        assert shown.count("alert(1)") >= 14


def test_a_link_is_one_only_to_the_web() -> None:
    """The address of a cited page can be followed if it is http(s); any other stays text."""
    for address in ("javascript:alert(1)", "data:text/html,x", "//x.test", 'https://x.test" onclick="alert(1)'):
        html = body(Said("x", (Source("t", address, "q"),)))
        assert "<a" not in html
        assert "onclick=" not in html.replace("onclick=&quot;", "")
    html = body(Said("x", (Source("t", "https://x.test/?a=1&b=2", "q"),)))
    assert '<a href="https://x.test/?a=1&amp;b=2" rel="noopener noreferrer">' in html


def test_an_answer_reads_without_script_or_widget() -> None:
    """It is one framed element: thinking folded away, the text as rendered markdown, the facts in one line."""
    thought = Thought("Hm", tokens=1234, seconds=7.2, cost=Decimal("0.0185"))
    html = html_answer(Answer((thought, Said("**Yes**")), "claude-x", ("in 10",), ("off by 1 %",)))
    numbers = ' <span class="ck-dim ck-num">· 1,234 tokens</span> <span class="ck-dim ck-num">· $0.0185</span>'
    assert f"<summary>Thought for 7 s{numbers}</summary>" in html
    assert '<div class="ck-answer"><p dir="auto"><strong>Yes</strong></p>\n</div>' in html
    assert words(html.split("</style>")[1]) == "Thoughtfor7s·1,234tokens·$0.0185HmYesclaude-xin10offby1%"
    assert "<details open" not in html


def test_the_pieces_stand_in_the_order_they_came() -> None:
    """Thinking between calls stays between them, each folded."""
    pieces = (Thought("one"), Said("two"), Call("three", "{}", "four"), Thought("five"), Said("six"))
    found = words(body(*pieces))
    assert found == "Thinkingonetwothree()→fourResultfourThinkingfivesix"
    assert body(*pieces).count("<details") == 3


def test_words_that_follow_one_another_are_one_text() -> None:
    """A sentence that citations cut is still one paragraph; other pieces end it."""
    assert body(Said("one "), Said("two")).count("<p dir") == 1
    assert body(Said("one "), Call("f", "{}"), Said("two")).count("<p dir") == 2


def test_locked_thinking_is_one_line() -> None:
    """Redacted thinking says that it is there; several blocks in a row are one line with their number."""
    html = body(Locked(), Locked(), Said("x"), Locked())
    assert html.count('class="ck-locked') == 2
    assert "Thinking that Anthropic keeps encrypted, 2 blocks<" in html
    assert "Thinking that Anthropic keeps encrypted<" in html
    assert text_answer(Answer((Locked(),))) == "(Thinking that Anthropic keeps encrypted)"


def test_sources_are_listed_below_the_answer() -> None:
    """Each with its number, its place and what it says there, after all pieces and before the facts."""
    cited = Said("It grew.", (Source("report.pdf", "pp. 3 to 5", "up 12 %"),))
    answer = Answer((cited, Call("f", "{}")), "claude-x")
    html = html_answer(answer)
    assert '<sup class="ck-cite">[1]</sup>' in html
    assert html.index("ck-call ") < html.index('"ck-sources ') < html.index('"ck-status ')
    assert words(html.split('<div class="ck-sources')[1].split(">", 1)[1]).startswith("[1]report.pdfpp.3to5“up12%”")
    assert text_answer(answer) == "It grew.[1]\n\n→ f()\n\n[1] report.pdf, pp. 3 to 5 “up 12 %”\n\n[claude-x]"


def test_an_answer_cannot_bring_numbers_of_its_own() -> None:
    """What a model writes is never taken for the number of a source."""
    html = body(Said(f"It grew{mark(7)}, 2^{chr(0xFDD0)}8{chr(0xFDD1)} <sup class='ck-cite'>[9]</sup>"))
    assert "<sup" not in html


def test_notes_stand_above_the_answer() -> None:
    """What was done to the conversation is said first, quietly, in HTML and in text."""
    answer = Answer((Thought("Hm"), Said("Yes")), notes=("The thinking was not sent.", "Another."))
    html = html_answer(answer)
    assert html.count('class="ck-note ') == 2
    assert html.index("The thinking was not sent.") < html.index("Another.") < html.index("Hm")
    assert text_answer(answer).startswith("(The thinking was not sent.)\n\n(Another.)\n\n> Hm")


def test_what_no_claude_answered_just_now_is_marked() -> None:
    """An answer of the offline model, and one that is replayed, say so, in HTML and in text."""
    answer = Answer((Said("hello"),), offline=True, recorded="2026-11-23")
    assert html_answer(answer).count("ck-is-offline") >= 2
    assert OFFLINE_MARK in html_answer(answer)
    assert text_answer(answer) == f"hello\n\n[{OFFLINE_MARK} · recorded 2026-11-23]"


def test_only_the_answer_itself_is_looked_through_for_formulas() -> None:
    """Dollars in thinking, calls, notes and facts are money, so MathJax is told to leave those elements alone."""
    pieces = (Thought("costs $5 or $6"), Call("f", "$1 $2"), Locked(), Said("$x$", (Source("$1 $2"),)))
    html = html_answer(Answer(pieces, facts=("$1 of $2",), problem="$3 of $4", notes=("$5 $6",)))
    for css in ("ck-thinking", "ck-call", "ck-locked", "ck-sources", "ck-note", "ck-problem", "ck-status"):
        assert f'class="{css} mathjax_ignore' in html
    assert '<div class="ck-answer"><p dir="auto"><span>$x$</span>' in html


def test_as_text_the_markdown_stays_as_it_came() -> None:
    """The thinking is quoted, the facts stand in brackets, and nothing steers the terminal."""
    pieces = (Thought("one\n\ntwo"), Said("# Yes\n\x1b[2J**bold**"))
    answer = Answer(pieces, "claude-x", ("in 10",), ("off\nby 1 %",), problem="cut")
    assert text_answer(answer) == ("> one\n>\n> two\n\n# Yes\n[2J**bold**\n\ncut\n\n[claude-x · in 10 · off by 1 %]")


def test_as_text_thinking_is_counted_in_the_status() -> None:
    """There it has no headline: its tokens and what they cost stand beside the rest."""
    pieces = (Thought("a", tokens=200, cost=Decimal("0.002")), Thought("b", tokens=1000, cost=Decimal("0.01")))
    assert text_status(Answer(pieces, "claude-x")) == "[claude-x · thought 1,200 tokens ($0.0120)]"
    assert text_status(Answer((Thought("a", tokens=200),), "claude-x")) == "[claude-x · thought 200 tokens]"


def test_without_facts_there_is_no_status() -> None:
    """Neither empty brackets nor an empty line."""
    answer = Answer((Said("hi"),))
    assert text_status(answer) == ""
    assert answer.bundle()["text/plain"] == "hi"
    assert 'class="ck-status' not in answer.bundle()["text/html"]


def test_thinking_is_named_by_how_long_it_took() -> None:
    """Under half a second is not worth a number, and no thinking took 0 seconds."""
    took = [thought_for(seconds) for seconds in (0.0, 0.49, 0.5, 1.6, 71)]
    assert took == ["Thinking", "Thinking", "Thought for 1 s", "Thought for 2 s", "Thought for 1 min 11 s"]
