"""What can be turned, in which bounds, and how it is said in words."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from claude_kit.planning.questions.prompts import Keep
from claude_kit.render import units

__all__ = ["DIALS", "Dial", "Over", "Settings", "changed", "whole"]

#: What the chart goes along.
Over = Literal["questions", "documents"]


@dataclass(frozen=True, slots=True)
class Dial:
    """A number that can be turned.

    Attributes
    ----------
    name, label, unit : str
        As an attribute, on the page, and of one.
    most : int
        Where its slider ends; code may go beyond.
    """

    name: str
    label: str
    unit: str
    most: int


#: The sliders, in their order. All begin at 1 and are logarithmic.
DIALS: Final = (
    Dial("documents", "documents", "document", 100_000),
    Dial("pages", "pages each", "page", 1_000),
    Dial("questions", "questions each", "question", 1_000),
    Dial("expect_output", "tokens an answer", "token", 32_000),
)

# More than this is no number of anything that is sent; sums stay exact far beyond.
_MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """One state of all that can be turned; see `claude_kit.CostExplorer`."""

    documents: int
    pages: int
    questions: int
    expect_output: int
    models: tuple[str, ...]
    cache: Keep | None
    batch: bool
    over: Over

    def words(self) -> str:
        """Say it in words.

        Examples
        --------
        >>> Settings(1000, 3, 20, 800, ("claude-haiku-5-5",), "5m", True, "questions").words()
        '1,000 documents of 3 pages, 20 questions each, answers of 800 tokens, 5-minute cache, as a batch'
        """
        kept = {"5m": "5-minute cache", "1h": "1-hour cache", None: "no cache"}[self.cache]
        said = [self.amount(), f"answers of {units.plural(self.expect_output, 'token')}", kept]
        return ", ".join([*said, *(["as a batch"] if self.batch else [])])

    def amount(self) -> str:
        """Say how much is asked about how much."""
        of_pages = f" of {units.plural(self.pages, 'page')}" if self.pages else ""
        each = " each" if self.documents > 1 else ""
        return f"{units.plural(self.documents, 'document')}{of_pages}, {units.plural(self.questions, 'question')}{each}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"models": list(self.models)}


def whole(name: str, value: object, least: int = 1) -> int:
    """Return a number of things as a plain one.

    Raises
    ------
    ValueError
        If it is none; names it.

    Examples
    --------
    >>> whole("questions", 20)
    20
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if isinstance(value, bool) or not least <= number <= _MOST:
        raise ValueError(f"{name}={value!r}: give a whole number from {least} to {units.count(_MOST)}")
    return number


def changed(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted and is not so already.

    Raises
    ------
    ValueError
        If there is no such setting.
    """
    unknown = [name for name in wanted if name not in now]
    if unknown:
        raise ValueError(f"no setting {unknown[0]!r}: there are {', '.join(now)}")
    return {name: value for name, value in wanted.items() if value != now[name]}
