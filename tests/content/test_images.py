"""Images of any format become one that Claude takes."""

import importlib.util
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pil
from PIL import ImageCms

from claude_kit.content import images
from claude_kit.content.parts import Image
from claude_kit.content.sources import Blob
from claude_kit.errors import ContentError
from tests.content import making

ORIENTATION = 0x0112
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
# How a camera stores the picture of `making.corners` that it says to turn so.
STORED = {
    1: None,
    2: pil.Transpose.FLIP_LEFT_RIGHT,
    3: pil.Transpose.ROTATE_180,
    4: pil.Transpose.FLIP_TOP_BOTTOM,
    5: pil.Transpose.TRANSPOSE,
    6: pil.Transpose.ROTATE_90,
    7: pil.Transpose.TRANSVERSE,
    8: pil.Transpose.ROTATE_270,
}


def read(data: bytes, name: str | None = "photo.jpg") -> Image:
    return images.from_blob(Blob(data, name))


def pixels(image: Image) -> pil.Image:
    picture = pil.open(io.BytesIO(image.data))
    picture.load()
    return picture


def turned(form: str, orientation: int, mode: str = "RGB", **options: object) -> bytes:
    stored = STORED.get(orientation)
    picture = making.corners(mode) if stored is None else making.corners(mode).transpose(stored)
    exif = pil.Exif()
    exif[ORIENTATION] = orientation
    return making.encoded(picture, form, exif=exif, **options)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_what_claude_takes_passes_byte_for_byte(form: str, mode: str) -> None:
    """A file that stands upright is sent as it is, whatever it is called."""
    data = making.encoded(making.corners("L" if (form, mode) == ("JPEG", "P") else mode), form)
    image = read(data, "scan.tiff")
    assert image == Image(data, f"image/{form.lower()}", 48, 32, "scan.tiff")


@pytest.mark.parametrize(
    ("mode", "form"), [("CMYK", "JPEG"), ("LA", "PNG"), ("RGBA", "PNG"), ("1", "PNG"), ("I;16", "PNG")]
)
def test_rarer_modes_pass_too(mode: str, form: str) -> None:
    """CMYK, transparency, one bit and sixteen are no reason to change a file, and each can show its card."""
    data = making.encoded(pil.new(mode, (8, 4)), form)
    assert read(data).data == data
    assert read(data).card().thumbnails


def test_an_animation_passes_byte_for_byte() -> None:
    """All frames of it."""
    frames = [making.corners().rotate(90 * at) for at in range(3)]
    data = making.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read(data).data == data
    assert getattr(pixels(read(data)), "n_frames", 1) == 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_ends_upright(form: str, orientation: int) -> None:
    """The pixels are turned as EXIF says, the size with them, and nobody can turn them a second time."""
    options = {"quality": 95} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
    image = read(turned(form, orientation, **options))
    assert (image.width, image.height) == pixels(image).size == (48, 32)
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"]
    assert pixels(image).getexif().get(ORIENTATION, 1) == 1
    if form != "TIFF":  # Pillow turns those itself
        assert ("turned upright" in image.changes) == (orientation != 1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_means_nothing_changes_nothing(orientation: int) -> None:
    """Some cameras write 0; the file passes as it is."""
    data = turned("JPEG", orientation)
    assert read(data).data == data


def test_exif_that_cannot_be_read_changes_nothing() -> None:
    """The image behind it is whole."""
    data = making.encoded(making.corners(), "JPEG", exif=b"Exif\0\0rubbish that is no TIFF header")
    assert read(data).data == data


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_turned_photograph_stays_as_good_and_as_large(mode: str) -> None:
    """It is a JPEG again, with the quantisation it had, not with one that is coarser or ten times as large."""
    stored = making.corners(mode).resize((480, 320)).transpose(pil.Transpose.ROTATE_90)
    exif = pil.Exif()
    exif[ORIENTATION] = 6
    data = making.encoded(stored, "JPEG", exif=exif, quality=88)
    image = read(data)
    assert image.media_type == "image/jpeg"
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"] if mode != "L" else True
    if mode != "CMYK":
        assert getattr(pixels(image), "quantization", None) == pil.open(io.BytesIO(data)).quantization  # type: ignore[attr-defined]
    assert image.size < 1.3 * len(data)


def test_a_turned_photograph_keeps_its_colour_profile() -> None:
    """Without it the colours of a wide-gamut camera would pale."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert pixels(read(turned("JPEG", 6, icc_profile=profile))).info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("TIFF", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK")),
        *(("BMP", mode) for mode in ("1", "L", "P", "RGB", "RGBA")),
    ],
)
def test_other_formats_become_png(form: str, mode: str) -> None:
    """With the same pixels, and saying so."""
    data = making.encoded(making.corners(mode), form)
    image = read(data, f"scan.{form.lower()}")
    assert image.media_type == "image/png"
    assert image.changes == (f"converted from {form}",)
    expected = pil.open(io.BytesIO(data)).convert("RGB")
    assert pixels(image).convert("RGB").tobytes() == expected.tobytes()


@pytest.mark.parametrize("kind", ["uint16", "int32", "float32"])
def test_a_scientific_image_is_stretched_to_what_can_be_seen(kind: str) -> None:
    """Twelve bits in sixteen, or values from 0 to 1: the darkest becomes black, the brightest white, none clipped."""
    most = 1 if kind == "float32" else 4095
    values = np.linspace(0, most, 64).reshape(8, 8).astype(kind)
    image = read(making.encoded(pil.fromarray(values), "TIFF"))
    assert pixels(image).mode == "L"
    assert pixels(image).getextrema() == (0, 255)
    assert len(set(pixels(image).tobytes())) > 60


def test_a_flat_scientific_image_is_no_division_by_zero() -> None:
    """One value everywhere gives one grey everywhere."""
    image = read(making.encoded(pil.new("F", (4, 4), 0.5), "TIFF"))
    assert len(set(pixels(image).tobytes())) == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP"])
def test_a_file_cut_short_is_named_as_that(form: str) -> None:
    """With what it began as, before anything is sent."""
    data = making.encoded(making.noise(64, 64), form)
    with pytest.raises(ContentError, match=r"^photo\.jpg: .*damaged"):
        read(data[: len(data) // 2])
    with pytest.raises(ContentError, match=r"^photo\.jpg: .*damaged"):
        read(data[:20])


def test_damage_of_any_kind_is_a_content_error() -> None:
    """Decoders raise more than errors of input and output: here one of syntax."""
    data = bytearray(making.encoded(making.corners(), "PNG"))
    data[33:37] = (15).to_bytes(4, "big")  # the length of the pixels' chunk
    with pytest.raises(ContentError, match=r"^photo\.jpg: cut short or damaged \(image/png: broken PNG file"):
        read(bytes(data))


@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_a_bomb_is_not_decoded(form: str) -> None:
    """A file of a few bytes that declares 50,000 by 50,000 pixels is refused by its header."""
    data = bytearray(making.encoded(pil.new("L", (1, 1)), form))
    if form == "PNG":
        data[16:24] = (50_000).to_bytes(4, "big") * 2
        data[29:33] = _crc(bytes(data[12:29]))
    else:
        data[18:26] = (50_000).to_bytes(4, "little") * 2
    with pytest.raises(ContentError, match=r"over 179 million pixels.*8,000 × 8,000"):
        read(bytes(data))


def _crc(chunk: bytes) -> bytes:
    from zlib import crc32

    return crc32(chunk).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 ...", r"a PDF, not an image. Use ck.pdf"),
        (b"just words", r"text, not an image"),
        (b"<svg/>", r"An SVG drawing is text too: export it as PNG"),
        (b"PK\x03\x04\0\0", r"not an image \(application/zip\)"),
        (b"\0\1\2\3", r"not an image \(binary data\)"),
        (POSTSCRIPT, r"text, not an image"),
        (b"\xc5\xd0\xd3\xc6" + (30).to_bytes(4, "little") + b"\x48\0\0\0" + b"\0" * 18 + POSTSCRIPT, r"not an image"),
    ],
)
def test_what_is_no_image_says_what_it_is(data: bytes, message: str) -> None:
    """And what to do instead; nothing but pictures is decoded, so no other program is started for one."""
    with pytest.raises(ContentError, match=message) as caught:
        read(data)
    assert "0x" not in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is not None, reason="the extra is installed")
def test_heic_names_the_package_it_takes() -> None:
    """A photo of a phone is not just refused."""
    with pytest.raises(ContentError, match=r'photo.heic: .*pip install "claude_kit\[heic\]"'):
        read(b"\0\0\0\x18ftypheic\0\0\0\0", "photo.heic")


def test_heic_becomes_jpeg() -> None:
    """With the extra installed; as PNG a photograph would be ten times as large."""
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    image = read(making.encoded(making.corners(), "HEIF"), "photo.heic")
    assert (image.media_type, image.changes) == ("image/jpeg", ("converted from HEIF",))


FILES = [making.encoded(making.corners(), form) for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "ICO")]


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), max_size=4),
    st.integers(0, 10_000),
)
def test_damage_is_an_image_or_a_content_error(data: bytes, wounds: list[tuple[int, bytes]], keep: int) -> None:
    """Whatever decoders run into on wrong bytes, the person gets one kind of error, and no warning."""
    for place, wound in wounds:
        at = place % len(data)
        data = data[:at] + wound + data[at + len(wound) :]
    try:
        image = read(data[: max(keep, 1)])
    except ContentError:
        return
    assert min(image.width, image.height) > 0
    assert image.card().thumbnails
