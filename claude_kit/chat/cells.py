"""Which cell of a notebook is asking? A cell that is run again asks again, and does not go on."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from claude_kit.view.watched import is_placed

__all__ = ["Run", "current"]


class Run(NamedTuple):
    """One run of a cell.

    Attributes
    ----------
    cell : str
        The cell's id, which it keeps when it is run again.
    request : str
        The id of the message that ran it, another each time.
    """

    cell: str
    request: str


def current() -> Run | None:
    """Return which run of which cell this is; None outside of a notebook, or where the front end does not say.

    JupyterLab, Notebook and VS Code name the cell in the metadata of what they send to the kernel; nbclient and a
    console do not. What is asked in a panel no cell asks, whichever ran last.

    Examples
    --------
    >>> current()
    """
    if "IPython" not in sys.modules or is_placed():
        return None
    from IPython.core.getipython import get_ipython

    # Only the shell of a kernel knows what it was sent.
    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)() or {}
    cell = (parent.get("metadata") or {}).get("cellId")
    request = (parent.get("header") or {}).get("msg_id")
    return Run(str(cell), str(request)) if cell and request else None
