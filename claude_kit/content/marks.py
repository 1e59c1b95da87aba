"""Which encoding a text says it is in: byte order marks."""

from __future__ import annotations

import codecs
from typing import Final

__all__ = ["MARKS"]

#: (mark, Python's name of the encoding, its own). Longest first: UTF-32's little-endian mark begins with UTF-16's.
MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
