"""What a PDF and its pages tell of themselves: read lazily, read once, and never at the cost of an exception."""

import gc
import io
import logging
import pickle
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as pil
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from claude_kit.content.parts import Page, Pdf
from claude_kit.content.structure import Font
from claude_kit.errors import ContentError
from tests.content import making


def font(**entries: Any) -> Any:
    return making.dictionary(Type="Font", **entries)


def fonts_of(resources: Any, writer: PdfWriter) -> dict[str, bool]:
    """Return the fonts a page with these resources tells of."""
    making.drawn(writer, writer.add_blank_page(*making.LETTER), b"", resources)
    return {found.name: found.embedded for found in Pdf(making.written(writer)).pages[-1].fonts}


# ---- fonts ----------------------------------------------------------------------------------------------------------


def test_fonts_tell_whether_the_file_carries_them() -> None:
    """A subset goes by its font's name; the fourteen standard fonts are nowhere in the file; Type 3 draws its own."""
    writer = PdfWriter()
    file = making.stream(writer, b"no real font")
    carried = making.dictionary(Type="FontDescriptor", FontFile3=file)
    descendant = font(Subtype="CIDFontType0", BaseFont="GHIJKL+Song", FontDescriptor=carried)
    bare = font(Subtype="CIDFontType2", BaseFont="MSung", FontDescriptor=making.dictionary(Type="FontDescriptor"))
    fonts = making.dictionary(
        A=making.embedded_font(writer),
        B=font(Subtype="Type1", BaseFont="Helvetica"),
        C=font(Subtype="Type0", BaseFont="GHIJKL+Song", DescendantFonts=[writer._add_object(descendant)]),
        D=font(Subtype="Type0", BaseFont="MSung", DescendantFonts=[bare]),
        E=font(Subtype="Type3", Name="Drawn"),
        F=font(Subtype="Type1", BaseFont="ABCDEF+CMR10", FontDescriptor=making.dictionary(FontFile=file)),
    )
    assert fonts_of(making.dictionary(Font=fonts), writer) == {
        "STIXGeneral-Italic": True,
        "Helvetica": False,
        "Song": True,
        "MSung": False,
        "Drawn": True,
        "CMR10": True,
    }


def test_fonts_are_found_in_forms_and_up_the_page_tree() -> None:
    """A form inside a form counts, a form inside itself ends, and what a page inherits is its own."""
    writer = PdfWriter()
    inner = making.dictionary(Font=making.dictionary(F=font(Subtype="Type1", BaseFont="Courier")))
    form = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 9, 9]}
    deep = making.stream(writer, b"", Resources=inner, **form)
    inner[NameObject("/XObject")] = making.dictionary(Self=deep)
    outer = making.stream(writer, b"", Resources=making.dictionary(XObject=making.dictionary(X=deep)), **form)
    assert fonts_of(making.dictionary(XObject=making.dictionary(X=outer)), writer) == {"Courier": False}
    root = writer.root_object["/Pages"].get_object()
    root[NameObject("/Resources")] = making.dictionary(
        Font=making.dictionary(G=font(Subtype="Type1", BaseFont="Symbol"))
    )
    assert fonts_of(None, writer) == {"Symbol": False}


def test_what_pypdf_cannot_read_is_unknown_and_silent(caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    """No exception, no warning, no line in a log; PDFium still tells how other pages are turned."""
    writer = PdfWriter()
    making.page(writer, "one").rotate(90)
    making.page(writer, "two")[NameObject("/Rotate")] = NameObject("/Sideways")
    data = making.written(writer).replace(b"startxref\n", b"startxref\n9")
    with caplog.at_level(logging.DEBUG):
        document = Pdf(data)
        assert document.pages[0].fonts == ()
        assert document.pages[0].rotation == 90
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("turn", "rotation"), [(0, 0), (90, 90), (180, 180), (270, 270), (-90, 270), (450, 90)])
def test_rotation_is_one_of_four(turn: int, rotation: int) -> None:
    """Clockwise, however the file writes it; the size is that of the turned page."""
    writer = PdfWriter()
    making.page(writer)[NameObject("/Rotate")] = making.NumberObject(turn)
    page = Pdf(making.written(writer)).pages[0]
    assert page.rotation == rotation
    assert (round(page.width), round(page.height)) == ((792, 612) if rotation % 180 else (612, 792))


# ---- encryption -----------------------------------------------------------------------------------------------------


ALGORITHMS = ("RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_owners_encryption_is_told_from_a_password(algorithm: str) -> None:
    """Both are encrypted, one is locked, a plain file is neither."""
    files = (making.locked_pdf("secret", algorithm), making.locked_pdf("", algorithm), making.pdf())
    kinds = [Pdf(data) for data in files]
    found = [(document.encryption, document.encrypted, document.locked) for document in kinds]
    assert found == [("user", True, True), ("owner", True, False), (None, False, False)]
    assert kinds[1].pages[0].fonts == (Font("Helvetica", False),)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("password", ["secret", "the owner's", "schlüssel"])
def test_a_password_opens_a_file_for_good(algorithm: str, password: str) -> None:
    """The user's or the owner's: what comes out opens anywhere, with the same pages, and says what was done."""
    locked = Pdf(making.locked_pdf("schlüssel" if password == "schlüssel" else "secret", algorithm), "a.pdf", "A", True)
    opened = locked.unlocked(password)
    assert (opened.encryption, opened.changes) == (None, ("password removed",))
    assert (opened.name, opened.title, opened.citations) == ("a.pdf", "A", True)
    assert opened.page_texts == ("one", "two")
    reader = PdfReader(io.BytesIO(opened.data))
    assert not reader.is_encrypted
    assert [page.extract_text().strip() for page in reader.pages] == ["one", "two"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_owners_encryption_is_removed_without_a_password(algorithm: str) -> None:
    """Whatever password comes along; a file without encryption is returned itself."""
    owned = Pdf(making.locked_pdf("", algorithm))
    for opened in (owned.unlocked(), owned.unlocked("whatever")):
        assert (opened.encryption, opened.changes) == (None, ("owner encryption removed",))
        assert opened.page_texts == ("one", "two")
        assert opened.unlocked("secret") is opened


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("password", ["wrong-word", "", "secret\0more", "密码"])
def test_a_wrong_password_is_said_so_and_not_shown(password: str, algorithm: str) -> None:
    """The file is named, the password is not."""
    with pytest.raises(ContentError, match=r"^a\.pdf: that password does not open it") as caught:
        Pdf(making.locked_pdf("secret", algorithm), "a.pdf").unlocked(password)
    assert not password or password not in str(caught.value)
    assert (caught.value.media_type, caught.value.where) == ("application/pdf", "a.pdf")
    with pytest.raises(ContentError, match=r"a.pdf: encrypted.*password=\.\.\."):
        Pdf(making.locked_pdf("secret", algorithm), "a.pdf").unlocked()


def test_aes_needs_no_other_package(tmp_path: Path) -> None:
    """PDFium opens it where `cryptography` is missing, which pypdf would take."""
    (tmp_path / "locked.pdf").write_bytes(making.locked_pdf("secret", "AES-256"))
    (tmp_path / "owned.pdf").write_bytes(making.locked_pdf("", "AES-256"))
    code = """
import sys
sys.modules["cryptography"] = sys.modules["Crypto"] = None
import claude_kit as ck
for document in (ck.pdf("locked.pdf", password="secret"), ck.pdf("owned.pdf")):
    print(document.page_texts, document.pages[0].fonts[0].name, len(document.split(max_pages=1)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["('one', 'two') Helvetica 2"] * 2


# ---- repair ---------------------------------------------------------------------------------------------------------


def test_a_broken_table_is_repaired_and_told() -> None:
    """A wrong startxref, none, wrong places: the pages are there; sound files of every make are not called repaired."""
    sound = making.pdf(["one", "two"])
    update = PdfWriter(io.BytesIO(sound), incremental=True)
    update.pages[0].rotate(90)
    images = making.encoded(making.corners(), "PDF")
    for data in (sound, making.packed(sound), making.written(update), images, b"junk\n" + sound, making.locked_pdf("")):
        assert not Pdf(data).repaired
    cut = sound[: sound.rfind(b"startxref")]
    for data in (sound.replace(b"startxref", b"startxxxx"), cut, sound.replace(b"%PDF-1.3\n", b"%PDF-1.3\n%shifted\n")):
        document = Pdf(data)
        assert document.repaired
        assert document.page_texts == ("one", "two")


# ---- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({}, (1212, 1568)),
        ({"width": 306}, (306, 396)),
        ({"height": 99}, (77, 99)),
        ({"width": 200, "height": 1000}, (200, 259)),
    ],
)
def test_a_page_becomes_an_image_within_its_limits(limits: dict[str, int], size: tuple[int, int]) -> None:
    """A PNG of 1,568 px on the long side, or as many as asked for, named by file and page."""
    image = Pdf(making.pdf(["one", "MMMM"]), "report.v2.pdf").pages[1].image(**limits)
    assert (image.media_type, image.name) == ("image/png", "report.v2 page 2.png")
    assert (image.width, image.height) == size
    picture = pil.open(io.BytesIO(image.data))
    assert picture.size == size
    assert picture.convert("L").getextrema()[0] < 150  # type: ignore[operator]


def test_an_image_has_at_least_one_pixel_and_at_most_what_claude_takes() -> None:
    """On either side, said with the number given."""
    page = Pdf(making.pdf()).pages[0]
    for limits, words in (({"width": 0}, "0 pixels"), ({"height": 8001}, "8001 pixels: a side has 1 to 8,000")):
        with pytest.raises(ValueError, match=words):
            page.image(**limits)


def test_a_page_made_by_hand_has_nothing_to_read() -> None:
    """It compares with a document's, and says so when asked for a picture."""
    page = Page(1, 612.0, 792.0)
    assert page == Pdf(making.pdf()).pages[0]
    assert (page.text, page.fonts, page.rotation) == ("", (), 0)
    with pytest.raises(ContentError, match="belongs to no document"):
        page.image()


# ---- laziness -------------------------------------------------------------------------------------------------------


def test_a_page_does_not_keep_the_whole_alive() -> None:
    """Nor the whole itself: it goes when nobody holds it, without waiting for the garbage collector."""
    gc.disable()
    try:
        document = Pdf(making.pdf(["one"]))
        assert document.pages[0].text == "one"
        gone = weakref.ref(document.document)
        del document
        assert gone() is None
    finally:
        gc.enable()


def test_the_same_file_under_another_name_is_not_read_again() -> None:
    """What is known goes along, messages use the new name, and other data are read."""
    document = Pdf(making.pdf(["one", "two"]), "a.pdf")
    texts, pages = document.page_texts, document.pages
    other = replace(document, name="b.pdf")
    assert other.page_texts is texts
    assert other.pages == pages
    assert other.document.sizes is document.document.sizes
    assert (other.document.label, document.document.label) == ("b.pdf", "a.pdf")
    assert other.pages[0].image(width=20).name == "b page 1.png"
    assert replace(document, data=making.pdf(["three"])).page_texts == ("three",)
    assert other != document
    assert replace(other, name="a.pdf") == document


def test_one_page_is_read_without_the_others() -> None:
    """Its text is the same as in the text of the whole."""
    writer = PdfWriter()
    for word in ("one", "two"):
        making.page(writer, word)
    document = Pdf(making.written(writer))
    assert document.pages[1].text == "two"
    assert "texts" not in document.document.__dict__
    assert document.page_texts == ("one", "two")
    assert document.pages[0].text == "one"
    again = pickle.loads(pickle.dumps(document))
    assert again == document
    assert again.page_texts == ("one", "two")


def test_pages_end_where_they_end() -> None:
    """As any tuple does."""
    with pytest.raises(IndexError):
        Pdf(making.pdf()).pages[1]


@pytest.mark.parametrize("pages", [5, None, [1, 2], range(3), 1.5, b"1"])
def test_pages_are_selected_in_writing(pages: Any) -> None:
    """Anything else is told how."""
    with pytest.raises(ContentError, match=r'a.pdf: pages=.* is not text. Write it like "1-10,12,15-"'):
        Pdf(making.pdf(), "a.pdf").select(pages)


def test_a_document_without_pages_is_one() -> None:
    """It has no text, no pages to select, and a card."""
    empty = Pdf(making.pdf([]), "a.pdf")
    assert (empty.page_count, empty.pages, empty.text()) == (0, (), "")
    assert empty.card().facts.startswith("0 pages")
    with pytest.raises(ContentError, match=r"a.pdf: no pages"):
        empty.select("1")


def test_tags_of_annotations_do_not_matter() -> None:
    """Pages with odd entries where lists are expected are read all the same."""
    writer = PdfWriter()
    page = making.page(writer, "one")
    page[NameObject("/Annots")] = ArrayObject([making.NumberObject(7)])
    page[NameObject("/XObject")] = making.NumberObject(7)
    document = Pdf(making.written(writer))
    assert document.select("1").text() == "one"
    assert document.pages[0].fonts == (Font("Helvetica", False),)
