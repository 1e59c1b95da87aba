"""What bytes are, told by their beginning."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content import markup
from claude_kit.content.kinds import IMAGE_TYPES, claimed, is_html, media_type
from claude_kit.content.refusal import NOT_TAKEN
from tests.content import making


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("ICO", "image/x-icon"),
        ("PPM", "image/x-portable-anymap"),
        ("JPEG2000", "image/jp2"),
    ],
)
def test_images_are_told_by_their_magic(form: str, kind: str) -> None:
    """Every format that Pillow writes and people send has its media type; four of them Claude takes."""
    assert media_type(making.encoded(making.corners(), form)) == kind
    assert (kind in IMAGE_TYPES) == (form in ("JPEG", "PNG", "GIF", "WEBP"))


@pytest.mark.parametrize(
    "before", [b"", b"\n\n", b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", b"\xef\xbb\xbf", b"\0" * 900]
)
def test_a_pdf_may_have_rubbish_before_its_header(before: bytes) -> None:
    """As PDFium reads it, up to a kilobyte."""
    assert media_type(before + making.pdf()) == "application/pdf"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"BMW sold more cars", "text/plain"),
        (b"12345678WEBP is a format", "text/plain"),
        (b"A file that begins with %PDF- is a PDF", "text/plain"),
        ("naïve".encode(), "text/plain"),
        ("naïve".encode("utf-16"), "text/plain"),
        (b"P1 was the first of 3 pages", "text/plain"),
        (b"P2 12 or 13", "text/plain"),
        (b"an <svg> is a drawing", "text/plain"),
        (b"<html><svg/></html>", "text/plain"),
        (b"", "text/plain"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypavif", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomavif", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/mp4"),
        (b"\0\0\0\x1cftypM4A \0\0\2\0", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x01\0", "video/x-matroska"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0\0", "audio/mpeg"),
        (b"OggS\0\2", "audio/ogg"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"8BPS\0\1", "image/vnd.adobe.photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "application/postscript"),
        (b"\xc5\xd0\xd3\xc6\x20\0\0\0", "application/postscript"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51\0\x2f", "image/jp2"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
        ("naïve".encode("utf-32"), "text/plain"),
        (b"\0\0\xfe\xff\0\0\0h", "text/plain"),
        (b"\x7fELF\2\1\1\0", None),
    ],
)
def test_other_kinds(data: bytes, kind: str | None) -> None:
    """Texts that begin like a format, or speak of one, are texts; binary data without a name has none."""
    assert media_type(data) == kind


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    """A media type or None, never an error."""
    kind = media_type(data)
    assert kind is None or "/" in kind


OFFICE = "application/vnd.openxmlformats-officedocument."


def archive(*names: str, stored: bytes = b"hi") -> bytes:
    """Return a ZIP archive of files of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, stored)
    return buffer.getvalue()


DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (DOCX, OFFICE + "wordprocessingml.document"),
        (archive("xl/workbook.xml", "[Content_Types].xml"), OFFICE + "spreadsheetml.sheet"),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), OFFICE + "presentationml.presentation"),
        (
            archive("mimetype", stored=b"application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (archive("mimetype", stored=b"application/epub+zip"), "application/epub+zip"),
        (archive("a.txt", "of a word/b.txt"), "application/zip"),
        (archive("report.docx", stored=DOCX), "application/zip"),
        (archive("word/"), OFFICE + "wordprocessingml.document"),
        (DOCX[:-40], "application/zip"),
        (b"PK\x03\x04", "application/zip"),
    ],
)
def test_office_documents_are_told_from_other_archives(data: bytes, kind: str) -> None:
    """By what is in them; an archive that holds a document is still an archive, as is one cut short."""
    assert media_type(data) == kind


def test_an_archive_of_very_many_files_is_told_as_fast() -> None:
    """Its table of contents is looked through, not built."""
    entry = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    directory = entry * 500_000
    end = b"PK\x05\x06" + bytes(8) + len(directory).to_bytes(4, "little") + bytes(6)
    assert media_type(b"PK\x03\x04" + bytes(26) + directory + end) == "application/zip"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n  "])
@pytest.mark.parametrize(
    "before",
    [b"", b'<?xml version="1.0"?>\n', b"<!-- a <html> -->", b"<!-- one --> <!-- two -->", b'<!DOCTYPE svg PUBLIC "x">'],
)
@pytest.mark.parametrize("root", [b"<svg/>", b"<SVG width='9'>", b"<svg:svg>"])
def test_a_drawing_is_told_by_its_first_element(mark: bytes, before: bytes, root: bytes) -> None:
    """Behind all that XML allows before it."""
    assert media_type(mark + before + root) == "image/svg+xml"
    assert not is_html(mark + before + root)


def test_a_drawing_may_be_utf_16() -> None:
    """As its byte order mark says."""
    assert media_type("<?xml version='1.0'?><svg/>".encode("utf-16")) == "image/svg+xml"


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (b"<!doctype html>", True),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>", True),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", True),
        (b"<!-- saved from a page --><head>", True),
        (b"<script>location='/login'</script>", True),
        ("<html>".encode("utf-16"), True),
        (b"<?xml version='1.0'?><feed/>", False),
        (b"see <html>", False),
        (b"<!-- never ends <html>", False),
        (b"", False),
    ],
)
def test_a_web_page_is_told_by_its_first_element(data: bytes, page: bool) -> None:
    """It is text all the same."""
    assert is_html(data) is page
    assert media_type(data) == "text/plain"


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"<html><TITLE lang='en'>\n Sign&nbsp;in \x1b[2J</TITLE>", "Sign in \ufffd[2J"),
        (b"<title></title>", None),
        (b"<html>", None),
        (b"<title>" + b"x" * 200 + b"</title>", "x" * 78 + " …"),
    ],
)
def test_a_page_has_a_title_of_one_short_line(data: bytes, title: str | None) -> None:
    """It stands in a message, and comes from a server."""
    assert markup.title(data) == title


@settings(deadline=None)
@given(
    st.binary()
    | st.sampled_from([b"<", b"<!--", b"<?", b"PK\x03\x04", b"\0\0\0\x18ftyp", b"P6"]).flatmap(
        lambda b: st.binary().map(b.__add__)
    )
)
def test_whatever_the_bytes_they_have_a_kind_or_none(data: bytes) -> None:
    """Nothing that comes in makes it fail."""
    kind = media_type(data)
    assert kind is None or "/" in kind
    assert markup.title(data) is None or kind


def test_names_claim_pdfs_and_images_alone() -> None:
    """A name with another suffix, or with none, claims nothing."""
    assert [claimed(name) for name in ("a.pdf", "A.JPG", "a.tar.png")] == ["application/pdf", "image/jpeg", "image/png"]
    assert [claimed(name) for name in ("pdf", ".pdf", "a.txt", "a.docx", "", None)] == [None] * 6


def test_what_is_not_taken_is_neither_image_pdf_nor_text() -> None:
    """The table of what to do instead names no kind that is taken."""
    assert not {"application/pdf", "text/plain", *IMAGE_TYPES} & set(NOT_TAKEN)
    assert all(what and instead[0].isupper() and not instead.endswith(".") for what, instead in NOT_TAKEN.values())
