"""How is a conversation kept? In a file that reads well, with its attachments beside it, and back again."""

from claude_kit.chat.keeping.attachments import put
from claude_kit.chat.keeping.saving import VERSION, Kept, dumps, loads, place_for, read, write

__all__ = ["VERSION", "Kept", "dumps", "loads", "place_for", "put", "read", "write"]
