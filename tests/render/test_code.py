"""Code in an answer: coloured where that is safe, and always complete."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.code import html_code
from tests.render.reading import violations

LANGUAGES = ["python", "bash", "json", "html", "sql", "c", "yaml", "diff", "markdown"]
PIECES = st.sampled_from(
    ["def f():", "\n", "\n\n", "  ", "\t", '"', "'''", "#", "</script>", "<b>", "&amp;", "$a$", "x=1"]
)


def text(html: str) -> str:
    return unescape(re.sub(r'<span class="ck-[cfkms]">|</span>', "", html))


@settings(deadline=None)
@given(st.lists(PIECES).map("".join), st.sampled_from(LANGUAGES))
def test_colours_change_no_character(code: str, language: str) -> None:
    """What is coloured is the code itself, blank lines around it included, with nothing but spans added."""
    html = html_code(code, language)
    assert html == "" or text(html) == code
    assert violations(html) == []


def test_code_is_coloured_by_group() -> None:
    """Neighbours of one colour share an element."""
    assert html_code("def f():\n    return 'a'  # why\n", "python") == (
        '<span class="ck-k">def</span> <span class="ck-f">f</span>():\n    <span class="ck-k">return</span> '
        '<span class="ck-s">\'a\'</span>  <span class="ck-c"># why</span>\n'
    )


@pytest.mark.parametrize("language", ["", "lilypond", "systemd", "no-such-language", "<script>", "text", "mermaid"])
def test_other_languages_stay_plain(language: str) -> None:
    """Lexers that can be made to run for minutes are never started, and an unknown language is no error."""
    assert html_code("a" * 3000, language) == ""


def test_a_language_is_known_by_any_case() -> None:
    """``Python`` after the fence is Python."""
    assert html_code("if x: 1", "Python") == html_code("if x: 1", "python") != ""


def test_code_that_a_lexer_would_change_stays_plain() -> None:
    """Pygments takes a byte order mark away, and some of its lexers much more."""
    assert html_code("\ufeffx = 1\n", "python") == ""


@pytest.mark.parametrize("code", ["x = 1\n" * 2_000, "\n" * 300, "x" + " " * 300])
def test_what_a_lexer_is_slow_on_stays_plain(code: str) -> None:
    """Neither very long code nor a long run of white space is coloured: the time grows with its square."""
    assert html_code(code, "python") == ""
