"""Cards: every part shows itself with its tokens and findings, small enough to be saved with a notebook."""

import numpy as np
import pytest

import claude_kit as ck
from claude_kit.estimate import quick
from claude_kit.models import find
from tests.content import making

MOST_BYTES = 30_000
LONG = 643


def long_pdf(name: str = "thesis.pdf") -> ck.Pdf:
    """Return a PDF that nobody would read whole to draw its card."""
    return ck.pdf(making.pdf([f"page {number} of the thesis" for number in range(LONG)]), name=name)


def parts() -> dict[str, ck.Image | ck.Pdf | ck.Text]:
    """Return a part of every kind, each as heavy to show as they come."""
    noise = np.random.default_rng(3).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    scans = [making.noise(600, 800) for _ in range(2)]
    return {
        "image": ck.image(noise, name="noise.png"),
        "pdf": ck.pdf(making.encoded(scans[0], "PDF", save_all=True, append_images=scans[1:]), name="scans.pdf"),
        "long": long_pdf(),
        "locked": ck.pdf(making.locked_pdf("sesame"), name="locked.pdf"),
        "text": ck.text("word " * 50_000, name="book.txt"),
        "question": ck.text("What is this?"),
    }


PARTS = parts()


@pytest.mark.parametrize("kind", PARTS)
def test_every_card_is_small_and_complete(kind: str) -> None:
    """Under 30 KB of HTML, and one line of text for a terminal, with its name in both."""
    shown = PARTS[kind]._repr_mimebundle_()
    assert len(shown["text/html"].encode()) < MOST_BYTES
    assert "\n" not in shown["text/plain"]
    name = PARTS[kind].name or "text"
    assert name in shown["text/html"]
    assert name in shown["text/plain"]


@pytest.mark.parametrize("kind", ["image", "pdf", "question"])
def test_a_card_says_the_tokens_of_the_estimate(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is that of `ck.estimate` without the frame around, for the default model, which is named."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", "claude-haiku-4-5")
    part = PARTS[kind]
    *lines, _ = ck.estimate(part, model="claude-haiku-4-5").lines
    tokens = sum(line.count.tokens for line in lines)
    assert f"{tokens:,} tokens for claude-haiku-4-5-20251001" in part._repr_mimebundle_()["text/plain"]


def test_a_long_document_is_sampled() -> None:
    """Its card says about how many tokens, within a tenth, and reads no more than its sample."""
    thesis, model = long_pdf(), find(None)
    about, counted = quick.tokens(thesis, model)
    assert not counted
    shown = thesis._repr_mimebundle_()["text/plain"]
    assert f"about {about:,} tokens" in shown
    exact = ck.estimate(long_pdf(), model=model).input_tokens
    assert about == pytest.approx(exact, rel=0.1)


def test_a_card_tells_what_a_check_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be refused stands on the card, with measure and limit; what is fine does not."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", "claude-sonnet-5-5")
    shown = PARTS["long"]._repr_mimebundle_()
    assert "643 pages, the limit is 600 a request" in shown["text/plain"]
    assert "ck-is-error" in shown["text/html"].rpartition("</style>")[2]
    assert "no text layer" in PARTS["pdf"]._repr_mimebundle_()["text/plain"]
    assert "the limit" not in PARTS["question"]._repr_mimebundle_()["text/plain"]


def test_a_locked_document_has_no_tokens() -> None:
    """Nobody can count what nobody can open; the card says so once."""
    shown = PARTS["locked"]._repr_mimebundle_()["text/plain"]
    assert "tokens" not in shown
    assert shown.count("password") == 1


def test_a_card_is_drawn_whatever_the_default_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt CLAUDE_KIT_MODEL is no reason to lose the picture."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", "claude-nonsense")
    assert PARTS["pdf"]._repr_mimebundle_()["text/plain"].startswith("scans.pdf · 2 pages")


def test_a_hostile_name_is_escaped() -> None:
    """A file's name comes from anywhere."""
    shown = ck.pdf(making.pdf(["one"]), name=making.ATTACK)._repr_mimebundle_()["text/html"]
    assert "<script>" not in shown


def test_a_damaged_image_has_a_card_all_the_same() -> None:
    """One that was made by hand may hold anything; a cell that ends with it says so and does not fail."""
    shown = ck.Image(b"no image", "image/png", 300, 300, "by hand.png")._repr_mimebundle_()
    assert "cannot be shown" in shown["text/html"]
    assert shown["text/plain"].startswith("by hand.png")
