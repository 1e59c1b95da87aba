"""What PDFium knows of a PDF."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pypdfium2
import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject

from claude_kit.content import pdfium
from claude_kit.errors import ContentError
from tests.content import making


def test_sizes_are_those_a_reader_sees() -> None:
    """In points, cut to the crop box, turned by the page's rotation."""
    writer = PdfWriter()
    making.page(writer)
    making.page(writer, size=(595.3, 841.9)).rotate(90)
    making.page(writer).rotate(180)
    making.page(writer)[NameObject("/CropBox")] = making.box(100, 100, 300, 500)
    turned = making.page(writer)
    turned[NameObject("/CropBox")] = making.box(0, 0, 200, 400)
    turned.rotate(270)
    making.page(writer)[NameObject("/CropBox")] = making.box(-50, -50, 5000, 5000)
    data = making.written(writer)
    sizes = [(round(width, 1), round(height, 1)) for width, height in pdfium.page_sizes(data, "a")]
    assert pdfium.texts_and_sizes(data, "a") == (pdfium.texts(data, "a"), pdfium.page_sizes(data, "a"))
    assert sizes == [(612, 792), (841.9, 595.3), (612, 792), (200, 400), (400, 200), (612, 792)]


def test_texts_come_a_page_at_a_time() -> None:
    """In the order of the pages; a page without text has an empty one."""
    assert pdfium.texts(making.pdf(["one", "", "three"]), "a") == ("one", "", "three")


def test_a_text_is_what_pypdfium2_gives() -> None:
    """Also of a page with signs beyond 16 bits alone, one with a line for each letter, and one cut by its box."""
    writer = PdfWriter()
    mapped = b"begincmap 2 beginbfchar <41> <D835DC65> <42> <D83DDE00> endbfchar endcmap"
    font = making.dictionary(Type="Font", Subtype="Type1", BaseFont="Helvetica")
    font[NameObject("/ToUnicode")] = making.stream(writer, mapped)
    resources = making.dictionary(Font=making.dictionary(F=font))
    making.drawn(writer, writer.add_blank_page(612, 792), b"BT /F 9 Tf 20 40 Td (AABA) Tj ET", resources)
    scattered = " ".join(f"1 0 0 1 {at * 37 % 600} {at * 53 % 790} Tm (.) Tj" for at in range(400))
    making.drawn(writer, writer.add_blank_page(612, 792), f"BT /F 9 Tf {scattered} ET".encode(), resources)
    cut = making.page(writer, "What is beyond the box is not read")
    cut[NameObject("/CropBox")] = making.box(0, 0, 200, 400)
    making.page(writer)
    long = " ".join(f"1 0 0 1 20 {790 - at} Tm (line {at} of many) Tj" for at in range(700))
    making.drawn(writer, writer.add_blank_page(612, 792), f"BT /F 1 Tf {long} ET".encode(), resources)
    data = making.written(writer)
    with closing(pypdfium2.PdfDocument(data)) as document:
        expected = [page.get_textpage().get_text_bounded() for page in document]
    assert expected[0] == "𝑥𝑥😀𝑥"
    assert [len(text) > 0 for text in expected] == [True, True, True, False, True]
    assert list(pdfium.texts(data, "a")) == expected


def test_a_document_without_pages_is_not_an_error() -> None:
    """Nor does the reason of a failure before it count as its own: PDFium remembers the last one."""
    with pytest.raises(pdfium.NeedsPassword):
        pdfium.page_sizes(making.locked_pdf("secret"), "locked.pdf")
    assert pdfium.page_sizes(making.pdf([]), "empty.pdf") == ()
    assert pdfium.texts(making.pdf([]), "empty.pdf") == ()


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128"])
def test_a_password_is_asked_for_only_if_one_is_needed(algorithm: str) -> None:
    """A user password locks the file; an owner password alone does not."""
    with pytest.raises(pdfium.NeedsPassword, match=r"a.pdf: encrypted.*Save it without a password"):
        pdfium.texts(making.locked_pdf("secret", algorithm), "a.pdf")
    assert pdfium.texts(making.locked_pdf("", algorithm), "a.pdf") == ("one", "two")


@pytest.mark.parametrize(
    "data",
    [
        making.pdf(["some text"] * 3)[:400],
        making.pdf(["some text"] * 3)[:-300],
        b"%PDF-1.7\n" + bytes(range(256)) * 40,
        b"<html><body>Please log in</body></html>",
        b"",
    ],
)
def test_what_is_no_pdf_says_so(data: bytes) -> None:
    """Cut short, garbage, a web page, nothing: a sentence with the file's name and what to try."""
    with pytest.raises(ContentError, match=r"^a\.pdf: not a readable PDF.*Is it complete\?"):
        pdfium.page_sizes(data, "a.pdf")


def test_a_damaged_page_is_an_error_of_the_file() -> None:
    """A page that is announced but not there does not show as PDFium's own error."""
    data = making.pdf(["one"]).replace(b"/Count 1", b"/Count 3")
    for read in (pdfium.page_sizes, pdfium.texts):
        with pytest.raises(ContentError, match=r"^a\.pdf: a page of it is damaged \(page 2 is not there\)"):
            read(data, "a.pdf")


@pytest.mark.parametrize("size", [(612, 792), (14400, 1), (1, 14400), (3, 3), (14400, 14400)])
def test_a_picture_fits_its_box_whatever_the_page(size: tuple[float, float]) -> None:
    """A page as long as a banner is drawn small, and never larger than asked for."""
    picture = pdfium.picture(making.pdf(["one"], size), "a", 0, width_px=520, height_px=384)
    assert picture.mode == "RGB"
    assert 1 <= picture.width <= 521
    assert 1 <= picture.height <= 385


def test_a_picture_shows_the_page() -> None:
    """White paper, dark text."""
    low, high = pdfium.picture(making.pdf(["MMMM"]), "a", 0, width_px=520, height_px=384).convert("L").getextrema()
    assert (low < 100, high) == (True, 255)


def test_selected_pages_make_a_new_document() -> None:
    """In the order asked for, also twice, with their text, size and rotation, free of encryption."""
    writer = PdfWriter()
    for text in ("one", "two", "three"):
        making.page(writer, text)
    writer.pages[1].rotate(90)
    chosen = pdfium.selected(making.written(writer), "a", [2, 1, 1])
    assert pdfium.texts(chosen, "a") == ("three", "two", "two")
    assert [round(width) for width, _ in pdfium.page_sizes(chosen, "a")] == [612, 792, 792]
    assert b"/Encrypt" not in pdfium.selected(making.locked_pdf(""), "a", [1])


def test_threads_take_turns() -> None:
    """PDFium is not thread-safe; many threads at once still get each their own document's text, sizes and pictures."""
    words = [f"document {number}" for number in range(8)]
    documents = [making.pdf([word] * 3, (200 + at, 300)) for at, word in enumerate(words)]

    def read(at: int) -> tuple[set[str], int, int]:
        data = documents[at % 8]
        picture = pdfium.picture(data, "a", 1, width_px=100, height_px=100)
        return set(pdfium.texts(data, "a")), round(pdfium.page_sizes(data, "a")[2][0]), picture.height

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(read, range(64)))
    assert results == [({words[at % 8]}, 200 + at % 8, 100) for at in range(64)]
