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

    def show(self, done: int, note: str = "", *, known: int = 0) -> None:
        """So many are done by now; `note` is said behind, and the `known` among them tell nothing of the pace."""


def progress(total: int | None, noun: str, *, shown: bool = True) -> Progress:
    """Return what shows how many are done: a bar in a notebook or a terminal, nothing elsewhere.

    Parameters
    ----------
    total : int or None
        None if nobody knows yet.
    noun : str
        What is counted, in the singular.
    shown : bool
        Whether to show anything at all.
    """
    where = surface()
    if shown and where == "live":
        return _InNotebook(total, noun)
    # A notebook that is run to be compared shows nothing that differs from run to run.
    if shown and where == "text" and sys.stderr is not None and sys.stderr.isatty():
        return _InTerminal(total, noun)
    return _Nowhere()


class _Nowhere:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def show(self, done: int, note: str = "", *, known: int = 0) -> None:
        """Let it pass."""


class _InTerminal:
    """A bar on stderr, gone when it is done."""

    def __init__(self, total: int | None, noun: str) -> None:
        self._total = total
        self._noun = noun

    def __enter__(self) -> Self:
        from tqdm import tqdm

        self._bar = tqdm(total=self._total, unit=f" {self._noun}s", leave=False, file=sys.stderr, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()

    def show(self, done: int, note: str = "", *, known: int = 0) -> None:
        """Move the bar; tqdm sees to it that it is not drawn too often."""
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(done - self._bar.n)


class _InNotebook:
    """A bar in the cell, made of HTML alone: no widget is left behind in the file that is saved."""

    def __init__(self, total: int | None, noun: str) -> None:
        self._total = total
        self._noun = noun
        self._done = self._known = 0
        self._note = ""
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
        if error is None and self._total in (None, self._done):
            line = f"{units.plural(self._done, self._noun)} in {took}"
        else:
            line = f"stopped after {self._so_far()}, {took}"
        line += f", {self._note}" if self._note else ""
        self._draw({"text/html": _quiet(line), "text/plain": line})

    def show(self, done: int, note: str = "", *, known: int = 0) -> None:
        """Move the bar, unless it has moved just now."""
        self._done, self._known, self._note = done, known, note
        if time.monotonic() - self._drawn_at >= _EVERY_S:
            self._drawn_at = time.monotonic()
            self._draw(self._bar())

    def _so_far(self) -> str:
        if self._total is None:
            return units.plural(self._done, self._noun)
        return f"{units.count(self._done)} of {units.plural(self._total, self._noun)}"

    def _bar(self) -> dict[str, str]:
        passed = time.monotonic() - self._began
        line = self._so_far()
        paced = self._done - self._known
        if self._total and paced and passed > 1:
            line += f" · about {units.seconds(passed / paced * (self._total - self._done))} left"
        line += f" · {self._note}" if self._note else ""
        track = "display:inline-block;width:220px;height:6px;border-radius:3px;background:#8884;margin-right:12px"
        filled = f"width:{self._done / max(self._total or 1, 1):.1%};height:6px;border-radius:3px;background:#c2613a"
        drawn = f'<div style="{track}"><div style="{filled}"></div></div>' if self._total is not None else ""
        return {"text/html": _quiet(line, drawn), "text/plain": line}

    def _draw(self, bundle: dict[str, str]) -> None:
        if self._handle is not None:
            self._handle.update(bundle, raw=True)


def _quiet(line: str, before: str = "") -> str:
    return frame(f'<div class="ck-dim" style="padding:6px 12px">{before}{escape(line)}</div>', kind="table")
