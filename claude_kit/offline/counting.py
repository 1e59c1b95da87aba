"""How many input tokens is a request, and how many its beginning? What the kit itself estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from claude_kit.estimate import frames, lines, turns
from claude_kit.estimate.turns import Message
from claude_kit.models import Model
from claude_kit.offline.prefix import Block, content

__all__ = ["Counted"]


class Counted:
    """A request to be counted, whose files are read once.

    Parameters
    ----------
    body : mapping
        The request.
    sent : sequence of mapping
        Its messages, as `claude_kit.offline.question.turns` reads them.
    model : Model
    """

    def __init__(self, body: Mapping[str, Any], sent: Sequence[Mapping[str, Any]], model: Model) -> None:
        self._body = body
        self._messages = turns.read(sent)
        self._model = model

    def total(self) -> int:
        """Count the whole request."""
        return self._count(self._messages, self._body.get("system"), self._body.get("tools"))

    def up_to(self, block: Block) -> int:
        """Count a request up to a block, that included, without the frame of the answer to come."""
        tools, system = self._body.get("tools"), self._body.get("system")
        if block.section == "tools":
            return self._count((), None, tools[: block.at[0] + 1] if tools else None)
        if block.section == "system":
            return self._count((), list(content(system)[: block.at[0] + 1]), tools)
        number, at = block.at
        last = self._messages[number]
        cut = replace(last, content=last.content[: at + 1], given=last.given[: at + 1])
        return self._count((*self._messages[:number], cut), system, tools) - _header(self._model)

    def _count(self, messages: Sequence[Message], system: Any, tools: Any) -> int:
        beside = ("thinking", "output_config") if messages else ()
        asked = {name: self._body.get(name) for name in ("tool_choice", *beside)}
        return sum(line.count.tokens for line in lines(messages, self._model, system=system, tools=tools, **asked))


def _header(model: Model) -> int:
    """Return the tokens of the header that the answer has: of two further turns, half of what they add."""
    three, one = (frames.conversation(["user", "assistant", "user"][:turns], model).tokens for turns in (3, 1))
    return (three - one) // 2
