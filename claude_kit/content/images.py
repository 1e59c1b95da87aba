"""How bytes of any image format become one that Claude takes."""

from __future__ import annotations

import io
import warnings
from typing import Final

from claude_kit.content.kinds import IMAGE_TYPES, media_type
from claude_kit.content.parts import Image
from claude_kit.content.sources import Blob
from claude_kit.errors import ContentError

__all__ = ["from_blob"]

_EXIF_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1

#: More pixels than this are refused before they are decoded (Claude takes 8000 × 8000 = 64 million at most).
_MAX_PIXELS: Final = 512_000_000


def from_blob(blob: Blob) -> Image:
    """Turn bytes into an `Image`.

    JPEG, PNG, GIF and WebP that stand upright pass byte for byte. Others are decoded, turned as their EXIF
    orientation says, and encoded again: as PNG, or as JPEG if they were one.

    Raises
    ------
    ContentError
        If the bytes are no image, are cut short, or declare more than 512 million pixels.
    """
    from PIL import Image as pil
    from PIL import ImageOps

    label = blob.name or "image"
    kind = media_type(blob.data)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images; the limit that counts here is checked right below.
            warnings.simplefilter("ignore", pil.DecompressionBombWarning)
            opened = pil.open(io.BytesIO(blob.data))
        width, height = opened.size
        if width * height > _MAX_PIXELS:
            raise ContentError(
                f"{label}: {width:,} × {height:,} pixels; at most {_MAX_PIXELS:,} are decoded, and Claude takes at "
                "most 8,000 × 8,000. Scale it down first."
            )
        turned = opened.getexif().get(_EXIF_ORIENTATION, _UPRIGHT) != _UPRIGHT
        opened.load()
    except ContentError:
        raise
    except pil.DecompressionBombError as error:
        raise ContentError(f"{label}: too many pixels to decode ({error})") from None
    except (OSError, SyntaxError, ValueError) as error:
        what = f"{kind} data that is cut short or damaged" if kind in IMAGE_TYPES else f"no image ({kind or 'unknown'})"
        raise ContentError(f"{label}: {what}: {error}") from None

    if kind in IMAGE_TYPES and not turned:
        return Image(blob.data, kind, width, height, blob.name)
    upright = ImageOps.exif_transpose(opened)
    changes: tuple[str, ...] = ("turned upright",) if turned else ()
    buffer = io.BytesIO()
    if kind == "image/jpeg":
        # The original's own quantisation: neither larger nor worse than it was.
        upright.convert("RGB").save(buffer, "JPEG", qtables=getattr(opened, "quantization", None), optimize=True)
        new_kind = "image/jpeg"
    else:
        if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
            upright = upright.convert("RGB")
        upright.save(buffer, "PNG", optimize=True)
        new_kind = "image/png"
    if kind not in IMAGE_TYPES:
        changes += (f"converted from {(opened.format or 'unknown').upper()}",)
    return Image(buffer.getvalue(), new_kind, *upright.size, blob.name, changes)
