"""What bytes are, told by their first bytes and never by a file's name."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import Final

from claude_kit.content import markup
from claude_kit.content.markup import is_html

__all__ = ["IMAGE_TYPES", "PDF_TYPE", "SVG_TYPE", "TEXT_TYPE", "claimed", "is_html", "media_type"]

PDF_TYPE: Final = "application/pdf"
TEXT_TYPE: Final = "text/plain"
SVG_TYPE: Final = "image/svg+xml"

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
    (0, b"II+\0", "image/tiff"),  # BigTIFF
    (0, b"MM\0+", "image/tiff"),
    (0, b"\0\0\1\0", "image/x-icon"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),  # the bare code stream
    (0, b"8BPS\0", "image/vnd.adobe.photoshop"),
    (0, b"%!PS", "application/postscript"),
    (0, b"\xc5\xd0\xd3\xc6", "application/postscript"),  # EPS with a preview for Windows
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (0, b"OggS\0", "audio/ogg"),
    (0, b"fLaC\0", "audio/flac"),
    (0, b"ID3\2", "audio/mpeg"),
    (0, b"ID3\3", "audio/mpeg"),
    (0, b"ID3\4", "audio/mpeg"),
    (0, codecs.BOM_UTF16_LE, TEXT_TYPE),
    (0, codecs.BOM_UTF16_BE, TEXT_TYPE),
    (0, codecs.BOM_UTF32_BE, TEXT_TYPE),
)
_PATTERNS: Final = (
    (re.compile(rb"RIFF....WEBP", re.S), "image/webp"),
    (re.compile(rb"RIFF....WAVE", re.S), "audio/wav"),
    (re.compile(rb"RIFF....AVI ", re.S), "video/x-msvideo"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.S), "image/bmp"),  # the reserved bytes are zero
    (re.compile(rb"P[456](?:\s+#[^\n]*)*\s+\d+(?:\s+#[^\n]*)*\s+\d+\s", re.S), "image/x-portable-anymap"),
    # Written out in digits: nothing else may stand there, or it is a text that begins alike.
    (re.compile(rb"P[123]\s(?:[\d\s]|#[^\n]*\n){5,}\Z", re.S), "image/x-portable-anymap"),
    (re.compile(rb"\xff[\xfa\xfb\xf2\xf3][\x10-\xef]", re.S), "audio/mpeg"),  # layer III, a bit rate that exists
    (re.compile(rb"\s*%PDF-"), PDF_TYPE),
)

# Brands of the ISO base media format (ISO/IEC 14496-12): still pictures among films.
_BRANDS: Final = (
    (("avif", "avis"), "image/avif"),
    (("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"), "image/heic"),
)

# Archives that are documents, by the folder that only they have (ECMA-376, part 2).
_OFFICE: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_ZIP: Final = b"PK\x03\x04"
_ZIP_END: Final = b"PK\x05\x06"
# OpenDocument and EPUB say their type in a first file called "mimetype", stored as it is.
_SAYS_TYPE: Final = re.compile(rb"PK\x03\x04.{22}\x08\0..mimetype(application/[a-z\d.+-]+)", re.S)

# What a file's name claims, of the kinds that are never text.
_CLAIMS: Final = {
    ".pdf": PDF_TYPE,
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".ico": "image/x-icon",
    ".heic": "image/heic",
    ".heif": "image/heic",
    ".avif": "image/avif",
    ".jp2": "image/jp2",
}

# PDF readers, PDFium among them, accept up to a kilobyte of anything before the header.
_HEAD: Final = 1024


def media_type(data: bytes) -> str | None:
    r"""Tell the media type of `data` from its beginning.

    Parameters
    ----------
    data : bytes
        The whole content, or at least its first kilobyte. An Office document can be told from other archives only
        by its end.

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
            return SVG_TYPE if kind == TEXT_TYPE and markup.root(data) == "svg" else kind
    if data.startswith(_ZIP):
        return _archive(data)
    if data.startswith(b"ftyp", 4):
        return _film(data)
    head = data[:_HEAD]
    for pattern, kind in _PATTERNS:
        if pattern.match(head):
            return kind
    if b"%PDF-" in head and b" obj" in data:  # a text may speak of PDFs, but holds no objects
        return PDF_TYPE
    if b"\0" in head:
        return None
    return SVG_TYPE if markup.root(data) == "svg" else TEXT_TYPE


def claimed(name: str | None) -> str | None:
    """Tell which kind of PDF or image a file's name says it is, by its suffix; None for all other names.

    Examples
    --------
    >>> claimed("report.PDF"), claimed("notes.txt")
    ('application/pdf', None)
    """
    return _CLAIMS.get(PurePath(name).suffix.lower()) if name else None


def _archive(data: bytes) -> str:
    if says := _SAYS_TYPE.match(data):
        return says[1].decode("ascii")
    directory = _directory(data)
    for folder, kind in _OFFICE:
        if re.search(rb"PK\x01\x02.{42}" + folder, directory, re.S):
            return kind
    return "application/zip"


def _directory(data: bytes) -> memoryview:
    """Return an archive's own table of contents: an archive inside it has one too.

    Looked through as it stands: `zipfile` would make an object of each of what may be millions of entries.
    """
    at = data.rfind(_ZIP_END)
    if at < 0:
        return memoryview(b"")
    size = int.from_bytes(data[at + 12 : at + 16], "little")
    return memoryview(data)[max(at - size, 0) : at]


def _film(data: bytes) -> str:
    length = min(int.from_bytes(data[:4], "big"), 256)
    major, *others = (data[at : at + 4].decode("latin-1") for at in (8, *range(16, length - 3, 4)))
    for brands, kind in _BRANDS:
        if major in brands or (major in ("mif1", "msf1") and set(others) & set(brands) - {"mif1", "msf1"}):
            return kind
    return "audio/mp4" if major.startswith("M4A") else "video/mp4"
