"""How does the cost grow? A line a model, named at its end, as pieces of an SVG.

It is drawn here for the page and for the file alike: the page is sent the pieces, and changes those that it has.
Colours are attributes, which read on light and dark grounds where no style sheet comes along; the page's own replace
them (`static/explorer.css`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.panels.exploring.offers import Offer, best
from claude_kit.panels.exploring.settings import Settings
from claude_kit.render import units
from claude_kit.render.html import escape
from claude_kit.render.plots import ACCENT, INK, Curve

__all__ = ["Drawing", "Mark", "curves", "drawn", "over", "title"]

_HEIGHT: Final = 236
_ABOVE: Final = 12
_BELOW: Final = 40
_CHARACTER: Final = 6.7
_APART: Final = 15
_TICKS: Final = 4
_DATE: Final = re.compile(r"-\d{8}$")

# The narrowest that two lines can be told apart in.
_LEAST_WIDTH: Final = 280


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece: what it is known by from one drawing to the next, its element, its attributes, its text."""

    key: str
    element: str
    attributes: dict[str, Any]
    text: str = ""

    def svg(self) -> str:
        """Return it as SVG."""
        attributes = "".join(f' {name}="{escape(str(value))}"' for name, value in self.attributes.items())
        return f"<{self.element}{attributes}>{escape(self.text)}</{self.element}>"


@dataclass(frozen=True, slots=True)
class Drawing:
    """All pieces, and the size of their sheet in CSS pixels."""

    width: int
    height: int
    marks: tuple[Mark, ...]

    def svg(self, label: str) -> str:
        """Return it as SVG; `label` is for those who cannot see it."""
        sheet = f'viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{escape(label)}"'
        style = f"display:block;font-size:12px;max-width:{self.width}px;width:100%"
        return f'<svg {sheet} style="{style}">{"".join(mark.svg() for mark in self.marks)}</svg>'


@dataclass(frozen=True, slots=True)
class _Line:
    """One model's costs along the axis."""

    name: str
    model: str
    points: tuple[tuple[float, float], ...]
    best: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where numbers stand on the sheet."""

    left: float
    right: float
    top: float
    bottom: float
    across: float
    up: float

    def x(self, value: float) -> float:
        return round(self.left + (self.right - self.left) * value / self.across, 1)

    def y(self, value: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * value / self.up, 1)


def title(settings: Settings) -> str:
    """Say what goes up."""
    return f"US dollars for {units.plural(settings.documents, 'document')}"


def over(settings: Settings) -> str:
    """Say what goes along."""
    if settings.over == "questions":
        return "questions about each document" if settings.documents > 1 else "questions"
    return f"documents, {units.plural(settings.questions, 'question')} each"


def drawn(made: Sequence[Offer], settings: Settings, width: int) -> Drawing:
    """Draw what the models ask, over the questions or over the documents.

    Parameters
    ----------
    made : sequence of Offer
    settings : Settings
    width : int
        CSS pixels.
    """
    width = max(width, _LEAST_WIDTH)
    lines = _lines(made, settings)
    most = max((line.points[-1][1] for line in lines), default=0.0) or 1.0
    ticks = _ticks(most)
    left = max(len(_dollars(tick, ticks)) for tick in ticks) * _CHARACTER + 10
    named = max((len(line.name) for line in lines), default=0) * _CHARACTER + 16
    across = float(settings.questions if settings.over == "questions" else settings.documents)
    scale = _Scale(left, width - min(named, width * 0.4), _ABOVE, _HEIGHT - _BELOW, across, max(most, ticks[-1]))
    marks = [*_grid(scale, ticks), *_along(scale, across, over(settings)), *_curves(scale, lines)]
    return Drawing(width, _HEIGHT, tuple(marks))


def curves(made: Sequence[Offer], settings: Settings) -> list[Curve]:
    """Return the same for `claude_kit.render.plots.curves`, which counts from 1."""
    cheapest = best(made)
    number = settings.questions if settings.over == "questions" else settings.documents
    steps = range(1, min(number, 1000) + 1)
    shown = []
    for offer in made:
        first, last = _ends(offer, settings)
        slope = (last - first) / max(number - 1, 1)
        values = [first + slope * (step - 1) * (number - 1) / max(len(steps) - 1, 1) for step in steps]
        colour = ACCENT if offer is cheapest else INK
        shown.append(Curve(_short(offer.model.id), values, colour, dashed=offer.refusal is not None))
    return shown


def _lines(made: Sequence[Offer], settings: Settings) -> list[_Line]:
    """Return the lines, the one that matters last, on top."""
    cheapest = best(made)
    lines = []
    for offer in made:
        first, last = _ends(offer, settings)
        number = settings.questions if settings.over == "questions" else settings.documents
        points = ((0.0, 0.0), (1.0, first), (float(number), last))
        name = _short(offer.model.id)
        lines.append(_Line(name, offer.model.id, points, offer is cheapest, offer.refusal is not None))
    return sorted(lines, key=lambda line: line.best)


def _ends(offer: Offer, settings: Settings) -> tuple[float, float]:
    """Return what the first question, or document, costs and what all do."""
    first = offer.first if settings.over == "questions" else offer.document
    return float(first), float(offer.cost)


def _short(name: str) -> str:
    return _DATE.sub("", name.removeprefix("claude-"))


def _grid(scale: _Scale, ticks: Sequence[float]) -> Iterator[Mark]:
    for at, tick in enumerate(ticks):
        y = scale.y(tick)
        ends = {"x1": round(scale.left, 1), "x2": round(scale.right, 1), "y1": y, "y2": y}
        opacity = 0.6 if at == 0 else 0.2
        yield Mark(f"grid{at}", "line", {**ends, "stroke": INK, "stroke-opacity": opacity, "class": "ck-grid"})
        place = {"x": round(scale.left - 8, 1), "y": round(y + 4, 1), "text-anchor": "end"}
        yield Mark(f"up{at}", "text", {**place, **_QUIET}, _dollars(tick, ticks))


def _along(scale: _Scale, across: float, words: str) -> Iterator[Mark]:
    y = scale.bottom + 17
    for at, tick in enumerate(tick for tick in _ticks(across, whole=True) if tick):
        place = {"x": scale.x(tick), "y": y, "text-anchor": "middle"}
        yield Mark(f"along{at}", "text", {**place, **_QUIET}, units.count(int(tick)))
    middle = round((scale.left + scale.right) / 2, 1)
    yield Mark("along", "text", {"x": middle, "y": y + 17, "text-anchor": "middle", **_QUIET}, words)


def _curves(scale: _Scale, lines: Sequence[_Line]) -> Iterator[Mark]:
    places = _spread([scale.y(line.points[-1][1]) for line in lines], scale)
    for line, place in zip(lines, places, strict=True):
        path = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in line.points)
        look = {"stroke": ACCENT if line.best else INK, "stroke-width": 2.5 if line.best else 1.5}
        dashes = {"stroke-dasharray": "4 4" if line.refused else "none", "stroke-linejoin": "round", "fill": "none"}
        kind = "ck-best" if line.best else "ck-other"
        yield Mark(f"line {line.model}", "polyline", {"points": path, **look, **dashes, "class": kind})
        end = {"cx": scale.x(line.points[-1][0]), "cy": scale.y(line.points[-1][1]), "r": 3.5 if line.best else 2.5}
        yield Mark(f"end {line.model}", "circle", {**end, "fill": look["stroke"], "class": kind})
        weight = {"font-weight": 600 if line.best else 400, "fill": "currentColor"}
        spot = {"x": round(scale.right + 9, 1), "y": round(place + 4, 1), "fill-opacity": 0.6 if line.refused else 1}
        yield Mark(f"name {line.model}", "text", {**spot, **weight}, line.name)


# In the colour of the text around it, so that it reads wherever that does.
_QUIET: Final = {"fill": "currentColor", "fill-opacity": 0.75}


def _spread(wanted: Sequence[float], scale: _Scale) -> list[float]:
    """Return places near those that are wanted, apart from each other and on the sheet, lowest first."""
    places = [0.0] * len(wanted)
    below = scale.bottom + _APART
    for at in sorted(range(len(wanted)), key=lambda at: -wanted[at]):
        below = places[at] = min(wanted[at], below - _APART)
    above = min(places, default=0.0) - scale.top
    if above >= 0:
        return places
    lift = scale.top - _APART
    for at in sorted(range(len(wanted)), key=lambda at: places[at]):
        lift = places[at] = max(places[at], lift + _APART)
    return places


def _ticks(most: float, *, whole: bool = False) -> list[float]:
    """Return few, round numbers from 0 to about the most: whole ones where there is nothing between."""
    power = 10 ** math.floor(math.log10(most / _TICKS))
    step = next(step * power for step in (1, 2, 5, 10) if step * power * (_TICKS + 1) >= most)
    step = max(round(step), 1) if whole else step
    return [round(step * number, 12) for number in range(math.floor(most / step + 1e-9) + 1)]


def _dollars(amount: float, ticks: Sequence[float]) -> str:
    step = ticks[1] if len(ticks) > 1 else ticks[0] or 1.0
    decimals = 0 if step >= 1 else max(2, -math.floor(math.log10(step) + 1e-9))
    return f"${amount:,.{decimals}f}" if amount else "$0"
