"""Fitting: what would be refused, or is larger than Claude sees it, becomes what a check passes."""

import io
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.estimate import images as image_tokens
from claude_kit.models import find
from tests.content import making

HIGH = "claude-sonnet-5-5"
STANDARD = "claude-haiku-4-5"


@cache
def picture(width: int, height: int, form: str = "JPEG", name: str = "photo.jpg") -> ck.Image:
    """Return an image with something to see in it, small when encoded."""
    small = pil.radial_gradient("L").resize((width, height))
    return ck.image(making.encoded(small.convert("RGB"), form), name=name)


def document(pages: int, words: str = "page {}", name: str = "report.pdf") -> ck.Pdf:
    """Return a PDF whose pages say which they are."""
    return ck.pdf(making.pdf([words.format(number) for number in range(1, pages + 1)]), name=name)


@cache
def heavy_document(pages: int, page_bytes: int, name: str = "scans.pdf") -> ck.Pdf:
    """Return a PDF with an incompressible picture on every page."""
    side = int((page_bytes / 3) ** 0.5)
    shots = [making.noise(side, side) for _ in range(pages)]
    buffer = io.BytesIO()
    shots[0].save(buffer, "PDF", save_all=True, append_images=shots[1:], quality=100)
    return ck.pdf(buffer.getvalue(), name=name)


@cache
def noise() -> ck.Image:
    """Return what is over every limit as PNG: 9 MB."""
    return ck.image(making.encoded(making.noise(1900, 1600), "PNG"), name="noise.png")


def tokens(part: ck.Image, model: str) -> int:
    """Return what an image costs."""
    return image_tokens.tokens(part.width, part.height, find(model).image_tier)  # type: ignore[arg-type]


# ---- as it is ------------------------------------------------------------------------------------------------------


def test_what_fits_comes_back_as_it_is() -> None:
    """The very same parts, in the given order, in one request, and nothing is said to have changed."""
    parts = (ck.text("What is this?"), picture(800, 600), document(3))
    fitted = ck.fit(*parts, model=HIGH)
    assert len(fitted) == 1
    assert all(one is other for one, other in zip(fitted[0], parts, strict=True))
    assert fitted.changes == ()
    assert repr(fitted).startswith(f"<Fitted for {HIGH}: 1 request, 3 parts, ")


def test_any_source_can_be_fitted(tmp_path: Path) -> None:
    """Paths, bytes and pictures in memory are read on the way; a plain string is the question."""
    path = tmp_path / "report.pdf"
    path.write_bytes(making.pdf(["one"]))
    fitted = ck.fit(path, making.encoded(making.corners(), "PNG"), making.corners(), "Which?", model=HIGH)
    assert [type(part).__name__ for part in fitted[0]] == ["Pdf", "Image", "Image", "Text"]
    assert fitted[0][0].name == "report.pdf"


def test_nothing_cannot_be_fitted() -> None:
    """A call without content is a mistake."""
    with pytest.raises(ValueError, match="nothing to fit"):
        ck.fit(model=HIGH)


def test_the_route_must_be_one() -> None:
    """A misspelt route is not taken for the default one."""
    with pytest.raises(ValueError, match="via='azure'"):
        ck.fit("Hello", via="azure", model=HIGH)  # type: ignore[arg-type]


# ---- images --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "size"), [(HIGH, (2212, 1659)), (STANDARD, (1270, 952))])
def test_a_photo_becomes_what_the_model_sees(model: str, size: tuple[int, int]) -> None:
    """Scaled to the tier's largest size it costs the same tokens and far fewer bytes, and says so."""
    original = picture(4000, 3000)
    before = original.data
    ((fitted,),) = ck.fit(original, model=model)
    assert isinstance(fitted, ck.Image)
    assert (fitted.width, fitted.height) == size
    assert tokens(fitted, model) == tokens(original, model)
    assert fitted.size < original.size
    assert "4,000 × 3,000" in fitted.changes[-1]
    assert original.data is before
    assert ck.check(fitted, model=model).findings == ()


def test_an_image_over_the_side_limit_passes_afterwards() -> None:
    """What the check refuses for its side, fit scales."""
    wide = picture(9000, 600, "PNG", "panorama.png")
    assert not ck.check(wide, model=HIGH).ok
    assert ck.check(*ck.fit(wide, model=HIGH)[0], model=HIGH).ok


@pytest.mark.parametrize(("via", "limit"), [("anthropic", 10_000_000), ("bedrock", 5_000_000), ("vertex", 5_000_000)])
def test_an_image_over_the_byte_limit_is_encoded_below_it(via: str, limit: int) -> None:
    """Noise as PNG is as large as it gets; it comes out below the route's limit in base64."""
    ((fitted,),) = ck.fit(noise(), model=HIGH, via=via)  # type: ignore[arg-type]
    assert -(-fitted.size // 3) * 4 <= limit
    assert ck.check(fitted, model=HIGH, via=via).ok  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [20, 21])
def test_many_images_stay_below_2000_px(count: int) -> None:
    """From the 21st image on every side is under 2,000 px; up to 20 keep the size the model sees."""
    fitted = ck.fit(*[picture(2400, 1200)] * count, "Compare them.", model=HIGH)
    sides = {max(part.width, part.height) for part in fitted[0] if isinstance(part, ck.Image)}
    assert sides == ({2400} if count == 20 else {1988})
    assert ck.check(*fitted[0], model=HIGH).ok


def test_in_clouds_documents_count_among_many_images() -> None:
    """On Bedrock 20 images and a PDF are 21."""
    content = [*[picture(2400, 1200)] * 20, document(1)]
    sides = {part.width for part in ck.fit(*content, model=HIGH, via="bedrock")[0] if isinstance(part, ck.Image)}
    assert sides == {1988}


def test_more_images_than_a_request_takes_go_over_several() -> None:
    """150 images on a model that takes 100 are two requests, each with the question."""
    fitted = ck.fit("Compare.", *[picture(300, 300)] * 150, model=STANDARD)
    assert [len(content) for content in fitted] == [101, 51]
    assert all(content[0] == ck.text("Compare.") for content in fitted)


def test_a_model_without_eyes_is_said() -> None:
    """No scaling helps where the model reads text only."""
    with pytest.raises(ck.ContentError, match="reads text only"):
        ck.fit(picture(300, 300), model="claude-2.1")


# ---- PDFs ----------------------------------------------------------------------------------------------------------


def test_a_pdf_that_is_too_long_goes_over_several_requests() -> None:
    """All pages are there, in order, each piece says which it holds, and every request has the question."""
    report = document(643)
    assert not ck.check(report, "Summarise.", model=HIGH).ok
    fitted = ck.fit(report, "Summarise.", model=HIGH)
    pieces = [content[0] for content in fitted]
    assert [piece.page_count for piece in pieces if isinstance(piece, ck.Pdf)] == [600, 43]
    assert [piece.name for piece in pieces] == ["report (pages 1-600).pdf", "report (pages 601-643).pdf"]
    assert "\f".join(piece.text() for piece in pieces if isinstance(piece, ck.Pdf)) == report.text()
    assert all(content[1] == ck.text("Summarise.") for content in fitted)
    assert all(ck.check(*content, model=HIGH).ok for content in fitted)


def test_tokens_bind_before_pages_where_pages_are_dense() -> None:
    """A hundred pages with text may be too much for a context of 200,000 tokens."""
    lines = [f"{number} of {{0}}: about apples, pears and other fruit" for number in range(30)]
    dense = document(100, ") Tj 0 25 Td (".join(lines))
    fitted = ck.fit(dense, "Summarise.", model=STANDARD)
    assert len(fitted) > 1
    assert all(ck.check(*content, model=STANDARD, max_tokens=8192).ok for content in fitted)
    assert sum(part.page_count for content in fitted for part in content if isinstance(part, ck.Pdf)) == 100


@pytest.mark.parametrize(("via", "requests"), [("anthropic", 2), ("bedrock", 3)])
def test_a_pdf_that_is_too_large_is_cut_by_bytes(via: str, requests: int) -> None:
    """The limit is on the whole body, and base64 adds a third."""
    scans = heavy_document(14, 3_500_000)
    fitted = ck.fit(scans, "Read them.", model=HIGH, via=via)  # type: ignore[arg-type]
    assert len(fitted) == requests
    assert all(ck.check(*content, model=HIGH, via=via).ok for content in fitted)  # type: ignore[arg-type]
    assert sum(part.page_count for content in fitted for part in content if isinstance(part, ck.Pdf)) == 14


def test_documents_are_kept_whole_where_they_can_be() -> None:
    """Three documents of 250 pages are two requests of whole documents, not 600 and 150 pages."""
    fitted = ck.fit(*[document(250, name=f"{letter}.pdf") for letter in "abc"], "Compare.", model=HIGH)
    assert [[part.name for part in content] for content in fitted] == [["a.pdf", "b.pdf", None], ["c.pdf", None]]


def test_earlier_turns_take_of_the_room() -> None:
    """What the conversation already holds counts against the pages of a request."""
    earlier = [{"role": "user", "content": [document(400)]}, {"role": "assistant", "content": "I see."}]
    fitted = ck.fit(document(300), model=HIGH, messages=earlier)
    assert [part.page_count for content in fitted for part in content if isinstance(part, ck.Pdf)] == [200, 100]


def test_an_owner_password_is_dropped() -> None:
    """A PDF that opens without a password is saved without encryption; the original keeps its own."""
    owned = ck.pdf(making.locked_pdf(""), name="owned.pdf")
    ((fitted,),) = ck.fit(owned, model=HIGH)
    assert isinstance(fitted, ck.Pdf)
    assert not fitted.encrypted
    assert owned.encrypted
    assert fitted.changes


def test_a_user_password_cannot_be_fitted() -> None:
    """Nobody can open it; the message says how it could be."""
    with pytest.raises(ck.ContentError, match=r"secret\.pdf: opens only with a password.*password="):
        ck.fit(ck.pdf(making.locked_pdf("sesame"), name="secret.pdf"), model=HIGH)


def test_a_broken_table_is_written_anew() -> None:
    """A PDF that only a lenient reader opens is saved so that every reader does."""
    broken = ck.pdf(making.pdf(["one", "two"]).replace(b"startxref", b"startxxxx"), name="broken.pdf")
    assert broken.repaired
    ((fitted,),) = ck.fit(broken, model=HIGH)
    assert isinstance(fitted, ck.Pdf)
    assert not fitted.repaired
    assert fitted.text() == broken.text()


def test_a_page_over_the_limit_is_named() -> None:
    """No split helps a page that is too large alone; the message says which it is."""
    with pytest.raises(ck.ContentError, match=r"page 1\b"):
        ck.fit(heavy_document(2, 24_000_000), model=HIGH, via="bedrock")


def test_a_text_over_the_context_is_said() -> None:
    """A text cannot be cut without knowing where; the message has both numbers."""
    with pytest.raises(ck.ContentError, match=r"book\.txt: does not fit.*tokens, and [\d,]+ are left"):
        ck.fit(ck.text("Ω≈ç√" * 30_000, name="book.txt"), model=STANDARD)


def test_what_no_change_mends_is_refused() -> None:
    """A retired model stays retired, whatever the content."""
    with pytest.raises(ck.PreflightError, match=r"model\.retired"):
        ck.fit("Hello", model="claude-3-opus-20240229")


# ---- how it shows itself --------------------------------------------------------------------------------------------


def test_it_says_what_was_done() -> None:
    """As a table with sizes before and after, escaped, and as a frame."""
    fitted = ck.fit(picture(4000, 3000, name="<b>.jpg"), "What?", model=HIGH)
    shown = fitted._repr_mimebundle_()
    assert "made to fit" in shown["text/plain"]
    assert "scaled from 4,000 × 3,000" in shown["text/plain"]
    assert "What?" not in shown["text/plain"]  # nothing was done to the question
    assert "<b>.jpg" not in shown["text/html"]
    frame = fitted.to_frame()
    assert list(frame["part"]) == ["<b>.jpg", "“What?”"]
    assert frame["after"][0] < frame["before"][0]


def test_what_was_changed_before_is_not_told_as_new() -> None:
    """An image that was turned upright when it was attached fits as it is."""
    turned = replace(picture(300, 200), changes=("turned upright",))
    fitted = ck.fit(turned, model=HIGH)
    assert fitted.changes == ()
    assert fitted._repr_mimebundle_()["text/plain"].startswith(f"fits as it is for {HIGH}")


def test_a_drawing_is_left_alone_where_scaling_only_makes_it_larger() -> None:
    """Smoothing adds colours, so a drawing of two may take more bytes when scaled; the server may as well do it."""
    stripes = np.zeros((5400, 1080), dtype=np.uint8)
    stripes[::3] = 255
    drawing = ck.image(stripes, name="stripes.png")
    fitted = ck.fit(drawing, model=HIGH)
    assert fitted[0][0] is drawing or fitted[0][0].size < drawing.size


def test_it_is_a_list_of_lists() -> None:
    """It can be looped over, indexed and compared as one."""
    fitted = ck.fit("Hello", model=HIGH)
    assert fitted == [[ck.text("Hello")]]
    assert isinstance(fitted, list)


# ---- beside earlier turns -------------------------------------------------------------------------------------------


def test_images_of_earlier_turns_count_among_the_many() -> None:
    """The 21st image of a conversation is brought under 2,000 px, and what came before may be given as it is read."""
    earlier = [{"role": "user", "content": [*[picture(300, 200)] * 20, "Hi"]}, {"role": "assistant", "content": "Yes?"}]
    for messages in (earlier, iter(earlier)):
        fitted = ck.fit(picture(2300, 400), "And this?", model=HIGH, messages=messages)  # type: ignore[arg-type]
        assert max(fitted[0][0].width, fitted[0][0].height) < 2000
        assert ck.check(*fitted[0], model=HIGH, messages=earlier).ok
    assert ck.fit(picture(2300, 400), "And this?", model=HIGH, messages=earlier[1:])[0][0].width == 2300


def test_earlier_turns_that_leave_no_page_are_named() -> None:
    """Then no cutting helps."""
    earlier = [{"role": "user", "content": [document(100), "Hi"]}, {"role": "assistant", "content": "Yes?"}]
    with pytest.raises(ck.ContentError, match=r"report\.pdf: no page is left in a request beside the earlier turns"):
        ck.fit(document(2), model=STANDARD, messages=earlier)


@pytest.mark.parametrize("part", [picture(300, 200), document(1)])
def test_a_model_that_only_reads_says_so(part: ck.Image | ck.Pdf) -> None:
    """Nothing makes an image or a PDF fit a model without eyes."""
    with pytest.raises(ck.ContentError, match=rf"{part.label}: claude-2\.1 reads text only\. Use claude-opus-5-5"):
        ck.fit(part, "What is this?", model="claude-2.1")
