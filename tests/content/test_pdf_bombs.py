"""PDFs that mean harm: a few bytes that unpack to gigabytes, trees that go in circles, pages of absurd size."""

import io
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject, StreamObject

from claude_kit.content import inflation
from claude_kit.content.parts import Pdf
from claude_kit.errors import ContentError
from tests.content import making

# Opens the file, asks for everything, and tells what came of it and how much memory the process took at most.
ASK = """
import json, re, resource, sys
from pathlib import Path
from claude_kit.content.parts import Pdf
from claude_kit.errors import ContentError

def asked(path):
    questions = {
        "text": lambda pdf: pdf.text(),
        "card": lambda pdf: pdf.card(),
        "fonts": lambda pdf: [page.fonts for page in pdf.pages],
        "rotation": lambda pdf: [page.rotation for page in pdf.pages],
        "split": lambda pdf: pdf.split(max_bytes=100),
        "select": lambda pdf: pdf.select("1"),
        "image": lambda pdf: pdf.pages[0].image(width=200),
    }
    for name, question in questions.items():
        try:
            question(Pdf(Path(path).read_bytes(), "bomb.pdf"))
            yield name, "fine"
        except ContentError as error:
            yield name, str(error)

def peak():
    # Linux counts ru_maxrss from the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

answers = dict(asked(sys.argv[1]))
print(json.dumps({"peak": peak(), **answers}))
"""


def deflated(megabytes: int, pattern: bytes = b"q Q ", layers: int = 1) -> bytes:
    """Return megabytes of a pattern, packed; this very process never holds them."""
    packer = zlib.compressobj(9)
    head = packer.compress(b" ") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(pattern * (1_000_000 // len(pattern))) + packer.flush(zlib.Z_FULL_FLUSH)
    data = head + piece * megabytes + packer.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def with_stream(data: bytes, layers: int = 1, **entries: object) -> bytes:
    """Return a PDF of a page that draws packed data, or a picture of them."""
    writer = PdfWriter()
    page = writer.add_blank_page(*making.LETTER)
    stream = StreamObject()
    stream._data = data
    stream.update(making.dictionary(Filter=["FlateDecode"] * layers, **entries))
    added = writer._add_object(stream)
    if entries:
        making.drawn(writer, page, b"q 9 0 0 9 0 0 cm /I Do Q", making.dictionary(XObject=making.dictionary(I=added)))
    else:
        page[NameObject("/Contents")] = added
    return making.written(writer)


def answers(data: bytes, tmp_path: Path) -> dict[str, str | int]:
    """Ask a process of its own, which may take its time and its memory."""
    path = tmp_path / "bomb.pdf"
    path.write_bytes(data)
    command = [sys.executable, "-c", ASK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, str | int] = json.loads(done.stdout)
    return found


PICTURE = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceRGB", "BitsPerComponent": 8}


@pytest.mark.parametrize(
    "data",
    [
        with_stream(deflated(2_000)),
        with_stream(deflated(2_000, layers=2), layers=2),
        with_stream(deflated(2_000, layers=3), layers=3),
        with_stream(deflated(200, b"0 0 m 1 1 l S ")),
        with_stream(deflated(2_000, b"\xff"), Width=20_000, Height=33_000, **PICTURE),
    ],
    ids=["once", "twice", "thrice", "lines", "picture"],
)
def test_what_unpacks_to_gigabytes_is_refused(data: bytes, tmp_path: Path) -> None:
    """Whatever is asked for, before PDFium reads it: the file, what was measured, the limit, the way out."""
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 500_000_000
    assert found.pop("card") == "fine"
    for answer in found.values():
        assert "bomb.pdf: " in str(answer)
        assert "unpack to more than" in str(answer)
        assert "print it to a new PDF" in str(answer)


@pytest.mark.parametrize(
    "data",
    [
        with_stream(deflated(30, b"0 0 m 1 1 l S ")),
        with_stream(deflated(240, b"\xff"), Width=10_000, Height=8_000, **PICTURE),
        with_stream(zlib.compress(b"three bytes"), Width=50_000, Height=50_000, **PICTURE),
    ],
    ids=["lines", "picture", "declared"],
)
def test_what_is_just_allowed_stays_under_a_gigabyte(data: bytes, tmp_path: Path) -> None:
    """A page drawn with two million lines, a blank scan of 80 megapixels, a picture that is not there."""
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 1_000_000_000
    assert "page 1 alone is" in str(found.pop("split"))
    assert set(found.values()) == {"fine"}


@pytest.mark.parametrize("head", [b"80 0 0 rg ", b"(r) ", b"x\x9c", zlib.compress(b"harmless")])
def test_a_bomb_that_seems_to_be_packed_twice_is_refused(head: bytes) -> None:
    """What comes out of it may begin as packed data does, by chance or on purpose, and need not be any."""
    packer = zlib.compressobj(9)
    bomb = packer.compress(head + b"q Q " * 12_000_000) + packer.flush()
    assert inflation._is_deflated(head[:2])
    with pytest.raises(ContentError, match="unpack to more than 32 MB"):
        inflation.refuse_bombs(with_stream(bomb), "a.pdf")


def test_a_bomb_whose_first_bytes_come_late_is_refused() -> None:
    """Thousands of empty blocks may stand before and between the two bytes that tell that it is packed twice."""
    inner = deflated(40)
    packer = zlib.compressobj(9)
    empty = b"\0\0\0\xff\xff" * 2_000
    outer = packer.compress(inner[:1]) + packer.flush(zlib.Z_FULL_FLUSH) + empty
    outer += packer.compress(inner[1:]) + packer.flush()
    for early in (b"/Length 9", b"/Length %d" % len(outer)):
        data = b"%PDF-1.4\n1 0 obj<<" + early + b"/Filter[/FlateDecode/FlateDecode]>>stream\n" + outer + b"\nendstream"
        with pytest.raises(ContentError, match="unpack to more than 32 MB"):
            inflation.refuse_bombs(data, "a.pdf")


@pytest.mark.parametrize("layers", [5, 6, 9])
def test_what_is_packed_without_end_is_refused(layers: int) -> None:
    """Though nothing of what was measured is large: PDFium would go on, to gigabytes."""
    with pytest.raises(ContentError, match=r"^a\.pdf: .* of it are packed more than 4 times over, more than is safe"):
        inflation.refuse_bombs(with_stream(deflated(2_000, layers=layers), layers=layers), "a.pdf")


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_what_is_packed_several_times_is_measured_at_every_depth(layers: int) -> None:
    """The most that comes out counts, and what a list in it repeats, however deep; what is harmless passes."""
    packed = b"[" + b"1 0 R " * 5_000 + b"]"
    for _ in range(layers):
        packed = zlib.compress(packed)
    data = b"1 0 obj<</Length %d>>stream\n" % len(packed) + packed + b"\nendstream"
    start = data.index(packed)
    assert inflation._refuse_bomb(data, start, start + len(packed), "a.pdf") == (30_002, 4_999)


@pytest.mark.parametrize("kind", [b"/ObjStm", b"/XRef"])
def test_a_bomb_that_goes_off_on_opening_is_refused(kind: bytes) -> None:
    """Where objects are packed, and in the table that says where they are."""
    sound = making.packed(making.pdf(["one"]))
    bomb = deflated(100, b" ", layers=2)
    at = sound.index(b"stream", sound.index(kind)) + 7
    data = sound[:at] + bomb + sound[sound.index(b"\nendstream", at) :]
    with pytest.raises(ContentError, match=r"^a\.pdf: .* unpack to more than 32 MB") as caught:
        Pdf(data, "a.pdf")
    assert (caught.value.media_type, caught.value.where) == ("application/pdf", "a.pdf")


def test_streams_are_found_by_their_length_and_without_it() -> None:
    """Also where the length is wrong, stands elsewhere, or there is no end."""
    bomb = deflated(40)
    for length in (b"/Length %d" % len(bomb), b"/Length 5 0 R", b"/Length 17", b"", b"/Length 99999999999"):
        for end in (b"\nendstream\nendobj", b"endstream", b""):
            for line in (b"\n", b"\r\n"):
                data = b"%PDF-1.4\n1 0 obj<<" + length + b"/Filter/FlateDecode>>stream" + line + bomb + end
                with pytest.raises(ContentError, match="unpack to more than"):
                    inflation.refuse_bombs(data, "a.pdf")


@pytest.mark.parametrize("line", [b" \n", b"%comment\r", b"\r\n"])
def test_a_stream_begins_on_the_next_line(line: bytes) -> None:
    """Whatever stands in the rest of that which opens it."""
    data = b"1 0 obj<</Filter/FlateDecode>>stream" + line + deflated(40) + b"\nendstream"
    with pytest.raises(ContentError, match="unpack to more than"):
        inflation.refuse_bombs(data, "a.pdf")


def test_a_false_end_hides_nothing() -> None:
    """Neither a closing word within the packed data, nor an object that stands in a stream of another."""
    packer = zlib.compressobj(0)
    stored = packer.compress(b"q Q\nendstream\nendobj\n") + packer.flush(zlib.Z_FULL_FLUSH)
    early = stored + deflated(40)[2:]
    within = b"<</Length 30000000>>stream\n2 0 obj<</Filter/FlateDecode>>stream\n" + deflated(40) + b"\nendstream"
    for data in (b"1 0 obj<</Length 4 0 R>>stream\n" + early + b"\nendstream", b"1 0 obj" + within):
        with pytest.raises(ContentError, match="unpack to more than"):
            inflation.refuse_bombs(data, "a.pdf")


@pytest.mark.parametrize("data", [making.long_pdf(20), making.packed(making.long_pdf(20)), making.one_shelf_pdf(5)])
def test_honest_files_pass(data: bytes) -> None:
    """With fonts, packed objects and pictures."""
    inflation.refuse_structural_bombs(data, "a.pdf")
    inflation.refuse_bombs(data, "a.pdf")


@pytest.mark.parametrize(
    "box", ["0 0 1000000000 1000000000", "0 0 0 0", "9 9 -9 -99", "0 0 nan nan", "0 0 1e99 5", "a b"]
)
def test_a_page_of_absurd_size_is_a_page(box: str, tmp_path: Path) -> None:
    """It has a size above zero, and a picture of few pixels."""
    data = making.pdf(["one"]).replace(b"[ 0.0 0.0 612 792 ]", f"[{box}]".encode())
    assert box.encode() in data
    (page,) = Pdf(data).pages
    assert page.width > 0
    assert page.height > 0
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 300_000_000
    assert found.pop("split") != "fine"
    assert set(found.values()) == {"fine"}


def circle() -> bytes:
    """Return a PDF whose page tree is its own branch."""
    writer = PdfWriter()
    making.page(writer, "one")
    pages = writer.root_object["/Pages"].get_object()
    pages[NameObject("/Kids")] = ArrayObject([pages.indirect_reference] * 3)
    return making.written(writer)


def forms() -> bytes:
    """Return a PDF with two forms that draw each other."""
    writer = PdfWriter()
    form = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 9, 9]}
    one, two = (making.stream(writer, b"/X Do", **form) for _ in range(2))
    for drawing, drawn in ((one, two), (two, one)):
        drawing.get_object()[NameObject("/Resources")] = making.dictionary(XObject=making.dictionary(X=drawn))
    making.drawn(writer, writer.add_blank_page(9, 9), b"/X Do", making.dictionary(XObject=making.dictionary(X=one)))
    return making.written(writer)


@pytest.mark.parametrize(
    "data",
    [
        circle(),
        forms(),
        making.pdf(["one"]).replace(b"/Count 1", b"/Count 100000"),
        making.pdf(["one"]).replace(b"/Count 1", b"/Count -9"),
    ],
    ids=["circle", "forms", "missing pages", "less than none"],
)
def test_circles_and_lies_end(data: bytes, tmp_path: Path) -> None:
    """With an answer or an error about the file, within seconds and little memory."""
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 300_000_000
    assert all(answer == "fine" or str(answer).startswith("bomb.pdf: ") for answer in found.values())


# ---- what is drawn many times ---------------------------------------------------------------------------------------

FORM = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 9, 9]}
LINE = b"0 0 m 1 1 l S "


def nested(width: int, depth: int, leaf: bytes = LINE, draw: bytes = b"/X Do ", times: int = 1) -> bytes:
    """Return a PDF of a page that draws a form, which draws another so many times, and so on down."""
    writer = PdfWriter()
    form = making.stream(writer, leaf, **FORM)
    for _ in range(depth - 1):
        resources = making.dictionary(XObject=making.dictionary(X=form))
        form = making.stream(writer, draw * width, Resources=resources, **FORM)
    resources = making.dictionary(XObject=making.dictionary(X=form))
    making.drawn(writer, writer.add_blank_page(*making.LETTER), b"/X Do\n" * times, resources)
    return making.written(writer)


def clique(forms: int) -> bytes:
    """Return a PDF with forms that each draw all of them, themselves too."""
    writer = PdfWriter()
    shelf = making.dictionary()
    content = b" ".join(b"/X%d Do" % number for number in range(forms))
    for number in range(forms):
        shelf[NameObject(f"/X{number}")] = making.stream(writer, content, **FORM)
    making.drawn(writer, writer.add_blank_page(9, 9), content, making.dictionary(XObject=shelf))
    return making.written(writer)


def contents(streams: int, packed: bytes, times: int) -> bytes:
    """Return a PDF whose page is drawn by several streams of packed data, each named several times."""
    writer = PdfWriter()
    page = writer.add_blank_page(*making.LETTER)
    parts = []
    for _ in range(streams):
        stream = StreamObject()
        stream._data = packed
        stream.update(making.dictionary(Filter=["FlateDecode"]))
        parts.append(writer._add_object(stream))
    page[NameObject("/Contents")] = ArrayObject(parts * times)
    return making.written(writer)


def annotated() -> bytes:
    """Return a PDF with an annotation that looks like a form of forms of forms."""
    writer = PdfWriter(clone_from=io.BytesIO(nested(12, 7)))
    page = writer.pages[0]
    look = page["/Resources"]["/XObject"].raw_get("/X")  # type: ignore[index]
    note = making.dictionary(Type="Annot", Subtype="Stamp", Rect=[0, 0, 99, 99], AP=making.dictionary(N=look))
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    making.drawn(writer, page, b"", making.dictionary())
    return making.written(writer)


def tiled(kind: str) -> bytes:
    """Return a PDF with a pattern, or a font, whose content draws a form of forms of forms."""
    writer = PdfWriter(clone_from=io.BytesIO(nested(12, 7)))
    page = writer.pages[0]
    shelf = page["/Resources"]
    if kind == "pattern":
        entries = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "BBox": [0, 0, 9, 9], "XStep": 9, "YStep": 9}
        tile = making.stream(writer, b"/X Do", Resources=shelf, **entries)
        resources = making.dictionary(Pattern=making.dictionary(P=tile))
        content = b"/Pattern cs /P scn 0 0 99 99 re f"
    else:
        glyphs = making.dictionary(a=making.stream(writer, b"9 0 d0 /X Do"))
        font = making.dictionary(Type="Font", Subtype="Type3", FontBBox=[0, 0, 9, 9], CharProcs=glyphs, Resources=shelf)
        font[NameObject("/FontMatrix")] = making.box(1, 0, 0, 1, 0, 0)
        font[NameObject("/Encoding")] = making.dictionary(Differences=[97, "a"])
        font.update(making.dictionary(FirstChar=97, LastChar=97, Widths=[9]))
        resources = making.dictionary(Font=making.dictionary(F=font))
        content = b"BT /F 9 Tf (a) Tj ET"
    making.drawn(writer, page, content, resources)
    return making.written(writer)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (nested(12, 7), "page 1 draws more than 500,000 forms"),
        (nested(12, 7).replace(b"/Subtype /Form", b"/Sub#74ype /F#6frm"), "page 1 draws more than 500,000 forms"),
        (nested(12, 7, draw=b"/#58%c\nDo "), "page 1 draws more than 500,000 forms"),
        (nested(1, 1, times=1_000_000), "page 1 draws more than 500,000 forms"),
        (nested(200, 2, LINE * 70_000), "page 1 draws more than 3,000,000 shapes"),
        (nested(300, 2, b"q Q " * 250_000), "page 1 draws more than 256 MB of content"),
        (nested(1, 500), "page 1 draws more than 500,000 forms"),
        (clique(2), "page 1 draws more than 500,000 forms"),
        (contents(1, deflated(28, LINE), 40), "page 1 draws more than 256 MB of content"),
        (contents(10, deflated(28, LINE), 1), "page 1 draws more than 256 MB of content"),
        (annotated(), "a form (object "),
        (tiled("pattern"), "page 1 draws more than 500,000 forms"),
        (tiled("font"), "page 1 draws more than 500,000 forms"),
    ],
    ids=[
        "forms",
        "spelled",
        "unnamed",
        "flat",
        "shapes",
        "content",
        "deep",
        "circles",
        "one part often",
        "many parts",
        "annotation",
        "pattern",
        "font",
    ],
)
def test_what_draws_without_end_is_refused(data: bytes, what: str, tmp_path: Path) -> None:
    """Whatever is asked for, before PDFium reads it: the page, what it draws, the limit, the way out."""
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 500_000_000
    assert found.pop("card") == "fine"
    for answer in found.values():
        assert str(answer).startswith(f"bomb.pdf: {what}")
        assert str(answer).endswith("print it to a new PDF.")


@pytest.mark.parametrize("data", [nested(1, 1, times=300_000), nested(10, 6), nested(30, 2, LINE * 70_000), clique(1)])
def test_what_draws_much_is_read(data: bytes, tmp_path: Path) -> None:
    """A plot of 300,000 points, forms in forms in forms: within seconds and a gigabyte."""
    found = answers(data, tmp_path)
    assert int(found.pop("peak")) < 1_000_000_000
    found.pop("split")
    assert set(found.values()) == {"fine"}


def test_pages_that_share_what_they_draw_are_read() -> None:
    """Forms and patterns that all list each other in one place, and draw none of it in circles."""
    writer = PdfWriter()
    shelf = making.dictionary(XObject=making.dictionary(), Pattern=making.dictionary())
    place = writer._add_object(shelf)
    for number in range(40):
        shelf["/XObject"][NameObject(f"/X{number}")] = making.stream(writer, LINE * 9, Resources=place, **FORM)
        tile = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "BBox": [0, 0, 9, 9], "XStep": 9, "YStep": 9}
        shelf["/Pattern"][NameObject(f"/P{number}")] = making.stream(writer, LINE, Resources=place, **tile)
    content = b" ".join(b"/X%d Do (Do not count this) Tj" % number for number in range(40))
    making.drawn(writer, writer.add_blank_page(*making.LETTER), content, place)
    assert Pdf(making.written(writer)).text() == ""
