"""What an image costs is what Anthropic documents, and no image gets larger on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.estimate import images
from claude_kit.models import find

# Anthropic docs, vision, 2026-09: size as sent -> size as seen and its tokens, in the standard and in the high tier.
DOCUMENTED = [
    ((200, 200), ((200, 200), 64), ((200, 200), 64)),
    ((1000, 1000), ((1000, 1000), 1296), ((1000, 1000), 1296)),
    ((1092, 1092), ((1092, 1092), 1521), ((1092, 1092), 1521)),
    ((1920, 1080), ((1456, 819), 1560), ((1920, 1080), 2691)),
    ((2000, 1500), ((1270, 952), 1564), ((2000, 1500), 3888)),
    ((3840, 2160), ((1456, 819), 1560), ((2576, 1449), 4784)),
    ((1075, 1520), ((924, 1307), 1551), ((1075, 1520), 2145)),
]

LIMITS = {"standard": (1568, 1568), "high": (2576, 4784)}

sides = st.integers(1, 12_000)
tiers = st.sampled_from(["standard", "high"])


@pytest.mark.parametrize(("sent", "standard", "high"), DOCUMENTED)
def test_the_documented_table_is_reproduced(sent, standard, high):
    """Every row of the documented table, in both tiers, to the pixel and the token."""
    for tier, (size, tokens) in (("standard", standard), ("high", high)):
        assert images.resized(*sent, tier) == size
        assert images.patches(*size) == tokens
        assert images.tokens(*sent, tier) == tokens + images.WRAPPER_TOKENS


def test_a_recorded_image_costs_what_it_was_billed_in_each_tier():
    """One 1800 x 1200 photo was billed 1,536 patches by Sonnet 4.6 and 2,795 by Opus 4.7."""
    assert images.tokens(1800, 1200, "standard") == 1536 + 3
    assert images.tokens(1800, 1200, "high") == 2795 + 3


def test_every_model_bills_an_image_alike_but_one():
    """Claude 3.5 Haiku was billed 432 patches where all others see 414, and no more for a single pixel."""
    haiku = find("claude-3-5-haiku")
    dear = images.count(640, 480, haiku)
    assert (dear.tokens, dear.method) == (432 + 3, "interpolated")
    assert dear.low <= 414 + 3 < 432 + 3 <= dear.high
    assert images.count(1, 1, haiku).tokens == 4
    for name in ("claude-3-haiku", "claude-sonnet-4-5", "claude-sonnet-5-5"):
        count = images.count(640, 480, find(name))
        assert (count.tokens, count.method) == (414 + 3, "exact")


def test_a_model_without_eyes_is_billed_nothing_for_an_image_that_is_not_here():
    """Claude 2 reads text alone."""
    assert images.unseen(find("claude-2.1")).high == 0


@given(sides, sides, tiers)
def test_a_resized_image_is_within_the_limits(width, height, tier):
    """Neither an edge, filled up to whole patches, nor the number of patches is over the tier's limit."""
    edge, most = LIMITS[tier]
    seen = images.resized(width, height, tier)
    assert min(seen) >= 1
    assert -(-max(seen) // 28) * 28 <= edge
    assert images.patches(*seen) <= most


@given(sides, sides, tiers)
def test_no_image_is_enlarged(width, height, tier):
    """Resizing only ever shrinks, and leaves alone what fits."""
    seen = images.resized(width, height, tier)
    assert seen[0] <= width
    assert seen[1] <= height
    assert images.resized(*seen, tier) == seen


@given(sides, sides, tiers)
def test_the_shape_is_kept_within_a_pixel(width, height, tier):
    """The short edge is the long one's share of the original shape, rounded to the nearest, at least one pixel."""
    seen = images.resized(width, height, tier)
    scale = max(seen) / max(width, height)
    assert abs(min(seen) - max(1, min(width, height) * scale)) <= 0.5 + 1e-9


@given(sides, sides, tiers)
def test_turning_an_image_turns_the_result(width, height, tier):
    """Portrait and landscape are treated alike."""
    assert images.resized(height, width, tier) == images.resized(width, height, tier)[::-1]


@given(st.integers(1, 6_000), st.integers(1, 6_000), st.integers(0, 3_000), tiers)
def test_scaling_an_image_up_never_makes_it_seen_smaller(width, height, more, tier):
    """The long edge that is seen grows with the image, until the limit; it never falls back."""
    larger = (width + more, round(height * (width + more) / width) or 1)
    assert max(images.resized(*larger, tier)) >= max(images.resized(width, height, tier)) - 1


@given(sides, sides)
def test_the_high_tier_never_sees_less(width, height):
    """A model of the high tier sees an image at least as large as one of the standard tier."""
    assert images.tokens(width, height, "high") >= images.tokens(width, height, "standard")


@given(st.integers(1, 1092), st.integers(1, 1092))
def test_a_larger_image_within_the_limits_costs_no_less(width, height):
    """Below the limits, a pixel more in either direction costs the same or more."""
    here = images.tokens(width, height, "standard")
    assert images.tokens(min(width + 1, 1092), height, "standard") >= here
    assert images.tokens(width, min(height + 1, 1092), "standard") >= here


def test_an_image_to_haiku_3_5_is_dearer_within_a_range():
    """At 640 by 480 pixels it billed 18 more than others, at 1 by 1 none more: both are in the range."""
    haiku = find("claude-3-5-haiku")
    count = images.count(640, 480, haiku)
    assert (count.low, count.tokens, count.high) == (417, 435, 454)
    assert count.method == "interpolated"
