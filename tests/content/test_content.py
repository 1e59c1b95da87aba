"""What do I send: anything becomes an image, a PDF or a text, told apart by its bytes."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content import Image, Pdf, Text, attach, image, part, pdf, text
from claude_kit.errors import ContentError
from tests.content import making

PNG = making.encoded(making.corners(), "PNG")


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, Image), (making.pdf(), Pdf), (b"words", Text), (making.locked_pdf("secret"), Pdf)]
)
@pytest.mark.parametrize("suffix", [".png", ".pdf", ".txt", ".jpg", ""])
def test_the_bytes_decide_and_not_the_name(tmp_path: Path, data: bytes, kind: type, suffix: str) -> None:
    """A PNG called .jpg is a PNG, a PDF called .txt is a PDF."""
    path = tmp_path / f"file{suffix}"
    path.write_bytes(data)
    attached = attach(path)
    assert type(attached) is kind
    assert attached.name == path.name
    assert attached == attach(data, name=path.name) == attach(io.BytesIO(data), name=path.name)


def test_a_png_called_jpg_has_the_media_type_of_a_png(tmp_path: Path) -> None:
    """The API refuses an image whose media type is not that of its bytes."""
    (tmp_path / "photo.jpg").write_bytes(PNG)
    assert image(tmp_path / "photo.jpg").media_type == "image/png"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04\0", "Office files .* export it as PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "Old Office files"),
        (b"\x7fELF\0", r"neither an image, a PDF nor text \(binary\)"),
        (b"caf\xe9", r"not UTF-8 text \(byte 3 is 0xe9\).*encoding"),
    ],
)
def test_what_claude_does_not_take_says_what_to_do(data: bytes, message: str) -> None:
    """Named by the file, with the way out."""
    with pytest.raises(ContentError, match=f"^a.bin: .*{message}"):
        attach(data, name="a.bin")


def test_a_web_page_called_pdf_is_found_out(tmp_path: Path) -> None:
    """A download that was a login page: the message shows how it begins."""
    (tmp_path / "report.pdf").write_text("<!DOCTYPE html><title>Log in</title>")
    with pytest.raises(ContentError, match=r"report.pdf: not a PDF but text/plain \(it begins with b'<!DOCTYPE ht'\)"):
        pdf(tmp_path / "report.pdf")


def test_a_part_is_itself() -> None:
    """It is not read again unless something is new about it."""
    document, picture, words = pdf(making.pdf(), name="a.pdf"), image(PNG), text("hi")
    assert attach(document) is pdf(document) is document
    assert attach(picture) is image(picture) is picture
    assert attach(words) is text(words) is words
    assert attach(document, name="b").name == pdf(document, name="b").name == "b"
    assert image(picture, name="b").name == text(words, name="b").name == "b"


def test_a_pdf_can_be_described_and_cut() -> None:
    """When it is read and later; what is not given stays as it was."""
    document = pdf(making.pdf(["one", "two"]), name="a.pdf", title="A", citations=True, pages="2")
    assert (document.name, document.title, document.citations, document.text()) == ("a.pdf", "A", True, "two")
    again = pdf(document, title="B", pages="1")
    assert (again.name, again.title, again.citations, again.text()) == ("a.pdf", "B", True, "two")


@pytest.mark.parametrize("pages", ["", "3", "1 2"])
def test_pages_that_are_not_there_are_an_error(pages: str) -> None:
    """Also an empty range: it does not mean all of them."""
    with pytest.raises(ContentError):
        pdf(making.pdf(["one", "two"]), pages=pages)


def test_a_string_is_a_text_and_a_path_is_read(tmp_path: Path) -> None:
    """`text` and a question take a string for itself; `attach` takes it for a source."""
    path = tmp_path / "a.txt"
    path.write_text("words")
    assert text(str(path)) == part(str(path)) == Text(str(path))
    assert text(path) == attach(str(path)) == part(path) == Text("words", "a.txt")


@settings(deadline=None)
@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_a_text_file_may_have_a_byte_order_mark(words: str, encoding: str) -> None:
    """As Windows writes it; the mark is not part of the text."""
    assert text(io.BytesIO(words.encode(encoding))).text == words


def test_half_a_utf_16_character_is_a_content_error() -> None:
    """Not an error of the codec."""
    with pytest.raises(ContentError, match="not UTF-8 text"):
        text("hi".encode("utf-16")[:-1] + b"", name="a.txt")
