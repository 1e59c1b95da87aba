"""Does a PDF blow up when it is read? Its packed streams are measured before PDFium unpacks them.

A few hundred bytes can inflate to gigabytes, and PDFium follows up to one gigabyte a stream, with two of memory
(measured: a file of 2.3 KB took 2,040 MB). Streams are told by what they hold, not by their dictionary, which can be
spelled in many ways. Deflate packs n bytes into no less than n / 1032, so only those long enough to matter, or packed
more than once, are unpacked here, a bounded piece at a time, and counted.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["refuse_bombs", "refuse_structural_bombs"]

_MOST: Final = 256_000_000  # PDFium takes twice as much memory

# What describes a page is hardly ever packed thirtyfold, pictures of blank paper are; and one byte that describes a
# page takes PDFium up to twenty bytes of memory.
_MOST_OF_DENSE: Final = 32_000_000
_DENSE: Final = 30

_DEFLATE_AT_BEST: Final = 1032  # https://zlib.net/zlib_tech.html
_LONG_ENOUGH: Final = _MOST_OF_DENSE // _DEFLATE_AT_BEST
_PIECE: Final = 1 << 20
_LAYERS: Final = 4
_HEAD: Final = 1024  # the tables before the first byte that comes out may take a hundred

_TAIL: Final = 1024
_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,12})")
_PREVIOUS: Final = re.compile(rb"/Prev\s+(\d{1,12})")
_MOST_TABLES: Final = 100

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
                _refuse_bomb(data, *_span(data, word), name)


def refuse_bombs(data: bytes, name: str) -> None:
    """Refuse a PDF with a stream that cannot be read within a gigabyte of memory.

    Raises
    ------
    ContentError
        With what was measured.
    """
    for start, end in _streams(data):
        _refuse_bomb(data, start, end, name)


def _refuse_bomb(data: bytes, start: int, end: int, name: str) -> None:
    layers = _layers(data[start : min(end, start + _HEAD)])
    packed = end - start
    if not layers or (layers == 1 and packed < _LONG_ENOUGH):
        return
    picture = data.find(b"/Image", max(0, start - _DICTIONARY), start) >= 0
    most = _MOST if picture else min(_MOST, max(_MOST_OF_DENSE, packed * _DENSE))
    if _unpacks_beyond(data, start, end, layers, most):
        raise ContentError(
            f"{name}: {units.size(packed)} of it unpack to more than {units.size(most)}, more than is safe to read. "
            "If you trust the file, print it to a new PDF.",
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
    """Find where streams begin and end: by the length they tell where it is true, else by the closing word."""
    find = data.find
    at = 0
    while (at := find(b"stream", at)) >= 0:
        if data[at - 3 : at] == b"end":
            at += 6
            continue
        start, end = _span(data, at)
        yield start, end
        at = end


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Return where the stream begins and ends whose opening word is at `at`."""
    start = at + (8 if data[at + 6 : at + 8] == b"\r\n" else 7)
    end = start + _length(data, at)
    if data.find(b"endstream", end, end + 13) < 0:
        end = data.find(b"endstream", start)
    return start, end if end >= 0 else len(data)


def _length(data: bytes, end: int) -> int:
    """Return the ``/Length`` in a dictionary that ends at `end`; 0 if it has none or an indirect one."""
    at = data.rfind(b"/Length ", max(0, end - _DICTIONARY), end)
    digits = data[at + 8 : at + 20].split(b"/", 1)[0].split(b">", 1)[0].rstrip()
    return int(digits) if at >= 0 and digits.isdigit() else 0


def _layers(head: bytes) -> int:
    """Count how often a stream is deflated, as far as its first bytes tell."""
    layers = 0
    while layers < _LAYERS and _is_deflated(head):
        layers += 1
        try:
            head = zlib.decompressobj().decompress(head, _HEAD)
        except zlib.error:
            break
    return layers


def _is_deflated(head: bytes) -> bool:
    """Tell by the two bytes of a zlib header (RFC 1950, 2.2)."""
    return len(head) > 1 and head[0] & 0x8F == 8 and (head[0] << 8 | head[1]) % 31 == 0


def _unpacks_beyond(data: bytes, start: int, end: int, layers: int, most: int) -> bool:
    pieces: Iterator[bytes] = (data[at : min(end, at + _PIECE)] for at in range(start, end, _PIECE))
    for _ in range(layers):
        pieces = _inflated(pieces)
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            return True
    return False


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate what comes, a bounded piece at a time; where it is damaged, it ends."""
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
