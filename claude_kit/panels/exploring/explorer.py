"""The panel itself: what is set, from code or by hand, what follows from it, and how it is saved."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

import traitlets

from claude_kit import models as table_of_models
from claude_kit.estimate import prices
from claude_kit.estimate.tariff import ASSUMED_OUTPUT
from claude_kit.models import Model
from claude_kit.panels.exploring import chart, given, saved, table
from claude_kit.panels.exploring.offers import Offer, best, offers
from claude_kit.panels.exploring.settings import DIALS, Settings, changed, whole
from claude_kit.panels.exploring.shown import shown
from claude_kit.planning.comparison import served
from claude_kit.preflight.request import ROUTES, Via
from claude_kit.render import plots
from claude_kit.render.html import compact, style
from claude_kit.render.plain import one_line, terminal_width
from claude_kit.view.island import Island, asset, script

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostExplorer"]

# Whoever turns a dial is let alone until it stands still.
_SETTLED_S: Final = 0.7

_SCRIPTS: Final = ("dials.js", "figures.js", "explorer.js")

_SETTINGS: Final = tuple(Settings.__slots__)


class CostExplorer(Island):
    """What would it cost if: documents, pages, questions, models, cache and batch to be turned, in a cell.

    A table and a chart follow. They are counted as `claude_kit.plan` counts, without a key and without a request.

    Parameters
    ----------
    *content : path, part, any source or Survey
        What goes with every question, as in `claude_kit.estimate`: the files of one document, whose pages are measured.
        For files that are asked about one by one give what `claude_kit.survey` found: its files are the documents.
        Nothing: letter pages as they mostly are.
    model : str, optional
        One to be compared beside the newest of each line.
    models : iterable of str, optional
        Those to be compared; others can be added on the page.
    documents, pages, questions : int, optional
        How many documents, pages of each, and questions about each; by default as they are, and 20.
    expect_output : int, optional
        Tokens of each answer, thinking included; by default 800, an assumption.
    cache : {"5m", "1h"}, optional
        How long the cache keeps a document for the next question about it.
    batch : bool
        Whether all is sent as Message Batches, at half the price; there a cache is hit at best.
    question : str or int, optional
        A typical question, or its tokens; by default the survey's, else 40 tokens, an assumption.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits differ.

    Attributes
    ----------
    documents, pages, questions, expect_output : int
    models : tuple of str
    cache : {"5m", "1h"} or None
    batch : bool
    over : {"questions", "documents"}
        What the chart goes along.
        All of these can be set, and are traitlets: ``explorer.observe(..., "questions")``.

    Raises
    ------
    ContentError
        If a source cannot be read.
    UnknownModelError
        If there is no such model, or no price for it.
    ValueError
        If a setting is none.

    Examples
    --------
    >>> import claude_kit as ck
    >>> explorer = ck.CostExplorer("notebooks/data/report.pdf", models=["claude-opus-5-5", "claude-haiku-5-5"])
    >>> explorer.documents, explorer.pages, explorer.best
    (1, 3, 'claude-haiku-5-5')
    >>> explorer.documents = 1000
    >>> explorer.cache = "5m"
    >>> explorer.cost == 1000 * ck.plan(ck.pdf("notebooks/data/report.pdf"), model=explorer.best).cost_with
    True
    """

    _esm = script(*(asset(name, __package__) for name in _SCRIPTS))
    _css = compact(style("table") + asset("explorer.css", __package__))

    documents = traitlets.Any(1)
    pages = traitlets.Any(0)
    questions = traitlets.Any(20)
    expect_output = traitlets.Any(ASSUMED_OUTPUT)
    models = traitlets.Any(())
    cache = traitlets.Any(None)
    batch = traitlets.Any(False)
    over = traitlets.Any("questions")
    about = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    _settling: threading.Timer | None = None  # also there where the content was refused

    def __init__(
        self,
        *content: object,
        model: str | Model | None = None,
        models: str | Iterable[str | Model] | None = None,
        documents: int | None = None,
        pages: int | None = None,
        questions: int = 20,
        expect_output: int | None = None,
        cache: Literal["5m", "1h"] | None = None,
        batch: bool = False,
        question: str | int | None = None,
        via: Via = "anthropic",
    ) -> None:
        if via not in ROUTES:
            raise ValueError(f"via={via!r}: give one of {', '.join(ROUTES)}")
        self._lock = threading.RLock()
        self._via = via
        self._subject = given.subject(content, question, via)
        self._assumed = expect_output is None
        self._offers: list[Offer] = []
        self._width = saved.WIDTH
        self._held = False  # whether a slider is being dragged, which new HTML around it would end
        self._answering: dict[str, Any] | None = None  # which message of the page
        self._ready = False
        super().__init__(
            documents=self._subject.documents if documents is None else documents,
            pages=self._subject.pages if pages is None else pages,
            questions=questions,
            expect_output=ASSUMED_OUTPUT if expect_output is None else expect_output,
            models=_newest(model) if models is None else models,
            cache=cache,
            batch=batch,
        )
        self._ready = True
        self.about = self._about()
        self._refresh()
        self.observe(self._on_change, _SETTINGS)
        self.on_msg(self._on_message)

    @property
    def state(self) -> dict[str, Any]:
        """All settings by name; also set, all or some of them at once: ``explorer.state = {"questions": 50}``."""
        return {name: getattr(self, name) for name in _SETTINGS}

    @state.setter
    def state(self, wanted: Mapping[str, Any]) -> None:
        self._set(wanted)

    @property
    def best(self) -> str | None:
        """The cheapest model that takes it; None if none does."""
        found = best(self._offers)
        return None if found is None else found.model.id

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all of it on the `best` model; None if there is none."""
        found = best(self._offers)
        return None if found is None else found.cost

    def to_frame(self) -> pd.DataFrame:
        """Return one row a model, those that take it first, the cheapest first.

        Columns: ``model, input_tokens, low, high`` (of one question with its document, on average), ``method,
        document_usd, cost_usd, cost_low_usd, cost_high_usd`` (the range that the doubt about the input gives),
        ``without_cache_usd, with_5m_cache_usd`` (or ``with_1h_cache_usd``), ``verdict, finding``.
        """
        return table.frame(self._offers, self._settings())

    def to_text(self, width: int | None = None) -> str:
        """Return the table as plain text, wrapped at `width` columns where given."""
        return saved.text(self._offers, self._settings(), self._subject, width)

    def plot(self, ax: Any = None) -> Any:
        """Draw the chart with matplotlib; return the axes."""
        settings = self._settings()
        return plots.curves(
            chart.curves(self._offers, settings),
            title=table.summary(self._offers, settings),
            unit=chart.title(settings),
            over=chart.over(settings),
            dollars=True,
            ax=ax,
        )

    def static_html(self) -> str:
        """Return what is saved: the table and the chart as they are now, and the settings in words."""
        return saved.html(self._offers, self._settings(), self._subject, self._notes())

    def static_text(self) -> str:
        """Return the same in words."""
        return self.to_text()

    def close(self) -> None:
        """End it."""
        if self._settling:
            self._settling.cancel()
        super().close()

    def __str__(self) -> str:
        return self.to_text(terminal_width())

    def __repr__(self) -> str:
        said = table.summary(self._offers, self._settings()) if self._ready else "refused"
        return one_line(f"<CostExplorer {self._subject.name}: {said}>")

    # ---- what is set ------------------------------------------------------------------------------------------------

    @traitlets.validate("documents", "questions", "expect_output")
    def _whole(self, proposal: Any) -> int:
        return whole(proposal["trait"].name, proposal["value"])

    @traitlets.validate("pages")
    def _paged(self, proposal: Any) -> int:
        if self._subject.pages == 0 and proposal["value"] != 0:
            raise ValueError(
                f"pages={proposal['value']!r}: {self._subject.name} has no pages that could be more or less"
            )
        return whole("pages", proposal["value"], min(self._subject.pages, 1))

    @traitlets.validate("models")
    def _known(self, proposal: Any) -> tuple[str, ...]:
        value = proposal["value"]
        named = [value] if isinstance(value, str | Model) else list(value)
        found = list(dict.fromkeys(table_of_models.find(name) for name in named))
        if not found:
            raise ValueError("models: give one at least")
        for model in found:
            prices.price(model, {"input_tokens": 1})
        return tuple(model.id for model in found)

    @traitlets.validate("cache", "batch", "over")
    def _one_of(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        there = {"cache": (None, "5m", "1h"), "batch": (False, True), "over": ("questions", "documents")}[name]
        if not any(value is one or (isinstance(value, str) and value == one) for one in there):
            raise ValueError(f"{name}={value!r}: give one of {', '.join(map(repr, there))}")
        return value

    def _settings(self) -> Settings:
        return Settings(**self.state)

    def _set(self, wanted: Mapping[str, Any]) -> None:
        """Take several settings at once: all of them, or none if one of them is refused."""
        with self._lock:
            before = self.state
            self._ready = False
            try:
                for name, value in changed(before, wanted).items():
                    setattr(self, name, value)
            except BaseException:
                for name, value in before.items():
                    setattr(self, name, value)
                raise
            finally:
                self._ready = True
            self._refresh()

    def _on_change(self, _: object) -> None:
        with self._lock:
            if self._ready:
                self._refresh()

    # ---- what the page says, and is told ----------------------------------------------------------------------------

    def _on_message(self, _: object, message: Any, buffers: object) -> None:
        """Take a message; in some kernels that is another thread."""
        match message:
            case {"k": "set", "from": str(page), "number": int(number), "state": dict(wanted), **rest}:
                with self._lock:
                    self._held = bool(rest.get("held"))
                    self._width = _sheet(rest.get("width"), self._width)
                    self._answering = {"from": page, "number": number}
                    try:
                        self._set(wanted)
                    except Exception as error:  # whatever it is, the page has to be told
                        self.shown = {**self.shown, "to": self._answering, "trouble": str(error)}
                    finally:
                        self._answering = None

    def _refresh(self) -> None:
        """Count anew, and tell the page."""
        settings = self._settings()
        self._offers = made = offers(self._subject, settings, self._via)
        self.shown = {"to": self._answering, **shown(made, settings, self._notes(), self._width)}
        self._save_soon()

    def _about(self) -> dict[str, Any]:
        dials = [asdict(dial) for dial in DIALS if dial.name != "pages" or self._subject.pages]
        choices = dict.fromkeys([*(model.id for model in served()), *self.models])
        return {"name": one_line(self._subject.name), "dials": dials, "models": list(choices)}

    def _notes(self) -> tuple[str, ...]:
        return saved.notes(self._subject, self._settings(), self._assumed and self.expect_output == ASSUMED_OUTPUT)

    # ---- how it is saved --------------------------------------------------------------------------------------------

    def _save_soon(self) -> None:
        if self._settling:
            self._settling.cancel()
        if self._place is None or self._held:
            return
        self._settling = threading.Timer(_SETTLED_S, self._save)
        self._settling.daemon = True
        self._settling.start()

    def _save(self) -> None:
        with self._lock:
            if not self._held:
                self.update_saved()


def _newest(model: str | Model | None) -> list[Model]:
    """Return the newest model of each line, and the one that was asked for."""
    lines: dict[str | None, Model] = {}
    for one in served():
        lines.setdefault(one.line, one)
    asked = [] if model is None else [table_of_models.find(model)]
    return [*asked, *lines.values()]


def _sheet(width: object, before: int) -> int:
    return min(max(round(width), 200), 2000) if isinstance(width, int | float) and width > 0 else before
