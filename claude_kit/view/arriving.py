"""What does an event show? Events of one stream, or of several in a row, as pieces of the answer, as they come.

What is shown when an answer is done, `claude_kit.shown` says; this is the same while it is still coming.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from claude_kit.render.answer import Call, Locked, Piece, Said, Source, Thought
from claude_kit.shown import call, ended, is_call, is_result, sources
from claude_kit.wire import events as e

__all__ = ["Arriving"]


class Arriving:
    """Takes events, and returns the pieces they bring.

    A piece is what there is to add: more thinking, more words, sources for the words before (without words), a block
    of redacted thinking. A call comes when it begins, with its arguments and with its result, under the same id.

    Examples
    --------
    >>> arriving = Arriving()
    >>> arriving.feed(e.BlockStart(0, {"type": "text", "text": ""})), arriving.feed(e.TextDelta(0, "Yes"))
    ([], [Said(markdown='Yes', sources=())])
    """

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._spoken = False
        # Of the message and the block that are coming.
        self._inputs: dict[int, tuple[Call, list[str]]] = {}
        self._cited: list[Source] = []
        self._between = False

    def feed(self, event: e.Event) -> list[Piece]:
        """Take the next event; kinds that do not show bring nothing."""
        return list(self._pieces(event))

    def _pieces(self, event: e.Event) -> Iterator[Piece]:
        match event:
            case e.MessageStart():
                yield from self._numbered()
                self._inputs.clear()
                self._between = True
            case e.BlockStart(index, block):
                yield from self._numbered()
                yield from self._begun(index, block)
            case e.ThinkingDelta(_, thinking) if thinking:
                yield Thought(thinking)
            case e.TextDelta(_, text) if text:
                yield self._said(text)
            case e.CitationDelta(_, citation):
                self._cited += sources({"citations": [citation]})
            case e.InputJsonDelta(index, partial_json):
                if index in self._inputs:
                    self._inputs[index][1].append(partial_json)
            case e.BlockStop(index):
                if index in self._inputs:
                    began, pieces = self._inputs.pop(index)
                    yield self._noted(replace(began, input="".join(pieces) or began.input))
                yield from self._numbered()
            case e.MessageStop():
                yield from self._numbered()

    def _begun(self, index: int, block: Mapping[str, Any]) -> Iterator[Piece]:
        match block:
            case {"type": "text"}:
                self._cited = list(sources(block))
                if text := block.get("text"):
                    yield self._said(str(text))
                return
            case {"type": "thinking", "thinking": str(thinking)} if thinking:
                yield Thought(thinking)
            case {"type": "redacted_thinking"}:
                yield Locked()
            case _ if is_call(block):
                began = self._noted(replace(call(block), pending=True))
                self._inputs[index] = began, []
                yield began
            case _ if is_result(block):
                asked = self._calls.get(str(block.get("tool_use_id")))
                if asked is not None:
                    yield ended(asked, block)
        self._between = True

    def _said(self, text: str) -> Said:
        """Return more words; only text blocks that touch are one text."""
        apart = self._spoken and self._between
        self._spoken, self._between = True, False
        return Said(("\n\n" if apart else "") + text)

    def _noted(self, call: Call) -> Call:
        self._calls[call.id] = call
        return call

    def _numbered(self) -> Iterator[Said]:
        """Yield the sources of the block that ends here."""
        if self._cited:
            yield Said("", tuple(self._cited))
            self._cited = []
