"""What can be cited? The sentence of each document that has most of the question's words, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_kit.content import Pdf
from claude_kit.offline.prefix import Block, content
from claude_kit.offline.question import Item
from claude_kit.offline.reading import sentences

__all__ = ["Passage", "passages"]

_WORD: Final = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a document, and where they stand.

    Attributes
    ----------
    text : str
        As they stand there, line breaks too.
    where : str
        Such as ``"page 3"``; empty where it says nothing.
    citation : mapping
        As the API tells it.
    """

    text: str
    where: str
    citation: Mapping[str, Any]


# A part of a document that can be cited: its text, where it is, and how a place in it is told.
_Piece = tuple[str, str, Mapping[str, Any]]


def passages(found: Sequence[Block], sent: Sequence[Mapping[str, Any]], words: str) -> list[Passage]:
    """Find a passage in each document that may be cited.

    Parameters
    ----------
    found : sequence of Block
        The blocks of the request.
    sent : sequence of mapping
        Its messages, read.
    words : str
        The question.
    """
    documents = [block for block in found if block.section == "messages" and block.given.get("type") == "document"]
    given = []
    for index, block in enumerate(documents):
        if not _is_cited(block.given):
            continue
        number, at = block.at
        told = {"document_index": index, "document_title": block.given.get("title")}
        if (passage := _best(_pieces(block.given, sent[number]["content"][at]), words, told)) is not None:
            given.append(passage)
    return given


def _is_cited(document: Mapping[str, Any]) -> bool:
    citations = document.get("citations")
    return isinstance(citations, Mapping) and bool(citations.get("enabled"))


def _pieces(document: Mapping[str, Any], item: Item) -> Iterator[_Piece]:
    if isinstance(item, Pdf):
        for page, text in enumerate(item.page_texts, start=1):
            pages = {"start_page_number": page, "end_page_number": page + 1}
            yield text, f"page {page}", {"type": "page_location", **pages}
        return
    source = document.get("source")
    if not isinstance(source, Mapping):
        return
    if source.get("type") == "text":
        yield str(source.get("data", "")), "", {"type": "char_location"}
    elif source.get("type") == "content":
        for at, block in enumerate(content(source.get("content"))):
            blocks = {"start_block_index": at, "end_block_index": at + 1}
            yield str(block.get("text", "")), f"block {at}", {"type": "content_block_location", **blocks}


def _best(pieces: Iterable[_Piece], words: str, told: Mapping[str, Any]) -> Passage | None:
    wanted = _words(words)
    best, most = None, -1
    for text, where, place in pieces:
        for start, end in _citable(text, place):
            shared = len(wanted & _words(text[start:end])) if wanted else 0
            if shared > most:
                chars = {"start_char_index": start, "end_char_index": end} if place["type"] == "char_location" else {}
                best, most = Passage(text[start:end], where, {**place, **chars, **told}), shared
    if best is None:
        return None
    return Passage(best.text, best.where, {**best.citation, "cited_text": best.text})


def _citable(text: str, place: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Return what of a text can be cited by itself: of a custom block, all of it."""
    if place["type"] == "content_block_location":
        return iter([(0, len(text))] if text.strip() else [])
    return sentences(text)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
