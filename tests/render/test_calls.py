"""How a call of a tool looks."""

from claude_kit.render.calls import html_call, text_asked, text_call
from claude_kit.render.pieces import Call

BIG = "x" * 8_000


def test_a_call_is_one_line_with_everything_inside() -> None:
    """Name and arguments, what came first of the result and how long it took; the whole of it in the fold."""
    html = html_call(Call("weather", '{"city": "Oslo", "days": [1, 2]}', "4 °C\nrain", seconds=1.24))
    headline, inside = html.split("</summary>")
    assert "<code>weather(city=&quot;Oslo&quot;, days=[1, 2])</code>" in headline
    assert "→ 4 °C rain<" in headline
    assert "1.2 s" in headline
    assert "<pre>{&quot;city&quot;: &quot;Oslo&quot;, &quot;days&quot;: [1, 2]}</pre>" in inside
    assert "<pre>4 °C\nrain</pre>" in inside
    assert "open" not in html.partition(">")[0]


def test_a_long_input_is_indented() -> None:
    """A line for each argument, where one line would be too long."""
    assert "<pre>{\n  &quot;city&quot;" in html_call(Call("f", '{"city": "' + "Oslo" * 30 + '"}'))


def test_a_failure_is_said_in_words() -> None:
    """Not by a colour alone, and what went wrong is called an error."""
    html = html_call(Call("f", "{}", "no such city", failed=True))
    assert '<span class="ck-tag ck-is-error">failed</span>' in html
    assert '<div class="ck-label">Error</div>' in html
    assert text_call(Call("f", "{}", "no such city", failed=True)) == "→ f()\n← failed: no such city"


def test_a_call_that_runs_says_so() -> None:
    """As long as nothing came, and no longer."""
    assert "running" in html_call(Call("f", "{}", pending=True))
    assert text_call(Call("f", "{}", pending=True)) == "→ f()\n← running"
    assert "running" not in html_call(Call("f", "{}", "done"))
    assert text_call(Call("f", "{}")) == "→ f()"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    """A notebook is saved with its outputs; just inside the limit all of it is there."""
    assert "not shown" not in html_call(Call("f", "{}", BIG))
    html = html_call(Call("f", "{}", BIG + "yz"))
    assert f"<pre>{BIG}</pre>" in html
    assert "2 more characters not shown" in html
    assert "z" not in html.split("<pre>")[1].partition("</pre>")[0]


def test_any_input_can_be_shown() -> None:
    """A call that was cut, one that is no object, and one with very long arguments fit on a line."""
    assert text_asked(Call("f", '{"city": "Os')) == 'f({"city": "Os)'
    assert text_asked(Call("f", "[1]")) == "f([1])"
    assert text_asked(Call("f", "[" * 100_000)).startswith("f([[[")
    assert len(text_asked(Call("n" * 999, f'{{"a": "{BIG}", "b": "{BIG}", "c": 3}}'))) < 150
    assert "\n" not in text_asked(Call("a\nb", '{"a": "b\\nc"}'))
