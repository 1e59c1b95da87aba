"""What is about to be sent? The words and the files of the next question, until it is asked, or was not taken."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from claude_kit.content import Part
from claude_kit.errors import ContentError
from claude_kit.models import Model
from claude_kit.panels.chatting.files import Attached, examined, fitted, read, unreadable
from claude_kit.panels.chatting.uploads import Upload

__all__ = ["Composer"]


class Composer:
    """Words and files; may be used from several threads.

    Attributes
    ----------
    words : str
        The question as far as it is written.

    Examples
    --------
    >>> composer = Composer()
    >>> composer.begin("1", "tale.txt", 16)
    >>> composer.take_chunk("1", 0, b"Once upon a time")
    16
    >>> composer.parts()
    (<Text tale.txt: 16 characters>,)
    """

    def __init__(self) -> None:
        self.words = ""
        self._lock = threading.RLock()
        self._uploads: dict[str, Upload] = {}
        self._files: dict[str, Attached] = {}
        self._removed: set[str] = set()

    # ---- files that come ---------------------------------------------------------------------------------------

    def begin(self, id: str, name: str, size: int) -> None:
        """Take note of a file that will come, once; one that is too large is none that comes."""
        with self._lock:
            if id in self._files or id in self._removed:
                return
            try:
                self._uploads[id] = Upload(name, size)
                self._files[id] = Attached(id, name, size=size)
            except ContentError as error:
                self._files[id] = unreadable(id, name, str(error))

    def take_chunk(self, id: str, at: int, chunk: Any) -> int:
        """Take a part of a file, and return how many bytes of it have come; what is not waited for is let go."""
        with self._lock:
            upload = self._uploads.get(id)
            if upload is None:
                return 0
            try:
                if not upload.take(at, chunk):
                    return upload.come
                file = read(id, upload.data, upload.name)
            except ContentError as error:
                file = unreadable(id, upload.name, str(error))
            del self._uploads[id]
            self._files[id] = file
            return upload.size

    # ---- files that are there ----------------------------------------------------------------------------------

    def examine(self, id: str, model: Model) -> None:
        """Check and count a file, which may take a while; others can be used meanwhile."""
        self._replace(id, lambda file: examined(file, model))

    def fit(self, id: str, model: Model) -> None:
        """Put what is accepted in the place of a file."""
        self._replace(id, lambda file: fitted(file, model))

    def remove(self, id: str) -> None:
        """Take a file back, one that is still on its way too."""
        with self._lock:
            self._removed.add(id)
            self._uploads.pop(id, None)
            self._files.pop(id, None)

    def _replace(self, id: str, change: Any) -> None:
        file = self._files.get(id)
        if file is None:
            return
        changed = change(file)
        with self._lock:
            if self._files.get(id) is file:
                self._files[id] = changed

    # ---- the whole ---------------------------------------------------------------------------------------------

    @property
    def files(self) -> tuple[Attached, ...]:
        """What goes along, in the order it came."""
        with self._lock:
            return tuple(self._files.values())

    @property
    def ids(self) -> tuple[str, ...]:
        """What the page calls the files."""
        return tuple(file.id for file in self.files)

    @property
    def coming(self) -> bool:
        """Whether a file is still on its way."""
        return bool(self._uploads)

    def parts(self) -> tuple[Part, ...]:
        """Return the files that can be sent."""
        return tuple(file.part for file in self.files if file.part is not None and not file.refused)

    def chips(self) -> list[dict[str, Any]]:
        """Return what the page shows of the files."""
        return [file.chip() for file in self.files]

    def clear(self) -> None:
        """Begin the next question."""
        with self._lock:
            self.words = ""
            self._removed.update(self._uploads)  # what is still on its way belongs to no question
            self._uploads.clear()
            self._files.clear()

    def put_back(self, words: str, files: Iterable[Attached]) -> None:
        """Have a question again that was not taken; what was written and attached since then stays."""
        with self._lock:
            self.words = "\n\n".join(each for each in (words, self.words) if each.strip())
            self._files = {**{file.id: file for file in files}, **self._files}
