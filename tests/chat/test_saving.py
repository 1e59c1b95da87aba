"""A conversation that is kept: what was saved comes back, whatever stood in it, and nothing else does."""

import base64
import copy
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pil

from claude_kit import Chat, Client, ContentError, Image, Pdf, Reply, Text, estimate, image, pdf, text
from claude_kit.chat import Step, Turn
from claude_kit.chat.keeping.saving import VERSION, Kept, dumps, loads, read, write
from claude_kit.reply import Usage
from claude_kit.wire.limits import RateLimit, RateLimits
from claude_kit.wire.portkey import Gateway
from tests.content import making
from tests.wire.replay import ENDED, MESSAGE, STARTED, Exchange, block, delta, serving, sse, text_block

MODEL = "claude-sonnet-5-5"
PDF = making.pdf(["one", "two"])
PNG = making.encoded(making.corners(), "PNG")
BASE64 = base64.b64encode(bytes(range(256)) * 12).decode()


def reply(*blocks: dict[str, Any], **fields: Any) -> Reply:
    """Return an answer of these blocks."""
    usage = Usage({"input_tokens": 12, "output_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 0}})
    return Reply(blocks=blocks, usage=usage, model=MODEL, stop_reason="end_turn", id="msg_1", **fields)


def turn(*content: Any, answer: Reply | None = None) -> Turn:
    """Return a question that was answered in one request."""
    parts = tuple(text(item) if isinstance(item, str) else item for item in content)
    return Turn(parts, (Step(answer or reply({"type": "text", "text": "Yes."})),))


def kept(*turns: Turn, **fields: Any) -> Kept:
    """Return a conversation in which nothing was replaced."""
    return Kept(MODEL, turns=turns, log=turns, **fields)


def saved(tmp_path: Path, conversation: Kept) -> tuple[Path, dict[str, Any]]:
    """Save a conversation; return the file and what stands in it."""
    path = tmp_path / "talk.json"
    write(path, conversation)
    return path, json.loads(path.read_text(encoding="utf-8"))


def rewritten(path: Path, document: dict[str, Any]) -> Path:
    """Write a file anew, as somebody else might."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


# ---- what comes back ------------------------------------------------------------------------------------------------

# Two halves of a surrogate pair become the character that they are; a single one stays what it is.
WORDS = st.text(st.characters(exclude_categories=()), max_size=30).filter(
    lambda words: words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") == words
)
KEYS = WORDS | st.sampled_from(["type", "data", "source", "$image", "$pdf", "$text", "$base64", "$utf8", "$literal"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.just(BASE64)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
BLOCKS = st.dictionaries(KEYS, JSON, max_size=4)
CHANGES = st.lists(WORDS, max_size=2).map(tuple)
PARTS = st.one_of(
    st.builds(Text, WORDS | st.just("long " * 3_000), st.none() | WORDS, CHANGES),
    st.builds(Pdf, st.just(PDF), st.none() | WORDS, st.none() | WORDS, st.booleans(), CHANGES),
    st.builds(replace, st.just(image(PNG)), name=st.none() | WORDS, changes=CHANGES),
)
ESTIMATES = st.sampled_from(
    [estimate("Hello", model=MODEL), estimate(PDF, "Hello", model="claude-haiku-4-5", max_tokens=99)]
)
LIMITS = st.builds(
    RateLimit, st.none() | st.integers(0), st.none() | st.integers(0), st.none() | st.datetimes(timezones=st.just(UTC))
)
REPLIES = st.builds(
    Reply,
    blocks=st.lists(BLOCKS, max_size=3).map(tuple),
    usage=st.dictionaries(st.sampled_from(["input_tokens", "output_tokens"]), st.integers(0)).map(Usage),
    model=WORDS,
    stop_reason=st.none() | WORDS,
    id=st.none() | WORDS,
    request_id=st.none() | WORDS,
    complete=st.booleans(),
    problem=WORDS,
    estimate=st.none() | ESTIMATES,
    gateway=st.none() | st.builds(Gateway, WORDS, st.integers(), WORDS, WORDS, WORDS),
    limits=st.none() | st.builds(RateLimits, requests=LIMITS, fast_input_tokens=LIMITS),
    thinking_s=st.floats(0, 1e6),
    envelope=BLOCKS,
)
RESULTS = st.lists(BLOCKS, max_size=2).map(tuple)
TURNS = st.builds(
    Turn,
    content=st.lists(PARTS | BLOCKS, max_size=3).map(tuple),
    steps=st.lists(st.builds(Step, REPLIES, RESULTS), min_size=1, max_size=2).map(tuple),
    cell=st.none() | WORDS,
    asked_at=st.datetimes(timezones=st.just(UTC)),
    prefix=WORDS,
    notes=st.lists(WORDS, max_size=2).map(tuple),
)
CONVERSATIONS = st.builds(
    Kept,
    model=WORDS,
    settings=st.dictionaries(KEYS, JSON | st.decimals(allow_nan=False, allow_infinity=False), max_size=4),
    turns=st.lists(TURNS, max_size=2).map(tuple),
    log=st.lists(TURNS, max_size=2).map(tuple),
    tools=st.lists(BLOCKS, max_size=2).map(tuple),
)


@settings(deadline=None, max_examples=50)
@given(CONVERSATIONS)
def test_what_was_saved_comes_back(conversation: Kept) -> None:
    """Parts, blocks of any kind, odd texts, estimates, turn by turn: all is equal to what it was."""
    assert loads(dumps(conversation)) == conversation


@settings(deadline=None, max_examples=25)
@given(CONVERSATIONS)
def test_it_comes_back_from_a_folder_too(tmp_path_factory: pytest.TempPathFactory, conversation: Kept) -> None:
    """With its attachments beside the file or in it: the same."""
    folder = tmp_path_factory.mktemp("kept")
    write(folder / "talk.json", conversation)
    write(folder / "alone.json", conversation, embed=True)
    assert read(folder / "talk.json") == read(folder / "alone.json") == conversation
    assert not (folder / "alone.files").exists()


@given(st.builds(Kept, st.just(MODEL), turns=st.lists(TURNS, min_size=1, max_size=1).map(tuple)))
@settings(deadline=None, max_examples=25)
def test_what_replies_are_not_compared_by_comes_back(conversation: Kept) -> None:
    """The gateway's word, the rate limits and the time it thought are kept as well."""
    [before], [after] = conversation.turns, loads(dumps(conversation)).turns
    for was, now in zip(before.steps, after.steps, strict=True):
        assert (now.reply.gateway, now.reply.limits) == (was.reply.gateway, was.reply.limits)
        assert now.reply.thinking_s == was.reply.thinking_s


def test_thinking_that_was_refused_is_not_sent_again_after_loading(tmp_path: Path) -> None:
    """It would be refused again; nothing is noted of turns that did not think."""

    def respond(exchange: Exchange) -> None:
        messages = json.loads(exchange.body)["messages"]
        if "signature" in json.dumps(messages):
            said = {"type": "invalid_request_error", "message": "Invalid `signature` in `thinking` block"}
            exchange.begin(400, "application/json")
            exchange.send(json.dumps({"type": "error", "error": said}).encode())
            return
        signed = delta("signature_delta", signature="c2lnbmVk")
        thought = block(delta("thinking_delta", thinking="Hm."), signed, type="thinking", thinking="", signature="")
        began = {**STARTED, "message": {**MESSAGE, "model": MODEL}}
        exchange.begin(200, "text/event-stream")
        exchange.send(sse(began, *(thought if len(messages) == 3 else ()), *text_block("Yes.", 1), *ENDED))

    path = tmp_path / "talk.json"
    with (
        serving(respond) as served,
        Client.anthropic("sk", base_url=served.address.removesuffix("/v1"), max_retries=0) as client,
    ):
        chat = Chat(MODEL, client)
        for question in ("One?", "Two?", "Three?"):
            chat.ask(question)
        assert chat.course.unbound == (chat.turns[1],)
        chat.save(path)
        asked = len(served.requests)
        loaded = Chat.load(path, client)
        loaded.ask("Four?")
        assert len(served.requests) == asked + 1
    assert loaded.course.unbound == (loaded.turns[1],)


def test_a_file_of_the_first_kits_is_read(tmp_path: Path) -> None:
    """They did not say whose thinking was refused."""
    path = tmp_path / "talk.json"
    document = json.loads(dumps(kept(turn("one"))))
    del document["unbound"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read(path).unbound == ()


def test_a_turn_stays_one() -> None:
    """What goes on and what was ever asked share their turns, before and after, in their order."""
    first, replaced, second = turn("one"), turn("two"), turn("one")
    back = loads(dumps(Kept(MODEL, turns=(first, second), log=(first, replaced, second))))
    assert back.turns[0] is back.log[0]
    assert back.turns[1] is back.log[2]
    assert back.turns[0] is not back.turns[1]


def test_parts_within_a_tools_result_come_back() -> None:
    """A tool may have given a picture, as the kit holds it or as the API has it."""
    drawn = image(pil.new("RGB", (4, 3)), name="chart.png")
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "see"}, drawn]}
    back = loads(dumps(kept(Turn((text("Draw"),), (Step(reply(), (result,)), Step(reply()))))))
    assert back.turns[0].steps[0].results == (result,)


def test_a_selection_of_pages_is_kept_as_it_was_sent() -> None:
    """The bytes of the pages that were chosen come back, with title, citations and name, and open as a PDF."""
    chosen = pdf(PDF, pages="2", name="report.pdf", title="Report", citations=True)
    [back] = loads(dumps(kept(turn(chosen)))).turns[0].content
    assert back == chosen
    assert isinstance(back, Pdf)
    assert back.page_texts == chosen.page_texts == ("two",)


# ---- attachments ----------------------------------------------------------------------------------------------------


def test_a_file_is_written_once(tmp_path: Path) -> None:
    """However many turns hold it, in whatever form, it is one file; and saving again does not write it anew."""
    data = making.pdf(["one"] * 9)
    encoded = base64.b64encode(data).decode()
    block = {"type": "document", "source": {"type": "base64", "data": encoded}}
    conversation = kept(*(turn(pdf(data), "Again?") for _ in range(5)), turn(block))
    path, document = saved(tmp_path, conversation)
    [file] = (tmp_path / "talk.files").iterdir()
    assert file.read_bytes() == data
    assert file.name == f"{hashlib.sha256(data).hexdigest()}.pdf"
    assert "JVBER" not in json.dumps(document)
    before = file.stat().st_mtime_ns
    write(path, conversation)
    assert file.stat().st_mtime_ns == before
    assert dumps(conversation).count(encoded) == 1


def test_a_file_is_opened_once() -> None:
    """Turns that hold the same PDF share what is known of it."""
    back = loads(dumps(kept(*(turn(pdf(PDF), "Again?") for _ in range(3)))))
    documents = [part for each in back.turns for part in each.content if isinstance(part, Pdf)]
    assert len(documents) == 3
    assert len({id(part.document) for part in documents}) == 1


@pytest.mark.parametrize(
    ("given", "kept_as_file"),
    [
        (BASE64, True),
        (f"data:image/png;base64,{BASE64}", True),
        (BASE64[:400], False),  # a signature reads well enough
        (f"{BASE64[:-1]}!", False),
        (BASE64[:80] + "\n" + BASE64[80:], False),  # it must come back letter by letter
        (f"{BASE64}AB==", False),  # the very bytes of AA==
    ],
)
def test_base64_in_a_block_is_a_file(tmp_path: Path, given: str, kept_as_file: bool) -> None:
    """Base64 that is long goes among the attachments, and comes back to the letter; what is none stays."""
    block = {"type": "document", "source": {"type": "base64", "data": given}}
    path, document = saved(tmp_path, kept(turn(block)))
    assert (given not in json.dumps(document)) is (kept_as_file or "\n" in given)
    assert (tmp_path / "talk.files").exists() is kept_as_file
    assert read(path).turns[0].content == (block,)


def test_what_another_file_may_need_stays(tmp_path: Path) -> None:
    """An attachment that no turn holds any longer is left where it is: a copy of the file may still name it."""
    path, _ = saved(tmp_path, kept(turn(pdf(PDF))))
    copied = tmp_path / "before.json"
    copied.write_bytes(path.read_bytes())
    write(path, kept(turn("no file")))
    assert read(copied) == kept(*read(copied).turns)
    assert isinstance(read(copied).turns[0].content[0], Pdf)


def test_both_may_be_moved_and_the_file_renamed(tmp_path: Path) -> None:
    """The folder is found under the name it was saved with, and under the file's own."""
    conversation = kept(turn(pdf(PDF)))
    path, _ = saved(tmp_path, conversation)
    renamed = path.rename(tmp_path / "lesson.json")
    assert read(renamed) == conversation
    (tmp_path / "talk.files").rename(tmp_path / "lesson.files")
    assert read(renamed) == conversation


def test_an_attachment_that_is_missing_is_named(tmp_path: Path) -> None:
    """Which one, and how to load the rest; then a text stands in its place, and the conversation reads on."""
    block = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BASE64}}
    path, _ = saved(tmp_path, kept(turn(pdf(PDF, name="report.pdf"), block, "Why?")))
    for file in (tmp_path / "talk.files").iterdir():
        file.unlink()
    with pytest.raises(ContentError, match=r"talk\.json: 2 of 2 attachments.*report\.pdf, .* is missing.*replace"):
        read(path)
    gone, gone_too, words = read(path, missing="replace").turns[0].content
    assert isinstance(gone, Text)
    assert "report.pdf" in gone.text
    assert isinstance(gone_too, dict)
    assert gone_too["type"] == "text"
    assert words == text("Why?")


def test_an_attachment_that_was_altered_is_refused(tmp_path: Path) -> None:
    """What is not, to the bit, what was saved is not taken for it; to save again puts it right."""
    conversation = kept(turn(pdf(PDF, name="report.pdf")))
    path, _ = saved(tmp_path, conversation)
    [file] = (tmp_path / "talk.files").iterdir()
    file.write_bytes(PDF.replace(b"one", b"two"))
    with pytest.raises(ContentError, match=r"report\.pdf.*hash differs"):
        read(path)
    write(path, conversation)
    assert read(path) == conversation


# ---- writing --------------------------------------------------------------------------------------------------------


def test_no_key_is_kept(tmp_path: Path) -> None:
    """What tools and settings hold for others stays out; a parameter that is called so stays."""
    schema = {"type": "object", "properties": {"api_key": {"type": "string"}}}
    tools = (
        {"name": "f", "input_schema": schema},
        {"type": "mcp", "url": "https://x", "authorization_token": "s3cr3t"},
    )
    path, _ = saved(tmp_path, kept(settings={"thinking": {"api_key": "s3cr3t"}, "effort": "low"}, tools=tools))
    assert "s3cr3t" not in path.read_text(encoding="utf-8")
    back = read(path)
    assert back.tools == (tools[0], {"type": "mcp", "url": "https://x"})
    assert back.settings == {"thinking": {}, "effort": "low"}


def test_a_save_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Neither what cannot be written nor a folder in the way destroys the file, and nothing half is left."""
    conversation = kept(turn("kept"))
    path, _ = saved(tmp_path, conversation)
    with pytest.raises(TypeError, match=r"turn 1: a object is no JSON"):
        write(path, kept(Turn((), (Step(reply({"type": "text", "text": object()})),))))
    with pytest.raises(TypeError, match="turn 1: the key 1"):
        write(path, kept(turn({"type": "text", 1: 2})))
    (tmp_path / "talk.files").write_text("in the way")
    with pytest.raises(OSError, match=r"talk\.files"):
        write(path, kept(turn(pdf(PDF))))
    assert read(path) == conversation
    assert sorted(each.name for each in tmp_path.iterdir()) == ["talk.files", "talk.json"]
    (tmp_path / "talk.files").unlink()
    in_the_way = tmp_path / "talk.files" / f"{hashlib.sha256(PDF).hexdigest()}.pdf"
    in_the_way.mkdir(parents=True)
    with pytest.raises(OSError, match=in_the_way.name):
        write(path, kept(turn(pdf(PDF))))
    assert [*in_the_way.parent.iterdir()] == [in_the_way]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Saved through a link, the file that it points to is replaced."""
    (tmp_path / "real").mkdir()
    path, _ = saved(tmp_path / "real", kept(turn("one")))
    link = tmp_path / "link.json"
    link.symlink_to(path)
    write(link, kept(turn(pdf(PDF))))
    assert link.is_symlink()
    assert read(link) == read(path)


def test_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    """A folder that is not there, and a folder in the place of the file."""
    with pytest.raises(ContentError, match="there is no folder"):
        write(tmp_path / "nowhere" / "talk.json", kept())
    with pytest.raises(ContentError, match="is a folder"):
        write(tmp_path, kept())


def test_the_file_reads_well(tmp_path: Path) -> None:
    """A person finds the model first, reads every script, and attachments come last."""
    path, document = saved(
        tmp_path, kept(turn(pdf(PDF, name="報告.pdf"), "Was heißt 報告?"), settings={"effort": "low"})
    )
    written = path.read_text(encoding="utf-8")
    assert "Was heißt 報告?" in written
    assert [*document][:4] == ["format", "version", "model", "settings"]
    assert [*document][-1] == "attachments"
    [entry] = document["attachments"].values()
    assert entry == {"name": "報告.pdf", "media_type": "application/pdf", "size": len(PDF)}


# ---- reading what others wrote --------------------------------------------------------------------------------------


def test_what_is_no_conversation_says_what_it_is(tmp_path: Path) -> None:
    """No file, no JSON, other JSON, a format that is not known yet: each says so and what to do."""
    path = tmp_path / "talk.json"
    with pytest.raises(ContentError, match=r"talk\.json: no such file"):
        read(path)
    with pytest.raises(ContentError, match=r"is a folder\. Give the file that chat\.save\(path\) wrote"):
        read(tmp_path)
    for content, said in (
        (b"", "is empty|no JSON"),
        (b"PK\3\4 no text \xff", "no JSON"),
        (b'{"format": ', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no conversation"),
        (b'{"messages": []}', "no conversation"),
    ):
        path.write_bytes(content)
        with pytest.raises(ContentError, match=said):
            read(path)
    _, document = saved(tmp_path, kept())
    rewritten(path, {**document, "version": VERSION + 1})
    with pytest.raises(ContentError, match=r"newer claude_kit.*pip install -U claude_kit"):
        read(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": None}, "model"),
        ({"turns": [7]}, "no turn 7 among 1"),
        ({"log": [-1]}, "no turn -1"),
        ({"turns": [True]}, r"turns\[0\]"),
        ({"asked": [{"content": [], "steps": []}]}, "a turn without an answer"),
        ({"tools": [{"$literal": {"a": {"$pdf": {"sha256": "0" * 64}}}}]}, "not among the attachments"),
        ({"settings": {"budget": {"$decimal": "NaN"}}}, "settings"),
        ({"attachments": {"../../etc/passwd": {}}}, "no SHA-256"),
    ],
)
def test_what_was_changed_by_hand_says_where(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """A value that cannot stand where it does is refused with its place."""
    path, document = saved(tmp_path, kept(turn("one")))
    with pytest.raises(ContentError, match=said):
        read(rewritten(path, {**document, **change}))


@pytest.mark.parametrize(
    "name", ["../else.files", "{outside}", "..", ".", "inner/../../else.files", "C:else.files", "..\\else.files", "", 7]
)
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, name: object) -> None:
    """No name in a file leads anywhere but to a folder beside it."""
    outside = tmp_path / "else.files"
    (tmp_path / "inner").mkdir()
    path, document = saved(tmp_path / "inner", kept(turn(pdf(PDF))))
    (tmp_path / "inner" / "talk.files").rename(outside)
    named = name.format(outside=outside) if isinstance(name, str) else name
    with pytest.raises(ContentError, match="is missing"):
        read(rewritten(path, {**document, "folder": named}))


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A device in the place of an attachment has no end, and is left alone."""
    path, _ = saved(tmp_path, kept(turn(pdf(PDF))))
    [file] = (tmp_path / "talk.files").iterdir()
    file.unlink()
    file.symlink_to("/dev/zero")
    with pytest.raises(ContentError, match="is missing"):
        read(path)


def test_a_picture_is_what_its_bytes_are(tmp_path: Path) -> None:
    """What a file says of the size and the type of a picture is not believed, and what is no picture is refused."""
    path, document = saved(tmp_path, kept(turn(image(PNG))))
    told = document["asked"][0]["content"][0]["$image"]
    told |= {"media_type": "text/html", "width": 1, "height": 10**9}
    [back] = read(rewritten(path, document)).turns[0].content
    assert isinstance(back, Image)
    assert (back.media_type, back.width, back.height) == ("image/png", 48, 32)
    junk = b"<script>"
    sha256 = hashlib.sha256(junk).hexdigest()
    told["sha256"] = sha256
    document["attachments"] = {sha256: {"base64": base64.b64encode(junk).decode()}}
    with pytest.raises(ContentError, match=r"talk\.json"):
        read(rewritten(path, document))


def test_a_model_that_is_not_known_is_no_hindrance() -> None:
    """An estimate for a model of a newer kit, or another registry, is read; what it allows is guessed."""
    foreseen = estimate("Hello", model=MODEL)
    written = dumps(kept(turn("one", answer=reply(estimate=foreseen)))).replace(f'"{MODEL}"', '"claude-sonnet-99"')
    back = loads(written).turns[0].reply.estimate
    assert back is not None
    assert back.model.id == "claude-sonnet-99"
    assert back.cost == foreseen.cost


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything within JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


CHART = {"type": "tool_result", "tool_use_id": "t", "content": [image(PNG)]}
DOCUMENT = json.loads(
    dumps(
        Kept(
            MODEL,
            {"budget": Decimal("0.5")},
            turns=(
                Turn(
                    (pdf(PDF, title="T"), Text("words " * 3_000, "notes.txt"), image(PNG)),
                    (
                        Step(
                            reply(
                                {"type": "image", "source": {"data": BASE64}},
                                estimate=estimate("Hello", model=MODEL),
                                limits=RateLimits(requests=RateLimit(1, 2, datetime(2026, 11, 23, tzinfo=UTC))),
                            ),
                            (CHART,),
                        ),
                    ),
                ),
            ),
        )
    )
)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(list(places(DOCUMENT))), JSON | st.sampled_from([{"$pdf": {}}, {"$utf8": "x"}, {"$decimal": "1e9"}])
)
def test_a_file_that_was_tampered_with_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    """Whatever is changed in a file, it is read or refused with a sentence; nothing else goes wrong."""
    document = copy.deepcopy(DOCUMENT)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with suppress(ContentError):
        assert isinstance(loads(json.dumps(document)), Kept)
