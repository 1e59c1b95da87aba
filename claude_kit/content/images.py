"""How bytes of any image format become one that Claude takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_kit.content import colours, formats, integrity, pillow, refusal
from claude_kit.content.blob import Blob
from claude_kit.content.kinds import IMAGE_TYPES, media_type
from claude_kit.content.parts import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

__all__ = ["as_sent", "from_blob"]

# As PNG these would be ten times as large.
_PHOTOGRAPHS: Final = ("image/jpeg", "image/heic", "image/avif")


def from_blob(blob: Blob) -> Image:
    """Turn bytes into an `Image`.

    JPEG, PNG, GIF and WebP that stand upright pass byte for byte, but for CMYK and grey deeper than 8 bits, which
    not every viewer shows alike. Others are decoded, turned as their EXIF orientation says, brought to eight bits of
    sRGB, and encoded again: photographs as JPEG, the rest as PNG. Of several pictures in a file it is the first, of an
    icon the largest. `Image.changes` says what was done.

    Raises
    ------
    ContentError
        If the bytes are no image, are cut short or damaged, or declare more pixels than memory has room for: 179
        million, fewer in formats that take more memory, and 105 million where the picture is turned or converted.
    """
    kind = _image_kind(blob)
    label = blob.name or "image"
    with pillow.opened(blob.data, label) as picture:
        if kind not in IMAGE_TYPES:
            pillow.check_room_for_copy(picture, label, kind)
        turned, frames = _read(picture, blob.data, kind)
        if kind in IMAGE_TYPES and not turned and colours.are_plain(picture):
            return Image(blob.data, kind, *picture.size, blob.name, frames=frames)
        pillow.check_room_for_copy(picture, label, kind)
        changes = [_taken(picture, frames)] if _taken(picture, frames) else []
        changes += ["turned upright"] if turned else []
        upright, colour_changes = colours.converted(pillow.upright(picture))
        changes += colour_changes
        if _is_photograph(upright, kind):
            data, new_kind = formats.jpeg(upright, **formats.as_before(picture)), "image/jpeg"
        else:
            data, new_kind = formats.png(upright), "image/png"
    if kind not in IMAGE_TYPES:
        changes.insert(0, f"converted from {picture.format}")
    return Image(data, new_kind, *upright.size, blob.name, tuple(changes))


def as_sent(data: bytes, name: str | None = None) -> Image:
    """Read an image exactly as it would be sent: nothing is turned or converted.

    Parameters
    ----------
    data : bytes
        Of any image format that can be read; `Image.media_type` says which it is.
    name : str, optional

    Raises
    ------
    ContentError
        As from `from_blob`.

    Examples
    --------
    >>> from pathlib import Path
    >>> photo = as_sent(Path("notebooks/data/photo.jpg").read_bytes(), "photo.jpg")
    >>> photo.width, photo.height, photo.upright
    (1600, 1200, False)
    """
    from PIL import Image as pil

    kind = _image_kind(Blob(data, name))
    with pillow.opened(data, name or "image") as picture:
        size = picture.size
        turned, frames = _read(picture, data, kind)
        known = kind or pil.MIME.get(picture.format or "") or "application/octet-stream"
    return Image(data, known, *size, name, frames=frames, upright=not turned)


def _read(picture: PillowImage, data: bytes, kind: str | None) -> tuple[bool, int]:
    """Make sure that the image is whole; tell whether it is turned, and its frames."""
    turned = kind == "image/tiff" and pillow.is_turned(picture)  # Pillow turns those itself as it decodes them
    frames = integrity.frames(picture, data, kind)
    return turned or pillow.is_turned(picture), frames


def _image_kind(blob: Blob) -> str | None:
    """Tell an image's media type; None if only Pillow can tell, as of formats without a mark at their beginning."""
    kind = media_type(blob.data)
    if kind is None or (kind.startswith("image/") and kind not in refusal.NOT_TAKEN):
        return kind
    raise refusal.refused(blob, kind, "image/*")


def _is_photograph(picture: PillowImage, kind: str | None) -> bool:
    if picture.has_transparency_data:
        return False
    return kind in _PHOTOGRAPHS or (kind == "image/webp" and formats.is_photograph(picture))


def _taken(picture: PillowImage, frames: int) -> str:
    """Say which of several pictures it is."""
    sizes = picture.info.get("sizes") if picture.format in ("ICO", "ICNS") else None
    if sizes and len(sizes) > 1:
        return f"the largest of {len(sizes)} sizes"
    if frames == 1:
        return ""
    return f"the first of {frames} {'pages' if picture.format == 'TIFF' else 'pictures'}"
