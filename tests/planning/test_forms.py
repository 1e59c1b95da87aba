"""`ck.strategies`: a PDF as it is, as text, as images of its pages."""

import math
from datetime import date
from decimal import Decimal

import matplotlib
import matplotlib.pyplot as plt
import pytest
from pypdf import PdfWriter

from claude_kit.content import Text, pdf
from claude_kit.errors import ContentError, UnknownModelError
from claude_kit.estimate import Price, estimate
from claude_kit.planning import strategies
from claude_kit.preflight import fit
from claude_kit.wire import body
from claude_kit.wire.messages import encode_request
from tests.content import making

matplotlib.use("Agg")

DAY = date(2026, 11, 22)
SONNET = "claude-sonnet-5-5"
A4 = (595.3, 841.9)


def rows(source, model=SONNET, **options):
    return strategies(source, model, at=DAY, **options).set_index("form")


def test_every_form_has_its_price():
    """As `ck.estimate` gives it for what would be sent: the PDF, its text as a file, the question with each."""
    document = pdf(making.pdf(["one", "two"]), name="report.pdf")
    found = strategies(document, SONNET, question="What is it?", at=DAY)
    sent = {
        "PDF": document,
        "PDF with citations": pdf(document, citations=True),
        "text alone": Text(document.text(), "report.txt"),
    }
    for form, part in sent.items():
        told = estimate(part, "What is it?", model=SONNET, at=DAY)
        assert [one.lines for one in found.estimates[form]] == [told.lines]
        assert Decimal(str(found.set_index("form")["cost_usd"][form])) == told.cost


@pytest.mark.parametrize("sizes", [[making.LETTER], [A4], [making.LETTER, (900.0, 300.0), A4]])
def test_page_images_cost_what_images_of_the_pages_do(sizes):
    """Though only some are drawn, each has the very pixels that drawing it gives."""
    writer = PdfWriter()
    for number in range(9):
        making.page(writer, "text", sizes[number % len(sizes)])
    document = pdf(making.written(writer))
    found = rows(document, image_sizes=[700])
    drawn = [page.image(width=700, height=700) for page in document.pages]
    assert found["input_tokens"]["page images, 700 px"] == estimate(*drawn, model=SONNET).input_tokens


def test_bytes_are_those_of_the_request():
    """Where every page was drawn, to the byte, base64 and question included."""
    document = pdf(making.pdf(["one", "two"]))
    found = rows(document, question="What is it?", image_sizes=[400])
    images = [page.image(width=400, height=400) for page in document.pages]
    for form, parts in (("PDF", [document]), ("page images, 400 px", images)):
        messages = [{"role": "user", "content": [*parts, "What is it?"]}]
        request = encode_request(messages, model=SONNET, max_tokens=8192)
        assert found["bytes"][form] == pytest.approx(body.size(request), abs=10)
    assert found["bytes_measured"].all()


def test_bytes_that_rest_on_some_pages_are_called_about():
    """Beyond five pages five are drawn, and the sum is near what all of them take."""
    document = pdf(making.long_pdf(9))
    found = strategies(document, SONNET, image_sizes=[500])
    row = found.set_index("form").loc["page images, 500 px"]
    truth = sum(body.base64_bytes(page.image(width=500, height=500).size) for page in document.pages)
    assert not row["bytes_measured"]
    assert row["bytes"] == pytest.approx(truth, rel=0.1)
    assert "about" in found.to_text()


@pytest.mark.parametrize(("side", "verdict"), [(1092, "reads well"), (800, "hard to read"), (600, "too small to read")])
def test_page_images_say_whether_small_print_can_be_read(side, verdict):
    """10 points on a page of 792 are so many pixels high as the image has for them."""
    row = rows(making.pdf(["one"]), image_sizes=[side]).loc[f"page images, {side:,} px"]
    assert row["print_px"] == pytest.approx(10 * side / 792, rel=0.01)
    assert verdict in row["loses"]
    assert row["keeps_text"] == (verdict != "too small to read")


def test_pixels_that_the_server_takes_away_do_not_count():
    """An image beyond the model's size is seen at that size: 1,232 pixels of a letter page in standard models."""
    row = rows(making.pdf(["one"]), "claude-sonnet-4-6", image_sizes=[3000]).loc["page images, 3,000 px"]
    assert row["print_px"] == pytest.approx(10 * 1232 / 792, rel=0.01)


def test_what_cannot_be_read_is_not_the_cheapest():
    """Tiny images cost least and are of no use."""
    found = strategies(making.pdf([""]), SONNET, image_sizes=[1100, 200], at=DAY)
    assert found.loc[found["cost_usd"].idxmin(), "form"] in ("text alone", "page images, 200 px")
    assert found.cheapest == "page images, 1,100 px"


def test_pages_without_text_are_named():
    """Text alone loses all of them, so there is a form that brings their images."""
    found = strategies(making.pdf(["one", "", "three", ""]), SONNET)
    table = found.set_index("form")
    assert "pages 2, 4 without text" in table["loses"]["text alone"]
    assert not table["keeps_text"]["text alone"]
    (told,) = found.estimates["text and scanned pages"]
    assert [line.label for line in told.lines if line.label.startswith("page")] == ["page 2.png", "page 4.png"]


def test_a_pdf_with_text_on_every_page_has_no_such_form():
    """Nor has one without any text: there the text alone is refused."""
    assert "text and scanned pages" not in rows(making.pdf(["one", "two"])).index
    scanned = rows(making.pdf(["", ""]))
    assert "text and scanned pages" not in scanned.index
    assert scanned["verdict"]["text alone"] == "refused"


def test_a_pdf_with_too_many_pages_goes_over_several_requests():
    """As `ck.fit` cuts it, the question with each of them, and it is accepted."""
    document = pdf(making.pdf(["word"] * 120))
    found = strategies(document, "claude-haiku-4-5", question="What is it?", image_sizes=[300], at=DAY)
    row = found.set_index("form").loc["PDF"]
    fitted = fit(document, "What is it?", model="claude-haiku-4-5")
    assert row["requests"] == len(fitted) == 2
    assert row["verdict"] == "accepted"
    assert row["input_tokens"] == sum(estimate(*held, model="claude-haiku-4-5").input_tokens for held in fitted)
    assert found.set_index("form")["requests"]["page images, 300 px"] == 2  # 100 images a request


def test_text_that_is_too_long_is_cut_between_pages():
    """Nothing of it is lost, and every request is within the window."""
    document = pdf(making.long_pdf(60))
    found = strategies(document, "claude-haiku-4-5", image_sizes=[], at=DAY, max_tokens=60_000)
    told = found.estimates["text alone"]
    assert len(told) == found.set_index("form")["requests"]["text alone"] > 1
    assert all(one.input_range[1] + 60_000 <= 200_000 for one in told)
    assert found.set_index("form")["verdict"]["text alone"] == "accepted"
    whole = estimate(Text(document.text(), "document.txt"), model="claude-haiku-4-5").input_tokens
    assert sum(one.input_tokens for one in told) == pytest.approx(whole, rel=0.02)


def test_many_page_images_stay_below_two_thousand_pixels():
    """With over 20 images in a request the API refuses larger ones; up to 20 may have what the model sees."""
    few, many = (rows(making.pdf([""] * pages), "claude-opus-5-5") for pages in (20, 21))
    assert "page images, 2,184 px" in few.index
    assert "page images, 1,988 px" in many.index
    assert set(many["verdict"]) - {"refused"} == {"accepted"}
    assert many["verdict"]["page images, 1,988 px"] == "accepted"


def test_large_page_images_go_twenty_to_a_request():
    """Whoever wants them large gets them accepted."""
    row = rows(making.pdf(["word"] * 41), image_sizes=[2100]).loc["page images, 2,100 px"]
    assert (row["requests"], row["verdict"]) == (math.ceil(41 / 20), "accepted")


def test_a_retired_model_refuses_every_form():
    """And none is the cheapest."""
    found = strategies(making.pdf(["one"]), "claude-3-opus-20240229", image_sizes=[500])
    assert set(found["verdict"]) == {"retired"}
    assert found.cheapest is None
    assert "in no form" in found.to_text()


def test_a_model_that_reads_text_only_has_no_page_images():
    """It has no eyes for them."""
    found = rows(making.pdf(["one", ""]), "claude-2.1")
    assert not any("image" in form for form in found.index)


def test_what_goes_along_is_counted_and_checked():
    """System prompt, earlier turns and the answer's cap take of the room and of the money."""
    plain, more = (rows(making.pdf(["one"]), image_sizes=[], system=system) for system in (None, "Be brief. " * 100))
    assert (more["input_tokens"] - plain["input_tokens"]).min() > 200
    assert (more["bytes"] - plain["bytes"]).min() > 1000
    capped = rows(making.pdf(["one"]), image_sizes=[], max_tokens=1_000_000)
    assert set(capped["verdict"]) == {"refused"}


def test_a_locked_pdf_is_an_error():
    """Its pages cannot be read."""
    with pytest.raises(ContentError, match="password"):
        strategies(making.locked_pdf("secret"), SONNET)


def test_what_is_no_pdf_is_an_error():
    """It has no other forms to compare."""
    with pytest.raises(ContentError, match="image"):
        strategies(making.encoded(making.corners(), "PNG"), SONNET)


def test_the_page_says_what_the_terminal_says():
    """Every form, and what it loses."""
    found = strategies(making.pdf(["one", ""]), SONNET)
    page, text = found._repr_html_(), str(found)
    for row in found.to_dict("records"):
        assert row["form"] in page
        assert row["form"] in text
        assert row["loses"] in text


def test_the_plot_has_a_bar_a_form():
    """Input and answer in a row."""
    found = strategies(making.pdf(["one"]), SONNET, image_sizes=[900])
    figure, own = plt.subplots()
    axes = found.plot(ax=own)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(found["form"])
    assert len(axes.patches) == 2 * len(found)
    plt.close(figure)


def test_a_price_of_ones_own_is_taken():
    """For a model that nobody knows: every form is as `ck.estimate` prices it, with its doubt."""
    document, own = pdf(making.pdf(["one"])), Price(input=1, output=1)
    found = strategies(document, "claude-sonnet-9", price=own, image_sizes=[])
    told = estimate(document, model="claude-sonnet-9", price=own)
    row = found.iloc[0]
    assert (row["low"], row["high"], row["cost_usd"]) == (*told.input_range, float(told.cost))
    with pytest.raises(UnknownModelError):
        strategies(document, "claude-sonnet-9")


def test_a_question_is_anything_that_can_be_sent():
    """As it can be for an estimate; what is no source is refused by its kind."""
    document = making.pdf(["one"])
    as_part = strategies(document, SONNET, question=Text("What is it?"), image_sizes=[])
    assert list(as_part["input_tokens"]) == list(
        strategies(document, SONNET, question="What is it?", image_sizes=[])["input_tokens"]
    )
    with pytest.raises(ContentError, match="cannot read"):
        strategies(document, SONNET, question=5)
