"""A request is counted line by line, and what cannot be counted is said to be so."""

import base64
import io

import pytest
from PIL import Image as pil
from pypdf import PdfWriter

from claude_kit.content import Pdf, image, text
from claude_kit.estimate import Line, count_text, lines
from claude_kit.models import find

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5-5")


def picture(width: int = 280, height: int = 280):
    return image(pil.new("RGB", (width, height)), name="picture.png")


def pdf(pages: int = 1, *, password: str | None = None, **options) -> Pdf:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    if password:
        writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return Pdf(buffer.getvalue(), "report.pdf", **options)


def counted(*content: object, model=OLD, **options) -> list[Line]:
    return lines([{"role": "user", "content": list(content)}], model, **options)


def total(found: list[Line]) -> int:
    return sum(line.count.tokens for line in found)


def test_a_question_costs_its_text_and_the_frame():
    """Two lines: the question, and the frame around it."""
    question, frame = counted("What is the capital of France?")
    assert question.label == "“What is the capital of France?”"
    assert question.count.tokens == count_text("What is the capital of France?", OLD)
    assert (frame.label, frame.count.tokens) == ("message frame", 7)


def test_an_image_costs_its_patches_and_three():
    """280 x 280 pixels are 100 patches."""
    assert counted(picture())[0] == Line("picture.png", "280 × 280", counted(picture())[0].count)
    assert counted(picture())[0].count.tokens == 103


def test_an_image_that_is_scaled_down_says_to_what():
    """The note names the size as sent and as seen."""
    assert counted(picture(2000, 1000))[0].note == "2,000 × 1,000 seen as 1,568 × 784"


def test_a_text_after_an_image_costs_one_more():
    """Recorded both ways: a seam after the image, none before it."""
    before, after = counted("What?", picture()), counted(picture(), "What?")
    assert total(after) == total(before) + 1


def test_a_text_file_is_a_document_with_its_name():
    """A named text costs the wrapper of a document and its title, a plain string neither."""
    plain, named = counted("Some words"), counted(text("Some words", name="notes.txt"))
    assert total(named) - total(plain) >= 38 + count_text("notes.txt", OLD)


def test_a_text_document_without_a_title_costs_its_wrapper():
    """36 to 39 tokens, as recorded."""
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Some words"}}
    line, words = counted(document)[0], counted("Some words")[0]
    assert (line.count.low - words.count.low, line.count.high - words.count.high) == (36, 39)


def test_citations_have_a_line_of_their_own():
    """Two documents to cite from: the fixed part once, its doubt stated."""
    found = {line.label: line for line in counted(pdf(citations=True), pdf(citations=True), pdf())}
    assert found["citations"].note == "2 documents"
    assert found["citations"].count.tokens == 491
    assert found["citations"].count.high >= 2 * 491


def test_the_same_request_costs_the_same_in_the_apis_words():
    """Parts and the blocks they are encoded to are counted alike."""
    from claude_kit.wire import encode

    content = [pdf(2), picture(), "What do they show?"]
    assert total(counted(*content)) == total(counted(*encode(*content)))


def test_a_plain_string_is_a_message_too():
    """`content` may be a string instead of a list."""
    assert lines([{"role": "user", "content": "Hi"}], OLD) == counted("Hi")


def test_several_turns_are_billed_together():
    """Earlier turns are input again, and marked; each turn more costs a header of 3 tokens."""
    turns = [
        {"role": "user", "content": [picture(), "What is this?"]},
        {"role": "assistant", "content": [{"type": "text", "text": "A black square."}]},
        {"role": "user", "content": "Which black?"},
    ]
    found = lines(turns, OLD)
    words = sum(count_text(told, OLD) for told in ("What is this?", "A black square.", "Which black?"))
    assert total(found) == 103 + words + 13 + 1
    assert [line.note for line in found] == ["earlier turn", "earlier turn", "earlier turn", "", ""]


def test_a_system_prompt_may_be_text_or_blocks():
    """Both forms of the API cost the same."""
    as_text = counted("Hi", system="Answer in French.")
    as_block = counted("Hi", system=[{"type": "text", "text": "Answer in French."}])
    assert as_text == as_block
    assert as_text[0].label == "system prompt"


TOOL = {"name": "look_up", "description": "Look a word up.", "input_schema": {"type": "object", "properties": {}}}


def test_the_first_tool_costs_a_constant_and_further_ones_less():
    """On Sonnet 4.5 the first costs 508 beside its JSON, a further one about 20."""
    one, two = (counted("Hi", tools=[TOOL] * number)[0].count for number in (1, 2))
    json = count_text(
        '{"name":"look_up","description":"Look a word up.","input_schema":{"type":"object","properties":{}}}', OLD
    )
    assert one.tokens == 508 + json
    assert two.tokens - one.tokens == 20 + json


def test_a_cache_breakpoint_on_a_tool_costs_nothing():
    """Only what describes the tool is billed."""
    marked = {**TOOL, "cache_control": {"type": "ephemeral"}}
    assert counted("Hi", tools=[marked]) == counted("Hi", tools=[TOOL])


def test_a_model_without_measured_tools_says_so():
    """The range is wide where no recording exists."""
    count = counted("Hi", tools=[TOOL], model=NEW)[0].count
    assert count.method in ("interpolated", "heuristic")
    assert count.high - count.low > 300


def test_a_tool_call_and_its_result_are_counted():
    """What a tool result holds is counted, images too."""
    inner = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": b64(picture().data)}}
    turns = [
        {"role": "user", "content": "Draw."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "draw", "input": {"size": 280}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [inner]}]},
    ]
    labels = {line.label: line.count.tokens for line in lines(turns, OLD)}
    assert labels["image"] == 103
    assert labels["call of draw"] > 10
    assert labels["tool result"] > 10


def test_a_tool_result_may_be_a_string_or_nothing():
    """Both are what the API takes."""
    for content in ("42", "", None):
        result = {"type": "tool_result", "tool_use_id": "t", "content": content}
        assert any(line.label == "tool result" for line in counted(result))


@pytest.mark.parametrize(("model", "billed"), [("claude-sonnet-5-5", True), ("claude-haiku-4-5", False)])
def test_earlier_thinking_is_billed_where_the_model_keeps_it(model, billed):
    """Models up to Haiku 4.5 drop it, later ones keep it."""
    thinking = {"type": "thinking", "thinking": "Let me see. " * 50, "signature": "s"}
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [thinking, {"type": "text", "text": "Hello."}]},
        {"role": "user", "content": "Again"},
    ]
    assert any(line.label == "thinking" and line.count.tokens > 100 for line in lines(turns, find(model))) == billed


def test_thinking_that_is_not_shown_is_told_by_its_signature():
    """A recorded answer of Sonnet 5 thought 47 tokens, showed none and signed them with 540 characters."""
    thinking = {"type": "thinking", "thinking": "", "signature": "x" * 540}
    count = counted(thinking, model=NEW)[0].count
    assert abs(count.tokens - 47) <= 5
    assert count.low == 0
    assert count.high > 47


@pytest.mark.parametrize(
    ("block", "label"),
    [
        ({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}, "image by URL"),
        ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, "document by file id"),
        ({"type": "something_new", "source": None}, "something new"),
    ],
)
def test_what_is_not_here_is_a_line_that_says_so(block, label):
    """It is billed, and its tokens are not known: the line is there, and its method tells."""
    line = counted(block)[0]
    assert (line.label, line.note, line.count.tokens, line.count.method) == (label, "not counted", 0, "uncounted")


def test_a_locked_pdf_is_not_counted():
    """Its pages cannot be seen; the line says why."""
    line = counted(pdf(password="secret"))[0]
    assert (line.note, line.count.method) == ("encrypted", "uncounted")


def test_a_model_that_reads_text_alone_takes_no_images():
    """Claude 2 is not billed for what it cannot take."""
    found = counted(picture(), pdf(), "Hi", model=find("claude-2.1"))
    assert [line.note for line in found[:2]] == ["not taken", "not taken"]
    assert total(found) == total(counted("Hi", model=find("claude-2.1")))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
