"""May the thinking that comes back stand where it does? As it was, for the model that thought it, after what it knew.

The rules are those of Anthropic's documentation (preserved thinking, 2026-11), the words too where they are known.
Between two blocks of thinking none may be missing; those before all others may be, as whoever saves tokens leaves them
out. Signatures that the offline model did not write are taken as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from claude_kit.models import Model
from claude_kit.offline.prefix import Block, Prefix, before
from claude_kit.offline.refusals import Refusal
from claude_kit.offline.seals import Broken, Seal, is_ours
from claude_kit.offline.thinking import BINDING_BETA, drops_unbound

__all__ = ["unbound", "without"]

_INVALID: Final = {
    "thinking": "Invalid `signature` in `thinking` block",
    "redacted_thinking": "Invalid `data` in `redacted_thinking` block",
}

_MODIFIED: Final = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must "
    "remain as they were in the original response."
)

_ELSEWHERE: Final = (
    "The block is bound to a different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)
_HEADER: Final = f" That setting requires the `{BINDING_BETA}` value in the `anthropic-beta` header."

# What differs -> how it is said. Of the first these are the API's words.
_DIFFERS: Final = {
    "system": " The `system` prompt differs from the one this block was created with.",
    "tools": " The `tools` differ from the ones this block was created with.",
    "messages": " The messages before it differ from the ones this block was created with.",
    "thinking": " A thinking block between others is missing, or was moved.",
}


def unbound(found: Sequence[Block], body: Mapping[str, Any], model: Model, betas: Collection[str]) -> dict[str, str]:
    """Check all thinking of a conversation; say which of it is to be dropped, if that was asked for.

    Parameters
    ----------
    found : sequence of Block
        The blocks of the request.
    body : mapping
        The request.
    model : Model
    betas : collection of str
        The betas that the request names.

    Returns
    -------
    dict
        For the place of a block why it does not belong there, as ``input_transformations`` tells it.

    Raises
    ------
    Refusal
        If a block does not belong, and shall not be dropped.
    """
    drops = drops_unbound(body)
    prefix = before(block for block in found if block.section != "messages")
    messages = [block for block in found if block.section == "messages"]
    dropped: dict[str, str] = {}
    for block in messages:
        wrong = _mismatch(block, model, prefix) if block.is_thinking else None
        if wrong is None:
            prefix = prefix.with_block(block)
        elif wrong == "tampered":
            raise Refusal(400, _tampered(block, messages))
        elif drops:
            dropped[block.place] = f"{'model' if wrong == 'model' else 'prefix'}_binding_mismatch"
        else:
            raise Refusal(400, _unbound(block, wrong, betas))
    return dropped


def without(body: Mapping[str, Any], places: Collection[str]) -> dict[str, Any]:
    """Return a request without the blocks of its messages at some places; a message of nothing else is left out."""
    if not places:
        return dict(body)
    messages = []
    for number, message in enumerate(body["messages"]):
        kept = message["content"]
        if not isinstance(kept, str):
            kept = [one for at, one in enumerate(kept) if f"messages.{number}.content.{at}" not in places]
        if kept:
            messages.append({**message, "content": kept})
    return {**body, "messages": messages}


def _mismatch(block: Block, model: Model, prefix: Prefix) -> str | None:
    """Say what of a block of thinking is not as it was: nothing, or one word."""
    given = block.given
    signature = str(given["data"] if given["type"] == "redacted_thinking" else given["signature"])
    if not signature:
        return "tampered"
    if not is_ours(signature):
        return None
    try:
        seal = Seal.read(signature)
    except Broken:
        return "tampered"
    if not seal.holds(str(given.get("thinking", ""))):
        return "tampered"
    if seal.model != model.id:
        return "model"
    return _differing(seal.prefix, prefix) if model.prefix_bound else None


def _differing(then: Prefix, now: Prefix) -> str | None:
    for part in ("system", "tools", "messages"):
        if getattr(then, part) != getattr(now, part):
            return part
    # A leading run may be gone, so what is left has to be the end of what there was.
    kept = len(now.thinking)
    return None if kept == 0 or then.thinking[-kept:] == now.thinking else "thinking"


def _tampered(block: Block, messages: Sequence[Block]) -> str:
    latest = max(other.at[0] for other in messages if other.role == "assistant")
    waited_for = any(other.given.get("type") == "tool_result" for other in messages if other.at[0] > latest)
    if block.at[0] == latest and waited_for:
        return f"{block.place}: {_MODIFIED}"
    return f"{block.place}: {_INVALID[block.given['type']]}"


def _unbound(block: Block, word: str, betas: Collection[str]) -> str:
    invalid = f"{block.place}: {_INVALID[block.given['type']]}"
    if word == "model":
        return invalid
    header = "" if BINDING_BETA in betas else _HEADER
    return f"{invalid}. {_ELSEWHERE}{header}{_DIFFERS[word]}"
