"""A request's body: JSON in UTF-8, with its files turned into base64 only as it is sent.

A PDF of 24 MB is 32 MB in base64. As a string in a dictionary it would be copied at every step on its way (the string,
the JSON around it, the bytes of that); so a body holds `Base64` where such a string goes, and `Written` writes it where
it belongs, a slice at a time.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pybase64

__all__ = ["Base64", "Written", "base64_bytes", "decoded", "encode", "size"]

# Divisible by 3, so that slices in a row are the base64 of the whole; small enough to stay in the processor's cache.
_SLICE_BYTES: Final = 3 * 2**16


@dataclass(frozen=True, slots=True, repr=False)
class Base64:
    """Bytes that stand in a body for the string that their base64 is.

    Attributes
    ----------
    data : bytes
        As they are in the file.
    before : str
        What stands in the string before the base64, such as the beginning of a ``data:`` URL; ASCII that JSON needs
        not escape.
    """

    data: bytes
    before: str = ""

    @property
    def size(self) -> int:
        """Bytes of the string."""
        return len(self.before) + base64_bytes(len(self.data))

    def text(self) -> str:
        """Return the string itself."""
        return self.before + pybase64.b64encode_as_string(self.data)

    def __repr__(self) -> str:
        return f"<Base64 of {len(self.data):,} bytes>"


def base64_bytes(size: int) -> int:
    """Return how long `size` bytes are in base64."""
    return -(-size // 3) * 4


def decoded(data: str | Base64) -> bytes:
    """Return the bytes that stand in a body as base64, which may be broken into lines.

    Raises
    ------
    ValueError
        If it is not base64.
    """
    if isinstance(data, Base64):
        return data.data
    whole = "".join(data.split()) if any(space in data for space in " \n\r\t") else data
    return pybase64.b64decode(whole, validate=True)


class Written:
    r"""A body as it is sent, in pieces: its files become base64 one slice at a time, each time it is gone through.

    Parameters
    ----------
    body : mapping
        JSON, where any string may be a `Base64` instead.

    Attributes
    ----------
    size : int
        Bytes of all pieces together.

    Raises
    ------
    TypeError
        If something in it is not JSON.

    Examples
    --------
    >>> written = Written({"data": Base64(b"abc"), "text": "é"})
    >>> b"".join(written), written.size
    (b'{"data": "YWJj", "text": "\xc3\xa9"}', 30)
    """

    __slots__ = ("_around", "_held", "size")

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._held: list[Base64] = []
        # Nobody can guess it, so no text of the body can hold it.
        mark = secrets.token_hex(16)

        def hold(value: Base64) -> str:
            self._held.append(value)
            return mark

        text = _json(body, hold)
        self._around = text.split(mark.encode()) if self._held else [text]
        self.size = sum(map(len, self._around)) + sum(value.size for value in self._held)

    def __iter__(self) -> Iterator[bytes]:
        yield self._around[0]
        for value, after in zip(self._held, self._around[1:], strict=True):
            yield value.before.encode()
            whole = memoryview(value.data)
            for start in range(0, len(whole), _SLICE_BYTES):
                yield pybase64.b64encode(whole[start : start + _SLICE_BYTES])
            yield after


def encode(body: Mapping[str, Any]) -> bytes:
    r"""Write a body as it is sent.

    Parameters
    ----------
    body : mapping
        As `Written` takes it.

    Examples
    --------
    >>> encode({"data": Base64(b"abc"), "text": "é"})
    b'{"data": "YWJj", "text": "\xc3\xa9"}'
    """
    # The buffer grows in place, and hands over its bytes without copying them.
    written = io.BytesIO()
    for piece in Written(body):
        written.write(piece)
    return written.getvalue()


def size(body: Mapping[str, Any]) -> int:
    """Measure a body: exactly the bytes that `encode` writes, without turning any file into base64.

    Parameters
    ----------
    body : mapping
        As `encode` takes it.

    Raises
    ------
    TypeError
        If something in it is not JSON.

    Examples
    --------
    >>> size({"data": Base64(bytes(24_000_000))})
    32000012
    """
    sizes: list[int] = []

    def measure(value: Base64) -> str:
        sizes.append(value.size)
        return ""

    return len(_json(body, measure)) + sum(sizes)


def _json(body: Mapping[str, Any], replace: Callable[[Base64], str]) -> bytes:
    def other(value: object) -> str:
        if isinstance(value, Base64):
            return replace(value)
        raise TypeError(
            f"the request holds a {type(value).__module__}.{type(value).__qualname__}, which is not JSON: give text, "
            "numbers, lists and dictionaries there; files go into the content"
        )

    # Half of a surrogate pair is no character, UTF-8 cannot write it and the API refuses it.
    return json.dumps(body, ensure_ascii=False, default=other).encode("utf-8", "replace")
