"""What a check looks at: a request before it is encoded, and the measures that several rules share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.estimate import Via, lines, turns
from claude_kit.estimate.turns import Item, Message
from claude_kit.models import Model

__all__ = ["ROUTES", "Request", "Route", "Via"]


@dataclass(frozen=True, slots=True)
class Route:
    """What a way to the model takes (Anthropic docs, vision and API overview, 2026-08-22).

    Attributes
    ----------
    body_bytes, image_base64_bytes : int
        Most bytes of a request, and of an image in base64.
    by_reference : bool
        Whether files may be given by URL or file id.
    documents_are_images : bool
        Whether a document counts as an image where many images have a smaller limit.
    keeps_retired : bool
        Whether models live on here when Anthropic has retired them.
    """

    body_bytes: int
    image_base64_bytes: int
    by_reference: bool = True
    documents_are_images: bool = False
    keeps_retired: bool = False


_CLOUD: Final = {"by_reference": False, "documents_are_images": True, "keeps_retired": True}

ROUTES: Final[Mapping[Via, Route]] = {
    "anthropic": Route(32_000_000, 10_000_000),
    "portkey": Route(32_000_000, 10_000_000),
    "bedrock": Route(20_000_000, 5_000_000, **_CLOUD),
    "vertex": Route(30_000_000, 5_000_000, **_CLOUD),
}

# JSON around a block's data: type, source, media_type, braces.
_BLOCK_JSON_BYTES: Final = 110
_ENVELOPE_BYTES: Final = 200


# No slots: the cached properties live in the instance's __dict__.
@dataclass(frozen=True)
class Request:
    """A request before it is encoded, its content already read."""

    messages: Sequence[Message]
    model: Model
    via: Via = "anthropic"
    system: str | Sequence[Mapping[str, Any]] | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    max_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    today: date = field(default_factory=date.today)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every part and block of every turn, in order, those inside tool results too."""
        return tuple(turns.items(self.messages))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part."""
        return tuple(item for item in self.items if not isinstance(item, Mapping))

    @cached_property
    def pdfs(self) -> tuple[Pdf, ...]:
        """All PDFs."""
        return tuple(item for item in self.parts if isinstance(item, Pdf))

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """All images."""
        return tuple(item for item in self.parts if isinstance(item, Image))

    @cached_property
    def referred(self) -> tuple[Mapping[str, Any], ...]:
        """All images and documents that are given by URL or file id; what they hold is not here."""
        blocks = (item for item in self.items if isinstance(item, Mapping))
        return tuple(block for block in blocks if turns.source_of(block).get("type") in ("url", "file"))

    @property
    def image_count(self) -> int:
        """How many images there are, those by reference too."""
        return len(self.images) + sum(1 for block in self.referred if block.get("type") == "image")

    @property
    def route(self) -> Route:
        """The limits of the way it goes."""
        return ROUTES[self.via]

    @cached_property
    def input_tokens(self) -> tuple[int, int]:
        """The range its input tokens are expected in."""
        counted = lines(self.messages, self.model, system=self.system, tools=self.tools)
        return sum(line.count.low for line in counted), sum(line.count.high for line in counted)

    @cached_property
    def body_bytes(self) -> int:
        """Bytes of its JSON body, base64 included; within some hundred bytes."""
        total: int = _ENVELOPE_BYTES + _json_bytes([self.system, self.tools])
        for message in self.messages:
            for item in message.content:
                total += _BLOCK_JSON_BYTES + _item_bytes(item)
        return total


def base64_bytes(size: int) -> int:
    """Return how long `size` bytes are in base64."""
    return -(-size // 3) * 4


def _item_bytes(item: Item) -> int:
    if isinstance(item, Text):
        return _json_bytes(item.text)
    if not isinstance(item, Mapping):
        return base64_bytes(item.size)
    held = turns.inside(item)
    if not held:
        return _json_bytes(item)
    shell = {**item, "content": "", "source": ""}
    return _json_bytes(shell) + sum(_BLOCK_JSON_BYTES + _item_bytes(one) for one in held)


def _json_bytes(data: object) -> int:
    return len(json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass"))
