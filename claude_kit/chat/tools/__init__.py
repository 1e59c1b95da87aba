"""What can Claude do here? It calls Python functions as tools, and sees what they give or why they failed."""

from claude_kit.chat.tools.running import ANSWER, Result, Tools

__all__ = ["ANSWER", "Result", "Tools"]
