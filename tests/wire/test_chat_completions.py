"""The chat completions dialect: every part in the form that arrives whole at Claude, and a warning where none does.

What arrives is not assumed here but seen in `tests/test_gateway_route.py`.
"""

import base64
import warnings
from typing import Any

import pytest

import claude_kit as ck
from claude_kit.content import Image, Text
from claude_kit.errors import ContentWarning
from claude_kit.wire.chat_completions import content_parts
from tests.content import making

PDF = making.pdf()
DATA = base64.b64encode(PDF).decode()
FIVE_MINUTES = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
FILE = {"type": "file", "file": {"mime_type": "application/pdf", "filename": "a.pdf", "file_data": DATA}}


def document(**fields: Any) -> dict[str, Any]:
    """Return a document block of Anthropic's."""
    source = {"type": "base64", "media_type": "application/pdf", "data": DATA}
    return {"type": "document", "source": source, **fields}


def image(**source: Any) -> dict[str, Any]:
    """Return an image block of Anthropic's."""
    return {"type": "image", "source": source}


def test_words_are_text() -> None:
    """The question is itself."""
    assert content_parts(["Why, Zoë? 🙂"]) == [{"type": "text", "text": "Why, Zoë? 🙂"}]


def test_a_file_of_text_begins_with_its_name_and_has_an_end() -> None:
    """The gateway has no document of text that keeps its name, so the words carry it."""
    (part,) = content_parts([Text("some notes", "notes.txt")])
    assert part["type"] == "text"
    assert part["text"].startswith("<document>\n<source>notes.txt</source>\n")
    assert part["text"].endswith("\nsome notes\n</document_content>\n</document>")


def test_an_image_is_a_data_url() -> None:
    """The type that its bytes really are stands in front of them."""
    data = making.encoded(making.corners(), "PNG")
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    parts = content_parts([Image(data, "image/png", 48, 32)])
    assert parts == [{"type": "image_url", "image_url": {"url": url}}]


def test_a_pdf_is_a_file_of_raw_base64() -> None:
    """Never a data: URL in ``file_data``, which the gateway hands on as if it were base64."""
    assert content_parts([ck.pdf(PDF, name="a.pdf")]) == [FILE]
    (unnamed,) = content_parts([PDF])
    assert unnamed["file"] == {"mime_type": "application/pdf", "filename": "document.pdf", "file_data": DATA}


def test_a_pdf_that_is_cached_is_an_image_url() -> None:
    """That form keeps its breakpoint, and the gateway makes a document of it all the same."""
    url = {"url": f"data:application/pdf;base64,{DATA}"}
    parts = content_parts([ck.pdf(PDF), "Why?"], cache="5m")
    assert parts[0] == {"type": "image_url", "image_url": url, "cache_control": FIVE_MINUTES}
    assert content_parts([document(cache_control=FIVE_MINUTES)]) == [parts[0]]
    assert content_parts([FILE], cache="5m") == [parts[0]]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "Why?", "cache_control": FIVE_MINUTES},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "high"}},
        {"type": "image_url", "image_url": "https://example.com/bare.png"},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "later_field": 1}},
        FILE,
    ],
)
def test_a_part_of_the_dialect_passes_verbatim_as_a_copy(part: dict[str, Any]) -> None:
    """Whoever writes the dialect means it, also where the preflight has something to say about it."""
    (passed,) = content_parts([part])
    assert passed == part
    assert passed is not part


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "Why?"}, {"type": "text", "text": "Why?"}),
        (
            image(type="base64", media_type="image/png", data="AAAA"),
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ),
        (
            image(type="url", url="https://example.com/a.png"),
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ),
        (
            document(citations={"enabled": False}),
            {"type": "file", "file": {**FILE["file"], "filename": "document.pdf"}},  # type: ignore[dict-item]
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
            {"type": "file", "file": {"file_url": "https://example.com/a.pdf"}},
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "notes"}},
            {"type": "text", "text": "notes"},
        ),
    ],
)
def test_a_block_of_anthropics_is_translated(block: Any, part: Any) -> None:
    """What was written for Messages goes this way too, and nothing is said where nothing is lost."""
    assert content_parts([block]) == [part]


def test_a_document_of_text_keeps_its_title_as_a_file_keeps_its_name() -> None:
    """Both are what Claude is told the text is."""
    source = {"type": "text", "media_type": "text/plain", "data": "some notes"}
    block = {"type": "document", "source": source, "title": "notes.txt", "cache_control": FIVE_MINUTES}
    (named,) = content_parts([Text("some notes", "notes.txt")])
    assert content_parts([block]) == [{**named, "cache_control": FIVE_MINUTES}]


@pytest.mark.parametrize(
    ("content", "loss"),
    [
        (ck.pdf(PDF, name="a.pdf", title="A", citations=True), "a.pdf: .* cannot carry its title and citations"),
        (document(title="A", context="old"), "A: .* cannot carry its title and context"),
        (document(citations={"enabled": True}), "the document: .* cannot carry its citations"),
        (
            {
                **image(type="base64", media_type="image/png", data="AA=="),
                "transformations": {"oversized_image": "error"},
            },
            "the image: .* cannot carry its transformations",
        ),
        ({"type": "text", "text": "Hi", "cache_control": HOUR}, 'the text: the gateway drops the ttl .* "1h" becomes'),
        (document(cache_control=HOUR), 'the document: the gateway drops the ttl .* "1h" becomes five minutes'),
        (
            {**image(type="url", url="https://example.com/a.png"), "cache_control": FIVE_MINUTES},
            "the image: the gateway drops its cache_control, so nothing is cached up to here",
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://x/a.pdf"}, "cache_control": FIVE_MINUTES},
            "the document: the gateway drops its cache_control",
        ),
        ({**FILE, "cache_control": FIVE_MINUTES}, "the file: the gateway drops its cache_control"),
    ],
)
def test_what_is_lost_is_said(content: Any, loss: str) -> None:
    """The part is sent, and the warning names it, what is missing, and the dialect that would carry it."""
    with pytest.warns(ContentWarning, match=f'{loss}.*dialect="messages"') as caught:
        assert len(content_parts([content])) == 1
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ({"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}, "a block of type 'tool_result'"),
        (image(type="file", file_id="file_1"), "a block of type 'image' whose source is 'file'"),
        (
            {"type": "document", "source": {"type": "content", "content": []}},
            "a block of type 'document' whose source is 'content'",
        ),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "a block of type 'input_audio'"),
        (image(type="base64", media_type="image/png"), "a block of type 'image' whose source is 'base64'"),
        ({"text": "no type"}, "a block of type None"),
    ],
)
def test_what_cannot_be_carried_is_left_out_and_said(block: Any, name: str) -> None:
    """The gateway would drop it without a word; here there is one, and everything else goes on."""
    with pytest.warns(ContentWarning, match=f'left out, for a chat message cannot carry {name}.*dialect="messages"'):
        assert content_parts([block, "Why?"]) == [{"type": "text", "text": "Why?"}]


def test_an_hour_is_asked_for_and_the_loss_of_it_said() -> None:
    """A gateway that keeps the ttl gets it; the one that is known does not, and that costs."""
    with pytest.warns(ContentWarning, match='a.pdf: the gateway drops the ttl of a breakpoint, so "1h" becomes'):
        first, _ = content_parts([ck.pdf(PDF, name="a.pdf"), "Why?"], cache="1h")
    assert first["cache_control"] == HOUR


def test_nothing_is_said_where_nothing_is_lost() -> None:
    """A plain question on plain files is quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content_parts([PDF, Text("notes", "notes.txt"), "Why?"], cache="5m")
