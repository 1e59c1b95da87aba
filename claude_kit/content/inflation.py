"""Does a PDF blow up when it is read? Its packed streams are measured before PDFium unpacks them.

A few hundred bytes can inflate to gigabytes, and PDFium follows up to one gigabyte a stream, with two of memory
(measured: a file of 2.3 KB took 2,040 MB). Streams are told by what they hold, not by their dictionary, which can be
spelled in many ways. Deflate packs n bytes into no less than n / 1032, so only those long enough to matter, or packed
more than once, are unpacked here, a bounded piece at a time, and counted.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from claude_kit.content import drawing
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["refuse_bombs", "refuse_structural_bombs"]

_MOST: Final = 256_000_000  # PDFium takes twice as much memory

# A page of A0 in colour at 300 dots an inch, blank but for a few words, is 418 MB.
_MOST_OF_PICTURE: Final = 440_000_000

# What describes a page is hardly ever packed thirtyfold, pictures of blank paper are; and one byte that describes a
# page takes PDFium up to twenty bytes of memory.
_MOST_OF_DENSE: Final = 32_000_000
_DENSE: Final = 30

_PIECE: Final = 1 << 20
_NEXT: Final = 1 << 12
_LAYERS: Final = 4  # nobody packs so often; PDFium follows any number, and 800 bytes packed five times took it 3 GB
_HEADER: Final = 2

_TAIL: Final = 1024
_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,12})")
_PREVIOUS: Final = re.compile(rb"/Prev\s+(\d{1,12})")
_MOST_TABLES: Final = 100

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")

_REFERENCE: Final = re.compile(rb"(\d+)\s+\d+\s+R")
_FEW: Final = 8

# Bytes before a stream in which its dictionary is looked for.
_DICTIONARY: Final = 400


def refuse_structural_bombs(data: bytes, name: str) -> None:
    """Refuse a PDF with a bomb where it tells where its objects are: PDFium reads that when it opens the file.

    Raises
    ------
    ContentError
        With what was measured.
    """
    if _has_plain_tables(data):
        return
    for kind in (b"/ObjStm", b"/XRef"):
        at = 0
        while (at := data.find(kind, at)) >= 0:
            at += len(kind)
            word = data.find(b"stream", at, at + _DICTIONARY)
            if word >= 0:
                _refuse_bomb(data, *_span(data, word), name, count=_nothing)


def refuse_bombs(data: bytes, name: str) -> None:
    """Refuse a PDF with a stream that cannot be read within a gigabyte of memory.

    Raises
    ------
    ContentError
        With what was measured.
    """
    largest = total = repeats = done = 0
    for start, end in _streams(data):
        repeats = max(repeats, _repeats(data[done:start]))
        unpacked, within = _refuse_bomb(data, start, end, name)
        repeats = max(repeats, within)
        largest = max(largest, unpacked)
        total += unpacked
        done = end if end > start else start
    if drawing.has_forms(data) or total + repeats * largest > _MOST:
        drawing.refuse_endless(data, name)


def _repeats(objects: bytes) -> int:
    """Return how often at most a list refers to something again: a page may name one stream many times."""
    most = 0
    if objects.count(b"R") > _FEW:
        for part in objects.split(b"[")[1:]:
            listed = part.partition(b"]")[0]
            if listed.count(b"R") > most + _FEW:
                found = _REFERENCE.findall(listed)
                most = max(most, len(found) - len(set(found)))
    return most


def _nothing(objects: bytes) -> int:
    """Stand for `_repeats` where nothing is drawn yet."""
    return 0


def _refuse_bomb(
    data: bytes, start: int, end: int, name: str, *, count: Callable[[bytes], int] = _repeats
) -> tuple[int, int]:
    """Refuse a stream that unpacks to too much; return to how much it does, and how often a list in it repeats."""
    if not _is_deflated(data[start : start + _HEADER]):
        return end - start, 0
    picture = data.find(b"/Image", max(0, start - _DICTIONARY), start) >= 0
    largest = repeats = 0
    # What comes out may be deflated again, or only begin as if it were: it is measured as it is, and then unpacked.
    for layers in range(1, _LAYERS + 1):
        found = _measured(data, start, end, layers, count)
        most = _MOST_OF_PICTURE if picture else min(_MOST, max(_MOST_OF_DENSE, found.packed * _DENSE))
        if found.unpacked > most:
            raise _bomb(f"{units.size(found.packed)} of it unpack to more than {units.size(most)}", name)
        largest, repeats = max(largest, found.unpacked), max(repeats, found.repeats)
        if not _is_deflated(found.head):
            return largest, repeats
    raise _bomb(f"{units.size(found.packed)} of it are packed more than {_LAYERS} times over", name)


def _bomb(measured: str, name: str) -> ContentError:
    return ContentError(
        f"{name}: {measured}, more than is safe to read. If you trust the file, print it to a new PDF.",
        media_type=PDF_TYPE,
        where=name,
    )


def _has_plain_tables(data: bytes) -> bool:
    """Tell whether all tables that say where objects are stand unpacked in the file; then so do these objects."""
    last = _STARTXREF.search(data, max(0, len(data) - _TAIL))
    for _ in range(_MOST_TABLES):
        if not last or not data.startswith(b"xref", at := int(last[1])):
            return False
        begin = data.find(b"trailer", at)
        end = data.find(b"startxref", begin)
        if begin < 0 or end < 0 or data.find(b"/XRefStm", begin, end) >= 0:
            return False
        last = _PREVIOUS.search(data, begin, end)
        if not last:
            return True
    return False


def _streams(data: bytes) -> Iterator[tuple[int, int]]:
    """Find where streams begin, and where they seem to end.

    None is skipped for standing in another: a length can be false, and the table of objects point there.
    """
    at = -1
    while (at := data.find(b"stream", at + 1)) >= 0:
        if data[at - 3 : at] != b"end":
            yield _span(data, at)


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Return where the stream begins and seems to end whose opening word is at `at`.

    PDFium passes over whatever stands in the rest of that line.
    """
    line = _LINE.match(data, at + 6)
    start = line.end() if line else len(data)
    end = start + _length(data, at)
    if data.find(b"endstream", end, end + 13) < 0:
        end = data.find(b"endstream", start)
    return start, end if end >= 0 else len(data)


def _length(data: bytes, end: int) -> int:
    """Return the ``/Length`` in a dictionary that ends at `end`; 0 if it has none or an indirect one."""
    at = data.rfind(b"/Length ", max(0, end - _DICTIONARY), end)
    digits = data[at + 8 : at + 20].split(b"/", 1)[0].split(b">", 1)[0].rstrip()
    return int(digits) if at >= 0 and digits.isdigit() else 0


def _is_deflated(head: bytes) -> bool:
    """Tell by the two bytes of a zlib header (RFC 1950, 2.2); one in a thousand that is not begins like that."""
    return len(head) == _HEADER and head[0] & 0x8F == 8 and (head[0] << 8 | head[1]) % 31 == 0


@dataclass(frozen=True, slots=True)
class _Measured:
    """What comes out of a stream: bytes, of how many packed ones, the most `count`, and the first bytes."""

    unpacked: int
    packed: int
    repeats: int
    head: bytes


def _measured(data: bytes, start: int, end: int, layers: int, count: Callable[[bytes], int]) -> _Measured:
    """Unpack a stream so many times, until what comes out is too much for anything.

    What is deflated tells itself where it ends, which `end` may not.
    """
    read = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        at = start
        while at < len(data):
            piece = data[at : min(max(end, at + _NEXT), at + _PIECE)]
            at += len(piece)
            read += len(piece)
            yield piece

    found: Iterator[bytes] = pieces()
    for _ in range(layers):
        found = _inflated(found)
    unpacked = repeats = 0
    head = b""
    for piece in found:
        unpacked += len(piece)
        repeats = max(repeats, count(piece))
        head = (head + piece[:_HEADER])[:_HEADER]
        if unpacked > _MOST_OF_PICTURE:
            break
    return _Measured(unpacked, read, repeats, head)


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate what comes, a bounded piece at a time; it ends where it says, and where it is damaged."""
    inflater = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not inflater.eof:
            try:
                inflated = inflater.decompress(rest, _PIECE)
            except zlib.error:
                return
            if inflated:
                yield inflated
            rest = inflater.unconsumed_tail
        if inflater.eof:
            return
