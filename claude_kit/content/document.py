"""One PDF file, read no further than somebody asks, and no part of it twice."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from claude_kit.content import inflation, pdfium, recent, splitting, structure
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Document"]

_RECENT: Final = recent.Texts()


class Document:
    """One PDF file and what has been found out about it so far.

    A `Pdf` and its pages share one, so that a page does not hold on to the whole that holds on to the page.

    Parameters
    ----------
    data : bytes
        The file.
    label : str
        What to call it in messages.

    Raises
    ------
    ContentError
        If PDFium cannot open it, other than for want of a password.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        inflation.refuse_structural_bombs(data, label)
        self.encryption: Literal["owner", "user"] | None = None
        try:
            facts = pdfium.facts(data, label)
        except pdfium.NeedsPassword:
            self.encryption = "user"
            facts = pdfium.Facts(0, encrypted=True, repaired=False)
        else:
            self.encryption = "owner" if facts.encrypted else None
        self.page_count = facts.page_count
        self.repaired = facts.repaired
        self._texts: dict[int, str] = {}

    def named(self, label: str) -> Document:
        """Return the same file under another name, with all that is known of it."""
        if label == self.label:
            return self
        other = copy.copy(self)
        other.label = label
        return other

    @cached_property
    def sizes(self) -> tuple[tuple[float, float], ...]:
        """``(width_pt, height_pt)`` of every page as it is seen, rotation applied."""
        return pdfium.page_sizes(self.data, self.label) if self.page_count else ()

    @cached_property
    def readable(self) -> bytes:
        """The file free of encryption and found free of bombs: what may be read further.

        pypdf reads some encryption only with one more package, PDFium reads all.
        """
        data = self.data
        if self.encryption == "owner":
            data = pdfium.resaved(data, self.label)
        inflation.refuse_bombs(data, self.label)
        return data

    @cached_property
    def sha256(self) -> str:
        """The content's hash, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text of every page."""
        if self.encryption == "user":
            return ()
        return _RECENT.of(self.sha256, self._read)

    def _read(self) -> tuple[str, ...]:
        if len(self._texts) == self.page_count:
            return tuple(self._texts[page] for page in range(self.page_count))
        texts, self.sizes = pdfium.texts_and_sizes(self.readable, self.label)
        return texts

    def text(self, page: int) -> str:
        """Return the text of page `page` (from 0), without reading the others."""
        if "texts" in self.__dict__:
            return self.texts[page]
        if page not in self._texts:
            self._texts[page] = pdfium.text(self.readable, self.label, page)
        return self._texts[page]

    def looks(self, pages: Sequence[int]) -> tuple[pdfium.Look | None, ...]:
        """Return a look at each of these `pages` (from 0), None for one that is damaged; their texts are kept."""
        found = pdfium.looks(self.readable, self.label, pages)
        self._texts.update({page: look.text for page, look in zip(pages, found, strict=True) if look})
        return found

    @cached_property
    def layouts(self) -> tuple[structure.Layout, ...]:
        """How every page is built; none where that cannot be known."""
        found = structure.layouts(self.readable)
        return found if len(found) == self.page_count else ()

    def rotation(self, page: int) -> int:
        """Return by how many degrees page `page` (from 0) is turned clockwise."""
        return self.layouts[page].rotation if self.layouts else pdfium.rotation(self.readable, self.label, page)

    def fonts(self, page: int) -> tuple[structure.Font, ...]:
        """Return the fonts of page `page` (from 0); none where they cannot be known."""
        return self.layouts[page].fonts if self.layouts else ()

    def picture(self, page: int, width_px: int, height_px: int) -> Image:
        """Return page `page` (from 0) as a PIL image that fits into `width_px` by `height_px`."""
        return pdfium.picture(self.readable, self.label, page, width_px=width_px, height_px=height_px)

    def selected(self, pages: list[int]) -> bytes:
        """Return a PDF of some `pages` (from 0), in that order."""
        self.refuse_if_locked("no pages can be taken from it")
        return splitting.selected(self.readable, self.label, pages)

    def pieces(self, max_pages: int, max_bytes: int) -> list[splitting.Piece]:
        """Return the file in pieces that hold both limits, in order."""
        self.refuse_if_locked("it cannot be split")
        return splitting.pieces(self.readable, self.label, max_pages=max_pages, max_bytes=max_bytes)

    def unlocked(self, password: str | None) -> bytes:
        """Return the file without encryption."""
        try:
            return pdfium.resaved(self.data, self.label, password if self.encryption == "user" else None)
        except pdfium.NeedsPassword as error:
            if password is None:
                raise
            raise pdfium.NeedsPassword(
                f"{self.label}: that password does not open it. Mind capitals and spaces; the owner's will do too.",
                media_type=error.media_type,
                where=self.label,
            ) from None

    def refuse_if_locked(self, what: str) -> None:
        """Raise if nothing can be read without a password, saying `what` cannot be done."""
        if self.encryption == "user":
            raise ContentError(
                f"{self.label}: encrypted, opens only with a password; {what}. "
                "Save it without a password, or open it here: ck.pdf(..., password=...)",
                media_type=PDF_TYPE,
                where=self.label,
            )
