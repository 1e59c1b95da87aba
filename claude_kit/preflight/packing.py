"""Over how many requests content goes: each filled as far as every limit allows, a PDF cut only where it must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.content.parts.pdf import piece_name
from claude_kit.errors import ContentError
from claude_kit.estimate import documents, lines
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.wire import body
from claude_kit.wire.body import Base64
from claude_kit.wire.messages import content_blocks

__all__ = ["Load", "load_of", "packed", "pieces"]

# What stands between two blocks of a message: ", ".
_BETWEEN_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Load:
    """How much a request holds, or has room for.

    Attributes
    ----------
    body_bytes : int
        Of its JSON body.
    tokens : int
        The most its input may come to.
    pages : int
        Of PDFs.
    images : int
    """

    body_bytes: int = 0
    tokens: int = 0
    pages: int = 0
    images: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: Load) -> Load:
        return Load(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    def within(self, room: Load) -> bool:
        """Whether all of it is within `room`."""
        return all(getattr(self, field.name) <= getattr(room, field.name) for field in fields(self))

    def beyond(self, room: Load) -> str:
        """Say what of it is over `room`, with both numbers."""
        over = []
        if self.body_bytes > room.body_bytes:
            over.append(f"{units.size(self.body_bytes)} as JSON, and {units.size(max(room.body_bytes, 0))} are left")
        for field, noun in (("tokens", "token"), ("pages", "page"), ("images", "image")):
            need, left = getattr(self, field), max(getattr(room, field), 0)
            if need > left:
                over.append(f"{units.plural(need, noun)}, and {units.count(left)} are left in a request")
        return "; ".join(over)


def load_of(item: Part, model: Model) -> Load:
    """Measure what a part takes of a request, at most."""
    tokens = sum(line.count.high for line in lines([{"role": "user", "content": [item]}], model))
    (block,) = content_blocks([item], data=Base64)
    taken = Load(body.size(block) + _BETWEEN_BYTES, tokens)
    if isinstance(item, Text):
        return taken
    return replace(taken, images=1) if isinstance(item, Image) else replace(taken, pages=item.page_count)


def packed(parts: Iterable[tuple[int, Part]], room: Load, model: Model) -> list[list[tuple[int, Part]]]:
    """Fill requests one after the other, in the given order.

    Parameters
    ----------
    parts : iterable of (int, part)
        Each with the place of its source; each is within `room` by itself.
    room : Load
        What a request has room for beside what all of them repeat.
    model : Model
    """
    requests: list[list[tuple[int, Part]]] = []
    load = Load()
    for place, item in parts:
        more = load_of(item, model)
        if not requests or not (load + more).within(room):
            requests.append([])
            load = Load()
        requests[-1].append((place, item))
        load += more
    return requests


def pieces(item: Part, room: Load, model: Model) -> Iterator[Part]:
    """Yield the part itself if a request has room for it, else the pieces of a PDF.

    Raises
    ------
    ContentError
        If it cannot be cut, or a single page is too much.
    """
    load = load_of(item, model)
    if load.within(room):
        yield item
        return
    if not isinstance(item, Pdf):
        raise ContentError(
            f"{item.label}: does not fit into a request of its own: {load.beyond(room)}. Cut it yourself."
        )
    if room.pages < 1:
        raise ContentError(f"{item.label}: no page is left in a request beside the earlier turns. Ask without those.")
    around = load.body_bytes - Base64(item.data).size
    most_bytes = (room.body_bytes - around) // 4 * 3
    first = 1
    for count in _runs(item, room, model):
        run = item if count == item.page_count else item.select(f"{first}-{first + count - 1}")
        for piece in run.split(max_bytes=max(most_bytes, 1)):
            last = first + piece.page_count - 1
            done = (*item.changes, f"pages {first:,} to {last:,} of {item.page_count:,}")
            yield replace(piece, name=piece_name(item.label, first, last), changes=done)
            first = last + 1


def _runs(document: Pdf, room: Load, model: Model) -> list[int]:
    """Return how many pages each run takes, so that pages and tokens stay within `room`."""
    whole = load_of(document, model).tokens
    each = [
        documents.page(page, text, model).high for page, text in zip(document.pages, document.page_texts, strict=True)
    ]
    frame = whole - sum(each)
    runs: list[int] = []
    tokens = 0
    for number, more in enumerate(each, start=1):
        if frame + more > room.tokens:
            raise ContentError(
                f"{document.label}: page {number:,} alone is {frame + more:,} tokens, and {max(room.tokens, 0):,} are "
                "left in a request. Leave it out with pdf.select(...), or use a model with a larger context window."
            )
        if not runs or runs[-1] >= room.pages or tokens + more > room.tokens:
            runs.append(0)
            tokens = frame
        runs[-1] += 1
        tokens += more
    return runs
