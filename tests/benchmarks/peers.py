"""How far off is an offline token count for Claude, and how long does it take: claude_kit beside three other packages.

``python -m tests.benchmarks.peers ../shared/data/usage`` compares with what recorded requests were billed;
``python -m tests.benchmarks.peers`` with content made here. The peers come with ``pip install -e '.[bench]'``; those
that are missing are said to be.

Each is asked as its documentation says, with nothing that leaves the machine:

- **litellm**: ``litellm.token_counter(model=…, messages=…)``, messages in the form that ``litellm.completion`` takes
  (``image_url`` and ``file`` parts with ``data:`` URLs). An image without a ``detail`` is 85 tokens to it.
- **tokencost**: ``tokencost.count_message_tokens(messages, model)``. For Claude it asks Anthropic's ``count_tokens``,
  which needs a key and the network: it has no offline count, so here it answers nothing.
- **batchata**: the rule of ``AnthropicProvider.estimate_cost``, which returns dollars only, from the two functions it
  calls: 2,000 tokens a page for a PDF, a third of the characters and more for words, nothing for images.

A recorded request is one user turn of text, base64 images and PDFs, without tools and system prompt. Of images their
size alone is recorded: a black one stands for each. Content made here has no bill. Its truth is `ctok`'s count and the
rules measured on recorded requests, which claude_kit follows, so its own error says nothing there: that table is for
the peers' errors, and for everyone's time.

A time is that of the first count of some content, after one of other content that lets everybody load what they need.
claude_kit's is that of an estimate, with its ranges and prices; the others' of the number alone.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pybase64

import claude_kit as ck
from claude_kit.estimate import texts
from claude_kit.render.tables import Cell, Column, Row, text_table
from tests.benchmarks.known import QUESTION, Case, image, made, recorded
from tests.content import making

# Nothing leaves the machine: litellm takes the prices it brings along, and Anthropic's client finds no key.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


# ---- who counts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counter:
    """One package: how it is given a request, and how it counts it."""

    name: str
    prepared: Callable[[Case, Path], Any]
    count: Callable[[str, Any], int]


def _sources(case: Case, _: Path) -> list[Any]:
    return list(case.parts)


def _ours(model: str, parts: list[Any]) -> int:
    return ck.estimate(*map(_unread, parts), model=model).input_tokens


def _unread(part: Any) -> Any:
    """Return a part of which nothing is known yet."""
    if isinstance(part, ck.Pdf):
        return ck.pdf(part.data, name=part.name, title=part.title, citations=part.citations)
    return ck.image(part.data) if isinstance(part, ck.Image) else part


def _chat_messages(case: Case, _: Path) -> list[dict[str, Any]]:
    """Return messages as litellm's documentation shows them."""
    return [{"role": "user", "content": [_chat_part(part) for part in case.parts]}]


def _chat_part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind = part.media_type if isinstance(part, ck.Image) else "application/pdf"
    url = f"data:{kind};base64,{pybase64.b64encode(part.data).decode()}"
    if isinstance(part, ck.Image):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"file_data": url}}


def _litellm(model: str, messages: list[dict[str, Any]]) -> int:
    import litellm

    return int(litellm.token_counter(model=model, messages=messages))


def _native_messages(case: Case, _: Path) -> list[dict[str, Any]]:
    return [{"role": "user", "content": ck.encode(*case.parts)}]


def _tokencost(model: str, messages: list[dict[str, Any]]) -> int:
    import tokencost

    return int(tokencost.count_message_tokens(messages, model))


def _files(case: Case, folder: Path) -> tuple[str, list[Path]]:
    """Return the words, and the PDFs as files."""
    words = "\n\n".join(part for part in case.parts if isinstance(part, str))
    paths = []
    for number, part in enumerate(part for part in case.parts if isinstance(part, ck.Pdf)):
        paths.append(folder / f"{number}.pdf")
        paths[-1].write_bytes(part.data)
    return words, paths


def _batchata(_: str, given: tuple[str, list[Path]]) -> int:
    from batchata.utils.llm import token_count_simple
    from batchata.utils.pdf import estimate_pdf_tokens

    words, paths = given
    if not paths:
        return int(token_count_simple(f"user: {words}\n\n"))
    return sum(int(estimate_pdf_tokens(path, words if path is paths[0] else None)) for path in paths)


COUNTERS = (
    Counter("claude_kit", _sources, _ours),
    Counter("litellm", _chat_messages, _litellm),
    Counter("tokencost", _native_messages, _tokencost),
    Counter("batchata", _files, _batchata),
)


# ---- the comparison -------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What one counter made of one kind of content."""

    errors: list[float] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def installed() -> dict[str, str]:
    """Return the version of each counter that is here."""
    found = {}
    for counter in COUNTERS:
        try:
            found[counter.name] = version(counter.name)
        except PackageNotFoundError:
            continue
    return found


def compared(cases: Iterable[Case], counters: list[Counter]) -> dict[str, dict[str, Result]]:
    """Let each counter count each case; return the results by content and counter."""
    results: dict[str, dict[str, Result]] = {}
    seen: set[Any] = set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in cases:
            held = {part if isinstance(part, str) else part.data for part in case.parts} - {QUESTION}
            by_counter = results.setdefault(case.content, {counter.name: Result() for counter in counters})
            for counter in counters:
                _count(counter, case, folder, by_counter[counter.name], timed=not held & seen)
            seen |= held
    return results


def _count(counter: Counter, case: Case, folder: Path, result: Result, *, timed: bool) -> None:
    given = counter.prepared(case, folder)
    started = time.perf_counter()
    try:
        tokens = counter.count(case.model, given)
    except Exception as error:  # whatever a peer raises is its answer
        result.refused.append(f"{type(error).__name__}: {error}".splitlines()[0])
        return
    if timed:
        result.times_ms.append(1000 * (time.perf_counter() - started))
    result.errors.append(100 * (tokens - case.truth) / case.truth)


def warm(cases: Iterable[Case], counters: list[Counter]) -> None:
    """Let everybody load what they need for these models, with content that does not come again."""
    words = "Nothing of this comes again."
    parts = (words, image(20, 20), ck.Pdf(making.pdf([words]), "warm.pdf"))
    warming = [Case("", model, parts, 1) for model in {case.model for case in cases}]
    compared(warming, counters)


def table(results: dict[str, dict[str, Result]]) -> str:
    """Return the results, a row for each content and counter."""
    titles = ("n", "median error, %", "worst, %", "median time, ms", "no answer")
    columns = [Column("content"), Column("counted by"), *(Column(title, numeric=True) for title in titles)]
    rows = []
    for content, by_counter in results.items():
        for at, (name, result) in enumerate(by_counter.items()):
            rows.append(Row(tuple(map(Cell, (content if not at else "", name, *_figures(result))))))
    return text_table(columns, rows)


def _figures(result: Result) -> tuple[str, ...]:
    refused = str(len(result.refused) or "")
    asked = str(len(result.errors) + len(result.refused))
    if not result.errors:
        return (asked, "", "", "", refused)
    median = statistics.median(map(abs, result.errors))
    time_ms = f"{statistics.median(result.times_ms):.2f}" if result.times_ms else ""
    return (asked, f"{median:.1f}", f"{max(result.errors, key=abs):+.1f}", time_ms, refused)


def main() -> int:
    """Print the table."""
    os.environ.update(OFFLINE)
    for key in KEYS:
        os.environ.pop(key, None)
    for name in ("LiteLLM", "tokencost", "batchata", "pypdf"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    here = installed()
    counters = [counter for counter in COUNTERS if counter.name in here]
    missing = [counter.name for counter in COUNTERS if counter.name not in here]
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {told}" for name, told in here.items()))
    if missing:
        print(f"not installed, so not compared: {', '.join(missing)}. pip install -e '.[bench]' brings them.")
    if len(sys.argv) > 1:
        cases = list(recorded(Path(sys.argv[1])))
        print(f"Truth: what {len(cases)} recorded requests were billed.")
    elif texts.is_exact():
        cases = list(made())
        print("Truth: the tokenizer itself and rules measured on recorded requests, which claude_kit follows.")
    else:
        print("Content made here has a known count only where ctok is, on Python 3.12 and later. Give a folder of")
        print("recorded requests: python -m tests.benchmarks.peers ../shared/data/usage")
        return 0
    warm(cases, counters)
    results = compared(cases, counters)
    print(table(results))
    for name in here:
        reasons = {reason for by_counter in results.values() for reason in by_counter[name].refused}
        for reason in sorted(reasons):
            print(textwrap.shorten(f"{name}: {reason}", 120))
    return 0


if __name__ == "__main__":
    sys.exit(main())
