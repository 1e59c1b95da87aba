"""Where content comes from: whatever a notebook holds, read into bytes and a name.

A new kind of source is one function and one row in `_READERS`. Files are opened here; addresses are `download`'s
matter, what is held in memory `objects`'.
"""

from __future__ import annotations

import io
import os
import re
import stat
import urllib.parse
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pybase64

from claude_kit.content import download, kinds, objects, tables
from claude_kit.content.blob import MAX_BYTES, Blob, gathered, within
from claude_kit.content.objects import is_upload
from claude_kit.content.parts import Part, Text
from claude_kit.errors import ContentError, ContentWarning
from claude_kit.render.plain import one_line

__all__ = ["Blob", "from_file", "from_path", "is_upload", "names_a_file", "read", "warn_of_paths"]

_CHUNK: Final = 1_000_000
_LONGEST_PATH: Final = 1000

# A data: URL says at its beginning what it is; of all the rest an error says nothing.
_SHOWN_OF_DATA: Final = 40


def read(source: object, *, name: str | None = None) -> Blob:
    """Read any source into bytes.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image, numpy array, matplotlib figure or Axes, \
            pandas DataFrame, Series or Styler, or an item of an ipywidgets FileUpload
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
        raise ContentError(f"cannot read a {type(source).__module__}.{type(source).__qualname__}. {_instead(source)}")
    called = one_line(name or blob.name or "")
    whole = Blob(blob.data, called or None, blob.address)
    if not whole.data:
        kind = kinds.claimed(called) or "application/x-empty"
        raise ContentError(f"{whole.label} is empty (0 bytes)", media_type=kind, where=whole.label)
    return whole


def _instead(source: object) -> str:
    if isinstance(source, list) and source and isinstance(source[0], list):
        return "It holds a list for each request, as ck.fit gives them: for content in fitted: ck.ask(*content)"
    if isinstance(source, list | tuple | set | Iterator):
        return "Give what is in it, one by one, as a star does: ck.ask(*sources)"
    if isinstance(source, Mapping) and "type" in source:
        return "A block of the API goes into the content of a message, or of ck.encode and ck.check."
    return (
        "Give a path, a URL, bytes, an open binary file, a PIL image, a numpy array, a matplotlib figure, a pandas "
        "table or an uploaded file."
    )


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


def warn_of_paths(content: Iterable[object]) -> None:
    """Warn, on behalf of the public function that was called, of plain strings that name a file.

    Warns
    -----
    ContentWarning
        They are taken as those words.
    """
    for item in content:
        if isinstance(item, str) and names_a_file(item):
            told = f"{item.strip()}: counted as these words, not as the file of that name"
            meant = f"A plain string is a text; for the file give ck.attach({item.strip()!r})"
            warnings.warn(f"{told}. {meant}", ContentWarning, stacklevel=3)


def from_path(source: str | os.PathLike[str] | os.PathLike[bytes], *, max_bytes: int = MAX_BYTES) -> Blob:
    """Read the file at a path."""
    try:
        path = Path(os.fsdecode(source)).expanduser()
        if not os.fsdecode(source):
            raise ContentError("an empty text is no path. Give a path, or the text itself: ck.text(...)")
        with path.open("rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            # A pipe has no size, and a file under /proc says 0.
            expected = found.st_size if stat.S_ISREG(found.st_mode) else 0
            within(expected, str(path), max_bytes)
            data = gathered(_chunks(file, expected), str(path), max_bytes)
    except FileNotFoundError:
        looked = "" if path.is_absolute() else f" (looked in {Path.cwd()})"
        raise ContentError(f"{path}: no such file{looked}") from None
    except IsADirectoryError:
        raise ContentError(f"{path} is a folder. Give one file, or several: ck.ask(*folder.glob('*.pdf'))") from None
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror or error}") from error
    except ContentError:
        raise
    except (RuntimeError, ValueError) as error:  # "~" of nobody, a zero byte in the name
        raise ContentError(f"{source!r}: no path ({error})") from None
    return Blob(data, path.name)


def from_file(source: Any, *, max_bytes: int = MAX_BYTES) -> Blob:
    """Read an open file from where it stands to its end."""
    name = _file_name(source)
    label = name or "the file"
    try:
        expected = _left(source)
        within(expected, label, max_bytes)
        data = gathered(_chunks(source, expected), label, max_bytes)
    except ContentError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise ContentError(f"{label}: cannot be read ({error})") from error
    except TypeError:
        raise ContentError(f"{label}: its read() gives no bytes. Give an open binary file, or the bytes") from None
    if not data and _position(source) > 0:
        raise ContentError(f"{label}: was read to its end before. Go back with file.seek(0).")
    return Blob(data, name)


def _chunks(file: Any, expected: int) -> Iterator[bytes]:
    """Read a file to its end, in one piece if it is as long as expected: then nothing is copied."""
    size = expected + 1 if expected else _CHUNK
    while chunk := file.read(size):
        if isinstance(chunk, str):
            raise ContentError(
                f"{_file_name(file) or 'the file'}: open as text. Open it in binary mode: open(path, 'rb')"
            )
        yield chunk if isinstance(chunk, bytes) else bytes(memoryview(chunk))
        size = _CHUNK


def _file_name(file: Any) -> str | None:
    path = getattr(file, "name", None)  # a number, where it was opened by its number
    return Path(path).name if isinstance(path, str) else None


def _left(file: Any) -> int:
    """Return how much of an open file is left, as far as that is known; 0 otherwise."""
    try:
        return max(os.fstat(file.fileno()).st_size - _position(file), 0)
    except (AttributeError, OSError, TypeError, ValueError):
        pass
    if not isinstance(file, io.BytesIO) or file.closed:
        return 0
    at = file.tell()
    left = file.seek(0, io.SEEK_END) - at
    file.seek(at)
    return max(left, 0)


def _position(file: Any) -> int:
    try:
        return int(file.tell())
    except (AttributeError, OSError, TypeError, ValueError):
        return 0


def _read_bytes(source: Any) -> Blob:
    return Blob(source if isinstance(source, bytes) else bytes(source), None)


def _read_part(source: Any) -> Blob:
    return Blob(source.text.encode("utf-8", "surrogatepass") if isinstance(source, Text) else source.data, source.name)


def _read_data_url(source: Any) -> Blob:
    header, comma, payload = cast(str, source).strip().partition(",")
    shown = header if len(header) <= _SHOWN_OF_DATA else f"{header[:_SHOWN_OF_DATA]}…"
    if not comma:
        raise ContentError(f"{shown}: a data: URL needs a comma before its data")
    raw = urllib.parse.unquote_to_bytes(payload)
    if not header.lower().endswith(";base64"):
        return Blob(raw, None)
    try:
        return Blob(pybase64.b64decode(b"".join(raw.split()), validate=True), None)
    except ValueError as error:
        raise ContentError(f"{shown}: the data is not base64 ({error})") from error


def _read_url(source: Any) -> Blob:
    address = cast(str, source)
    if download.scheme(address) not in download.SCHEMES:
        raise ContentError(
            f"{download.without_secrets(address)}: only http:// and https:// addresses are downloaded. Give a file's "
            "path as it is, or read it with its own library and give the bytes."
        )
    return download.fetched(address)


def _read_table(source: Any) -> Blob:
    text = tables.from_table(source)
    return Blob(text.text.encode("utf-8", "surrogatepass"), text.name)


_DATA_URL: Final = re.compile(r"\s*data:", re.I)

_READERS: Final[tuple[tuple[Callable[[object], bool], Callable[[Any], Blob]], ...]] = (
    (lambda source: isinstance(source, str) and bool(_DATA_URL.match(source)), _read_data_url),
    (lambda source: isinstance(source, str) and download.scheme(source) is not None, _read_url),
    (lambda source: isinstance(source, str | os.PathLike), from_path),
    (lambda source: isinstance(source, bytes | bytearray | memoryview), _read_bytes),
    (lambda source: isinstance(source, Part), _read_part),
    (objects.instance_of("PIL", "Image"), objects.from_pillow),
    (objects.instance_of("numpy", "ndarray"), objects.from_array),
    (objects.instance_of("matplotlib", "Figure"), objects.from_figure),
    (objects.instance_of("matplotlib", "Axes"), objects.from_axes),
    (tables.is_table, _read_table),
    (lambda source: callable(getattr(source, "read", None)), from_file),
    (objects.is_upload, objects.from_upload),
    (objects.is_upload_value, objects.from_upload_value),
    (objects.instance_of("ipywidgets", "FileUpload"), lambda source: objects.from_upload_value(source.value)),
)
