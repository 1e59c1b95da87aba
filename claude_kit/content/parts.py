"""What a request is made of: an `Image`, a `Pdf` or a `Text`, each immutable and each able to show itself.

A part knows its bytes and what they are. It knows nothing of any API: limits are `claude_kit.preflight`'s,
tokens `claude_kit.estimate`'s, JSON `claude_kit.wire`'s.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from claude_kit.content import pagerange, pdfium, thumbnails
from claude_kit.errors import ContentError
from claude_kit.render import cards, units
from claude_kit.render.plain import one_line

__all__ = ["Image", "Page", "Part", "Pdf", "Text"]

_PAGES_SHOWN: Final = 2
_EXCERPT_CHARACTERS: Final = 240

# (width_pt, height_pt, name), portrait; a page is called by the name it comes within 3 points of.
_PAPER: Final = (
    (612.0, 792.0, "letter"),
    (595.3, 841.9, "A4"),
    (612.0, 1008.0, "legal"),
    (841.9, 1190.6, "A3"),
    (419.5, 595.3, "A5"),
)


def _show(self: Part, include: object = None, exclude: object = None) -> dict[str, str]:
    """What IPython asks an object for; every part answers with its card."""
    card = self.card()
    return {"text/html": cards.html_card(card), "text/plain": cards.text_card(card)}


@dataclass(frozen=True, slots=True, repr=False)
class Image:
    """An image, upright, in a format Claude takes.

    Attributes
    ----------
    data : bytes
        The encoded image.
    media_type : str
        ``"image/jpeg"``, ``"image/png"``, ``"image/gif"`` or ``"image/webp"``, told from the bytes.
    width, height : int
        Pixels.
    name : str or None
        What to call it in tables and messages.
    changes : tuple of str
        What was done to the original on the way here, such as ``"turned upright"``.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    name: str | None = None
    changes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the encoded image."""
        return len(self.data)

    @property
    def label(self) -> str:
        """The name, or what stands in for one."""
        return self.name or "image"

    def __repr__(self) -> str:
        kind = self.media_type.removeprefix("image/").upper()
        return f"<Image {self.label}: {self.width} × {self.height} px, {kind}, {units.size(self.size)}>"

    _repr_mimebundle_ = _show

    def card(self) -> cards.Card:
        """Return what the image shows of itself: a thumbnail, pixels, size."""
        kind = self.media_type.removeprefix("image/").upper()
        facts = f"{self.width:,} × {self.height:,} px · {kind} · {units.size(self.size)}"
        labels = tuple((change, "") for change in self.changes)
        return cards.Card(self.label, facts, labels, (thumbnails.of_image(self.data, self.label),))


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

    _repr_mimebundle_ = _show

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


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """A text: the question itself, or a file of text.

    Attributes
    ----------
    text : str
        The text.
    name : str or None
        The file it came from; None for a plain string.
    """

    text: str
    name: str | None = None

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        return len(self.text.encode("utf-8", "surrogatepass"))

    @property
    def label(self) -> str:
        """The name, or the beginning of the text in quotation marks."""
        if self.name:
            return self.name
        line = " ".join(one_line(self.text[:200]).split())
        return f"“{line}”" if len(line) <= 40 else f"“{line[:38].rstrip()} …”"

    def __repr__(self) -> str:
        return f"<Text {self.label}: {units.plural(len(self.text), 'character')}>"

    _repr_mimebundle_ = _show

    def card(self) -> cards.Card:
        """Return what the text shows of itself: its length and how it begins."""
        lines = units.plural(len(self.text.splitlines()), "line")
        facts = f"{units.plural(len(self.text), 'character')} · {lines}"
        cut = " …" if len(self.text) > _EXCERPT_CHARACTERS else ""
        return cards.Card(self.name or "text", facts, excerpt=self.text[:_EXCERPT_CHARACTERS] + cut)


Part = Image | Pdf | Text
