"""The pages of a PDF: what is known of them, what is selected, and what is saved, without a browser."""

import io
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PIL import Image as pil
from pypdf import PdfWriter
from pypdf.generic import NameObject

import claude_kit as ck
from claude_kit.content import pdfium, thumbnails
from claude_kit.estimate import quick
from claude_kit.panels.inspecting.selection import written
from claude_kit.render import units
from tests.content import making

MODEL = "claude-sonnet-5-5"


class Heard(ck.PdfInspector):
    """An inspector that keeps what it tells the page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.buffers: list[Sequence[bytes]] = []
        super().__init__(*arguments, **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)
        self.buffers.append(buffers or [])

    def say(self, **message: Any) -> None:
        """Say something as the page does."""
        self._handle_custom_msg(message, [])

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message.get("k") == kind]


def wait_until(holds: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def read_all(inspector: Heard) -> dict[int, list[Any]]:
    """Say hello, wait for all facts and for the verdict, and return the facts by page."""
    inspector.say(k="hello")
    wait_until(lambda: any(message["all"] for message in inspector.of_kind("facts")))
    wait_until(lambda: inspector.verdict["level"])
    return {row[0]: row for message in inspector.of_kind("facts") for row in message["rows"]}


@pytest.fixture
def assorted() -> Heard:
    """Six pages of all kinds."""
    return Heard(making.assorted_pdf(), model=MODEL)


# ---- what is selected -----------------------------------------------------------------------------------------------


def test_pages_are_given_as_a_range_or_as_numbers(assorted: Heard) -> None:
    """Either way they are told as numbers, rising, each once."""
    assorted.pages = "5-, 1, 2,2"
    assert assorted.pages == (1, 2, 5, 6)
    assorted.pages = [6, 3, 3]
    assert assorted.pages == (3, 6)
    assorted.pages = ""
    assert assorted.pages == ()


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ("0-3", 'no pages "0-3", it has pages 1 to 6'),
        ("7", 'no pages "7"'),
        ("two", '"two" is no page range'),
        ([7], "no page 7, it has pages 1 to 6"),
        ([0], "no page 0"),
        (["a"], "page numbers from 1"),
        (3, "page numbers from 1"),
    ],
)
def test_pages_that_are_not_there_are_refused(assorted: Heard, pages: Any, message: str) -> None:
    """The message says what there is; what was selected stays."""
    assorted.pages = "2"
    with pytest.raises(ck.ContentError, match=re.escape(message)):
        assorted.pages = pages
    assert assorted.pages == (2,)
    with pytest.raises(ck.ContentError, match=re.escape(message)):
        ck.PdfInspector(making.assorted_pdf(), pages=pages)


def test_the_selection_is_a_document(assorted: Heard) -> None:
    """`selected` holds the selected pages, in the document's order, under its name."""
    assorted.pages = [6, 1]
    assert [page.text for page in assorted.selected.pages] == ["page one", "page six"]
    assert assorted.selected is assorted.selected
    assorted.pages = "5"
    assert assorted.selected.text() == "page five"


@pytest.mark.parametrize("pages", ["", "1-6"])
def test_no_selection_is_the_whole(assorted: Heard, pages: str) -> None:
    """Whoever has not chosen yet sends all, as if all were selected."""
    assorted.pages = pages
    assert assorted.selected is assorted.pdf


def test_it_says_how_many_are_selected() -> None:
    """The name of a file cannot steer a terminal."""
    inspector = ck.PdfInspector(ck.pdf(making.assorted_pdf(), name="a\x1b[2J.pdf"), pages="1-2")
    assert repr(inspector) == "<PdfInspector a�[2J.pdf: 2 of 6 pages selected>"
    inspector.pages = ()
    assert repr(inspector) == "<PdfInspector a�[2J.pdf: none of 6 pages selected>"


def test_a_selection_can_be_watched(assorted: Heard) -> None:
    """Whether it comes from code or from the page."""
    seen: list[tuple[int, ...]] = []
    assorted.observe(lambda change: seen.append(change["new"]), "pages")
    assorted.pages = "1-2"
    assorted.set_state({"pages": [4]})
    assert seen == [(1, 2), (4,)]


@pytest.mark.parametrize("numbers", [(), (1,), (1, 2, 3), (1, 3, 4, 9)])
def test_a_range_reads_as_it_was_written(numbers: tuple[int, ...]) -> None:
    """What is written is what `pages` takes."""
    inspector = ck.PdfInspector(making.pdf([str(number) for number in range(9)]))
    inspector.pages = written(numbers)
    assert inspector.pages == numbers


# ---- what is known of pages -----------------------------------------------------------------------------------------


def test_each_page_has_its_badges(assorted: Heard) -> None:
    """Whether it has text, how it is turned, and its size where that is not the usual one."""
    facts = read_all(assorted)
    assert [facts[page][1] for page in range(1, 7)] == ["text", "text", "blank", "image only", "text", "text"]
    assert [facts[page][2] for page in range(1, 7)] == [
        *([], ["turned 90°"], ["blank"], ["image only"], ["1700 × 2200 pt"], [])
    ]


def test_pages_cost_what_they_are_billed(assorted: Heard) -> None:
    """The cost of a selection is the cost of the document that is selected, at the model's price."""
    facts = read_all(assorted)
    assert re.fullmatch(r"1,5\d\d tokens · \$0\.003\d", facts[1][3])
    for pages in ("", "1, 3-4"):
        assorted.pages = pages
        tokens, counted = quick.tokens(assorted.selected, ck.models.find(MODEL))
        assert counted
        told = ck.estimate(assorted.selected, model=MODEL, expect_output=0)
        usd = units.usd(told.input_cost / told.input_tokens * tokens)
        assert assorted.figures == {"of": written(assorted.pages), "cost": f"{tokens:,} tokens, {usd}"}


def test_what_is_not_counted_yet_is_not_told_as_counted() -> None:
    """A total says so as long as pages are missing from it."""
    inspector = ck.PdfInspector(making.pdf(["one"] * 40))
    assert inspector.figures["cost"] == "counting …"
    assert "at least" in inspector.static_text()
    inspector.pages = "1-12"  # which are on the sheet, and counted for it
    assert "at least" not in inspector.static_text()


def test_findings_are_told_with_their_pages(assorted: Heard) -> None:
    """They are numbered as in the whole, whatever is selected."""
    read_all(assorted)
    pages = {finding["rule"]: finding["pages"] for finding in assorted.verdict["findings"]}
    assert pages["pdf.rotated"] == [2]
    assert pages["pdf.scanned"] == [3, 4]
    assert pages["pdf.page-size"] == [5]
    assert pages["pdf.fonts"] == [1, 2, 5, 6]
    assorted.pages = "2"
    time.sleep(0.6)
    wait_until(lambda: assorted.verdict["level"] == "ok")
    assert {"rule": "pdf.rotated", "pages": [2]}.items() <= assorted.verdict["findings"][1].items()


def test_the_verdict_is_on_what_is_selected() -> None:
    """Too many pages are refused at once; some of them are accepted."""
    inspector = Heard(making.pdf(["one"] * 110), model="claude-haiku-4-5")
    assert inspector.verdict["label"] == "refused"
    read_all(inspector)
    assert inspector.verdict["findings"][0]["rule"] == "pdf.pages"
    inspector.pages = "1-100"
    wait_until(lambda: inspector.verdict["label"] == "accepted")
    assert "pdf.pages" not in [finding["rule"] for finding in inspector.verdict["findings"]]


def test_one_that_opens_without_a_password_is_inspected_and_refused() -> None:
    """It is encrypted; a selection of it no longer is."""
    inspector = Heard(making.locked_pdf(""))
    read_all(inspector)
    assert inspector.verdict["label"] == "refused"
    inspector.pages = "1"
    wait_until(lambda: inspector.verdict["label"] == "accepted")
    assert not inspector.selected.encrypted


def test_what_stops_the_reading_is_told() -> None:
    """It runs in a thread, and must not leave the reader waiting for a verdict."""

    class Cut(Heard):
        def send(self, content: Any, buffers: Any = None) -> None:
            if content.get("rows"):
                raise OSError("the line is cut")

    inspector = Cut(making.assorted_pdf())
    inspector.say(k="hello")
    wait_until(lambda: inspector.verdict["level"] == "error")
    assert inspector.verdict["findings"][0]["measured"] == "the line is cut"


def test_a_page_that_was_reloaded_is_told_all_again(assorted: Heard) -> None:
    """Who says hello later gets every page that was read, in one message."""
    read_all(assorted)
    assorted.sent.clear()
    assorted.say(k="hello")
    assert [len(message["rows"]) for message in assorted.of_kind("facts")] == [6]


# ---- pictures -------------------------------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_drawn(assorted: Heard) -> None:
    """Pictures are small JPEGs, in the order of their pages."""
    assorted.say(k="need", pages=[5, 2])
    wait_until(lambda: assorted.of_kind("pictures"))
    at = assorted.sent.index(assorted.of_kind("pictures")[0])
    assert assorted.sent[at] == {"k": "pictures", "pages": [5, 2], "troubles": {}}
    sizes = [pil.open(io.BytesIO(data)).size for data in assorted.buffers[at]]
    assert [width > height for width, height in sizes] == [False, True]
    assert all(len(data) <= 6_000 for data in assorted.buffers[at])


def test_what_was_wished_for_last_is_drawn_first() -> None:
    """Whoever has scrolled on does not wait for what has passed."""
    gate, began = threading.Event(), threading.Event()

    class Slow(Heard):
        def send(self, content: Any, buffers: Any = None) -> None:
            super().send(content, buffers)
            began.set()
            assert gate.wait(30)

    inspector = Slow(making.pdf(["one"] * 40))
    inspector.say(k="need", pages=list(range(1, 13)))
    assert began.wait(30)
    inspector.say(k="need", pages=[30, 31])
    gate.set()
    wait_until(lambda: sum(len(message["pages"]) for message in inspector.of_kind("pictures")) == 14)
    order = [page for message in inspector.of_kind("pictures") for page in message["pages"]]
    assert order == [1, 2, 3, 4, 30, 31, *range(5, 13)]


def test_a_page_is_shown_large_with_its_text(assorted: Heard) -> None:
    """Larger than its thumbnail, and as PDFium extracts it."""
    assorted.say(k="view", page=6)
    wait_until(lambda: assorted.of_kind("view"))
    assert assorted.of_kind("view") == [{"k": "view", "page": 6, "text": "page six"}]
    assert pil.open(io.BytesIO(assorted.buffers[-1][0])).height == 1_165


@pytest.mark.parametrize(
    "message", [{"k": "need", "pages": ["1", 0, 7, None]}, {"k": "need"}, {"k": "view", "page": 99}, {"k": "x"}, {}]
)
def test_messages_that_say_nothing_do_nothing(assorted: Heard, message: dict[str, Any]) -> None:
    """Nothing is drawn that is not there, and nothing raised."""
    assorted.say(**message)
    time.sleep(0.1)
    assert not any(entry.get("pages") or entry.get("page") for entry in assorted.sent)


def test_thumbnails_fit_into_what_is_asked_for() -> None:
    """Pixels and bytes."""
    data = thumbnails.of_page(making.long_pdf(1), "long.pdf", 0, width_px=90, height_px=100, max_bytes=1_500)
    assert len(data) <= 1_500
    assert pil.open(io.BytesIO(data)).size <= (90, 100)


# ---- documents that cannot be shown ---------------------------------------------------------------------------------


def broken_pdf() -> bytes:
    """Return a PDF of three pages whose second is no page."""
    writer = PdfWriter()
    for text in ("one", "two", "three"):
        making.page(writer, text)
    page = writer.pages[1]
    for key in list(page):
        del page[key]
    page[NameObject("/Type")] = NameObject("/Nonsense")
    return making.written(writer)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (making.locked_pdf("secret"), "opens only with a password; its pages cannot be shown"),
        (making.written(PdfWriter()), "no pages, there is nothing to inspect"),
        (b"%PDF-1.7 and no more", "not a readable PDF"),
        (broken_pdf(), "page 2 is not there"),
        (b"no PDF at all", "PDF"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_once(data: bytes, message: str) -> None:
    """With the kit's own error, which names the file."""
    with pytest.raises(ck.ContentError, match=message) as caught:
        ck.PdfInspector(data)
    assert "document.pdf" in str(caught.value) or message == "PDF"


def test_a_damaged_page_does_not_hide_the_others() -> None:
    """A look at several pages tells of all but that."""
    looks = pdfium.looks(broken_pdf(), "broken.pdf", range(3))
    assert [look.text if look else None for look in looks] == ["one", None, "three"]


def test_the_route_and_the_model_have_to_exist() -> None:
    """As everywhere in the kit."""
    with pytest.raises(ValueError, match="via='pigeon'"):
        ck.PdfInspector(making.pdf(), via="pigeon")  # type: ignore[arg-type]
    with pytest.raises(ck.UnknownModelError):
        ck.PdfInspector(making.pdf(), model="claude-sonnet-99")


# ---- what is saved --------------------------------------------------------------------------------------------------


def test_the_saved_form_is_a_contact_sheet_of_the_selection() -> None:
    """Its header, at most 12 pictures, and how many more pages there are; small."""
    inspector = ck.PdfInspector(making.long_pdf(40), model=MODEL, pages="3-30")
    html = inspector.static_html()
    assert re.findall(r'alt="page (\d+)"', html) == [str(page) for page in range(3, 15)]
    assert "28 of 40 pages selected" in html
    assert "pages 3-30" in html
    assert "and 16 more pages" in html
    assert len(html) < 80_000


def test_a_name_in_the_saved_form_is_text() -> None:
    """A file may be called anything."""
    inspector = ck.PdfInspector(ck.pdf(making.pdf(), name=making.ATTACK))
    assert "<script" not in inspector.static_html()
    assert "&lt;script&gt;" in inspector.static_html()


def test_the_text_form_says_the_same(assorted: Heard) -> None:
    """For a terminal and for those who read no HTML."""
    read_all(assorted)
    assorted.pages = "2, 4"
    first, second, third, *findings = assorted.static_text().splitlines()
    assert first == f"document.pdf · accepted · 6 pages, mostly letter · {ck.pdf(assorted.pdf).size / 1000:.0f} KB"
    assert second.startswith("2 of 6 pages selected: 3,")
    assert third == "pages 2, 4"
    assert any("page 2 turned by the file" in finding for finding in findings)


def test_where_it_is_shown_once_it_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody watches there is no later: all pages are counted, and the verdict is there."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("claude_kit.view.island.display", lambda bundle, **options: shown.append(bundle))
    ck.PdfInspector(making.pdf(["one"] * 40))._ipython_display_()
    assert "accepted" in shown[0]["text/plain"]
    assert "at least" not in shown[0]["text/plain"]


def test_what_is_closed_reads_no_more() -> None:
    """The rest of a long document stays unread."""
    inspector = Heard(making.long_pdf(100))
    inspector.say(k="hello")
    inspector.close()
    time.sleep(0.5)
    count = len(inspector._reading.known)
    time.sleep(0.3)
    assert len(inspector._reading.known) == count < 100
