"""How an error of reading becomes a finding: what is damaged is said, and everything else is still checked."""

from __future__ import annotations

import re

from claude_kit.errors import ContentError
from claude_kit.preflight.report import Finding

# Where a sentence ends: not in "report.pdf", not in "e.g. PDF".
_SENTENCE_END = re.compile(r"(?<![\s.][A-Za-z])\.\s+(?=[A-Z])")


def finding_of(error: ContentError, rule: str, otherwise: str) -> Finding:
    """Return the finding that an error of reading is.

    Parameters
    ----------
    error : ContentError
        Its first sentence is what was measured, the rest is the way out.
    rule : str
    otherwise : str
        The way out where the error names none.
    """
    message = str(error)
    where = error.where or (message.partition(": ")[0] if ": " in message else "content")
    if message.startswith(where):
        message = message.removeprefix(where).lstrip(": ")
    measured, *rest = _SENTENCE_END.split(message.strip(), maxsplit=1)
    fix = rest[0] if rest else otherwise
    return Finding(rule, "error", where, measured.rstrip("."), "", fix if fix.endswith((".", ")")) else f"{fix}.")
