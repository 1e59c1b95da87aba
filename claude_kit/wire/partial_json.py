"""What a JSON text says that was cut off, as a tool call's input is when the answer ends in the middle of it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

__all__ = ["parse"]

# A string, cut or not, whatever brackets it holds; or a mark between values.
_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.S)
_CLOSING: Final = {"{": "}", "[": "]"}


def parse(text: str) -> Any:
    """Parse JSON, or as much of it as was finished: a cut string, number, word or key is left out.

    The `anthropic` SDK reads a cut tool call in the same way.

    Raises
    ------
    ValueError
        If not even its beginning is JSON.

    Examples
    --------
    >>> parse('{"city": "Oslo", "days": [1, 2], "unit": "cel')
    {'city': 'Oslo', 'days': [1, 2]}
    """
    try:
        return json.loads(text)
    except ValueError:
        pass
    closing = ""
    finished = 0, ""  # where the last finished value ends, and what closes the brackets open there
    for mark in _MARK.finditer(text):
        match mark[0]:
            case "{" | "[" as opened:
                closing = _CLOSING[opened] + closing
                finished = mark.end(), closing
            case "}" | "]":
                closing = closing[1:]
                finished = mark.end(), closing
            case ",":
                finished = mark.start(), closing
    try:
        return json.loads(text + closing)
    except ValueError:
        end, closing = finished
        return json.loads(text[:end] + closing)
