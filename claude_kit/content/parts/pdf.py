"""A PDF document and its pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from claude_kit.content import pagerange, pdfium, thumbnails
from claude_kit.content.parts.showing import show
from claude_kit.errors import ContentError
from claude_kit.render import cards, units

__all__ = ["Page", "Pdf"]

_PAGES_SHOWN: Final = 2

# (width_pt, height_pt, name), portrait; a page is called by the name it comes within 3 points of.
_PAPER: Final = (
    (612.0, 792.0, "letter"),
    (595.3, 841.9, "A4"),
    (612.0, 1008.0, "legal"),
    (841.9, 1190.6, "A3"),
    (419.5, 595.3, "A5"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF.

    Attributes
    ----------
    number : int
        From 1, as people count.
    width, height : float
        Points (1/72 inch), as the page is seen: rotation applied.
    """

    number: int
    width: float
    height: float

    @property
    def paper(self) -> str:
        """``"letter"``, ``"A4"``, … or the size in points."""
        for width, height, name in _PAPER:
            portrait = abs(self.width - width) <= 3 and abs(self.height - height) <= 3
            landscape = abs(self.width - height) <= 3 and abs(self.height - width) <= 3
            if portrait or landscape:
                return name if portrait else f"{name} landscape"
        return f"{self.width:.0f} × {self.height:.0f} pt"


# No slots: the text is read when first asked for, and kept in the instance's __dict__.
@dataclass(frozen=True, repr=False)
class Pdf:
    """A PDF document.

    Attributes
    ----------
    data : bytes
        The file.
    name : str or None
        What to call it in tables and messages.
    title : str or None
        Told to Claude with the document, where the route can carry it.
    citations : bool
        Whether Claude shall cite pages of it.
    encrypted : bool
        True if it opens only with a password; then it has no pages to tell of.
    pages : tuple of Page
        In order; ``pages[0]`` is page number 1.
    """

    data: bytes
    name: str | None = None
    title: str | None = None
    citations: bool = False
    encrypted: bool = field(init=False, default=False)
    pages: tuple[Page, ...] = field(init=False, default=(), compare=False)

    def __post_init__(self) -> None:
        try:
            sizes = pdfium.page_sizes(self.data, self.label)
        except pdfium.NeedsPassword:
            object.__setattr__(self, "encrypted", True)
            sizes = ()
        pages = tuple(Page(at, width, height) for at, (width, height) in enumerate(sizes, start=1))
        object.__setattr__(self, "pages", pages)

    @property
    def page_count(self) -> int:
        """How many pages."""
        return len(self.pages)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @property
    def label(self) -> str:
        """The name, or what stands in for one."""
        return self.name or "document.pdf"

    @cached_property
    def page_texts(self) -> tuple[str, ...]:
        """The text of every page as PDFium extracts it, which is the text the API bills."""
        return () if self.encrypted else pdfium.texts(self.data, self.label)

    @cached_property
    def sha256(self) -> str:
        """The content's hash, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def text(self) -> str:
        """Return the text of the whole document, pages separated by a form feed; none if it is encrypted."""
        return "\f".join(self.page_texts)

    def select(self, pages: str) -> Pdf:
        """Return a new document of some pages.

        Parameters
        ----------
        pages : str
            Numbers and ranges from 1, such as ``"1-10,12,15-"``, in the order they are wanted.

        Raises
        ------
        ContentError
            If the range is malformed or names a page that is not there, or if the document is encrypted.
        """
        if self.encrypted:
            raise ContentError(f"{self.label}: encrypted; no pages can be taken from it. Save it without a password.")
        wanted = pagerange.parse(pages, self.page_count, self.label)
        return replace(self, data=pdfium.selected(self.data, self.label, [number - 1 for number in wanted]))

    def __repr__(self) -> str:
        return f"<Pdf {self.label}: {self._facts()}>"

    _repr_mimebundle_ = show

    def card(self) -> cards.Card:
        """Return what the document shows of itself: its first pages, how many there are, its size."""
        shown = range(min(self.page_count, _PAGES_SHOWN))
        pictures = tuple(thumbnails.of_page(self.data, self.label, at) for at in shown)
        labels = [("encrypted", "error")] if self.encrypted else []
        labels += [(f"titled “{self.title}”", "")] if self.title else []
        labels += [("citations", "")] if self.citations else []
        return cards.Card(self.label, self._facts(), tuple(labels), pictures)

    def _facts(self) -> str:
        if self.encrypted:
            return units.size(self.size)
        papers = {page.paper for page in self.pages}
        paper = f", {papers.pop() if len(papers) == 1 else 'mixed sizes'}" if papers else ""
        return f"{units.plural(self.page_count, 'page')}{paper} · {units.size(self.size)}"
