"""How many tokens an image costs: patches of 28 by 28 pixels, after the resize the server does.

Sources: the documented resize and formula (Anthropic docs, vision, 2026-09); the 3 tokens an image around it from
36 recorded requests, exact in 28 of them and within one token in 35.
"""

from __future__ import annotations

from typing import Final, Literal

from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["PATCH_PX", "WRAPPER_TOKENS", "count", "patches", "resized", "tokens", "unseen"]

Tier = Literal["standard", "high"]

#: Pixels of a patch, each way.
PATCH_PX: Final = 28

#: What an image block costs beside its patches.
WRAPPER_TOKENS: Final = 3

# Tier -> (longest edge in pixels, most patches): Claude 4.7 and later are "high", all before "standard".
_LIMITS: Final[dict[str, tuple[int, int]]] = {"standard": (1568, 1568), "high": (2576, 4784)}

# Model -> its tokens for an image to everybody else's: 432 to 414 at 640 by 480 pixels (n = 1), none more at 1 by 1.
_DEARER: Final[dict[str, tuple[int, int]]] = {"claude-3-5-haiku-20241022": (432, 414)}


def tokens(width: int, height: int, tier: Tier) -> int:
    """Return what an image is billed.

    Parameters
    ----------
    width, height : int
        Pixels of the image as it is sent.
    tier : {"standard", "high"}
        The model's image tier.

    Examples
    --------
    >>> tokens(1920, 1080, "high"), tokens(1920, 1080, "standard")
    (2694, 1563)
    """
    return patches(*resized(width, height, tier)) + WRAPPER_TOKENS


def count(width: int, height: int, model: Model) -> Count:
    """Count what an image is billed by a model that takes images.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> count(640, 480, find("claude-sonnet-5-5")).tokens, count(640, 480, find("claude-3-5-haiku")).tokens
    (417, 435)
    """
    number = tokens(width, height, "high" if model.image_tier == "high" else "standard")
    if model.id not in _DEARER:
        return Count.exactly(number)
    more, usual = _DEARER[model.id]
    dearer = round((number - WRAPPER_TOKENS) * more / usual) + WRAPPER_TOKENS
    return Count(dearer, number, 2 * dearer - number + 1, "interpolated")


def unseen(model: Model) -> Count:
    """Count an image that is not here (given by URL or file id): nothing, up to the largest that the model sees."""
    _, most = _LIMITS["high" if model.image_tier == "high" else "standard"]
    return Count(0, 0, most + WRAPPER_TOKENS if model.accepts_images else 0, "uncounted")


def patches(width: int, height: int) -> int:
    """Return how many 28-px patches cover `width` by `height` pixels."""
    return -(-width // PATCH_PX) * -(-height // PATCH_PX)


def resized(width: int, height: int, tier: Tier) -> tuple[int, int]:
    """Return the size the server scales an image down to: the same, if it is within the tier's limits.

    The largest size of the same shape whose edges, filled up to whole patches, and whose number of patches
    are within the tier's limits; found by bisecting the long edge.

    Examples
    --------
    >>> resized(3840, 2160, "high"), resized(640, 480, "high")
    ((2576, 1449), (640, 480))
    """
    if _fits(width, height, tier):
        return width, height
    portrait = height > width
    long, short = (height, width) if portrait else (width, height)
    fits, too_long = 1, long
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _fits(middle, max(1, round(middle * short / long)), tier):
            fits = middle
        else:
            too_long = middle
    other = max(1, round(fits * short / long))
    return (other, fits) if portrait else (fits, other)


def _fits(width: int, height: int, tier: Tier) -> bool:
    edge, most = _LIMITS[tier]
    padded = -(-max(width, height) // PATCH_PX) * PATCH_PX
    return padded <= edge and patches(width, height) <= most
