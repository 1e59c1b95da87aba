r"""How does a cassette stand in a file? As JSON that a person can read: one line a chunk, each message once.

::

    {"format": "claude_kit cassette", "version": 1, "about": "...",
     "client": {"provider": "anthropic", "base_url": "https://api.anthropic.com/v1", "dialect": "messages"},
     "shared": [{"role": "user", "content": "Why is the sky blue?"}, ...],
     "exchanges": [
      {"request": {"method": "POST", "path": "/messages", "body": {"model": "...", "messages": [0], ...}},
       "recorded": "2026-11-23", "status": 200, "headers": {"content-type": "text/event-stream"}, "wait_s": 0.812,
       "chunks": [
        [0.013, "event: message_start\ndata: ..."],
        [0.05, {"base64": "..."}]],
       "end": "whole"}]}

Messages, system prompts and tools stand in ``shared``, and a request names them by their place there: each request of a
conversation repeats all that was said before. Bytes that are no UTF-8 by themselves are written as base64.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar, get_args

from claude_kit import errors
from claude_kit.client.cassettes.exchange import Asked, Cassette, Chunk, End, Exchange, Origin
from claude_kit.wire import Dialect

__all__ = ["VERSION", "answer", "assembled", "load", "loads", "save"]

#: Of the format; a file of a later one is not guessed at.
VERSION: Final = 1

_FORMAT: Final = "claude_kit cassette"
_ABOUT: Final = (
    "Recorded with claude_kit, to be replayed by claude_kit.Client.replay(...) without a key. It holds questions and "
    "answers, and no keys; of files only their sha256."
)
_SHARED: Final = ("messages", "system", "tools")

_ALLOWED: Final = {"provider": ("anthropic", "portkey", "offline"), "dialect": get_args(Dialect)}

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)

_AGAIN: Final = "Record it again, or get another copy"
_KINDS: Final[dict[type, str]] = {list: "list", dict: "object", str: "text", int: "whole number"}

T = TypeVar("T")


# ---- written ----------------------------------------------------------------------------------------------------


def assembled(origin: Origin, exchanges: Iterable[tuple[Asked, str]]) -> str:
    """Write a cassette of which each answer is written already, see `answer`."""
    shared = _Shared()
    written = [f'{{"request": {_request(asked, shared)},\n   {answer}}}' for asked, answer in exchanges]
    client = {"provider": origin.provider, "base_url": origin.base_url, "dialect": origin.dialect}
    head = _fields(format=_FORMAT, version=VERSION, about=_ABOUT, client=client)
    return f'{{{head},\n "shared": {_lines(shared.texts, 2)},\n "exchanges": {_lines(written, 2)}}}\n'


def answer(exchange: Exchange) -> str:
    """Write all of an exchange but its request."""
    came = _fields(
        recorded=exchange.recorded, status=exchange.status, headers=dict(exchange.headers), wait_s=exchange.wait_s
    )
    chunks = _lines([_json([chunk.wait_s, _readable(chunk.data)]) for chunk in exchange.chunks], 4)
    end = _fields(end=exchange.end, **({"problem": exchange.problem} if exchange.problem else {}))
    return f'{came},\n   "chunks": {chunks},\n   {end}'


def save(text: str, path: Path) -> None:
    """Write a file so that nobody ever reads half of it, and an interrupt leaves the earlier one.

    Raises
    ------
    ClaudeKitError
        If it cannot be written there.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)  # noqa: PTH105
    except OSError as error:
        raise errors.ClaudeKitError(
            f"{path}: cannot be written ({error.strerror or error}). Record into a folder that is there and yours"
        ) from None
    finally:
        part.unlink(missing_ok=True)


class _Shared:
    """What several requests have in common, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._of_objects: dict[int, int] = {}

    @property
    def texts(self) -> list[str]:
        return list(self._numbers)

    def body(self, body: Any) -> Any:
        """Return a body that names what is shared by its place."""
        if not isinstance(body, dict):
            return body
        return {name: self._named(value) if name in _SHARED else value for name, value in body.items()}

    def _named(self, value: Any) -> Any:
        return [self._number(each) for each in value] if isinstance(value, list) else self._number(value)

    def _number(self, value: Any) -> int:
        # The hundredth request repeats what the ninety-nine before it said; mostly in the very same objects.
        number = self._of_objects.get(id(value))
        if number is None:
            number = self._numbers.setdefault(_json(value), len(self._numbers))
            self._of_objects[id(value)] = number
        return number


def _request(asked: Asked, shared: _Shared) -> str:
    request: dict[str, Any] = {"method": asked.method, "path": asked.path}
    if asked.query:
        request["query"] = dict(asked.query)
    if asked.body is not None:
        request["body"] = shared.body(asked.body)
    return _json(request)


def _readable(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _json(value: Any) -> str:
    # Half of a surrogate pair is no character: UTF-8 cannot write it, and no request holds one.
    return _ENCODER.encode(value).encode("utf-8", "replace").decode()


def _fields(**fields: Any) -> str:
    return ", ".join(f"{_json(name)}: {_json(value)}" for name, value in fields.items())


def _lines(texts: list[str], indent: int) -> str:
    if not texts:
        return "[]"
    between = f",\n{' ' * indent}"
    return f"[\n{' ' * indent}{between.join(texts)}]"


# ---- read -------------------------------------------------------------------------------------------------------


def load(path: Path) -> Cassette:
    """Read a file.

    Raises
    ------
    ClaudeKitError
        If there is none, or it is no cassette, or one that is damaged or of a later version.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise errors.ClaudeKitError(
            f"{path}: there is no such file (in {path.absolute().parent}). Client.record(...) makes one"
        ) from None
    except OSError as error:
        raise errors.ClaudeKitError(f"{path}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        _refuse(path, f"byte {error.start:,} is no UTF-8, so it is no cassette")
    return loads(text, path)


def loads(text: str, path: Path) -> Cassette:
    """Read a cassette from its text; errors name the file."""
    try:
        whole = json.loads(text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        if _FORMAT not in text[:200]:
            _refuse(path, f"is no JSON (line {line}), so it is no cassette")
        _refuse(path, f"line {line}, column {column}: damaged or cut off ({getattr(error, 'msg', error)}). {_AGAIN}")
    if not isinstance(whole, dict) or whole.get("format") != _FORMAT:
        _refuse(path, f'is no cassette: it does not begin with "format": "{_FORMAT}"')
    version = whole.get("version")
    if not isinstance(version, int) or version < 1:
        _refuse(path, f"version {version!r}: damaged, it is a number from 1 to {VERSION}. {_AGAIN}")
    if version > VERSION:
        _refuse(
            path,
            f"is a cassette of version {version}, and this claude_kit reads up to {VERSION}: pip install -U claude_kit",
        )
    return _Reading(path, whole).cassette()


def _refuse(path: Path, what: str) -> NoReturn:
    raise errors.ClaudeKitError(f"{path}: {what}")


class _Reading:
    """Takes a file's JSON apart, and says where something is wrong with it."""

    def __init__(self, path: Path, whole: dict[str, Any]) -> None:
        self._path = path
        self._whole = whole
        self._shared = self._need(whole, "shared", list, "")

    def cassette(self) -> Cassette:
        client = self._need(self._whole, "client", dict, "")
        for name, allowed in _ALLOWED.items():
            if client.get(name) not in allowed:
                self._damaged(f"client.{name}", f"is {client.get(name)!r}, not {' or '.join(allowed)}")
        origin = Origin(client["provider"], self._need(client, "base_url", str, "client"), client["dialect"])
        exchanges = self._need(self._whole, "exchanges", list, "")
        return Cassette(origin, tuple(self._exchange(each, f"exchanges[{at}]") for at, each in enumerate(exchanges)))

    def _exchange(self, told: Any, where: str) -> Exchange:
        if not isinstance(told, dict):
            self._damaged(where, "is no object")
        end = self._need(told, "end", str, where)
        if end not in get_args(End):
            self._damaged(f"{where}.end", f"is {end!r}, not {' or '.join(get_args(End))}")
        chunks = self._need(told, "chunks", list, where)
        headers = self._need(told, "headers", dict, where)
        if not all(isinstance(value, str) for value in headers.values()):
            self._damaged(f"{where}.headers", "holds something that is no text")
        return Exchange(
            self._asked(self._need(told, "request", dict, where), f"{where}.request"),
            self._need(told, "recorded", str, where),
            self._need(told, "status", int, where),
            headers,
            self._seconds(told.get("wait_s"), f"{where}.wait_s"),
            tuple(self._chunk(each, f"{where}.chunks[{at}]") for at, each in enumerate(chunks)),
            end,  # type: ignore[arg-type]  # one of them, see above
            str(told.get("problem", "")),
        )

    def _asked(self, told: dict[str, Any], where: str) -> Asked:
        query = told.get("query") or {}
        if not isinstance(query, dict):
            self._damaged(f"{where}.query", "is no object")
        body = told.get("body")
        if isinstance(body, dict):
            body = {
                name: self._named(value, f"{where}.body.{name}") if name in _SHARED else value
                for name, value in body.items()
            }
        return Asked(
            self._need(told, "method", str, where),
            self._need(told, "path", str, where),
            tuple(sorted((name, str(value)) for name, value in query.items())),
            body,
        )

    def _named(self, value: Any, where: str) -> Any:
        if isinstance(value, list):
            return [self._named(each, f"{where}[{at}]") for at, each in enumerate(value)]
        if not isinstance(value, int) or not 0 <= value < len(self._shared):
            self._damaged(where, f"names {value!r}, and shared has {len(self._shared)} items")
        return self._shared[value]

    def _chunk(self, told: Any, where: str) -> Chunk:
        if not isinstance(told, list) or len(told) != 2:
            self._damaged(where, "is not [seconds, text]")
        wait, data = told
        return Chunk(self._seconds(wait, where), self._bytes(data, where))

    def _bytes(self, data: Any, where: str) -> bytes:
        if isinstance(data, str):
            return data.encode()
        try:
            return base64.b64decode(data["base64"], validate=True)
        except (TypeError, KeyError, ValueError):
            self._damaged(where, "is neither text nor base64")

    def _seconds(self, value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            self._damaged(where, f"is {value!r}, not a number of seconds")
        return float(value)

    def _need(self, told: dict[str, Any], name: str, kind: type[T], where: str) -> T:
        value = told.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            self._damaged(f"{where}{where and '.'}{name}", "is missing" if value is None else f"is no {_KINDS[kind]}")
        return value

    def _damaged(self, where: str, what: str) -> NoReturn:
        _refuse(self._path, f"{where} {what}: damaged. {_AGAIN}")
