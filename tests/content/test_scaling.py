"""Images get smaller, in pixels or in bytes, and stay what they were otherwise."""

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pil
from PIL import ImageChops, ImageDraw, ImageStat

from claude_kit.content import colours, formats, images, resampling, scaling
from claude_kit.content.blob import Blob
from claude_kit.content.parts import Image
from claude_kit.errors import ContentError
from tests.content import making


def image(picture: pil.Image, form: str, name: str | None = None, **options: object) -> Image:
    return images.from_blob(Blob(making.encoded(picture, form, **options), name))


def pixels(image: Image) -> pil.Image:
    picture = pil.open(io.BytesIO(image.data))
    picture.load()
    return picture


def apart(one: pil.Image, other: pil.Image) -> float:
    """Return how far two pictures are from each other, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def photograph(width: int = 1200, height: int = 900) -> pil.Image:
    """Return soft shapes with the noise of a sensor."""
    soft = making.noise(12, 9).resize((width, height), pil.Resampling.BICUBIC)
    return pil.blend(soft, making.noise(width, height), 0.06)


def drawing(width: int = 1200, height: int = 900, mode: str = "RGB") -> pil.Image:
    """Return lines and letters on paper."""
    picture = pil.new(mode, (width, height), "white" if "A" not in mode else (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    for at in range(0, height, 40):
        pen.text((20, at), "The quick brown fox jumps over the lazy dog 0123456789 " * 2, fill="black")
        pen.line((width // 2, at, width - 20, height - at), fill="red", width=2)
    return picture


@pytest.mark.parametrize(
    ("picture", "form", "kind", "name", "renamed"),
    [
        (photograph(), "JPEG", "image/jpeg", "photo.jpeg", "photo.jpeg"),
        (photograph(), "PNG", "image/jpeg", "photo.png", "photo.jpg"),
        (photograph(), "WEBP", "image/jpeg", "photo.v2.webp", "photo.v2.jpg"),
        (photograph(), "TIFF", "image/jpeg", "photo.tiff", "photo.jpg"),
        (drawing(), "JPEG", "image/jpeg", "plot.jpg", "plot.jpg"),
        (drawing(), "PNG", "image/png", "plot.png", "plot.png"),
        (drawing(), "WEBP", "image/png", "plot", "plot"),
        (drawing(), "GIF", "image/png", "Figure 1.2", "Figure 1.2"),
        (drawing(), "BMP", "image/png", "plot.bmp", "plot.png"),
        (pil.linear_gradient("L").resize((900, 900)), "PNG", "image/png", None, None),
    ],
)
def test_the_format_follows_the_content(
    picture: pil.Image, form: str, kind: str, name: str | None, renamed: str | None
) -> None:
    """Photographs become JPEG, drawings PNG, a JPEG stays one; the name's suffix goes along, the picture stays."""
    before = image(picture, form, name)
    after = scaling.scaled(before, 600, 450)
    assert (after.media_type, after.name, after.width, after.height) == (kind, renamed, 600, 450)
    assert pixels(after).size == (600, 450)
    assert apart(pixels(after), picture.convert("RGB").resize((600, 450), pil.Resampling.LANCZOS)) < 6


@pytest.mark.parametrize("file", ["notebooks/data/photo.jpg", "notebooks/data/screenshot.png"])
def test_real_files_are_told_apart(file: str) -> None:
    """A photograph and a screenshot of the lessons."""
    with pil.open(file) as picture:
        for width in (1000, 500):
            small = picture.convert("RGB").resize((width, width * picture.height // picture.width))
            assert formats.is_photograph(small) == (file == "notebooks/data/photo.jpg")


def test_a_plot_is_a_drawing() -> None:
    """Whether of lines, of thousands of points, or of coloured squares."""
    figures = pytest.importorskip("matplotlib.figure")
    for draw in ("plot", "scatter", "imshow"):
        figure = figures.Figure(figsize=(10, 7), dpi=150)
        axes = figure.subplots()
        noise = making.noise(60, 60).convert("L")
        values = list(noise.tobytes())
        axes.imshow(noise) if draw == "imshow" else getattr(axes, draw)(values, values[::-1])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        assert not formats.is_photograph(pil.open(buffer).convert("RGB"))


def test_it_says_what_was_done() -> None:
    """In pixels and in bytes, after what was done before; and the original stays as it was."""
    before = image(photograph(3000, 2000), "TIFF", "photo.tiff")
    data = before.data
    after = scaling.scaled(before, 600, 400)
    assert after.changes[0] == "converted from TIFF"
    assert after.changes[1].startswith("scaled from 3,000 × 2,000 to 600 × 400 px, ")
    assert after.changes[1].endswith(" KB, PNG to JPEG")
    assert (before.data, before.width, before.name) == (data, 3000, "photo.tiff")


@pytest.mark.parametrize("size", [(1200, 900), (5000, 4000), (1200, 901)])
def test_nothing_is_enlarged(size: tuple[int, int]) -> None:
    """What is small enough is returned itself, byte for byte."""
    before = image(photograph(), "JPEG")
    assert scaling.scaled(before, *size) is before
    assert scaling.scaled(before, 5000, 450).width == 1200


def test_what_is_small_enough_in_bytes_is_returned_itself() -> None:
    """Without a second loss."""
    before = image(photograph(), "JPEG")
    assert scaling.compressed(before, before.size) is before


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05, 0.01])
@pytest.mark.parametrize(("make", "form"), [(photograph, "JPEG"), (photograph, "PNG"), (drawing, "PNG")])
def test_the_most_bytes_hold(share: float, make: object, form: str) -> None:
    """Quality goes first, then pixels; the shape stays."""
    before = image(make(), form)  # type: ignore[operator]
    most = int(before.size * share)
    after = scaling.compressed(before, most)
    assert after.size <= most
    assert len(pixels(after).getbands()) in (1, 3)
    assert after.width / after.height == pytest.approx(4 / 3, rel=0.05)
    if share == 0.5 and (make, form) == (photograph, "PNG"):
        assert (after.width, after.height) == (1200, 900)
    if share == 0.01:
        assert after.width < 1200


def test_both_limits_hold_at_once() -> None:
    """Pixels and bytes."""
    after = scaling.scaled(image(photograph(), "PNG"), 800, 600, max_bytes=20_000)
    assert after.size <= 20_000
    assert after.width <= 800


def test_what_cannot_be_made_small_enough_is_an_error() -> None:
    """It ends, and says what was wanted."""
    with pytest.raises(ContentError, match=r"^a.jpg: cannot be brought under 100 bytes, not even at 16 px") as caught:
        scaling.compressed(image(photograph(), "JPEG", "a.jpg"), 100)
    assert (caught.value.media_type, caught.value.where) == ("image/jpeg", "a.jpg")


def test_transparency_is_kept() -> None:
    """Of a drawing also where bytes are few: white letters on nothing would vanish on white."""
    before = image(drawing(mode="RGBA"), "PNG")
    for after in (scaling.scaled(before, 600, 450), scaling.compressed(before, before.size // 4)):
        assert after.media_type == "image/png"
        assert pixels(after).convert("RGBA").getchannel("A").getextrema()[0] == 0
        assert after.width < 1200


def test_transparency_that_is_nowhere_is_dropped() -> None:
    """It would cost a quarter of the file."""
    picture = photograph()
    picture.putalpha(255)
    assert scaling.scaled(image(picture, "PNG"), 600, 450).media_type == "image/jpeg"
    opaque = drawing()
    opaque.putalpha(255)
    assert pixels(scaling.scaled(image(opaque, "PNG"), 600, 450)).mode in ("P", "RGB")


def test_a_photograph_that_must_lose_its_transparency_gets_white() -> None:
    """Never black; and it says so."""
    picture = photograph()
    picture.putalpha(pil.linear_gradient("L").resize(picture.size).point(lambda value: 255 if value > 127 else 0))
    before = image(picture, "PNG")
    assert scaling.scaled(before, 600, 450).media_type == "image/png"
    after = scaling.scaled(before, 600, 450, max_bytes=40_000)
    assert after.media_type == "image/jpeg"
    assert "white under what was transparent" in after.changes
    top = pixels(after).convert("L").crop((0, 0, 600, 200))
    assert ImageStat.Stat(top).mean[0] > 250


@pytest.mark.parametrize("mode", ["1", "P"])
def test_few_colours_are_scaled_smoothly(mode: str) -> None:
    """A scan of one bit becomes grey, and a palette colours: neighbours are mixed, not dropped."""
    before = image(drawing().convert(mode), "PNG")
    small = pixels(scaling.scaled(before, 400, 300)).convert("L")
    assert len(small.getcolors(256) or range(257)) > 20


def test_sixteen_bits_are_scaled_in_what_can_be_seen() -> None:
    """Twelve bits in a PNG of sixteen become eight."""
    ramp = pil.linear_gradient("L").resize((800, 600)).convert("I").point(lambda value: value * 16).convert("I;16")
    after = scaling.scaled(image(ramp, "PNG"), 400, 300)
    assert "12-bit grey to 8 bits" in after.changes
    assert apart(pixels(after), pil.linear_gradient("L").resize((400, 300))) < 2


def test_cmyk_becomes_srgb() -> None:
    """A JPEG for print passes as it is, until it is encoded again."""
    after = scaling.scaled(image(making.corners("CMYK"), "JPEG", quality=95), 24, 16)
    assert making.quarters(pixels(after)) == ["red", "green", "blue", "white"]
    assert "CMYK to sRGB" in after.changes


def test_of_an_animation_it_is_the_first_picture() -> None:
    """As Claude would see; and it says so."""
    frames = [making.corners().resize((480, 320)), making.corners().rotate(180).resize((480, 320))]
    for form in ("GIF", "WEBP", "PNG"):
        before = image(frames[0], form, save_all=True, append_images=frames[1:])
        after = scaling.scaled(before, 48, 32)
        assert making.quarters(pixels(after)) == ["red", "green", "blue", "white"]
        assert (before.frames, after.frames, after.changes[0]) == (2, 1, "the first of 2 pictures")


@pytest.mark.parametrize("turn", [2, 3, 6, 8])
def test_what_was_read_as_sent_is_turned(turn: int) -> None:
    """Nothing else would say how it stands, once it is encoded again."""
    exif = pil.Exif()
    exif[0x0112] = turn
    before = images.as_sent(making.encoded(making.corners().resize((480, 320)), "JPEG", exif=exif, quality=95))
    after = scaling.scaled(before, 240, 160)
    expected = images.from_blob(Blob(before.data, None))
    assert (after.width, after.height) == ((160, 240) if turn > 4 else (240, 160))
    assert making.quarters(pixels(after)) == making.quarters(pixels(expected))
    assert after.changes[0] == "turned upright"
    assert after.upright
    assert scaling.scaled(before, 480, 320).upright


def test_a_small_palette_does_not_grow_without_need() -> None:
    """Squares of few colours, at half the size, are written with few colours again."""
    board = pil.new("RGB", (1600, 1600), "white")
    pen = ImageDraw.Draw(board)
    for at in range(0, 1600, 200):
        pen.rectangle((at, at, at + 99, at + 99), fill=(at % 250, 40, 90))
    before = image(board.convert("P", palette=pil.Palette.ADAPTIVE), "PNG")
    after = scaling.scaled(before, 800, 800)
    assert apart(pixels(after), board.resize((800, 800), pil.Resampling.BOX)) < 1
    assert after.size < 2 * before.size


def test_a_coarse_jpeg_does_not_grow_without_need() -> None:
    """What it has lost does not come back by spending bytes."""
    before = image(photograph(1200, 900), "JPEG", quality=20)
    after = scaling.scaled(before, 1150, 862)
    assert after.size < 1.1 * before.size


def test_strips_leave_no_seam() -> None:
    """A large picture is scaled strip by strip, and looks as if it were scaled whole."""
    large = making.noise(700, 500).resize((7000, 5000))
    after = resampling.resampled(large, 1401, 1001, colours.of(large))
    whole = large.resize((1401, 1001), pil.Resampling.LANCZOS)
    assert not ImageChops.difference(after, whole).point(lambda value: max(value - 1, 0)).getbbox()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 90), st.integers(1, 90), st.sampled_from("LPA"))
def test_any_size_from_any_size(width: int, height: int, to_width: int, to_height: int, mode: str) -> None:
    """Down to one pixel."""
    picture = making.noise(width, height).convert({"L": "L", "P": "P", "A": "RGBA"}[mode])
    after = scaling.scaled(image(picture, "PNG"), to_width, to_height)
    assert (after.width, after.height) == pixels(after).size == (min(width, to_width), min(height, to_height))


def test_a_long_image_is_scaled() -> None:
    """20,000 pixels, which Claude would refuse."""
    after = scaling.scaled(image(drawing(20_000, 400), "PNG"), 2576, 52)
    assert pixels(after).size == (2576, 52)


def test_it_ends_soon() -> None:
    """Also where next to nothing may be left of much."""
    begin = time.perf_counter()
    scaling.compressed(image(making.noise(2000, 1500), "PNG"), 2_000)
    assert time.perf_counter() - begin < 20
