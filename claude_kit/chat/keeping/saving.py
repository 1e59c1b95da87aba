"""How is a conversation kept? As one JSON file that reads well, with its attachments by hash in a folder beside it.

Nothing of the client goes in, so no key does. Nothing in a file is obeyed: see `claude_kit.chat.keeping.records`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

from claude_kit.chat.keeping.attachments import Found, Gathered, put
from claude_kit.chat.keeping.records import Reader, Writer
from claude_kit.chat.turns import Turn
from claude_kit.content import sources
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["VERSION", "Kept", "dumps", "loads", "place_for", "read", "write"]

#: Of the format; raised when an older kit would misread a file.
VERSION: Final = 1

_FORMAT: Final = "claude_kit conversation"
# What files of the first kits do not have.
_LATER: Final = ("unbound",)

# A folder that stands beside: no separator of any system, and neither "." nor "..".
_PLAIN_NAME: Final = re.compile(r"[^/\\:\0]+(?<=\.files)")

# Where a tool or a setting holds one of these as a text, it is somebody's key (MCP servers take the first).
_SECRETS: Final = frozenset({"authorization_token", "authorization", "api_key", "api-key", "x-api-key", "password"})


@dataclass(frozen=True, slots=True)
class Kept:
    """All of a conversation that can be kept.

    Attributes
    ----------
    model : str
        As it was asked for.
    settings : mapping
        What else a `Chat` is made with; values that JSON can hold, and dollars.
    turns : tuple of Turn
        Those that go on.
    log : tuple of Turn
        All that was ever asked. What stands in both is the same object, before and after.
    tools : tuple of mapping
        Definitions, as the API takes them; a function itself cannot be kept.
    unbound : tuple of Turn
        Those that go on without their thinking, which the API did not take back.
    """

    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    log: tuple[Turn, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    unbound: tuple[Turn, ...] = ()


def write(path: str | PathLike[str], kept: Kept, *, embed: bool = False) -> None:
    """Write a conversation: ``talk.json``, and what is attached to it into the folder ``talk.files`` beside.

    The file is written beside and then put in its place, so that whatever fails, what was there before still is. An
    attachment that is in the folder already is not written again, and one that no turn holds any longer stays: another
    file, such as a copy of an earlier state, may still need it. To be rid of those, save under a new name.

    Parameters
    ----------
    path : path
        The JSON file; what stands there is replaced.
    kept : Kept
    embed : bool
        Put the attachments into the file itself, as base64: a third larger, and one thing to send.

    Raises
    ------
    ContentError
        If there is no such folder.
    TypeError
        If something in it cannot be kept, such as a tool's result that is no JSON; says where.
    OSError
        If it cannot be written.
    """
    place = place_for(path)
    gathered = Gathered()
    document = _document(kept, gathered)
    if embed:
        document["attachments"] = gathered.embedded()
    else:
        folder = _folder(place)
        document |= {"folder": folder.name, "attachments": gathered.table}
        gathered.write_into(folder)
    put(place, _json(document))


def read(path: str | PathLike[str], *, missing: Literal["raise", "replace"] = "raise") -> Kept:
    """Read a conversation that `write` wrote.

    A file from somebody else is safe to read: it is data, which is checked; it names no file but by its hash, in the
    folder beside it; and pictures and PDFs in it are opened as any others are.

    Parameters
    ----------
    path : path
        The JSON file.
    missing : {"raise", "replace"}
        What to do when an attachment is not there, or not what was saved: say so and load nothing, or put a text in its
        place that says what is missing.

    Raises
    ------
    ContentError
        If it is not there, is no conversation or one of a newer kit, or if attachments are missing or were altered;
        says which.
    """
    place = _place(path)
    if place.is_dir():
        raise ContentError(f"{place} is a folder. Give the file that chat.save(path) wrote", where=str(path))
    folders = (_folder(place),)
    return _loaded(sources.from_path(path).data, str(path), folders, missing)


def dumps(kept: Kept) -> str:
    """Return a conversation as JSON with its attachments in it: what ``write(..., embed=True)`` writes.

    Examples
    --------
    >>> loads(dumps(Kept("claude-sonnet-5-5", {"system": "Be brief."}))).settings
    {'system': 'Be brief.'}
    """
    gathered = Gathered()
    document = _document(kept, gathered)
    return _json({**document, "attachments": gathered.embedded()}).decode("utf-8")


def loads(text: str) -> Kept:
    """Read what `dumps` returned.

    Raises
    ------
    ContentError
        As `read` does.
    """
    return _loaded(text.encode("utf-8", "backslashreplace"), "the conversation", (), "raise")


def _document(kept: Kept, gathered: Gathered) -> dict[str, Any]:
    """Return what is written, in the order in which a person reads it: attachments come last."""
    asked = list({id(turn): turn for turn in (*kept.log, *kept.turns)}.values())
    number = {id(turn): at for at, turn in enumerate(asked)}
    writer = Writer(gathered)
    return {
        "format": _FORMAT,
        "version": VERSION,
        "model": kept.model,
        "settings": writer.value(_without_keys(kept.settings)),
        "tools": writer.value(_without_keys(kept.tools)),
        "turns": [number[id(turn)] for turn in kept.turns],
        "log": [number[id(turn)] for turn in kept.log],
        "unbound": [number[id(turn)] for turn in kept.unbound if id(turn) in number],
        "asked": [_turn(writer, turn, at) for at, turn in enumerate(asked, start=1)],
    }


def _turn(writer: Writer, turn: Turn, number: int) -> Any:
    try:
        return writer.record(Turn, turn)
    except TypeError as error:
        raise TypeError(f"turn {number}: {error}. Give text, numbers, lists and dictionaries there") from None


def _loaded(data: bytes, path: str, folders: tuple[Path, ...], missing: str) -> Kept:
    document = _parsed(data, path)
    try:
        table = document.get("attachments", {})
        found = Found.read(table if isinstance(table, dict) else {}, _with_named(document, folders))
        if found.problems and missing == "raise":
            raise ContentError(_way_out(path, found, len(table)), where=path)
        return _kept(document, Reader(found))
    except RecursionError:
        raise ContentError(f"{path}: what stands in it is nested too deeply to be a conversation") from None
    except ContentError as error:
        raise error if path in str(error) else ContentError(f"{path}: {error}", where=path) from error
    except ValueError as error:
        raise ContentError(f"{path}: {error}. The file is damaged, or was changed by hand", where=path) from None


def _parsed(data: bytes, path: str) -> dict[str, Any]:
    """Return the document in a file, once it is sure to be one of ours that this kit can read."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = error if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise ContentError(f"{path}: {units.size(len(data))} that are no JSON ({problem})", where=path) from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ContentError(f"{path}: JSON, but no conversation: chat.save(path) writes those", where=path)
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        newer = f"saved by a newer claude_kit, in format {version}; this one reads up to {VERSION}"
        raise ContentError(f"{path}: {newer}. Run pip install -U claude_kit", where=path)
    return document


def _kept(document: Mapping[str, Any], reader: Reader) -> Kept:
    def record(kind: Any, name: str) -> Any:
        return reader.record(kind, document.get(name), name)

    asked = record(tuple[Turn, ...], "asked")
    if not all(turn.steps for turn in asked):
        raise ValueError("asked: a turn without an answer")

    def chosen(name: str) -> tuple[Turn, ...]:
        numbers = record(tuple[int, ...], name) if name in document or name not in _LATER else ()
        if wrong := [number for number in numbers if not 0 <= number < len(asked)]:
            raise ValueError(f"{name}: there is no turn {wrong[0]} among {len(asked)}")
        return tuple(asked[number] for number in numbers)

    return Kept(
        model=record(str, "model"),
        settings=record(Mapping[str, Any], "settings"),
        turns=chosen("turns"),
        log=chosen("log"),
        tools=record(tuple[Mapping[str, Any], ...], "tools"),
        unbound=chosen("unbound"),
    )


def _with_named(document: Mapping[str, Any], folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the folders to look in: also the one that had its name from the file before that was renamed."""
    named = document.get("folder")
    if not folders or not isinstance(named, str) or not _PLAIN_NAME.fullmatch(named):
        return folders
    return (folders[0].with_name(named), *folders)


def _way_out(path: str, found: Found, count: int) -> str:
    said = f"{len(found.problems)} of {units.plural(count, 'attachment')} cannot be used"
    way_out = 'Put the folder back beside the file, or load the rest with missing="replace"'
    return f"{path}: {said}: {'; '.join(found.problems.values())}. {way_out}"


def _without_keys(value: Any) -> Any:
    """Return settings or tools without the keys that they may hold for others."""
    if isinstance(value, Mapping):
        kept = {
            name: each for name, each in value.items() if not (isinstance(each, str) and str(name).lower() in _SECRETS)
        }
        return {name: _without_keys(each) for name, each in kept.items()}
    return [_without_keys(each) for each in value] if isinstance(value, list | tuple) else value


def place_for(path: str | PathLike[str]) -> Path:
    """Return where a file is to be written.

    Raises
    ------
    ContentError
        If there is no such folder, or it is a folder itself.
    """
    place = _place(path)
    if not place.parent.is_dir():
        raise ContentError(f"{place}: there is no folder {place.parent}. Make it first, or save elsewhere")
    if place.is_dir():
        raise ContentError(f"{place} is a folder. Give the name of a file in it")
    return place


def _place(path: str | PathLike[str]) -> Path:
    """Return where the file is: what a link points to, so that the link stays one."""
    return Path(path).expanduser().resolve()


def _folder(place: Path) -> Path:
    return place.with_name(f"{place.stem}.files")


def _json(document: Mapping[str, Any]) -> bytes:
    # Half of a surrogate pair cannot be written in UTF-8; as an escape it can, and is read as what it was.
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
