"""Where is this shown: in a live notebook, in one that nobody watches, or in a terminal?"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

__all__ = ["FrontEnd", "Surface", "front_end", "surface"]

Surface = Literal["live", "static", "text"]
FrontEnd = Literal["jupyter", "widgets", "nobody"]

# Jupyter Server gives it to the kernels of its sessions; nbclient, papermill and a console have no session.
_SESSION: Final = "JPY_SESSION_NAME"

# Voila runs the notebook as nbclient does, and shows its widgets later.
_VOILA: Final = ("VOILA_APP_IP", "VOILA_APP_PORT", "VOILA_SERVER_URL")


def surface() -> Surface:
    """Tell where an answer or a progress bar would be shown.

    Returns
    -------
    {"live", "static", "text"}
        A widget in a notebook; the final form once, in a notebook under ``CLAUDE_KIT_STATIC=1`` or where no page is
        open on it; text elsewhere.
    """
    shell = _shell()
    if shell is None:
        return "text"
    return "static" if os.environ.get("CLAUDE_KIT_STATIC") or front_end() == "nobody" else "live"


def front_end() -> FrontEnd:
    """Tell what shows the outputs of this kernel, by what it sends along with a cell and by the kernel's environment.

    Returns
    -------
    {"jupyter", "widgets", "nobody"}
        JupyterLab or Notebook, whose page the kernel's HTML and widgets share; another page that shows widgets
        (VS Code, Colab, Voila); or nobody: nbclient, papermill, nbval, a console.
    """
    shell = _shell()
    if shell is None:
        return "nobody"
    cell = _cell(shell)
    if cell:  # JupyterLab's are bare ids, VS Code's are addresses
        return "widgets" if ":" in cell else "jupyter"
    if "__vsc_ipynb_file__" in shell.user_ns or "google.colab" in sys.modules:
        return "widgets"
    if any(name in os.environ for name in _VOILA) or os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return "widgets"
    # A message of a widget names no cell.
    return "jupyter" if _SESSION in os.environ else "nobody"


def _shell() -> Any | None:
    """Return IPython's shell where it is a kernel's."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None


def _cell(shell: Any) -> str:
    """Return the id of the cell that runs, where the front end says it."""
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    metadata = parent.get("metadata")
    return str(metadata.get("cellId") or "") if isinstance(metadata, Mapping) else ""
