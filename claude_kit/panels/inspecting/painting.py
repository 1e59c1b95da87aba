"""What does a page look like? Drawn when somebody looks, in a thread of its own, what was asked for last first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, Final

from claude_kit.content import Pdf, thumbnails
from claude_kit.errors import ContentError

__all__ = ["Painting"]

# Shown at 132 by 168 px, so that they stay sharp on dense screens; a page of dense text takes the bytes it may.
_small: Final = partial(thumbnails.of_page, width_px=220, height_px=280, max_bytes=6_000)
_large: Final = partial(thumbnails.of_page, width_px=900, height_px=1_200, max_bytes=240_000)
_saved: Final = thumbnails.of_page

# A page is drawn in some 15 ms: whoever waits sees the first of them soon.
_AT_ONCE: Final = 4

# Pages kept as pictures, some 5 KB each; and pages waited for, where the reader has scrolled on.
_KEPT: Final = 1_000
_MOST_WISHES: Final = 200

#: Sends a message and its buffers to the page.
Send = Callable[[dict[str, Any], list[bytes]], None]


class Painting:
    """Pictures of the pages of a PDF.

    Parameters
    ----------
    pdf : Pdf
    send : callable
        Takes a message and its buffers; called in the thread that draws.

    Attributes
    ----------
    idle : threading.Event
        Cleared while somebody waits for a picture.
    """

    def __init__(self, pdf: Pdf, send: Send) -> None:
        self.idle = threading.Event()
        self.idle.set()
        self._pdf = pdf
        self._send = send
        self._lock = threading.Lock()
        self._wishes: list[int] = []
        self._large: int | None = None
        self._small = lru_cache(_KEPT)(lambda number: _small(*self._page(number)))
        self._saved = lru_cache(_KEPT)(lambda number: _saved(*self._page(number)))

    def want(self, numbers: Iterable[int]) -> None:
        """Draw these pages, before all that was wished for earlier."""
        with self._lock:
            newest = dict.fromkeys((*numbers, *self._wishes))
            self._wishes = list(newest)[:_MOST_WISHES]
            self._work_on()

    def want_large(self, number: int) -> None:
        """Draw this page large, before all else."""
        with self._lock:
            self._large = number
            self._work_on()

    def stop(self) -> None:
        """Draw nothing of what was wished for."""
        with self._lock:
            self._wishes, self._large = [], None

    def saved(self, number: int) -> bytes | None:
        """Return the picture of a page that is saved with the notebook, the smallest; None if it cannot be drawn."""
        try:
            return self._saved(number)
        except ContentError:
            return None

    def _work_on(self) -> None:
        if self.idle.is_set():
            self.idle.clear()
            threading.Thread(target=self._work, name="claude_kit pictures", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                large, self._large = self._large, None
                numbers, self._wishes = self._wishes[:_AT_ONCE], self._wishes[_AT_ONCE:]
                if large is None and not numbers:
                    self.idle.set()
                    return
            if large is not None:
                self._show_large(large)
            if numbers:
                self._show(numbers)

    def _show(self, numbers: list[int]) -> None:
        drawn: dict[int, bytes] = {}
        troubles: dict[str, str] = {}
        for number in numbers:
            try:
                drawn[number] = self._small(number)
            except Exception as error:  # whatever a file does to its reader is told where its page would be
                troubles[str(number)] = str(error)
        self._send({"k": "pictures", "pages": list(drawn), "troubles": troubles}, list(drawn.values()))

    def _show_large(self, number: int) -> None:
        try:
            picture = _large(*self._page(number))
            text = self._pdf.pages[number - 1].text
        except Exception as error:
            self._send({"k": "view", "page": number, "trouble": str(error)}, [])
        else:
            self._send({"k": "view", "page": number, "text": text}, [picture])

    def _page(self, number: int) -> tuple[bytes, str, int]:
        return self._pdf.document.readable, self._pdf.label, number - 1
