"""A conversation: questions with whatever goes with them, answers, and what they cost together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from decimal import Decimal
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, Never, Self, overload

from claude_kit import models
from claude_kit.chat import cells, exporting, history, keeping, ledger, settings, table
from claude_kit.chat.caching import PromptCache
from claude_kit.chat.course import Course, Question
from claude_kit.chat.driving import drive, drive_async, drive_in_background, under_way
from claude_kit.chat.forms import Form, Wanted
from claude_kit.chat.history import Setting
from claude_kit.chat.settings import PrefixMismatch
from claude_kit.chat.tools import Tools
from claude_kit.chat.turns import Turn
from claude_kit.client import AsyncClient, Client
from claude_kit.errors import ContentError, RetiredModelError, UnknownModelError
from claude_kit.estimate import DEFAULT_MAX_TOKENS
from claude_kit.estimate.money import dollars
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.reply import Reply, Usage
from claude_kit.view.background import BackgroundReply
from claude_kit.wire import order
from claude_kit.wire import thinking as thinking_field
from claude_kit.wire.order import Cache, Item

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Chat"]

# What a conversation is made with, and is saved.
_SETTINGS: Final = (
    "system",
    "max_tokens",
    "thinking",
    "effort",
    "cache",
    "budget",
    "preflight",
    "max_rounds",
    "replace_reruns",
    "prefix_mismatch",
)
_OTHERS: Final = ("model", "client", "tools")
_STATE: Final = ("course", "prompt_cache", "noted", "told", "spelling")


class Chat:
    """A conversation with a model.

    Every question is checked against the limits and estimated before it is sent, streams inline, and is appended to the
    history only when an answer came: a request that was refused leaves the conversation as it was.

    A cell of a notebook that is run again asks again from the same point: its new turn takes the place of the one that
    it asked before, and of all after that, which stay in `log`.

    Parameters
    ----------
    model : str, optional
        By default `claude_kit.default_model`.
    client : Client or AsyncClient, optional
        By default ``Client()``: by the key in the environment, or the offline model if there is none. An `AsyncClient`
        can only be awaited: `aask`.
    system : str or sequence of text blocks, optional
        The system prompt.
    max_tokens : int
        Cap on each answer, thinking included.
    thinking : {"adaptive"}, int, mapping or None
        See `claude_kit.wire.thinking.parameter`. None: the model's own default; where that is to think, it is shown.
    effort : str, optional
        ``"low"`` to ``"max"``, where the model takes it.
    cache : {"5m", "1h"}, optional
        Let the API keep the conversation so far, so that the next question on the same files costs a tenth. Where
        to keep it is chosen for each request, see `claude_kit.chat.caching`.
    budget : float or Decimal, optional
        US dollars the conversation may cost; a question that could exceed it is not sent.
    preflight : bool
        Whether every question is checked against all limits first. What the API would refuse is then not sent; what is
        costly or lossy is shown above the answer, once.
    tools : iterable of callable or mapping
        Python functions with type hints, which Claude may call; or tools as the API takes them, whose calls you answer
        yourself: ``chat.ask({"type": "tool_result", ...})``.
    max_rounds : int
        Most requests for one question, where Claude goes on calling tools.
    replace_reruns : bool
        Whether a cell that is run again replaces its earlier turn. False: it asks once more, at the end.
    prefix_mismatch : {"strip", "drop_block", "raise"}
        Some models take their thinking back only with the conversation that it came from (`Model.prefix_bound`). When
        the system prompt or the tools have changed: leave the thinking of the turns before out; send it, and let the
        API drop it; or raise.

    Examples
    --------
    >>> chat = Chat(model="claude-sonnet-5-5", client=Client.offline(pace_s=0))
    >>> len(chat.turns), chat.cost
    (0, Decimal('0'))
    """

    def __init__(
        self,
        model: str | Model | None = None,
        client: Client | AsyncClient | None = None,
        *,
        system: str | Sequence[Mapping[str, Any]] | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        cache: Cache | None = None,
        budget: float | Decimal | str | None = None,
        preflight: bool = True,
        tools: Iterable[Callable[..., Any] | Mapping[str, Any]] = (),
        max_rounds: int = 10,
        replace_reruns: bool = True,
        prefix_mismatch: PrefixMismatch = "strip",
        **unknown: Never,
    ) -> None:
        settings.refuse_unknown(unknown, (*_SETTINGS, *_OTHERS))
        self.model = model
        self.client = Client() if client is None else client
        self.system = system
        self.max_tokens = max_tokens
        self.thinking = thinking
        self.effort = effort
        self.cache = cache
        self.budget = budget
        self.preflight = preflight
        self.tools = tools
        self.max_rounds = max_rounds
        self.replace_reruns = replace_reruns
        self.prefix_mismatch: PrefixMismatch = prefix_mismatch
        self.course = Course()
        self.prompt_cache = PromptCache()
        self.noted: set[str] = set()
        self.told: set[str] = set()

    def __setattr__(self, name: str, value: object) -> None:
        """Set what a conversation has; a subclass declares in its body what it has besides."""
        if not (name.startswith("_") or hasattr(type(self), name) or name in (*_SETTINGS, *_OTHERS, *_STATE)):
            settings.refuse_attribute(name, (*_SETTINGS, *_OTHERS))
        settings.check(name, value)
        super().__setattr__(name, value)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was asked and answered, and what the next question goes on from."""
        return self.course.turns

    @turns.setter
    def turns(self, turns: Iterable[Turn]) -> None:
        self.course.put(turns)

    @property
    def log(self) -> tuple[Turn, ...]:
        """All that was ever asked, and paid for: replaced, undone and failed turns too."""
        return self.course.log

    # ---- what it is asked with ---------------------------------------------------------------------------------

    @property
    def model(self) -> Model:
        """The model that the next question goes to."""
        return self._model

    @model.setter
    def model(self, name: str | Model | None) -> None:
        self._model = models.require_active(name)
        self.spelling = name if isinstance(name, str) else self._model.id

    @property
    def tools(self) -> Tools:
        """What Claude may call; set it to a list of functions."""
        return self._tools

    @tools.setter
    def tools(self, given: Iterable[Callable[..., Any] | Mapping[str, Any]] | Tools) -> None:
        self._tools = given if isinstance(given, Tools) else Tools.of(given)

    @property
    def budget(self) -> Decimal | None:
        """US dollars the conversation may cost; None: any."""
        return self._budget

    @budget.setter
    def budget(self, usd: float | Decimal | str | None) -> None:
        self._budget = None if usd is None else dollars("budget", usd)

    # ---- asking ------------------------------------------------------------------------------------------------

    @overload
    def ask(self, *content: object, background: Literal[False] = False) -> Reply: ...
    @overload
    def ask(self, *content: object, background: Literal[True]) -> BackgroundReply: ...
    def ask(self, *content: object, background: bool = False) -> Reply | BackgroundReply:
        """Ask, and show thinking and answer as they stream; run the tools that Claude calls, until the answer ends.

        Parameters
        ----------
        *content : part, str, any source or a block of the API
            A plain string is the question; anything else is attached. PDFs go before images before text, which
            Anthropic recommends.
        background : bool
            Return when the question is checked and on its way; the answer streams on in this cell, and other cells run.

        Returns
        -------
        Reply
            The last answer, with ``complete`` false if it was stopped; ``chat.turns[-1]`` holds those before it too.
            In the background: what it will be, to be stopped, or asked or awaited for its result.

        Raises
        ------
        PreflightError
            If the API would refuse it; nothing was sent.
        BudgetExceeded
            If it could cost more than the budget still holds; nothing was sent.
        APIError, StreamInterrupted
            If the API or the connection broke off; what the next question goes on from is as it was before. In the
            background its result raises it.
        """
        question = self._question(content, None)
        return drive_in_background(self, question) if background else self._answered(question)

    async def aask(self, *content: object) -> Reply:
        """Do what `ask` does, while other things go on: several conversations may ask at once, each in its own view.

        A client that waits is read in a thread of its own.
        """
        return await self._asked_async(content)

    def extract(self, model: Any, *content: object) -> Any:
        """Ask for an answer that fits a type, and return it as one; what does not fit is asked for once more.

        Parameters
        ----------
        model : type or mapping
            A pydantic model, a dataclass, anything that pydantic has a type for, or a JSON schema.
        *content
            As `ask` takes it.

        Returns
        -------
        object
            An instance of the type; JSON, of a schema.

        Raises
        ------
        ExtractionError
            If what came does not fit, was cut or refused; ``error.reply`` holds it.
        PreflightError, BudgetExceeded, APIError, StreamInterrupted
            As `ask` does.

        Examples
        --------
        >>> chat = Chat("claude-sonnet-5-5", Client.offline(pace_s=0))
        >>> chat.extract(list[int], "Which numbers?")  # doctest: +ELLIPSIS
        [thinking]
        ...
        {"answer": [0]}
        ...
        [0]
        """
        wanted = self._wanted(model, content)
        return wanted.form.value(self._asked(content, wanted))

    async def aextract(self, model: Any, *content: object) -> Any:
        """Do what `extract` does, while other things go on."""
        wanted = self._wanted(model, content)
        return wanted.form.value(await self._asked_async(content, wanted))

    @overload
    def retry(self, *, background: Literal[False] = False) -> Reply: ...
    @overload
    def retry(self, *, background: Literal[True]) -> BackgroundReply: ...
    def retry(self, *, background: bool = False) -> Reply | BackgroundReply:
        """Ask the last question again; its new answer takes the place of the old one.

        Parameters
        ----------
        background : bool
            As `ask` takes it.

        Raises
        ------
        ValueError
            If nothing was asked.
        """
        question = self.course.last()
        return drive_in_background(self, question) if background else self._answered(question)

    async def aretry(self) -> Reply:
        """Do what `retry` does, while other things go on."""
        return await self._answered_async(self.course.last())

    def _asked(self, content: Sequence[object], wanted: Wanted | None = None) -> Reply:
        return self._answered(self._question(content, wanted))

    async def _asked_async(self, content: Sequence[object], wanted: Wanted | None = None) -> Reply:
        return await self._answered_async(self._question(content, wanted))

    def _question(self, content: Sequence[object], wanted: Wanted | None) -> Question:
        if not content:
            raise ValueError("nothing to ask: give a question, and files if you like")
        items: tuple[Item, ...] = (
            *self.course.shared(order.best_order(order.items(content))),
            *(wanted.instruction if wanted is not None else ()),
        )
        run = cells.current() if self.replace_reruns else None
        before = self.course.before(run)
        self.course.begin(run, before)
        return Question(items, before, run.cell if run else None, wanted)

    def _answered(self, question: Question) -> Reply:
        if not isinstance(self.client, Client):
            raise TypeError("an AsyncClient is awaited: await chat.aask(...)")
        with under_way(self, question) as (asking, first, watched):
            drive(asking, first, watched, self.client, self.tools)
        return asking.reply

    async def _answered_async(self, question: Question) -> Reply:
        with under_way(self, question, "awaiting") as (asking, first, watched):
            await watched.run(drive_async(asking, first, watched, self.client, self.tools))
        return asking.reply

    def _wanted(self, model: Any, content: Sequence[object]) -> Wanted:
        thinking = None
        with suppress(ValueError):  # which the check says
            thinking = thinking_field.parameter(self.thinking, self.model, max_tokens=self.max_tokens)
        # Beside documents that are cited the API holds no answer to a schema.
        said = [*order.items(content), *(item for turn in self.turns for item in turn.content)]
        cites = any(map(order.is_cited, said))
        return Wanted.of(Form.of(model), self.model, self.client.route, thinking=thinking, by_tool=cites)

    # ---- going back, and going on beside ----------------------------------------------------------------------

    def undo(self, n: int = 1) -> tuple[Turn, ...]:
        """Take the last turns back, and return them; the next question goes on from before them. They stay in `log`.

        Raises
        ------
        ValueError
            If there are not so many.
        """
        return self.course.undo(n)

    def fork(self, at: int | None = None) -> Self:
        """Return a conversation that goes on by itself from here, or from after an earlier turn.

        Its costs and `log` begin anew; its budget is what is left of this one's.

        Parameters
        ----------
        at : int, optional
            How many turns it keeps; counted from the end if negative, as in a slice. By default all.

        Raises
        ------
        ValueError
            If there are not so many.
        """
        other = copy(self)
        other.course = self.course.fork(at)
        other.budget = None if self.budget is None else max(self.budget - self.cost, Decimal(0))
        other.prompt_cache = self.prompt_cache.copy()
        other.told, other.noted = set(self.told), set(self.noted)
        return other

    # ---- keeping and sharing -----------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str], *, embed: bool = False) -> None:
        """Write the conversation to a file, from which `load` goes on; no key goes in.

        Parameters
        ----------
        path : path
            Such as ``"talk.json"``; what is attached goes into the folder ``talk.files`` beside it, by its hash.
        embed : bool
            Put the attachments into the file itself.

        Raises
        ------
        ContentError, TypeError, OSError
            See `claude_kit.chat.keeping.write`; what stood there before still does then.
        """
        keeping.write(path, self._kept(), embed=embed)

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        client: Client | AsyncClient | None = None,
        *,
        tools: Iterable[Callable[..., Any] | Mapping[str, Any]] | None = None,
        missing: Literal["raise", "replace"] = "raise",
    ) -> Self:
        """Go on with a conversation that was saved.

        Parameters
        ----------
        path : path
        client : Client or AsyncClient, optional
            By default ``Client()``.
        tools : iterable, optional
            As `Chat` takes them: functions cannot be saved. By default what the model was told of them, so that its
            calls are yours to answer.
        missing : {"raise", "replace"}
            What to do where an attachment is not there any more: ``"replace"`` puts a text in its place.

        Raises
        ------
        ContentError
            If the file or an attachment cannot be read.
        """
        kept = keeping.read(path, missing=missing)
        try:
            chat = cls(None, client, tools=kept.tools if tools is None else tools, **kept.settings)
        except (TypeError, ValueError) as error:
            raise ContentError(f"{path}: its settings cannot be used: {error}") from None
        chat._go_on_with(kept.model)
        chat.course = Course(kept.turns, kept.log, kept.unbound)
        return chat

    def _go_on_with(self, name: str) -> None:
        """Take a model also where it cannot be asked any more: what it said can still be read."""
        try:
            self.model = name
        except RetiredModelError:
            self._model, self.spelling = models.find(name), name
        except UnknownModelError:
            self._model, self.spelling = models.unknown(name), name

    def export(
        self, form: exporting.Form = "md", path: str | PathLike[str] | None = None, *, title: str | None = None
    ) -> str:
        """Return the conversation as a document to read and pass on; write it to a file too, if one is named.

        Parameters
        ----------
        form : {"md", "html", "json"}
            Markdown; one static HTML file, sanitised, with thumbnails of what was attached; or what `save` writes,
            attachments and all.
        path : path, optional
        title : str, optional
        """
        document = exporting.export(self._kept(), form, title=title)
        if path is not None:
            keeping.put(keeping.place_for(path), document.encode("utf-8", "replace"))
        return document

    def _kept(self) -> keeping.Kept:
        settings = {name: getattr(self, name) for name in _SETTINGS}
        definitions = tuple(self.tools.definitions)
        return keeping.Kept(self.spelling, settings, self.turns, self.log, definitions, self.course.unbound)

    # ---- what was said, and what it cost ----------------------------------------------------------------------

    @property
    def history(self) -> list[dict[str, Any]]:
        """The messages that the next request begins with; content as parts, answers as blocks, verbatim."""
        setting = Setting(self.model, self.system, self.tools.definitions)
        kept = history.compose(
            self.turns, setting, keep_changed=self.prefix_mismatch == "drop_block", refused=self.course.unbound
        )
        return list(kept.messages)

    @property
    def usage(self) -> Usage:
        """What the API told of tokens, summed over all that was ever asked; of what broke off, see `Reply.billed`."""
        return sum((turn.usage for turn in self.log), Usage())

    @property
    def cost(self) -> Decimal:
        """US dollars, summed over all that was ever asked; of answers that broke off, what had arrived at least.

        Raises
        ------
        UnknownModelError, ValueError
            If an answer was billed on terms without a known price, see `claude_kit.Reply.cost`.
        """
        return sum((turn.cost for turn in self.log), Decimal(0))

    @property
    def ledger(self) -> pd.DataFrame:
        """One row for each turn of `log`: what was foreseen, what it cost, and how much of it the cache saved.

        ``estimate`` and ``actual`` are US dollars for the input, as foreseen before sending and as billed, ``error``
        is by how much of the bill the estimate was off; ``usd`` is the whole bill, with the output, which nobody
        knows before, and ``at_least`` tells where an answer broke off, and may have cost more. ``cached_share`` of the
        input was read from the cache. ``state`` is ``"kept"``, ``"set aside"`` (replaced or undone),
        ``"incomplete"``, ``"refused"`` or ``"failed"``.
        """
        return ledger.frame(self.log, self.turns)

    def __repr__(self) -> str:
        return f"<Chat {self.model}: {units.plural(len(self.turns), 'turn')}, {table.cost(self.log)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return table.bundle(self.model, self.turns, self.log)
