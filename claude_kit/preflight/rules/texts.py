"""What a text may be: something, not the name of something, and read as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claude_kit.content import Text
from claude_kit.content.sources import names_a_file
from claude_kit.preflight.report import Finding
from claude_kit.preflight.request import Request

_ADDRESS: Final = re.compile(r"https?://\S+", re.I)


def empty(request: Request) -> Iterator[Finding]:
    """Every text says something."""
    for part in request.texts:
        if not part.text.strip():
            measured = "only white space" if part.text else "no characters"
            fix = "Leave it out, or write something."
            yield Finding("text.empty", "error", part.name or "text", measured, "", fix)


def path(request: Request) -> Iterator[Finding]:
    """A text is not the name of a file, nor an address: a plain string is sent as the words it is."""
    # An answer, or what a tool gave, may well be one.
    asked = [part for message in request.messages if message.role == "user" for part in message.content]
    for part in asked:
        if not isinstance(part, Text) or part.name is not None:
            continue
        words = part.text.strip()
        if _ADDRESS.fullmatch(words):
            measured = "is an address, and only its letters would be sent"
            # The address itself may hold a password, and a report is saved with the notebook.
            yield Finding("text.path", "warning", part.label, measured, "", "Attach what is there: ck.attach(url).")
        elif names_a_file(part.text):
            measured = "is the name of a file, and only the name would be sent"
            yield Finding("text.path", "warning", part.label, measured, "", f"Attach the file: ck.attach({words!r}).")


def encoding(request: Request) -> Iterator[Finding]:
    """Every text was read in an encoding it names, not in a guessed one."""
    for part in request.texts:
        if part.changes:
            fix = "If letters are wrong in it, save it as UTF-8, or give ck.text(path.read_text(encoding=...))."
            yield Finding("text.encoding", "warning", part.label, ", ".join(part.changes), "", fix)
