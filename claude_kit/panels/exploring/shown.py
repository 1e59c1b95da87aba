"""What is the page told? All that it shows, as plain data: sentence, table, chart and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from claude_kit.panels.exploring import chart, table
from claude_kit.panels.exploring.offers import Offer
from claude_kit.panels.exploring.settings import Settings

__all__ = ["shown"]


def shown(made: Sequence[Offer], settings: Settings, notes: Sequence[str], width: int) -> dict[str, Any]:
    """Return what the page shows; what its keys are is said in ``static/explorer.js``.

    Parameters
    ----------
    made : sequence of Offer
    settings : Settings
    notes : sequence of str
        How it is counted, in sentences.
    width : int
        Of the chart, CSS pixels.
    """
    rows = zip(made, table.rows(made, settings), strict=True)
    return {
        "state": settings.as_dict(),
        "summary": table.summary(made, settings),
        "words": settings.words(),
        "columns": [asdict(column) for column in table.columns(settings)],
        "rows": [
            {"key": offer.model.id, "weight": row.weight, "cells": [asdict(cell) for cell in row.cells]}
            for offer, row in rows
        ],
        "chart": asdict(chart.drawn(made, settings, width)) | {"title": chart.title(settings)},
        "notes": list(notes),
        "trouble": "",
    }
