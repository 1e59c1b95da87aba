"""Tables of findings and prices, in a page and in a terminal."""

import pytest

from claude_kit.render.tables import Cell, Column, Row, html_table, text_table

ATTACK = '"><script>alert(1)</script>'
COLUMNS = (Column("what"), Column("tokens", numeric=True))


def test_everything_in_a_table_is_escaped() -> None:
    """Titles, texts, notes and levels are text, wherever they come from."""
    html = html_table([Column(ATTACK)], [Row((Cell(ATTACK, ATTACK, ATTACK),)), Row((Cell(ATTACK),))])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5


def test_no_cell_is_typeset_as_a_formula() -> None:
    """Table and caption hold prices, so MathJax is told to leave them alone."""
    html = html_table(COLUMNS, [], caption="$0.02 of $0.03")
    assert html.count("mathjax_ignore") == 2


def test_numbers_and_levels_have_their_look() -> None:
    """Numbers stand right, a level is a coloured label, a total stands out."""
    rows = [Row((Cell("a", level="error"), Cell("1,234"))), Row((Cell("all", level="plain"), Cell("9")), "total")]
    html = html_table(COLUMNS, rows)
    assert '<th class="ck-right">tokens</th>' in html
    assert '<span class="ck-tag ck-is-error">a</span></td><td class="ck-right">1,234</td>' in html
    assert '<tr class="ck-total"><td style="text-align:left"><span class="ck-tag">all</span>' in html


@pytest.mark.parametrize(("share", "width"), [(0.25, "25%"), (1.0, "100%"), (3.0, "100%")])
def test_a_bar_stays_within_its_cell(share: float, width: str) -> None:
    """A share is drawn as a part of the whole, also when rounding took it above."""
    assert f"width:{width}" in html_table([Column("cost", bar=True)], [Row((Cell("1", share=share),))])


@pytest.mark.parametrize("share", [0.0, -0.5])
def test_without_a_share_there_is_no_bar(share: float) -> None:
    """The cell for it is there all the same, so that the columns stay in line."""
    html = html_table([Column("cost", bar=True)], [Row((Cell("1", share=share),))])
    assert '<td class="ck-barcell"></td>' in html


def test_a_row_has_a_cell_for_every_column() -> None:
    """A row of another length is a mistake of the caller, not a crooked table."""
    with pytest.raises(ValueError, match="zip"):
        html_table(COLUMNS, [Row((Cell("1"),))])


def test_text_is_aligned() -> None:
    """Columns are as wide as their widest cell, numbers stand right, and no line ends in blanks."""
    rows = [Row((Cell("report.pdf"), Cell("10,627"))), Row((Cell("a", note="(b)"), Cell("9")))]
    assert text_table(COLUMNS, rows).splitlines() == [
        "what        tokens",
        "──────────  ──────",
        "report.pdf  10,627",
        "a (b)            9",
    ]


def test_text_keeps_a_row_on_a_line() -> None:
    """A line end or an escape sequence in a file's name does not break the table."""
    table = text_table(COLUMNS, [Row((Cell("a\nb\x1b[2J"), Cell("9")))])
    assert table.splitlines()[2:] == ["a b�[2J       9"]


def test_text_can_be_narrowed() -> None:
    """Given a width, words wrap until lines are within it, but numbers never do."""
    rows = [Row((Cell("one two three four five six seven"), Cell("1,234,567")))]
    lines = text_table(COLUMNS, rows, width=30).splitlines()
    assert max(map(len, lines)) <= 30
    assert "1,234,567" in lines[2]
    numbers = [Column("a", numeric=True), Column("b", numeric=True)]
    assert "1,234,567" in text_table(numbers, [Row((Cell("1,234,567"), Cell("1")))], width=5)


def test_a_table_without_rows_is_its_head() -> None:
    """In a page and in a terminal."""
    assert "<tbody></tbody>" in html_table(COLUMNS, [])
    assert len(text_table(COLUMNS, []).splitlines()) == 2
