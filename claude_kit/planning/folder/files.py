"""Which files are meant by a pattern, a folder, a path, or several of those?

Links to folders are not followed, so that a link to a folder above is no endless road; and what begins with a dot
(``.git``, ``.ipynb_checkpoints``) is passed over unless it is named.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from claude_kit.content import kinds
from claude_kit.content.refusal import NOT_TAKEN
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["Paths", "find"]

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_MAGIC: Final = re.compile(r"[*?[]")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.I)
_DIGITS: Final = re.compile(r"(\d+)")

# What a kind is told by; see `kinds.media_type`.
_HEAD_BYTES: Final = 1024

# An error says what a folder holds; nobody waits for one that holds millions.
_LOOKED_AT: Final = 20_000
_SUFFIXES_NAMED: Final = 4


def find(paths: Paths) -> list[Path]:
    """Find the files that are meant, each once.

    Parameters
    ----------
    paths : str, path, or iterable of them
        A path; a folder, for every file below it that Claude could take; a pattern such as ``"papers/**/*.pdf"``.

    Returns
    -------
    list of pathlib.Path
        In the order they are asked for, and within that as people sort: ``page 2`` before ``page 10``. A path that
        leads nowhere is among them if another one leads somewhere.

    Raises
    ------
    ContentError
        If there is no such file at all; it says where was looked, and what is there.

    Examples
    --------
    >>> [path.name for path in find("notebooks/data/*.pdf")]
    ['report.pdf', 'scan.pdf']
    """
    # What is no path at all is refused one by one, with its kind.
    asked = list(paths) if isinstance(paths, Iterable) and not isinstance(paths, str | bytes | os.PathLike) else [paths]
    found: dict[str, Path] = {}
    for one in asked:
        for path in _matches(_path(one)):
            found.setdefault(os.path.realpath(path), path)
    if not any(map(os.path.lexists, found.values())):
        raise ContentError("\n".join(map(_nothing, asked)) or "no path was given, so there is nothing to survey")
    return list(found.values())


def _path(given: str | os.PathLike[str]) -> Path:
    if not isinstance(given, str | os.PathLike):
        raise TypeError(
            f"cannot survey a {type(given).__qualname__}: give paths. For one thing at hand: ck.estimate(...)"
        )
    if not os.fspath(given):
        raise ContentError('an empty text is no path, so there is nothing to survey; this folder is "."')
    if _ADDRESS.match(os.fspath(given)):
        raise ContentError(
            f"{given}: an address, and a survey takes files. Price it alone: ck.estimate(ck.attach(...))"
        )
    return Path(given).expanduser()


def _matches(path: Path) -> list[Path]:
    """Return the files that one path or pattern means, sorted."""
    if path.is_dir():
        return sorted(filter(_is_takeable, _below(path)), key=_natural)
    if os.path.lexists(path) or not _MAGIC.search(str(path)):
        return [path]
    base, pattern = _split(path)
    if pattern.endswith("**"):  # before Python 3.13 that means folders alone
        return sorted(filter(_is_takeable, _below(base)), key=_natural)
    hidden = "." if re.search(r"(^|/)\.", pattern) else "/"
    shown = (found for found in base.glob(pattern) if _is_shown(found.relative_to(base), hidden))
    return sorted(filter(_is_file, shown), key=_natural)


def _split(path: Path) -> tuple[Path, str]:
    """Split a pattern where its first wildcard stands: into the folder to look in, and what to look for."""
    first = next(at for at, part in enumerate(path.parts) if _MAGIC.search(part))
    return Path(*path.parts[:first]), "/".join(path.parts[first:])


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (found for name in names if not name.startswith(".") and _is_file(found := Path(where, name)))


def _is_shown(relative: Path, hidden: str) -> bool:
    return hidden == "." or not any(part.startswith(".") for part in relative.parts)


def _is_file(path: Path) -> bool:
    """Tell whether it is a file, or a link that leads nowhere, which a survey has to tell; no pipe, no device."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _is_takeable(path: Path) -> bool:
    """Tell whether a file is, or by its name should be, of a kind that Claude takes."""
    if kinds.claimed(path.name):
        return True
    try:
        with path.open("rb") as file:
            kind = kinds.media_type(file.read(_HEAD_BYTES))
    except OSError:
        return False
    return kind in (kinds.PDF_TYPE, kinds.TEXT_TYPE) or bool(
        kind and kind.startswith("image/") and kind not in NOT_TAKEN
    )


def _natural(path: Path) -> tuple[list[tuple[int, int | str]], ...]:
    """Sort as people do: by folder, numbers by their size, capitals like small letters."""
    return tuple(map(_pieces, path.parts))


@lru_cache(maxsize=1024)
def _pieces(part: str) -> list[tuple[int, int | str]]:
    return [(0, int(piece)) if piece.isdecimal() else (1, piece.casefold()) for piece in _DIGITS.split(part) if piece]


def _nothing(given: str | os.PathLike[str]) -> str:
    """Say where was looked, and what is there."""
    path = _path(given)
    base = path if path.is_dir() else _split(path)[0] if _MAGIC.search(str(path)) else path.parent
    missing = "no file in it is one that Claude takes" if path.is_dir() else "no such file"
    if _MAGIC.search(str(path)):
        missing = "no file matches"
    if not base.is_dir():
        return f"{given}: {missing}; there is no folder {base.absolute()}"
    return f"{given}: {missing}; {base.absolute()} holds {_held(base)}"


def _held(folder: Path) -> str:
    files = list(islice(_below(folder), _LOOKED_AT))
    if not files:
        return "no files"
    common = Counter(path.suffix or "without a suffix" for path in files).most_common()
    named = ", ".join(f"{number:,} {suffix}" for suffix, number in common[:_SUFFIXES_NAMED])
    rest = sum(number for _, number in common[_SUFFIXES_NAMED:])
    return f"{units.plural(len(files), 'file')}: {named}" + (f", {rest:,} others" if rest else "")
