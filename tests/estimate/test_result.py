"""An estimate shows itself: as a table, a frame, plain data and a plot."""

import json
import re
from decimal import Decimal

import pytest

from claude_kit.content import image, text
from claude_kit.errors import BudgetExceeded
from claude_kit.estimate import Estimate, Line, estimate
from claude_kit.estimate.count import UNCOUNTED, Count
from claude_kit.models import find

MODEL = find("claude-sonnet-4-6")


def made(*counts: Count, label: str = "report.pdf") -> Estimate:
    """An estimate of these counts, at one dollar for the input and two for the output."""
    lines = tuple(Line(label, "3 pages", count) for count in counts)
    money = {"input_cost": Decimal(1), "output_cost": Decimal(2), "input_cost_range": (Decimal(1), Decimal(1))}
    money["cost_range"] = (Decimal(1), Decimal(9))
    return Estimate(model=MODEL, lines=lines, expected_output=800, max_output=8192, pages=3, **money)


MEASURED = Count(1000, 990, 1020, "measured")


def test_the_repr_is_one_line_with_range_and_method():
    """Without a range it does not pretend to one."""
    assert repr(made(MEASURED)) == "<Estimate claude-sonnet-4-6: 1,000 tokens (990 to 1,020, measured), $3.0000>"
    assert repr(made(Count.exactly(5))) == "<Estimate claude-sonnet-4-6: 5 tokens (exact), $3.0000>"


def test_the_range_is_the_sum_of_the_ranges():
    """Lines add up, and the least sure one names the method."""
    told = made(MEASURED, Count(100, 80, 130, "heuristic"))
    assert (told.input_tokens, told.input_range, told.method) == (1100, (1070, 1150), "heuristic")


def test_what_is_uncounted_is_the_least_sure_of_all():
    """A gap is worse than any guess."""
    assert made(MEASURED, Count(100, 80, 130, "heuristic"), UNCOUNTED).method == "uncounted"


def test_the_table_tells_part_tokens_dollars_and_method():
    """One row a line, then the answer, then the total with its doubt and the most it can cost."""
    head, _, part, answer, total = made(MEASURED).to_text().splitlines()
    assert head.split() == ["part", "tokens", "USD", "counted"]
    assert part.split() == ["report.pdf", "3", "pages", "1,000", "$1.0000", "measured"]
    assert answer.split() == ["answer", "assumed,", "at", "most", "8,192", "800", "$2.0000", "assumed"]
    assert total.split() == ["claude-sonnet-4-6", "1,000", "±", "2.0", "%", "$3.0000", "up", "to", "$9.0000"]


def test_numbers_stand_under_each_other():
    """The doubt beside the total does not push the column out of line."""
    rows = made(MEASURED).to_text().splitlines()
    assert rows[2].index("1,000") == rows[4].index("1,000")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_keeps_within_the_terminal(width):
    """Long labels wrap; no line is longer than the terminal is wide, and nothing is lost."""
    label = "a rather long file name that goes on and on, as they do.pdf"
    told = made(MEASURED, label=label).to_text(width)
    assert max(map(len, told.splitlines())) <= width
    if width == 120:
        assert label in told
    else:
        assert all(word in told for word in label.split())


def test_the_rich_form_is_escaped():
    """A file name cannot put markup into the page."""
    html = made(MEASURED, label="<img src=x onerror=alert(1)>.pdf")._repr_mimebundle_()["text/html"]
    assert "&lt;img src=x" in html
    assert "<img" not in html


def test_control_characters_do_not_reach_the_terminal():
    """A file name cannot clear the screen or start a line of its own."""
    told = made(MEASURED, label="a\x1b[2J\nb.pdf").to_text()
    assert "\x1b" not in told
    assert len(told.splitlines()) == 5


def test_plain_text_does_not_depend_on_the_terminal(monkeypatch):
    """A saved cell reads the same wherever it was run."""
    texts = set()
    for columns in ("40", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        texts.add(made(MEASURED)._repr_mimebundle_()["text/plain"])
    assert len(texts) == 1


def test_the_frame_has_a_row_for_each_line_and_the_answer():
    """Dollars of the rows add up to the cost."""
    frame = made(MEASURED, Count.exactly(1000)).to_frame()
    assert list(frame.columns) == ["part", "note", "tokens", "low", "high", "method", "usd"]
    assert list(frame["tokens"]) == [1000, 1000, 800]
    assert frame["usd"].sum() == pytest.approx(3.0)


def test_plain_data_is_json():
    """What the command line prints: numbers, strings and lists alone."""
    data = json.loads(json.dumps(made(MEASURED).to_dict()))
    assert data["input_tokens"] == 1000
    assert data["input_range"] == [990, 1020]
    assert data["input_cost_usd"] == 1.0
    assert data["cost_range_usd"] == [1.0, 9.0]
    assert data["pages"] == 3
    assert data["lines"][0]["part"] == "report.pdf"
    assert (data["lines"][0]["low"], data["lines"][0]["high"]) == (990, 1020)


def test_the_plot_has_a_bar_for_each_line():
    """Also where two lines have the same label."""
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("matplotlib").use("Agg")
    figure, own = plt.subplots()
    axes = made(MEASURED, Count.exactly(500)).plot(ax=own)
    assert axes is own
    assert [bar.get_width() for bar in axes.patches] == [1000, 500]
    assert len({bar.get_y() for bar in axes.patches}) == 2
    assert [label.get_text() for label in axes.get_yticklabels()] == ["report.pdf 3 pages"] * 2
    plt.close(figure)


def test_an_estimate_of_nothing_shows_itself():
    """No token, no division by zero."""
    told = estimate("", model=MODEL)
    nothing = Estimate(**{name: getattr(told, name) for name in told.__slots__} | {"lines": ()})
    assert nothing.method == "exact"
    assert "0" in nothing.to_text()
    assert nothing._repr_mimebundle_()["text/html"]


def test_real_parts_are_named():
    """Labels come from the parts themselves."""
    from PIL import Image as pil

    told = estimate(image(pil.new("RGB", (28, 28)), name="dot.png"), text("x", name="notes.txt"), "Why?", model=MODEL)
    assert [line.label for line in told.lines] == ["dot.png", "notes.txt", "“Why?”", "message frame"]


def test_what_cannot_be_counted_is_no_percentage():
    """A doubt of twelve million per cent says less than the most it can be."""
    table = made(MEASURED, Count(0, 0, 900_000, "uncounted")).to_text()
    assert "up to 901,020" in table
    assert "%" not in table


def test_a_budget_that_is_just_enough_is_kept():
    """To the last fraction of a cent."""
    told = estimate("Hello", model=MODEL)
    assert told.require(max_usd=told.cost_range[1]) is told
    with pytest.raises(BudgetExceeded):
        told.require(max_usd=told.cost_range[1] - Decimal("0.0000001"))


def test_the_cap_that_is_advised_keeps_the_budget():
    """With max_tokens as the error says the same request is within it, and would not be with a tenth more."""
    budget = Decimal("0.05")
    with pytest.raises(BudgetExceeded, match=r"Lower max_tokens to ([\d,]+)") as raised:
        estimate("Hello " * 2000, model=MODEL).require(max_usd=budget)
    cap = int(re.search(r"Lower max_tokens to ([\d,]+)", str(raised.value)).group(1).replace(",", ""))
    estimate("Hello " * 2000, model=MODEL, max_tokens=cap).require(max_usd=budget)
    with pytest.raises(BudgetExceeded):
        estimate("Hello " * 2000, model=MODEL, max_tokens=cap + cap // 10).require(max_usd=budget)


def test_the_doubt_is_that_of_the_further_end():
    """Here the lower one: 100 of 1,000."""
    assert "± 10 %" in made(Count(1000, 900, 1010, "measured")).to_text()


def test_the_answers_row_in_a_frame_runs_from_nothing_to_the_cap():
    """It may be empty."""
    answer = made(MEASURED).to_frame().iloc[-1]
    assert (answer.part, answer.tokens, answer.low, answer.high) == ("answer", 800, 0, 8192)


def test_very_many_parts_are_told_in_few_lines():
    """The table shows the first, and the others as one; the frame has them all, and the sums are the same."""
    told = made(*[MEASURED] * 120)
    lines = told.to_text().splitlines()
    assert len(lines) == 28
    assert any("… and 97 more parts" in line and "97,000" in line for line in lines)
    assert len(told.to_frame()) == 121
    assert "120,000" in lines[-1]
