"""What it takes to estimate 100 pages of dense text, beside PDFium extracting that text and doing nothing else.

Most of an estimate of a PDF is to read its text, and that has a floor: PDFium has to load every page. Each run is a
fresh process that has seen no text yet, and takes both, by turns first; the limit is on the median of their ratios.

- *cold*: the file has not been seen, what the estimate needs is loaded: PDFium, vocabulary, prices;
- *first*: it is not loaded either, as in a notebook's first cell;
- *again*: the same `Pdf` is asked about once more;
- *by path*: the file is asked about once more by its path, so it is opened anew, and its text found again.

Memory is what the process held when all was loaded, and at the peak of the cold estimate (Linux only).

``python -m tests.benchmarks.page_text``; exits with 1 when a limit is broken where texts are counted exactly.
"""

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2

import claude_kit as ck
from claude_kit.estimate import texts
from claude_kit.render.tables import Cell, Column, Row, text_table
from tests.benchmarks import papers
from tests.content import making

PAGES = 100
MANY_PAGES = 600
RUNS = 9
AGAIN = 15
MOST_TIMES_PDFIUM = 1.5
MOST_AGAIN_MS = 5.0
MODEL = "claude-sonnet-4-5"
QUESTION = "What are the key findings?"

Figures = dict[str, float]


def bare(path: Path) -> int:
    """Extract the text of all pages with pypdfium2 as its documentation shows; return its characters."""
    document = pypdfium2.PdfDocument(path)
    length = 0
    for page in document:
        text = page.get_textpage()
        length += len(text.get_text_bounded())
        text.close()
        page.close()
    document.close()
    return length


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of one run, so that neither a busy machine counts, nor what loading has left to collect."""
    gc.collect()
    started = time.process_time()
    run()
    return time.process_time() - started


def first(path: Path, _: int) -> Figures:
    """Estimate where nothing is loaded."""
    return {"first": seconds(lambda: ck.estimate(path, QUESTION, model=MODEL))}


def cold(path: Path, turn: int) -> Figures:
    """Take an estimate and a bare extraction, in either order, then the estimate again."""
    other = path.with_name("other.pdf")
    bare(other)
    ck.estimate(other, QUESTION, model=MODEL)
    asked: list[ck.Pdf] = []

    def estimate() -> None:
        asked.append(ck.pdf(path))
        ck.estimate(asked[0], QUESTION, model=MODEL)

    ways: dict[str, Callable[[], object]] = {"PDFium": lambda: bare(path), "cold": estimate}
    found: Figures = {}
    for name in sorted(ways, reverse=bool(turn % 2)):
        at_rest = peak_begins()
        found[name] = seconds(ways[name])
        found[f"{name}, peak"], found[f"{name}, before"] = resident("VmHWM"), at_rest
    repeats: dict[str, Callable[[], object]] = {
        "again": lambda: ck.estimate(asked[0], QUESTION, model=MODEL),
        "by path": lambda: ck.estimate(path, QUESTION, model=MODEL),
    }
    for name, run in repeats.items():
        found[name] = statistics.median(seconds(run) for _ in range(AGAIN))
    return found


MODES = {"first": first, "cold": cold}


def in_fresh_process(mode: str, path: Path, turn: int) -> Figures:
    """Run a mode where nothing has been read or counted before."""
    command = [sys.executable, "-m", "tests.benchmarks.page_text", mode, str(path), str(turn)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(answer.stdout)
    return figures


def peak_begins() -> int:
    """Let the peak of memory begin from here; return how much is held."""
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return resident("VmRSS")


def resident(name: str) -> int:
    """Return bytes of memory that this process has (``VmRSS``) or had at its peak (``VmHWM``); 0 but on Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    told = status.read_text(encoding="ascii", errors="replace").partition(f"{name}:")[2]
    return int(told.split()[0]) * 1024


def measured(path: Path, pages: int, runs: int) -> Figures:
    """Return the medians of some runs, and of their ratios."""
    path.write_bytes(papers.paper(pages, seed=pages))
    figures = [in_fresh_process("cold", path, turn) for turn in range(runs)]
    figures = [run | {"ratio": run["cold"] / run["PDFium"]} for run in figures]
    median = {name: statistics.median(run[name] for run in figures) for name in figures[0]}
    return median | {"first": statistics.median(in_fresh_process("first", path, 0)["first"] for _ in range(3))}


def table(figures: dict[int, Figures]) -> str:
    """Return the figures as a table, a row for each length of document."""
    names = {"PDFium": "PDFium alone", "cold": "cold", "first": "first", "again": "again", "by path": "by path"}
    columns = [Column("pages", numeric=True), *(Column(f"{told}, ms", numeric=True) for told in names.values())]
    columns += [Column(title, numeric=True) for title in ("cold / PDFium", "before, MB", "peak, MB")]
    rows = []
    for pages, found in figures.items():
        times = (f"{1000 * found[name]:,.1f}" for name in names)
        memory = (f"{found[f'cold, {when}'] / 1e6:.0f}" for when in ("before", "peak"))
        cells = (f"{pages}", *times, f"{found['ratio']:.2f}", *memory)
        rows.append(Row(tuple(map(Cell, cells))))
    return text_table(columns, rows)


def main() -> int:
    """Print the table; answer 1 if a limit is broken."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dense.pdf"
        path.with_name("other.pdf").write_bytes(making.pdf(["Nothing of this comes again."]))
        figures = {PAGES: measured(path, PAGES, RUNS), MANY_PAGES: measured(path, MANY_PAGES, 3)}
        mean = bare(path) / MANY_PAGES
    counted = "counted exactly" if texts.is_exact() else "estimated: ctok is not here"
    print(f"Python {sys.version.split()[0]}, {mean:,.0f} characters a page, texts {counted}; {RUNS} fresh processes")
    print(table(figures))
    ratio, again = figures[PAGES]["ratio"], 1000 * figures[PAGES]["again"]
    print(f"{PAGES} pages, cold: {ratio:.2f} times PDFium alone, at most {MOST_TIMES_PDFIUM}")
    print(f"{PAGES} pages, again: {again:.1f} ms, at most {MOST_AGAIN_MS:.0f}")
    return int(texts.is_exact() and (ratio > MOST_TIMES_PDFIUM or again > MOST_AGAIN_MS))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(MODES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
        sys.exit()
    sys.exit(main())
