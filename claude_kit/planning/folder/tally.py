"""What does one file hold, and how many tokens is it? Counted wherever there is a core free.

A tally is small and plain, so that it travels between processes and machines and is kept as a line of JSON. There is no
money in it, so that another price needs no count.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from claude_kit.content import Image, Part, Pdf, Text, attach
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.content.sources import from_path
from claude_kit.errors import ContentError, ContentWarning
from claude_kit.estimate import Via, documents
from claude_kit.estimate.turns import Message
from claude_kit.models import Model
from claude_kit.preflight.report import worst_first
from claude_kit.preflight.request import Request
from claude_kit.preflight.rules import RULES

__all__ = ["RULES_HELD", "Job", "Tally", "of_file", "of_files", "unread"]

# A file is checked by itself. Fonts and turned pages are left to `claude_kit.check`: to look for them, pypdf has to
# read the file once more, which takes a fifth of the time that its text does.
_OF_A_FILE: Final = ("pdf.", "image.", "text.", "request.bytes", "request.context")
_SLOW: Final = ("pdf.fonts", "pdf.rotated")

_LOCKED: Final = "encrypted, opens only with a password. Count it with ck.estimate(ck.pdf(path, password=...))"

#: The rules that a survey checks files by.
RULES_HELD: Final = tuple(rule for rule in RULES if rule.id.startswith(_OF_A_FILE) and rule.id not in _SLOW)


@dataclass(frozen=True, slots=True)
class Job:
    """One file to count: where it is, for which model and route, and which process asks."""

    path: str
    model: Model
    via: Via
    asked_by: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What one file holds, and its tokens.

    Attributes
    ----------
    kind : str
        ``"pdf"``, ``"image"`` or ``"text"``; empty where that cannot be told.
    bytes, pages, scanned_pages : int
        Scanned are pages without text, as ``pdf.scanned`` finds them.
    text_tokens, image_tokens : int
        The text, and all the rest: pictures of pages, images and their wrappers.
    low, high : int
        The range that both together are expected in.
    method : str
        How the least sure of it was counted; see `claude_kit.estimate.count.METHODS`.
    findings : tuple of str
        Ids of rules, worst first; see `claude_kit.preflight.RULES`.
    refused : bool
        Whether the API would refuse it as it is.
    error : str
        Why it could not be counted; empty where it was.
    sha256 : str
        Of the bytes that were counted; empty where the same bytes may fare better another time.
    """

    kind: str = ""
    bytes: int = 0
    pages: int = 0
    scanned_pages: int = 0
    text_tokens: int = 0
    image_tokens: int = 0
    low: int = 0
    high: int = 0
    method: str = "exact"
    findings: tuple[str, ...] = ()
    refused: bool = False
    error: str = ""
    sha256: str = ""


def of_file(job: Job) -> Tally:
    """Count a file; what is wrong with it is in the tally, and nothing is raised.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> tally = of_file(Job("notebooks/data/scan.pdf", find("claude-sonnet-5-5"), "anthropic", os.getpid()))
    >>> tally.kind, tally.pages == tally.scanned_pages, tally.findings
    ('pdf', True, ('pdf.scanned',))
    """
    if os.getpid() != job.asked_by:
        # What was guessed in reading is a finding here. The process that asks sees to its own warnings.
        warnings.filterwarnings("ignore", category=ContentWarning)
    size = 0
    digest = ""
    path = Path(job.path)
    if path.exists() and not path.is_file():
        return unread("a folder, pipe or device, and no file")  # to open a pipe is to wait for whoever fills it
    try:
        blob = from_path(job.path)
        size = len(blob.data)
        digest = hashlib.sha256(blob.data).hexdigest()
        part = attach(blob.data, name=blob.name)
        return replace(_of_part(part, job), bytes=size, sha256=digest)
    except ContentError as error:
        return unread(_without_name(error, job.path), size, digest if error.media_type else "", error.media_type or "")
    except MemoryError:
        return unread("too large for the memory that is left", size)
    except Exception as error:
        return unread(f"reading it failed: {type(error).__name__}: {error}", size)


def of_files(jobs: Iterable[Job]) -> list[Tally]:
    """Count several files, one after the other."""
    return [of_file(job) for job in jobs]


def unread(why: str, size: int = 0, sha256: str = "", media_type: str = "") -> Tally:
    """Return the tally of a file that could not be counted."""
    kind = "pdf" if media_type == PDF_TYPE else "image" if media_type.startswith("image/") else ""
    finding = ("pdf.unreadable",) if kind == "pdf" else ("source.unreadable",)
    return Tally(kind, size, findings=finding, refused=True, error=why, sha256=sha256)


def _of_part(part: Part, job: Job) -> Tally:
    """Count a part, and check it, as a request that holds nothing else."""
    # Texts before rules: the sizes of pages, which rules ask for, come along with them.
    pages = part.page_texts if isinstance(part, Pdf) else ()
    request = Request((Message("user", (part,)),), job.model, job.via)
    found = [finding for rule in RULES_HELD for finding in rule.check(request) if finding.level != "ok"]
    checked = Tally(
        _kind(part),
        findings=tuple(dict.fromkeys(finding.rule for finding in worst_first(found))),
        refused=any(finding.level == "error" for finding in found),
    )
    if isinstance(part, Pdf) and part.locked:
        return replace(checked, error=_LOCKED)
    count = request.lines[0].count
    beside = 0 if isinstance(part, Text) else count.tokens
    if isinstance(part, Pdf):
        beside = documents.around_texts(part, job.model).tokens
    return replace(
        checked,
        pages=len(pages),
        scanned_pages=sum(1 for text in pages if not text.strip()),
        text_tokens=count.tokens - beside,
        image_tokens=beside,
        low=count.low,
        high=count.high,
        method=count.method,
    )


def _kind(part: Part) -> str:
    return "pdf" if isinstance(part, Pdf) else "image" if isinstance(part, Image) else "text"


def _without_name(error: ContentError, path: str) -> str:
    """Return what an error says, without the file's name: the row has it, and other files may have the same bytes."""
    return str(error).removeprefix(error.where or path).lstrip(": ")
