"""Cards: what a part of a request shows of itself."""

import re

from claude_kit.render.cards import Card, html_card, text_card

ATTACK = '"><script>alert(1)</script>'


def test_everything_on_a_card_is_escaped() -> None:
    """Name, facts, labels and excerpt are text, wherever they come from."""
    card = Card(ATTACK, ATTACK, ((ATTACK, ATTACK),), (b"\xff\xd8",), ATTACK)
    html = html_card(card)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 6  # the name twice: it describes its thumbnail too


def test_a_card_shows_its_thumbnails_and_excerpt() -> None:
    """Thumbnails are in the page itself, described by name and number."""
    html = html_card(Card("a.pdf", "2 pages", thumbnails=(b"one", b"two"), excerpt="It begins\nlike this"))
    assert re.search(r'<img alt="a.pdf, thumbnail 2" style="[^"]*" src="data:image/jpeg;base64,dHdv">', html)
    assert "<pre>It begins\nlike this</pre>" in html


def test_a_long_name_is_cut_in_its_middle() -> None:
    """A name of any length leaves the card small, and keeps beginning and end."""
    card = Card("begin" + "x" * 100_000 + ".pdf", "", (("y" * 100_000, ""),))
    assert len(html_card(card)) < 5_000
    assert "begin" in html_card(card)
    assert "x.pdf" in text_card(card)


def test_as_text_a_card_is_one_line() -> None:
    """Whatever its name holds, and without what is empty."""
    assert text_card(Card("a\n\x1b[2Jb", "3 pages", (("citations", ""),))) == "a �[2Jb · 3 pages · citations"
    assert text_card(Card("a", "")) == "a"
