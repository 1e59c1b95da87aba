"""What has come of an answer so far, and what has it cost? The line below an answer that is still being written.

The API tells the input when it begins and the output when it has ended. In between, the output is counted from what can
be read of it; thinking that is summarised, omitted or encrypted is billed and cannot be counted from here. Hence "~".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import UnknownModelError
from claude_kit.estimate import Estimate, price
from claude_kit.estimate.terms import of_usage
from claude_kit.models import Model
from claude_kit.render import units
from claude_kit.render.answer import html_status, marks
from claude_kit.view.tally import Tally
from claude_kit.wire import events as e
from claude_kit.wire.messages import OFFLINE_ID

__all__ = ["Status"]

# A rate of less would be that of the first words.
_RATE_AFTER_S: Final = 1.0


class Status:
    """Model, marks, tokens a second and cost of an answer that is still coming, in one stream or several in a row.

    Parameters
    ----------
    estimate : Estimate, optional
        What had been estimated before sending.
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> status = Status(clock=lambda: 0.0)
    >>> status.feed(e.MessageStart({"id": "msg_1", "model": "claude-sonnet-5-5", "usage": {"input_tokens": 1000}}))
    >>> status.feed(e.TextDelta(0, "Yes."))
    >>> status.line()["model"], status.line()["facts"][:1]
    ('claude-sonnet-5-5', ['$0.0020'])
    """

    def __init__(self, estimate: Estimate | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._estimate = estimate
        self._clock = clock
        self._began = clock()
        self._name = estimate.model.id if estimate else ""
        self._model: Model | None = estimate.model if estimate else None
        self._offline = False
        self._recorded = ""
        self._notice = ""
        self._failure = ""
        # Of the message that is coming, and of those that have ended.
        self._started = False
        self._usage: dict[str, Any] = {}
        self._tally = Tally(self._model)
        self._first_s: float | None = None
        self._spent = Decimal(0)

    def feed(self, event: e.Event) -> None:
        """Take the next event."""
        match event:
            case e.TextDelta(_, text) | e.ThinkingDelta(_, text) | e.InputJsonDelta(_, text):
                if self._first_s is None:
                    self._first_s = self._clock()
                self._tally.add(text)
            case e.MessageStart(message):
                self._begin(message)
            case e.MessageDelta(_, usage):
                self._usage.update({name: value for name, value in usage.items() if value is not None})

    def wait(self, notice: str) -> None:
        """Take what is being waited for; shown until the next message begins."""
        self._notice = notice

    def fail(self, words: str) -> None:
        """Take what has gone wrong in showing it; it is said to the end."""
        self._failure = words

    def recorded(self, day: str) -> None:
        """Take the day of the recording that it is replayed from, in ISO 8601."""
        self._recorded = day

    def line(self) -> dict[str, Any]:
        """Return the line as it is now: ``model``, ``marks`` and ``facts``, and in ``elapsed`` how long it takes."""
        facts = [self._failure, self._notice, self._rate(), self._cost()]
        return {
            "model": self._name,
            "marks": marks(self._offline, self._recorded),
            "facts": [fact for fact in facts if fact],
            "elapsed": round(self._clock() - self._began, 1),
        }

    def html(self) -> str:
        """Return the line as it stands in a notebook that is saved in the middle of an answer."""
        return html_status(
            marks(self._offline, self._recorded), self._name, (), ["still being written when this was saved"]
        )

    def _begin(self, message: Mapping[str, Any]) -> None:
        self._spent += self._message_cost() or 0
        self._notice = ""
        self._started = True
        self._name = str(message.get("model") or self._name)
        with suppress(UnknownModelError):
            self._model = models.find(self._name)
        self._offline = str(message.get("id", "")).startswith(OFFLINE_ID)
        self._usage = dict(message.get("usage") or {})
        self._tally = Tally(self._model)
        self._first_s = None

    def _rate(self) -> str:
        if self._first_s is None or (took := self._clock() - self._first_s) < _RATE_AFTER_S:
            return ""
        return f"~{self._tally.tokens() / took:.0f} tok/s"

    def _cost(self) -> str:
        if not self._started:
            return self._expected()
        cost = self._message_cost()
        if cost is None:
            return ""
        so_far = units.usd(self._spent + cost)
        return f"{so_far} of ~{units.usd(self._estimate.cost)}" if self._estimate else so_far

    def _expected(self) -> str:
        if self._estimate is None:
            return ""
        return f"{units.count(self._estimate.input_tokens)} tokens in, ~{units.usd(self._estimate.cost)}"

    def _message_cost(self) -> Decimal | None:
        """Return what the message that is coming has cost by now; None where no price is known."""
        if not self._started or self._model is None:
            return None
        told = self._usage.get("output_tokens") or 0
        usage = {**self._usage, "output_tokens": max(told, self._tally.tokens())}
        try:
            money = price(self._model, usage, **of_usage(usage))
        except (UnknownModelError, ValueError):
            return None
        if "input_tokens" in self._usage or self._estimate is None:
            return money.total
        return money.total + self._estimate.input_cost
