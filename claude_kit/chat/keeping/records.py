"""How does a turn become JSON, and JSON a turn? By the fields, and the types of these, that its dataclass declares.

A field that is added to one of the dataclasses is saved by being there; one that a file lacks takes its default. A file
is data, never code: it names no class, and what it holds must be of the type that is declared, or is refused.

Where the API's own JSON passes through (blocks, tools, settings), a few things that JSON has no word for are objects
of one key that begins with a dollar sign: parts, dollars, and what stands among the attachments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import pybase64

from claude_kit import models
from claude_kit.chat.keeping.attachments import Found, Gathered
from claude_kit.content import Image, Part, Pdf, Text, images
from claude_kit.content.kinds import TEXT_TYPE
from claude_kit.errors import UnknownModelError
from claude_kit.models import Model
from claude_kit.reply import Usage

__all__ = ["Reader", "Writer"]

# Longer strings go among the attachments: those that are a file, and texts that would bury the conversation.
_MOST_BASE64: Final = 2_000
_MOST_TEXT: Final = 10_000

_TAGS: Final = frozenset({"$base64", "$decimal", "$image", "$literal", "$pdf", "$text", "$utf8"})


class Writer:
    """Turns values into plain data for JSON.

    Parameters
    ----------
    gathered : Gathered
        Takes the bytes.

    Examples
    --------
    >>> Writer(Gathered()).value({"budget": Decimal("0.50"), "system": "Be brief."})
    {'budget': {'$decimal': '0.50'}, 'system': 'Be brief.'}
    """

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._decoded: dict[int, tuple[str, dict[str, Any] | None]] = {}

    def record(self, kind: Any, value: Any) -> Any:
        """Write a value of a declared type."""
        kind = _given(kind)
        if value is None:
            return None
        if kind in _LEAVES:
            return _LEAVES[kind][0](value)
        if get_origin(kind) is tuple:
            return [self.record(each, item) for each, item in zip(_items(kind, len(value)), value, strict=True)]
        if _is_record(kind):
            told = {name: getattr(value, name) for name in _fields(kind)}
            quiet = _none_by_default(kind)
            return {
                name: self.record(_fields(kind)[name], each)
                for name, each in told.items()
                if each is not None or name not in quiet
            }
        return self.value(value)

    def value(self, value: Any, key: str = "") -> Any:
        """Write a value as JSON that may hold parts.

        Raises
        ------
        TypeError
            If something in it is neither JSON nor a part.
        """
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self._string(value, key)
            case Decimal():
                return {"$decimal": str(value)}
            case Image() | Pdf():
                return self._file(value)
            case Text():
                text = self._long(value.text, value.label) if len(value.text) > _MOST_TEXT else value.text
                return {"$text": {"text": text, **_described(value, "name", "changes")}}
            case Mapping():
                return self._mapping(value)
            case list() | tuple():
                return [self.value(item) for item in value]
        raise TypeError(f"a {type(value).__qualname__} is no JSON: it cannot be saved")

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        if odd := [key for key in value if not isinstance(key, str)]:
            raise TypeError(f"the key {odd[0]!r} is no text: in JSON it would become one, so it cannot be saved")
        written = {key: self.value(item, key) for key, item in value.items()}
        # Somebody's own data may look like ours.
        return {"$literal": written} if _TAGS & written.keys() else written

    def _file(self, part: Image | Pdf) -> dict[str, Any]:
        if isinstance(part, Pdf):
            sha256 = self._gathered.keep(part.data, part.label)
            told = _described(part, "name", "title", "citations", "changes")
            return {"$pdf": {"pages": part.page_count, **told, "sha256": sha256}}
        sha256 = self._gathered.keep(part.data, part.label)
        told = _described(part, "name", "media_type", "width", "height", "changes")
        return {"$image": {**told, "sha256": sha256}}

    def _string(self, text: str, key: str) -> Any:
        """Write a string; a file in base64 goes among the attachments, and so does what a document holds."""
        before, comma, rest = text.partition(";base64,") if text.startswith("data:") else ("", "", text)
        if len(rest) <= _MOST_BASE64 or not (comma or key == "data"):
            return text
        if id(text) not in self._decoded:
            self._decoded[id(text)] = (text, self._base64(rest, before + comma))
        if found := self._decoded[id(text)][1]:
            return found
        return self._long(text, "") if len(text) > _MOST_TEXT else text

    def _base64(self, text: str, before: str) -> dict[str, Any] | None:
        """Return what stands for base64; None where it would not come back letter by letter."""
        try:
            data = pybase64.b64decode(text, validate=True)
        except ValueError:
            return None
        if pybase64.b64encode_as_string(data) != text:
            return None
        return {"$base64": self._gathered.keep(data), **({"before": before} if before else {})}

    def _long(self, text: str, name: str) -> dict[str, Any]:
        return {"$utf8": self._gathered.keep(text.encode("utf-8", "surrogatepass"), name, TEXT_TYPE)}


class Reader:
    """Turns plain data from JSON back into values.

    Parameters
    ----------
    found : Found
        Has the bytes. For an attachment that cannot be used a text stands that says so.

    Examples
    --------
    >>> Reader(Found()).value({"budget": {"$decimal": "0.50"}})
    {'budget': Decimal('0.50')}
    """

    def __init__(self, found: Found) -> None:
        self._found = found
        self._opened: dict[str, Part] = {}

    def record(self, kind: Any, value: Any, where: str) -> Any:
        """Read a value of a declared type.

        Raises
        ------
        ValueError
            If it is of another; says `where`.
        ContentError
            If a part of it cannot be opened.
        """
        kind, optional = _given(kind), _given(kind) != kind
        if value is None and optional:
            return None
        if kind in _LEAVES:
            return _checked(_LEAVES[kind][1], value, where)
        origin = get_origin(kind)
        if origin is Literal:
            return _checked(lambda each: get_args(kind)[get_args(kind).index(each)], value, where)
        if origin is tuple:
            listed = _of(list, value, where)
            kinds = _items(kind, len(listed), where)
            pairs = enumerate(zip(kinds, listed, strict=True))
            return tuple(self.record(each, item, f"{where}[{at}]") for at, (each, item) in pairs)
        if _is_record(kind):
            return self._dataclass(kind, _of(dict, value, where), where)
        read = self.value(value, where)
        return read if origin in (Union, UnionType) and isinstance(read, Part) else _of(dict, read, where)

    def value(self, value: Any, where: str = "") -> Any:
        """Read JSON that may hold parts."""
        if isinstance(value, list):
            return [self.value(item, where) for item in value]
        if not isinstance(value, dict):
            return value
        tag = next(iter(value), "")
        if tag not in _TAGS:
            return self._mapping(value, where)
        inner = value[tag]
        match tag, inner:
            case "$literal", dict():
                return self._mapping(inner, where)
            case "$decimal", str():
                return _checked(_decimal, inner, where)
            case "$image" | "$pdf" | "$text", dict():
                try:
                    return self._part(tag, inner, where)
                except _Gone as gone:
                    return Text(str(gone))
            case "$utf8", str():
                return self._data(inner, where).decode("utf-8", "surrogatepass")
            case "$base64", str():
                before = _of(str, value.get("before", ""), where)
                return before + pybase64.b64encode_as_string(self._data(inner, where))
        raise ValueError(f"{where}: {tag} with a {type(inner).__name__}")

    def _dataclass(self, kind: Any, value: dict[str, Any], where: str) -> Any:
        named = {
            name: self.record(type_, value[name], f"{where}.{name}")
            for name, type_ in _fields(kind).items()
            if name in value
        }
        if missing := sorted(_required(kind) - named.keys()):
            raise ValueError(f"{where}: {', '.join(missing)} is missing")
        return kind(**named)

    def _mapping(self, value: dict[str, Any], where: str) -> dict[str, Any]:
        try:
            return {key: self.value(item, where) for key, item in value.items()}
        except _Gone as gone:
            if "type" in value and not value.keys().isdisjoint(("source", "image_url", "file")):
                return {"type": "text", "text": str(gone)}
            raise

    def _part(self, tag: str, told: dict[str, Any], where: str) -> Part:
        name = self.record(str | None, told.get("name"), f"{where}.name")
        changes = self.record(tuple[str, ...], told.get("changes", []), f"{where}.changes")
        if tag == "$text":
            return Text(_of(str, self.value(told.get("text"), where), f"{where}.text"), name, changes)
        sha256 = _of(str, told.get("sha256"), f"{where}.sha256")
        data = self._data(sha256, where)
        if tag == "$image":
            # What the file says of its pixels is for people; the picture itself is looked at, as any other is.
            opened = self._opened.get(f"image {sha256}") or images.as_sent(data, name)
            self._opened[f"image {sha256}"] = opened
            return replace(opened, name=name, changes=changes)
        # Opened once, however many turns it stands in: `replace` brings along what is known of the same bytes.
        opened = self._opened.get(f"pdf {sha256}") or Pdf(data, name)
        self._opened[f"pdf {sha256}"] = opened
        title = self.record(str | None, told.get("title"), f"{where}.title")
        citations = _of(bool, told.get("citations", False), f"{where}.citations")
        return replace(opened, name=name, title=title, citations=citations, changes=changes)

    def _data(self, sha256: str, where: str) -> bytes:
        if sha256 in self._found.problems:
            raise _Gone(f"({self._found.problems[sha256]}, so it was left out when this conversation was loaded)")
        if sha256 not in self._found.found:
            raise ValueError(f"{where}: the attachment {sha256[:64]!r} is not among the attachments")
        return self._found.found[sha256]


class _Gone(Exception):
    """An attachment that cannot be used; says which."""


def _described(part: Part, *names: str) -> dict[str, Any]:
    """Return those attributes of a part that are not what they are by themselves."""
    told = {name: getattr(part, name) for name in names}
    return {
        name: list(each) if isinstance(each, tuple) else each
        for name, each in told.items()
        if each not in (None, (), False)
    }


# ---- declared types -------------------------------------------------------------------------------------------------


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind)


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """Return the types of a dataclass's own fields by name; what begins with an underscore is no part of its value."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind) if not each.name.startswith("_")}


@cache
def _none_by_default(kind: Any) -> frozenset[str]:
    return frozenset(each.name for each in fields(kind) if each.default is None)


@cache
def _required(kind: Any) -> set[str]:
    return {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}


def _given(kind: Any) -> Any:
    """Return the type that a value has where there is one: ``int`` of ``int | None``."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    others = [each for each in get_args(kind) if each is not type(None)]
    return others[0] if len(others) == 1 else kind


def _items(kind: Any, count: int, where: str = "") -> tuple[Any, ...]:
    """Return the type of each item of a tuple."""
    declared = get_args(kind)
    if len(declared) == 2 and declared[1] is Ellipsis:
        return (declared[0],) * count
    if len(declared) != count:
        raise ValueError(f"{where}: {count} values, where {len(declared)} belong")
    return declared


def _of(kind: type, value: Any, where: str) -> Any:
    # True is an int to Python, and no number to anybody.
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"{where}: {type(value).__name__} instead of {kind.__name__}")


def _checked(read: Callable[[Any], Any], value: Any, where: str) -> Any:
    try:
        return read(value)
    except (ValueError, TypeError, InvalidOperation):
        raise ValueError(f"{where}: {value!r:.80} cannot stand there") from None


def _exactly(kind: type) -> Callable[[Any], Any]:
    return lambda value: _of(kind, value, "")


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int) else float(_of(float, value, ""))


def _decimal(text: Any) -> Decimal:
    amount = Decimal(_of(str, text, ""))
    if not amount.is_finite():
        raise ValueError("no number")
    return amount


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _model(name: Any) -> Model:
    """Return the model of that id. What it allows is the kit's to say, not the file's."""
    try:
        return models.find(_of(str, name, ""))
    except UnknownModelError:
        return models.unknown(name)


# How a value of a type is written, and read.
_LEAVES: Final[dict[Any, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    str: (str, _exactly(str)),
    int: (int, _exactly(int)),
    float: (float, _number),
    bool: (bool, _exactly(bool)),
    Decimal: (str, _decimal),
    datetime: (datetime.isoformat, _moment),
    Model: (lambda model: model.id, _model),
    Usage: (dict, lambda value: Usage(_of(dict, value, ""))),
}
