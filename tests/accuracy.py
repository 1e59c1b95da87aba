"""How near real bills the kit's counts are: ``python -m tests.accuracy ../shared/data/usage``.

Every recorded request of a folder is counted, and set against the input tokens that it was billed. Simple requests (one
user turn, no tools) and the rest are told apart, as are images, PDFs and texts. Misses are listed one by one with the
cause, where one is known; requests that cannot be counted, with the reason. On Python 3.11 texts are estimated, on 3.12
and later they are counted: each says its own figures.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from claude_kit.estimate import texts
from claude_kit.render import units
from claude_kit.render.tables import Cell, Column, Row, text_table
from tests.conformance.bills import EXPLAINED, KINDS, REST, SIMPLE, Counted, LeftOut, compared

_SHARES = {"3 tokens": (3, 0.0), "1 token": (1, 0.0), "1 %": (0, 1.0), "3 %": (0, 3.0), "1 token or 1 %": (1, 1.0)}


def figures(found: Sequence[Counted]) -> dict[str, Any]:
    """Return how near the bill some requests are: shares from 0 to 1, errors in per cent."""
    return {
        "n": len(found),
        "as asked": _share(row.hit for row in found),
        **{name: _share(row.within(*limit) for row in found) for name, limit in _SHARES.items()},
        "in range": _share(row.in_range for row in found),
        "median error %": round(statistics.median(row.percent for row in found), 2),
        "worst error %": round(max(row.percent for row in found), 2),
    }


def groups(counted: Sequence[Counted]) -> dict[str, list[Counted]]:
    """Part requests by kind, simple ones and the rest, and all the rest together."""
    parted = {f"{kind}, simple": [row for row in counted if row.kind == kind and row.simple] for kind in KINDS}
    parted |= {f"{kind}, rest": [row for row in counted if row.kind == kind and not row.simple] for kind in KINDS}
    parted["rest together"] = [row for row in counted if not row.simple]
    return {name: rows for name, rows in parted.items() if rows}


def miss(row: Counted) -> dict[str, Any]:
    """Return a miss as plain data."""
    told = {"id": row.id, "simple": row.simple, "model": row.model, "billed": row.billed, "counted": row.tokens}
    return {**told, "low": row.low, "high": row.high, "in range": row.in_range, "cause": EXPLAINED.get(row.id)}


def report(counted: Sequence[Counted], left_out: Sequence[LeftOut]) -> dict[str, Any]:
    """Return everything as plain data."""
    return {
        "python": platform.python_version(),
        "texts": "exact" if texts.is_exact() else "heuristic",
        "groups": {name: figures(rows) for name, rows in groups(counted).items()},
        "misses": [miss(row) for row in counted if not row.hit],
        "left out": [asdict(row) for row in left_out],
    }


def told(data: dict[str, Any]) -> str:
    """Return the report as text."""
    names = list(next(iter(data["groups"].values())))
    columns = (Column("requests"), *(Column(name, numeric=True) for name in names))
    rows = [
        Row((Cell(name), *(Cell(_shown(key, value)) for key, value in said.items())))
        for name, said in data["groups"].items()
    ]
    limits = ", ".join(f"{kind} {_limit(*SIMPLE[kind])}" for kind in KINDS)
    parts = [
        f"Python {data['python']}, texts {data['texts']}.",
        text_table(columns, rows),
        f"As asked, of simple requests: {limits}; of the rest: {_limit(*REST)}.",
        f"\nMisses: {len(data['misses'])}",
        *(_miss_line(row) for row in data["misses"]),
        f"\nLeft out, since they cannot be counted: {len(data['left out'])}",
        *(f"  {row['id']}: {row['reason']}" for row in data["left out"]),
    ]
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Report the accuracy over a folder of recordings."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds images.jsonl, pdfs.jsonl, text.jsonl and files/")
    parser.add_argument("--json", action="store_true", help="print plain data")
    chosen = parser.parse_args(arguments)
    counted, left_out = compared(chosen.folder)
    if not counted:
        print(f"{chosen.folder}: no recorded request there that could be counted", file=sys.stderr)
        return 1
    data = report(counted, left_out)
    print(json.dumps(data, indent=2, ensure_ascii=False) if chosen.json else told(data))
    return 0


def _share(held: Iterable[bool]) -> float:
    return round(statistics.mean(map(float, held)), 4)


def _shown(name: str, value: float) -> str:
    if name == "n":
        return str(value)
    return f"{value:.2f}" if name.endswith("error %") else units.percent(value)


def _limit(tokens: int, percent: float) -> str:
    limits = [units.plural(tokens, "token")] if tokens else []
    return " or ".join([*limits, f"{percent:g} %"] if percent else limits)


def _miss_line(row: dict[str, Any]) -> str:
    between = f"{units.count(row['low'])} to {units.count(row['high'])}"
    held = f"{'within' if row['in range'] else 'OUTSIDE'} {between}"
    cause = f"; {row['cause']}" if row["cause"] else ""
    numbers = f"billed {units.count(row['billed'])}, counted {units.count(row['counted'])}"
    return f"  {row['id']} ({row['model']}): {numbers}, {held}{cause}"


if __name__ == "__main__":
    raise SystemExit(main())
