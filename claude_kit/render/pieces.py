"""What an answer consists of, as it is shown: thinking, words with their sources, calls of tools. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Call", "Locked", "Piece", "Said", "Source", "Thought"]


@dataclass(frozen=True, slots=True)
class Thought:
    """Thinking that may be read.

    Attributes
    ----------
    text : str
        Plain text.
    tokens : int or None
        As billed, where the answer tells it of this thinking alone.
    seconds : float
        How long it thought; under half a second is not worth a word.
    cost : decimal.Decimal or None
        US dollars for the tokens, where a price is known.
    """

    text: str
    tokens: int | None = None
    seconds: float = 0.0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """Redacted thinking: it goes back as it came, and nobody but Anthropic can read it.

    Attributes
    ----------
    blocks : int
        How many in a row.
    """

    blocks: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence rests on.

    Attributes
    ----------
    title : str
        Of the document or the page.
    place : str
        Where in it: ``"p. 3"``, ``"pp. 3 to 5"``, ``"characters 0 to 120"``; of a web page its address.
    quote : str
        The words there.
    """

    title: str
    place: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the answer. Those that follow one another are one text, as a citation cuts it in the middle.

    Attributes
    ----------
    markdown : str
    sources : tuple of Source
        What these words rest on.
    """

    markdown: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, one's own or the server's, and what came of it.

    Attributes
    ----------
    name : str
    input : str
        The arguments, as JSON.
    result : str
        Plain text; empty as long as there is none.
    failed : bool
    seconds : float
        How long it took; 0 where that is not known.
    pending : bool
        Whether it is running.
    id : str
        Of the ``tool_use`` block; a call with the same id is the same call, further on.
    """

    name: str
    input: str
    result: str = ""
    failed: bool = False
    seconds: float = 0.0
    pending: bool = False
    id: str = ""


Piece = Thought | Locked | Said | Call
