"""A conversation: questions with whatever goes with them, answers, and what they cost together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from claude_kit import models
from claude_kit.chat.turns import Step, Turn
from claude_kit.client import Client, Stream
from claude_kit.content import Part, part
from claude_kit.errors import BudgetExceeded, UnknownModelError
from claude_kit.estimate import DEFAULT_MAX_TOKENS, Estimate, estimate
from claude_kit.models import Model
from claude_kit.preflight import check
from claude_kit.render import units
from claude_kit.render.tables import Cell, Column, Row, html_table, text_table
from claude_kit.reply import Reply, Usage
from claude_kit.view import Notify, tell, watch
from claude_kit.wire import best_order

__all__ = ["Chat", "ask"]

_COLUMNS = (
    Column("turn"),
    Column("in", numeric=True),
    Column("out", numeric=True),
    Column("USD", numeric=True, bar=True),
)


class Chat:
    """A conversation with a model.

    Every question is checked against the limits and estimated before it is sent, streams inline, and is appended to the
    history only when an answer came: a request that was refused leaves the conversation as it was.

    Parameters
    ----------
    model : str, optional
        By default `claude_kit.default_model`.
    client : Client, optional
        By default ``Client()``: by the key in the environment, or the offline model if there is none.
    system : str, optional
        The system prompt.
    max_tokens : int
        Cap on each answer, thinking included.
    thinking : {"adaptive"}, int, mapping or None
        See `claude_kit.wire.thinking.parameter`.
    effort : str, optional
        ``"low"`` to ``"max"``, where the model takes it.
    cache : {"5m", "1h"}, optional
        Let the API keep the conversation so far, so that the next question on the same files costs a fraction.
    budget : float or Decimal, optional
        US dollars the conversation may cost; a question that could exceed it is not sent.
    preflight : bool
        Whether every question is checked against all limits first. What the API would refuse is then not sent; what is
        costly or lossy is shown above the answer, once.

    Attributes
    ----------
    turns : tuple of Turn
        What was asked and answered.

    Examples
    --------
    >>> chat = Chat(model="claude-sonnet-5-5", client=Client.offline(pace_s=0))
    >>> len(chat.turns), chat.cost
    (0, Decimal('0'))
    """

    def __init__(
        self,
        model: str | Model | None = None,
        client: Client | None = None,
        *,
        system: str | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        thinking: str | int | Mapping[str, Any] | None = None,
        effort: str | None = None,
        cache: Literal["5m", "1h"] | None = None,
        budget: float | Decimal | None = None,
        preflight: bool = True,
    ) -> None:
        self.model = models.require_active(model)
        self.client = client or Client()
        self.system = system
        self.max_tokens = min(max_tokens, self.model.max_output)
        self.thinking = thinking
        self.effort = effort
        self.cache = cache
        self.budget = None if budget is None else Decimal(str(budget))
        self.preflight = preflight
        self.turns: tuple[Turn, ...] = ()
        self._warned: set[tuple[str, str]] = set()
        self._spelling = model if isinstance(model, str) else self.model.id

    def ask(self, *content: object) -> Reply:
        """Ask, and show thinking and answer as they stream.

        Parameters
        ----------
        *content : part, str or any source
            A plain string is the question; anything else is attached. PDFs go before images before text, which
            Anthropic recommends.

        Returns
        -------
        Reply
            With ``complete`` false if it was stopped.

        Raises
        ------
        PreflightError
            If the API would refuse it; nothing was sent.
        BudgetExceeded
            If it could cost more than the budget still holds; nothing was sent.
        APIError, StreamInterrupted
            If the API or the connection broke off; the conversation is as it was before.
        """
        if not content:
            raise ValueError("nothing to ask: give a question, and files if you like")
        parts = tuple(best_order(part(item) for item in content))
        earlier = self.history
        if self.preflight:
            self._check(parts, earlier)
        foreseen = estimate(
            *parts,
            model=self.model,
            messages=earlier,
            system=self.system,
            max_tokens=self.max_tokens,
            thinking=self.thinking,
            cache=self.cache,
        )
        self._afford(foreseen)

        def send(notify: Notify) -> Stream:
            return self.client.stream(
                [*earlier, {"role": "user", "content": parts}],
                model=self._spelling,
                max_tokens=self.max_tokens,
                thinking=self.thinking,
                effort=self.effort,
                cache=self.cache,
                system=self.system,
                estimate=foreseen,
                on_wait=notify,
                preflight=False,  # it was checked above, part by part
            )

        reply = watch(send, foreseen)
        self.turns = (*self.turns, Turn(parts, (Step(reply),)))
        return reply

    @property
    def history(self) -> list[dict[str, Any]]:
        """The messages that the next request begins with; content as parts, answers as blocks, verbatim."""
        messages: list[dict[str, Any]] = []
        for turn in self.turns:
            if turn.complete and _sendable(turn.reply.blocks) and turn.reply.stop_reason != "refusal":
                messages.append({"role": "user", "content": list(turn.content)})
                messages.append({"role": "assistant", "content": _sendable(turn.reply.blocks)})
        return messages

    @property
    def usage(self) -> Usage:
        """What was billed, summed over all turns."""
        return sum((turn.reply.usage for turn in self.turns), Usage())

    @property
    def cost(self) -> Decimal:
        """US dollars, summed over all turns.

        Raises
        ------
        UnknownModelError, ValueError
            If an answer was billed on terms without a known price, see `claude_kit.Reply.cost`.
        """
        return sum((turn.reply.cost for turn in self.turns), Decimal(0))

    def __repr__(self) -> str:
        return f"<Chat {self.model}: {units.plural(len(self.turns), 'turn')}, {_usd(_priced(self))}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        rows = self._rows()
        return {"text/html": html_table(_COLUMNS, rows), "text/plain": text_table(_COLUMNS, rows)}

    def _rows(self) -> Sequence[Row]:
        costs = [_priced(turn.reply) for turn in self.turns]
        most = max((cost for cost in costs if cost is not None), default=Decimal(0)) or Decimal(1)
        rows = []
        for number, (turn, cost) in enumerate(zip(self.turns, costs, strict=True), start=1):
            usage = turn.reply.usage
            note = "" if turn.reply.complete else "incomplete, not sent again"
            cells = (
                Cell(f"{number}. {turn.label}", note),
                Cell(units.count(usage.total_input_tokens)),
                Cell(units.count(usage.output_tokens)),
                Cell(_usd(cost), share=float((cost or 0) / most)),
            )
            rows.append(Row(cells))
        total = self.usage
        counts = (Cell(units.count(total.total_input_tokens)), Cell(units.count(total.output_tokens)))
        rows.append(Row((Cell(self.model.id), *counts, Cell(_usd(_priced(self)))), "total"))
        return rows

    def _check(self, parts: Sequence[Part], earlier: Sequence[Mapping[str, Any]]) -> None:
        """Refuse what the API would refuse; show what it would accept at a price, if that was not shown before."""
        report = check(
            *parts,
            model=self.model,
            messages=earlier,
            system=self.system,
            max_tokens=self.max_tokens,
            thinking=self.thinking,
            effort=self.effort,
            cache=self.cache,
            **self.client.route,
        ).raise_if_failed()
        news = [finding for finding in report.warnings if (finding.rule, finding.where) not in self._warned]
        self._warned |= {(finding.rule, finding.where) for finding in news}
        tell(news, report)

    def _afford(self, foreseen: Estimate) -> None:
        if self.budget is None:
            return
        left, most = self.budget - self.cost, foreseen.cost_range[1]
        if most > left:
            raise BudgetExceeded(
                f"this question could cost {units.usd(most)} (with all of max_tokens={self.max_tokens:,}), and "
                f"{units.usd(left)} of the budget of {units.usd(self.budget)} is left. Lower max_tokens, or raise "
                "chat.budget."
            )


def _priced(answered: Reply | Chat) -> Decimal | None:
    """Return what it cost; None where that has no known price, which is no reason not to show it."""
    try:
        return answered.cost
    except (UnknownModelError, ValueError):
        return None


def _usd(amount: Decimal | None) -> str:
    return "price unknown" if amount is None else units.usd(amount)


def ask(*content: object, model: str | Model | None = None, **options: Any) -> Reply:
    """Ask one question, streamed inline, without keeping a conversation.

    Parameters
    ----------
    *content : part, str or any source
    model : str, optional
        By default `claude_kit.default_model`.
    **options
        What `Chat` takes.

    Returns
    -------
    Reply

    Raises
    ------
    PreflightError, BudgetExceeded, APIError, StreamInterrupted
        As `Chat.ask` does.

    Examples
    --------
    >>> reply = ask("Hello", model="claude-sonnet-5-5", client=Client.offline(pace_s=0))  # doctest: +ELLIPSIS
    **This is the offline model; no Claude was asked.** ...
    """
    return Chat(model, **options).ask(*content)


def _sendable(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks verbatim, but for texts without a word: the API sends those, and refuses them."""
    return [dict(block) for block in blocks if block.get("type") != "text" or str(block.get("text", "")).strip()]
