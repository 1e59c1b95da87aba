"""How does it stand in the saved notebook? As a header and a contact sheet of what is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pybase64

from claude_kit.content import Pdf
from claude_kit.panels.inspecting.reading import PageFacts
from claude_kit.panels.inspecting.selection import said, written
from claude_kit.panels.inspecting.verdicts import Verdict
from claude_kit.preflight import Finding
from claude_kit.render import units
from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag
from claude_kit.render.plain import one_line

__all__ = ["PAGES_SHOWN", "State", "facts_of", "html", "text"]

#: Pages of the contact sheet, at most 3.5 KB each.
PAGES_SHOWN: Final = 12

_FINDINGS_SHOWN: Final = 8
_NAME_CHARACTERS: Final = 120
_RANGE_CHARACTERS: Final = 300

# Said by the elements themselves, for JupyterLab takes the style sheet out of a notebook that somebody else has run.
_SHEET: Final = "display:flex;flex-wrap:wrap;gap:10px 12px;margin-top:10px"
_CELL: Final = "font-size:11.5px;line-height:1.5;text-align:center;width:100px"
_PICTURE: Final = "border:1px solid #aaa;margin:0 auto;max-height:124px;max-width:98px"


@dataclass(frozen=True, slots=True)
class State:
    """What is to be saved.

    Attributes
    ----------
    about : mapping
        ``name``, ``facts``, ``count``, ``model``.
    verdict : Verdict
    selected : tuple of int
        Pages, from 1; empty where none is.
    cost : str
        Of what is selected.
    sheet : tuple of (PageFacts, bytes or None)
        The pages that are shown, each with its picture, a JPEG.
    unshown : int
        How many more are selected.
    """

    about: Mapping[str, Any]
    verdict: Verdict
    selected: tuple[int, ...]
    cost: str
    sheet: tuple[tuple[PageFacts, bytes | None], ...]
    unshown: int

    @property
    def selection(self) -> tuple[str, str]:
        """What is selected, and what it costs: together a sentence."""
        between = ": " if self.selected else ", all together "
        return said(len(self.selected), self.about["count"]), f"{between}{self.cost} for {self.about['model']}"

    @property
    def range(self) -> str:
        """Which pages, as a range that is not endless."""
        pages = written(self.selected)
        return pages if len(pages) <= _RANGE_CHARACTERS else f"{pages[:_RANGE_CHARACTERS].rpartition(',')[0]}, …"


def facts_of(pdf: Pdf, usual_paper: str) -> str:
    """Return a line of facts: how many pages, of what size, and how large the file is."""
    same = len(Counter(page.paper for page in pdf.pages)) == 1
    return f"{units.plural(pdf.page_count, 'page')}, {'' if same else 'mostly '}{usual_paper} · {units.size(pdf.size)}"


def html(state: State) -> str:
    """Return the form that is saved: pictures as small data, and no script."""
    name = f'<span class="ck-name" style="font-weight:600">{escape(_name(state))}</span>'
    selected, cost = state.selection
    chosen = f'<div class="ck-facts">pages {escape(state.range)}</div>' if state.selected else ""
    more = f'<div class="ck-facts">and {units.plural(state.unshown, "more page")}</div>' if state.unshown else ""
    return frame(
        f'<div class="ck-card {QUIET_FOR_MATH}" style="padding:12px 14px">'
        f"<div>{name} {tag(state.verdict.label, state.verdict.level)}</div>"
        f'<div class="ck-facts">{escape(state.about["facts"])}</div>'
        f'<div class="ck-num"><b>{escape(selected)}</b>{escape(cost)}</div>{chosen}'
        f'<div class="ck-facts">{_findings(state.verdict.findings[:_FINDINGS_SHOWN])}</div>'
        f'<div style="{_SHEET}">{"".join(_cell(*page) for page in state.sheet)}</div>{more}</div>',
        kind="card",
    )


def text(state: State) -> str:
    """Return the form for a terminal."""
    lines = [
        f"{_name(state)} · {state.verdict.label} · {state.about['facts']}",
        "".join(state.selection),
        *([f"pages {state.range}"] if state.selected else []),
        *(f"{finding.level:8} {finding.message}" for finding in state.verdict.findings[:_FINDINGS_SHOWN]),
    ]
    return "\n".join(map(one_line, lines))


def _name(state: State) -> str:
    return str(state.about["name"])[:_NAME_CHARACTERS]


def _findings(findings: Sequence[Finding]) -> str:
    """Lay out findings, the notes folded."""
    notes = [finding for finding in findings if finding.level == "note"]
    loud = "".join(_said(finding) for finding in findings if finding.level != "note")
    if not notes:
        return loud
    quiet = "".join(map(_said, notes))
    return f"{loud}<details><summary>{units.plural(len(notes), 'note')}</summary>{quiet}</details>"


def _said(finding: Finding) -> str:
    limit = f", the limit is {finding.limit}" if finding.limit else ""
    return f"<div>{tag(finding.level, finding.level)} {escape(f'{finding.measured}{limit}. {finding.fix}')}</div>"


def _cell(facts: PageFacts, picture: bytes | None) -> str:
    badges = "".join(f"<div>{tag(badge, _level(badge))}</div>" for badge in facts.badges)
    tokens = f'<div class="ck-facts" style="font-size:11px">{units.plural(facts.tokens, "token")}</div>'
    return f'<div style="{_CELL}">{_shown(facts.number, picture)}<b>{facts.number}</b>{tokens}{badges}</div>'


def _level(badge: str) -> str:
    return "error" if badge == "damaged" else ""


def _shown(number: int, picture: bytes | None) -> str:
    if picture is None:
        return "<div>cannot be drawn</div>"
    source = pybase64.b64encode(picture).decode("ascii")
    return f'<img alt="page {number}" style="{_PICTURE}" src="data:image/jpeg;base64,{source}">'
