"""Where the lessons are, and how to open or run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from claude_kit.errors import ClaudeKitError

__all__ = ["FIRST", "execute", "folder", "open_lab"]

#: The lesson to begin with.
FIRST: Final = "01_first_look.ipynb"

_COPY: Final = "claude-kit-lessons"
_CELL_TIMEOUT_S: Final = 120
_NEEDS_LAB: Final = 'JupyterLab is not installed: pip install "claude_kit[lab]"'


def folder() -> Path:
    """Return the folder of the lessons: the clone's own, or a copy in the current folder of those in the package.

    Raises
    ------
    ClaudeKitError
        If this installation has none.
    """
    package = Path(__file__).parent
    clone = package.parent / "notebooks"
    if (clone / FIRST).is_file():
        return clone
    packed = package / "lessons"
    if not (packed / FIRST).is_file():
        raise ClaudeKitError(f"no lessons in this installation (looked for {clone} and {packed})")
    copy = Path.cwd() / _COPY
    if not copy.exists():
        shutil.copytree(packed, copy)
    return copy


def open_lab(arguments: tuple[str, ...] = ()) -> int:
    """Open JupyterLab on the lessons, wait until it is closed, and return its exit code.

    Without a display, or as root in a container, it does not open a browser but prints the address.

    Parameters
    ----------
    arguments : tuple of str
        Passed on to JupyterLab.

    Raises
    ------
    ClaudeKitError
        If JupyterLab is not installed.
    """
    _require("jupyterlab")
    _prefer_this_environment()
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder()}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    if not _has_display():
        command.append("--no-browser")
    command += arguments
    if os.name == "posix":
        # JupyterLab takes this process's place, so that whoever stops this command stops JupyterLab.
        sys.stdout.flush()
        os.execv(command[0], command)
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def execute(name: str = FIRST, *, place: Path | None = None) -> Iterator[str]:
    """Run a lesson headless, against the offline model if there is no key, and yield what its cells show, as text.

    Parameters
    ----------
    name : str
        The notebook's file name.
    place : pathlib.Path, optional
        The folder it is in; by default that of the lessons.

    Raises
    ------
    ClaudeKitError
        If JupyterLab is not installed, or a cell fails; then what ran before it has been yielded.
    """
    _require("nbclient")
    _prefer_this_environment()
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    place = place or folder()
    notebook = nbformat.read(place / name, as_version=4)  # type: ignore[no-untyped-call]
    runner = NotebookClient(notebook, timeout=_CELL_TIMEOUT_S, resources={"metadata": {"path": str(place)}})
    environment = {**os.environ, "CLAUDE_KIT_STATIC": "1"}
    # What the kernel logs while it starts is not what the cells show; a kernel that dies still raises.
    with runner.setup_kernel(env=environment, stderr=subprocess.DEVNULL):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "markdown":
                yield cell.source
                continue
            yield _quoted(cell.source)
            try:
                runner.execute_cell(cell, index)
            except CellExecutionError as error:
                raise ClaudeKitError(f"{name}, cell {index + 1}: {error.ename}: {error.evalue}") from None
            yield from (text for output in cell.outputs if (text := _shown(output)))


def _shown(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text).rstrip()
    return str(output.get("data", {}).get("text/plain", "")).rstrip()


def _quoted(source: str) -> str:
    return ">>> " + source.replace("\n", "\n... ")


def _prefer_this_environment() -> None:
    """Let Jupyter take this environment's own kernel before one that is installed elsewhere on the machine."""
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _require(module: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise ClaudeKitError(_NEEDS_LAB)
