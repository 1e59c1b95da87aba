"""Dollar signs: formulas stay for MathJax, money and code stay text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.formulas import quiet
from claude_kit.render.markdown import to_html
from tests.render.reading import formulas, violations, words


@pytest.mark.parametrize(
    "source",
    [
        "It costs $5 and $10.",
        "US$5, C$6 or A$7",
        "$5–$10 a month, $5-$10, $5/$10",
        "from $1,000 to $2,000 (was $3k)",
        "a $ b $ c",
        "$ x$ and $x $",
        "$x$5 or 5$x$",
        "between $HOME and $PATH",
        r"\$a\$ and \$\$b\$\$",
        "&dollar;a&dollar; &#36;a&#36;",
        "$",
        "$$",
        "$$$$",
        "$$ $$",
        "$$$a$$$",
        "$a\n\nb$",
        "$$\na\n\nb\n$$",
        r"\\(a\\) \\[b\\] and \begin{equation}x\end{equation}",
        "[$5](http://x.test) and [$6](http://x.test)",
        "# $5 and $6",
        "|$5|$6|\n|-|-|\n|$7|$8|",
        "![costs $5](http://x.test) or ![$6](http://x.test)",
        "`$a$` and ``$b$``",
        "$`a`$ and $x `y$` z",
        "```sh\necho $HOME $PATH\n```",
        "```\n$$\na\n$$\n```",
        "    $a$ is code",
        "<http://x.test/$a$>",
    ],
)
def test_no_formula(source: str) -> None:
    """Prices, shell variables, escaped signs and code are shown as they are, wherever they stand."""
    assert formulas(to_html(source)) == []


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("$a_b$", "$a_b$"),
        ("where $x_1 * y_1 * z_1$ holds", "$x_1 * y_1 * z_1$"),
        ("$E$ equals 5", "$E$"),
        ("$n$th and $x$.", "$n$"),
        ("设$x$为", "$x$"),
        ("$a<b>c & d$", "$a<b>c & d$"),
        (r"$\$5 + x$", r"$\$5 + x$"),
        (r"$\frac{a}{b}\\c$", r"$\frac{a}{b}\\c$"),
        ("$a\n= b$", "$a\n= b$"),
        ("**$x$**", "$x$"),
        ("[$x$](http://x.test)", "$x$"),
        ("# $a_b$ in a heading 5", "$a_b$"),
        ("|$x_1$|b|\n|-|-|\n|1|2|", "$x_1$"),
        ("inline $$a_b$$ too", "$$a_b$$"),
        ("$$a_b$$ (1)", "$$a_b$$"),
        ("$$\na_b\n$$", "$$\na_b\n$$"),
        ("text\n$$\na_b\n$$\nmore", "$$\na_b\n$$"),
        ("text\n$$\na\n+ b\n$$", "$$\na\n+ b\n$$"),
        ("$$\n= a\n- b\n+ c\n> 0\n$$", "$$\n= a\n- b\n+ c\n> 0\n$$"),
        ("- item\n\n  $$\n  a\n  $$", "$$\na\n$$"),
        ("> $$\n> a\n> $$", "$$\na\n$$"),
        ("a price of $5 and $x_y$", "$x_y$"),
    ],
)
def test_formula(source: str, formula: str) -> None:
    """TeX is kept to the letter, also what markdown would take for emphasis or a list, for MathJax to find."""
    assert formula in formulas(to_html(source))


def test_formulas_do_not_run_into_each_other() -> None:
    """Each stands in an element of its own: to MathJax, braces pair across dollar signs."""
    assert formulas(to_html("$a{b$ and $c}d$")) == ["$a{b$", "$c}d$"]


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\mmlToken{mi}[href=\"javascript:alert(1)\"]{x}",
        r"\style{position:fixed;inset:0}{x}",
        r"\bbox[position:fixed]{x}",
        r"\class{jp-Button}{x}",
        r"\cssId{main}{x}",
        r"\let\go\href \go{javascript:alert(1)}{x}",
        r"\def\frac#1#2{owned}",
        r"\newcommand{\frac}{owned}",
        r"\require{html}",
        r"\htmlData{x=1}{y}",
    ],
)
@pytest.mark.parametrize("form", ["${}$", "a $${}$$ b", "$$\n{}\n$$", "$${}$$"])
def test_tex_that_would_leave_its_formula_is_shown_as_code(tex: str, form: str) -> None:
    """Links, styles, classes, macros and extensions are not for an answer to use; the reader sees them as text."""
    html = to_html(form.replace("{}", tex, 1))
    assert formulas(html) == []
    assert words(tex) in words(html)
    assert "<code>" in html


def test_what_is_never_closed_stays_text() -> None:
    """An open ``$$`` takes its lines up to a blank one, and gives back every word of them."""
    html = to_html("$$\na *b*\n- c\n\nnext")
    assert formulas(html) == []
    assert words(html) == "$$ab-cnext"
    assert "<em>b</em>" in html
    assert "<p>next</p>" in html


def test_code_below_an_open_formula_is_code() -> None:
    """A fence ends what was never closed."""
    assert "<pre><code>x\n</code></pre>" in to_html("$$\n```\nx\n```")


@settings(deadline=None)
@given(st.text("$\\()[]{}`ab15 \n.|*_-begin", max_size=60))
def test_mathjax_sees_only_what_was_meant(source: str) -> None:
    """Whatever the text: what MathJax would find is one whole element, never half of one or of two."""
    html = to_html(source)
    for formula in formulas(html):
        assert formula.startswith("$")
        assert formula.endswith("$")
        assert f"<span>{formula.replace('&', '&amp;')}</span>" in html
    assert violations(html) == []


@settings(deadline=None)
@given(st.text("$\\()[]ab5<&"))
def test_quiet_text_holds_no_formula(text: str) -> None:
    """It says the same, and nothing in it begins one."""
    assert formulas(quiet(text)) == []
    assert words(quiet(text)) == "".join(text.split())
