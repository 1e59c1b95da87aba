"""Made to fit: content that would be refused, or is larger than Claude sees it, becomes content that passes.

What is changed is what the server would change, or refuse: an image is scaled to the very size the model sees, which
costs the same tokens; a PDF that is too long goes over several requests. The originals are never touched.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from claude_kit import models
from claude_kit.content import Image, Part, Pdf, Text, images, part, scaling
from claude_kit.content.blob import Blob
from claude_kit.content.kinds import IMAGE_TYPES, media_type
from claude_kit.errors import ContentError
from claude_kit.estimate import DEFAULT_MAX_TOKENS, turns
from claude_kit.estimate import images as image_tokens
from claude_kit.models import Model
from claude_kit.preflight.checking import check
from claude_kit.preflight.fitted import Fitted, Piece
from claude_kit.preflight.packing import Load, packed, pieces
from claude_kit.preflight.request import MANY_IMAGES, MANY_SIDE_PX, MAX_SIDE_PX, ROUTES, Request, Route, Via

__all__ = ["SIDE_AMONG_MANY_PX", "fit", "room_beside"]

#: What a side is scaled to among many images: the most whole patches below the limit.
SIDE_AMONG_MANY_PX: Final = (MANY_SIDE_PX - 1) // image_tokens.PATCH_PX * image_tokens.PATCH_PX

# The first bytes tell an image from a PDF.
_HEAD_BYTES: Final = 1024

_ENVELOPE_BYTES: Final = 4096


def fit(
    *content: object,
    model: str | Model | None = None,
    via: Via = "anthropic",
    messages: Sequence[Mapping[str, Any]] | None = None,
    system: str | Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    max_tokens: int = DEFAULT_MAX_TOKENS,
) -> Fitted:
    """Make content acceptable: the fixes that `check` names, applied.

    Images are turned upright, converted, scaled to the largest size the model sees (the same tokens, far fewer bytes)
    and encoded below the route's limit; among more than 20 of them all stay under 2,000 px a side. PDFs lose an
    encryption that asks for no password, and go over several requests where one has no room: pages, bytes and tokens.
    Plain strings are the question and are repeated in every request.

    Parameters
    ----------
    *content : part, str or any source
    model : str, optional
        By default `claude_kit.default_model`.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits differ.
    messages, system, tools
        What goes along with every request and takes of its room.
    max_tokens : int
        The room to leave for the answer.

    Returns
    -------
    Fitted
        A list of lists of parts, one a request, that says what was changed. The originals are as they were.

    Raises
    ------
    ContentError
        If a source cannot be read, or something cannot be made to fit: a PDF that opens only with a password, a single
        page over the limit.
    PreflightError
        If the request would be refused for another reason, such as a retired model.
    UnknownModelError
        If there is no such model.
    ValueError
        If there is nothing to fit, or no such route.

    Examples
    --------
    >>> from PIL import Image as pil
    >>> fitted = fit(pil.new("RGB", (6000, 4000)), "What is this?", model="claude-sonnet-5-5")
    >>> len(fitted), fitted[0][0].width, fitted[0][0].height
    (1, 2352, 1568)
    """
    if via not in ROUTES:
        raise ValueError(f"via={via!r}: give one of {', '.join(ROUTES)}")
    if not content:
        raise ValueError("nothing to fit: give files, and a question if you like")
    chosen, route = models.find(model), ROUTES[via]
    earlier = turns.read(messages or ())
    originals = [_read_here(item) for item in content]
    before = Request(earlier, chosen, via).counted_as_images
    many = before + _counted_as_images(originals, route) > MANY_IMAGES

    def prepared(item: object) -> tuple[int, Part]:
        one = part(item)
        return one.size, _fitted(one, chosen, route, many)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ready = list(pool.map(prepared, originals))
    asked = [(place, one) for place, (_, one) in enumerate(ready) if _is_question(one)]
    question = [{"role": "user", "content": [one for _, one in asked]}] if asked else []
    fixed = Request((*earlier, *turns.read(question)), chosen, via, system, tools, max_tokens)
    room = room_beside(fixed)
    bulk = [
        (place, piece)
        for place, (_, one) in enumerate(ready)
        if not _is_question(one)
        for piece in pieces(one, room, chosen)
    ]
    requests = [sorted([*held, *asked], key=lambda each: each[0]) for held in packed(bulk, room, chosen) or [[]]]
    around: dict[str, Any] = {"messages": earlier, "system": system, "tools": tools, "max_tokens": max_tokens}
    for held in requests:
        check(*(one for _, one in held), model=chosen, via=via, **around).raise_if_failed()
    told = tuple(
        Piece(number, one, ready[place][0], place, changed=one is not originals[place] and bool(one.changes))
        for number, held in enumerate(requests, start=1)
        for place, one in held
    )
    return Fitted([[one for _, one in held] for held in requests], chosen, told)


def _read_here(item: object) -> object:
    """Attach what must not be read in another thread, such as a figure; leave files, bytes and parts as they are."""
    return item if isinstance(item, os.PathLike | bytes | Image | Pdf | Text) else part(item)


def _is_question(item: Part) -> bool:
    """Whether it is a plain string: then every request repeats it."""
    return isinstance(item, Text) and item.name is None


def _counted_as_images(items: Sequence[object], route: Route) -> int:
    """Count what is an image in the sense of the limit for many images, without reading files whole."""
    kinds = [_kind(item) for item in items]
    documents = kinds.count("application/pdf") if route.documents_are_images else 0
    return sum(1 for kind in kinds if kind.startswith("image/")) + documents


def _kind(item: object) -> str:
    if isinstance(item, Image):
        return item.media_type
    if isinstance(item, Pdf | Text):
        return "application/pdf" if isinstance(item, Pdf) else "text/plain"
    if isinstance(item, bytes):
        return media_type(item[:_HEAD_BYTES]) or ""
    if not isinstance(item, os.PathLike):
        return ""
    try:
        with Path(os.fsdecode(item)).expanduser().open("rb") as file:
            return media_type(file.read(_HEAD_BYTES)) or ""
    except OSError:
        return ""  # attaching it says what is wrong


def _fitted(item: Part, model: Model, route: Route, many: bool) -> Part:
    if isinstance(item, Text):
        return item
    tier = model.image_tier
    if tier == "none":
        raise ContentError(f"{item.label}: {model} reads text only. Use {model.replacement or 'a newer model'}.")
    return _image(item, tier, route, many) if isinstance(item, Image) else _document(item)


def _image(item: Image, tier: image_tokens.Tier, route: Route, many: bool) -> Image:
    if not item.upright or item.media_type not in IMAGE_TYPES:
        item = images.from_blob(Blob(item.data, item.name))
    width, height = image_tokens.resized(item.width, item.height, tier)
    longest = SIDE_AMONG_MANY_PX if many else MAX_SIDE_PX
    if many and max(width, height) > longest:
        shrink = longest / max(width, height)
        width, height = (max(1, round(side * shrink)) for side in (width, height))
    most = route.image_base64_bytes // 4 * 3
    accepted = item.size <= most and max(item.width, item.height) <= longest
    if (width, height) == (item.width, item.height):
        return item if accepted else scaling.compressed(item, most)
    smaller = scaling.scaled(item, width, height, max_bytes=most)
    # A drawing of few colours may take more bytes when it is scaled; then the server may as well do it.
    return item if accepted and smaller.size >= item.size else smaller


def _document(item: Pdf) -> Pdf:
    if item.locked:
        raise ContentError(f"{item.label}: opens only with a password. Give it: ck.pdf(path, password=...).")
    if not item.page_count:
        raise ContentError(f"{item.label}: has no pages. Leave it out.")
    if item.encrypted:
        return item.unlocked()
    if item.repaired:
        done = "saved anew, for its cross-reference table was broken"
        return replace(item.select("1-"), changes=(*item.changes, done))
    return item


def room_beside(fixed: Request) -> Load:
    """Return what is left of a request beside what all of them hold: earlier turns, system, tools, the questions."""
    model = fixed.model
    limits = Load(
        fixed.route.body_bytes - _ENVELOPE_BYTES, model.context - fixed.cap, model.max_pdf_pages, model.max_images
    )
    pages = sum(document.page_count for document in fixed.pdfs)
    return limits - Load(fixed.body_bytes, fixed.input_tokens[1], pages, fixed.image_count)
