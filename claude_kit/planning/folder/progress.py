"""How far is it? One bar where somebody watches, one quiet line when it is done, and nothing where nobody does."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Final, Protocol, Self

from claude_kit.render import units
from claude_kit.render.html import escape, frame
from claude_kit.render.surfaces import surface

__all__ = ["Progress", "progress"]

# How often a notebook's bar moves: more is not seen, and every move is a message to the browser.
_EVERY_S: Final = 0.25


class Progress(Protocol):
    """What a long task tells how far it is; a context around it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def step(self, *, was_kept: bool = False) -> None:
        """One more is done; `was_kept` if it was known from an earlier time."""


def progress(total: int, *, shown: bool = True) -> Progress:
    """Return what shows how many of `total` files are done: a bar in a notebook or a terminal, nothing elsewhere."""
    where = surface()
    if shown and where == "live":
        return _InNotebook(total)
    # A notebook that is run to be compared shows nothing that differs from run to run.
    if shown and where == "text" and sys.stderr is not None and sys.stderr.isatty():
        return _InTerminal(total)
    return _Nowhere()


class _Nowhere:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def step(self, *, was_kept: bool = False) -> None:
        """Let it pass."""


class _InTerminal:
    """A bar on stderr, gone when it is done."""

    def __init__(self, total: int) -> None:
        self._total = total

    def __enter__(self) -> Self:
        from tqdm import tqdm

        self._bar = tqdm(total=self._total, unit=" files", leave=False, file=sys.stderr, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()

    def step(self, *, was_kept: bool = False) -> None:
        """Move the bar; tqdm sees to it that it is not drawn too often."""
        self._bar.update()


class _InNotebook:
    """A bar in the cell, made of HTML alone: no widget is left behind in the file that is saved."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._kept = 0
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        from IPython.display import display

        self._began = time.monotonic()
        self._handle: Any = display(self._bar(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        took = units.seconds(time.monotonic() - self._began)
        if error is None:
            line = f"{units.plural(self._total, 'file')} in {took}"
        else:
            line = f"stopped after {units.count(self._done)} of {units.plural(self._total, 'file')}, {took}"
        kept = f", {units.count(self._kept)} from the cache" if self._kept else ""
        self._draw({"text/html": _quiet(line + kept), "text/plain": line + kept})

    def step(self, *, was_kept: bool = False) -> None:
        """Move the bar, unless it has moved just now."""
        self._done += 1
        self._kept += was_kept
        if time.monotonic() - self._drawn_at >= _EVERY_S:
            self._drawn_at = time.monotonic()
            self._draw(self._bar())

    def _bar(self) -> dict[str, str]:
        share = self._done / max(self._total, 1)
        counted = self._done - self._kept
        passed = time.monotonic() - self._began
        line = f"{units.count(self._done)} of {units.plural(self._total, 'file')}"
        if counted and passed > 1:
            line += f" · about {units.seconds(passed / counted * (self._total - self._done))} left"
        track = "display:inline-block;width:220px;height:6px;border-radius:3px;background:#8884;margin-right:12px"
        filled = f"width:{share:.1%};height:6px;border-radius:3px;background:#c2613a"
        drawn = f'<div style="{track}"><div style="{filled}"></div></div>'
        return {"text/html": _quiet(line, drawn), "text/plain": line}

    def _draw(self, bundle: dict[str, str]) -> None:
        if self._handle is not None:
            self._handle.update(bundle, raw=True)


def _quiet(line: str, before: str = "") -> str:
    return frame(f'<div class="ck-dim" style="padding:6px 12px">{before}{escape(line)}</div>', kind="table")
