"""What Pillow knows of an image: its pixels, whether they stand upright, and how they look in eight bits a channel."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from claude_kit.content.kinds import media_type
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["eight_bit", "is_turned", "opened", "upright"]

_EXIF_ORIENTATION: Final = 0x0112
_TURNED: Final = range(2, 9)  # 1 stands upright; cameras also write 0, for "not known"

# Pillow knows forty more, some of which start other programs (EPS starts Ghostscript).
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "ICNS", "JPEG2000", "PPM", "TGA", "AVIF", "HEIF")

_EIGHT_BIT: Final = ("1", "L", "LA", "P", "RGB", "RGBA")


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Image]:
    """Open an encoded image, not yet decoded; whatever goes wrong with it is a `ContentError`."""
    from PIL import Image as pil
    from PIL import UnidentifiedImageError

    kind = media_type(data)
    if kind == "image/heic":
        _learn_heic(name)
    pil.init()
    try:
        with warnings.catch_warnings():
            # Pillow warns of size and of oddities; what counts here is whether it decodes.
            warnings.simplefilter("ignore")
            yield pil.open(io.BytesIO(data), formats=[known for known in _FORMATS if known in pil.OPEN])
    except ContentError:
        raise
    except pil.DecompressionBombError:
        most = 2 * (pil.MAX_IMAGE_PIXELS or 0) / 1e6  # Pillow warns from the one and refuses from the double on
        raise ContentError(
            f"{name}: over {most:.0f} million pixels, too many to decode; Claude takes at most 8,000 × 8,000. "
            "Scale it down first."
        ) from None
    except UnidentifiedImageError:
        what = "damaged" if kind and kind.startswith("image/") else "not an image"
        raise ContentError(f"{name}: {what} ({kind or 'binary data'})") from None
    except Exception as error:  # damaged data makes decoders raise anything, SyntaxError and TypeError too
        raise ContentError(f"{name}: cut short or damaged ({kind or 'binary data'}: {error})") from None


def is_turned(picture: Image) -> bool:
    """Tell whether EXIF says that the pixels do not stand upright."""
    return picture.getexif().get(_EXIF_ORIENTATION) in _TURNED


def upright(picture: Image) -> Image:
    """Return the picture turned as its EXIF orientation says, without that orientation."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture) if is_turned(picture) else picture


def eight_bit(picture: Image) -> Image:
    """Return the picture in a mode with eight bits a channel or less, which any viewer shows alike.

    A deeper one (16 bits, floating point) is stretched from its darkest value to its brightest.
    """
    if picture.mode in _EIGHT_BIT:
        return picture
    if picture.mode == "F" or picture.mode.startswith("I"):
        deep = picture.convert("I").convert("F") if ";" in picture.mode else picture.convert("F")
        darkest, brightest = deep.getextrema()
        assert isinstance(darkest, float)
        assert isinstance(brightest, float)
        scale = 255 / ((brightest - darkest) or 1)
        return deep.point(lambda value: value * scale - darkest * scale).convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _learn_heic(name: str) -> None:
    from importlib import import_module

    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        raise ContentError(f'{name}: HEIC takes one more package: pip install "claude_kit[heic]"') from None
