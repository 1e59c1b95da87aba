"""How is a page heard while another cell runs, and after it was loaded again? In a thread that the kernel has for it.

A kernel reads what its widgets say when its cells are done. From version 7 on ipykernel has threads, subshells, for the
messages of pages. From 7.4 on it takes what a widget says to the one that the widget was last told something for, see
``_reply_subshell_for`` in https://github.com/ipython/ipykernel/blob/v7.4.0/ipykernel/comm/comm.py. That may be the main
one, so that a Stop waits for the cell that runs: the page opens a comm of its own to say it. And it may be that of a
page that is gone, where nothing is heard any more: then it is to be the one that the page asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from comm import get_comm_manager

__all__ = ["hear", "hear_pages_to_come", "unhear"]

_TARGET: Final = "claude_kit.stop"

_stops: Final[dict[str, Callable[[], None]]] = {}


def hear(island: str, stop: Callable[[], None]) -> None:
    """Have the Stop of an island call this, in whichever thread hears it first.

    Parameters
    ----------
    island : str
        What it is marked with.
    stop : callable
    """
    get_comm_manager().register_target(_TARGET, _opened)
    _stops[island] = stop


def unhear(island: str) -> None:
    """Take the Stop of an island for what it is from now on: late."""
    _stops.pop(island, None)


def hear_pages_to_come(comm: Any) -> None:
    """Have what comes through a widget's comm heard when the page is gone that it was last used for."""
    route = getattr(comm, "_reply_subshell_for", None)
    if route is None:
        return

    def living(data: Any, asked: str | None) -> str | None:
        wanted: str | None = route(data, asked)
        if wanted is None:
            return None
        return wanted if wanted in comm.kernel.shell_channel_thread.manager.list_subshell() else asked

    comm._reply_subshell_for = living


def _opened(comm: Any, message: dict[str, Any]) -> None:
    stop = _stops.get(str(message["content"]["data"].get("island")))
    comm.close()
    if stop is not None:
        stop()
