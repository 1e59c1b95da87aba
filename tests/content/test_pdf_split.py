"""Pages taken out of a PDF, and PDFs cut into pieces that hold limits."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from claude_kit.content import pdfium
from claude_kit.content.parts import Pdf
from claude_kit.errors import ContentError
from tests.content import making

LONG = making.long_pdf(600)
SHELF = making.one_shelf_pdf(60)
TWELVE = Pdf(making.pdf([f"page {number}" for number in range(1, 13)]), "report.pdf", "A report", True)


def looks_alike(one: bytes, at: int, other: bytes, other_at: int) -> bool:
    """Tell whether two pages have the same pixels."""
    pictures = [
        pdfium.picture(data, "a", page, width_px=300, height_px=300) for data, page in ((one, at), (other, other_at))
    ]
    return ImageChops.difference(*pictures).getbbox() is None if pictures[0].size == pictures[1].size else False


def blank(data: bytes, at: int) -> bool:
    return pdfium.picture(data, "a", at, width_px=300, height_px=300).convert("L").getextrema() == (255, 255)


def together(pieces: list[Pdf]) -> tuple[str, ...]:
    return tuple(text for piece in pieces for text in piece.page_texts)


# ---- limits ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 14), st.integers(1_000, 8_000))
def test_pieces_hold_both_limits_and_are_the_document(max_pages: int, max_bytes: int) -> None:
    """Whatever the limits: page for page, in order."""
    pieces = TWELVE.split(max_pages, max_bytes)
    assert together(pieces) == TWELVE.page_texts
    assert all(piece.page_count <= max_pages and piece.size <= max_bytes for piece in pieces)


@pytest.mark.parametrize("data", [LONG, making.packed(LONG)], ids=["classic", "packed"])
def test_600_pages_share_their_font_in_every_piece(data: bytes) -> None:
    """No piece is larger than the whole, all together are under 1.5 times the whole, in no more than needed."""
    whole = Pdf(data, "thesis.pdf")
    pieces = whole.split(max_pages=100)
    assert [piece.page_count for piece in pieces] == [100] * 6
    assert max(piece.size for piece in pieces) < whole.size
    assert sum(piece.size for piece in pieces) < 1.5 * whole.size
    assert together(pieces) == whole.page_texts
    assert whole.pages[0].fonts == pieces[-1].pages[-1].fonts


@pytest.mark.parametrize("data", [SHELF, making.packed(SHELF)], ids=["classic", "packed"])
def test_pages_that_share_one_shelf_of_pictures_take_only_their_own(data: bytes) -> None:
    """Not the pictures of all pages with each of them, in a split and in a selection; and each shows its own."""
    whole = Pdf(data, "scans.pdf")
    pieces = whole.split(max_pages=10)
    assert len(pieces) == 6
    assert sum(piece.size for piece in pieces) < 1.1 * whole.size
    assert all(looks_alike(data, 10 * at + 3, piece.data, 3) for at, piece in enumerate(pieces))
    chosen = whole.select("60,7")
    assert chosen.size < whole.size / 20
    assert looks_alike(data, 6, chosen.data, 1)
    assert looks_alike(data, 59, chosen.data, 0)


def test_bytes_are_filled_up() -> None:
    """As few pieces as hold the limit, or one more."""
    whole = Pdf(SHELF)
    pieces = whole.split(max_bytes=whole.size // 4)
    assert all(piece.size <= whole.size // 4 for piece in pieces)
    assert len(pieces) <= 6


def test_names_say_which_pages() -> None:
    """And title and citations stay."""
    pieces = TWELVE.split(max_pages=11)
    assert [piece.name for piece in pieces] == ["report (pages 1-11).pdf", "report (page 12).pdf"]
    assert [(piece.title, piece.citations) for piece in pieces] == [("A report", True)] * 2
    assert Pdf(TWELVE.data).split(max_pages=6)[1].name == "document (pages 7-12).pdf"
    assert Pdf(TWELVE.data, "v1.2 draft").split(max_pages=6)[0].name == "v1.2 draft (pages 1-6).pdf"


def test_a_document_within_the_limits_is_its_only_piece() -> None:
    """Untouched, at the limit too; one without pages as well."""
    assert TWELVE.split(max_pages=12, max_bytes=TWELVE.size)[0] is TWELVE
    empty = Pdf(making.pdf([]))
    assert empty.split(max_pages=1)[0] is empty


def test_a_page_over_the_limit_is_named_with_the_way_out() -> None:
    """Which page, its bytes, the limit, and what to do."""
    writer = PdfWriter()
    making.page(writer, "small")
    writer.append(io.BytesIO(making.encoded(making.noise(200, 200), "PDF", quality=95)))
    with pytest.raises(
        ContentError, match=r"^a\.pdf: page 2 alone is \d+ KB, the limit is 10 KB.*pages\[1\]\.image\(\)"
    ) as caught:
        Pdf(making.written(writer), "a.pdf").split(max_bytes=10_000)
    assert (caught.value.media_type, caught.value.where) == ("application/pdf", "a.pdf")


@pytest.mark.parametrize(
    ("limits", "words"),
    [({}, "takes a limit"), ({"max_pages": 0}, "max_pages=0"), ({"max_bytes": -1, "max_pages": 5}, "max_bytes=-1")],
)
def test_a_limit_is_at_least_one(limits: dict[str, int], words: str) -> None:
    """And there is one."""
    with pytest.raises(ValueError, match=words):
        TWELVE.split(**limits)


def test_a_locked_document_is_not_split() -> None:
    """It says how to open it."""
    with pytest.raises(ContentError, match=r"a.pdf: encrypted, opens only with a password.*password=\.\.\.") as caught:
        Pdf(making.locked_pdf("secret"), "a.pdf").split(max_pages=1)
    assert caught.value.where == "a.pdf"


def test_a_repaired_document_is_split_like_any_other() -> None:
    """Its pieces are sound."""
    broken = Pdf(TWELVE.data.replace(b"startxref", b"startxxxx"))
    pieces = broken.split(max_pages=5)
    assert broken.repaired
    assert together(pieces) == TWELVE.page_texts
    assert not any(piece.repaired for piece in pieces)


# ---- looks ----------------------------------------------------------------------------------------------------------


def with_page(draw: Callable[[PdfWriter, Any], None]) -> bytes:
    """Return a PDF of three pages, the second as drawn."""
    writer = PdfWriter()
    making.page(writer, "one")
    draw(writer, making.page(writer, "two"))
    making.page(writer, "three")
    return making.written(writer)


def turned(_: PdfWriter, page: Any) -> None:
    page.rotate(90)


def cropped(_: PdfWriter, page: Any) -> None:
    page[NameObject("/CropBox")] = making.box(10, 20, 300, 200)


def annotated(writer: PdfWriter, page: Any) -> None:
    stamp = making.stream(writer, b"1 0 0 rg 0 0 80 40 re f", Type="XObject", Subtype="Form", BBox=[0, 0, 80, 40])
    note = making.dictionary(Type="Annot", Subtype="Stamp", Rect=[100, 300, 180, 340], F=4)
    note[NameObject("/AP")] = making.dictionary(N=stamp)
    note[NameObject("/P")] = page.indirect_reference
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def field(writer: PdfWriter, page: Any, **entries: Any) -> None:
    """Add a text field with a value, whose parts stand on the first page too."""
    helvetica = making.dictionary(Type="Font", Subtype="Type1", BaseFont="Helvetica")
    fonts = making.dictionary(Font=making.dictionary(Helv=writer._add_object(helvetica)))
    parent = making.dictionary(FT="Tx", T=b"name", V=b"filled in", DA=b"/Helv 18 Tf 0 g")
    widgets = ArrayObject()
    for place in (writer.pages[0], page):
        widget = making.dictionary(Type="Annot", Subtype="Widget", Rect=[50, 400, 250, 430], F=4)
        widget[NameObject("/P")] = place.indirect_reference
        widget[NameObject("/Parent")] = writer._add_object(parent)
        if not entries:
            looks = b"/Tx BMC BT /Helv 18 Tf 2 8 Td (filled in) Tj ET EMC"
            widget[NameObject("/AP")] = making.dictionary(
                N=making.stream(writer, looks, Subtype="Form", BBox=[0, 0, 200, 30], Resources=fonts)
            )
        widgets.append(writer._add_object(widget))
        place[NameObject("/Annots")] = ArrayObject([widgets[-1]])
    parent[NameObject("/Kids")] = widgets
    form = making.dictionary(Fields=[widgets[0].get_object()["/Parent"].indirect_reference], DR=fonts, **entries)
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)


def undrawn_field(writer: PdfWriter, page: Any) -> None:
    """Leave it to the viewer to draw the value."""
    field(writer, page, NeedAppearances=True)


def layered(writer: PdfWriter, page: Any) -> None:
    """Draw a square on a layer that is not shown."""
    layer = writer._add_object(making.dictionary(Type="OCG"))
    layer.get_object()[NameObject("/Name")] = making.TextStringObject("answers")
    default = making.dictionary(Order=[layer], OFF=[layer])
    layers = making.dictionary(OCGs=[layer], D=default)
    writer.root_object[NameObject("/OCProperties")] = layers
    resources = making.dictionary(Properties=making.dictionary(L=layer))
    making.drawn(writer, page, b"/OC /L BDC 0 0 1 rg 100 100 300 300 re f EMC", resources)


@pytest.mark.parametrize("draw", [turned, cropped, annotated, field, undrawn_field, layered])
def test_a_page_taken_out_looks_as_before(draw: Callable[[PdfWriter, Any], None]) -> None:
    """Turned, cropped, with a stamp, with a filled field, with a hidden layer: pixel for pixel."""
    data = with_page(draw)
    assert draw is layered or not blank(data, 1)
    document = Pdf(data)
    assert looks_alike(data, 1, document.select("2").data, 0)
    pieces = document.split(max_pages=2)
    assert [looks_alike(data, at, pieces[0].data, at) for at in (0, 1)] == [True, True]
    assert looks_alike(data, 2, pieces[1].data, 0)
    assert together(pieces) == document.page_texts


def test_a_layer_that_is_hidden_would_show() -> None:
    """What the test above rests on: drawn without its layer, the square is there."""
    data = with_page(layered)
    assert blank(data, 1)
    assert not blank(data.replace(b"/OCProperties", b"/XXProperties"), 1)


def test_a_slim_page_keeps_what_its_forms_and_annotations_borrow() -> None:
    """A form, and a stamp, without resources of their own draw with the page's."""
    writer = PdfWriter()
    pixels = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceRGB", "Width": 60, "Height": 80}
    shelf = {
        name: making.stream(writer, making.noise(60, 80).tobytes(), BitsPerComponent=8, **pixels)
        for name in ("A", "B", "C", "D", "E", "F", "G")
    }
    box = [0, 0, 200, 200]
    shelf["X"] = making.stream(writer, b"q 200 0 0 200 0 0 cm /B Do Q", Type="XObject", Subtype="Form", BBox=box)
    resources = making.dictionary(XObject=making.dictionary(**shelf))
    page = making.drawn(writer, writer.add_blank_page(612, 792), b"/X Do q 99 0 0 99 300 300 cm /#43 Do Q", resources)
    stamp = making.stream(writer, b"q 90 0 0 90 0 0 cm /D Do Q", Type="XObject", Subtype="Form", BBox=box)
    note = making.dictionary(Type="Annot", Subtype="Stamp", Rect=[400, 500, 600, 700], F=4)
    note[NameObject("/AP")] = making.dictionary(N=stamp)
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    for _ in range(9):
        making.drawn(writer, writer.add_blank_page(612, 792), b"q 90 0 0 90 0 0 cm /E Do Q", resources)
    data = making.written(writer)
    chosen = Pdf(data).select("1")
    assert looks_alike(data, 0, chosen.data, 0)
    found = PdfReader(io.BytesIO(chosen.data)).pages[0]["/Resources"]["/XObject"]  # type: ignore[index]
    assert sorted(found) == ["/B", "/C", "/D", "/X"]
