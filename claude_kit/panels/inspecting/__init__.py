"""Which pages of this PDF do I want, and what will they cost? A grid of its pages, to look at and to choose from."""

from __future__ import annotations

from claude_kit.panels.inspecting.inspector import PdfInspector

__all__ = ["PdfInspector"]
