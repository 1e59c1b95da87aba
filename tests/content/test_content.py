"""What do I send: anything becomes an image, a PDF or a text, told apart by its bytes."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content import Image, Pdf, Text, attach, image, part, pdf, text
from claude_kit.content.blob import Blob
from claude_kit.content.decoding import decoded
from claude_kit.errors import ContentError, ContentWarning
from tests.content import making

PNG = making.encoded(making.corners(), "PNG")


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, Image), (making.pdf(), Pdf), (b"words", Text), (making.locked_pdf("secret"), Pdf)]
)
@pytest.mark.parametrize("suffix", [".png", ".pdf", ".txt", ".jpg", ".docx", ""])
def test_the_bytes_decide_and_not_the_name(tmp_path: Path, data: bytes, kind: type, suffix: str) -> None:
    """A PNG called .jpg is a PNG, a PDF called .txt is a PDF; only a text is not called so."""
    path = tmp_path / f"file{suffix}"
    path.write_bytes(data)
    if kind is Text and suffix in (".png", ".pdf", ".jpg"):  # what came in place of the file
        with pytest.raises(ContentError, match=f"^file{suffix}: text, not an? (PDF|image)"):
            attach(path)
        return
    attached = attach(path)
    assert type(attached) is kind
    assert attached.name == path.name
    assert attached == attach(data, name=path.name) == attach(io.BytesIO(data), name=path.name)


def test_a_png_called_jpg_has_the_media_type_of_a_png(tmp_path: Path) -> None:
    """The API refuses an image whose media type is not that of its bytes."""
    (tmp_path / "photo.jpg").write_bytes(PNG)
    assert image(tmp_path / "photo.jpg").media_type == "image/png"


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
@given(
    st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]),
)
def test_a_text_file_may_have_a_byte_order_mark(words: str, encoding: str) -> None:
    """As Windows writes it; the mark is not part of the text."""
    assert text(io.BytesIO(words.encode(encoding))).text == words


@pytest.mark.parametrize(
    ("data", "words", "called"),
    [
        (b"caf\xe9", "café", "Windows-1252"),
        (b"\x93quoted\x94 \x96 5 \x80\r\n", "“quoted” – 5 €\r\n", "Windows-1252"),
        (b"caf\xe9 \x81", "café \x81", "Latin-1"),
        (b"\xb9\x0c\x1b[1m\x1a", "¹\x0c\x1b[1m\x1a", "Windows-1252"),
    ],
)
def test_a_text_in_an_older_encoding_is_read_with_a_warning(data: bytes, words: str, called: str) -> None:
    """It was guessed: the part says so, and the warning points at the line that attached it."""
    for take in (attach, text):
        with pytest.warns(
            ContentWarning, match=rf"^a.txt: not UTF-8 text \(byte \d.*so read as {called}.*encoding="
        ) as caught:
            read = take(data, name="a.txt")
        assert read == Text(words, "a.txt", (f"read as {called}",))
        assert [warning.filename for warning in caught] == [__file__]


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_text_in_utf_8_is_never_guessed(words: str) -> None:
    """Whatever it holds: the warning would be an error here."""
    data = words.encode()
    assert Text(words).text == decoded(Blob(data, None))[0].removeprefix("\ufeff") or words.startswith("\ufeff")
    assert decoded(Blob(data, None))[1] == ()


def test_a_locked_pdf_is_opened_with_its_password() -> None:
    """And is then one without encryption, of which pages can be taken; the password is never shown."""
    opened = pdf(making.locked_pdf("secret"), password="secret", name="a.pdf", title="A", pages="2")
    assert (opened.locked, opened.encrypted, opened.text(), opened.title) == (False, False, "two", "A")
    assert opened.changes
    with pytest.raises(ContentError, match=r"^a.pdf: ") as caught:
        pdf(making.locked_pdf("secret"), password="s3same", name="a.pdf")
    assert "s3same" not in str(caught.value)
    again = pdf(pdf(making.locked_pdf("secret"), name="a.pdf"), password="secret")
    assert (again.locked, again.page_count) == (False, 2)


def test_a_password_that_is_not_needed_changes_nothing() -> None:
    """A folder of files may be opened with one password."""
    data = making.pdf()
    assert pdf(data, password="any") == pdf(data)
    assert pdf(data, password="any").data is data


@pytest.mark.parametrize(
    ("take", "given", "message"),
    [
        (image, pdf(making.pdf(), name="report.pdf"), r"report\.pdf: a PDF, not an image\. Use ck\.pdf"),
        (pdf, image(PNG, name="corners.png"), r"corners\.png: an image, not a PDF\. Use ck\.image"),
        (text, pdf(making.pdf(), name="report.pdf"), r"report\.pdf: a PDF, not text\. Use ck\.pdf"),
        (pdf, text("Why?"), r"text, not a PDF"),
    ],
)
def test_a_part_of_another_kind_says_what_it_is(take: Any, given: object, message: str) -> None:
    """As the file it came from would."""
    with pytest.raises(ContentError, match=message):
        take(given)
