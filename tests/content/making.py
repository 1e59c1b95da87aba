"""Small files of every kind, made on the spot."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image as pil
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject

LETTER = (612.0, 792.0)
ATTACK = "<script>alert(1)</script>.pdf"


def encoded(picture: pil.Image, form: str, **options: Any) -> bytes:
    """Encode a picture with Pillow."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def corners(mode: str = "RGB") -> pil.Image:
    """Return a picture of 48 by 32 pixels whose quarters are red, green, blue and white, in reading order."""
    picture = pil.new("RGB", (48, 32), "white")
    for colour, place in (("red", (0, 0)), ("lime", (24, 0)), ("blue", (0, 16))):
        picture.paste(colour, (*place, place[0] + 24, place[1] + 16))
    return picture.convert(mode)


def quarters(picture: pil.Image) -> list[str]:
    """Name the colours of a picture's quarters, in reading order."""
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white", (0, 0, 0): "black"}
    seen = picture.convert("RGB")
    places = [(x * seen.width // 4, y * seen.height // 4) for y in (1, 3) for x in (1, 3)]
    pixels = [seen.getpixel(place) for place in places]
    return [names[tuple(round(value / 255) for value in pixel)] for pixel in pixels if isinstance(pixel, tuple)]


def noise(width: int, height: int) -> pil.Image:
    """Return what compresses worst."""
    return pil.merge("RGB", [pil.effect_noise((width, height), 200) for _ in range(3)])


def page(writer: PdfWriter, text: str = "", size: tuple[float, float] = LETTER) -> Any:
    """Add a page with a line of text in its text layer."""
    added = writer.add_blank_page(*size)
    if text:
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        fonts = DictionaryObject({NameObject("/F"): _names(font)})
        added[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = StreamObject()
        stream.set_data(f"BT /F 24 Tf 20 40 Td ({text}) Tj ET".encode("latin-1"))
        added[NameObject("/Contents")] = writer._add_object(stream)
    return added


def box(*sides: float) -> ArrayObject:
    """Return a page box: left, bottom, right, top."""
    return ArrayObject(FloatObject(side) for side in sides)


def written(writer: PdfWriter) -> bytes:
    """Return the file that a writer writes."""
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf(texts: Sequence[str] = ("one",), size: tuple[float, float] = LETTER) -> bytes:
    """Return a PDF with a page for each text."""
    writer = PdfWriter()
    for text in texts:
        page(writer, text, size)
    return written(writer)


def locked_pdf(user_password: str, algorithm: str = "RC4-128") -> bytes:
    """Return an encrypted PDF of two pages; with an empty user password it opens without one."""
    writer = PdfWriter()
    for text in ("one", "two"):
        page(writer, text)
    writer.encrypt(user_password, "the owner's", algorithm=algorithm)
    return written(writer)


def _names(words: dict[str, str]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): NameObject(value) for key, value in words.items()})
