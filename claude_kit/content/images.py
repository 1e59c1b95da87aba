"""How bytes of any image format become one that Claude takes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from claude_kit.content import pillow
from claude_kit.content.kinds import IMAGE_TYPES, PDF_TYPE, TEXT_TYPE, media_type
from claude_kit.content.parts import Image
from claude_kit.content.sources import Blob
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

__all__ = ["from_blob"]

# What to do with something that was called an image and is none.
_INSTEAD = {
    PDF_TYPE: "a PDF, not an image. Use ck.pdf, or ck.attach, which takes either",
    TEXT_TYPE: "text, not an image. An SVG drawing is text too: export it as PNG",
}

# As PNG these would be ten times as large.
_PHOTOGRAPHS = ("image/jpeg", "image/heic", "image/avif")
_QUALITY = 90


def from_blob(blob: Blob) -> Image:
    """Turn bytes into an `Image`.

    JPEG, PNG, GIF and WebP that stand upright pass byte for byte. Others are decoded, turned as their EXIF
    orientation says, and encoded again: photographs as JPEG, the rest as PNG.

    Raises
    ------
    ContentError
        If the bytes are no image, are cut short, or declare more pixels than Pillow decodes (179 million).
    """
    label = blob.name or "image"
    kind = media_type(blob.data)
    if kind in _INSTEAD:
        raise ContentError(f"{label}: {_INSTEAD[kind]}")
    with pillow.opened(blob.data, label) as picture:
        picture.load()
        turned = pillow.is_turned(picture)
        if kind in IMAGE_TYPES and not turned:
            return Image(blob.data, kind, *picture.size, blob.name)
        upright = pillow.upright(picture)
        data, new_kind = _jpeg(upright, like=picture) if _is_photograph(picture, kind) else _png(upright)
    changes = ["turned upright"] if turned else []
    if kind not in IMAGE_TYPES:
        changes.append(f"converted from {picture.format}")
    return Image(data, new_kind, *upright.size, blob.name, tuple(changes))


def _is_photograph(picture: PillowImage, kind: str | None) -> bool:
    return kind in _PHOTOGRAPHS and not picture.has_transparency_data


def _jpeg(upright: PillowImage, *, like: PillowImage) -> tuple[bytes, str]:
    """Encode neither larger nor worse than a JPEG was: same quantisation, same colour resolution."""
    from PIL.JpegImagePlugin import get_sampling

    tables = getattr(like, "quantization", None)
    how = {"qtables": tables, "subsampling": get_sampling(like)} if tables else {"quality": _QUALITY}
    as_it_was = upright.mode in ("L", "RGB")
    profile = like.info.get("icc_profile") if as_it_was else None
    buffer = io.BytesIO()
    (upright if as_it_was else upright.convert("RGB")).save(buffer, "JPEG", icc_profile=profile, optimize=True, **how)
    return buffer.getvalue(), "image/jpeg"


def _png(upright: PillowImage) -> tuple[bytes, str]:
    converted = pillow.eight_bit(upright)
    # A profile of CMYK or of 16 bits says nothing about the pixels there are now.
    profile = upright.info.get("icc_profile") if converted.mode == upright.mode else None
    buffer = io.BytesIO()
    converted.save(buffer, "PNG", icc_profile=profile)
    return buffer.getvalue(), "image/png"
