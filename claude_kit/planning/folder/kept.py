"""Where are the counts of files kept, so that a second survey, or one that was stopped, costs nothing?

One line of JSON for every content, in one file for everything else its counts depend on: the tokenizer and limits of
the model, and the code that counts. Lines are added and never changed. To forget all of it, delete the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import asdict
from functools import cache, partial
from importlib import metadata
from importlib.resources import files
from io import FileIO
from pathlib import Path
from typing import Any, Final, Literal

from claude_kit.content import kinds
from claude_kit.estimate import Via
from claude_kit.models import Model
from claude_kit.planning.folder.tally import Tally

__all__ = ["CacheFolder", "Kept", "elsewhere", "folder"]

#: A folder; None for the usual one; False for none.
CacheFolder = str | os.PathLike[str] | Literal[False] | None

# What counting depends on, beside the content: these rooms of the package, and the packages they call.
_ROOMS: Final = ("content", "estimate", "preflight", "planning/folder/tally.py", "models.toml")
_PACKAGES: Final = ("ctok", "pypdfium2", "pillow", "pypdf", "pillow-heif")
_FACTS: Final = ("tokenizer", "image_tier", "context", "max_pdf_pages", "max_images")


class Kept:
    """The counts that are kept for one kind of model and route.

    Parameters
    ----------
    folder : pathlib.Path or None
        None keeps nothing.
    model : Model
    via : {"anthropic", "portkey", "bedrock", "vertex"}
    """

    def __init__(self, folder: Path | None, model: Model, via: Via) -> None:
        self._file = folder / "survey" / f"{_basis(model, via)}.jsonl" if folder else None
        self._lines = _lines(self._file) if self._file else {}

    def get(self, path: Path) -> Tally | None:
        """Return what is kept for the content a file has now; None where nothing is, or nothing legible.

        What this very object keeps is not looked for: where nothing was before, each file would be read once more.
        """
        if not self._lines or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return _tally(json.loads(self._lines[_key(sha256, path)]), sha256)
        except (OSError, LookupError, TypeError, ValueError):
            return None

    def put(self, path: Path, tally: Tally) -> None:
        """Keep a tally, unless another try could end otherwise; if that fails, say so once and keep no more."""
        if self._file is None or not tally.sha256:
            return
        try:
            _add(_key(tally.sha256, path) + b"\t" + json.dumps(asdict(tally)).encode(), self._file)
        except OSError as error:
            warnings.warn(
                f"{self._file}: counts cannot be kept ({error.strerror or error}), so the next survey counts anew. "
                "Set CLAUDE_KIT_CACHE, or give cache_folder=…, to keep them elsewhere",
                UserWarning,
                stacklevel=2,
            )
            self._file = None

    @property
    def keeps(self) -> bool:
        """Whether anything is kept."""
        return self._file is not None


def folder(given: CacheFolder = None) -> Path | None:
    """Return the folder that results are kept in: the one given, ``CLAUDE_KIT_CACHE``, or the person's own for caches.

    Examples
    --------
    >>> folder(False) is None
    True
    """
    if given is False:
        return None
    if given is not None:
        return Path(given).expanduser()
    if named := os.environ.get("CLAUDE_KIT_CACHE", "").strip():
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("claude_kit", appauthor=False)


def elsewhere(folder: Path | None, paths: list[Path]) -> list[Path]:
    """Return the files that no counts are kept in: the folder for these may stand in the one that is surveyed."""
    if folder is None:
        return paths
    within = os.path.normcase((folder / "survey").absolute()) + os.sep
    return [path for path in paths if not os.path.normcase(path.absolute()).startswith(within)]


def _lines(file: Path) -> dict[bytes, bytes]:
    """Return what is kept, by its key, as it stands in the file; of two for the same key the later one."""
    try:
        if not file.is_file():  # to read a pipe or device may never end
            return {}
        with file.open("rb") as kept:
            return {key: told for key, _, told in (line.partition(b"\t") for line in kept)}
    except OSError:
        return {}


def _key(sha256: str, path: Path) -> bytes:
    """Return what a content's counts are found by; what its name claims decides whether it is taken at all."""
    return f"{sha256} {kinds.claimed(path.name) or ''}".encode()


def _add(line: bytes, file: Path) -> None:
    r"""Add a line with one write, so that several surveys may add to a file at once.

    It begins with its ``\n``: one that was cut short spoils no other. A file for each count took this process several
    times as long, while all cores count, and takes longer still on a network.
    """
    try:
        opened = _opened(file)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = _opened(file)
    with opened:
        opened.write(b"\n" + line)


def _tally(kept: Any, sha256: str) -> Tally | None:
    """Return the tally that was kept; None if it is not what was written."""
    found = Tally(**{**kept, "findings": tuple(kept["findings"])}) if isinstance(kept, dict) else None
    if found is None or found.sha256 != sha256:
        return None
    fresh = Tally()
    alike = all(type(getattr(found, name)) is type(getattr(fresh, name)) for name in kept)
    return found if alike else None


def _opened(path: Path) -> FileIO:
    """Open a file to add to, which only its owner may read."""
    return open(path, "ab", buffering=0, opener=partial(os.open, mode=0o600))


def _basis(model: Model, via: Via) -> str:
    """Return the name of all that counts depend on beside the content."""
    facts = {name: getattr(model, name) for name in _FACTS}
    told = json.dumps({**facts, "via": via, "code": _code(), **_versions()}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Return a hash of the code that counts and the facts it goes by: nobody has to remember to raise a number."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        top = Path(str(files("claude_kit") / room))
        for path in sorted(top.rglob("*.*")) if top.is_dir() else [top]:
            if path.suffix in (".py", ".toml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found
