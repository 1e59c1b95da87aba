"""How is Stop heard while another cell runs? In another thread, where the kernel has one.

A kernel reads what its widgets say when its cells are done. From version 7 on ipykernel has threads for messages of a
comm that the page has opened and nothing was sent through, see ``_reply_subshell_for`` in
https://github.com/ipython/ipykernel/blob/v7.4.0/ipykernel/comm/comm.py. So the page opens one to say it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from comm import get_comm_manager

__all__ = ["hear", "unhear"]

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


def _opened(comm: Any, message: dict[str, Any]) -> None:
    stop = _stops.get(str(message["content"]["data"].get("island")))
    comm.close()
    if stop is not None:
        stop()
