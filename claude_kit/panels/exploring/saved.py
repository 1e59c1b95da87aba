"""How does it stand in the saved notebook, and in a terminal? The settings in words, the chart and the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from claude_kit.panels.exploring import chart, table
from claude_kit.panels.exploring.offers import Offer
from claude_kit.panels.exploring.settings import Settings
from claude_kit.panels.exploring.subject import Subject
from claude_kit.render import units
from claude_kit.render.html import escape
from claude_kit.render.plain import one_line
from claude_kit.render.tables import html_table, text_table, wrapped

__all__ = ["WIDTH", "html", "notes", "text"]

#: Of the chart, CSS pixels.
WIDTH: Final = 760

# JupyterLab takes a chart out of a notebook that somebody else has run, but leaves its words. In the chart they have a
# size of their own.
_OF_NO_SIZE: Final = "font-size:0px;line-height:0px"


def html(made: Sequence[Offer], settings: Settings, subject: Subject, told: Sequence[str]) -> str:
    """Return it as HTML; where the chart is taken out, the table still has all its numbers."""
    said = table.summary(made, settings)
    drawing = chart.drawn(made, settings, WIDTH).svg(f"{chart.title(settings)} over {chart.over(settings)}. {said}")
    folded = "".join(f"<p>{escape(note)}</p>" for note in told)
    caption = (
        f"<b>{escape(said)}</b><br>"
        f'<span class="ck-dim">{escape(one_line(subject.name))}: {escape(settings.words())}</span>'
        f'<div class="ck-dim" style="font-size:12.5px;margin-top:10px">{escape(chart.title(settings))}</div>'
        f'<div style="{_OF_NO_SIZE}">{drawing}</div>'
        '<details class="ck-dim" style="font-size:12.5px;margin-top:6px">'
        f"<summary>How this is counted</summary>{folded}</details>"
    )
    return html_table(table.columns(settings), table.rows(made, settings), caption=caption)


def text(made: Sequence[Offer], settings: Settings, subject: Subject, width: int | None) -> str:
    """Return it as plain text, wrapped at `width` columns where given."""
    said = (table.summary(made, settings), f"{one_line(subject.name)}: {settings.words()}")
    shown = text_table(table.columns(settings), table.rows(made, settings), width=width)
    return "\n".join([*(wrapped(sentence, width) for sentence in said), shown])


def notes(subject: Subject, settings: Settings, assumed_output: bool) -> tuple[str, ...]:
    """Say how it is counted, and what was assumed."""
    answer = f"Answers of {units.plural(settings.expect_output, 'token')}, thinking included"
    answer += ", are an assumption: expect_output=… says better." if assumed_output else ", as set."
    cached = "Each question stands alone with its document, and is asked while the cache still keeps it."
    if settings.batch and settings.cache:
        cached += " In a batch that is the best case: hits are not certain there."
    prices = (
        "Prices are those of today (genai-prices), batches at half. ± is how far the tokens of the input may be off; a "
        "range of dollars rests on that. Limits are those of ck.check."
    )
    return (*subject.sources, answer, cached, prices)
