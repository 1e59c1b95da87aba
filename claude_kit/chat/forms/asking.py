"""How is an answer of a form asked for: once, once more where it does not fit, and another way where it has to be?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Final

from claude_kit.chat.forms.extraction import Form
from claude_kit.content import Text
from claude_kit.errors import BadRequestError, ExtractionError
from claude_kit.models import Model
from claude_kit.reply import Reply
from claude_kit.wire.order import Item

__all__ = ["carried_out", "carried_out_async", "extracting"]

#: What is asked, and the fields of its requests.
Asked = tuple[list[Item], dict[str, Any]]

# What the API says of a schema that it cannot hold an answer to (400s told in its SDKs' threads, 2026).
_TOO_LARGE: Final = ("grammar is too large", "Schema is too complex", "too many optional parameters")


def extracting(
    form: Form,
    content: Sequence[Item],
    model: Model,
    route: Mapping[str, Any],
    *,
    thinking: Mapping[str, Any] | None = None,
    by_tool: bool = False,
) -> Generator[Asked, Reply, Any]:
    """Yield what to ask, take the answers, and return the value.

    Parameters
    ----------
    form : Form
    content : sequence of part or block
        The question.
    model, route, thinking, by_tool
        As `Form.request` takes them.

    Raises
    ------
    ExtractionError
        If what came does not fit, and asking once more did not help.
    """
    fields = form.request(model, route, thinking=thinking, by_tool=by_tool)
    try:
        reply = yield _question(form, content, fields)
    except BadRequestError as error:
        if "output_config" not in fields or not any(words in error.message for words in _TOO_LARGE):
            raise
        fields = form.request(model, route, thinking=thinking, by_tool=True)
        reply = yield _question(form, content, fields)
    try:
        return form.value(reply)
    except ExtractionError as error:
        if not error.problems:
            raise
        complaint = form.follow_up(reply, error, request=fields)
    return form.value((yield complaint, fields))


def _question(form: Form, content: Sequence[Item], fields: dict[str, Any]) -> Asked:
    instruction = form.instruction(fields)
    return [*content, *([Text(instruction)] if instruction else [])], fields


def carried_out(steps: Generator[Asked, Reply, Any], ask: Callable[..., Reply]) -> Any:
    """Ask what the steps say, and return the value."""
    try:
        asked = next(steps)
        while True:
            try:
                reply = ask(*asked)
            except BadRequestError as error:
                asked = steps.throw(error)
            else:
                asked = steps.send(reply)
    except StopIteration as end:
        return end.value


async def carried_out_async(steps: Generator[Asked, Reply, Any], ask: Callable[..., Awaitable[Reply]]) -> Any:
    """Do what `carried_out` does, in an event loop."""
    try:
        asked = next(steps)
        while True:
            try:
                reply = await ask(*asked)
            except BadRequestError as error:
                asked = steps.throw(error)
            else:
                asked = steps.send(reply)
    except StopIteration as end:
        return end.value
