"""Where content comes from: whatever a notebook holds, read into bytes and a name.

A new kind of source is one function and one row in `_READERS`. This is the one place of the package that opens
files and addresses.
"""

from __future__ import annotations

import io
import os
import re
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import pybase64

from claude_kit.content import pillow
from claude_kit.errors import ContentError
from claude_kit.render import units
from claude_kit.render.plain import one_line

__all__ = ["Blob", "names_a_file", "read"]

#: Nothing larger can be sent anyway (500 MB is the Files API's limit; a request takes 32 MB).
MAX_BYTES: Final = 500_000_000

_CHUNK: Final = 1_000_000
_LONGEST_PATH: Final = 1000

_URL_TIMEOUT_S: Final = 30.0
_URL_MAX_REDIRECTS: Final = 5


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes and what they are called."""

    data: bytes
    name: str | None


def read(source: object, *, name: str | None = None) -> Blob:
    """Read any source into bytes.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image or matplotlib figure
        A `str` is an address if it begins with ``http://``, ``https://`` or ``data:``, else a path.
    name : str, optional
        What to call it; by default the file's own name.

    Raises
    ------
    ContentError
        If there is nothing to read there; says what was looked for and where.
    """
    for accepts, reader in _READERS:
        if accepts(source):
            blob = reader(source)
            break
    else:
        raise ContentError(
            f"cannot read a {type(source).__module__}.{type(source).__qualname__}. Give a path, a URL, bytes, an open "
            "binary file, a PIL image or a matplotlib figure."
        )
    called = one_line(name or blob.name or "")
    if not blob.data:
        raise ContentError(f"{called or 'the source'} is empty (0 bytes)")
    return Blob(blob.data, called or None)


def names_a_file(text: str) -> bool:
    """Tell whether a text is, to the letter, the path of a file that exists: then it was likely meant as that file.

    Examples
    --------
    >>> names_a_file("What is this?")
    False
    """
    if "\n" in text or len(text) > _LONGEST_PATH:
        return False
    try:
        return Path(text.strip()).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _read_path(source: Any) -> Blob:
    try:
        path = Path(os.fsdecode(source)).expanduser()
        with path.open("rb") as file:
            data = _whole(iter(partial(file.read, _CHUNK), b""), str(path))
    except FileNotFoundError:
        raise ContentError(f"{path}: no such file (looked in {Path.cwd()})") from None
    except IsADirectoryError:
        raise ContentError(f"{path} is a folder. Give one file, or several: ck.ask(*folder.glob('*.pdf'))") from None
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror or error}") from error
    except (RuntimeError, ValueError) as error:  # "~" of nobody, a zero byte in the name
        raise ContentError(f"{source!r}: no path ({error})") from None
    return Blob(data, path.name)


def _read_bytes(source: Any) -> Blob:
    return Blob(source if isinstance(source, bytes) else bytes(source), None)


def _read_file(source: Any) -> Blob:
    path = getattr(source, "name", None)
    name = Path(path).name if isinstance(path, str) else None
    try:
        data = source.read()
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise ContentError(f"{name or 'the file'}: cannot be read ({error})") from error
    if not isinstance(data, bytes):
        raise ContentError(f"{name or 'the file'}: open as text. Open it in binary mode: open(path, 'rb')")
    if not data and _position(source) > 0:
        raise ContentError(f"{name or 'the file'}: was read to its end before. Go back with file.seek(0).")
    return Blob(data, name)


def _position(file: Any) -> int:
    try:
        return int(file.tell())
    except (AttributeError, OSError):
        return 0


def _read_data_url(source: Any) -> Blob:
    header, comma, payload = cast(str, source).partition(",")
    if not comma:
        raise ContentError(f"{header[:40]}…: a data: URL needs a comma before its data")
    raw = urllib.parse.unquote_to_bytes(payload)
    if not header.lower().endswith(";base64"):
        return Blob(raw, None)
    try:
        return Blob(pybase64.b64decode(b"".join(raw.split()), validate=True), None)
    except ValueError as error:
        raise ContentError(f"{header[:40]}…: the data is not base64 ({error})") from error


def _read_url(source: Any) -> Blob:
    import httpx

    address = cast(str, source)
    shown = _without_secrets(address)
    try:
        with (
            httpx.Client(follow_redirects=True, max_redirects=_URL_MAX_REDIRECTS, timeout=_URL_TIMEOUT_S) as client,
            client.stream("GET", address, headers={"user-agent": "claude_kit"}) as response,
        ):
            response.raise_for_status()
            data = _whole(response.iter_bytes(), shown)
    except httpx.HTTPStatusError as error:
        raise ContentError(f"{shown}: the server answered {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ContentError(f"{shown}: {type(error).__name__}: {error}") from None
    return Blob(data, Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path)).name)


def _without_secrets(address: str) -> str:
    """Leave out what may hold a password or a signature: an error message is saved with the notebook."""
    scheme, _, rest = address.partition("://")
    host, slash, path = re.split(r"[?#]", rest)[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _whole(chunks: Iterable[bytes], label: str) -> bytes:
    received = io.BytesIO()
    for chunk in chunks:
        received.write(chunk)
        if received.tell() > MAX_BYTES:
            raise ContentError(f"{label}: larger than {units.size(MAX_BYTES)}, given up")
    return received.getvalue()


def _read_pil(source: Any) -> Blob:
    buffer = io.BytesIO()
    try:
        pillow.eight_bit(pillow.upright(source)).save(buffer, "PNG")
    except Exception as error:  # an image that was opened lazily is decoded only now
        raise ContentError(f"the PIL image cannot be decoded ({error})") from None
    filename = getattr(source, "filename", None)
    return Blob(buffer.getvalue(), f"{Path(filename).stem}.png" if filename else None)


def _read_figure(source: Any) -> Blob:
    buffer = io.BytesIO()
    source.savefig(buffer, format="png", bbox_inches="tight")
    return Blob(buffer.getvalue(), f"{source.get_label() or 'figure'}.png")


def _of(module: str, name: str) -> Callable[[object], bool]:
    """Tell whether an object is of a class, without importing the class's package."""

    def accepts(source: object) -> bool:
        return any(cls.__module__ == module and cls.__name__ == name for cls in type(source).__mro__)

    return accepts


def _begins(*prefixes: str) -> Callable[[object], bool]:
    return lambda source: isinstance(source, str) and source[:8].lower().startswith(prefixes)


_READERS: Final[tuple[tuple[Callable[[object], bool], Callable[[Any], Blob]], ...]] = (
    (_begins("data:"), _read_data_url),
    (_begins("http://", "https://"), _read_url),
    (lambda source: isinstance(source, str | os.PathLike), _read_path),
    (lambda source: isinstance(source, bytes | bytearray | memoryview), _read_bytes),
    (_of("PIL.Image", "Image"), _read_pil),
    (_of("matplotlib.figure", "Figure"), _read_figure),
    (lambda source: callable(getattr(source, "read", None)), _read_file),
)
