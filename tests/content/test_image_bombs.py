"""Images that would fill the memory: small files that declare, or inflate to, far more."""

import base64
import io
import json
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image as pil

from claude_kit.content import images
from claude_kit.content.blob import Blob
from claude_kit.errors import ContentError
from tests.content import making

GIGABYTE = 1_000_000_000
SIDE = 50_000

# Reads an image on standard input, scales it if it can be read, and answers what became of it and the most memory held.
READ = """
import base64, json, pathlib, sys
from claude_kit.content import images, scaling
from claude_kit.content.blob import Blob
from claude_kit.errors import ContentError
answers = {}
for name, data in json.load(sys.stdin).items():
    try:
        image = images.from_blob(Blob(base64.b64decode(data), name))
        small = scaling.scaled(image, 500, 500)
        answers[name] = [repr(small), len(small.card().thumbnails)]
    except ContentError as error:
        answers[name] = [str(error), error.media_type]
peak = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(json.dumps([answers, int(peak) * 1024]))
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def zeros(size: int) -> bytes:
    """Return what inflates to so many zeros; this very process never holds them, nor packs them."""
    packer = zlib.compressobj(1, wbits=-15)  # read faster than what is packed best
    piece = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size % 1_000_000)) + packer.flush()
    adler = (size % 65521) << 16 | 1
    return b"\x78\x01" + piece * (size // 1_000_000) + rest + adler.to_bytes(4, "big")


def png(width: int, height: int, colour: int = 0, before: bytes = b"", rows: int = 0) -> bytes:
    """Return a PNG that declares a size, and holds so many rows of zeros."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    packed = zeros(rows * (1 + width * {0: 1, 2: 3, 6: 4}[colour]))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


TEXT = zeros(400_000_000)


def gif() -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", SIDE, SIDE, 0x80, 0, 0) + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def bmp() -> bytes:
    data = bytearray(making.encoded(pil.new("L", (1, 1)), "BMP"))
    data[18:26] = struct.pack("<II", SIDE, SIDE)
    return bytes(data)


def tiff() -> bytes:
    data = making.encoded(pil.new("L", (777, 888)), "TIFF", compression="tiff_deflate")
    for old in (777, 888):
        data = data.replace(struct.pack("<HII", 4, 1, old), struct.pack("<HII", 4, 1, SIDE))
        data = data.replace(struct.pack("<HII", 3, 1, old), struct.pack("<HII", 3, 1, SIDE))
    return data


def webp() -> bytes:
    still = making.encoded(pil.new("RGB", (1, 1)), "WEBP", lossless=True)[12:]
    side = (SIDE - 1).to_bytes(3, "little")
    canvas = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + side + side
    return b"RIFF" + (4 + len(canvas) + len(still)).to_bytes(4, "little") + b"WEBP" + canvas + still


def refused(data: bytes) -> ContentError:
    with pytest.raises(ContentError) as caught:
        images.from_blob(Blob(data, "bomb"))
    return caught.value


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(SIDE, SIDE), "image/png"),
        (gif(), "image/gif"),
        (bmp(), "image/bmp"),
        (tiff(), "image/tiff"),
        (webp(), "image/webp"),
    ],
    ids=["png", "gif", "bmp", "tiff", "webp"],
)
def test_a_bomb_is_refused_by_its_header(data: bytes, kind: str) -> None:
    """A file of a few bytes that declares 50,000 by 50,000 pixels: says how many, how many can be, and the way out."""
    error = refused(data)
    assert len(data) < 5_000
    most = {"image/tiff": 105, "image/webp": 64}.get(kind, 179)
    assert f"2,500 million pixels; at most {most} million" in str(error)
    assert "Claude takes at most 8,000 × 8,000: scale it down first" in str(error)
    assert (error.media_type, error.where) == (kind, "bomb")


def test_twenty_thousand_pixels_wide_is_no_bomb() -> None:
    """Whether Claude takes it is not asked here; 20,000 both ways is too much."""
    wide = images.from_blob(Blob(png(20_000, 400, rows=400), "wide.png"))
    assert (wide.width, wide.height) == (20_000, 400)
    assert "400 million pixels; at most 179 million" in str(refused(png(20_000, 20_000)))


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_text_that_inflates_to_gigabytes_is_refused(name: bytes) -> None:
    """What stands beside the pixels is inflated no further than its limit."""
    between = b"a\0\1\0\0\0" if name == b"iTXt" else b"a\0\0"
    data = png(4, 4, before=chunk(name, between + TEXT), rows=4)
    assert "damaged (image/png: Decompressed data too large" in str(refused(data))


@pytest.mark.parametrize(
    "data", [png(0, 4), png(4, 0), png(0, 0), b"GIF89a" + bytes(7) + b",\0\0\0\0\0\0\0\0\0\2\2D\1\0;"]
)
def test_an_image_without_pixels_is_refused(data: bytes) -> None:
    """Nought by something is nothing to look at."""
    assert refused(data).media_type in ("image/png", "image/gif")


def test_a_header_that_declares_more_than_there_is_is_refused() -> None:
    """A thousand rows, of which ten are there: the sums are right, the picture is not."""
    assert "damaged" in str(refused(png(1000, 1000, rows=10)))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP"])
def test_what_is_turned_or_converted_is_held_twice(form: str) -> None:
    """So its limit is lower, and the message says that."""
    exif = pil.Exif()
    exif[0x0112] = 3
    data = making.encoded(pil.new("1", (11_000, 10_000)), form, **({"exif": exif} if form == "PNG" else {}))
    assert "110 million pixels; at most 105 million" in str(refused(data))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak of memory from /proc")
def test_memory_stays_under_a_gigabyte() -> None:
    """For every bomb, and for the largest pictures that are taken: read, scaled and shown on a card."""
    files = {
        "pixels": png(SIDE, SIDE),
        "gif": gif(),
        "bmp": bmp(),
        "tiff": tiff(),
        "webp": webp(),
        "text": png(4, 4, before=chunk(b"zTXt", b"a\0\0" + TEXT), rows=4),
        "profile": png(4, 4, before=chunk(b"iCCP", b"a\0\0" + TEXT), rows=4),
        "alpha.png": png(12_000, 12_000, 6, rows=12_000),
        "turned.png": png(10_000, 10_000, 6, before=upside_down(), rows=10_000),
        "ink.tiff": making.encoded(pil.new("CMYK", (10_000, 10_000)), "TIFF", compression="tiff_deflate"),
    }
    asked = json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()})
    run = subprocess.run(
        [sys.executable, "-c", READ],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * GIGABYTE, 4 * GIGABYTE)),
    )
    answers, peak = json.loads(run.stdout)
    taken = [name for name, (said, _) in answers.items() if said.startswith("<Image")]
    assert taken == ["alpha.png", "turned.png", "ink.tiff"], answers
    assert "million pixels" in answers["webp"][0]  # its decoder would have asked for 20 GB
    assert peak < GIGABYTE


def upside_down() -> bytes:
    """Return the EXIF chunk of a PNG that stands on its head."""
    exif = pil.Exif()
    exif[0x0112] = 3
    return chunk(b"eXIf", exif.tobytes()[len(b"Exif\0\0") :])


def test_a_bomb_hidden_in_an_icon_is_refused() -> None:
    """The picture in it is a PNG, with a header of its own."""
    inner = png(SIDE, SIDE)
    data = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 22) + inner
    assert "million pixels" in str(refused(data))


def test_a_large_image_brings_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    """Pillow warns from 89 million pixels on; it is preflight that speaks of sizes."""
    image = images.from_blob(Blob(making.encoded(pil.new("1", (10_000, 9_000)), "PNG"), "map.png"))
    assert (image.width, image.height) == (10_000, 9_000)
    assert not recwarn.list


def test_files_read_at_once_leave_warnings_as_they_were(tmp_path: Path) -> None:
    """Pillow's warnings are silenced while an image is open, and everyone's own are heard again afterwards."""
    code = f"""
import warnings, threading
from concurrent.futures import ThreadPoolExecutor
from claude_kit.content import pillow
data = {making.encoded(making.corners(), "PNG")!r}
before = list(warnings.filters)
together = threading.Barrier(2)
def one(first):
    if first:
        with pillow.opened(data, "a"):
            together.wait(); together.wait()
    else:
        together.wait()
        with pillow.opened(data, "a"):
            together.wait()
            import time; time.sleep(0.05)
with ThreadPoolExecutor(2) as executor:
    list(executor.map(one, (True, False)))
assert list(warnings.filters) == before, warnings.filters
"""
    script = tmp_path / "at_once.py"
    script.write_text(code)
    subprocess.run([sys.executable, str(script)], check=True, timeout=60)


def test_the_bombs_are_what_they_say() -> None:
    """Pillow itself, asked for their sizes, reads what they declare."""
    pil.MAX_IMAGE_PIXELS, most = None, pil.MAX_IMAGE_PIXELS
    try:
        for data in (png(SIDE, SIDE), gif(), bmp(), tiff()):
            with pil.open(io.BytesIO(data)) as picture:
                assert picture.size == (SIDE, SIDE)
    finally:
        pil.MAX_IMAGE_PIXELS = most
