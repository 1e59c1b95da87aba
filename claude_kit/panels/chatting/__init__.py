"""How do I talk with Claude without writing code for each question? In a panel: a whole conversation in one cell."""

from claude_kit.panels.chatting.panel import ChatPanel

__all__ = ["ChatPanel"]
