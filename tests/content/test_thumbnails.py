"""Thumbnails: small whatever they show."""

import io

import pytest
from PIL import Image as pil

from claude_kit.content import thumbnails
from tests.content import making


def shown(data: bytes) -> pil.Image:
    """Open a thumbnail as a page does."""
    picture = pil.open(io.BytesIO(data))
    assert picture.format == "JPEG"
    picture.load()
    return picture


@pytest.mark.parametrize("size", [(1600, 1200), (4000, 10), (10, 4000), (260, 192), (1, 1)])
def test_an_image_of_noise_is_still_small(size: tuple[int, int]) -> None:
    """Even what compresses worst is under 7 KB, and within 260 by 192 pixels."""
    data = thumbnails.of_image(making.encoded(making.noise(*size), "PNG"), "a")
    assert len(data) <= 7_000
    assert shown(data).width <= 260
    assert shown(data).height <= 192


def test_a_page_is_smaller_yet() -> None:
    """Two of them stand on a card."""
    buffer = io.BytesIO()
    making.noise(700, 900).save(buffer, "PDF")
    assert len(thumbnails.of_page(buffer.getvalue(), "a", 0)) <= 3_500


@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGB", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("P", "PNG"), ("P", "GIF"), ("RGBA", "WEBP")],
)
def test_colours_are_kept(mode: str, form: str) -> None:
    """Of every mode that a file may come in."""
    data = making.encoded(making.corners(mode), form)
    assert making.quarters(shown(thumbnails.of_image(data, "a"))) == ["red", "green", "blue", "white"]


def test_what_is_transparent_is_white() -> None:
    """As on the page of a notebook, and not black as its pixels may be."""
    data = making.encoded(pil.new("LA", (40, 30), (0, 0)), "PNG")
    assert making.quarters(shown(thumbnails.of_image(data, "a"))) == ["white"] * 4


def test_sixteen_bits_are_not_clipped() -> None:
    """A dark scientific image is stretched to what can be seen."""
    data = making.encoded(pil.linear_gradient("L").convert("I").point(lambda value: value * 16).convert("I;16"), "PNG")
    low, high = shown(thumbnails.of_image(data, "a")).convert("L").getextrema()
    assert low < 20
    assert high > 235


def test_a_large_image_brings_no_warning() -> None:
    """Pillow's warning of large images is not for the person who looks at a card."""
    data = making.encoded(pil.new("1", (10_000, 9_000)), "PNG")
    assert shown(thumbnails.of_image(data, "a")).size == (213, 192)
