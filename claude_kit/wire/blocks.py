"""Which kinds of content blocks does the Messages API know?

From the `anthropic` SDK 2.12.0, Messages and its betas (2026-11-20). There will be more: a kind that is not among them
is either misspelt, or newer than this list.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

__all__ = ["KINDS", "nearest"]

KINDS: Final = frozenset(
    {
        *("text", "image", "document", "search_result", "container_upload"),
        *("thinking", "redacted_thinking", "compaction", "fallback"),
        *("tool_use", "tool_result", "tool_reference", "tool_addition", "tool_removal", "browser_state"),
        *("server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "tool_search_tool_result"),
        *("code_execution_tool_result", "bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
        *("mcp_tool_use", "mcp_tool_result", "mcp_tool_listing", "advisor_tool_result"),
    }
)

# What people write who know another API.
_ELSEWHERE: Final = {"pdf": "document", "input_text": "text", "input_image": "image", "output_text": "text"}


def nearest(kind: str) -> str | None:
    """Return the kind that may have been meant; None where none is near.

    Examples
    --------
    >>> nearest("txt"), nearest("pdf"), nearest("hologram")
    ('text', 'document', None)
    """
    near = get_close_matches(kind, sorted(KINDS), 1)
    return _ELSEWHERE.get(kind) or (near[0] if near else None)
