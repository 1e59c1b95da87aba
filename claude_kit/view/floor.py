"""Whose turn is it to write to a terminal? One answer after the other, in the order in which they began.

Several may come at once, awaited or in threads, and there is one place to write them to: the first is seen as it
comes, those behind it are held back, and are seen as far as they have come when it has ended. An answer that is asked
for while another one runs its tools stands in the middle of that.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Final, TextIO

__all__ = ["Floor"]

_LOCK: Final = threading.RLock()

# Those that write to a file, or wait for it, by the file's identity; gone when nobody does.
_QUEUES: Final[dict[int, list[Floor]]] = {}

_SPEAKING: Final[ContextVar[Floor | None]] = ContextVar("_SPEAKING", default=None)


class Floor:
    """What one answer writes to a file, now or when it is its turn.

    Examples
    --------
    >>> import io
    >>> file = io.StringIO()
    >>> one, other = Floor(file), Floor(file)
    >>> one.write("Once "), other.write("Never."), one.write("more. ")
    (None, None, None)
    >>> file.getvalue()
    'Once more. '
    >>> one.leave(), other.leave()
    (None, None)
    >>> file.getvalue()
    'Once more. Never.'
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._held: list[str] = []
        self._over = False
        self._before: Floor | None = None
        self._outer: Floor | None = None

    def enter(self) -> None:
        """Begin; what is entered from here on, in this task or its tools, is part of it."""
        self._before = outer = _SPEAKING.get()
        self._outer = outer if outer is not None and outer._file is self._file and not outer._over else None
        _SPEAKING.set(self)

    def write(self, text: str) -> None:
        """Write, or hold back until those before have left."""
        if self._outer is not None:
            self._outer.write(text)
            return
        with _LOCK:
            queue = _QUEUES.setdefault(id(self._file), [])
            if self not in queue:
                queue.append(self)
            self._held.append(text)
            if queue[0] is self:
                self._speak()

    def leave(self) -> None:
        """End, and let the next one write."""
        if _SPEAKING.get() is self:
            _SPEAKING.set(self._before)
        with _LOCK:
            self._over = True
            queue = _QUEUES.get(id(self._file), [])
            while queue and queue[0]._over:
                del queue[0]
                if queue:
                    queue[0]._speak()
            if not queue:
                _QUEUES.pop(id(self._file), None)

    def _speak(self) -> None:
        text = "".join(self._held)
        self._held.clear()
        self._file.write(text)
        self._file.flush()
