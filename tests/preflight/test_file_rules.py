"""What the rules say of PDFs, images and texts, in words and numbers."""

import io

import pytest
from pypdf import PdfReader, PdfWriter

from claude_kit.content import Image, Pdf, Text, image
from claude_kit.errors import ContentError
from claude_kit.preflight.rules.damage import finding_of
from tests.content import making
from tests.preflight.asking import (
    JPEG,
    PNG,
    SMALL,
    base64_block,
    by_url,
    found,
    image_part,
    pdf,
    picture,
    request,
    verbatim,
    written_in,
)


def test_pages_of_all_pdfs_count_together():
    """60 and 50 pages are too many for a model that takes 100; each finding says how many there are."""
    findings = found("pdf.pages", request(pdf(60, name="a.pdf"), pdf(50, name="b.pdf"), model=SMALL))
    assert [finding.where for finding in findings] == ["a.pdf", "b.pdf"]
    assert findings[0].measured == "60 pages of 110 in the request"
    assert "Send 2 requests" in findings[0].fix


def test_pages_of_earlier_turns_count_too():
    """A conversation carries its PDFs along, as parts or as the API's blocks."""
    for earlier in (pdf(60), base64_block("document", "application/pdf", pdf(60).data)):
        answered = [{"role": "user", "content": [earlier]}, {"role": "assistant", "content": "Yes."}]
        assert found("pdf.pages", request(pdf(50), model=SMALL, messages=answered))


def test_the_way_out_of_too_many_pages_names_a_model_that_takes_them():
    """143 pages are too many for Haiku 4.5, and not for the model that replaces it."""
    (finding,) = found("pdf.pages", request(pdf(143), model=SMALL))
    assert finding.message == (
        "report.pdf: 143 pages, the limit is 100 a request (pdf.pages). Send 2 requests, which ck.fit(...) makes, or "
        'some pages only: pdf.select("1-100"). claude-haiku-5-5 takes 600.'
    )
    assert "takes" not in found("pdf.pages", request(pdf(700)))[0].fix


def test_the_selection_that_is_advised_works():
    """The advised call gives a document that the rule accepts."""
    document = pdf(143)
    assert found("pdf.pages", request(document.select("1-100"), model=SMALL)) == []
    assert len(PdfReader(io.BytesIO(document.select("1-100").data)).pages) == 100


def test_the_two_kinds_of_encryption_are_told_apart():
    """What opens only with a password needs it; what opens without one is saved anew."""
    (owner,) = found("pdf.encrypted", request(pdf(password="")))
    (user,) = found("pdf.encrypted", request(pdf(password="secret")))
    assert (owner.measured, user.measured) == ("encrypted (opens without a password)", "opens only with a password")
    assert "unlocked()" in owner.fix
    assert "password=" in user.fix


def test_the_advice_for_an_owner_password_works():
    """The document that `unlocked` gives passes."""
    assert found("pdf.encrypted", request(pdf(password="").unlocked())) == []


def test_a_locked_pdf_is_not_called_empty():
    """How many pages it has is not known."""
    assert found("pdf.empty", request(pdf(password="secret"))) == []


def test_pages_without_text_are_told_apart_from_a_scan():
    """A PDF with some blank pages is not called a scan."""
    writer = PdfWriter(io.BytesIO(making.pdf(["one"])))
    writer.add_blank_page(612, 792)
    (some,) = found("pdf.scanned", request(Pdf(making.written(writer))))
    (all_of_it,) = found("pdf.scanned", request(pdf(2)))
    assert some.measured == "1 page without text"
    assert all_of_it.measured == "no text layer"


def test_missing_fonts_are_named_with_their_pages():
    """Which they are, and on how many pages; fonts that every reader has are a note only."""
    (finding,) = found("pdf.fonts", request(written_in("Kozuka")))
    assert finding.measured == "Kozuka not embedded, on 1 of 2 pages"
    for name in ("TimesNewRomanPSMT", "Arial,Bold", "Courier-Oblique", "Arial"):
        assert [finding.level for finding in found("pdf.fonts", request(written_in(name)))] == ["note"]
    for name in ("ArialNarrow", "Symbolic", "TimesTen"):
        assert [finding.level for finding in found("pdf.fonts", request(written_in(name)))] == ["warning"]


@pytest.mark.parametrize(
    ("turned", "measured"),
    [
        ([1], "page 1 turned by the file"),
        ([1, 2, 3], "pages 1-3 turned by the file"),
        ([2, 4, 5, 9], "pages 2, 4-5, 9 turned by the file"),
        ([1, 3, 5, 7, 9], "pages 1, 3, 5 and 2 more turned by the file"),
    ],
)
def test_turned_pages_are_named_in_ranges(turned, measured):
    """People look at those pages next, so they are told which."""
    writer = PdfWriter(io.BytesIO(pdf(9).data))
    for number in turned:
        writer.pages[number - 1].rotate(270)
    (finding,) = found("pdf.rotated", request(Pdf(making.written(writer))))
    assert finding.measured == measured


def test_a_damaged_pdf_is_named_once():
    """The sentence is the error's own, its file stands before it, and the way out after it."""
    document = base64_block("document", "application/pdf", b"%PDF-1.4", title="thesis.pdf")
    (finding,) = found("pdf.unreadable", request(document))
    assert finding.where == "thesis.pdf"
    assert finding.message.count("thesis.pdf") == 1


@pytest.mark.parametrize(
    ("error", "where", "measured", "fix"),
    [
        (ContentError("a.pdf: broken. Save it anew", where="a.pdf"), "a.pdf", "broken", "Save it anew."),
        (ContentError("a.pdf is broken", where="a.pdf"), "a.pdf", "is broken", "Else."),
        (ContentError("b.svg: e.g. not taken. Use ck.text(x)"), "b.svg", "e.g. not taken", "Use ck.text(x)"),
        (ContentError("it is broken"), "content", "it is broken", "Else."),
        (ContentError("c.pdf: v1.7. Old. Print it", where="c.pdf"), "c.pdf", "v1.7", "Old. Print it."),
    ],
)
def test_an_error_of_reading_becomes_a_finding(error, where, measured, fix):
    """Its first sentence is what was measured, the rest is the way out."""
    finding = finding_of(error, "pdf.unreadable", "Else.")
    assert (finding.where, finding.measured, finding.fix) == (where, measured, fix)


def test_images_in_tool_results_count_among_the_many():
    """The limit is on the request, wherever its images stand."""
    inner = base64_block("image", "image/png", PNG)
    result = {"type": "tool_result", "tool_use_id": "t", "content": [inner] * 20}
    assert found("image.many", request(result, picture(2001)))
    assert found("image.many", request({**result, "content": [inner] * 19}, picture(2001))) == []


def test_a_wrong_media_type_in_a_tool_result_is_seen():
    """The API looks there too."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": [base64_block("image", "image/png", JPEG)]}
    assert found("image.mismatch", request(result))


def test_images_by_url_count_among_the_many():
    """What is given by URL is an image of the request too, in either dialect."""
    assert found("image.many", request(picture(2001), *[by_url()] * 20))
    assert found("image.count", request(*[by_url()] * 101, model=SMALL))
    assert found("image.count", verbatim(*[image_part("https://example.com/a.png")] * 601))


def test_what_scaling_would_save_is_said():
    """A third of a JPEG's pixels is about a third of its bytes; of a PNG nobody knows before."""
    photo = Image(b"x" * 8_000_000, "image/jpeg", 4000, 3000, "photo.jpg")
    (finding,) = found("image.downscaled", request(photo))
    assert finding.measured == "4,000 × 3,000 px, seen as 2,212 × 1,659 px"
    assert "about 2.4 MB instead of 8 MB" in finding.fix
    (finding,) = found("image.downscaled", request(picture(4000, 3000, size=8_000_000)))
    assert "MB" not in finding.fix


def test_a_converted_image_is_not_told_that_its_name_is_wrong():
    """A TIFF that was read is a PNG by now, and rightly so."""
    assert found("image.mismatch", request(picture(name="scan.tiff", changes=("converted from TIFF",)))) == []
    (finding,) = found("image.mismatch", request(image(JPEG, name="photo.png")))
    assert finding.measured == "named as PNG, and its bytes are JPEG"


def test_a_block_that_declares_nothing_is_an_error():
    """The API wants a media type."""
    block = {"type": "image", "source": {"type": "base64", "data": base64_block("image", "", PNG)["source"]["data"]}}
    assert found("image.format", request(block))


def test_an_image_that_exif_turns_is_seen_in_a_block():
    """A block is looked at as it will be sent."""
    exif = making.corners().getexif()
    exif[0x0112] = 6
    turned = making.encoded(making.corners(), "JPEG", exif=exif)
    assert found("image.oriented", request(base64_block("image", "image/jpeg", turned)))
    assert found("image.oriented", request(image(turned))) == []


def test_an_address_is_not_repeated_in_full():
    """A signed address in a saved report would let others in."""
    secret = "https://example.com/" + "a/" * 20 + "report.pdf?signature=SECRET"
    (finding,) = found("text.path", request(secret))
    assert "SECRET" not in finding.message


@pytest.mark.parametrize("words", ["pyproject.toml", "https://example.com/report.pdf"])
def test_only_what_a_person_gives_is_taken_for_a_path(words):
    """An answer, or what a tool found, may be an address or a file's name, and is meant as that."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": words}
    earlier = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": words}]
    assert found("text.path", request(result, "And then?", messages=earlier)) == []
    assert found("text.path", request(words, messages=earlier))


@pytest.mark.parametrize("name", ["photo.heif", "icon.ico", "scan.jp2", "report.pdf"])
def test_every_name_that_claims_a_kind_is_held_to_it(name):
    """The names are those by which files are read."""
    (finding,) = found("image.mismatch", request(image(JPEG, name=name)))
    assert "and its bytes are JPEG" in finding.measured


def test_a_named_text_is_no_path():
    """What was read from a file may be a file's name by chance."""
    assert found("text.path", request(Text("pyproject.toml", "list.txt"))) == []


def test_a_part_of_a_foreign_format_is_an_error():
    """An image made by hand may be of any format."""
    assert found("image.format", request(Image(b"x", "image/bmp", 300, 300, "a.bmp")))
