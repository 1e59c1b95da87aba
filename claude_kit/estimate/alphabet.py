"""Which characters make words, and which stand alone, to Claude's tokenizers?

`ctok` tells it of one character at a time. Here it is asked once for each block of 256 characters that a text has any
of, and the answers become regular expressions, which split 200,000 characters in some 10 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal
from unicodedata import category

__all__ = ["Alphabet", "Kind", "as_ranges", "ascii_only", "kind"]

Kind = Literal["letter", "sign", "mark", "other"]

# A lone quote takes these to itself (it's, we'll), so that they belong to what stands between two words.
_ENDINGS: Final = "(?:s|t|d|m|ll|re|ve)"

# What ctok calls characters that it reads apart from words -> what they are called here.
_HARD_KINDS: Final[dict[str, Kind]] = {"letter": "sign", "punct": "mark"}

_SPACES: Final = " \t\n\u3000"
_BLOCK: Final = 256


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The characters of the blocks met so far.

    Attributes
    ----------
    blocks : frozenset of int
        Which blocks: code points divided by 256.
    ranges : dict of str to str
        Kind -> ranges as in a regular expression. Letters make words. A sign (an ideograph, a syllable, an emoji) is
        read alone whatever is beside it. A mark is written with a marker where it stands beside a space. What others
        are written with depends on more. ``"symbol"`` are those letters that are no letters to Unicode (ⓐ).
    known : re.Pattern
        Matches the whole of a text that has characters of these blocks alone.
    parts : re.Pattern
        Matches the next word, or all up to the next word, but for a single space.
    regular : re.Pattern
        Matches the whole of what has nothing but marks, signs, ASCII digits and spaces.
    runs : re.Pattern
        Matches what no piece reaches beyond: the next run of marks, number, sign, or run of one kind of space.
    opened, closed : re.Pattern
        Match a space after which, before which, the stream has a marker.
    """

    blocks: frozenset[int]
    ranges: dict[str, str]
    known: re.Pattern[str]
    parts: re.Pattern[str]
    regular: re.Pattern[str]
    runs: re.Pattern[str]
    opened: re.Pattern[str]
    closed: re.Pattern[str]

    @classmethod
    def of(cls, blocks: frozenset[int], ranges: dict[str, str]) -> Alphabet:
        """Compile the patterns."""
        letters, signs, marks, symbols = (ranges[kind] for kind in ("letter", "sign", "mark", "symbol"))
        between = f"[^{letters}]"
        ending = f"{_ENDINGS}(?![{letters}])"
        word = f"[{letters}]+" + (f"(?:(?<=[{symbols}])'{ending})?" if symbols else "")
        return cls(
            blocks,
            ranges,
            known=re.compile(f"[\0-\x7f{''.join(as_ranges(_characters(block)) for block in blocks)}]*+"),
            parts=re.compile(f"{word}|(?! [{letters}]){between}+(?:(?<='){ending}{between}*)*"),
            regular=re.compile(f"[0-9{_SPACES}{marks}{signs}]+"),
            runs=re.compile(f"[^0-9{_SPACES}{signs}]+|[0-9]+| +|\t+|\n+|\u3000+|[{signs}]"),
            opened=re.compile(f" (?=[{marks}])(?!'\\Z)"),
            closed=re.compile(f"(?<=[{marks}]) (?! )"),
        )

    def and_of(self, text: str) -> Alphabet:
        """Return the alphabet that has the blocks of a text as well.

        Examples
        --------
        >>> ascii_only().and_of("Hello, world!") is ascii_only()
        True
        """
        if text.isascii() or self.known.fullmatch(text):
            return self
        new = {ord(character) // _BLOCK for character in set(text) if not character.isascii()} - self.blocks
        kinds = {character: kind(character) for block in new for character in _characters(block)}
        found = {one: [character for character in kinds if kinds[character] == one] for one in self.ranges}
        found["symbol"] = [character for character in found["letter"] if category(character)[0] not in "LM"]
        return Alphabet.of(self.blocks | new, {one: self.ranges[one] + as_ranges(found[one]) for one in self.ranges})


@cache
def ascii_only() -> Alphabet:
    """Return the alphabet of ASCII, which needs no asking."""
    return Alphabet.of(frozenset(), {"letter": "A-Za-z", "sign": "中", "mark": r"!-/:-@\[-`{-~", "symbol": ""})


@cache
def kind(character: str) -> Kind:
    """Tell what `ctok` takes a character for."""
    from ctok import constants
    from ctok.normalize import _hard_kind, _is_selector, classify

    found = classify(character)
    if found == constants.WORDY:
        return "letter"
    if found == constants.PUNCT:
        return "mark"
    if found != constants.HARD or _is_selector(character) or character in constants.GLYPH_TO_ATOM:
        return "other"
    return _HARD_KINDS.get(_hard_kind(character), "other")


def as_ranges(characters: Iterable[str]) -> str:
    """Write characters as ranges of a regular expression.

    Examples
    --------
    >>> as_ranges("cabx")
    'a-cx-x'
    """
    codes = sorted(set(map(ord, characters)))
    starts = [code for before, code in zip([-2, *codes], codes, strict=False) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -2], strict=False) if code + 1 != after]
    return "".join(f"{re.escape(chr(start))}-{re.escape(chr(end))}" for start, end in zip(starts, ends, strict=True))


def _characters(block: int) -> Iterator[str]:
    return map(chr, range(block * _BLOCK, (block + 1) * _BLOCK))
