"""What an image may be: of a format Claude takes, and what it says it is; of so many bytes and pixels; upright."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from claude_kit.content import Image, Pdf, kinds
from claude_kit.content.kinds import IMAGE_TYPES
from claude_kit.estimate import images as scale
from claude_kit.estimate import turns
from claude_kit.preflight.report import Finding, Level
from claude_kit.preflight.request import MANY_IMAGES, MANY_SIDE_PX, MAX_SIDE_PX, Request
from claude_kit.preflight.rules.damage import finding_of
from claude_kit.render import units
from claude_kit.wire.body import base64_bytes

_TINY_PX: Final = 200

_FORMATS: Final = "JPEG, PNG, GIF or WebP"


def accepted(request: Request) -> Iterator[Finding]:
    """The model sees images at all."""
    model = request.model
    if model.accepts_images:
        return
    fix = f"Use {model.replacement or 'a newer model'}, which sees images."
    seen: tuple[Image | Pdf, ...] = (*request.images, *request.pdfs)
    for part in seen:
        what = "an image" if isinstance(part, Image) else "a PDF"
        yield Finding("image.accepted", "error", part.label, f"{what}, and the model reads text only", "", fix)


def media_type(request: Request) -> Iterator[Finding]:
    """Every image is a JPEG, PNG, GIF or WebP, and whole."""
    for error in request.damaged:
        if (error.media_type or "").startswith("image/"):
            yield finding_of(error, "image.format", "Open it and save it anew, as PNG or JPEG.")
    for image, claimed in _claims(request):
        if image.media_type not in IMAGE_TYPES:
            fix = "Read it with ck.image(...), which converts it."
            yield Finding("image.format", "error", image.label, image.media_type, _FORMATS, fix)
        elif claimed is not None and claimed not in IMAGE_TYPES:
            fix = f'Its bytes are {_format(image.media_type)}: give "media_type": "{image.media_type}".'
            yield Finding("image.format", "error", image.label, f"declared as {claimed}", _FORMATS, fix)


def mismatch(request: Request) -> Iterator[Finding]:
    """Every image is what its media type and its name say."""
    for image, claimed in _claims(request):
        if claimed is None:
            named = kinds.claimed(image.name)
            if named and named != image.media_type and not image.changes:
                measured = f"named as {_format(named)}, and its bytes are {_format(image.media_type)}"
                fix = "Nothing to do: it is sent as what its bytes are."
                yield Finding("image.mismatch", "note", image.label, measured, "", fix)
        elif claimed != image.media_type and {claimed, image.media_type} <= set(IMAGE_TYPES):
            measured = f"declared as {claimed}, and its bytes are {image.media_type}"
            fix = f'Give "media_type": "{image.media_type}", or the file itself: ck.image(...) tells by the bytes.'
            yield Finding("image.mismatch", "error", image.label, measured, "", fix)


def encoded_bytes(request: Request) -> Iterator[Finding]:
    """Every image, in base64, is within the route's limit."""
    most = request.route.image_base64_bytes
    for image in request.images:
        encoded = base64_bytes(image.size)
        within = encoded <= most
        fix = "" if within else "Save it as JPEG, or scale it down: ck.fit(...) does."
        measured = f"{units.size(encoded)} in base64"
        yield Finding("image.bytes", _level(within), image.label, measured, units.size(most), fix)


def side(request: Request) -> Iterator[Finding]:
    """No side of an image is over 8,000 pixels."""
    for image in request.images:
        within = max(image.width, image.height) <= MAX_SIDE_PX
        fix = "" if within else f"Scale it down to {MAX_SIDE_PX:,} px or less: ck.fit(...) does."
        yield Finding("image.side", _level(within), image.label, _pixels(image), f"{MAX_SIDE_PX:,} px a side", fix)


def many(request: Request) -> Iterator[Finding]:
    """With more than 20 images in a request, every side stays below 2,000 pixels."""
    number = request.counted_as_images
    if number <= MANY_IMAGES:
        return
    among = f"{number} images" if number == request.image_count else f"{number} images and PDFs"
    limit = f"{MANY_SIDE_PX:,} px a side with over {MANY_IMAGES} images"
    for image in request.images:
        longest = max(image.width, image.height)
        measured = f"{_pixels(image)}, among {among}"
        if longest > MANY_SIDE_PX:
            fix = f"Scale them to {MANY_SIDE_PX - 1:,} px or less, as ck.fit(...) does, or send fewer."
            yield Finding("image.many", "error", image.label, measured, limit, fix)
        elif longest == MANY_SIDE_PX:
            fix = f"Just {MANY_SIDE_PX:,} px were refused too, users report: make it {MANY_SIDE_PX - 1:,} px or less."
            yield Finding("image.many", "warning", image.label, measured, limit, fix)


def count(request: Request) -> Iterator[Finding]:
    """There are no more images than the model takes in a request."""
    most, number = request.model.max_images, request.image_count
    if number > most > 0:
        fix = f"Send {-(-number // most)} requests, which ck.fit(...) makes."
        yield Finding("image.count", "error", "request", units.plural(number, "image"), f"{most} a request", fix)


def oriented(request: Request) -> Iterator[Finding]:
    """Every image stands upright without its EXIF data."""
    for image in request.images:
        if not image.upright:
            fix = "Whether the server turns it is not documented; ck.image(...) turns it before it is sent."
            yield Finding("image.oriented", "warning", image.label, "turned only by its EXIF data", "", fix)


def downscaled(request: Request) -> Iterator[Finding]:
    """Images that the server scales down could be sent smaller."""
    tier = request.model.image_tier
    if tier == "none":
        return
    for image in request.images:
        width, height = scale.resized(image.width, image.height, tier)
        if (width, height) != (image.width, image.height):
            measured = f"{_pixels(image)}, seen as {width:,} × {height:,} px"
            saved = _saved(image, width * height)
            fix = f"ck.fit(...) scales it before it is sent{saved}, for the same tokens."
            yield Finding("image.downscaled", "note", image.label, measured, "", fix)


def _saved(image: Image, pixels: int) -> str:
    """Say what scaling to so many pixels saves, as far as that can be known: the bytes of a JPEG go with its pixels."""
    if image.media_type != "image/jpeg":
        return " where that saves bytes"  # it may become a JPEG, and a drawing of few colours may grow
    smaller = image.size * pixels / (image.width * image.height)
    return f": about {units.size(smaller)} instead of {units.size(image.size)}"


def tiny(request: Request) -> Iterator[Finding]:
    """No side of an image is under 200 pixels."""
    for image in request.images:
        if min(image.width, image.height) < _TINY_PX:
            fix = "Claude may not make it out: give a larger picture if there is one."
            measured = f"{_pixels(image)}, a side under {_TINY_PX} px"
            yield Finding("image.tiny", "note", image.label, measured, "", fix)


def animated(request: Request) -> Iterator[Finding]:
    """An animated image is known to be seen as its first frame."""
    for image in request.images:
        if image.frames > 1:
            fix = "Claude sees the first frame alone: send the frames that matter as images of their own."
            yield Finding("image.animated", "note", image.label, f"{units.count(image.frames)} frames", "", fix)


def _level(within: bool) -> Level:
    return "ok" if within else "error"


def _pixels(image: Image) -> str:
    return f"{image.width:,} × {image.height:,} px"


def _format(kind: str) -> str:
    return kind.rpartition("/")[2].upper()


def _claims(request: Request) -> Iterator[tuple[Image, str | None]]:
    """Yield every image with the media type it was declared as; None for a part, which declares none."""
    for item, given in request.entries:
        if isinstance(item, Image):
            yield item, _declared(given) if isinstance(given, Mapping) else None


def _declared(block: Mapping[str, Any]) -> str:
    source = turns.source_of(block)
    if source:
        return str(source.get("media_type") or "nothing")
    address = block.get("image_url")
    url = str(address.get("url") if isinstance(address, Mapping) else address)
    return url[5:].partition(",")[0].partition(";")[0].lower()
