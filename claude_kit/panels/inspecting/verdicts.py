"""Would it be accepted? What a check finds in the selected pages, and in which pages of the whole it finds what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claude_kit.content import Pdf
from claude_kit.errors import ContentError
from claude_kit.models import Model
from claude_kit.preflight import Finding, Report
from claude_kit.preflight.checking import of_part
from claude_kit.preflight.rules.damage import finding_of

__all__ = ["Verdict", "first_glance", "of_both", "refused"]

_LABELS = {"error": "refused", "warning": "accepted, with warnings", "ok": "accepted", "": "checking …"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of what would be sent.

    Attributes
    ----------
    level : {"error", "warning", "ok", ""}
        Empty as long as it is not known.
    findings : tuple of Finding
        Those of the selected pages as a whole; and those of single pages, wherever in the document they are.
    """

    level: str
    findings: tuple[Finding, ...]

    @property
    def label(self) -> str:
        """The verdict in a word."""
        return _LABELS[self.level]

    def wire(self) -> dict[str, Any]:
        """Return it as the page takes it."""
        return {"level": self.level, "label": self.label, "findings": [_wire(finding) for finding in self.findings]}


def first_glance(pdf: Pdf, model: Model) -> Verdict:
    """Return what is known without reading a page."""
    findings = of_part(pdf, model, quick=True)
    refused = any(finding.level == "error" for finding in findings)
    return Verdict("error" if refused else "", findings)


def of_both(whole: Report, selected: Report) -> Verdict:
    """Return the verdict on what is selected, beside what was found in the pages of the whole.

    Pages are numbered as in the whole: in a selection page 9 may be the first.
    """
    level = "error" if selected.errors else "warning" if selected.warnings else "ok"
    of_all = [finding for finding in selected.findings if not finding.pages]
    return Verdict(level, (*of_all, *(finding for finding in whole.findings if finding.pages)))


def refused(error: Exception, label: str) -> Verdict:
    """Return the verdict on what could not even be checked."""
    if isinstance(error, ContentError):
        return Verdict("error", (finding_of(error, "pdf.unreadable", "Save it anew."),))
    return Verdict("error", (Finding("pdf.unreadable", "error", label, str(error), ""),))


def _wire(finding: Finding) -> dict[str, Any]:
    limit = f", the limit is {finding.limit}" if finding.limit else ""
    return {
        "level": finding.level,
        "rule": finding.rule,
        "measured": f"{finding.measured}{limit}",
        "fix": finding.fix,
        "pages": list(finding.pages),
    }
