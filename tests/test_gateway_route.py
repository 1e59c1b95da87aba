"""Through the real Portkey gateway: what arrives upstream, and what comes back, is what the direct route gives."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image as pil
from pypdf import PdfWriter

from claude_kit import Chat, Client, pdf
from claude_kit.errors import NotFoundError
from claude_kit.offline import server

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
    with through(gateway, upstream) as client, pytest.raises(NotFoundError, match="not_found_error"):
        client._post(
            "/messages", {"model": "claude-9", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}
        )
