"""How a byte stream becomes server-sent events, whatever the chunks it arrives in.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end in LF, CR or CRLF, a byte order
mark is skipped, comments are skipped, several data lines are joined. Works on bytes: UTF-8 is decoded line by line, so
no character is ever cut by a chunk, and U+2028 ends no line.

One step beyond the standard: an event whose closing blank line never came is passed on too, and not dropped. Whether
it is whole, its data can tell: of a JSON object no shorter beginning is valid JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["events"]

_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


def events(chunks: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    r"""Yield ``(event name, data)`` pairs; the name is ``""`` where the stream gives none.

    Examples
    --------
    >>> list(events([b"event: pi", b"ng\r\nda", b"ta: {}\n\n", b": bye"]))
    [('ping', '{}')]
    """
    name, data = "", list[str]()
    for line in _lines(chunks):
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "", []
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value.decode("utf-8", "replace"))
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    if data:
        yield name, "\n".join(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines, each as soon as its end is there, and the last one also without an end."""
    line: list[bytes] = []
    ended_in_cr = False
    bom = _BOM
    for chunk in chunks:
        if not chunk:
            continue
        # A CR ends its line at once; the LF of a CRLF that was cut in two then ends nothing.
        rest = chunk[1:] if ended_in_cr and chunk.startswith(b"\n") else chunk
        ended_in_cr = chunk.endswith(b"\r")
        *ends, rest = _LINE_END.split(rest)
        for end in ends:
            line.append(end)
            yield b"".join(line).removeprefix(bom)
            line, bom = [], b""
        line.append(rest)
    yield b"".join(line).removeprefix(bom)
