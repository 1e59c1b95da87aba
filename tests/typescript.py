"""The TypeScript compiler on this machine, which reads the types in the widgets' JavaScript: installed, and run.

Only the standard library is imported, so a bare interpreter can install it before there is a venv::

    python3 -m tests.typescript install
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "7.0.2"
INSTALL_COMMAND = "python3 -m tests.typescript install"

PACKAGE = {"private": True, "dependencies": {"typescript": VERSION}}

# What a browser of the last two years runs as it is, and nothing left untyped but what says so.
OPTIONS = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": True,
    "target": "es2022",
    "module": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": [],
}


def folder() -> Path:
    """Where the compiler is installed: ``$CLAUDE_KIT_TYPESCRIPT`` or a folder in the user's cache."""
    chosen = os.environ.get("CLAUDE_KIT_TYPESCRIPT")
    return Path(chosen) if chosen else Path.home() / ".cache" / "claude_kit" / f"typescript-{VERSION}"


def missing() -> str | None:
    """Say what has to be installed before a script can be checked, or None when it can."""
    if shutil.which("node") is None:
        return f"node is not on PATH: install node 20 or newer with npm, then run `{INSTALL_COMMAND}`"
    if not _compiler().is_file():
        return f"no TypeScript {VERSION} in {folder()}: run `{INSTALL_COMMAND}`"
    return None


def install() -> Path:
    """Install the pinned compiler with npm unless it is there already, and return its folder."""
    where = folder()
    if _compiler().is_file():
        return where
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on PATH: install node 20 or newer, which brings npm")
    where.mkdir(parents=True, exist_ok=True)
    (where / "package.json").write_text(json.dumps(PACKAGE, indent=2) + "\n", encoding="utf-8")
    subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, check=True)
    if not _compiler().is_file():
        raise SystemExit(f"npm reported success, but {_compiler()} is missing")
    return where


def check(script: str) -> list[str]:
    """Return what the compiler has against an ES module, a line each; nothing when its types are right."""
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch)
        (where / "widget.js").write_text(script, encoding="utf-8")
        (where / "tsconfig.json").write_text(
            json.dumps({"compilerOptions": OPTIONS, "files": ["widget.js"]}), encoding="utf-8"
        )
        done = subprocess.run(
            ["node", str(_compiler()), "--project", scratch, "--pretty", "false"],
            cwd=where,
            capture_output=True,
            text=True,
            check=False,
        )
    said = (done.stdout + done.stderr).splitlines()
    return said or ([f"the compiler ended with {done.returncode}"] if done.returncode else [])


def _compiler() -> Path:
    return folder() / "node_modules" / "typescript" / "bin" / "tsc"


if __name__ == "__main__":
    if sys.argv[1:] != ["install"]:
        raise SystemExit(f"usage: {INSTALL_COMMAND}")
    print(f"TypeScript {VERSION} is in {install()}")
