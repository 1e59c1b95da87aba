"""How does a conversation look as one page? A single static file: no script in it, and nothing that it fetches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from claude_kit.chat.exporting.digest import Billed, Digest, Exchange
from claude_kit.content import Part
from claude_kit.render import units
from claude_kit.render.answer import html_answer
from claude_kit.render.cards import html_card
from claude_kit.render.html import escape, style, tag
from claude_kit.render.tables import Cell, Column, Row, html_table

__all__ = ["html_page"]

_KINDS: Final = ("card", "table", "answer", "page")

# Should anything have slipped through, the browser does not run it either, nor fetch it.
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_COLUMNS: Final = (
    Column("turn"),
    Column("in", numeric=True),
    Column("from cache", numeric=True),
    Column("out", numeric=True),
    Column("USD", numeric=True, bar=True),
)


def html_page(digest: Digest) -> str:
    """Return a conversation as a page that needs neither script nor network, light or dark as the screen is."""
    exchanges = "".join(_exchange(exchange, number) for number, exchange in enumerate(digest.exchanges, start=1))
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in digest.facts)
    body = (
        f'<header><h1>{escape(digest.title)}</h1><p class="ck-page-facts">{facts}</p></header>'
        f"{_system(digest.system)}{exchanges}"
        f'<section class="ck-bill"><h2>Costs</h2>{_bill(digest.bill)}</section>'
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(digest.title)}</title><style>{''.join(map(style, _KINDS))}</style></head>"
        f'<body class="ck-page"><main>{_without_styles(body)}</main></body></html>\n'
    )


def _system(text: str) -> str:
    if not text:
        return ""
    words = f'<div class="ck-thought">{escape(text.strip())}</div>'
    return f'<div class="ck"><details class="ck-thinking"><summary>System prompt</summary>{words}</details></div>'


def _exchange(exchange: Exchange, number: int) -> str:
    words = f'<div class="ck-words">{escape(exchange.words.strip())}</div>' if exchange.words.strip() else ""
    cards = "".join(map(_attached, exchange.attached))
    files = f'<div class="ck-files">{cards}</div>' if cards else ""
    question = f'<div class="ck-question"><span class="ck-nth">{number}</span><div>{words}{files}</div></div>'
    return f'<section class="ck-turn" id="turn-{number}">{question}{html_answer(exchange.answer)}</section>'


def _attached(each: Part | str) -> str:
    if isinstance(each, str):
        return tag(each)
    card = each.card()
    return html_card(replace(card, thumbnails=card.thumbnails[:1]))


def _bill(bill: Iterable[Billed]) -> str:
    bill = list(bill)
    most = max((row.usd or 0 for row in bill[:-1]), default=0) or 1
    return html_table(_COLUMNS, [*_rows(bill[:-1], float(most)), *_rows(bill[-1:], 0)])


def _rows(bill: Iterable[Billed], most: float) -> Iterator[Row]:
    for row in bill:
        usage = row.usage
        counts = (usage.total_input_tokens, usage.cache_read_input_tokens, usage.output_tokens)
        share = float(row.usd or 0) / most if most else 0.0
        cells = (Cell(row.label), *(Cell(units.count(each)) for each in counts), Cell(row.cost, share=share))
        yield Row(cells, "normal" if most else "total")


def _without_styles(html: str) -> str:
    """Take away the style that everything brings along where it may stand alone; here it stands once, at the top."""
    for kind in _KINDS:
        html = html.replace(f"<style>{style(kind)}</style>", "")
    return html
