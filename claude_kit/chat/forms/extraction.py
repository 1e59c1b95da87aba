"""How is an answer got that a program can go on with? By a type or a JSON schema, which Claude fills in.

Two ways lead there. ``output_config.format`` holds the model to the schema while it writes; where model, route or
schema do not allow that, a tool is offered whose input is the answer. Either way what comes is read by the type that
was asked for, so that all of its constraints hold.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self

from claude_kit.chat import schemas
from claude_kit.chat.forms import conformity
from claude_kit.chat.tools import ANSWER
from claude_kit.errors import ExtractionError
from claude_kit.models import Model
from claude_kit.reply import Reply

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["INSTRUCTION", "Form"]

_PURPOSE: Final = "Record the answer: call it once, with everything that was asked for."
_BY_TOOL: Final = f"Give the answer by calling the tool {ANSWER} once, with everything that was asked for."
#: What is added to a question whose answer cannot be forced to have its form; nobody has asked it.
INSTRUCTION: Final[Mapping[str, Any]] = {"type": "text", "text": _BY_TOOL}

# Structured outputs came with Sonnet 4.5 (2025-09-29), and every model since has them (Anthropic docs, structured
# outputs, 2026-10). A live registry tells it by model, but the table of models does not, so that the day has to.
_FIRST_WITH_FORMAT: Final = date(2025, 9, 29)

# Portkey's gateway drops output_config from its route for Messages, without a word (version 1.15.2).
_CARRIES_FORMAT: Final = ("anthropic",)

_WORDS_OF_SCHEMAS: Final = ("type", "properties", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "items")

# Of an answer that is no JSON, in characters.
_SHOWN: Final = 80

_FENCED: Final = re.compile(r"```(?:json)?\s*\n(.*?)\n\s*```", re.DOTALL)

# Why there is no whole answer, and what to do.
_STOPS: Final[Mapping[str, str]] = {
    "max_tokens": "the answer was cut at max_tokens before it was whole. Give the chat a larger max_tokens, or ask for "
    "less at a time",
    "model_context_window_exceeded": "the answer was cut: the context window is full. Ask about less at a time",
    "refusal": "Claude declined to answer. What it said is in error.reply",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer shall hold.

    Attributes
    ----------
    name : str
        What errors call it.
    schema : mapping
        As ``output_config.format`` takes it.
    whole : mapping
        The same with every constraint, as a tool takes it.
    obstacle : str
        Why ``output_config.format`` cannot hold to it; empty if it can.

    Examples
    --------
    >>> form = Form.of(list[int])
    >>> form.read('{"answer": [1, 2]}')
    [1, 2]
    >>> form.read('{"answer": ["one"]}')
    Traceback (most recent call last):
        ...
    claude_kit.errors.ExtractionError: list[int]: the answer does not fit.
    0: should be a valid integer, unable to parse string as an integer, not "one"
    """

    name: str
    schema: Mapping[str, Any] = field(repr=False)
    whole: Mapping[str, Any] = field(repr=False)
    obstacle: str = ""
    _wrapped: bool = field(default=False, repr=False)
    _read_by: TypeAdapter[Any] | Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, model: Any) -> Self:
        """Read what is asked for.

        Parameters
        ----------
        model : type or mapping
            A pydantic model, dataclass, TypedDict, or anything else that pydantic has a type for, such as
            ``list[Invoice]`` or ``Literal["yes", "no"]``; or a JSON schema.

        Raises
        ------
        TypeError
            If it is neither.
        """
        read_by: TypeAdapter[Any] | Mapping[str, Any]
        if isinstance(model, Mapping):
            if not any(word in model for word in _WORDS_OF_SCHEMAS):
                raise TypeError(
                    f"{_shortened(model)} is no JSON schema, which says a type: "
                    '{"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}'
                )
            name, read_by, described = str(model.get("title", "the JSON schema")), dict(model), model
        elif model is None or isinstance(model, str):
            raise TypeError(
                f"{model!r} is no type: give the type itself, such as chat.extract(Invoice, …), or a schema"
            )
        elif isinstance(model, list | tuple | set):
            inner = " | ".join(map(schemas.called, model)) or "str"
            raise TypeError(f"a {type(model).__name__} is no type. For several of it: chat.extract(list[{inner}], …)")
        elif _is_filled_in(model):
            raise TypeError(
                f"{_shortened(model)} is an answer already: give its type, chat.extract({type(model).__name__}, …)"
            )
        elif inspect.isroutine(model):
            raise TypeError(
                f"{model.__name__} is a function, not a type. For Claude to call it: chat.tools = [{model.__name__}]"
            )
        else:
            name, read_by = schemas.called(model), schemas.adapter(model)
            described = schemas.json_schema(read_by)
        whole, wrapped = schemas.as_object(described)
        return cls(name, schemas.structured(whole), whole, schemas.obstacle(whole), wrapped, read_by)

    # ---- asking -----------------------------------------------------------------------------------------------

    def request(
        self,
        model: Model,
        route: Mapping[str, Any],
        *,
        thinking: Mapping[str, Any] | None = None,
        by_tool: bool = False,
    ) -> dict[str, Any]:
        """Return the fields of a request that ask for it.

        Parameters
        ----------
        model : Model
        route : mapping
            The client's, see ``Client.route``.
        thinking : mapping, optional
            The request's own field: a tool cannot be forced beside a budget for thinking.
        by_tool : bool
            Ask by a tool in any case: beside documents that are cited the API takes no format, and of a schema that
            is too large it says so only when it has it.

        Returns
        -------
        dict
            ``output_config``, or ``tools`` and ``tool_choice``: to be joined with what else the request has of them.

        Examples
        --------
        >>> from claude_kit.models import find
        >>> list(Form.of(int).request(find("claude-sonnet-5-5"), {"via": "anthropic"}))
        ['output_config']
        >>> Form.of(int).request(find("claude-haiku-5-5"), {"via": "portkey"})["tool_choice"]
        {'type': 'tool', 'name': 'record_answer'}
        """
        if not by_tool and not self.obstacle and _takes_format(model) and route.get("via") in _CARRIES_FORMAT:
            return {"output_config": {"format": {"type": "json_schema", "schema": dict(self.schema)}}}
        tool = {"name": ANSWER, "description": _PURPOSE, "input_schema": dict(self.whole)}
        forced = model.forced_tool_choice and (thinking or {}).get("type") != "enabled"
        return {"tools": [tool], "tool_choice": {"type": "tool", "name": ANSWER} if forced else {"type": "auto"}}

    @staticmethod
    def instruction(request: Mapping[str, Any]) -> str:
        """Return what to add to the question, for the fields that `request` gave: empty where nothing is needed."""
        return _BY_TOOL if (request.get("tool_choice") or {}).get("type") == "auto" else ""

    # ---- reading ----------------------------------------------------------------------------------------------

    def value(self, reply: Reply) -> Any:
        """Return what an answer holds.

        Raises
        ------
        ExtractionError
            If it is not whole, or does not fit.
        """
        if not reply.complete:
            raise ExtractionError(f"{self.name}: no whole answer came. {reply.problem}", reply=reply)
        if why := _STOPS.get(reply.stop_reason or ""):
            raise ExtractionError(f"{self.name}: {why}.", reply=reply)
        calls = _calls(reply)
        try:
            return self._fitting(calls[0].get("input")) if calls else self.read(reply.text)
        except ExtractionError as error:
            error.reply = reply
            raise

    def read(self, text: str) -> Any:
        """Return what a text holds, read by the type that was asked for, or as JSON that fits the schema.

        Raises
        ------
        ExtractionError
            If it does not fit; names each field that does not.
        """
        fenced = _FENCED.search(text)
        try:
            found = json.loads(fenced[1] if fenced else text)
        except ValueError as error:
            problem = f"the whole: should be JSON ({error}), not {_shortened(text)}"
            raise ExtractionError(f"{self.name}: the answer is no JSON.\n{problem}", problems=(problem,)) from None
        return self._fitting(found)

    def _fitting(self, found: Any) -> Any:
        # Who was not held to the schema may have left out the object around the answer.
        inner = found[schemas.ANSWER] if self._wrapped and _is_around(found) else found
        value, problems = _read(inner, self._read_by)
        if problems:
            words = "\n".join([f"{self.name}: the answer does not fit.", *problems])
            raise ExtractionError(words, problems=tuple(problems))
        return value

    # ---- asking again -----------------------------------------------------------------------------------------

    @staticmethod
    def complaint(error: ExtractionError) -> str:
        """Return what to tell Claude so that it corrects itself; empty where asking again would not help."""
        if not error.problems:
            return ""
        listed = "\n".join(f"- {problem}" for problem in error.problems)
        return f"The answer does not fit what was asked for:\n{listed}\nGive it once more, whole, with this corrected."

    @classmethod
    def follow_up(
        cls, reply: Reply, error: ExtractionError | None = None, *, request: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return what the message after an answer begins with: the API wants the result of every call there.

        Parameters
        ----------
        reply : Reply
            The answer.
        error : ExtractionError, optional
            What was wrong with it; None if it was taken.
        request : mapping, optional
            The fields that it was asked with, and will be again.
        """
        words = cls.complaint(error) if error else ""
        if words:
            words = " ".join(filter(None, (words, cls.instruction(request or {}))))
        told = {"content": words, "is_error": True} if words else {"content": "recorded"}
        answers = _calls(reply)
        others = [block for block in reply.blocks if block.get("type") == "tool_use" and block not in answers]
        closing = [_result(call, told) for call in answers]
        closing += [
            _result(call, {"content": "not run: the answer ended with this", "is_error": True}) for call in others
        ]
        return closing or ([{"type": "text", "text": words}] if words else [])


def _is_filled_in(model: object) -> bool:
    kind = type(model)
    return is_dataclass(kind) or hasattr(kind, "__pydantic_fields__")


def _takes_format(model: Model) -> bool:
    return model.released is not None and model.released >= _FIRST_WITH_FORMAT


def _calls(reply: Reply) -> list[Mapping[str, Any]]:
    return [block for block in reply.blocks if block.get("type") == "tool_use" and block.get("name") == ANSWER]


def _result(call: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call.get("id"), **told}


def _is_around(found: object) -> bool:
    return isinstance(found, Mapping) and set(found) == {schemas.ANSWER}


def _read(found: Any, by: TypeAdapter[Any] | Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Return what JSON holds, and what of it does not fit."""
    if isinstance(by, Mapping):
        return found, conformity.misfits(found, by)
    from pydantic import ValidationError

    try:
        # As JSON again, for what it has no type for: a date is a text there, and a strict field takes it.
        return by.validate_json(json.dumps(found)), []
    except ValidationError as error:
        return None, schemas.problems(error)


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= _SHOWN else f"“{line[:_SHOWN].rstrip()} …”"
