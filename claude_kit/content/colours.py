"""How pixels of any depth and colour space become eight bits of sRGB, which every viewer shows alike."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from claude_kit.render.plain import one_line

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsTransform

__all__ = ["Colours", "are_plain", "bands", "converted", "eight_bit", "of"]

_PLAIN: Final = ("1", "L", "LA", "P", "RGB", "RGBA")

# The depths cameras and scanners have: twelve bits of brightness come in files of sixteen.
_DEPTHS: Final = (8, 10, 12, 14, 16)

# The colour space a profile speaks of, by the mode of the pixels that it can be applied to.
_SPACES: Final = {"L": "GRAY", "LA": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}

_BAND_PIXELS: Final = 8_000_000
_PROFILE_NAME_CHARACTERS: Final = 40


def are_plain(picture: Image) -> bool:
    """Tell whether every viewer shows these colours alike: grey or RGB, or a palette of them, of eight bits or less."""
    return picture.mode in _PLAIN or picture.mode == "PA"


@dataclass(frozen=True, slots=True)
class Colours:
    """What has to be done to a picture's colours; told once of the whole, done to any piece of it.

    Attributes
    ----------
    mode : str
        Of a piece in eight bits: ``"L"``, ``"LA"``, ``"RGB"``, ``"RGBA"``, ``"CMYK"`` or ``"LAB"``.
    stretch : (float, float) or None
        The values of a deeper picture that become black and white.
    transform : PIL.ImageCms.ImageCmsTransform or None
        From the picture's colour profile to sRGB; None where there is none, or none that can be used.
    changes : tuple of str
        The same in words.
    """

    mode: str
    stretch: tuple[float, float] | None
    transform: ImageCmsTransform | None
    changes: tuple[str, ...]

    def eight_bit(self, piece: Image) -> Image:
        """Return a piece in `mode`: eight bits a channel, no palette, so that it can be scaled."""
        if self.stretch is not None:
            return _stretched(piece, *self.stretch)
        return piece if piece.mode == self.mode else piece.convert(self.mode)

    def srgb(self, piece: Image) -> Image:
        """Return a piece of `mode` in the colours of sRGB: ``"L"``, ``"LA"``, ``"RGB"`` or ``"RGBA"``."""
        if self.transform is None:
            return piece.convert("RGB") if self.mode == "CMYK" else piece
        from PIL import ImageCms

        opaque = piece.convert(self.mode.removesuffix("A")) if self.mode in ("LA", "RGBA") else piece
        coloured = ImageCms.applyTransform(opaque, self.transform)
        assert coloured is not None  # only of a transform in place
        result = coloured.convert("L") if self.mode in ("L", "LA") else coloured
        if opaque is not piece:
            result.putalpha(piece.getchannel("A"))
        return result


def of(picture: Image) -> Colours:
    """Look at a picture, and tell what has to be done to its colours."""
    mode = _mode_in_eight_bits(picture)
    stretch, depth_change = _stretch(picture) if _is_deep(picture) else (None, "")
    transform, colour_change = _transform(picture, mode)
    return Colours(mode, stretch, transform, tuple(change for change in (depth_change, colour_change) if change))


def converted(picture: Image) -> tuple[Image, tuple[str, ...]]:
    """Return the picture in eight bits of sRGB, itself where it is that already, and what was done in words."""
    colours = of(picture)
    if picture.mode in _PLAIN and colours.transform is None:
        return picture, ()
    from PIL import Image as pil

    pieces = ((place, colours.srgb(colours.eight_bit(picture.crop(place)))) for place in bands(picture))
    place, first = next(pieces)
    whole = pil.new(first.mode, picture.size)  # without the profile of the pixels as they were
    whole.paste(first, place)
    for place, piece in pieces:
        whole.paste(piece, place)
    return whole, colours.changes


def eight_bit(picture: Image) -> Image:
    """Return the picture with eight bits a channel or less, in sRGB."""
    return converted(picture)[0]


def bands(picture: Image) -> Iterator[tuple[int, int, int, int]]:
    """Cut a picture into broad strips (left, top, right, bottom), so that no step needs all of it a second time."""
    rows = max(1, _BAND_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        yield (0, top, picture.width, min(top + rows, picture.height))


def _is_deep(picture: Image) -> bool:
    return picture.mode == "F" or picture.mode.startswith("I")


def _mode_in_eight_bits(picture: Image) -> str:
    if _is_deep(picture):
        return "L"
    if picture.mode in ("1", "L"):
        return "LA" if picture.has_transparency_data else "L"
    if picture.mode in ("LA", "CMYK", "LAB"):
        return picture.mode
    return "RGBA" if picture.has_transparency_data else "RGB"


def _stretch(picture: Image) -> tuple[tuple[float, float], str]:
    """Tell which values are black and white, and say so.

    Whole numbers are read in the smallest depth that holds the brightest, floating point in 0 to 1; what lies outside
    of that is stretched from its darkest value to its brightest.
    """
    darkest, brightest = _extremes(picture)
    if picture.mode == "F" and darkest >= 0 and brightest <= 1:
        return (0.0, 1.0), "floating point to 8 bits"
    if picture.mode != "F" and darkest >= 0:
        for depth in _DEPTHS:
            if brightest < 2**depth:
                return (0.0, 2.0**depth - 1), "" if depth == 8 else f"{depth}-bit grey to 8 bits"
    return (darkest, brightest), f"values from {darkest:g} to {brightest:g} stretched to 8 bits"


def _extremes(picture: Image) -> tuple[float, float]:
    """Return the darkest and the brightest value that is a number."""
    import numpy

    lows, highs = [], []
    for place in bands(picture):
        values = numpy.asarray(picture.crop(place))
        if picture.mode == "F":
            values = values[numpy.isfinite(values)]
        if values.size:
            lows.append(float(values.min()))
            highs.append(float(values.max()))
    return min(lows, default=0.0), max(highs, default=0.0)


def _stretched(piece: Image, black: float, white: float) -> Image:
    import numpy
    from PIL import Image as pil

    values = numpy.nan_to_num(numpy.asarray(piece, dtype=numpy.float64), nan=black, posinf=white, neginf=black)
    share = (values - black) / ((white - black) or 1.0)
    return pil.fromarray(numpy.rint(numpy.clip(share, 0, 1) * 255).astype(numpy.uint8))


def _transform(picture: Image, mode: str) -> tuple[ImageCmsTransform | None, str]:
    """Return the way from the picture's profile to sRGB, and say from where; a profile that is broken is none."""
    plainly = "CMYK to sRGB" if mode == "CMYK" else ""
    embedded = picture.info.get("icc_profile")
    if mode != "LAB" and not (isinstance(embedded, bytes) and embedded):
        return None, plainly
    from PIL import ImageCms

    try:
        if mode == "LAB":
            return _to_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB"), "Lab to sRGB"
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded or b""))
        if profile.profile.xcolor_space.strip() != _SPACES[mode]:
            return None, plainly
        called = one_line(ImageCms.getProfileDescription(profile)).strip()[:_PROFILE_NAME_CHARACTERS]
        if "sRGB" in called:
            return None, plainly
        colours = mode.removesuffix("A") if mode != "LA" else "L"
        transform = _to_srgb(profile, colours)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None, plainly
    return transform, plainly or f"{called or 'its colour profile'} to sRGB"


def _to_srgb(profile: Any, mode: str) -> ImageCmsTransform:
    from PIL import ImageCms

    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    intent = ImageCms.Intent.PERCEPTUAL
    return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent, flags)
