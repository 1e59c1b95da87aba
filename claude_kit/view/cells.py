"""Which run of a cell displays a widget, and which widgets went with an earlier run of it?

A cell that is run again loses its outputs. The widgets that stood there would live on unseen, each with its threads and
its comm, so they are closed. JupyterLab, Notebook and VS Code say with each request which cell it is of.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

__all__ = ["Run", "current_run", "displayed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a cell.

    Attributes
    ----------
    cell : str
        The cell's id.
    request : str
        The id of the message that asked for the run.
    execution_count : int
    """

    cell: str
    request: str
    execution_count: int


class _Closable(Protocol):
    def close(self) -> None:
        """End it."""


# By the cell's id: what is displayed there, and in which run.
_displayed: Final[dict[str, WeakKeyDictionary[_Closable, str]]] = {}


def current_run() -> Run | None:
    """Return the run that is going on; None where no cell runs, or the page does not say which."""
    shell = _shell()
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    cell = (parent.get("metadata") or {}).get("cellId")
    if not cell:
        return None
    # Versions of IPython differ in when they count: what is typed in is there before it runs in all of them.
    inputs = shell.history_manager.input_hist_parsed if shell is not None else ()
    return Run(str(cell), str(parent["header"]["msg_id"]), len(inputs) - 1)


def displayed(widget: _Closable, run: Run) -> None:
    """Note that a widget is displayed; it is closed when a later run has ended that leaves it displayed nowhere."""
    _displayed.setdefault(run.cell, WeakKeyDictionary())[widget] = run.request
    shell = _shell()
    if shell is not None:
        shell.events.register("post_run_cell", _close_what_is_gone)  # once, however often it is said


def _close_what_is_gone(*_: Any) -> None:
    run = current_run()
    here = None if run is None else _displayed.get(run.cell)
    if run is None or here is None:
        return
    for widget in [widget for widget, request in here.items() if request != run.request]:
        del here[widget]
        if not any(widget in there for there in _displayed.values()):
            widget.close()
    if not here:
        del _displayed[run.cell]


def _shell() -> Any | None:
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()
