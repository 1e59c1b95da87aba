"""Which Output widgets catch what is displayed now? In those nothing can be replaced that is displayed already."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython
from ipywidgets import Output
from ipywidgets.widgets import widget

__all__ = ["catching"]


def catching() -> tuple[str, ...]:
    """Return the model ids of the Output widgets inside of whose ``with`` this runs; `interact` has one too."""
    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)() or {}
    request = parent.get("header", {}).get("msg_id")
    if not request:
        return ()
    there = list(getattr(widget, "_instances", {}).values())  # there is no other list of them
    return tuple(str(each.model_id) for each in there if isinstance(each, Output) and each.msg_id == request)
