"""A text: the question itself, or a file of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from claude_kit.content.parts.showing import show
from claude_kit.render import cards, units
from claude_kit.render.plain import one_line

__all__ = ["Text"]

_EXCERPT_CHARACTERS: Final = 240


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """A text: the question itself, or a file of text.

    Attributes
    ----------
    text : str
        The text.
    name : str or None
        The file it came from; None for a plain string.
    changes : tuple of str
        What was guessed or done on the way here, such as ``"read as Latin-1"``.
    """

    text: str
    name: str | None = None
    changes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        return len(self.text.encode("utf-8", "surrogatepass"))

    @property
    def label(self) -> str:
        """The name, or the beginning of the text in quotation marks."""
        if self.name:
            return self.name
        line = " ".join(one_line(self.text[:200]).split())
        return f"“{line}”" if len(line) <= 40 else f"“{line[:38].rstrip()} …”"

    def __repr__(self) -> str:
        return f"<Text {self.label}: {units.plural(len(self.text), 'character')}>"

    _repr_mimebundle_ = show

    def card(self) -> cards.Card:
        """Return what the text shows of itself: its length and how it begins."""
        lines = units.plural(len(self.text.splitlines()), "line")
        facts = f"{units.plural(len(self.text), 'character')} · {lines}"
        cut = " …" if len(self.text) > _EXCERPT_CHARACTERS else ""
        labels = tuple((change, "warning") for change in self.changes)
        return cards.Card(self.name or "text", facts, labels, excerpt=self.text[:_EXCERPT_CHARACTERS] + cut)
