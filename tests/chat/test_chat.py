"""A conversation: what is sent, what is kept, what it costs."""

from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image as pil

from claude_kit import BudgetExceeded, Chat, Client, PreflightError, RetiredModelError, StreamInterrupted, ask, pdf
from claude_kit.offline import server
from tests.content import making

MODEL = "claude-sonnet-5-5"


def offline_chat(**options: object) -> Chat:
    """Return a chat with the offline model, as fast as it goes."""
    return Chat(MODEL, Client.offline(pace_s=0), **options)  # type: ignore[arg-type]


def blank_pdf(tmp_path: Path, pages: int) -> Path:
    """Write a PDF of blank letter pages."""
    path = tmp_path / "blank.pdf"
    path.write_bytes(making.pdf([""] * pages))
    return path


def test_a_question_and_its_answer_become_a_turn(tmp_path: Path) -> None:
    """The answer is returned and kept; the estimate stands beside the real usage."""
    chat = offline_chat(thinking="adaptive")
    reply = chat.ask("What is on these pages?", blank_pdf(tmp_path, 2))
    assert reply.complete
    assert reply.thinking
    assert [turn.reply for turn in chat.turns] == [reply]
    assert reply.estimate is not None
    assert reply.estimate.input_tokens == reply.usage.input_tokens
    assert chat.cost == reply.cost > 0


def test_files_go_before_the_question(tmp_path: Path) -> None:
    """PDFs come before images before text, whatever the order they are given in."""
    chat = offline_chat()
    chat.ask("Which?", pil.new("RGB", (300, 300)), pdf(blank_pdf(tmp_path, 1)))
    kinds = [type(part).__name__ for part in chat.history[0]["content"]]
    assert kinds == ["Pdf", "Image", "Text"]


def test_a_second_question_carries_the_first(tmp_path: Path) -> None:
    """The next request holds the earlier turn, thinking and signature verbatim, and says so."""
    chat = offline_chat(thinking="adaptive")
    first = chat.ask(blank_pdf(tmp_path, 1), "What is this?")
    second = chat.ask("And why?")
    assert [message["role"] for message in chat.history] == ["user", "assistant"] * 2
    assert chat.history[1]["content"] == [dict(block) for block in first.blocks]
    assert "What is this?" in second.text
    assert second.usage.input_tokens > first.usage.input_tokens


def test_what_would_be_refused_is_not_sent(tmp_path: Path) -> None:
    """A PDF over the page limit raises with its finding, and the conversation is as it was."""
    chat = offline_chat()
    chat.ask("Hello")
    before = chat.history
    with pytest.raises(PreflightError, match=r"blank.pdf: 601 pages, the limit is 600") as caught:
        chat.ask(blank_pdf(tmp_path, 601), "Too long?")
    assert [finding.rule for finding in caught.value.report.errors] == ["pdf.pages"]
    assert chat.history == before


def test_a_failed_request_leaves_the_history_alone() -> None:
    """When the server breaks off, the error is raised and the question is not kept."""
    with server.serve() as address:
        client = Client.anthropic(api_key="sk-test", base_url=address.replace("/v1", "/nowhere"))
    chat = Chat(MODEL, client)
    with pytest.raises(Exception, match="connection_error"):
        chat.ask("Anyone there?")
    assert chat.turns == ()


def test_a_budget_is_not_exceeded() -> None:
    """A question that could cost more than is left is not sent; the message names both amounts."""
    chat = offline_chat(budget=0.01, max_tokens=8192)
    with pytest.raises(BudgetExceeded, match=r"could cost \$0\.\d+ .* \$0\.0100 of the budget of \$0\.0100 is left"):
        chat.ask("A long answer, please")
    assert chat.turns == ()
    assert offline_chat(budget=0.01, max_tokens=200).ask("A short one, please").usage.output_tokens <= 200


def test_a_cut_answer_is_kept_and_sent_again() -> None:
    """An answer that ended at max_tokens is an answer; what comes next builds on it."""
    chat = offline_chat(max_tokens=90)
    reply = chat.ask("Tell me everything")
    assert reply.stop_reason == "max_tokens"
    assert len(chat.history) == 2


def test_cost_and_usage_add_up() -> None:
    """The conversation's cost and usage are the sums of its turns'."""
    chat = offline_chat()
    assert (chat.cost, dict(chat.usage)) == (Decimal(0), {})
    replies = [chat.ask("One"), chat.ask("Two")]
    assert chat.cost == sum(reply.cost for reply in replies)
    assert chat.usage.output_tokens == sum(reply.usage.output_tokens for reply in replies)


def test_a_retired_model_is_refused_at_once() -> None:
    """The message says since when, and what to use now."""
    with pytest.raises(RetiredModelError, match=r"retired on 2026-01-05.*Use claude-opus-5-5"):
        Chat("claude-3-opus-20240229")


def test_nothing_to_ask_is_an_error() -> None:
    """An empty question is the caller's mistake and is said so."""
    with pytest.raises(ValueError, match="nothing to ask"):
        offline_chat().ask()


def test_one_question_needs_no_conversation() -> None:
    """`ask` returns the reply alone."""
    assert ask("Hello", model=MODEL, client=Client.offline(pace_s=0)).complete


def test_it_shows_itself_as_a_table() -> None:
    """A row for each turn and a total, with every value escaped."""
    chat = offline_chat()
    chat.ask("<script>alert(1)</script>")
    shown = chat._repr_mimebundle_()
    assert "<script>" not in shown["text/html"]
    assert shown["text/plain"].splitlines()[-1].startswith(MODEL)
    assert repr(chat).startswith(f"<Chat {MODEL}: 1 turn, $0.")


def test_a_turn_without_a_known_price_shows_itself() -> None:
    """A priority tier is paid by contract: the conversation is still told, and its cost still refuses to guess."""
    from claude_kit.chat import Step, Turn
    from claude_kit.content import Text
    from claude_kit.reply import Reply, Usage

    chat = offline_chat()
    chat.ask("Hello")
    usage = Usage({"input_tokens": 5, "output_tokens": 3, "service_tier": "priority"})
    chat.turns += (Turn((Text("What?"),), (Step(Reply(usage=usage, model=MODEL)),)),)
    *_, first, second, total = chat._repr_mimebundle_()["text/plain"].splitlines()
    assert "$0." in first
    assert second.endswith("price unknown")
    assert total.endswith("price unknown")
    assert repr(chat) == f"<Chat {MODEL}: 2 turns, price unknown>"
    with pytest.raises(ValueError, match="priority"):
        _ = chat.cost


def test_an_incomplete_turn_is_kept_but_not_sent() -> None:
    """What was stopped stays for reading, and later requests leave it out."""
    from claude_kit.chat import Step, Turn
    from claude_kit.content import Text
    from claude_kit.reply import Accumulator
    from claude_kit.wire import events as e

    accumulator = Accumulator()
    accumulator.feed(e.TextDelta(0, "half"))
    chat = offline_chat()
    chat.turns = (Turn((Text("What?"),), (Step(accumulator.reply()),)),)
    assert chat.history == []
    assert isinstance(StreamInterrupted("cut", reply=chat.turns[0].reply).reply.text, str)


def test_an_empty_text_block_is_not_sent_back() -> None:
    """The API may answer with a text block without a word, but refuses to be sent one."""
    from claude_kit.chat import Step, Turn
    from claude_kit.content import Text
    from claude_kit.reply import Reply

    thinking, blank = {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "\n"}
    blocks = (thinking, blank, {"type": "text", "text": "Yes."}, blank)
    chat = offline_chat()
    chat.turns = (Turn((Text("What?"),), (Step(Reply(blocks=blocks, stop_reason="end_turn", model=MODEL)),)),)
    assert chat.history[1]["content"] == [thinking, blocks[2]]


def test_a_warning_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is accepted but likely a mistake is told before the answer, the first time."""
    path = tmp_path / "notes.txt"
    path.write_text("Twelve apples.")
    chat = offline_chat()
    chat.ask(str(path))
    assert "warning: " in capsys.readouterr().err
    chat.ask(str(path))
    assert capsys.readouterr().err == ""


def test_preflight_can_be_turned_off(tmp_path: Path) -> None:
    """Then what the limits say does not count; the API decides."""
    chat = offline_chat(preflight=False)
    assert chat.ask(blank_pdf(tmp_path, 601), "Too long?").complete
