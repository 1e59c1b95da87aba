"""How is an answer got that a program can go on with? By a type or a JSON schema, which Claude fills in."""

from claude_kit.chat.forms.asking import Wanted
from claude_kit.chat.forms.extraction import INSTRUCTION, Form

__all__ = ["INSTRUCTION", "Form", "Wanted"]
