"""Many files are counted on all cores, on anybody's executor, and no file stops the others."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from claude_kit.models import find
from claude_kit.planning import survey
from claude_kit.planning.folder import workers
from claude_kit.planning.folder.tally import Job
from tests.content.making import pdf

MODEL = "claude-sonnet-5-5"

# More than are counted in the calling process.
MANY = 40

# Python runs a module of this name when it starts: whoever opens a certain file is gone at once.
DEADLY = """
import os, sys

def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("deadly.pdf"):
        os._exit(9)

sys.addaudithook(watch)
"""

posix = pytest.mark.skipif(os.name == "nt", reason="signals and process groups are POSIX")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return a folder of many papers, all different."""
    within = tmp_path / "papers"
    within.mkdir()
    for number in range(MANY):
        (within / f"{number}.pdf").write_bytes(pdf([f"paper {number}", "words"]))
    return within


@pytest.fixture
def deadly(papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder with one file more, which ends every new process that opens it."""
    (papers / "deadly.pdf").write_bytes(pdf(["last words"]))
    (tmp_path / "sitecustomize.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return papers


@pytest.fixture
def expected(papers: Path) -> pd.DataFrame:
    """Return the rows of the papers, each counted in this process."""
    rows = [survey(path, MODEL, cache_folder=False).to_frame() for path in papers.glob("[0-9]*.pdf")]
    return pd.concat(rows).sort_values("file", ignore_index=True)


def sorted_rows(found: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(found).sort_values("file", ignore_index=True)


def test_processes_give_the_same_rows(papers: Path, expected: pd.DataFrame) -> None:
    """In the files' own order, however they finish; no process is left."""
    found = survey(papers, MODEL, cache_folder=False)
    assert [Path(file).stem for file in found["file"]] == [str(number) for number in range(MANY)]
    assert sorted_rows(found).equals(expected)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_gives_the_same_rows(papers: Path, expected: pd.DataFrame, kind: str) -> None:
    """It counts, and is left open for whoever brought it."""
    pool: Executor = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, get_context("spawn"))
    with pool:
        assert sorted_rows(survey(papers, MODEL, executor=pool, cache_folder=False)).equals(expected)
        assert pool.submit(len, "open").result() == 4


def test_dask_gives_the_same_rows(papers: Path, expected: pd.DataFrame, tmp_path: Path) -> None:
    """For those who outgrow one machine: a cluster's executor, here of two processes."""
    import dask
    import distributed

    quiet = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.limit": "60s"}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path / "dask"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = survey(papers, MODEL, executor=client.get_executor(), cache_folder=False)
    assert sorted_rows(found).equals(expected)


def test_processes_say_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What they guess in reading is a finding of its row, and no warning on anybody's screen."""
    for number in range(MANY):
        (tmp_path / f"{number}.txt").write_bytes(f"Café {number}".encode("latin-1"))
    assert set(survey(tmp_path, MODEL, cache_folder=False)["findings"]) == {"text.encoding"}
    assert capfd.readouterr() == ("", "")


class Counting(Executor):
    """An executor that tells how many files it was given at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2)
        self.out: set[Future[Any]] = set()
        self.most = 0

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Pass it on, and count."""
        self.out = {future for future in self.out if not future.done()}
        future = self._threads.submit(function, *arguments, **options)
        self.out.add(future)
        self.most = max(self.most, len(self.out))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)


def test_only_so_many_files_are_out_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue does not grow with the number of files, so neither does memory."""
    monkeypatch.setattr(workers, "_OUT_ELSEWHERE", 20)
    for number in range(600):
        (tmp_path / f"{number}.txt").write_text(f"word {number}", encoding="utf-8")
    with Counting() as counting:
        assert len(survey(tmp_path, MODEL, executor=counting, cache_folder=False)) == 600
    assert 2 <= counting.most <= 20


def test_small_files_are_handed_out_together(tmp_path: Path) -> None:
    """So few that a task is soon done, in their order; a large file closes its task."""
    sizes = [10] * 8 + [1_000_000] * 2 + [10]
    jobs = []
    for number, size in enumerate(sizes):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(b"a" * size)
        jobs.append(Job(str(path), find(MODEL), "anthropic", os.getpid()))
    tasks = list(workers._tasks(jobs))
    assert [len(task) for task in tasks] == [6, 3, 1, 1]
    assert [job for task in tasks for job in task] == jobs


@posix
def test_a_file_that_ends_its_process_is_a_row(deadly: Path, expected: pd.DataFrame) -> None:
    """The culprit says so, and all others are counted."""
    found = survey(deadly, MODEL, cache_folder=False)
    assert found["error"].notna().sum() == 1
    assert "ended the process" in found[found["file"].str.endswith("deadly.pdf")]["error"].iloc[0]
    assert sorted_rows(found[found["error"].isna()]).equals(expected)


@posix
def test_an_executor_that_breaks_is_done_without(deadly: Path, expected: pd.DataFrame) -> None:
    """What it did not finish is counted in processes of our own."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = survey(deadly, MODEL, executor=pool, cache_folder=False)
    assert found["error"].notna().sum() == 1
    assert sorted_rows(found[found["error"].isna()]).equals(expected)


def test_an_executor_that_is_closed_is_done_without(papers: Path, expected: pd.DataFrame) -> None:
    """A cell that runs after the pool's own block still gives its rows."""
    with ThreadPoolExecutor(1) as pool:
        pass
    assert sorted_rows(survey(papers, MODEL, executor=pool, cache_folder=False)).equals(expected)


SCRIPT = """
import sys
import claude_kit.planning as planning
print(planning.survey(sys.argv[1], "claude-sonnet-5-5", cache_folder=sys.argv[2]).totals.pages)
"""


def kept(cache: Path) -> int:
    """Return how many counts are kept."""
    return sum(path.read_bytes().count(b"\n") for path in cache.rglob("*.jsonl"))


def started(tmp_path: Path, *arguments: Path, **options: Any) -> "subprocess.Popen[str]":
    """Start a plain script, without a guard around what it does."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)], stdout=pipe, stderr=pipe, text=True, **options
    )


def test_a_plain_script_needs_no_guard(papers: Path, tmp_path: Path) -> None:
    """No process runs the script again, and nothing is said on stderr."""
    process = started(tmp_path, papers, tmp_path / "cache")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, f"{2 * MANY}\n", "")


@posix
def test_ctrl_c_keeps_what_was_counted_and_leaves_no_process(tmp_path: Path) -> None:
    """It says how far it came, and the next survey goes on from there."""
    papers, cache = tmp_path / "papers", tmp_path / "cache"
    papers.mkdir()
    long = [f"page {number} " + "many different words " * 40 for number in range(60)]
    for number in range(200):
        (papers / f"{number}.pdf").write_bytes(pdf([f"{number} {text}" for text in long]) if number < 3 else b"")
    for number in range(3, 200):
        (papers / f"{number}.pdf").write_bytes((papers / f"{number % 3}.pdf").read_bytes() + b"%%%d\n" % number)
    process = started(tmp_path, papers, cache, start_new_session=True)
    deadline = time.monotonic() + 60
    while kept(cache) < 5 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to every process of the group
    out, err = process.communicate(timeout=20)
    done = kept(cache)
    assert 5 <= done < 200
    assert out == ""
    assert err.count("Traceback") == 1
    said = re.search(r"KeyboardInterrupt: stopped after (\d+) of 200 files. Those are kept", err)
    assert said
    assert abs(int(said[1]) - done) <= 1  # it may strike between keeping a count and taking note of it
    while time.monotonic() < deadline and alive(process.pid):
        time.sleep(0.05)
    assert not alive(process.pid)


def alive(group: int) -> bool:
    """Tell whether a process group has a process."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
