"""How are words of others shown? In quotation marks, shortened, and never obeyed as markdown."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["closed", "escaped", "quoted"]

_QUOTED_CHARACTERS: Final = 200

# What markdown would obey in the words of a document, also at the end of a word; not inside one, as in snake_case.
_MARKDOWN: Final = re.compile(r"[\\`*\[\]<$~]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")


def quoted(text: str) -> str:
    """Put a text into quotation marks, shortened."""
    cut = text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 2].rstrip() + " …"
    return f"“{cut}”"


def escaped(text: str) -> str:
    """Keep the words of a document, or of a question, from being read as markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def closed(text: str) -> str:
    """End a sentence that may have ended inside its quotation marks."""
    return text if text[-2:-1] in ".!?…" and text.endswith("”") else f"{text}."
