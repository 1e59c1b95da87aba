"""What a PDF costs: a wrapper, a fixed image of each page by its shape, and the page's text as PDFium reads it."""

import io

import pytest
from pypdf import PdfWriter

from claude_kit.content import Pdf
from claude_kit.estimate import count_text, documents, texts
from claude_kit.models import find

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5")
LETTER, A4 = (612, 792), (595.28, 841.89)


def blank(*shapes: tuple[float, float], **options) -> Pdf:
    """A PDF of blank pages of these sizes, in points."""
    writer = PdfWriter()
    for width, height in shapes:
        writer.add_blank_page(width, height)
    buffer = io.BytesIO()
    writer.write(buffer)
    return Pdf(buffer.getvalue(), **options)


def written(*texts: str, **options) -> Pdf:
    """A PDF of letter pages with one line of text each."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(texts)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(texts)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for at, text in enumerate(texts):
        content = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        resources = "/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]{resources}/Contents {5 + 2 * at} 0 R>>")
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF"
    )
    return Pdf(data + tail.encode(), **options)


def test_a_blank_page_costs_its_image_and_the_wrapper():
    """A letter page was billed 1,574 tokens beside its text, an A4 page 1,594."""
    assert documents.tokens(blank(LETTER), OLD).tokens == 1574
    assert documents.tokens(blank(A4), OLD).tokens == 1594


def test_the_wrapper_counts_once():
    """A page more costs the page alone."""
    one, three = documents.tokens(blank(A4), OLD), documents.tokens(blank(A4, A4, A4), OLD)
    assert three.tokens == one.tokens + 2 * 1573


def test_the_wrapper_is_a_little_dearer_in_the_new_tokenizer():
    """Sonnet 5 was billed 1,578 for a letter page, the page image being the same on every tier."""
    count = documents.tokens(blank(LETTER), NEW)
    assert count.low <= 1578 <= count.high
    assert count.tokens - documents.tokens(blank(LETTER), OLD).tokens == 4


def test_a_pages_text_is_billed_beside_its_image():
    """Each page costs its text's tokens more than a blank one."""
    document = written("Apples are tasty", "So are pears")
    text = sum(count_text(page, OLD) for page in document.page_texts)
    assert text > 4
    assert documents.tokens(document, OLD).tokens == documents.tokens(blank(LETTER, LETTER), OLD).tokens + text


def test_an_unrecorded_shape_has_a_wider_range():
    """A slide was never measured: its range holds both measured shapes, and says it is interpolated."""
    slide = documents.tokens(blank((960, 540)), OLD)
    assert slide.method == "interpolated"
    assert slide.low < 1552 + 20
    assert slide.high > 1574 + 22
    label = documents.tokens(blank((144, 72)), OLD)
    assert label.low < slide.low
    assert documents.tokens(blank(LETTER), OLD).method == "measured"


def test_a_page_is_its_image_and_its_text():
    """Both can be told apart; a scanned page is its image alone."""
    document = written("Apples are tasty")
    page, text = document.pages[0], document.page_texts[0]
    image = documents.page_image(page, OLD)
    assert image.tokens == 1553
    assert documents.page(page, text, OLD).tokens == image.tokens + count_text(text, OLD)
    assert documents.page(page, "", OLD) == image


def test_a_lying_page_is_taken_to_cost_what_it_costs_upright():
    """None was recorded: the same number, in the range of any other shape."""
    lying, upright = (documents.page_image(blank(size).pages[0], OLD) for size in (LETTER[::-1], LETTER))
    other = documents.page_image(blank((960, 540)).pages[0], OLD)
    assert lying.tokens == upright.tokens
    assert (lying.low, lying.high, lying.method) == (other.low, other.high, "interpolated")


def test_haiku_3_5_is_billed_more_for_a_page():
    """A blank letter page was billed 1,607 tokens by it, 1,574 by every other model."""
    assert documents.tokens(blank(LETTER), find("claude-3-5-haiku")).tokens == 1607


def test_a_title_is_billed():
    """A title costs its own tokens and a little around it."""
    plain, titled = (documents.tokens(blank(A4, title=title), OLD) for title in (None, "Annual report"))
    assert titled.tokens - plain.tokens > count_text("Annual report", OLD)
    assert titled.low > plain.low


@pytest.mark.parametrize(("sentences", "billed"), [(1, 507), (43, 1185), (67, 1567)])
def test_citations_cost_by_the_sentence(sentences, billed):
    """Three recorded documents of 1, 43 and 67 sentences were billed 507, 1,185 and 1,567 tokens for citations."""
    count = documents.citations(["It rained again. " * sentences])
    assert count.low <= billed <= count.high
    assert abs(count.tokens - billed) <= 0.01 * billed


def test_without_citations_nothing_is_added():
    """No document to cite from, no tokens."""
    assert documents.citations([]).tokens == 0


def test_a_blank_document_has_no_sentence():
    """White space is not a sentence to cite."""
    assert documents.citations([" \n\f "]).tokens == documents.citations([""]).tokens == 491


def test_a_titles_wrapper_is_what_its_text_leaves_of_fifteen():
    """Recorded: about 15 with the few tokens of the title itself."""
    count = documents.heading("Annual report", OLD)
    text = texts.count("Annual report", OLD)
    assert (count.tokens - text.tokens, count.low - text.low, count.high - text.high) == (11, 5, 15)


def test_a_text_documents_wrapper_is_what_was_billed():
    """36 to 39 tokens beside the text, in all that were recorded."""
    wrapper = documents.TEXT_WRAPPER
    assert (wrapper.tokens, wrapper.low, wrapper.high) == (38, 36, 39)


@pytest.mark.parametrize(("size", "small"), [((299, 299), True), ((300, 120), False), ((299, 300), False)])
def test_a_small_page_is_one_with_no_long_side(size, small):
    """A strip fills the raster as a slide does; only a page of less than 300 points either way may cost far less."""
    assert (documents.page_image(blank(size).pages[0], OLD).low == 300) == small
