"""The panel itself: a whole conversation in a cell. What code says to it, and what its page shows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, Final

import traitlets

from claude_kit.chat import Chat, table
from claude_kit.panels.chatting import controls, messages, prices, transcript
from claude_kit.panels.chatting.answering import Answering, Pending, told
from claude_kit.panels.chatting.branches import Branches
from claude_kit.panels.chatting.cells import after_each_cell, weakly
from claude_kit.panels.chatting.composing import Composer
from claude_kit.panels.chatting.uploads import CHUNK_BYTES, MOST_BYTES
from claude_kit.render import units
from claude_kit.render.html import compact, style
from claude_kit.render.surfaces import front_end
from claude_kit.view.background import BackgroundReply
from claude_kit.view.island import Island, asset, script
from claude_kit.wire import order

__all__ = ["ChatPanel"]

_SCRIPTS: Final = ("composer.js", "past.js", "uploads.js", "chat.js")

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

    _esm = script(asset("answer.js"), *(asset(name, __package__) for name in _SCRIPTS))
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

    _closing: ExitStack | None = None

    def __init__(self, chat: Chat | str | None = None, **options: Any) -> None:
        if isinstance(chat, Chat) and options:
            raise TypeError(f"{', '.join(options)}: options of a new conversation; set them on the chat you give")
        if not isinstance(chat, Chat):
            chat = Chat(**options) if chat is None else Chat(chat, **options)
        self._branches = Branches(chat)
        self._lock = threading.RLock()  # held for a moment: messages of the page wait for it
        self._drawing = threading.RLock()  # held while the conversation is drawn, which may take a while
        self._composer = Composer()
        self._transcript = transcript.Transcript()
        self._answering = Answering(self)
        self._asked = 0
        self._said = 0
        self._wanted = 0
        self._heard: dict[str, int] = {}
        self._counted_for = self.chat.model.id
        self._shows_transcript = front_end() == "widgets"
        self._seen: tuple[Any, ...] = ()
        super().__init__()
        self._look()
        self.on_msg(lambda _, said, buffers: messages.hear(self, said, buffers))

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
        return self._ask(Pending(self.chat, self._number(), items, replaces=len(self.chat.turns)))

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

    def open(self) -> None:
        """Come alive: when it is made, and when it is displayed again after it was closed."""
        if self._closing is None:
            self._closing = ExitStack()
            # One at a time, in the order it was wanted: files are read, prices found, questions checked.
            self._work = ThreadPoolExecutor(1, thread_name_prefix="claude_kit panel")
            self._closing.callback(self._work.shutdown, wait=False, cancel_futures=True)
            self._closing.callback(after_each_cell(self._look))
            for chat in self.chats:
                self._listen(chat)
        super().open()

    def _ipython_display_(self) -> None:
        self.open()
        super()._ipython_display_()

    def close(self) -> None:
        """End the panel: an answer that is coming is stopped. Its conversation stays with whoever holds it."""
        closing, self._closing = self._closing, None
        if closing is not None:  # else it is closed, or was none: its options were refused
            self._answering.stop()
            closing.close()
        super().close()

    def __repr__(self) -> str:
        turns = units.plural(len(self.chat.turns), "turn")
        return f"<ChatPanel {self.chat.model}: {turns}, {table.cost(self.chat.log)}>"

    # ---- asking ------------------------------------------------------------------------------------------------

    def _ask(self, asked: Pending, ask: Callable[[], BackgroundReply] | None = None) -> BackgroundReply:
        """Have a question answered; one that is refused is in the composer again."""
        try:
            return self._answering.begin(asked, ask)
        except BaseException:
            self._put_back(asked)
            raise

    def _put_back(self, asked: Pending) -> None:
        """Have the words and files of a question in the composer again, of which nothing came."""
        if asked.words or asked.files:
            self._composer.put_back(asked.words, asked.files, editing=asked.undoes)
            self._put_draft()

    def ended(self, asked: Pending, problem: str) -> None:
        """Put an answer among what stays; the page keeps what it shows until the static form that holds it is there."""
        with self._drawing:
            if not asked.kept:
                self._put_back(asked)
            self.exchange = {"number": asked.number, "done": True, "version": self.island_version + 1}
            if problem and not asked.kept:
                self.say("error", problem)
            self._refresh()

    def _number(self) -> int:
        with self._lock:
            self._asked += 1
            return self._asked

    # ---- what the page shows -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show what code has changed."""
        with self._drawing:
            if self._now() != self._seen and self._answering.pending is None:
                self._refresh()

    def _now(self) -> tuple[Any, ...]:
        """Return what tells whether there is something new to be shown."""
        chat = self.chat
        settings = (chat.spelling, chat.effort, chat.thinking, chat.system, chat.budget, chat.cache, chat.max_tokens)
        return (id(chat), *map(id, chat.turns), len(chat.log), *map(repr, settings))

    def _refresh(self) -> None:
        self._seen = self._now()
        # One by one, for ipywidgets' `hold_sync` holds back, and may lose, what other threads set meanwhile.
        chat = self.chat
        self.turns = len(chat.turns)
        self.controls = controls.state(chat)
        self.money = {**prices.spent(chat), "offline": getattr(chat.client, "provider", "") == "offline"}
        self.branches = self._branches.state()
        self._show_chips()
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
        with self._lock:
            self._wanted += 1
            wanted = self._wanted

        def find() -> None:
            if wanted != self._wanted:
                return
            chat, composer = self.chat, self._composer
            before = chat.turns[:-1] if composer.editing else chat.turns
            self.price = prices.foreseen(chat, composer.words, composer.parts(), before)

        self._later(find)

    def _examine(self, *file_ids: str) -> None:
        """Check and count files, by default all, for the model that is set now."""
        self._show_chips()
        for file_id in file_ids or [file.id for file in self._composer.files]:
            self._later(partial(self._examine_one, file_id))
        self._foresee()

    def _examine_one(self, file_id: str) -> None:
        self._composer.read(file_id)
        self._composer.examine(file_id, self.chat.model)
        self._show_chips()

    def _is_newest(self, what: str, number: int) -> bool:
        """Note a message about something; tell whether none was heard that was sent later, for they may overtake."""
        with self._lock:
            newest = number >= self._heard.get(what, 0)
            self._heard[what] = max(number, self._heard.get(what, 0))
            return newest

    def _take_words(self, words: str) -> None:
        """Take what is written in the box."""
        with self._lock:
            self._composer.words = words
            self.draft = {**self.draft, "text": words}

    def _put_draft(self) -> None:
        """Have the page show other words than were written there."""
        with self._lock:
            composer = self._composer
            self.draft = {"text": composer.words, "put": self.draft["put"] + 1, "editing": composer.editing}
        self._show_chips()

    def _show_transcript(self) -> None:
        """Show the conversation too, on a page that does not show the static form."""
        with self._drawing:
            self._shows_transcript = True
            self.transcript = self._transcript.html(self.chat.turns)
        self._look()

    def _show_chips(self) -> None:
        with self._lock:
            self.chips = self._composer.chips()

    def say(self, level: str, words: str) -> None:
        """Have a message above the composer; without words, none."""
        with self._lock:
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
        """Look after each answer of a conversation, until the panel is closed."""
        if self._closing is not None:
            look = weakly(self._look)
            chat.course.listeners.append(look)
            self._closing.callback(chat.course.listeners.remove, look)
