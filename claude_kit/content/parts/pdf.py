"""A PDF document and its pages."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath
from typing import Final, Literal

from claude_kit.content import pagerange, thumbnails
from claude_kit.content.document import Document
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.content.parts.image import Image
from claude_kit.content.parts.showing import show
from claude_kit.content.structure import Font
from claude_kit.errors import ContentError
from claude_kit.render import cards, units

__all__ = ["Font", "Page", "Pdf", "piece_name"]

_PAGES_SHOWN: Final = 2

# The most pixels a side that Claude takes, and the longer side beyond which most models see no more.
_MOST_PX: Final = 8000
_USUAL_PX: Final = 1568

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
    """One page of a PDF; what is not in the attributes is read when asked for.

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
    _document: Document | None = field(default=None, repr=False, compare=False)

    @property
    def paper(self) -> str:
        """``"letter"``, ``"A4"``, … or the size in points."""
        for width, height, name in _PAPER:
            portrait = abs(self.width - width) <= 3 and abs(self.height - height) <= 3
            landscape = abs(self.width - height) <= 3 and abs(self.height - width) <= 3
            if portrait or landscape:
                return name if portrait else f"{name} landscape"
        return f"{self.width:.0f} × {self.height:.0f} pt"

    @property
    def rotation(self) -> int:
        """Degrees that a viewer turns the page clockwise: 0, 90, 180 or 270."""
        return self._document.rotation(self.number - 1) if self._document else 0

    @property
    def text(self) -> str:
        """The page's text as PDFium extracts it, which is the text the API bills."""
        return self._document.text(self.number - 1) if self._document else ""

    @property
    def fonts(self) -> tuple[Font, ...]:
        """The fonts the page names, each with whether the file carries it; empty too where that cannot be known."""
        return self._document.fonts(self.number - 1) if self._document else ()

    def image(self, *, width: int | None = None, height: int | None = None) -> Image:
        """Return the page as an image, as a viewer shows it.

        Parameters
        ----------
        width, height : int, optional
            At most so many pixels, from 1 to 8,000, which is the most Claude takes; one of them is enough. Without
            any, the longer side has 1,568 pixels: standard models see no more.

        Returns
        -------
        Image
            A PNG.

        Examples
        --------
        >>> import claude_kit as ck
        >>> ck.pdf("notebooks/data/report.pdf").pages[0].image(width=400).name
        'report page 1.png'
        """
        for side in (width, height):
            if side is not None and not 1 <= side <= _MOST_PX:
                raise ValueError(f"{side} pixels: a side has 1 to {_MOST_PX:,}, which is the most Claude takes")
        if self._document is None:
            raise ContentError(f"page {self.number:,}: it belongs to no document. Take it from one: pdf.pages[0]")
        usual = _USUAL_PX if width is None and height is None else _MOST_PX
        picture = self._document.picture(self.number - 1, width or usual, height or usual)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", optimize=False)
        name = f"{_stem(self._document.label)} page {self.number}.png"
        return Image(buffer.getvalue(), "image/png", picture.width, picture.height, name)


# No slots: what is read when first asked for is kept in the instance's __dict__.
@dataclass(frozen=True, repr=False)
class Pdf:
    """A PDF document.

    To make one reads how many pages there are; everything else is read when it is asked for.

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
    changes : tuple of str
        What was done to the original on the way here, such as ``"password removed"``.

    Raises
    ------
    ContentError
        If it cannot be opened, other than for want of a password.
    """

    data: bytes
    name: str | None = None
    title: str | None = None
    citations: bool = False
    changes: tuple[str, ...] = ()
    _document: Document | None = field(default=None, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        # Under another name it is the same file, and `dataclasses.replace` brings along what is known of it.
        known = self._document
        same = known is not None and known.data is self.data
        document = known.named(self.label) if known and same else Document(self.data, self.label)
        object.__setattr__(self, "_document", document)

    @property
    def document(self) -> Document:
        """The file, which the pages share with it."""
        assert self._document is not None
        return self._document

    @property
    def encryption(self) -> Literal["owner", "user"] | None:
        """``"user"`` if it opens only with a password, ``"owner"`` if it opens and is encrypted all the same."""
        return self.document.encryption

    @property
    def encrypted(self) -> bool:
        """Whether it is encrypted; Claude takes no encrypted PDFs, also where they open without a password."""
        return self.encryption is not None

    @property
    def locked(self) -> bool:
        """Whether it opens only with a password; then it has no pages to tell of."""
        return self.encryption == "user"

    @property
    def repaired(self) -> bool:
        """Whether the table that tells where its objects are is broken, so that PDFium had to look for them."""
        return self.document.repaired

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The pages in order; ``pages[0]`` is page number 1."""
        sizes = enumerate(self.document.sizes, start=1)
        return tuple(Page(number, width, height, self.document) for number, (width, height) in sizes)

    @property
    def page_count(self) -> int:
        """How many pages."""
        return self.document.page_count

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @property
    def label(self) -> str:
        """The name, or what stands in for one."""
        return self.name or "document.pdf"

    @property
    def page_texts(self) -> tuple[str, ...]:
        """The text of every page as PDFium extracts it, which is the text the API bills."""
        return self.document.texts

    @property
    def sha256(self) -> str:
        """The content's hash, in hexadecimal."""
        return self.document.sha256

    def text(self) -> str:
        """Return the text of the whole document, pages separated by a form feed; none if it is locked."""
        return "\f".join(self.page_texts)

    def select(self, pages: str) -> Pdf:
        """Return a new document of some pages.

        They look the same; links, outline and the like may get lost.

        Parameters
        ----------
        pages : str
            Numbers and ranges from 1, such as ``"1-10,12,15-"``, in the order they are wanted.

        Raises
        ------
        ContentError
            If the range is malformed or names a page that is not there, or if the document is locked.

        Examples
        --------
        >>> import claude_kit as ck
        >>> ck.pdf("notebooks/data/report.pdf").select("3,1").page_count
        2
        """
        self.document.refuse_if_locked("no pages can be taken from it")
        wanted = pagerange.parse(pages, self.page_count, self.label)
        return replace(self, data=self.document.selected([number - 1 for number in wanted]))

    def split(self, max_pages: int | None = None, max_bytes: int | None = None) -> list[Pdf]:
        """Return the document in pieces that hold the limits.

        Parameters
        ----------
        max_pages : int, optional
            Pages a piece.
        max_bytes : int, optional
            Bytes a piece, as a file; in a request it takes a third more.

        Returns
        -------
        list of Pdf
            As few as hold both limits, or nearly; together they are the document, in order, and their names say
            which pages they hold. A document within the limits is the only piece itself.

        Raises
        ------
        ValueError
            If there is no limit, or one below 1.
        ContentError
            If a single page is larger than `max_bytes`, or if the document is locked.

        Examples
        --------
        >>> import claude_kit as ck
        >>> [piece.name for piece in ck.pdf("notebooks/data/report.pdf").split(max_pages=2)]
        ['report (pages 1-2).pdf', 'report (page 3).pdf']
        """
        if max_pages is None and max_bytes is None:
            raise ValueError("split takes a limit: max_pages=100, max_bytes=20_000_000 or both")
        for name, limit in (("max_pages", max_pages), ("max_bytes", max_bytes)):
            if limit is not None and limit < 1:
                raise ValueError(f"{name}={limit}: a piece holds at least 1")
        self.document.refuse_if_locked("it cannot be split")
        most_pages = max_pages or max(1, self.page_count)
        most_bytes = max_bytes or 2 * self.size + 1_000_000
        if self.page_count <= most_pages and self.size <= most_bytes:
            return [self]
        if not self.page_count:
            raise ContentError(
                f"{self.label}: {units.size(self.size)} without a page, there is nothing to split",
                media_type=PDF_TYPE,
                where=self.label,
            )
        found = self.document.pieces(most_pages, most_bytes)
        return [replace(self, data=piece.data, name=piece_name(self.label, piece.first, piece.last)) for piece in found]

    def unlocked(self, password: str | None = None) -> Pdf:
        """Return the document without encryption; itself if it has none.

        Parameters
        ----------
        password : str, optional
            Needed only if the document is locked.

        Raises
        ------
        ContentError
            If the password does not open it, or it takes one and none is given.

        Examples
        --------
        >>> import claude_kit as ck
        >>> report = ck.pdf("notebooks/data/report.pdf")
        >>> report.unlocked() is report
        True
        """
        if not self.encrypted:
            return self
        change = "password removed" if self.locked else "owner encryption removed"
        return replace(self, data=self.document.unlocked(password), changes=(*self.changes, change))

    def __repr__(self) -> str:
        return f"<Pdf {self.label}: {self._facts()}>"

    _repr_mimebundle_ = show

    def card(self) -> cards.Card:
        """Return what the document shows of itself: its first pages, how many there are, its size."""
        labels = []
        pictures: tuple[bytes, ...] = ()
        try:
            shown = range(min(self.page_count, _PAGES_SHOWN))
            pictures = tuple(thumbnails.of_page(self.document.readable, self.label, at) for at in shown)
        except ContentError:
            labels.append(("pages cannot be shown", "error"))
        labels += [(change, "") for change in self.changes]
        labels += [(f"titled “{self.title}”", "")] if self.title else []
        labels += [("citations", "")] if self.citations else []
        return cards.Card(self.label, self._facts(), tuple(labels), pictures)

    def _facts(self) -> str:
        if self.locked:
            return units.size(self.size)
        try:
            papers = {page.paper for page in self.pages}
        except ContentError:  # it announces pages that are not there
            papers = set()
        paper = f", {papers.pop() if len(papers) == 1 else 'mixed sizes'}" if papers else ""
        return f"{units.plural(self.page_count, 'page')}{paper} · {units.size(self.size)}"


def piece_name(name: str, first: int, last: int) -> str:
    """Return what a piece of a document is called: by its pages, as the whole counts them.

    Examples
    --------
    >>> piece_name("report.pdf", 1, 100)
    'report (pages 1-100).pdf'
    """
    pages = f"page {first}" if first == last else f"pages {first}-{last}"
    return f"{_stem(name)} ({pages}).pdf"


def _stem(name: str) -> str:
    """Return a file's name without its ``.pdf``; a name that only has a dot in it stays whole."""
    return PurePath(name).stem if name.lower().endswith(".pdf") else name
