"""What of a request goes through the gateway as a chat completion, and who writes it: the kit, or somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from claude_kit.preflight.request import Request

__all__ = ["Block", "blocks", "is_chat", "is_translated", "mapping"]


class Block(NamedTuple):
    """A block or part as it was given, where, and by whom it is said."""

    where: str
    role: str
    given: Mapping[str, Any]


def is_chat(request: Request) -> bool:
    """Tell whether it goes through the gateway as a chat completion."""
    dialect = request.option("dialect")
    return request.via == "portkey" and (dialect == "chat" or (dialect is None and request.holds_chat))


def is_translated(request: Request) -> bool:
    """Tell whether `claude_kit.wire.chat_requests` writes it; if not, it is sent as somebody else wrote it."""
    return is_chat(request) and request.option("dialect") == "chat"


def blocks(request: Request, *kinds: str) -> Iterator[Block]:
    """Yield the blocks of a chat completion, of these kinds or of any; not what a block holds, which goes verbatim."""
    if not is_chat(request):
        return
    for number, message in enumerate(request.messages, start=1):
        for given in message.given or message.content:
            if isinstance(given, Mapping) and (not kinds or given.get("type") in kinds):
                named = given.get("title") or mapping(given.get("file")).get("filename")
                yield Block(str(named or f"message {number}"), message.role, given)


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
