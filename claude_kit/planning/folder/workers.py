"""How are many files counted on all cores, so that none of them stops the others?

PDFium works behind one lock, so more cores means more processes. They are `loky`'s, which start without running the
main script again, so that a plain script needs no ``if __name__ == "__main__"``; and they come and go with one survey.
Any `concurrent.futures.Executor` takes their place.

A file that ends the process it is read in breaks the whole pool. All that were under way are then counted anew, one by
one in a process of their own, which tells the culprit from its neighbours.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from claude_kit.planning.folder.tally import Job, Tally, of_file, of_files, unread

__all__ = ["Done", "count"]

#: What is called with every result, in the order they come.
Done = Callable[[Job, Tally], None]

_Out = dict[Future[list[Tally]], list[Job]]

# So little is counted before new processes have started; they take about a second.
_FEW_FILES: Final = 16
_FEW_BYTES: Final = 500_000

# Small files are handed out together, a tenth of a second's work: to hand out a task takes this process 0.7 ms, and
# counting a paper of ten pages 16.
_TASK_FILES: Final = 6
_TASK_BYTES: Final = 150_000

# Tasks handed out at a time, so that neither they nor their results pile up. All that are out when a pool breaks are
# counted anew, which is why ours are few; somebody's cluster is kept busy.
_OUT_PER_PROCESS: Final = 4
_OUT_ELSEWHERE: Final = 256

# Processes without work end after so long, also when the one that started them was killed.
_IDLE_S: Final = 20


def count(jobs: Iterable[Job], done: Done, executor: Executor | None = None) -> None:
    """Count files and hand every result to `done`, as it comes.

    Parameters
    ----------
    jobs : iterable of Job
        Taken one by one, never many ahead.
    done : callable
        Called in this process and thread.
    executor : concurrent.futures.Executor, optional
        Runs the counting, and stays open. By default few files are counted here, many in processes on all cores.

    Raises
    ------
    KeyboardInterrupt
        When interrupted; what was counted by then has been handed to `done`, and no process is left.
    """
    waiting = iter(jobs)
    if executor is not None:
        out: _Out = {}
        tasks = _tasks(waiting)
        try:
            suspects = _handed_out(tasks, done, executor, out, _OUT_ELSEWHERE)
        except KeyboardInterrupt:
            for future in out:
                future.cancel()
            raise
        _one_by_one(suspects, done)
        _in_processes(tasks, done)  # what is left if it broke
        return
    first = list(islice(waiting, _FEW_FILES + 1))
    few = len(first) <= _FEW_FILES
    if few and sum(map(_size, first)) <= _FEW_BYTES:
        for job in first:
            done(job, of_file(job))
    else:
        _in_processes(_tasks(chain(first, waiting)), done, most=len(first) if few else None)


def _tasks(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Put small files together, as they come."""
    task: list[Job] = []
    size = 0
    for job in jobs:
        task.append(job)
        size += _size(job)
        if size >= _TASK_BYTES or len(task) == _TASK_FILES:
            yield task
            task, size = [], 0
    if task:
        yield task


def _in_processes(tasks: Iterator[list[Job]], done: Done, most: int | None = None) -> None:
    """Count in processes on all cores, with new ones whenever a file has broken them."""
    for first in tasks:
        from loky import cpu_count

        processes = min(cpu_count(), most or cpu_count())
        with _pool(processes) as pool:
            suspects = _handed_out(chain([first], tasks), done, pool, {}, processes * _OUT_PER_PROCESS)
        _one_by_one(suspects, done)


def _handed_out(tasks: Iterator[list[Job]], done: Done, executor: Executor, out: _Out, most: int) -> list[Job]:
    """Count on an executor until all is done or it is broken; return what failed there.

    What is under way at any moment is in `out`, no more than `most`.
    """
    failed: list[Job] = []

    def finish(futures: Iterable[Future[list[Tally]]]) -> None:
        for future in futures:
            task = out.pop(future)
            try:
                tallies = future.result()
            except Exception:  # never a file's own fault: those are in its tally
                failed.extend(task)
            else:
                for job, tally in zip(task, tallies, strict=True):
                    done(job, tally)

    is_open = True
    try:
        while True:
            for task in islice(tasks, most - len(out)) if is_open else ():
                try:
                    out[executor.submit(of_files, task)] = task
                except RuntimeError:  # it is broken, or was shut down
                    failed.extend(task)
                    is_open = False
                    break
            if not out:
                return failed
            finish(wait(out, return_when=FIRST_COMPLETED).done)
    except KeyboardInterrupt:
        finish([future for future in out if future.done()])
        raise


def _one_by_one(jobs: list[Job], done: Done) -> None:
    """Count what may have ended its process, each by itself: only the culprit fails again."""
    remaining = iter(jobs)
    for first in remaining:
        with _pool(1) as pool:
            for job in chain([first], remaining):
                try:
                    tally = pool.submit(of_file, job).result()
                except Exception as error:
                    done(job, unread(f"reading it ended the process that read it ({type(error).__name__})", _size(job)))
                    break
                done(job, tally)


@contextmanager
def _pool(processes: int) -> Iterator[Executor]:
    """Start processes that an interrupt leaves alone; whatever happens, none of them is left."""
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(processes, timeout=_IDLE_S, initializer=_let_interrupts_pass)
    aborted = True
    with warnings.catch_warnings():
        # A process whose memory has grown, or that found nothing to do, ends and is replaced.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        try:
            with _interrupts_held():
                pool.submit(os.getpid)  # they start with the first task
            yield pool
            aborted = False
        finally:
            pool.shutdown(wait=True, kill_workers=aborted)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let processes that start here begin deaf to Ctrl-C, which a terminal sends to all of them; ours comes late.

    Without it those that are still starting print a traceback each.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before: Any = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _let_interrupts_pass() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _size(job: Job) -> int:
    try:
        return Path(job.path).stat().st_size
    except OSError:
        return 0
