"""The final form of an answer."""

from claude_kit.render.answer import OFFLINE_MARK, Answer, html_answer, text_answer, text_status, thinking_headline
from tests.render.reading import words

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_everything_in_an_answer_is_escaped_or_sanitised() -> None:
    """Thinking, text, model, facts and problem cannot bring an element of their own."""
    html = html_answer(Answer(ATTACK, ATTACK, ATTACK, (ATTACK,), (ATTACK,), 3, 2.0, ATTACK, True))
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("alert(1)") == 12


def test_an_answer_reads_without_script_or_widget() -> None:
    """It is one framed element: thinking folded away, the text as rendered markdown, the facts in one line."""
    html = html_answer(
        Answer("**Yes**", "Hm", "claude-x", ("in 10",), ("off by 1 %",), thinking_tokens=1, thinking_s=7.2)
    )
    assert '<summary>Thought for 7 s <span class="ck-dim ck-num">· 1 token</span></summary>' in html
    assert '<div class="ck-answer"><p><strong>Yes</strong></p>\n</div>' in html
    assert words(html.split("</style>")[1]) == "Thoughtfor7s·1tokenHmYesclaude-xin10offby1%"
    assert "<details open" not in html


def test_the_offline_model_is_named() -> None:
    """An answer that no Claude gave says so, in HTML and in text."""
    answer = Answer("hello", offline=True)
    assert OFFLINE_MARK in html_answer(answer)
    assert text_answer(answer) == f"hello\n\n[{OFFLINE_MARK}]"


def test_only_the_answer_itself_is_looked_through_for_formulas() -> None:
    """Dollars in thinking, problems and facts are money, so MathJax is told to leave those elements alone."""
    html = html_answer(Answer("$x$", "costs $5 or $6", facts=("$1 of $2",), problem="$3 of $4"))
    for css in ("ck-thinking", "ck-problem", "ck-status"):
        assert f'class="{css} mathjax_ignore' in html
    assert '<div class="ck-answer"><p><span>$x$</span></p>' in html


def test_as_text_the_markdown_stays_as_it_came() -> None:
    """The thinking is quoted, the facts stand in brackets, and nothing steers the terminal."""
    answer = Answer("# Yes\n\x1b[2J**bold**", "one\n\ntwo", "claude-x", ("in 10",), ("off\nby 1 %",), problem="cut")
    assert text_answer(answer) == ("> one\n>\n> two\n\n# Yes\n[2J**bold**\n\ncut\n\n[claude-x · in 10 · off by 1 %]")


def test_without_facts_there_is_no_status() -> None:
    """Neither empty brackets nor an empty line."""
    assert text_status(Answer("hi")) == ""
    assert text_answer(Answer("hi")) == "hi"
    assert 'class="ck-status' not in html_answer(Answer("hi"))


def test_thinking_is_named_by_how_long_it_took() -> None:
    """Under half a second is not worth a number, and no thinking took 0 seconds."""
    took = [thinking_headline(Answer("", "t", thinking_s=seconds))[0] for seconds in (0.0, 0.49, 0.5, 1.6)]
    assert took == ["Thinking", "Thinking", "Thought for 1 s", "Thought for 2 s"]
    assert thinking_headline(Answer("", "t", thinking_tokens=1200))[1] == "1,200 tokens"
