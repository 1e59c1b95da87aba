"""How a call of a tool looks: one line of what was called and what came, and all of it inside the fold."""

from __future__ import annotations

import json
from typing import Any, Final

from claude_kit.render import units
from claude_kit.render.citations import shortened
from claude_kit.render.html import QUIET_FOR_MATH, escape, tag
from claude_kit.render.pieces import Call

__all__ = ["html_call", "text_asked", "text_call", "text_result"]

# In characters. What stands in the fold is saved with the notebook, so it has an end too.
_ARGUMENT_LENGTH: Final = 40
_ARGUMENTS_LENGTH: Final = 72
_RESULT_LENGTH: Final = 72
_RESULT_LENGTH_IN_TEXT: Final = 160
_FLAT_LENGTH: Final = 80
_LIMIT: Final = 8_000


def html_call(call: Call) -> str:
    """Return a call as a folded line, the whole input and result inside."""
    inside = _part("Input", _pretty(call.input)) + _part("Error" if call.failed else "Result", call.result)
    return (
        f'<details class="ck-call {QUIET_FOR_MATH}"><summary>{_headline(call)}</summary>'
        f'<div class="ck-inside">{inside}</div></details>'
    )


def text_call(call: Call) -> str:
    """Return a call as one line, its result as another.

    Examples
    --------
    >>> print(text_call(Call("weather", '{"city": "Oslo"}', "4 °C, rain")))
    → weather(city="Oslo")
    ← 4 °C, rain
    """
    result = text_result(call)
    return f"→ {text_asked(call)}" + (f"\n← {result}" if result else "")


def text_asked(call: Call) -> str:
    """Return what was called, with what, in one line.

    Examples
    --------
    >>> text_asked(Call("weather", '{"city": "Oslo", "days": [1, 2]}')), text_asked(Call("now", "{}"))
    ('weather(city="Oslo", days=[1, 2])', 'now()')
    """
    return f"{shortened(call.name, _ARGUMENTS_LENGTH)}({_arguments(call.input)})"


def text_result(call: Call) -> str:
    """Return what came of it, in one line; nothing as long as nothing came."""
    if call.pending:
        return "running"
    words = shortened(call.result, _RESULT_LENGTH_IN_TEXT)
    if call.failed:
        return f"failed: {words}" if words else "failed"
    return words


def _headline(call: Call) -> str:
    pieces = [f"<code>{escape(text_asked(call))}</code>"]
    if call.pending:
        pieces.append('<span class="ck-dim"><span class="ck-pulse"></span>running</span>')
    if call.failed:
        pieces.append(tag("failed", "error"))
    if call.result and not call.pending:
        pieces.append(f'<span class="ck-dim ck-first">→ {escape(shortened(call.result, _RESULT_LENGTH))}</span>')
    if call.seconds >= 0.05:
        pieces.append(f'<span class="ck-dim ck-num">{units.seconds(call.seconds)}</span>')
    return " ".join(pieces)


def _part(title: str, text: str) -> str:
    if not text:
        return ""
    shown, left = text[:_LIMIT], len(text) - _LIMIT
    note = f'<div class="ck-dim">{units.plural(left, "more character")} not shown</div>' if left > 0 else ""
    return f'<div class="ck-label">{title}</div><pre>{escape(shown)}</pre>{note}'


def _arguments(text: str) -> str:
    found = _read(text)
    if not isinstance(found, dict):
        return shortened(text, _ARGUMENTS_LENGTH)
    named = (f"{name}={shortened(_spelled(value), _ARGUMENT_LENGTH)}" for name, value in found.items())
    return shortened(", ".join(named), _ARGUMENTS_LENGTH)


def _pretty(text: str) -> str:
    found = _read(text)
    if found is None or found == {}:
        return "" if found == {} else text
    flat = _spelled(found)
    return flat if len(flat) <= _FLAT_LENGTH else json.dumps(found, indent=2, ensure_ascii=False)


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(text: str) -> Any:
    """Return what JSON says; None for what is none, such as a call that was cut."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
