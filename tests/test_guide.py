"""The Python samples of Portkey's guide to Anthropic, as they are written and with claude_kit: the table of README.md.

Each row of the table is a test here, of the same name. The samples are those of the guide, with smaller files, today's
models, and an address: of the real gateway where that is installed, and of the offline server, which does as it does.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai
import portkey_ai
import pytest
from PIL import Image as pil
from portkey_ai._vendor.openai import BadRequestError, NotFoundError

import claude_kit as ck
from claude_kit import offline
from claude_kit.offline.chat_request import to_messages
from claude_kit.wire.body import decoded
from claude_kit.wire.events import ThinkingDelta
from tests.content import making

README = Path(__file__).parent.parent / "README.md"
HEADING = "## Portkey's guide, sample by sample"

MODEL = "claude-sonnet-5-5"
#: Of those that are left, one that still takes a budget for thinking, as the guide gives it.
BUDGETED = "claude-haiku-4-5"
GUIDES = ("claude-3-opus-20240229", "claude-3-5-sonnet-20240620", "claude-3-7-sonnet-latest")

JPEG = making.encoded(pil.new("RGB", (64, 48), "teal"), "JPEG")
PDF = making.pdf(["one", "two"])
ADDRESS = "https://example.com/ant"
BETA = "token-efficient-tools-2025-02-19"
THINKING = {"type": "enabled", "budget_tokens": 2030}
LOOSE = {"strict_open_ai_compliance": False}
SHORT = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


class Way:
    """A gateway of this machine, the offline model behind it, and what that was asked."""

    def __init__(self, base_url: str, upstream: str, log: list[offline.Request], closing: ExitStack) -> None:
        self.base_url, self.log = base_url, log
        self._to = {"provider": "anthropic", "custom_host": upstream}
        self._closing = closing

    def portkey(self, **options: Any) -> Any:
        """Return a client of `portkey-ai`."""
        client = portkey_ai.Portkey(
            base_url=self.base_url, **{"api_key": "PK", "Authorization": "sk-test", **self._to, **options}
        )
        self._closing.callback(client.openai_client.close)
        self._closing.callback(client._client.close)
        return client

    def openai(self, **options: Any) -> Any:
        """Return a client of `openai` with the SDK's headers."""
        headers = portkey_ai.createHeaders(api_key="PK", **self._to, **options)
        client = openai.OpenAI(api_key="sk-test", base_url=self.base_url, default_headers=headers, max_retries=0)
        return self._closing.enter_context(client)

    def kit(self, dialect: Any, **options: Any) -> ck.Client:
        """Return a client of ours."""
        options = {"authorization": "sk-test", **self._to, **options}
        return self._closing.enter_context(ck.Client.portkey(base_url=self.base_url, dialect=dialect, **options))

    def kits(self, **options: Any) -> Iterator[ck.Client]:
        """Return a client of ours in each dialect."""
        return (self.kit(dialect, **options) for dialect in ("messages", "chat"))

    @property
    def arrived(self) -> dict[str, Any]:
        """What Claude was asked last; whether as a stream, and in how many words, is no matter."""
        request = self.log[-1]
        # The offline server is the gateway itself, so what it logs is what the gateway gets.
        body = to_messages(request.json) if request.path.endswith("/chat/completions") else request.json
        turns = [{**message, "content": blocks(message["content"])} for message in body["messages"]]
        kept = {name: value for name, value in body.items() if name != "stream"}
        return {**kept, "messages": turns, "system": blocks(body.get("system") or [])}

    @property
    def content(self) -> list[dict[str, Any]]:
        """The blocks of the last question."""
        last: list[dict[str, Any]] = self.arrived["messages"][-1]["content"]
        return last


def blocks(content: Any) -> list[dict[str, Any]]:
    """Write content so that two that mean the same compare."""
    several = [text(content)] if isinstance(content, str) else content
    return [{name: value for name, value in block.items() if name != "citations"} for block in several]


def unsigned(content: Any) -> list[dict[str, Any]]:
    """Return the blocks of an answer without their signatures, which are there: each request has others."""
    assert all(block["signature"] for block in content if block["type"] == "thinking")
    return [{name: value for name, value in block.items() if name != "signature"} for block in blocks(content)]


def text(words: str) -> dict[str, Any]:
    """Return a part, or a block, of text."""
    return {"type": "text", "text": words}


def asked(*content: Any) -> list[dict[str, Any]]:
    """Return the conversation that a question begins."""
    return [{"role": "user", "content": list(content)}]


def data_url(media_type: str, data: bytes) -> str:
    """Return a file as the guide writes it."""
    return f"data:{media_type};base64,{b64encode(data).decode()}"


def source(kind: str, media_type: str, data: bytes) -> dict[str, Any]:
    """Return a file as Claude takes it."""
    return {
        "type": kind,
        "source": {"type": "base64", "media_type": media_type, "data": b64encode(data).decode()},
    }


def refused(way: Way, rule: str, part: dict[str, Any]) -> None:
    """See to it that a part of the guide's never leaves our client, which says why."""
    before = len(way.log)
    with pytest.raises(ck.PreflightError, match=re.escape(rule)):
        way.kit("chat").send(asked(text("Why?"), part), model=MODEL)
    assert len(way.log) == before


@pytest.fixture(params=["offline server", pytest.param("gateway", marks=pytest.mark.gateway)])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Return a way to the offline model: by the server's own gateway, and by the real one."""
    log: list[offline.Request] = []
    real = request.getfixturevalue("gateway") if request.param == "gateway" else None
    with offline.serve(log=log) as upstream, ExitStack() as closing:
        yield Way(real or upstream, upstream, log, closing)


# ---- clients --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:virtual_key:claude_kit.errors.PreflightWarning")  # the address is our own
def test_client_of_portkey_s_sdk() -> None:
    """Ours tells the gateway what the SDK's does, but for the SDK's version."""
    log: list[offline.Request] = []
    given = {"api_key": "PORTKEY_API_KEY", "virtual_key": "VIRTUAL_KEY"}
    with offline.serve(log=log) as address, ExitStack() as closing:
        sdk = Way(address, address, log, closing).portkey(**given, provider=None, custom_host=None, Authorization=None)
        sdk.chat.completions.create(messages=asked(text("Hello")), model=MODEL, max_tokens=250)
        with ck.Client.portkey(**given, base_url=address) as client:
            client.send(asked("Hello"), model=MODEL)
    theirs, ours = (
        {name: value for name, value in request.headers.items() if re.match(r"x-portkey-(?!package|runtime)", name)}
        for request in log
    )
    assert ours == theirs
    assert ours["x-portkey-virtual-key"] == "VIRTUAL_KEY"


def test_client_of_openai_s_sdk(way: Way) -> None:
    """The headers are the same; without a word about compliance the SDK's client gets no thinking, and ours does."""
    options = {"api_key": "PORTKEY_API_KEY", "provider": "anthropic"}
    assert ck.wire.portkey.headers(**options) == portkey_ai.createHeaders(**options)
    assert ck.wire.portkey.BASE_URL == portkey_ai.PORTKEY_GATEWAY_URL
    request = {"model": BUDGETED, "max_tokens": 3000, "messages": asked(text("Hello"))}
    message = way.openai().chat.completions.create(**request, extra_body={"thinking": THINKING}).choices[0].message
    assert message.content
    assert "content_blocks" not in message.model_extra
    assert all(client.send(**request, thinking=THINKING).thinking for client in way.kits())


# ---- questions ------------------------------------------------------------------------------------------------------


def test_chat_completion(way: Way) -> None:
    """Either SDK and ours ask the same and are told the same."""
    request: Any = {"messages": [{"role": "user", "content": "Say this is a test"}], "model": MODEL, "max_tokens": 250}
    for sdk in (way.portkey(), way.openai()):
        told = sdk.chat.completions.create(**request).choices[0].message.content
        sent = way.arrived
        for client in way.kits():
            assert client.send(**request).text == told
            assert way.arrived == sent


def test_system_prompt(way: Way) -> None:
    """It arrives as Claude's system prompt, from a message or from `system`."""
    question = {"role": "user", "content": "Say this is a test"}
    prompted = [{"role": "system", "content": "Your system prompt"}, question]
    way.portkey().chat.completions.create(messages=prompted, model=MODEL, max_tokens=250)
    sent = way.arrived
    assert sent["system"] == [text("Your system prompt")]
    for client in way.kits():
        client.send([question], system="Your system prompt", model=MODEL, max_tokens=250)
        assert way.arrived == sent
    way.kit("chat").send(prompted, model=MODEL, max_tokens=250)
    assert way.arrived == sent


def test_vision(way: Way) -> None:
    """From either SDK and from ours the picture arrives, byte for byte."""
    part = {"type": "image_url", "image_url": {"url": data_url("image/jpeg", JPEG)}}
    for sdk in (way.portkey(), way.openai()):
        sdk.chat.completions.create(model=MODEL, messages=asked(part), max_tokens=1400)
        assert way.content == [source("image", "image/jpeg", JPEG)]
    for client in way.kits():
        assert "**Image, " in client.send(asked(ck.image(JPEG)), model=MODEL).text
        assert way.content == [source("image", "image/jpeg", JPEG)]


def test_image_by_address(way: Way) -> None:
    """As a bare string it is dropped and answered all the same; as an object it arrives, whatever the guide says."""
    create = way.portkey().chat.completions.create
    bare = {"type": "image_url", "image_url": ADDRESS}
    assert create(model=MODEL, max_tokens=99, messages=asked(text("Why?"), bare)).choices
    assert way.content == [text("Why?")]
    refused(way, "bare string", bare)
    block = {"type": "image", "source": {"type": "url", "url": ADDRESS}}
    create(model=MODEL, max_tokens=99, messages=asked({"type": "image_url", "image_url": {"url": ADDRESS}}))
    assert way.content == [block]
    for client in way.kits():
        client.send(asked(block), model=MODEL)
        assert way.content == [block]


# ---- files ----------------------------------------------------------------------------------------------------------


def test_pdf_as_a_file(way: Way) -> None:
    """The guide's `pdf_data` is no base64 by the time it arrives, and is refused; ours is the PDF."""
    part = {"type": "file", "file": {"mime_type": "application/pdf", "file_data": data_url("application/pdf", PDF)}}
    with pytest.raises(BadRequestError, match="base64"):
        way.portkey().chat.completions.create(model=MODEL, max_tokens=1024, messages=asked(text("Why?"), part))
    assert way.content[-1]["source"]["data"].startswith("data:application/pdf;base64,")
    refused(way, "file_data is a data: URL", part)
    for client in way.kits():
        assert "**PDF, 2 pages.**" in client.send(asked(ck.pdf(PDF), "Why?"), model=MODEL).text
        assert decoded(way.content[0]["source"]["data"]) == PDF


def test_pdf_as_an_image_url(way: Way) -> None:
    """It arrives as a document and keeps its breakpoint; this is how ours writes one."""
    part = {"type": "image_url", "image_url": {"url": data_url("application/pdf", PDF)}, "cache_control": SHORT}
    way.portkey().chat.completions.create(model=MODEL, max_tokens=1024, messages=asked(part))
    assert way.content == [{**source("document", "application/pdf", PDF), "cache_control": SHORT}]
    assert ck.encode(ck.pdf(PDF), dialect="chat", cache="5m") == [part]
    for client in way.kits():
        client.send(asked(ck.pdf(PDF)), model=MODEL, cache="5m")
        assert way.content == [{**source("document", "application/pdf", PDF), "cache_control": SHORT}]


def test_pdf_by_address(way: Way) -> None:
    """Claude is given the address."""
    block = {"type": "document", "source": {"type": "url", "url": ADDRESS}}
    part = {"type": "file", "file": {"file_url": ADDRESS, "mime_type": "application/pdf"}}
    way.portkey().chat.completions.create(model=MODEL, max_tokens=1024, messages=asked(part))
    assert way.content == [block]
    for client in way.kits():
        client.send(asked(block), model=MODEL)
        assert way.content == [block]


def test_text_file(way: Way, tmp_path: Path) -> None:
    """As the guide writes it, a name would be lost; ours is named in either dialect."""
    part = {"type": "file", "file": {"mime_type": "text/plain", "file_data": "Plain text", "filename": "notes.txt"}}
    way.portkey().chat.completions.create(model=MODEL, max_tokens=1024, messages=asked(part))
    (arrived,) = way.content
    assert arrived["source"] == {"type": "text", "media_type": "text/plain", "data": "Plain text"}
    assert "notes.txt" not in str(arrived)
    path = tmp_path / "notes.txt"
    path.write_text("Plain text")
    for client in way.kits():
        client.send(asked(ck.text(path)), model=MODEL)
        (arrived,) = way.content
        assert all(words in str(arrived) for words in ("notes.txt", "Plain text"))


def test_prompt_caching(way: Way) -> None:
    """Of an hour five minutes are left; the Messages dialect keeps it, and the other says that it will not."""
    long = "It is long. " * 200  # a breakpoint needs something before it
    system = [{**text(long), "cache_control": HOUR}]
    way.portkey().chat.completions.create(
        model=MODEL, max_tokens=99, messages=[{"role": "system", "content": system}, *asked(text("Hello"))]
    )
    assert way.arrived["system"] == [{**text(long), "cache_control": SHORT}]
    way.kit("messages").send(asked("Hello"), model=MODEL, system=system, cache="1h")
    assert way.arrived["system"] == system
    assert way.content == [{**text("Hello"), "cache_control": HOUR}]
    with pytest.warns(ck.PreflightWarning, match="cached for 1h"):
        way.kit("chat").send(asked("Hello"), model=MODEL, system=system, cache="1h")
    assert way.content == [{**text("Hello"), "cache_control": SHORT}]


# ---- thinking -------------------------------------------------------------------------------------------------------

FLIGHT = "when does the flight from baroda to bangalore land tomorrow?"
FURTHER = "thanks that's good to know, how about to chennai?"
THOUGHT = {"type": "thinking", "thinking": "The user is asking about a flight.", "signature": "EqoBCkgIARABGAIiQBVA"}
DEEP: Any = {"model": BUDGETED, "max_tokens": 3000}
TURNS = [
    *asked(text(FLIGHT)),
    {"role": "assistant", "content": [THOUGHT]},
    {"role": "user", "content": FURTHER},
]


def test_thinking(way: Way) -> None:
    """It is among the SDK's `content_blocks`, and ours; where a model takes no budget, ours asks for what it takes."""
    create = way.portkey(**LOOSE).chat.completions.create
    told = create(**DEEP, thinking=THINKING, messages=asked(text(FLIGHT))).choices[0].message
    sent = way.arrived
    assert sent["thinking"] == THINKING
    for client in way.kits():
        reply = client.send(asked(FLIGHT), **DEEP, thinking=2030)
        assert way.arrived == sent
        assert unsigned(reply.blocks) == unsigned(told.content_blocks)
        assert reply.thinking == told.content_blocks[0]["thinking"]
        for thinking in (2030, THINKING):
            assert client.send(asked(FLIGHT), model=MODEL, max_tokens=3000, thinking=thinking).thinking
            assert way.arrived["thinking"] == {"type": "adaptive", "display": "summarized"}
        client.send(asked(FLIGHT), **DEEP, thinking=THINKING)
        assert way.arrived["thinking"] == THINKING


def test_thinking_streamed(way: Way) -> None:
    """A delta of today's SDK has no `get`; our stream says what is thinking."""
    create = way.portkey(**LOOSE).chat.completions.create
    chunks = list(create(**DEEP, thinking=THINKING, messages=asked(text(FLIGHT)), stream=True))
    with pytest.raises(AttributeError, match="get"):
        chunks[0].choices[0].delta.get("content_blocks")
    given = [block for chunk in chunks for block in getattr(chunk.choices[0].delta, "content_blocks", None) or ()]
    thought = "".join(block["delta"].get("thinking", "") for block in given)
    assert thought
    for client in way.kits():
        with client.stream(asked(FLIGHT), **DEEP, thinking=2030) as stream:
            said = [event.thinking for event in stream if isinstance(event, ThinkingDelta)]
        assert len(said) > 1
        assert "".join(said) == thought


def test_thinking_with_openai_s_sdk(way: Way) -> None:
    """It knows no `thinking`, so nothing is sent; in `extra_body` it is what ours sends."""
    create = way.openai(**LOOSE).chat.completions.create
    with pytest.raises(TypeError, match="thinking"):
        create(**DEEP, thinking=THINKING, messages=asked(text(FLIGHT)))
    assert not way.log
    told = create(**DEEP, extra_body={"thinking": THINKING}, messages=asked(text(FLIGHT))).choices[0].message
    sent = way.arrived
    for client in way.kits():
        reply = client.send(asked(FLIGHT), **DEEP, thinking=2030)
        assert way.arrived == sent
        assert unsigned(reply.blocks) == unsigned(told.content_blocks)


def test_several_turns_with_thinking(way: Way) -> None:
    """What was thought goes back with its signature; ours takes it from the reply, and the guide's messages as well."""
    way.portkey(**LOOSE).chat.completions.create(**DEEP, thinking=THINKING, messages=TURNS)
    sent = way.arrived
    assert sent["messages"][1]["content"] == [THOUGHT]
    for client in way.kits():
        client.send(TURNS, **DEEP, thinking=THINKING)
        assert way.arrived == sent
        chat = ck.Chat(BUDGETED, client, max_tokens=3000, thinking=2030)
        first = chat.ask(FLIGHT)
        chat.ask(FURTHER)
        again = way.arrived["messages"]
        assert [block["type"] for block in again[1]["content"]] == ["thinking", "text"]
        assert again[1]["content"] == blocks(first.blocks)
        assert again[1]["content"][0]["signature"]
        assert again[2]["content"] == [text(FURTHER)]


def test_several_turns_with_openai_s_sdk(way: Way) -> None:
    """As above, and as above."""
    create = way.openai(**LOOSE).chat.completions.create
    with pytest.raises(TypeError, match="thinking"):
        create(**DEEP, thinking=THINKING, messages=TURNS)
    assert not way.log
    create(**DEEP, extra_body={"thinking": THINKING}, messages=TURNS)
    sent = way.arrived
    assert sent["messages"][1]["content"] == [THOUGHT]
    for client in way.kits():
        client.send(TURNS, **DEEP, thinking=THINKING)
        assert way.arrived == sent


# ---- what else the gateway does -------------------------------------------------------------------------------------


@pytest.mark.gateway
def test_beta_features(gateway: str) -> None:
    """From either SDK and from ours they reach Claude; with a config that has targets, from ours alone."""
    log: list[offline.Request] = []
    with offline.serve(log=log) as upstream, ExitStack() as closing:
        way = Way(gateway, upstream, log, closing)
        target = {"provider": "anthropic", "api_key": "sk-test", "custom_host": upstream}
        config = {"strategy": {"mode": "fallback"}, "targets": [target]}
        request: Any = {"messages": asked(text("Hello")), "model": MODEL, "max_tokens": 250}
        asking: list[Callable[..., Any]] = [
            way.portkey(anthropic_beta=BETA).chat.completions.create,
            way.openai(anthropic_beta=BETA).chat.completions.create,
            *(client.send for client in way.kits(anthropic_beta=BETA)),
            way.portkey(anthropic_beta=BETA, config=config, provider=None).chat.completions.create,
            *(client.send for client in way.kits(anthropic_beta=BETA, config=config, provider=None)),
        ]
        for ask in asking:
            ask(**request)
    *plain, routed, ours, too = (request.headers["anthropic-beta"] for request in log)
    assert {*plain, ours, too} == {BETA}
    assert BETA not in routed


def test_prompt_library() -> None:
    """Filled in and answered, from the SDK and from ours."""
    variables = {"count": "2", "audience": "children", "text": "It rained."}
    log: list[offline.Request] = []
    with offline.serve(log=log) as address, ExitStack() as closing:
        way = Way(address, address, log, closing)
        told = way.portkey().prompts.completions.create(prompt_id="pp-summary", variables=variables)
        reply = way.kit("chat").prompts.complete("pp-summary", variables)
        theirs, ours = (request.json["variables"] for request in log)
    assert reply.text == told.choices[0].message.content
    assert ours == theirs == variables


@pytest.mark.gateway
def test_metadata_traces_configs_and_fallback(gateway: str) -> None:
    """Where OpenAI's limit is reached Claude answers; the SDK tells so in headers, ours on the reply."""
    log: list[offline.Request] = []
    with offline.serve(log=log) as upstream, offline.serve(faults="status=429") as busy, ExitStack() as closing:
        way = Way(gateway, upstream, log, closing)
        targets = [
            {"provider": "openai", "api_key": "sk-test", "custom_host": busy, "override_params": {"model": "gpt-4o"}},
            {"provider": "anthropic", "api_key": "sk-test", "custom_host": upstream},
        ]
        options = {
            "config": {"strategy": {"mode": "fallback", "on_status_codes": [429]}, "targets": targets},
            "metadata": {"_user": "ada"},
            "trace_id": "lesson-7",
            "provider": None,
            "custom_host": None,  # a host in a header goes before those of the targets
        }
        request: Any = {"messages": asked(text("Hello")), "model": MODEL, "max_tokens": 250}
        told = way.portkey(**options).chat.completions.create(**request)
        reply = way.kit("chat", **options).send(**request)
    metadata = {"metadata": options["metadata"]}
    assert ck.wire.portkey.headers(**metadata) == portkey_ai.createHeaders(**metadata)
    headers = told.get_headers()
    assert (headers["last-used-option-index"], headers["trace-id"]) == ("config.targets[1]", "lesson-7")
    assert reply.gateway is not None
    assert (reply.gateway.option_index, reply.gateway.trace_id) == ("config.targets[1]", "lesson-7")
    assert reply.text == told.choices[0].message.content
    assert len(log) == 2


# ---- the table ------------------------------------------------------------------------------------------------------


def section() -> str:
    """Return the section of README.md that has the table."""
    told: str = README.read_text(encoding="utf-8").partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    return told


def test_every_row_of_the_table_is_a_test() -> None:
    """In the same order, and every test but the last ones is a row."""
    _, *rows = re.findall(r"^\| (.+?) \|", section(), re.MULTILINE)
    named = ["test_" + re.sub(r"\W+", "_", row.lower()).strip("_") for row in rows]
    here = [name for name in globals() if name.startswith("test_")]
    assert named == here[: here.index("test_every_row_of_the_table_is_a_test")]


@pytest.mark.parametrize("model", GUIDES)
def test_the_guide_s_models_are_retired(way: Way, model: str) -> None:
    """Asked for one, the SDK is told 404; ours does not ask, and names one of today's."""
    request: Any = {"messages": asked(text("Hello")), "model": model, "max_tokens": 250}
    with pytest.raises(NotFoundError, match="retired"):
        way.portkey().chat.completions.create(**request)
    with pytest.raises(ck.RetiredModelError, match=r"Use claude-\w+-5-5"):
        way.kit("chat").send(**request)
    assert len(way.log) == 1
