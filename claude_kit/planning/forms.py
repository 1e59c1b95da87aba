"""In which form? A PDF as it is, as its text alone, or as images of its pages: what each costs, and what it loses.

A PDF is billed for an image of every page and for its text. The server draws the pages at a fixed size of about 1,500
patches (measured, see `claude_kit.estimate.documents`); images of one's own may be finer or coarser, and bring no text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

from claude_kit import content
from claude_kit.content import Image, Page, Part, Pdf, Text
from claude_kit.errors import ContentError, PreflightError
from claude_kit.estimate import DEFAULT_MAX_TOKENS, texts, turns
from claude_kit.estimate import images as image_tokens
from claude_kit.estimate.tariff import priced_model
from claude_kit.models import Model
from claude_kit.planning.strategy import Form, Strategies
from claude_kit.preflight import fit
from claude_kit.preflight.fitting import SIDE_AMONG_MANY_PX, room_beside
from claude_kit.preflight.packing import Load, load_of, packed
from claude_kit.preflight.request import MANY_IMAGES, MANY_SIDE_PX, Request
from claude_kit.render import units
from claude_kit.wire import body

__all__ = ["Strategies", "strategies"]

# So many pages are drawn to tell how many bytes the images of all take.
_SAMPLED_PAGES: Final = 5

_PRINT_PT: Final = 10

# How high print is in pixels, and what that means: a rule of thumb from screens, where type below 9 pixels loses its
# strokes.
_READS_WELL_PX: Final = 12
_READS_PX: Final = 9

# What the server draws a page of a PDF with.
_PAGE_PATCHES: Final = 1500

# A form feed between two pages, and what it does to the words beside it.
_PAGE_SEAM_TOKENS: Final = 3

_NAMED: Final = 4


def strategies(
    source: object,
    model: str | Model | None = None,
    *,
    question: str | None = None,
    image_sizes: int | Sequence[int] | None = None,
    **request: Any,
) -> Strategies:
    """Compare the ways to send a PDF: as it is, as text, as page images; over several requests where one has no room.

    Parameters
    ----------
    source : Pdf, path, URL or bytes
        The PDF.
    model : str, optional
        By default `claude_kit.default_model`.
    question : str, optional
        Goes with every request.
    image_sizes : int or sequence of int, optional
        Longer sides of the page images in pixels; by default the largest that the model sees (below 2,000 for over 20
        pages, as the API asks for), and half of it.
    **request
        What else `claude_kit.estimate` takes: ``system``, ``tools``, ``expect_output`` (of each request),
        ``max_tokens``, ``batch``, ``via``, ``at``, ``price``, …

    Returns
    -------
    Strategies
        A frame with a row a form. Tokens of page images are computed from their sizes; their bytes, where there are
        more than 5, from 5 pages that are drawn.

    Raises
    ------
    ContentError
        If it cannot be read, is no PDF, or opens only with a password.
    UnknownModelError
        If there is no such model, or no price for it, and none is given.
    ValueError
        If an option is none.

    Examples
    --------
    >>> found = strategies("notebooks/data/report.pdf", "claude-sonnet-5-5", question="What are the key findings?")
    >>> list(found["form"])
    ['PDF', 'PDF with citations', 'text alone', 'page images, 2,184 px', 'page images, 1,092 px']
    """
    document = content.pdf(source)
    document.document.refuse_if_locked("its pages cannot be read")
    chosen, _ = priced_model(model, request.get("price"))
    asking = _Asking(chosen, [content.part(question)] if question else [], request)
    forms = [form for make in _FORMS for form in make(document, asking)]
    sizes = [image_sizes] if isinstance(image_sizes, int) else image_sizes
    forms += _as_images(document, asking, sizes)
    return Strategies.of(forms, asking.model, asking.question, request)


@dataclass(frozen=True, slots=True)
class _Asking:
    """For what a PDF is brought into a form: the model, the question, and what else is asked."""

    model: Model
    question: Sequence[Part]
    request: Mapping[str, Any]

    @property
    def max_tokens(self) -> int:
        """The room for the answer."""
        return self.request.get("max_tokens") or DEFAULT_MAX_TOKENS

    def beside(self) -> dict[str, Any]:
        """Return what goes with every request, as `fit` takes it."""
        return {name: self.request[name] for name in ("via", "messages", "system", "tools") if name in self.request}

    def room(self) -> Load:
        """Return what a request has room for."""
        around = self.beside()
        asked = [{"role": "user", "content": list(self.question)}] if self.question else []
        conversation = turns.read([*(around.pop("messages", None) or ()), *asked])
        return room_beside(Request(conversation, self.model, max_tokens=self.max_tokens, **around))

    def packed(self, parts: Sequence[Part], room: Load) -> list[list[Part]]:
        """Distribute parts over as few requests as hold them, in order."""
        filled = packed(enumerate(parts), room, self.model)
        return [[item for _, item in held] for held in filled]


def _as_pdf(document: Pdf, asking: _Asking) -> Iterator[Form]:
    """Yield the PDF as it is, and once more to be cited."""
    try:
        requests = list(
            fit(document, *asking.question, model=asking.model, max_tokens=asking.max_tokens, **asking.beside())
        )
    except (ContentError, PreflightError):
        requests = [[document, *asking.question]]  # the check says what is wrong with it
    bulk = [[item for item in held if isinstance(item, Pdf)] for held in requests]
    area = max((page.width * page.height for page in document.pages), default=1.0)
    seen_px = _PRINT_PT * image_tokens.PATCH_PX * math.sqrt(_PAGE_PATCHES / max(area, 1.0))
    loses = f"nothing; print of 10 pt in figures is about {seen_px:.0f} px high"
    yield Form("PDF", bulk, loses, print_px=seen_px)
    cited = [[replace(item, citations=True) for item in held] for held in bulk]
    yield Form("PDF with citations", cited, "nothing; Claude quotes the pages", print_px=seen_px)


def _as_text(document: Pdf, asking: _Asking) -> Iterator[Form]:
    """Yield the text alone; and with images of the pages that have none, where some have."""
    room = asking.room()
    files = _texts(document, room, asking.model)
    silent = [page for page, text in zip(document.pages, document.page_texts, strict=True) if not text.strip()]
    missing = f", and all of {_named(silent)} without text" if silent else ""
    loses = f"figures, and how tables are laid out{missing}"
    yield Form("text alone", asking.packed(files, room), loses, keeps_text=not silent)
    if silent and len(silent) < document.page_count and asking.model.image_tier != "none":
        side = _sizes(silent, asking.model)[0]
        pictures, sampled = _pictures(silent, side)
        requests = asking.packed([*files, *pictures], _room_for(side, room, len(pictures)))
        loses = f"figures and the layout of tables, but on {_named(silent)}"
        yield Form("text and scanned pages", requests, loses, about=sampled)


_FORMS: Final[tuple[Callable[[Pdf, _Asking], Iterator[Form]], ...]] = (_as_pdf, _as_text)


def _texts(document: Pdf, room: Load, model: Model) -> list[Text]:
    """Return the text of a document, cut between pages where a request has no room for all of it."""
    name = f"{PurePath(document.label).stem}.txt"
    runs: list[list[str]] = []
    load = Load()
    for page in document.page_texts:
        # Its tokens are known from the PDF; a text that was joined would be counted anew at every try.
        more = Load(body.size({"": page}), texts.count(page, model).high + _PAGE_SEAM_TOKENS)
        if not runs or not (load + more).within(room):
            runs.append([])
            load = load_of(Text("", name), model)
        runs[-1].append(page)
        load += more
    return [Text("\f".join(run), name) for run in runs]


def _as_images(document: Pdf, asking: _Asking, sizes: Sequence[int] | None) -> Iterator[Form]:
    """Yield images of the pages, in each size."""
    tier = asking.model.image_tier
    if tier == "none":
        return
    room = asking.room()
    for side in _sizes(document.pages, asking.model) if sizes is None else sizes:
        pictures, sampled = _pictures(document.pages, side)
        requests = asking.packed(pictures, _room_for(side, room, len(pictures)))
        seen_px = _PRINT_PT * min(
            image_tokens.resized(picture.width, picture.height, tier)[0] / page.width
            for picture, page in zip(pictures, document.pages, strict=True)
        )
        loses = f"the text layer; 10 pt print is {seen_px:.0f} px high: {_legible(seen_px)}"
        keeps = seen_px >= _READS_PX
        yield Form(f"page images, {side:,} px", requests, loses, keeps_text=keeps, about=sampled, print_px=seen_px)


def _sizes(pages: Sequence[Page], model: Model) -> tuple[int, int]:
    """Return the longer side of the largest page as the model sees it at most, and half of it."""
    largest = max(pages, key=lambda page: page.width * page.height)
    assert model.image_tier != "none"
    seen = max(image_tokens.resized(round(largest.width * 20), round(largest.height * 20), model.image_tier))
    side = min(seen, SIDE_AMONG_MANY_PX) if len(pages) > MANY_IMAGES else seen
    return side, side // 2


def _room_for(side: int, room: Load, number: int) -> Load:
    """Return the room of a request for images of that size: large ones must be few."""
    few = number > MANY_IMAGES and side >= MANY_SIDE_PX
    return replace(room, images=min(room.images, MANY_IMAGES)) if few else room


def _pictures(pages: Sequence[Page], side: int) -> tuple[list[Image], bool]:
    """Return images of pages, and whether only some were drawn; the others have the bytes of the nearest that was."""
    last = len(pages) - 1
    sampled = last >= _SAMPLED_PAGES
    drawn = {round(last * at / (_SAMPLED_PAGES - 1)) for at in range(_SAMPLED_PAGES)} if sampled else range(last + 1)
    samples = {at: pages[at].image(width=side, height=side) for at in drawn}
    pictures = []
    for at, page in enumerate(pages):
        nearest = samples[min(samples, key=lambda sample: abs(sample - at))]
        scale = min(side / max(page.width, 1.0), side / max(page.height, 1.0)) * (1 - 1e-6)
        width, height = (math.ceil(points * scale) for points in (page.width, page.height))
        pictures.append(replace(nearest, width=width, height=height, name=f"page {page.number}.png"))
    return pictures, sampled


def _legible(print_px: float) -> str:
    if print_px >= _READS_WELL_PX:
        return "reads well"
    return "hard to read" if print_px >= _READS_PX else "too small to read"


def _named(pages: Sequence[Page]) -> str:
    """Write the numbers of the first few pages: ``"pages 1, 7"``."""
    shown = ", ".join(f"{page.number:,}" for page in pages[:_NAMED])
    more = f" and {units.count(len(pages) - _NAMED)} more" if len(pages) > _NAMED else ""
    return f"page{'s' if len(pages) > 1 else ''} {shown}{more}"
