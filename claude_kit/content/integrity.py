"""Is an image file whole? Told as cheaply as its format allows, because a hundred photographs have to be told.

Decoding finds less than one thinks: libjpeg fills what is damaged with grey, and Pillow reads a PNG without its check
sums. So the structure of the file is followed to its end, and then decoded only as far as that tells more.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["frames"]

# What is decoded all the same, because it costs nothing.
_SMALL_PIXELS: Final = 500_000

# Of a larger photograph only the beginning is decoded; 12 million pixels would take 90 ms.
_JPEG_HEAD: Final = 4096

# In a JPEG's compressed data 0xFF is followed by 0 or by the rest of a restart marker (ITU T.81, B.1.1.5); anything
# else begins a segment.
_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_ALONE: Final = (0x01, 0xD8, *range(0xD0, 0xD8))  # markers that have no length after them

_PNG_HEAD: Final = 8
_PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# An interlaced PNG is seven pictures: from (left, top), every (right)th column of every (down)th row.
_PNG_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PACKED_AT_ONCE: Final = 65_536
_INFLATED_AT_ONCE: Final = 1_000_000
_GIF_HEAD: Final = 13


def frames(picture: Image, data: bytes, kind: str | None) -> int:
    """Make sure that an opened image is whole, and count its frames.

    Any picture but a large JPEG or PNG is decoded then.

    Raises
    ------
    Exception
        Of any kind, if it is damaged; `claude_kit.content.pillow.opened` makes one of them.
    """
    if kind == "image/jpeg":
        _check_jpeg(picture, data)
        return 1  # a JPEG may carry others behind it, for the camera's own use
    if kind == "image/png":
        _check_png(picture, data)
        return int(getattr(picture, "n_frames", 1))
    if kind == "image/webp" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise ValueError("its end is missing")
    count = _gif_frames(data) if kind == "image/gif" else int(getattr(picture, "n_frames", 1))
    picture.load()
    return count


def _check_jpeg(picture: Image, data: bytes) -> None:
    """Follow the segments to the end-of-image marker.

    Only the image's own counts: its EXIF may hold a whole JPEG before it, a film or more pictures may follow behind.
    """
    from PIL import Image as pil

    at, first_scan = 2, 0
    while True:
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            raise ValueError("its end is missing")
        marker, at = data[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        if marker in _ALONE:
            continue
        if marker == _START_OF_SCAN and not first_scan:
            first_scan = at
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    if not first_scan:
        raise ValueError("it holds no picture")
    if picture.width * picture.height <= _SMALL_PIXELS:
        picture.load()
        return
    # Tables and the beginning of the data; libjpeg fills the rest, and an eighth of the size is little to fill.
    head = data[: first_scan + _JPEG_HEAD].rstrip(b"\xff") + bytes((0xFF, _END_OF_IMAGE))
    with pil.open(io.BytesIO(head), formats=("JPEG",)) as beginning:
        beginning.draft(None, (1, 1))
        beginning.load()


def _check_png(picture: Image, data: bytes) -> None:
    """Check the sums of the chunks that matter, and that they hold every row (PNG specification, sections 5 and 7)."""
    view, at, missing, says_late = memoryview(data), _PNG_HEAD, _png_bytes(data), False
    inflate = zlib.decompressobj()
    while at + 12 <= len(data):
        kind, end = data[at + 4 : at + 8], at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        # An upper-case first letter: no picture without it.
        if kind[:1].isupper() and zlib.crc32(view[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise ValueError(f"the check sum of {kind.decode('ascii', 'replace')} is wrong")
        if kind == b"IDAT":
            missing -= _inflated(inflate, view[at + 8 : end], missing)
        elif kind == b"eXIf":
            says_late = True
        elif kind == b"IEND":
            if missing > 0:
                raise ValueError("it holds fewer pixels than it declares")
            if says_late or picture.width * picture.height <= _SMALL_PIXELS:
                picture.load()  # reads what stands behind the pixels, too
            return
        at = end + 4
    raise ValueError("its end is missing")


def _png_bytes(data: bytes) -> int:
    """Return how many bytes the pixels have to inflate to."""
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    bits = data[24] * _PNG_CHANNELS[data[25]]
    passes = _PNG_PASSES if data[28] else ((0, 0, 1, 1),)
    total = 0
    for left, top, right, down in passes:
        columns, rows = -((left - width) // right), -((top - height) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)  # each begins with the kind of its filter
    return total


def _inflated(inflate: zlib._Decompress, packed: memoryview, most: int) -> int:
    """Return how many bytes come out, piece by piece so that none of them is kept."""
    count = 0
    for at in range(0, len(packed), _PACKED_AT_ONCE):
        left: bytes | memoryview = packed[at : at + _PACKED_AT_ONCE]
        while left and count < most and not inflate.eof:
            count += len(inflate.decompress(left, _INFLATED_AT_ONCE))
            left = inflate.unconsumed_tail  # a copy, so it has to be short
    return count


def _gif_frames(data: bytes) -> int:
    """Count pictures without decoding them, block by block (GIF89a specification, appendix B)."""
    at, frames = _GIF_HEAD + _gif_palette(data[10]), 0
    try:
        while at < len(data):
            if data[at] == 0x21:  # an extension
                at = _after_blocks(data, at + 2)
            elif data[at] == 0x2C:  # a picture
                frames += 1
                at = _after_blocks(data, at + 11 + _gif_palette(data[at + 9]))
            else:  # the trailer; some writers leave it out, and others have rubbish behind
                break
    except IndexError:
        raise ValueError("its end is missing") from None
    return max(frames, 1)


def _gif_palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
