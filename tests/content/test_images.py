"""Images of any format become one that Claude takes."""

import importlib.util
import io
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pil
from PIL import ImageCms, features

from claude_kit.content import images
from claude_kit.content.parts import Image
from claude_kit.content.sources import Blob
from claude_kit.errors import ContentError
from tests.content import making

ORIENTATION = 0x0112
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
Primary = tuple[float, float, float]
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


def profile(red: Primary, green: Primary, blue: Primary, description: str) -> bytes:
    """Return a colour profile with a gamma of 2.2 and these primaries, given in XYZ."""

    def fixed(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, "big", signed=True)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(fixed(value) for value in values)

    text = description.encode("utf-16-be")
    size = (12).to_bytes(4, "big")
    words = b"mluc\0\0\0\0\0\0\0\x01" + size + b"enUS" + len(text).to_bytes(4, "big") + (28).to_bytes(4, "big") + text
    curve = b"para\0\0\0\0\0\0\0\0" + fixed(2.2)
    tags = {b"desc": words, b"cprt": words, b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    tags |= {b"rXYZ": xyz(*red), b"gXYZ": xyz(*green), b"bXYZ": xyz(*blue)}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + at.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data + b"\0" * (-len(data) % 4)
        at = 132 + 12 * len(tags) + len(body)
    head = at.to_bytes(4, "big") + b"\0\0\0\0\x04\x30\0\0mntrRGB XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28
    head += fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return head.ljust(128, b"\0") + len(tags).to_bytes(4, "big") + table + body


# The primaries of sRGB, each called by the next one's name: red pixels are green, and so on.
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
PROFILES = {
    "sRGB": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    "swapped": profile(SRGB[1], SRGB[2], SRGB[0], "swapped primaries"),
    "grey": b"",
}
PROFILES["grey"] = PROFILES["swapped"].replace(b"mntrRGB ", b"mntrGRAY")


PILLOW_WRITES = {
    "JPEG2000": features.check("jpg_2000"),
    "AVIF": features.check("avif"),
    "PPM": True,
    "TGA": True,
    "ICO": True,
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


@pytest.mark.parametrize(("mode", "form"), [("CMYK", "JPEG"), ("I;16", "PNG")])
def test_what_not_every_viewer_shows_alike_is_converted(mode: str, form: str) -> None:
    """CMYK and sixteen bits of grey come in the formats Claude takes too, and leave as eight bits of sRGB."""
    colour = (0, 200, 200, 0) if mode == "CMYK" else 40_000
    made = read(making.encoded(pil.new(mode, (8, 4), colour), form))
    with pil.open(io.BytesIO(made.data)) as picture:
        assert (picture.format, picture.mode) == (form, "RGB" if mode == "CMYK" else "L")
    assert made.changes
    assert made._repr_mimebundle_()


@pytest.mark.parametrize(("mode", "form"), [("LA", "PNG"), ("RGBA", "PNG"), ("1", "PNG"), ("P", "PNG")])
def test_rarer_modes_pass_too(mode: str, form: str) -> None:
    """Transparency, one bit and a palette are no reason to change a file, and each can show its card."""
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


def test_a_turned_photograph_is_in_the_colours_that_everyone_shows() -> None:
    """A profile of other primaries is applied to the pixels and not kept, so that no viewer can leave it out."""
    image = read(turned("JPEG", 6, icc_profile=PROFILES["swapped"], quality=95))
    assert making.quarters(pixels(image)) == ["green", "blue", "red", "white"]
    assert "icc_profile" not in pixels(image).info
    assert image.changes == ("turned upright", "swapped primaries to sRGB")


@pytest.mark.parametrize("profile", [b"rubbish", PROFILES["sRGB"], PROFILES["grey"]])
def test_a_profile_that_tells_nothing_is_left_out(profile: bytes) -> None:
    """One that is broken, one of another colour space, or sRGB itself: the pixels stay what they are."""
    image = read(turned("TIFF", 1, icc_profile=profile))
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"]
    assert image.changes == ("converted from TIFF",)


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
    assert image.changes == (f"converted from {form}", *(["CMYK to sRGB"] if mode == "CMYK" else []))
    expected = pil.open(io.BytesIO(data)).convert("RGB")
    assert pixels(image).convert("RGB").tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("kind", "values", "shown", "said"),
    [
        ("uint16", [0, 128, 255], [0, 128, 255], None),
        ("uint16", [0, 512, 1023], [0, 128, 255], "10-bit grey to 8 bits"),
        ("uint16", [16, 2048, 4000], [1, 128, 249], "12-bit grey to 8 bits"),
        ("uint16", [0, 4096, 16383], [0, 64, 255], "14-bit grey to 8 bits"),
        ("uint16", [0, 257, 65535], [0, 1, 255], "16-bit grey to 8 bits"),
        ("int32", [0, 2048, 4095], [0, 128, 255], "12-bit grey to 8 bits"),
        ("int32", [-100, 0, 100], [0, 128, 255], "values from -100 to 100 stretched to 8 bits"),
        ("float32", [0.1, 0.5, 0.9], [26, 128, 229], "floating point to 8 bits"),
        ("float32", [-1, 0, 3], [0, 64, 255], "values from -1 to 3 stretched to 8 bits"),
        ("float32", [float("nan"), 0, 10], [0, 0, 255], "values from 0 to 10 stretched to 8 bits"),
        ("float32", [float("nan")] * 3, [0, 0, 0], "floating point to 8 bits"),
        ("float32", [7, 7, 7], [0, 0, 0], "values from 7 to 7 stretched to 8 bits"),
    ],
)
def test_deep_pixels_are_seen(kind: str, values: list[float], shown: list[int], said: str | None) -> None:
    """Twelve bits in sixteen do not come out black, and values of any range as what can be told apart."""
    data = making.encoded(pil.fromarray(np.array([values], kind)), "TIFF")
    image = read(data)
    assert list(pixels(image).convert("L").tobytes()) == shown
    assert image.changes == ("converted from TIFF", *([said] if said else []))


def test_a_large_deep_picture_is_one_picture() -> None:
    """It is converted strip by strip, by the range of the whole and not of each strip."""
    values = np.tile(np.linspace(0, 4095, 5000, dtype=np.uint16)[:, None], (1, 2000))
    seen = np.asarray(pixels(read(making.encoded(pil.fromarray(values), "TIFF"))))
    assert np.array_equal(seen, np.rint(values / 4095 * 255).astype(np.uint8))


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
@pytest.mark.parametrize("embedded", [b"", b"rubbish", PROFILES["sRGB"]])
def test_cmyk_is_converted(form: str, embedded: bytes) -> None:
    """With a profile that can be used or without; a JPEG's inks are stored inverted, as Adobe does."""
    data = turned(form, 3, "CMYK", icc_profile=embedded)
    image = read(data)
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"]
    assert pixels(image).mode in ("P", "RGB")
    assert "CMYK to sRGB" in image.changes
    assert "icc_profile" not in pixels(image).info


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_what_is_transparent_stays_so(mode: str) -> None:
    """As PNG, in which nothing has to be put under it."""
    picture = pil.new("RGBA", (4, 4), (255, 0, 0, 0)).convert("LA" if mode == "LA" else "RGBA")
    picture.putpixel((0, 0), (200, 255) if mode == "LA" else (200, 0, 0, 255))
    data = making.encoded(picture.convert(mode), "PNG" if mode == "P" else "TIFF")
    image = read(data if mode != "P" else turned_png(picture.convert("P")))
    alpha = pixels(image).convert("RGBA").getchannel("A")
    assert image.media_type == "image/png"
    assert (alpha.getpixel((0, 0)), alpha.getpixel((3, 3))) in {(255, 0), (0, 255)}


def turned_png(picture: pil.Image) -> bytes:
    """Return a PNG of which EXIF says that it stands on its head."""
    exif = pil.Exif()
    exif[ORIENTATION] = 3
    return making.encoded(picture, "PNG", exif=exif)


@pytest.mark.parametrize(
    ("form", "name"), [("JPEG2000", "JPEG2000"), ("PPM", "PPM"), ("AVIF", "AVIF"), ("TGA", "TGA"), ("ICO", "ICO")]
)
def test_rarer_formats_are_converted(form: str, name: str) -> None:
    """Whatever Pillow reads of pictures."""
    if not PILLOW_WRITES[form]:
        pytest.skip(f"this Pillow has no {form}")
    image = read(making.encoded(making.corners().resize((32, 32), pil.Resampling.NEAREST), form), "a")
    assert image.changes[0] == f"converted from {name}"
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"]


def test_of_an_icon_it_is_the_largest() -> None:
    """And it says so."""
    data = making.encoded(making.corners().resize((64, 64)), "ICO", sizes=[(16, 16), (64, 64), (32, 32)])
    image = read(data)
    assert (image.width, image.height) == (64, 64)
    assert image.changes == ("converted from ICO", "the largest of 3 sizes")


def test_of_a_tiff_it_is_the_first_page() -> None:
    """And it says of how many."""
    pages = [making.corners(), making.corners().rotate(180), making.corners().rotate(180)]
    image = read(making.encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert making.quarters(pixels(image)) == ["red", "green", "blue", "white"]
    assert image.changes == ("converted from TIFF", "the first of 3 pages")
    assert image.frames == 1


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_frames_are_counted(form: str, count: int) -> None:
    """Because Claude sees only the first; the card says it too."""
    frames = [making.corners().rotate(10 * at) for at in range(count)]
    image = read(making.encoded(frames[0], form, save_all=True, append_images=frames[1:]))
    assert image.frames == count
    labels = [label for label, _ in image.card().labels]
    assert labels == ([f"animated, {count} frames"] if count > 1 else [])


def test_a_photograph_with_a_preview_and_a_film_in_it_is_one_image() -> None:
    """What phones write: the end of the preview is not the end of the picture, and what follows is not of it."""
    exif = pil.Exif()
    thumbnail = making.encoded(making.corners(), "JPEG")
    data = making.encoded(making.noise(900, 700), "JPEG", exif=exif)
    preview = b"Exif\0\0" + thumbnail
    data = data[:2] + b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview + data[2:]
    film = b"\0\0\0\x18ftypmp42 a film"
    image = read(data + film)
    assert (image.width, image.height, image.frames) == (900, 700, 1)
    with pytest.raises(ContentError, match="its end is missing"):
        read(data[: len(data) // 2])


def test_a_photograph_of_two_pictures_counts_as_one() -> None:
    """A JPEG with a second picture for the camera's own use is no animation."""
    data = making.encoded(making.noise(60, 40), "MPO", save_all=True, append_images=[making.corners()])
    assert read(data).frames == 1


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("restarts", [0, 3])
def test_a_large_photograph_is_told_whole_from_cut(progressive: bool, restarts: int) -> None:
    """Without decoding it: every cut before its last byte is found."""
    data = making.encoded(
        making.noise(1000, 800), "JPEG", progressive=progressive, restart_marker_blocks=restarts, quality=60
    )
    assert read(data).data == data
    for keep in (len(data) - 1, len(data) - 2, len(data) // 2, len(data) // 9, 700):
        with pytest.raises(ContentError, match=r"cut short or damaged"):
            read(data[:keep])


def test_a_large_photograph_with_broken_tables_is_damaged() -> None:
    """The structure alone would not tell."""
    data = making.encoded(making.noise(1000, 800), "JPEG")
    at = data.index(b"\xff\xc4") + 5  # how many codes of each length: more than can be
    with pytest.raises(ContentError, match=r"damaged"):
        read(data[:at] + b"\xff" * 16 + data[at + 16 :])


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_cut_short_is_damaged(form: str) -> None:
    """Though its first picture is there."""
    frames = [making.noise(40, 40) for _ in range(4)]
    data = making.encoded(frames[0], form, save_all=True, append_images=frames[1:])
    with pytest.raises(ContentError, match=r"cut short or damaged") as caught:
        read(data[:-30])
    assert (caught.value.media_type, caught.value.where) == (f"image/{form.lower()}", "photo.jpg")


def test_one_wrong_bit_in_a_png_is_found() -> None:
    """Pillow does not check the sums; others do, and refuse the file."""
    data = bytearray(making.encoded(making.corners(), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(ContentError, match=r"check sum of IDAT"):
        read(bytes(data))


def test_a_png_may_say_behind_its_pixels_that_it_is_turned() -> None:
    """The orientation is looked for to the end of the file, however large it is."""
    data = making.encoded(pil.new("L", (1000, 700)), "PNG")
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    chunk = len(exif).to_bytes(4, "big") + b"eXIf" + exif + crc32(b"eXIf" + exif).to_bytes(4, "big")
    image = read(data[:-12] + chunk + data[-12:])
    assert (image.width, image.height, image.changes) == (700, 1000, ("turned upright",))


def test_a_profile_leaves_transparency_alone() -> None:
    """Colours are converted, what can be seen through stays so."""
    picture = making.corners("RGBA")
    picture.putalpha(pil.linear_gradient("L").resize(picture.size))
    seen = pixels(read(making.encoded(picture, "TIFF", icc_profile=PROFILES["swapped"])))
    assert making.quarters(seen) == ["green", "blue", "red", "white"]
    assert seen.getchannel("A").tobytes() == picture.getchannel("A").tobytes()


@pytest.mark.parametrize("turn", [1, 3, 6])
def test_as_sent_reads_and_changes_nothing(turn: int) -> None:
    """What will be sent is what is told of: the stored pixels, and whether they stand upright."""
    data = turned("JPEG", turn)
    image = images.as_sent(data, "photo.png")
    size = (32, 48) if turn == 6 else (48, 32)
    assert image == Image(data, "image/jpeg", *size, "photo.png", upright=turn == 1)


@pytest.mark.parametrize(("form", "kind"), [("TIFF", "image/tiff"), ("BMP", "image/bmp"), ("GIF", "image/gif")])
def test_as_sent_knows_what_claude_does_not_take(form: str, kind: str) -> None:
    """So that it can be said."""
    data = making.encoded(making.corners(), form)
    assert images.as_sent(data).media_type == kind
    with pytest.raises(ContentError, match="damaged") as caught:
        images.as_sent(data[:30])
    assert caught.value.media_type == kind


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP"])
def test_a_file_cut_short_is_named_as_that(form: str) -> None:
    """With what it began as, before anything is sent."""
    data = making.encoded(making.noise(64, 64), form)
    with pytest.raises(ContentError, match=r"^photo\.jpg: .*damaged"):
        read(data[: len(data) // 2])
    with pytest.raises(ContentError, match=r"^photo\.jpg: .*damaged"):
        read(data[:20])


def test_damage_of_any_kind_is_a_content_error() -> None:
    """Here the length of a part, which then ends in the middle of another."""
    data = bytearray(making.encoded(making.corners(), "PNG"))
    data[33:37] = (15).to_bytes(4, "big")  # the length of the pixels' chunk
    with pytest.raises(ContentError, match=r"^photo\.jpg: cut short or damaged \(image/png: "):
        read(bytes(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 ...", r"a PDF, not an image. Use ck.pdf"),
        (b"just words", r"text, not an image"),
        (b"<svg/>", r"an SVG drawing.*Export it as PNG"),
        (b"PK\x03\x04\0\0", r"a ZIP archive"),
        (b"\0\1\2\3", r"not an image \(binary data\)"),
        (POSTSCRIPT, r"PostScript"),
        (b"\xc5\xd0\xd3\xc6" + (30).to_bytes(4, "little") + b"\x48\0\0\0" + b"\0" * 18 + POSTSCRIPT, r"PostScript"),
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
