"""What is handed out holds no key, wherever one was put."""

import json
from pathlib import Path

import pytest

import claude_kit as ck
from claude_kit.client.cassettes import files
from claude_kit.client.cassettes.scrubbing import Scrubber, is_secret
from claude_kit.offline import serve
from tests.client.driving import MODEL
from tests.wire.replay import ENDED, STARTED, answer, block, delta, replying, serving, sse, streaming

KEY = "sk-secret-0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lesson.cassette"


def ask(client: ck.Client, text: str = "Why?", **fields: object) -> ck.Reply:
    """Ask one question."""
    return client.send([{"role": "user", "content": text}], **{"model": MODEL, "max_tokens": 500, **fields})  # type: ignore[arg-type]


def recorded(path: Path, client: ck.Client) -> str:
    """Ask what holds no secret itself, and return the file."""
    with client:
        ask(client)
    return path.read_text(encoding="utf-8")


# ---- headers --------------------------------------------------------------------------------------------------------


def test_anthropics_key_is_not_in_the_file(path: Path) -> None:
    """Neither as a header, nor anywhere else."""
    with serving(streaming(*answer("Yes."))) as served:
        assert KEY not in recorded(path, ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address))
    assert dict(served.requests[0].headers)["x-api-key"] == KEY


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": KEY, "portkey_provider": "anthropic"},
        {"api_key": "pk-other-0123456789", "authorization": KEY},
        {"api_key": "pk-other-0123456789", "x_api_key": KEY},
        {"api_key": "pk-other-0123456789", "metadata": {"_user": KEY}},
        {"api_key": "pk-other-0123456789", "trace_id": "t", "aws_secret_access_key": KEY},
        {"api_key": "pk-other-0123456789", "config": {"provider": "anthropic", "api_key": KEY}},
    ],
)
def test_what_portkey_is_told_is_not_in_the_file(path: Path, options: dict[str, object]) -> None:
    """None of the gateway's headers: keys, whoever they are of, metadata, configs."""
    with serving(streaming(*answer("Yes."))) as served:
        client = ck.Client.record(path, "portkey", base_url=served.address, **options)
        told = recorded(path, client)
    assert KEY in str(served.requests[0].headers)
    assert KEY not in told
    assert "pk-other" not in told


def test_a_key_in_the_address_is_not_in_the_file(path: Path) -> None:
    """A query has no place in it, and is left out if there is one."""
    ck.Client.record(path, "anthropic", api_key="sk-other-0123456789", base_url=f"https://claude.invalid/v1?key={KEY}")
    assert KEY not in path.read_text()
    assert ck.Client.replay(path).base_url == "https://claude.invalid/v1"


def test_headers_of_one_request_are_not_in_the_file(path: Path) -> None:
    """What is told beside a question goes no further: cookies, proxies' passwords."""
    headers = {"cookie": f"session={KEY}", "proxy-authorization": f"Basic {KEY}", "x-note": "a note of mine"}
    ask(ck.Client.record(path, "offline", pace_s=0), headers=headers)
    assert KEY not in path.read_text()
    assert "a note of mine" not in path.read_text()


def test_of_an_answers_headers_only_a_few_are_kept(path: Path) -> None:
    """Nothing of the account, of its limits, of cookies, or of the way that it took."""
    personal = {
        "set_cookie": "__cf_bm=cookie-value-123; path=/; HttpOnly",
        "anthropic_organization_id": "0f0e0d0c-org",
        "anthropic_workspace_id": "wrkspc_01abc",
        "cf_ray": "8f1c2d3e4f-FRA",
        "anthropic_ratelimit_tokens_remaining": "123456789",
        "x_envoy_upstream_service_time": "987654",
    }
    kept = {"request_id": "req_77", "x_portkey_trace_id": "trace-77", "x_should_retry": "true"}
    with serving(streaming(*answer("Yes."), **personal, **kept)) as served:
        told = recorded(path, ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address))
    for value in ("cookie-value-123", *list(personal.values())[1:]):
        assert value not in told
    for value in kept.values():
        assert value in told


def test_a_date_to_ask_again_becomes_seconds(path: Path) -> None:
    """A date would be over when it is replayed."""
    limited = b'{"type":"error","error":{"type":"rate_limit_error","message":"No"}}'
    with (
        serving(replying(limited, 429, retry_after="Sun, 22 Nov 2099 18:05:00 GMT")) as served,
        pytest.raises(ck.RateLimitError),
    ):
        ask(ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address))
    (exchange,) = files.load(path).exchanges
    assert float(exchange.headers["retry-after"]) > 1e9


# ---- bodies ---------------------------------------------------------------------------------------------------------


def test_who_asks_is_not_in_the_file(path: Path) -> None:
    """`metadata.user_id` is nobody's business, in a batch neither."""
    client = ck.Client.record(path, "offline", pace_s=0)
    ask(client, metadata={"user_id": "ada@example.org"})
    client.batches.submit(
        [{"messages": [{"role": "user", "content": "Hi"}], "metadata": {"user_id": "ada@example.org"}}], model=MODEL
    )
    assert "ada@example.org" not in path.read_text()


def test_a_key_in_a_question_is_removed(path: Path) -> None:
    """Also one that is not the client's, if it looks like Anthropic's; and the environment's."""
    with serving(streaming(*answer("Yes."))) as served:
        client = ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address)
        ask(client, f"My key is {KEY}, hers sk-ant-api03-abcdefghijklmnop.", system=f"Mind {KEY}")
    told = path.read_text()
    assert KEY not in told
    assert "abcdefghijklmnop" not in told
    assert "My key is [removed], hers [removed]." in told


def test_a_key_of_the_environment_is_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though another one, or none, is used."""
    monkeypatch.setenv("PORTKEY_API_KEY", KEY)
    ask(ck.Client.record(path, "offline", pace_s=0), f"os.environ holds {KEY}")
    assert KEY not in path.read_text()


def test_keys_in_addresses_are_removed(path: Path) -> None:
    """The signature of an image's address, its token: what changes each time, and lets one in."""
    address = f"https://files.example.org/a.png?size=2&X-Amz-Signature={KEY}&access_token={KEY}x&sig=a1b2c3"
    content = [{"type": "image", "source": {"type": "url", "url": address}}, {"type": "text", "text": f"{address} ?"}]
    client = ck.Client.record(path, "offline", pace_s=0)
    client.send([{"role": "user", "content": content}], model=MODEL, max_tokens=50)
    told = path.read_text()
    assert KEY not in told
    assert "a1b2c3" not in told
    assert "a.png?size=2&X-Amz-Signature=[removed]&access_token=[removed]&sig=[removed]" in told


def test_a_key_that_shows_only_later_is_removed_before_too(path: Path) -> None:
    """That it is one, an address tells that stands behind it."""
    texts = (f"The token is {KEY}.", f"It is that of https://files.example.org/a?token={KEY}")
    content = [{"type": "text", "text": text} for text in texts]
    client = ck.Client.record(path, "offline", pace_s=0)
    client.send([{"role": "user", "content": content}], model=MODEL, max_tokens=500)
    assert KEY not in path.read_text()
    assert "The token is [removed]." in path.read_text()


@pytest.mark.parametrize("begins", ["sk-ant-api03-", "sk-proj-", "ghp_", "github_pat_", "hf_", "xoxb-"])
def test_what_looks_like_a_key_is_removed(path: Path, begins: str) -> None:
    """Whoever it belongs to: Anthropic, OpenAI, GitHub, Hugging Face, Slack; from the answer too."""
    key = f"{begins}{'0123456789abcdef' * 3}"
    ask(ck.Client.record(path, "offline", pace_s=0), f"What is {key}?")
    assert key not in path.read_text()
    assert "What is [removed]?" in ask(ck.Client.replay(path, pace=0), "What is [removed]?").text


def test_the_token_of_a_tool_server_is_removed(path: Path) -> None:
    """A request may carry the keys of others."""
    server = {"type": "url", "url": "https://tools.example.org", "name": "tools", "authorization_token": KEY}
    with serving(streaming(*answer(f"It said {KEY}."))) as served:
        ask(
            ck.Client.record(path, "anthropic", api_key="sk-other-0123456789", base_url=served.address),
            mcp_servers=[server],
        )
    assert KEY not in path.read_text()


@pytest.mark.parametrize(
    "body",
    [
        sse(*answer(f"It is {KEY}, is it not?")),
        sse(STARTED, *block(*(delta("text_delta", text=each) for each in KEY), type="text", text=""), *ENDED),
        sse(
            STARTED,
            *block(
                *(delta("thinking_delta", thinking=KEY[at : at + 3]) for at in range(0, 99, 3)),
                type="thinking",
                thinking="",
            ),
            *ENDED,
        ),
    ],
    ids=["at once", "letter by letter", "in thinking"],
)
def test_an_answer_that_repeats_a_key_is_masked(path: Path, body: bytes) -> None:
    """Also where it comes in pieces; all else of the answer stays."""
    with serving(replying(body)) as served:
        ask(ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address))
    reply = ask(ck.Client.replay(path, pace=0))
    assert KEY not in reply.text + reply.thinking
    assert (reply.text + reply.thinking).count("[removed]") == 1
    assert reply.complete
    assert KEY not in path.read_text()


def test_an_error_that_repeats_a_key_or_an_account_is_masked(path: Path) -> None:
    """A refusal that says which key, and whose, it does not like."""
    said = {"type": "error", "error": {"type": "authentication_error", "message": f"{KEY} of org-0a1b2c3d is unknown"}}
    refusal = replying(json.dumps(said).encode(), 401, "application/json", anthropic_organization_id="org-0a1b2c3d")
    with serving(refusal) as served, pytest.raises(ck.AuthenticationError):
        ask(ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address))
    assert KEY not in path.read_text()
    assert "org-0a1b2c3d" not in path.read_text()
    with pytest.raises(ck.AuthenticationError, match=r"\[removed\] of \[removed\] is unknown"):
        ask(ck.Client.replay(path))


# ---- and nothing else -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Canada is a portkey to the anthropic world; see https://example.org/?keyword=elephants&monkey=capuchins",
        "What does HttpOnly mean? And max_tokens=500?",
        "sk-ant-short is no key",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """What only looks a little like a key is not touched."""
    headers = {"x-portkey-provider": "anthropic", "x-portkey-api-key": KEY, "authorization": f"Bearer {KEY}x"}
    scrubber = Scrubber(headers)
    scrubber.learn_from_answer({"set-cookie": "id=0123456789; Path=/; HttpOnly"})
    assert scrubber.text(text) == text
    assert b"".join(scrubber.chunks([text.encode()])) == text.encode()


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("authorization", True),
        ("x-api-key", True),
        ("apiKey", True),
        ("access_token", True),
        ("key", False),
        ("keyword", False),
        ("max_tokens", False),
        ("input_tokens", False),
        ("text", False),
        ("signature", False),
    ],
)
def test_names_of_secrets(name: str, secret: bool) -> None:
    """Fields that let one in, and fields whose names only sound like it."""
    assert is_secret(name) is secret


@pytest.mark.parametrize("key", ["anything", "no key is needed"])
def test_words_that_stand_for_a_key_stay(path: Path, key: str) -> None:
    """Neither what a local gateway takes for a key, nor what a replay has for one, is missed in a question."""
    with serving(streaming(*answer("Is anything needed?"))) as served:
        client = ck.Client.record(path, "portkey", api_key=key, portkey_provider="anthropic", base_url=served.address)
        ask(client, "Does anything go wrong if a key is needed?")
    assert (
        ask(ck.Client.replay(path, pace=0), "Does anything go wrong if a key is needed?").text == "Is anything needed?"
    )


def test_the_signature_of_thinking_is_no_key(path: Path) -> None:
    """It goes back with the next question, kept by its hash, and the next answer's is as it came."""
    signed = [{"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk" * 20}, {"type": "text", "text": "Yes."}]
    thought = block(delta("signature_delta", signature="c2lnbmVk" * 20), type="thinking", thinking="", signature="")
    turns = [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": signed},
        {"role": "user", "content": "And?"},
    ]
    with serving(streaming(STARTED, *thought, *ENDED)) as served:
        client = ck.Client.record(path, "anthropic", api_key=KEY, base_url=served.address)
        client.send(turns, model=MODEL, max_tokens=3000)
    (exchange,) = files.load(path).exchanges
    assert exchange.asked.body["messages"][1]["content"][0]["signature"].startswith("<sha256 ")
    reply = ck.Client.replay(path, pace=0).send(turns, model=MODEL, max_tokens=3000)
    assert reply.blocks[0]["signature"] == "c2lnbmVk" * 20


@pytest.mark.parametrize("provider", ["anthropic", "portkey"])
def test_a_conversation_that_repeats_a_key_is_replayed(path: Path, provider: str) -> None:
    """What stands for a key in an answer stands for it in the next request too, which repeats that answer."""

    def talk(client: ck.Client, key: str) -> list[str]:
        chat = ck.Chat(MODEL, client)
        return [chat.ask(words).text for words in (f"My key is {key}, say it.", "Once more?", "And now?")]

    with serve(pace_s=0) as served:
        options = {"portkey_provider": "anthropic"} if provider == "portkey" else {}
        client = ck.Client.record(path, provider, api_key=KEY, base_url=served, **options)
        with client:
            told = talk(client, KEY)
    assert KEY in told[0]
    assert KEY not in path.read_text(encoding="utf-8")
    assert talk(ck.Client.replay(path, pace=0), "[removed]") == [each.replace(KEY, "[removed]") for each in told]


def test_a_key_among_letters_of_other_scripts_ends_where_it_ends(path: Path) -> None:
    """In words as in bytes, so that a conversation in Japanese is replayed."""
    said = "鍵は sk-ant-api03-abcdefghijklmnopです。"
    scrubber = Scrubber()
    assert scrubber.text(said) == "鍵は [removed]です。"
    assert b"".join(scrubber.chunks([said.encode()])).decode() == "鍵は [removed]です。"


def test_of_a_key_in_pieces_nothing_stays() -> None:
    """Though its first piece alone looks like one; what stands for it stands once, and all chunks are there."""
    key = b"sk-ant-api03-abcdefghijklmnopqrstuvwxyz"
    chunks = [b'{"text": "my %s"}' % key[:30], b"", b'{"text": "%s"} {"text":' % key[30:35], b' "%s!"}' % key[35:]]
    masked = Scrubber().chunks(chunks)
    assert masked == [b'{"text": "my [removed]"}', b"", b'{"text": ""} {"text":', b' "!"}']


def test_what_holds_no_key_stays_byte_by_byte() -> None:
    """Also where it is no text at all."""
    chunks = [b'{"text": "sk-sec', b"ret-", b"", b"\xff\xfe"]
    assert Scrubber({"x-api-key": KEY}).chunks(chunks) == chunks
