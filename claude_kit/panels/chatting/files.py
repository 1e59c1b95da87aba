"""What goes along with the next question, will it be accepted, and what are its tokens and their price?"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from claude_kit.content import Part, Pdf, attach
from claude_kit.errors import ClaudeKitError, UnknownModelError
from claude_kit.estimate import price, quick
from claude_kit.models import Model
from claude_kit.preflight import Finding, fit
from claude_kit.preflight.checking import of_part
from claude_kit.render import units

__all__ = ["Attached", "examined", "fitted", "given", "read", "unreadable"]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes along with the next question.

    Attributes
    ----------
    id : str
        What the page calls it.
    name : str
    part : Image, Pdf, Text or None
        None while it is on its way, and where it cannot be read.
    size : int
        Bytes.
    arrived : bool
        Whether all of it has come, and is being read.
    worth : str
        Its tokens and what they cost as input; empty while nobody knows.
    findings : tuple of Finding
        What there is to say of it, worst first.
    problem : str
        Why it cannot be read.
    instead : Image, Pdf, Text or None
        What would be accepted in its place.
    """

    id: str
    name: str
    part: Part | None = None
    size: int = 0
    arrived: bool = False
    worth: str = ""
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    instead: Part | None = None

    @property
    def refused(self) -> bool:
        """Whether it cannot be sent as it is."""
        return bool(self.problem) or any(finding.level == "error" for finding in self.findings)

    def chip(self) -> dict[str, Any]:
        """Return what the page shows of it.

        Examples
        --------
        >>> from claude_kit.models import find
        >>> examined(read("1", b"Once upon a time", "tale.txt"), find("claude-sonnet-5-5")).chip()["level"]
        'ok'
        """
        return {
            "id": self.id,
            "name": self.name,
            "size": self.size,
            "level": self._level,
            "facts": self._facts,
            "more": self._more,
            "fit": self.refused and self.instead is not None,
        }

    @property
    def _level(self) -> str:
        if self.refused:
            return "error"
        if self.part is None:
            return "reading" if self.arrived else "coming"
        worst = self.findings[0].level if self.findings else "ok"
        return "warning" if worst == "warning" else "ok"

    @property
    def _facts(self) -> str:
        if self.problem:
            return "cannot be read"
        worst = self.findings[0] if self.findings else None
        if worst is not None and worst.level == "error":
            return f"{worst.measured}, limit {worst.limit}" if worst.limit else worst.measured
        if self.part is None:
            return "reading" if self.arrived else units.size(self.size)
        return self.worth or "counting"

    @property
    def _more(self) -> str:
        return self.problem or " ".join(finding.message for finding in self.findings if finding.level != "note")


def read(file_id: str, source: object, name: str | None = None) -> Attached:
    """Read a file; what it is worth `examined` says.

    Raises
    ------
    ContentError
        If it cannot be read, or is of a kind that Claude does not take.
    """
    part = attach(source, name=name)
    return Attached(file_id, part.label, part, part.size)


def given(part: Part) -> Attached:
    """Return a part that is there already, as of a question that is asked anew."""
    return Attached(uuid.uuid4().hex, part.label, part, part.size)


def unreadable(file_id: str, name: str, problem: str) -> Attached:
    """Return what stands for a file that cannot be read, so that it is seen why."""
    return Attached(file_id, name, problem=problem)


def examined(file: Attached, model: Model) -> Attached:
    """Check, count and price a file for a model, and look whether it can be made to fit where it would be refused."""
    part = file.part
    if part is None:
        return file
    try:
        findings = of_part(part, model)
        known = replace(file, findings=findings, worth=_worth(part, model), instead=None)
        return replace(known, instead=_instead(part, model)) if known.refused else known
    except ClaudeKitError as error:
        return replace(file, problem=str(error))


def fitted(file: Attached, model: Model) -> Attached:
    """Put what is accepted in the place of a file, where there is such."""
    if file.instead is None:
        return file
    return examined(replace(file, part=file.instead, size=file.instead.size), model)


def _worth(part: Part, model: Model) -> str:
    """Return the tokens of a part, and what they cost where nothing is kept of them in a cache."""
    if isinstance(part, Pdf) and part.locked:
        return ""
    number, counted = quick.tokens(part, model)
    about = "" if counted else "~"
    tokens = f"{about}{units.plural(number, 'token')}"
    with suppress(UnknownModelError):  # there may be no known price
        return f"{tokens} · {about}{units.usd(price(model, {'input_tokens': number}).input)}"
    return tokens


def _instead(part: Part, model: Model) -> Part | None:
    """Return a part that is accepted, in one request: what takes several is no conversation."""
    try:
        requests = fit(part, model=model)
    except ClaudeKitError:
        return None
    if len(requests) != 1 or len(requests[0]) != 1:
        return None
    (only,) = requests[0]
    return only if not any(finding.level == "error" for finding in of_part(only, model)) else None
