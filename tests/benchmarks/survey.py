"""How fast is a survey of 1,000 papers, against PDFium's extraction of their text alone on as many processes?

Run as ``python -m tests.benchmarks.survey``: 1,000 PDFs of 10 dense pages (all different, 3,000 characters a page), two
processes. Each figure is the median of five rounds, in which all take turns; the limit is on a ratio. Prints also how
time grows from 100 to 1,000 files, what a second survey takes, Dask's time, the most memory, and the same ratio in CPU
time, which a busy machine disturbs less.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.papers import folder

FILES: Final = 1000
FEWER: Final = 100
PAGES: Final = 10
PROCESSES: Final = 2
ROUNDS: Final = 5
MODEL: Final = "claude-sonnet-5-5"
MOST_TIMES_PDFIUM: Final = 1.5
MEGABYTE: Final = 1_000_000


def extracted(path: str) -> int:
    """Return the characters of a PDF: open it, take the text of every page, close it."""
    import pypdfium2

    with open(path, "rb") as file:  # noqa: PTH123
        document = pypdfium2.PdfDocument(file.read())
    characters = 0
    for page in document:
        text = page.get_textpage()
        characters += len(text.get_text_bounded())
        text.close()
        page.close()
    document.close()
    return characters


def bare(files: Path) -> None:
    """Extract the text of every file, and do no more."""
    from loky import ProcessPoolExecutor

    from tests.benchmarks import survey  # of the script that runs, functions are sent along anew with every task: +25 %

    with ProcessPoolExecutor(PROCESSES) as pool:
        assert sum(pool.map(survey.extracted, map(str, files.iterdir()), chunksize=4)) > 1


def ours(files: Path, cache_folder: Any = False, executor: Executor | None = None) -> None:
    """Survey the files."""
    from claude_kit.planning import survey

    found = survey(files, MODEL, cache_folder=cache_folder, executor=executor, progress=False)
    assert found.totals.pages == PAGES * len(found)


def seconds(run: Callable[[], None]) -> float:
    """Time one run."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def worked() -> float:
    """Return the CPU time that this process and those that it has waited for have taken."""
    return sum(os.times()[:4])


def through_dask(files: Path) -> float:
    """Time a survey on a cluster of as many processes, which is already there."""
    import dask
    import distributed

    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),
        distributed.LocalCluster(
            n_workers=PROCESSES, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        return seconds(lambda: ours(files, executor=client.get_executor()))


def peaks(files: int) -> tuple[int, int]:
    """Return the most bytes that a survey's own process and the largest of its workers ever held."""
    command = [sys.executable, "-m", "tests.benchmarks.survey", "memory", str(files)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(told[0]), int(told[1])


def measure_memory(files: int) -> None:
    """Print the peak of this process and of the largest below it, while it surveys."""
    held: dict[int, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):  # the last figure of each: before it starts, a process counts as large as this one
            held.update({process: now for process in children() if (now := resident(process))})

    watching = threading.Thread(target=watch)
    watching.start()
    ours(folder(files, PAGES))
    over.set()
    watching.join()
    print(resident(os.getpid()), max(held.values()))


def children() -> list[int]:
    """Return the processes that this one has started."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(word) for word in listed.read_text(encoding="ascii").split()]


def resident(process: int) -> int:
    """Return the most bytes of memory that the system says a process has ever had."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def main() -> int:
    """Print all figures; fail if the ratio is over its limit."""
    os.environ["LOKY_MAX_CPU_COUNT"] = str(PROCESSES)  # a survey takes all cores; here as many as it is compared with
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled already, so here from round 2
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "claude_kit-benchmark-bytecode")
    many, few = folder(FILES, PAGES), folder(FEWER, PAGES)
    cache = Path(tempfile.mkdtemp())
    taken: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    try:
        for _ in range(ROUNDS):  # by turns, so that a slow moment strikes all alike
            shutil.rmtree(cache)
            for name, run in {
                "PDFium alone": lambda: bare(many),
                "survey": lambda: ours(many, cache),
                "survey again": lambda: ours(many, cache),
                "survey of 100": lambda: ours(few),
                "PDFium alone, 100": lambda: bare(few),
            }.items():
                before = worked()
                taken.setdefault(name, []).append(seconds(run))
                cpu.setdefault(name, []).append(worked() - before)
        taken["survey on Dask"] = [through_dask(many)]
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    ratio, of_cpu = (
        statistics.median(a / b for a, b in zip(figures["survey"], figures["PDFium alone"], strict=True))
        for figures in (taken, cpu)
    )
    print(f"Python {sys.version.split()[0]}, {FILES:,} PDFs of {PAGES} pages, {PROCESSES} processes, {ROUNDS} rounds")
    for name, median in medians.items():
        pages = (FEWER if "100" in name else FILES) * PAGES
        print(f"{name:18} {median:7.2f} s   {pages / median:8,.0f} pages a second")
    print(f"survey / PDFium alone   {ratio:.2f} times   limit {MOST_TIMES_PDFIUM}")
    print(f"in CPU time             {of_cpu:.2f} times")
    print(f"1,000 files / 100 files {medians['survey'] / medians['survey of 100']:.1f} times")
    for files in (FEWER, FILES):
        parent, worker = peaks(files)
        print(f"{files:5,} files: peak {parent / MEGABYTE:.0f} MB here, {worker / MEGABYTE:.0f} MB in a worker")
    return int(ratio > MOST_TIMES_PDFIUM)


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        measure_memory(int(sys.argv[2]))
    else:
        raise SystemExit(main())
