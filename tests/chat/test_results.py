"""What Claude sees of what a function gave: words, pictures and documents as they are, anything else as JSON."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy
import pandas
import pydantic
import pytest
from matplotlib.figure import Figure
from PIL import Image as pil

from claude_kit import ContentError, Image, Pdf, Text, text
from claude_kit.chat.tools.results import content, within
from claude_kit.wire.messages import encode_message
from tests.content import making


@dataclass
class Point:
    """A point."""

    x: int
    on: date


class Model(pydantic.BaseModel):
    """A model."""

    total: Decimal
    points: list[Point]


class Unit(Enum):
    """A unit."""

    CELSIUS = "c"


class Nameless:
    """An object without words."""


class Worded(Nameless):
    """An object with words."""

    def __str__(self) -> str:
        return "a station"


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("as it is", "as it is"),
        ("", "(an empty text)"),
        (" \n ", "(an empty text)"),
        (None, "done"),
        ([], "[]"),
        ({}, "{}"),
        (0, "0"),
        (False, "false"),
        (["a", "b"], '["a", "b"]'),
        ({"città": "Forlì"}, '{"città": "Forlì"}'),
        (Point(1, date(2026, 1, 2)), '{"x": 1, "on": "2026-01-02"}'),
        (
            Model(total=Decimal("1.50"), points=[Point(1, date(2026, 1, 2))]),
            '{"total": "1.50", "points": [{"x": 1, "on": "2026-01-02"}]}',
        ),
        (Unit.CELSIUS, "c"),
        (Decimal("1.50"), "1.50"),
        ({"mean": float("nan")}, '{"mean": "NaN"}'),
        (numpy.float64(1.5), "1.5"),
        (numpy.arange(3), "[0, 1, 2]"),
        (numpy.eye(2), "[[1.0, 0.0], [0.0, 1.0]]"),
        ({"mean": numpy.float32(0.5), "ids": numpy.array([1, 2])}, '{"mean": 0.5, "ids": [1, 2]}'),
        pytest.param((number for number in (1, 2)), "[1, 2]", id="generator"),
        ({1, 2}, "[1, 2]"),
        pytest.param(Worded(), "a station", id="what has only str"),
        (pandas.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
    ],
    ids=repr,
)
def test_data_becomes_words(value: object, given: str) -> None:
    """Text stays as it is, nothing is said to be done, and the rest is JSON that a person could read."""
    assert content(value) == given


def test_a_table_is_csv() -> None:
    """A frame is written as the kit writes tables everywhere, also inside of other data and when it has no rows."""
    frame = pandas.DataFrame({"fruit": ["fig"], "price": [4.5]})
    assert content(frame) == "fruit,price\nfig,4.5\n"
    assert content({"all": frame}) == '{"all": "fruit,price\\nfig,4.5\\n"}'
    assert content(frame[:0]) == "an empty table: its columns are fruit, price, and it has no rows"
    assert content(pandas.Series([1, 2], name="n")) == "n\n1\n2\n"


def figure() -> Figure:
    """Draw a line."""
    drawn = Figure(figsize=(2, 1))
    drawn.subplots().plot([1, 3, 2])
    return drawn


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (pil.new("RGB", (40, 30)), Image),
        (figure(), Image),
        (figure().axes[0], Image),
        (numpy.zeros((40, 30, 3), "uint8"), Image),
        (making.pdf(["one"]), Pdf),
        (bytearray(making.pdf(["one"])), Pdf),
    ],
    ids=["PIL", "figure", "axes", "array", "bytes", "bytearray"],
)
def test_what_can_be_looked_at_is_shown(value: object, kind: type) -> None:
    """A picture goes as a picture and a PDF as a document, which the wire encodes inside of the result."""
    (item,) = content(value)
    assert isinstance(item, kind)
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [item]}
    ((block,),) = (one["content"] for one in encode_message({"role": "user", "content": [result]})["content"])
    assert block["type"] == ("image" if kind is Image else "document")


def test_pictures_inside_of_data_stand_after_it() -> None:
    """The data says which stood where."""
    picture = pil.new("RGB", (40, 30))
    words, first, second = content({"mean": 0.5, "plots": [figure(), {"last": picture}]})
    assert words == Text('{"mean": 0.5, "plots": ["(attached, number 1)", {"last": "(attached, number 2)"}]}')
    assert isinstance(first, Image)
    assert (second.width, second.height) == (40, 30)


def test_a_small_array_is_numbers() -> None:
    """Three columns make no picture of a matrix."""
    assert content(numpy.zeros((1, 2, 3), "uint8")) == "[[[0, 0, 0], [0, 0, 0]]]"


def test_a_path_is_read(tmp_path: Path) -> None:
    """A `Path` is its file; a file of text is its words; a plain string is never a path."""
    (tmp_path / "notes.txt").write_text("some notes", encoding="utf-8")
    (tmp_path / "report.pdf").write_bytes(making.pdf(["one"]))
    assert content(tmp_path / "notes.txt") == "some notes"
    assert isinstance(content(tmp_path / "report.pdf")[0], Pdf)
    assert content(str(tmp_path / "notes.txt")) == str(tmp_path / "notes.txt")


def test_several_are_shown_in_their_order() -> None:
    """Words and pictures mix, and what is neither stands as JSON between them."""
    given = content(["Before:", pil.new("RGB", (40, 30)), {"mean": 0.5}, text("a", name="a.txt"), None])
    assert [type(item) for item in given] == [Text, Image, Text, Text, Text]
    assert [item.text for item in given if isinstance(item, Text)] == ["Before:", '{"mean": 0.5}', "a", "done"]


def test_blocks_of_the_api_stay_as_they_are() -> None:
    """A search result goes verbatim, so that it can be cited; an empty text is none the less never sent."""
    found = {"type": "search_result", "source": "https://example.org", "title": "T", "content": [], "citations": {}}
    assert content(found) == [found]
    assert content([found, found]) == [found, found]
    assert content({"type": "text", "text": " "}) == "(an empty text)"
    assert content({"type": "text"}) == '{"type": "text"}'


def test_too_long_a_text_is_cut_and_says_so() -> None:
    """At the limit nothing is cut; above it what is left says of how much; several texts share one limit."""
    assert within(10, "x" * 10) == ("x" * 10, 0)
    cut = f"{'x' * 10}\n\n[cut: these are 10 of 11 characters. Ask for less at a time.]"
    assert within(10, "x" * 11) == (cut, 1)
    whole = content(["x" * 6, pil.new("RGB", (40, 30)), "y" * 6, "z"])
    (first, _, second, third), left_out = within(10, whole)
    assert left_out == 3
    assert first.text == "x" * 6
    assert second.text.startswith("yyyy\n")
    assert third.text == "[cut: these are 0 of 1 character. Ask for less at a time.]"


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (b"PK\x03\x04\x00\x00 an archive", ContentError, "ZIP archive"),
        (Path("no such file"), ContentError, "no such file"),
        (Nameless(), ValueError, "it gave a Nameless, which has no words"),
    ],
    ids=["archive", "missing", "nameless"],
)
def test_what_cannot_be_shown_says_why(value: object, error: type[Exception], words: str) -> None:
    """An archive, a file that is not there, an object without words."""
    with pytest.raises(error, match=words):
        content(value)


def test_data_that_holds_itself_is_refused() -> None:
    """It would have no end."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="holds itself"):
        content(loop)
