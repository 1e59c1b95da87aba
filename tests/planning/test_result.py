"""A decision's table: a frame that shows itself."""

import pandas as pd
import pytest

from claude_kit.planning.result import ResultFrame
from claude_kit.render.tables import Cell, Column, Row

ATTACK = "<img src=x onerror=alert(1)>"


class Fruit(ResultFrame):
    """A small one."""

    def plot(self, ax=None):
        return ax

    def _headline(self) -> str:
        return f"{len(self)} kinds of {ATTACK}"

    def _table(self):
        return (Column("kind"),), [Row((Cell(kind),)) for kind in self["kind"]]


def test_it_shows_itself_by_its_table() -> None:
    """In a terminal and in a page: the sentence above, and its rows."""
    fruit = Fruit({"kind": ["apple", "pear"]})
    assert str(fruit) == repr(fruit) == fruit.to_text()
    assert fruit.to_text().splitlines()[0] == f"2 kinds of {ATTACK}"
    assert "pear" in fruit._repr_html_()


def test_the_headline_is_escaped() -> None:
    """A name in it cannot put markup into the page."""
    page = Fruit({"kind": [ATTACK]})._repr_html_()
    assert "<img" not in page
    assert page.count("&lt;img") == 2


def test_whatever_is_derived_is_a_plain_frame() -> None:
    """Which shows itself as pandas does."""
    fruit = Fruit({"kind": ["apple", "pear"]})
    for derived in (fruit.head(1), fruit.copy(), fruit[["kind"]], fruit.to_frame(), fruit.assign(price=1)):
        assert type(derived) is pd.DataFrame


def test_a_result_without_a_table_or_a_plot_cannot_be_made() -> None:
    """Who adds one is told at once, not by the cell that shows it."""

    class Bare(ResultFrame):
        """Neither."""

    with pytest.raises(TypeError, match="abstract"):
        Bare({"kind": []})
