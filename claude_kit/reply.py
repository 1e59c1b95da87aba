"""One answer: what came, verbatim, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import StreamInterrupted, UnknownModelError
from claude_kit.estimate import Estimate, price
from claude_kit.estimate.arrived import least_tokens
from claude_kit.estimate.terms import of_usage
from claude_kit.render import units
from claude_kit.render.answer import Answer
from claude_kit.shown import turn_answer
from claude_kit.wire import events as e
from claude_kit.wire import failures, partial_json
from claude_kit.wire import usage as usages
from claude_kit.wire.advice import meaning
from claude_kit.wire.limits import RateLimits
from claude_kit.wire.messages import OFFLINE_ID
from claude_kit.wire.portkey import Gateway

__all__ = ["OFFLINE_ID", "STOPPED_BEFORE", "Accumulator", "Reply", "Usage"]

#: Why there is nothing of an answer, where it was not waited for.
STOPPED_BEFORE: Final = "Stopped before an answer came."

_CUT_SHORT: Final = "The stream ended before the answer did."


class Usage(Mapping[str, Any]):
    """What was billed, with Anthropic's field names, as a mapping or by attribute.

    A chat completion's fields are renamed, see `claude_kit.wire.usage`.

    Examples
    --------
    >>> usage = Usage({"input_tokens": 12, "output_tokens": 3})
    >>> usage.input_tokens, usage["output_tokens"], usage.cache_read_input_tokens
    (12, 3, 0)
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields = usages.native(fields or {})

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._fields.get(name)
        return 0 if value is None and name.endswith("_tokens") else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return Usage, (self._fields,)

    def __repr__(self) -> str:
        return f"Usage({self._fields})"

    @property
    def total_input_tokens(self) -> int:
        """All input: fresh, written to the cache and read from it."""
        return int(self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens)

    @property
    def thinking_tokens(self) -> int | None:
        """Output tokens spent on thinking, where the answer tells."""
        details = self._fields.get("output_tokens_details") or {}
        return details.get("thinking_tokens")

    def __add__(self, other: Usage) -> Usage:
        """Sum the token counts of two answers."""
        names = [name for name in {**self._fields, **other._fields} if name.endswith("_tokens")]
        return Usage({name: getattr(self, name) + getattr(other, name) for name in names})


# No slots: the cached properties live in the instance's __dict__.
@dataclass(frozen=True, repr=False)
class Reply:
    """An answer.

    Attributes
    ----------
    blocks : tuple of dict
        The content blocks verbatim, in order, ready to be sent back.
    usage : Usage
        As the API told it, Anthropic's field names. Of an answer that broke off it has told the start alone; `billed`
        holds what is known to be billed.
    model : str
        The id that answered.
    stop_reason : str or None
        Why it ended: ``"end_turn"``, ``"max_tokens"``, ``"refusal"``, …; None if it did not.
    id, request_id : str or None
        The message's id; the request's, to quote to the provider's support.
    complete : bool
        False if the stream ended or was stopped before the message did.
    problem : str
        Why it is not complete, in a sentence; empty when it is.
    estimate : Estimate or None
        What had been estimated before sending.
    gateway : claude_kit.wire.portkey.Gateway or None
        What Portkey's gateway told in the answer's headers: cache, retries, which target answered, trace.
    limits : claude_kit.wire.limits.RateLimits or None
        How much of the rate limits is left, as the answer's headers told.
    thinking_s : float
        Seconds from the first thinking to the first other block.
    recorded : str or None
        When the answer was recorded, in ISO 8601, where it is replayed from a recording.
    envelope : mapping
        Every other field of the message, verbatim.
    """

    blocks: tuple[dict[str, Any], ...] = ()
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    stop_reason: str | None = None
    id: str | None = None
    request_id: str | None = None
    complete: bool = True
    problem: str = ""
    estimate: Estimate | None = None
    gateway: Gateway | None = field(default=None, compare=False)
    limits: RateLimits | None = field(default=None, compare=False)
    thinking_s: float = field(default=0.0, compare=False)
    recorded: str | None = field(default=None, compare=False)
    envelope: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_events(cls, events: Iterable[e.Event]) -> Reply:
        r"""Put an answer together from its events.

        Raises
        ------
        APIError
            If one of the events is an error.
        StreamInterrupted
            If the events end before the message does. Of both, ``error.reply`` holds what there was.

        Examples
        --------
        >>> from claude_kit.wire import decode
        >>> try:
        ...     Reply.from_events(decode([b'data: {"type": "ping"}\n\n']))
        ... except StreamInterrupted as error:
        ...     error.reply.complete
        False
        """
        accumulator = Accumulator()
        for event in events:
            accumulator.feed(event)
            if isinstance(event, e.StreamError):
                error = failures.from_stream(event)
                error.reply = accumulator.reply()
                raise error
        reply = accumulator.reply()
        if not reply.complete:
            raise StreamInterrupted(reply.problem, reply=reply)
        return reply

    @cached_property
    def text(self) -> str:
        """The answer, all text blocks joined."""
        return "".join(_said(self.blocks, "text"))

    @cached_property
    def thinking(self) -> str:
        """The thinking, all thinking blocks joined by blank lines."""
        return "\n\n".join(_said(self.blocks, "thinking"))

    @property
    def offline(self) -> bool:
        """Whether the offline model wrote it."""
        return str(self.id).startswith(OFFLINE_ID)

    @property
    def at_least(self) -> bool:
        """Whether more was billed than can be known: it broke off before the API told what it took."""
        return not self.complete and self.stop_reason is None and bool(self.usage or self.blocks)

    @cached_property
    def billed(self) -> Usage:
        """What its cost is made of: `usage`, and of an answer that broke off at least what had arrived of it.

        The API tells the tokens of an answer at its end. What can be read of one that never came there is counted
        offline, see `claude_kit.estimate.arrived`; where its input was not told either, as in a chat completion, that
        is the least that had been estimated.
        """
        if not self.at_least:
            return self.usage
        counted: dict[str, Any] = dict(self.usage)
        with suppress(UnknownModelError):
            arrived = least_tokens(self.blocks, models.find(self.model))
            counted["output_tokens"] = max(arrived, self.usage.output_tokens)
        if not self.usage and self.estimate is not None:
            counted["input_tokens"] = self.estimate.input_range[0]
        return Usage(counted)

    @cached_property
    def cost(self) -> Decimal:
        """US dollars for what was billed, at today's price. For the offline model: what Claude would have cost.

        Of an answer that broke off it is the least that it can have cost, see `at_least` and `billed`; nothing where
        nothing had come.

        Raises
        ------
        UnknownModelError
            If no price is known for the model; `claude_kit.cost` takes one of your own.
        ValueError
            If it was billed on terms without a known price, such as a priority tier.
        """
        billed = self.billed
        if not billed:
            return Decimal(0)
        return price(models.find(self.model), billed, **of_usage(billed)).total

    @property
    def message(self) -> dict[str, Any]:
        """The whole message as the API would have returned it without streaming."""
        return {**self.envelope, "content": [dict(block) for block in self.blocks], "usage": dict(self.usage)}

    def answer(self) -> Answer:
        """Return what there is to show of it."""
        return turn_answer([(self, ())])

    def bundle(self) -> dict[str, str]:
        """Return its static form: sanitised HTML that needs no script, and plain text."""
        return self.answer().bundle()

    def _ipython_display_(self) -> None:
        # A cell whose last line is `chat.ask(...)` has shown the answer while it streamed; once is enough.
        from IPython.core.getipython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is None or self.__dict__.get("shown_in") != shell.execution_count:
            display(self.bundle(), raw=True)  # type: ignore[no-untyped-call]

    def _repr_html_(self) -> str:
        return self.bundle()["text/html"]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        words = units.plural(len(self.text.split()), "word")
        state = (self.stop_reason if self.complete else None) or "incomplete"
        return f"<Reply {self.model or 'of no model'}: {words}, {state}{', offline model' if self.offline else ''}>"


def _said(blocks: Iterable[Mapping[str, Any]], kind: str) -> Iterator[str]:
    """Yield the words of all blocks of a kind that say something."""
    for block in blocks:
        words = block.get(kind)
        if block.get("type") == kind and words and isinstance(words, str):
            yield words


class Accumulator:
    """Puts a `Reply` together while its events come in; `reply` may be asked for at any time.

    Parameters
    ----------
    clock : callable
        Returns seconds; to measure how long it thinks.

    Attributes
    ----------
    stopped : bool
        Whether the message has ended.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._envelope: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[tuple[int, str], list[str]] = {}
        self._problem = ""
        self._thinking_from: float | None = None
        self._thinking_s = 0.0
        self.stopped = False

    def feed(self, event: e.Event) -> None:
        """Take the next event; kinds that are not known leave no trace."""
        match event:
            case e.MessageStart(message):
                self._envelope = {key: value for key, value in message.items() if key not in ("content", "usage")}
                self._usage = dict(message.get("usage") or {})
            case e.BlockStart(index, block):
                self._time(block)
                self._blocks[index] = dict(block)
                if block.get("type") == "fallback":
                    self._hand_over(block)
            case e.TextDelta(index, text):
                self._add(index, "text", text)
            case e.ThinkingDelta(index, thinking):
                self._add(index, "thinking", thinking)
            case e.SignatureDelta(index, signature):
                self._block(index, "thinking")["signature"] = signature
            case e.InputJsonDelta(index, partial_json):
                self._pieces.setdefault((index, "input"), []).append(partial_json)
            case e.CitationDelta(index, citation):
                block = self._block(index, "text")
                cited = block.get("citations")
                block["citations"] = [*(cited if isinstance(cited, list) else ()), citation]
            case e.OtherDelta(index, delta):
                if index in self._blocks:
                    self._blocks[index].update({key: value for key, value in delta.items() if key != "type"})
            case e.MessageDelta(delta, usage):
                # What is null was said before, or never: it takes nothing back.
                self._envelope.update({k: v for k, v in delta.items() if v is not None or k not in self._envelope})
                self._usage.update({k: v for k, v in usage.items() if v is not None})
            case e.StreamError(kind, message):
                self._problem = f"The API broke off: {message or meaning(kind)}"
            case e.MessageStop():
                self._time({})
                self.stopped = True

    def reply(
        self,
        *,
        estimate: Estimate | None = None,
        request_id: str | None = None,
        gateway: Gateway | None = None,
        limits: RateLimits | None = None,
        recorded: str | None = None,
        problem: str = "",
    ) -> Reply:
        """Return what there is by now.

        Parameters
        ----------
        estimate : Estimate, optional
            What had been estimated before sending.
        request_id : str, optional
        gateway : Gateway, optional
        limits : RateLimits, optional
        recorded : str, optional
            All from the answer's headers.
        problem : str
            Why the message did not end, where the caller knows.
        """
        problem = problem or self._problem or ("" if self.stopped else _CUT_SHORT)
        return Reply(
            blocks=tuple(self._settled(index) for index in sorted(self._blocks)),
            usage=Usage(self._usage),
            model=str(self._envelope.get("model", "")),
            stop_reason=self._envelope.get("stop_reason"),
            id=self._envelope.get("id"),
            request_id=request_id,
            complete=not problem,
            problem=problem,
            estimate=estimate,
            gateway=gateway,
            limits=limits,
            recorded=recorded,
            thinking_s=self._thinking_s,
            envelope=dict(self._envelope),
        )

    def _block(self, index: int, kind: str) -> dict[str, Any]:
        """Return a block to add to, also where a stream forgot to start it."""
        return self._blocks.setdefault(index, {"type": kind, kind: ""})

    def _add(self, index: int, kind: str, text: str) -> None:
        self._block(index, kind)
        self._pieces.setdefault((index, kind), []).append(text)

    def _settled(self, index: int) -> dict[str, Any]:
        """Return a block with the pieces joined that came for it."""
        block = dict(self._blocks[index])
        for key in ("text", "thinking"):
            if pieces := self._pieces.get((index, key)):
                begun = block.get(key)
                block[key] = "".join([begun if isinstance(begun, str) else "", *pieces])
        # A call without arguments comes as one empty piece: then the input stays as it began.
        if call := "".join(self._pieces.get((index, "input"), ())):
            with suppress(ValueError):
                block["input"] = partial_json.parse(call)
        return block

    def _hand_over(self, block: Mapping[str, Any]) -> None:
        """Note that another model answers from here on."""
        to = block.get("to")
        if isinstance(to, Mapping) and to.get("model"):
            self._envelope["model"] = to["model"]

    def _time(self, block: Mapping[str, Any]) -> None:
        if block.get("type") in ("thinking", "redacted_thinking"):
            if self._thinking_from is None:
                self._thinking_from = self._clock()
        elif self._thinking_from is not None:
            self._thinking_s += self._clock() - self._thinking_from
            self._thinking_from = None
