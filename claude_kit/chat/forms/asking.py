"""How is an answer of a form asked for: by a format, by a tool where it has to be, and once more where it does not fit?

One question all of it, and one turn: what is asked once more is asked as a further request of the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from claude_kit.chat.forms.extraction import INSTRUCTION, Form
from claude_kit.errors import APIError, ExtractionError
from claude_kit.models import Model
from claude_kit.reply import Reply

__all__ = ["Wanted"]

# What the API says of a schema that it cannot hold an answer to (400s told in its SDKs' threads, 2026).
_TOO_LARGE: Final = ("grammar is too large", "Schema is too complex", "too many optional parameters")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is wanted of a form, and how it is asked for.

    Attributes
    ----------
    form : Form
    fields : mapping
        Of its requests.
    instead : mapping or None
        What to ask with where the API cannot hold an answer to the schema; None where that is done already.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> Wanted.of(Form.of(int), find("claude-sonnet-5-5"), {"via": "portkey"}).instruction == (INSTRUCTION,)
    True
    """

    form: Form
    fields: Mapping[str, Any]
    instead: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        form: Form,
        model: Model,
        route: Mapping[str, Any],
        *,
        thinking: Mapping[str, Any] | None = None,
        by_tool: bool = False,
    ) -> Self:
        """Choose how to ask; the parameters are those of `Form.request`."""
        fields = form.request(model, route, thinking=thinking, by_tool=by_tool)
        if "output_config" not in fields:
            return cls(form, fields)
        return cls(form, fields, form.request(model, route, thinking=thinking, by_tool=True))

    @property
    def instruction(self) -> tuple[Mapping[str, Any], ...]:
        """What to add to the question; mostly nothing."""
        return (INSTRUCTION,) if self.form.instruction(self.fields) else ()

    def otherwise(self, error: APIError) -> Self | None:
        """Return how to ask after a refusal; None where another way would not help."""
        too_large = error.status == 400 and any(words in error.message for words in _TOO_LARGE)
        if self.instead is None or not too_large:
            return None
        return replace(self, fields=self.instead, instead=None)

    def misfits(self, reply: Reply) -> ExtractionError | None:
        """Return what Claude can correct of an answer; None where it fits, or asking again would not help."""
        try:
            self.form.value(reply)
        except ExtractionError as error:
            return error if error.problems else None
        return None

    def correction(self, reply: Reply, error: ExtractionError) -> Sequence[Mapping[str, Any]]:
        """Return what is said to an answer that does not fit."""
        return self.form.follow_up(reply, error, request=self.fields)
