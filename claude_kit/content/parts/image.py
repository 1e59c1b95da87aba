"""An image, as Claude takes it."""

from __future__ import annotations

from dataclasses import dataclass

from claude_kit.content import thumbnails
from claude_kit.content.parts.showing import show
from claude_kit.errors import ContentError
from claude_kit.render import cards, units

__all__ = ["Image"]


@dataclass(frozen=True, slots=True, repr=False)
class Image:
    """An image, upright, in a format Claude takes.

    Attributes
    ----------
    data : bytes
        The encoded image.
    media_type : str
        ``"image/jpeg"``, ``"image/png"``, ``"image/gif"`` or ``"image/webp"``, told from the bytes.
    width, height : int
        Pixels.
    name : str or None
        What to call it in tables and messages.
    changes : tuple of str
        What was done to the original on the way here, such as ``"turned upright"``.
    frames : int
        How many pictures it holds, one after the other; Claude sees the first.
    upright : bool
        False if EXIF says that the pixels stand otherwise than they are; only of an image from elsewhere.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    name: str | None = None
    changes: tuple[str, ...] = ()
    frames: int = 1
    upright: bool = True

    @property
    def size(self) -> int:
        """Bytes of the encoded image."""
        return len(self.data)

    @property
    def label(self) -> str:
        """The name, or what stands in for one."""
        return self.name or "image"

    def __repr__(self) -> str:
        kind = self.media_type.removeprefix("image/").upper()
        return f"<Image {self.label}: {self.width} × {self.height} px, {kind}, {units.size(self.size)}>"

    _repr_mimebundle_ = show

    def card(self) -> cards.Card:
        """Return what the image shows of itself: a thumbnail, pixels, format, size, and what was done to it."""
        kind = self.media_type.removeprefix("image/").upper()
        facts = f"{self.width:,} × {self.height:,} px · {kind} · {units.size(self.size)}"
        labels = tuple((change, "") for change in self.changes)
        if self.frames > 1:
            labels = (*labels, (f"animated, {self.frames:,} frames", ""))
        pictures: tuple[bytes, ...] = ()
        try:
            pictures = (thumbnails.of_image(self.data, self.label),)
        except ContentError:  # one that was made by hand may hold anything
            labels = (("cannot be shown", "error"), *labels)
        return cards.Card(self.label, facts, labels, pictures)
