"""What would a folder of files cost? One row a file, whatever is wrong with some of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, get_args

from claude_kit.errors import ContentWarning
from claude_kit.estimate import Price, Via
from claude_kit.estimate.tariff import Bill
from claude_kit.models import Model
from claude_kit.planning.folder import files, kept, workers
from claude_kit.planning.folder.pricing import Pricing
from claude_kit.planning.folder.progress import Progress
from claude_kit.planning.folder.progress import progress as progress_bar
from claude_kit.planning.folder.surveyed import Survey
from claude_kit.planning.folder.tally import Job, Tally
from claude_kit.render import units

__all__ = ["survey"]

# File -> what it holds, and what it costs, unless it could not be read.
_Billed = dict[str, tuple[Tally, Bill | None]]


def survey(
    paths: files.Paths,
    model: str | Model | None = None,
    *,
    executor: Executor | None = None,
    progress: bool = True,
    cache_folder: kept.CacheFolder = None,
    question: object = None,
    expect_output: int | None = None,
    max_tokens: int | None = None,
    batch: bool = False,
    cache: Literal["5m", "1h"] | None = None,
    via: Via = "anthropic",
    at: datetime | date | None = None,
    price: Price | None = None,
) -> Survey:
    """Count and price many files, each as a request of its own, offline, on all cores.

    A file that cannot be read is a row that says why. What has been counted is kept by its content, so that a second
    survey of the same files costs nothing, nor does what an interrupted one had done; other prices, another question or
    a model of the same family need no new count.

    Parameters
    ----------
    paths : str, path, or iterable of them
        A pattern such as ``"papers/**/*.pdf"``; a folder, for every file below it that Claude could take; a file.
    model : str, optional
        By default `claude_kit.default_model`.
    executor : concurrent.futures.Executor, optional
        Runs the counting, such as Dask's ``Client(...).get_executor()`` on machines that see the same files; it stays
        open. By default a few files are counted in this process, many in one process for each core.
    progress : bool
        Whether a bar shows how far it is: in a notebook, or on a terminal's stderr.
    cache_folder : path or False, optional
        Where counts are kept; False keeps none. By default ``CLAUDE_KIT_CACHE``, else the system's folder for caches.
        Some 400 bytes a file; to forget them, delete the folder ``survey`` in it.
    question : str, part or list of them, optional
        Sent with every file, and counted with it.
    expect_output : int, optional
        Tokens you expect as answer to each; by default 800, an assumption.
    max_tokens : int, optional
        Each request's cap on the answer, thinking included; by default 8,192.
    batch : bool
        Price as a Message Batch (half).
    cache : {"5m", "1h"}, optional
        Price each input as one that writes the prompt cache.
    via : {"anthropic", "portkey", "bedrock", "vertex"}
        The route, whose limits the files are checked against.
    at : datetime.date or datetime.datetime, optional
        When it will be sent, for the price of that day (UTC); by default now.
    price : Price, optional
        Of a model that no price list knows.

    Returns
    -------
    Survey
        A pandas frame of one row a file, with ``.totals``, ``.plot()`` and a table that shows the sum.

    Raises
    ------
    ContentError
        If there is no such file; says where was looked, and what is there.
    UnknownModelError
        If there is no such model, or no price for it, and none is given.
    ValueError
        If an option is not one of those above.
    KeyboardInterrupt
        When interrupted; says how far it came. What was counted is kept, and no process is left.

    Examples
    --------
    >>> found = survey("notebooks/data/*.pdf", "claude-sonnet-5-5", cache_folder=False)
    >>> found.totals.pages, list(found["scanned_pages"])
    (4, [0, 1])
    """
    if via not in get_args(Via):
        raise ValueError(f"via={via!r}: give one of {', '.join(get_args(Via))}")
    pricing = Pricing(
        model,
        question=question,
        expect_output=expect_output,
        max_tokens=max_tokens,
        batch=batch,
        cache=cache,
        at=at or datetime.now(UTC),
        price=price,
    )
    _require_executor(executor)
    keeping = kept.folder(cache_folder)
    found = kept.elsewhere(keeping, files.find(paths))
    known = kept.Kept(keeping, pricing.model, via)
    billed = _billed(found, pricing, via, known, executor, progress)
    return Survey.of([(str(path), *billed[str(path)]) for path in found], pricing)


def _require_executor(given: object) -> None:
    if given is not None and not isinstance(given, Executor):
        told = f"executor: a {type(given).__qualname__} is no concurrent.futures.Executor"
        raise TypeError(f"{told}; of Dask's Client give client.get_executor()")


def _billed(
    paths: list[Path], pricing: Pricing, via: Via, known: kept.Kept, executor: Executor | None, shown: bool
) -> _Billed:
    """Count the files whose counts are not kept, keep them as they come, and price all while others are counted."""
    billed: _Billed = {}

    def done(job: Job, tally: Tally) -> None:
        known.put(Path(job.path), tally)
        billed[job.path] = tally, pricing.bill(tally)
        bar.step()

    try:
        with warnings.catch_warnings(), progress_bar(len(paths), shown=shown) as bar:
            warnings.simplefilter("ignore", ContentWarning)  # what was guessed in reading is a finding of the file
            workers.count(_unknown(paths, pricing, via, known, billed, bar), done, executor)
    except KeyboardInterrupt:
        rest = "Those are kept: the same survey goes on from there." if known.keeps else "Nothing was kept of them."
        said = f"stopped after {units.count(len(billed))} of {units.plural(len(paths), 'file')}. {rest}"
        raise KeyboardInterrupt(said) from None
    return billed


def _unknown(
    paths: list[Path], pricing: Pricing, via: Via, known: kept.Kept, billed: _Billed, bar: Progress
) -> Iterator[Job]:
    """Yield a job for every file whose counts are not kept; take note of the others."""
    for path in paths:
        tally = known.get(path)
        if tally is None:
            yield Job(str(path), pricing.model, via, os.getpid())
        else:
            billed[str(path)] = tally, pricing.bill(tally)
            bar.step(was_kept=True)
