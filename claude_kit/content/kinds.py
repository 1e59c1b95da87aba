"""What bytes are, told by their first bytes and never by a file's name."""

from __future__ import annotations

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
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (0, b"\0\0\1\0", "image/x-icon"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)

# PDF readers, PDFium among them, accept up to a kilobyte of anything before the header.
_PDF_HEADER_WITHIN: Final = 1024


def media_type(data: bytes) -> str | None:
    r"""Tell the media type of `data` from its beginning.

    Parameters
    ----------
    data : bytes
        The whole content, or at least its first kilobyte.

    Returns
    -------
    str or None
        Such as ``"image/png"`` or ``"application/pdf"``; ``"text/plain"`` for anything without control
        bytes; None for other binary data.

    Examples
    --------
    >>> media_type(b"%PDF-1.7 ..."), media_type(b"hello"), media_type(b"\x00\x01\x02")
    ('application/pdf', 'text/plain', None)
    """
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    head = data[:_PDF_HEADER_WITHIN]
    if b"%PDF-" in head:
        return PDF_TYPE
    if b"\0" not in head:
        return TEXT_TYPE
    return None
