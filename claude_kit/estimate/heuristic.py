"""How many tokens a text is, where no tokenizer can be installed?

Claude's tokenizer splits a text into words, runs of punctuation, groups of three digits, runs of spaces and newlines,
and single ideographs, syllables and symbols; a word's tokens do not depend on its neighbours. So the count of a text
is a sum over its distinct units, and only the unit's own cost has to be known:

- digits and white space follow a rule,
- units that are frequent, or that the third way gets wrong, are in a table with their measured cost,
- every other word or run of punctuation costs the sum of the weights of its letters, pairs and triples of letters.

Table and weights are in ``heuristic.toml``, with their date, the corpus and the errors measured on files that the
fit has not seen. ``python -m tests.fit_text --write`` makes them anew by asking `ctok` (Python 3.12 and later).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil, floor, sqrt
from typing import Any, Final, Literal

__all__ = ["Guess", "Vocabulary", "count"]

Vocabulary = Literal["v3", "v4.7"]

# What makes a word: letters with their combining marks, up to U+FEFC; ideographs and Hangul syllables stand alone.
_LETTERS: Final = (
    "A-Za-zªµºÀ-ÖØ-öø-\u0384\u0386\u0388-\u0559\u0560-\u0588\u0591-\u05bd\u05bf-\u05f2\u0610-\u061a\u0620-\u065f"
    "\u066e-\u06d3\u06d5-\u06ef\u06fa-\u0963\u0970-\u0e3e\u0e40-\u0e4e\u0e5a-\u1fff\u2c00-\u2dff\u3041-\u3096"
    "\u3099-\u309a\u309f-\u30fa\u30fc-\u31ff\ua490-\uabff\ufb00-\ufdff\ufe70-\ufefc"
)
# What makes a run of punctuation: ASCII's, and the symbols that share tokens with it.
_MARKS: Final = r"!-/:-@\[-`{-~—»«•°„–−£§€…√→（№†└│।·─═█"

# A space between words and marks is part of a token; any other space is one. Marks have other tokens beside a space, so
# they keep it where it can only be theirs.
_UNIT: Final = re.compile(
    rf"[{_LETTERS}]+"
    r"|[0-9]+"
    rf"|(?<=[^{_LETTERS}{_MARKS} ]) (?! )"
    rf"|['’](?:[stdm]|ll|re|ve)(?![{_LETTERS}])"
    rf"| ?[{_MARKS}]+(?: (?=[{_LETTERS}]))?"
    rf"| +(?= [{_MARKS}])|  +"
    rf"| (?![{_LETTERS}{_MARKS}])"
    r"|\n+|\t+"
    rf"|[^{_LETTERS}{_MARKS}0-9 \n\t]"
)
_BLANK: Final = re.compile("[\0\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")
_DROPPED: Final = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff]+")
_QUOTES: Final = (("‘", "'"), ("’", "'"), ("“", '"'), ("”", '"'))
_REPEATED: Final = re.compile(r"(.)\1{4,}")

# The longest run of one blank character that is one token.
_RUN: Final = {" ": 16, "\t": 16, "\n": 32}

# What a further character of a long run of one character costs where that was not measured.
_REPEAT: Final = 0.5

# Only what an estimated unit costs beyond this is in doubt: most that are estimated as one token are one.
_SURE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Guess:
    """An estimated number of tokens, without the frame of the message around the text.

    Attributes
    ----------
    tokens : int
        The most likely count.
    low, high : int
        The range that held the true count of 99 of 100 samples that the fit had not seen.
    """

    tokens: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Weights:
    """What the units of one vocabulary cost."""

    known: dict[str, int]
    grams: dict[str, float]
    blocks: dict[str, str]
    caps: bool
    fold_quotes: bool
    slack: float
    noise: float
    drift: float
    floor: float


def count(text: str, vocabulary: Vocabulary) -> Guess:
    """Estimate the tokens of a text.

    Takes 0.1 to 0.2 s for a megabyte (``tests/benchmarks/count_text.py``). On samples of 20 to 20,000 characters that
    the fit has not seen the median error is 1.6 % (v3) and 0.8 % (v4.7); ``heuristic.toml`` has the errors by kind of
    text. Languages that the fit saw little of, and short texts, are the least sure, and have the widest range.

    Parameters
    ----------
    text : str
        Any text; characters that the API drops or replaces are dropped or replaced here too.
    vocabulary : {"v3", "v4.7"}
        ``"v3"`` for Claude 3 to Opus 4.6, ``"v4.7"`` for Opus 4.7 and everything after it.

    Returns
    -------
    Guess
        The count with its range; the frame of the message (6 to 11 tokens) is not in it.

    Examples
    --------
    >>> count("", "v4.7")
    Guess(tokens=0, low=0, high=0)
    >>> count("Hello, world!", "v3").tokens
    4
    """
    weights = _weights(vocabulary)
    tokens = doubtful = variance = 0.0
    for unit, times in Counter(_units(text, weights)).items():
        cost: float | None = weights.known.get(unit)
        if cost is None:
            cost = _rule(unit)
        if cost is None:
            cost = _estimate(unit, weights)
            doubtful += times * (cost - _SURE)
            variance += times * times * (cost - _SURE)
        tokens += times * cost
    if not tokens:
        return Guess(0, 0, 0)
    spread = weights.slack + weights.noise * sqrt(variance) + weights.drift * doubtful + weights.floor * tokens
    return Guess(round(tokens), max(floor(tokens - spread), 0), ceil(tokens + spread))


def _units(text: str, weights: _Weights) -> list[str]:
    text = _DROPPED.sub("", _BLANK.sub(" ", unicodedata.normalize("NFC", text)))
    if weights.fold_quotes:
        for curly, straight in _QUOTES:
            text = text.replace(curly, straight)
    found: list[str] = _UNIT.findall(text)
    return found


def _rule(unit: str) -> int | None:
    first = unit[0]
    if "0" <= first <= "9":
        return -(-len(unit) // 3)
    if first in _RUN and unit.isspace():
        return -(-len(unit) // _RUN[first])
    return None


def _estimate(unit: str, weights: _Weights) -> float:
    """Sum the weights of an unknown unit; no word or run of marks is less than one token."""
    body, marker = _lowered(unit, weights)
    cost = weights.grams.get(marker, 0.0)
    known = weights.known.get(body) if marker else None
    if known is not None:
        return known + cost
    get = weights.grams.get
    for gram in _grams(body):
        weight = get(gram)
        if weight is not None:
            cost += weight
        elif len(gram) == 1:
            cost += _unseen(gram, weights)
        elif gram[-1] == "×":
            cost += _REPEAT
    return max(cost, 1.0)


def _lowered(unit: str, weights: _Weights) -> tuple[str, str]:
    """Take a leading capital, or capitals alone, off a word: the tokenizer writes them as a marker."""
    head, tail = unit[0], unit[1:]
    if not head.isupper():
        return unit, ""
    if weights.caps and len(unit) > 3 and unit.isupper():
        return unit.lower(), "CAPS"
    if tail == tail.lower():
        return unit.lower(), "Capital"
    return unit, ""


def _grams(unit: str) -> Iterator[str]:
    """Yield a unit's characters, pairs and triples, its ends marked; of a long run of one character only four count."""
    if _REPEATED.search(unit):
        for run in _REPEATED.finditer(unit):
            yield from [run[1] + "×"] * (len(run[0]) - 4)
        unit = _REPEATED.sub(r"\1\1\1\1", unit)
    unit = unit.replace(" ", "␣")
    yield from unit
    first, second = "⟨", unit[0]
    yield first + second
    for third in unit[1:] + "⟩":
        yield second + third
        yield first + second + third
        first, second = second, third


def _unseen(character: str, weights: _Weights) -> float:
    """Look up what a character that no table names costs: one figure for 64 code points, or its four bytes."""
    code = ord(character)
    row = weights.blocks.get(f"{code >> 12:X}")
    return float(row[code >> 6 & 63]) if row else 4.0


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("claude_kit.estimate").joinpath("heuristic.toml").read_text(encoding="utf-8"))


@cache
def _weights(vocabulary: Vocabulary) -> _Weights:
    table = _table()
    own = table[vocabulary]
    return _Weights(
        known={
            unit.replace("␣", " "): int(cost)
            for costs in (table["characters"], own["units"])
            for cost, units in costs.items()
            for unit in units.split()
        },
        grams={gram: float(weight) for weight, grams in own["grams"].items() for gram in grams.split()},
        blocks=table["blocks"],
        caps=vocabulary == "v3",
        fold_quotes=vocabulary == "v3",
        **own["range"],
    )
