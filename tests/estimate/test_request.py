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


def test_a_chat_completions_system_message_is_a_system_prompt():
    """It stands first among the messages, and costs no turn."""
    for role in ("system", "developer"):
        said = lines([{"role": role, "content": "Be terse."}, {"role": "user", "content": "Hi"}], OLD)
        assert said == counted("Hi", system="Be terse.")


TOOL = {"name": "look_up", "description": "Look a word up.", "input_schema": {"type": "object", "properties": {}}}


def test_tools_are_a_line_that_knows_the_tool_choice():
    """A request that forces a call of a tool costs more."""
    free, forced = (counted("Hi", tools=[TOOL], tool_choice=choice)[0] for choice in (None, {"type": "any"}))
    assert (free.label, free.note) == ("tools", "1 tool")
    assert forced.count.tokens > free.count.tokens


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


URL_IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
FILE = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}


@pytest.mark.parametrize(
    ("block", "label"),
    [
        (URL_IMAGE, "image by URL"),
        (FILE, "document by file id"),
        ({"type": "something_new", "source": None}, "something new"),
    ],
)
def test_what_is_not_here_is_a_line_that_says_so(block, label):
    """It is billed, and its tokens are not known: the line is there, and its method tells."""
    line = counted(block)[0]
    assert (line.label, line.note, line.count.tokens, line.count.method) == (label, "not counted", 0, "uncounted")


def test_an_image_that_is_not_here_costs_no_more_than_the_largest():
    """The range reaches up to the tier's cap."""
    assert [counted(URL_IMAGE, model=model)[0].count.high for model in (OLD, NEW)] == [1571, 4787]


def test_a_file_that_is_not_here_may_fill_what_is_left_of_the_context():
    """Two of them share it; together with the rest they stay within the window."""
    found = counted(FILE, "What do they say?", FILE)
    assert found[0].count.high == found[2].count.high > 90_000
    assert OLD.context - 2 < sum(line.count.high for line in found) <= OLD.context


SEARCH = {"type": "search_result", "source": "https://example.com", "title": "Apples", "content": [{"type": "text"}]}


@pytest.mark.parametrize(
    "block",
    [
        SEARCH,
        {"type": "compaction", "content": "We spoke of apples."},
        {"type": "bash_code_execution_tool_result", "content": {"type": "bash_code_execution_result", "stdout": "42"}},
    ],
)
def test_what_a_block_says_in_words_is_counted(block):
    """The longer it is the more it costs, with a doubt about what goes around it."""
    short, long = (counted({**block, "content": [{"type": "text", "text": "word " * n}]})[0].count for n in (10, 500))
    assert long.tokens - short.tokens >= 480
    assert short.low < short.tokens < short.high
    assert counted(block)[0].count.method in ("interpolated", "heuristic")


def test_what_a_search_found_is_sealed():
    """Results of a web search are encrypted: they are billed, and nobody can count them here."""
    hit = {"type": "web_search_result", "url": "https://example.com", "encrypted_content": "Eo8B" * 500}
    line = counted({"type": "web_search_tool_result", "tool_use_id": "s", "content": [hit]})[0]
    assert (line.label, line.count.tokens, line.count.method) == ("web search tool result", 0, "uncounted")


def test_the_title_and_context_of_a_document_are_billed():
    """Whether it is a text or a PDF."""
    data = {"type": "base64", "media_type": "application/pdf", "data": b64(pdf().data)}
    for source in (data, {"type": "text", "media_type": "text/plain", "data": "Some words"}):
        plain = {"type": "document", "source": source}
        costs = [total(counted({**plain, **more})) for more in ({}, {"title": "Report"}, {"context": "From 2024."})]
        assert costs[1] > costs[0] + count_text("Report", OLD)
        assert costs[2] > costs[0] + count_text("From 2024.", OLD)


def test_a_text_after_a_result_costs_the_seam():
    """Recorded: up to three tokens between a result and the text after it."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": "42"}
    together, apart = total(counted(result, "So?")), total(counted(result)) + total(counted("So?"))
    assert 0 < together - (apart - 7) <= 3


def test_a_chat_completions_calls_and_results_are_billed():
    """They stand beside the content and in a role of their own; none of them is free."""
    asked = {"id": "c", "type": "function", "function": {"name": "draw", "arguments": '{"size": 280}'}}
    turns = [
        {"role": "user", "content": "Draw."},
        {"role": "assistant", "content": None, "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": "c", "content": "Done."},
    ]
    found = lines(turns, OLD)
    native = [
        turns[0],
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "draw", "input": {"size": 280}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "Done."}]},
    ]
    assert sorted(line.label for line in found) == sorted(line.label for line in lines(native, OLD))
    assert abs(total(found) - total(lines(native, OLD))) <= 10
    *_, frame = lines([*turns, {"role": "user", "content": "Again."}], OLD)
    assert frame.count.tokens == 13 + 1, "a result and what the user says after it are one turn"


def test_a_locked_pdf_is_not_counted():
    """Its pages cannot be seen; the line says why."""
    line, *_ = counted(pdf(password="secret", citations=True))
    assert (line.note, line.count.method) == ("encrypted", "uncounted")


def test_a_model_that_reads_text_alone_takes_no_images():
    """Claude 2 is not billed for what it cannot take."""
    found = counted(picture(), pdf(), "Hi", model=find("claude-2.1"))
    assert [line.note for line in found[:2]] == ["not taken", "not taken"]
    assert total(found) == total(counted("Hi", model=find("claude-2.1")))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


THOUGHT = {"type": "thinking", "thinking": "Let me see. " * 50, "signature": "s"}
CALLED = {"type": "tool_use", "id": "t", "name": "draw", "input": {}}
DONE = {"type": "tool_result", "tool_use_id": "t", "content": "Done."}


def test_thinking_is_kept_while_a_call_waits_for_its_result():
    """Recorded with Sonnet 4 and Haiku 4.5, which drop it once the user has asked on."""
    haiku = find("claude-haiku-4-5")
    turns = [
        {"role": "user", "content": "Draw."},
        {"role": "assistant", "content": [THOUGHT, CALLED]},
        {"role": "user", "content": [DONE]},
    ]
    assert any(line.label == "thinking" and line.count.tokens > 100 for line in lines(turns, haiku))
    asked = {"role": "user", "content": [DONE, {"type": "text", "text": "And now in red."}]}
    for after in ([*turns[:2], asked], [*turns, {"role": "assistant", "content": "Here."}, turns[0]]):
        assert all(line.label != "thinking" for line in lines(after, haiku))


def test_a_page_that_was_fetched_costs_its_text():
    """Recorded: 73 tokens beside it, and nothing for how it is wrapped in JSON."""
    page = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A line.\n" * 100}}
    found = {"type": "web_fetch_result", "url": "https://example.com", "retrieved_at": "2026-01-02", "content": page}
    line = counted({"type": "web_fetch_tool_result", "tool_use_id": "s", "content": found})[0]
    assert line.count.tokens == 73 + count_text("A line.\n" * 100, OLD)


def test_no_line_is_less_than_nothing():
    """What goes around a block may cost less than supposed, but never give tokens back."""
    assert counted({"type": "compaction", "content": "a"})[0].count.low == 0


def test_a_chat_completions_calls_at_once_cost_what_the_apis_do():
    """They stand in one block there too, and their results have names."""
    numbers = (1, 2, 3)
    asked = [{"id": f"t{n}", "function": {"name": "draw", "arguments": f'{{"size": {n}}}'}} for n in numbers]
    chat = [{"role": "assistant", "tool_calls": asked}]
    chat += [{"role": "tool", "tool_call_id": f"t{n}", "content": "Done."} for n in numbers]
    blocks = [{"type": "tool_use", "id": f"t{n}", "name": "draw", "input": {"size": n}} for n in numbers]
    native = [
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": [{**DONE, "tool_use_id": f"t{n}"} for n in numbers]},
    ]
    here, there = lines(chat, OLD), lines(native, OLD)
    tokens = [[line.count.tokens for line in found if line.label == "call of draw"] for found in (here, there)]
    assert tokens[0] == tokens[1]
    assert tokens[0][0] > tokens[0][1] == tokens[0][2]
    named = [sum(line.count.tokens for line in found if line.label == "tool result") for found in (here, there)]
    assert named[1] > 3 * 20
    assert abs(named[0] - named[1]) <= 3 * 6


def test_a_document_of_blocks_costs_what_it_holds():
    """Its texts, with the wrapper of a document and what their order costs."""
    held = [{"type": "text", "text": "Some words"}, {"type": "text", "text": "and more"}]
    found = counted({"type": "document", "title": "Notes", "source": {"type": "content", "content": held}})
    assert [line.label for line in found] == ["Notes", "“Some words”", "“and more”", "message frame"]
    assert found[0].count.tokens >= 38
    assert found[1].count.tokens == count_text("Some words", OLD)
