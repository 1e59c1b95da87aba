"""Page ranges as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content.pagerange import parse
from claude_kit.errors import ContentError


@pytest.mark.parametrize(
    ("pages", "numbers"),
    [
        ("1", (1,)),
        ("1-3", (1, 2, 3)),
        (" 2 - 4 , 7 ", (2, 3, 4, 7)),
        ("9-", (9, 10)),
        ("-2", (1, 2)),
        ("10,1", (10, 1)),
        ("3,3", (3, 3)),
        ("1-10", tuple(range(1, 11))),
    ],
)
def test_a_range_names_its_pages(pages: str, numbers: tuple[int, ...]) -> None:
    """In the order they are written in; a range may be open at either end."""
    assert parse(pages, 10) == numbers


@pytest.mark.parametrize("pages", ["", "-", ",", "1,", "a", "1-2-3", "1 2", "1..3", "1.5", "--2", "9" * 5000])
def test_what_is_no_range_is_shown_with_the_notation(pages: str) -> None:
    """Nothing is guessed and no page is silently left out."""
    with pytest.raises(ContentError, match=r'report.pdf: ".*" is no page range. Write it like "1-10,12,15-"'):
        parse(pages, 10, "report.pdf")


@pytest.mark.parametrize(
    ("pages", "count", "extent"),
    [
        ("0", 10, "pages 1 to 10"),
        ("11", 10, "pages 1 to 10"),
        ("5-3", 10, "pages 1 to 10"),
        ("2", 1, "only page 1"),
        ("1", 0, "none"),
    ],
)
def test_a_page_that_is_not_there_is_named_with_those_that_are(pages: str, count: int, extent: str) -> None:
    """The message says what was asked for and what there is."""
    with pytest.raises(ContentError, match=f'report.pdf: no pages "{pages}", it has {extent}'):
        parse(pages, count, "report.pdf")


@settings(deadline=None)
@given(st.integers(1, 500), st.data())
def test_a_range_is_what_it_says(count: int, data: st.DataObject) -> None:
    """Whatever ranges are written after each other, their pages come after each other."""
    ends = st.tuples(st.integers(1, count), st.integers(1, count)).map(sorted)
    ranges = data.draw(st.lists(ends, min_size=1, max_size=5))
    wanted = [number for first, last in ranges for number in range(first, last + 1)]
    assert parse(",".join(f"{first}-{last}" for first, last in ranges), count) == tuple(wanted)


@settings(deadline=None)
@given(st.text("0123456789-, ", max_size=12), st.integers(0, 30))
def test_any_text_gives_pages_that_are_there_or_an_error(pages: str, count: int) -> None:
    """Never a page outside the document, never another error."""
    try:
        numbers = parse(pages, count)
    except ContentError:
        return
    assert numbers
    assert all(1 <= number <= count for number in numbers)
