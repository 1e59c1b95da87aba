"""Where recorded traffic is, on machines that have it: it is real, and no part of this project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_VARIABLE = "CLAUDE_KIT_RECORDINGS"
_DEFAULT = Path(__file__).parents[2] / ".." / "shared" / "data"

FOLDER = Path(os.environ.get(_VARIABLE) or _DEFAULT).resolve()

needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no recorded traffic here; {_VARIABLE} names the folder that holds it"
)


def lines(name: str) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file; none where it is not there."""
    path = FOLDER / name
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def exchanges(pattern: str) -> list[dict[str, Any]]:
    """Return the gateway's recorded exchanges whose name fits; none where they are not there."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "gateway").glob(f"{pattern}.json"))
    ]
