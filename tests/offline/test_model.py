"""What the offline model says: honest, plain, the same each time, and about what was really sent."""

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.errors import ContentError
from claude_kit.estimate import texts
from claude_kit.models import find
from claude_kit.offline.model import Answer, answer
from claude_kit.render import units
from claude_kit.wire.messages import content_blocks, encode_message

MODEL = find("claude-sonnet-5-5")
NOTICE = "**This is the offline model; no Claude was asked.**"
ADAPTIVE = {"type": "adaptive", "display": "summarized"}
REPORT = "notebooks/data/report.pdf"


def asked(*content: object, earlier: Any = (), **fields: Any) -> Answer:
    """Return what it answers to a question."""
    messages = [*earlier, {"role": "user", "content": content_blocks(content)}]
    return answer({"model": MODEL.id, "max_tokens": 8192, "messages": messages, **fields}, MODEL)


def report() -> ck.Pdf:
    """Return the lessons' report."""
    return ck.pdf(REPORT)


def picture(width: int = 1200, height: int = 800) -> ck.Image:
    """Return an image of a size."""
    return ck.image(pil.new("RGB", (width, height)))


# ---- the answer ---------------------------------------------------------------------------------------------------


def test_says_first_that_no_claude_was_asked() -> None:
    """Whatever was asked, the first words tell who answers, and the last how to get a real answer."""
    for given in (asked("Hello"), asked(report(), "Hello"), asked("x", max_tokens=200)):
        assert given.text.startswith(NOTICE)
    told = asked("Hello").text
    assert "`ANTHROPIC_API_KEY` or `PORTKEY_API_KEY`" in told
    assert "what Claude Sonnet 5.5 would cost" in told


def test_names_what_it_found_in_the_files() -> None:
    """Pages, heading and first sentence of a PDF, the size of an image, the length of a text, in their order."""
    text = asked(report(), picture(), ck.text("Some notes on it.", name="notes.txt"), "What are the key findings?").text
    assert [line for line in text.splitlines() if re.match(r"\d\. ", line)] == [
        "1. **PDF, 3 pages.** Heading: “Northwind Quarterly Review, Q3 2026”. First sentence: “Northwind closed the "
        "third quarter of 2026 with revenue of 51.2 million dollars, 13.0 percent more than a year earlier and the "
        "best quarter in its history.”",
        f"2. **Image, 1,200 × 800 pixels.** PNG, {units.size(picture().size)}.",
        "3. **Text “notes.txt”, 17 characters.** First sentence: “Some notes on it.”",
    ]


def test_says_that_a_scan_has_no_text() -> None:
    """It does not make up a heading where there is none."""
    text = asked(ck.pdf("notebooks/data/scan.pdf"), "What does it say?").text
    assert "**PDF, 1 page.** It has no text that I could read, so it may be a scan" in text
    assert "Heading" not in text


def test_says_what_it_did_not_open() -> None:
    """What is only pointed at, by address or id, is named and not passed over."""
    pointed = [
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
    ]
    text = asked(*pointed, "What is it?").text
    assert "1. **Image “https://example.org/a.png”.** I did not open it" in text
    assert "2. **Document “file_1”.** I did not open it" in text


def test_repeats_the_question() -> None:
    """The reader sees that it arrived; a very long one is shortened."""
    assert "You asked: “What are the key findings?”" in asked("What are the\n key   findings?").text
    assert len(asked("why " * 100_000).text) < 1000
    assert "You asked no question." in asked(picture()).text


def test_a_later_question_refers_to_the_first() -> None:
    """The conversation is there: the first question, and what came with it, is named."""
    first = {"role": "user", "content": content_blocks([report(), "What are the key findings?"])}
    earlier = [first, {"role": "assistant", "content": [{"type": "text", "text": "…"}]}]
    given = asked("And which is first?", earlier=earlier, thinking=ADAPTIVE)
    for said in (given.text, given.thinking):
        assert "“And which is first?”" in said
        assert "“What are the key findings?”, about a PDF of 3 pages." in said
    assert "question 2 of the conversation" in given.text


def test_what_documents_say_is_not_obeyed_as_markdown() -> None:
    """Words of a file or a question are quoted, never links, code or emphasis of the answer."""
    text = asked(ck.text("x", name="[a](https://evil)_b_.txt"), "`code` and *more* for $5 in snake_case?").text
    assert "\\[a\\](https://evil)" in text
    assert "\\`code\\` and \\*more\\* for \\$5 in snake_case?" in text


def test_a_locked_pdf_is_refused() -> None:
    """The API refuses it too."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.encrypt("secret")
    buffer = io.BytesIO()
    writer.write(buffer)
    source = {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(buffer.getvalue()).decode()}
    with pytest.raises(ContentError, match="password"):
        asked({"type": "document", "source": source}, "What is it?")


# ---- thinking -----------------------------------------------------------------------------------------------------


def test_thinks_about_what_was_sent() -> None:
    """Two to four short sentences that name the question and the files, in plain text."""
    thinking = asked(report(), picture(), "What are the `key` findings?", thinking=ADAPTIVE).thinking
    assert "“What are the `key` findings?”" in thinking
    assert (
        "a PDF of 3 pages headed “Northwind Quarterly Review, Q3 2026” and an image of 1,200 × 800 pixels" in thinking
    )
    assert 2 <= len(re.findall(r"[.?]”?(?=\s|$)", thinking)) <= 4
    assert len(thinking) < 400


@pytest.mark.parametrize(
    ("name", "field", "thinks", "shown"),
    [
        ("claude-sonnet-5-5", None, True, False),
        ("claude-opus-5-5", None, True, False),
        ("claude-opus-4-8", None, False, False),
        ("claude-haiku-4-5", None, False, False),
        ("claude-sonnet-5-5", {"type": "adaptive"}, True, False),
        ("claude-sonnet-5-5", ADAPTIVE, True, True),
        ("claude-sonnet-5-5", {"type": "adaptive", "display": "omitted"}, True, False),
        ("claude-sonnet-5-5", {"type": "between_tools"}, False, False),
        ("claude-haiku-5-5", {"type": "disabled"}, False, False),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True, True),
        ("claude-haiku-4-5", {"type": "enabled", "budget_tokens": 1024}, True, True),
        ("claude-haiku-4-5", {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}, True, False),
    ],
)
def test_thinks_when_asked_to_or_by_itself_and_shows_it_when_that_is_asked(
    name: str, field: Any, thinks: bool, shown: bool
) -> None:
    """As the model asked for would: newer ones think unasked, and send it sealed; it is billed all the same."""
    body = {"max_tokens": 8192, "messages": [{"role": "user", "content": "Hi"}], "thinking": field}
    given = answer(body, find(name))
    assert [block["type"] for block in given.blocks] == (["thinking", "text"] if thinks else ["text"])
    assert bool(given.thinking) is shown
    assert bool(given.usage["output_tokens_details"]["thinking_tokens"]) is thinks


def test_thinking_that_nobody_sees_leaves_room_for_the_answer() -> None:
    """A small cap is not used up by it."""
    short = asked("Hi", max_tokens=60)
    assert [block["type"] for block in short.blocks] == ["text"]
    assert short.usage["output_tokens_details"]["thinking_tokens"] == 0


# ---- length, usage, sameness --------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_tokens", [1, 5, 30, 60, 100, 150, 8192])
@pytest.mark.parametrize("thinking", [None, ADAPTIVE])
def test_is_never_longer_than_max_tokens(max_tokens: int, thinking: Any) -> None:
    """It stops in the middle of the thinking or the answer, and says why, as the API does."""
    whole = asked("Hello there", thinking=thinking)
    given = asked("Hello there", thinking=thinking, max_tokens=max_tokens)
    assert given.usage["output_tokens"] <= max_tokens
    assert whole.thinking.startswith(given.thinking)
    assert whole.text.startswith(given.text)
    cut = (given.thinking, given.text) != (whole.thinking, whole.text)
    assert given.stop_reason == ("max_tokens" if cut else "end_turn")
    assert not (given.text and given.thinking != whole.thinking), "a cut thinking has no answer after it"
    thought = given.usage["output_tokens_details"]["thinking_tokens"]
    assert thinking is None or thought == texts.count(given.thinking, MODEL).tokens
    assert given.usage["output_tokens"] == thought + texts.count(given.text, MODEL).tokens


@pytest.mark.parametrize("max_tokens", [100, 8192])
def test_a_cut_is_as_late_as_it_can_be(max_tokens: int) -> None:
    """One word more would be too many tokens."""
    whole, given = asked("Hello there"), asked("Hello there", max_tokens=max_tokens)
    if given.text != whole.text:
        longer = whole.text[: whole.text.index(" ", len(given.text) + 2)]
        assert texts.count(longer, MODEL).tokens > max_tokens


def test_its_usage_is_the_kit_s_estimate() -> None:
    """System prompt, tools, earlier turns, files: what is estimated for a request is what it reports."""
    system, tools = "Be brief.", [{"name": "f", "description": "d", "input_schema": {"type": "object"}}]
    earlier = [
        {"role": "user", "content": [report(), "What are the key findings?"]},
        {"role": "assistant", "content": [{"type": "text", "text": "Growth."}]},
    ]
    question = [picture(), "And this?"]
    foreseen = ck.estimate(*question, model=MODEL, system=system, tools=tools, messages=earlier)
    encoded = [encode_message(message) for message in earlier]
    given = asked(*question, earlier=encoded, system=system, tools=tools)
    assert given.usage["input_tokens"] == foreseen.input_tokens


def test_the_same_request_gets_the_same_answer() -> None:
    """To the last letter, its id and signature too; another request gets others."""
    first, again, other = (asked(report(), question, thinking=ADAPTIVE) for question in ("Why?", "Why?", "How?"))
    assert first == again
    assert first.id != other.id
    assert first.blocks[0]["signature"] != other.blocks[0]["signature"]
