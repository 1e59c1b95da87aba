"""What bytes are, told by their first bytes and never by a file's name."""

from __future__ import annotations

import codecs
import re
from typing import Final

__all__ = ["IMAGE_TYPES", "PDF_TYPE", "TEXT_TYPE", "media_type"]

PDF_TYPE: Final = "application/pdf"
TEXT_TYPE: Final = "text/plain"

#: The image formats Claude takes (Anthropic docs, vision, 2026-09).
IMAGE_TYPES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")

# (offset, magic bytes, media type): the formats people hold, also those that must be converted first.
_MAGIC: Final = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\0\0\1\0", "image/x-icon"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, codecs.BOM_UTF16_LE, TEXT_TYPE),
    (0, codecs.BOM_UTF16_BE, TEXT_TYPE),
)
_PATTERNS: Final = (
    (re.compile(rb"RIFF....WEBP", re.S), "image/webp"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.S), "image/bmp"),  # the reserved bytes are zero
    (re.compile(rb"\s*%PDF-"), PDF_TYPE),
)

# PDF readers, PDFium among them, accept up to a kilobyte of anything before the header.
_HEAD: Final = 1024


def media_type(data: bytes) -> str | None:
    r"""Tell the media type of `data` from its beginning.

    Parameters
    ----------
    data : bytes
        The whole content, or at least its first kilobyte.

    Returns
    -------
    str or None
        Such as ``"image/png"`` or ``"application/pdf"``; ``"text/plain"`` for anything without zero bytes in its
        first kilobyte; None for other binary data.

    Examples
    --------
    >>> media_type(b"%PDF-1.7 ..."), media_type(b"hello"), media_type(b"\x00\x01\x02")
    ('application/pdf', 'text/plain', None)
    """
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    for pattern, kind in _PATTERNS:
        if pattern.match(data):
            return kind
    head = data[:_HEAD]
    if b"%PDF-" in head and b" obj" in data:  # a text may speak of PDFs, but holds no objects
        return PDF_TYPE
    return None if b"\0" in head else TEXT_TYPE
