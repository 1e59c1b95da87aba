"""Messages are read once, whatever they hold: strings, parts, sources, and blocks as the API takes them."""

import base64
import io

import pytest
from PIL import Image as pil
from pypdf import PdfWriter

from claude_kit.content import Image, Pdf, Text, image
from claude_kit.errors import ContentError
from claude_kit.estimate import turns


def png(width: int = 40, height: int = 30) -> bytes:
    buffer = io.BytesIO()
    pil.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def block(kind: str, media_type: str, data: bytes, **fields) -> dict:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return {"type": kind, "source": source, **fields}


def read(content: object) -> tuple:
    (message,) = turns.read([{"role": "user", "content": content}])
    return message.content


def test_a_string_is_a_text():
    """The shortest form of a message."""
    assert read("Hello") == (Text("Hello"),)


def test_one_source_need_not_be_in_a_list():
    """Bytes are one source, not a sequence of numbers; so are a part and an image."""
    assert read(png())[0].width == 40
    assert read(Text("x")) == (Text("x"),)
    assert read(pil.new("L", (7, 5)))[0].height == 5


def test_base64_blocks_become_parts():
    """An image or PDF as the API takes it is the part it was, its title and citations included."""
    content = [
        block("image", "image/png", png()),
        block("document", "application/pdf", pdf(), title="T", citations={"enabled": True}),
        {"type": "text", "text": "What is this?"},
    ]
    picture, document, question = read(content)
    assert isinstance(picture, Image)
    assert picture.data == png()
    assert isinstance(document, Pdf)
    assert (document.page_count, document.title, document.citations) == (1, "T", True)
    assert question == Text("What is this?")


def test_what_a_tool_result_holds_is_read_too():
    """Images inside tool results count, and are found after the block that holds them."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": [block("image", "image/png", png()), "done"]}
    messages = turns.read([{"role": "user", "content": [result]}])
    kinds = [type(item).__name__ for item in turns.items(messages)]
    assert kinds == ["dict", "Image", "Text"]


def test_a_document_made_of_blocks_is_read_too():
    """A `content` source holds texts and images of its own."""
    source = {"type": "content", "content": [{"type": "text", "text": "one"}, block("image", "image/png", png())]}
    messages = turns.read([{"role": "user", "content": [{"type": "document", "source": source}]}])
    assert [type(item).__name__ for item in turns.items(messages)] == ["dict", "Text", "Image"]


def test_what_was_read_is_not_read_again():
    """A file is opened once however often a conversation is looked at: the very same parts come back."""
    once = turns.read([{"role": "user", "content": [png(), "What?"]}])
    assert turns.read(once)[0] is once[0]


def test_blocks_that_carry_no_part_stay_as_they_are():
    """Thinking, URLs and kinds yet unknown pass through."""
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "something_new"},
    ]
    assert read(blocks) == tuple(blocks)


@pytest.mark.parametrize("data", ["not base64!", "abcde"])
def test_damaged_base64_says_which_message(data):
    """A kit error that names the message, not a traceback from a codec."""
    broken = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    with pytest.raises(ContentError, match=r"message 2|image"):
        turns.read([{"role": "user", "content": "Hi"}, {"role": "user", "content": [broken]}])


@pytest.mark.parametrize("key", ["role", "content"])
def test_a_message_needs_role_and_content(key):
    """What is missing is named."""
    message = {"role": "user", "content": "Hi"}
    del message[key]
    with pytest.raises(ContentError, match=f'message 1 has no "{key}"'):
        turns.read([message])


def test_the_picture_itself_is_kept():
    """A part given in a message is that part, not a copy of it."""
    part = image(png(), name="a.png")
    assert read([part])[0] is part
