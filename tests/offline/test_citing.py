"""What the offline model cites, and the JSON that it writes: in the API's shapes, from what is really there."""

import json
from typing import Any

import pybase64
import pytest
from anthropic.types import Message

import claude_kit as ck
from tests.content import making
from tests.offline.asking import Desk, text, user, words

CITED: dict[str, Any] = {"citations": {"enabled": True}}
PAGES = (
    "The year was better than any of us had dared to hope.",
    "Revenue grew by thirteen percent in the third quarter.",
)
NOTES = "The first note is about nothing at all. The second note is about penguins and their eggs."


def pdf(**fields: Any) -> dict[str, Any]:
    """Return a PDF of two pages as a block."""
    data = pybase64.b64encode_as_string(making.pdf(PAGES))
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}, **fields}


def notes(**fields: Any) -> dict[str, Any]:
    """Return a document of text."""
    return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": NOTES}, **fields}


def chunks(**fields: Any) -> dict[str, Any]:
    """Return a document of the caller's own pieces."""
    source = {"type": "content", "content": [text("Short."), text("Penguins lay eggs")]}
    return {"type": "document", "source": source, **fields}


def cited(message: Any) -> list[Any]:
    """Return the citations of an answer, and see that it is one by the SDK's types."""
    Message.model_validate(message)
    return [one for block in message["content"] for one in block.get("citations", ())]


def test_a_pdf_is_cited_by_its_page() -> None:
    """The words stand on that page; pages count from one, and the end is exclusive."""
    message = Desk().ask([user(pdf(title="Report", **CITED), text("How did the revenue grow?"))])
    assert cited(message) == [
        {
            "type": "page_location",
            "cited_text": PAGES[1],
            "document_index": 0,
            "document_title": "Report",
            "start_page_number": 2,
            "end_page_number": 3,
        }
    ]
    assert f"- On page 2: “{PAGES[1]}”" in words(message)


def test_a_text_is_cited_by_its_characters() -> None:
    """Exactly those from start to end."""
    (one,) = cited(Desk().ask([user(notes(**CITED), text("What about penguins?"))]))
    assert (one["type"], one["document_title"]) == ("char_location", None)
    assert NOTES[one["start_char_index"] : one["end_char_index"]] == one["cited_text"]
    assert one["cited_text"].startswith("The second note")


def test_pieces_are_cited_whole() -> None:
    """By their number, from nought, with an exclusive end."""
    (one,) = cited(Desk().ask([user(chunks(**CITED), text("What about penguins?"))]))
    assert (one["type"], one["cited_text"]) == ("content_block_location", "Penguins lay eggs")
    assert (one["start_block_index"], one["end_block_index"]) == (1, 2)


def test_documents_are_counted_over_the_whole_conversation() -> None:
    """Also those that are not cited, and those of earlier turns."""
    desk = Desk()
    turns = [user(pdf(), notes(**CITED), text("What?"))]
    first = desk.ask(turns)
    turns += [{"role": "assistant", "content": first["content"]}, user(chunks(**CITED), text("And penguins?"))]
    assert [one["document_index"] for one in cited(desk.ask(turns))] == [1, 2]


def test_without_being_asked_or_without_words_nothing_is_cited() -> None:
    """A document that may not be cited, and a scan."""
    assert cited(Desk().ask([user(pdf(), text("What?"))])) == []
    assert cited(Desk().ask([user(pdf(citations={"enabled": False}), text("What?"))])) == []
    scan = ck.encode(ck.pdf("notebooks/data/scan.pdf", citations=True), "What?")
    assert cited(Desk().ask([user(*scan)])) == []


def test_without_a_word_in_common_the_first_sentence_is_cited() -> None:
    """So that there is something to look at."""
    (one,) = cited(Desk().ask([user(notes(**CITED), text("Hm?"))]))
    assert one["start_char_index"] == 0


def test_a_stream_cites_the_same() -> None:
    """Each citation in a delta; put together it is the message that comes without streaming."""
    client = ck.Client.offline(pace_s=0)
    content = [ck.pdf("notebooks/data/report.pdf", citations=True), "What are the key findings?"]
    streamed, whole = (
        client.send([{"role": "user", "content": content}], model="claude-sonnet-5-5", stream=stream)
        for stream in (True, False)
    )
    assert streamed.message == whole.message
    (one,) = [one for block in streamed.blocks for one in block.get("citations", ())]
    assert one["cited_text"] in ck.pdf("notebooks/data/report.pdf").page_texts[one["start_page_number"] - 1]


@pytest.mark.parametrize("max_tokens", range(20, 400, 20))
def test_an_answer_that_is_cut_cites_only_what_it_says(max_tokens: int) -> None:
    """A block of a citation is whole, or has none."""
    message = Desk().ask([user(notes(**CITED), text("What about penguins?"))], max_tokens=max_tokens)
    assert message["usage"]["output_tokens"] <= max_tokens
    for block in message["content"]:
        if block.get("citations"):
            assert block["text"].endswith("”")


# ---- JSON -----------------------------------------------------------------------------------------------------------

CITY = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "founded": {"type": "string", "format": "date"}},
    "required": ["name", "founded"],
    "additionalProperties": False,
}


def bound(schema: Any) -> dict[str, Any]:
    """Return the field that binds an answer to a schema."""
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def test_the_answer_is_json_of_the_schema() -> None:
    """And nothing else; also nested, and in a list."""
    schema = {
        "type": "object",
        "properties": {"cities": {"type": "array", "items": {"$ref": "#/$defs/City"}, "minItems": 1}},
        "required": ["cities"],
        "additionalProperties": False,
        "$defs": {"City": CITY},
    }
    given = json.loads(words(Desk().ask([user("Which cities?")], **bound(schema))))
    assert given == {"cities": [{"name": "offline", "founded": "2026-01-01"}]}


@pytest.mark.parametrize(
    ("format", "refusal"),
    [
        ({"type": "json_object"}, "output_config.format.type: Input should be 'json_schema'"),
        ({"type": "json_schema"}, "output_config.format.schema: Field required"),
        (
            {"type": "json_schema", "schema": {**CITY, "additionalProperties": True}},
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
        ),
    ],
)
def test_a_schema_that_the_api_does_not_take_is_refused(format: Any, refusal: str) -> None:
    """In its words."""
    assert Desk().refusal([user("Which?")], output_config={"format": format}) == refusal


def test_json_does_not_go_with_citations() -> None:
    """A document that is to be cited, and a schema, exclude each other."""
    desk = Desk()
    assert "citations" in desk.refusal([user(notes(**CITED), text("Which?"))], **bound(CITY))
    desk.ask([user(notes(), text("Which?"))], **bound(CITY))
