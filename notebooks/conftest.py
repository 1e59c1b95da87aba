"""How pytest runs the lessons: with the saved form of every answer, against the offline model.

A lesson's saved output must be what the cell gives today, to the letter, but for what may differ from day to day and
from one Python to the next: dollars follow the price list, and without the exact token counter (Python 3.11) every
count is an estimate.
"""

import os
from pathlib import Path

import pytest

from claude_kit.estimate.texts import is_exact

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Set what the kernels inherit, and what nbval overlooks."""
    for name in ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY", "CLAUDE_KIT_MODEL"):
        os.environ.pop(name, None)
    os.environ["CLAUDE_KIT_STATIC"] = "1"
    if not config.option.nbval_sanitize_with:
        rules = "sanitise.cfg" if is_exact() else "sanitise_estimates.cfg"
        config.option.nbval_sanitize_with = str(HERE / "data" / rules)
