"""What there is to say before an answer comes: warnings of the check, above it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from claude_kit.preflight import Finding, Report
from claude_kit.render.plain import plain
from claude_kit.render.surfaces import surface

__all__ = ["tell"]


def tell(findings: Sequence[Finding], report: Report) -> None:
    """Show some findings of a report: as a table in a notebook, as lines on stderr elsewhere."""
    if not findings:
        return
    told = Report(report.model, tuple(findings))
    if surface() == "text":
        for finding in told.findings:
            print(f"{finding.level}: {plain(finding.message)}", file=sys.stderr)
        return
    from IPython.display import display

    display(told)  # type: ignore[no-untyped-call]
