"""How an image gets smaller, in pixels or in bytes, and stays as good as that allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from claude_kit.content import colours, formats, kinds, pillow
from claude_kit.content.parts import Image
from claude_kit.content.resampling import resampled
from claude_kit.errors import ContentError
from claude_kit.render import units

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

__all__ = ["compressed", "scaled"]

_JPEG: Final = "image/jpeg"
_PNG: Final = "image/png"
_SUFFIXES: Final = {_JPEG: ".jpg", _PNG: ".png"}

# Tried one after the other before pixels are given up. Below 65 small print begins to suffer.
_LOWER_QUALITIES: Final = (85, 75, 65)

# What a smaller picture is encoded with: its size is what gives way now.
_QUALITY_WHEN_SMALLER: Final = 75

# Bytes shrink with the pixels; a little more is taken off, so that one step mostly does.
_MARGIN: Final = 0.95
_LARGEST_STEP: Final = 0.9
_SMALLEST_SIDE_PX: Final = 16


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A picture in some size and format."""

    data: bytes
    media_type: str
    width: int
    height: int
    changes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.data)


def scaled(image: Image, width: int, height: int, *, max_bytes: int | None = None) -> Image:
    """Return an image of fewer pixels; never one of more.

    A JPEG stays a JPEG. Others become JPEG where they are photographs and PNG where they are drawings, screenshots or
    text. What is transparent stays so; only a photograph that is over `max_bytes` gets white under it.

    Parameters
    ----------
    image : Image
        Stays as it is.
    width, height : int
        Pixels wanted. A side that is shorter already stays as it is.
    max_bytes : int, optional
        The most the encoded file may have. If it has more, it is encoded as JPEG, then with lower quality, then scaled
        down further.

    Returns
    -------
    Image
        ``image`` itself if there is nothing to do. `Image.changes` says what was done.

    Raises
    ------
    ContentError
        If it cannot be decoded, or if no size comes under `max_bytes`.

    Examples
    --------
    >>> from claude_kit.content import image
    >>> photo = scaled(image("notebooks/data/photo.jpg"), 640, 480)
    >>> photo.width, photo.height, photo.media_type
    (640, 480, 'image/jpeg')
    """
    width, height = (max(1, min(wanted, side)) for wanted, side in ((width, image.width), (height, image.height)))
    as_it_is = (width, height) == (image.width, image.height) and image.upright
    if as_it_is and (max_bytes is None or image.size <= max_bytes):
        return image
    return _again(image, width, height, max_bytes)


def compressed(image: Image, max_bytes: int) -> Image:
    """Return an image whose file has at most `max_bytes`; it is scaled down only if nothing else does.

    Parameters
    ----------
    image : Image
        Stays as it is.
    max_bytes : int
        The most the encoded file may have; without base64.

    Returns
    -------
    Image
        ``image`` itself if it is small enough.

    Raises
    ------
    ContentError
        If it cannot be decoded, or if no size comes under `max_bytes`.

    Examples
    --------
    >>> from claude_kit.content import image
    >>> compressed(image("notebooks/data/photo.jpg"), 60_000).size <= 60_000
    True
    """
    return scaled(image, image.width, image.height, max_bytes=max_bytes)


def _again(image: Image, width: int, height: int, max_bytes: int | None) -> Image:
    """Decode, scale and encode; `width` and `height` are of the picture as it is stored, turned or not."""
    with pillow.opened(image.data, image.label) as original:
        look = colours.of(original)
        picture = resampled(original, width, height, look)
        turn = pillow.turn(original)
        encoded = _encoded(picture if turn is None else picture.transpose(turn), image, original, max_bytes)
    changes = [f"the first of {image.frames} pictures"] if image.frames > 1 else []
    changes += ["turned upright"] if turn is not None else []
    changes += [*look.changes, *encoded.changes, _said(image, encoded)]
    name = _renamed(image.name, encoded.media_type)
    return Image(encoded.data, encoded.media_type, encoded.width, encoded.height, name, (*image.changes, *changes))


def _encoded(picture: PillowImage, image: Image, original: PillowImage, max_bytes: int | None) -> _Encoded:
    """Return the best encoding that is under `max_bytes`, and no larger than the original was, where that can be."""
    photograph = image.media_type == _JPEG or formats.is_photograph(picture)
    transparent = formats.has_transparency(picture)
    most = math.inf if max_bytes is None else max_bytes
    tried = []
    for encoded in _faithful(picture, original) if photograph and not transparent else _lossless(picture):
        tried.append(encoded)
        if encoded.size <= min(most, image.size):
            break
    best = min(tried, key=lambda encoded: encoded.size)
    if best.size <= most:
        return best
    assert max_bytes is not None
    for encoded in _giving_way(picture, best, max_bytes, as_jpeg=photograph or not transparent):
        if encoded.size <= max_bytes:
            return encoded
    raise ContentError(
        f"{image.label}: cannot be brought under {units.size(max_bytes)}, not even at {_SMALLEST_SIDE_PX} px a side. "
        "Allow it more bytes.",
        media_type=image.media_type,
        where=image.label,
    )


def _lossless(picture: PillowImage) -> Iterator[_Encoded]:
    yield _Encoded(formats.png(picture), _PNG, *picture.size)


def _faithful(picture: PillowImage, original: PillowImage) -> Iterator[_Encoded]:
    """Encode without a loss that anyone sees; then, if that is larger, with the losses that the original has."""
    yield _Encoded(formats.jpeg(picture), _JPEG, *picture.size)
    yield _Encoded(formats.jpeg(picture, **formats.as_before(original)), _JPEG, *picture.size)


def _giving_way(picture: PillowImage, last: _Encoded, max_bytes: int, *, as_jpeg: bool) -> Iterator[_Encoded]:
    """Give up quality first, then pixels."""
    from PIL import Image as pil

    white = ("white under what was transparent",) if as_jpeg and formats.has_transparency(picture) else ()
    if as_jpeg:
        for quality in (formats.QUALITY, *_LOWER_QUALITIES):
            changes = (*white, f"JPEG quality {quality}")
            last = _Encoded(formats.jpeg(picture, quality=quality), _JPEG, *picture.size, changes)
            yield last
    while max(last.width, last.height) > _SMALLEST_SIDE_PX:
        step = min(_LARGEST_STEP, _MARGIN * math.sqrt(max_bytes / last.size))
        step = max(step, _SMALLEST_SIDE_PX / max(last.width, last.height))
        size = max(1, round(last.width * step)), max(1, round(last.height * step))
        smaller = picture.resize(size, pil.Resampling.LANCZOS, reducing_gap=3.0)
        if as_jpeg:
            changes = (*white, f"JPEG quality {_QUALITY_WHEN_SMALLER}")
            last = _Encoded(formats.jpeg(smaller, quality=_QUALITY_WHEN_SMALLER), _JPEG, *size, changes)
        else:
            last = _Encoded(formats.png(smaller), _PNG, *size)
        yield last


def _said(image: Image, encoded: _Encoded) -> str:
    sizes = f"{units.size(image.size)} to {units.size(encoded.size)}"
    kinds = [kind.removeprefix("image/").upper() for kind in (image.media_type, encoded.media_type)]
    formats_changed = f", {kinds[0]} to {kinds[1]}" if kinds[0] != kinds[1] else ""
    if {encoded.width, encoded.height} == {image.width, image.height}:
        return f"encoded again, {sizes}{formats_changed}"
    before = (image.width, image.height)
    if (before[0] > before[1]) != (encoded.width > encoded.height) and encoded.width != encoded.height:
        before = (image.height, image.width)  # it was turned
    return (
        f"scaled from {before[0]:,} × {before[1]:,} to {encoded.width:,} × {encoded.height:,} px, "
        f"{sizes}{formats_changed}"
    )


def _renamed(name: str | None, media_type: str) -> str | None:
    """Let the suffix follow the format, where it is one of a format."""
    claim = kinds.claimed(name)
    if name is None or claim is None or claim == media_type:
        return name
    return f"{name.removesuffix(PurePath(name).suffix)}{_SUFFIXES[media_type]}"
