"""How a part looks in small: JPEG thumbnails of a few kilobytes, because they are saved with the notebook."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from claude_kit.content import colours, formats, pdfium, pillow, resampling

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["of_image", "of_page"]

# Shown at half this height, so that they stay sharp on dense screens.
_HEIGHT_PX: Final = 192
_WIDTH_PX: Final = 260

# A card holds one image or two pages and stays under 10 KB.
_IMAGE_BYTES: Final = 7_000
_PAGE_BYTES: Final = 3_500

_QUALITIES: Final = (82, 65, 45, 25, 10)


def of_image(data: bytes, name: str) -> bytes:
    """Return a JPEG thumbnail of an encoded image; what is transparent becomes white."""
    with pillow.opened(data, name) as picture:
        scale = max(picture.width / _WIDTH_PX, picture.height / _HEIGHT_PX, 1.0)
        width, height = (max(1, round(side / scale)) for side in picture.size)
        small = resampling.resampled(picture, width, height, colours.of(picture))
    return _jpeg(formats.on_white(small), _IMAGE_BYTES)


def of_page(
    data: bytes,
    name: str,
    page: int,
    *,
    width_px: int = _WIDTH_PX,
    height_px: int = _HEIGHT_PX,
    max_bytes: int = _PAGE_BYTES,
) -> bytes:
    """Return a JPEG thumbnail of page `page` (from 0) of a PDF, which fits into these pixels and bytes."""
    picture = pdfium.picture(data, name, page, width_px=width_px * 2, height_px=height_px * 2)
    picture.thumbnail((width_px, height_px))
    return _jpeg(picture, max_bytes)


def _jpeg(picture: Image, max_bytes: int) -> bytes:
    """Encode with the best quality that fits; if none does, at half the size."""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= max_bytes:
            return buffer.getvalue()
    return _jpeg(picture.reduce(2), max_bytes)
