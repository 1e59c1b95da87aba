"""What bytes are, told by their beginning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content.kinds import IMAGE_TYPES, media_type
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
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
        (b"", "text/plain"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypavif", "image/avif"),
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
