"""Prompts kept in Portkey's library: asking for one filled in, or for its answer.

Source: Portkey's API reference (docs-core b60bcb70, openapi a2191f44, 2026-11-22); the open-source gateway has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from claude_kit.wire.portkey import translation

__all__ = ["Prompt", "body", "completion_path", "read", "render_path"]

# What a request says of its own; the rest of a prompt are parameters.
_APART: Final = ("model", "messages", "max_tokens", "max_completion_tokens")


# What an answer of the Messages API takes, by this name or after `translation.parameters`.
_SENT: Final = ("stop_sequences", "tools", "tool_choice", "thinking", "metadata")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt of the library, filled in.

    Attributes
    ----------
    model : str
        As the library names it, which may be another provider's.
    messages : tuple of mapping
        In the Messages dialect.
    system : str or tuple of mapping, optional
    max_tokens : int, optional
    parameters : mapping
        What else the library says, as it says it: ``temperature``, ``stop``, ``tools``, …
    """

    model: str
    messages: tuple[Mapping[str, Any], ...]
    system: str | tuple[Mapping[str, Any], ...] | None = None
    max_tokens: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def request(self, **changes: Any) -> dict[str, Any]:
        """Return what to give `claude_kit.Client.send`, tools and stop sequences translated.

        Parameters
        ----------
        **changes
            What to say instead, such as another model. ``temperature`` and its like are left out, since today's models
            refuse them; say them here for one that does not.

        Examples
        --------
        >>> prompt = Prompt("claude-sonnet-5-5", ({"role": "user", "content": "Hi"},), parameters={"temperature": 0})
        >>> prompt.request(max_tokens=99)
        {'messages': [{'role': 'user', 'content': 'Hi'}], 'model': 'claude-sonnet-5-5', 'max_tokens': 99}
        """
        asked: dict[str, Any] = {"messages": [dict(message) for message in self.messages], "model": self.model}
        if self.system:
            asked["system"] = self.system if isinstance(self.system, str) else [dict(block) for block in self.system]
        if self.max_tokens is not None:
            asked["max_tokens"] = self.max_tokens
        translated = translation.parameters(self.parameters)
        return {**asked, **{name: translated[name] for name in _SENT if name in translated}, **changes}


def render_path(prompt_id: str) -> str:
    """Return where a prompt is filled in, after the base address.

    Examples
    --------
    >>> render_path("pp-summary-1@12")
    '/prompts/pp-summary-1@12/render'
    """
    return f"/prompts/{_quoted(prompt_id)}/render"


def completion_path(prompt_id: str) -> str:
    """Return where a prompt is filled in and answered, after the base address.

    Examples
    --------
    >>> completion_path("pp-summary-1")
    '/prompts/pp-summary-1/completions'
    """
    return f"/prompts/{_quoted(prompt_id)}/completions"


def body(variables: Mapping[str, Any] | None = None, **overrides: Any) -> dict[str, Any]:
    """Return the body of either request.

    Parameters
    ----------
    variables : mapping
        By name; text, or what is written as JSON: the library knows texts alone.
    **overrides
        What to say instead of the library: ``max_tokens``, ``model``, ``stream``, …; what is None is left out.

    Raises
    ------
    TypeError
        If a variable is neither text nor JSON.

    Examples
    --------
    >>> body({"topic": "ants", "tags": ["a", "b"]}, max_tokens=250)
    {'variables': {'topic': 'ants', 'tags': '["a", "b"]'}, 'max_tokens': 250}
    """
    said = {name: value for name, value in overrides.items() if value is not None}
    return {"variables": {name: _variable(name, value) for name, value in (variables or {}).items()}, **said}


def read(answer: object) -> Prompt:
    """Read the answer to a request for a prompt that is filled in.

    Raises
    ------
    ValueError
        If it is no such answer.

    Examples
    --------
    >>> messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Ants?"}]
    >>> read({"success": True, "data": {"model": "claude-sonnet-5-5", "messages": messages}}).system
    'Be brief.'
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(data.get("messages"), list):
        raise ValueError("no prompt in the answer: only Portkey's own service keeps prompts")
    system, messages = translation.conversation(data["messages"])
    return Prompt(
        str(data.get("model") or ""),
        tuple(messages),
        system,
        data.get("max_completion_tokens") or data.get("max_tokens"),
        {name: value for name, value in data.items() if name not in _APART and value is not None},
    )


def _quoted(prompt_id: str) -> str:
    if not isinstance(prompt_id, str) or not prompt_id.strip():
        raise ValueError('no prompt id: copy it from the library, such as "pp-summary-1", or with a version, "…@12"')
    return quote(prompt_id.strip(), safe="@")


def _variable(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise TypeError(f"variables[{name!r}] is None, which the prompt would read as text; give it a value")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        raise TypeError(f"variables[{name!r}] is a {type(value).__name__}, which is no JSON; give it as text") from None
