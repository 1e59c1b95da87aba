"""What does a question ask for by a password? Thinking that is hidden, or a refusal, so that both can be tried.

The strings are those that Anthropic documents for the same purpose (extended thinking; streaming refusals, 2026-08-22).
"""

from __future__ import annotations

from typing import Final

__all__ = ["REDACTED", "REFUSAL"]

#: In a question: its thinking comes as ``redacted_thinking``.
REDACTED: Final = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB"
)

#: In a conversation: it is refused, until the question that holds it is gone.
REFUSAL: Final = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
)
