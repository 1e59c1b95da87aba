"""Docstrings: the first paragraph, and what is said of each parameter, in the styles that people write."""

import docstring_parser
import pytest

from claude_kit.chat.tools import docstrings

NUMPY = """Look the weather up.

    It comes from a station nearby.

    Parameters
    ----------
    city, town : str
        Where: the name
        as on the map.

        Not a code.
    days : int, optional
        How many.

        - one: today
    **more : Any
        Anything.

    Returns
    -------
    str
        days : not a parameter.

    Other Parameters
    ----------------
    unit
        Degrees of what.
    """

GOOGLE = """Look the weather up.

    It comes from a station nearby.

    Args:
        city (str): Where: the name
            as on the map.
            Hint: not a code.
        days (int, optional): How many.
        unit:
            Degrees of what.

    Returns:
        str: a sentence.

    Raises:
        ValueError: if the city: is not there.
    """

SPHINX = """Look the weather up.

    :param str city: Where: the name
        as on the map.
    :param days: How many.
    :type days: int
    :returns: a sentence
    """


def test_numpy_style() -> None:
    """Names that share a paragraph share its words, and sections that are no parameters say nothing of them."""
    read = docstrings.read(NUMPY)
    assert read.summary == "Look the weather up."
    assert dict(read.parameters) == {
        "city": "Where: the name as on the map. Not a code.",
        "town": "Where: the name as on the map. Not a code.",
        "days": "How many. - one: today",
        "more": "Anything.",
        "unit": "Degrees of what.",
    }


def test_google_style() -> None:
    """A colon among the words ends nothing, and words may begin on their own line."""
    read = docstrings.read(GOOGLE)
    assert read.summary == "Look the weather up."
    expected = {
        "city": "Where: the name as on the map. Hint: not a code.",
        "days": "How many.",
        "unit": "Degrees of what.",
    }
    assert dict(read.parameters) == expected


def test_sphinx_style() -> None:
    """The type before the name is left out."""
    read = docstrings.read(SPHINX)
    assert read.summary == "Look the weather up."
    assert dict(read.parameters) == {"city": "Where: the name as on the map.", "days": "How many."}


@pytest.mark.parametrize("docstring", [GOOGLE, SPHINX], ids=["google", "sphinx"])
def test_a_parser_made_for_it_reads_the_same(docstring: str) -> None:
    """`docstring_parser`, which the `anthropic` SDK uses, finds the same words for the same names."""
    peer = {one.arg_name: " ".join((one.description or "").split()) for one in docstring_parser.parse(docstring).params}
    assert dict(docstrings.read(docstring).parameters) == peer


@pytest.mark.parametrize(
    ("docstring", "summary"),
    [
        (None, ""),
        ("", ""),
        ("One line.", "One line."),
        ("Over two\n    lines.\n\n    More.", "Over two lines."),
        ("\n    Begins below.\n    ", "Begins below."),
        ("Args:\n        a: first", ""),
        ("Parameters\n    ----------\n    a : int\n        first", ""),
        (":param a: first", ""),
        ("Note: a remark.", "Note: a remark."),
    ],
)
def test_the_first_paragraph_is_the_summary(docstring: str | None, summary: str) -> None:
    """A section that stands in its place is none."""
    assert docstrings.read(docstring).summary == summary
