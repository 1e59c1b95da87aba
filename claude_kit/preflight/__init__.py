"""Will it be accepted? Every limit checked before a byte leaves; each finding names file, measure, limit and fix.

`RULES` is the table of all that is checked, as data: an id, the levels it can have, a sentence, a source.

Examples
--------
>>> [(rule.id, rule.levels) for rule in RULES if rule.id.startswith("cache.")]
[('cache.breakpoints', ('error',)), ('cache.below-minimum', ('warning',))]
"""

from __future__ import annotations

from claude_kit.preflight.checking import check, of_part
from claude_kit.preflight.fitted import Fitted
from claude_kit.preflight.fitting import fit
from claude_kit.preflight.report import Finding, Report
from claude_kit.preflight.rules import RULES, Rule

__all__ = ["RULES", "Finding", "Fitted", "Report", "Rule", "check", "fit", "of_part"]
