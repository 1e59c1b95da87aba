"""Plots: readable on any ground, and nothing of them out of the picture."""

import subprocess
import sys
from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb
from matplotlib_inline.backend_inline import _fetch_figure_metadata

from claude_kit.render.plots import ACCENT, INK, SERIES, Bar, Curve, axes, bars, curves

matplotlib.use("Agg")

GROUNDS = ("white", "#111111")
LONG = "a rather long name of a model or a file that goes on and on, as they do.pdf"


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def contrast(one: str, other: str) -> float:
    """Contrast as WCAG 2 defines it."""

    def light(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_stand_out_from_either_ground(ground: str) -> None:
    """Text 4 to 1, bars and lines 3 to 1."""
    assert min(contrast(colour, ground) for colour in (INK, ACCENT)) > 4
    assert min(contrast(colour, ground) for colour in SERIES) > 3


def test_the_page_shows_through() -> None:
    """A new figure has no ground of its own, and JupyterLab is given no reason to lay a sheet under it."""
    ax = bars([Bar("a", (1.0,))], title="A", unit="tokens")
    figure = ax.get_figure()
    assert (figure.get_facecolor()[3], ax.get_facecolor()[3]) == (0, 0)
    figure.canvas.draw()
    assert _fetch_figure_metadata(figure) is None


def test_axes_that_are_given_are_drawn_on() -> None:
    """A plot can be a part of a larger figure."""
    _, own = plt.subplots()
    assert axes(own) is own
    assert bars([Bar("a", (1.0,))], title="A", unit="tokens", ax=own) is own
    assert curves([Curve("a", [1.0, 2.0])], title="A", unit="tokens", over="files", ax=own) is own


def test_segments_stand_in_a_row_with_the_first_bar_on_top() -> None:
    """Each begins where the one before it ends."""
    ax = bars([Bar("a", (1.0, 2.0)), Bar("b", (3.0, 0.5))], title="A", unit="tokens", names=("x", "y", "most"))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 1), (1, 2), (0, 3), (3, 0.5)]
    assert ax.yaxis_inverted()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y", "most"]


def test_dollars_are_dollars() -> None:
    """Two of them in a text are not typeset as a formula."""
    bar = Bar("$1 and $2", (1.0,), end="$3 of $4")
    ax = bars([bar], title="From $5 to $6", unit="US dollars", dollars=True)
    texts = [ax.get_title(loc="left"), ax.texts[0].get_text(), ax.get_yticklabels()[0].get_text()]
    assert [text.count(r"\$") for text in texts] == [2, 2, 2]
    ax.get_figure().canvas.draw()
    assert all(label.get_text().startswith(r"\$") for label in ax.get_xticklabels())


@pytest.mark.parametrize("most", [0.000_012, 0.0031, 0.047, 0.31, 1.7, 15.0, 49.0, 51.0, 12_000.0])
def test_no_two_marks_of_an_axis_read_alike(most: float) -> None:
    """As many decimals as tell them apart."""
    ax = bars([Bar("a", (most,))], title="A", unit="US dollars", dollars=True)
    ax.get_figure().canvas.draw()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert len(set(shown)) == len(shown) > 2


@pytest.mark.parametrize("number", [1, 4, 30])
@pytest.mark.parametrize("label", ["short", LONG])
def test_nothing_is_cut_off(number: int, label: str) -> None:
    """Labels, the numbers at the ends of bars and the title are inside the figure, and bars keep room."""
    end = "$0.1047, up to $0.4744"
    shown = [Bar(label, (0.1, 0.05), end, reach=0.4) for _ in range(number)]
    ax = bars(
        shown, title=f"From $0.0010 with one to $0.4744 with another, {LONG}", unit="US dollars", names=("x", "y")
    )
    figure = ax.get_figure()
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in (*ax.texts, *ax.get_yticklabels(), ax.xaxis.label):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
    assert ax.texts[0].get_window_extent().x1 <= ax.get_window_extent().x1
    bar = ax.patches[0].get_window_extent()
    assert bar.height > 8
    assert bar.width > 15


def test_numbers_at_the_ends_of_bars_stand_after_the_line_that_reaches_on() -> None:
    """So that it does not strike them out."""
    ax = bars([Bar("a", (1.0,), "1", reach=3.0)], title="A", unit="tokens")
    assert ax.texts[0].xy == (3.0, 0)


def test_curves_are_named_at_their_ends_apart_from_each_other() -> None:
    """Also where they end at the same value."""
    ax = curves([Curve("one", [1.0, 2.0]), Curve("other", [1.5, 2.0])], title="A", unit="tokens", over="files")
    figure = ax.get_figure()
    figure.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.texts}
    assert set(boxes) == {"one", "other"}
    assert not boxes["one"].overlaps(boxes["other"])


@pytest.mark.parametrize("length", [1, 2, 500])
@pytest.mark.parametrize("at", [1, -1])
def test_a_point_of_interest_is_marked(length: int, at: int) -> None:
    """With its words inside the axes, at the first value and at the last."""
    values = [float(number) for number in range(1, length + 1)]
    place = range(1, length + 1)[at - (at > 0)]
    ax = curves([Curve("a", values)], title="A", unit="x", over="y", mark=(place, values[place - 1], "break-even"))
    figure = ax.get_figure()
    figure.canvas.draw()
    (words,) = [text for text in ax.texts if text.get_text() == "break-even"]
    assert words.get_window_extent().x1 <= ax.get_window_extent().x1
    assert [place] in [list(line.get_xdata()) for line in ax.lines]


def test_without_matplotlib_it_says_how_to_get_it() -> None:
    """The line to type, not a traceback about a module that is missing."""
    code = (
        "import sys; sys.modules['matplotlib'] = sys.modules['matplotlib.pyplot'] = None\n"
        "from claude_kit.render import plots\n"
        "try: plots.axes()\n"
        "except ImportError as error: print(error)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "claude_kit[lab]"' in answer.stdout
