"""When may code have changed the conversation? After each cell that ran."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["after_each_cell", "weakly"]


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls a method as long as its object is there, without keeping it there."""
    reference = weakref.WeakMethod(method)

    def call(*_: Any) -> None:
        if (alive := reference()) is not None:
            alive()

    return call


def after_each_cell(method: Callable[[], None]) -> None:
    """Have a method called after each cell that runs, while its object is there; nothing outside of IPython."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register("post_run_cell", weakly(method))
