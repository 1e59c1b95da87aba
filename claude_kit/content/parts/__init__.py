"""What a request is made of: an `Image`, a `Pdf` or a `Text`, each immutable and each able to show itself.

A part knows its bytes and what they are. It knows nothing of any API: limits are `claude_kit.preflight`'s,
tokens `claude_kit.estimate`'s, JSON `claude_kit.wire`'s.
"""

from __future__ import annotations

from claude_kit.content.parts.image import Image
from claude_kit.content.parts.pdf import Page, Pdf
from claude_kit.content.parts.text import Text

__all__ = ["Image", "Page", "Part", "Pdf", "Text"]

Part = Image | Pdf | Text
