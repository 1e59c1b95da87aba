"""How a picture gets smaller: with the best filter, and without a second picture of its own size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from claude_kit.content.colours import Colours

__all__ = ["resampled"]

# What is scaled in one piece; of anything larger the copies that scaling makes would count in hundreds of megabytes.
_WHOLE_PIXELS: Final = 32_000_000
_BAND_PIXELS: Final = 8_000_000

# Pillow's own filter reads three pixels on either side, times the scale.
_LANCZOS: Final = 3
# From Pillow's documentation of `Image.resize`: with 3.0 the result is hardly to be told from fair resampling.
_REDUCING_GAP: Final = 3.0


def resampled(picture: Image, width: int, height: int, colours: Colours) -> Image:
    """Return the picture in another size, in eight bits of sRGB.

    A JPEG that is not yet decoded decodes at a half, a quarter or an eighth of its size where that is enough.
    """
    from PIL import Image as pil

    picture.draft(None, (width, height))
    if picture.width * picture.height > _WHOLE_PIXELS:
        return colours.srgb(_in_bands(picture, width, height, colours))
    small = colours.eight_bit(picture)
    if small.size != (width, height):
        small = small.resize((width, height), pil.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    return colours.srgb(small)


def _in_bands(picture: Image, width: int, height: int, colours: Colours) -> Image:
    """Scale strip by strip; each is cut with the rows that the filter reads beyond it, so no seam shows."""
    from PIL import Image as pil

    scale = picture.height / height
    beyond = math.ceil(_LANCZOS * max(scale, 1.0)) + 1
    rows = max(1, round(_BAND_PIXELS / picture.width / scale))
    result = pil.new(colours.mode, (width, height))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first = max(0, math.floor(top * scale) - beyond)
        last = min(picture.height, math.ceil(bottom * scale) + beyond)
        strip = colours.eight_bit(picture.crop((0, first, picture.width, last)))
        place = (0, top * scale - first, picture.width, min(bottom * scale - first, strip.height))
        result.paste(strip.resize((width, bottom - top), pil.Resampling.LANCZOS, box=place), (0, top))
    return result
