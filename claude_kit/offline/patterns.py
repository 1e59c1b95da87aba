"""Which text fits a regular expression? A short one and a few longer, by what Python's own parser makes of it.

Literals, classes, groups, alternatives and repetitions; what looks around is passed over, and what then does not fit is
left out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

__all__ = ["examples"]

# How often what may be repeated is, beyond what it must be: so that some text is long enough.
_LONGER: Final = (0, 1, 2, 4, 8, 16, 32, 64)

# What stands for a class of characters, and for any: the first of these that fits.
_TRIED: Final = "aA0 _-.,:/@" + "".join(map(chr, range(33, 127)))
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: "0",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_NOT_WORD: "-",
}


def examples(pattern: str) -> Iterator[str]:
    """Yield texts in which a pattern is found, from short to long.

    Parameters
    ----------
    pattern : str
        None fits one that Python does not understand.

    Examples
    --------
    >>> next(examples("^[A-Z]{3}-[0-9]+$")), next(examples("(yes|no)!")), list(examples("("))
    ('AAA-0', 'yes!', [])
    """
    try:
        with warnings.catch_warnings(
            action="ignore", category=FutureWarning
        ):  # of what a later Python may read into it
            parsed, fits = parser.parse(pattern), re.compile(pattern)
    except (re.error, RecursionError):
        return
    for more in _LONGER:
        text = "".join(_written(parsed, more, {}))
        if fits.search(text):
            yield text


def _written(parsed: Iterable[Any], more: int, groups: dict[int, str]) -> Iterator[str]:
    for code, told in parsed:
        if code is op.LITERAL:
            yield chr(told)
        elif code is op.NOT_LITERAL:
            yield next(one for one in _TRIED if ord(one) != told)
        elif code is op.ANY:
            yield "a"
        elif code is op.IN:
            yield _of_class(told)
        elif code is op.BRANCH:
            yield from _written(told[1][0], more, groups)
        elif code is op.SUBPATTERN:
            groups[told[0]] = "".join(_written(told[-1], more, groups))
            yield groups[told[0]]
        elif code is op.GROUPREF:
            yield groups.get(told, "")
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, most, repeated = told
            yield from ("".join(_written(repeated, 0, groups)) for _ in range(min(least + more, int(most))))


def _of_class(members: Iterable[Any]) -> str:
    """Return a character of a class, or of all others."""
    members = list(members)
    if members and members[0][0] is op.NEGATE:
        return next((one for one in _TRIED if not any(_holds(member, one) for member in members[1:])), "")
    code, told = members[0]
    if code is op.LITERAL:
        return chr(told)
    if code is op.RANGE:
        return chr(told[0])
    return _CATEGORIES.get(told, "a")


def _holds(member: Any, character: str) -> bool:
    code, told = member
    if code is op.LITERAL:
        return bool(ord(character) == told)
    if code is op.RANGE:
        return bool(told[0] <= ord(character) <= told[1])
    return bool(re.fullmatch(_SHORT.get(told, r"(?!)"), character))


_SHORT: Final = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_NOT_WORD: r"\W",
}
