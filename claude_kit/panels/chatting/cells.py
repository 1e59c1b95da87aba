"""When may code have changed the conversation? After each cell that ran."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython

__all__ = ["after_each_cell", "weakly"]


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls a method as long as its object is there, without keeping it there."""
    reference = weakref.WeakMethod(method)

    def call(*_: Any) -> None:
        if (alive := reference()) is not None:
            alive()

    return call


def after_each_cell(method: Callable[[], None]) -> Callable[[], None]:
    """Have a method called after each cell that runs, while its object is there; nothing outside of IPython.

    Returns
    -------
    callable
        Ends that.
    """
    shell = get_ipython()
    if shell is None:
        return lambda: None
    call = weakly(method)
    shell.events.register("post_run_cell", call)
    return lambda: shell.events.unregister("post_run_cell", call)
