"""What Pillow opens, and what not: encoded images of known formats, no larger than memory allows."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from claude_kit.content.kinds import media_type
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose

__all__ = ["check_room_for_copy", "is_turned", "opened", "turn", "upright"]

_EXIF_ORIENTATION: Final = 0x0112
# What undoes each way of standing otherwise (EXIF 2.32, 4.6.5). 1 is upright; cameras also write 0, for "not known".
_UPRIGHT_BY: Final[dict[object, str]] = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}

# Pillow knows forty more, some of which start other programs (EPS starts Ghostscript).
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "ICNS", "JPEG2000", "PPM", "TGA", "AVIF", "HEIF")

# The most pixels that are decoded, so that a process stays at about 1 GB whatever a header declares. Pillow keeps 4
# bytes a pixel and refuses over 179 million (716 MB) itself. Measured with Pillow 13, of bytes a pixel at the peak:
# JPEG 2000 25, WebP 16, AVIF 12, HEIF 8.5; TIFF 8 if it is one strip.
_MOST_PIXELS: Final = 178_956_970
_FEWER_PIXELS: Final = {
    "image/jp2": 36_000_000,
    "image/webp": 64_000_000,
    "image/avif": 75_000_000,
    "image/heic": 105_000_000,
    "image/tiff": 105_000_000,
}

#: Turning a picture, or converting its colours, takes a second one of the same size.
_MOST_PIXELS_TWICE: Final = 105_000_000


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Image]:
    """Open an encoded image, not yet decoded; whatever goes wrong with it is a `ContentError`."""
    from PIL import Image as pil
    from PIL import UnidentifiedImageError

    kind = media_type(data)
    what = kind or "application/octet-stream"
    if kind == "image/heic":
        _learn_heic(name)
    pil.init()
    try:
        with _quiet():
            if kind == "image/webp":
                _check_size(_webp_canvas(data), name, what)
            picture = pil.open(io.BytesIO(data), formats=[known for known in _FORMATS if known in pil.OPEN])
            _check_size(picture.size, name, what)
            yield picture
    except ContentError:
        raise
    except pil.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        measured = f"{int(pixels[0]) / 1e6:,.0f} million pixels" if pixels else "too many pixels"
        raise _too_many(measured, _FEWER_PIXELS.get(what, _MOST_PIXELS), name, what) from None
    except UnidentifiedImageError:
        finding = "damaged" if what.startswith("image/") else "not an image"
        raise ContentError(f"{name}: {finding} ({kind or 'binary data'})", media_type=what, where=name) from None
    except Exception as error:  # damaged data makes decoders raise anything, SyntaxError and TypeError too
        message = f"{name}: cut short or damaged ({kind or 'binary data'}: {error})"
        raise ContentError(message, media_type=what, where=name) from None


def check_room_for_copy(picture: Image, name: str, kind: str | None) -> None:
    """Refuse what is too large to hold twice, as turning or converting it would.

    Raises
    ------
    ContentError
        If it has more than 105 million pixels.
    """
    pixels = picture.width * picture.height
    if pixels > _MOST_PIXELS_TWICE:
        raise _too_many(
            _measured(picture.size), _MOST_PIXELS_TWICE, name, kind or "application/octet-stream", "turned or converted"
        )


def is_turned(picture: Image) -> bool:
    """Tell whether EXIF says that the pixels do not stand upright."""
    return _orientation(picture) in _UPRIGHT_BY


def turn(picture: Image) -> Transpose | None:
    """Return how to turn the picture so that it stands upright, None if it does."""
    from PIL.Image import Transpose

    named = _UPRIGHT_BY.get(_orientation(picture))
    return Transpose[named] if named else None


def upright(picture: Image) -> Image:
    """Return the picture turned as its EXIF orientation says, without that orientation."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture) if is_turned(picture) else picture


def _orientation(picture: Image) -> object:
    from PIL import Image as pil

    return pil.Image.getexif(picture).get(_EXIF_ORIENTATION)  # a PNG's own method decodes all of it first


def _check_size(size: tuple[int, int], name: str, kind: str) -> None:
    if min(size) < 1:
        raise ContentError(f"{name}: {size[0]} × {size[1]} pixels, an empty picture", media_type=kind, where=name)
    most = _FEWER_PIXELS.get(kind, _MOST_PIXELS)
    if size[0] * size[1] > most:
        raise _too_many(_measured(size), most, name, kind)


def _measured(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,} = {size[0] * size[1] / 1e6:,.0f} million pixels"


def _too_many(measured: str, most: int, name: str, kind: str, done: str = "decoded") -> ContentError:
    form = kind.removeprefix("image/").upper() if kind.startswith("image/") else "this format"
    return ContentError(
        f"{name}: {measured}; at most {most / 1e6:.0f} million are {done} of {form}, to keep memory under 1 GB. "
        "Claude takes at most 8,000 × 8,000: scale it down first, in the program it comes from.",
        media_type=kind,
        where=name,
    )


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Return the size that an extended WebP declares, because its decoder reserves memory before anyone can ask."""
    if data[12:16] != b"VP8X" or len(data) < 30:
        return (1, 1)
    return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1


class _Quiet:
    """Silence for Pillow's warnings of size and of oddities: what counts here is whether an image decodes.

    `warnings.catch_warnings` puts back what it found. Of two threads that overlap, the second finds the silence of the
    first, and would leave it behind for good; so the first to enter finds, and the last to leave puts back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._found = warnings.catch_warnings()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._inside:
                self._found = warnings.catch_warnings()
                self._found.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._found.__exit__(None, None, None)


_quiet = _Quiet()


def _learn_heic(name: str) -> None:
    from importlib import import_module

    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        message = f'{name}: HEIC takes one more package: pip install "claude_kit[heic]"'
        raise ContentError(message, media_type="image/heic", where=name) from None
