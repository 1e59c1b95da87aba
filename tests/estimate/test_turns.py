"""Messages are read once, whatever they hold: strings, parts, sources, and blocks as the API takes them."""

import base64
import io

import pandas
import pytest
from PIL import Image as pil
from pypdf import PdfWriter

from claude_kit.content import Image, Pdf, Text, image
from claude_kit.errors import ContentError
from claude_kit.estimate import turns
from claude_kit.wire.body import Base64


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
    with pytest.raises(ContentError, match=r"^image in message 2: "):
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


def test_what_was_given_stands_beside_what_it_was_read_as():
    """A block keeps the media type it claims and its breakpoint; a source is kept as the part it became."""
    marked = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    wrong = block("image", "image/gif", png())
    result = {"type": "tool_result", "tool_use_id": "t", "content": [wrong, "done"]}
    (message,) = turns.read([{"role": "user", "content": [marked, result, io.BytesIO(png())]}])
    pairs = list(turns.entries([message]))
    assert pairs[0][1] is marked
    assert pairs[2][1] is wrong
    assert pairs[2][0].media_type == "image/png"
    assert pairs[-1][0] is pairs[-1][1]
    assert [item for item, _ in pairs] == list(turns.items([message]))


def test_an_image_block_is_read_as_it_is_sent():
    """Its pixels are counted as they stand, and what it is is told by its bytes: nothing is turned or converted."""
    picture = pil.new("RGB", (40, 30))
    exif = picture.getexif()
    exif[0x0112] = 6
    turned, foreign = io.BytesIO(), io.BytesIO()
    picture.save(turned, "JPEG", exif=exif)
    picture.save(foreign, "BMP")
    first, second = read([block("image", "image/png", data.getvalue()) for data in (turned, foreign)])
    assert (first.media_type, first.width, first.height, first.upright) == ("image/jpeg", 40, 30, False)
    assert (second.media_type, second.data) == ("image/bmp", foreign.getvalue())


def test_damage_is_set_aside_and_the_rest_is_read():
    """`examine` keeps the errors beside the message, with what the bytes claim to be; `read` raises the first."""
    content = [
        block("document", "application/pdf", b"%PDF-1.7", title="a.pdf"),
        png(),
        block("image", "image/png", b"x"),
    ]
    messages = [{"role": "user", "content": [*content, "What?"]}]
    (message,) = turns.examine(messages)
    assert [type(item).__name__ for item in message.content] == ["Image", "Text"]
    assert [error.where for error in message.damaged] == ["a.pdf", "image in message 1"]
    assert [error.media_type.split("/")[0] for error in message.damaged] == ["application", "image"]
    with pytest.raises(ContentError, match=r"a\.pdf"):
        turns.read(messages)
    assert turns.read([message]) == (message,)


def test_damage_inside_a_tool_result_is_set_aside_too():
    """The other items of the result stay where they were."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": [block("image", "image/png", b"x"), png(), "done"]}
    (message,) = turns.examine([{"role": "user", "content": [result]}])
    assert [type(item).__name__ for item, _ in turns.entries([message])] == ["dict", "Image", "Text"]
    assert len(message.damaged) == 1


def test_what_cannot_be_read_at_all_is_raised(tmp_path):
    """A file that is not there is no finding about the file."""
    with pytest.raises(ContentError, match="no such file"):
        turns.examine([{"role": "user", "content": [tmp_path / "missing.pdf"]}])


@pytest.mark.parametrize("mistake", ["Hello", {"role": "user", "content": "Hello"}, [None], ["Hello"]])
def test_what_is_no_list_of_messages_says_how_one_is_written(mistake):
    """A string, one message or a list of strings is a wrong argument, not a message without its role."""
    with pytest.raises(TypeError, match=r'a list such as \[\{"role": "user", "content": "Hello"\}\]'):
        turns.read(mistake)


@pytest.mark.parametrize(
    ("data", "measured"),
    [(base64.b64encode(pdf()), "its data are bytes"), (None, "no data"), ("", "no data"), (5, "no data")],
)
def test_data_that_is_no_text_is_damage(data, measured):
    """``base64.b64encode`` gives bytes, which JSON cannot hold: told of the block, before the body is written."""
    wrong = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}
    (message,) = turns.examine([{"role": "user", "content": [wrong]}])
    (damage,) = message.damaged
    assert str(damage).startswith("document in message 1: ")
    assert measured in str(damage)
    assert damage.media_type == "application/pdf"


@pytest.mark.parametrize("result", [pandas.DataFrame({"a": [1]}), png(), [png()], Text("1", "a.csv")])
def test_a_tool_result_may_be_one_source(result):
    """What a tool gave in a notebook is seldom a list of blocks."""
    block_, item = turns.items(turns.read([{"role": "user", "content": [{"type": "tool_result", "content": result}]}]))
    assert block_["type"] == "tool_result"
    assert isinstance(item, Image | Text)


def test_citations_of_another_shape_are_none():
    """They are an object; what else stands there is for the API to refuse."""
    (document,) = read([block("document", "application/pdf", pdf(), citations=True)])
    assert not document.citations


def test_a_data_url_in_place_of_base64_is_named():
    """The most usual mistake with blocks is told, not where the decoder stumbles."""
    wrong = block("image", "image/png", png())
    wrong["source"]["data"] = "data:image/png;base64," + wrong["source"]["data"]
    with pytest.raises(ContentError, match="a data: URL"):
        read([wrong])


def test_parts_of_a_chat_completion_are_read():
    """Images and files as that dialect has them hold the same bytes; addresses and ids are the blocks they mean."""
    address = "data:image/png;base64," + base64.b64encode(png()).decode()
    held = base64.b64encode(pdf()).decode()
    content = [
        {"type": "image_url", "image_url": {"url": address}},
        {"type": "image_url", "image_url": address},
        {"type": "image_url", "image_url": {"url": "data:application/pdf;base64," + held}},
        {"type": "file", "file": {"file_data": held, "filename": "a.pdf"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64," + held}},
        {"type": "file", "file": {"mime_type": "text/plain", "file_data": "words", "filename": "a.txt"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file": {"file_id": "file_1"}},
    ]
    first, second, cached, file, prefixed, text, url, file_id = read(content)
    assert first.data == second.data == png()
    assert cached.data == file.data == prefixed.data == pdf()
    assert (file.name, file.title) == ("a.pdf", None)
    assert text["source"]["data"] == "words"
    assert url == {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    assert file_id["source"] == {"type": "file", "file_id": "file_1"}


def test_an_answer_of_tool_calls_has_no_content():
    """In a chat completion it is null, or not there; what else the message holds is kept."""
    for answer in ({"content": None}, {}):
        (message,) = turns.read([{"role": "assistant", **answer, "tool_calls": [{"id": "t"}]}])
        assert message.content == ()
        assert message.fields == {"tool_calls": [{"id": "t"}]}


def test_a_kept_error_keeps_no_bytes():
    """A file that was set aside is not held in memory by the error's traceback."""
    import gc
    import weakref

    class Source(io.BytesIO):
        pass

    source = Source(b"%PDF-1.7 and no more")
    gone = weakref.ref(source)
    (message,) = turns.examine([{"role": "user", "content": [source]}])
    assert message.damaged
    del source
    gc.collect()
    assert gone() is None


def test_a_file_that_is_not_yet_base64_is_read():
    """A body on its way to be written holds the bytes themselves."""
    for kind, media_type, data in (("image", "image/png", png()), ("document", "application/pdf", pdf())):
        source = {"type": "base64", "media_type": media_type, "data": Base64(data)}
        (item,) = read([{"type": kind, "source": source}])
        assert item.data == data
