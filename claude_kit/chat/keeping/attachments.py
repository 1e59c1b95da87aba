"""Where do the bytes of a saved conversation stand? Under their hash, each once: in a folder, or in the file itself."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pybase64

from claude_kit.content import sources
from claude_kit.content.kinds import IMAGE_TYPES, PDF_TYPE, TEXT_TYPE, media_type
from claude_kit.errors import ContentError
from claude_kit.render import units
from claude_kit.render.plain import one_line

__all__ = ["Found", "Gathered", "put"]

# The end of a file's name, so that a viewer opens it. What else there may be is nothing to open.
_ENDINGS: Final = {PDF_TYPE: ".pdf", TEXT_TYPE: ".txt", **{kind: f".{kind[6:]}" for kind in IMAGE_TYPES}}

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_UNTYPED: Final = "application/octet-stream"


@dataclass(slots=True)
class Gathered:
    """The bytes of a conversation while it is being written.

    Attributes
    ----------
    found : dict of str to bytes
        By hash.
    table : dict of str to dict
        What a person wants to know of each: name, media type, size.
    """

    found: dict[str, bytes] = field(default_factory=dict)
    table: dict[str, dict[str, Any]] = field(default_factory=dict)
    _hashes: dict[int, tuple[bytes, str]] = field(default_factory=dict)

    def keep(self, data: bytes, name: str = "", kind: str | None = None) -> str:
        """Take bytes, and return their hash; the same object is hashed once however many turns hold it."""
        # The object is held with its hash: the id of one that is gone may be given to another.
        known = self._hashes.get(id(data))
        sha256 = known[1] if known else hashlib.sha256(data).hexdigest()
        self._hashes[id(data)] = (data, sha256)
        if sha256 not in self.found:
            self.found[sha256] = data
            known_kind = kind or media_type(data) or _UNTYPED
            self.table[sha256] = {"name": name, "media_type": known_kind, "size": len(data)}
        return sha256

    def embedded(self) -> dict[str, dict[str, Any]]:
        """Return the table with the bytes in it, as base64."""
        return {
            sha256: {**entry, "base64": pybase64.b64encode_as_string(self.found[sha256])}
            for sha256, entry in self.table.items()
        }

    def write_into(self, folder: Path) -> None:
        """Write each into a file of its own, unless it is there already; what else is there is left alone."""
        for sha256, data in self.found.items():
            place = folder / _file_name(sha256, self.table[sha256])
            if not _holds(place, data):
                folder.mkdir(exist_ok=True)
                put(place, data)


@dataclass(frozen=True, slots=True)
class Found:
    """The bytes of a conversation that is being read.

    Attributes
    ----------
    found : dict of str to bytes
        By hash; only what is, to the bit, what was saved.
    problems : dict of str to str
        What cannot be used, by hash: which file, and why.
    """

    found: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Mapping[str, Any], folders: tuple[Path, ...]) -> Found:
        """Read what a table lists, from itself or from the first of the folders that has it.

        Nothing in a table chooses a path: a file is called by its hash, and by one of a few endings.

        Raises
        ------
        ValueError
            If it is no such table.
        """
        self = cls()
        for sha256, entry in table.items():
            if not _SHA256.fullmatch(sha256) or not isinstance(entry, dict):
                raise ValueError(f"attachments: {sha256[:80]!r} is no SHA-256 of an attachment")
            problem = "is missing"
            for data in _candidates(sha256, entry, folders):
                if hashlib.sha256(data).hexdigest() == sha256:
                    self.found[sha256] = data
                    break
                problem = "is not what was saved (its hash differs)"
            else:
                place = f" ({folders[0].name}/{_file_name(sha256, entry)})" if folders and "base64" not in entry else ""
                self.problems[sha256] = f"{_called(entry)}{place} {problem}"
        return self


def put(place: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside, then in the place of what was there.

    Raises
    ------
    OSError
        If it cannot be written; what was there still is.
    """
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _candidates(sha256: str, entry: Mapping[str, Any], folders: tuple[Path, ...]) -> Iterator[bytes]:
    """Yield what may be an attachment: what stands in the table, or else the files of its name."""
    if isinstance(inside := entry.get("base64"), str):
        try:
            yield pybase64.b64decode(inside, validate=True)
        except ValueError:
            yield b""
        return
    for folder in folders:
        place = folder / _file_name(sha256, entry)
        # A device or a pipe has no end; a file is measured before it is read.
        if place.is_file():
            try:
                yield sources.from_path(place).data
            except ContentError:
                yield b""


def _file_name(sha256: str, entry: Mapping[str, Any]) -> str:
    kind = entry.get("media_type")
    return sha256 + _ENDINGS.get(kind if isinstance(kind, str) else _UNTYPED, ".bin")


def _holds(place: Path, data: bytes) -> bool:
    """Tell whether a file holds just these bytes; reading it is quicker than to write it again."""
    return place.is_file() and place.stat().st_size == len(data) and place.read_bytes() == data


def _called(entry: Mapping[str, Any]) -> str:
    name, size = entry.get("name"), entry.get("size")
    called = one_line(name)[:80] if isinstance(name, str) and name else "a file"
    return f"{called}, {units.size(size)}" if isinstance(size, int) else called
