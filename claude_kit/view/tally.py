"""How many tokens is a text that is still being written? Lines that are complete are counted, the last one is guessed.

Each character is counted once, however often the number is asked for.
"""

from __future__ import annotations

from typing import Final

from claude_kit.estimate import texts
from claude_kit.models import Model

__all__ = ["Tally"]

# UTF-8 bytes for each token of what is not counted, for want of a model or of the line's end.
_BYTES_A_TOKEN: Final = 3.5

# A tail of this many characters is counted as it is: some answers are a single line.
_LONG: Final = 2_000


class Tally:
    r"""Counts the tokens of a text that grows.

    Parameters
    ----------
    model : Model or None
        Whose tokens; None where that is not known, and all is guessed.

    Examples
    --------
    >>> tally = Tally(None)
    >>> tally.add("Some words,\n")
    >>> tally.add("and more")
    >>> tally.tokens()
    6
    """

    def __init__(self, model: Model | None) -> None:
        self._model = model
        self._new: list[str] = []
        self._tail = ""
        self._counted = 0.0

    def add(self, text: str) -> None:
        """Append `text`."""
        self._new.append(text)

    def tokens(self) -> int:
        """Return the number of tokens so far."""
        if self._new:
            self._tail += "".join(self._new)
            self._new.clear()
            ends = self._tail.rfind("\n") + 1 if len(self._tail) < _LONG else len(self._tail)
            self._counted += self._count(self._tail[:ends])
            self._tail = self._tail[ends:]
        return round(self._counted + _guess(self._tail))

    def _count(self, text: str) -> float:
        if not text:
            return 0
        return _guess(text) if self._model is None else texts.count(text, self._model).tokens


def _guess(text: str) -> float:
    return (len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))) / _BYTES_A_TOKEN
