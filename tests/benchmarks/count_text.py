"""What it takes to count the tokens of a text: ours, and `ctok` asked for the whole text.

The texts are 200,000 characters of each kind, from the sources of the standard library: its docstrings are prose, its
modules are code. Each is counted by turns, ours with nothing remembered (*cold*), ours once more (*warm*), and `ctok`;
the vocabulary is loaded before, and its own time stands apart, in a fresh process each. On Python 3.11, where `ctok`
cannot be installed, the estimate in its place is timed alone.

``python -m tests.benchmarks.count_text``; exits with 1 when a limit is broken, or when a count differs.
"""

import ast
import json
import random
import statistics
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from claude_kit.estimate import alphabet, exact, heuristic
from claude_kit.render.tables import Cell, Column, Row, text_table

RUNS = 5
CHARACTERS = 200_000
LEAST_TIMES_FASTER = 10.0
LIMITED = ("prose", "code")
TOKENIZERS: tuple[exact.Tokenizer, ...] = ("v3", "v4.7", "v4.8")
STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
DECLARATION = Path(__file__).parent.parent / "data" / "udhr.toml"

LOADING = """
import sys, time
if sys.argv[1] == "ctok":
    import ctok
    started = time.process_time()
    ctok.token_count("a", version={"v3": "3.0", "v4.7": "4.7", "v4.8": "4.8"}[sys.argv[2]])
else:
    from claude_kit.estimate import exact
    import ctok
    started = time.process_time()
    exact.count("a", sys.argv[2])
print(time.process_time() - started)
"""


def modules() -> Iterator[str]:
    """Yield the sources of the standard library, in an order that mixes them."""
    paths = sorted(STANDARD_LIBRARY.glob("*.py"))
    random.Random(0).shuffle(paths)
    for path in paths:
        yield path.read_text(encoding="utf-8")


def docstrings() -> Iterator[str]:
    """Yield what the standard library says of itself, where it is more than a line or two."""
    for source in modules():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                told = ast.get_docstring(node) or ""
                if len(told) > 200:
                    yield told


def records() -> str:
    """Return rows as a service answers with them: identifiers, numbers, and words of prose."""
    dice, words = random.Random(0), " ".join(docstrings()).split()
    return json.dumps(
        [
            {"id": f"{dice.getrandbits(64):x}", "price": dice.randrange(10**6) / 100, "note": dice.choices(words, k=6)}
            for _ in range(2_000)
        ]
    )


def languages(*chosen: str) -> str:
    """Return the Universal Declaration of Human Rights in these languages, or in all, over and over, never alike twice.

    Its words are put in another order each time: the same text again would be remembered.
    """
    texts = tomllib.loads(DECLARATION.read_text(encoding="utf-8"))["text"]
    lines = [line for name in chosen or texts for line in texts[name].splitlines()]
    dice, mixed = random.Random(0), list[str]()
    while sum(map(len, mixed)) < CHARACTERS:
        line = dice.choice(lines)
        cut = dice.randrange(len(line) + 1)
        mixed.append(line[cut:] + line[:cut])
    return "\n".join(mixed)


def texts() -> dict[str, str]:
    """Return the texts to count, by kind."""
    prose = "\n\n".join(docstrings())
    kinds = {
        "prose": prose,
        "typeset prose": prose.replace("'", "’").replace("--", "—").replace("\n", "\r\n"),
        "code": "\n".join(modules()),
        "JSON": records(),
        "numbers": "\n".join(f"{number * 7919 % 100_003 / 100},{number * 31}" for number in range(20_000)),
        "Chinese, Japanese": languages("zh", "ja"),
        "all languages": languages(),
    }
    return {kind: text[:CHARACTERS] for kind, text in kinds.items()}


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of one run, so that a busy machine does not count."""
    started = time.process_time()
    run()
    return time.process_time() - started


def forget() -> None:
    """Forget every word and every alphabet, but keep the vocabularies."""
    for name in ("v3", "v4.7"):
        vocabulary = exact._vocabulary(name)
        vocabulary.part_costs.clear()
        vocabulary.stream_costs.clear()
        vocabulary.letters = alphabet.ascii_only()


def loaded(by: str, tokenizer: str) -> float:
    """Return the seconds it takes a fresh process to load a vocabulary."""
    times = [
        float(subprocess.run([sys.executable, "-c", LOADING, by, tokenizer], check=True, capture_output=True).stdout)
        for _ in range(RUNS)
    ]
    return statistics.median(times)


def measured(text: str, tokenizer: exact.Tokenizer) -> tuple[list[str], float]:
    """Return tokens and median times in ms, cold, warm and `ctok`'s, and how often ours fits in that."""
    if exact.count(text, tokenizer) != exact.plain_count(text, tokenizer):
        raise SystemExit("the counts differ, so their times say nothing")
    taken: dict[str, list[float]] = {"cold": [], "warm": [], "ctok": []}
    for _ in range(RUNS):
        forget()
        taken["cold"].append(seconds(lambda: exact.count(text, tokenizer)))
        taken["warm"].append(seconds(lambda: exact.count(text, tokenizer)))
        taken["ctok"].append(seconds(lambda: exact.plain_count(text, tokenizer)))
    ratio = statistics.median(theirs / ours for ours, theirs in zip(taken["cold"], taken["ctok"], strict=True))
    times = [f"{1000 * statistics.median(runs):.0f}" for runs in taken.values()]
    return [f"{exact.count(text, tokenizer):,}", *times], ratio


def compare() -> int:
    """Print ours and ctok's times for each kind of text; answer 1 if the limit is broken."""
    rows, broken = [], False
    for tokenizer in TOKENIZERS:
        for kind, text in texts().items():
            told, ratio = measured(text, tokenizer)
            broken |= kind in LIMITED and ratio < LEAST_TIMES_FASTER
            rows.append(Row(tuple(map(Cell, (tokenizer, kind, *told, f"{ratio:.1f}")))))
    titles = ("tokenizer", "text", "tokens", "cold, ms", "warm, ms", "ctok, ms", "ctok / cold")
    print(text_table([Column(title, numeric=title not in titles[:2]) for title in titles], rows))
    for tokenizer in ("v3", "v4.8"):
        ours, theirs = loaded("ours", tokenizer), loaded("ctok", tokenizer)
        print(f"{tokenizer}: the vocabulary is loaded in {1000 * ours:.0f} ms, by ctok in {1000 * theirs:.0f} ms")
    print(f"limit: {' and '.join(LIMITED)} at least {LEAST_TIMES_FASTER:.0f} times as fast, cold")
    return int(broken)


def estimate_time(text: str) -> float:
    """Return the median seconds that the estimate of a text takes."""
    return statistics.median(seconds(lambda: heuristic.count(text, "v4.7")) for _ in range(RUNS))


def estimated() -> int:
    """Print how long estimates take where ctok is not."""
    print("ctok is not here: texts are estimated")
    for kind, text in texts().items():
        taken = estimate_time(text)
        print(f"{kind:20} {1000 * taken:5.0f} ms   {taken / len(text.encode()) * 1e6:.2f} s per MB")
    return 0


def main() -> int:
    """Print the figures of this machine."""
    print(f"Python {sys.version.split()[0]}, {CHARACTERS:,} characters a text, median of {RUNS} runs")
    return compare() if exact.is_installed() else estimated()


if __name__ == "__main__":
    raise SystemExit(main())
