"""Which texts were read lately? Those of the last files, by the hash of their content.

A notebook names the same file again and again by its path: to check it, to price it, to ask about it, and once more
when the cell is run again. To find the text of 100 pages here takes a thirtieth of the time to extract it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["Texts"]

#: Some 2,500 dense pages; 1 to 4 bytes each.
_MOST_CHARACTERS: Final = 8_000_000


class Texts:
    """The texts of the files read last, as many as have room.

    Parameters
    ----------
    most : int
        Characters kept, of all files together.

    Examples
    --------
    >>> texts = Texts()
    >>> texts.of("a hash", lambda: ("page one", "page two"))
    ('page one', 'page two')
    >>> texts.of("a hash", lambda: ("not asked for",))
    ('page one', 'page two')
    """

    __slots__ = ("_held", "_kept", "_lock", "_most")

    def __init__(self, most: int = _MOST_CHARACTERS) -> None:
        self._most = most
        self._held = 0
        self._kept: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: str, read: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """Return what is kept under `key`, else what `read` returns."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = read()  # outside the lock: another file may be found meanwhile
        with self._lock:
            self._keep(key, found)
        return found

    def _keep(self, key: str, texts: tuple[str, ...]) -> None:
        size = _characters(texts)
        if key in self._kept or size > self._most:
            return
        self._kept[key] = texts
        self._held += size
        while self._held > self._most:
            self._held -= _characters(self._kept.popitem(last=False)[1])


def _characters(texts: tuple[str, ...]) -> int:
    return sum(map(len, texts)) + len(texts)
