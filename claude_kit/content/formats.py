"""In which format a picture is written: JPEG for photographs, PNG for drawings, screenshots and text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["QUALITY", "as_before", "has_transparency", "is_photograph", "jpeg", "on_white", "png"]

#: Of a JPEG whose losses nobody sees.
QUALITY: Final = 90

# A picture is judged by 4 × 4 tiles of its brightness. As PNG, photographs take more than half a byte a pixel, or over
# twice what they take as JPEG. Measured: photographs 2.3 to 3.1 times, noise 0.9 bytes; screenshots, plots, drawings
# and scans of text 0.2 to 1.8 times, at most 0.3 bytes.
_TILES: Final = 4
_TILE_PX: Final = 64
_JPEG_HEADER_BYTES: Final = 332
_PHOTOGRAPH_BYTES_A_PIXEL: Final = 0.5
_PHOTOGRAPH_RATIO: Final = 2.0

_PALETTE_COLOURS: Final = 256
# To look for fewer colours takes a copy, which of a larger picture memory has no room for.
_LEAN_PIXELS: Final = 32_000_000


def jpeg(picture: Image, **how: Any) -> bytes:
    """Encode as JPEG, without metadata; what is transparent becomes white.

    Parameters
    ----------
    picture : PIL.Image.Image
        In eight bits of sRGB.
    how
        Pillow's options; by default quality 90.
    """
    flat = on_white(picture)
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", **{"icc_profile": None, "exif": b"", **(how or {"quality": QUALITY})})
    return buffer.getvalue()


def as_before(original: Image) -> dict[str, object]:
    """Return the options that encode neither larger nor worse than a JPEG was: its quantisation and sampling."""
    from PIL.JpegImagePlugin import get_sampling

    tables = getattr(original, "quantization", None)
    if not tables:
        return {"quality": QUALITY}
    return {"qtables": tables, "subsampling": get_sampling(original), "optimize": True}


def png(picture: Image) -> bytes:
    """Encode as PNG, without loss and without metadata, in as few bits as the colours need.

    Pillow's own `optimize` is left out: measured, it takes four times as long for one percent.
    """
    small = picture.width * picture.height <= _LEAN_PIXELS
    buffer = io.BytesIO()
    (_with_palette(_fewest_channels(picture)) if small else picture).save(buffer, "PNG", icc_profile=None)
    return buffer.getvalue()


def is_photograph(picture: Image) -> bool:
    """Tell photographs from drawings, by how well samples of the picture compress."""
    sample = _sample(picture)
    buffer = io.BytesIO()
    sample.save(buffer, "PNG", icc_profile=None)
    as_png = buffer.tell()
    as_jpeg = max(1, len(jpeg(sample)) - _JPEG_HEADER_BYTES)
    by_size = as_png > _PHOTOGRAPH_BYTES_A_PIXEL * sample.width * sample.height
    return by_size or as_png > _PHOTOGRAPH_RATIO * as_jpeg


def has_transparency(picture: Image) -> bool:
    """Tell whether anything of the picture is transparent, not only whether it could be."""
    if not picture.has_transparency_data:
        return False
    alpha = picture if picture.mode in ("LA", "RGBA", "PA") else picture.convert("RGBA")
    return alpha.getchannel("A").getextrema() != (255, 255)


def on_white(picture: Image) -> Image:
    """Return the picture in a mode that JPEG has, white where it was transparent."""
    if picture.mode in ("L", "RGB") and not picture.has_transparency_data:
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    from PIL import Image as pil

    seen = picture if picture.mode in ("LA", "RGBA") else picture.convert("RGBA")
    paper = pil.new(seen.mode.removesuffix("A"), seen.size, "white")
    paper.paste(seen.convert(paper.mode), mask=seen.getchannel("A"))
    return paper


def _sample(picture: Image) -> Image:
    side = _TILES * _TILE_PX
    if min(picture.size) < side:
        return picture.crop((0, 0, min(picture.width, side), min(picture.height, side))).convert("L")
    from PIL import Image as pil

    sample = pil.new("L", (side, side))
    for row in range(_TILES):
        for column in range(_TILES):
            left = (picture.width - _TILE_PX) * (2 * column + 1) // (2 * _TILES)
            top = (picture.height - _TILE_PX) * (2 * row + 1) // (2 * _TILES)
            tile = picture.crop((left, top, left + _TILE_PX, top + _TILE_PX))
            sample.paste(tile.convert("L"), (column * _TILE_PX, row * _TILE_PX))
    return sample


def _fewest_channels(picture: Image) -> Image:
    """Drop transparency where nothing is transparent, and colour where all is grey."""
    if picture.mode in ("LA", "RGBA") and not has_transparency(picture):
        picture = picture.convert(picture.mode.removesuffix("A"))
    if picture.mode == "RGB" and not picture.has_transparency_data and _is_grey(picture):
        return picture.getchannel("R")
    return picture


def _is_grey(picture: Image) -> bool:
    from PIL import ImageChops

    # A corner tells of most pictures that they have colour.
    for seen in (picture.crop((0, 0, min(picture.width, 256), min(picture.height, 256))), picture):
        red, green, blue = seen.split()
        if ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox():
            return False
    return True


def _with_palette(picture: Image) -> Image:
    """Return the same colours as a palette, if there are no more than one holds."""
    from PIL import Image as pil

    if picture.mode != "RGB" or picture.has_transparency_data:
        return picture
    colours = picture.getcolors(_PALETTE_COLOURS)
    if colours is None:
        return picture
    holder = pil.new("P", (1, 1))
    holder.putpalette([channel for _, colour in colours for channel in colour])  # type: ignore[union-attr]
    indexed = picture.quantize(palette=holder, dither=pil.Dither.NONE)
    return indexed if indexed.convert("RGB").tobytes() == picture.tobytes() else picture
