"""How does a conversation go on? Questions with whatever goes with them, answers, and what they cost together."""

from claude_kit.chat.conversation import Chat
from claude_kit.chat.ledger import total_cost
from claude_kit.chat.once import ask
from claude_kit.chat.turns import Step, Turn

__all__ = ["Chat", "Step", "Turn", "ask", "total_cost"]
