"""Through the real Portkey gateway: what arrives upstream, and what comes back, is what the direct route gives."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image as pil
from pypdf import PdfWriter

import claude_kit as ck
from claude_kit import Chat, Client, pdf
from claude_kit.client.steps import Call
from claude_kit.content import Text
from claude_kit.errors import ContentWarning, NotFoundError
from claude_kit.offline import server
from tests.content import making
from tests.upstream import listening

MODEL = "claude-sonnet-5-5"

pytestmark = pytest.mark.gateway


@pytest.fixture
def upstream() -> Iterator[str]:
    """Serve the offline model on 127.0.0.1."""
    with server.serve() as address:
        yield address


def through(gateway: str, upstream: str) -> Client:
    """Return a client that asks the offline model by way of the gateway."""
    return Client.portkey(
        authorization="sk-test", provider="anthropic", custom_host=upstream, base_url=gateway, metadata={"_user": "ada"}
    )


def to_provider(port: int) -> dict[str, str]:
    """Return the headers that make the gateway ask a provider on a port of this machine."""
    return {
        "authorization": "Bearer sk-test",
        "x-portkey-provider": "anthropic",
        "x-portkey-custom-host": f"http://127.0.0.1:{port}/v1",
    }


def question() -> list[object]:
    """Return a PDF, an image and a question."""
    writer = PdfWriter()
    writer.add_blank_page(612, 792)

    buffer = io.BytesIO()
    writer.write(buffer)
    return [pdf(buffer.getvalue(), title="A blank page"), pil.new("RGB", (64, 48), "teal"), "What is this?"]


def test_an_answer_is_the_same_as_on_the_direct_route(gateway: str, upstream: str) -> None:
    """PDF, image, title and thinking survive the way through; so do signature, usage and the offline mark."""
    message = [{"role": "user", "content": question()}]
    with through(gateway, upstream) as portkey, Client.anthropic("sk-test", base_url=upstream) as direct:
        one = portkey.send(message, model=MODEL, thinking="adaptive")
        other = direct.send(message, model=MODEL, thinking="adaptive")
    assert one.offline
    assert one.thinking
    assert one.blocks == other.blocks
    assert one.usage == other.usage
    assert one.stop_reason == other.stop_reason == "end_turn"


def test_a_conversation_goes_on_through_the_gateway(gateway: str, upstream: str) -> None:
    """The second turn carries the first, thinking and signature verbatim."""
    with through(gateway, upstream) as client:
        chat = Chat(MODEL, client, thinking="adaptive")
        chat.ask(*question())
        reply = chat.ask("And that?")
    assert "What is this?" in reply.text
    assert reply.estimate is not None
    assert reply.estimate.input_tokens == reply.usage.input_tokens


def test_an_error_keeps_its_class(gateway: str, upstream: str) -> None:
    """The gateway rewraps the API's error; the class and the sentence are found again."""
    asked = [{"role": "user", "content": "?"}]
    with through(gateway, upstream) as client, pytest.raises(NotFoundError, match="not_found_error"):
        client._call(Call("POST", "/messages", {"model": "claude-9", "max_tokens": 9, "messages": asked}))


def test_tokens_are_counted_through_the_gateway(gateway: str, upstream: str) -> None:
    """`exact=True` asks whoever the client asks."""
    with through(gateway, upstream) as client:
        asked = ck.estimate(*question(), model=MODEL, exact=True, client=client)
    assert asked.method == "count_tokens"
    assert asked.input_tokens == ck.estimate(*question(), model=MODEL).input_tokens


def test_a_chat_completion_costs_what_the_message_behind_it_does(gateway: str) -> None:
    """The gateway renames the usage and leaves the cached tokens out of the prompt; the price is the same."""
    usage = {
        "input_tokens": 25,
        "cache_read_input_tokens": 3400,
        "cache_creation_input_tokens": 1200,
        "output_tokens": 15,
    }
    with listening(usage) as provider:
        answer = httpx.post(
            f"{gateway}/chat/completions",
            headers=to_provider(provider.server_port),
            json={"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]},
        ).json()
    assert "prompt_tokens" in answer["usage"]
    assert ck.cost(answer, MODEL) == ck.cost(usage, MODEL)


# ---- chat completions: what the gateway makes of the content -----------------------------------------------------

PDF = making.pdf(("one", "two"))
PNG = making.encoded(making.corners(), "PNG")
JPEG = making.encoded(making.corners(), "JPEG")
RAW = "JVBERi0="


def arrives(gateway: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send parts as a chat completion through the gateway, and return the blocks that Claude would get."""
    with listening() as provider:
        answer = httpx.post(
            f"{gateway}/chat/completions",
            headers=to_provider(provider.server_port),
            json={"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": parts}]},
        )
    # The gateway never says that it dropped something.
    assert answer.status_code == 200
    ((path, body),) = provider.received
    assert path == "/v1/messages"
    (message,) = body["messages"]
    blocks: list[dict[str, Any]] = message["content"]
    return blocks


@pytest.mark.parametrize("cache", [None, "5m"])
@pytest.mark.parametrize(
    "content",
    [
        ('Why, Zoë? 🙂 "\\\n\u2028',),
        (PDF,),
        (PNG,),
        (JPEG, "What is this?"),
        (PDF, "What are the key findings?"),
        ("Compare.", PDF, PNG, JPEG, making.pdf(("three",)), "In a table."),
    ],
    ids=["text", "pdf", "png", "image and text", "pdf and text", "several"],
)
def test_chat_content_arrives_as_messages_would_send_it(gateway: str, content: tuple[Any, ...], cache: Any) -> None:
    """The same blocks with the same bytes, media types and breakpoint reach Claude from either dialect."""
    assert arrives(gateway, ck.encode(*content, dialect="chat", cache=cache)) == ck.encode(*content, cache=cache)


@pytest.mark.parametrize("cache", [None, "5m"])
def test_a_file_of_text_arrives_with_its_name(gateway: str, cache: Any) -> None:
    """It is no document any more, but its words begin with its name and keep their breakpoint."""
    parts = ck.encode(Text("naïve notes", "notes.txt"), "Why?", dialect="chat", cache=cache)
    assert arrives(gateway, parts) == parts
    assert "<source>notes.txt</source>" in parts[0]["text"]


def test_a_file_of_text_as_a_file_would_lose_name_and_breakpoint(gateway: str) -> None:
    """Which is why it is sent as words."""
    file = {"mime_type": "text/plain", "filename": "notes.txt", "file_data": "notes"}
    part = {"type": "file", "file": file, "cache_control": {"type": "ephemeral"}}
    source = {"type": "text", "media_type": "text/plain", "data": "notes"}
    assert arrives(gateway, [part]) == [{"type": "document", "source": source}]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png?b=1;2"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "AAAA"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": RAW}},
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
    ],
)
def test_a_translated_block_arrives_as_it_was(gateway: str, block: dict[str, Any]) -> None:
    """Anthropic's own block, through the other dialect and back, is the same block."""
    assert arrives(gateway, ck.encode(block, dialect="chat")) == [block]


def test_what_is_warned_of_is_really_lost(gateway: str) -> None:
    """Title, citations, an hour and the breakpoint of an address do not arrive; the content does."""
    address = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    cited = pdf(PDF, title="Review", citations=True)
    with pytest.warns(ContentWarning) as caught:
        parts = ck.encode({**address, "cache_control": {"type": "ephemeral"}}, cited, dialect="chat", order="given")
    with pytest.warns(ContentWarning, match="ttl"):
        parts += ck.encode(PNG, dialect="chat", cache="1h")
    assert len(caught) == 2
    assert arrives(gateway, parts) == ck.encode(address, PDF, order="given") + ck.encode(PNG, cache="5m")


@pytest.mark.parametrize(
    ("part", "arrived"),
    [
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{RAW}"}},
            [
                {
                    "type": "document",
                    "source": {
                        "type": "base64",
                        "media_type": "application/pdf",
                        "data": f"data:application/pdf;base64,{RAW}",  # no base64, so Claude refuses it
                    },
                }
            ],
        ),
        (
            {"type": "file", "file": {"file_data": RAW}, "cache_control": {"type": "ephemeral"}},
            [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": RAW}}],
        ),
        ({"type": "image_url", "image_url": "https://example.com/a.png"}, []),
        ({"type": "image_url", "image_url": {"url": "data:image/png;charset=utf-8;base64,AAAA"}}, []),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}, []),
        ({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}, []),
        ({"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}, []),
        ({"type": "file", "file": {"file_id": "file_1"}}, []),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, []),
    ],
    ids=[
        "data URL in file_data",
        "cached file",
        "bare image_url",
        "data URL with a parameter",
        "native image",
        "native document",
        "tool_result",
        "file_id",
        "audio",
    ],
)
def test_the_forms_that_are_avoided_do_break(gateway: str, part: Any, arrived: Any) -> None:
    """Each of them looks right, is answered with a 200, and does not arrive as it was meant."""
    assert arrives(gateway, [part, {"type": "text", "text": "Why?"}]) == [*arrived, {"type": "text", "text": "Why?"}]
