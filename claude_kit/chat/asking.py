"""What is sent for one question, one request after the other, until the answer has ended? Does no IO.

`claude_kit.chat.Chat` sends what `Asking.outgoing` says, hands in what came, runs the tools that were called, and in
the end keeps the turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from claude_kit.chat import history
from claude_kit.chat.caching import Breakpoints
from claude_kit.chat.course import Question
from claude_kit.chat.history import Message, Setting
from claude_kit.chat.tools import Result
from claude_kit.chat.turns import Step, Turn
from claude_kit.errors import APIError, BudgetExceeded, ClaudeKitError, UnknownModelError
from claude_kit.estimate import Estimate, estimate
from claude_kit.estimate.count import Count
from claude_kit.estimate.request import EARLIER, Line
from claude_kit.preflight import Finding, Report, check
from claude_kit.render import units
from claude_kit.render.answer import Answer
from claude_kit.reply import Reply
from claude_kit.wire import order
from claude_kit.wire import thinking as thinking_field

if TYPE_CHECKING:
    from claude_kit.chat.conversation import Chat

__all__ = ["Asking", "Outgoing"]

# What the API says where it does not take thinking back (recorded 400s, 2026-08 and 2026-10).
_REFUSED_THINKING: Final = (
    "bound to a different conversation",
    "Invalid `signature` in `thinking` block",
    "`thinking` or `redacted_thinking` blocks",
)
# What is called has to be defined, though it may not be called any more: Bedrock's Converse says so, Anthropic's API
# did in 2024, and nothing that was recorded tells whether it still does.
_NO_MORE: Final = {"description": "Not there any more.", "input_schema": {"type": "object"}}

_LAST: Final = "Stopped calling tools after {rounds} requests (max_rounds); the next question goes on from here."

_DESCRIBED: Final = (
    "Claude called {names}, which is only described here: give chat.tools the function, or answer the call with a "
    "tool_result."
)
_ASIDE: Final = "Asked again from the same point; set aside with the earlier answer, and still in chat.log: {turns}."

_BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"
_DROP: Final = {"prefix_mismatch_behavior": "drop_block"}

# Thinking of these kinds has no word for what is bound (`anthropic` SDK 2.12.0).
_UNBOUND: Final = ("disabled", "between_tools")

_WITHOUT: Final = "Thinking is off for this request: it brings a tool's result to an answer without thinking."

_ONCE_MORE: Final = "The answer did not fit {name}, and was asked for once more: {problems}."


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, checked and affordable.

    Attributes
    ----------
    messages : list of dict
    fields : dict
        What else `claude_kit.Client.stream` is told.
    estimate : Estimate
    report : Report
        What the check found.
    notes : tuple of str
        What was done to the conversation, in sentences.
    documents : tuple of str
        What the documents are called, as citations count them; none where none is cited.
    """

    messages: list[Message]
    fields: dict[str, Any]
    estimate: Estimate
    report: Report
    notes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


class Asking:
    """One question under way.

    Parameters
    ----------
    chat : Chat
    question : Question

    Attributes
    ----------
    question : Question
    steps : tuple of Step
        What has come.
    notes : tuple of str
        What was done to the conversation.
    """

    def __init__(self, chat: Chat, question: Question) -> None:
        self._chat = chat
        self._breakpoints: Breakpoints | None = None
        self._prefix = ""
        self._documents: tuple[str, ...] = ()
        self._unsaid: list[str] = []
        self._to_say: list[str] = []
        self._corrected = False
        self._put(question)
        self.steps: tuple[Step, ...] = ()
        self.notes: tuple[str, ...] = ()

    def _put(self, question: Question) -> None:
        """Ask it in the way that its form has to be asked for, if it has one."""
        self.question = question
        self._extra = dict(question.wanted.fields) if question.wanted is not None else {}
        own = self._extra.pop("tools", ())
        self._forms = frozenset(str(tool.get("name")) for tool in own)
        self._setting = Setting(self._chat.model, self._chat.system, (*self._chat.tools.definitions, *own))

    # ---- what is sent ------------------------------------------------------------------------------------------

    def outgoing(self) -> Outgoing:
        """Return the next request.

        Raises
        ------
        PreflightError
            If the API would refuse it.
        BudgetExceeded
            If it could cost more than the budget still holds.
        ClaudeKitError
            If thinking of earlier turns is bound to what has changed, and the conversation shall say so.
        """
        chat = self._chat
        drops = chat.prefix_mismatch == "drop_block" and self._thinking().get("type") not in _UNBOUND
        before = history.compose(self.question.before, self._setting, keep_changed=drops, refused=chat.course.unbound)
        if before.changed and chat.prefix_mismatch == "raise":
            *_, why = history.told(before, chat.model, kept=False)
            why = why.replace(" is not sent: ", " does not go back: ")
            raise ClaudeKitError(f'{why} Nothing was sent. Say prefix_mismatch="strip", or undo the change.')
        self._prefix = history.extended(before.prefix, history.message_of(self.question.content, before.open_calls))
        self._refuse_strangers(before.open_calls)
        messages = history.joined([*before.messages, *self._own_messages(before.open_calls)])
        self._documents = _cited_among(messages)
        fields = self._fields(messages, drops=drops and bool(before.changed))
        told = history.told(before, chat.model, kept=drops)
        if fields["thinking"] is not None and self._would_be_missed(messages):
            fields["thinking"] = None
            told.append(_WITHOUT)
        report = self._checked(messages, fields)
        planned = chat.prompt_cache.plan(messages, self._setting, chat.cache, self._invalidating(fields))
        self._breakpoints = planned
        foreseen = self._foreseen(messages, fields, planned)
        self._afford(foreseen)
        notes = [note for note in told if note not in chat.noted]
        self._unsaid = notes[:]
        if not self.steps and (aside := chat.course.set_aside_by(self.question)):
            notes.append(_ASIDE.format(turns=units.plural(aside, "turn")))
        if planned is not None:
            as_text = chat.client.dialect == "chat"
            messages = planned.messages(messages, as_text=as_text)
            fields["system"] = planned.system(fields["system"])
            notes += [planned.note] if planned.note else []
        notes, self._to_say = [*self._to_say, *notes], []
        self.notes = (*self.notes, *notes)
        fields = {"model": chat.spelling, **fields}
        return Outgoing(messages, fields, _shortened(foreseen), report, tuple(notes), self._documents)

    def _own_messages(self, open_calls: Mapping[str, str]) -> list[Message]:
        """Return the question, and what has come of it and was given to it."""
        messages = [history.message_of(self.question.content, open_calls)]
        for step in self.steps:
            messages.append({"role": "assistant", "content": list(history.sendable(step.reply.blocks))})
            if step.results:
                messages.append({"role": "user", "content": list(step.results)})
        return messages

    def _refuse_strangers(self, open_calls: Mapping[str, str]) -> None:
        """Refuse results that nobody waits for, which the API would refuse in words of its own."""
        given = [
            item for item in self.question.content if isinstance(item, Mapping) and item.get("type") == "tool_result"
        ]
        strangers = [item.get("tool_use_id") for item in given if item.get("tool_use_id") not in open_calls]
        if strangers:
            waiting = ", ".join(f"{call} ({name})" for call, name in open_calls.items()) or "none"
            raise ValueError(f"tool_use_id={strangers[0]!r}: no call of that id waits for a result. Waiting: {waiting}")

    def _fields(self, messages: Sequence[Message], *, drops: bool) -> dict[str, Any]:
        chat = self._chat
        fields: dict[str, Any] = {
            "max_tokens": min(chat.max_tokens, chat.model.max_output),
            "thinking": self._wanted,
            "effort": chat.effort,
            "system": chat.system,
            "tools": list(self._setting.tools) or None,
            **self._extra,
        }
        if not fields["tools"] and (names := history.called(messages)):
            fields["tools"] = [{"name": name, **_NO_MORE} for name in names]
            fields["tool_choice"] = {"type": "none"}
        if drops:
            fields["thinking"] = {**(self._thinking() or {"type": "adaptive"}), "block_binding": _DROP}
            fields["betas"] = (*fields.get("betas", ()), _BINDING_BETA)
        return fields

    @property
    def _wanted(self) -> str | int | Mapping[str, Any] | None:
        """What is said of thinking: of a model that thinks unasked, at least that it be shown, which costs nothing."""
        chat = self._chat
        thinks_unasked = chat.model.thinking_default in ("on", "always") and "adaptive" in chat.model.thinking
        return "adaptive" if chat.thinking is None and thinks_unasked else chat.thinking

    def _thinking(self) -> Mapping[str, Any]:
        """Return the field as it is sent; empty where none is, or none can be, which is for the check to say."""
        chat = self._chat
        cap = min(chat.max_tokens, chat.model.max_output)
        with suppress(ValueError):
            return thinking_field.parameter(self._wanted, chat.model, max_tokens=cap) or {}
        return {}

    def _would_be_missed(self, messages: Sequence[Message]) -> bool:
        """Tell whether a tool's result goes to an answer that does not begin with thinking, as a budget demands."""
        if self._thinking().get("type") != "enabled" or len(messages) < 2:
            return False
        answer, last = messages[-2]["content"], messages[-1]["content"]
        brings = isinstance(last[0], Mapping) and last[0].get("type") == "tool_result"
        return brings and answer[0].get("type") not in history.THINKING

    def _invalidating(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        names = ("thinking", "effort", "tool_choice", "output_config", "speed")
        return {name: fields[name] for name in names if fields.get(name) is not None}

    def _checked(self, messages: Sequence[Message], fields: Mapping[str, Any]) -> Report:
        chat = self._chat
        if not chat.preflight:
            return Report(chat.model, ())
        return check(model=chat.model, messages=messages, **fields, **chat.client.route).raise_if_failed()

    def _foreseen(self, messages: list[Message], fields: Mapping[str, Any], planned: Breakpoints | None) -> Estimate:
        return estimate(
            model=self._chat.model,
            messages=messages,
            system=fields["system"],
            tools=fields["tools"],
            tool_choice=fields.get("tool_choice"),
            thinking=fields["thinking"],
            output_config=fields.get("output_config"),
            max_tokens=fields["max_tokens"],
            cache=planned.ttl if planned else None,
            cached_tokens=planned.read_tokens if planned else 0,
        )

    def _afford(self, foreseen: Estimate) -> None:
        budget = self._chat.budget
        if budget is None:
            return
        left = budget - self._spent(budget)
        most = foreseen.cost_range[1]
        if most > left:
            what = "this question" if not self.steps else f"request {len(self.steps) + 1} of this question"
            # What broke off may have cost more than can be known.
            at_most = "at most " if any(turn.at_least for turn in self._chat.log) else ""
            raise BudgetExceeded(
                f"{what} could cost {units.usd(most)} (with all of max_tokens={units.count(foreseen.max_output)}), and "
                f"{at_most}{units.usd(max(left, Decimal(0)))} of the budget of {units.usd(budget)} is left. Lower "
                "max_tokens, or raise chat.budget."
            )

    def _spent(self, budget: Decimal) -> Decimal:
        try:
            return self._chat.cost + sum((step.reply.cost for step in self.steps), Decimal(0))
        except (UnknownModelError, ValueError) as error:
            raise BudgetExceeded(
                f"what is left of the budget of {units.usd(budget)} is not known, as an answer has no known price: "
                f"{error} Nothing was sent. To go on without a budget: chat.budget = None."
            ) from error

    # ---- what comes --------------------------------------------------------------------------------------------

    def take(self, reply: Reply) -> tuple[Mapping[str, Any], ...]:
        """Keep an answer, and return the calls to run before the next request; none where it is the last."""
        self.steps = (*self.steps, Step(reply))
        self._chat.noted.update(self._unsaid)
        if self._breakpoints is not None:
            said = self._chat.prompt_cache.learn(self._breakpoints, reply.usage)
            self.notes = (*self.notes, said) if said else self.notes
        calls = self._to_run(reply)
        if not (calls or self.goes_on):
            self._correct(reply)
        return calls

    def _to_run(self, reply: Reply) -> tuple[Mapping[str, Any], ...]:
        calls = [block for block in reply.blocks if _is_call(block)]
        if reply.stop_reason not in ("tool_use", "pause_turn") or not calls:
            return ()
        if self._is_last:
            self.notes = (*self.notes, _LAST.format(rounds=self._chat.max_rounds))
            return ()
        # All results go in one message: where a person runs one of them, the person gives them all.
        names = [str(call.get("name")) for call in calls]
        described = [name for name in names if not self._chat.tools.runs(name) and name not in self._forms]
        if described:
            self.notes = (*self.notes, _DESCRIBED.format(names=units.listed(described)))
        run = all(self._chat.tools.runs(name) and name not in self._forms for name in names)
        return tuple(calls) if run else ()

    def _correct(self, reply: Reply) -> None:
        """Say, once, what does not fit in an answer that shall have a form."""
        wanted = self.question.wanted
        error = None if wanted is None or self._corrected else wanted.misfits(reply)
        if wanted is None or error is None:
            return
        self._corrected = True
        self._to_say.append(_ONCE_MORE.format(name=wanted.form.name, problems="; ".join(error.problems)))
        self.steps = (*self.steps[:-1], Step(reply, tuple(wanted.correction(reply, error))))

    def give(self, result: Result) -> None:
        """Keep what a tool gave."""
        *_, last = self.steps
        results, seconds = (*last.results, result.block), (*last.seconds, result.seconds)
        self.steps = (*self.steps[:-1], Step(last.reply, results, seconds))
        self._to_say += [result.note] if result.note else []

    @property
    def goes_on(self) -> bool:
        """Whether there is another request to send."""
        if not self.steps or self.steps[-1].results:
            return True
        reply = self.steps[-1].reply
        paused = reply.stop_reason == "pause_turn" and any(history.sendable(reply.blocks))
        return paused and not self._is_last and not any(map(_is_call, reply.blocks))

    @property
    def _is_last(self) -> bool:
        return len(self.steps) >= self._chat.max_rounds

    def goes_on_otherwise(self, error: APIError) -> bool:
        """Tell whether to ask again without what the API did not take: thinking of earlier turns, a large schema."""
        if error.status == 400 and any(words in error.message for words in _REFUSED_THINKING):
            return self._chat.course.forget_thinking(history.thoughts_of(self.question.before, self._chat.model))
        wanted = self.question.wanted
        other = wanted.otherwise(error) if wanted is not None else None
        if other is not None:
            self._put(replace(self.question, content=(*self.question.content, *other.instruction), wanted=other))
        return other is not None

    def break_off(self, partial: Reply | None, problem: str) -> None:
        """Keep an answer that broke off, or why there is none: the turn is not whole.

        Parameters
        ----------
        partial : Reply or None
            What had come of the answer that was under way, if one was.
        problem : str
            Why it ended, in a sentence.
        """
        if partial is not None:
            self.steps = (*self.steps, Step(partial))
        elif self.steps:
            *_, last = self.steps
            stopped = replace(last, reply=replace(last.reply, complete=False, problem=problem))
            self.steps = (*self.steps[:-1], stopped)
        else:
            self.steps = (Step(Reply(complete=False, problem=problem)),)

    def answer(self, partial: Reply | None = None) -> Answer:
        """Return what there is to show, with what has come of the next answer."""
        turn = self.turn()
        return (turn if partial is None else replace(turn, steps=(*turn.steps, Step(partial)))).answer()

    @property
    def reply(self) -> Reply:
        """The newest answer."""
        return self.steps[-1].reply

    def turn(self) -> Turn:
        """Return what is to be kept."""
        asked = self.question
        return Turn(
            asked.content, self.steps, asked.cell, prefix=self._prefix, notes=self.notes, documents=self._documents
        )


def _shortened(foreseen: Estimate) -> Estimate:
    """Return an estimate with all earlier turns as one line: every answer keeps its own."""
    earlier = [line.count for line in foreseen.lines if line.note == EARLIER]
    own = tuple(line for line in foreseen.lines if line.note != EARLIER)
    together = (Line("earlier turns", "", sum(earlier, Count.exactly(0))),) if earlier else ()
    return replace(foreseen, lines=(*together, *own))


def _is_call(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "tool_use"


def _cited_among(messages: Sequence[Message]) -> tuple[str, ...]:
    """Return what the documents are called, as citations count them; none where none is cited."""
    items = [item for message in messages for item in message["content"]]
    if not any(map(order.is_cited, items)):
        return ()
    return tuple(name for item in items if (name := order.document_name(item)) is not None)


def findings_to_tell(report: Report) -> list[Finding]:
    """Return what a person should hear of before an answer: what is costly or lossy, and what was made of thinking."""
    return [*report.warnings, *(found for found in report.notes if found.rule.startswith("model."))]
