"""Where is this shown: in a live notebook, in one that nobody watches, or in a terminal?"""

from __future__ import annotations

import os
import sys
from typing import Literal

__all__ = ["Surface", "surface"]

Surface = Literal["live", "static", "text"]


def surface() -> Surface:
    """Tell where an answer or a progress bar would be shown.

    Returns
    -------
    {"live", "static", "text"}
        A widget in a notebook; the final form once, in a notebook under ``CLAUDE_KIT_STATIC=1``; text elsewhere.
    """
    if "IPython" not in sys.modules:
        return "text"
    from IPython.core.getipython import get_ipython

    if getattr(get_ipython(), "kernel", None) is None:
        return "text"
    return "static" if os.environ.get("CLAUDE_KIT_STATIC") else "live"
