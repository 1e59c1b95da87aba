"""What is on each page, and what does it cost? Read in the background, a few pages at a time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from claude_kit.content import Page, Pdf
from claude_kit.content.pdfium import Look
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import documents
from claude_kit.estimate.tariff import Tariff
from claude_kit.models import Model
from claude_kit.render import units

__all__ = ["PageFacts", "Reading", "Sum"]

# PDFium is held for as long as it takes to read so many pages, some 20 ms.
_AT_ONCE: Final = 8

# Numbers that come faster than this are not seen one by one.
_TELL_S: Final = 0.15

# As long as a picture is waited for, reading waits too; but not for ever.
_WAIT_S: Final = 0.5

# The price of a page is that of the first tokens of a request: a page alone never reaches a dearer tier.
_SAMPLE_TOKENS: Final = 10_000

Layer = Literal["text", "image only", "blank", "damaged"]


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What is known of a page that was read.

    Attributes
    ----------
    number : int
        From 1.
    paper : str
        ``"A3"``, ``"300 × 300 pt"``, ``"landscape"``, …; empty where it is that of most pages, or that turned.
    layer : {"text", "image only", "blank", "damaged"}
        Whether it has text, or only what is drawn, or nothing; or cannot be read.
    rotation : int
        Degrees that it is turned clockwise: 0, 90, 180 or 270.
    tokens : int
        What it is billed, its image and its text.
    usd : decimal.Decimal or None
        Of these tokens as input; None where no price is known.
    """

    number: int
    paper: str
    layer: Layer
    rotation: int
    tokens: int
    usd: Decimal | None

    @property
    def badges(self) -> tuple[str, ...]:
        """What is worth a word: not that a page has text, which most have."""
        turned = f"turned {self.rotation}°" if self.rotation else ""
        layer = "" if self.layer == "text" else self.layer
        return tuple(badge for badge in (layer, turned, self.paper) if badge)

    @property
    def cost(self) -> str:
        """Its tokens and its dollars, in a few letters."""
        usd = f" · {units.usd(self.usd)}" if self.usd is not None else ""
        return f"{units.count(self.tokens)} tokens{usd}" if self.layer != "damaged" else ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What some pages cost together, as far as they were read.

    Attributes
    ----------
    tokens : int
    usd : decimal.Decimal or None
        None where no price is known.
    pages, unread : int
        How many pages that is, and how many more it will be.
    """

    tokens: int
    usd: Decimal | None
    pages: int
    unread: int

    def __str__(self) -> str:
        if self.unread and not self.pages:
            return "counting …"
        usd = f", {units.usd(self.usd)}" if self.usd is not None else ""
        return f"{'at least ' if self.unread else ''}{units.plural(self.tokens, 'token')}{usd}"


class Reading:
    """The pages of a PDF, read as far as somebody has got.

    Parameters
    ----------
    pdf : Pdf
    model : Model
        By which to count and to price.
    tell : callable
        Takes what has been read since it was last called; called in the thread that reads.
    give_up : callable
        Takes the error that ended the reading, in the same thread.
    may_go_on : threading.Event
        Cleared while something more urgent goes on.
    """

    def __init__(
        self,
        pdf: Pdf,
        model: Model,
        tell: Callable[[Sequence[PageFacts]], None],
        give_up: Callable[[Exception], None],
        may_go_on: threading.Event,
    ) -> None:
        self.pdf = pdf
        self.model = model
        self.known: dict[int, PageFacts] = {}
        self.usual_paper = Counter(page.paper for page in pdf.pages).most_common(1)[0][0]
        self._tell = tell
        self._give_up = give_up
        self._may_go_on = may_go_on
        self._tariff = Tariff.of(model)
        images = sum(documents.page_image(page, model).tokens for page in pdf.pages)
        self._wrapper = documents.around_texts(pdf, model).tokens - images
        sample = self._usd(_SAMPLE_TOKENS)
        self._usd_per_token = None if sample is None else sample / _SAMPLE_TOKENS
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    @property
    def done(self) -> bool:
        """Whether every page was read."""
        return len(self.known) == self.pdf.page_count

    def start(self) -> None:
        """Read on in the background, if nobody does yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._read_on, name="claude_kit pages", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Leave the rest unread."""
        self._over.set()

    def read(self, numbers: Iterable[int]) -> None:
        """Read these pages now."""
        missing = [number for number in numbers if number not in self.known]
        if not missing:
            return
        looks = self.pdf.document.looks([number - 1 for number in missing])
        for number, look in zip(missing, looks, strict=True):
            self.known[number] = self._facts(self.pdf.pages[number - 1], look)

    def sum(self, numbers: Sequence[int]) -> Sum:
        """Add up what these pages cost as one document."""
        known = [self.known[number] for number in numbers if number in self.known]
        tokens = self._wrapper + sum(facts.tokens for facts in known)
        return Sum(tokens, self._usd(tokens), len(known), len(numbers) - len(known))

    def _read_on(self) -> None:
        try:
            self._read_all()
        except Exception as error:  # in a thread it would end in a log that nobody reads
            self._give_up(error)

    def _read_all(self) -> None:
        told, news = time.monotonic(), list[PageFacts]()
        for first in range(1, self.pdf.page_count + 1, _AT_ONCE):
            self._may_go_on.wait(_WAIT_S)
            if self._over.is_set():
                return
            numbers = range(first, min(first + _AT_ONCE, self.pdf.page_count + 1))
            self.read(numbers)
            news += [self.known[number] for number in numbers]
            if time.monotonic() - told > _TELL_S:
                self._tell(news)
                told, news = time.monotonic(), []
        self._tell(news)

    def _facts(self, page: Page, look: Look | None) -> PageFacts:
        if look is None:
            return PageFacts(page.number, "", "damaged", 0, 0, None)
        layer: Layer = "text" if look.text.strip() else "blank" if look.blank else "image only"
        tokens = documents.page(page, look.text, self.model).tokens
        usd = None if self._usd_per_token is None else tokens * self._usd_per_token
        return PageFacts(page.number, self._paper(page, look.rotation), layer, look.rotation, tokens, usd)

    def _paper(self, page: Page, rotation: int) -> str:
        name, usual = (paper.removesuffix(" landscape") for paper in (page.paper, self.usual_paper))
        if page.paper == self.usual_paper or (name == usual and rotation in (90, 270)):
            return ""
        if name == usual:
            return "landscape" if page.width > page.height else "portrait"
        return page.paper

    def _usd(self, tokens: int) -> Decimal | None:
        try:
            return self._tariff.money(tokens, 0).input
        except UnknownModelError:
            return None
