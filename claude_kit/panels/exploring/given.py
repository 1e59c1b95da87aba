"""What was the explorer given: the content of one document, a survey whose files are the documents, or nothing yet?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from claude_kit.content import attach
from claude_kit.content.sources import names_a_file
from claude_kit.estimate.request import Via
from claude_kit.panels.exploring.of_content import content, typical
from claude_kit.panels.exploring.of_survey import surveyed
from claude_kit.panels.exploring.subject import Subject
from claude_kit.planning import Survey

__all__ = ["subject"]

# A word that can only be a file or an address, be it there or not.
_LIKE_A_PATH: Final = re.compile(r"\S+\.\w{2,5}")


def subject(given: Sequence[object], question: str | int | None, via: Via) -> Subject:
    """Return what the what-if is about.

    Parameters
    ----------
    given : sequence of path, part, any source or Survey
    question : str, int or None
        A typical question, or its tokens.
    via : {"anthropic", "portkey", "bedrock", "vertex"}

    Raises
    ------
    ContentError
        If a source cannot be read.
    ValueError
        If a survey is not alone, or holds nothing that could be counted.
    """
    if not given:
        return typical(question, via)
    if len(given) == 1 and isinstance(given[0], Survey):
        return surveyed(given[0], question)
    if any(isinstance(item, Survey) for item in given):
        raise ValueError("a survey goes by itself: its files are the documents")
    return content([_read(item) for item in given], question, via)


def _read(item: object) -> object:
    """Return a source; a string that looks like a file or an address is one."""
    is_path = isinstance(item, str) and (names_a_file(item) or _LIKE_A_PATH.fullmatch(item.strip()))
    return attach(item) if is_path else item
