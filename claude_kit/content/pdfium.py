"""What PDFium knows of a PDF: pages, sizes, text, pictures of pages.

PDFium is what the API's own counts match: its text gives the billed tokens, pypdf's up to 19 % more. It is not
thread-safe, so every call in here holds one lock, and what it returns is plain Python.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from claude_kit.errors import ContentError

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

__all__ = ["NeedsPassword", "page_sizes", "picture", "texts"]

_LOCK = threading.RLock()
_PASSWORD_ERROR: Final = 4  # FPDF_ERR_PASSWORD


class NeedsPassword(ContentError):
    """The PDF is encrypted and opens only with a password."""


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[pypdfium2.PdfDocument]:
    import pypdfium2

    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == _PASSWORD_ERROR or "password" in str(error).lower():
                raise NeedsPassword(
                    f"{name}: encrypted, opens only with a password, and Claude takes no encrypted PDFs. "
                    "Save it without a password."
                ) from None
            raise ContentError(
                f"{name}: not a readable PDF ({error}). Is it complete? Open and save it anew in a PDF viewer."
            ) from None
        try:
            yield document
        finally:
            document.close()


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


def picture(data: bytes, name: str, page: int, *, height_px: int) -> Image:
    """Return page `page` (from 0) as a PIL image at most `height_px` tall."""
    with _opened(data, name) as document:
        loaded = document[page]
        try:
            bitmap = loaded.render(scale=height_px / max(loaded.get_height(), 1.0))
            rendered = bitmap.to_pil().convert("RGB")
            bitmap.close()
        finally:
            loaded.close()
    return cast("Image", rendered)


def _text(page: Any) -> str:
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_bounded())
    finally:
        textpage.close()
        page.close()
