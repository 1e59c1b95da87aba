"""The panel itself: what is selected, from code or by hand, and what passes between it and the page."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final

import traitlets

from claude_kit import content, models
from claude_kit.content import Pdf
from claude_kit.errors import ContentError
from claude_kit.models import Model
from claude_kit.panels.inspecting import saved, verdicts
from claude_kit.panels.inspecting.painting import Painting
from claude_kit.panels.inspecting.reading import PageFacts, Reading
from claude_kit.panels.inspecting.selection import PageNumbers, said, written
from claude_kit.preflight import Report, check
from claude_kit.preflight.request import ROUTES, Via
from claude_kit.render.html import compact, style
from claude_kit.render.plain import one_line
from claude_kit.render.surfaces import surface
from claude_kit.view.island import Island, asset, script

__all__ = ["PdfInspector"]

_SCRIPTS: Final = ("choosing.js", "findings.js", "filters.js", "grid.js", "pictures.js", "viewer.js", "inspector.js")

# Whoever selects page after page is let alone until the last of them.
_SETTLED_S: Final = 0.5


class PdfInspector(Island):
    """The pages of a PDF in a cell: what each looks like, what there is to say of it, what it costs; to choose from.

    A click selects a page, a drag or Shift+click all up to it, Ctrl+click (Cmd+click) one more. With the keyboard:
    arrows move, Shift+arrows extend, Space selects or not, Ctrl+A all, Escape none, N goes to the next page that
    something was found on, Enter shows the page large, with its text as the API bills it. Pages are read and drawn as
    they are looked at; a document of hundreds shows at once.

    Parameters
    ----------
    source : path, URL, bytes-like, binary file or Pdf
    model : str, optional
        By which to count, to price and to check; by default `claude_kit.default_model`.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits differ.
    pages : str or iterable of int, optional
        What is selected at first, such as ``"1-10, 12"``.

    Attributes
    ----------
    pages : tuple of int
        The selected pages, from 1, rising. Also set by a range, ``inspector.pages = "1-10"``, and a traitlet: what
        changes it can be watched with ``inspector.observe(..., "pages")``.
    pdf : Pdf
        The document.

    Raises
    ------
    ContentError
        If it cannot be read, is locked or has no pages, or `pages` are not there.
    UnknownModelError
        If there is no such model.

    Examples
    --------
    >>> import claude_kit as ck
    >>> inspector = ck.PdfInspector("notebooks/data/report.pdf", pages="2-3")
    >>> inspector
    <PdfInspector report.pdf: 2 of 3 pages selected>
    >>> inspector.pages = "1"
    >>> inspector.selected.page_count
    1
    """

    _esm = script(*(asset(name, __package__) for name in _SCRIPTS))
    _css = compact(style("card") + asset("inspector.css", __package__))

    pages = PageNumbers().tag(sync=True)
    about = traitlets.Dict().tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    verdict = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: object,
        *,
        model: str | Model | None = None,
        via: Via = "anthropic",
        pages: str | Iterable[int] | None = None,
    ) -> None:
        if via not in ROUTES:
            raise ValueError(f"via={via!r}: give one of {', '.join(ROUTES)}")
        self.pdf = _with_pages(content.pdf(source))
        self.model = models.find(model)
        self._via = via
        self._painting = Painting(self.pdf, self.send)
        self._reading = Reading(self.pdf, self.model, self._tell, self._give_up, self._painting.idle)
        self._verdict = verdicts.first_glance(self.pdf, self.model)
        self._whole: Report | None = None
        self._chosen: tuple[tuple[int, ...], Pdf] = ((), self.pdf)  # what was last selected, as a document
        self._lock = threading.RLock()
        self._settling: threading.Timer | None = None
        self._watched = False
        super().__init__(about=self._about(), verdict=self._verdict.wire(), pages=() if pages is None else pages)
        self._refigure()
        self.observe(self._on_selection, "pages")
        self.on_msg(self._on_message)

    @property
    def selected(self) -> Pdf:
        """The selected pages as a document; the whole of it if all of them are selected, or none."""
        numbers = self.pages
        if len(numbers) in (0, self.pdf.page_count):
            return self.pdf
        chosen = self._chosen  # another thread may be choosing too
        if chosen[0] != numbers:
            chosen = self._chosen = (numbers, self.pdf.select(written(numbers)))
        return chosen[1]

    def static_html(self) -> str:
        """Return what is saved: what is selected, what it costs, and how its first pages look."""
        return saved.html(self._state())

    def static_text(self) -> str:
        """Return the same in words."""
        return saved.text(self._state())

    def close(self) -> None:
        """End it: nothing more is read or drawn."""
        if hasattr(self, "_settling"):  # else it is none: its document was refused
            self._reading.stop()
            self._painting.stop()
            if self._settling:
                self._settling.cancel()
        super().close()

    def __repr__(self) -> str:
        return one_line(f"<PdfInspector {self.pdf.label}: {said(len(self.pages), self.pdf.page_count)}>")

    # ---- what the page says -----------------------------------------------------------------------------------------

    def _on_message(self, _: object, message: Any, buffers: object) -> None:
        """Take a message; in some kernels that is another thread, so that nothing here takes time."""
        match message:
            case {"k": "hello"}:  # a page was opened, perhaps again
                self._watch()
                self.send({"k": "facts", "rows": _rows(list(self._reading.known.values())), "all": self._reading.done})
            case {"k": "need", "pages": [*numbers]}:
                self._painting.want(number for number in numbers if self._is_page(number))
            case {"k": "view", "page": number} if self._is_page(number):
                self._painting.want_large(number)

    def _is_page(self, number: object) -> bool:
        return isinstance(number, int) and 1 <= number <= self.pdf.page_count

    # ---- what the page is told --------------------------------------------------------------------------------------

    def _tell(self, news: Sequence[PageFacts]) -> None:
        done = self._reading.done
        self.send({"k": "facts", "rows": _rows(news), "all": done})
        self._refigure()
        if done:
            self._settle()

    def _give_up(self, error: Exception) -> None:
        with self._lock:
            self._verdict = verdicts.refused(error, self.pdf.label)
            self.verdict = self._verdict.wire()

    def _refigure(self) -> None:
        with self._lock:
            numbers = self.pages or range(1, self.pdf.page_count + 1)
            cost = self._reading.sum(numbers)
            self.figures = {"of": written(self.pages), "cost": str(cost)}

    def _on_selection(self, _: object) -> None:
        self._refigure()
        if not self._watched:
            return
        with self._lock:
            if self._settling:
                self._settling.cancel()
            self._settling = threading.Timer(_SETTLED_S, self._settle)
            self._settling.daemon = True
            self._settling.start()

    def _settle(self) -> None:
        """Say whether what is selected would be accepted, and save how things stand."""
        if self._reading.done:
            self._judge()
        self.update_saved()

    def _judge(self) -> None:
        numbers = self.pages
        try:
            if self._whole is None:
                self._whole = self._checked(self.pdf)
            selected = self.selected
            verdict = verdicts.of_both(self._whole, self._whole if selected is self.pdf else self._checked(selected))
        except Exception as error:  # told in the panel: in a thread it would end in a log that nobody reads
            verdict = verdicts.refused(error, self.pdf.label)
        with self._lock:
            if numbers == self.pages:  # else another one is on its way
                self._verdict = verdict
                self.verdict = verdict.wire()

    def _checked(self, pdf: Pdf) -> Report:
        return check(pdf, model=self.model, via=self._via)

    # ---- how it is shown --------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        with self._lock:
            self._watched = True
            self._reading.start()

    def _ipython_display_(self) -> None:
        if surface() == "live":
            self._watch()
        else:  # it is shown once, so with all there is to know
            self._reading.read(range(1, self.pdf.page_count + 1))
            self._refigure()
            self._judge()
        super()._ipython_display_()

    def _about(self) -> dict[str, Any]:
        return {
            "name": one_line(self.pdf.label),
            "facts": saved.facts_of(self.pdf, self._reading.usual_paper),
            "count": self.pdf.page_count,
            "model": self.model.id,
        }

    def _state(self) -> saved.State:
        numbers = self.pages or tuple(range(1, self.pdf.page_count + 1))
        sheet = numbers[: saved.PAGES_SHOWN]
        self._reading.read(sheet)
        return saved.State(
            about=self.about,
            verdict=self._verdict,
            selected=self.pages,
            cost=str(self._reading.sum(numbers)),
            sheet=tuple((self._reading.known[number], self._painting.saved(number)) for number in sheet),
            unshown=len(numbers) - len(sheet),
        )


def _with_pages(pdf: Pdf) -> Pdf:
    """Return a document whose pages can be shown.

    Raises
    ------
    ContentError
        If it is locked, has no pages, announces pages that are not there, or would unpack to far too much.
    """
    pdf.document.refuse_if_locked("its pages cannot be shown")
    if not pdf.pages:
        raise ContentError(f"{pdf.label}: no pages, there is nothing to inspect. Save it anew.", where=pdf.label)
    _ = pdf.document.readable  # read for the first time, which looks for what unpacks to far too much
    return pdf


def _rows(known: Sequence[PageFacts]) -> list[list[Any]]:
    """Return facts as the page takes them: number, layer, badges, cost."""
    return [[facts.number, facts.layer, list(facts.badges), facts.cost] for facts in known]
