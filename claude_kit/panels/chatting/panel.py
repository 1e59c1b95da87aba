"""The panel itself: a whole conversation in a cell, and what its page and code say to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import traitlets

from claude_kit.chat import Chat, table
from claude_kit.chat.exporting.digest import asked as said_in
from claude_kit.content import Text
from claude_kit.errors import ClaudeKitError
from claude_kit.panels.chatting import controls, prices, transcript
from claude_kit.panels.chatting.answering import Answering, Pending, told
from claude_kit.panels.chatting.branches import Branches
from claude_kit.panels.chatting.cells import after_each_cell, weakly
from claude_kit.panels.chatting.composing import Composer
from claude_kit.panels.chatting.files import given
from claude_kit.panels.chatting.uploads import CHUNK_BYTES, MOST_BYTES
from claude_kit.render import units
from claude_kit.render.html import compact, style
from claude_kit.render.surfaces import front_end
from claude_kit.view.background import BackgroundReply
from claude_kit.view.island import Island, asset, script
from claude_kit.wire import order

__all__ = ["ChatPanel"]

_CSS: Final = style("answer") + compact(asset("stream.css") + asset("chat.css", __package__))


class ChatPanel(Island):
    """A conversation in a cell: write, attach files, see what it will cost, and watch the answer come.

    Drop files on it, paste them or choose them; each is checked and priced before anything is sent. Enter sends,
    Shift+Enter breaks the line, the up-arrow in an empty box edits the last question. The kernel stays free while
    Claude answers. What is saved with the notebook is the conversation as it reads, without the controls.

    Without a key it talks to the offline model, and says so.

    Parameters
    ----------
    chat : Chat or str, optional
        What it goes on with, or the model of a new one.
    **options
        What `Chat` takes, for a new one.

    Attributes
    ----------
    chat : Chat
        The conversation. What is asked or set in code shows in the panel, and the other way round.
    chats : tuple of Chat
        It and its forks.

    Examples
    --------
    >>> from claude_kit.client import Client
    >>> panel = ChatPanel("claude-sonnet-5-5", client=Client.offline(pace_s=0), budget=0.5)
    >>> panel
    <ChatPanel claude-sonnet-5-5: 0 turns, $0>
    """

    _esm = script(asset("answer.js"), asset("composer.js", __package__), asset("chat.js", __package__))
    _css = _CSS

    # What the page shows. It says what it wants in messages, so that nothing is set by two at once.
    limits = traitlets.Dict({"chunk": CHUNK_BYTES, "file": MOST_BYTES}).tag(sync=True)
    turns = traitlets.Int(0).tag(sync=True)
    transcript = traitlets.Unicode().tag(sync=True)  # where the page does not show the static form
    draft: traitlets.Dict[str, Any] = traitlets.Dict({"text": "", "put": 0, "editing": False}).tag(sync=True)
    chips: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    price = traitlets.Dict({"next": "", "problem": ""}).tag(sync=True)
    money = traitlets.Dict().tag(sync=True)
    exchange = traitlets.Dict().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)
    branches = traitlets.Dict().tag(sync=True)

    def __init__(self, chat: Chat | str | None = None, **options: Any) -> None:
        if isinstance(chat, Chat) and options:
            raise TypeError(f"{', '.join(options)}: options of a new conversation; set them on the chat you give")
        if not isinstance(chat, Chat):
            chat = Chat(**options) if chat is None else Chat(chat, **options)
        self._branches = Branches(chat)
        self._lock = threading.RLock()
        self._composer = Composer()
        self._transcript = transcript.Transcript()
        self._answering = Answering(self)
        self._asked = 0
        self._said = 0
        self._wanted = 0
        self._heard_last = 0
        self._counted_for = self.chat.model.id
        self._shows_transcript = front_end() == "widgets"
        self._seen: tuple[Any, ...] = ()
        # One at a time, in the order it was wanted: files are read, prices found, questions checked.
        self._work = ThreadPoolExecutor(1, thread_name_prefix="claude_kit panel")
        super().__init__()
        self._listen(self.chat)
        self._look()
        self.on_msg(self._heard)
        after_each_cell(self._look)

    # ---- in code -----------------------------------------------------------------------------------------------

    @property
    def chat(self) -> Chat:
        """The conversation that is shown."""
        return self._branches.shown

    @property
    def chats(self) -> tuple[Chat, ...]:
        """The conversation and its forks."""
        return tuple(self._branches.chats)

    def ask(self, *content: object) -> BackgroundReply:
        """Ask in the panel; returns at once, and the answer comes there.

        Parameters
        ----------
        *content : part, str, any source or a block of the API
            As `Chat.ask` takes it.

        Returns
        -------
        BackgroundReply
            ``.result()`` waits for the answer.

        Raises
        ------
        PreflightError, BudgetExceeded
            As `Chat.ask` does; nothing was sent.
        ClaudeKitError
            If the conversation is being answered.
        """
        if not content:
            raise ValueError("nothing to ask: give a question, and files if you like")
        items = tuple(order.best_order(order.items(content)))
        return self._answering.begin(Pending(self.chat, self._number(), items, replaces=len(self.chat.turns)))

    def fork(self, at: int | None = None) -> ChatPanel:
        """Return a panel that goes on by itself from here, or from after an earlier turn; see `Chat.fork`."""
        return ChatPanel(self.chat.fork(at))

    def static_html(self) -> str:
        """Return the conversation as it reads, and a line that says what it is."""
        return self._transcript.framed(self.chat)

    def marked_html(self) -> str:
        """Return the same; where the line stands the panel comes alive."""
        return self._transcript.framed(self.chat, self.mark)

    def static_text(self) -> str:
        """Return the conversation for a terminal."""
        return transcript.text(self.chat)

    def close(self) -> None:
        """End the panel: an answer that is coming is stopped. Its conversation stays with whoever holds it."""
        if hasattr(self, "_work"):  # else it is none: its options were refused
            self._answering.stop()
            self._work.shutdown(wait=False, cancel_futures=True)
        super().close()

    def __repr__(self) -> str:
        turns = units.plural(len(self.chat.turns), "turn")
        return f"<ChatPanel {self.chat.model}: {turns}, {table.cost(self.chat.log)}>"

    # ---- asking ------------------------------------------------------------------------------------------------

    def _put_back(self, asked: Pending) -> None:
        """Have the words and files of a question in the composer again, of which nothing came."""
        if asked.words or asked.files:
            self._composer.put_back(asked.words, asked.files)
            self._put_draft(editing=asked.undoes)

    def ended(self, asked: Pending, problem: str) -> None:
        """Put an answer among what stays; the page keeps what it shows until the static form that holds it is there."""
        with self._lock:
            if not asked.kept:
                self._put_back(asked)
            self.exchange = {"number": asked.number, "done": True, "version": self.island_version + 1}
            if problem and not asked.kept:
                self.say("error", problem)
            self._refresh()

    def _number(self) -> int:
        self._asked += 1
        return self._asked

    # ---- what the page shows -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show what code has changed."""
        chat = self.chat
        settings = (chat.spelling, chat.effort, chat.thinking, chat.system, chat.budget, chat.cache, chat.max_tokens)
        now = (id(chat), *map(id, chat.turns), len(chat.log), *map(repr, settings))
        with self._lock:
            if now == self._seen or self._answering.pending is not None:
                return
            self._seen = now
            self._refresh()

    def _refresh(self) -> None:
        with self._lock, self.hold_sync():
            chat = self.chat
            self.turns = len(chat.turns)
            self.controls = controls.state(chat)
            self.money = {**prices.spent(chat), "offline": getattr(chat.client, "provider", "") == "offline"}
            self.branches = self._branches.state()
            self.chips = self._composer.chips()
            if self._shows_transcript:
                self.transcript = self._transcript.html(chat.turns)
        self.update_saved()
        if self._counted_for == chat.model.id:
            self._foresee()
        else:
            self._counted_for = chat.model.id
            self._examine()

    def _foresee(self) -> None:
        """Find the price of what is about to be sent; of several that were wanted, the last."""
        self._wanted += 1
        wanted = self._wanted

        def find() -> None:
            if wanted != self._wanted:
                return
            chat, composer = self.chat, self._composer
            before = chat.turns[:-1] if self.draft["editing"] else chat.turns
            self.price = prices.foreseen(chat, composer.words, composer.parts(), before)

        self._later(find)

    def _examine(self, *ids: str) -> None:
        """Check and count files, by default all, for the model that is set now."""

        def examine() -> None:
            for id in ids or self._composer.ids:
                self._composer.examine(id, self.chat.model)
                self.chips = self._composer.chips()

        self.chips = self._composer.chips()
        self._later(examine)
        self._foresee()

    def _put_draft(self, *, editing: bool) -> None:
        """Have the page show other words than were written there."""
        self.draft = {"text": self._composer.words, "put": self.draft["put"] + 1, "editing": editing}
        self.chips = self._composer.chips()

    def say(self, level: str, words: str) -> None:
        """Have a message above the composer; without words, none."""
        self._said += 1
        self.message = {"number": self._said, "level": level, "text": words}

    def _later(self, work: Callable[[], None]) -> None:
        def carefully() -> None:
            try:
                work()
            except Exception as error:
                self.say("error", told(error))

        with suppress(RuntimeError):  # it is closed
            self._work.submit(carefully)

    def _listen(self, chat: Chat) -> None:
        chat.course.listeners.append(weakly(self._look))

    # ---- what the page says ------------------------------------------------------------------------------------

    def _heard(self, widget: object, content: Any, buffers: Sequence[Any]) -> None:
        """Do what the page wants. Called in whichever thread; what is wrong is said there, for nobody is here to be."""
        if not isinstance(content, Mapping) or content.get("k") not in _WISHES:
            return
        try:
            _WISHES[content["k"]](self, content, buffers)
        except Exception as error:
            self.say("error", told(error))

    def _on_hello(self, said: Mapping[str, Any], _: object) -> None:
        """Tell a page that was loaded just now what has come of an answer."""
        with self._lock:
            if said.get("transcript") and not self._shows_transcript:
                self._shows_transcript = True
                self.transcript = self._transcript.html(self.chat.turns)
            pending = self._answering.pending
            if pending is not None and pending.view is not None:
                self.send({"k": "whole", "number": pending.number, "whole": pending.view.whole()})
        self._look()

    def _on_draft(self, said: Mapping[str, Any], _: object) -> None:
        if said.get("n", 0) < self._heard_last:
            return  # it was overtaken
        self._heard_last = said.get("n", 0)
        self._composer.words = str(said["text"])
        self.draft = {**self.draft, "text": self._composer.words}
        self._look()
        self._foresee()

    def _on_file(self, said: Mapping[str, Any], _: object) -> None:
        self._composer.begin(str(said["id"]), str(said["name"]), int(said["size"]))
        self.chips = self._composer.chips()

    def _on_chunk(self, said: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        id, size = str(said["id"]), int(said["size"])
        self._composer.begin(id, str(said["name"]), size)  # should this be the first that is heard of it
        come = self._composer.take_chunk(id, int(said["at"]), buffers[0] if buffers else b"")
        self.send({"k": "got", "id": id, "bytes": come})
        if come >= size:
            self._examine(id)

    def _on_remove(self, said: Mapping[str, Any], _: object) -> None:
        self._composer.remove(str(said["id"]))
        self.chips = self._composer.chips()
        self._foresee()

    def _on_fit(self, said: Mapping[str, Any], _: object) -> None:
        def fit() -> None:
            self._composer.fit(str(said["id"]), self.chat.model)
            self.chips = self._composer.chips()
            self._foresee()

        self._later(fit)

    def _on_set(self, said: Mapping[str, Any], _: object) -> None:
        controls.change(self.chat, str(said["name"]), str(said["value"]))
        self._look()
        self._foresee()

    def _on_ask(self, said: Mapping[str, Any], _: object) -> None:
        self._heard_last = said.get("n", 0)
        self._composer.words = str(said["text"])
        self._later(self._ask_what_is_written)

    def _ask_what_is_written(self) -> None:
        composer, chat = self._composer, self.chat
        refused = [file for file in composer.files if file.refused]
        if refused:
            facts = f"{refused[0].name}: {refused[0].chip()['facts']}"
            raise ClaudeKitError(f"{facts}. Fit it or take it out; nothing was sent.")
        if composer.coming:
            raise ClaudeKitError("a file is still on its way: send again when it is there")
        words, parts, editing = composer.words.strip(), composer.parts(), bool(self.draft["editing"])
        content = order.best_order(order.items([*parts, *([Text(words)] if words else [])]))
        if not content:
            raise ClaudeKitError("nothing to ask: write a question")
        replaces = len(chat.turns) - (1 if editing and chat.turns else 0)
        asked = Pending(chat, self._number(), tuple(content), composer.files, composer.words, replaces)
        asked.undoes = replaces < len(chat.turns)
        composer.clear()
        self._put_draft(editing=False)
        self._foresee()
        try:
            self._answering.begin(asked)
        except BaseException:
            self._put_back(asked)
            raise

    def _on_retry(self, said: Mapping[str, Any], _: object) -> None:
        def retry() -> None:
            chat = self.chat
            last = chat.course.last()
            asked = Pending(chat, self._number(), last.content, replaces=len(last.before))
            self._answering.begin(asked, lambda: chat.retry(background=True))

        self._later(retry)

    def _on_stop(self, said: Mapping[str, Any], _: object) -> None:
        self._answering.stop()

    def _on_edit(self, said: Mapping[str, Any], _: object) -> None:
        """Put the last question back into the composer; it is asked again from before it was asked."""
        if self._answering.pending is not None or not self.chat.turns:
            return
        words, attached = said_in(self.chat.turns[-1].content)
        self._composer.clear()
        self._composer.put_back(words, (given(part) for part in attached if not isinstance(part, str)))
        self._put_draft(editing=True)
        self._examine()

    def _on_leave(self, said: Mapping[str, Any], _: object) -> None:
        self._composer.clear()
        self._put_draft(editing=False)
        self._foresee()

    def _on_fork(self, said: Mapping[str, Any], _: object) -> None:
        self._refuse_while_answering()
        self._listen(self._branches.fork(int(said["at"])))
        self._look()

    def _on_branch(self, said: Mapping[str, Any], _: object) -> None:
        self._refuse_while_answering()
        self._branches.go_to(int(said["at"]))
        self._look()

    def _refuse_while_answering(self) -> None:
        if self._answering.pending is not None:
            raise ClaudeKitError("an answer is coming: wait for it, or stop it")

    def _on_export(self, said: Mapping[str, Any], _: object) -> None:
        form = str(said["form"])

        def export() -> None:
            document = self.chat.export(form)  # type: ignore[arg-type]
            file = {"k": "export", "name": f"conversation.{form}", "type": _TYPES[form]}
            self.send(file, [document.encode("utf-8", "replace")])

        self._later(export)


_TYPES: Final = {"md": "text/markdown", "html": "text/html", "json": "application/json"}

_WISHES: Final[Mapping[str, Callable[[ChatPanel, Mapping[str, Any], Sequence[Any]], None]]] = {
    name.removeprefix("_on_"): method for name, method in vars(ChatPanel).items() if name.startswith("_on_")
}
