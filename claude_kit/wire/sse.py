"""How a byte stream becomes server-sent events, whatever the chunks it arrives in.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end in LF, CR or CRLF, a byte order
mark is skipped, comments are skipped, several data lines are joined. Works on bytes: UTF-8 is decoded line by line, so
no character is ever cut by a chunk, and U+2028 ends no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["events"]

_BOM = b"\xef\xbb\xbf"


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


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines; what follows the last line end is dropped, as the standard says."""
    rest = b""
    first = True
    for chunk in chunks:
        rest += chunk
        if first and len(rest) >= len(_BOM):
            rest, first = rest.removeprefix(_BOM), False
        if first or (b"\n" not in rest and b"\r" not in rest):
            continue
        # A CR at the very end may be the first half of a CRLF: it waits for the next chunk.
        held = b"\r" if rest.endswith(b"\r") else b""
        whole = rest[: len(rest) - len(held)]
        if b"\r" in whole:
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = whole.split(b"\n")
        rest += held
        yield from lines
    if rest.endswith(b"\r"):
        yield rest[:-1]
