"""What people give by mistake: each has its own error, by name, with the way out, and nothing hangs."""

import io
import zipfile
from pathlib import Path

import numpy
import pytest

from claude_kit.content import attach, image, part, pdf, text
from claude_kit.content.kinds import PDF_TYPE, SVG_TYPE
from claude_kit.errors import ContentError
from tests.content import making

SVG = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"
SIGN_IN = b"<!DOCTYPE html><title>Log in</title>"
PNG = making.encoded(making.corners(), "PNG")
WORDS = b"Dear all,\nplease find attached"
OFFICE = "application/vnd.openxmlformats-officedocument"


def archive(*names: str) -> bytes:
    """Return a ZIP archive of small files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "hi")
    return buffer.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
PPTX = archive("[Content_Types].xml", "ppt/presentation.xml")


@pytest.mark.parametrize(
    ("name", "data", "message", "kind"),
    [
        ("a.pdf", b"", r" is empty \(0 bytes\)$", PDF_TYPE),
        ("a.png", b"", r" is empty \(0 bytes\)$", "image/png"),
        ("a", b"", r" is empty \(0 bytes\)$", "application/x-empty"),
        ("logo.svg", SVG, r": an SVG drawing, which Claude does not take. Export it as PNG .*ck.text\(", SVG_TYPE),
        ("logo.png", SVG, r": an SVG drawing, which Claude does not take. Export it as PNG", SVG_TYPE),
        ("a.docx", DOCX, r": a Word document, which Claude does not take. Export it as PDF", f"{OFFICE}.word"),
        ("a.pptx", PPTX, r": a PowerPoint presentation, which .* Export it as PDF", f"{OFFICE}.presentation"),
        ("a.xlsx", XLSX, r": an Excel workbook, .* as PDF, or .*pandas.read_excel\(path\)", f"{OFFICE}.spreadsheet"),
        ("a.pdf", DOCX, r": a Word document, not a PDF. Export it as PDF", f"{OFFICE}.word"),
        ("a.zip", archive("a"), r": a ZIP archive, .* Unpack it, and give the files in it", "application/zip"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", r": an Office file of the old kind", "application/x-ole"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0", r": PostScript, .*ps2pdf", "application/postscript"),
        ("a.mp4", b"\0\0\0\x18ftypisom", r": a film \(MP4 or QuickTime\), .* some of its frames", "video/mp4"),
        ("a.mp3", b"ID3\3\0", r": a sound recording \(MP3\), .* a transcript", "audio/mpeg"),
        ("a.bin", b"\x7fELF\0", r": neither an image, a PDF nor text \(binary\)", "application/octet-stream"),
        ("a.pdf", b"\x7fELF\0", r": not a PDF but other binary data; it begins with b'.x7fELF.x00'", PDF_TYPE),
        ("a.bin", b"\x01\x02\xfe\xff" * 9, r": not UTF-8 text \(byte 2 is 0xfe\), nor any other", "application/octet"),
        ("a.pdf", SIGN_IN, r": an HTML page titled “Log in”, not a PDF. Likely a sign-in.*again, signed in", PDF_TYPE),
        ("a.jpg", SIGN_IN, r": an HTML page titled “Log in”, not an image. Likely", "image/jpeg"),
        ("a.pdf", WORDS, r": text, not a PDF \(it begins with b'Dear all,.*pl'\). If ", PDF_TYPE),
        ("a.webp", WORDS, r": text, not an image \(", "image/webp"),
        ("a.txt", "hi".encode("utf-16")[:-1], r": begins with the mark of UTF-16, but is not UTF-16", "text/plain"),
        ("a.txt", b"\xef\xbb\xbfcaf\xe9.", r": begins with the mark of UTF-8, .*at byte 6\)", "text/plain"),
        ("a.png", PNG[:60], "", "image/png"),
        ("a.pdf", making.pdf()[:200], "", PDF_TYPE),
    ],
)
def test_a_file_that_is_not_taken_says_what_it_is(
    tmp_path: Path, name: str, data: bytes, message: str, kind: str
) -> None:
    """By its name, and what to do; a program finds the kind and the name beside the words."""
    (tmp_path / name).write_bytes(data)
    for source in (tmp_path / name, {"name": name, "content": memoryview(data)}, (tmp_path / name).open("rb")):
        with pytest.raises(ContentError, match=rf"(?s)^{name}{message}") as caught:
            attach(source)
        assert str(caught.value.media_type).startswith(kind)
        assert caught.value.where == name
        if isinstance(source, io.BufferedReader):
            source.close()


@pytest.mark.parametrize(
    ("take", "data", "message", "kind"),
    [
        (pdf, PNG, r"an image, not a PDF. Use ck.image, or ck.attach", "image/png"),
        (pdf, WORDS, r"text, not a PDF", PDF_TYPE),
        (pdf, SVG, r"an SVG drawing, not a PDF. Export", SVG_TYPE),
        (pdf, DOCX, r"a Word document, not a PDF. Export it as PDF", OFFICE),
        (pdf, b"\0\1", r"not a PDF but other binary data", "application/octet-stream"),
        (image, making.pdf(), r"a PDF, not an image. Use ck.pdf, or ck.attach, which takes either", PDF_TYPE),
        (image, WORDS, r"text, not an image", "image/*"),
        (image, SVG, r"an SVG drawing, which Claude does not take. Export it as PNG", SVG_TYPE),
        (image, b"8BPS\0\1", r"a Photoshop file, which Claude does not take. Export it as PNG", "image/vnd"),
        (image, archive("a"), r"a ZIP archive, not an image", "application/zip"),
        (image, b"\0\1", r"not an image but other binary data", "application/octet-stream"),
        (text, PNG, r"an image, not text. Use ck.image, or ck.attach", "image/png"),
        (text, making.pdf(), r"a PDF, not text. Use ck.pdf", PDF_TYPE),
        (text, DOCX, r"a Word document, not text. Export", OFFICE),
        (text, b"\0\1", r"not text but other binary data", "application/octet-stream"),
        (
            attach,
            b"PK\x03\x04" + bytes(22) + b"\x08\0\0\0mimetypeapplication/x-new",
            r"neither .*x-new\)",
            "application/x-new",
        ),
    ],
)
def test_what_was_asked_for_is_told_from_what_it_is(take: object, data: bytes, message: str, kind: str) -> None:
    """And which function takes it."""
    assert callable(take)
    with pytest.raises(ContentError, match=f"^the source: {message}") as caught:
        take(data)
    assert str(caught.value.media_type).startswith(kind)
    assert caught.value.where == "the source"


def test_a_drawing_can_be_sent_as_its_source(tmp_path: Path) -> None:
    """Claude reads SVG as the text it is."""
    (tmp_path / "logo.svg").write_bytes(SVG)
    assert text(tmp_path / "logo.svg").text == SVG.decode()


def test_what_cannot_be_read_at_all_has_no_kind(tmp_path: Path) -> None:
    """A program tells a missing file from a damaged one."""
    for source in (
        tmp_path / "missing.pdf",
        tmp_path,
        "a\0b.pdf",
        "ftp://h/a.pdf",
        "data:x",
        numpy.full((2, 2), numpy.nan),
    ):
        with pytest.raises(ContentError) as caught:
            attach(source)
        assert caught.value.media_type is None


def test_a_mistake_in_a_question_is_found_too(tmp_path: Path) -> None:
    """A question takes what `attach` takes."""
    with pytest.raises(ContentError, match="is a folder"):
        part(tmp_path)
