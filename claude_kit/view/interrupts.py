"""What does an interrupt end while a cell awaits? What is being watched, and not the cell.

Where a cell waits, an interrupt is a ``KeyboardInterrupt``, which can be caught. Where it awaits, the kernel cancels
the whole cell instead, and nobody can tell that from any other cancellation
(https://github.com/ipython/ipykernel/blob/v7.4.0/ipykernel/ipkernel.py#L322). So the signal is taken here first.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from claude_kit.render.surfaces import surface

__all__ = ["interrupted_by"]

_stops: list[Callable[[], None]] = []
_before: list[Any] = []


@contextmanager
def interrupted_by(stop: Callable[[], None]) -> Iterator[None]:
    """Let Kernel > Interrupt call this during the block, and nothing else; outside of a kernel let it be.

    Parameters
    ----------
    stop : callable
        Called in the main thread, between any two steps of it.
    """
    if surface() == "text" or threading.current_thread() is not threading.main_thread():
        yield
        return
    _stops.append(stop)
    # The kernel puts a handler of its own in place with each cell that awaits.
    if signal.getsignal(signal.SIGINT) is not _interrupted:
        _before[:] = [signal.signal(signal.SIGINT, _interrupted)]
    try:
        yield
    finally:
        _stops.remove(stop)
        if not _stops and signal.getsignal(signal.SIGINT) is _interrupted:
            signal.signal(signal.SIGINT, _before.pop())


def _interrupted(number: int, frame: object) -> None:
    for stop in tuple(_stops):
        stop()
