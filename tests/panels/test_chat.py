"""The chat panel without a page: what it is told, and what it shows then."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image as pil

import claude_kit as ck
from claude_kit.estimate import price
from claude_kit.models import find
from claude_kit.panels.chatting import ChatPanel
from claude_kit.panels.chatting.composing import Composer
from claude_kit.panels.chatting.uploads import CHUNK_BYTES, MOST_BYTES
from claude_kit.render.html import escape
from claude_kit.view import hearing
from tests.content import making

MODEL = "claude-sonnet-5-5"


def executed(cells: list[str]) -> nbformat.NotebookNode:
    """Return a notebook of these cells, run where no page is open."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return notebook


class Wire:
    """The comm of a widget, which notes what is sent to the page."""

    comm_id = "wire"

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, Any], list[Any]]] = []
        self.states: list[dict[str, Any]] = []

    def on_msg(self, callback: object) -> None:
        """Let the widget listen; the page's messages are handed to it directly."""

    def send(self, data: dict[str, Any], metadata: object = None, buffers: Any = None) -> None:
        """Note a message, and what is told by traits."""
        if data["method"] == "custom":
            self.messages.append((data["content"], buffers or []))
        elif data["method"] == "update":
            self.states.append(data["state"])

    def close(self, *args: object, **options: object) -> None:
        """Nothing is open."""


class Page:
    """What a page does: sends messages, and sees what the panel shows."""

    def __init__(self, panel: ChatPanel) -> None:
        self.panel = panel
        panel.comm = wire = Wire()
        self.heard = wire.messages
        self._files = 0
        self._sent = 0

    def say(self, k: str, *buffers: bytes, **wish: object) -> None:
        """Send a message, as the page's script does."""
        self._sent += 1
        self.panel._handle_custom_msg({"k": k, "n": self._sent, **wish}, [memoryview(each) for each in buffers])

    def upload(self, name: str, data: bytes) -> str:
        """Send a file in chunks, and wait until it was looked at."""
        self._files += 1
        id = f"f{self._files}"
        self.say("file", id=id, name=name, size=len(data))
        for at in range(0, len(data), CHUNK_BYTES):
            self.say("chunk", data[at : at + CHUNK_BYTES], id=id, at=at, name=name, size=len(data))
        until(lambda: self.chip(id)["facts"] not in ("reading", "counting", ""))
        return id

    def chip(self, id: str) -> dict[str, Any]:
        """Return what is shown of a file."""
        return next(chip for chip in self.panel.chips if chip["id"] == id)

    def ask(self, text: str) -> None:
        """Write a question and press Enter; wait for the answer, or for what is said instead."""
        before = len(self.panel.chat.log), self.panel.message.get("number")
        self.say("ask", text=text)
        until(lambda: (len(self.panel.chat.log), self.panel.message.get("number")) != before)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way, nor what follows from it."""
        until(lambda: self.panel._answering.pending is None)
        for _ in range(3):
            self.panel._work.submit(lambda: None).result(30)


def until(condition: Callable[[], object]) -> None:
    """Wait for what happens in another thread."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def opened(chat: ck.Chat | str = MODEL, **options: Any) -> Page:
    """Return a page with a panel on it, which talks to the offline model."""
    if isinstance(chat, str):
        options = {"client": ck.Client.offline(pace_s=0), **options}
    return Page(ChatPanel(chat, **options))


# ---- asking ---------------------------------------------------------------------------------------------------------


def test_what_is_written_is_asked_and_stands_in_the_static_form() -> None:
    """Enter asks; the composer is empty then, and question and answer are in what is saved."""
    page = opened()
    page.say("draft", text="What is a fou")
    page.ask("What is a fountain?")
    panel = page.panel
    assert [turn.label for turn in panel.chat.turns] == ["What is a fountain?"]
    assert panel.draft["text"] == ""
    assert panel.exchange["done"]
    assert "What is a fountain?" in panel.static_html()
    assert "offline model" in panel.static_html()
    assert "A conversation with claude-sonnet-5-5, 1 turn, $0.00" in panel.static_html()
    assert "> What is a fountain?" in panel.static_text()
    assert repr(panel) == f"<ChatPanel claude-sonnet-5-5: 1 turn, ${panel.chat.cost:.4f}>"


def test_the_answer_is_sent_to_the_page_as_it_comes() -> None:
    """Patches of the answer arrive under the number of its question."""
    page = opened()
    page.ask("Hello")
    patches = [content for content, _ in page.heard if content["k"] == "patch"]
    assert patches
    assert {patch["number"] for patch in patches} == {page.panel.exchange["number"]}


def test_a_page_that_is_loaded_in_the_middle_is_told_what_has_come() -> None:
    """A page that says hello is given the whole answer so far, and Stop keeps it."""
    page = opened(client=ck.Client.offline(pace_s=0.05))
    page.say("ask", text="Hello")
    until(lambda: any(content["k"] == "patch" for content, _ in page.heard))
    page.say("hello")
    told = [content for content, _ in page.heard if content["k"] == "whole"]
    assert told[0]["whole"]["p"] or told[0]["whole"]["s"]
    page.say("stop")
    page.settle()
    assert "Stopped" in page.panel.chat.turns[-1].reply.problem
    assert "Stopped" in page.panel.static_html()


def test_stop_is_heard_beside_a_cell_that_runs() -> None:
    """The comm that a page opens for it ends the answer; when none comes, nobody listens any more."""
    page = opened(client=ck.Client.offline(pace_s=0.05))
    island = page.panel.island
    page.say("ask", text="Hello")
    until(lambda: any(content["k"] == "patch" for content, _ in page.heard))
    hearing._opened(Wire(), {"content": {"data": {"island": island}}})
    page.settle()
    assert "Stopped" in page.panel.chat.turns[-1].reply.problem
    assert island not in hearing._stops


def test_a_stop_that_is_heard_late_ends_no_other_answer() -> None:
    """The page says which answer it means; by the time a kernel hears it, the next may be coming."""
    page = opened(client=ck.Client.offline(pace_s=0.01))
    first = page.panel.ask("First")
    first.stop()
    page.settle()
    second = page.panel.ask("Second")
    page.say("stop", number=1)
    assert second.result(30).complete
    page.settle()


def test_code_asks_in_the_panel() -> None:
    """`panel.ask` returns at once, its answer can be waited for, and it is in the panel."""
    page = opened()
    coming = page.panel.ask("Hello from code", ck.text("once", name="a.txt"))
    assert coming.result(30).complete
    page.settle()
    assert "Hello from code" in page.panel.static_html()
    assert "a.txt" in page.panel.static_html()
    with pytest.raises(ValueError, match="nothing to ask"):
        page.panel.ask()


def test_one_question_at_a_time() -> None:
    """While an answer comes, code is told so; a page's question stays in the composer."""
    page = opened(client=ck.Client.offline(pace_s=0.05))
    page.panel.ask("First")
    with pytest.raises(ck.ClaudeKitError, match="being answered"):
        page.panel.ask("Second")
    page.say("ask", text="Third")
    until(lambda: "being answered" in page.panel.message.get("text", ""))
    assert page.panel.draft["text"] == "Third"
    page.say("stop")
    page.settle()


def test_where_no_page_is_open_the_answer_is_waited_for() -> None:
    """In a notebook that is run from the command line the panel is shown once, as it is saved."""
    cells = [
        "import claude_kit as ck\npanel = ck.ChatPanel('claude-sonnet-5-5', client=ck.Client.offline(pace_s=0))",
        "panel.ask('What is a fountain?')",
        "panel",
    ]
    notebook = executed(cells)
    (shown,) = notebook.cells[2].outputs
    assert notebook.cells[1].outputs == []
    assert "What is a fountain?" in shown.data["text/html"]
    assert "A conversation with claude-sonnet-5-5, 1 turn" in shown.data["text/html"]
    assert "data-ck-island" not in shown.data["text/html"]
    assert "widgets" not in notebook.metadata


# ---- both ways ------------------------------------------------------------------------------------------------------


def test_what_code_asks_of_the_chat_shows_in_the_panel() -> None:
    """A turn of `panel.chat.ask` is in the panel when it is done, without a cell having ended."""
    page = opened()
    page.panel.chat.ask("Asked in another cell")
    assert "Asked in another cell" in page.panel.static_html()
    assert page.panel.turns == 1
    assert page.panel.money["spent"] != "spent $0"


def test_what_code_sets_shows_in_the_menus() -> None:
    """Model, effort, thinking and system prompt of the chat are those of the menus at the next message."""
    page = opened()
    chat = page.panel.chat
    chat.model, chat.effort, chat.thinking, chat.system = "claude-haiku-5-5", "low", 2048, "Be brief."
    page.say("hello")
    page.settle()
    shown = page.panel.controls
    assert (shown["model"], shown["effort"], shown["system"]) == ("claude-haiku-5-5", "low", "Be brief.")
    assert dict(shown["thinkings"])[shown["thinking"]] == "thinking up to 2,048 tokens"


def test_what_the_menus_are_set_to_the_chat_is_set_to() -> None:
    """Each menu sets its attribute; what the new model does not have goes back to its default."""
    page = opened()
    for name, value in {"effort": "max", "thinking": "between", "system": "Be brief."}.items():
        page.say("set", name=name, value=value)
    chat = page.panel.chat
    assert (chat.effort, chat.thinking, chat.system) == ("max", {"type": "between_tools"}, "Be brief.")
    page.say("set", name="model", value="claude-haiku-5-5")
    assert (chat.model.id, chat.effort, chat.thinking) == ("claude-haiku-5-5", "max", None)
    page.say("set", name="model", value="claude-haiku-4-5-20251001")
    page.settle()
    assert (chat.effort, page.panel.controls["efforts"]) == (None, [])
    page.say("set", name="effort", value="")
    page.say("set", name="system", value=" ")
    assert (chat.effort, chat.system) == (None, None)
    page.say("set", name="client", value="x")
    assert "can be set here" in page.panel.message["text"]


def test_what_is_heard_late_does_not_undo_what_came_after() -> None:
    """A kernel that reads messages in several threads ends with what was chosen and written last."""
    page = opened()
    page.say("set", name="effort", value="low", n=12)
    page.say("set", name="effort", value="max", n=11)
    page.say("set", name="thinking", value="off", n=10)
    page.say("draft", text="Hello", n=22)
    page.say("draft", text="Hel", n=21)
    chat = page.panel.chat
    assert (chat.effort, chat.thinking) == ("low", {"type": "disabled"})
    assert page.panel.draft["text"] == "Hello"


def test_a_model_is_spelled_as_the_one_before() -> None:
    """A chat that names its models by a gateway's provider goes on to do so."""
    page = opened("@anthropic-prod/claude-sonnet-5-5")
    page.say("set", name="model", value="claude-opus-5-5")
    assert page.panel.chat.spelling == "@anthropic-prod/claude-opus-5-5"


def test_a_chat_is_given_or_made() -> None:
    """Options are those of a new conversation; beside a conversation they are refused."""
    chat = ck.Chat(MODEL, ck.Client.offline(pace_s=0))
    assert ChatPanel(chat).chat is chat
    with pytest.raises(TypeError, match="budget"):
        ChatPanel(chat, budget=1)


def test_without_a_key_it_says_that_no_claude_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `ck.Chat()` it talks to the offline model then, and the page is told."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("PORTKEY_API_KEY", raising=False)
    assert ChatPanel().money["offline"]
    assert ChatPanel(model="claude-haiku-5-5").chat.model.id == "claude-haiku-5-5"


# ---- files ----------------------------------------------------------------------------------------------------------


def test_a_file_comes_in_chunks_and_is_counted() -> None:
    """Several chunks make the file, each is confirmed; it is counted, and goes along with the question."""
    page = opened()
    data = making.encoded(making.noise(1600, 1200), "PNG")
    assert len(data) > 2 * CHUNK_BYTES
    id = page.upload("photo.png", data)
    confirmed = [content["bytes"] for content, _ in page.heard if content["k"] == "got"]
    assert confirmed[-1] == len(data)
    assert confirmed == sorted(confirmed)
    assert re.fullmatch(r"[\d,]+ tokens · \$0\.\d{4}", page.chip(id)["facts"])
    page.ask("What is this?")
    (image, _) = page.panel.chat.turns[-1].content
    assert isinstance(image, ck.Image)
    assert image.data == data
    assert image.name == "photo.png"
    assert page.panel.chips == []


def test_a_message_is_heard_at_once_however_large_the_file() -> None:
    """What has arrived is read by the panel's own thread, and the page is told that it is being read."""
    page = opened()
    go_on = threading.Event()
    page.panel._work.submit(go_on.wait)
    data = making.pdf(["Revenue by region"] * 3)
    page.say("chunk", data, id="a", at=0, name="report.pdf", size=len(data))
    shown = [page.chip("a")["level"], page.chip("a")["facts"]]
    page.say("hello")
    page.say("draft", text="What is it?")
    written = page.panel.draft["text"]
    go_on.set()
    assert (shown, written) == (["reading", "reading"], "What is it?")
    page.settle()
    assert " tokens" in page.chip("a")["facts"]


def test_a_file_is_priced_for_the_model_that_is_chosen() -> None:
    """Its chip has tokens and dollars of input; both are about, where a sample of a long document was counted."""
    page = opened()
    short = page.upload("tale.txt", b"Once upon a time " * 400)
    long = page.upload("thesis.pdf", making.pdf(["Revenue by region"] * 60))

    found = re.fullmatch(r"([\d,]+) tokens · (\$\S+)", page.chip(short)["facts"])
    assert found
    assert found[2] == f"${price(find(MODEL), {'input_tokens': int(found[1].replace(',', ''))}).input:.4f}"
    assert re.fullmatch(r"~[\d,]+ tokens · ~\$\S+", page.chip(long)["facts"])
    page.say("set", name="model", value="claude-haiku-4-5-20251001")
    page.settle()
    assert not page.chip(short)["facts"].endswith(found[2])


def test_chunks_may_overtake_one_another() -> None:
    """A kernel that reads messages in several threads gets the file all the same."""
    page = opened()
    data = b"".join(b"%08d " % number for number in range(250_000))
    pieces = [(at, data[at : at + CHUNK_BYTES]) for at in range(0, len(data), CHUNK_BYTES)]
    for at, piece in reversed(pieces):
        page.say("chunk", piece, id="x", at=at, name="numbers.txt", size=len(data))
    page.say("file", id="x", name="numbers.txt", size=len(data))
    page.settle()
    (part,) = page.panel._composer.parts()
    assert isinstance(part, ck.Text)
    assert part.text == data.decode()


def test_a_file_that_would_be_refused_says_why_and_is_not_sent() -> None:
    """Its chip has the measure and the limit; asking sends nothing, and text and file stay."""
    page = opened()
    id = page.upload("thesis.pdf", making.pdf([""] * 643))
    chip = page.chip(id)
    assert (chip["level"], chip["facts"], chip["fit"]) == ("error", "643 pages, limit 600 a request", False)
    assert "ck.fit" in chip["more"]
    page.ask("Summarise it.")
    assert "thesis.pdf: 643 pages" in page.panel.message["text"]
    assert page.panel.chat.log == ()
    assert page.panel._composer.words == "Summarise it."
    assert page.chip(id) == chip


def test_what_can_be_made_to_fit_is_by_a_button() -> None:
    """An image over the limit is offered to be fitted, and is accepted then."""
    page = opened()
    id = page.upload("wide.png", making.encoded(pil.new("RGB", (9000, 60), "teal"), "PNG"))
    assert page.chip(id)["level"] == "error"
    assert page.chip(id)["fit"]
    page.say("fit", id=id)
    page.settle()
    assert page.chip(id)["level"] != "error"
    assert " tokens · $0." in page.chip(id)["facts"]
    page.ask("How wide?")
    assert page.panel.chat.turns[-1].content[0].width <= 8000


def test_what_cannot_be_read_says_what_to_do() -> None:
    """A ZIP archive, an empty file and one that is too large stand there with the reason, and can be taken out."""
    page = opened()
    id = page.upload("all.zip", b"PK\x03\x04" + bytes(60))
    assert page.chip(id)["facts"] == "cannot be read"
    assert "ZIP archive" in page.chip(id)["more"]
    page.say("file", id="large", name="film.pdf", size=MOST_BYTES + 1)
    assert "100 MB" in page.chip("large")["more"]
    page.say("remove", id=id)
    page.say("remove", id="large")
    assert page.panel.chips == []


def test_a_file_that_is_taken_out_while_it_comes_does_not_come_back() -> None:
    """Chunks that were on their way are let go."""
    page = opened()
    page.say("file", id="a", name="a.txt", size=8)
    page.say("chunk", b"abcd", id="a", at=0, name="a.txt", size=8)
    page.say("remove", id="a")
    page.say("chunk", b"efgh", id="a", at=4, name="a.txt", size=8)
    assert page.panel.chips == []
    assert page.panel._composer.parts() == ()


def test_another_model_counts_the_files_anew() -> None:
    """When the model changes, in the menu or in code, the limits and tokens of the files are its own."""
    page = opened()
    id = page.upload("long.pdf", making.pdf([""] * 101))
    assert page.chip(id)["level"] != "error"
    page.panel.chat.model = "claude-haiku-4-5"
    page.say("hello")
    page.settle()
    assert page.chip(id)["facts"] == "101 pages, limit 100 a request"


# ---- prices ---------------------------------------------------------------------------------------------------------


def test_the_price_of_what_is_written_is_what_the_chat_foresees() -> None:
    """The price shown while writing is that of the estimate which the answer then carries."""
    page = opened()
    page.say("draft", text="How much is it?")
    page.settle()
    shown = page.panel.price["next"]
    page.ask("How much is it?")
    estimate = page.panel.chat.turns[-1].reply.estimate
    assert estimate is not None
    assert shown == f"next answer ~${estimate.cost:.4f}"


def test_what_is_read_from_the_cache_is_said() -> None:
    """After a question on a PDF the next one costs less, and says why."""
    page = opened(cache="5m")
    page.upload("report.pdf", making.pdf(["Revenue by region"] * 3))
    page.ask("What is it?")
    page.say("draft", text="And why?")
    page.settle()
    assert page.panel.price["next"].endswith("(PDF read from cache)")


def test_what_was_spent_stands_against_the_budget() -> None:
    """In dollars and as a share; without a budget there is no share."""
    page = opened(budget=0.5)
    page.ask("Hello")
    money = page.panel.money
    assert money["spent"].endswith(" of $0.50")
    assert money["share"] == pytest.approx(float(page.panel.chat.cost) / 0.5)
    assert opened().panel.money["share"] is None


# ---- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_question_over_the_budget_stays_in_the_composer() -> None:
    """The reason stands in the panel, and nothing is lost."""
    page = opened(budget="0.0001")
    page.ask("Hello")
    assert "of the budget" in page.panel.message["text"]
    assert page.panel.message["level"] == "error"
    assert page.panel.draft["text"] == "Hello"
    assert page.panel.exchange == {}
    assert page.panel.chat.turns == ()


def test_what_the_api_refuses_comes_back_with_its_files() -> None:
    """An answer of 401 shows as a message; words and files are in the composer again."""

    def refuse(request: httpx.Request) -> httpx.Response:
        error = {"type": "authentication_error", "message": "invalid x-api-key"}
        return httpx.Response(401, json={"type": "error", "error": error})

    client = ck.Client.anthropic("sk-ant-test", transport=httpx.MockTransport(refuse))
    page = opened(client=client)
    id = page.upload("notes.txt", b"Once upon a time")
    page.ask("Who wrote it?")
    until(lambda: page.panel.message.get("text"))
    assert "invalid x-api-key" in page.panel.message["text"]
    assert page.panel.draft["text"] == "Who wrote it?"
    assert " tokens · $0." in page.chip(id)["facts"]
    assert not page.panel.money["offline"]


def test_what_was_written_since_stays_beside_what_comes_back() -> None:
    """A question that fails late does not push aside the next one."""
    page = opened()
    composer = page.panel._composer
    composer.words = "The next"
    composer.put_back("The first", [])
    assert composer.words == "The first\n\nThe next"


def test_an_answer_that_breaks_off_stays_to_be_read() -> None:
    """What had come of it is in the conversation with the reason, and Retry asks again."""
    page = opened(client=ck.Client.offline(pace_s=0, faults=["cut; after=40", None]))
    page.ask("Hello")
    (broken,) = page.panel.chat.turns
    assert not broken.complete
    assert broken.reply.text
    assert escape(broken.reply.problem) in page.panel.static_html()
    assert page.panel.draft["text"] == "", "it is in the conversation"
    page.say("retry")
    until(lambda: page.panel.chat.turns[-1].complete)
    page.settle()


def test_a_message_of_another_kind_is_let_pass() -> None:
    """What the panel does not know it does not answer; what is wrong in what it knows is said."""
    page = opened()
    page.say("dance")
    page.panel._handle_custom_msg("nothing", [])
    assert page.panel.message == {}
    page.say("branch", at="x")
    assert page.panel.message["level"] == "error"


# ---- going back, and beside -----------------------------------------------------------------------------------------


def test_retry_takes_the_place_of_the_last_answer() -> None:
    """One turn before, one turn after, another one."""
    page = opened()
    page.ask("Hello")
    (first,) = page.panel.chat.turns
    page.say("retry")
    until(lambda: len(page.panel.chat.log) == 2)
    page.settle()
    (second,) = page.panel.chat.turns
    assert second is not first
    assert second.label == "Hello"


def test_the_last_question_is_edited_with_its_files() -> None:
    """Words and files come back to the composer, and what is asked then goes on from before it."""
    page = opened()
    page.ask("One")
    page.upload("notes.txt", b"Once upon a time")
    page.ask("Two")
    page.say("edit", text="")
    assert page.panel.draft["text"] == "Two"
    assert page.panel.draft["editing"]
    assert [chip["name"] for chip in page.panel.chips] == ["notes.txt"]
    page.ask("Two, in other words")
    assert [turn.label for turn in page.panel.chat.turns] == ["One", "Two, in other words"]
    assert not page.panel.draft["editing"]


def test_leaving_what_is_edited_changes_nothing() -> None:
    """Escape empties the composer; the conversation is as it was."""
    page = opened()
    page.ask("One")
    page.say("edit", text="")
    page.say("leave")
    assert page.panel.draft["text"] == ""
    assert not page.panel.draft["editing"]
    assert [turn.label for turn in page.panel.chat.turns] == ["One"]


def test_what_was_being_written_comes_back_after_an_edit() -> None:
    """Words and files that were there before, one still on its way among them, whether the edit is left or sent."""
    page = opened()
    page.ask("One")
    page.upload("notes.txt", b"Once upon a time")
    page.say("chunk", b"half ", id="late", at=0, name="late.txt", size=9)
    page.say("edit", text="A draft")
    assert page.panel.draft["text"] == "One"
    assert page.panel.chips == []
    page.say("chunk", b"text", id="late", at=5, name="late.txt", size=9)
    page.say("leave")
    page.settle()
    assert page.panel.draft["text"] == "A draft"
    assert [chip["name"] for chip in page.panel.chips] == ["notes.txt", "late.txt"]
    assert all(" tokens" in chip["facts"] for chip in page.panel.chips)
    page.say("edit", text="A draft")
    page.say("edit", text="Edit was pressed twice")
    page.ask("One, in other words")
    assert [turn.label for turn in page.panel.chat.turns] == ["One, in other words"]
    assert page.panel.draft["text"] == "A draft"
    assert [chip["name"] for chip in page.panel.chips] == ["notes.txt", "late.txt"]


def test_a_draft_outlives_an_edit_that_is_refused() -> None:
    """The edited question stands in the composer again, and leaving it brings the draft."""
    page = opened()
    page.ask("One")
    page.say("edit", text="A draft")
    page.panel.chat.budget = page.panel.chat.cost
    page.ask("Changed")
    assert (page.panel.draft["text"], page.panel.draft["editing"]) == ("Changed", True)
    page.say("leave")
    assert (page.panel.draft["text"], page.panel.draft["editing"]) == ("A draft", False)


def test_an_edit_ends_where_another_conversation_is_shown() -> None:
    """What was edited of one is not asked in place of the last of another."""
    page = opened()
    page.ask("One")
    page.ask("Two")
    page.say("edit", text="A draft")
    page.say("fork", at=1)
    page.settle()
    assert (page.panel.draft["text"], page.panel.draft["editing"]) == ("A draft", False)
    page.ask("Beside")
    assert [turn.label for turn in page.panel.chat.turns] == ["One", "Beside"]


def test_an_edited_question_that_is_refused_leaves_the_old_one() -> None:
    """Where nothing comes of it, the turn that it was to replace is still there, and the words are too."""
    page = opened()
    page.ask("One")
    page.say("edit", text="")
    page.panel.chat.budget = page.panel.chat.cost
    page.ask("Changed")
    assert "budget" in page.panel.message["text"]
    assert [turn.label for turn in page.panel.chat.turns] == ["One"]
    assert page.panel.draft["text"] == "Changed"
    assert page.panel.draft["editing"]


def test_an_edited_question_that_finds_the_chat_busy_leaves_the_old_one() -> None:
    """While a cell asks, nothing is taken back."""
    page = opened(client=ck.Client.offline(pace_s=0))
    page.ask("One")
    page.say("edit", text="")
    with page.panel.chat.course.alone():
        page.ask("Changed")
    assert "being answered" in page.panel.message["text"]
    assert [turn.label for turn in page.panel.chat.turns] == ["One"]
    assert page.panel.draft["text"] == "Changed"


def test_a_fork_goes_on_beside_and_there_is_a_way_back() -> None:
    """The panel shows the fork; what was asked there is not in the other, and both can be gone to."""
    page = opened()
    page.ask("One")
    page.ask("Two")
    page.say("fork", at=1)
    page.settle()
    assert page.panel.branches == {"names": ["conversation", "fork 1, from turn 1"], "at": 1}
    page.ask("Beside")
    assert [turn.label for turn in page.panel.chat.turns] == ["One", "Beside"]
    page.say("branch", at=0)
    page.settle()
    assert [turn.label for turn in page.panel.chat.turns] == ["One", "Two"]
    assert "Beside" not in page.panel.static_html()
    assert len(page.panel.chats) == 2


def test_code_forks_into_a_panel_of_its_own() -> None:
    """`panel.fork` is another panel, which holds the turns up to there."""
    page = opened()
    page.ask("One")
    page.ask("Two")
    other = page.panel.fork(1)
    assert [turn.label for turn in other.chat.turns] == ["One"]
    assert len(page.panel.chat.turns) == 2


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_the_conversation_is_exported(form: str) -> None:
    """The page is given the very document that `Chat.export` makes."""
    page = opened()
    page.ask("Hello")
    page.say("export", form=form)
    page.settle()
    (told, buffers) = next(each for each in page.heard if each[0]["k"] == "export")
    assert told["name"] == f"conversation.{form}"
    assert buffers[0].decode() == page.panel.chat.export(form)  # type: ignore[arg-type]


# ---- what is shown --------------------------------------------------------------------------------------------------


def test_nothing_that_is_said_becomes_markup() -> None:
    """A question, a file's name and an answer stand in the static form as words."""
    page = opened()
    page.upload('<img src=x onerror="bad()">.txt', b"Once upon a time")
    page.ask("<script>bad()</script>")
    html = page.panel.static_html()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;bad()" in html


def test_a_page_that_shows_no_static_form_is_given_the_conversation() -> None:
    """Where HTML and widgets share no page, it is a trait, kept up to date; elsewhere it is not sent twice."""
    page = opened()
    page.ask("One")
    assert page.panel.transcript == ""
    page.say("hello", transcript=True)
    page.settle()
    assert "One" in page.panel.transcript
    page.ask("Two")
    assert "Two" in page.panel.transcript


def test_a_panel_is_saved_without_controls() -> None:
    """The static form holds no button, no input and no script."""
    page = opened()
    page.ask("Hello")
    html = page.panel.bundle()["text/html"]
    assert not any(f"<{name}" in html for name in ("button", "input", "textarea", "select", "script"))
    assert "data-ck-island" not in html
    assert "data-ck-island" in page.panel.marked_html()


def test_who_waited_for_an_answer_may_ask_the_next_at_once() -> None:
    """Also where the panel has not yet put the one before away."""
    panel = ChatPanel(MODEL, client=ck.Client.offline(pace_s=0))
    for number in range(20):
        assert panel.ask(f"Question {number}").result().complete
    assert len(panel.chat.turns) == 20


def test_a_panel_that_is_closed_leaves_no_thread() -> None:
    """What it read files and found prices with ends; its conversation goes on."""
    before = set(threading.enumerate())
    panel = ChatPanel(MODEL, client=ck.Client.offline(pace_s=0))
    panel.ask("Hello").result()
    panel.close()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("claude_kit panel") for thread in {*threading.enumerate()} - before):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert panel.chat.ask("And on").complete


def test_a_panel_that_is_closed_leaves_nothing_behind() -> None:
    """No answer that comes, nothing that is called after a cell or a turn, not of its forks either."""
    page = opened(client=ck.Client.offline(pace_s=0))
    page.ask("One")
    page.say("fork", at=1)
    page.settle()
    chats = page.panel.chats
    chats[1].client = ck.Client.offline(pace_s=0.05)
    coming = page.panel.ask("Two")
    page.panel.close()
    assert not coming.result(30).complete
    until(lambda: page.panel._answering.pending is None)
    assert [chat.course.listeners for chat in chats] == [[], []]
    page.panel.close()


def test_a_panel_that_was_closed_comes_alive_again() -> None:
    """Opened anew it asks, and listens to each of its conversations once."""
    page = opened()
    page.panel.close()
    page.panel.open()
    page.panel.comm = Wire()
    page.panel.open()
    page.ask("Hello again")
    assert [turn.label for turn in page.panel.chat.turns] == ["Hello again"]
    assert len(page.panel.chat.course.listeners) == 1


def test_a_closed_panel_is_not_called_after_a_cell() -> None:
    """In a kernel as many callbacks are registered after it was closed as before it was made."""
    cells = [
        "import claude_kit as ck\ncalled = get_ipython().events.callbacks['post_run_cell']\nbefore = len(called)",
        "panel = ck.ChatPanel('claude-sonnet-5-5', client=ck.Client.offline(pace_s=0))\nprint(len(called) - before)",
        "panel.close()\nprint(len(called) - before)",
    ]
    notebook = executed(cells)
    assert [cell.outputs[0].text for cell in notebook.cells[1:]] == ["1\n", "0\n"]


def test_what_begins_while_the_panel_is_drawn_reaches_the_page() -> None:
    """Each exchange that another thread tells of is sent, in its order, and held back by nobody."""
    panel = opened().panel
    panel.comm = wire = Wire()
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            panel.chat.max_tokens += 1
            panel._look()

    drawing = threading.Thread(target=draw)
    drawing.start()
    try:
        for number in range(300):
            panel.exchange = {"number": number}
            time.sleep(0.0005)
    finally:
        over.set()
        drawing.join()
    told = [state["exchange"]["number"] for state in wire.states if "exchange" in state]
    assert told == list(range(300))


def test_an_edit_that_begins_twice_keeps_what_was_written_first() -> None:
    """Two pages may press Edit at once: what comes back is the draft, not the question that is edited."""
    composer = Composer()
    composer.words = "A draft"
    composer.edit("One", [])
    composer.edit("One", [])
    composer.clear()
    assert (composer.words, composer.editing) == ("A draft", False)


def test_what_still_comes_of_a_file_when_a_question_begins_anew_is_let_go() -> None:
    """Edit and Leave clear the composer: a chunk that comes later begins nothing."""
    composer = Composer()
    composer.begin("f1", "notes.txt", 10)
    composer.take_chunk("f1", 0, b"hello")
    composer.clear()
    composer.begin("f1", "notes.txt", 10)
    composer.take_chunk("f1", 5, b"world")
    assert (composer.files, composer.coming) == ((), False)
