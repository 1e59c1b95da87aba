"""Images, PDFs and texts: immutable, and able to show themselves without giving themselves away."""

import base64
import io
import pickle
import re
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter

from claude_kit.content import image, pdf, text
from claude_kit.content.parts import Page, Part, Pdf, Text
from claude_kit.errors import ContentError
from claude_kit.render import cards, units
from tests.content import making


def scan() -> bytes:
    """Return a PDF of two pages of noise."""
    buffer = io.BytesIO()
    making.noise(400, 500).save(buffer, "PDF", save_all=True, append_images=[making.noise(400, 500)])
    return buffer.getvalue()


def kind(part: Part) -> str:
    return type(part).__name__


def shown(part: Part) -> dict[str, str]:
    """Return what IPython shows of a part."""
    data, _ = DisplayFormatter().format(part)
    return dict(data)


def parts(name: str | None = None) -> list[Part]:
    return [
        image(making.encoded(making.noise(600, 400), "JPEG", quality=90), name=name),
        image(making.encoded(making.noise(600, 400), "TIFF"), name=name),
        pdf(scan(), name=name, title=name, citations=True),
        pdf(making.locked_pdf("secret"), name=name),
        pdf(making.pdf([]), name=name),
        text("word " * 10_000, name=name),
        text("<script>alert(1)</script>\x1b[2J", name=name),
    ]


# ---- showing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", parts(), ids=kind)
def test_a_card_is_small_and_holds_no_bytes_of_the_file(part: Part) -> None:
    """Under 30 KB with its style, thumbnails under 10 KB together, and nothing else of the data, in any encoding."""
    html = shown(part)["text/html"]
    assert len(html.encode()) < 30_000
    pictures = [base64.b64decode(found) for found in re.findall(r'base64,([^"]+)"', html)]
    assert sum(map(len, pictures)) < 10_000
    if not isinstance(part, Text):
        middle = part.data[len(part.data) // 2 :][:60]
        assert base64.b64encode(middle[:57]).decode()[4:-4] not in html
        assert all(middle[:20] not in picture for picture in pictures)


@pytest.mark.parametrize("part", [*parts(), *parts("a.pdf")], ids=kind)
def test_a_repr_is_one_short_line(part: Part) -> None:
    """The kind, the name and the size, never the data; as plain text a card is as short."""
    for line in (repr(part), str(part), shown(part)["text/plain"]):
        assert len(line) < 150
        assert line.isprintable()


@pytest.mark.parametrize("part", parts(making.ATTACK), ids=kind)
def test_everything_on_a_card_is_escaped(part: Part) -> None:
    """A name with a tag in it is a name."""
    html = shown(part)["text/html"]
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_card_says_what_matters() -> None:
    """Pixels, pages, paper, size, what was changed and what will be asked for."""
    plain = [cards.text_card(part.card()) for part in parts("a")]
    assert re.fullmatch(r"a · 600 × 400 px · JPEG · \d+ KB", plain[0])
    assert re.fullmatch(r"a · 600 × 400 px · PNG · \d+ KB · converted from TIFF", plain[1])
    assert re.fullmatch(r"a · 2 pages, 400 × 500 pt · \d+ KB · titled “a” · citations", plain[2])
    assert re.fullmatch(r"a · [\d.]+ KB · pages cannot be shown|a · [\d.]+ KB", plain[3])
    assert re.fullmatch(r"a · 0 pages · \d+ bytes", plain[4])
    assert plain[5] == "a · 50,000 characters · 1 line"


# ---- PDFs -----------------------------------------------------------------------------------------------------------


def test_a_pdf_knows_its_pages_and_text() -> None:
    """Pages are numbered as people count; their texts are separated by form feeds."""
    document = Pdf(making.pdf(["one", "", "three"]), "a.pdf")
    assert document.pages == tuple(Page(number, 612.0, 792.0) for number in (1, 2, 3))
    assert document.page_count == 3
    assert document.text() == "one\f\fthree"
    assert not document.encrypted
    assert repr(document) == f"<Pdf a.pdf: 3 pages, letter · {units.size(document.size)}>"


def test_a_locked_pdf_is_a_part_all_the_same() -> None:
    """So that a check can name it: it has no pages, no text, a card, and none of them fails."""
    document = Pdf(making.locked_pdf("secret"), "a.pdf")
    assert document.encrypted
    assert (document.page_count, document.text(), document.page_texts) == (0, "", ())
    assert cards.text_card(document.card()).startswith("a.pdf · ")
    with pytest.raises(ContentError, match=r"a.pdf: encrypted.*without a password"):
        document.select("1")


def test_a_pdf_that_opens_without_its_owners_password_is_open() -> None:
    """It is read like any other, and its pages can be taken."""
    document = Pdf(making.locked_pdf(""))
    assert (document.encryption, document.encrypted, document.locked) == ("owner", True, False)
    assert document.text() == "one\ftwo"
    assert document.select("2").text() == "two"


def test_a_selection_is_a_document_of_its_own() -> None:
    """With the pages asked for, in that order, and the name, title and citations of the whole."""
    document = Pdf(making.pdf([f"page {number}" for number in range(1, 13)]), "a.pdf", "A", True)
    chosen = document.select("11-,2")
    assert chosen.text() == "page 11\fpage 12\fpage 2"
    assert [page.number for page in chosen.pages] == [1, 2, 3]
    assert (chosen.name, chosen.title, chosen.citations) == ("a.pdf", "A", True)
    assert document.page_count == 12
    with pytest.raises(ContentError, match=r'a.pdf: no pages "13", it has pages 1 to 12'):
        document.select("13")


@pytest.mark.parametrize(
    ("size", "paper"),
    [
        ((612, 792), "letter"),
        ((595.28, 841.89), "A4"),
        ((842, 595), "A4 landscape"),
        ((612, 1008), "legal"),
        ((400, 300), "400 × 300 pt"),
    ],
)
def test_paper_is_called_by_its_name(size: tuple[float, float], paper: str) -> None:
    """Within a few points, in either direction; else by its size."""
    assert Page(1, *size).paper == paper


def test_pages_of_several_sizes_are_called_mixed() -> None:
    """Rather than by the first."""
    data = making.pdf()
    assert "letter" in repr(Pdf(data))
    joined = making.PdfWriter()
    making.page(joined)
    making.page(joined, size=(595.3, 841.9))
    assert "2 pages, mixed sizes" in repr(Pdf(making.written(joined)))


DOCUMENT = making.pdf(["one", "two"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), max_size=5), st.integers(0, 5000))
def test_a_damaged_pdf_is_a_part_or_a_content_error(wounds: list[tuple[int, bytes]], keep: int) -> None:
    """To the end: pages, text, card and selection raise nothing else either."""
    data = DOCUMENT
    for place, wound in wounds:
        at = place % len(data)
        data = data[:at] + wound + data[at + len(wound) :]
    try:
        document = Pdf(data[: len(data) - keep % len(data)] if keep > 4000 else data)
        document.text()
        document.card()
        document.select("1")
    except ContentError:
        pass


# ---- all ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", parts("a"), ids=kind)
def test_a_part_is_a_value(part: Part) -> None:
    """It cannot be changed, compares by content, and goes to another process and back."""
    with pytest.raises(FrozenInstanceError):
        part.name = "b"  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(part))
    assert again == part
    assert hash(again) == hash(part)
    assert repr(again) == repr(part)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Why?", "“Why?”"),
        ("a\n\n  b", "“a b”"),
        ("x" * 41, f"“{'x' * 38} …”"),
        ("x" * 40, f"“{'x' * 40}”"),
        ("", "“”"),
    ],
)
def test_a_text_is_called_by_its_beginning(words: str, label: str) -> None:
    """On one line, unless it has a name."""
    assert Text(words).label == label
    assert Text(words, "a.txt").label == "a.txt"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_text_can_be_shown(words: str) -> None:
    """Also one with control characters or half a character, as a page and in a terminal."""
    part = Text(words)
    assert part.size >= len(words)
    assert repr(part).isprintable()
    shown(part)["text/html"].encode()
