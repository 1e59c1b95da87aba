"""What is about to be sent? The words and the files of the next question, until it is asked, or was not taken.

While the last question is edited, what was being written stays aside, and comes back when that one is sent or left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from claude_kit.content import Part
from claude_kit.errors import ContentError
from claude_kit.models import Model
from claude_kit.panels.chatting.files import Attached, examined, fitted, read, unreadable
from claude_kit.panels.chatting.uploads import Upload

__all__ = ["Composer"]


@dataclass(slots=True)
class _Draft:
    """A question as far as it is written."""

    words: str = ""
    files: dict[str, Attached] = field(default_factory=dict)


class Composer:
    """Words and files; may be used from several threads.

    Examples
    --------
    >>> composer = Composer()
    >>> composer.begin("1", "tale.txt", 16)
    >>> composer.take_chunk("1", 0, b"Once upon a time")
    16
    >>> composer.read("1")
    >>> composer.parts()
    (<Text tale.txt: 16 characters>,)
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._draft = _Draft()
        self._aside: _Draft | None = None
        self._uploads: dict[str, Upload] = {}
        self._removed: set[str] = set()

    # ---- files that come ---------------------------------------------------------------------------------------

    def begin(self, file_id: str, name: str, size: int) -> None:
        """Take note of a file that will come, once; one that is too large is none that comes."""
        with self._lock:
            if file_id in self._removed or self._draft_with(file_id) is not None:
                return
            try:
                self._uploads[file_id] = Upload(name, size)
                self._draft.files[file_id] = Attached(file_id, name, size=size)
            except ContentError as error:
                self._draft.files[file_id] = unreadable(file_id, name, str(error))

    def take_chunk(self, file_id: str, at: int, chunk: Any) -> int:
        """Take a part of a file, and return how many bytes of it have come; what is not waited for is let go."""
        with self._lock:
            upload = self._uploads.get(file_id)
            if upload is None:
                return 0
            if upload.take(at, chunk):
                self._replace(file_id, lambda file: replace(file, arrived=True))
            return upload.come

    def read(self, file_id: str) -> None:
        """Make a part of a file that has come, which may take a while."""
        with self._lock:
            upload = self._uploads.pop(file_id, None)
        if upload is None:
            return
        try:
            file = read(file_id, upload.data, upload.name)
        except ContentError as error:
            file = unreadable(file_id, upload.name, str(error))
        self._replace(file_id, lambda _: file)

    # ---- files that are there ----------------------------------------------------------------------------------

    def examine(self, file_id: str, model: Model) -> None:
        """Check, count and price a file, which may take a while; others can be used meanwhile."""
        self._replace(file_id, lambda file: examined(file, model))

    def fit(self, file_id: str, model: Model) -> None:
        """Put what is accepted in the place of a file."""
        self._replace(file_id, lambda file: fitted(file, model))

    def remove(self, file_id: str) -> None:
        """Take a file back, one that is still on its way too."""
        with self._lock:
            self._let_go(file_id)
            self._draft.files.pop(file_id, None)

    def _replace(self, file_id: str, change: Callable[[Attached], Attached]) -> None:
        """Put another state of a file in its place, if it is still there when the change is made."""
        draft = self._draft_with(file_id)
        if draft is None:
            return
        file = draft.files[file_id]
        changed = change(file)
        with self._lock:
            if draft.files.get(file_id) is file:
                draft.files[file_id] = changed

    def _draft_with(self, file_id: str) -> _Draft | None:
        with self._lock:
            drafts = [self._draft, *([self._aside] if self._aside else [])]
            return next((draft for draft in drafts if file_id in draft.files), None)

    def _let_go(self, file_id: str) -> None:
        self._removed.add(file_id)
        self._uploads.pop(file_id, None)

    # ---- the whole ---------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """The question as far as it is written."""
        return self._draft.words

    @words.setter
    def words(self, words: str) -> None:
        self._draft.words = words

    @property
    def editing(self) -> bool:
        """Whether it takes the place of the last question."""
        return self._aside is not None

    @property
    def files(self) -> tuple[Attached, ...]:
        """What goes along, in the order it came."""
        with self._lock:
            return tuple(self._draft.files.values())

    @property
    def coming(self) -> bool:
        """Whether a file is still on its way."""
        return any(file.part is None and not file.problem for file in self.files)

    def parts(self) -> tuple[Part, ...]:
        """Return the files that can be sent."""
        return tuple(file.part for file in self.files if file.part is not None and not file.refused)

    def chips(self) -> list[dict[str, Any]]:
        """Return what the page shows of the files."""
        return [file.chip() for file in self.files]

    def edit(self, words: str, files: Iterable[Attached]) -> None:
        """Write a question that was asked anew; what was being written comes back after it."""
        with self._lock:
            self._aside = self._aside or self._draft
            self._draft = _Draft(words, {file.id: file for file in files})

    def clear(self) -> None:
        """Go on with what an edit has put aside; where nothing is, begin the next question."""
        with self._lock:
            for file_id in self._draft.files.keys() & self._uploads.keys():
                self._let_go(file_id)  # what is still on its way belongs to no question
            self._draft, self._aside = self._aside or _Draft(), None

    def put_back(self, words: str, files: Iterable[Attached], *, editing: bool = False) -> None:
        """Have a question again that was not taken; what was written and attached since then stays.

        Parameters
        ----------
        words : str
        files : iterable of Attached
        editing : bool
            Whether it was to take the place of the last one; then what was written since is put aside again.
        """
        with self._lock:
            if editing and not self.editing:
                self.edit(words, files)
                return
            self.words = "\n\n".join(each for each in (words, self.words) if each.strip())
            self._draft.files = {**{file.id: file for file in files}, **self._draft.files}
