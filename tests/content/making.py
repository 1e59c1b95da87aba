"""Small files of every kind, made on the spot."""

import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image as pil
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

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


# ---- PDFs of some weight --------------------------------------------------------------------------------------------


def embedded_font(writer: PdfWriter, name: str = "/ABCDEF+STIXGeneral-Italic") -> Any:
    """Add a TrueType font, which matplotlib brings; packed it takes some 100 KB."""
    data = (Path(matplotlib.get_data_path()) / "fonts/ttf/STIXGeneralItalic.ttf").read_bytes()
    file = StreamObject()
    file.set_data(data)
    file[NameObject("/Length1")] = NumberObject(len(data))
    descriptor = _names({"/Type": "/FontDescriptor", "/FontName": name})
    numbers = {"/Flags": 33, "/ItalicAngle": 0, "/Ascent": 928, "/Descent": -236, "/CapHeight": 729, "/StemV": 80}
    descriptor.update({NameObject(key): NumberObject(value) for key, value in numbers.items()})
    descriptor[NameObject("/FontBBox")] = box(-558, -375, 718, 1028)
    descriptor[NameObject("/FontFile2")] = writer._add_object(file.flate_encode())
    font = _names({"/Type": "/Font", "/Subtype": "/TrueType", "/BaseFont": name, "/Encoding": "/WinAnsiEncoding"})
    font.update({NameObject("/FirstChar"): NumberObject(32), NameObject("/LastChar"): NumberObject(126)})
    font[NameObject("/Widths")] = ArrayObject([NumberObject(602)] * 95)
    font[NameObject("/FontDescriptor")] = writer._add_object(descriptor)
    return writer._add_object(font)


def drawn(writer: PdfWriter, page: Any, content: bytes, resources: Any = None) -> Any:
    """Draw on a page, with resources of its own or with those it inherits."""
    stream = StreamObject()
    stream.set_data(content)
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    page.pop("/Resources", None)
    if resources is not None:
        page[NameObject("/Resources")] = resources
    return page


def dictionary(**entries: Any) -> DictionaryObject:
    """Return a PDF dictionary; a string is a name, a list of numbers a box."""
    return DictionaryObject({NameObject(f"/{key}"): _object(value) for key, value in entries.items()})


def stream(writer: PdfWriter, content: bytes, **entries: Any) -> Any:
    """Add a packed stream with entries in its dictionary, such as a form or a picture."""
    made = StreamObject()
    made.update(dictionary(**entries))
    made.set_data(content)
    return writer._add_object(made.flate_encode())


def long_pdf(pages: int) -> bytes:
    """Return a PDF whose pages are full of text and share one embedded font."""
    writer = PdfWriter()
    resources = writer._add_object(dictionary(Font=dictionary(F=embedded_font(writer))))
    chance = random.Random(7)
    for number in range(1, pages + 1):
        lines = (" ".join(f"{chance.getrandbits(40):x}" for _ in range(7)) for _ in range(50))
        shown = " ".join(f"({line}) Tj 0 -13 Td" for line in (f"page {number}", *lines))
        drawn(writer, writer.add_blank_page(*LETTER), f"BT /F 10 Tf 40 740 Td {shown} ET".encode(), resources)
    return written(writer)


def one_shelf_pdf(pages: int) -> bytes:
    """Return a PDF whose root holds the pictures of all pages, of which each page shows one."""
    writer = PdfWriter()
    shelf = DictionaryObject()
    for number in range(1, pages + 1):
        pixels = noise(60, 80).tobytes()
        picture = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceRGB"}
        numbers = {"Width": 60, "Height": 80, "BitsPerComponent": 8}
        shelf[NameObject(f"/Im{number}")] = stream(writer, pixels, **picture, **numbers)
        drawn(writer, writer.add_blank_page(*LETTER), f"q 300 0 0 400 90 90 cm /Im{number} Do Q".encode())
    root = writer.root_object["/Pages"].get_object()
    root[NameObject("/Resources")] = writer._add_object(dictionary(XObject=shelf))
    return written(writer)


def assorted_pdf() -> bytes:
    """Return a PDF of six pages: text, text turned by 90 degrees, nothing, a picture, text on a poster, text."""
    writer = PdfWriter()
    page(writer, "page one")
    page(writer, "page two").rotate(90)
    writer.add_blank_page(*LETTER)
    kind: dict[str, Any] = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceRGB"}
    pixels = stream(writer, noise(60, 80).tobytes(), **kind, Width=60, Height=80, BitsPerComponent=8)
    content = b"q 300 0 0 400 90 90 cm /Im Do Q"
    drawn(writer, writer.add_blank_page(*LETTER), content, dictionary(XObject=dictionary(Im=pixels)))
    page(writer, "page five", (1700.0, 2200.0))
    page(writer, "page six")
    return written(writer)


def packed(document: bytes | PdfWriter, a_stream: int = 100) -> bytes:
    """Write a PDF anew with object streams and a cross-reference stream (PDF 1.5), which pypdf only reads."""
    writer = document if isinstance(document, PdfWriter) else PdfWriter(clone_from=io.BytesIO(document))
    count = len(writer._objects)
    places: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
    loose = [
        at for at, item in enumerate(writer._objects, 1) if item is not None and not isinstance(item, StreamObject)
    ]
    out = io.BytesIO(b"%PDF-1.5\n")
    out.seek(0, io.SEEK_END)

    def put(number: int, item: Any) -> None:
        places[number] = (1, out.tell(), 0)
        out.write(b"%d 0 obj\n" % number)
        item.write_to_stream(out)
        out.write(b"\nendobj\n")

    for at, item in enumerate(writer._objects, 1):
        if isinstance(item, StreamObject):
            put(at, item)
    number = count
    for begin in range(0, len(loose), a_stream):
        number += 1
        bodies = io.BytesIO()
        head = []
        for index, at in enumerate(loose[begin : begin + a_stream]):
            head += [at, bodies.tell()]
            places[at] = (2, number, index)
            writer._objects[at - 1].write_to_stream(bodies)
            bodies.write(b"\n")
        first = (" ".join(map(str, head)) + "\n").encode()
        holder = StreamObject()
        holder.update(dictionary(Type="ObjStm", N=len(head) // 2, First=len(first)))
        holder.set_data(first + bodies.getvalue())
        put(number, holder.flate_encode())
    number += 1
    places[number] = (1, out.tell(), 0)
    rows = [places.get(at, (0, 0, 0)) for at in range(number + 1)]
    table = StreamObject()
    table.update(dictionary(Type="XRef", Size=number + 1, Root=writer.root_object.indirect_reference))
    table[NameObject("/W")] = ArrayObject(NumberObject(width) for width in (1, 4, 2))
    table.set_data(b"".join(kind.to_bytes(1) + a.to_bytes(4) + b.to_bytes(2) for kind, a, b in rows))
    put(number, table.flate_encode())
    out.write(b"startxref\n%d\n%%%%EOF\n" % places[number][1])
    return out.getvalue()


def _object(value: Any) -> Any:
    if isinstance(value, str):
        return NameObject(f"/{value}")
    if isinstance(value, bytes):
        return TextStringObject(value.decode())
    if isinstance(value, bool):
        return BooleanObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    if isinstance(value, (list, tuple)):
        return ArrayObject(_object(item) for item in value)
    return FloatObject(value) if isinstance(value, float) else value
