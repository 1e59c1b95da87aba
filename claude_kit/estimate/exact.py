"""How many tokens `ctok` counts in a text, found more than ten times faster.

`ctok` writes a text as a stream of words, marks, digits and spaces, with markers at the ends of words, and covers that
stream with the fewest pieces of its vocabulary. No piece reaches beyond the end of a word, nor from one kind of
character into another. So the fewest pieces of a text are the sum over its words and over what stands between any two
of them, and each distinct one is looked at once: of the 72,000 words of a long text 8,300 are.

How most words and marks are written into the stream is simple, and done here. Whatever is not simple (other scripts'
capitals, accents on their own, digits other than ASCII's) `ctok` itself is asked to write. To the marks around it one
number is like another, so that numbers are counted apart.

All of this rests on how `ctok` works inside. Beside a release that this was not compared with, `ctok` counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import metadata
from itertools import chain
from typing import Final, Literal
from unicodedata import combining

from claude_kit.estimate import alphabet

__all__ = ["FRAME", "Tokenizer", "count", "is_installed", "plain_count"]

Tokenizer = Literal["v3", "v4.7", "v4.8"]

#: Tokenizer -> tokens around a single user message, which `ctok` counts in (n = 142, 3, 13 recorded requests).
FRAME: Final[dict[str, int]] = {"v3": 7, "v4.7": 11, "v4.8": 6}

# Tokenizer -> the version ctok knows it by; v4.8 is the vocabulary of v4.7 in a smaller frame.
_VERSION: Final[dict[str, str]] = {"v3": "3.0", "v4.7": "4.7", "v4.8": "4.8"}

# Vocabulary -> how long a word of capitals is written in small letters after a marker.
_CAPITALS_FROM: Final[dict[str, int | None]] = {"v3": 4, "v4.7": None}

# The releases of ctok that this module was compared with: tests/estimate/test_exact.py.
_COMPARED: Final = frozenset({"1.3.0"})

# A word of one token. What stands beside it reads as beside any other word.
_WORD: Final = "a"

# What is put after a text, so that whatever it ends in stands between two words.
_CLOSING: Final = f"\n{_WORD}"

# An ideograph, beside which nothing is marked.
_SIGN: Final = "中"

_NUMBER: Final = "0"
_NUMBERS: Final = re.compile("[0-9]+")
_LONG_NUMBERS: Final = re.compile("[0-9]{4,}")
_DIGITS_A_TOKEN: Final = 3

# Latin letters, and the marks of typeset prose. None of them is composed with what stands before it, so that most of
# them are as normalized alone as they are in a text: `ctok` is asked once which, and takes 80 us a page otherwise.
_COMMON: Final = tuple(map(chr, chain(b"\t\n", range(0x20, 0x300), range(0x2000, 0x2400))))

# What `ctok` drops, and every page of a PDF has: PDFium's line ends, and its hyphens at them.
_DROPPED: Final = b"\r\x02"

# One number costs what any other of its length does: all digits become 0, so that few numbers are new.
_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")

# What ctok writes for a marker -> the character it stands for in a stream. A character of a text that is one of these
# stands there as another.
_BEGIN, _END, _CAPITAL, _CAPITALS = "\ufdd0", "\ufdd1", "\ufdd3", "\ufdd4"
_MARKERS: Final = {"⟨bow⟩": _BEGIN, "⟨eow⟩": _END, "⟨shift⟩": _CAPITAL, "⟨caps⟩": _CAPITALS}

_WORD_WRITTEN: Final = f"{_BEGIN}{_WORD}{_END}"

# A single space between two words, or marks that have markers towards it, is not written.
_SEAMS: Final = re.compile(f"(?:(?<={_END})|\\A) (?={_BEGIN}|\\Z)")

# ctok folds these character by character, which takes longer than all the rest.
_QUOTES: Final = (("‘", "'"), ("’", "'"), ("“", '"'), ("”", '"'))

# Longer streams are left to ctok's search through a trie: it takes 0.3 s to build, and less a character from then on.
_LONG: Final = 200

# So many characters of a piece tell how long it may be: with more there is less to try, and more to remember.
_BEGINNING: Final = 4

# The bytes of memory that costs may take; and what each takes beside a byte for a character.
_REMEMBERED: Final = 20_000_000
_PLACE: Final = 150


def is_installed() -> bool:
    """Tell whether `ctok` is here, which needs Python 3.12."""
    return _release() is not None


def count(text: str, tokenizer: Tokenizer) -> int:
    """Count the tokens of a text as `ctok` does, without the frame of the message around it.

    Takes time in proportion to the text. The first call loads the vocabulary, which takes longer than most texts do.

    Parameters
    ----------
    text : str
        Any text, lone surrogates and controls included.
    tokenizer : {"v3", "v4.7", "v4.8"}
        ``"v3"`` for Claude 3 to Opus 4.6, ``"v4.7"`` for Opus 4.7, ``"v4.8"`` for everything after it.

    Raises
    ------
    ModuleNotFoundError
        Where `ctok` is not installed.

    Examples
    --------
    >>> count("Hello, world!", "v3") if is_installed() else 4
    4
    """
    if _release() not in _COMPARED:
        return plain_count(text, tokenizer)
    return _vocabulary("v3" if tokenizer == "v3" else "v4.7").count(text, after_space=tokenizer != "v4.8")


def plain_count(text: str, tokenizer: Tokenizer) -> int:
    """Count as `count` does, by asking `ctok` for the whole text."""
    import ctok

    return int(ctok.token_count(text, version=_VERSION[tokenizer])) - FRAME[tokenizer]


@cache
def _release() -> str | None:
    try:
        return metadata.version("ctok")
    except metadata.PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class _Rules:
    """What `ctok` asks of a model when it writes a stream: how many capitals are marked, and what stands before."""

    allcaps_min: int | None
    frame_bow: bool


@cache
def _vocabulary(name: Literal["v3", "v4.7"]) -> _Vocabulary:
    """Load a vocabulary: `ctok` writes markers and single bytes of its pieces between ⟨ and ⟩."""
    import ctok
    from ctok.normalize import nfc, stream_norm
    from ctok.notation import parse_marked

    told = ctok.pieces(_VERSION[name])
    written = "\0".join(told)
    for atom, marker in _MARKERS.items():
        written = written.replace(atom, marker)
    pieces, byte_pieces = set[str](), set[bytes]()
    for piece, witness in zip(written.split("\0"), told.values(), strict=True):
        if witness["kind"] == "prefix":
            byte_pieces.add(bytes.fromhex(piece))
            continue
        pieces.add(parse_marked(piece) if "⟨" in piece else piece)
        if witness["kind"] == "contraction":
            pieces.add(f"{piece}{_END}")
    characters = {piece for piece in pieces if len(piece) == 1} - set(_MARKERS.values())
    common = "".join(character for character in _COMMON if not combining(character))
    return _Vocabulary(
        name,
        frozenset(pieces),
        {piece[:_BEGINNING]: len(piece) for piece in sorted(pieces, key=len)},
        frozenset(byte_pieces | {character.encode() for character in characters}),
        settled=re.compile(f"[{alphabet.as_ranges(nfc(common, fold_quotes=False))}]*+"),
        normalize=partial(nfc, fold_quotes=False),
        write=partial(stream_norm, model=_Rules(_CAPITALS_FROM[name], frame_bow=False)),
        open=partial(stream_norm, model=_Rules(_CAPITALS_FROM[name], frame_bow=True)),
    )


class _Costs(dict[str, int]):
    """What costs how many tokens: counted when it is asked for first, and remembered while there is room.

    Any number of threads may ask: what another one has just forgotten is counted anew.
    """

    __slots__ = ("_count", "_held")

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._held = 0

    def __missing__(self, text: str) -> int:
        cost = self[text] = self._count(text)
        self._held += len(text) + _PLACE
        if self._held > _REMEMBERED:
            self.clear()
        return cost

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self._held = 0


@dataclass(slots=True)
class _Vocabulary:
    """One vocabulary, and what the parts of texts met so far cost in it.

    Attributes
    ----------
    name : {"v3", "v4.7"}
        What `ctok` calls it.
    pieces : frozenset of str
        Whatever is one token, as it stands in the stream.
    longest : dict of str to int
        The first characters of a piece -> the length of the longest such piece.
    byte_pieces : frozenset of bytes
        The pieces for bytes of characters that are no piece; a single byte always is one.
    settled : re.Pattern
        Matches the whole of a text that has nothing to normalize.
    normalize, write, open : callable
        Of `ctok`: what is left of a text before it is read, the stream of that, and the stream at the start of a
        message that opens with a space.
    letters : Alphabet
        The alphabet met so far.
    part_costs, stream_costs : dict
        Word, or what stands between two words -> tokens; a run in a stream -> tokens.
    """

    name: Literal["v3", "v4.7"]
    pieces: frozenset[str]
    longest: dict[str, int]
    byte_pieces: frozenset[bytes]
    settled: re.Pattern[str]
    normalize: Callable[[str], str]
    write: Callable[[str], str]
    open: Callable[..., str]
    letters: alphabet.Alphabet = field(default_factory=alphabet.ascii_only)
    part_costs: _Costs = field(init=False)
    stream_costs: _Costs = field(init=False)

    def __post_init__(self) -> None:
        self.part_costs, self.stream_costs = _Costs(self._part), _Costs(self._fewest)

    def count(self, text: str, *, after_space: bool) -> int:
        """Count a text; ``after_space`` says whether its message opens with a space, as it does up to v4.7."""
        normal = self._normalized(text)
        body = normal.rstrip("\n")
        self.letters = letters = self.letters.and_of(body)
        rest, tokens = self._opened(f"{body}{_CLOSING}", after_space=after_space, spaced=text.startswith(" "))
        tokens += self._final_newlines(len(normal) - len(body)) - len(_CLOSING)
        return tokens + sum(map(self.part_costs.__getitem__, letters.parts.findall(rest)))

    def _normalized(self, text: str) -> str:
        # As bytes, where no character of several has any of these: a str is gone through once for each of them.
        raw = text.encode("utf-8", "surrogatepass").translate(_ZEROS, _DROPPED)
        normal = raw.decode("utf-8", "surrogatepass")
        if not self.settled.fullmatch(normal):
            normal = self.normalize(text)
        if self.name == "v3":
            for curly, straight in _QUOTES:
                normal = normal.replace(curly, straight)
        return normal

    def _final_newlines(self, number: int) -> int:
        """Count the newlines that end a message: with the two after them they are one run, of which a token is paid."""
        return self._fewest("\n" * (number + 2)) - 1 if number else 0

    def _opened(self, body: str, *, after_space: bool, spaced: bool) -> tuple[str, int]:
        """Return a text that starts with a word, and by how many tokens its message differs from that.

        A message that opens with a space reads on as after a word and a space, and the text's own first space is that
        space, unless normalization made it one. Any other message reads on as after a sign. What begins with a number
        in other digits than ASCII's may do neither: `ctok` is asked about that.
        """
        first = body.removeprefix(" ")[0]
        if after_space and not first.isascii() and alphabet.kind(first) == "other":
            opening = self.letters.parts.findall(body)[0]
            stream = self.open(f"{opening}{_WORD}", raw_head_space=spaced)
            return body.removeprefix(opening), self._runs(stream.removesuffix(_WORD_WRITTEN))
        if after_space and spaced:
            return f"{_WORD}{body}", -1
        if after_space and not body.startswith(" "):
            return f"{_WORD} {body}", -1
        return f"{_WORD}{_SIGN}{body}", -1 - self._fewest(_SIGN)

    def _part(self, part: str) -> int:
        """Count a word, or what stands between two words."""
        if part.isalpha() and part.isascii():
            return self._fewest(self._cased(part))
        if alphabet.kind(part[0]) == "letter":
            return self._fewest(self.write(part))
        short = _NUMBERS.sub(_NUMBER, part)
        if short != part:
            further = sum([(len(number) - 1) // _DIGITS_A_TOKEN for number in _LONG_NUMBERS.findall(part)])
            return further + self.part_costs[short]
        return self._runs(self._between(part))

    def _runs(self, stream: str) -> int:
        """Count what stands between two words in the stream."""
        return sum(map(self.stream_costs.__getitem__, self.letters.runs.findall(stream)))

    def _cased(self, word: str) -> str:
        """Write a word of ASCII letters into the stream."""
        if word.islower():
            return f"{_BEGIN}{word}{_END}"
        if word.istitle():
            return f"{_CAPITAL}{_BEGIN}{word.lower()}{_END}"
        capitals = _CAPITALS_FROM[self.name]
        if capitals and len(word) >= capitals and word.isupper():
            return f"{_CAPITALS}{_BEGIN}{word.lower()}{_END}"
        return f"{_BEGIN}{word}{_END}"

    def _between(self, part: str) -> str:
        """Write what stands between two words into the stream."""
        letters = self.letters
        if not letters.regular.fullmatch(part):
            stream = self.write(f"{_WORD}{part}{_WORD}")
            return stream.removeprefix(_WORD_WRITTEN).removesuffix(_WORD_WRITTEN)
        stream = letters.opened.sub(f" {_BEGIN}", part)
        stream = letters.closed.sub(f"{_END} ", stream)
        return _SEAMS.sub("", stream)

    def _fewest(self, stream: str) -> int:
        """Return the least number of pieces that a stream can be put together from."""
        if stream in self.pieces:
            return 1
        if not self.pieces.issuperset(stream):
            return _fewest_of_long(stream, self.name) if len(stream) > _LONG else self._fewest_with_bytes(stream)
        return self._fewest_in_turn(stream) or self._fewest_found(stream)

    def _fewest_in_turn(self, stream: str) -> int:
        """Return how many pieces are the fewest if the longest one each time gives them; 0 if that is not certain.

        It is, unless some piece begins within one of these and reaches beyond the next: without any, so many pieces
        get nowhere further than these do. Of 100 rare words it is for 98, in half the time it takes to search.
        """
        pieces, longest, size = self.pieces, self.longest, len(stream)
        tokens = before = at = 0
        while True:
            end = at + longest.get(stream[at : at + _BEGINNING], _BEGINNING - 1)
            while stream[at:end] not in pieces:
                end -= 1
            tokens += 1
            if end >= size:
                return tokens
            for start in range(before + 1, at):
                stop = start + longest.get(stream[start : start + _BEGINNING], _BEGINNING - 1)
                while stop > end:
                    if stream[start:stop] in pieces:
                        return 0
                    stop -= 1
            before, at = at, end

    def _fewest_found(self, stream: str) -> int:
        """Return what `_fewest` does, by trying one more piece at a time."""
        pieces, longest, size = self.pieces, self.longest, len(stream)
        if size > _LONG:
            return _fewest_of_long(stream, self.name)
        tokens, starts, seen = 2, [0], {0}
        while True:
            reached = []
            for start in starts:
                most = longest.get(stream[start : start + _BEGINNING], _BEGINNING - 1)
                for end in range(min(size - 1, start + most), start, -1):
                    if end not in seen and stream[start:end] in pieces:
                        if stream[end:] in pieces:
                            return tokens
                        seen.add(end)
                        reached.append(end)
            tokens, starts = tokens + 1, reached

    def _fewest_with_bytes(self, stream: str) -> int:
        """Return what `_fewest` does where some character is no piece."""
        fewest = [0]
        for end, character in enumerate(stream, start=1):
            least = fewest[-1] + (1 if character in self.pieces else self._bytes_of(character))
            for start in range(end - 1):
                if fewest[start] + 1 < least and stream[start:end] in self.pieces:
                    least = fewest[start] + 1
            fewest.append(least)
        return fewest[-1]

    def _bytes_of(self, character: str) -> int:
        """Return the least number of pieces for the bytes of a character."""
        from ctok.constants import ESCAPED_MARKER_LITERALS

        return self._fewest_bytes(ESCAPED_MARKER_LITERALS.get(character, character).encode())

    def _fewest_bytes(self, data: bytes) -> int:
        if len(data) == 1 or data in self.byte_pieces:
            return 1
        return min(self._fewest_bytes(data[:at]) + self._fewest_bytes(data[at:]) for at in range(1, len(data)))


def _fewest_of_long(stream: str, name: str) -> int:
    from ctok.constants import MARKER_GLYPHS
    from ctok.engine import char_cost, min_vocab_tile
    from ctok.main import _model

    model = _model(name)
    tokens, _ = min_vocab_tile(
        stream, model.trie, lambda at: 1 if stream[at] in MARKER_GLYPHS else char_cost(model, stream[at])
    )
    return int(tokens)
