"""How one part of a request shows itself: a small card, never the file's own bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pybase64

from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag
from claude_kit.render.plain import one_line

__all__ = ["Card", "html_card", "text_card"]

# Said by the element itself, for JupyterLab takes the style sheet out of a notebook that somebody else has run.
_SIDE_BY_SIDE: Final = "align-items:flex-start;display:flex;gap:14px;padding:12px 14px"
_SMALL: Final = "max-height:96px;max-width:130px"

# A name may come from an address, and be of any length.
_NAME_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says.

    Attributes
    ----------
    name : str
        The headline.
    facts : str
        One line under it: pages or pixels, size.
    labels : tuple of (str, str)
        Label and level, such as ``("text layer", "")`` or ``("encrypted", "error")``.
    thumbnails : tuple of bytes
        JPEG data, a few kilobytes each.
    excerpt : str
        The beginning of a text.
    """

    name: str
    facts: str
    labels: tuple[tuple[str, str], ...] = ()
    thumbnails: tuple[bytes, ...] = ()
    excerpt: str = ""


def html_card(card: Card) -> str:
    """Return the card as framed HTML."""
    name = _short(card.name)
    images = "".join(_image(data, name, number) for number, data in enumerate(card.thumbnails, start=1))
    labels = "".join(f" {tag(_short(text), level)}" for text, level in card.labels)
    excerpt = f"<pre>{escape(card.excerpt)}</pre>" if card.excerpt else ""
    words = (
        f'<div><div><span class="ck-name" style="font-weight:600">{escape(name)}</span>{labels}</div>'
        f'<div class="ck-facts">{escape(card.facts)}</div>{excerpt}</div>'
    )
    return frame(f'<div class="ck-card {QUIET_FOR_MATH}" style="{_SIDE_BY_SIDE}">{images}{words}</div>', kind="card")


def text_card(card: Card) -> str:
    """Return the card as one line of text."""
    words = (_short(card.name), card.facts, *(_short(text) for text, _ in card.labels))
    return one_line(" · ".join(word for word in words if word))


def _short(text: str) -> str:
    """Keep both ends: the beginning is what people know it by, the end tells the format."""
    if len(text) <= _NAME_CHARACTERS:
        return text
    half = _NAME_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]}"


def _image(data: bytes, name: str, number: int) -> str:
    source = pybase64.b64encode(data).decode("ascii")
    return f'<img alt="{escape(name)}, thumbnail {number}" style="{_SMALL}" src="data:image/jpeg;base64,{source}">'
