"""How a plot looks: readable on a light page and on a dark one, with the kit's accent colour and no chart junk.

A title says what was found; axes carry their unit; numbers stand at the ends of bars and lines, where the eye is.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from claude_kit.render.plain import one_line

__all__ = ["ACCENT", "INK", "SERIES", "Bar", "Curve", "axes", "bars", "curves"]

#: Text and lines: the grey that stands out from white (4.5 to 1) as well as from JupyterLab's dark #111 (4.2 to 1).
INK: Final = "#767676"

#: The kit's accent, as in `css/base.css`; 4.2 to 1 on white, 4.5 to 1 on #111.
ACCENT: Final = "#c2613a"

#: Further series, told apart by lightness too.
SERIES: Final = (ACCENT, "#5b8bb2", "#8f8f8f", "#a77fb0", "#6d9a57")

# JupyterLab lays a white sheet under a figure without background whose tick labels are all dark, and a black one where
# all are light: half of them are on the light side of the middle, so that the page's own ground shows.
_INK_OF_LABELS: Final = "#808080"

_WIDTH_IN: Final = 7.0
_TITLE_CHARACTERS: Final = 74
_TITLE_CHARACTERS_BESIDE_LABELS: Final = 64
_LABEL_CHARACTERS: Final = 36
_CHARACTER_IN: Final = 0.085
_POINTS_AN_INCH: Final = 72


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, lying, of segments in a row.

    Attributes
    ----------
    label : str
    lengths : tuple of float
        One for each name in the legend.
    end : str
        What stands at its end.
    reach : float or None
        How far it could get: a thin line from its end to there.
    faded : bool
        For what is out of the question.
    """

    label: str
    lengths: tuple[float, ...]
    end: str = ""
    reach: float | None = None
    faded: bool = False

    @property
    def furthest(self) -> float:
        """Where bar or line ends."""
        return max(sum(self.lengths), self.reach or 0.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve over whole numbers from 1, with what it is called at its end."""

    label: str
    values: Sequence[float]
    colour: str = ACCENT
    dashed: bool = False


def axes(ax: Any = None, *, size: tuple[float, float] = (_WIDTH_IN, 3.6), grid: Literal["x", "y"] = "y") -> Any:
    """Return matplotlib axes in the kit's look: those given, or new ones on a figure without a background.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
    size : tuple of float
        Inches of a new figure.
    grid : {"x", "y"}
        The axis whose values are read off.

    Raises
    ------
    ImportError
        If matplotlib is not installed; says how to get it.
    """
    if ax is None:
        figure, ax = _pyplot().subplots(figsize=size, layout="constrained", facecolor="none")
        figure.set_alpha(0)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side == ("bottom" if grid == "y" else "left"))
        spine.set_color(INK)
    ax.tick_params(colors=INK, labelcolor=INK, length=0)
    ax.tick_params(axis="y", labelcolor=_INK_OF_LABELS)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_color(INK)
    ax.grid(axis=grid, color=INK, alpha=0.2, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def bars(
    shown: Sequence[Bar],
    *,
    title: str,
    unit: str,
    names: Sequence[str] = (),
    dollars: bool = False,
    ax: Any = None,
) -> Any:
    """Draw lying bars, the first on top; return the axes.

    Parameters
    ----------
    shown : sequence of Bar
    title : str
        What the bars say, in a sentence.
    unit : str
        What their lengths are.
    names : sequence of str
        What the segments are; a bar of one segment needs none. One more names the thin line.
    dollars : bool
        Whether the lengths are US dollars.
    ax : matplotlib.axes.Axes, optional
        By default those of a new figure, as high as the bars need.
    """
    ax = axes(ax, size=(_WIDTH_IN, 1.3 + 0.31 * max(len(shown), 1)), grid="x")
    places = range(len(shown))  # by number: two bars may have the same label
    for place, bar in zip(places, shown, strict=True):
        _bar(ax, place, bar)
    ax.set_yticks(places, [_short(bar.label) for bar in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    longest = max((len(bar.end) for bar in shown), default=0) * _CHARACTER_IN / (0.65 * _WIDTH_IN)
    most = max((bar.furthest for bar in shown), default=0.0) or 1.0
    ax.set_xlim(0, most / (1 - min(longest + 0.03, 0.5)))
    _scale(ax.xaxis, most, dollars)
    ax.set_xlabel(unit)
    _head(ax, title, most=_TITLE_CHARACTERS_BESIDE_LABELS, above=bool(names))
    if names:
        _legend(ax, names)
    return ax


def curves(
    shown: Sequence[Curve],
    *,
    title: str,
    unit: str,
    over: str,
    mark: tuple[int, float, str] | None = None,
    dollars: bool = False,
    ax: Any = None,
) -> Any:
    """Draw curves, each named at its end; return the axes.

    Parameters
    ----------
    shown : sequence of Curve
    title : str
        What the curves say, in a sentence.
    unit, over : str
        What goes up, and what goes along.
    mark : (int, float, str), optional
        A point of interest, and what to say of it.
    dollars : bool
        Whether the values are US dollars.
    ax : matplotlib.axes.Axes, optional
    """
    from matplotlib.ticker import MaxNLocator

    ax = axes(ax)
    length = max((len(curve.values) for curve in shown), default=1)
    most = max((value for curve in shown for value in curve.values), default=0.0) or 1.0
    for curve in shown:
        along = range(1, len(curve.values) + 1)
        style = "--" if curve.dashed else "-"
        points = "o" if length == 1 else None
        ax.plot(along, curve.values, style, color=curve.colour, linewidth=2, marker=points, clip_on=False)
    ax.set_xlim(1 if length > 1 else 0.5, max(length, 1.5))
    ax.set_ylim(0, most * 1.08)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _scale(ax.yaxis, most, dollars)
    _name_ends(ax, shown)
    if mark is not None:
        _mark(ax, *mark)
    ax.set_xlabel(over)
    ax.set_ylabel(unit)
    _head(ax, title)
    return ax


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(f'Plots need matplotlib ({error}). Get it: pip install "claude_kit[lab]"') from None
    return plt


def _bar(ax: Any, place: int, bar: Bar) -> None:
    start = 0.0
    opacity = 0.35 if bar.faded else 0.9
    for colour, length in zip(SERIES, bar.lengths, strict=False):
        ax.barh(place, length, left=start, height=0.62, color=colour, alpha=opacity, linewidth=0)
        start += length
    if bar.reach is not None and bar.reach > start:
        ax.plot([start, bar.reach], [place, place], color=INK, linewidth=1, alpha=opacity)
        ax.plot([bar.reach], [place], marker="|", markersize=7, color=INK, alpha=opacity)
    if bar.end:
        style = {"color": INK, "va": "center", "fontsize": 9}
        at = (bar.furthest, place)
        ax.annotate(_literal(bar.end), at, xytext=(6, 0), textcoords="offset points", **style)


def _name_ends(ax: Any, shown: Sequence[Curve]) -> None:
    """Write each curve's name at its end, apart from each other."""
    height_pt = ax.get_figure().get_size_inches()[1] * _POINTS_AN_INCH * 0.75
    apart = ax.get_ylim()[1] * 14 / height_pt
    lowest = -math.inf
    for curve in sorted(shown, key=lambda curve: curve.values[-1]):
        lowest = max(curve.values[-1], lowest + apart)
        end = (len(curve.values), lowest)
        style = {"color": curve.colour, "va": "center", "annotation_clip": False}
        ax.annotate(_literal(curve.label), end, xytext=(8, 0), textcoords="offset points", **style)


def _mark(ax: Any, at: int, value: float, says: str) -> None:
    """Draw a point and a line up from it, at whose top stands what is said, off the curves."""
    late = at > sum(ax.get_xlim()) / 2
    ax.plot([at, at], [value, ax.get_ylim()[1]], ":", color=INK, linewidth=1)
    ax.plot([at], [value], "o", color=INK, markersize=5, zorder=5, clip_on=False)
    style = {"color": INK, "va": "top", "ha": "right" if late else "left", "fontsize": 9}
    place = {"xytext": (-6 if late else 6, 0), "textcoords": "offset points"}
    ax.annotate(_literal(says), (at, ax.get_ylim()[1]), **place, **style)


def _legend(ax: Any, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    segments = max((len(names) - 1, 1))
    handles: list[Any] = [Patch(color=colour, alpha=0.9) for colour in SERIES[:segments]]
    handles += [Line2D([], [], color=INK, linewidth=1, marker="|") for _ in names[segments:]]
    place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2, "borderpad": 0.0}
    ax.legend(
        handles,
        [_literal(name) for name in names],
        frameon=False,
        ncols=len(names),
        labelcolor=INK,
        fontsize=9,
        handlelength=1.0,
        columnspacing=1.4,
        **place,
    )


def _head(ax: Any, title: str, *, most: int = _TITLE_CHARACTERS, above: bool = False) -> None:
    words = one_line(title)
    lines = math.ceil(len(words) / most)
    # Lines of about the same length, none of a word alone.
    wrapped = textwrap.wrap(words, min(most, len(words) // max(lines, 1) + 8), break_on_hyphens=False)
    style = {"color": INK, "fontsize": 11, "fontweight": "bold", "pad": 22 if above else 12}
    ax.set_title(_literal("\n".join(wrapped)), loc="left", **style)


def _scale(axis: Any, most: float, dollars: bool) -> None:
    """Put few, round numbers along an axis, written as whole dollars and cents or with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    decimals = 0 if most >= 50 else max(2, 1 - math.floor(math.log10(most)))
    form = f"\\${{:,.{decimals}f}}" if dollars else "{:,.0f}"
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: form.format(value) if value else "\\$0" * dollars or "0"))


def _short(label: str) -> str:
    """Keep both ends of a label: the beginning is what it is known by, the end tells it from its like."""
    label = one_line(label)
    if len(label) > _LABEL_CHARACTERS:
        half = _LABEL_CHARACTERS // 2
        label = f"{label[:half].rstrip()} … {label[-half:].lstrip()}"
    return _literal(label)


def _literal(text: str) -> str:
    """Return a text that matplotlib takes as it is, though two dollar signs are in it."""
    return text.replace("$", r"\$")
