"""What PDFium knows of a PDF: pages, sizes, text, pictures of pages.

PDFium is what the API's own counts match: its text gives the billed tokens, pypdf's up to 19 % more. It is not
thread-safe, so every call in here holds one lock, and what it returns is plain Python.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from claude_kit.errors import ContentError

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

__all__ = ["NeedsPassword", "page_sizes", "picture", "selected", "texts"]

_LOCK = threading.RLock()
_PASSWORD_ERROR: Final = 4  # FPDF_ERR_PASSWORD
_SAVE_ANEW: Final = "Is it complete? Open it in a PDF viewer and save it anew."


class NeedsPassword(ContentError):
    """The PDF is encrypted and opens only with a password."""


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[pypdfium2.PdfDocument]:
    import pypdfium2

    with _LOCK:
        # pypdfium2 itself also refuses documents without a page, and gives the reason of an earlier failure for it.
        handle = pypdfium2.raw.FPDF_LoadMemDocument64(data, len(data), None)
        if not handle:
            raise _unreadable(pypdfium2.raw.FPDF_GetLastError(), name)
        document = pypdfium2.PdfDocument(handle)
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise ContentError(f"{name}: a page of it is damaged ({error}). {_SAVE_ANEW}") from None
        finally:
            document.close()


def _unreadable(reason: int, name: str) -> ContentError:
    if reason == _PASSWORD_ERROR:
        return NeedsPassword(
            f"{name}: encrypted, opens only with a password, and Claude takes no encrypted PDFs. "
            "Save it without a password."
        )
    return ContentError(f"{name}: not a readable PDF, cut short or damaged (PDFium error {reason}). {_SAVE_ANEW}")


def page_sizes(data: bytes, name: str) -> tuple[tuple[float, float], ...]:
    """Return ``(width_pt, height_pt)`` of every page as it is seen, rotation applied, without loading a page.

    Raises
    ------
    NeedsPassword
        If the file opens only with a password.
    ContentError
        If PDFium cannot open the file.
    """
    with _opened(data, name) as document:
        return tuple(document.get_page_size(at) for at in range(len(document)))


def texts(data: bytes, name: str) -> tuple[str, ...]:
    r"""Return the text of every page, lines broken by ``\r\n`` as PDFium gives it."""
    with _opened(data, name) as document:
        return tuple(_text(document[at]) for at in range(len(document)))


def picture(data: bytes, name: str, page: int, *, width_px: int, height_px: int) -> Image:
    """Return page `page` (from 0) as a PIL image that fits into `width_px` by `height_px`."""
    with _opened(data, name) as document:
        loaded = document[page]
        try:
            width_pt, height_pt = (max(side, 1.0) for side in loaded.get_size())
            bitmap = loaded.render(scale=min(width_px / width_pt, height_px / height_pt))
            rendered = bitmap.to_pil().convert("RGB")
            bitmap.close()
        finally:
            loaded.close()
    return cast("Image", rendered)


def selected(data: bytes, name: str, pages: Sequence[int]) -> bytes:
    """Return a PDF of some `pages` (from 0), in that order; it is not encrypted, even if the original is."""
    import pypdfium2

    with _opened(data, name) as document:
        chosen = pypdfium2.PdfDocument.new()
        try:
            chosen.import_pages(document, list(pages))
            buffer = io.BytesIO()
            chosen.save(buffer)
        finally:
            chosen.close()
    return buffer.getvalue()


def _text(page: Any) -> str:
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_bounded())
    finally:
        textpage.close()
        page.close()
