"""What would it cost if: more documents, longer ones, more questions, another model, a cache? To be played with."""

from __future__ import annotations

from claude_kit.panels.exploring.explorer import CostExplorer

__all__ = ["CostExplorer"]
