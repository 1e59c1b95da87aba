"""What a check looks at: a request before it is encoded, and the measures that several rules share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from claude_kit.content import Image, Part, Pdf, Text
from claude_kit.errors import ContentError
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Via, turns
from claude_kit.estimate.request import Line, lines
from claude_kit.estimate.turns import Entry, Item, Message
from claude_kit.models import Model
from claude_kit.wire import body, order
from claude_kit.wire import messages as dialect
from claude_kit.wire import thinking as thinking_field
from claude_kit.wire.body import Base64

__all__ = [
    "CHAT_PARTS",
    "KNOWN_FIELDS",
    "MANY_IMAGES",
    "MANY_SIDE_PX",
    "MAX_SIDE_PX",
    "ROUTES",
    "Request",
    "Route",
    "Via",
]


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

#: Most pixels a side; and from how many images in a request on a side must stay below how many (Anthropic docs, vision,
#: 2026-09; at exactly 2,000 some were refused).
MAX_SIDE_PX: Final = 8000
MANY_IMAGES: Final = 20
MANY_SIDE_PX: Final = 2000

# What the kit's own calls take besides the fields of a request.
_OWN_OPTIONS: Final = {"dialect", "thinking", "effort", "cache", "estimate", "hosted", "preflight", "stream"}

#: The fields of a request (the `anthropic` SDK 2.12.0, Messages and its betas; older models' sampling; Portkey's guide
#: for chat completions), and the kit's own options.
KNOWN_FIELDS: Final = _OWN_OPTIONS | {
    "betas",
    "cache_control",
    "container",
    "context_management",
    "diagnostics",
    "fallback",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "temperature",
    "tool_choice",
    "top_k",
    "top_p",
    # of chat completions
    "anthropic_beta",
    "anthropic_version",
    "frequency_penalty",
    "logprobs",
    "max_completion_tokens",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "seed",
    "stop",
    "stream_options",
    "user",
}

# What a message holds only in the dialect of chat completions.
_CHAT_ROLES: Final = {"system", "developer", "tool"}
CHAT_PARTS: Final = {"image_url", "file", "input_audio"}


# No slots: the cached properties live in the instance's __dict__.
@dataclass(frozen=True)
class Request:
    """A request before it is encoded, its content already read.

    Attributes
    ----------
    messages : sequence of Message
    model : Model
    via : {"anthropic", "portkey", "bedrock", "vertex"}
    system, tools, max_tokens
        As the API takes them.
    options : mapping
        What else was asked for, by the names that `claude_kit.Client.stream` and `claude_kit.Chat` take.
    today : datetime.date
        The day it is sent.
    """

    messages: Sequence[Message]
    model: Model
    via: Via = "anthropic"
    system: str | Sequence[Mapping[str, Any]] | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    max_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    today: date = field(default_factory=date.today)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every part and block of every turn with what was given for it, those inside tool results too."""
        return tuple(turns.entries(self.messages))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every part and block of every turn, in order, those inside tool results too."""
        return tuple(item for item, _ in self.entries)

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
    def texts(self) -> tuple[Text, ...]:
        """All texts, questions and files."""
        return tuple(item for item in self.parts if isinstance(item, Text))

    @cached_property
    def damaged(self) -> tuple[ContentError, ...]:
        """What was given and cannot be understood; it is in none of the others."""
        return tuple(error for message in self.messages for error in message.damaged)

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
    def counted_as_images(self) -> int:
        """How many images there are where many of them have a smaller limit: on some routes documents count too."""
        return self.image_count + (len(self.pdfs) if self.route.documents_are_images else 0)

    @property
    def route(self) -> Route:
        """The limits of the way it goes."""
        return ROUTES[self.via]

    def option(self, name: str) -> Any:
        """Return an option; None where it was not given."""
        return self.options.get(name)

    @property
    def cap(self) -> int:
        """Its ``max_tokens``, the kit's own default where none was given, or none that is a number."""
        return self.max_tokens if isinstance(self.max_tokens, int) else DEFAULT_MAX_TOKENS

    @property
    def effort(self) -> Any:
        """The effort asked for, whichever way."""
        output = self.option("output_config")
        return self.option("effort") or (output.get("effort") if isinstance(output, Mapping) else None)

    @cached_property
    def thinking(self) -> Mapping[str, Any] | None:
        """The field ``thinking`` as it is sent; None where none is, or where it cannot be."""
        try:
            return thinking_field.parameter(self.option("thinking"), self.model, max_tokens=self.cap)
        except ValueError:
            return None

    @cached_property
    def holds_chat(self) -> bool:
        """Whether its messages are those of a chat completion already."""
        if any(message.role in _CHAT_ROLES or "tool_calls" in message.fields for message in self.messages):
            return True
        return any(given.get("type") in CHAT_PARTS for _, given in self.entries if isinstance(given, Mapping))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What its tokens are counted from."""
        told = {name: self.option(name) for name in ("tool_choice", "output_config")}
        asked = {"system": self.system, "tools": self.tools, "thinking": self.thinking, **told}
        return tuple(lines(self.messages, self.model, **asked))

    @cached_property
    def input_tokens(self) -> tuple[int, int]:
        """The range its input tokens are expected in."""
        return sum(line.count.low for line in self.lines), sum(line.count.high for line in self.lines)

    @cached_property
    def body_bytes(self) -> int:
        """Bytes of its JSON body as the client sends it, base64 included; without what is damaged."""
        options = {name: value for name, value in self.options.items() if name not in _OWN_OPTIONS}
        if self.option("effort"):
            options["output_config"] = {**(self.option("output_config") or {}), "effort": self.effort}
        sent = [_sent(message) for message in self.messages]
        fields = {"system": self.system, "tools": self.tools, "thinking": self.thinking, **options}
        cache = self.option("cache")
        encoded = dialect.encode_request(sent, model=self.model.id, max_tokens=self.cap, cache=cache, **fields)
        return body.size(encoded)


def _sent(message: Message) -> dict[str, Any]:
    """Return a message as it is sent: blocks as they were given, parts encoded."""
    return {"role": message.role, **message.fields, "content": _content(message.given or message.content)}


def _content(given: Sequence[Any]) -> Any:
    if len(given) == 1 and isinstance(given[0], str):
        return given[0]
    return [
        _block(item) if isinstance(item, Mapping) else dialect.content_blocks([item], data=Base64)[0] for item in given
    ]


def _block(given: Mapping[str, Any]) -> dict[str, Any]:
    held = turns.inside(given)
    return order.holding(given, _content(held)) if held else dict(given)
