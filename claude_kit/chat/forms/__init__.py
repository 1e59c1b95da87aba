"""How is an answer got that a program can go on with? By a type or a JSON schema, which Claude fills in."""

from claude_kit.chat.forms.asking import carried_out, carried_out_async, extracting
from claude_kit.chat.forms.extraction import Form

__all__ = ["Form", "carried_out", "carried_out_async", "extracting"]
