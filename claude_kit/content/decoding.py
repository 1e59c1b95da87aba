"""How the bytes of a text file become a text: as UTF-8, as their byte order mark says, or guessed, with a warning."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Final

from claude_kit.content.blob import Blob
from claude_kit.content.kinds import TEXT_TYPE
from claude_kit.content.marks import MARKS
from claude_kit.errors import ContentError, ContentWarning

__all__ = ["decoded"]

# What Windows calls ANSI is Latin-1 with quotation marks and dashes, and is what people mean by Latin-1 (the Encoding
# standard of browsers reads it so too). Five bytes mean nothing in it.
_GUESSES: Final = (("cp1252", "Windows-1252"), ("latin-1", "Latin-1"))

# Control characters that no text file holds, whatever its encoding; tab, line ends, form feed, backspace, bell, escape
# and the end-of-file mark of DOS do occur.
_BINARY: Final = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f]")


def decoded(blob: Blob) -> tuple[str, tuple[str, ...]]:
    r"""Read the bytes of a text file.

    Returns
    -------
    text : str
    changes : tuple of str
        What was guessed, such as ``("read as Windows-1252",)``, of which a `ContentWarning` tells too; else empty.

    Raises
    ------
    ContentError
        If the bytes are no text in any encoding, or not in the one their byte order mark says.

    Examples
    --------
    >>> decoded(Blob(b"\xef\xbb\xbfna\xc3\xafve", "notes.txt"))
    ('naïve', ())
    """
    data = blob.data
    for mark, encoding, called in MARKS:
        if data.startswith(mark):
            return _marked(blob, encoding, called), ()
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        at = error.start
    place = f"not UTF-8 text (byte {at:,} is 0x{data[at]:02x})"
    if control := _BINARY.search(data):
        raise ContentError(
            f"{blob.label}: {place}, nor any other: byte {control.start():,} is a control character, as in binary data",
            media_type="application/octet-stream",
            where=blob.label,
        )
    text, called = _guessed(data)
    warnings.warn(
        f"{blob.label}: {place}, so read as {called}. If letters are wrong, read it yourself: "
        "ck.text(path.read_text(encoding=...), name=...)",
        ContentWarning,
        stacklevel=_outside(),
    )
    return text, (f"read as {called}",)


def _marked(blob: Blob, encoding: str, called: str) -> str:
    try:
        return blob.data.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start + len(blob.data) - len(error.object)  # "utf-8-sig" counts from behind the mark
        raise ContentError(
            f"{blob.label}: begins with the mark of {called}, but is not {called} text ({error.reason} at byte "
            f"{at:,}). Read it yourself: ck.text(path.read_text(encoding=...), name=...)",
            media_type=TEXT_TYPE,
            where=blob.label,
        ) from None


def _guessed(data: bytes) -> tuple[str, str]:
    for encoding, called in _GUESSES[:-1]:
        try:
            return data.decode(encoding), called
        except UnicodeDecodeError:
            continue
    encoding, called = _GUESSES[-1]  # which has a character for every byte
    return data.decode(encoding), called


def _outside() -> int:
    """Return how many frames up the person's own code is, so that a warning points at their line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "claude_kit":
        level, frame = level + 1, frame.f_back
    return level
