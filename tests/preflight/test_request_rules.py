"""What the rules say of a whole request: its bytes, its tokens, its options, its way through the gateway."""

import base64
import json
from contextlib import suppress

import httpx
import pytest

from claude_kit import BadRequestError, Client
from claude_kit.content import Pdf, Text, image
from claude_kit.estimate import turns
from claude_kit.models import find
from claude_kit.preflight import check
from claude_kit.preflight.request import Request
from tests.content import making
from tests.preflight.asking import (
    JPEG,
    LARGE,
    PNG,
    SMALL,
    asking,
    base64_block,
    chat,
    file_part,
    found,
    marked,
    pdf,
    picture,
    request,
    verbatim,
    words,
)

TOOL = {"name": "f", "description": "d", "input_schema": {"type": "object"}}


class Recorder(httpx.BaseTransport):
    """Keeps the bodies it is given, and passes them on to the offline model."""

    def __init__(self) -> None:
        from claude_kit.offline.transport import OfflineTransport

        self._model = OfflineTransport(pace_s=0)
        self.bodies: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        return self._model.handle_request(request)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"system": "Be brïef.", "tools": [TOOL], "tool_choice": {"type": "auto"}, "max_tokens": 99},
        {"thinking": "adaptive", "effort": "low", "metadata": {"user_id": "é"}},
    ],
)
@pytest.mark.parametrize(
    "content",
    ["é漢\n\"", ["Hi", image(PNG)], [Pdf(making.pdf(), "a.pdf", "T", True), Text("né", "a.txt"), "Hi"],
     [base64_block("image", "image/jpeg", JPEG, cache_control={"type": "ephemeral"}), "Hi"],
     [{"type": "tool_result", "tool_use_id": "t", "content": "done"}, "Hi"], [{"type": "tool_result"}],
     [{"type": "tool_result", "content": [image(PNG), "done"]}, {"type": "tool_result", "content": ""}],
     [{"type": "tool_result", "tool_use_id": "t", "content": [base64_block("image", "image/jpeg", JPEG)]}]],
)  # fmt: skip
def test_the_body_is_measured_as_the_client_sends_it(content, fields):
    """To the byte, whatever it holds and whatever is asked with it."""
    recorder = Recorder()
    messages = [{"role": "user", "content": content}]
    with suppress(BadRequestError):  # a result that nothing was called for
        Client("offline", transport=recorder, preflight=False).send(messages, model=LARGE.id, **fields)
    known = {name: fields.get(name) for name in ("system", "tools", "max_tokens")}
    options = {name: value for name, value in fields.items() if name not in known}
    assert Request(turns.read(messages), LARGE, options=options, **known).body_bytes == len(recorder.bodies[0])


def test_the_body_is_measured_with_its_breakpoint():
    """`cache` marks a block, which is part of the body."""
    recorder = Recorder()
    client = Client("offline", transport=recorder, preflight=False)
    client.send([{"role": "user", "content": ["Hi"]}], model=LARGE.id, cache="1h")
    assert json.loads(recorder.bodies[0])["messages"][0]["content"][-1]["cache_control"]["ttl"] == "1h"
    assert request("Hi", options={"cache": "1h"}).body_bytes == len(recorder.bodies[0])


def test_a_body_without_its_damaged_files_is_measured():
    """What is left of the request, even if that is nothing."""
    report = check(b"%PDF-1.7 and no more", model=LARGE, cache="5m")
    assert [finding.rule for finding in report.errors] == ["pdf.unreadable"]


def test_what_a_tool_result_holds_is_in_the_body():
    """A large image inside a tool result is measured, once, also if it is a part."""
    held = {"type": "tool_result", "tool_use_id": "t", "content": [picture(size=3_000_000)]}
    assert abs(request(held).body_bytes - 4_000_000) < 1000


def test_a_request_over_the_limit_names_its_largest_parts():
    """So that one knows what to leave out."""
    images = [picture(size=7_000_000, name=f"{name}.png") for name in "abcd"]
    (finding,) = found("request.bytes", request(picture(name="small.png"), *images))
    assert "the largest are d.png (9.3 MB), c.png (9.3 MB), b.png (9.3 MB), in base64" in finding.fix


def test_a_few_bytes_over_do_not_read_like_the_limit():
    """`32 MB, the limit is 32 MB` would say nothing."""
    images = [picture(size=7_500_000)] * 3
    empty = request(*images, Text("")).body_bytes
    (finding,) = found("request.bytes", request(*images, Text("x" * (32_000_002 - empty))))
    assert finding.measured == "32,000,002 bytes as JSON"


def test_a_context_that_is_full_names_what_takes_most():
    """By its name and its tokens."""
    (finding,) = found("request.context", request(pdf(700, name="atlas.pdf"), pdf(1)))
    assert "(atlas.pdf alone is 1,0" in finding.fix


def test_a_retired_model_may_live_on_in_the_clouds():
    """An error at Anthropic; via Bedrock a warning that says to look there."""
    assert check("Hi", model="claude-3-haiku-20240307").errors
    report = check("Hi", model="claude-3-haiku-20240307", via="bedrock")
    assert report.ok
    assert "may still be served via bedrock" in report.warnings[0].fix


BUDGET, ADAPTIVE = {"type": "enabled", "budget_tokens": 2030}, {"type": "adaptive"}


@pytest.mark.parametrize("thinking", ["adaptive", 2000, None])
@pytest.mark.parametrize("model", ["claude-3-5-haiku-20241022", "claude-haiku-4-5", "claude-opus-4-6", LARGE.id])
def test_what_the_kit_adapts_by_itself_is_never_an_error(model, thinking):
    """A chat with thinking works with every model that answers."""
    rules = ("model.no-thinking", "model.thinking-budget")
    levels = {finding.level for rule in rules for finding in found(rule, asking(find(model), thinking=thinking))}
    assert "error" not in levels


@pytest.mark.parametrize("thinking", [2030, BUDGET])
def test_a_budget_that_is_not_taken_says_what_happens_instead(thinking):
    """As a shorthand and as a guide gives the field: a note with what is done, and how to say how much."""
    (finding,) = check("Hi", model=LARGE, thinking=thinking).findings
    assert finding.level == "note"
    assert finding.message == (
        f"{LARGE}: takes no budget for thinking (model.thinking-budget). "
        "It thinks adaptively instead; effort= says how much."
    )


@pytest.mark.parametrize("thinking", ["adaptive", ADAPTIVE])
def test_adaptive_thinking_where_only_budgets_are_known_names_the_budget(thinking):
    """As a shorthand and as the field."""
    (finding,) = check("Hi", model="claude-haiku-4-5", max_tokens=5000, thinking=thinking).notes
    assert finding.fix == "claude_kit gives it a budget of 2,500 tokens."


@pytest.mark.parametrize(
    ("model", "way_out"),
    [("claude-opus-5-5", "leave the field out, and give a lower effort"), (LARGE, "between_tools"), (SMALL, "")],
    ids=str,
)
def test_thinking_that_cannot_be_turned_off_says_what_can_be_done(model, way_out):
    """One model always thinks, another has a word of its own for it; older ones are simply told."""
    errors = found("model.no-thinking", asking(find(model), thinking={"type": "disabled"}))
    assert [way_out in finding.fix for finding in errors] == ([True] if way_out else [])


def test_what_is_no_thinking_names_what_may_be_given():
    """`False` and `"off"` are what one tries first, and the way to turn it off is said."""
    for value in (False, True, "off", 2.5):
        (finding,) = found("model.no-thinking", asking(thinking=value))
        assert '{"type": "disabled"} turns it off' in finding.fix


def test_an_effort_on_a_model_that_knows_none_says_what_to_give_instead():
    """Those that take a budget for thinking can be told by that how much to think."""
    (finding,) = found("model.effort", asking(SMALL, effort="low"))
    assert "leave it out" in finding.fix
    assert "thinking=4096" in finding.fix
    (finding,) = found("model.effort", asking(LARGE, effort="huge"))
    assert finding.fix == "Give low, medium, high, xhigh, max."


def test_an_empty_turn_of_tool_calls_is_fine():
    """An answer of a chat completion may be calls alone; so may one be without content at all."""
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    for answer in ({"role": "assistant", "content": None}, {"role": "assistant"}):
        messages = [{"role": "user", "content": "Hi"}, {**answer, "tool_calls": [call]}]
        subject = request("Hi", messages=messages, via="portkey")
        assert found("request.empty", subject) == []
        assert subject.holds_chat


def test_a_breakpoint_is_counted_wherever_it_stands():
    """In tools, system prompt, messages, tool results and by itself."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": [marked(), marked()]}
    tools = [{**TOOL, "cache_control": {"type": "ephemeral"}}]
    options = {"cache_control": {"type": "ephemeral"}}
    (finding,) = found("cache.breakpoints", request(result, marked(), system=[marked()], tools=tools, options=options))
    assert finding.measured == "6 cache breakpoints"


def test_a_prefix_is_measured_up_to_its_breakpoint():
    """What comes after it does not make it longer; tools and system prompt before it do."""
    assert [finding.where for finding in found("cache.below-minimum", request(marked(), words(900)))] == ["message 1"]
    tools = [{**TOOL, "description": "word " * 900}]
    assert found("cache.below-minimum", request(marked(), words(900), tools=tools)) == []
    assert found("cache.below-minimum", request(marked(), system="word " * 900)) == []


def test_the_gateway_rules_are_silent_on_other_routes():
    """What the gateway does concerns nobody else."""
    messages = [{"role": "user", "content": [file_part(prefix="data:application/pdf;base64,"), "Hi"]}]
    report = check(model=LARGE, messages=messages)
    assert not [finding for finding in report.checked if finding.rule.startswith("portkey")]
    report = check(model=LARGE, messages=messages, via="portkey")
    assert [finding.rule for finding in report.errors] == ["portkey.file-data-url"]


def test_a_chat_completion_is_counted_as_what_it_holds():
    """Its files are counted, limited and estimated like the same files as blocks."""
    document = pdf(101, name="a.pdf")
    as_chat = verbatim(file_part(document.data))
    assert as_chat.pdfs[0].page_count == 101
    assert found("pdf.pages", request(messages=as_chat.messages, model=SMALL))
    as_image_url = "data:application/pdf;base64," + base64.b64encode(document.data).decode()
    assert verbatim({"type": "image_url", "image_url": {"url": as_image_url}}).pdfs[0].page_count == 101


def test_what_an_encoder_writes_for_the_gateway_passes():
    """`ck.encode(..., dialect="chat")` avoids all that the gateway breaks."""
    from claude_kit import encode

    for cache in (None, "5m"):
        content = encode(Pdf(making.pdf(), "a.pdf"), picture(), "What?", dialect="chat", cache=cache)
        subject = verbatim(*content)
        report = check(model=LARGE, messages=subject.messages, via="portkey", max_tokens=9)
        assert [finding for finding in report.findings if finding.rule.startswith("portkey")] == []


def test_what_is_lost_is_named_with_what_to_use():
    """The field, and its replacement."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    by_hand = request(messages=messages, via="portkey", options={"stop_sequences": ["."]})
    (finding,) = found("portkey.parameter-dropped", by_hand)
    assert finding.message == (
        "request: stop_sequences is dropped by the gateway (portkey.parameter-dropped). Use stop, a list."
    )
    block = base64_block("document", "application/pdf", making.pdf(), title="T", citations={"enabled": True})
    for document in (Pdf(making.pdf(), "a.pdf", "T", True), block):
        (finding,) = found("portkey.content-lost", chat(document))
        assert finding.measured == "title and citations of the document would be lost"


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"type": "txt", "text": "Hi"}, "message 1: a block of type 'txt', which is not known here (request.block). "
         "Write text, if that is meant."),
        ({"type": "pdf"}, "Write document, if that is meant."),
        ({"type": "hologram"}, "The API refuses kinds that it does not know."),
        ({"role": "user", "content": "Hi"}, 'Give what it holds, message["content"]'),
        ({"type": 7}, 'Say it: {"type": "text", "text": ...}'),
    ],
)  # fmt: skip
def test_an_odd_block_is_told_with_what_may_be_meant(block, says):
    """A kind that is near to a known one names it; what may be newer than the kit is not refused."""
    (told,) = [finding for finding in check(block, model=LARGE.id).findings if finding.rule == "request.block"]
    assert says in told.message
    assert (told.level == "warning") == isinstance(block.get("type"), str)


@pytest.mark.parametrize("thinking", ["adaptive", 2000])
def test_a_cap_that_is_no_number_is_a_finding_of_its_own(thinking):
    """Also where a budget for thinking would be measured by it."""
    report = check("Hi", model=SMALL.id, max_tokens="100", thinking=thinking)
    assert [finding.rule for finding in report.errors] == ["request.max-tokens"]
