"""What was billed, in Anthropic's field names, whichever dialect told it.

A chat completion's usage comes in two conventions, and nothing in it says which. Portkey's open-source gateway leaves
the cached tokens out of ``prompt_tokens`` and has them in ``total_tokens``; its documentation and OpenAI have them in
both. The total tells them apart: it is the sum either with the cached tokens or without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["is_chat", "native"]


def is_chat(usage: Mapping[str, Any]) -> bool:
    """Tell whether a usage has the fields of a chat completion."""
    return "prompt_tokens" in usage or "completion_tokens" in usage


def native(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return a usage with Anthropic's field names; one that has them already stays as it is.

    Parameters
    ----------
    usage : mapping
        Of a Messages answer, or of a chat completion in either convention.

    Returns
    -------
    dict
        ``input_tokens`` is what was neither read from the cache nor written to it.

    Examples
    --------
    The same answer, with cached tokens left out of ``prompt_tokens`` and with them in it:

    >>> cached = {"completion_tokens": 15, "cache_read_input_tokens": 3400, "cache_creation_input_tokens": 1200}
    >>> native({"prompt_tokens": 25, "total_tokens": 4640, **cached})["input_tokens"]
    25
    >>> native({"prompt_tokens": 4625, "total_tokens": 4640, **cached})["input_tokens"]
    25
    """
    if not is_chat(usage):
        return dict(usage)
    prompt, answered = _number(usage, "prompt_tokens"), _number(usage, "completion_tokens")
    details = _details(usage, "prompt")
    read = _number(usage, "cache_read_input_tokens") or _number(details, "cached_tokens")
    written = _number(usage, "cache_creation_input_tokens") or _number(details, "cache_write_tokens")
    fresh = (
        prompt - read - written if _includes(prompt, answered, read + written, usage.get("total_tokens")) else prompt
    )
    thought = _number(_details(usage, "completion"), "reasoning_tokens")
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": answered,
        **({"output_tokens_details": {"thinking_tokens": thought}} if thought else {}),
        **{name: usage[name] for name in ("cache_creation", "service_tier", "speed", "inference_geo") if name in usage},
    }


def _includes(prompt: int, answered: int, cached: int, total: object) -> bool:
    """Tell whether the prompt's tokens include the cached ones."""
    if prompt < cached:
        return False
    return total != prompt + answered + cached  # without a total, OpenAI's convention


def _details(usage: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = usage.get(f"{kind}_tokens_details")
    return found if isinstance(found, Mapping) else {}


def _number(usage: Mapping[str, Any], name: str) -> int:
    return int(usage.get(name) or 0)
