"""What can happen while an answer comes in, in words that belong to no dialect.

Every dialect decodes into these, and everything above (`claude_kit.reply`, the view) knows only these. What a
dialect does not know yet is passed on as `Unknown` or `OtherDelta`, never dropped and never an error: the API adds
kinds without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BlockStart",
    "BlockStop",
    "CitationDelta",
    "Event",
    "InputJsonDelta",
    "MessageDelta",
    "MessageStart",
    "MessageStop",
    "OtherDelta",
    "Ping",
    "SignatureDelta",
    "StreamError",
    "TextDelta",
    "ThinkingDelta",
    "Unknown",
]


@dataclass(frozen=True, slots=True)
class MessageStart:
    """The answer begins: its envelope (id, model, first usage), without content."""

    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BlockStart:
    """A content block begins: text, thinking, redacted_thinking, tool_use, or one not known yet."""

    index: int
    block: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the thinking."""

    index: int
    thinking: str


@dataclass(frozen=True, slots=True)
class SignatureDelta:
    """The signature that a thinking block must carry when it is sent back."""

    index: int
    signature: str


@dataclass(frozen=True, slots=True)
class CitationDelta:
    """A citation that belongs to a text block."""

    index: int
    citation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InputJsonDelta:
    """More of a tool call's input, as a piece of JSON."""

    index: int
    partial_json: str


@dataclass(frozen=True, slots=True)
class OtherDelta:
    """A delta of a kind not known here, verbatim."""

    index: int
    delta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BlockStop:
    """A content block is complete."""

    index: int


@dataclass(frozen=True, slots=True)
class MessageDelta:
    """What became of the message: ``stop_reason`` and the like in `delta`; in `usage` totals, not increments."""

    delta: Mapping[str, Any]
    usage: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MessageStop:
    """The answer is complete."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Nothing happened; the connection lives."""


@dataclass(frozen=True, slots=True)
class StreamError:
    """The API gave up in the middle of the answer, after a status of 200."""

    type: str
    message: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a kind not known here, verbatim."""

    type: str
    data: Mapping[str, Any]


Event = (
    MessageStart
    | BlockStart
    | TextDelta
    | ThinkingDelta
    | SignatureDelta
    | CitationDelta
    | InputJsonDelta
    | OtherDelta
    | BlockStop
    | MessageDelta
    | MessageStop
    | Ping
    | StreamError
    | Unknown
)
