"""Which prompts are in the library? A few, as Portkey keeps them: messages with ``{{variables}}``, and a model.

Rendered and completed under ``/v1/prompts/{id}``; shapes from Portkey's API reference and its OpenAPI file, 2026-11-22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from claude_kit.offline.refusals import Refusal

__all__ = ["LIBRARY", "Prompt", "find"]

_VARIABLE: Final = re.compile(r"\{\{\{?\s*([\w.-]+)\s*\}?\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt of the library.

    Attributes
    ----------
    id : str
        By which it is asked for; ``id@latest`` and ``id@1`` are the same.
    messages : mapping of str to str
        By role, with ``{{variables}}``.
    model : str
    settings : mapping
        Further fields of the request.
    """

    id: str
    messages: Mapping[str, str]
    model: str = "claude-sonnet-5-5"
    settings: Mapping[str, Any] = field(default_factory=lambda: {"max_tokens": 1024})

    def render(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request that it becomes: variables filled in, fields of the body put over its own.

        A variable that is not given leaves nothing behind.
        """
        given = body.get("variables") or {}
        overrides = {name: value for name, value in body.items() if name != "variables" and value is not None}
        messages = [{"role": role, "content": _filled(text, given)} for role, text in self.messages.items()]
        return {"model": self.model, **self.settings, **overrides, "messages": messages}


LIBRARY: Final[tuple[Prompt, ...]] = (
    Prompt(
        id="pp-summary",
        messages={
            "system": "You summarize for people who are short of time.",
            "user": "Summarize this in {{count}} sentences, for {{audience}}:\n\n{{text}}",
        },
    ),
    Prompt(
        id="pp-translate",
        messages={"system": "You translate, and add nothing.", "user": "Into {{language}}: {{text}}"},
    ),
    Prompt(
        id="pp-question",
        messages={"user": "{{question}}"},
        model="claude-haiku-4-5",
        settings={"max_tokens": 512, "temperature": 0},
    ),
)


def find(id: str) -> Prompt:
    """Find a prompt.

    Raises
    ------
    Refusal
        If there is none of that id and version.

    Examples
    --------
    >>> find("pp-question@latest").render({"variables": {"question": "Why?"}})["messages"]
    [{'role': 'user', 'content': 'Why?'}]
    """
    name, _, version = id.partition("@")
    for prompt in LIBRARY:
        if prompt.id == name and version in ("", "1", "latest"):
            return prompt
    there_is = ", ".join(prompt.id for prompt in LIBRARY)
    raise Refusal(404, f"there is no prompt {id}; the offline model has {there_is}, each in version 1")


def _filled(text: str, given: Mapping[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        said = given.get(found[1], "")
        return said if isinstance(said, str) else json.dumps(said)

    return _VARIABLE.sub(value, text)
