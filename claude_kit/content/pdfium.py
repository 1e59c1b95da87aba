"""What PDFium knows of a PDF: pages, sizes, text, pictures of pages; and how it writes a new one.

PDFium is what the API's own counts match: its text gives the billed tokens, pypdf's up to 19 % more. It is not
thread-safe, so every call in here holds one lock, and what it returns is plain Python.
"""

from __future__ import annotations

import ctypes
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

__all__ = [
    "Facts",
    "Look",
    "NeedsPassword",
    "facts",
    "kept",
    "looks",
    "page_sizes",
    "picture",
    "resaved",
    "rotation",
    "selected",
    "text",
    "texts",
    "texts_and_sizes",
]

_LOCK = threading.RLock()
_PASSWORD_ERROR: Final = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR: Final = 5  # FPDF_ERR_SECURITY

# A file with fewer bytes for each page it announces may well announce too many; to look for the last one takes as long
# as to ask for the sizes of all.
_LEAST_PAGE_BYTES: Final = 64

# Of UTF-16 for each character: itself takes up to two, the end of a line before it two more, if it follows one outside
# the page. One more ends the text.
_MOST_UNITS: Final = 2
_UNIT_BYTES: Final = 2

_SAVE_ANEW: Final = "Is it complete? Open it in a PDF viewer and save it anew."


class NeedsPassword(ContentError):
    """The PDF is encrypted and opens only with a password."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a PDF once it is open, before any page is looked at.

    Attributes
    ----------
    page_count : int
        How many pages it announces.
    encrypted : bool
        It opened without a password, and is encrypted all the same: its owner forbids printing or the like.
    repaired : bool
        The table that tells where its objects are is broken; PDFium looked for them itself.
    """

    page_count: int
    encrypted: bool
    repaired: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a page tells.

    Attributes
    ----------
    text : str
        As `text` returns it.
    rotation : int
        By how many degrees it is turned clockwise: 0, 90, 180 or 270.
    blank : bool
        Whether nothing is drawn on it, not even an annotation.
    """

    text: str
    rotation: int
    blank: bool


@contextmanager
def _opened(data: bytes, name: str, password: bytes | None = None) -> Iterator[pypdfium2.PdfDocument]:
    import pypdfium2

    with _LOCK:
        # pypdfium2 itself also refuses documents without a page, and gives the reason of an earlier failure for it.
        handle = pypdfium2.raw.FPDF_LoadMemDocument64(data, len(data), password)
        if not handle:
            raise _unreadable(pypdfium2.raw.FPDF_GetLastError(), name)
        document = pypdfium2.PdfDocument(handle)
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise _damaged(f"{name}: a page of it is damaged ({error}). {_SAVE_ANEW}", name) from None
        finally:
            document.close()


def _unreadable(reason: int, name: str) -> ContentError:
    if reason == _PASSWORD_ERROR:
        return NeedsPassword(
            f"{name}: encrypted, opens only with a password, and Claude takes no encrypted PDFs. "
            "Save it without a password, or open it here: ck.pdf(..., password=...)",
            media_type=PDF_TYPE,
            where=name,
        )
    if reason == _SECURITY_ERROR:
        return _damaged(
            f"{name}: encrypted in a way that only its own viewer knows. Print it to a new PDF from there.", name
        )
    return _damaged(f"{name}: not a readable PDF, cut short or damaged (PDFium error {reason}). {_SAVE_ANEW}", name)


def _damaged(message: str, name: str) -> ContentError:
    return ContentError(message, media_type=PDF_TYPE, where=name)


def facts(data: bytes, name: str) -> Facts:
    """Return what is known of a PDF without looking at its pages.

    Raises
    ------
    NeedsPassword
        If the file opens only with a password.
    ContentError
        If PDFium cannot open the file, or it is too small for the pages it announces, and they are not there.
    """
    import pypdfium2

    raw = pypdfium2.raw
    with _opened(data, name) as document:
        count = raw.FPDF_GetPageCount(document)
        if count * _LEAST_PAGE_BYTES > len(data):
            _size(document, count - 1, raw.FS_SIZEF())
        encrypted = raw.FPDF_GetSecurityHandlerRevision(document) >= 0
        return Facts(count, encrypted, not raw.FPDF_DocumentHasValidCrossReferenceTable(document))


def page_sizes(data: bytes, name: str) -> tuple[tuple[float, float], ...]:
    """Return ``(width_pt, height_pt)`` of every page as it is seen, rotation applied, without loading a page.

    Raises
    ------
    ContentError
        If it announces pages that are not there.
    """
    import pypdfium2

    with _opened(data, name) as document:
        size = pypdfium2.raw.FS_SIZEF()
        return tuple(_size(document, at, size) for at in range(len(document)))


def _size(document: pypdfium2.PdfDocument, at: int, size: Any) -> tuple[float, float]:
    import pypdfium2

    if not pypdfium2.raw.FPDF_GetPageSizeByIndexF(document.raw, at, size):
        raise _missing(at)
    return size.width, size.height


def _missing(at: int) -> Exception:
    import pypdfium2

    return cast("Exception", pypdfium2.PdfiumError(f"page {at + 1:,} is not there"))


def texts(data: bytes, name: str) -> tuple[str, ...]:
    r"""Return the text of every page, lines broken by ``\r\n`` as PDFium gives it."""
    return texts_and_sizes(data, name)[0]


def texts_and_sizes(data: bytes, name: str) -> tuple[tuple[str, ...], tuple[tuple[float, float], ...]]:
    """Return what `texts` and `page_sizes` do; the sizes of pages that are loaded for their text cost nothing more."""
    with _opened(data, name) as document:
        found = [_text_and_size(document, at) for at in range(len(document))]
    return tuple(text for text, _ in found), tuple(size for _, size in found)


def text(data: bytes, name: str, page: int) -> str:
    """Return the text of page `page` (from 0)."""
    with _opened(data, name) as document:
        return _text_and_size(document, page)[0]


def looks(data: bytes, name: str, pages: Sequence[int]) -> tuple[Look | None, ...]:
    """Return a look at each of these `pages` (from 0), None for one that is damaged.

    To open a file of hundreds of pages takes longer than to read one of them, so that a reader asks for several.
    """
    with _opened(data, name) as document:
        return tuple(_look(document, page) for page in pages)


def _look(document: pypdfium2.PdfDocument, at: int) -> Look | None:
    import pypdfium2

    raw = pypdfium2.raw
    try:
        text, _ = _text_and_size(document, at)
        page = document[at]
    except pypdfium2.PdfiumError:
        return None
    try:
        blank = not raw.FPDFPage_CountObjects(page) and not raw.FPDFPage_GetAnnotCount(page)
        return Look(text, int(page.get_rotation()), blank)
    finally:
        page.close()


def rotation(data: bytes, name: str, page: int) -> int:
    """Return by how many degrees page `page` (from 0) is turned clockwise: 0, 90, 180 or 270."""
    with _opened(data, name) as document:
        loaded = document[page]
        try:
            return int(loaded.get_rotation())
        finally:
            loaded.close()


def picture(data: bytes, name: str, page: int, *, width_px: int, height_px: int) -> Image:
    """Return page `page` (from 0) as a PIL image that fits into `width_px` by `height_px`."""
    with _opened(data, name) as document:
        loaded = document[page]
        try:
            width_pt, height_pt = (max(side, 1.0) for side in loaded.get_size())
            # Sides are rounded up: a hair less, so that 1568 does not become 1569.
            scale = min(width_px / width_pt, height_px / height_pt) * (1 - 1e-6)
            bitmap = loaded.render(scale=scale)
            rendered = bitmap.to_pil().convert("RGB")
            bitmap.close()
        finally:
            loaded.close()
    return cast("Image", rendered)


def selected(data: bytes, name: str, pages: Sequence[int]) -> bytes:
    """Return a PDF of some `pages` (from 0), in that order; it is not encrypted, even if the original is.

    The pages are copied into a new document, with all that they need to look the same, but for what stands in the
    document's catalog: see `kept`.
    """
    import pypdfium2

    with _opened(data, name) as document:
        chosen = pypdfium2.PdfDocument.new()
        try:
            chosen.import_pages(document, list(pages))
            return _saved(chosen)
        finally:
            chosen.close()


def kept(data: bytes, name: str, pages: Sequence[int]) -> bytes:
    """Return the document without all but these `pages` (from 0, rising); its layers and form fields stay.

    So do its outline and its structure, which makes it larger than what `selected` returns.
    """
    import pypdfium2

    wanted = set(pages)
    with _opened(data, name) as document:
        for at in reversed(range(len(document))):
            if at not in wanted:
                document.del_page(at)
        return _saved(document, pypdfium2.raw.FPDF_REMOVE_SECURITY)


def resaved(data: bytes, name: str, password: str | None = None) -> bytes:
    """Return the document written anew: without encryption, its objects found and in order.

    Raises
    ------
    NeedsPassword
        If the password does not open it.
    """
    import pypdfium2

    raised: NeedsPassword | None = None
    for candidate in _encoded(password):
        try:
            with _opened(data, name, candidate) as document:
                return _saved(document, pypdfium2.raw.FPDF_REMOVE_SECURITY)
        except NeedsPassword as error:
            raised = error
    assert raised is not None
    raise raised


def _encoded(password: str | None) -> list[bytes | None]:
    """Return what a password may be in bytes: UTF-8 since PDF 2.0, Latin-1 before."""
    if password is None:
        return [None]
    # A password ends at the first zero byte for PDFium, which would open with less than what was given.
    forms = (password.encode("utf-8", "replace"), password.encode("latin-1", "replace"))
    return [form for form in dict.fromkeys(forms) if b"\0" not in form] or [b"?"]


def _saved(document: pypdfium2.PdfDocument, flags: int | None = None) -> bytes:
    buffer = io.BytesIO()
    if flags is None:
        document.save(buffer)
    else:
        document.save(buffer, flags=flags)
    return buffer.getvalue()


def _text_and_size(document: pypdfium2.PdfDocument, at: int) -> tuple[str, tuple[float, float]]:
    """Return the text of a page, as pypdfium2's ``get_text_bounded`` does in 10 % more time, and its size.

    It has PDFium make the text twice, once for its length, and keeps books on every page, to close what is forgotten.
    """
    import pypdfium2

    raw = pypdfium2.raw
    if not (page := raw.FPDF_LoadPage(document, at)):
        raise _missing(at)
    try:
        if not (textpage := raw.FPDFText_LoadPage(page)):
            raise pypdfium2.PdfiumError("Failed to load text page.")
        try:
            size = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
            return _bounded_text(page, textpage), size
        finally:
            raw.FPDFText_ClosePage(textpage)
    finally:
        raw.FPDF_ClosePage(page)


def _bounded_text(page: Any, textpage: Any) -> str:
    """Return the text within the page's box."""
    import pypdfium2

    raw, box = pypdfium2.raw, pypdfium2.raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page, box):
        raise pypdfium2.PdfiumError("Failed to get page bounding box.")
    # A power of two: ctypes makes a class for each size of array, which takes longer than all else here.
    room = 1 << (_MOST_UNITS * raw.FPDFText_CountChars(textpage)).bit_length()
    units = bytearray(_UNIT_BYTES * room)
    buffer = (ctypes.c_ushort * room).from_buffer(units)
    length = raw.FPDFText_GetBoundedText(textpage, box.left, box.top, box.right, box.bottom, buffer, room)
    return str(memoryview(units)[: _UNIT_BYTES * length], "utf-16-le", "ignore").removesuffix("\0")
